"""From prices and days to totals: proration, discounts, minimum, uplift, taxes, currencies. Expected by hand or by calc.py."""
from fractions import Fraction as F

import pytest
from calc import amount, money, total
from conftest import COMPANY, line

BOOK = '''product "p" { name = "P", model = "flat", price = "100.00", tax = "service",
  prices = { EUR = "90.00", JPY = "15000", KWD = "30.500", CAD = "135.00" } }
product "u" { name = "U", model = "per_unit", price = "26.40", tax = "software", prices = { JPY = "3950", KWD = "8.125", EUR = "24.10", CAD = "36.00" } }
product "h" { name = "H", model = "per_unit", price = "890.00", tax = "hardware" }
'''


def bill(ws, lines, date="2026-12-01", client=None, config="", starts="2026-12-01", book=BOOK, company=COMPANY, **contract):
    ws.config(config, company)
    ws.book(book)
    ws.clients(dict({"id": "a", "name": "A"}, **(client or {})),
               dict({"id": "k", "client": "a", "starts": starts, "lines": lines}, **contract))
    ws.run(date)
    return ws.draft()


def shown(d):
    return [(x["period"]["from"], x["period"]["to"], x["fraction"], x["amount"]) for x in d["lines"]]


# ---- proration ----

@pytest.mark.parametrize("how,starts,fraction,want", [
    ("daily", "2026-10-11", "21/31", "67.74"), ("30/360", "2026-10-11", None, "66.67"), ("none", "2026-10-11", None, "0.00"),
    ("full", "2026-10-11", "1", "100.00"), ("daily", "2027-02-15", "14/28", "50.00"), ("30/360", "2027-02-15", None, "53.33"),
    ("daily", "2026-10-31", "1/31", "3.23"), ("30/360", "2026-10-31", None, "3.33"), ("30/360", "2026-10-30", None, "3.33"),
    ("none", "2026-10-01", "1", "100.00"), ("daily", "2028-02-29", "1/29", "3.45")])
def test_a_first_stub(ws, how, starts, fraction, want):
    """30/360: from the 11th to the end 20 days of 30; February's last day is the 30th, so 15 February leaves 16."""
    ws.config()
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": starts, "prorate": how, "lines": [{"product": "p"}]})
    ws.run(starts)
    found = ws.drafts()
    if want == "0.00":
        assert sum(F(d["total"]) for d in found) == 0
        return
    x = found[0]["lines"][0]
    assert x["amount"] == want
    if fraction:
        assert x["fraction"] == fraction


def test_a_last_stub_and_a_line_inside(ws):
    d = bill(ws, [{"product": "p", "from": "2026-12-10", "ends": "2026-12-12"}, {"product": "u", "quantity": 3}], ends="2026-12-20")
    assert shown(d) == [("2026-12-10", "2026-12-12", "3/31", "9.68"), ("2026-12-01", "2026-12-20", "20/31", amount("26.40", 3, F(20, 31)))]


def test_one_rounding_at_the_end(ws):
    """26.40 / 31 is 0.8516…: 0.85 a day would make 17.85 of 21 days; it is 17.88."""
    d = bill(ws, [{"product": "u"}], date="2026-10-11", starts="2026-10-11")
    assert d["lines"][0]["amount"] == amount("26.40", 1, F(21, 31)) == "17.88"


@pytest.mark.parametrize("rounding,want", [("half-up", "0.13"), ("half-even", "0.12")])
def test_rounding(ws, rounding, want):
    d = bill(ws, [{"product": "u", "price": "0.125"}], config='invoicing { rounding = "%s" }\n' % rounding)
    assert d["lines"][0]["amount"] == want


# ---- schedules ----

