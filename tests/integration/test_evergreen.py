"""Eight ways to charge (scripts/examples/evergreen), every figure worked out by hand: its README has the same ones."""
import os
import shutil

import pytest
from conftest import ROOT, Workspace, line


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """The year as cron would have had it: on each day what was due is approved."""
    folder = tmp_path_factory.mktemp("example") / "evergreen"
    shutil.copytree(os.path.join(ROOT, "scripts", "examples", "evergreen"), folder)
    ws = Workspace(folder)
    assert ws.check()["ok"] is True
    ws.docs = {}
    for date in ("2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01", "2026-11-01", "2026-12-01"):
        run = ws.run(date)
        assert (run["held"], run["failed"]) == ([], []), run
        ids = {x["invoice"] for x in ws.approve(run["batch"], date=date)["approved"]}
        ws.docs[date] = [d for d in ws.export() if d["id"] in ids]
        assert ws.run(date)["drafted"] == 0, "a second run owes nothing"
    assert ws.verify()["ok"] is True
    return ws


def of(ws, date, client, **want):
    found = [d for d in ws.docs[date] if d["client"]["id"] == client and all(d.get(k) == v for k, v in want.items())]
    assert len(found) == 1, [(d["id"], d["total"]) for d in ws.docs[date]]
    return found[0]


def totals(ws, date):
    return sorted((d["client"]["id"], d["total"]) for d in ws.docs[date])


def got(d):
    return sorted((x["product"], x["quantity"], x["unit_price"], x["amount"]) for x in d["lines"])


def test_all_of_them(year):
    same = [("fir", "400.00"), ("fir", "881.10"), ("grove", "144.00"), ("grove-west", "24.00"), ("holly", "531.00")]
    assert totals(year, "2026-01-01") == [("ivory", "12000.00")]
    assert totals(year, "2026-04-01") == [("ivory", "2712.33")]
    assert totals(year, "2026-07-01") == [("ivory", "-604.93")]
    assert totals(year, "2026-10-01") == sorted(same + [("birch", "1056.00"), ("cypress", "38.00"), ("elm", "5582.05")])
    assert totals(year, "2026-11-01") == sorted(same + [("birch", "1112.10"), ("cypress", "38.00")])
    assert totals(year, "2026-12-01") == sorted(same + [("birch", "1145.05"), ("cypress", "28.50"), ("dogwood", "2200.00")])


def test_a_bundle_per_user_with_devices_in_it(year):
    assert got(of(year, "2026-10-01", "birch")) == [("care", "12", "85.00", "1020.00"), ("device", "3", "12.00", "36.00"), ("m365-bp", "0", "26.40", "0.00")]
    november = of(year, "2026-11-01", "birch")
    assert line(november, product="m365-bp")["quantity"] == "2"
    assert [(t["base"], t["amount"]) for t in november["taxes"]] == [("52.80", "3.30")]
    assert got(of(year, "2026-12-01", "birch")) == [("care", "13", "85.00", "1105.00"), ("device", "1", "12.00", "12.00"), ("m365-bp", "1", "26.40", "26.40")]


def test_the_first_ten_are_free(year):
    assert [got(of(year, d, "cypress")) for d in ("2026-10-01", "2026-12-01")] == [[("device", "4", "9.50", "38.00")], [("device", "3", "9.50", "28.50")]]
    went = year.explain(of(year, "2026-12-01", "cypress")["id"])["lines"][0]["since_last"]["went"]
    assert [x["name"] for x in went] == ["CYPRESS-PC-14"]


def test_prepaid_hours(year):
    d = of(year, "2026-12-01", "dogwood")
    block = [x for x in d["lines"] if x["amount"] != "0.00"]
    assert [(x["product"], x["amount"], x["fraction"]) for x in block] == [("hours", "2200.00", "1")]
    assert "2026-11-04" in block[0]["description"] or block[0]["period"]["from"] == "2026-11-04", block


def test_licences_by_the_year_with_seats_added(year):
    d = of(year, "2026-10-01", "elm")
    assert [(x["quantity"], x["period"]["from"], x["period"]["to"], x["fraction"], x["amount"]) for x in d["lines"]] == [
        ("20", "2026-10-01", "2026-11-09", "40/365", "657.53"), ("24", "2026-11-10", "2027-06-30", "233/365", "4596.16")]


def test_seats_that_are_added_later_are_charged_for_the_rest(year, tmp_path):
    """The same client, but nobody knew in October: four seats for 233 days, less what rounding by days takes."""
    folder = tmp_path / "later"
    shutil.copytree(os.path.join(ROOT, "scripts", "examples", "evergreen"), folder)
    ws = Workspace(folder)
    whole = ws.read("clients/elm.lua")
    changes = 'changes = { { "2026-11-10", 24 }, { "2026-12-01", 18 } },'
    assert changes in whole
    ws.write("clients/elm.lua", whole.replace(changes, ""))
    ws.bill("2026-10-01")
    ws.write("clients/elm.lua", whole)
    ws.run("2026-11-10", "--client", "elm")
    d = ws.draft("elm")
    assert [(x["kind"], x["amount"]) for x in d["lines"]] == [("adjustment", "766.02")]   # 657.53 + 4596.16 − 20 × 300 × 273/365 (4487.67)
    assert d["lines"][0]["corrects"] == "elm-1:1"
    ws.approve(d["id"])
    ws.run("2026-12-02", "--client", "elm")
    assert [x for x in ws.drafts() if x["client"]["id"] == "elm"] == [], "fewer only at the renewal"


def test_co_managed_with_a_percentage_on_two_purchase_orders(year):
    docs = [d for d in year.docs["2026-10-01"] if d["client"]["id"] == "fir"]
    assert sorted((d["po"], [x["product"] for x in d["lines"]], d["subtotal"], d["total"]) for d in docs) == [
        ("PO-LIC-26", ["m365-bp", "licence-care"], "831.60", "881.10"), ("PO-OPS-26", ["noc"], "400.00", "400.00")]
    fee = line([d for d in docs if d["po"] == "PO-LIC-26"][0], product="licence-care")
    assert fee["amount"] == "39.60"


def test_three_sites(year):
    d = of(year, "2026-10-01", "grove")
    assert sorted((x["contract"], x["quantity"], x["amount"]) for x in d["lines"]) == [
        ("grove-it", "5", "60.00"), ("grove-north-it", "4", "48.00"), ("grove-south-it", "3", "36.00")]
    west = of(year, "2026-10-01", "grove-west")
    assert [(x["contract"], x["quantity"]) for x in west["lines"]] == [("grove-west-it", "2")]


def test_a_non_profit(year):
    d = of(year, "2026-10-01", "holly")
    assert got(d) == [("firewall", "1", "45.00", "45.00"), ("helpdesk", "9", "60.00", "540.00")]
    assert [(y["description"], y["amount"]) for y in d["discounts"]] == [("non-profit", "-54.00")]
    assert [(t["rate"], t["amount"]) for t in d["taxes"]] == [("0", "0.00")]


def test_a_year_ahead_put_right_by_quarter(year):
    april, july = of(year, "2026-04-01", "ivory"), of(year, "2026-07-01", "ivory")
    assert [(x["kind"], x["corrects"], x["period"]["from"], x["period"]["to"]) for x in april["lines"]] == [("adjustment", "ivory-1:1", "2026-01-01", "2026-12-31")]
    assert (july["type"], july["total"]) == ("credit_note", "-604.93")
