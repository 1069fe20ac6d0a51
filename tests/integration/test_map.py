"""map: which platform client is which of ours; only what is unique and exact is written down."""
import json
import os

from platform_says import config, connector, pull, says

BOOK = '''product "ws" { name = "Workstation care", model = "per_unit", count = devices {}, price = "10.00" }
product "m365-bp" { name = "Microsoft 365 Business Premium", model = "per_unit", price = "20.00" }
'''


def basic(ws, *clients, rmm=False, extra="", options=""):
    config(ws, connector(options=options), *([connector("rmm")] if rmm else []), extra=extra)
    ws.book(BOOK)
    ws.clients(*clients)


def mapped(ws, *args, code=(0, 1), name="psa"):
    done = ws.command("map", "--date", "2026-12-01", "--json", *args, code=code).json
    return next(c for c in done["connectors"] if c["name"] == name)


def guesses(row):
    """client there -> the first suggestion, with what speaks for it"""
    return {x["client"]: (x["suggestions"][0]["client"], x["suggestions"][0]["reasons"], x["suggestions"][0]["exact"], x["unique"]) if x["suggestions"] else None
            for x in row["unclaimed"]}


def test_both_sides_are_listed(ws):
    basic(ws, {"id": "acme", "name": "Acme", "ids": {"psa": "1"}}, {"id": "beta", "name": "Beta Ltd"}, {"id": "old", "ends": "2026-11-30"},
          {"id": "gone", "ids": {"psa": "77"}}, {"id": "site", "parent": "acme", "match": {"site": "Troy"}})
    says(ws, ("client", "1", "Acme"), ("client", "9", "Gamma", "gamma.example"), ("asset", "9", "device", "", "d1", "PC1"), ("asset", "9", "user", "", "u1", "Ann"),
         ("complete", "*", "*"))
    pull(ws, code=1)
    row = mapped(ws, code=1)
    assert [{k: x[k] for k in ("client", "name", "domain", "devices", "users", "paste")} for x in row["unclaimed"]] == [
        {"client": "9", "name": "Gamma", "domain": "gamma.example", "devices": 1, "users": 1, "paste": 'ids = { psa = "9" }'}]
    assert [x["client"] for x in row["without_id"]] == ["beta"]
    assert row["unknown"] == [{"client": "gone", "id": "77"}]
    assert "suggestions" not in row["unclaimed"][0]


def test_what_is_claimed_everywhere_is_no_work(ws):
    basic(ws, {"id": "acme", "ids": {"psa": "1"}})
    says(ws, ("client", "1", "Acme"), ("complete", "*", "*"))
    pull(ws)
    assert mapped(ws, code=0)["unclaimed"] == []
    says(ws, ("client", "1", "Acme"), ("client", "2", "Beta"), ("complete", "*", "*"))
    pull(ws, "2026-12-01", code=1)
    says(ws, ("client", "1", "Acme"), ("complete", "*", "*"))
    pull(ws, "2026-12-01")
    assert mapped(ws, code=0)["unclaimed"] == []  # it is gone there


def test_by_id_name_and_domain(ws):
    basic(ws, {"id": "acme-dental", "name": "Ackerman Dentists"}, {"id": "c2", "name": "Müller & Söhne GmbH & Co. KG"}, {"id": "c3", "name": "Blue Sky", "email": ["ap@bluesky.example"]},
          {"id": "c4", "name": "North Wind Holding", "contacts": [{"email": "cfo@www-north.example"}]}, {"id": "c5", "name": "Lake Yoga", "email": "lake@gmail.com"})
    says(ws, ("client", "17", "ACME Dental, Inc."), ("client", "18", "Mueller und Soehne"), ("client", "19", "Blue-Sky Ltd", "BlueSky.example"),
         ("client", "20", "NWH", "www-north.example"), ("client", "21", "Someone", "gmail.com"))
    pull(ws, code=1)
    assert guesses(mapped(ws, "--suggest")) == {
        "17": ("acme-dental", ["id"], True, True),
        "18": ("c2", ["name"], True, True),
        "19": ("c3", ["name", "domain"], True, True),
        "20": ("c4", ["domain"], False, False),  # one domain, no word in common: it may be a sister
        "21": None}


def test_two_that_may_be_meant_are_not_written(ws):
    basic(ws, {"id": "a", "name": "Acme Inc"}, {"id": "b", "name": "Acme GmbH"}, {"id": "c", "name": "Gamma"})
    says(ws, ("client", "1", "ACME"), ("client", "2", "Gamma AG"), ("client", "3", "Gamma B.V."))
    pull(ws, code=1)
    done = ws.command("map", "--write", "--json", "--date", "2026-12-01", code=1).json
    g = {x["client"]: x for x in done["connectors"][0]["unclaimed"]}
    assert sorted(s["client"] for s in g["1"]["suggestions"]) == ["a", "b"] and not g["1"]["unique"]
    assert not g["2"]["unique"] and not g["3"]["unique"]
    assert done["written"] == [] and done["file"] is None and not os.path.exists(ws.path("clients/ids.jsonl"))