SCHEDULES = [  # bill, starts, run on, [(from, to, fraction)]
    ({"every": 1, "unit": "month", "on": 1}, "2026-11-01", "2026-12-01", [("2026-11-01", "2026-11-30", "1"), ("2026-12-01", "2026-12-31", "1")]),
    ({"every": 1, "unit": "month", "on": 15}, "2026-11-20", "2026-12-15", [("2026-11-20", "2026-12-14", "25/30"), ("2026-12-15", "2027-01-14", "1")]),
    ({"every": 1, "unit": "month", "on": 31}, "2027-01-31", "2027-03-31", [("2027-01-31", "2027-02-27", "1"), ("2027-02-28", "2027-03-30", "1"),
                                                                           ("2027-03-31", "2027-04-29", "1")]),
    ({"every": 1, "unit": "month", "align": "anniversary"}, "2027-01-31", "2027-03-31", [("2027-01-31", "2027-02-27", "1"), ("2027-02-28", "2027-03-30", "1"),
                                                                                         ("2027-03-31", "2027-04-29", "1")]),
    ({"every": 1, "unit": "quarter", "on": 1}, "2026-11-15", "2027-01-01", [("2026-11-15", "2026-12-31", "47/92"), ("2027-01-01", "2027-03-31", "1")]),
    ({"every": 2, "unit": "month", "on": 1}, "2026-10-01", "2026-11-01", [("2026-10-01", "2026-10-31", "31/61"), ("2026-11-01", "2026-12-31", "1")]),
    ({"every": 1, "unit": "quarter", "align": "anniversary"}, "2026-11-15", "2026-11-15", [("2026-11-15", "2027-02-14", "1")]),
    ({"every": 1, "unit": "quarter", "on": "02-01"}, "2026-11-01", "2026-11-01", [("2026-11-01", "2027-01-31", "1")]),
    ({"every": 1, "unit": "year", "on": "07-01"}, "2026-11-15", "2026-11-15", [("2026-11-15", "2027-06-30", "228/365")]),
    ({"every": 1, "unit": "year", "align": "anniversary"}, "2024-02-29", "2026-02-28", [("2024-02-29", "2025-02-27", "1"), ("2025-02-28", "2026-02-27", "1"),
                                                                                        ("2026-02-28", "2027-02-27", "1")]),
    ({"every": 2, "unit": "week", "on": "monday"}, "2026-11-18", "2026-11-30", [("2026-11-18", "2026-11-29", "12/14"), ("2026-11-30", "2026-12-13", "1")]),
    ({"every": 1, "unit": "week", "align": "anniversary"}, "2026-11-18", "2026-11-25", [("2026-11-18", "2026-11-24", "1"), ("2026-11-25", "2026-12-01", "1")]),
    ({"every": 10, "unit": "day"}, "2026-11-05", "2026-11-24", [("2026-11-05", "2026-11-14", "1"), ("2026-11-15", "2026-11-24", "1")]),
    ({"every": 1, "unit": "month", "on": 1, "lead_days": 10}, "2026-12-01", "2026-12-22", [("2026-12-01", "2026-12-31", "1"), ("2027-01-01", "2027-01-31", "1")]),
    ({"every": 1, "unit": "month", "on": 1, "timing": "arrears"}, "2026-11-11", "2026-12-01", [("2026-11-11", "2026-11-30", "20/30")]),
    ({"every": 1, "unit": "month", "on": 1, "timing": "arrears", "lag_days": 5}, "2026-10-01", "2026-12-05", [("2026-10-01", "2026-10-31", "1")]),
    ({"every": 1, "unit": "month", "on": 1, "timing": "arrears", "lag_days": 5}, "2026-10-01", "2026-12-06", [("2026-10-01", "2026-10-31", "1"),
                                                                                                              ("2026-11-01", "2026-11-30", "1")]),
]


@pytest.mark.parametrize("schedule,starts,date,want", SCHEDULES)
def test_periods(ws, schedule, starts, date, want):
    d = bill(ws, [{"product": "p"}], date=date, starts=starts, bill=schedule)
    assert [x[:3] for x in shown(d)] == want
    assert [x[3] for x in shown(d)] == [amount("100.00", 1, F(f)) for _, _, f in want]
    # The day before the last issue date the last of them is not owed yet.
    assert d["issue_date"] == date


