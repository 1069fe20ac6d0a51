"""Random workspaces, as the entries that the command reads. A seed gives the same ones everywhere."""
import calendar
import random
from datetime import date, timedelta

from dates import MONTHS, WEEKDAYS

CURRENCIES = ["USD", "JPY", "KWD"]
CATEGORIES = ["service", "software", "hardware"]
PLAIN, SPECIAL = 22, ["package", "package", "plan", "plan", "usage", "usage", "usage", "percent", "percent", "commit", "block_hours", "block_hours"]
COUNTED = ("per_unit", "tiered", "package", "plan")  # models whose lines may count anything, or have a quantity
LENGTH = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
TAXES = {
    "vat": {"name": "VAT", "rate": "19"},
    "sales": {"name": "Sales", "rate": "8.875", "applies": ["software", "hardware"]},
    "gst": {"name": "GST", "rate": "5", "rates": {"2027-07-01": "6.5"}},
    "qst": {"name": "QST", "rate": "9.975", "on": ["gst"]},
    "hst": {"name": "HST", "rate": "7", "by": "service", "rates": {"2027-03-15": "8.25", "2028-02-01": "7.5"}, "on": ["gst", "sales"]},
    "incl": {"name": "Included", "rate": "20", "inclusive": True},
    "reduced": {"name": "Reduced", "rate": "5.5", "inclusive": True, "applies": ["hardware"]},
}
TERMS = ["net 0", "net 15", "net 30", "due on receipt", "end of month", "net 30 end of month", "end of month + 10", "day 20",
         "day 31", "day 5", "day 20 of next month", "day 30 of next month"]


