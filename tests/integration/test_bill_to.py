"""`bill_to`: a client that stands on another's invoice, as a section with its subtotal (BILLING 7)."""
from conftest import SHEET, amounts, line

BOOK = '''product "ws" { name = "Workstation", model = "per_unit", unit = "device", count = devices {}, price = "10.00", tax = "service" }
product "fee" { name = "Fee", model = "flat", price = "100.00", tax = "service" }
product "soft" { name = "Software", model = "flat", price = "50.00", section = "Licences" }
'''
ASSETS = "client,kind,class,id,name,from,to,site\n"
CLINIC = {"id": "clinic", "name": "Clinic", "ids": {"sheet": "clinic"}, "tax": ["ny"], "terms": "net 30"}
TROY = {"id": "clinic-troy", "name": "Clinic, Troy", "parent": "clinic", "match": {"site": "Troy"}, "bill_to": "clinic"}


def base(ws, sheet=SHEET):
    ws.config(sheet + 'tax "ny" { name = "NY", rate = "8" }\ntax "nj" { name = "NJ", rate = "6" }\n')
    ws.book(BOOK)
    ws.write("counts/assets.csv", ASSETS + "".join("clinic,device,ws,pc-%d,PC-%d,2026-01-01,,%s\n" % (i, i, "Troy" if i > 3 else "Albany") for i in range(1, 6)))


def contract(id, client, *products, starts="2026-11-01", **more):
    return dict({"id": id, "client": client, "starts": starts, "lines": [{"product": p} for p in products]}, **more)


K, T = contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws", "fee")


def test_a_section_with_its_subtotal(ws):
    base(ws)
    ws.clients(CLINIC, TROY, K, T)
    run = ws.run("2026-11-01")
    assert (run["drafted"], run["totals"]) == (1, {"USD": "162.00"})
    d = ws.draft()
    assert (d["id"], d["client"]["id"], d["due_date"]) == ("clinic-1", "clinic", "2026-12-01")
    assert [(x["contract"], x.get("client"), x.get("section"), x["amount"]) for x in d["lines"]] == [
        ("k", None, None, "30.00"), ("t", "clinic-troy", "Clinic, Troy", "20.00"), ("t", "clinic-troy", "Clinic, Troy", "100.00")]
    assert d["sections"] == [{"client": "clinic-troy", "name": "Clinic, Troy", "show": "lines", "subtotal": "120.00"}]
    # 150.00 and 8 % of it: where the child says nothing of taxes, the payer's are its own
    assert (d["subtotal"], [(t["tax"], t["base"], t["amount"]) for t in d["taxes"]], d["total"]) == ("150.00", [("ny", "150.00", "12.00")], "162.00")
    ws.approve(run["batch"])
    ws.verify()
    assert ws.run("2026-11-02")["drafted"] == 0
    docs = ws.bill("2026-12-01")
    assert [(d["client"]["id"], d["total"]) for d in docs] == [("clinic", "162.00")]
    text = ws.command("show", d["id"]).out
    assert "Clinic, Troy" in text and "120.00" in text


def test_the_draft_keeps_its_id(ws):
    base(ws)
    ws.clients(CLINIC, TROY, K, T)
    ws.run("2026-11-01")
    run = ws.run("2026-11-02")
    assert (run["drafted"], run["unchanged"]) == (0, 1)
    ws.clients(CLINIC, TROY, K, dict(T, lines=[{"product": "ws"}, {"product": "fee", "price": "90.00"}]))
    run = ws.run("2026-11-02")
    assert (run["drafted"], run["unchanged"]) == (1, 0)
    assert (ws.draft()["id"], ws.draft()["subtotal"]) == ("clinic-1", "140.00")
    # one of them picked brings along who is billed with it
    assert ws.run("2026-11-02", "--client", "clinic-troy")["unchanged"] == 1