def test_nothing_before_its_issue_date(ws):
    ws.config()
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-12-01", "bill": {"lead_days": 5}, "lines": [{"product": "p"}]})
    assert ws.run("2026-11-25")["drafted"] == 0
    assert ws.run("2026-11-26")["drafted"] == 1


def test_once(ws):
    d = bill(ws, [{"product": "h", "once": "2026-11-20", "quantity": 2}, {"text": "Moved a rack", "once": "2026-11-25", "price": "75.50", "quantity": "1.5"},
                  {"product": "h", "once": "2026-12-24"}, {"product": "h", "once": "2026-10-20"}], starts="2026-11-01", date="2026-12-01")
    assert [(x["kind"], x["description"], x["period"], x["amount"]) for x in d["lines"]] == [
        ("once", "H", {"from": "2026-11-20", "to": "2026-11-20"}, "1780.00"),
        ("once", "Moved a rack", {"from": "2026-11-25", "to": "2026-11-25"}, "113.25")]


# ---- discounts, minimum, uplift ----

def test_discounts_in_their_order(ws):
    """Line, then contract, then client; percent before fixed, each percent of what the last one left."""
    d = bill(ws, [{"product": "p", "discount": [{"amount": "5.00", "reason": "l-fixed"}, {"percent": "10", "reason": "l-pct"}]},
                  {"product": "u", "quantity": 2}],
             discount=[{"percent": "5", "reason": "c1"}, {"percent": "3", "reason": "c2"}, {"amount": "7.00", "reason": "c3"}],
             client={"discount": {"percent": "2", "reason": "client"}})
    # 100.00 − 10.00 − 5.00 = 85.00; + 52.80 = 137.80; 5 % 6.89; 3 % of 130.91 = 3.93; 7.00; 2 % of 119.98 = 2.40
    assert {y["description"]: y["amount"] for y in d["discounts"]} == {
        "l-pct": "-10.00", "l-fixed": "-5.00", "c1": "-6.89", "c2": "-3.93", "c3": "-7.00", "client": "-2.40"}
    assert d["subtotal"] == "152.80" and d["total"] == "117.58"
    assert [y["line"] is None for y in d["discounts"]] == [False, False, True, True, True, True]


def test_a_discount_never_makes_it_negative(ws):
    d = bill(ws, [{"product": "p", "discount": {"amount": "500.00", "reason": "all"}}, {"product": "u"}])
    assert [y["amount"] for y in d["discounts"]] == ["-100.00"] and d["total"] == "26.40"


def test_a_discount_by_product_and_by_category(ws):
    d = bill(ws, [{"product": "p"}, {"product": "u"}, {"product": "h", "quantity": 1}],
             discount=[{"percent": "10", "of": {"tax": "software"}, "reason": "sw"}, {"percent": "50", "of": "p", "reason": "p"}])
    assert {y["description"]: y["amount"] for y in d["discounts"]} == {"sw": "-2.64", "p": "-50.00"}


def test_a_discount_is_in_force_by_the_periods_first_day(ws):
    d = bill(ws, [{"product": "p"}], starts="2026-10-15", discount={"percent": "10", "from": "2026-11-01", "ends": "+2 months", "reason": "x"})
    assert [y["amount"] for y in d["discounts"]] == ["-10.00", "-10.00"]  # November and December; October began before it
    assert shown(d)[0][3] == amount("100.00", 1, F(17, 31))


def test_the_contracts_minimum(ws):
    d = bill(ws, [{"product": "p"}, {"product": "h", "once": "2026-12-01"}], minimum="150.00", discount={"percent": "10", "of": "p", "reason": "x"})
    x = line(d, kind="minimum")  # 150.00 − (100.00 − 10.00); the once line does not count
    assert x["amount"] == "60.00"
    assert d["subtotal"] == "1050.00"


def test_the_contracts_minimum_is_prorated(ws):
    d = bill(ws, [{"product": "u"}], starts="2026-11-21", minimum="90.00")
    assert [x["amount"] for x in d["lines"] if x["kind"] == "minimum"] == [total("30.00", "-8.80"), total("90.00", "-26.40")]


