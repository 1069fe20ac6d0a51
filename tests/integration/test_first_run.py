"""The first run, the second one, and the worked example of the manual."""
import pytest
from conftest import SHEET, line

BOOK = '''product "managed-workstation" {
  name = "Managed workstation", model = "per_unit", unit = "device", count = devices {}, price = "42.00" }
'''


def acme(ws, **contract):
    ws.config(SHEET + 'tax "vat" { name = "VAT", rate = "8.875" }\n')
    ws.book(BOOK)
    ws.clients(
        {"id": "acme", "name": "Acme Dental", "ids": {"sheet": "acme"}, "tax": ["vat"]},
        {"id": "acme-managed", "client": "acme", "starts": "2026-12-01", "lines": [{"product": "managed-workstation"}],
         "discount": {"percent": "5", "reason": "3-year term"}, **contract})
    ws.devices(*[("acme", "pc-%d" % i, "2026-10-01") for i in range(42)])


def test_the_worked_example(ws):
    acme(ws)
    run = ws.run("2026-12-01")
    assert run["batch"] == "2026-12-01.1" and run["date"] == "2026-12-01"
    assert run["drafted"] == 1 and run["held"] == [] and run["unchanged"] == 0 and run["failed"] == []
    assert run["totals"] == {"USD": "1824.53"}
    assert len(run["connectors"]) == 1
    sheet = run["connectors"][0]
    assert sheet["name"] == "sheet" and sheet["ok"] is True and sheet["assets"] == 42 and "seconds" in sheet

    d = ws.draft()
    assert d["schema"] == "billhook.invoice/1" and d["type"] == "invoice" and d["number"] is None
    assert d["state"] == "draft" and d["hold"] is None and d["batch"] == "2026-12-01.1"
    assert d["client"]["id"] == "acme" and d["client"]["name"] == "Acme Dental"
    assert d["currency"] == "USD" and d["issue_date"] == "2026-12-01" and d["due_date"] == "2026-12-16"
    assert len(d["lines"]) == 1
    x = d["lines"][0]
    assert x["contract"] == "acme-managed" and x["product"] == "managed-workstation" and x["kind"] == "charge"
    assert x["description"] == "Managed workstation"
    assert x["period"] == {"from": "2026-12-01", "to": "2026-12-31"}
    assert (x["quantity"], x["unit"], x["unit_price"], x["fraction"]) == ("42", "device", "42.00", "1")
    assert x["amount"] == "1764.00" and x["tax"] == ["vat"] and x["corrects"] is None
    assert d["subtotal"] == "1764.00"
    assert len(d["discounts"]) == 1
    y = d["discounts"][0]
    assert y["contract"] == "acme-managed" and y["line"] is None and y["description"] == "3-year term"
    assert y["percent"] == "5" and y["amount"] == "-88.20"
    assert len(d["taxes"]) == 1
    t = d["taxes"][0]
    assert (t["tax"], t["rate"], t["base"], t["amount"]) == ("vat", "8.875", "1675.80", "148.73")
    assert (d["total"], d["paid"], d["balance"]) == ("1824.53", "0.00", "1824.53")


def test_show_prints_what_export_prints(ws):
    acme(ws)
    ws.run("2026-12-01")
    d = ws.draft()
    assert ws.command("show", d["id"], "--json").json == d


def test_running_again_owes_nothing(ws):
    acme(ws)
    first = ws.run("2026-12-01")
    before = ws.draft()
    again = ws.run("2026-12-01")
    assert again["batch"] == "2026-12-01.2" and again["drafted"] == 0 and again["unchanged"] == 1 and again["totals"] == {}
    assert ws.draft() == before  # its id, date and batch stay
    assert [x["number"] for x in ws.approve(first["batch"])["approved"]] == ["INV-2026-000001"]
    third = ws.run("2026-12-01")
    assert third["drafted"] == 0 and third["unchanged"] == 0 and third["totals"] == {} and third["held"] == []
    assert ws.drafts() == []
    assert ws.approve(third["batch"]) == {"approved": [], "held": []}


def test_approving_twice_is_a_success(ws):
    acme(ws)
    batch = ws.run("2026-12-01")["batch"]
    d = ws.draft()
    assert len(ws.approve(batch)["approved"]) == 1
    ws.approve(batch)
    ws.approve(d["id"])
    done = ws.export()
    assert [(x["number"], x["state"]) for x in done] == [("INV-2026-000001", "approved")]


def test_a_dry_run_writes_nothing(ws):
    acme(ws)
    ws.command("pull", "--date", "2026-12-01")
    dry = ws.run("2026-12-01", "--dry-run", "--no-pull")
    assert dry["drafted"] == 1 and dry["totals"] == {"USD": "1824.53"}
    assert ws.export() == []
    assert not dry["batch"]  # there is none that could be approved
    assert ws.run("2026-12-01")["batch"] == "2026-12-01.1"


