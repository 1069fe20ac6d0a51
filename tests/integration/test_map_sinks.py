"""map asks sinks as well, at once: which customer, item and tax of a ledger is which of ours. Nothing of it is kept but what --write puts into clients/ids.jsonl."""
import os

from platform_says import config, connector, pull, rows, says

BOOK = '''product "ws" { name = "Workstation care", model = "per_unit", count = devices {}, price = "10.00"%s }
product "dock" { name = "Docking station", model = "per_unit", price = "180.00" }
'''
VAT = 'tax "vat" { rate = "20", name = "VAT standard", applies = { "goods" }%s }\n'


def sink(name="books", options=""):
    return 'sink "%s" { plugin = "test_ledger", path = "%s.txt"%s }\n' % (name, name, options)


def workspace(ws, *clients, sinks=None, psa=False, ids="", tax_ids=""):
    config(ws, *([connector()] if psa else []), sink() if sinks is None else sinks, extra=VAT % tax_ids)
    ws.book(BOOK % ids)
    ws.clients(*clients)


def asked(ws, *args, code=0):
    return ws.command("map", "--date", "2026-12-01", "--json", *args, code=code).json


def one(ws, *args, code=0, name="books"):
    return next(s for s in asked(ws, *args, code=code)["sinks"] if s["name"] == name)


def test_both_sides_without_anything_pulled(ws):
    workspace(ws, {"id": "acme", "name": "Acme", "ids": {"books": "1"}}, {"id": "beta", "name": "Beta Ltd"}, {"id": "old", "ends": "2026-11-30"}, {"id": "gone", "ids": {"books": "77"}})
    says(ws, ("client", "1", "Acme"), ("client", "2", "BETA", "beta.example"), ("client", "9", "Gamma"), ("client", "9", "Gamma again"), name="books")
    done = asked(ws, code=1)
    assert done["connectors"] == [] and done["written"] == [] and done["file"] is None
    assert done["sinks"] == [{"name": "books", "ok": True, "error": None, "clients": 3,
                              "unclaimed": [{"client": "2", "name": "BETA", "domain": "beta.example", "paste": 'ids = { books = "2" }'},
                                            {"client": "9", "name": "Gamma", "domain": None, "paste": 'ids = { books = "9" }'}],
                              "without_id": [{"client": "beta", "name": "Beta Ltd"}], "unknown": [{"client": "gone", "id": "77"}], "products": [], "taxes": []}]
    assert not os.path.exists(ws.path("billhook.db"))


def test_a_ledgers_other_customers_are_no_work(ws):
    workspace(ws, {"id": "acme", "name": "Acme", "ids": {"books": "1"}})
    says(ws, ("client", "1", "Acme"), ("client", "2", "Stationery Ltd"), name="books")
    assert [x["client"] for x in one(ws, "--suggest")["unclaimed"]] == ["2"]
    ws.clients({"id": "acme", "name": "Acme", "ids": {"books": "1"}}, {"id": "b", "name": "B"})
    assert [x["client"] for x in one(ws, code=1)["without_id"]] == ["b"]  # that is
    ws.clients({"id": "acme", "name": "Acme", "ids": {"books": "1"}}, {"id": "b", "name": "B", "ids": {"books": "3"}})
    assert one(ws, code=1)["unknown"] == [{"client": "b", "id": "3"}]  # and that


def test_what_is_written_is_read(ws):
    workspace(ws, {"id": "acme", "name": "Acme"}, {"id": "blue", "name": "Blue Sky", "email": "ap@bluesky.example"}, {"id": "twin", "name": "Twin"}, psa=True)
    says(ws, ("client", "p", "Acme"), ("complete", "*", "*"))
    says(ws, ("client", "1", "ACME Inc."), ("client", "2", "Blue-Sky Clinics", "bluesky.example"), ("client", "3", "Twin AG"), ("client", "4", "Twin Ltd"), ("client", "5", "Other"), name="books")
    pull(ws, code=1)
    before = rows(ws, "SELECT * FROM place")
    done = asked(ws, "--write", code=1)
    assert done["written"] == [{"client": "acme", "connector": "psa", "id": "p"}, {"client": "acme", "connector": "books", "id": "1"}, {"client": "blue", "connector": "books", "id": "2"}]
    (books,) = done["sinks"]
    assert {x["client"]: [(s["client"], s["reasons"], s["exact"]) for s in x["suggestions"]] for x in books["unclaimed"]} == {
        "1": [("acme", ["id", "name"], True)], "2": [("blue", ["domain", "words"], True)], "3": [("twin", ["id", "name"], True)], "4": [("twin", ["id", "name"], True)], "5": []}
    assert [x["client"] for x in books["unclaimed"] if x["unique"]] == ["1", "2"]
    assert [x["client"] for x in books["without_id"]] == ["twin"]  # who has just been given one has one
    assert ws.read("clients/ids.jsonl") == '{"id":"acme","ids":{"books":"1","psa":"p"},"type":"ids"}\n{"id":"blue","ids":{"books":"2"},"type":"ids"}\n'
    assert ws.check()["ok"] is True and rows(ws, "SELECT * FROM place") == before
    ws.clients({"id": "acme", "name": "Acme"}, {"id": "blue", "name": "Blue Sky"}, {"id": "twin", "name": "Twin", "ids": {"books": "4"}})
    books = one(ws, code=0)
    assert [x["client"] for x in books["unclaimed"]] == ["3", "5"] and books["without_id"] == [] and books["unknown"] == []


