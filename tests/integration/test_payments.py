"""Payments, credit, refunds and write-offs by hand; what they do to balances, states and the journal."""
import sqlite3

import pytest


def workspace(ws, *clients):
    """100.00 a month in advance for each client, no tax."""
    ws.config()
    ws.book('product "p" { name = "P", model = "flat", price = "100.00" }\n')
    rows = []
    for c in clients or ("a",):
        rows += [{"id": c, "name": c.upper()}, {"id": "k" + c, "client": c, "starts": "2026-11-01", "lines": [{"product": "p"}]}]
    ws.clients(*rows)


def billed(ws, *clients):
    workspace(ws, *clients)
    ws.bill("2026-11-01")


def pay(ws, target, amount, *args, code=0):
    done = ws.command("payment", "add", target, "--amount", amount, "--json", *args, code=code)
    return done.json if code == 0 else done


def refund(ws, target, amount, *args, code=0):
    done = ws.command("payment", "refund", target, "--amount", amount, "--json", *args, code=code)
    return done.json if code == 0 else done


def docs(ws):
    return {d["id"]: (d["state"], d["total"], d["balance"]) for d in ws.command("invoices", "--json").lines}


def ledger(ws):
    """{account: minor units} over the whole journal."""
    store = sqlite3.connect("file:%s?mode=ro" % ws.path("billhook.db"), uri=True)
    rows = store.execute("SELECT a.name, sum(p.amount) FROM posting p JOIN account a ON a.num = p.account GROUP BY 1 HAVING sum(p.amount) <> 0").fetchall()
    store.close()
    return dict(rows)


def sound(ws):
    found = ws.verify()
    assert found["ok"] is True, found


def test_partial_then_the_rest(ws):
    billed(ws)
    one = pay(ws, "INV-2026-000001", "30.00", "--date", "2026-11-05", "--method", "cheque")
    assert one["invoices"] == [{"invoice": "a-1", "number": "INV-2026-000001", "amount": "30.00", "paid": "30.00", "balance": "70.00", "state": "partly_paid"}]
    assert (one["kind"], one["client"], one["date"], one["amount"], one["method"], one["customer_credit"]) == ("payment", "a", "2026-11-05", "30.00", "cheque", "0.00")
    shown = ws.command("show", "a-1", "--json").json
    assert (shown["state"], shown["paid"], shown["balance"]) == ("partly_paid", "30.00", "70.00")
    assert pay(ws, "a-1", "70.00")["invoices"][0]["state"] == "paid"
    assert docs(ws) == {"a-1": ("paid", "100.00", "0.00")}
    assert [d["id"] for d in ws.command("invoices", "--state", "paid", "--json").lines] == ["a-1"]
    assert ledger(ws) == {"cash:cheque": 3000, "cash:bank": 7000, "deferred:p": -10000}
    sound(ws)


def test_frozen_bytes_do_not_move(ws):
    billed(ws)
    before = ws.command("export", "--canonical").out
    pay(ws, "a-1", "30.00")
    assert ws.command("export", "--canonical").out == before
    assert '"paid"' not in before and '"balance"' not in before and '"state"' not in before


def test_what_is_over_pays_the_next_invoice(ws):
    billed(ws)
    assert pay(ws, "a-1", "130.00")["customer_credit"] == "30.00"
    assert ledger(ws) == {"cash:bank": 13000, "customer-credit": -3000, "deferred:p": -10000}
    ws.bill("2026-12-01")
    assert docs(ws) == {"a-1": ("paid", "100.00", "0.00"), "a-2": ("partly_paid", "100.00", "70.00")}
    assert ledger(ws) == {"cash:bank": 13000, "receivable": 7000, "deferred:p": -20000}
    sound(ws)


def test_paid_before_anything_was_billed(ws):
    workspace(ws)
    assert pay(ws, "a", "250.00", "--date", "2026-10-20")["invoices"] == []
    assert pay(ws, "nobody", "1.00", code=2).err.count("nobody")
    ws.bill("2026-11-01")
    assert docs(ws)["a-1"] == ("paid", "100.00", "0.00")
    ws.bill("2026-12-01")
    run = ws.run("2027-01-01")
    assert docs(ws)["a-3"] == ("draft", "100.00", "100.00")
    ws.approve(run["batch"])
    assert docs(ws) == {"a-1": ("paid", "100.00", "0.00"), "a-2": ("paid", "100.00", "0.00"), "a-3": ("partly_paid", "100.00", "50.00")}
    sound(ws)


