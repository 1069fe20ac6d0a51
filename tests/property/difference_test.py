"""Bill by difference, over random histories: what all documents come to is what is owed, however it came about.

Each case writes a workspace with a few contracts, then lets months pass: prices, quantities, discounts, ends and lines are edited between
runs, the price book is edited as well, runs are skipped or repeated, invoices are voided, credited and billed again, given goodwill for,
re-opened, held and released, and one-offs are charged. At the end
  - once all periods are re-opened, a fresh store that catches up in one run from the final files charges the same, by contract and in sum: what
    was given as goodwill was never billed back;
  - another run owes nothing;
  - the same history without the settled digest gives the same documents, byte for byte;
  - verify finds nothing.
Usage: difference_test.py [CASES] [SEED]; BILLHOOK_BIN names the command.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from decimal import Decimal

BIN = os.environ["BILLHOOK_BIN"]
MONTHS = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"]
PRODUCTS = ["seat", "desk", "disk", "pack", "silver", "hours", "block", "fee", "floor"]
COUNTED = ["seat", "disk", "pack"]  # a fixed quantity of their own

USED = ("hours", "block")

BILLHOOK_LUA = '''company { name = "Prop", currency = "USD", timezone = "UTC" }
connector "sheet" { plugin = "csv", path = "counts" }
invoicing { adjust = "now", guard = { change = "100000%", amount = "1000000.00" } }
tax "vat" { name = "VAT", rate = "19" }
'''
PRICEBOOK = '''product "seat" { name = "Seat", model = "per_unit", unit = "user", price = "%s" }
product "desk" { name = "Desk", model = "flat", price = "%s" }
product "disk" { name = "Disk", model = "tiered", mode = "graduated", timing = "arrears", unit = "GB",
  tiers = { { up_to = 10, price = "%s" }, { up_to = 50, price = "0.75" }, { price = "0.333" } } }
product "pack" { name = "Pack", model = "package", size = 8, price = "12.49" }
product "silver" { name = "Silver", model = "plan", family = "care", level = "silver", price = "49.99" }
product "gold" { name = "Gold", model = "plan", family = "care", level = "gold", price = "99.95" }
product "hours" { name = "Hours", model = "usage", timing = "arrears", count = usage { metric = "h" }, included = 6, rollover = 2,
  round_up_to = "0.25", price = "111.11" }
product "block" { name = "Block", model = "block_hours", hours = 10, price = "990.00", expires_months = 3, threshold = 1, count = usage { metric = "h" } }
product "fee" { name = "Fee", model = "percent", of = "all", percent = "2.75", minimum = "3.33" }
product "floor" { name = "Floor", model = "commit", amount = "250.00", of = { "seat", "desk", "pack" } }
'''


def call(folder, *args, ok=(0, 1)):
    done = subprocess.run([BIN, "-w", folder, *args, "--json"] if args[0] != "export" else [BIN, "-w", folder, *args],
                          capture_output=True, text=True, timeout=120)
    if done.returncode not in ok:
        raise AssertionError(f"{args}: exit {done.returncode}: {done.stderr}{done.stdout}")
    return done.stdout


def money(rng, low, high):
    return f"{rng.randint(low, high) / 100:.2f}"


class History:
    def __init__(self, rng, commits=False):
        self.rng, self.commits = rng, commits
        self.contracts = {}
        self.prices = ["7.31", "99.90", "1.005"]
        self.usage = [("2025-11-01", "1")]  # the platform knows the client from before
        for i in range(rng.randint(1, 3)):
            day = rng.randint(1, 28)
            unit, every = rng.choice([("month", 1), ("month", 1), ("month", 3), ("week", 1), ("day", 10)])
            bill = {"every": every, "unit": unit, "timing": rng.choice(["advance", "advance", "arrears"])}
            if rng.random() < 0.3:
                bill["align"] = "anniversary"
            lines = []
            for p in rng.sample(PRODUCTS, rng.randint(1, 3)):
                lines.append({"id": p, "product": p})
                if p in COUNTED:
                    lines[-1]["quantity"] = str(rng.randint(0, 70))
                if p == "block" and rng.random() < 0.5:
                    lines[-1].update({"timing": "arrears", "opening": {"hours": str(rng.randint(0, 9)), "bought": "2025-11-20"}})
            self.contracts[f"k{i}"] = {"type": "contract", "id": f"k{i}", "client": "c", "starts": f"2025-12-{day:02d}", "bill": bill,
                                       "prorate": rng.choice(["daily", "daily", "none", "full"]), "lines": lines}
            for line in lines if commits else []:
                self.commit(line)

    def commit(self, line):
        """Nothing, to the end of the period, or for terms of one to four months. What was used is not committed."""
        if line["product"] in USED:
            return
        rng = self.rng
        for key in ("decrease", "term", "window_days", "coterm", "release"):
            line.pop(key, None)
        kind = rng.random()
        if kind < 0.2:
            line["decrease"] = "next_period"
        elif kind < 0.8:
            line.update(decrease="renewal", term=rng.randint(1, 4), window_days=rng.randint(0, 9))
            if rng.random() < 0.3:
                line["coterm"] = f"2026-{rng.randint(1, 9):02d}-{rng.randint(1, 28):02d}"
            if rng.random() < 0.2:
                line["release"] = True

    def edit(self, month):
        rng = self.rng
        if self.commits and rng.random() < 0.15:
            return self.commit(rng.choice(rng.choice(list(self.contracts.values()))["lines"]))
        if rng.random() < 0.15:
            self.prices[rng.randint(0, 2)] = money(rng, 1, 12000)
            return
        k = self.contracts[rng.choice(sorted(self.contracts))]
        line = rng.choice(k["lines"])
        what = rng.random()
        own = {"hours": ("included", str(rng.randint(0, 12))), "block": ("threshold", str(rng.randint(0, 4))), "fee": ("percent", str(rng.randint(0, 9))),
               "floor": ("amount", money(rng, 0, 90000)), "silver": ("price", money(rng, 100, 15000)), "gold": ("price", money(rng, 100, 15000))}
        if line["product"] == "silver" and what < 0.2 and not any(x["product"] == "gold" for x in k["lines"]):
            day = rng.randint(1, 27)  # an upgrade in mid-month, some of them in months that are billed
            month = rng.randint(1, 6)
            line["ends"] = f"2026-{month:02d}-{day:02d}"
            k["lines"].append({"id": "gold", "product": "gold", "from": f"2026-{month:02d}-{day + 1:02d}"})
        elif what < 0.6 and line["product"] in own:
            key, value = own[line["product"]]
            line[key] = value
        elif what < 0.45 and line["product"] == "desk":
            line["price"] = money(rng, 100, 15000)
        elif what < 0.25 and line["product"] in COUNTED:
            line["quantity"] = str(rng.randint(0, 90))
        elif what < 0.45 and line["product"] in COUNTED:
            day = f"2026-{rng.randint(1, 6):02d}-{rng.randint(1, 28):02d}"
            changes = {c[0]: c for c in line.get("changes", [])}
            changes[day] = [day, rng.randint(0, 60)]
            line["changes"] = [changes[d] for d in sorted(changes)]
        elif what < 0.6 and line["product"] not in ("disk", "hours", "block", "fee", "floor"):
            line["price"] = money(rng, 100, 15000)
        elif what < 0.7:
            k["discount"] = {"percent": str(rng.randint(1, 40)), "reason": "property"}
        elif what < 0.75 and not self.commits:  # given once a billing, and what is left of a term is billed together
            k["discount"] = {"amount": money(rng, 1, 5000), "reason": "fixed"}
        elif what < 0.8:
            k.pop("discount", None)
        elif what < 0.87 and line["product"] not in ("silver", "gold"):
            line["ends"] = f"2026-{rng.randint(2, 7):02d}-{rng.randint(1, 28):02d}"
        elif what < 0.92 and line["product"] not in ("silver", "gold"):
            line.pop("ends", None)
        elif what < 0.97:
            k["minimum"] = money(rng, 100, 60000)
        else:
            k["ends"] = f"2026-{rng.randint(3, 9):02d}-{rng.randint(1, 28):02d}"

    def work(self, month):
        """Time entries of the month before, some of them for months that are long billed."""
        for _ in range(self.rng.randint(0, 5)):
            back = self.rng.choice([1, 1, 1, 2, 3])
            day = f"2026-{int(month[5:7]) - back:02d}-{self.rng.randint(1, 28):02d}" if int(month[5:7]) > back else f"2025-12-{self.rng.randint(1, 28):02d}"
            self.usage.append((day, f"{self.rng.randint(1, 60) / 8:.3f}"))

    def write(self, folder):
        with open(os.path.join(folder, "pricebook.lua"), "w") as f:
            f.write(PRICEBOOK % tuple(self.prices))
        os.makedirs(os.path.join(folder, "counts"), exist_ok=True)
        with open(os.path.join(folder, "counts", "usage.csv"), "w") as f:
            f.write("date,client,metric,quantity,id,description\n" + "".join(f"{d},c,h,{q},u{i},\n" for i, (d, q) in enumerate(self.usage)))
        with open(os.path.join(folder, "clients", "all.jsonl"), "w") as f:
            f.write(json.dumps({"type": "client", "id": "c", "name": "C", "ids": {"sheet": "c"}, "tax": ["vat"]}) + "\n")
            for k in sorted(self.contracts):
                f.write(json.dumps(self.contracts[k]) + "\n")


def start(folder):
    os.makedirs(os.path.join(folder, "clients"))
    with open(os.path.join(folder, "billhook.lua"), "w") as f:
        f.write(BILLHOOK_LUA)


def run(folder, date, digest):
    args = ["run", "--date", date] + ([] if digest else ["--no-digest"])
    return json.loads(call(folder, *args))


def approve(folder, batch):
    return json.loads(call(folder, "approve", batch, "--force", "property", "--by", "test"))


def net(folder):
    """What the documents that are not void come to, by contract, and in all."""
    by = defaultdict(Decimal)
    for line in call(folder, "export", "--format", "json").splitlines():
        d = json.loads(line)
        if d["state"] in ("void", "draft") or (d["lines"] and all(l["kind"] == "goodwill" for l in d["lines"])):
            continue
        for l in d["lines"]:
            by[(l["contract"], "lines")] += Decimal(l["amount"])
        for x in d["discounts"]:
            by[(x["contract"], "discounts")] += Decimal(x["amount"])
    return {k: v for k, v in by.items() if v}


def both(folders, *args, ok=(0,)):
    """The same in each of the two stores, with the same answer."""
    out = [call(folder, *args, ok=ok) for folder in folders]
    assert out[0] == out[1], (args, out)
    return out[0]


def by_hand(rng, folders, month, approved, given):
    """What people do with what was just approved."""
    why = ("--reason", "property", "--by", "test", "--date", month)
    number = rng.choice(approved)["number"]
    what = rng.random()
    if what < 0.2:
        both(folders, "void", number, *why, ok=(0, 2))
    elif what < 0.4:
        note = both(folders, "credit", number, "--full", "--rebill", *why, ok=(0, 2))
        if note:
            for folder in folders:
                approve(folder, json.loads(note)["invoice"])
    elif what < 0.7:
        how = rng.choice([("--percent", "33.33"), ("--percent", str(rng.randint(1, 100))), ("--amount", money(rng, 1, 3000)), ("--full",),
                          ("1", "--full"), ("1", "--percent", "50")])
        note = both(folders, "credit", number, *how, *why, ok=(0, 2))
        if note:
            for folder in folders:
                given.extend(approve(folder, json.loads(note)["invoice"])["approved"][:folder == folders[0]])
    elif given and what < 0.8:
        both(folders, "void", rng.choice(given)["number"], *why, ok=(0, 2))
    else:
        both(folders, "reopen", number, *why, ok=(0, 2))


def meanwhile(rng, folders, month):
    """What people do on any day."""
    why = ("--reason", "property", "--by", "test", "--date", month)
    what = rng.random()
    if what < 0.2:
        both(folders, "charge", "c", "--text", "Visit", "--quantity", str(rng.randint(1, 3)), "--price", money(rng, 1, 9000), "--date", month)
    elif what < 0.3:
        both(folders, "hold", "c", *why)
    elif what < 0.5:
        both(folders, "release", "c", *why, ok=(0, 2))
    elif what < 0.65:
        first, last = sorted(rng.sample(MONTHS, 2))
        both(folders, "reopen", "--product", rng.choice(PRODUCTS), "--from", first, "--to", last, *why, ok=(0, 2))


def case(top, seed):
    rng = random.Random(seed)
    history = History(rng, commits=seed % 2 == 1)
    a, b, fresh = (os.path.join(top, name) for name in ("digest", "full", "fresh"))
    for folder in (a, b, fresh):
        shutil.rmtree(folder, ignore_errors=True)
        start(folder)
    history.write(a)
    history.write(b)
    given = []
    for month in MONTHS:
        for _ in range(rng.randint(0, 2)):
            history.edit(month)
        history.work(month)
        history.write(a)
        history.write(b)
        meanwhile(rng, (a, b), month)
        if rng.random() < 0.2:
            continue  # cron slept
        for _ in range(1 + (rng.random() < 0.3)):
            pa, pb = run(a, month, True), run(b, month, False)
            assert (pa["totals"], pa["drafted"], pa["unchanged"]) == (pb["totals"], pb["drafted"], pb["unchanged"]), (pa, pb)
        if rng.random() < 0.85:
            drafts = {json.loads(x)["batch"] for x in call(a, "export", "--format", "json").splitlines() if json.loads(x)["state"] == "draft"}
            for batch in sorted(drafts):
                got = approve(a, batch)
                assert got == approve(b, batch)
                if got["approved"] and rng.random() < 0.4:
                    by_hand(rng, (a, b), month, got["approved"], given)
    end = "2026-07-01"
    both((a, b), "release", "c", "--reason", "property", "--date", end, ok=(0, 2))
    for folder, digest in ((a, True), (b, False)):
        approve(folder, run(folder, end, digest)["batch"])
        for product in PRODUCTS:
            call(folder, "reopen", "--product", product, "--from", "2025-12-01", "--to", "2026-12-31", "--reason", "all", "--date", end, ok=(0, 2))
        approve(folder, run(folder, end, digest)["batch"])
        for line in call(folder, "export", "--format", "json").splitlines():
            if json.loads(line)["state"] == "draft":
                approve(folder, json.loads(line)["id"])
        again = run(folder, end, digest)
        assert again["drafted"] == 0 and again["unchanged"] == 0, ("a re-run owes", again)
        assert json.loads(call(folder, "verify"))["ok"], call(folder, "verify")
    assert call(a, "export", "--canonical") == call(b, "export", "--canonical"), "the digest changed what is billed"
    history.write(fresh)
    charges = os.path.join(a, "clients", "charges.jsonl")
    if os.path.exists(charges):
        shutil.copy(charges, os.path.join(fresh, "clients"))
    approve(fresh, run(fresh, end, True)["batch"])
    assert net(a) == net(fresh), (net(a), net(fresh))


def main():
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 20260101
    top = tempfile.mkdtemp(prefix="billhook-property-")
    passed = failed = 0
    for i in range(cases):
        try:
            case(top, seed + i)
            passed += 1
        except AssertionError as why:
            failed += 1
            print(f"FAILED seed {seed + i}: {why}")
            if os.environ.get("KEEP"):
                break
    if not (failed and os.environ.get("KEEP")):
        shutil.rmtree(top, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
