"""Periods, issue dates, proration and payment terms, the slow plain way (BILLING 2, 4 and 7). Knows nothing of the program."""
import calendar
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

MONTHS = {"month": 1, "quarter": 3, "year": 12}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAY = timedelta(days=1)
FOREVER = date(9000, 1, 1)


@lru_cache(maxsize=None)
def day(text):
    return date.fromisoformat(text)


@lru_cache(maxsize=100000)
def clamped(year, month, dom):
    """A day of a month that may lie outside 1..12, at most the month's last."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(dom, calendar.monthrange(year, month)[1]))


def plus_months(d, n):
    return clamped(d.year, d.month + n, d.day)


def boundary(bill, starts, k):
    """Boundary k of a schedule: anchor + k units, never chained."""
    unit, n = bill.get("unit", "month"), bill.get("every", 1) * k
    align, on = bill.get("align", "calendar"), bill.get("on", 1)
    if unit == "day":
        return starts + DAY * n
    if unit == "week":
        anchor = starts
        while align == "calendar" and anchor.weekday() != (0 if on == 1 else WEEKDAYS.index(on)):
            anchor -= DAY
        return anchor + DAY * (7 * n)
    step = MONTHS[unit]
    if align == "anniversary":
        return clamped(starts.year, starts.month + n * step, starts.day)
    month, dom = (1, on) if isinstance(on, int) else map(int, on.split("-"))
    year = starts.year
    if unit == "year" and clamped(year, month, dom) > starts:
        year -= 1
    return clamped(year, month + n * step, dom)


def periods(bill, starts, first, until, latest):
    """The whole periods that have days in [first, until), with their issue dates, as far as these have come by `latest`."""
    k = 0
    while boundary(bill, starts, k) > first:
        k -= 1
    while boundary(bill, starts, k + 1) <= first:
        k += 1
    while True:
        a, b = boundary(bill, starts, k), boundary(bill, starts, k + 1)
        if a >= until:
            return
        if bill.get("timing", "advance") == "advance":
            issue = max(a, first) - DAY * bill.get("lead_days", 0)
        else:
            issue = min(b, until) + DAY * bill.get("lag_days", 0)
        if issue > latest:
            return
        yield a, b, issue
        k += 1


def last_of_february(d):
    return d.month == 2 and (d + DAY).month == 3


def days360(a, b):
    """NASD, with the last of February counted as the 30th."""
    d1, d2 = a.day, b.day
    if last_of_february(a):
        if last_of_february(b):
            d2 = 30
        d1 = 30
    if d2 == 31 and d1 >= 30:
        d2 = 30
    return 360 * (b.year - a.year) + 30 * (b.month - a.month) + d2 - min(d1, 30)


def fraction(how, bill, whole, a, b):
    """The share of a whole period that [a, b) is."""
    if a >= b:
        return Fraction(0)
    if how == "daily":
        return Fraction((b - a).days, (whole[1] - whole[0]).days)
    if how == "none":
        return Fraction(int(a == whole[0]))
    if how == "full" or (a, b) == whole:
        return Fraction(1)
    return min(Fraction(1), Fraction(days360(a, b), 30 * bill.get("every", 1) * MONTHS[bill.get("unit", "month")]))


def month_end(d):
    return clamped(d.year, d.month, 31)


def due(terms, issue):
    words = terms.split()
    if terms == "due on receipt":
        return issue
    if words[0] == "net":
        d = issue + DAY * int(words[1])
        return month_end(d) if len(words) > 2 else d
    if terms.startswith("end of month"):
        return month_end(issue) + DAY * (int(words[4]) if len(words) > 3 else 0)
    n = int(words[1])
    if len(words) > 2:
        return clamped(issue.year, issue.month + 1, n)
    this = clamped(issue.year, issue.month, n)
    return this if this >= issue else clamped(issue.year, issue.month + 1, n)