class Draw:
    def __init__(self, seed):
        self.r = random.Random(seed)
        r = self.r
        self.today = date(2026, 1, 1) + timedelta(days=r.randrange(365 * 3))
        if r.random() < 0.5:
            self.today = self.today.replace(day=1)
        self.company = {"currency": r.choice(CURRENCIES), "rounding": r.choice(["half-up", "half-up", "half-even"])}
        self.taxes = TAXES
        self.book = {"p%d" % i: self.product(i) for i in range(PLAIN + len(SPECIAL))}

    def chance(self, p):
        return self.r.random() < p

    def around(self, before, after):
        return (self.today + timedelta(days=self.r.randint(-before, after))).isoformat()

    # ---- numbers ----
    def price(self):
        """Such as people write, often one that ends on a tie."""
        r = self.r
        places = r.choice([0, 1, 2, 2, 2, 3, 4, 6, 9])
        top = r.choice([10, 200, 200, 5000])
        n = r.randint(0, top * 10 ** places)
        if self.chance(0.3):
            n = n // 5 * 5
        digits = str(n).rjust(places + 1, "0")
        return digits if not places else digits[:-places] + "." + digits[-places:]

    def quantity(self):
        r = self.r
        if self.chance(0.7):
            return str(r.choice([0, 1, 2, r.randint(0, 40), r.randint(0, 3000)]))
        return "%d.%s" % (r.randint(0, 300), r.choice(["5", "25", "125", "001", "999999"]))

    def percent(self):
        return self.r.choice(["5", "10%", "7.5", "33.333333", "100", "0.5", "12.25"])

    def money(self, record, key):
        record[key] = self.price()
        record[key + "s"] = {c: self.price() for c in CURRENCIES if c != self.company["currency"]}

    def maybe_dated(self, make):
        if self.chance(0.85):
            return make()
        out = {"start": make()}
        for _ in range(self.r.randint(1, 2)):
            out[self.around(300, 60)] = make()
        return out

    # ---- the price book ----
    def tiers(self, mode):
        out, up = [], 0
        for i in range(self.r.randint(1, 4)):
            tier = {}
            up += self.r.choice([1, 5, 10, 25, 100])
            if mode != "stairstep" and (self.chance(0.8) or i == 0):
                self.money(tier, "price")
            if mode == "stairstep" or not tier or self.chance(0.3):
                self.money(tier, "flat")
            tier["up_to"] = str(up) if self.chance(0.8) else "%d.5" % up
            out.append(tier)
        del out[-1]["up_to"]
        return out

    def prices(self, model, mode):
        out = {}
        if model == "tiered":
            out["tiers"] = self.tiers(mode)
        else:
            self.money(out, "price")
            if self.chance(0.1):
                out["price"] = self.maybe_dated(self.price)
        return out

    def selector(self):
        return self.r.choice([{"gauge": {"metric": self.r.choice(["m1", "m2"])}}, {"gauge": {"metric": "m1"}},
                              {"devices": {"class": self.r.choice(["pc", "server"])}}, {"usage": {"metric": "gb"}}])

    def special(self, model, out):
        """The parameters of the models that are not plainly quantity × price."""
        r = self.r
        if model == "package":
            out["size"] = r.choice(["1", "5", "10", "25", "2.5"])
        if model == "plan":
            out.update(family="f%s" % out["name"][8:], level="gold")
        if model == "usage":
            out["count"] = {"usage": {"metric": "gb"}}
            if self.chance(0.8):
                out["included"] = r.choice(["1", "10", "100", "250.5"])
            if "included" in out and self.chance(0.7):
                out["rollover"] = r.choice([1, 2, 3])
            if self.chance(0.2):
                out["round_up_to"] = r.choice(["1", "0.25", "10"])
            if self.chance(0.3):
                for k in ("price", "prices"):
                    del out[k]
                out.update(mode="graduated", tiers=self.tiers("graduated"))
        if model in ("percent", "commit"):
            for k in ("price", "prices"):
                del out[k]
            out["of"] = r.choice(["all", {"tax": r.choice(CATEGORIES)}, sorted(r.sample(["p%d" % n for n in range(PLAIN)], 5))])
            if model == "commit":
                self.money(out, "amount")
            else:
                out["percent"] = self.percent()
                if self.chance(0.4):
                    self.money(out, "minimum")
        if model == "block_hours":
            out.update(count={"usage": {"metric": "hours"}}, hours=r.choice(["5", "10", "20"]), expires_months=r.choice([0, 1, 2, 12]))
            if self.chance(0.6):
                out["threshold"] = r.choice(["0", "1", "2.5"])
            else:
                self.money(out, "overage_price")

    def product(self, i):
        model = self.r.choice(["flat", "per_unit", "per_unit", "tiered", "tiered"])
        if i >= PLAIN:
            model = SPECIAL[(i - PLAIN) % len(SPECIAL)]
        out = {"name": "Product %d" % i, "model": model}
        mode = "graduated"
        if model == "tiered":
            out["mode"] = mode = self.r.choice(["graduated", "volume", "stairstep"])
        out.update(self.prices(model, mode))
        self.special(model, out)
        if model in COUNTED and self.chance(0.6):
            out["count"] = self.selector()
        if self.chance(0.8):
            out["tax"] = self.r.choice(CATEGORIES)
        return out

    # ---- contracts ----
    def bill(self):
        r, out = self.r, {}
        unit = r.choice(["month"] * 6 + ["day", "week", "quarter", "year"])
        every = r.choice([1, 1, 1, 2, 3, 4, 5, 6, 7, 12]) if unit != "day" else r.choice([5, 10, 14, 30])
        every = min(every, {"year": 2, "quarter": 4}.get(unit, every))
        out = {"unit": unit, "every": every}
        if self.chance(0.3):
            out["align"] = "anniversary"
        elif unit == "week" and self.chance(0.7):
            out["on"] = r.choice(WEEKDAYS)
        elif unit in MONTHS:
            whole = unit == "year" or 12 % (every * MONTHS[unit]) == 0
            if whole and (unit != "year" or self.chance(0.3)) and self.chance(0.8):
                out["on"] = r.choice([1, 1, 1, 15, 28, 29, 30, 31, r.randint(1, 31)])
            if "on" not in out and (not whole or self.chance(0.4)):
                month = r.randint(1, 12)
                out["on"] = "%02d-%02d" % (month, r.choice([1, r.randint(1, calendar.monthrange(2000, month)[1])]))
        if self.chance(0.3):
            out["timing"] = "arrears"
        if self.chance(0.2):
            out["lead_days"] = r.choice([1, 10, 31])
        if self.chance(0.2):
            out["lag_days"] = r.choice([1, 5, 20])
        return out

    def discount(self, contract_level):
        out = {}
        if self.chance(0.6):
            out["percent"] = self.percent()
        else:
            out["amount"] = self.price()
            out["amounts"] = {c: self.price() for c in CURRENCIES if c != self.company["currency"]}
        if self.chance(0.2):
            out["from"] = self.around(120, 30)
        if self.chance(0.2):
            out["ends"] = self.around(90, 90)
        if "from" in out and "ends" in out and out["ends"] < out["from"]:
            del out["from"]
        if contract_level and self.chance(0.3):
            out["of"] = {"tax": self.r.choice(CATEGORIES)} if self.chance(0.5) else sorted(self.r.sample(sorted(self.book), 6))
        return out

    def discounts(self, contract_level):
        return [self.discount(contract_level) for _ in range(self.r.randint(1, 3))]

    def line(self, i, k, own_money):
        r, b = self.r, k["bill"]
        name = r.choice(sorted(self.book))
        product = self.book[name]
        out = {"id": "l%d" % i, "product": name}
        if self.chance(0.12):
            out["once"] = self.around(150, 10)
            if product["model"] in ("flat", "per_unit") and "count" not in product:
                if self.chance(0.5):
                    out["quantity"] = self.quantity()
                return out
            del out["once"]
        if self.chance(0.15):
            out["timing"] = r.choice(["advance", "arrears"])
        timing = out.get("timing", b.get("timing", "advance"))
        selector = product.get("count")
        if product["model"] == "block_hours":
            out["timing"] = timing = "arrears"
        if product["model"] in COUNTED and self.chance(0.25):
            selector = out["count"] = self.selector()
        if product["model"] in COUNTED:
            if selector is None or (self.chance(0.15) and "count" not in out):
                out["quantity"], selector = self.quantity(), None
                if self.chance(0.5):
                    days = sorted({self.around(150, 40) for _ in range(r.randint(1, 4))})
                    out["changes"] = [[d, self.quantity()] for d in days]
            if selector is None:
                ats = ["start", "peak", "average", "end", "daily"]
            elif "usage" in selector:
                ats = []
            elif timing == "arrears":
                ats = ["issue", "start", "end", "peak", "average", "daily"]
            else:
                ats = ["issue", "start"]
            if ats and self.chance(0.5):
                out["at"] = r.choice(ats)
            for key, p in (("minimum", 0.2), ("included", 0.2), ("maximum", 0.1)):
                if self.chance(p):
                    out[key] = self.maybe_dated(self.quantity)
            if self.chance(0.15):
                out["round_up_to"] = r.choice(["1", "5", "0.25", "10", "2.5"])
        if self.chance(0.3) and (product["model"] in COUNTED or product["model"] == "flat"):
            out.update(self.prices(product["model"], product.get("mode", "graduated")))
        if own_money and not (selector or {}).get("usage") and product["model"] not in ("percent", "commit"):
            if self.chance(0.12):
                out["minimum_amount"] = self.price()
            if self.chance(0.12):
                out["maximum_amount"] = self.price()
        if self.chance(0.2):
            out["from"] = self.around(150, 20)
        if self.chance(0.2):
            out["ends"] = self.around(100, 60)
        if out.get("ends", "9") < max(out.get("from", ""), k["starts"]):
            del out["ends"]
        if self.chance(0.05):
            out["billed_through"] = self.around(150, 0)
        if self.chance(0.15):
            out["prorate"] = self.prorate(b)
        if self.chance(0.2):
            out["discount"] = self.discounts(False)
        if self.chance(0.1):
            out["uplift"] = self.uplift() if self.chance(0.7) else False
        return out

    def prorate(self, bill):
        return self.r.choice(["daily", "none", "full"] + (["30/360"] * 3 if bill["unit"] in MONTHS else []))

    def uplift(self):
        return {"percent": self.r.choice(["3.5", "2", "0.75", "10%"]), "from": self.around(500, 60), "every": self.r.choice([1, 3, 6, 12])}

    def contract(self, client, n):
        r, b = self.r, self.bill()
        back = int(3.2 * b["every"] * LENGTH[b["unit"]]) + 20
        k = {"type": "contract", "id": "%s-k%d" % (client["id"], n), "client": client["id"], "bill": b,
             "starts": self.around(min(back, 1100), 12)}
        if self.chance(0.25):
            k["ends"] = self.around(100, 60)
            if k["ends"] < k["starts"]:
                del k["ends"]
        if self.chance(0.1):
            k["billed_through"] = self.around(200, 0)
        if self.chance(0.4):
            k["prorate"] = self.prorate(b)
        own_money = client.get("currency", self.company["currency"]) == self.company["currency"]
        k["lines"], plans = [], set()
        for l in (self.line(i, k, own_money) for i in range(r.randint(1, 4))):
            if self.book[l["product"]]["model"] != "plan" or l["product"] not in plans:
                k["lines"].append(l)  # of one family only one level on a day
            plans.add(l["product"])
        if self.chance(0.3):
            k["discount"] = self.discounts(True)
        if own_money and self.chance(0.25):
            k["minimum"] = self.maybe_dated(lambda: "%d" % r.randint(1, 3000))
        if self.chance(0.2):
            k["uplift"] = self.uplift()
        return k

    # ---- facts ----
    def facts(self):
        r, rows = self.r, []
        for metric in ("m1", "m2"):
            rows.append(["gauge", "2020-01-01", metric, self.quantity()])
            for d in sorted({self.around(180, 20) for _ in range(r.randint(0, 5))}):
                rows.append(["gauge", d, metric, self.quantity()])
        for _ in range(r.randint(0, 6)):
            rows.append(["usage", self.around(150, 10), "gb", self.quantity()])
        for _ in range(r.randint(0, 8)):
            rows.append(["usage", self.around(200, 10), "hours", r.choice(["1", "0.25", "3.5", "8", "12.75", "30"])])
        for i in range(r.randint(0, 5)):
            a, b = sorted([self.around(250, 0), self.around(250, 0)])
            rows.append(["asset", a, r.choice(["pc", "server"]), b if self.chance(0.4) else ""])
        rows.append(["asset", "2020-01-01", "rack", ""])  # so that no client is unknown, and none is none
        rows.append(["usage", "2020-01-01", "gb", "1"])
        return rows

    def client(self, n):
        c = {"type": "client", "id": "c%d" % n, "name": "C", "ids": {"sheet": "c%d" % n}, "terms": self.r.choice(TERMS)}
        if self.chance(0.25):
            c["currency"] = self.r.choice(CURRENCIES)
        if self.chance(0.8):
            c["tax"] = self.r.sample(sorted(self.taxes), self.r.randint(1, 3))
        if self.chance(0.1):
            c["tax_exempt"] = {"reason": "charity"}
        elif self.chance(0.1):
            c["reverse_charge"] = True
        if self.chance(0.2):
            c["discount"] = self.discounts(True)
        if self.chance(0.05):
            c["ends"] = self.around(60, 60)
        contracts = [self.contract(c, i) for i in range(self.r.choice([1, 1, 1, 2, 3]))]
        if "ends" in c and any(k["starts"] > c["ends"] for k in contracts):
            del c["ends"]
        return {"client": c, "contracts": contracts, "facts": self.facts()}
