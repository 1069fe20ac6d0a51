"""What people get wrong: every mistake named by file, line, key; all of them in one go; and nothing is billed."""
import json
import os

import pytest
from conftest import COMPANY, SHEET

BOOK = '''product "ws" { name = "WS", model = "per_unit", count = devices {}, price = "42.00" }
product "fix" { name = "Fix", model = "per_unit", price = "10.00" }
product "gb" { name = "GB", model = "tiered", mode = "graduated", timing = "arrears", count = usage { metric = "gb" },
  tiers = { { up_to = 500, price = "0.10" }, { price = "0.08" } } }
'''
ACME = '''client "acme" { name = "Acme", ids = { sheet = "acme" } }

contract "k" {
  client = "acme", starts = "2026-11-01",
  lines = {
    { "ws" },
    { "fix", quantity = 2 },
  },
}
'''
FILES = {"billhook.lua": COMPANY + SHEET, "pricebook.lua": BOOK, "clients/acme.lua": ACME}


def lay(ws, **changes):
    files = dict(FILES)
    files.update({k: v for k, v in changes.items() if v is not None})
    for name, text in files.items():
        ws.write(name, text)
    ws.devices(("acme", "pc", "2026-10-01"))


def acme(old, new, count=1):
    assert old in ACME
    return {"clients/acme.lua": ACME.replace(old, new, count)}


def book(old, new):
    assert old in BOOK
    return {"pricebook.lua": BOOK.replace(old, new, 1)}


def config(text):
    return {"billhook.lua": COMPANY + SHEET + text}


