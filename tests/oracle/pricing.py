"""Prices and models (BILLING 5, 6.1): a line's runs of days become exact lines. Knows nothing of the program."""
from fractions import Fraction

from dates import day, plus_months
from exact import percent, places, rounded
from quantities import dated, number


def uplifted(price, uplift, on, decimals, mode):
    """Step by step, each rounded to the price's own decimals, at least the currency's."""
    value = number(price)
    if not uplift or on < day(uplift["from"]):
        return value
    scale = 10 ** max(places(price), decimals)
    factor, steps = 1 + percent(uplift["percent"]) / 100, 1
    while uplift.get("every") and plus_months(day(uplift["from"]), uplift["every"] * steps) <= on:
        steps += 1
    for _ in range(steps):
        value = Fraction(rounded(value * factor * scale, mode), scale)
    return value


def tiered(mode, tiers, q):
    """[(units, price)], a flat as one unit; tiers are (previous, up_to]."""
    if q == 0:
        return []
    out, low = [], Fraction(0)
    for up_to, price, flat in tiers:
        inside = up_to is None or q <= up_to
        if mode == "graduated":
            if price is not None:
                out.append(((q if inside else up_to) - low, price))
            if flat is not None:
                out.append((Fraction(1), flat))
        elif inside:
            if mode == "volume" and price is not None:
                out.append((q, price))
            if flat is not None:
                out.append((Fraction(1), flat))
        if inside:
            return out
        low = up_to
    raise AssertionError("the last tier is open")


def block_days(entries, hours, threshold, months, first, until):
    """[(day, blocks bought)] and the hours that no block covers, from a line's first day on: {day: hours}. `entries`: {day: hours used}."""
    blocks, bought, over = [], [], {}
    lapses = set()
    d = first
    days = sorted({first, *entries})
    while days:
        d = days.pop(0)
        if d >= until:
            break
        blocks = [[day0, left] for day0, left in blocks if not months or plus_months(day0, months) > d]
        need = entries.get(d, Fraction(0))
        n = 1 if d == first else 0
        left = sum(x for _, x in blocks) + n * hours
        if threshold is not None:
            while left - need <= threshold and not (d == first and need == 0 and n == 1 and left > threshold):
                n, left = n + 1, left + hours
        blocks += [[d, hours] for _ in range(n)]
        for b in blocks:
            take = min(b[1], need)
            b[1], need = b[1] - take, need - take
        if need:
            over[d] = need
        if n:
            bought.append((d, n))
            if months:
                lapse = plus_months(d, months)
                if lapse not in lapses and lapse < until:
                    lapses.add(lapse)
                    days = sorted({*days, lapse})
    return bought, over


class Terms:
    """The prices of a line on a day, in its contract's currency."""

    def __init__(self, line, product, currency, company, uplift, on, decimals, mode):
        self.model, self.mode = product["model"], line.get("mode", product.get("mode", "graduated"))
        own = any(k in line for k in ("price", "prices", "tiers"))
        source = line if own else product

        def money(record, key):
            v = dated(record.get(key), on) if currency == company else record.get(key + "s", {}).get(currency)
            return None if v is None else uplifted(v, uplift, on, decimals, mode)
        self.size = number(product["size"]) if "size" in product else None
        self.tiers = None
        if self.model == "tiered" or (self.model == "usage" and "tiers" in source):
            self.tiers = [(number(t["up_to"]) if "up_to" in t else None, money(t, "price"), money(t, "flat"))
                          for t in source["tiers"]]
        elif self.model not in ("percent", "commit"):
            self.price = money(source, "price")
        self.overage = money(product, "overage_price") if "overage_price" in product else None

    def lines(self, runs, whole_run):
        """[(first day, day after, quantity, unit price, fraction)]"""
        if self.model == "flat":
            a, b, _, share = whole_run
            return [(a, b, Fraction(1), self.price, share)]
        if self.model == "package":
            return [(a, b, Fraction(-(-q // self.size)), self.price, share) for a, b, q, share in runs]
        if self.tiers is None:  # per_unit, plan, usage
            return [(a, b, q, self.price, share) for a, b, q, share in runs]
        return [(a, b, units, price, share) for a, b, q, share in runs for units, price in tiered(self.mode, self.tiers, q)]
