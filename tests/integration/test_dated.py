"""Any number can be dated: read on the period's first day in force; a quantity splits by day."""
from fractions import Fraction

import pytest
from calc import amount, total
from conftest import SHEET, line

BOOK = 'product "p" { name = "P", model = "per_unit", price = "10.00" }\n'
D = {"start": None, "2026-11-01": None}


def dated(first, then, on="2026-11-01"):
    return {"start": first, on: then}


def one(ws, line, book=BOOK, config="", client=None, **contract):
    ws.config(config)
    ws.book(book)
    ws.clients(dict({"id": "a", "name": "A"}, **(client or {})), dict({"id": "k", "client": "a", "starts": "2026-10-01", "lines": [line]}, **contract))


def two_months(ws):
    """October and November, one document: its lines by month, its discounts."""
    ws.run("2026-11-01")
    d = ws.draft()
    return [x["amount"] for x in d["lines"]], [x["amount"] for x in d["discounts"]], d


@pytest.mark.parametrize("keys, want", [
    ({"price": dated("10.00", "12.00")}, ["10.00", "12.00"]),
    ({"prices_from": {"2026-11-01": "12.00"}, "price": "10.00"}, ["10.00", "12.00"]),
    ({"price": dated("10.00", "12.00", on="2026-11-02")}, ["10.00", "10.00"]),  # November began with the old one
    ({"quantity": 5, "minimum": dated(7, "8.5")}, ["70.00", "85.00"]),
    ({"quantity": 5, "included": dated(2, 4)}, ["30.00", "10.00"]),
    ({"quantity": 5, "maximum": dated(4, 3)}, ["40.00", "30.00"]),
    ({"quantity": 5, "round_up_to": dated(2, 10)}, ["60.00", "100.00"]),
    ({"quantity": 5, "minimum_amount": dated("60.00", "70.00")}, ["50.00", "10.00", "50.00", "20.00"]),
    ({"quantity": dated(5, 6)}, ["50.00", "60.00"]),
    ({"quantity": dated(5, 6, on="2026-11-16")}, ["50.00", "25.00", "30.00"]),
    ({"quantity": 5, "changes": [["2026-11-16", 6]]}, ["50.00", "25.00", "30.00"]),
    ({"quantity": 5, "minimum": dated(4, 9, on="2026-11-10"), "changes": [["2026-11-16", 6]]}, ["50.00", "25.00", "30.00"]),  # not before December
    ({"tiers": [{"up_to": dated(3, 4), "price": dated("10.00", "11.00")}, {"price": "5.00", "flat": dated("1.00", "2.00")}], "model": None, "quantity": 5},
     ["30.00", "10.00", "1.00", "44.00", "5.00", "2.00"]),
])
def test_numbers_of_a_line(ws, keys, want):
    book = BOOK
    if "tiers" in keys:
        book = 'product "p" { name = "P", model = "tiered", mode = "graduated", tiers = { { price = "1.00" } } }\n'
        keys = {k: v for k, v in keys.items() if k != "model"}
    one(ws, dict({"product": "p"}, **keys), book=book)
    assert two_months(ws)[0] == want


def test_an_amount_s_upper_bound(ws):
    one(ws, {"product": "p", "quantity": 5, "maximum_amount": dated("40.00", "30.00")})
    lines, discounts, _ = two_months(ws)
    assert lines == ["50.00", "50.00"] and discounts == ["-10.00", "-20.00"]


@pytest.mark.parametrize("where", ["line", "contract", "client"])
@pytest.mark.parametrize("discount, want", [
    ({"percent": dated("10", "20%"), "reason": "d"}, ["-10.00", "-20.00"]),
    ({"amount": dated("3.00", "4.50"), "reason": "d"}, ["-3.00", "-4.50"]),
    ({"percent": dated("10", "0"), "reason": "d"}, ["-10.00"]),
])
def test_discounts(ws, where, discount, want):
    keys = {"product": "p", "quantity": 10}
    if where == "line":
        one(ws, dict(keys, discount=discount))
    elif where == "contract":
        one(ws, keys, discount=discount)
    else:
        one(ws, keys, client={"discount": discount})
    assert two_months(ws)[1] == want