def test_a_payer_without_contracts(ws):
    base(ws)
    ws.clients(CLINIC, TROY, dict(TROY, id="clinic-a", name="Clinic, Albany", match={"site": "Albany"}), T, contract("a", "clinic-a", "ws"))
    d, = ws.bill("2026-11-01")
    assert [(s["name"], s["subtotal"]) for s in d["sections"]] == [("Clinic, Albany", "30.00"), ("Clinic, Troy", "120.00")]
    assert ws.run("2026-11-01")["drafted"] == 0
    ws.verify()


def test_taxes_of_the_place_served(ws):
    base(ws)
    ws.clients(dict(CLINIC), dict(TROY, tax=["nj"]), K, T)
    d, = ws.bill("2026-11-01")
    # 8 % of 30.00 and 6 % of 120.00
    assert [(t["tax"], t["base"], t["amount"]) for t in d["taxes"]] == [("ny", "30.00", "2.40"), ("nj", "120.00", "7.20")]
    assert [x["tax"] for x in d["lines"]] == [["ny"], ["nj"], ["nj"]]
    # an adjustment takes the rate of what it corrects, whatever the child's taxes are now
    ws.clients(dict(CLINIC), dict(TROY, tax=["ny"]), K, dict(T, lines=[{"product": "ws"}, {"product": "fee", "price": "90.00"}], adjust="now"))
    ws.run("2026-11-02")
    d = ws.draft()
    assert [(t["tax"], t["base"], t["amount"]) for t in d["taxes"]] == [("nj", "-10.00", "-0.60")]


def test_one_rounding_for_each_tax(ws):
    base(ws)
    ws.clients(CLINIC, dict(TROY, tax=["ny"]), contract("k", "clinic", lines=[{"product": "fee", "price": "0.06"}]), contract("t", "clinic-troy", lines=[{"product": "fee", "price": "0.06"}]))
    # 8 % of 0.12 is 0.0096: 0.01 once; rounded for each it would be 0.00 twice
    assert ws.bill("2026-11-01")[0]["taxes"][0]["amount"] == "0.01"


def test_exempt_child_and_exempt_payer(ws):
    base(ws)
    ws.clients(CLINIC, dict(TROY, tax=["ny"], tax_exempt={"reason": "charity"}), K, T)
    d, = ws.bill("2026-11-01")
    assert sorted((t["base"], t["amount"], t.get("reason")) for t in d["taxes"]) == [("120.00", "0.00", "charity"), ("30.00", "2.40", None)]
    ws.clients(dict(CLINIC, tax_exempt={"reason": "hospital"}), dict(TROY, tax=["ny"]), K, T)
    d, = ws.bill("2026-12-01")
    assert sorted((t["base"], t["amount"], t.get("reason")) for t in d["taxes"]) == [("120.00", "9.60", None), ("30.00", "0.00", "hospital")]
    ws.clients(dict(CLINIC, tax_exempt={"reason": "hospital"}), TROY, K, T)
    d, = ws.bill("2027-01-01")
    assert [(t["base"], t["amount"], t["reason"]) for t in d["taxes"]] == [("150.00", "0.00", "hospital")]


def test_a_hold_of_the_child_holds_the_document(ws):
    base(ws)
    ws.clients(CLINIC, dict(TROY, max_total="1.00"), K, T)
    ws.run("2026-11-01")     # max_total is the document's, so the payer's
    ws.clients(dict(CLINIC, max_total="100.00"), TROY, K, T)
    run = ws.run("2026-11-01", code=1)
    assert [(h["client"], h["invoice"], h["reason"]) for h in run["held"]] == [("clinic", "clinic-1", "max-total")]
    ws.clients(CLINIC, TROY, K, dict(T, lines=[{"product": "ws"}, {"product": "fee"}]))
    ws.write("clients/r.lua", 'rule "t" (function(bill) bill:hold "look" end)\n')
    run = ws.run("2026-11-01", code=1)
    assert [(h["client"], h["invoice"], h["reason"]) for h in run["held"]] == [("clinic", "clinic-1", "rule-hold")]


