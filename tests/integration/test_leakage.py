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


# ---- what is committed ----

def lent(ws, *rows):
    """(name, from, to) of workstations of client a"""
    ws.write("counts/assets.csv", HEAD + "".join("a,device,workstation,%s,%s,%s,%s\n" % (n.lower(), n, since, to) for n, since, to in rows))


def committed(ws, date="2026-12-01"):
    r = leakage(ws, date)
    assert r["unknown"] == []
    return r["unbilled"], [(x["line"], x["reason"], x["billed"], x["counted"], x["monthly"], x.get("committed")) for x in r["gone"]]


def until(quantity, day, decrease="renewal"):
    return {"decrease": decrease, "quantity": quantity, "until": day}


TERM = {"decrease": "renewal", "term": 12}


def test_a_count_that_is_held_up_is_committed_and_no_mistake(ws):
    basic(ws, dict({"product": "pc"}, **TERM))
    lent(ws, ("PC1", "2026-01-01", ""), ("PC2", "2026-01-01", "2026-11-10"), ("PC3", "2026-11-05", "2026-11-07"), ("PC4", "2026-01-01", "2026-10-31"))
    # three from 5 to 7 November, in the term that began on the first: 2 x 45.00 are not there; PC4 had left before the term
    assert committed(ws) == ([], [("pc#1", "committed", "3", "1", "90.00", until("3", "2027-10-31"))])
    assert committed(ws, "2026-11-06") == ([], [])
    # What was there on the day before the renewal, and a count that begins anew.
    assert committed(ws, "2027-10-31")[1] == [("pc#1", "committed", "3", "1", "90.00", until("3", "2027-10-31"))]
    assert committed(ws, "2027-11-01") == ([], [])


def test_nothing_that_is_there_is_committed_all_the_same(ws):
    basic(ws, dict({"product": "pc"}, **TERM))
    lent(ws, ("PC1", "2026-01-01", "2026-11-10"), ("PC2", "2026-01-01", "2026-11-10"))
    assert committed(ws) == ([], [("pc#1", "committed", "2", "0", "90.00", until("2", "2027-10-31"))])
    assert committed(ws, "2027-11-08")[1] == [("pc#1", "zero", "0", "0", "0.00", None)]


def test_what_was_taken_over_is_committed(ws):
    basic(ws, {"product": "pc", "committed": {"quantity": 10, "until": "2027-04-16"}})
    lent(ws, ("PC1", "2026-01-01", ""))
    assert committed(ws)[1] == [("pc#1", "committed", "10", "1", "405.00", until("10", "2027-04-16"))]
    assert committed(ws, "2027-04-17")[1] == []


def test_a_fixed_quantity_that_may_not_come_down_yet(ws):
    """8 are asked for since February, 12 are billed until the renewal, 10 are there: nothing is unbilled."""
    basic(ws, dict({"product": "lic", "quantity": 12, "changes": [["2027-02-01", 8]]}, **TERM))
    ws.write("counts/gauges.csv", "date,client,metric,value\n2026-11-01,a,spb,10\n2027-03-01,a,spb,10\n2027-11-10,a,spb,10\n")
    assert committed(ws, "2027-03-01") == ([], [("lic#1", "committed", "12", "10", "52.80", until("12", "2027-10-31"))])
    unbilled, gone = committed(ws, "2027-11-10")  # at the renewal it has come down, and two are not billed
    assert [(x["billed"], x["counted"], x["monthly"]) for x in unbilled] == [("8", "10", "52.80")] and gone == []


def test_a_quantity_that_is_committed_in_part(ws):
    basic(ws, dict({"product": "lic", "id": "year", "quantity": 10}, **TERM), {"product": "lic", "id": "month", "quantity": 5},
          dict({"product": "lic", "id": "half", "quantity": 1}, decrease="renewal", term=6))
    for there, row in ((8, ("year", "fixed", "16", "8", "211.20", until("11", "2027-04-30"))),  # of the eight that are too many, five could go at once
                       (12, ("year", "fixed", "16", "12", "105.60", None))):  # all four could
        ws.write("counts/gauges.csv", "date,client,metric,value\n2026-12-01,a,spb,%d\n" % there)
        assert committed(ws) == ([], [row])
    out = ws.command("report", "leakage", "--date", "2026-12-01").out
    assert "fixed" in out and "committed" not in out
    ws.write("counts/gauges.csv", "date,client,metric,value\n2026-12-01,a,spb,16\n")
    assert committed(ws) == ([], [])


