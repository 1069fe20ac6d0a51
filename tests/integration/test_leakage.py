"""report leakage: what is there and not billed, billed and not there, and what of a platform nobody claims."""
import csv
import io

import pytest
from conftest import SHEET
from platform_says import config, connector, says

BOOK = '''product "pc" { name = "Managed PC", model = "per_unit", unit = "device", count = devices { class = "workstation", except = { { name = "KIOSK*", reason = "free" } } }, price = "45.00" }
product "server" { name = "Managed server", model = "tiered", mode = "graduated", count = devices { class = "server" },
                   tiers = { { up_to = 2, price = "100.00" }, { price = "80.00" } } }
product "av" { name = "Antivirus", model = "per_unit", count = devices {}, price = "4.00" }
product "seat" { name = "Seat", model = "package", size = 5, price = "50.00", count = users {} }
product "lic" { name = "Licence", model = "per_unit", count = gauge { metric = "spb" }, price = "26.40" }
product "noc" { name = "NOC", model = "flat", price = "250.00" }
'''
HEAD = "client,kind,class,id,name,from,to\n"


def assets(ws, *rows):
    """(client, kind, class, name[, to])"""
    ws.write("counts/assets.csv", HEAD + "".join("%s,%s,%s,%s,%s,2026-01-01,%s\n" % (c, k, cl, n.lower(), n, to[0] if to else "") for c, k, cl, n, *to in rows))


def basic(ws, *lines, config="", client=None, **contract):
    ws.config(SHEET + config)
    ws.book(BOOK)
    ws.clients(dict({"id": "a", "name": "A", "ids": {"sheet": "a"}}, **(client or {})), dict({"id": "ka", "client": "a", "starts": "2026-11-01", "lines": list(lines)}, **contract))


def leakage(ws, date="2026-12-01", code=0, pulled=True):
    if pulled:
        ws.command("pull", "--date", date, code=(0, 1))
    return ws.command("report", "leakage", "--date", date, "--json", code=code).json


def short(rows):
    return [(r["client"], r["kind"], r["product"], r["count"], r["monthly"]) for r in rows]


def named(row):
    return [x["name"] for x in row["assets"]]


def test_what_no_line_bills_is_worth_what_its_product_costs(ws):
    basic(ws, {"product": "pc"})
    assets(ws, ("a", "device", "workstation", "PC1"), ("a", "device", "server", "S1"), ("a", "device", "server", "S2"), ("a", "device", "server", "S3"),
           ("a", "device", "printer", "P1"), ("a", "user", "", "Ann"), ("a", "user", "", "Bob"), ("a", "device", "server", "Old", "2026-11-20"))
    r = leakage(ws)
    # servers 2 x 100.00 + 80.00; users: one package of 5; the printer has no product of its own but antivirus
    assert short(r["unbilled"]) == [("a", "device", "server", 3, "280.00"), ("a", "user", "seat", 2, "50.00"), ("a", "device", "av", 1, "4.00")]
    assert named(r["unbilled"][0]) == ["S1", "S2", "S3"] and r["gone"] == [] and r["unclaimed"] == [] and r["unknown"] == []
    assert r["totals"] == {"unbilled": {"USD": "334.00"}, "gone": {}, "unclaimed": {}}


def test_what_is_left_out_with_a_reason_does_not_leak(ws):
    basic(ws, {"product": "pc"}, client={"except": [{"name": "LAB*", "reason": "ours"}]})
    assets(ws, ("a", "device", "workstation", "PC1"), ("a", "device", "workstation", "KIOSK-1"), ("a", "device", "server", "LAB-1"))
    assert leakage(ws)["unbilled"] == []


def test_what_has_no_product_is_listed_without_a_price(ws):
    basic(ws, {"product": "noc"})
    ws.book('product "noc" { name = "NOC", model = "flat", price = "250.00" }\n')
    assets(ws, ("a", "device", "workstation", "PC1"))
    assert short(leakage(ws)["unbilled"]) == [("a", "device", None, 1, None)]


def test_a_fixed_quantity_below_the_count_leaks_the_rest(ws):
    basic(ws, {"product": "pc", "quantity": 2})
    assets(ws, *[("a", "device", "workstation", "PC%d" % i) for i in range(5)])
    (row,) = leakage(ws)["unbilled"]
    # 5 are there, 2 are billed: 3 x 45.00
    assert (row["contract"], row["billed"], row["counted"], row["count"], row["monthly"], row["reason"]) == ("ka", "2", "5", 3, "135.00", "fixed")


