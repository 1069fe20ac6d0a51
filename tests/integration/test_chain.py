"""Approval: numbers without gaps, frozen bytes, the chain of hashes; verify finds what somebody has changed."""
import hashlib
import json
import os
import sqlite3
import stat

import pytest

LEFT_OUT = ("state", "hold", "batch", "sent", "paid", "balance")


def clients(ws, names="abc", amount="10.00", starts="2026-11-01"):
    ws.config()
    ws.book('product "p" { name = "P", model = "flat", price = "%s" }\n' % amount)
    entries = []
    for c in names:
        entries += [{"id": c, "name": "Client %s" % c}, {"id": "k" + c, "client": c, "starts": starts, "lines": [{"product": "p"}]}]
    ws.clients(*entries)


def approved(ws):
    return [d for d in ws.export() if d["number"]]


def test_numbers_have_no_gaps_and_follow_the_client(ws):
    clients(ws)
    ws.bill("2026-11-01")
    ws.bill("2026-12-01")
    done = approved(ws)
    assert sorted(d["number"] for d in done) == ["INV-2026-%06d" % i for i in range(1, 7)]
    by_number = sorted(done, key=lambda d: d["number"])
    assert [d["client"]["id"] for d in by_number] == list("abcabc")


def test_a_long_answer_is_whole_for_a_program_and_short_for_a_person(ws):
    names = ["c%03d" % i for i in range(120)]
    clients(ws, names)
    batch = ws.run("2026-11-01")["batch"]
    ws.command("approve", "c007-1")
    shown = ws.command("approve", batch, "--except", "c100").out
    assert "Approved 118\n" in shown and "… and 68 more" in shown and "INV-2026-000051" in shown and "INV-2026-000052" not in shown
    again = ws.approve("c007-1", "c100-1", batch, "c003-1")
    assert again == {"approved": [{"invoice": "c007-1", "number": "INV-2026-000001"}, {"invoice": "c100-1", "number": "INV-2026-000120"},
                                  {"invoice": "c003-1", "number": "INV-2026-000005"}], "held": []}
    frozen = ws.command("export", "--canonical").out.splitlines()
    assert [json.loads(line)["number"] for line in frozen] == ["INV-2026-%06d" % i for i in range(1, 121)]


def test_a_draft_named_beside_its_batch_is_listed_once(ws):
    clients(ws)
    batch = ws.run("2026-11-01")["batch"]
    done = ws.approve("c-1", batch)["approved"]
    assert done == [{"invoice": c + "-1", "number": "INV-2026-%06d" % (i + 1)} for i, c in enumerate("cab")]


def test_a_contract_that_was_never_charged_may_move(ws):
    clients(ws, "ab")
    ws.run("2026-11-01")
    ws.clients({"id": "a", "name": "A"}, {"id": "b", "name": "B"}, {"id": "ka", "client": "b", "starts": "2026-11-01", "lines": [{"product": "p"}]},
               {"id": "kb", "client": "b", "starts": "2026-11-01", "lines": [{"product": "p"}]})
    ws.bill("2026-11-01")
    assert [(d["client"]["id"], d["total"]) for d in approved(ws)] == [("b", "20.00")]
    assert ws.verify()["ok"]


def test_a_new_year_is_a_new_series(ws):
    clients(ws, "a", starts="2026-12-01")
    ws.bill("2026-12-01")
    ws.bill("2027-01-01")
    assert sorted(d["number"] for d in approved(ws)) == ["INV-2026-000001", "INV-2027-000001"]


def test_approving_some_leaves_no_gap_for_the_rest(ws):
    clients(ws)
    batch = ws.run("2026-11-01")["batch"]
    b = next(d for d in ws.drafts() if d["client"]["id"] == "b")
    ws.command("approve", batch, "--except", b["id"])
    assert sorted(d["number"] for d in approved(ws)) == ["INV-2026-000001", "INV-2026-000002"]
    assert [d["client"]["id"] for d in ws.drafts()] == ["b"]
    assert ws.approve(b["id"])["approved"] == [{"invoice": b["id"], "number": "INV-2026-000003"}]


