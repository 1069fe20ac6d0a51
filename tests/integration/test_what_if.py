"""what-if: the past billed twice, as the files are and with others laid over them; nothing of it is stored."""
import hashlib
import os

import pytest

BOOK = """
product "seat" { name = "Seat", model = "per_unit", unit = "user", tax = "service", price = "10.00", prices = { EUR = "9.00" } }
product "ws" { name = "Workstation", model = "per_unit", unit = "device", count = devices { class = "workstation" }, price = "40.00" }
"""


@pytest.fixture
def shop(ws):
    ws.config('tax "vat" { name = "VAT", rate = "20" }\nconnector "sheet" { plugin = "csv", path = "counts" }\n')
    ws.book(BOOK)
    ws.write("clients/a.lua", """
client "a" { name = "A", tax = { "vat" }, ids = { sheet = "a" } }
contract "a-it" { client = "a", starts = "2026-01-01", lines = { { "seat", quantity = 3 }, { "ws" } }, discount = { percent = "10", reason = "term" } }
rule "a-it" (function(bill) if bill:quantity "ws" > 5 then bill:add { id = "big", text = "Big", price = "7.00" } end end)
""")
    ws.clients({"id": "b", "name": "B", "currency": "EUR"}, {"id": "b-it", "client": "b", "starts": "2026-10-01", "lines": [{"product": "seat", "quantity": 2}]},
               {"id": "c", "name": "C"}, {"id": "c-it", "client": "c", "starts": "2026-11-01", "lines": [{"product": "seat", "quantity": 1}]})
    ws.devices(*([("a", "d%d" % i, "2026-01-01") for i in range(5)] + [("a", "late", "2026-11-10")]))
    ws.run("2026-12-01", code=(0, 1))
    ws.over = lambda name, text: ws.write("../over/" + name, text)
    ws.what_if = lambda *files, months=None, code=0: ws.command(
        "what-if", "--date", "2026-12-01", "--json", *(["--months", months] if months else []), "--with", *files, code=code).json
    return ws


def moved(report):
    return [(c["client"], c["difference"]) for c in report["clients"] if float(c["difference"])]


def state(folder):
    out = {}
    for at, _, files in os.walk(folder):
        for f in files:
            path = os.path.join(at, f)
            with open(path, "rb") as opened:
                out[os.path.relpath(path, folder)] = (os.stat(path).st_mtime_ns, hashlib.sha256(opened.read()).hexdigest())
    return out


def test_a_new_price_book_over_twelve_months(shop):
    report = shop.what_if(shop.over("pricebook.lua", BOOK.replace('"10.00"', '"12.00"').replace('"9.00"', '"10.00"')))
    assert (report["months"], report["from"], report["to"]) == (12, "2025-12-02", "2026-12-01")
    # a: January to December, 3 × 10.00 and 5 × 40.00 (6 on 1 December, and then 7.00 more), less 10 %:
    # 11 × 230.00 + 277.00 = 2807.00, 10 % of each billing: 11 × 23.00 + 27.70. Two dearer a seat: 12 × 6.00 × 0.9 = 64.80
    # b: October to December, 2 × 9.00; one dearer: 6.00. c: November and December: 2 × 10.00; 4.00 dearer
    assert report["clients"] == [
        {"client": "a", "currency": "USD", "now": "2526.30", "what_if": "2591.10", "difference": "64.80"},
        {"client": "b", "currency": "EUR", "now": "54.00", "what_if": "60.00", "difference": "6.00"},
        {"client": "c", "currency": "USD", "now": "20.00", "what_if": "24.00", "difference": "4.00"}]
    assert report["totals"] == {"EUR": {"now": "54.00", "what_if": "60.00", "difference": "6.00"},
                                "USD": {"now": "2546.30", "what_if": "2615.10", "difference": "68.80"}}
    assert report["held"] == []