def test_a_fixed_quantity_above_the_count_bills_what_is_not_there(ws):
    basic(ws, {"product": "pc", "quantity": 7, "price": "40.00"}, {"product": "lic", "quantity": 10}, bill={"unit": "year", "on": "11-01"})
    assets(ws, ("a", "device", "workstation", "PC1"))
    ws.write("counts/gauges.csv", "date,client,metric,value\n2026-12-01,a,spb,4\n")
    rows = {r["product"]: r for r in leakage(ws)["gone"]}
    # at the line's own price, and a twelfth of a year's: 6 x 40.00 / 12, and 6 x 26.40 / 12
    assert (rows["pc"]["reason"], rows["pc"]["billed"], rows["pc"]["counted"], rows["pc"]["monthly"]) == ("fixed", "7", "1", "20.00")
    assert (rows["lic"]["billed"], rows["lic"]["counted"], rows["lic"]["monthly"], rows["lic"]["kind"]) == ("10", "4", "13.20", "spb")


def test_quantities_of_several_lines_of_a_product_count_together(ws):
    basic(ws, {"product": "pc", "id": "one", "quantity": 2}, {"product": "pc", "id": "two", "quantity": 1})
    assets(ws, *[("a", "device", "workstation", "PC%d" % i) for i in range(3)])
    r = leakage(ws)
    assert r["unbilled"] == [] and r["gone"] == []


def test_a_minimum_above_the_count_and_a_count_of_zero(ws):
    basic(ws, {"product": "pc", "minimum": 10}, {"product": "server"}, {"product": "av", "minimum": 3})
    assets(ws, *[("a", "device", "workstation", "PC%d" % i) for i in range(4)], ("z", "device", "server", "Z"))
    rows = leakage(ws)["gone"]
    # 6 of ten are not there: 270.00; antivirus has four, and its minimum bills nothing
    assert [(r["line"], r["reason"], r["billed"], r["counted"], r["monthly"]) for r in rows] == [
        ("pc#1", "minimum", "10", "4", "270.00"), ("server#1", "zero", "0", "0", "0.00")]


def test_lines_that_are_not_in_force_bill_nothing(ws):
    basic(ws, {"product": "pc", "ends": "2026-11-30"}, {"product": "server", "from": "2027-01-01"}, {"product": "pc", "once": "2026-12-01", "quantity": 1})
    assets(ws, ("a", "device", "workstation", "PC1"), ("a", "device", "server", "S1"))
    assert [x[2] for x in short(leakage(ws)["unbilled"])] == ["server", "pc"]
    assert short(leakage(ws, "2026-11-15")["unbilled"]) == [("a", "device", "server", 1, "100.00")]
    assert [x[2] for x in short(leakage(ws, "2027-01-02")["unbilled"])] == ["pc"]


def test_clients_that_nobody_claims(ws):
    basic(ws, {"product": "av"})
    assets(ws, ("a", "device", "workstation", "PC1"), ("z", "device", "workstation", "Z1"), ("z", "device", "server", "Z2"), ("z", "user", "", "Zoe"),
           ("y", "device", "workstation", "Y1"))
    rows = leakage(ws)["unclaimed"]
    # z: 45.00 + 100.00 + a package of users
    assert [(r["client"], r["connector"], r["devices"], r["users"], r["monthly"]) for r in rows] == [("z", "sheet", 2, 1, "195.00"), ("y", "sheet", 1, 0, "45.00")]
    assert {p["product"]: p["monthly"] for p in rows[0]["products"]} == {"pc": "45.00", "server": "100.00", "seat": "50.00"}


def test_a_client_of_a_platform_that_has_nothing_is_named(ws):
    config(ws, connector())
    ws.book(BOOK)
    ws.clients({"id": "a", "ids": {"psa": "1"}})
    says(ws, ("client", "1", "A"), ("client", "2", "Beta GmbH"), ("complete", "*", "*"))
    rows = leakage(ws)["unclaimed"]
    assert [(r["client"], r["name"], r["devices"], r["monthly"]) for r in rows] == [("2", "Beta GmbH", 0, None)]
    says(ws, ("client", "1", "A"), ("complete", "*", "*"))  # it is gone there
    assert leakage(ws, "2026-12-02")["unclaimed"] == []


def test_two_connectors_that_see_one_thing(ws):
    config(ws, SHEET, connector())
    ws.book(BOOK.replace('count = devices {}', 'count = devices { from = "sheet" }').replace('class = "workstation",', 'class = "workstation", from = "sheet",'))
    ws.clients({"id": "a", "ids": {"sheet": "a", "psa": "1"}}, {"id": "ka", "client": "a", "starts": "2026-11-01", "lines": [{"product": "pc"}]})
    assets(ws, ("a", "device", "workstation", "PC1"))
    says(ws, ("client", "1", "A"), ("asset", "1", "device", "workstation", "x-1", "pc1"), ("asset", "1", "device", "workstation", "x-2", "PC2"), ("complete", "device", "*"))
    rows = leakage(ws)["unbilled"]
    assert [(r["product"], named(r)) for r in rows] == [(None, ["PC2"])]  # PC1 is billed, as the sheet has it


