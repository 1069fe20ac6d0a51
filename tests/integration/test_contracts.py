"""contracts = true: what a platform has as contracts becomes clients/NAME.jsonl, whole or not at all, and files of the MSP's own lie over it."""
import json
import os

import pytest
from conftest import line
from platform_says import asked, config, connector, pull, rows, says

BOOK = '''product "ws" { name = "WS", model = "per_unit", price = "10.00", ids = { psa = "4711" } }
product "av" { name = "AV", model = "per_unit", price = "4.00", ids = { psa = { "55", "56" } } }
product "own" { name = "Own", model = "per_unit", price = "1.00" }
'''
TAX = 'tax "ny" { rate = "8.875", applies = { "goods", "soft" }, ids = { psa = "TX" } }\n'
FILE = "clients/psa.jsonl"


def basic(ws, *entries, options="contracts = true", extra="", book=BOOK):
    config(ws, connector(options=options), extra=extra)
    ws.book(book)
    ws.clients({"id": "acme", "name": "Acme", "ids": {"psa": "1"}}, {"id": "beta", "name": "Beta", "ids": {"psa": 2}}, *entries)


def contract(client="1", id="17", product="4711", **keys):
    return ("contract", client, id, dict({"starts": "2026-11-01", "lines": [{"product": product, "quantity": "3"}]}, **keys))


CLIENTS = (("client", "1", "Acme"), ("client", "2", "Beta"))


def written(ws):
    return [json.loads(x) for x in ws.read(FILE).splitlines()]


def test_contracts_are_written_sorted_and_mapped(ws):
    basic(ws)
    says(ws, *CLIENTS, contract("2", "9", 56), contract("1", "18"), contract())
    row = pull(ws)
    assert row["unmapped"] == [] and {k: row["contracts"][k] for k in ("sent", "written", "changed", "gone", "left_out")} == {
        "sent": 3, "written": 3, "changed": 3, "gone": 0, "left_out": []}
    assert ws.read(FILE) == (
        '{"client":"acme","id":"17","ids":{"psa":"17"},"lines":[{"product":"ws","quantity":"3"}],"starts":"2026-11-01","type":"contract"}\n'
        '{"client":"acme","id":"18","ids":{"psa":"18"},"lines":[{"product":"ws","quantity":"3"}],"starts":"2026-11-01","type":"contract"}\n'
        '{"client":"beta","id":"9","ids":{"psa":"9"},"lines":[{"product":"av","quantity":"3"}],"starts":"2026-11-01","type":"contract"}\n')
    ws.run("2026-12-01")
    assert {d["client"]["id"]: d["total"] for d in ws.drafts()} == {"acme": "120.00", "beta": "24.00"}  # 3 x 10.00 twice, 3 x 4.00, each for two months


def test_a_file_that_does_not_change_is_not_touched(ws):
    basic(ws)
    says(ws, *CLIENTS, contract())
    pull(ws)
    before = os.stat(ws.path(FILE))
    row = pull(ws, "2026-12-02")
    after = os.stat(ws.path(FILE))
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns) and row["contracts"]["changed"] == 0
    assert sorted(os.listdir(ws.path("clients"))) == ["all.jsonl", "psa.jsonl"]


def test_without_the_key_nothing_is_written(ws):
    basic(ws, options="")
    says(ws, *CLIENTS, contract())
    assert "contracts" not in pull(ws)
    assert not os.path.exists(ws.path(FILE))


def test_a_pull_that_fails_leaves_the_file(ws):
    basic(ws)
    says(ws, *CLIENTS, contract())
    pull(ws)
    before = ws.read(FILE)
    says(ws, *CLIENTS, contract(id="18"), ("fail", "gone away"))
    assert pull(ws, "2026-12-02", code=5)["ok"] is False
    assert ws.read(FILE) == before


@pytest.mark.parametrize("bad, words", [
    (("contract", "1", "17", "[1]"), 'contract "17": expected a JSON object'),
    (("contract", "1", "17", '{"a":'), 'contract "17": '),
])
def test_what_is_no_contract_fails_the_pull(ws, bad, words):
    basic(ws)
    says(ws, *CLIENTS, bad)
    assert words in pull(ws, code=5)["error"]


