"""Purchase orders with a limit and an end: what goes beyond waits for a person (WORKSPACE; the hold is max-total)."""
from conftest import line

BOOK = 'product "care" { model = "flat", price = "100.00", tax = "service" }\nproduct "soft" { model = "flat", price = "40.00" }\n'
PO = {"number": "PO-7781", "limit": "250.00"}


def base(ws, client, *contracts):
    ws.config('tax "vat" { name = "VAT", rate = "10" }\n')
    ws.book(BOOK)
    ws.clients(dict({"id": "acme", "name": "Acme"}, **client), *contracts)


def contract(id, *products, **more):
    return dict({"id": id, "client": "acme", "starts": "2026-10-01", "lines": [{"product": p} for p in products]}, **more)


def held(run):
    return [(h["reason"], h["message"]) for h in run["held"]]


def test_beyond_the_limit(ws):
    base(ws, {"po": PO, "tax": ["vat"]}, contract("k", "care"))
    docs = ws.bill("2026-10-01")
    assert docs[0]["client"]["po"] == "PO-7781"      # the number, and not its limit
    ws.bill("2026-11-01")
    run = ws.run("2026-12-01", code=1)
    # net of tax: 100.00 and 100.00 are used, 100.00 more is 50.00 too much
    (reason, message), = held(run)
    assert reason == "max-total"
    for word in ("PO-7781", "limit is 250.00", "200.00 is used", "adds 100.00", "50.00 beyond"):
        assert word in message, message
    assert ws.command("review", "--json", code=1).json["held"][0]["message"] == message
    # run again, and the draft is not counted against itself
    assert held(ws.run("2026-12-01", code=1)) == [(reason, message)]
    ws.clients({"id": "acme", "tax": ["vat"], "po": dict(PO, limit="300.00")}, contract("k", "care"))
    assert held(ws.run("2026-12-01")) == []


def test_exactly_the_limit_is_inside(ws):
    base(ws, {"po": dict(PO, limit="200.00")}, contract("k", "care"))
    ws.bill("2026-10-01")
    assert held(ws.run("2026-11-01")) == []
    base(ws, {"po": dict(PO, limit="199.99")}, contract("k", "care"))
    assert "0.01 beyond" in held(ws.run("2026-11-01", code=1))[0][1]


def test_discounts_credits_and_voids_give_room(ws):
    base(ws, {"po": dict(PO, limit="190.00")}, contract("k", "care", discount={"percent": "5"}))
    d, = ws.bill("2026-10-01")
    assert held(ws.run("2026-11-01")) == []          # 95.00 and 95.00
    ws.clients({"id": "acme", "po": dict(PO, limit="180.00")}, contract("k", "care", discount={"percent": "5"}))
    assert "10.00 beyond" in held(ws.run("2026-11-01", code=1))[0][1]
    ws.command("credit", d["id"], "--amount", "10.00", "--reason", "outage", "--json")
    assert "10.00 beyond" in held(ws.run("2026-11-01", code=1))[0][1]      # not approved: no room yet
    note = next(x for x in ws.drafts() if x["type"] == "credit_note")
    ws.approve(note["id"])
    assert held(ws.run("2026-11-01")) == []
    ws.command("void", note["id"], "--reason", "no")
    assert "10.00 beyond" in held(ws.run("2026-11-01", code=1))[0][1]


def test_after_its_end(ws):
    base(ws, {"po": {"number": "PO-1", "ends": "2026-11-01"}}, contract("k", "care"))
    ws.bill("2026-10-01")
    assert held(ws.run("2026-11-01")) == []          # the last day
    ws.bill("2026-11-01")
    (reason, message), = held(ws.run("2026-12-01", code=1))
    assert reason == "max-total" and '"PO-1" ended on 2026-11-01' in message


def test_an_order_of_one_line(ws):
    k = contract("k", "care", "soft")
    k["lines"][1]["po"] = {"number": "PO-S", "limit": "50.00"}
    base(ws, {"po": "PO-C"}, k)
    ws.bill("2026-10-01")
    (reason, message), = held(ws.run("2026-11-01", code=1))
    assert '"PO-S": its limit is 50.00, 40.00 is used, this document adds 40.00: 30.00 beyond' in message


def test_the_number_alone_stands_for_the_order(ws):
    base(ws, {}, contract("a", "care", po=dict(PO, limit="150.00")), contract("b", "care", po="PO-7781"))
    assert "this document adds 200.00: 50.00 beyond" in held(ws.run("2026-10-01", code=1))[0][1]


def test_two_documents_against_one_order(ws):
    base(ws, {"split": ["site"], "po": dict(PO, limit="150.00")}, contract("a", "care", site="A"), contract("b", "care", site="B"))
    run = ws.run("2026-10-01", code=1)
    assert len(run["held"]) == 1 and "100.00 is used, this document adds 100.00: 50.00 beyond" in run["held"][0]["message"]


def test_a_forced_document_counts(ws):
    base(ws, {"po": dict(PO, limit="50.00")}, contract("k", "care"))
    run = ws.run("2026-10-01", code=1)
    ws.command("approve", ws.draft()["id"], "--force", "their word", "--json")
    assert "100.00 is used" in held(ws.run("2026-11-01", code=1))[0][1]


def test_bounds_in_two_places_are_a_mistake(ws):
    base(ws, {"po": PO}, contract("k", "care", po=dict(PO, limit="300.00")))
    assert "has other bounds elsewhere" in ws.check(code=3)["mistakes"][0]["message"]
    base(ws, {"po": {"limit": "5"}}, contract("k", "care"))
    assert ws.check(code=3)["mistakes"][0]["path"] == 'client "acme" po.number'
