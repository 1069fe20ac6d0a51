"""billhook test: bills over made-up facts, what may be expected of them, golden files, and how failures are told."""
import json
import os
import time

import pytest

BOOK = """
product "ws" { name = "Workstation", model = "per_unit", unit = "device", tax = "service", count = devices { class = "workstation" }, price = "45.00" }
product "srv" { name = "Server", model = "per_unit", count = devices { class = "server", site = "Troy*", from = "rmm" }, price = "90.00" }
product "mail" { name = "Mailbox", model = "per_unit", count = gauge { metric = "m365.SPB", from = "graph" }, price = "6.00" }
product "backup" { name = "Backup", model = "per_unit", unit = "GB", timing = "arrears", count = usage { metric = "gb" }, price = "0.10" }
product "seat" { name = "Seat", model = "per_unit", count = users {}, price = "2.00" }
product "licence" { name = "Licence", model = "per_unit", count = assets { kind = "licence" }, price = "3.00" }
product "visit" { name = "Visit", model = "per_unit", price = "100.00" }
"""
CONTRACTS = """
client "a" { name = "A", tax = { "vat" } }
contract "a-it" {
  client = "a", starts = "2026-01-01",
  lines = { { "ws", price = "42.00", minimum = 10, included = 5 }, { "srv" }, { "mail" }, { "backup" }, { "seat" }, { "licence" } },
  discount = { percent = "5", reason = "term" },
}
rule "a-it" (function(bill)
  local seats = bill:quantity "ws"
  if seats > 50 then bill:discount { percent = "3", reason = ("%s workstations"):format(seats) } end
  if seats > 500 then bill:hold "too many" end
  if seats == 99 then error "ninety-nine" end
  if bill:count(devices { class = "printer" }) > 0 then bill:add { id = "print", text = "Printers", quantity = 2, price = "1.50" } end
end)
"""


@pytest.fixture
def lab(ws):
    ws.config('tax "vat" { name = "VAT", rate = "20" }\n'
              'connector "rmm" { plugin = "csv", path = "rmm" }\nconnector "graph" { plugin = "csv", path = "graph" }\n')
    ws.book(BOOK)
    ws.write("clients/a.lua", CONTRACTS)
    ws.test = lambda text, *args, code=0, name="a": (ws.write("tests/%s_test.lua" % name, text), ws.command("test", "--json", *args, code=code).json)[1]
    ws.it = lambda body, *args, code=0: ws.test('it("t", function()\n%s\nend)\n' % body, *args, code=code)
    return ws


def why(report):
    failed = [t for t in report["tests"] if not t["ok"]]
    assert len(failed) == 1, report
    return failed[0]


def test_a_bill_is_what_a_run_would_make_of_the_facts(lab):
    # (60 − 5) × 42.00 = 2310.00; 2 × 90.00; 42 × 6.00 = 252.00; 812.5 × 0.10 = 81.25 of November; 12 × 2.00; 5 × 3.00
    # sum 2862.25; rule 3 %: 85.8675 → 85.87, left 2776.38; 5 %: 138.819 → 138.82, left 2637.56; VAT on lines net of discounts: 527.51
    report = lab.it("""
      local inv = bill("a-it", "2026-12-01", {
        devices = { workstation = 60, { class = "server", site = "Troy 1" }, { class = "server", site = "Troy 2", from = "2026-02-01" },
                    { class = "server", site = "Albany" }, { class = "server", site = "Troy 3", to = "2026-11-30" } },
        users = 12, assets = { licence = 5 }, gauges = { ["m365.SPB"] = 42 }, usage = { gb = "812.5" } })
      expect(inv:line("ws").amount):equals("2310.00")
      expect(inv:line("ws").quantity):equals(55)
      expect(inv:line("srv").amount):equals("180.00")
      expect(inv:line("mail").amount):equals("252.00")
      expect(inv:line("backup").amount):equals("81.25")
      expect(inv:line("backup").period):equals { from = "2026-11-01", to = "2026-11-30" }
      expect(inv:line("seat").amount):equals("24.00")
      expect(inv:line("licence").amount):equals("15.00")
      expect(inv.subtotal):equals("2862.25")
      expect(inv.discounts[1].description):equals("55 workstations")
      expect(inv.discounts[1].amount):equals("-85.87")
      expect(inv.discounts[2].amount):equals("-138.82")
      expect(inv.taxes[1]):matches { tax = "vat", rate = "20", base = "2637.56" }
      expect(inv.total):equals("3165.07")
      expect(inv.state):equals("draft")
      expect(inv.hold):is_nil()
      expect(inv.client.id):equals("a")
    """)
    assert (report["passed"], report["failed"]) == (1, 0)
    assert not os.path.exists(lab.path("billhook.db"))


