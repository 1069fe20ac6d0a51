"""A store that an older Billhook wrote (fixtures/schema-1, made by the first version) is brought forward, and billing goes on where it stopped."""
import os
import shutil
import sqlite3

import pytest
from conftest import HERE, Workspace

FIXTURE = os.path.join(HERE, "fixtures", "schema-1")
APPLICATION = 0x42484B31


@pytest.fixture
def old(tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(FIXTURE, folder)
    with open(folder / "billhook.db.sql", encoding="utf-8") as f:
        text = f.read()
    os.unlink(folder / "billhook.db.sql")
    store = sqlite3.connect(folder / "billhook.db")
    store.execute("pragma page_size = 16384")
    store.executescript(text)
    store.execute("pragma application_id = %d" % APPLICATION)
    store.execute("pragma user_version = 1")
    store.commit()
    store.close()
    os.chmod(folder / "billhook.db", 0o600)
    return Workspace(folder)


def test_reading_an_old_store_says_what_to_do(old):
    done = old.command("invoices", code=6)
    assert "schema 1 is older" in done.err and "billhook store migrate" in done.err


def test_migrate_keeps_a_backup_and_everything_else(old):
    old.command("store", "migrate")
    assert os.path.exists(old.path("billhook.db.schema-1.bak"))
    # January's part of Acme: 22 of 31 days of 2 x 40.00 (56.77) and 100.00 (70.97), less 10 % (12.77), and 8.875 % tax (10.20)
    totals = {line["id"]: line["total"] for line in old.command("invoices", "--json").lines}
    assert totals == {"acme-1": "125.17", "acme-2": "176.38", "acme-3": "176.38", "beta-1": "80.00", "beta-2": "40.00"}
    assert old.command("verify", "--json").json["ok"] is True
    old.command("store", "migrate")
    assert not os.path.exists(old.path("billhook.db.schema-1.1.bak"))


def test_billing_goes_on(old):
    march = old.command("run", "--date", "2026-03-01", "--json")
    # Acme: 2 x 40.00 + 100.00 less 10 %, with 8.875 % tax: 176.38. Beta: one left on the last of February.
    assert march.json["drafted"] + march.json["unchanged"] == 2
    assert {line["id"]: line["total"] for line in old.command("invoices", "--state", "draft", "--json").lines} == {"acme-3": "176.38", "beta-2": "40.00"}
    for batch in {line["id"]: old.command("show", line["id"], "--json").json["batch"] for line in old.command("invoices", "--state", "draft", "--json").lines}.values():
        old.approve(batch)
    numbers = sorted(line["number"] for line in old.command("invoices", "--json").lines)
    assert numbers == ["INV-2026-%06d" % n for n in range(1, 6)]
    april = old.command("run", "--date", "2026-04-01", "--json")
    assert april.json["totals"] == {"USD": "216.38"} and april.json["drafted"] == 2
    assert old.command("verify", "--json").json["ok"] is True


def test_backup_is_a_store_of_its_own(old, tmp_path):
    old.command("store", "migrate")
    copy = tmp_path / "copy.db"
    old.command("store", "backup", copy)
    assert os.stat(copy).st_mode & 0o777 == 0o600
    before = old.command("invoices", "--json").out
    again = old.command("store", "backup", copy, code=6)
    assert str(copy) in again.err and "already" in again.err
    shutil.copy(copy, old.path("billhook.db"))
    assert old.command("invoices", "--json").out == before


def test_credit_notes_of_then_are_customer_credit(old):
    store = sqlite3.connect(old.path("billhook.db"))
    store.executescript("UPDATE document SET type = 1, total = -total WHERE doc = 3; UPDATE posting SET amount = -amount WHERE doc = 3")  # 80.00 of Beta
    store.close()
    old.command("store", "migrate")
    rows = {r["client"]: (r["total"], r["customer_credit"]) for r in old.command("report", "aging", "--json").json["rows"]}
    assert rows == {"acme": ("301.55", "0.00"), "beta": ("0.00", "80.00")}  # 125.17 + 176.38
    problems = old.verify(code=1)["problems"]  # the document was tampered with: its text says 80.00 still
    assert not any(words in p for p in problems for words in ("money event", "customer credit", "receivable in", "what settled it"))
    old.command("payment", "refund", "beta", "--amount", "80.00")


def test_what_was_not_deferred_is_not_taken_out_of_deferred(old):
    old.command("credit", "acme-2", "--full", "--rebill", "--reason", "x", "--date", "2026-02-10")
    note = [d["id"] for d in old.drafts() if d["type"] == "credit_note"][0]
    old.command("approve", note)
    assert old.command("report", "revenue", "--from", "2026-01-01", "--to", "2026-12-31", "--json").json["totals"] == [
        {"currency": "USD", "invoiced": "194.97", "recognised": "194.97", "deferred": "0.00"}]  # January's 114.97 and Beta's 80.00
    assert old.verify()["ok"] is True
