#!/usr/bin/env python3
"""An independent oracle for schedules, proration and amounts: fractions and datetime, written from BILLING 2 and 4 alone.

It draws cases from a seed, works each out by the slowest plain way it can (walking boundary by boundary), and compares with
what the driver prints. On a difference it prints the case and ends with status 1.
"""
import argparse
import calendar
import random
import subprocess
import sys
from datetime import date, timedelta
from fractions import Fraction

DAY, WEEK, MONTH, QUARTER, YEAR = range(5)
CALENDAR, ANNIVERSARY = range(2)
ADVANCE, ARREARS = range(2)
DAILY, THIRTY_360, NONE, FULL = range(4)
MONTHS = {MONTH: 1, QUARTER: 3, YEAR: 12}
EPOCH = date(1970, 1, 1)
FAR = 1000000


def number(d):
    return (d - EPOCH).days


def civil(n):
    return EPOCH + timedelta(days=n)


def clamped(year, month, day):
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def boundary(c, k):
    """Boundary k of the schedule, or None where the schedule is a mistake."""
    starts, n = civil(c["starts"]), c["every"] * k
    if c["unit"] in (DAY, WEEK):
        anchor = starts
        if c["unit"] == WEEK and c["align"] == CALENDAR:
            while anchor.isoweekday() != c["on"]:
                anchor -= timedelta(days=1)
        return anchor + timedelta(days=n * (7 if c["unit"] == WEEK else 1))
    step = MONTHS[c["unit"]]
    if c["align"] == ANNIVERSARY:
        return clamped(starts.year, starts.month + n * step, starts.day)
    if c["unit"] == YEAR:
        month = c["on_month"] or 1
        year = starts.year if clamped(starts.year, month, c["on"]) <= starts else starts.year - 1
        return clamped(year, month + n * step, c["on"])
    if c["on_month"] == 0 and 12 % (c["every"] * step):
        return None
    return clamped(starts.year, (c["on_month"] or 1) + n * step, c["on"])


def period(c):
    if boundary(c, 0) is None:
        return None
    day, k = civil(c["day"]), 0
    while boundary(c, k) > day:
        k -= 1
    while boundary(c, k + 1) <= day:
        k += 1
    return boundary(c, k), boundary(c, k + 1)


def last_of_february(d):
    return d.month == 2 and d.day == calendar.monthrange(d.year, 2)[1]


def days360(a, b):
    d1, d2 = a.day, b.day
    if last_of_february(a):
        if last_of_february(b):
            d2 = 30
        d1 = 30
    if d2 == 31 and d1 >= 30:
        d2 = 30
    d1 = min(d1, 30)
    return 360 * (b.year - a.year) + 30 * (b.month - a.month) + d2 - d1


def fraction(c, whole):
    if c["prorate"] == THIRTY_360 and c["unit"] in (DAY, WEEK):
        return None
    days, d = [], whole[0]  # the days in force, counted one by one
    while d < whole[1]:
        if c["from"] <= number(d) < c["until"]:
            days.append(d)
        d += timedelta(days=1)
    total = (whole[1] - whole[0]).days
    if not days:
        return Fraction(0)
    if c["prorate"] == DAILY:
        return Fraction(len(days), total)
    if c["prorate"] == NONE:
        return Fraction(int(days[0] == whole[0]))
    if c["prorate"] == FULL or len(days) == total:
        return Fraction(1)
    part = days360(days[0], days[-1] + timedelta(days=1))
    return min(Fraction(1), Fraction(part, 30 * c["every"] * MONTHS[c["unit"]]))


def rounded(x, half_even):
    sign, x = (-1 if x < 0 else 1), abs(x)
    whole, rest = x.numerator // x.denominator, x - x.numerator // x.denominator
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and (not half_even or whole % 2 == 1))
    return sign * (whole + up)


def issue(c, whole):
    if c["timing"] == ADVANCE:
        return max(number(whole[0]), c["life_from"]) - c["lead"]
    return min(number(whole[1]), c["life_until"]) + c["lag"]


