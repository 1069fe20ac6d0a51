"""percent and commit: what they see of the other lines of their billing."""
from fractions import Fraction as F

from calc import amount, money
from conftest import SHEET, line

BOOK = '''product "lic" { name = "Licences", model = "per_unit", price = "26.40", tax = "software" }
product "desk" { name = "Desk", model = "flat", price = "100.00", tax = "service" }
product "av" { name = "Antivirus", model = "per_unit", price = "3.33", tax = "software" }
product "fee" { name = "Licence handling", model = "percent", of = { "lic" }, percent = "3", minimum = "5.00" }
product "all" { name = "Levy", model = "percent", of = "all", percent = "2.5%" }
product "soft" { name = "Software levy", model = "percent", of = { tax = "software" }, percent = "10" }
product "commit" { name = "Commitment", model = "commit", amount = "2000.00", of = { "lic", "desk" } }
product "gb" { name = "Backup", model = "per_unit", price = "0.10", timing = "arrears", count = usage { metric = "gb" } }
'''


def share(ws, *lines, config="", **keys):
    ws.config(config)
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}} if SHEET in config else {"id": "a", "name": "A"},
               dict({"id": "k", "client": "a", "starts": "2026-11-01", "lines": list(lines)}, **keys))


def test_a_share_of_a_product(ws):
    share(ws, {"product": "lic", "quantity": 10}, {"product": "desk"}, {"product": "fee"})
    ws.run("2026-11-01")
    x = line(ws.draft(), product="fee")
    assert (x["quantity"], x["unit_price"], x["amount"]) == ("0.03", "264.00", "7.92")
    assert x["description"] == "Licence handling (3% of 264.00)"


def test_at_least_the_minimum(ws):
    share(ws, {"product": "lic", "quantity": 6}, {"product": "fee"})
    ws.run("2026-11-01")
    assert line(ws.draft(), product="fee")["amount"] == "5.00"  # 3 % of 158.40 is 4.75


def test_the_minimum_is_prorated_like_any_amount_of_a_period(ws):
    share(ws, {"product": "lic", "quantity": 1}, {"product": "fee"}, starts="2026-11-16")
    ws.run("2026-11-16")
    assert line(ws.draft(), product="fee")["amount"] == "2.50"


def test_of_all_but_shares(ws):
    """2.5 % of 264.00 + 100.00 + 11.00 once; the fee and the other levy are no part of it, nor is it of them."""
    share(ws, {"product": "lic", "quantity": 10}, {"product": "desk"}, {"product": "fee"}, {"product": "all"}, {"product": "soft"},
          {"product": "commit"}, {"product": "av", "once": "2026-11-01", "price": "11.00", "quantity": 1})
    ws.run("2026-11-01")
    d = ws.draft()
    assert line(d, product="all")["amount"] == amount("375.00", "0.025") == "9.38"
    assert line(d, product="soft")["amount"] == "27.50"  # 10 % of 264.00 + 11.00
    assert line(d, product="commit")["amount"] == "1636.00"  # 2000 − 364
    assert line(d, product="fee")["amount"] == "7.92"


def test_a_filter_by_section(ws):
    share(ws, {"product": "lic", "quantity": 10, "section": "L"}, {"product": "desk", "section": "D"}, {"product": "all", "of": {"section": ["D", "E"]}})
    ws.run("2026-11-01")
    assert line(ws.draft(), product="all")["amount"] == "2.50"


def test_before_discounts(ws):
    share(ws, {"product": "lic", "quantity": 10, "discount": {"percent": "50"}}, {"product": "fee"}, discount={"percent": "10", "reason": "all"})
    ws.run("2026-11-01")
    d = ws.draft()
    assert line(d, product="fee")["amount"] == "7.92"
    # 264.00 − 132.00, and 10 % of 132.00 + 7.92 = 13.992
    assert sorted(x["amount"] for x in d["discounts"]) == ["-13.99", "-132.00"]


def test_a_lines_minimum_amount_is_part_of_what_it_came_to(ws):
    share(ws, {"product": "lic", "quantity": 1, "minimum_amount": "400.00"}, {"product": "fee"}, {"product": "all", "minimum_amount": "30.00"})
    ws.run("2026-11-01")
    d = ws.draft()
    assert line(d, product="fee")["amount"] == "12.00"  # 3 % of 26.40 + 373.60
    assert sorted(x["amount"] for x in d["lines"] if x["product"] == "all") == ["10.00", "20.00"]  # 2.5 % of 400.00, and up to 30.00