def test_months(shop):
    book = shop.over("pricebook.lua", BOOK.replace('"10.00"', '"9.00"'))
    report = shop.what_if(book, months=3)  # October, November, December
    assert report["from"] == "2026-09-02" and report["months"] == 3
    assert moved(report) == [("a", "-8.10"), ("c", "-2.00")]
    assert moved(shop.what_if(book, months=1)) == [("a", "-2.70"), ("c", "-1.00")]
    assert shop.what_if(book, months=24)["from"] == "2024-12-02"
    for bad in ("0", "25", "x", "-1"):
        shop.command("what-if", "--with", book, "--months", bad, code=2)


def test_nothing_is_written(shop):
    shop.config('tax "vat" { name = "VAT", rate = "20" }\nconnector "sheet" { plugin = "csv", path = "counts" }\n'
                'invoicing { approval = "auto", closed_through = "2026-11-30", max_total = "1.00" }\n')
    before, documents = state(shop.folder), shop.export()
    before = state(shop.folder)
    report = shop.what_if(shop.over("pricebook.lua", BOOK.replace('"10.00"', '"12.00"')))
    assert moved(report) == [("a", "64.80"), ("c", "4.00")]
    assert state(shop.folder) == before
    assert shop.export() == documents


def test_a_file_by_its_name_a_folder_and_a_file_in_addition(shop):
    text = shop.read("clients/a.lua")
    # by its name alone
    assert moved(shop.what_if(shop.over("a.lua", text.replace('"10", reason', '"20", reason')), months=1)) == [("a", "-27.70")]
    # a new file of clients/, and one of rules/
    new = shop.over("clients/new.lua", 'client "n" { name = "N" }\ncontract "n-it" { client = "n", starts = "2026-12-01", lines = { { "seat", quantity = 4 } } }\n')
    assert moved(shop.what_if(new)) == [("n", "40.00")]
    rules = [shop.over("rules/cheap.lua", 'return function(bill) bill:discount { percent = "50", reason = "cheap" } end\n'),
             shop.over("clients/all.jsonl", shop.read("clients/all.jsonl").replace('"starts": "2026-11-01"', '"starts": "2026-11-01", "rule": "cheap"'))]
    assert moved(shop.what_if(*rules)) == [("c", "-10.00")]
    # in addition: statements take the place of those with their ids, and the rest stays
    added = shop.over("try.lua", """
product "seat" { name = "Seat", model = "per_unit", unit = "user", tax = "service", price = "11.00", prices = { EUR = "9.00" } }
client "c" { name = "See" }
contract "b-it" { client = "b", starts = "2026-10-01", lines = { { "seat", quantity = 5 } } }
rule "a-it" (function(bill) bill:discount { amount = "1.00", reason = "r" } end)
""")
    # a: 3.00 × 0.9 a month; December is 7.00 less; each month 1.00 less before the 10 %: 12 × (3.00 − 1.00) × 0.9 − 7.00 × 0.9 = 15.30
    # b: 3 more at 9.00 for three months; c: two months at 1.00
    assert moved(shop.what_if(added)) == [("b", "81.00"), ("a", "15.30"), ("c", "2.00")]
    lines = shop.over("more.jsonl", '{"type":"contract","id":"c-it","client":"c","starts":"2026-11-01","lines":[{"product":"seat","quantity":"2"}]}\n')
    assert moved(shop.what_if(lines)) == [("c", "20.00")]
    # a price book in addition to a changed one
    assert moved(shop.what_if(added, lines)) == [("b", "81.00"), ("c", "24.00"), ("a", "15.30")]
    # the files as they are change nothing
    assert moved(shop.what_if(shop.path("pricebook.lua"), shop.path("clients/a.lua"))) == []


def test_the_same_facts_on_both_sides(shop):
    """What has been pulled counts, not what the files of the connector say now."""
    shop.devices(*[("a", "d%d" % i, "2026-01-01") for i in range(50)])
    book = shop.over("pricebook.lua", BOOK.replace('"40.00"', '"41.00"'))
    assert moved(shop.what_if(book, months=1)) == [("a", "5.40")]  # 6 × 1.00 × 0.9


