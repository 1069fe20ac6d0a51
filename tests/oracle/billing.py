"""Contracts to documents (BILLING 2, 5, 6): lines, bounds, discounts, minimums, taxes. Knows nothing of the program.

Everything is worked out from the same JSON entries that the command reads, for a first run on one date.
"""
from fractions import Fraction

from dates import DAY, FOREVER, day, due, fraction, periods
from exact import DECIMALS, percent, rounded, split
from pricing import Terms, block_days
from quantities import Facts, billed, dated, number, runs


def money_in(record, key, currency, company):
    v = record.get(key) if currency == company else record.get(key + "s", {}).get(currency)
    return None if v is None else number(v)


class Line:
    """One line of a document; amounts in minor units."""

    def __init__(self, contract, key, product, category, days, quantity, price, share, amount, kind="charge"):
        self.contract, self.key, self.product, self.category, self.days = contract, key, product, category, days
        self.quantity, self.price, self.share, self.amount, self.kind = quantity, price, share, amount, kind
        self.late = False   # percent and commit: worked out from the others
        self.left = amount  # what discounts have left of it


class Discount:
    def __init__(self, contract, product, rate, amount, shares):
        self.contract, self.product, self.rate, self.amount, self.shares = contract, product, rate, amount, shares


class Billing:
    """One contract, one scheduled issue date."""

    def __init__(self, contract, issue):
        self.contract, self.issue = contract, issue
        self.lines, self.discounts, self.wholes, self.shares = [], [], [], []
        self.recurring = False  # a recurring line is in force, if only with a quantity of 0
        self.own = None  # its period of the contract's own schedule, cut to the contract's life: (from, until, share)

    def all_lines(self):
        """As discounts see them, ties going to the earlier: what models made, percent and commit, what minimum_amounts are short of."""
        return sorted(self.lines, key=lambda l: 2 if l.kind == "minimum" else int(l.late))

    def first_day(self):
        return self.own[0] if self.own else min(self.wholes)