def test_a_lines_own_bounds(ws):
    d = bill(ws, [{"product": "u", "id": "low", "minimum_amount": "50.00"}, {"product": "u", "id": "high", "quantity": 10, "maximum_amount": "200.00"}])
    assert d["subtotal"] == "314.00" and d["total"] == "250.00"  # 26.40 + 23.60, 264.00 − 64.00
    assert [y["amount"] for y in d["discounts"]] == ["-64.00"]


def test_uplift_step_by_step(ws):
    """26.40 × 1.035 = 27.32(4); 27.32 × 1.035 = 28.28(62) → 28.28: each step rounded to the price's decimals."""
    d = bill(ws, [{"product": "u"}], date="2028-01-01", starts="2025-01-01", billed_through="2026-11-30",
             uplift={"percent": "3.5", "every": 12, "from": "2027-01-01"})
    prices = {x["period"]["from"]: x["unit_price"] for x in d["lines"]}
    assert prices["2026-12-01"] == "26.40" and prices["2027-01-01"] == "27.32" and prices["2027-12-01"] == "27.32" and prices["2028-01-01"] == "28.28"


def test_uplift_leaves_once_lines_and_fixed_discounts_alone(ws):
    d = bill(ws, [{"product": "p", "discount": {"amount": "10.00", "reason": "x"}}, {"product": "h", "once": "2026-12-05"}], date="2026-12-05",
             uplift={"percent": "10", "every": 12, "from": "2026-01-01"})
    assert line(d, product="p")["amount"] == "110.00" and line(d, kind="once")["amount"] == "890.00" and d["discounts"][0]["amount"] == "-10.00"


def test_minimum_included_maximum_and_rounding_up_of_quantities(ws):
    def q(**keys):
        return dict({"product": "u", "price": "1.00"}, **keys)
    d = bill(ws, [q(id="a", quantity=3, minimum=10, included=4), q(id="b", quantity=3, included=4), q(id="c", quantity="7.1", round_up_to="0.25"),
                  q(id="d", quantity=30, maximum=25), q(id="e", quantity="5.01", included=2, round_up_to=2, maximum=3)])
    # b is nothing: 3 are there, 4 are included; a zero line is shown where it has a count, and this is a fixed quantity
    assert [x["quantity"] for x in d["lines"]] == ["6", "7.25", "25", "3"]


def test_included_per_unit_of_another_line(ws):
    d = bill(ws, [{"product": "h", "quantity": 3, "price": "10.00"}, {"product": "u", "quantity": 8, "included": {"1": 2, "per": "h"}}])
    assert line(d, product="u")["quantity"] == "2"


# ---- taxes ----

TAXES = '''tax "ny" { name = "NY", rate = "8.875", applies = { "hardware", "software" } }
tax "gst" { name = "GST", rate = "5" }
tax "qst" { name = "QST", rate = "9.975", on = { "gst" } }
tax "ust" { name = "USt", rate = "19", inclusive = true }
tax "ust7" { name = "USt 7", rate = "7", inclusive = true, applies = { "hardware" } }
tax "old" { name = "Old", rate = "8", rates = { ["2026-12-01"] = "9", ["2027-01-01"] = "10" } }
'''


def taxed(ws, taxes, lines, **kw):
    client = dict({"tax": taxes}, **kw.pop("client", {}))
    d = bill(ws, lines, config=TAXES, client=client, **kw)
    return d, {t["tax"]: (t["rate"], t["base"], t["amount"]) for t in d["taxes"]}


def test_a_tax_applies_by_category(ws):
    d, t = taxed(ws, ["ny"], [{"product": "p"}, {"product": "u", "quantity": 2}, {"product": "h"}])
    assert t == {"ny": ("8.875", "942.80", "83.67")} and d["total"] == "1126.47"  # 83.6735
    assert [x["tax"] for x in d["lines"]] == [[], ["ny"], ["ny"]]


def test_compound_taxes(ws):
    d, t = taxed(ws, ["gst", "qst"], [{"product": "p"}], client={"currency": "CAD"})
    # 135.00; 6.75; 9.975 % of 141.75 = 14.139…
    assert t == {"gst": ("5", "135.00", "6.75"), "qst": ("9.975", "141.75", "14.14")} and d["total"] == "155.89"