def test_dated_facts(lab):
    lab.it("""
      local inv = bill("a-it", "2026-12-01", {
        devices = { workstation = { { name = "OLD", to = "2026-11-30" }, { name = "NEW", from = "2026-12-01" } } },
        gauges = { ["m365.SPB"] = { start = 40, ["2026-11-15"] = 41, ["2026-11-30"] = 44 } },
        usage = { gb = { { date = "2026-11-01", quantity = "1.5" }, { "2026-11-30", 2 }, { date = "2026-10-31", quantity = 100 }, { date = "2026-12-01", quantity = 100 } } } })
      expect(inv:line("ws").quantity):equals(5)       -- 1 counted, at least 10, less 5
      expect(inv:line("mail").quantity):equals(44)
      expect(inv:line("backup").quantity):equals("3.5")
    """)


def test_nothing_named_is_zero_and_fresh(lab):
    lab.it("""
      local inv = bill("a-it", "2026-12-01")
      expect(inv:line("ws").quantity):equals(5)
      expect(inv:line("mail").amount):equals(0)
      expect(inv):is_not_held()
      expect(inv.discounts[1].amount):equals("-10.50")
    """)


def test_a_billing_of_nothing_is_an_invoice_without_lines(lab):
    lab.write("clients/b.jsonl", '{"type":"client","id":"b","name":"B"}\n{"type":"contract","id":"b-it","client":"b","starts":"2026-01-01","lines":[{"product":"seat"}]}\n')
    lab.it("""
      local inv = bill("b-it", "2026-12-01", { users = 0 })
      expect(#inv.lines):equals(0)
      expect(inv.total):equals("0.00")
      expect(inv:line("seat")):is_nil()
    """)


def test_only_the_billing_of_that_date_and_an_empty_history(lab):
    lab.it("""
      local inv = bill("a-it", "2026-03-01", { devices = { workstation = 20 } })
      expect(#inv.lines):equals(6)
      for _, l in ipairs(inv.lines) do expect(l.period.from >= "2026-02-01"):is_true() end
      expect(inv.issue_date):equals("2026-03-01")
    """)


def test_facts_are_the_clients_own_whoever_shares_its_platform(lab):
    lab.write("clients/family.lua", """
      client "p" { name = "P", ids = { rmm = "p" } }
      client "child" { name = "C", parent = "p", match = { site = "Troy" } }
      contract "p-it" { client = "p", starts = "2026-01-01", lines = { { "ws" } } }
      contract "child-it" { client = "child", starts = "2026-01-01", lines = { { "ws" } } }
    """)
    lab.it("""
      local facts = { devices = { workstation = { { site = "Troy" }, { site = "Albany" }, {} } } }
      expect(bill("p-it", "2026-12-01", facts):line("ws").quantity):equals(3)
      expect(bill("child-it", "2026-12-01", facts):line("ws").quantity):equals(3)
    """)


def test_models_with_a_memory_begin_anew(lab):
    lab.write("pricebook.lua", BOOK + """
      product "hours" { name = "Hours", model = "usage", unit = "hour", count = usage { metric = "h" }, included = 10, rollover = 1, price = "100.00", timing = "arrears" }
      product "handling" { name = "Handling", model = "percent", of = { "visit" }, percent = "3" }
    """)
    lab.write("clients/m.lua", """
      client "m" { name = "M" }
      contract "m-it" { client = "m", starts = "2026-01-01", timing = "arrears", lines = { { "hours" }, { "visit", quantity = 2 }, { "handling" } } }
    """)
    lab.it("""
      local inv = bill("m-it", "2026-12-01", { usage = { h = "12.5" } })
      expect(inv:line("hours").amount):equals("250.00")   -- 2.5 over the allowance; nothing rolled over from October
      expect(inv:line("handling").amount):equals("6.00")
    """)


