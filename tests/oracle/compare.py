"""A document of the command beside the oracle's: what differs, in words."""
from collections import Counter
from datetime import date
from fractions import Fraction

from exact import DECIMALS
from quantities import number
from workspace import money


def shown(q):
    """A quantity as documents show it: at most four places, half-up."""
    if 10 ** 4 % q.denominator == 0:
        return q
    n = (abs(q) * 10 ** 4 * 2 + 1) // 2
    return Fraction(int(n if q >= 0 else -n), 10 ** 4)


def wanted(doc):
    """The oracle's document in comparable form. Lines and discounts of nothing may be shown or not."""
    lines = Counter((l.contract, l.product, l.kind, l.days[0].isoformat(), (l.days[1].toordinal() - l.days[0].toordinal()), l.quantity,
                     l.price, l.share, l.amount) for l in doc["lines"] if l.amount)
    discounts = Counter((d.contract, d.product, d.rate, d.amount) for d in doc["discounts"] if d.amount)
    taxes = Counter((t, r, base, amount, inc) for t, r, base, amount, inc in doc["taxes"])
    return {"lines": lines, "discounts": discounts, "taxes": taxes, "subtotal": doc["subtotal"], "total": doc["total"],
            "due": doc["due"].isoformat(), "currency": doc["currency"]}


def got(doc):
    """The command's."""
    n = DECIMALS[doc["currency"]]
    lines, by_id = Counter(), {}
    for l in doc["lines"]:
        q = number(l.get("quantity_exact", l["quantity"]))
        assert number(l["quantity"]) == shown(q) and ("quantity_exact" in l) == (shown(q) != q), l
        days = (date.fromisoformat(l["period"]["to"]) - date.fromisoformat(l["period"]["from"])).days + 1
        amount = money(l["amount"], n)
        by_id[l["id"]] = l
        if amount:
            lines[(l["contract"], l["product"], l["kind"], l["period"]["from"], days, q, number(l["unit_price"]), number(l["fraction"]), amount)] += 1
    discounts = Counter()
    for d in doc["discounts"]:
        amount = money(d["amount"], n)
        target = None
        if d["line"] is not None:
            target = by_id[d["line"]]["product"]
        if amount:
            discounts[(d["contract"], target, number(d["percent"]) if d["percent"] else None, amount)] += 1
    taxes = Counter((t["tax"], number(t["rate"]), money(t["base"], n), money(t["amount"], n), t.get("inclusive", False)) for t in doc["taxes"])
    sign = doc["type"] == "credit_note"
    assert sign == (money(doc["total"], n) < 0), "the type does not go with the total"
    return {"lines": lines, "discounts": discounts, "taxes": taxes, "subtotal": money(doc["subtotal"], n), "total": money(doc["total"], n),
            "due": doc["due_date"], "currency": doc["currency"]}


def plain(v):
    return "(" + ", ".join(str(x) for x in v) + ")" if isinstance(v, tuple) else str(v)


def differences(want, have):
    out = []
    for key in want:
        if want[key] == have[key]:
            continue
        if isinstance(want[key], Counter):
            out += ["  %s: not there: %s" % (key, plain(x)) for x in (want[key] - have[key])]
            out += ["  %s: too much:  %s" % (key, plain(x)) for x in (have[key] - want[key])]
        else:
            out.append("  %s: %s, expected %s" % (key, have[key], want[key]))
    return out