def test_inclusive_tax(ws):
    d, t = taxed(ws, ["ust"], [{"product": "p"}, {"product": "u"}], client={"currency": "EUR"}, discount={"amount": "4.10", "reason": "x"})
    # 90.00 + 24.10 − 4.10 = 110.00 gross; 110.00 × 19 / 119 = 17.563…
    assert t == {"ust": ("19", "110.00", "17.56")} and d["subtotal"] == "114.10" and d["total"] == "110.00"


def test_one_rounding_a_tax_not_a_line(ws):
    d, t = taxed(ws, ["gst"], [{"product": "u", "id": str(i), "price": "0.30"} for i in range(3)])
    assert t == {"gst": ("5", "0.90", "0.05")}  # 0.045; three lines of 0.015 would be 0.06


def test_a_discount_lowers_the_bases_it_belongs_to(ws):
    """50.00 over 100.00 untaxed and 890.00 taxed: 5.05 and 44.95 by largest remainder."""
    d, t = taxed(ws, ["ny"], [{"product": "p"}, {"product": "h"}], discount={"amount": "50.00", "reason": "x"})
    assert t == {"ny": ("8.875", "845.05", money(F("845.05") * F("8.875") / 100))} == {"ny": ("8.875", "845.05", "75.00")}


def test_rates_are_dated_by_issue_date(ws):
    d, t = taxed(ws, ["old"], [{"product": "p"}], starts="2026-11-01", date="2026-12-01")
    assert t == {"old": ("9", "200.00", "18.00")}  # November too: the document's date counts


def test_a_rate_by_service_date(ws):
    ws_config = TAXES + 'tax "svc" { name = "S", rate = "8", rates = { ["2026-12-01"] = "9" }, by = "service" }\n'
    d = bill(ws, [{"product": "p"}], config=ws_config, client={"tax": ["svc"]}, starts="2026-11-01", date="2026-12-01")
    assert sorted((t["rate"], t["base"], t["amount"]) for t in d["taxes"]) == [("8", "100.00", "8.00"), ("9", "100.00", "9.00")]


def test_an_exempt_client_and_reverse_charge_show_the_reason(ws):
    d, t = taxed(ws, ["gst"], [{"product": "p"}], client={"tax_exempt": {"reason": "resale certificate 7"}})
    assert [(x["base"], x["amount"], x["reason"]) for x in d["taxes"]] == [("100.00", "0.00", "resale certificate 7")] and d["total"] == "100.00"


def test_reverse_charge(ws):
    d, t = taxed(ws, ["gst"], [{"product": "p"}], client={"reverse_charge": True, "currency": "EUR"})
    assert [(x["base"], x["amount"]) for x in d["taxes"]] == [("90.00", "0.00")] and d["taxes"][0]["reason"] and d["total"] == "90.00"


# ---- currencies ----

@pytest.mark.parametrize("currency,flat,unit,stub", [
    ("EUR", "90.00", "24.10", None), ("JPY", "15000", "3950", None), ("KWD", "30.500", "8.125", None)])
def test_other_currencies(ws, currency, flat, unit, stub):
    d = bill(ws, [{"product": "p"}, {"product": "u", "quantity": 3}], starts="2026-11-12", client={"currency": currency, "tax": ["gst"]}, config=TAXES)
    f = F(19, 30)
    want = [amount(flat, 1, f, currency), amount(flat, 1, 1, currency), amount(unit, 3, f, currency), amount(unit, 3, 1, currency)]
    assert [x["amount"] for x in d["lines"]] == want
    sub = total(*want, currency=currency)
    tax = money(F(sub) * F(5, 100), currency)
    assert (d["currency"], d["subtotal"], d["taxes"][0]["amount"], d["total"]) == (currency, sub, tax, total(sub, tax, currency=currency))