def test_an_identity_makes_one_of_two(ws):
    config(ws, SHEET, connector(), extra='identity { kind = "device", by = { "serial" }, prefer = { "sheet", "psa" } }\n')
    ws.book(BOOK)
    ws.clients({"id": "a", "ids": {"sheet": "a", "psa": "1"}})
    ws.write("counts/assets.csv", "client,kind,class,id,name,from,to,serial\na,device,workstation,1,PC1,2026-01-01,,S-1\n")
    says(ws, ("client", "1", "A"), ("asset", "1", "device", "workstation", "x", "other", "serial", "S-1"), ("complete", "device", "*"))
    assert short(leakage(ws)["unbilled"]) == [("a", "device", "pc", 1, "45.00")]


def test_no_answer_is_not_none(ws):
    basic(ws, {"product": "pc"}, {"product": "lic"})
    assets(ws, ("a", "device", "workstation", "PC1"))
    r = leakage(ws, code=1)
    assert [(x["client"], x["line"], x["reason"]) for x in r["unknown"]] == [("a", "lic#1", "no-facts")] and r["gone"] == []


def test_a_child_and_its_parent_share_what_is_there(ws):
    ws.config(SHEET)
    ws.book(BOOK)
    ws.clients({"id": "p", "ids": {"sheet": "a"}}, {"id": "kp", "client": "p", "starts": "2026-11-01", "lines": [{"product": "pc"}]},
               {"id": "c", "parent": "p", "match": {"site": "Troy"}}, {"id": "kc", "client": "c", "starts": "2026-11-01", "lines": [{"product": "noc"}]})
    ws.write("counts/assets.csv", "client,kind,class,id,name,from,to,site\na,device,workstation,1,PC1,2026-01-01,,Albany\na,device,workstation,2,PC2,2026-01-01,,Troy\n")
    rows = leakage(ws)["unbilled"]
    assert [(r["client"], named(r)) for r in rows] == [("c", ["PC2"])]


def test_as_rows_and_for_a_person(ws):
    basic(ws, {"product": "pc", "minimum": 3})
    assets(ws, ("a", "device", "workstation", "PC1"), ("a", "device", "server", "=S1"), ("z", "user", "", "Zoe"))
    leakage(ws)
    for args in (["--format", "csv"], ["--csv"]):
        rows = list(csv.DictReader(io.StringIO(ws.command("report", "leakage", "--date", "2026-12-01", *args).out)))
        assert [(r["list"], r["client"], r["product"], r["count"], r["monthly"], r["assets"]) for r in rows] == [
            ("unbilled", "a", "server", "1", "100.00", "'=S1"), ("gone", "a", "pc", "", "90.00", ""), ("unclaimed", "z", "", "1", "50.00", "Zoe")]
    out = ws.command("report", "leakage", "--date", "2026-12-01").out
    assert "USD 100.00" in out and "minimum" in out and "claimed by no client" in out
    ws.command("report", "leakage", "--csv", "--json", code=2)
    ws.command("report", "leakage", "--format", "xml", code=2)
    ws.command("report", "leakage", "--date", "soon", code=2)


def test_without_a_store_there_is_nothing(ws):
    basic(ws, {"product": "pc"})
    assert leakage(ws, pulled=False)["unbilled"] == []
    assert "Nothing leaks." in ws.command("report", "leakage").out
    ws.book("nonsense(")
    ws.command("report", "leakage", code=3)


@pytest.mark.parametrize("mode, worth", [("volume", "240.00"), ("graduated", "280.00")])
def test_tiers(ws, mode, worth):
    basic(ws)
    ws.book(BOOK.replace("graduated", mode))
    assets(ws, *[("a", "device", "server", "S%d" % i) for i in range(3)])
    # 3 x 80.00, or 2 x 100.00 + 80.00
    assert short(leakage(ws)["unbilled"]) == [("a", "device", "server", 3, worth)]


def test_clients_of_the_platform_that_are_none_of_ours(ws):
    """ignore: nobody has to claim them; pull, run, map and leakage are silent about them, and about nobody else."""
    ws.config('connector "sheet" { plugin = "csv", path = "counts", ignore = { "lab", "in-house*" } }\n')
    ws.book(BOOK)
    ws.clients({"id": "a", "ids": {"sheet": "a"}}, {"id": "ka", "client": "a", "starts": "2026-11-01", "lines": [{"product": "pc"}]})
    assets(ws, ("a", "device", "workstation", "PC1"), ("lab", "device", "workstation", "PC2"), ("in-house 1", "device", "workstation", "PC3"),
           ("labour", "device", "workstation", "PC4"))
    pulled = ws.command("pull", "--date", "2026-12-01", "--json", code=1).json["connectors"][0]
    assert pulled["unmapped"] == ["labour"]
    assert [h["message"].split('"')[3] for h in ws.command("run", "--date", "2026-12-01", "--json", code=1).json["held"]] == ["labour"]
    assert [r["client"] for r in leakage(ws, pulled=False, code=(0, 1))["unclaimed"]] == ["labour"]
    assert [x["client"] for c in ws.command("map", "--json", code=(0, 1)).json["connectors"] for x in c["unclaimed"]] == ["labour"]