def test_a_draft_is_made_anew_where_its_content_changes(ws):
    acme(ws)
    ws.run("2026-12-01")
    before = ws.draft()
    ws.book(BOOK.replace("42.00", "43.00"))
    run = ws.run("2026-12-02")
    after = ws.draft()
    assert run["drafted"] == 1 and run["unchanged"] == 0 and run["batch"] == "2026-12-02.1"
    assert after["id"] == before["id"] and after["subtotal"] == "1806.00"
    assert (after["batch"], after["issue_date"], after["due_date"]) == ("2026-12-02.1", "2026-12-02", "2026-12-17")


def test_devices_that_went_after_the_issue_date_were_there_on_it(ws):
    acme(ws)
    ws.run("2026-12-01")
    before = ws.draft()
    ws.devices(*[("acme", "pc-%d" % i, "2026-10-01") for i in range(40)])  # two are gone from the day of the next pull
    assert ws.run("2026-12-02")["unchanged"] == 1
    assert ws.draft() == before


def test_a_draft_that_nothing_is_owed_on_any_more_disappears(ws):
    acme(ws)
    ws.run("2026-12-01")
    ws.draft()
    acme(ws, starts="2027-02-01")
    ws.run("2026-12-02")
    assert ws.export() == []


def test_only_some_clients(ws):
    ws.config()
    ws.book('product "p" { name = "P", model = "flat", price = "10.00" }\n')
    ws.clients(*[e for c in "abc" for e in (
        {"id": c, "name": c}, {"id": "k" + c, "client": c, "starts": "2026-12-01", "lines": [{"product": "p"}]})])
    run = ws.run("2026-12-01", "--client", "a", "c")
    assert run["drafted"] == 2 and sorted(d["client"]["id"] for d in ws.drafts()) == ["a", "c"]
    run = ws.run("2026-12-01")
    assert run["drafted"] == 1 and run["unchanged"] == 2


@pytest.mark.parametrize("terms,due", [
    ("net 15", "2026-12-16"), ("net 0", "2026-12-01"), ("due on receipt", "2026-12-01"), ("end of month", "2026-12-31"),
    ("net 30 end of month", "2026-12-31"), ("net 31 end of month", "2027-01-31"), ("end of month + 10", "2027-01-10"),
    ("day 20", "2026-12-20"), ("day 20 of next month", "2027-01-20"), ("day 31 of next month", "2027-01-31")])
def test_due_dates(ws, terms, due):
    ws.config()
    ws.book('product "p" { name = "P", model = "flat", price = "10.00" }\n')
    ws.clients({"id": "a", "name": "A", "terms": terms}, {"id": "k", "client": "a", "starts": "2026-12-01", "lines": [{"product": "p"}]})
    ws.run("2026-12-01")
    assert ws.draft()["due_date"] == due


def test_automatic_approval_approves_what_nothing_holds(ws):
    ws.config(SHEET + 'invoicing { approval = "auto" }\n')
    ws.book(BOOK + 'product "p" { name = "P", model = "flat", price = "10.00" }\n')
    ws.clients({"id": "a", "name": "A"}, {"id": "ka", "client": "a", "starts": "2026-12-01", "lines": [{"product": "p"}]},
               {"id": "b", "name": "B", "ids": {"sheet": "nobody"}},
               {"id": "kb", "client": "b", "starts": "2026-12-01", "lines": [{"product": "managed-workstation"}, {"product": "p"}]})
    ws.devices()
    run = ws.run("2026-12-01", code=1)
    assert [h["client"] for h in run["held"]] == ["b"]
    states = {d["client"]["id"]: d["state"] for d in ws.export()}
    assert states["a"] == "approved" and states.get("b", "draft") == "draft"
    told = ws.command("run", "--date", "2027-01-01", code=1).out
    assert "\nApproved 1\n" in told and "drafted" in told


def test_a_run_that_approved_all_asks_for_nothing(ws):
    ws.config('invoicing { approval = "auto" }\n')
    ws.book('product "p" { name = "P", model = "flat", price = "10.00" }\n')
    ws.clients({"id": "a"}, {"id": "ka", "client": "a", "starts": "2026-12-01", "lines": [{"product": "p"}]})
    told = ws.command("run", "--date", "2026-12-01").out
    assert "Approved 1\n" in told and "Next" not in told


def test_the_two_spellings_of_a_contract_bill_the_same(make):
    book = 'product "p" { name = "P", model = "per_unit", price = "10.00" }\n'
    lua, jsonl = make("lua"), make("jsonl")
    for w in (lua, jsonl):
        w.config()
        w.book(book)
    lua.write("clients/a.lua", 'client "a" { name = "A" }\n'
              'contract "k" { client = "a", starts = "2026-11-11", lines = { { "p", quantity = 3, changes = { { "2026-12-10", 4 } } } } }\n')
    jsonl.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-11-11",
                  "lines": [{"product": "p", "quantity": 3, "changes": [["2026-12-10", 4]]}]})
    for w in (lua, jsonl):
        w.run("2026-12-01")
    a, b = lua.draft(), jsonl.draft()
    assert a["lines"] == b["lines"] and a["total"] == b["total"]
    # 11-11 … 11-30: 20/30 of 30.00. December: 3 × 9/31 and 4 × 22/31 of 10.00.
    assert [x["amount"] for x in a["lines"]] == ["20.00", "8.71", "28.39"]
    assert line(a, amount="20.00")["fraction"] == "20/30"