def test_void_opens_the_childs_periods(ws):
    base(ws)
    ws.clients(CLINIC, TROY, K, T)
    d, = ws.bill("2026-11-01")
    ws.command("void", d["id"], "--reason", "wrong")
    d2, = ws.bill("2026-11-02")
    assert (d2["id"], d2["subtotal"]) == ("clinic-2", "150.00")
    ws.verify()


def test_credit_of_a_childs_line(ws):
    base(ws)
    ws.clients(CLINIC, dict(TROY, tax=["nj"]), K, T)
    d, = ws.bill("2026-11-01")
    ws.command("credit", d["id"], "fee", "--amount", "10.00", "--reason", "outage", "--json")
    note = ws.draft()
    assert (note["total"], note["lines"][0]["client"], note["sections"]) == ("-10.60", "clinic-troy", [
        {"client": "clinic-troy", "name": "Clinic, Troy", "show": "lines", "subtotal": "-10.00"}])
    ws.approve(note["id"])
    assert ws.run("2026-11-02")["drafted"] == 0   # a credit by hand is never billed back
    ws.verify()


def test_credit_and_rebill(ws):
    base(ws)
    ws.clients(CLINIC, TROY, K, T)
    d, = ws.bill("2026-11-01")
    ws.command("credit", d["id"], "--full", "--rebill", "--reason", "wrong", "--json")
    ws.approve(ws.draft()["id"])
    d2, = ws.bill("2026-11-02")
    assert d2["subtotal"] == "150.00"
    ws.verify()


def test_bill_to_is_taken_away(ws):
    """What was charged stays, corrections of it go to who was charged; new charges go to the child."""
    base(ws)
    ws.clients(CLINIC, TROY, K, T)
    ws.bill("2026-11-01")
    own = {k: v for k, v in TROY.items() if k != "bill_to"}
    ws.clients(CLINIC, own, K, T)
    assert ws.run("2026-11-02")["drafted"] == 0
    ws.clients(CLINIC, own, K, dict(T, lines=[{"product": "ws"}, {"product": "fee", "price": "90.00"}]))
    docs = ws.bill("2026-12-01", code=(0, 1))
    batch = ws.drafts()
    found = sorted((d["client"]["id"], d["subtotal"]) for d in docs + batch)
    # the child: 20.00 + 90.00 for December; the clinic: 30.00 and 10.00 back for November
    assert found == [("clinic", "20.00"), ("clinic-troy", "110.00")]
    ws.approve(*[d["id"] for d in batch]) if not batch else ws.command("approve", *[d["id"] for d in batch], "--force", "seen", "--json")
    assert ws.run("2026-12-02")["drafted"] == 0
    ws.verify()


def test_bill_to_is_given_later(ws):
    base(ws)
    own = {k: v for k, v in TROY.items() if k != "bill_to"}
    ws.clients(CLINIC, own, K, T)
    assert len(ws.bill("2026-11-01")) == 2
    ws.clients(CLINIC, TROY, K, dict(T, lines=[{"product": "ws"}, {"product": "fee", "price": "90.00"}], adjust="now"))
    ws.run("2026-11-02")
    d = ws.draft()
    assert (d["client"]["id"], d["subtotal"], d["lines"][0].get("client")) == ("clinic-troy", "-10.00", None)
    ws.approve(d["id"])
    d, = ws.bill("2026-12-01")
    assert (d["client"]["id"], d["subtotal"]) == ("clinic", "140.00")
    ws.verify()


def test_a_payer_that_is_gone_holds_its_corrections(ws):
    base(ws, sheet="")
    a, b = {"id": "a", "name": "A"}, {"id": "b", "name": "B"}
    site = {"id": "site", "name": "Site", "bill_to": "a"}
    s = contract("s", "site", "fee")
    ws.clients(a, b, site, s)
    ws.bill("2026-11-01")
    ws.clients(b, dict(site, bill_to="b"), dict(s, lines=[{"product": "fee", "price": "90.00"}], adjust="now"))
    run = ws.run("2026-11-02", code=1)
    assert [(h["client"], h["reason"]) for h in run["held"]] == [("b", "line-removed")]