def test_a_clients_payment_goes_to_the_oldest(ws):
    billed(ws)
    ws.bill("2026-12-01")
    done = pay(ws, "a", "150.00")
    assert [(x["invoice"], x["amount"], x["state"]) for x in done["invoices"]] == [("a-1", "100.00", "paid"), ("a-2", "50.00", "partly_paid")]
    sound(ws)


def test_credit_of_one_client_pays_no_other(ws):
    billed(ws, "a", "b")
    pay(ws, "a", "150.00")
    ws.bill("2026-12-01")
    assert docs(ws)["b-2"] == ("approved", "100.00", "100.00") and docs(ws)["a-2"] == ("partly_paid", "100.00", "50.00")
    sound(ws)


def test_credit_in_another_currency_stays(ws):
    billed(ws)
    assert pay(ws, "a", "500.00", "--currency", "EUR")["customer_credit"] == "500.00"
    ws.bill("2026-12-01")
    assert docs(ws)["a-2"] == ("approved", "100.00", "100.00")
    pay(ws, "a-1", "1.00", "--currency", "EUR", code=2)
    sound(ws)


def test_a_credit_note_is_offset_against_what_it_credits(ws):
    billed(ws)
    ws.bill("2026-12-01")
    ws.command("credit", "a-2", "--amount", "40.00", "--reason", "late")
    ws.approve("a-3")
    assert docs(ws) == {"a-1": ("approved", "100.00", "100.00"), "a-2": ("partly_paid", "100.00", "60.00"), "a-3": ("approved", "-40.00", "0.00")}
    assert ledger(ws) == {"receivable": 16000, "goodwill": 4000, "deferred:p": -20000}
    sound(ws)


def test_a_credit_note_of_a_paid_invoice_goes_to_the_open_one_then_stays(ws):
    billed(ws)
    pay(ws, "a-1", "100.00")
    ws.bill("2026-12-01")
    pay(ws, "a-2", "70.00")
    ws.command("credit", "a-1", "--amount", "40.00", "--reason", "late")
    ws.approve("a-3")
    assert docs(ws)["a-2"] == ("paid", "100.00", "0.00") and docs(ws)["a-3"] == ("approved", "-40.00", "0.00")
    assert ledger(ws)["customer-credit"] == -1000 and "receivable" not in ledger(ws)
    assert refund(ws, "a-3", "10.00")["customer_credit"] == "0.00"
    refund(ws, "a-3", "0.01", code=2)
    assert "customer-credit" not in ledger(ws) and ledger(ws)["cash:bank"] == 16000
    sound(ws)


def test_voiding_a_credit_note_opens_what_it_settled(ws):
    billed(ws)
    ws.command("credit", "a-1", "--full", "--reason", "late")
    ws.approve("a-2")
    assert docs(ws)["a-1"] == ("paid", "100.00", "0.00")
    ws.command("void", "a-2", "--reason", "no")
    assert docs(ws) == {"a-1": ("approved", "100.00", "100.00"), "a-2": ("void", "-100.00", "0.00")}
    assert ledger(ws) == {"receivable": 10000, "deferred:p": -10000}
    sound(ws)


def test_a_credit_note_whose_credit_is_used_cannot_be_voided(ws):
    billed(ws)
    pay(ws, "a-1", "100.00")
    ws.command("credit", "a-1", "--full", "--reason", "late")
    ws.approve("a-2")
    refund(ws, "a", "100.00")
    assert "has been used" in ws.command("void", "a-2", "--reason", "no", code=2).err
    assert docs(ws)["a-2"] == ("approved", "-100.00", "0.00")
    sound(ws)


def test_payments_of_a_void_invoice_become_credit(ws):
    billed(ws)
    pay(ws, "a-1", "60.00")
    ws.command("writeoff", "a-1", "--amount", "40.00", "--reason", "small")
    assert docs(ws)["a-1"] == ("paid", "100.00", "0.00")
    ws.command("void", "a-1", "--reason", "wrong")
    assert docs(ws)["a-1"] == ("void", "100.00", "0.00")
    assert ledger(ws) == {"cash:bank": 6000, "customer-credit": -6000}  # the write-off is gone with what was written off
    sound(ws)
    ws.bill("2026-11-02")
    assert docs(ws)["a-2"] == ("partly_paid", "100.00", "40.00")
    sound(ws)


def test_refund_opens_the_invoice_again(ws):
    billed(ws)
    pay(ws, "a-1", "120.00")
    done = refund(ws, "a-1", "50.00", "--reference", "returned")  # 20.00 of the overpayment, 30.00 of the payment
    assert done["invoices"] == [{"invoice": "a-1", "number": "INV-2026-000001", "amount": "-30.00", "paid": "70.00", "balance": "30.00", "state": "partly_paid"}]
    refund(ws, "a-1", "70.01", code=2)
    assert refund(ws, "a-1", "70.00")["invoices"][0]["state"] == "approved"
    assert ledger(ws) == {"receivable": 10000, "deferred:p": -10000}
    sound(ws)