def test_who_gets_no_invoices_there_needs_no_id_there(ws):
    workspace(ws, {"id": "p", "name": "P", "ids": {"books": "1", "other": "1"}}, {"id": "child", "parent": "p", "match": {"site": "Troy"}}, {"id": "bound", "bill_to": "p"},
          {"id": "elsewhere", "sinks": ["other"]}, {"id": "here", "sinks": ["other", "books"]}, {"id": "everywhere"}, sinks=sink() + sink("other"))
    says(ws, ("client", "1", "P"), name="books")
    says(ws, ("client", "1", "P"), name="other")
    assert [x["client"] for x in one(ws, code=1)["without_id"]] == ["everywhere", "here"]
    assert [x["client"] for x in one(ws, code=1, name="other")["without_id"]] == ["elsewhere", "everywhere", "here"]


def test_products_and_taxes(ws):
    workspace(ws, {"id": "a", "ids": {"books": "1"}})
    says(ws, ("client", "1", "A"), ("product", "41", "Workstation Care"), ("product", "dock", "Docks"), ("product", "50", "Paper"), ("tax", "T1", "VAT Standard", "20"), ("tax", "T2", "Zero"),
         name="books")
    books = one(ws, "--suggest")  # a ledger has more items than we sell: nothing is left open
    assert [(x["product"], x["name"], x["paste"], [s["product"] for s in x["suggestions"]], x["unique"]) for x in books["products"]] == [
        ("41", "Workstation Care", 'ids = { books = "41" }', ["ws"], True), ("50", "Paper", 'ids = { books = "50" }', [], False),
        ("dock", "Docks", 'ids = { books = "dock" }', ["dock"], True)]  # called the same, and not mapped: documents carry what `ids` say
    assert [(x["tax"], x["paste"], [s["tax"] for s in x["suggestions"]]) for x in books["taxes"]] == [("T1", 'ids = { books = "T1" }', ["vat"]), ("T2", 'ids = { books = "T2" }', [])]
    workspace(ws, {"id": "a", "ids": {"books": "1"}}, ids=", " + books["products"][0]["paste"], tax_ids=", " + books["taxes"][0]["paste"])
    books = one(ws)
    assert [x["product"] for x in books["products"]] == ["50", "dock"] and [x["tax"] for x in books["taxes"]] == ["T2"]


def test_one_that_fails_costs_itself_alone(ws):
    workspace(ws, {"id": "acme", "name": "Acme", "ids": {"down": "5"}}, psa=True,
          sinks=sink() + sink("down") + sink("dead") + 'sink "none" { plugin = "not_there", url = "x" }\nsink "wrong" { plugin = "test_script", path = "psa.txt" }\n')
    says(ws, ("client", "p", "Acme"), ("complete", "*", "*"))
    says(ws, ("client", "1", "Acme"), name="books")
    says(ws, ("client", "6", "Acme"), ("product", "x", "X"), ("fail", "the ledger is closed"), name="down")
    says(ws, ("client", "6", "Acme"), ("die",), name="dead")
    pull(ws, code=1)
    done = asked(ws, "--write", code=5)
    assert done["written"] == [{"client": "acme", "connector": "psa", "id": "p"}, {"client": "acme", "connector": "books", "id": "1"}]
    s = {x["name"]: x for x in done["sinks"]}
    assert {k: x["ok"] for k, x in s.items()} == {"books": True, "down": False, "dead": False, "none": False, "wrong": False}
    assert 'sink "down"' in s["down"]["error"] and "the ledger is closed" in s["down"]["error"]
    assert 'sink "dead"' in s["dead"]["error"] and "clients" in s["dead"]["error"]
    assert s["none"]["error"] == 'sink "none": no plugin "not_there" is installed' and s["wrong"]["error"] == 'sink "wrong": no plugin "test_script" is installed'
    # What came before it failed is half a list: nobody is unknown by it, and nothing is written of it.
    assert s["down"]["clients"] == 0 and s["down"]["unclaimed"] == [] and s["down"]["unknown"] == [] and s["down"]["products"] == []
    assert [x["client"] for x in s["dead"]["without_id"]] == ["acme"]
    out = ws.command("map", code=5).out
    assert "the ledger is closed" in out and 'no plugin "not_there"' in out and "dead: it names no clients" not in out


