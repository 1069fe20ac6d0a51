"""When an invoice is due: each form, its edges, and where it is written (BILLING 7). Also notes and contacts, which stand on or beside it."""
import pytest

FORMS = [  # terms, issue date, due date
    ("net 0", "2026-11-01", "2026-11-01"), ("net 15", "2026-11-20", "2026-12-05"), ("net 30", "2027-01-30", "2027-03-01"), ("net 30", "2028-01-30", "2028-02-29"),
    ("due on receipt", "2026-11-01", "2026-11-01"),
    ("end of month", "2026-11-01", "2026-11-30"), ("end of month", "2026-11-30", "2026-11-30"), ("end of month", "2028-02-01", "2028-02-29"), ("end of month", "2027-02-28", "2027-02-28"),
    ("net 30 end of month", "2026-11-15", "2026-12-31"), ("net 30 end of month", "2027-01-01", "2027-01-31"), ("net 30 end of month", "2027-01-30", "2027-03-31"),
    ("end of month + 10", "2026-11-02", "2026-12-10"), ("end of month + 29", "2028-01-31", "2028-02-29"), ("end of month + 29", "2027-01-31", "2027-03-01"),
    ("day 20", "2026-11-20", "2026-11-20"), ("day 20", "2026-11-21", "2026-12-20"), ("day 31", "2026-11-05", "2026-11-30"), ("day 31", "2027-02-28", "2027-02-28"), ("day 30", "2028-02-29", "2028-02-29"),
    ("day 20 of next month", "2026-11-01", "2026-12-20"), ("day 31 of next month", "2027-01-31", "2027-02-28"), ("day 31 of next month", "2026-12-01", "2027-01-31"),
]


def base(ws, invoicing=""):
    ws.config(invoicing)
    ws.book('product "care" { model = "flat", price = "100.00" }\ntemplate "t" { terms = "net 7", lines = { { "care" } } }\n')


def contract(id="k", **more):
    return dict({"id": id, "client": "acme", "starts": "2026-11-01", "lines": [{"product": "care"}]}, **more)


def due(ws):
    return ws.draft()["due_date"], ws.draft()["terms"]


def test_every_form(ws):
    base(ws)
    entries = []
    for i, (terms, issue, _) in enumerate(FORMS):
        entries += [{"id": "c%02d" % i, "terms": terms}, dict(contract("k%02d" % i, starts=issue, ends=issue), client="c%02d" % i)]
    ws.clients(*entries)
    for issue in sorted({f[1] for f in FORMS}):
        ws.approve(ws.run(issue)["batch"])
    got = {d["client"]["id"]: (d["terms"], d["issue_date"], d["due_date"]) for d in ws.export()}
    assert got == {"c%02d" % i: f for i, f in enumerate(FORMS)}


def test_where_terms_are_looked_up(ws):
    base(ws)
    ws.clients({"id": "acme"}, contract())
    ws.run("2026-11-01")
    assert due(ws) == ("2026-11-16", "net 15")
    base(ws, 'invoicing { terms = "net 1" }\n')
    ws.run("2026-11-01")
    assert due(ws) == ("2026-11-02", "net 1")
    ws.clients({"id": "acme", "terms": "net 2"}, contract())
    ws.run("2026-11-01")
    assert due(ws) == ("2026-11-03", "net 2")
    k = contract(based_on="t")
    del k["lines"]
    ws.clients({"id": "acme", "terms": "net 2"}, k)
    ws.run("2026-11-01")
    assert due(ws) == ("2026-11-08", "net 7")
    ws.clients({"id": "acme", "terms": "net 2"}, dict(k, terms="net 9"))
    ws.run("2026-11-01")
    assert due(ws) == ("2026-11-10", "net 9")


