"""Bundles: includes on a product, its own lines and the ones that it brings along; what exceeds is at its price; zero lines are shown, or hidden."""
from fractions import Fraction

import pytest
from calc import amount
from conftest import SHEET, line

BOOK = '''
product "care" { name = "Care", model = "per_unit", price = "60.00", includes = { "m365", "av" } }
product "m365" { name = "Microsoft 365", model = "per_unit", price = "26.40", quantity = 1 }
product "av"   { name = "Antivirus", model = "per_unit", price = "4.00", count = devices {} }
product "base" { name = "Base", model = "per_unit", price = "10.00" }
'''


def one(ws, *lines, book=BOOK, devices=(), client=None, **contract):
    ws.config(SHEET + "invoicing { guard = false }\n")
    ws.book(book)
    ws.clients(dict({"id": "a", "name": "A", "ids": {"sheet": "a"}}, **(client or {})),
               dict({"id": "k", "client": "a", "starts": "2026-10-01", "lines": list(lines)}, **contract))
    ws.devices(*[("a", "d%d" % i, "2026-09-01") for i in range(devices or 3)] if isinstance(devices, int) or not devices else devices)


def shown(doc):
    return {x["product"]: (x["quantity"], x["amount"]) for x in doc["lines"]}


def test_an_included_product_has_a_line_of_its_own(ws):
    one(ws, {"product": "care", "quantity": 10}, devices=12)
    d = ws.bill("2026-10-01")[0]
    # ten of each are included; twelve devices are there, one Microsoft 365 is nothing beside ten
    assert shown(d) == {"care": ("10", "600.00"), "m365": ("0", "0.00"), "av": ("2", "8.00")}
    assert d["total"] == "608.00"
    e = {x["product"]: x for x in ws.explain(d["id"])["lines"]}
    assert e["av"]["count"]["raw"] == "12" and e["av"]["count"]["included"] == "10"
    assert ws.run("2026-10-02")["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_the_contract_s_own_line_keeps_what_it_says(ws):
    one(ws, {"product": "care", "quantity": 10}, {"product": "m365", "quantity": 13, "price": "20.00", "included": 1}, devices=4)
    d = ws.bill("2026-10-01")[0]
    # 13 less its own 1 and the bundle's 10
    assert shown(d) == {"care": ("10", "600.00"), "m365": ("2", "40.00"), "av": ("0", "0.00")}


def test_hidden_lines_hide_at_zero_only(ws):
    book = BOOK.replace('count = devices {}', 'count = devices {}, show = "hidden"').replace('price = "26.40",', 'price = "26.40", show = "hidden",')
    one(ws, {"product": "care", "quantity": 2}, book=book, devices=2)
    assert shown(ws.bill("2026-10-01")[0]) == {"care": ("2", "120.00")}
    ws.devices(*[("a", "d%d" % i, "2026-09-01") for i in range(3)])
    assert shown(ws.bill("2026-11-01")[0]) == {"care": ("2", "120.00"), "av": ("1", "4.00")}


def test_the_bundle_s_quantity_is_the_billed_one_day_by_day(ws):
    # 10 until the 15th, then 14; 12 seats: two exceed for 15 of 30 days, then none
    one(ws, {"product": "care", "quantity": 10, "changes": [["2026-11-16", 14]]}, {"product": "m365", "quantity": 12}, starts="2026-11-01", devices=1)
    d = ws.bill("2026-11-01")[0]
    assert [(x["period"]["from"], x["quantity"], x["amount"]) for x in d["lines"] if x["product"] == "m365"] == [
        ("2026-11-01", "2", "26.40"), ("2026-11-16", "0", "0.00")]


def test_two_bundles_add_up_and_two_lines_share(ws):
    book = BOOK + 'product "plus" { name = "Plus", model = "per_unit", price = "80.00", includes = { "m365" } }\n'
    one(ws, {"product": "care", "quantity": 3}, {"product": "plus", "quantity": 2}, {"product": "m365", "id": "x", "quantity": 4},
        {"product": "m365", "id": "y", "quantity": 4}, book=book, devices=1)
    d = ws.bill("2026-10-01")[0]
    # five are included: four of the first line, one of the second
    assert [(x["quantity"], x["amount"]) for x in d["lines"] if x["product"] == "m365"] == [("0", "0.00"), ("3", "79.20")]


def test_so_many_for_each_unit_of_another_line(ws):
    one(ws, {"product": "base", "quantity": 4}, {"product": "m365", "quantity": 11, "included": ["2"]}, devices=1, book=BOOK)
    ws.write("clients/all.jsonl", ws.read("clients/all.jsonl").replace('"included": ["2"]', '"included": {"1": 2, "per": "base"}'))
    assert shown(ws.bill("2026-10-01")[0])["m365"] == ("3", "79.20")


def test_a_line_may_include_more_or_less_than_its_product(ws):
    one(ws, {"product": "care", "quantity": 2, "includes": ["base"]}, {"product": "base", "quantity": 5}, {"product": "m365", "quantity": 2}, devices=1)
    assert shown(ws.bill("2026-10-01")[0]) == {"care": ("2", "120.00"), "base": ("3", "30.00"), "m365": ("2", "52.80")}


def test_what_comes_with_a_line_ends_with_it(ws):
    one(ws, {"product": "base", "quantity": 1}, {"product": "care", "quantity": 1, "from": "2026-11-01", "ends": "2026-11-30"}, devices=3)
    assert shown(ws.bill("2026-10-01")[0]) == {"base": ("1", "10.00")}
    assert shown(ws.bill("2026-11-01")[0]) == {"base": ("1", "10.00"), "care": ("1", "60.00"), "m365": ("0", "0.00"), "av": ("2", "8.00")}
    assert shown(ws.bill("2026-12-01")[0]) == {"base": ("1", "10.00")}


def test_a_bundle_written_later_touches_no_charged_period(ws):
    book = BOOK.replace(', includes = { "m365", "av" }', "")
    one(ws, {"product": "care", "quantity": 1}, {"product": "m365", "quantity": 3}, book=book, devices=3)
    assert shown(ws.bill("2026-10-01")[0]) == {"care": ("1", "60.00"), "m365": ("3", "79.20")}
    one(ws, {"product": "care", "quantity": 1}, {"product": "m365", "quantity": 3}, devices=3, note="an edit, so that all is compared")
    assert ws.run("2026-10-20")["drafted"] == 0
    assert shown(ws.bill("2026-11-01")[0]) == {"care": ("1", "60.00"), "m365": ("2", "52.80"), "av": ("2", "8.00")}
    assert ws.run("2026-11-02")["drafted"] == 0


def test_a_bundle_taken_away_touches_no_charged_period(ws):
    one(ws, {"product": "care", "quantity": 1}, {"product": "m365", "quantity": 3}, {"product": "av"}, devices=3)
    ws.bill("2026-10-01")
    book = BOOK.replace(', includes = { "m365", "av" }', "")
    one(ws, {"product": "care", "quantity": 1}, {"product": "m365", "quantity": 3}, {"product": "av"}, book=book, devices=3, note="edited")
    assert ws.run("2026-10-20")["drafted"] == 0
    assert shown(ws.bill("2026-11-01")[0]) == {"care": ("1", "60.00"), "m365": ("3", "79.20"), "av": ("3", "12.00")}


def test_more_units_of_the_bundle_give_back_what_they_include(ws):
    one(ws, {"product": "care", "quantity": 1}, {"product": "m365", "quantity": 3}, devices=1, adjust="now")
    ws.bill("2026-10-01")
    one(ws, {"product": "care", "quantity": 2}, {"product": "m365", "quantity": 3}, devices=1, adjust="now")
    d = ws.bill("2026-10-10")[0]
    assert {x["product"]: x["amount"] for x in d["lines"]} == {"care": "60.00", "m365": "-26.40"}


def test_a_bundle_that_cannot_be_counted_bills_nothing_that_hangs_on_it(ws):
    book = BOOK.replace('includes = {', 'count = users {}, includes = {')
    one(ws, {"product": "care"}, {"product": "base", "quantity": 1}, book=book, devices=3)
    batch = ws.run("2026-10-01", code=1)
    assert {h["reason"] for h in batch["held"]} == {"no-facts"}
    assert shown(ws.draft()) == {"base": ("1", "10.00")}


def test_the_discount_and_the_rule_see_what_exceeds(ws):
    one(ws, {"product": "care", "quantity": 2}, {"product": "m365", "quantity": 3, "discount": {"percent": "50", "reason": "half"}}, devices=1)
    d = ws.bill("2026-10-01")[0]
    assert [x["amount"] for x in d["discounts"]] == ["-13.20"]


@pytest.mark.parametrize("book, message", [
    ('product "a" { model = "per_unit", price = "1", includes = { "b" } }\n', 'unknown product "b"; known: a'),
    ('product "a" { model = "per_unit", price = "1", includes = { "a" } }\n', "a product that includes itself"),
    ('product "a" { model = "per_unit", price = "1", includes = { "b" } }\nproduct "b" { model = "flat", price = "1" }\n',
     '"b" is flat and has no quantity; expected a product with model = "per_unit"'),
    ('product "a" { model = "per_unit", price = "1", includes = { "b", "b" } }\nproduct "b" { model = "per_unit", price = "1" }\n', '"b" again; expected a product once'),
    ('product "a" { model = "per_unit", price = "1", includes = { "b" } }\nproduct "b" { model = "per_unit", price = "1", includes = { "c" } }\n'
     'product "c" { model = "per_unit", price = "1" }\n', '"b" includes others itself; expected no bundle inside a bundle'),
    ('product "a" { model = "per_unit", price = "1", includes = { "b" } }\nproduct "b" { model = "hybrid", parts = { { model = "flat", price = "1" } } }\n',
     '"b" is a hybrid, whose parts have quantities of their own; expected a product with one'),
])
def test_what_cannot_be_included_is_named(ws, book, message):
    ws.config()
    ws.book(book)
    assert message in [m["message"] for m in ws.check(code=3)["mistakes"]]


def test_a_bundle_and_what_it_includes_are_billed_together(ws):
    one(ws, {"product": "care", "quantity": 1}, {"product": "av", "timing": "arrears"}, devices=1)
    assert [(m["path"], m["message"]) for m in ws.check(code=3)["mistakes"]] == [
        ('contract "k" lines[1].includes[2]', '"av" is billed on other dates than "care", which includes it; expected one bill and timing for both')]
