"""Models: flat, per_unit, and tiers in their three modes, at the edges."""
from fractions import Fraction as F

import pytest
from calc import amount, graduated, money
from conftest import line

TIERS = [("500", "0.10"), ("2000", "0.08"), (None, "0.05")]
BOOK = '''product "flat" { name = "Flat", model = "flat", price = "100.00" }
product "unit" { name = "Unit", model = "per_unit", price = "0.003333333" }
product "grad" { name = "Grad", unit = "GB", model = "tiered", mode = "graduated", tiers = { { up_to = 500, price = "0.10" }, { up_to = 2000, price = "0.08" }, { price = "0.05" } } }
product "entry" { name = "Entry", model = "tiered", mode = "graduated", tiers = { { up_to = 10, price = "1.00", flat = "5.00" }, { price = "0.50", flat = "2.00" } } }
product "vol" { name = "Vol", model = "tiered", mode = "volume", tiers = { { up_to = 10, price = "4.00" }, { up_to = 100, price = "3.20", flat = "1.00" }, { price = "3.00" } } }
product "stair" { name = "Stair", model = "tiered", mode = "stairstep", tiers = { { up_to = 25, flat = "99.00" }, { up_to = 100, flat = "249.00" }, { flat = "400.00" } } }
'''


def bill(ws, product, quantity, starts="2026-12-01", **keys):
    ws.config()
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": starts,
               "lines": [dict({"product": product, "quantity": quantity}, **keys), {"product": "flat", "id": "anchor", "price": "1.00"}]})
    ws.run(starts)
    return [x for x in ws.draft()["lines"] if x["unit_price"] != "1.00" or x["product"] != "flat"]


@pytest.mark.parametrize("q", ["0", "0.5", "499.999999", "500", "500.000001", "501", "2000", "2000.5", "123456"])
def test_graduated(ws, q):
    got = bill(ws, "grad", q)
    want = graduated(TIERS, q)
    assert [(F(x["unit_price"]), x["amount"]) for x in got if F(x["amount"])] == [(p, money(u * p)) for u, p in want if F(money(u * p))]
    assert all(len(x["quantity"].partition(".")[2]) <= 4 for x in got)


def test_graduated_by_hand(ws):
    got = bill(ws, "grad", "2100")
    assert [(x["quantity"], x["unit_price"], x["amount"]) for x in got] == [("500", "0.10", "50.00"), ("1500", "0.08", "120.00"), ("100", "0.05", "5.00")]


@pytest.mark.parametrize("q,want", [("0", "0"), ("1", "6.00"), ("10", "15.00"), ("11", "17.50"), ("14", "19.00")])
def test_a_flat_when_a_tier_is_entered(ws, q, want):
    assert sum(F(x["amount"]) for x in bill(ws, "entry", q)) == F(want)


@pytest.mark.parametrize("q,want", [("0", "0"), ("1", "4.00"), ("10", "40.00"), ("10.5", "34.60"), ("11", "36.20"), ("100", "321.00"), ("100.5", "301.50"), ("101", "303.00")])
def test_volume(ws, q, want):
    assert sum(F(x["amount"]) for x in bill(ws, "vol", q)) == F(want)


@pytest.mark.parametrize("q,want", [("0", "0"), ("1", "99.00"), ("25", "99.00"), ("25.1", "249.00"), ("100", "249.00"), ("101", "400.00")])
def test_stairstep(ws, q, want):
    assert sum(F(x["amount"]) for x in bill(ws, "stair", q)) == F(want)


def test_thresholds_are_never_prorated_amounts_are(ws):
    got = bill(ws, "grad", "600", starts="2026-12-17")
    f = F(15, 31)
    assert [x["amount"] for x in got] == [amount("0.10", 500, f), amount("0.08", 100, f)] == ["24.19", "3.87"]
    assert {x["fraction"] for x in got} == {"15/31"}