def test_a_billing_of_several_documents_gives_each(lab):
    lab.write("clients/s.lua", """
      client "s" { name = "S", split = { "po" } }
      contract "s-it" { client = "s", starts = "2026-01-01", lines = { { "visit", id = "x", quantity = 1, po = "A" }, { "visit", id = "y", quantity = 2, po = "B" } } }
    """)
    lab.it("""
      local a, b, none = bill("s-it", "2026-12-01")
      if a.po == "B" then a, b = b, a end
      expect(a.total):equals("100.00")
      expect(b.total):equals("200.00")
      expect(b.po):equals("B")
      expect(none):is_nil()
    """)


def test_charges(lab):
    lab.it("""
      local inv = bill("a-it", "2026-12-01", { charges = { { product = "visit", quantity = 2 }, { text = "Cable", price = "12.50", quantity = "1.5" } } })
      expect(inv:line("visit").amount):equals("200.00")
      expect(inv:line("visit").kind):equals("once")
      expect(inv.lines):contains { description = "Cable", amount = "18.75" }
    """)


def test_lines_by_id_and_by_product(lab):
    lab.write("clients/b.lua", """
      client "b" { name = "B" }
      contract "b-it" { client = "b", starts = "2026-01-01", lines = { { "seat", id = "x", quantity = 2 }, { "seat", id = "y", quantity = 3 }, { "visit", id = "seat2", quantity = 1 } } }
    """)
    report = lab.it("""
      local inv = bill("b-it", "2026-12-01")
      expect(inv:line("x").amount):equals("4.00")
      expect(inv:line("y").amount):equals("6.00")
      expect(inv:line("visit").amount):equals("100.00")
      expect(inv:line(inv.lines[1].id).product):equals(inv.lines[1].product)
      inv:line("seat")
    """, code=1)
    assert 'two lines match "seat"' in why(report)["message"]
    lab.it("""
      local inv = bill("a-it", "2026-12-01", { devices = { printer = 1 } })
      expect(inv:line("print").amount):equals("3.00")
    """)


def test_holds_and_rules_that_fail(lab):
    lab.it("""
      local held = bill("a-it", "2026-12-01", { devices = { workstation = 600 } })
      expect(held):is_held()
      expect(held):is_held("rule-hold")
      expect(held):fails("too many")
      local broken = bill("a-it", "2026-12-01", { devices = { workstation = 104 } })
      expect(broken):is_held("rule-failed")
      expect(broken):errors("ninety-nine")
    """)
    report = lab.it('expect(bill("a-it", "2026-12-01", { devices = { workstation = 600 } }).total):equals(1)', code=1)
    assert 'the bill of "a-it" on 2026-12-01 is held: rule-hold' in why(report)["message"]
    report = lab.it('expect(bill("a-it", "2026-12-01")):is_held()', code=1)
    assert why(report)["message"] == "expected an invoice that is held, and it is not held"


