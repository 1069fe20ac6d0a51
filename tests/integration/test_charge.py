"""charge: a one-off by hand is a fact in clients/charges.jsonl, and the next run drafts it."""
import json
import os
import subprocess

import pytest
from conftest import BIN, line

BOOK = ('product "p" { name = "P", model = "flat", price = "100.00" }\n'
        'product "toner" { name = "Toner", model = "per_unit", unit = "piece", cost = "50.00", markup = "15%", tax = "hardware" }\n'
        'product "bare" { name = "Bare", model = "per_unit" }\n')


def wrote(ws, config="", **client):
    ws.config(config)
    ws.book(BOOK)
    ws.clients(dict({"id": "a", "name": "A"}, **client), {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "p"}]})


def charge(ws, *args, code=0, date="2026-11-18"):
    return ws.command("charge", "a", *args, "--date", date, "--by", "anna", "--json", code=code)


def entries(ws):
    return [json.loads(x) for x in ws.read("clients/charges.jsonl").splitlines()]


def test_a_text_with_its_price_is_drafted_by_the_next_run(ws):
    wrote(ws)
    ws.bill("2026-11-01")
    done = charge(ws, "--text", "Moved the router", "--quantity", "1.5", "--price", "80.00", "--po", "PO-9").json
    assert (done["client"], done["date"], done["file"]) == ("a", "2026-11-18", "clients/charges.jsonl")
    assert entries(ws) == [{"type": "charge", "id": done["charge"], "client": "a", "date": "2026-11-18", "text": "Moved the router", "quantity": "1.5",
                            "price": "80.00", "po": "PO-9"}]
    assert ws.check()["ok"] is True
    run = ws.run("2026-11-18")
    assert run["drafted"] == 1 and run["held"] == []
    x = ws.draft()["lines"][0]
    assert (x["kind"], x["description"], x["quantity"], x["unit_price"], x["amount"]) == ("once", "Moved the router", "1.5", "80.00", "120.00")
    assert x["period"] == {"from": "2026-11-18", "to": "2026-11-18"}
    ws.approve(run["batch"], date="2026-11-18")
    assert ws.run("2026-11-19")["drafted"] == 0 and ws.verify()["ok"] is True


def test_markup_prices_it_from_its_cost(ws):
    wrote(ws)
    charge(ws, "--product", "toner", "--quantity", "2", "--cost", "60.00")
    charge(ws, "--product", "toner", "--quantity", "1")
    charge(ws, "--product", "toner", "--quantity", "1", "--price", "70.00", "--cost", "60.00")
    ws.run("2026-11-18")
    got = sorted((x["unit_price"], x["amount"]) for x in ws.draft()["lines"] if x["product"] == "toner")
    assert got == [("57.50", "57.50"), ("69.00", "138.00"), ("70.00", "70.00")]  # 60.00 and 50.00, plus 15 %


def test_the_same_twice_on_one_day_is_two_charges(ws):
    wrote(ws)
    one = charge(ws, "--text", "Call-out", "--quantity", "1", "--price", "40.00").json["charge"]
    two = charge(ws, "--text", "Call-out", "--quantity", "1", "--price", "40.00").json["charge"]
    assert one[:-1] == two[:-1] and (one[-1], two[-1]) == ("1", "2")
    ws.run("2026-11-18")
    assert [x["amount"] for x in ws.draft()["lines"] if x["kind"] == "once"] == ["40.00", "40.00"]


def test_the_id_is_never_from_chance(make):
    a, b = make("a"), make("b")
    for w in (a, b):
        wrote(w)
    assert charge(a, "--text", "x", "--quantity", "1", "--price", "1").json == charge(b, "--text", "x", "--quantity", "1", "--price", "1").json


