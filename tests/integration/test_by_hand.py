"""What people did stands in the record, and verify knows what must be there."""
import sqlite3

import pytest
from conftest import line

NOON = {"BILLHOOK_NOW": "2026-11-20T12:00:00Z"}


def wrote(ws, price="100.00", **contract):
    ws.config('tax "vat" { name = "VAT", rate = "20" }\ntax "in" { name = "In", rate = "10", inclusive = true, applies = { "food" } }\n')
    ws.book('product "p" { name = "P", model = "flat", price = "%s" }\nproduct "q" { name = "Q", model = "flat", price = "11.00", tax = "food" }\n' % price)
    ws.clients({"id": "a", "name": "A", "tax": ["vat", "in"]},
               dict({"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "p"}, {"product": "q"}],
                     "discount": {"percent": "10", "reason": "loyal"}}, **contract))


def did(ws, what):
    return [(e["who"], e["what"], e["reason"]) for e in ws.explain(what)["events"]]


def test_every_correction_says_who_when_and_why(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    ws.command("hold", n["id"], "--reason", "disputed", "--by", "anna", env=NOON)
    ws.command("release", n["id"], "--reason", "settled", "--by", "ben", env=NOON)
    note = ws.command("credit", n["id"], "--amount", "5.00", "--reason", "late", "--by", "cleo", "--json", env=NOON).json["invoice"]
    ws.command("void", note, "--reason", "not after all", "--by", "dora", env=NOON)
    ws.command("reopen", n["id"], "--reason", "wrong price", "--by", "emil", env=NOON)
    assert did(ws, n["id"]) == [("anna", "held", "disputed"), ("ben", "released", "settled"), ("cleo", "credited by a-2", "late"), ("emil", "reopened", "wrong price")]
    assert ws.explain(n["id"])["events"][0]["at"] == "2026-11-20T12:00:00Z"
    shown = ws.command("show", n["id"]).out
    for word in ("anna", "disputed", "cleo", "2026-11-20T12:00:00Z"):
        assert word in shown
    document = ws.command("show", n["id"], "--json").json
    assert "events" not in document and document == ws.export(n["id"])[0]  # sinks do not get it


def test_a_forced_approval_and_a_void_are_recorded(ws):
    wrote(ws)
    ws.run("2026-11-01")
    ws.command("hold", "a-1", "--reason", "x", "--by", "anna", env=NOON)
    ws.command("approve", "a-1", "--force", "agreed", "--by", "ben", env=NOON)
    ws.command("void", "a-1", "--reason", "sent to nobody", "--by", "cleo", env=NOON)
    assert did(ws, "a-1") == [("anna", "held", "x"), ("ben", "forced", "agreed"), ("cleo", "void", "sent to nobody")]


def corrected(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    wrote(ws, "90.00")
    ws.command("reopen", n["id"], line(n, product="p")["id"], "--reason", "x", "--date", "2026-11-20")
    ws.bill("2026-11-20")
    ws.command("reopen", n["id"], "q", "--reason", "x", "--date", "2026-11-20")
    ws.run("2026-11-20")  # no difference: settled
    ws.command("hold", n["id"], "--reason", "x", "--date", "2026-11-20")
    assert ws.verify()["ok"] is True


@pytest.mark.parametrize("sql,check,word", [
    ("update posting set account = (select num from account where name = 'deferred:q') where account = (select num from account where name = 'deferred:p') and doc = 2",
     "journal", "product q"),
    ("update account set name = 'tax:zz' where name = 'tax:in'", "journal", "tax in"),
    ("update posting set amount = amount + case account when (select num from account where name = 'deferred:p') then 1 else 0 end"
     " - case account when (select num from account where name = 'deferred:q') then 1 else 0 end where doc = 1", "journal", "product p"),
    ("delete from reopened where key like 'p%'", "keys", "nobody asked for"),
    ("update reopened set book = 999 where settled = 1", "keys", "price book"),
    ("update reopened set contract = 99 where settled = 1", "keys", "contract 99"),
    ("update by_hand_hold set doc = 77", "store", "document 77"),
    ("update by_hand_hold set client = 5", "store", "client 5"),
])
def test_verify_finds_what_does_not_fit(ws, sql, check, word):
    corrected(ws)
    db = sqlite3.connect(ws.path("billhook.db"))
    assert db.execute(sql).rowcount > 0
    db.commit()
    db.close()
    said = ws.verify(code=1)
    assert said["checks"][check] is False and any(word in p for p in said["problems"]), said


@pytest.mark.parametrize("was,now,word", [(b"p#1", b"p#2", "key"), (b"a-1:1", b"a-1:2", "a-1:1")])
def test_verify_compares_what_is_charged_with_what_was_frozen(ws, was, now, word):
    corrected(ws)
    db = sqlite3.connect(ws.path("billhook.db"))
    (body,) = db.execute("select body from line where doc = 1 and n = 0").fetchone()
    assert was in body
    db.execute("update line set body = ? where doc = 1 and n = 0", (body.replace(was, now, 1),))
    db.commit()
    db.close()
    said = ws.verify(code=1)
    assert any(word in p for p in said["problems"]), said
