"""What is counted, day by day, and the quantity that is billed (BILLING 3). Knows nothing of the program."""
from fractions import Fraction
from functools import lru_cache

from dates import DAY, day, fraction


@lru_cache(maxsize=10000)
def number(text):
    return Fraction(text)


def dated(value, on):
    """A number, or the entry of a dated one that is in force on a day."""
    if not isinstance(value, dict):
        return value
    best = value.get("start")
    for key in sorted(k for k in value if k != "start"):
        if day(key) <= on:
            best = value[key]
    return best


class Facts:
    """One client's rows of gauges.csv, usage.csv and assets.csv, as they exist for a run's date."""

    def __init__(self, rows, today):
        self.today = today
        self.gauges = sorted((day(d), m, number(v)) for kind, d, m, v in rows if kind == "gauge")
        self.used = [(day(d), m, number(v)) for kind, d, m, v in rows if kind == "usage"]
        self.assets = [(day(a), day(b) if b else None, m) for kind, a, m, b in rows if kind == "asset"]

    def count(self, selector, on):
        """A day to come carries the last known count."""
        on = min(on, self.today)
        if "gauge" in selector:
            level = Fraction(0)
            for d, metric, value in self.gauges:
                if metric == selector["gauge"]["metric"] and d <= on:
                    level = value
            return level
        return Fraction(sum(1 for a, b, m in self.assets if m == selector["devices"]["class"] and a <= on and (b is None or on <= b)))

    def days(self, selector):
        """On which days a count may change."""
        if "gauge" in selector:
            return [d for d, _, _ in self.gauges]
        return [d for a, b, _ in self.assets for d in (a, b + DAY if b else a)]

    def usage(self, selector, a, b):
        return sum((v for d, m, v in self.used if m == selector["usage"]["metric"] and a <= d < b and d <= self.today), Fraction(0))


def billed(raw, line, on):
    """minimum, included, round_up_to, maximum: in this order."""
    low, free, step, high = (dated(line.get(key), on) for key in ("minimum", "included", "round_up_to", "maximum"))
    q = raw
    if low is not None:
        q = max(q, number(low))
    if free is not None:
        q = max(q - number(free), Fraction(0))
    if step is not None:
        q = number(step) * -((-q) // number(step))
    if high is not None:
        q = min(q, number(high))
    return q


def raw_count(line, facts, on):
    if "count" in line:
        return facts.count(line["count"], on)
    q = line.get("quantity", 1)
    for since, value in line.get("changes", []):  # by day
        if day(since) <= on:
            q = value
    return number(q)


def counts(line, facts, a, b):
    """[(first day, day after, count)] over [a, b): counted anew on each day on which it may change."""
    changes = facts.days(line["count"]) if "count" in line else [day(c[0]) for c in line.get("changes", [])]
    days = sorted({a, b, *(d for d in changes if a < d < b)})
    return [(x, y, raw_count(line, facts, x)) for x, y in zip(days, days[1:])]


def runs(line, facts, bill, prorate, whole, a, b, issue_day):
    """[(first day, day after, quantity, fraction)] of a line in force on [a, b) of a whole period."""
    share = fraction(prorate, bill, whole, a, b)
    if "usage" in line.get("count", {}):
        return [(a, b, billed(facts.usage(line["count"], a, b), line, a), Fraction(1))]
    timing = bill.get("timing", "advance")
    at = line.get("at") or ("daily" if "count" not in line else "issue" if timing == "advance" else "end")
    if at in ("issue", "start", "end"):
        return [(a, b, billed(raw_count(line, facts, {"issue": issue_day, "start": a, "end": b - DAY}[at]), line, a), share)]
    by_day = counts(line, facts, a, b)
    if at == "average":
        mean = sum((y - x).days * raw for x, y, raw in by_day) / (b - a).days
        return [(a, b, billed(mean, line, a), share)]
    if at == "peak" or prorate == "full":  # "full": any day costs the whole period, so the highest count, once
        return [(a, b, billed(max(raw for _, _, raw in by_day), line, a), share)]
    out = []
    for x, y, raw in by_day:
        q = billed(raw, line, a)
        if out and out[-1][2] == q:
            out[-1][1] = y
        else:
            out.append([x, y, q])
    # Parts add up to the whole: what the days up to a run's last come to, less what those before it did.
    def upto(d):
        return fraction(prorate, bill, whole, a, d)
    return [(x, y, q, upto(y) - upto(x)) for x, y, q in out]
