"""Exact money for the oracle: fractions, one rounding, shares by largest remainder (BILLING 4). Knows nothing of the program."""
from fractions import Fraction
from functools import lru_cache

DECIMALS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
HALF = Fraction(1, 2)


def rounded(x, mode):
    """To a whole number; half-up is away from zero, half-even to the even neighbour."""
    n, d = abs(x.numerator), x.denominator
    whole, rest = divmod(n, d)
    if 2 * rest > d or (2 * rest == d and (mode == "half-up" or whole % 2)):
        whole += 1
    return whole if x >= 0 else -whole


@lru_cache(maxsize=1000)
def percent(text):
    return Fraction(str(text).rstrip("%"))


def places(text):
    """Decimals that a number is written with."""
    return len(str(text).partition(".")[2])


def split(total, weights):
    """Shares of total by largest remainder, ties to the earlier; of the magnitude, so that credits mirror charges."""
    whole = sum(weights)
    if whole == 0:
        return [total] + [0] * (len(weights) - 1)
    exact = [abs(total) * w for w in weights]
    shares = [x // whole for x in exact]
    order = sorted(range(len(weights)), key=lambda i: (-(exact[i] % whole), i))
    for i in order[: abs(total) - sum(shares)]:
        shares[i] += 1
    return [s if total >= 0 else -s for s in shares]