def test_a_refund_out_of_nothing(ws):
    billed(ws)
    assert "0.00 USD that can be paid back" in refund(ws, "a", "5.00", code=2).err
    pay(ws, "a", "103.00")
    assert "3.00 USD that can be paid back" in refund(ws, "a", "5.00", code=2).err
    sound(ws)


def test_write_off(ws):
    billed(ws)
    pay(ws, "a-1", "95.50")
    done = ws.command("writeoff", "a-1", "--amount", "4.50", "--reason", "bank charges", "--json").json
    assert done["invoices"][0]["state"] == "paid" and done["reason"] == "bank charges"
    assert ledger(ws) == {"cash:bank": 9550, "write-off": 450, "deferred:p": -10000}
    ws.command("writeoff", "a-1", "--amount", "0.01", "--reason", "x", code=2)
    ws.command("writeoff", "a", "--amount", "0.01", "--reason", "x", code=2)
    ws.command("writeoff", "a-1", "--amount", "0.01", code=2)
    refund(ws, "a-1", "96.00", code=2)  # only money can be paid back
    sound(ws)


def test_what_is_refused_changes_nothing(ws):
    billed(ws)
    pay(ws, "a-1", "10.00", "--reference", "RB 1", "--date", "2026-11-03")
    before = ledger(ws)
    for args in (["a-1", "0"], ["a-1", "-5"], ["a-1", "1.234"], ["a-1", "x"], ["a-9", "1.00"], ["a-1", "1.00", "--date", "yesterday"],
                 ["a-1", "1.00", "--method", "by hand"], ["a-1", "1.00", "--method", ""], ["a-1", "1.00", "--reference", "two\nlines"],
                 ["a-1", "10.00", "--reference", "RB 1", "--date", "2026-11-03"]):
        assert pay(ws, *args, code=2).err.strip()
    ws.command("payment", "add", "a-1", code=2)
    ws.command("payment", "import", "x.csv", code=2)
    ws.run("2026-12-01")
    assert "draft" in pay(ws, "a-2", "1.00", code=2).err
    ws.config('invoicing { closed_through = "2026-11-30" }\n')
    assert "closed" in pay(ws, "a-1", "1.00", "--date", "2026-11-30", code=2).err
    assert ledger(ws) == before
    sound(ws)


def test_paid_twice_is_credit(ws):
    billed(ws)
    pay(ws, "a-1", "100.00")
    assert pay(ws, "a-1", "100.00")["customer_credit"] == "100.00"
    sound(ws)


@pytest.mark.parametrize("sql, words", [
    ("UPDATE document SET paid = 2000 WHERE doc = 1", "paid is 20.00, what settled it comes to 30.00"),
    ("UPDATE document SET state = 4 WHERE doc = 1", "it is paid with 30.00 paid"),
    ("UPDATE document SET state = 1 WHERE doc = 1", "it is approved with 30.00 paid"),
    ("UPDATE settled SET amount = 2900 WHERE money = 1", "what it posted to receivable is not what it settled"),
    ("UPDATE settled SET doc = 9 WHERE money = 1", "settles document 9, which is not there"),
    ("UPDATE money SET unused = 400 WHERE num = 2", "4.00 USD of customer credit is left, the journal has 5.00"),
    ("UPDATE money SET unused = -1 WHERE num = 2", "less than nothing"),
    ("DELETE FROM money WHERE num = 1", "money event 1, which is not there"),
    ("UPDATE posting SET amount = amount + 1 WHERE doc = -1 AND n = 0", "money event 1: entry 0 of the journal does not balance: 0.01 USD is left"),
    ("UPDATE posting SET amount = amount * 2 WHERE doc = -1", "receivable in USD is 40.00 in the journal, the balances sum to 70.00"),
    ("UPDATE posting SET amount = -amount WHERE doc = 1 AND n = 1; UPDATE posting SET amount = -amount WHERE doc = 1 AND n = 0",
     "100.00 USD more was taken out of deferred:p of its client than was put there"),
])
def test_verify_sees(ws, sql, words):
    billed(ws, "a", "b")
    pay(ws, "a-1", "30.00")
    pay(ws, "b-1", "105.00")
    sound(ws)
    store = sqlite3.connect(ws.path("billhook.db"))
    store.executescript(sql)
    store.commit()
    store.close()
    found = ws.verify(code=1)
    assert found["checks"]["journal"] is False and any(words in p for p in found["problems"]), found["problems"]
