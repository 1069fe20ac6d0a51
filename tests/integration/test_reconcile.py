"""report reconcile: what is counted, what is billed, and what the vendor has invoiced."""
import csv
import io

from platform_says import config, connector, says

BOOK = '''product "lic" { name = "Licence", model = "per_unit", count = gauge { metric = "spb" }, price = "26.00", ids = { psa = { "SKU-1", "SKU-1b" } } }
product "pc" { name = "PC", model = "per_unit", count = devices {}, price = "40.00" }
product "gb" { name = "Backup", model = "per_unit", timing = "arrears", count = usage { metric = "gb" }, price = "0.10", ids = { psa = "SKU-GB" } }
product "tool" { name = "Tool", model = "per_unit", ids = { psa = "SKU-T" } }
product "noc" { name = "NOC", model = "flat", price = "250.00" }
'''


def cost(client, id, product, quantity, amount, since="2026-11-01", until="2026-12-01", currency="USD"):
    return ("cost", client, id, product, since, until, quantity, amount, currency)


def basic(ws, *lines, **contract):
    config(ws, connector())
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A", "ids": {"psa": "1"}}, dict({"id": "ka", "client": "a", "starts": "2026-11-01", "lines": list(lines)}, **contract),
               {"id": "b", "ids": {"psa": "2"}})


def reconcile(ws, month="2026-11", code=0):
    return ws.command("report", "reconcile", "--month", month, "--json", code=code, env={"BILLHOOK_NOW": "2026-12-05T12:00:00Z"}).json


def bill(ws, *dates):
    for d in dates:
        run = ws.run(d, code=(0, 1))
        ws.approve(run["batch"], "--force", "test", code=(0, 1), date=d)


def short(rows):
    return [tuple(r[k] for k in ("client", "product", "counted", "billed", "vendor", "at_stake")) for r in rows]


def test_side_by_side(ws):
    basic(ws, {"product": "lic", "quantity": 8}, {"product": "noc"})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), ("gauge", "1", "spb", "2026-11-01", "9"), ("gauge", "1", "spb", "2026-11-28", "10"),
         cost("1", "c1", "SKU-1", "11", "220.00"), cost("1", "c2", "SKU-1b", "1", "20.00", "2026-11-01", "2026-11-16"), ("complete", "*", "*"))
    bill(ws, "2026-11-30")
    r = reconcile(ws)
    (row,) = r["rows"]
    # On 30 November 10 are there and 8 are billed; the vendor asks for 11 then (the twelfth ended on the 15th). 3 x 26.00 at stake.
    assert short([row]) == [("a", "lic", "10", "8", "11", "78.00")]
    assert (row["counted_less_billed"], row["vendor_less_billed"], row["vendor_less_counted"]) == ("2", "3", "1")
    # 8 x 26.00; 220.00 + 20.00
    assert (row["amount"], row["cost"], row["margin"], row["currency"], row["cost_currency"], row["connector"]) == ("208.00", "240.00", "-32.00", "USD", "USD", "psa")
    assert (r["from"], r["to"], r["date"]) == ("2026-11-01", "2026-11-30", "2026-11-30") and r["unmapped"] == []
    assert r["totals"] == {"amount": {"USD": "208.00"}, "cost": {"USD": "240.00"}, "at_stake": {"USD": "78.00"}}


def test_what_is_invoiced_and_not_billed_at_all(ws):
    basic(ws, {"product": "lic"})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), ("gauge", "1", "spb", "2026-11-01", "5"), ("gauge", "1", "spb", "2026-11-30", "5"), cost("1", "c1", "SKU-1", "5", "100.00"), cost("2", "c2", "SKU-1", "2", "40.00"),
         cost("2", "c3", "SKU-T", "3", "9.00"))
    bill(ws, "2026-11-30")
    # b has licences and tools without a contract: 2 x 26.00; a tool has no list price, and the vendor's counts
    assert short(reconcile(ws)["rows"]) == [("b", "lic", None, "0", "2", "52.00"), ("b", "tool", None, "0", "3", "9.00"), ("a", "lic", "5", "5", "5", "0.00")]


def test_only_what_falls_into_the_month(ws):
    basic(ws, {"product": "lic", "quantity": 1}, bill={"unit": "year", "on": "11-01"})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), ("gauge", "1", "spb", "2026-12-01", "1"), cost("1", "c1", "SKU-1", "1", "365.00", "2026-11-01", "2027-11-01"))
    bill(ws, "2026-12-01")
    (row,) = reconcile(ws, "2026-12")["rows"]
    # 31 of 365 days of 26.00 (2.208) and of 365.00
    assert (row["billed"], row["amount"], row["cost"]) == ("1", "2.21", "31.00")