@pytest.mark.parametrize("body, message", [
    ('expect("a"):equals("b")', 'expected "b", got "a"'),
    ('expect(dec "2.50"):equals("2.51")', 'expected "2.51", got "2.50"'),
    ('expect(dec "2.50"):equals(2.5)', "2.5 is a float, and money is exact: write it as a string"),
    ('expect({ a = { 1, 2 }, b = "x" }):equals { a = { 1, 3 }, b = "x" }', "a[2]: expected 3, got 2"),
    ('expect({ a = 1, c = 2 }):equals { a = 1, b = 2 }', "b: expected 2, got nil\nc: expected nil, got 2"),
    ('expect(1):is_nil()', "expected nil, got 1"),
    ('expect(nil):is_not_nil()', "expected a value, got nil"),
    ('expect("a"):is_true()', 'expected true, got "a"'),
    ('expect("abc"):matches("^b")', 'expected a string that matches "^b", got "abc"'),
    ('expect({ 1, 2 }):contains(3)', "expected one like 3, got a list"),
    ('expect("abc"):contains("x")', 'expected something with "x", got "abc"'),
    ('expect(dec "2.50"):at_least("2.51")', 'expected at least "2.51", got "2.50"'),
    ('expect(dec "2.50"):below("2.50")', 'expected less than "2.50", got "2.50"'),
    ('expect(function() end):fails()', "expected an error, and there was none"),
    ('expect(function() error "x" end):fails("y")', 'expected an error with "y", got "x"'),
    ('expect(1):not_equals(1)', "expected anything but 1, got 1"),
    ('expect(1):near(1)', 'there is no check "near": money is exact, so it equals or it does not'),
    ('expect(1):equal(1)', 'there is no check "equal"; did you mean "equals"?'),
    ('io.open("x")', 'there is no "io" in the sandbox'),
    ('os.exit(0)', 'there is no "os" in the sandbox'),
    ('bil("a-it", "2026-12-01")', 'unknown name "bil"; did you mean "bill"?'),
    ('bill("a-itt", "2026-12-01")', 'the workspace has no contract "a-itt"; did you mean "a-it"?'),
    ('bill("a-it", "2026-12-02")', 'contract "a-it": no billing is scheduled on 2026-12-02; the nearest are 2026-12-01 and 2027-01-01'),
    ('bill("a-it", "1 December")', '"1 December" is no date: expected one like "2026-12-01"'),
    ('bill("a-it", "2026-12-01", { device = 1 })', 'facts: unknown key "device"; did you mean "devices"?'),
    ('bill("a-it", "2026-12-01", { devices = { ws = 1.5 } })', "facts: devices.ws: 1.5 is a float, which is not exact: write it as a string"),
    ('bill("a-it", "2026-12-01", { devices = { ws = -1 } })', "facts: devices.ws: expected a whole number of things, 0 to 100000"),
    ('bill("a-it", "2026-12-01", { usage = { gb = { { date = "2026-12-02", quantity = 1 } } } })',
     "facts: usage[\"gb\"][1]: dated after the bill's own date: it does not exist yet"),
    ('bill("a-it", "2026-12-01", { charges = { { product = "visit", date = "2026-11-20" } } })',
     "facts: charges[1]: a charge of another date is not on this bill: bill the contract on that date"),
    ('it("u", function() end)', "it stands inside of another"),
])
def test_what_a_failure_says_and_where(lab, body, message):
    failed = why(lab.it(body, code=1))
    assert (failed["file"], failed["line"], failed["name"]) == ("tests/a_test.lua", 2, "t")
    assert failed["message"] == message


def test_a_test_that_fails_costs_no_other(lab):
    report = lab.test("""
describe("one", function()
  describe("two", function()
    it("fails", function() error("boom") end)
    it("passes", function() end)
  end)
  error("around")
end)
it("runs", function() end)
while true do end
""", code=1)
    assert [(t["name"], t["ok"], t["line"]) for t in report["tests"]] == [
        ("one: two: fails", False, 4), ("one: two: passes", True, 5), ("one", False, 7), ("runs", True, 9), ("tests/a_test.lua", False, 10)]
    assert "runs without end" in report["tests"][-1]["message"]
    assert (report["passed"], report["failed"]) == (2, 3)


def test_syntax_and_workspace_mistakes(lab):
    report = lab.test("it(\n", code=1)
    assert report["tests"][0]["file"] == "tests/a_test.lua" and report["tests"][0]["line"] == 1 or report["tests"][0]["line"] == 2
    lab.write("clients/bad.lua", 'contract "x" { client = "a", starts = "2026-01-01", lines = { { "nope" } } }\n')
    done = lab.command("test", code=3)
    assert "clients/bad.lua:1" in done.err and done.out == ""