def test_one_that_has_an_id_there_is_only_proposed(ws):
    basic(ws, {"id": "a", "name": "Acme", "ids": {"psa": "1"}})
    says(ws, ("client", "1", "Acme"), ("client", "2", "Acme Inc."))
    pull(ws, code=1)
    (x,) = mapped(ws, "--suggest")["unclaimed"]
    assert x["suggestions"][0]["client"] == "a" and x["suggestions"][0]["has_id"] and not x["unique"]


def test_by_what_other_connectors_know(ws):
    basic(ws, {"id": "a", "name": "A 1", "ids": {"rmm": "r1"}}, {"id": "b", "name": "B 2", "ids": {"rmm": "r2"}}, {"id": "c", "name": "C 3", "ids": {"rmm": "r3"}}, rmm=True)
    says(ws, ("client", "r1", "Riverside Clinic"), *[("asset", "r1", "device", "", "x%d" % i, "RIV-%d" % i) for i in range(4)], ("asset", "r1", "device", "", "dc", "DC01"),
         ("client", "r2", "Hill"), *[("asset", "r2", "device", "", "y%d" % i, "HILL-%d" % i) for i in range(2)], ("asset", "r2", "device", "", "dc", "dc01"),
         ("client", "r3", "", "valley.example"), ("complete", "*", "*"), name="rmm")
    says(ws, ("client", "p1", "Riverside clinic LLC"),
         ("client", "p2", "Upper Town"), *[("asset", "p2", "device", "", "z%d" % i, "hill-%d" % i) for i in range(2)], ("asset", "p2", "device", "", "z9", "DC01"),
         ("client", "p3", "Valley C", "valley.example"), ("client", "p4", "Elsewhere"), ("asset", "p4", "device", "", "q1", "DC01"), ("asset", "p4", "device", "", "q2", "RIV-0"))
    pull(ws, code=1)
    g = guesses(mapped(ws, "--suggest"))
    assert g["p1"] == ("a", ["name"], True, True)  # as the other connector calls it
    assert g["p2"] == ("b", ["devices"], False, False)  # two of three; DC01 is everybody's
    assert g["p3"] == ("c", ["domain", "words"], True, True)  # the other connector's domain, and a word of the name
    assert g["p4"] is None  # one device is no overlap
    scores = {x["client"]: x["suggestions"][0]["score"] for x in mapped(ws, "--suggest")["unclaimed"] if x["suggestions"]}
    assert scores["p2"] == 63  # two of three: 95 x 2 / 3


def test_what_is_written_is_read(ws):
    basic(ws, {"id": "acme", "name": "Acme", "ids": {"rmm": "r"}}, {"id": "beta", "name": "Beta"}, {"id": "kb", "client": "beta", "starts": "2026-12-01", "lines": [{"product": "ws"}]},
          rmm=True)
    before = ws.read("clients/all.jsonl")
    says(ws, name="rmm")
    says(ws, ("client", "1", "ACME Inc."), ("client", "2", "Beta"), ("asset", "2", "device", "", "d", "PC"), ("client", "3", "Other"), ("complete", "*", "*"))
    pull(ws, code=1)
    done = ws.command("map", "--write", "--json", "--date", "2026-12-01", code=1).json
    assert done["written"] == [{"client": "acme", "connector": "psa", "id": "1"}, {"client": "beta", "connector": "psa", "id": "2"}] and done["file"] == "clients/ids.jsonl"
    assert ws.read("clients/ids.jsonl") == '{"id":"acme","ids":{"psa":"1"},"type":"ids"}\n{"id":"beta","ids":{"psa":"2"},"type":"ids"}\n'
    assert ws.read("clients/all.jsonl") == before and ws.check()["ok"] is True
    assert [x["client"] for x in mapped(ws, code=1)["unclaimed"]] == ["3"]
    ws.run("2026-12-01", code=(0, 1))
    assert ws.draft("beta")["total"] == "10.00"
    # A later one joins what is there; other lines are left alone.
    ws.write("clients/ids.jsonl", ws.read("clients/ids.jsonl") + json.dumps({"type": "client", "id": "zeta", "name": "Zeta"}) + "\n")
    says(ws, ("client", "r9", "Beta"), ("client", "r", "Acme"), ("client", "z", "Zeta"), name="rmm")
    pull(ws, "2026-12-02", code=1)
    done = ws.command("map", "--write", "--json", "--date", "2026-12-02", "--connector", "rmm", code=0).json
    assert [x["client"] for x in done["written"]] == ["beta", "zeta"]
    assert [json.loads(x) for x in ws.read("clients/ids.jsonl").splitlines()] == [
        {"id": "acme", "ids": {"psa": "1"}, "type": "ids"}, {"id": "beta", "ids": {"psa": "2", "rmm": "r9"}, "type": "ids"}, {"type": "client", "id": "zeta", "name": "Zeta"},
        {"id": "zeta", "ids": {"rmm": "z"}, "type": "ids"}]
    assert ws.check()["ok"] is True


