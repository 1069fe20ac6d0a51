"""What is counted, day by day, and the quantity that is billed (BILLING 3). Knows nothing of the program."""
from fractions import Fraction

from dates import DAY, day, fraction


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
        self.gauges = sorted((day(d), m, Fraction(v)) for kind, d, m, v in rows if kind == "gauge")
        self.used = [(day(d), m, Fraction(v)) for kind, d, m, v in rows if kind == "usage"]
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

    def usage(self, selector, a, b):
        return sum((v for d, m, v in self.used if m == selector["usage"]["metric"] and a <= d < b and d <= self.today), Fraction(0))


def billed(raw, line, on):
    """minimum, included, round_up_to, maximum: in this order."""
    def number(key):
        v = dated(line.get(key), on)
        return None if v is None else Fraction(str(v))
    q, low, free, step, high = raw, number("minimum"), number("included"), number("round_up_to"), number("maximum")
    if low is not None:
        q = max(q, low)
    if free is not None:
        q = max(q - free, Fraction(0))
    if step is not None:
        q = step * -((-q) // step)
    if high is not None:
        q = min(q, high)
    return q


def raw_count(line, facts, on):
    if "count" in line:
        return facts.count(line["count"], on)
    q = line.get("quantity", 1)
    for since, value in sorted((str(c[0]), c[1]) for c in line.get("changes", [])):
        if day(since) <= on:
            q = value
    return Fraction(str(q))


def runs(line, facts, bill, prorate, whole, a, b, issue_day):
    """[(first day, day after, quantity, fraction)] of a line in force on [a, b) of a whole period."""
    share = fraction(prorate, bill, whole, a, b)
    if "usage" in line.get("count", {}):
        return [(a, b, billed(facts.usage(line["count"], a, b), line, a), Fraction(1))]
    days = [a + DAY * i for i in range((b - a).days)]
    timing = bill.get("timing", "advance")
    at = line.get("at") or ("daily" if "count" not in line else "issue" if timing == "advance" else "end")
    if at != "daily":
        if at in ("issue", "start", "end"):
            raw = raw_count(line, facts, {"issue": issue_day, "start": a, "end": b - DAY}[at])
        else:
            counts = [raw_count(line, facts, d) for d in days]
            raw = max(counts) if at == "peak" else sum(counts) / len(counts)
        return [(a, b, billed(raw, line, a), share)]
    counts = [raw_count(line, facts, d) for d in days]
    if prorate == "full":  # any day costs the whole period: the highest count, once
        return [(a, b, billed(max(counts), line, a), share)]
    out = []
    for d, raw in zip(days, counts):
        q = billed(raw, line, a)
        if out and out[-1][2] == q:
            out[-1][1] = d + DAY
        else:
            out.append([d, d + DAY, q])
    # Parts add up to the whole: what the days up to a run's last come to, less what those before it did.
    upto = lambda d: fraction(prorate, bill, whole, a, d)
    return [(x, y, q, upto(y) - upto(x)) for x, y, q in out]