def test_the_number_format_is_the_workspaces(ws):
    clients(ws, "a")
    ws.config('invoicing { number = "NW{year}/{seq:4}" }\n')
    ws.bill("2026-11-01")
    assert approved(ws)[0]["number"] == "NW2026/0001"


def test_an_approval_keeps_the_drafts_date_unless_told(ws):
    clients(ws, "ab")
    ws.run("2026-11-01")
    a, b = sorted(d["id"] for d in ws.drafts())
    ws.command("approve", a)
    ws.command("approve", b, "--date", "2026-11-05")
    dates = {d["id"]: (d["issue_date"], d["due_date"]) for d in approved(ws)}
    assert dates[a] == ("2026-11-01", "2026-11-16") and dates[b] == ("2026-11-05", "2026-11-20")
    assert ws.verify()["ok"] is True


def canonical(doc):
    """RFC 8785, for documents without numbers that JavaScript would write otherwise."""
    return json.dumps(doc, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_the_frozen_bytes_are_canonical_and_are_the_document(ws):
    clients(ws)
    ws.bill("2026-11-01")
    frozen = ws.command("export", "--canonical").out.splitlines()
    assert len(frozen) == 3
    shown = {d["id"]: d for d in ws.export()}
    for text in frozen:
        doc = json.loads(text)
        assert canonical(doc) == text
        assert not set(LEFT_OUT) & set(doc)
        full = dict(shown[doc["id"]])
        assert {k: v for k, v in full.items() if k not in LEFT_OUT} == doc


def hashes(ws):
    """The chain as the store keeps it: 32-byte blobs somewhere in a table with a place and a document."""
    db = sqlite3.connect("file:%s?mode=ro" % ws.path("billhook.db"), uri=True)
    for (table,) in db.execute("select name from sqlite_master where type = 'table' and name like '%chain%'"):
        rows = db.execute("select * from %s order by 1" % table).fetchall()
        return [next(v for v in row if isinstance(v, bytes) and len(v) == 32) for row in rows]
    pytest.fail("no table of the chain")


def test_the_chain_can_be_computed_by_anybody(ws):
    clients(ws)
    ws.bill("2026-11-01")
    ws.bill("2026-12-01")
    frozen = ws.command("export", "--canonical").out.splitlines()
    previous, want = bytes(32), []
    for text in frozen:
        previous = hashlib.sha256(previous + text.encode()).digest()
        want.append(previous)
    assert len(want) == 6 and hashes(ws) == want
    assert ws.verify()["head"] == previous.hex()


def test_a_draft_has_no_frozen_bytes(ws):
    clients(ws)
    first = ws.bill("2026-11-01")[0]
    frozen = ws.command("export", "--canonical").out
    assert len(frozen.splitlines()) == 3
    ws.run("2026-12-01")
    draft = ws.drafts()[0]["id"]
    assert ws.command("export", "--canonical").out == frozen
    done = ws.command("export", "--canonical", first["id"], draft, code=2)
    assert (done.out, done.err) == ("", "billhook: %s is a draft: nothing is frozen yet\n" % draft)
    assert ws.command("export", "--canonical", first["id"]).out in frozen


def test_an_empty_chain_has_no_head(ws):
    clients(ws)
    assert ws.verify()["head"] is None
    ws.run("2026-11-01")
    assert ws.verify()["head"] is None and ws.command("export", "--canonical").out == ""


def test_frozen_bytes_do_not_move_when_the_state_does(ws):
    clients(ws)
    first = ws.bill("2026-11-01")[0]
    before = ws.command("export", "--canonical").out
    ws.command("void", first["id"], "--reason", "test")
    ws.bill("2026-11-02")
    assert ws.command("export", "--canonical").out.startswith(before)
    report = ws.verify()
    assert report["ok"] is True and report["documents"] == 4
    assert set(report["checks"]) >= {"chain", "numbers", "amounts", "journal"} and all(report["checks"].values())
    assert report["problems"] == []


def blobs(db, needle):
    """(table, column, rowid, value) wherever a stored text holds the needle."""
    for (table,) in db.execute("select name from sqlite_master where type = 'table'").fetchall():
        columns = [c[1] for c in db.execute("pragma table_info(%s)" % table)]
        for column in columns:
            try:
                rows = db.execute("select rowid, %s from %s" % (column, table)).fetchall()
            except sqlite3.OperationalError:
                continue
            for rowid, value in rows:
                text = value.encode() if isinstance(value, str) else value
                if isinstance(text, bytes) and needle in text:
                    yield table, column, rowid, value


def test_verify_finds_a_document_that_was_edited(ws):
    clients(ws, amount="71.37")
    ws.bill("2026-11-01")
    assert ws.verify()["ok"] is True
    db = sqlite3.connect(ws.path("billhook.db"))
    found = [x for x in blobs(db, b'"total":"71.37"')]
    assert found, "the stored text of a document"
    table, column, rowid, value = found[0]
    changed = value.replace(b"71.37", b"17.37") if isinstance(value, bytes) else value.replace("71.37", "17.37")
    db.execute("update %s set %s = ? where rowid = ?" % (table, column), (changed, rowid))
    db.commit()
    db.close()
    report = ws.verify(code=(1, 6))
    assert report["ok"] is False and report["checks"]["chain"] is False and report["problems"]


def test_verify_finds_a_document_that_is_gone(ws):
    clients(ws, amount="71.37")
    ws.bill("2026-11-01")
    db = sqlite3.connect(ws.path("billhook.db"))
    table, column, rowid, value = next(blobs(db, b'"total":"71.37"'))
    db.execute("pragma foreign_keys = off")
    db.execute("delete from %s where rowid = ?" % table, (rowid,))
    db.commit()
    db.close()
    done = ws.command("verify", "--json", code=(1, 6))
    assert done.code == 6 or done.json["ok"] is False


def test_the_review_hash_refuses_what_has_changed_since(ws):
    clients(ws, "ab")
    batch = ws.run("2026-11-01")["batch"]
    seen = ws.command("review", batch, "--json").json
    assert seen["batch"] == batch and seen["hash"] and seen["totals"] == {"USD": "20.00"}
    clients(ws, "ab", amount="12.00")
    batch = ws.run("2026-11-01")["batch"]
    ws.command("approve", batch, "--hash", seen["hash"], code=(1, 2))
    assert approved(ws) == []
    now = ws.command("review", batch, "--json").json
    assert now["hash"] != seen["hash"]
    ws.command("approve", batch, "--hash", now["hash"])
    assert len(approved(ws)) == 2


def test_closed_books(ws):
    clients(ws, "a")
    ws.run("2026-11-01")
    ws.config('invoicing { closed_through = "2026-11-30" }\n')
    done = ws.command("approve", ws.draft()["id"], code=(1, 2, 3))
    assert "closed_through" in done.out + done.err, "a refusal says why"
    assert approved(ws) == []
    ws.command("approve", ws.draft()["id"], "--date", "2026-12-01")
    assert approved(ws)[0]["issue_date"] == "2026-12-01"


def test_the_store_is_private(ws):
    clients(ws, "a")
    ws.bill("2026-11-01")
    assert stat.S_IMODE(os.stat(ws.path("billhook.db")).st_mode) == 0o600


def test_names_of_people_stand_beside_the_frozen_document(ws):
    ws.config('connector "sheet" { plugin = "csv", path = "counts" }\n')
    ws.book('product "seat" { name = "Seat", model = "per_unit", count = users {}, price = "5.00" }\n')
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}}, {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "seat"}]})
    ws.write("counts/assets.csv", "client,kind,class,id,name,from,to\na,user,staff,u1,Zebulon Quartermain,2026-01-01,\n")
    d = ws.bill("2026-11-01")[0]
    assert "Quartermain" not in ws.command("export", "--canonical").out
    assert "Quartermain" in ws.command("explain", d["id"], "--json").out
    evidence = ws.command("export", "--evidence").lines
    assert [e["document"] for e in evidence] == [d["id"]]