def test_the_next_period_and_a_line_that_ends_or_is_released(ws):
    basic(ws, {"product": "pc", "decrease": "next_period"}, bill={"unit": "quarter"}, starts="2026-10-01")
    lent(ws, ("PC1", "2026-01-01", ""), ("PC2", "2026-01-01", "2026-11-10"))
    assert committed(ws)[1] == [("pc#1", "committed", "2", "1", "15.00", until("2", "2026-12-31", "next_period"))]  # 45.00 a quarter
    assert committed(ws, "2027-01-01")[1] == []
    for more, day in (({}, "2027-10-31"), ({"release": True}, "2027-03-31")):
        basic(ws, dict({"product": "pc", "ends": "2027-03-31"}, **TERM, **more))
        assert committed(ws)[1] == [("pc#1", "committed", "2", "1", "45.00", until("2", day))]


def test_beside_a_minimum_and_what_is_included(ws):
    lines = dict({"product": "pc"}, **TERM)
    # 6 of the term are committed, 2 are there
    for more, row in (({"minimum": 4}, ("committed", "6", "2", "180.00")), ({"minimum": 9}, ("minimum", "9", "2", "315.00")),
                      ({"included": 1}, ("committed", "6", "2", "180.00")), ({"included": 4}, ("committed", "6", "2", "90.00")),  # two are billed, where none would be
                      ({"maximum": 5}, ("committed", "6", "2", "135.00")), ({"included": 6}, ("committed", "6", "2", "0.00")),
                      ({"round_up_to": 4}, ("committed", "6", "2", "180.00"))):  # eight, and four
        basic(ws, dict(lines, **more))
        lent(ws, *[("PC%d" % i, "2026-01-01", "" if i < 2 else "2026-11-10") for i in range(6)])
        ((_, reason, billed, there, monthly, what),) = committed(ws)[1]
        assert (reason, billed, there, monthly) == row and what == until("6", "2027-10-31"), more


def test_a_commitment_as_rows_and_for_a_person(ws):
    basic(ws, dict({"product": "pc"}, **TERM), {"product": "av"})
    lent(ws, ("PC1", "2026-01-01", ""), ("PC2", "2026-01-01", "2026-11-10"))
    leakage(ws)
    rows = list(csv.DictReader(io.StringIO(ws.command("report", "leakage", "--date", "2026-12-01", "--csv").out)))
    assert [(r["list"], r["line"], r["reason"], r["monthly"], r["committed"], r["committed_until"]) for r in rows] == [("gone", "pc#1", "committed", "45.00", "2", "2027-10-31")]
    assert "committed until 2027-10-31" in ws.command("report", "leakage", "--date", "2026-12-01").out
    basic(ws, dict({"product": "lic", "quantity": 3}, **TERM), {"product": "lic", "quantity": 2})
    ws.write("counts/gauges.csv", "date,client,metric,value\n2026-12-01,a,spb,1\n")
    leakage(ws)
    assert "fixed, of which 3 are committed until 2027-10-31" in ws.command("report", "leakage", "--date", "2026-12-01").out


def test_the_bill_says_what_the_report_says(ws):
    basic(ws, dict({"product": "pc"}, **TERM), config="invoicing { guard = false }\n")
    lent(ws, ("PC1", "2026-01-01", ""), ("PC2", "2026-01-01", "2026-11-10"))
    ws.bill("2026-11-01")
    (row,) = committed(ws)[1]
    ws.run("2026-12-01")
    (bill,) = [x for x in ws.explain(ws.draft()["id"])["lines"] if "committed" in x]
    assert {k: v for k, v in bill["committed"].items() if k != "raw"} == row[5] and bill["committed"]["raw"] == row[3]