def test_written_ids_join_a_clients_own(ws):
    basic(ws, {"id": "p", "name": "P", "ids": {"psa": "1"}}, {"id": "kp", "client": "p", "starts": "2026-12-01", "lines": [{"product": "ws"}]},
          {"id": "c", "parent": "p", "match": {"site": "Troy"}}, {"id": "kc", "client": "c", "starts": "2026-12-01", "lines": [{"product": "ws"}]})
    ws.write("clients/ids.jsonl", '{"type":"ids","id":"p","ids":{"psa":["2","1"]}}\n')
    says(ws, ("client", "1", "P"), ("asset", "1", "device", "", "a", "A"), ("client", "2", "P2"), ("asset", "2", "device", "", "b", "B"),
         ("asset", "2", "device", "", "t", "T", "site", "Troy"), ("complete", "*", "*"))
    ws.run("2026-12-01")
    assert {d["client"]["id"]: d["total"] for d in ws.drafts()} == {"p": "20.00", "c": "10.00"}  # the child sees what is written down of its parent


def test_ids_that_are_wrong_are_mistakes(ws):
    basic(ws, {"id": "a"})
    for text, words in (('{"type":"ids","id":"x","ids":{"psa":"1"}}', 'unknown client "x"'), ('{"type":"ids","id":"a"}', "ids: missing"), ('{"type":"ids","id":"a","ids":{"psq":"1"}}', "psq"),
                        ('{"type":"ids","id":"a","ids":{"psa":"1"},"name":"A"}', "name"), ('{"type":"ids","id":"a","ids":{"psa":"1"}}\n{"type":"ids","id":"a","ids":{"psa":"2"}}', "taken")):
        ws.write("clients/ids.jsonl", text + "\n")
        assert any(words in "%s: %s" % (m["path"], m["message"]) for m in ws.check(code=3)["mistakes"]), (text, ws.check(code=3))


def test_nothing_is_written_into_a_workspace_that_would_not_take_it(ws):
    basic(ws, {"id": "acme", "name": "Acme"})
    ws.write("clients/other.jsonl", '{"type":"ids","id":"acme","ids":{"psa":"88"}}\n')
    says(ws, ("client", "1", "Acme"))
    pull(ws, code=1)
    done = ws.command("map", "--suggest", "--json", "--date", "2026-12-01", code=1).json
    assert not done["connectors"][0]["unclaimed"][0]["unique"]  # it has an id there
    ws.write("clients/other.jsonl", '{"type":"ids","id":"acme","ids":{}}\n')
    done = ws.command("map", "--write", "--json", "--date", "2026-12-01", code=3)
    assert "nothing was written" in done.err and not os.path.exists(ws.path("clients/ids.jsonl"))


def test_products_taxes_and_contracts(ws):
    basic(ws, {"id": "a", "ids": {"psa": "1"}}, extra='tax "ny" { rate = "8", name = "NY sales tax", applies = { "goods" } }\n', options="contracts = true")
    line = {"product": "p-1"}
    says(ws, ("client", "1", "A"), ("product", "p-1", "Workstation Care", "12"), ("product", "p-2", "Toner"), ("product", "m365-bp", "M365"), ("product", "p-3", "Microsoft 365 Premium"),
         ("contract", "1", "17", {"starts": "2026-11-01", "lines": [line, {"product": "p-9"}]}),
         ("contract", "1", "18", {"starts": "2026-11-01", "lines": [{"product": "ws", "tax": "NY Sales Tax"}]}),
         ("cost", "1", "c", "sku", "2026-11-01", "2026-12-01", "1", "2", "USD"))
    pull(ws, code=1)
    row = mapped(ws, "--suggest", code=1)
    assert [(x["product"], x["needed"], x["paste"]) for x in row["products"]] == [
        ("p-1", True, 'ids = { psa = "p-1" }'), ("p-9", True, 'ids = { psa = "p-9" }'), ("sku", True, 'ids = { psa = "sku" }'),
        ("p-2", False, 'ids = { psa = "p-2" }'), ("p-3", False, 'ids = { psa = "p-3" }')]  # m365-bp is called as ours is
    first = {x["product"]: (x["suggestions"][0]["product"], x["suggestions"][0]["exact"], x["unique"]) if x["suggestions"] else None for x in row["products"]}
    assert first == {"p-1": ("ws", True, True), "p-9": None, "sku": None, "p-2": None, "p-3": ("m365-bp", False, False)}
    assert [(x["tax"], x["suggestions"][0]["tax"], x["unique"]) for x in row["taxes"]] == [("NY Sales Tax", "ny", True)]
    assert [x["contract"] for x in row["contracts"]] == ["17", "18"]
    # Products are never written: their statements are a person's.
    ws.command("map", "--write", "--date", "2026-12-01", code=1)
    assert not os.path.exists(ws.path("clients/ids.jsonl"))


