"""By hand: void, credit, rebill."""
from fractions import Fraction

from calc import total
from conftest import line


def taxed(ws, price="42.00", contract=None):
    ws.config('tax "vat" { name = "VAT", rate = "8.875" }\n')
    ws.book('product "p" { name = "P", model = "per_unit", price = "%s" }\nproduct "q" { name = "Q", model = "flat", price = "58.00" }\n' % price)
    ws.clients({"id": "a", "name": "A", "tax": ["vat"]},
               dict({"id": "k", "client": "a", "starts": "2026-11-01",
                     "lines": [{"product": "p", "quantity": 10}, {"product": "q"}]}, **(contract or {})))


def billed(ws):
    """10 × 42.00 + 58.00 = 478.00; 8.875 % of it 42.42 (42.4225); 520.42."""
    taxed(ws)
    d = ws.bill("2026-11-01")[0]
    assert (d["subtotal"], d["taxes"][0]["amount"], d["total"]) == ("478.00", "42.42", "520.42")
    return d


def test_void_opens_the_periods_again_and_keeps_the_number(ws):
    first = billed(ws)
    ws.command("void", first["id"], "--reason", "sent to nobody", "--date", "2026-11-02")
    old = ws.command("show", first["id"], "--json").json
    assert old["state"] == "void" and old["number"] == "INV-2026-000001"
    run = ws.run("2026-11-02")
    assert run["drafted"] == 1
    again = ws.draft()
    assert again["id"] != first["id"] and [x["amount"] for x in again["lines"]] == ["420.00", "58.00"] and again["total"] == "520.42"
    assert ws.approve(run["batch"], date="2026-11-02")["approved"][0]["number"] == "INV-2026-000002"
    assert ws.run("2026-11-03")["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_a_void_key_is_billed_at_todays_price_book(ws):
    first = billed(ws)
    taxed(ws, price="43.00")
    assert ws.run("2026-11-02")["drafted"] == 0
    ws.command("void", first["number"], "--reason", "wrong list price", "--date", "2026-11-02")
    ws.run("2026-11-02")
    assert ws.draft()["subtotal"] == "488.00"


def test_void_wants_a_reason_and_an_approved_document(ws):
    taxed(ws)
    batch = ws.run("2026-11-01")["batch"]
    d = ws.draft()
    ws.command("void", d["id"], "--reason", "x", code=2)
    ws.approve(batch)
    ws.command("void", d["id"], code=2)
    ws.command("void", "a-99", "--reason", "x", code=2)
    ws.command("void", d["id"], "--reason", "x")
    assert ws.verify()["ok"] is True


def credit(ws, *args):
    ws.command("credit", *args, "--date", "2026-11-10", "--reason", "late response")
    return ws.draft()


def test_a_credit_of_an_amount_takes_the_tax_of_what_it_credits(ws):
    first = billed(ws)
    seats = line(first, product="p")
    d = credit(ws, first["id"], seats["id"], "--amount", "50.00")
    assert d["type"] == "credit_note" and d["state"] == "draft" and d["subtotal"] == "-50.00"
    assert d["taxes"][0]["amount"] == "-4.44" and d["total"] == "-54.44"  # 4.4375, away from zero
    assert d["lines"][0]["kind"] == "goodwill"
    done = ws.approve(d["id"], date="2026-11-10")
    assert done["approved"][0]["number"] == "CN-2026-000001"
    # Given by hand: never billed back.
    assert ws.run("2026-11-11")["drafted"] == 0
    december = ws.bill("2026-12-01")[0]
    assert [(x["kind"], x["amount"]) for x in december["lines"]] == [("charge", "420.00"), ("charge", "58.00")]
    assert ws.verify()["ok"] is True


def test_a_credit_of_a_percent(ws):
    first = billed(ws)
    d = credit(ws, first["number"], "--percent", "10")
    assert d["subtotal"] == "-47.80" and d["taxes"][0]["amount"] == "-4.24" and d["total"] == "-52.04"  # 4.242…


def test_a_full_credit_of_one_line(ws):
    first = billed(ws)
    d = credit(ws, first["id"], line(first, product="q")["id"], "--full")
    assert d["subtotal"] == "-58.00" and d["total"] == total(-58, Fraction("-5.15"))  # 5.1475


def test_a_full_credit_mirrors_the_invoice(ws):
    first = billed(ws)
    d = credit(ws, first["id"], "--full")
    assert d["total"] == "-520.42" and d["taxes"][0]["amount"] == "-42.42"
    ws.approve(d["id"], date="2026-11-10")
    assert ws.run("2026-11-11")["drafted"] == 0


def test_credit_and_rebill_owes_the_periods_again(ws):
    first = billed(ws)
    taxed(ws, price="40.00")
    d = credit(ws, first["id"], "--full", "--rebill")
    assert d["total"] == "-520.42"
    ws.approve(d["id"], date="2026-11-10")
    run = ws.run("2026-11-11")
    assert run["drafted"] == 1
    again = ws.draft()
    assert again["type"] == "invoice" and again["subtotal"] == "458.00"
    assert {x["kind"] for x in again["lines"]} == {"charge"}
    ws.approve(run["batch"], date="2026-11-11")
    assert ws.run("2026-11-12")["drafted"] == 0 and ws.verify()["ok"] is True


def test_a_draft_credit_survives_a_run(ws):
    first = billed(ws)
    d = credit(ws, first["id"], "--amount", "50.00")
    assert ws.run("2026-11-11")["drafted"] == 0
    assert ws.draft() == d


def test_credits_that_make_no_sense(ws):
    first = billed(ws)
    base = ["credit", first["id"], "--reason", "x"]
    for args in ([], ["--amount", "5", "--full"], ["--amount", "five"], ["--amount", "0"], ["--amount", "-5"], ["--amount", "1.234"],
                 ["--percent", "101"], ["--percent", "0"], ["--amount", "99999.00"]):
        done = ws.command(*base, *args, code=2)
        assert done.err.strip(), done
    ws.command("credit", first["id"], "--full", code=2)  # no reason
    ws.command("credit", "a-9", "--full", "--reason", "x", code=2)
    ws.command("credit", first["id"], "a-1:99", "--full", "--reason", "x", code=2)
    assert ws.drafts() == []


def test_correction_takes_the_rate_of_what_it_corrects(ws):
    def config(rates):
        ws.config('tax "vat" { name = "VAT", rate = "10"%s }\n' % rates)
    taxed(ws)
    config("")
    ws.bill("2026-11-01")
    config(', rates = { ["2026-11-15"] = "20" }')
    ws.clients({"id": "a", "name": "A", "tax": ["vat"]},
               {"id": "k", "client": "a", "starts": "2026-11-01", "ends": "2026-11-18",
                "lines": [{"product": "p", "quantity": 10}, {"product": "q"}]})
    ws.run("2026-11-19")
    d = ws.draft()
    # 18 of 30 days are owed: 252.00 and 34.80; −168.00 and −23.20 with the old 10 %.
    assert d["subtotal"] == "-191.20" and [(t["rate"], t["amount"]) for t in d["taxes"]] == [("10", "-19.12")]
    assert d["total"] == "-210.32"


def test_a_negative_total_can_be_carried(ws):
    taxed(ws, contract={"timing": "advance"})
    ws.config('invoicing { negative = "carry" }\ntax "vat" { name = "VAT", rate = "8.875" }\n')
    ws.bill("2026-11-01")
    ws.clients({"id": "a", "name": "A", "tax": ["vat"]},
               {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "p", "quantity": 10}, {"product": "q", "ends": "2026-11-15", "adjust": "now"}]})
    assert ws.run("2026-11-16")["drafted"] == 0  # −29.00 waits
    run = ws.run("2026-12-01", code=(0, 1))
    assert run["drafted"] == 1 and ws.draft()["subtotal"] == "391.00"