FIX = '{ "fix", quantity = 2 }'
# (name, changed files, file, line or None, path has, message has)
BAD = [
    ("lua syntax", acme("starts =", "starts = ="), "clients/acme.lua", 4, "", "="),
    ("lua runtime", {"pricebook.lua": BOOK + "local x = nil + 1\n"}, "pricebook.lua", 5, "", "arithmetic"),
    ("lua escapes the sandbox", {"pricebook.lua": 'os.execute("true")\n' + BOOK}, "pricebook.lua", 1, "", "os"),
    ("lua endless", {"pricebook.lua": BOOK + "while true do end\n"}, "pricebook.lua", None, "", ""),
    ("unknown statement", {"pricebook.lua": BOOK + 'prodcut "x" { }\n'}, "pricebook.lua", 5, "", "prodcut"),
    ("unknown key of a line", acme(FIX, '{ "fix", quantitty = 2 }'), "clients/acme.lua", 3, "lines[2].quantitty", "did you mean \"quantity\""),
    ("unknown key of a contract", acme("starts", "start"), "clients/acme.lua", 3, "start", "did you mean \"starts\""),
    ("unknown key of a client", acme("name =", "nmae ="), "clients/acme.lua", 1, "nmae", "did you mean \"name\""),
    ("unknown key of a product", book("price =", "prise ="), "pricebook.lua", 1, "prise", "did you mean \"price\""),
    ("unknown key of company", {"billhook.lua": COMPANY.replace("timezone", "timezon") + SHEET}, "billhook.lua", 1, "timezon", "timezone"),
    ("unknown key of invoicing", config('invoicing { term = "net 15" }\n'), "billhook.lua", 3, "term", "terms"),
    ("a float for money", acme(FIX, '{ "fix", price = 10.50 }'), "clients/acme.lua", 3, "lines[2].price", "float"),
    ("a float in the price book", book('"10.00"', "10.00"), "pricebook.lua", 2, "price", "float"),
    ("a float for a quantity", acme("quantity = 2", "quantity = 2.5"), "clients/acme.lua", 3, "lines[2].quantity", "float"),
    ("money that is none", acme(FIX, '{ "fix", price = "ten" }'), "clients/acme.lua", 3, "lines[2].price", "ten"),
    ("money with a comma", acme(FIX, '{ "fix", price = "1,50" }'), "clients/acme.lua", 3, "lines[2].price", "1,50"),
    ("too many decimals", acme(FIX, '{ "fix", price = "1.0123456789" }'), "clients/acme.lua", 3, "lines[2].price", "1.0123456789"),
    ("a negative price", acme(FIX, '{ "fix", price = "-1.00" }'), "clients/acme.lua", 3, "lines[2].price", "negative"),
    ("a negative quantity", acme("quantity = 2", "quantity = -2"), "clients/acme.lua", 3, "lines[2].quantity", "negative"),
    ("a quantity with seven decimals", acme("quantity = 2", 'quantity = "0.1234567"'), "clients/acme.lua", 3, "lines[2].quantity", "decimals"),
    ("a date that is none", acme("2026-11-01", "2026-02-30"), "clients/acme.lua", 3, "starts", "2026-02-30"),
    ("a date the other way round", acme("2026-11-01", "01.11.2026"), "clients/acme.lua", 3, "starts", "01.11.2026"),
    ("reversed dates of a contract", acme('"2026-11-01",', '"2026-11-01", ends = "2026-10-31",'), "clients/acme.lua", 3, "ends", "before"),
    ("reversed dates of a line", acme(FIX, '{ "fix", from = "2026-12-01", ends = "2026-11-30" }'), "clients/acme.lua", 3, "lines[2].ends", "before"),
    ("reversed dates of a discount", acme(FIX, '{ "fix", discount = { percent = 5, from = "2026-12-01", ends = "2026-11-01" } }'), "clients/acme.lua", 3,
     "lines[2].discount.ends", "before"),
    ("two changes on one day", acme(FIX, '{ "fix", quantity = 1, changes = { { "2026-11-15", 2 }, { "2026-11-15", 3 } } }'), "clients/acme.lua", 3,
     "changes[2]", "second"),
    ("changes of a count", acme('{ "ws" }', '{ "ws", changes = { { "2026-11-15", 2 } } }'), "clients/acme.lua", 3, "lines[1].changes", "count"),
    ("no starts", acme('starts = "2026-11-01",', ""), "clients/acme.lua", 3, "starts", "missing"),
    ("unknown client of a contract", acme('client = "acme"', 'client = "acmee"'), "clients/acme.lua", 3, "client", "acme"),
    ("unknown product", acme('{ "ws" }', '{ "wss" }'), "clients/acme.lua", 3, "lines[1]", "did you mean \"ws\""),
    ("unknown tax", acme('name = "Acme"', 'name = "Acme", tax = { "vat" }'), "clients/acme.lua", 1, "tax", "vat"),
    ("unknown connector in ids", acme("sheet =", "shet ="), "clients/acme.lua", 1, "ids.shet", "sheet"),
    ("unknown connector of a selector", book("devices {}", 'devices { from = "rmm" }'), "pricebook.lua", 1, "from", "rmm"),
    ("unknown plugin", {"billhook.lua": COMPANY + 'connector "sheet" { plugin = "csvv", path = "counts" }\n'}, "billhook.lua", 2, "plugin", "csv"),
    ("unknown option of a plugin", {"billhook.lua": COMPANY + 'connector "sheet" { plugin = "csv", pth = "counts" }\n'}, "billhook.lua", 2, "pth", "path"),
    ("missing option of a plugin", {"billhook.lua": COMPANY + 'connector "sheet" { plugin = "csv" }\n'}, "billhook.lua", 2, "path", "missing"),
    ("a secret written out", {"billhook.lua": COMPANY + SHEET + 'connector "zx" { plugin = "zabbix", url = "https://z.example", token = "hunter2hunter2" }\n'},
     "billhook.lua", 3, "token", "secret"),
    ("unknown model", book('"per_unit"', '"per_unt"'), "pricebook.lua", 1, "model", "per_unit"),
    ("no model", book('model = "per_unit", ', ""), "pricebook.lua", 1, "model", "missing"),
    ("unknown currency", acme('name = "Acme"', 'name = "Acme", currency = "XXY"'), "clients/acme.lua", 1, "currency", "XXY"),
    ("a currency without a price", acme('name = "Acme"', 'name = "Acme", currency = "EUR"'), "clients/acme.lua", 3, "lines[1].price", "EUR"),
    ("unknown timezone", {"billhook.lua": COMPANY.replace("New_York", "New_Yrok") + SHEET}, "billhook.lua", 1, "timezone", "New_Yrok"),
    ("duplicate contract", {"clients/acme.lua": ACME + ACME[ACME.index("contract"):]}, "clients/acme.lua", 10, "", "clients/acme.lua:3"),
    ("duplicate client in another file", {"clients/b.jsonl": '{"type": "client", "id": "acme", "name": "B"}\n'}, None, None, "", "acme"),
    ("duplicate product", {"pricebook.lua": BOOK + 'product "fix" { name = "F", model = "flat", price = "1.00" }\n'}, "pricebook.lua", 5, "fix", "pricebook.lua:2"),
    ("duplicate line id", acme(FIX, '{ "fix", id = "x" }, { "fix", id = "x" }'), "clients/acme.lua", 3, "lines[3].id", "x"),
    ("tiers out of order", book("{ up_to = 500", '{ up_to = 900, price = "0.20" }, { up_to = 500'), "pricebook.lua", 3, "tiers[2].up_to", "order"),
    ("the last tier is closed", book('{ price = "0.08" }', '{ up_to = 900, price = "0.08" }'), "pricebook.lua", 3, "tiers[2].up_to", "last"),
    ("an open tier in the middle", book("up_to = 500, ", ""), "pricebook.lua", 3, "tiers[1].up_to", "last"),
    ("no tiers", book('{ up_to = 500, price = "0.10" }, { price = "0.08" }', ""), "pricebook.lua", 3, "tiers", ""),
    ("reads days to come in advance", acme('{ "ws" }', '{ "ws", at = "peak" }'), "clients/acme.lua", 3, "lines[1].at", "arrears"),
    ("unknown at", acme('{ "ws" }', '{ "ws", at = "noon" }'), "clients/acme.lua", 3, "lines[1].at", "noon"),
    ("30/360 of weeks", acme(FIX, '{ "fix", prorate = "30/360", bill = { every = 1, unit = "week", on = "monday" } }'), "clients/acme.lua", 3, "lines[2].prorate", "weeks"),
    ("unknown unit", acme(FIX, '{ "fix", bill = { every = 1, unit = "fortnight" } }'), "clients/acme.lua", 3, "lines[2].bill.unit", "fortnight"),
    ("five months by the calendar", acme(FIX, '{ "fix", bill = { every = 5, unit = "month", on = 1 } }'), "clients/acme.lua", 3, "lines[2].bill", ""),
    ("a discount over 100 percent", acme(FIX, '{ "fix", discount = { percent = "101" } }'), "clients/acme.lua", 3, "lines[2].discount.percent", "100"),
    ("a discount of both kinds", acme(FIX, '{ "fix", discount = { percent = "1", amount = "1.00" } }'), "clients/acme.lua", 3, "lines[2].discount", "both"),
    ("unknown rule", acme('client = "acme"', 'client = "acme", rule = "nope"'), "clients/acme.lua", 3, "rule", "nope"),
    ("unknown template", acme('client = "acme"', 'client = "acme", based_on = "nope"'), "clients/acme.lua", 3, "based_on", "nope"),
    ("unknown price list", acme('client = "acme"', 'client = "acme", pricelist = "nope"'), "clients/acme.lua", 3, "pricelist", "nope"),
    ("a rule of a contract that is not there", {"clients/acme.lua": ACME + 'rule "nope" (function(bill) end)\n'}, "clients/acme.lua", 10, "", "nope"),
    ("a rule with a syntax error", {"rules/r.lua": "return function(bill)\n  if then\nend\n"}, "rules/r.lua", 2, "", "then"),
    ("a rule that requires nothing", {"rules/r.lua": 'local x = require "nothing"\nreturn function(bill) end\n'}, "rules/r.lua", None, "", "nothing"),
    ("terms that are none", acme('name = "Acme"', 'name = "Acme", terms = "soon"'), "clients/acme.lua", 1, "terms", "soon"),
    ("a tax without a rate", config('tax "vat" { name = "VAT" }\n'), "billhook.lua", 3, "rate", "missing"),
    ("a tax on nothing", config('tax "b" { rate = "1", on = { "zzz" } }\n'), "billhook.lua", 3, "on", "zzz"),
    ("taxes on each other", config('tax "a" { rate = "1", on = { "b" } }\ntax "b" { rate = "1", on = { "a" } }\n'), "billhook.lua", None, "on", ""),
    ("an exception without a reason", acme('{ "ws" }', '{ "ws", count = devices { except = { { name = "X*" } } } }'), "clients/acme.lua", 3, "reason", "reason"),
    ("jsonl syntax", {"clients/b.jsonl": '{"type": "client", "id": "b", "name": "B"}\n{"type": "client", "id": \n'}, "clients/b.jsonl", 2, "", ""),
    ("jsonl without a type", {"clients/b.jsonl": '{"id": "b", "name": "B"}\n'}, "clients/b.jsonl", 1, "type", "missing"),
    ("jsonl with a float", {"clients/b.jsonl": '{"type":"client","id":"b","name":"B"}\n{"type":"contract","id":"kb","client":"b","starts":"2026-11-01",'
                            '"lines":[{"product":"fix","price":10.5}]}\n'}, "clients/b.jsonl", 2, "lines[1].price", "float"),
    ("jsonl unknown key", {"clients/b.jsonl": '{"type":"client","id":"b","naem":"B"}\n'}, "clients/b.jsonl", 1, "naem", "name"),
    ("jsonl not an object", {"clients/b.jsonl": "[1, 2]\n"}, "clients/b.jsonl", 1, "", ""),
    ("not UTF-8", {"clients/b.jsonl": '{"type":"client","id":"b","name":"\udcff"}\n'}, "clients/b.jsonl", 1, "", "UTF-8"),
    ("a parent that nobody knows", acme('name = "Acme"', 'name = "Acme", parent = "x"'), "clients/acme.lua", 1, "parent", "unknown client"),
]