def test_usage_is_summed(ws):
    basic(ws, {"product": "gb"})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), ("usage", "1", "gb", "u1", "2026-11-03", "100"), ("usage", "1", "gb", "u2", "2026-11-29", "50"), ("usage", "1", "gb", "u3", "2026-12-01", "7"),
         cost("1", "c1", "SKU-GB", "80", "4.00", "2026-11-01", "2026-11-16"), cost("1", "c2", "SKU-GB", "90", "4.50", "2026-11-16", "2026-12-01"), ("complete", "*", "*"))
    bill(ws, "2026-12-01")
    (row,) = reconcile(ws)["rows"]
    assert short([row]) == [("a", "gb", "150", "150", "170", "2.00")] and row["amount"] == "15.00" and row["cost"] == "8.50"


def test_vendors_lines_of_nobody(ws):
    basic(ws, {"product": "noc"})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), cost("9", "c1", "SKU-1", "5", "100.00"), cost("1", "c2", "SKU-9", "1", "7.00"), cost("1", "c3", "SKU-1", "1", "1.00", "2026-10-01", "2026-11-01"))
    bill(ws, "2026-11-30")
    r = reconcile(ws, code=1)
    assert [(x["id"], x["vendor_client"], x["vendor_product"], x["client"], x["product"], x["cost"]) for x in r["unmapped"]] == [
        ("c1", "9", "SKU-1", None, "lic", "100"), ("c2", "1", "SKU-9", "a", None, "7")]
    assert r["rows"] == []  # October's line is October's


def test_a_count_that_is_not_known_says_so(ws):
    basic(ws, {"product": "pc"}, {"product": "lic", "quantity": 2})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), cost("1", "c1", "SKU-1", "2", "44.00"))
    bill(ws, "2026-11-30")
    rows = {r["product"]: r for r in reconcile(ws, code=1)["rows"]}
    assert rows["pc"]["counted"] is None and rows["pc"]["unknown"]
    assert (rows["lic"]["counted"], rows["lic"]["billed"], rows["lic"]["vendor"], rows["lic"]["unknown"]) == (None, "2", "2", None)


def test_drafts_and_void_documents_bill_nothing(ws):
    basic(ws, {"product": "lic", "quantity": 2})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), cost("1", "c1", "SKU-1", "2", "44.00"))
    ws.run("2026-11-30", code=(0, 1))
    assert short(reconcile(ws)["rows"]) == [("a", "lic", None, "0", "2", "52.00")]
    ws.approve("2026-11-30.1", date="2026-11-30")
    assert short(reconcile(ws)["rows"]) == [("a", "lic", None, "2", "2", "0.00")]
    ws.command("void", "a-1", "--reason", "x", "--date", "2026-11-30")
    assert short(reconcile(ws)["rows"]) == [("a", "lic", None, "0", "2", "52.00")]


def test_a_vendor_in_another_currency(ws):
    basic(ws, {"product": "lic", "quantity": 2})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), cost("1", "c1", "SKU-1", "2", "40.00", currency="EUR"))
    bill(ws, "2026-11-30")
    (row,) = reconcile(ws)["rows"]
    assert (row["cost"], row["cost_currency"], row["currency"], row["margin"]) == ("40.00", "EUR", "USD", None)


def test_as_rows_and_for_a_person(ws):
    basic(ws, {"product": "lic", "quantity": 3})
    says(ws, ("client", "1", "A"), ("client", "2", "B"), cost("1", "c1", "SKU-1", "2", "44.00"), cost("9", "c2", "SKU-1", "1", "20.00"))
    bill(ws, "2026-11-30")
    env = {"BILLHOOK_NOW": "2026-12-05T12:00:00Z"}
    rows = list(csv.DictReader(io.StringIO(ws.command("report", "reconcile", "--month", "2026-11", "--format", "csv", code=1, env=env).out)))
    assert [(r["client"], r["product"], r["billed"], r["vendor"], r["vendor_less_billed"], r["cost"], r["at_stake"], r["unmapped"]) for r in rows] == [
        ("a", "lic", "3", "2", "-1", "44.00", "26.00", ""), ("9", "lic", "", "1", "", "20", "", "client")]
    out = ws.command("report", "reconcile", "--month", "2026-11", code=1, env=env).out
    assert "USD 78.00" in out and "USD 44.00" in out and "of nobody" in out
    for bad in (["--month", "2026-13"], ["--month", "2026-1"], ["--date", "x"], ["--month", "2026-11", "--date", "2026-11-01"]):
        ws.command("report", "reconcile", *bad, code=2)


def test_without_a_store_there_is_nothing(ws):
    basic(ws, {"product": "lic"})
    assert "Nothing to compare." in ws.command("report", "reconcile").out