def test_products_that_only_charges_name(ws):
    """A platform that lists no products: what its charges are of is to be mapped all the same, or a charge without a price is never billed."""
    basic(ws, {"id": "a", "name": "A", "ids": {"psa": "1"}, "tax": ["vat"]}, {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "m365-bp"}]},
          extra='tax "vat" { rate = "10", applies = { "goods" } }\n',
          options='ignore = { "7" }')
    book = BOOK + 'product "dock" { name = "Docking station", model = "per_unit", price = "180.00", tax = "goods"%s }\n'
    ws.book(book % "")
    says(ws, ("client", "1", "A"), ("client", "9", "Z"), ("product", "p-2", "Toner"), ("complete", "*", "*"),
         ("charge", "1", "c1", "95", "2026-11-10", "2", "", "An older name"), ("charge", "1", "c2", "95", "2026-11-12", "1", "150.00", "Docking station"),
         ("charge", "1", "c3", "m365-bp", "2026-11-12", "1", "5.00", "M365"), ("charge", "1", "c4", "", "2026-11-13", "1", "5.00", "Words alone"),
         ("charge", "9", "c5", "p-2", "2026-11-13", "1", "9.00", "Toner, black"), ("charge", "7", "c6", "x-1", "2026-11-13", "1", "9.00", "Of a client that is ignored"),
         ("charge", "1", "c7", "x-2", "2025-09-01", "1", "9.00", "Long ago"), ("charge", "9", "c8", "z-8", "2027-03-01", "1", "9.00", ""))
    pull(ws, code=1)
    row = mapped(ws, "--suggest", code=1)
    assert [(x["product"], x["name"], x["needed"], x["paste"]) for x in row["products"]] == [
        ("95", "Docking station", True, 'ids = { psa = "95" }'), ("p-2", "Toner", True, 'ids = { psa = "p-2" }'), ("z-8", None, True, 'ids = { psa = "z-8" }')]
    assert [(s["product"], s["exact"]) for s in row["products"][0]["suggestions"]] == [("dock", True)] and row["products"][0]["unique"]
    out = ws.command("map", "--suggest", "--date", "2026-12-01", code=1).out
    assert "needed" in out and "= dock (100, name)" in out
    assert [h["reason"] for h in ws.run("2026-12-01", "--no-pull", code=1)["held"] if h["client"] == "a"] == ["price-missing"]
    # What stands to be pasted, in the product's statement: it is billed at our price, with our tax.
    ws.book(book % (", " + row["products"][0]["paste"]))
    assert [x["product"] for x in mapped(ws, code=1)["products"]] == ["p-2", "z-8"]
    assert [h for h in ws.run("2026-12-01", "--no-pull", code=(0, 1))["held"] if h["client"] == "a"] == []
    lines = {(x["description"], x["product"], x["amount"], tuple(x["tax"])) for x in ws.draft("a")["lines"] if x["kind"] == "once"}
    assert {("An older name", "dock", "360.00", ("vat",)), ("Docking station", "dock", "150.00", ("vat",))} <= lines


def test_a_charge_that_came_again_counts_as_it_is_now(ws):
    basic(ws, {"id": "a", "ids": {"psa": "1"}})
    says(ws, ("client", "1", "A"), ("charge", "1", "c1", "old", "2026-11-10", "2", "1.00", "Old"))
    pull(ws)
    says(ws, ("client", "1", "A"), ("charge", "1", "c1", "new", "2026-11-10", "2", "1.00", "New"))
    pull(ws, "2026-12-01")
    assert [x["product"] for x in mapped(ws)["products"]] == ["new"]


def test_for_a_person(ws):
    basic(ws, {"id": "acme", "name": "Acme"}, {"id": "b"})
    out = ws.command("map").out
    assert "clients of yours without an id there" in out and "acme" in out
    says(ws, ("client", "1", "ACME Inc."))
    pull(ws, code=1)
    out = ws.command("map", "--suggest", code=1).out
    assert "= acme (100, id" in out and "ACME Inc." in out
    out = ws.command("map", "--write", code=0).out
    assert "Written: acme is 1 of psa" in out
    ws.command("map", "--connector", "nobody", code=2)
