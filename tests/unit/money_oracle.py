"""Compares the engine's arithmetic with Python's exact fractions: money_oracle.py DRIVER [CASES] [SEED].

"overflow" is an answer only where the exact result does not fit; for amounts and scaling also where the fraction, with
its common factors cancelled, needs more than 127 bits.
"""
import random
import subprocess
import sys
from fractions import Fraction

MAX = 2**63 - 1
MIN = -(2**63)
UP, EVEN = 0, 1


def rounded(x, mode):
    """To an integer; half-up is away from zero."""
    whole, part = divmod(abs(x), 1)
    if part > Fraction(1, 2) or (part == Fraction(1, 2) and (mode == UP or whole % 2)):
        whole += 1
    return int(whole) if x >= 0 else -int(whole)


def fits(v):
    return MIN <= v <= MAX


def dec(coef, scale):
    return Fraction(coef, 10**scale)


def minor_ok(exact, mode, answer):
    if answer == "overflow":
        big = max(abs(exact.numerator), exact.denominator) >= 2**127
        return big or not fits(rounded(exact, mode))
    return int(answer) == rounded(exact, mode)


def dec_ok(exact, answer, max_scale=9):
    """exact, or half-even at nine decimals."""
    nearest = Fraction(rounded(exact * 10**max_scale, EVEN), 10**max_scale)
    if answer == "overflow":
        scale = 0
        while (nearest * 10**scale).denominator != 1:
            scale += 1
        return not fits(int(nearest * 10**scale))
    coef, scale = map(int, answer.split())
    return 0 <= scale <= 9 and dec(coef, scale) == nearest


def fixed_ok(exact, scale, mode, answer):
    want = rounded(exact * 10**scale, mode)
    return answer == (f"{want} {scale}" if fits(want) else "overflow")


def ratio_ok(exact, answer):
    if exact is None or not fits(exact.numerator) or exact.denominator > MAX:
        return answer == "overflow"
    return answer == f"{exact.numerator} {exact.denominator}"


def split(total, weights):
    """Largest remainder, ties to the earlier, on the magnitude."""
    if not any(weights):
        return [total] + [0] * (len(weights) - 1)
    exact = [Fraction(abs(total) * w, sum(weights)) for w in weights]
    shares = [int(x) for x in exact]
    order = sorted(range(len(weights)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: abs(total) - sum(shares)]:
        shares[i] += 1
    return [s if total >= 0 else -s for s in shares]


def shown(exact, places):
    v = rounded(exact * 10**places, UP)
    digits = str(abs(v)).rjust(places + 1, "0")
    text = digits if not places else (digits[:-places] + "." + digits[-places:]).rstrip("0").rstrip(".")
    return f"{'-' if v < 0 else ''}{text} {int(Fraction(v, 10**places) == exact)}"


class Cases:
    def __init__(self, seed):
        self.r = random.Random(seed)

    def integer(self, low=MIN, high=MAX):
        """Of every magnitude, with a liking for the edges."""
        if self.r.random() < 0.05:
            return self.r.choice([x for x in (low, high, 0, 1, low + 1, high - 1) if low <= x <= high])
        v = self.r.getrandbits(self.r.randint(1, 63))
        return max(low, min(high, v if low >= 0 or self.r.random() < 0.5 else -v))

    def price(self):
        """Half of them such as people write, often on a tie."""
        if self.r.random() < 0.5:
            return self.r.randint(-10**6, 10**6) * self.r.choice([1, 5]), self.r.randint(0, 5)
        return self.integer(), self.r.randint(0, 9)

    def ratio(self):
        if self.r.random() < 0.6:
            return self.r.randint(-400, 400), self.r.choice([1, 2, 4, 7, 28, 30, 31, 365, 366])
        return self.integer(-MAX), self.integer(1)

    def one(self):
        r = self.r
        kind = r.choice(["amount", "amount", "amount", "scale", "split", "dec", "dec", "round", "ratio", "ratio", "rshow", "rround"])
        mode = r.choice([UP, EVEN])
        if kind == "amount":
            p, q, f, decimals = self.price(), self.ratio(), self.ratio(), r.choice([0, 2, 2, 3])
            exact = dec(*p) * Fraction(*q) * Fraction(*f) * 10**decimals
            return ["amount", *p, *q, *f, decimals, mode], lambda a: minor_ok(exact, mode, a)
        if kind == "scale":
            m, n, d = self.integer(), self.integer(), self.integer(1)
            return ["scale", m, n, d, mode], lambda a: minor_ok(Fraction(m * n, d), mode, a)
        if kind == "split":
            total = self.integer()
            weights = [0 if r.random() < 0.1 else self.integer(0) if r.random() < 0.5 else r.randint(0, 9) for _ in range(r.randint(1, 60))]
            return ["split", total, *weights], lambda a: a == " ".join(map(str, split(total, weights)))
        if kind == "dec":
            op, a, b = r.choice(["add", "sub", "mul", "div"]), self.price(), self.price()
            x, y = dec(*a), dec(*b)
            if op == "div" and y == 0:
                return [op, *a, *b], lambda s: s == "overflow"
            exact = x + y if op == "add" else x - y if op == "sub" else x * y if op == "mul" else x / y
            return [op, *a, *b], lambda s: dec_ok(exact, s)
        if kind == "round":
            a, scale = self.price(), r.randint(0, 9)
            return ["round", *a, scale, mode], lambda s: fixed_ok(dec(*a), scale, mode, s)
        if kind == "ratio":
            op, a, b = r.choice(["radd", "rsub", "rmul", "rdiv"]), self.ratio(), self.ratio()
            x, y = Fraction(*a), Fraction(*b)
            if op == "rdiv":
                exact = x / y if y else None
            else:
                exact = x + y if op == "radd" else x - y if op == "rsub" else x * y
            return [op, *a, *b], lambda s: ratio_ok(exact, s)
        a, places = self.ratio(), r.randint(0, 9)
        if kind == "rshow":
            return ["rshow", *a, places], lambda s: s == shown(Fraction(*a), places)
        return ["rround", *a, places, mode], lambda s: fixed_ok(Fraction(*a), places, mode, s)


def main():
    driver = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 4217
    cases = Cases(seed)
    asked = [cases.one() for _ in range(count)]
    text = "".join(" ".join(map(str, case)) + "\n" for case, _ in asked)
    done = subprocess.run([driver], input=text, capture_output=True, text=True, check=False)
    answers = done.stdout.splitlines()
    if done.returncode or len(answers) != count:
        sys.exit(f"the driver ended with {done.returncode} after {len(answers)} of {count} answers\n{done.stderr}")
    wrong = [(case, answer) for (case, right), answer in zip(asked, answers) if not right(answer)]
    for case, answer in wrong[:20]:
        print(" ".join(map(str, case)), "->", answer)
    overflows = answers.count("overflow")
    print(f"{count} cases (seed {seed}), {overflows} overflows, {len(wrong)} wrong")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