@pytest.mark.parametrize("name,files,file,number,path,message", BAD, ids=[b[0] for b in BAD])
def test_a_mistake_is_named(ws, name, files, file, number, path, message):
    lay(ws)
    for n, text in files.items():
        with open(ws.write(n, ""), "w", encoding="utf-8", errors="surrogateescape") as f:
            f.write(text)
    report = ws.check(code=3)
    assert report["ok"] is False
    found = report["mistakes"]
    assert found, report
    shown = json.dumps(found, indent=1, ensure_ascii=False)
    assert any((file is None or m["file"] == file) and (number is None or m["line"] == number) and path in (m["path"] or "") and message in m["message"]
               for m in found), shown
    plain = ws.command("check", code=3)
    first = next(m for m in found if (file is None or m["file"] == file) and (number is None or m["line"] == number) and message in m["message"])
    assert "%s:%d: " % (first["file"], first["line"]) in plain.out + plain.err
    ws.command("run", "--date", "2026-12-01", code=3)
    ws.write("billhook.lua", FILES["billhook.lua"])
    assert ws.export() == [], "nothing is billed"


def test_the_right_workspace_is_right(ws):
    lay(ws)
    assert ws.check() == {**ws.check(), "ok": True, "mistakes": []}
    assert ws.run("2026-12-01")["drafted"] == 1