def test_of_rounded_amounts(ws):
    share(ws, {"product": "lic", "quantity": 1}, {"product": "all"}, starts="2026-11-21", prorate="daily")
    ws.run("2026-11-21")
    assert line(ws.draft(), product="all")["amount"] == money(F("8.80") * F("0.025")) == "0.22"


def test_only_lines_of_the_same_issue_date(ws):
    """Backup in arrears is billed with the next month's licences: the fee of that billing sees both."""
    share(ws, {"product": "gb"}, {"product": "desk"}, {"product": "all"}, config=SHEET)
    ws.write("counts/usage.csv", "date,client,metric,quantity,id,description\n2026-11-10,a,gb,1000,u1,\n2026-12-10,a,gb,1,u2,\n")
    ws.run("2026-11-01", code=(0, 1))
    assert line(ws.draft(), product="all")["amount"] == "2.50"
    ws.approve(ws.draft()["id"], "--force", "x")
    ws.run("2026-12-01", code=(0, 1))
    assert line(ws.draft(), product="all")["amount"] == "5.00"  # 2.5 % of 100.00 + 100.00


def test_a_re_rated_amount_re_rates_its_share(ws):
    now = 'invoicing { adjust = "now" }\n'
    share(ws, {"product": "lic", "quantity": 10}, {"product": "fee"}, {"product": "commit", "amount": "300.00"}, config=now)
    first = ws.bill("2026-11-01")[0]
    assert [x["amount"] for x in first["lines"]] == ["264.00", "7.92", "36.00"]
    share(ws, {"product": "lic", "quantity": 12}, {"product": "fee"}, {"product": "commit", "amount": "300.00"}, config=now)
    second = ws.bill("2026-11-02")[0]
    # 316.80 is owed, and of it 9.50 and no shortfall
    assert [(x["product"], x["amount"], x["kind"]) for x in second["lines"]] == [
        ("lic", "52.80", "adjustment"), ("fee", "1.58", "adjustment"), ("commit", "-36.00", "adjustment")]
    assert ws.run("2026-11-02")["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_a_commitment_is_prorated(ws):
    share(ws, {"product": "desk"}, {"product": "commit"}, starts="2026-11-16")
    ws.run("2026-11-16")
    x = line(ws.draft(), product="commit")
    assert x["amount"] == "950.00"  # 1000.00 − 50.00
    assert x["description"] == "Commitment (1000.00 committed, 50.00 billed)"
    notes = ws.explain(ws.draft()["id"])["lines"][1]["notes"]
    assert notes == ["of desk: 50.00", "committed: 2000.00 × 1/2 = 1000.00"]


def test_nothing_falls_short(ws):
    share(ws, {"product": "lic", "quantity": 80}, {"product": "commit"})
    ws.run("2026-11-01")
    assert [x["product"] for x in ws.draft()["lines"]] == ["lic"]


def test_what_of_may_name(ws):
    ws.config()
    ws.book(BOOK + 'product "x" { name = "X", model = "percent", of = { "licc" }, percent = "1" }\n'
            'product "y" { name = "Y", model = "percent", of = { "fee" }, percent = "1" }\n'
            'product "z" { name = "Z", model = "percent", of = { taxes = "software" }, percent = "1" }\n'
            'product "n" { name = "N", model = "percent", of = {}, percent = "1" }\n'
            'product "w" { name = "W", model = "percent", percent = "1" }\n')
    ws.clients()
    found = {m["path"]: m["message"] for m in ws.check(code=3)["mistakes"]}
    assert 'did you mean "lic"' in found['product "x" of[1]']
    assert "worked out from other lines" in found['product "y" of[1]']
    assert 'did you mean "tax"' in found['product "z" of.taxes'], found
    assert "empty list" in found['product "n" of']
    assert "missing" in found['product "w" of']


def test_of_products_that_the_contract_has_not(ws):
    share(ws, {"product": "desk"}, {"product": "fee"})
    found = ws.check()["advice"]
    assert len(found) == 1 and found[0]["path"] == 'contract "k" lines[2].of', found


def test_in_a_hybrid(ws):
    ws.config()
    ws.book(BOOK + '''product "bundle" { name = "Bundle", model = "hybrid", parts = {
      { model = "plan", family = "f", level = "x", price = "50.00" }, { model = "package", size = 10, price = "15.00", quantity = 11 },
      { model = "percent", of = "all", percent = "10" } } }\n''')
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "bundle"}]})
    ws.run("2026-11-01")
    assert [x["amount"] for x in ws.draft()["lines"]] == ["50.00", "30.00", "8.00"]