def test_a_contract_twice_is_one_and_two_of_an_id_are_none(ws):
    basic(ws)
    says(ws, *CLIENTS, contract(), contract())
    assert pull(ws)["contracts"]["sent"] == 1
    says(ws, *CLIENTS, contract(), contract(starts="2026-10-01"))
    assert 'contract "17" stands twice' in pull(ws, "2026-12-02", code=5)["error"]


def test_an_unmapped_product_or_client_leaves_the_contract_as_it_was(ws):
    basic(ws)
    says(ws, *CLIENTS, contract(), contract("2", "9"))
    pull(ws)
    before = written(ws)
    says(ws, *CLIENTS, ("client", "3", "Gamma"), contract(ends="2027-01-31", lines=[{"product": "4711", "quantity": "3"}, {"product": "88"}, {"product": "89"}]),
         contract("2", "9", "4711", ends="2027-06-30"), contract("3", "30"))
    row = pull(ws, "2026-12-02", code=1)
    assert row["ok"] is True and row["unmapped"] == ["3", "contract 17", "contract 30"]
    left = {x["contract"]: x for x in row["contracts"]["left_out"]}
    assert left["17"]["products"] == ["88", "89"] and 'ids = { psa = "88" }' in left["17"]["why"]
    assert left["30"]["client"] == "3" and 'no client claims "3"' in left["30"]["why"]
    now = written(ws)
    assert now[0] == before[0]                       # 17 as it was, not half of the new one
    assert now[1]["ends"] == "2027-06-30" and len(now) == 2
    # The products are mapped: the next pull writes it whole.
    ws.book(BOOK.replace('{ "55", "56" }', '{ "55", "56", "88", "89" }'))
    says(ws, *CLIENTS, contract(ends="2027-01-31", lines=[{"product": "4711", "quantity": "3"}, {"product": "88"}, {"product": "89"}]), contract("2", "9", ends="2027-06-30"))
    assert pull(ws, "2026-12-03")["unmapped"] == []
    assert [x["product"] for x in written(ws)[0]["lines"]] == ["ws", "av", "av"]


def test_a_run_says_that_a_contract_was_left_out(ws):
    basic(ws)
    says(ws, *CLIENTS, contract("1", "17", "88"))
    run = ws.run("2026-12-01", code=1)
    (h,) = run["held"]
    assert h["reason"] == "unmapped-client" and h["invoice"] is None and 'contract "17"' in h["message"] and '"88"' in h["message"]


def test_contracts_are_not_written_without_their_client_being_asked_for(ws):
    basic(ws)
    says(ws, *CLIENTS, contract(), contract("2", "9"))
    pull(ws)
    before = ws.read(FILE)
    says(ws, ("client", "1", "Acme"), contract(), ("failed", "2", "403"))
    pull(ws, "2026-12-02")
    assert ws.read(FILE) == before
    says(ws, *CLIENTS, contract(), ("partial", "contract", "2"))
    pull(ws, "2026-12-03")
    assert ws.read(FILE) == before
    says(ws, *CLIENTS, ("partial", "*", "*"), contract(starts="2026-10-01"))
    pull(ws, "2026-12-04")
    assert [x["starts"] for x in written(ws)] == ["2026-10-01", "2026-11-01"]
    says(ws, *CLIENTS, contract())
    assert pull(ws, "2026-12-05")["contracts"]["gone"] == 1
    assert [x["id"] for x in written(ws)] == ["17"]


def test_what_was_left_out_of_changes_is_asked_for_again(ws):
    basic(ws, {"id": "us", "ids": {"psa": "asked"}})
    changes = (("ask",), *CLIENTS, ("partial", "contract", "*"), ("cursor", "7"))
    says(ws, *changes, contract(product="88"))
    pull(ws, code=1)
    says(ws, *changes, contract("2", "9"))
    pull(ws, "2026-12-02")
    assert asked(ws) == (None, "")
    pull(ws, "2026-12-03")
    assert asked(ws) == ("2026-09-01", "7")