def test_flat_does_not_count(ws):
    ws.config()
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-12-01", "lines": [{"product": "flat"}]})
    ws.run("2026-12-01")
    assert [(x["quantity"], x["amount"]) for x in ws.draft()["lines"]] == [("1", "100.00")]


def test_nine_decimals_of_price_and_six_of_quantity(ws):
    got = bill(ws, "unit", "1234567.123456")
    assert got[0]["amount"] == amount("0.003333333", "1234567.123456") == "4115.22"


def test_tiers_in_another_currency(ws):
    ws.config()
    ws.book('product "t" { name = "T", model = "tiered", mode = "volume", tiers = { { up_to = 10, price = "4.00", prices = { JPY = "600" } }, { price = "3.00", prices = { JPY = "450" } } } }\n')
    ws.clients({"id": "a", "name": "A", "currency": "JPY"}, {"id": "k", "client": "a", "starts": "2026-12-01", "lines": [{"product": "t", "quantity": 12}]})
    ws.run("2026-12-01")
    assert line(ws.draft(), product="t")["amount"] == "5400"


def test_a_tier_without_a_price_in_the_currency_is_a_mistake(ws):
    ws.config()
    ws.book('product "t" { name = "T", model = "tiered", mode = "volume", tiers = { { up_to = 10, price = "4.00", prices = { JPY = "600" } }, { price = "3.00" } } }\n')
    ws.clients({"id": "a", "name": "A", "currency": "JPY"}, {"id": "k", "client": "a", "starts": "2026-12-01", "lines": [{"product": "t", "quantity": 12}]})
    found = ws.check(code=3)["mistakes"]
    assert any("JPY" in m["message"] and "tiers[2]" in m["path"] for m in found), found


def test_volume_prices_that_fall_are_pointed_out(ws):
    ws.config()
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-12-01", "lines": [{"product": "vol"}]})
    done = ws.command("check")
    assert "vol" in done.out + done.err and "less" in done.out + done.err


def test_an_overflow_names_the_line(ws):
    ws.config()
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-12-01", "lines": [
        {"product": "unit", "price": "999999999.99", "quantity": "999999999999"}]},
        {"id": "b", "name": "B"}, {"id": "kb", "client": "b", "starts": "2026-12-01", "lines": [{"product": "flat"}]})
    done = ws.command("run", "--date", "2026-12-01", "--json", code=(1, 3))
    if done.code == 1:
        assert "unit" in done.out or "lines[1]" in done.out, done.out
        assert ws.draft()["client"]["id"] == "b"


def test_an_unknown_model_names_those_that_there_are(ws):
    ws.config()
    ws.book('product "x" { name = "X", model = "blok_hours", hours = 20, price = "1.00" }\n')
    ws.clients()
    found = ws.check(code=3)["mistakes"]
    assert any("block_hours" in m["message"] for m in found), found


@pytest.mark.parametrize("q,want", [("0", "0.00"), ("5", "0.00"), ("5.5", "15.00"), ("15", "15.00"), ("15.01", "30.00"), ("32", "45.00")])
def test_packages_of_what_is_not_included(ws, q, want):
    ws.config()
    ws.book(BOOK + 'product "sign" { name = "Signatures", model = "package", size = 10, price = "15.00", included = 5 }\n')
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-12-01",
                                          "lines": [{"product": "sign", "quantity": q}, {"product": "flat"}]})
    ws.run("2026-12-01")
    assert sum(F(x["amount"]) for x in ws.draft()["lines"] if x["product"] == "sign") == F(want)


def test_a_package_is_prorated_and_its_size_is_not(ws):
    ws.config()
    ws.book('product "sign" { name = "Signatures", model = "package", size = 10, price = "15.00" }\n')
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-12-17", "lines": [{"product": "sign", "quantity": 11}]})
    ws.run("2026-12-17")
    x = line(ws.draft(), product="sign")
    assert (x["quantity"], x["fraction"], x["amount"]) == ("2", "15/31", amount("15.00", 2, F(15, 31))) and x["amount"] == "14.52"
    assert x["description"] == "Signatures (11 in packages of 10)"