def test_all_mistakes_in_one_go(ws):
    lay(ws)
    ws.write("clients/many.jsonl", "".join(
        json.dumps({"type": "contract", "id": "m%d" % i, "client": "acme", "starts": "2026-11-01", "lines": [{"product": "fix", "prise": "1"}]}) + "\n"
        for i in range(1200)))
    done = ws.command("check", "--json", code=3)
    found = done.json["mistakes"]
    assert len([m for m in found if m["file"] == "clients/many.jsonl"]) == 1000
    assert len({m["line"] for m in found}) == 1000
    plain = ws.command("check", code=3)
    assert "1200" in plain.out + plain.err  # how many there are in all


def test_a_secret_is_never_printed(ws):
    lay(ws)
    ws.write("billhook.lua", COMPANY + SHEET + 'connector "zx" { plugin = "zabbix", url = "https://z.example", token = "hunter2hunter2" }\n')
    for args in (["check"], ["check", "--json"], ["run", "--date", "2026-12-01"], ["run", "--date", "2026-12-01", "--log", "json", "-v"]):
        done = ws.command(*args, code=3)
        assert "hunter2" not in done.out + done.err


# ---- facts: one malformed row rejects the pull, named by file, line and column ----
HEAD = "client,kind,class,id,name,from,to\n"
BAD_FACTS = [
    ("a date that is none", "assets.csv", HEAD + "acme,device,w,1,PC,2026-10-01,\nacme,device,w,2,PC,soon,\n", 3, "from"),
    ("reversed days", "assets.csv", HEAD + "acme,device,w,1,PC,2026-10-02,2026-10-01\n", 2, "to"),
    ("too few columns", "assets.csv", HEAD + "acme,device,w\n", 2, ""),
    ("too many columns", "assets.csv", HEAD + "acme,device,w,1,PC,2026-10-01,,x\n", 2, ""),
    ("a quote that never ends", "assets.csv", HEAD + 'acme,device,w,1,"PC,2026-10-01,\n', 2, ""),
    ("no client", "assets.csv", HEAD + ",device,w,1,PC,2026-10-01,\n", 2, "client"),
    ("no id", "assets.csv", HEAD + "acme,device,w,,PC,2026-10-01,\n", 2, "id"),
    ("a header without from", "assets.csv", "client,kind,class,id,name\nacme,device,w,1,PC\n", 1, "from"),
    ("a column twice", "assets.csv", "client,client,kind,class,id,name,from,to\n", 1, "twice"),
    ("an empty file", "assets.csv", "", 1, ""),
    ("a negative quantity", "usage.csv", "date,client,metric,quantity,id,description\n2026-11-02,acme,gb,-1,u1,\n", 2, "quantity"),
    ("a quantity with a comma", "usage.csv", 'date,client,metric,quantity,id,description\n2026-11-02,acme,gb,"1,5",u1,\n', 2, "quantity"),
    ("an id twice with another quantity", "usage.csv", "date,client,metric,quantity,id,description\n2026-11-02,acme,gb,1,u1,\n2026-11-02,acme,gb,2,u1,\n", None, "u1"),
    ("a gauge that is none", "gauges.csv", "date,client,metric,value\n2026-11-01,acme,m,many\n", 2, "value"),
]