def test_none_at_all_is_no_answer_unless_it_is_said_to_be_one(ws):
    basic(ws)
    says(ws, *CLIENTS, contract())
    pull(ws)
    says(ws, *CLIENTS, ("complete", "*", "*"))
    pull(ws, "2026-12-02")
    assert len(written(ws)) == 1
    says(ws, *CLIENTS, ("complete", "contract", "*"))
    assert pull(ws, "2026-12-03")["contracts"]["gone"] == 1
    assert ws.read(FILE) == ""


def test_a_charged_contract_that_is_gone_holds_its_client(ws):
    basic(ws)
    says(ws, *CLIENTS, contract(), contract("2", "9"))
    ws.bill("2026-12-01")
    says(ws, *CLIENTS, contract("2", "9"))
    run = ws.run("2027-01-01", code=1)
    assert [(h["client"], h["reason"]) for h in run["held"]] == [("acme", "line-removed")]


def test_own_files_lie_over_what_is_generated(ws):
    basic(ws)
    says(ws, *CLIENTS, contract(lines=[{"product": "4711", "quantity": "3"}, {"product": "55", "quantity": "2"}]))
    pull(ws)
    ws.write("clients/over.lua", 'contract "17" { client = "acme", lines = { { "ws", price = "8.00" }, { "own", quantity = 5 }, { "av", omit = true } },\n'
                                 '  discount = { percent = "50" } }\n')
    assert ws.check()["ok"] is True
    ws.run("2026-11-01")
    d = ws.draft()
    # 3 x 8.00 and 5 x 1.00, half of it
    assert [(x["product"], x["amount"]) for x in d["lines"]] == [("ws", "24.00"), ("own", "5.00")] and d["total"] == "14.50"
    # The platform's edit comes through, what is overlaid stays.
    says(ws, *CLIENTS, contract(lines=[{"product": "4711", "quantity": "4"}, {"product": "55", "quantity": "2"}]))
    ws.run("2026-11-01")
    assert [(x["product"], x["amount"]) for x in ws.draft()["lines"]] == [("ws", "32.00"), ("own", "5.00")]


def test_a_contract_of_ones_own_that_says_it_is_the_platforms_is_one_with_it(ws):
    basic(ws, {"id": "acme-it", "client": "acme", "starts": "2026-11-01", "ids": {"psa": "17"}, "lines": [{"product": "ws", "price": "9.00"}]})
    says(ws, *CLIENTS, contract())
    pull(ws)
    assert [(x["id"], x["ids"]) for x in written(ws)] == [("acme-it", {"psa": "17"})]
    ws.run("2026-11-01")
    assert [(x["contract"], x["amount"]) for x in ws.draft()["lines"]] == [("acme-it", "27.00")]


def test_a_contract_does_not_move_to_another_client_or_currency(ws):
    basic(ws)
    says(ws, *CLIENTS, contract(), contract("2", "9", currency="USD"))
    pull(ws)
    before = ws.read(FILE)
    says(ws, *CLIENTS, contract("2"), contract("2", "9", currency="EUR"))
    row = pull(ws, "2026-12-02", code=1)
    assert [x["contract"] for x in row["contracts"]["left_out"]] == ["17", "9"] and ws.read(FILE) == before


@pytest.mark.parametrize("keys, words", [
    ({"startz": "2026-11-01"}, "startz"),
    ({"starts": "soon"}, "starts"),
    ({"lines": [{"product": "4711", "pirce": "3"}]}, "pirce"),
    ({"lines": [{"product": "4711", "price": 4.5}]}, "price"),
])
def test_what_the_workspace_would_not_take_is_left_out(ws, keys, words):
    basic(ws)
    says(ws, *CLIENTS, contract(), contract("2", "9"))
    pull(ws)
    before = written(ws)
    says(ws, *CLIENTS, contract(**keys), contract("2", "9", ends="2027-01-31"), contract("2", "10", **keys))
    row = pull(ws, "2026-12-02", code=1)
    assert {x["contract"] for x in row["contracts"]["left_out"]} == {"17", "10"}
    assert all(words in x["why"] for x in row["contracts"]["left_out"])
    now = written(ws)
    assert now[0] == before[0] and now[1]["ends"] == "2027-01-31" and len(now) == 2
    assert ws.check()["ok"] is True