def test_one_that_is_not_installed_is_told_and_fails_nothing(ws):
    workspace(ws, {"id": "acme", "name": "Acme"}, sinks='sink "mail" { plugin = "not_there", url = "x" }\n')
    row = asked(ws)["sinks"][0]
    assert row["ok"] is False and "not_there" in row["error"] and row["without_id"] == row["unclaimed"] == []
    assert 'no plugin "not_there" is installed' in ws.command("map").out


def test_only_those_that_are_named_are_asked(ws):
    workspace(ws, {"id": "acme", "name": "Acme", "ids": {"books": "1", "psa": "p"}}, psa=True, sinks=sink() + sink("down"))
    says(ws, ("client", "1", "Acme"), name="books")
    says(ws, ("fail", "closed"), name="down")
    done = asked(ws, "--connector", "books")
    assert done["connectors"] == [] and [x["name"] for x in done["sinks"]] == ["books"]
    done = asked(ws, "--connector", "psa")
    assert [x["name"] for x in done["connectors"]] == ["psa"] and "sinks" not in done
    assert "no connector or sink of that name" in ws.command("map", "--connector", "nobody", code=2).err


def test_without_a_sink_there_is_nothing_new(ws):
    workspace(ws, {"id": "acme", "ids": {"psa": "p"}}, psa=True, sinks="")
    assert "sinks" not in asked(ws)
    assert ws.command("map").out == ""


def test_a_sink_without_clients_has_none_to_map(ws):
    workspace(ws, {"id": "acme", "name": "Acme"})
    says(ws, name="books")
    assert one(ws)["without_id"] == []
    assert "books: it names no clients" in ws.command("map").out
    ws.clients({"id": "acme", "name": "Acme"}, {"id": "b", "ids": {"books": "1"}})  # somebody thinks otherwise
    books = one(ws, code=1)
    assert [x["client"] for x in books["without_id"]] == ["acme"] and [x["client"] for x in books["unknown"]] == ["b"]


def test_its_secrets_are_handed_over_and_told_nobody(ws):
    workspace(ws, {"id": "acme", "ids": {"books": "1"}}, sinks=sink(options=', token = secret "env:BOOKS_TOKEN"'))
    says(ws, ("secret", "s3cr3t-t0ken"), ("client", "1", "Acme"), name="books")
    assert ws.command("map", env={"BOOKS_TOKEN": "s3cr3t-t0ken"}).code == 0
    done = ws.command("map", "--json", env={"BOOKS_TOKEN": "an0ther-t0ken"}, code=5)
    assert "another token" in done.json["sinks"][0]["error"] and "t0ken" not in done.out + done.err
    done = ws.command("map", "--json", code=5)
    assert "BOOKS_TOKEN" in done.json["sinks"][0]["error"] and done.json["sinks"][0]["error"].startswith('sink "books": token')


def test_for_a_person(ws):
    workspace(ws, {"id": "acme", "name": "Acme"}, {"id": "b", "name": "Bakery", "ids": {"books": "8"}})
    says(ws, ("client", "1", "ACME Inc."), ("client", "2", "Stationery Ltd"), ("client", "3", "Bakery"), ("client", "8", "The Bakery"), name="books")
    out = ws.command("map", code=1).out
    assert "Stationery" not in out and "books: 3 clients of its own that no client claims (--suggest" in out and "books: clients of yours without an id there" in out
    out = ws.command("map", "--suggest", code=1).out
    assert "books: clients that may be yours" in out and "= acme (100, id, name)" in out
    assert "Stationery" not in out and "books: 2 clients of its own" in out  # the other bakery is of one that has its id
    out = ws.command("map", "--write").out
    assert "Written: acme is 1 of books" in out and "without an id" not in out