def test_what_stands_in_the_file_stays_as_it_is(ws):
    wrote(ws)
    old = '{"type": "charge", "id": "mine", "client": "a", "date": "2026-11-02", "text": "Ü", "price": "1.00"}'  # and no newline
    path = ws.write("clients/charges.jsonl", old)
    os.chmod(path, 0o640)
    charge(ws, "--text", "x", "--quantity", "1", "--price", "2.00")
    lines = ws.read("clients/charges.jsonl").split("\n")
    assert lines[0] == old and len(lines) == 3 and lines[2] == ""
    assert os.stat(path).st_mode & 0o777 == 0o640
    assert sorted(os.listdir(ws.path("clients"))) == ["all.jsonl", "charges.jsonl"]


@pytest.mark.parametrize("args,word", [
    (["--quantity", "1", "--price", "1"], "--product"),
    (["--text", "x", "--product", "p", "--quantity", "1", "--price", "1"], "--text"),
    (["--text", "x", "--price", "1"], "--quantity"),
    (["--text", "x", "--quantity", "1"], "--price"),
    (["--text", "x", "--quantity", "many", "--price", "1"], "quantity"),
    (["--text", "x", "--quantity", "-1", "--price", "1"], "quantity"),
    (["--text", "x", "--quantity", "1", "--price", "1,50"], "price"),
    (["--text", "x", "--quantity", "1", "--price", "1.0000000001"], "price"),
    (["--product", "pp", "--quantity", "1", "--price", "1"], "pp"),
    (["--product", "bare", "--quantity", "1"], "price"),
    (["--text", "x", "--quantity", "1", "--price", "1", "--cost", "free"], "cost")])
def test_what_check_would_refuse_is_not_written(ws, args, word):
    wrote(ws)
    assert word in charge(ws, *args, code=2).err
    assert not os.path.exists(ws.path("clients/charges.jsonl"))


def test_a_client_that_is_not_there(ws):
    wrote(ws)
    assert "nobody" in ws.command("charge", "nobody", "--text", "x", "--quantity", "1", "--price", "1", code=2).err


def test_a_workspace_with_mistakes_takes_no_charge(ws):
    wrote(ws)
    ws.write("clients/charges.jsonl", '{"type": "charge", "id": "old", "client": "a", "date": "2026-11-02", "prise": "1.00", "text": "y"}\n')
    done = charge(ws, "--text", "x", "--quantity", "1", "--price", "1", code=3)
    assert "clients/charges.jsonl:1" in done.err and "prise" in done.err
    assert len(entries(ws)) == 1


def test_two_at_once_are_two_lines(ws):
    wrote(ws)
    ws.run("2026-11-01")
    argv = [BIN, "-w", ws.folder, "charge", "a", "--text", "x", "--quantity", "1", "--price", "1.00", "--date", "2026-11-18", "--wait", "60"]
    for p in [subprocess.Popen(argv, stdout=subprocess.DEVNULL) for _ in range(4)]:
        assert p.wait(timeout=60) == 0
    assert len({e["id"] for e in entries(ws)}) == 4 == len(entries(ws))


def test_a_charge_dated_in_closed_books_is_billed_in_the_open_ones(ws):
    """No document is dated in closed books; what was done in them is billed on the next one."""
    wrote(ws, 'invoicing { closed_through = "2026-11-30" }\n')
    charge(ws, "--text", "Forgotten visit", "--quantity", "1", "--price", "95.00")
    n = ws.bill("2026-12-01")[0]
    x = line(n, kind="once")
    assert n["issue_date"] == "2026-12-01" and x["period"]["from"] == "2026-11-18" and x["amount"] == "95.00"


def test_it_can_be_credited_and_ends_up_where_its_purchase_order_is(ws):
    wrote(ws, split=["po"])
    charge(ws, "--text", "x", "--quantity", "1", "--price", "10.00", "--po", "PO-9")
    docs = ws.bill("2026-11-18")
    assert sorted(d["total"] for d in docs) == ["10.00", "100.00"]
    note = ws.command("credit", [d for d in docs if d["total"] == "10.00"][0]["id"], "--full", "--reason", "x", "--date", "2026-11-19", "--json").json
    ws.approve(note["invoice"], date="2026-11-19")
    assert ws.run("2026-11-20")["drafted"] == 0 and ws.verify()["ok"] is True