def test_an_id_that_is_taken_is_left_out(ws):
    basic(ws, {"id": "17", "client": "beta", "starts": "2026-11-01", "lines": [{"product": "own"}]})
    says(ws, *CLIENTS, contract(), contract("1", "18"))
    row = pull(ws, code=1)
    assert [x["contract"] for x in row["contracts"]["left_out"]] == ["17"] and [x["id"] for x in written(ws)] == ["18"]
    assert ws.check()["ok"] is True


def test_a_charge_that_names_a_contract_keeps_it(ws):
    basic(ws)
    says(ws, *CLIENTS, contract())
    pull(ws)
    before = ws.read(FILE)
    ws.write("clients/more.jsonl", json.dumps({"type": "charge", "id": "c", "client": "acme", "contract": "17", "date": "2026-11-20", "text": "X", "price": "1.00"}) + "\n")
    says(ws, *CLIENTS, contract("2", "9"))
    row = pull(ws, "2026-12-02", code=1)
    assert [x["contract"] for x in row["contracts"]["left_out"]] == ["*"] and "17" in row["contracts"]["left_out"][0]["why"]
    assert ws.read(FILE) == before and ws.check()["ok"] is True


def test_a_file_of_ones_own_is_not_replaced(ws):
    basic(ws)
    ws.write(FILE, '{"type":"client","id":"gamma","name":"Gamma"}\n')
    says(ws, *CLIENTS, contract())
    row = pull(ws, code=5)
    assert "clients/psa.jsonl:1 is no contract that a pull has written" in row["error"]
    assert "gamma" in ws.read(FILE) and rows(ws, "SELECT count(*) FROM place WHERE ref='1'") == [(0,)]


def test_taxes_are_mapped_to_the_categories_that_they_apply_to(ws):
    basic(ws, {"id": "gamma", "ids": {"psa": "3"}, "tax": ["ny"]}, extra=TAX)
    says(ws, *CLIENTS, ("client", "3", "Gamma"), contract("3", "30", lines=[{"product": "4711", "tax": "TX"}, {"product": "55", "tax": "soft"}]),
         contract("3", "31", lines=[{"product": "4711", "tax": "VAT9"}]))
    row = pull(ws, code=1)
    assert [x["tax"] for x in written(ws)[0]["lines"]] == ["goods", "soft"]
    assert [(x["contract"], "VAT9" in x["why"]) for x in row["contracts"]["left_out"]] == [("31", True)]
    ws.run("2026-11-01", code=1)
    # 10.00 + 4.00, and 8.875 % of it: 1.2425
    assert ws.draft()["taxes"][0]["amount"] == "1.24"


def test_two_products_of_one_name_are_a_mistake(ws):
    basic(ws, book=BOOK.replace('"55"', '"4711"'))
    done = ws.check(code=3)
    assert any("4711" in m["message"] and '"ws" already' in m["message"] for m in done["mistakes"])


def test_two_clients_of_one_name_get_no_contract(ws):
    basic(ws, {"id": "gamma", "ids": {"psa": "1"}})
    says(ws, *CLIENTS, contract())
    row = pull(ws, code=1)
    assert "more than one client" in row["contracts"]["left_out"][0]["why"] and not os.path.exists(ws.path(FILE))


# ---- ca ----
def test_own_certificates_are_a_file_that_exists(ws):
    ws.write("certs/own.pem", "pem\n")
    basic(ws, options='ca = "certs/own.pem"')
    assert ws.check()["ok"] is True
    basic(ws, options='ca = "%s"' % ws.path("certs/own.pem"))
    assert ws.check()["ok"] is True
    for ca in ("certs/none.pem", "certs"):
        basic(ws, options='ca = "%s"' % ca)
        (m,) = ws.check(code=3)["mistakes"]
        assert m["path"] == 'connector "psa" ca' and "no such file" in m["message"]
    ws.write("../outside.pem", "pem\n")
    basic(ws, options='ca = "../outside.pem"')
    (m,) = ws.check(code=3)["mistakes"]
    assert "leaves the workspace" in m["message"]
