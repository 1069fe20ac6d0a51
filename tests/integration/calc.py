"""A second opinion on amounts: Python's fractions, and the sentences of the manual. Knows nothing of the program."""
import calendar
import datetime as dt
from fractions import Fraction

DECIMALS = {"USD": 2, "EUR": 2, "CAD": 2, "JPY": 0, "KWD": 3}


def day(text):
    return dt.date.fromisoformat(text)


def days(first, last):
    """Days from first to last, both in."""
    return (day(last) - day(first)).days + 1


def month_days(text):
    return calendar.monthrange(day(text).year, day(text).month)[1]


def minor(x):
    """Half up, away from zero."""
    x = Fraction(x)
    n = (abs(x) * 2 + 1) // 2
    return int(n if x >= 0 else -n)


def money(x, currency="USD"):
    """An exact amount of major units as it stands on an invoice."""
    d = DECIMALS[currency]
    n = minor(Fraction(x) * 10 ** d)
    sign, n = ("-" if n < 0 else ""), abs(n)
    return "%s%d" % (sign, n) if d == 0 else "%s%d.%0*d" % (sign, n // 10 ** d, d, n % 10 ** d)


def amount(price, quantity=1, fraction=1, currency="USD"):
    """One rounding, at the end."""
    return money(Fraction(price) * Fraction(quantity) * Fraction(fraction), currency)


def total(*amounts, currency="USD"):
    return money(sum((Fraction(a) for a in amounts), Fraction(0)), currency)


def graduated(tiers, q):
    """[(up_to or None, price)] -> [(units, price)] of each tier that is entered."""
    out, low = [], Fraction(0)
    for up, price in tiers:
        high = Fraction(up) if up is not None else Fraction(q)
        units = min(Fraction(q), high) - low
        if units > 0:
            out.append((units, Fraction(price)))
        low = high
        if up is None or Fraction(q) <= high:
            break
    return out