@pytest.mark.parametrize("name,file,text,number,column", BAD_FACTS, ids=[b[0] for b in BAD_FACTS])
def test_a_malformed_row_rejects_the_pull(ws, name, file, text, number, column):
    lay(ws)
    ws.run("2026-11-01")
    ws.write("counts/" + file, text)
    done = ws.command("pull", "--date", "2026-11-02", "--json", code=5)
    row = done.json["connectors"][0]
    assert row["ok"] is False and row["name"] == "sheet"
    assert column in row["error"], row["error"]
    if number:  # the host, which finds what is wrong between rows, names the record instead
        assert "%s:%d" % (file, number) in row["error"], row["error"]
    # What was known stays known.
    if file == "assets.csv":
        ws.run("2026-11-03", "--no-pull")
        assert ws.draft()["lines"][0]["quantity"] == "1"


def test_a_client_that_nobody_claims_is_named(ws):
    lay(ws)
    ws.devices(("acme", "pc", "2026-10-01"), ("stranger", "x", "2026-10-01"))
    row = ws.command("pull", "--date", "2026-11-01", "--json", code=(0, 1)).json["connectors"][0]
    assert row["ok"] is True and row["unmapped"] == ["stranger"]
    run = ws.run("2026-11-01", code=1)
    assert [h["client"] for h in run["held"]] == ["stranger"] and run["held"][0]["reason"] in ("unmapped-client", "unknown-client")
    assert ws.draft()["hold"] is None


def test_duplicate_assets_with_other_content(ws):
    lay(ws)
    ws.write("counts/assets.csv", HEAD + "acme,device,w,1,PC,2026-10-01,\nacme,device,w,1,OTHER,2026-10-01,\n")
    row = ws.command("pull", "--date", "2026-11-01", "--json", code=(0, 5)).json["connectors"][0]
    assert row["ok"] is False and "1" in row["error"]


def test_what_has_been_charged_keeps_its_currency_and_its_client(ws):
    def lay_out(currency="USD", client="a"):
        ws.config()
        ws.book('product "p" { name = "P", model = "flat", price = "10.00", prices = { EUR = "9.00" } }\n')
        ws.clients({"id": "a"}, {"id": "b"},
                   *[{"id": k, "client": client, "currency": currency, "starts": "2026-11-01", "lines": [{"product": "p"}]} for k in "kl"])

    lay_out()
    assert ws.check()["ok"] is True
    assert not os.path.exists(ws.path("billhook.db")), "to check makes no store"
    batch = ws.run("2026-11-01")["batch"]
    lay_out(currency="EUR")
    assert ws.check()["ok"] is True, "a draft binds nobody"
    lay_out()
    ws.approve(batch)
    assert ws.check()["ok"] is True
    for change, path, words in ((dict(currency="EUR"), "", "has been charged in USD and cannot change to EUR"), (dict(client="b"), " client", "cannot move to another client")):
        lay_out(**change)
        mistakes = ws.check(code=3)["mistakes"]
        assert [m["path"] for m in mistakes] == ['contract "%s"%s' % (k, path) for k in "kl"] and all(words in m["message"] for m in mistakes)
        assert words in ws.command("run", "--date", "2026-12-01", code=3).err