def test_the_words_of_a_discount_have_the_percent_of_its_day(ws):
    one(ws, {"product": "p", "quantity": 10}, discount={"percent": dated("10", "12.5")})
    d = two_months(ws)[2]
    assert [(x["description"], x["percent"], x["amount"]) for x in d["discounts"]] == [("10 % discount", "10", "-10.00"), ("12.5 % discount", "12.5", "-12.50")]


def test_more_than_all_is_a_mistake_on_each_date(ws):
    one(ws, {"product": "p"}, discount={"percent": dated("10", "101")})
    assert [(m["path"], m["message"]) for m in ws.check(code=3)["mistakes"]] == [('contract "k" discount.percent', "more than 100 percent")]


def test_the_contract_s_minimum(ws):
    one(ws, {"product": "p", "quantity": 5}, minimum=dated("60.00", "75.00"))
    assert two_months(ws)[0] == ["50.00", "50.00", "10.00", "25.00"]


def test_an_uplift_s_percent_is_that_of_each_step(ws):
    # 100.00: +10 % on 1 November = 110.00, +20 % on 1 December = 132.00
    one(ws, {"product": "p", "price": "100.00"}, uplift={"percent": dated("10", "20", on="2026-12-01"), "every": 1, "from": "2026-11-01"})
    ws.run("2026-12-01")
    assert [x["amount"] for x in ws.draft()["lines"]] == ["100.00", "110.00", "132.00"]


def test_an_uplift_of_nothing_at_first(ws):
    one(ws, {"product": "p", "price": "100.00"}, uplift={"percent": dated("0", "5", on="2026-12-01"), "every": 1, "from": "2026-11-01"})
    ws.run("2026-12-01")
    assert [x["amount"] for x in ws.draft()["lines"]] == ["100.00", "100.00", "105.00"]


def test_cost_and_markup(ws):
    """15 % on 20.00 = 23.00; 20 % from November = 24.00; the cost of 30.00 from December = 36.00."""
    book = 'product "p" { name = "P", model = "per_unit", markup = { start = "15%", ["2026-11-01"] = "20%" }, cost = { start = "20.00", ["2026-12-01"] = "30.00" } }\n'
    one(ws, {"product": "p"}, book=book)
    ws.run("2026-12-01")
    assert [x["amount"] for x in ws.draft()["lines"]] == ["23.00", "24.00", "36.00"]


def test_list_prices_and_price_lists(ws):
    book = ('product "p" { name = "P", model = "per_unit", price = { start = "10.00", ["2026-11-01"] = "12.00" }, prices = { EUR = { start = "9.00", ["2026-11-01"] = "9.50" } } }\n'
            'pricelist "x" { p = { start = "8.00", ["2026-11-01"] = "8.50" } }\n')
    one(ws, {"product": "p"}, book=book)
    assert two_months(ws)[0] == ["10.00", "12.00"]
    one(ws, {"product": "p"}, book=book, currency="EUR")
    assert two_months(ws)[0] == ["9.00", "9.50"]
    one(ws, {"product": "p"}, book=book, pricelist="x")
    assert two_months(ws)[0] == ["8.00", "8.50"]


def test_a_tax_s_rate(ws):
    one(ws, {"product": "p"}, config='tax "vat" { rate = { start = "10", ["2026-11-01"] = "20" }, by = "service" }\n', client={"tax": ["vat"]})
    d = two_months(ws)[2]
    assert [(t["rate"], t["base"], t["amount"]) for t in d["taxes"]] == [("10", "10.00", "1.00"), ("20", "10.00", "2.00")]


def test_a_dated_price_of_the_contract_touches_no_charged_period_before_its_date(ws):
    one(ws, {"product": "p", "price": "10.00"})
    ws.bill("2026-10-01")
    one(ws, {"product": "p", "price": dated("10.00", "12.00")})
    assert ws.run("2026-10-15")["drafted"] == 0
    assert [x["amount"] for x in ws.bill("2026-11-01")[0]["lines"]] == ["12.00"]