def test_another_payer(ws):
    base(ws, sheet="")
    a, b = {"id": "a", "name": "A"}, {"id": "b", "name": "B"}
    site = {"id": "site", "name": "Site", "bill_to": "a"}
    s = contract("s", "site", "fee")
    ws.clients(a, b, site, s)
    d, = ws.bill("2026-11-01")
    assert d["client"]["id"] == "a"
    ws.clients(a, b, dict(site, bill_to="b"), dict(s, ends="2026-12-15"))
    d, = ws.bill("2026-12-01")
    assert (d["client"]["id"], d["subtotal"]) == ("b", "48.39")   # 100.00 x 15/31
    ws.clients(a, b, dict(site, bill_to="b"), dict(s, ends="2026-11-15"))
    ws.run("2026-12-02", code=(0, 1))
    # each gets back what it paid: half of November, all of December
    assert sorted((d["client"]["id"], d["subtotal"]) for d in ws.drafts()) == [("a", "-50.00"), ("b", "-48.39")]
    for d in ws.drafts():
        ws.command("approve", d["id"], "--force", "ended", "--json")
    assert ws.run("2026-12-03")["drafted"] == 0
    ws.verify()


def test_split_and_group_are_the_payers(ws):
    base(ws)
    ws.clients(dict(CLINIC, split=["po"]), dict(TROY, po="PO-T"), K, T)
    docs = ws.bill("2026-11-01")
    assert sorted((d.get("po"), d["subtotal"]) for d in docs if d.get("po")) == [("PO-T", "120.00")] and len(docs) == 2
    assert ws.run("2026-11-02")["drafted"] == 0
    ws.verify()


def test_many_clients_and_units(ws):
    """Units among ordinary clients, more than one group of them."""
    base(ws, sheet="")
    entries = [{"id": "p", "name": "P"}]
    for i in range(300):
        entries += [{"id": "s%03d" % i, "name": "S %03d" % i, "bill_to": "p"}, contract("c%03d" % i, "s%03d" % i, "fee")]
    for i in range(30):
        entries += [{"id": "o%03d" % i}, contract("d%03d" % i, "o%03d" % i, "fee")]
    ws.clients(*entries)
    run = ws.run("2026-11-01")
    assert (run["drafted"], run["totals"]) == (31, {"USD": "33000.00"})
    ws.approve(run["batch"])
    assert ws.run("2026-11-02")["drafted"] == 0
    ws.verify()


def test_explain_and_review_know_whose_line_it_is(ws):
    base(ws)
    ws.clients(CLINIC, TROY, K, T)
    d, = ws.bill("2026-11-01")
    lines = ws.explain(d["id"])["lines"]
    assert [sorted(a["id"] for a in x["assets"]) for x in lines] == [["pc-1", "pc-2", "pc-3"], ["pc-4", "pc-5"], []]
    assert [x.get("client") for x in lines] == [None, "clinic-troy", "clinic-troy"]
    ws.run("2026-12-01")
    assert ws.command("review", "--json").json["held"] == []


def test_mistakes(ws):
    base(ws)
    ws.clients(CLINIC, TROY, {"id": "a", "bill_to": "clinik"}, {"id": "b", "bill_to": "b"}, {"id": "c", "bill_to": "clinic-troy"},
               {"id": "d", "bill_to": "clinic", "currency": "EUR"}, {"id": "e", "bill_to": 1})
    found = {m["path"]: m["message"] for m in ws.check(code=3)["mistakes"]}
    assert "unknown client" in found['client "a" bill_to'] and "names itself" in found['client "b" bill_to']
    assert "is billed to" in found['client "c" bill_to'] and "expected one currency" in found['client "d" bill_to']
    assert 'client "e" bill_to' in found and len(found) == 5, found