class Oracle:
    def __init__(self, book, taxes, company, today):
        self.book, self.taxes, self.company, self.today = book, taxes, company, day(today)
        self.mode = company["rounding"]

    # ---- one contract ----
    def amount(self, currency, price, quantity=1, share=1):
        return rounded(Fraction(price) * quantity * share * 10 ** DECIMALS[currency], self.mode)

    def life(self, client, contract):
        first = day(contract["starts"])
        if contract.get("billed_through"):
            first = max(first, day(contract["billed_through"]) + DAY)
        last = min(day(x["ends"]) if x.get("ends") else FOREVER for x in (client, contract))
        return first, last + DAY

    def over(self, line, facts, days, rests, k):
        """Usage over its allowance. What was left unused serves the next periods, the oldest first, before the period's own."""
        used = facts.usage(line["count"], *days)
        own, n = number(line.get("included", 0)), line.get("rollover", 0)
        for rest in [r for r in rests if k - r[0] <= n]:
            take = min(rest[1], used)
            rest[1], used = rest[1] - take, used - take
        take = min(own, used)
        rests.append([k, own - take])
        return billed(used - take, {key: line[key] for key in ("round_up_to", "maximum") if key in line}, days[0])

    def share_lines(self, b, currency):
        """percent and commit, of the rounded amounts before discounts of the same billing's other lines."""
        seen = list(b.lines)
        for line, product, days, share in b.shares:
            of = product["of"]
            base = sum(l.amount for l in (seen if of == "all" else self.reached({"of": of}, seen)))
            minor = 10 ** DECIMALS[currency]
            q, price, f = Fraction(1), Fraction(max(0, self.amount(currency, money_in(product, "amount", currency, self.company["currency"]) or 0, 1, share) - base), minor), Fraction(1)
            if product["model"] == "percent":
                q, price = percent(product["percent"]) / 100, Fraction(base, minor)
                least = money_in(product, "minimum", currency, self.company["currency"])
                if least is not None and q * price < least * share:
                    q, price, f = Fraction(1), least, share
            l = Line(b.contract["id"], line["id"], line["product"], product.get("tax"), days, q, price, f, self.amount(currency, price, q, f))
            l.late = True
            b.lines.append(l)
            self.line_discounts(b, line, currency, [l], days[0], None)

    def rate(self, billing, contract, currency, line, facts, whole, days, issue_day, rests=None, k=0):
        """The model's lines, and a line for what a minimum_amount is short of."""
        product = self.book[line["product"]]
        once = "once" in line
        merged = {**{k: v for k, v in product.items() if k in ("count", "minimum", "included", "round_up_to", "maximum", "quantity", "rollover")}, **line}
        if "quantity" in line and "count" not in line:
            merged.pop("count", None)
        bill = {**contract.get("bill", {}), **({"timing": line["timing"]} if "timing" in line else {})}
        prorate = line.get("prorate", contract.get("prorate", "daily"))
        uplift = None if once or line.get("uplift") is False else line.get("uplift", contract.get("uplift"))
        if product["model"] in ("percent", "commit"):
            billing.wholes.append(whole[0])
            billing.recurring = True
            billing.shares.append((line, product, days, fraction(prorate, bill, whole, *days)))
            return
        terms = Terms(line, product, currency, self.company["currency"], uplift, days[0], DECIMALS[currency], self.mode)
        if once:
            pieces = [(days[0], days[1], Fraction(str(line.get("quantity", 1))), Fraction(1))]
            share = Fraction(1)
        else:
            if product["model"] == "usage":
                pieces = [(*days, self.over(merged, facts, days, rests, k), Fraction(1))]
            elif product["model"] != "block_hours":
                pieces = runs(merged, facts, bill, prorate, whole, days[0], days[1], issue_day)
            else:
                pieces = []
            share = Fraction(1) if "usage" in merged.get("count", {}) else fraction(prorate, bill, whole, *days)
        key, category = line["id"], product.get("tax")
        kind = "once" if once else "charge"
        if once:  # a one-off costs its price a unit, of a flat product too
            exact = [(days[0], days[1], pieces[0][2], terms.price, share)]
        elif product["model"] == "block_hours":
            bought, over = rests
            exact = [(d, d + DAY, Fraction(1), terms.price, Fraction(1)) for d, n in bought if days[0] <= d < days[1] for _ in range(n)]
            uncovered = sum(h for d, h in over.items() if days[0] <= d < days[1])
            if uncovered:
                exact.append((*days, uncovered, terms.overage, Fraction(1)))
        else:
            exact = terms.lines(pieces, (days[0], days[1], None, share))
        made = [Line(contract["id"], key, line["product"], category, (a, b), q, price, f, self.amount(currency, price, q, f), kind)
                for a, b, q, price, f in exact]
        bound = dated(line.get("minimum_amount"), days[0])
        if bound is not None:
            short = self.amount(currency, bound, 1, share) - sum(l.amount for l in made)
            if short > 0:
                made.append(Line(contract["id"], key, line["product"], category, days, Fraction(1),
                                 Fraction(short, 10 ** DECIMALS[currency]), Fraction(1), short, "minimum"))
        billing.lines += made
        billing.wholes.append(whole[0])
        billing.recurring = billing.recurring or not once
        excess = None
        bound = dated(line.get("maximum_amount"), days[0])
        if bound is not None:
            excess = sum(l.amount for l in made) - max(0, self.amount(currency, bound, 1, share))
        self.line_discounts(billing, line, currency, made, days[0], excess)

    def contract_billings(self, client, contract, facts):
        found = {}
        first, until = self.life(client, contract)
        starts, currency = day(contract["starts"]), self.currency(client, contract)

        def at(issue):
            return found.setdefault(issue, Billing(contract, issue))
        for line in contract["lines"]:
            if "once" in line:
                on = day(line["once"])
                if first <= on < until and on <= self.today:
                    self.rate(at(on), contract, currency, line, facts, (on, on + DAY), (on, on + DAY), on)
                continue
            bill = {**contract.get("bill", {}), **({"timing": line["timing"]} if "timing" in line else {})}
            rests = self.blocks(line, facts, first, until) if self.book[line["product"]]["model"] == "block_hours" else []
            for k, (a, b, issue) in enumerate(periods(bill, starts, first, until, self.today)):
                begin = max(a, first)
                x, y = begin, min(b, until)
                if line.get("from"):
                    x = max(x, day(line["from"]))
                if line.get("billed_through"):
                    x = max(x, day(line["billed_through"]) + DAY)
                if line.get("ends"):
                    y = min(y, day(line["ends"]) + DAY)
                if x < y:  # a piece that begins n days into its period is counted n days later
                    counted_on = min(issue + (x - begin), self.today)
                    self.rate(at(issue), contract, currency, line, facts, (a, b), (x, y), counted_on, rests, k)
        for a, b, issue in periods(contract.get("bill", {}), starts, first, until, self.today):
            if issue in found and found[issue].own is None:
                days = max(a, first), min(b, until)
                found[issue].own = (*days, fraction("daily", contract.get("bill", {}), (a, b), *days))
        for b in found.values():
            self.share_lines(b, currency)
        return list(found.values())

    def blocks(self, line, facts, first, until):
        """What a line of prepaid hours buys over its days in force, and what no block covers."""
        if line.get("from"):
            first = max(first, day(line["from"]))
        if line.get("billed_through"):
            first = max(first, day(line["billed_through"]) + DAY)
        if line.get("ends"):
            until = min(until, day(line["ends"]) + DAY)
        product, entries = self.book[line["product"]], {}
        for d, metric, value in facts.used:
            if metric == product["count"]["usage"]["metric"] and first <= d < until and d <= self.today:
                entries[d] = entries.get(d, Fraction(0)) + value
        threshold = number(product["threshold"]) if "threshold" in product else None
        return block_days(entries, number(product["hours"]), threshold, product.get("expires_months", 0), first, min(until, self.today + DAY))

    # ---- discounts ----
    def give(self, discounts, contract, product, spec, currency, lines):
        """One discount on what is left of some lines: never more than that."""
        base = max(0, sum(l.left for l in lines))
        if isinstance(spec, int):
            wanted, rate = spec, None
        elif "percent" in spec:
            rate = percent(spec["percent"])
            wanted = rounded(base * rate / 100, self.mode)
        else:
            value = spec["amount"] if currency == self.company["currency"] else spec["amounts"][currency]
            wanted, rate = self.amount(currency, value), None
        wanted = min(wanted, base)
        if wanted <= 0:
            return
        shares = split(wanted, [max(0, l.left) for l in lines])
        for l, s in zip(lines, shares):
            l.left -= s
        discounts.append(Discount(contract, product, rate, -wanted, list(zip(lines, [-s for s in shares]))))

    @staticmethod
    def in_force(spec, on):
        return (not spec.get("from") or day(spec["from"]) <= on) and (not spec.get("ends") or on <= day(spec["ends"]))

    def in_order(self, specs, on):
        """In force on a day (None: whenever); percent before fixed."""
        specs = specs if isinstance(specs, list) else [specs]
        specs = [s for s in specs if on is None or self.in_force(s, on)]
        return [s for s in specs if "percent" in s] + [s for s in specs if "percent" not in s]

    def line_discounts(self, billing, line, currency, lines, on, excess):
        if excess is not None and excess > 0:
            self.give(billing.discounts, billing.contract["id"], line["id"], excess, currency, lines)
        for spec in self.in_order(line.get("discount", []), on):
            self.give(billing.discounts, billing.contract["id"], line["id"], spec, currency, lines)

    @staticmethod
    def reached(spec, lines):
        of = spec.get("of")
        if isinstance(of, dict):
            return [l for l in lines if l.category == of["tax"]]
        return lines if of is None else [l for l in lines if l.product in of]

    def client_discounts(self, client, billings):
        """One client, one scheduled issue date: given once, on all its contracts' lines of that date."""
        given, currency = [], self.currency(client, billings[0].contract)
        for spec in self.in_order(client.get("discount", []), None):  # in force by each billing's own period
            lines = [l for b in billings if self.in_force(spec, b.first_day()) for l in b.all_lines()]
            self.give(given, None, None, spec, currency, self.reached(spec, lines))
        for d in given:  # each contract shows its part
            for b in billings:
                part = [(l, s) for l, s in d.shares if l.contract == b.contract["id"]]
                b.discounts.append(Discount(b.contract["id"], None, d.rate, sum(s for _, s in part), part))

    def minimum(self, b, currency):
        if b.contract.get("minimum") is None or not b.own or not b.recurring:
            return
        bound = self.amount(currency, dated(b.contract["minimum"], b.own[0]), 1, b.own[2])
        short = bound - sum(l.left for l in b.lines if l.kind != "once")
        if bound > 0 and short > 0:
            b.lines.append(Line(b.contract["id"], None, None, None, b.own[:2], Fraction(1),
                                Fraction(short, 10 ** DECIMALS[currency]), Fraction(1), short, "minimum"))

    # ---- a document ----
    def currency(self, client, contract):
        return contract.get("currency", client.get("currency", self.company["currency"]))

    def document(self, client, contracts, rows):
        """What the client's one document (or None) says, for contracts of one currency."""
        facts = Facts(rows, self.today)
        billings = [b for k in contracts for b in self.contract_billings(client, k, facts)]
        currency = self.currency(client, contracts[0])
        for b in billings:
            for spec in self.in_order(b.contract.get("discount", []), b.first_day()):
                self.give(b.discounts, b.contract["id"], None, spec, currency, self.reached(spec, b.all_lines()))
        for issue in sorted({b.issue for b in billings}):
            self.client_discounts(client, [b for b in billings if b.issue == issue])
        for b in billings:
            self.minimum(b, currency)
        lines = [l for b in billings for l in b.lines]
        discounts = [d for b in billings for d in b.discounts]
        if not any(l.amount for l in lines):
            return None
        rows = self.tax_rows(client, lines)
        gross, off = sum(l.amount for l in lines), sum(d.amount for d in discounts)
        terms = client.get("terms", "net 15")
        return {"currency": currency, "lines": lines, "discounts": discounts, "taxes": rows, "subtotal": gross,
                "total": gross + off + sum(r[3] for r in rows if not r[4]), "due": due(terms, self.today), "terms": terms}

    # ---- tax ----
    def tax_rate(self, tax, line):
        on = line.days[0] if tax.get("by") == "service" else self.today
        best = tax.get("rate")
        for since in sorted(tax.get("rates", {})):
            if day(since) <= on:
                best = tax["rates"][since]
        return None if best is None else percent(best)

    def tax_rows(self, client, lines):
        """[(tax, rate, base, amount, inclusive, reason?)], one for each tax and rate, one rounding each."""
        relieved = "tax_exempt" in client or client.get("reverse_charge", False)
        sets = [{t: self.tax_rate(self.taxes[t], l) for t in client.get("tax", [])
                 if not self.taxes[t].get("applies") or l.category in self.taxes[t]["applies"]} for l in lines]
        sets = [{t: r for t, r in s.items() if r is not None} for s in sets]
        if relieved:
            sets = [{t: Fraction(0) for t in s} for s in sets]
            if not client.get("tax"):
                sets = [{"exempt" if "tax_exempt" in client else "reverse_charge": Fraction(0)} for _ in lines]
        keys = sorted({(t, r) for s in sets for t, r in s.items()})
        out = []
        for t, r in keys:
            mine = [(l, s) for l, s in zip(lines, sets) if s.get(t) == r]
            base = sum(l.left for l, _ in mine)
            tax = self.taxes.get(t, {})
            inclusive = bool(tax.get("inclusive")) and not relieved
            if inclusive:
                exact = Fraction(0)
                for l, s in mine:
                    exact += l.left * r / (100 + sum(v for k, v in s.items() if self.taxes[k].get("inclusive")))
                amount = rounded(exact, self.mode)
            else:
                if not relieved:
                    base += self.lower(t, r, lines, sets)
                amount = rounded(base * r / 100, self.mode)
            if base or amount:
                out.append((t, r, base, amount, inclusive))
        return out

    def lower(self, t, r, lines, sets):
        """The amounts of the taxes that a compound one stands on, as far as both fall on the same lines."""
        total = 0
        for under in self.taxes.get(t, {}).get("on", []):
            for rate in sorted({s[under] for s in sets if under in s}):
                common = sum(l.left for l, s in zip(lines, sets) if s.get(t) == r and s.get(under) == rate)
                total += rounded(common * rate / 100, self.mode)
        return total