def expected(c):
    whole = period(c)
    share = fraction(c, whole) if whole else None
    if share is None:
        return "invalid"
    exact = Fraction(c["price"]) * Fraction(c["qnum"], c["qden"]) * share * 10 ** c["decimals"]
    return "%d %d %d %d/%d %d" % (number(whole[0]), number(whole[1]), issue(c, whole), share.numerator, share.denominator,
                                  rounded(exact, c["mode"] == 1))


def drawn(r):
    unit = r.choice([DAY, WEEK, MONTH, MONTH, MONTH, QUARTER, YEAR])
    align = r.choice([CALENDAR, ANNIVERSARY])
    starts = number(date(r.randint(2019, 2030), 1, 1)) + r.randrange(366)
    if r.random() < 0.3:  # the ends of months are where it goes wrong
        d = civil(starts)
        starts = number(clamped(d.year, d.month, 31)) - r.choice([0, 0, 1, 2])
    on, on_month = 1, 0
    if align == CALENDAR and unit == WEEK:
        on = r.randint(1, 7)
    elif align == CALENDAR and unit in MONTHS:
        on = r.choice([1, 1, 15, 28, 29, 30, 31, r.randint(1, 31)])
        if r.random() < 0.4:
            on_month = r.randint(1, 12)
            on = min(on, calendar.monthrange(2000, on_month)[1])
    every = r.choice([1, 1, 1, 2, 3, 4, 5, 6, 7, 12, 14])
    day = starts + r.randint(-800, 3000)
    life_from = r.choice([starts, day - r.randint(0, 40)])
    life_until = r.choice([FAR, day + r.randint(1, 60)])
    a, b = sorted([day + r.randint(-120, 120), day + r.randint(-120, 120)])
    places = r.randint(0, 9)
    coef = r.choice([r.randint(0, 10**4), r.randint(-10**6, 10**8)])
    digits = str(abs(coef)).rjust(places + 1, "0")
    price = ("-" if coef < 0 else "") + (digits[:-places] + "." + digits[-places:] if places else digits)
    return {
        "starts": starts, "every": every, "unit": unit, "on": on, "on_month": on_month, "align": align,
        "timing": r.choice([ADVANCE, ARREARS]), "lead": r.choice([0, 0, 10, 31]), "lag": r.choice([0, 0, 3]),
        "prorate": r.choice([DAILY, DAILY, THIRTY_360, THIRTY_360, NONE, FULL]), "day": day,
        "from": a if r.random() < 0.7 else -FAR, "until": b if r.random() < 0.7 else FAR, "life_from": life_from,
        "life_until": life_until, "price": price, "qnum": r.choice([1, r.randint(0, 5000), r.randint(0, 10**6)]),
        "qden": r.choice([1, 1, 31, 365, r.randint(1, 1000)]), "decimals": r.choice([0, 2, 2, 3]), "mode": r.randint(0, 1),
    }


FIELDS = ["starts", "every", "unit", "on", "on_month", "align", "timing", "lead", "lag", "prorate", "day", "from", "until",
          "life_from", "life_until", "price", "qnum", "qden", "decimals", "mode"]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--driver", required=True)
    p.add_argument("--cases", type=int, default=3000)
    p.add_argument("--seed", type=int, default=1)
    o = p.parse_args()
    r = random.Random(o.seed)
    cases = [drawn(r) for _ in range(o.cases)]
    text = "".join(" ".join(str(c[f]) for f in FIELDS) + "\n" for c in cases)
    got = subprocess.run([o.driver], input=text, capture_output=True, text=True, check=True, timeout=300).stdout.splitlines()
    if len(got) != len(cases):
        sys.exit("seed %d: %d cases, %d answers" % (o.seed, len(cases), len(got)))
    wrong = [(c, g, expected(c)) for c, g in zip(cases, got) if g != expected(c)]
    for c, g, w in wrong[:10]:
        print("case %s\n  got      %s\n  expected %s" % (c, g, w))
    print("seed %d: %d cases, %d refused, %d wrong" % (o.seed, len(cases), got.count("invalid"), len(wrong)))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