def test_contracts_of_different_terms_on_one_invoice(ws):
    """The document is due when the one that gives the most time is."""
    base(ws)
    ws.clients({"id": "acme"}, contract("a", terms="net 10"), contract("b", terms="end of month"), contract("c", terms="due on receipt"))
    ws.run("2026-11-01")
    assert due(ws) == ("2026-11-30", "end of month")
    ws.clients({"id": "acme", "group": "contract"}, contract("a", terms="net 10"), contract("b", terms="end of month"))
    ws.run("2026-11-01")
    assert sorted(d["due_date"] for d in ws.drafts()) == ["2026-11-11", "2026-11-30"]


def test_approval_of_different_contracts(ws):
    base(ws)
    ws.clients({"id": "acme"}, contract("a", approval="auto"), contract("b"))
    assert ws.run("2026-11-01")["approved"] == 0
    ws.clients({"id": "acme"}, contract("a", approval="auto"), contract("b", approval="auto"))
    assert ws.run("2026-11-01")["approved"] == 1


def test_a_guard_of_one_contract(ws):
    from conftest import SHEET
    base(ws, SHEET)
    ws.book('product "ws" { model = "per_unit", count = devices {}, price = "100.00" }\n')
    ks = [dict(contract("a", guard=False), lines=[{"product": "ws"}]), dict(contract("b"), lines=[{"product": "ws"}])]
    ws.clients({"id": "acme", "ids": {"sheet": "acme"}}, *ks)
    ws.devices(("acme", "pc-1", "2026-10-01"))
    ws.bill("2026-11-01")
    ws.devices(*[("acme", "pc-%d" % i, "2026-10-01") for i in range(5)])
    run = ws.run("2026-12-01", code=1)
    assert [(h["reason"], '"b"' in h["message"]) for h in run["held"]] == [("guard", True)]


@pytest.mark.parametrize("terms", ["net", "net -1", "day 0", "day 32", "net 30 days", "soon", "end of month +", "day 5 of month"])
def test_other_words_are_mistakes(ws, terms):
    base(ws)
    ws.clients({"id": "acme", "terms": terms}, contract())
    assert "is no payment term" in ws.check(code=3)["mistakes"][0]["message"]


def test_notes(ws):
    base(ws)
    ws.clients({"id": "acme", "note": "Thank you."}, contract("a", note="Includes the lobby."), contract("b", note="Includes the lobby."), contract("c", note="Second year."))
    d, = ws.bill("2026-11-01")
    assert d["memos"] == ["Includes the lobby.", "Second year."] and d["client"]["note"] == "Thank you."
    for text in (ws.command("show", d["id"]).out, ws.command("export", d["id"], "--format", "html").out):
        assert text.count("Includes the lobby.") == 1 and "Second year." in text and "Thank you." in text


def test_contacts_are_in_no_document(ws):
    base(ws)
    ws.clients({"id": "acme", "email": ["ap@acme.example", "cfo@acme.example"], "tags": ["dental"],
                "contacts": [{"email": "jane@acme.example", "name": "Jane Roe", "gets": ["invoice", "reminder"]}, {"name": "No mail", "phone": "1"}]}, contract())
    d, = ws.bill("2026-11-01")
    assert d["client"]["email"] == ["ap@acme.example", "cfo@acme.example"]
    with open(ws.path("billhook.db"), "rb") as f:
        data = f.read()
    assert b"jane@acme.example" not in data and b"Jane Roe" not in data and b"ap@acme.example" in data


@pytest.mark.parametrize("contact,word", [({"email": "jane", "gets": ["invoice"]}, "expected an address"), ({"name": "x", "gets": ["invoice"]}, "nowhere to send"),
                                          ({"email": "a@b", "gets": ["invoices"]}, "did you mean"), ({}, "neither an email nor a name"), ({"mail": "a@b"}, "unknown key")])
def test_bad_contacts(ws, contact, word):
    base(ws)
    ws.clients({"id": "acme", "contacts": [contact]}, contract())
    assert any(word in m["message"] for m in ws.check(code=3)["mistakes"]), ws.check(code=3)
