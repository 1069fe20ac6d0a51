"""The journal as it is posted: what is revenue, what is deferred and for which days, what is goodwill."""
import sqlite3
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)


def journal(ws, entry=None):
    """{document: {(account, days or None): minor units}} of an entry (all: None)."""
    store = sqlite3.connect("file:%s?mode=ro" % ws.path("billhook.db"), uri=True)
    rows = store.execute("SELECT p.doc, p.entry, a.name, p.amount, p.from_day, p.until_day FROM posting p JOIN account a ON a.num = p.account")
    out = {}
    for doc, n, account, amount, first, until in rows:
        if entry is not None and n != entry:
            continue
        days = None if first is None else "%s/%s" % (EPOCH + timedelta(first), EPOCH + timedelta(until - 1))
        one = out.setdefault(doc, {})
        one[account, days] = one.get((account, days), 0) + amount
    store.close()
    return out


def two(ws, lines=None, **contract):
    """10 × 42.00 in advance and 58.00 in arrears, 10 % tax."""
    ws.config('tax "vat" { name = "VAT", rate = "10" }\n')
    ws.book('product "p" { name = "P", model = "per_unit", price = "42.00" }\n'
            'product "q" { name = "Q", model = "flat", price = "58.00", timing = "arrears" }\n')
    ws.clients({"id": "a", "name": "A", "tax": ["vat"]},
               dict({"id": "k", "client": "a", "starts": "2026-11-01", "lines": lines or [{"product": "p", "quantity": 10}, {"product": "q"}]}, **contract))


def test_in_advance_is_deferred_and_in_arrears_is_not(ws):
    two(ws)
    ws.bill("2026-11-01")
    ws.bill("2026-12-01")
    assert journal(ws) == {
        1: {("receivable", None): 46200, ("deferred:p", "2026-11-01/2026-11-30"): -42000, ("tax:vat", None): -4200},
        2: {("receivable", None): 52580, ("deferred:p", "2026-12-01/2026-12-31"): -42000, ("revenue:q", None): -5800, ("tax:vat", None): -4780}}
    assert ws.verify()["ok"] is True


def test_a_catch_up_defers_only_what_is_still_to_come(ws):
    two(ws)
    ws.bill("2026-12-10")
    assert journal(ws)[1] == {("receivable", None): 46200 + 52580, ("revenue:p", None): -42000, ("deferred:p", "2026-12-01/2026-12-31"): -42000,
                              ("revenue:q", None): -5800, ("tax:vat", None): -4200 - 4780}


def test_a_discount_is_deferred_with_its_line(ws):
    two(ws, discount={"percent": "10", "reason": "term"})
    ws.bill("2026-11-01")
    ws.bill("2026-12-01")
    assert journal(ws)[2] == {("receivable", None): 47322, ("deferred:p", "2026-12-01/2026-12-31"): -37800, ("revenue:q", None): -5220, ("tax:vat", None): -4302}


def test_tax_inside_prices_is_not_deferred(ws):
    two(ws, lines=[{"product": "p", "quantity": 10}])
    ws.config('tax "vat" { name = "VAT", rate = "20", inclusive = true }\n')
    ws.bill("2026-11-01")
    assert journal(ws)[1] == {("receivable", None): 42000, ("deferred:p", "2026-11-01/2026-11-30"): -35000, ("tax:vat", None): -7000}


def test_void_mirrors_days_and_all(ws):
    two(ws)
    ws.bill("2026-11-01")
    ws.command("void", "a-1", "--reason", "x", "--date", "2026-11-10")
    first, second = journal(ws, 0)[1], journal(ws, 1)[1]
    assert second == {k: -v for k, v in first.items()} and ("deferred:p", "2026-11-01/2026-11-30") in second
    assert ws.verify()["ok"] is True


def test_credit_and_rebill_mirror_days_and_all(ws):
    two(ws)
    ws.bill("2026-11-01")
    ws.command("credit", "a-1", "--full", "--rebill", "--reason", "x", "--date", "2026-11-10")
    ws.approve("a-2", date="2026-11-10")
    docs = journal(ws)
    assert docs[2] == {k: -v for k, v in docs[1].items()}


def test_goodwill_is_not_revenue(ws):
    two(ws, discount={"percent": "10", "reason": "term"})
    ws.bill("2026-11-01")
    ws.command("credit", "a-1", "--full", "--reason", "x", "--date", "2026-11-10")
    ws.approve("a-2", date="2026-11-10")
    assert journal(ws)[2] == {("receivable", None): -41580, ("goodwill", None): 37800, ("tax:vat", None): 3780}


def test_an_end_in_mid_period_takes_back_the_days_behind_it(ws):
    two(ws)
    ws.bill("2026-11-01")
    two(ws, ends="2026-11-20")
    ws.bill("2026-11-21")
    # 20 of 30 days: 280.00 of 420.00 owed, 38.67 of q
    assert journal(ws)[2][("deferred:p", "2026-11-21/2026-11-30")] == 14000


def test_approved_for_another_day(ws):
    two(ws)
    ws.run("2026-12-01")
    ws.command("approve", "a-1", "--date", "2026-12-31")  # all of it is over on that day
    assert journal(ws)[1] == {("receivable", None): 46200 + 52580, ("revenue:p", None): -84000, ("revenue:q", None): -5800, ("tax:vat", None): -8980}
    assert ws.verify()["ok"] is True


def test_a_negative_charge_is_not_deferred(ws):
    two(ws, lines=[{"product": "p", "quantity": 10}], rule="bonus")
    ws.write("rules/bonus.lua", 'return function(bill) bill:add { text = "Bonus", price = dec "-20.00" } end\n')
    ws.bill("2026-11-01")
    assert journal(ws)[1] == {("receivable", None): 44000, ("deferred:p", "2026-11-01/2026-11-30"): -42000, ("revenue:other", None): 2000, ("tax:vat", None): -4000}