def test_one_client_in_two_currencies_gets_two_invoices(ws):
    ws.config()
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k1", "client": "a", "starts": "2026-12-01", "lines": [{"product": "p"}]},
               {"id": "k2", "client": "a", "currency": "JPY", "starts": "2026-12-01", "lines": [{"product": "p"}]})
    run = ws.run("2026-12-01")
    assert run["totals"] == {"USD": "100.00", "JPY": "15000"} and run["drafted"] == 2


def test_what_stands_on_one_invoice(ws):
    ws.config()
    ws.book(BOOK)
    base = [{"id": "k1", "client": "a", "starts": "2026-12-01", "po": "PO-1", "lines": [{"product": "p"}]},
            {"id": "k2", "client": "a", "starts": "2026-12-01", "po": "PO-2", "lines": [{"product": "u"}, {"product": "p", "po": "PO-1", "price": "1.00"}]}]
    ws.clients({"id": "a", "name": "A", "split": ["po"]}, *base)
    ws.run("2026-12-01")
    assert sorted(d["total"] for d in ws.drafts()) == ["101.00", "26.40"]


def test_an_invoice_per_contract(ws):
    ws.config('invoicing { group = "contract" }\n')
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k1", "client": "a", "starts": "2026-12-01", "lines": [{"product": "p"}]},
               {"id": "k2", "client": "a", "starts": "2026-12-01", "lines": [{"product": "u"}]})
    ws.run("2026-12-01")
    assert sorted(d["total"] for d in ws.drafts()) == ["100.00", "26.40"]


# ---- where a price comes from ----

def test_the_order_in_which_a_price_is_looked_up(ws):
    ws.config()
    ws.book(BOOK + 'pricelist "low" { ["p"] = "80.00", ["u"] = { price = "20.00", included = 1 } }\n'
            'pricelist "lower" { ["p"] = "70.00" }\ntemplate "t" { lines = { { "p", price = "60.00" }, { "u" }, { "h" } } }\n')
    ws.clients({"id": "a", "name": "A", "pricelist": "low"},
               {"id": "k1", "client": "a", "starts": "2026-12-01", "lines": [{"product": "p"}, {"product": "u", "quantity": 3}]},
               {"id": "k2", "client": "a", "starts": "2026-12-01", "pricelist": "lower", "lines": [{"product": "p"}]},
               {"id": "k3", "client": "a", "starts": "2026-12-01", "pricelist": "lower", "lines": [{"product": "p", "price": "50.00"}]},
               {"id": "b", "name": "B"}, {"id": "k4", "client": "b", "starts": "2026-12-01", "based_on": "t", "lines": [{"product": "h", "omit": True}]})
    ws.run("2026-12-01")
    got = {(x["contract"], x["product"]): (x["quantity"], x["unit_price"]) for d in ws.drafts() for x in d["lines"]}
    assert got == {("k1", "p"): ("1", "80.00"), ("k1", "u"): ("2", "20.00"), ("k2", "p"): ("1", "70.00"), ("k3", "p"): ("1", "50.00"),
                   ("k4", "p"): ("1", "60.00"), ("k4", "u"): ("1", "26.40")}


def test_markup_of_a_cost(ws):
    d = bill(ws, [{"product": "part", "once": "2026-12-01", "cost": "80.00", "quantity": 2}],
             book=BOOK + 'product "part" { name = "Part", model = "per_unit", markup = "15%" }\n')
    assert d["lines"][0]["amount"] == "184.00"


def test_one_off_charges_from_a_file(ws):
    ws.config()
    ws.book(BOOK)
    ws.write("clients/charges.jsonl", '{"type": "charge", "client": "a", "date": "2026-11-28", "text": "Cable", "quantity": "2", "price": "4.50", "id": "c1"}\n'
             '{"type": "charge", "client": "a", "date": "2026-11-30", "product": "h", "id": "c2"}\n')
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-12-01", "lines": [{"product": "p"}]})
    ws.run("2026-12-01")
    d = ws.draft()
    assert sorted((x["kind"], x["amount"]) for x in d["lines"]) == [("charge", "100.00"), ("once", "890.00"), ("once", "9.00")]
    ws.approve(d["id"])
    assert ws.run("2026-12-02")["drafted"] == 0