def test_what_was_charged_and_drafted_makes_no_difference(shop):
    shop.command("approve", "2026-12-01.1", code=(0, 1))
    shop.write("clients/a.lua", shop.read("clients/a.lua").replace("quantity = 3", "quantity = 4"))  # not billed yet: as the files are
    report = shop.what_if(shop.over("pricebook.lua", BOOK.replace('"10.00"', '"11.00"')), months=1)
    assert moved(report) == [("a", "3.60"), ("c", "1.00")]


def test_mistakes_in_what_is_laid_over(shop):
    bad = shop.over("bad.lua", '\nproduct "seat" { name = "Seat", model = "per_unit", prise = "1.00" }\n')
    report = shop.what_if(bad, code=3)
    assert [(m["file"], m["line"]) for m in report["mistakes"]][:1] == [(bad, 2)] and "prise" in report["mistakes"][0]["path"]
    done = shop.command("what-if", "--with", bad, code=3)
    assert "%s:2: product \"seat\": prise: unknown key" % bad in done.err and done.out == ""
    bad = shop.over("clients/a.lua", 'client "a" { name = "A" }\n\ncontract "a-it" { client = "a", starts = "2026-01-01", lines = { { "seet" } } }\n')
    assert '%s:3: contract "a-it": lines[1].product: unknown product "seet"' % bad in shop.command("what-if", "--with", bad, code=3).err
    bad = shop.over("rules/r.lua", "return function(bill)\n  oops oops\nend\n")
    assert "%s:2" % bad in shop.command("what-if", "--with", bad, code=3).err
    for args in ([shop.over("x.csv", "")], [shop.path("none.lua")], [shop.over("pricebook.lua", BOOK), shop.over("two/pricebook.lua", BOOK)]):
        shop.command("what-if", "--with", *args, code=2)
    shop.command("what-if", code=2)
    shop.write("pricebook.lua", "nonsense\n")  # the workspace's own mistakes
    assert "pricebook.lua:" in shop.command("what-if", "--with", shop.over("ok.lua", ""), code=3).err


def test_a_change_that_fails_a_client_says_so(shop):
    bad = shop.over("try.lua", 'rule "a-it" (function(bill) error "no" end)\n')
    report = shop.what_if(bad, code=1)
    assert [(h["client"], h["reason"], h["in"]) for h in report["held"]] == [("a", "rule-failed", "what_if")]
    assert "try.lua:1: no" in report["held"][0]["message"]
    shop.devices(("zz", "x", "2026-01-01"))  # the next pull names no client a: what is held either way is no fault of the change
    shop.run("2026-12-02", code=(0, 1))
    report = shop.command("what-if", "--date", "2026-12-31", "--json", "--with", shop.over("ok.lua", "")).json
    assert {h["in"] for h in report["held"]} <= {"both"}


def test_without_a_store(ws):
    ws.config()
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "seat", "quantity": 2}]})
    book = ws.write("../over/pricebook.lua", BOOK.replace('"10.00"', '"12.00"'))
    report = ws.command("what-if", "--date", "2026-12-01", "--json", "--with", book).json
    assert moved(report) == [("a", "8.00")]
    assert not os.path.exists(ws.path("billhook.db"))


def test_credits_are_counted_however_they_would_go_out(shop):
    shop.config('tax "vat" { name = "VAT", rate = "20" }\nconnector "sheet" { plugin = "csv", path = "counts" }\ninvoicing { negative = "carry" }\n')
    report = shop.what_if(shop.over("try.lua", 'rule "a-it" (function(bill) bill:add { id = "c", text = "Back", price = "-5000.00" } end)\n'), months=1)
    # December: 30.00 + 240.00 + 7.00, and 10 % off, is 249.30; with the rule 270.00 − 5000.00, and nothing to take 10 % from
    assert report["clients"][0]["client"] == "a" and report["clients"][0]["what_if"].startswith("-")


def test_for_a_person(shop):
    done = shop.command("what-if", "--date", "2026-12-01", "--months", "1", "--with", shop.over("pricebook.lua", BOOK.replace('"10.00"', '"12.00"')))
    assert "a" in done.out and "5.40" in done.out and "USD" in done.out and "1 client would be billed the same" in done.out