def test_before_each_modules_and_choosing(lab):
    lab.write("rules/steps.lua", "return { from = function(n) return n > 50 and 3 or 0 end, seen = {} }\n")
    lab.test("""
describe("steps", function()
  local n
  before_each(function() n = 1 end)
  it("first", function() n = n + 1; expect(n):equals(2); expect(require "steps".from(51)):equals(3); require "steps".seen.x = 1 end)
  it("second", function() n = n + 1; expect(n):equals(2) end)
end)
""")
    lab.write("tests/b_test.lua", 'it("alone", function() expect(require "steps".seen.x):is_nil() end)\n')
    assert lab.command("test", "--json").json["passed"] == 3
    for name in ("b", "b_test.lua", "tests/b_test.lua", lab.path("tests/b_test.lua")):
        assert lab.command("test", "--json", name).json["passed"] == 1
    assert [t["name"] for t in lab.command("test", "--json", "--only", "second").json["tests"]] == ["steps: second"]
    assert "there is no test file" in lab.command("test", "c", code=2).err


def test_golden_files(lab):
    text = 'expect(bill("a-it", "2026-12-01", { devices = { workstation = 60 } })):matches_golden("sixty")'
    assert "there is no tests/golden/sixty.json yet" in why(lab.it(text, code=1))["message"]
    assert not os.path.exists(lab.path("tests/golden"))
    assert lab.it(text, "--accept")["accepted"] == ["tests/golden/sixty.json"]
    golden = json.loads(lab.read("tests/golden/sixty.json"))
    # 55 × 42.00 = 2310.00; 3 % of it 69.30; 5 % of 2240.70 is 112.035, so 112.04; 20 % of 2128.66 is 425.73
    assert golden["total"] == "2554.39" and golden["client"] == "a" and not {"evidence", "batch", "company", "id", "number"} & set(golden)
    before = os.stat(lab.path("tests/golden/sixty.json")).st_mtime_ns
    assert lab.it(text, "--accept")["accepted"] == []
    assert os.stat(lab.path("tests/golden/sixty.json")).st_mtime_ns == before
    assert lab.it(text)["passed"] == 1
    lab.write("clients/a.lua", CONTRACTS.replace('"42.00"', '"43.00"'))
    message = why(lab.it(text, code=1))["message"].splitlines()
    assert message[0].startswith("tests/golden/sixty.json differs in ")
    assert '  lines[1].amount: expected "2310.00", got "2365.00"' in message
    assert '  lines[1].unit_price: expected "42.00", got "43.00"' in message
    assert not any("lines[2]" in m for m in message)
    assert lab.it(text, "--accept")["accepted"] == ["tests/golden/sixty.json"]
    lab.it('expect({ x = { 1, "a" } }):matches_golden("plain")', "--accept")
    assert lab.read("tests/golden/plain.json") == '{\n  "x": [\n    1,\n    "a"\n  ]\n}\n'
    assert "is no name for a golden file" in why(lab.it('expect({}):matches_golden("../x")', "--accept", code=1))["message"]


def test_for_a_person(lab):
    lab.write("tests/a_test.lua", 'describe("d", function() it("good", function() end)\nit("bad", function() expect(1):equals(2) end) end)\n')
    done = lab.command("test", code=1)
    assert done.out.splitlines() == ["ok     d: good", "FAILED d: bad", "    tests/a_test.lua:2:", "      expected 2, got 1", "1 passed, 1 failed"]


def test_no_tests_is_no_failure(lab):
    assert lab.command("test", "--json").json == {"passed": 0, "failed": 0, "files": 0, "accepted": [], "tests": []}


def test_two_hundred_bills_take_no_worker_each(lab):
    start = time.monotonic()
    report = lab.test('for i = 1, 200 do it("n" .. i, function() expect(bill("a-it", "2026-12-01", { devices = { workstation = 10 + i } })'
                      ':line("ws").amount):equals(dec "42.00" * (5 + i)) end) end')
    assert report["passed"] == 200
    assert time.monotonic() - start < 30  # some tenths of a second; a worker a bill would take a minute
