"""Taxes, each sum worked out by hand (BILLING 6.7): dated rates, categories, lists of the client, compound, inclusive, exempt, reverse charge."""
from conftest import line

BOOK = '''product "care" { model = "flat", price = "100.00", tax = "service" }
product "soft" { model = "flat", price = "40.00", tax = "software" }
product "misc" { model = "flat", price = "10.00" }
'''


def base(ws, taxes, client, *products, **more):
    ws.config(taxes)
    ws.book(BOOK)
    ws.clients(dict({"id": "acme"}, **client), dict({"id": "k", "client": "acme", "starts": "2026-11-01", "lines": [{"product": p} for p in products]}, **more))


def rows(d):
    return [(t["tax"], t["rate"], t["base"], t["amount"]) for t in d["taxes"]]


def test_by_category_and_by_the_clients_list(ws):
    taxes = 'tax "soft" { rate = "4", applies = { "software" } }\ntax "serv" { rate = "6", applies = { "service", "labour" } }\ntax "all" { rate = "1" }\n'
    base(ws, taxes, {"tax": ["all", "soft", "serv"]}, "care", "soft", "misc")
    d, = ws.bill("2026-11-01")
    assert rows(d) == [("all", "1", "150.00", "1.50"), ("soft", "4", "40.00", "1.60"), ("serv", "6", "100.00", "6.00")]
    assert [x["tax"] for x in d["lines"]] == [["all", "serv"], ["all", "soft"], ["all"]]
    base(ws, taxes, {"tax": ["serv"]}, "care", "soft", "misc")      # another region: another list
    assert rows(ws.bill("2026-12-01")[0]) == [("serv", "6", "100.00", "6.00")]


def test_a_rate_that_changes_by_issue_date(ws):
    base(ws, 'tax "vat" { rate = "19", rates = { ["2026-12-01"] = "16" } }\n', {"tax": ["vat"]}, "care", bill={"every": 1, "unit": "month", "on": 15})
    # the stub to 14 November: 14/31 of 100.00; issued before the change, and the month from 15 November too
    assert rows(ws.bill("2026-11-01")[0]) == [("vat", "19", "45.16", "8.58")]
    assert rows(ws.bill("2026-11-15")[0]) == [("vat", "19", "100.00", "19.00")]
    assert rows(ws.bill("2026-12-15")[0]) == [("vat", "16", "100.00", "16.00")]


def test_a_rate_by_service_date(ws):
    base(ws, 'tax "vat" { rate = "19", rates = { ["2026-12-01"] = "16" }, by = "service" }\n', {"tax": ["vat"]}, "care",
         bill={"every": 1, "unit": "month", "on": 1, "timing": "arrears"})
    d, = ws.bill("2027-01-01")     # both months on one document, each at the rate of its first day
    assert rows(d) == [("vat", "16", "100.00", "16.00"), ("vat", "19", "100.00", "19.00")]


def test_by_issue_in_arrears(ws):
    base(ws, 'tax "vat" { rate = "19", rates = { ["2026-12-01"] = "16" } }\n', {"tax": ["vat"]}, "care", bill={"every": 1, "unit": "month", "on": 1, "timing": "arrears"})
    assert rows(ws.bill("2026-12-01")[0]) == [("vat", "16", "100.00", "16.00")]


def test_a_correction_takes_the_rate_of_what_it_corrects(ws):
    vat = 'tax "vat" { rate = "19", rates = { ["2026-12-01"] = "16" } }\n'
    base(ws, vat, {"tax": ["vat"]}, "care")
    ws.bill("2026-11-01")
    ws.clients({"id": "acme", "tax": ["vat"]}, {"id": "k", "client": "acme", "starts": "2026-11-01", "ends": "2026-12-31", "lines": [{"product": "care", "price": "90.00"}]})
    ws.run("2026-12-01", code=1)
    d = ws.draft()
    # December: 90.00 at 16 %; 10.00 back for November at 19 %
    assert rows(d) == [("vat", "16", "90.00", "14.40"), ("vat", "19", "-10.00", "-1.90")] and d["total"] == "92.50"


def test_what_a_correction_brings_along_does_not_fall_on_new_lines(ws):
    taxes = 'tax "old" { rate = "10" }\ntax "new" { rate = "20" }\n'
    base(ws, taxes, {"tax": ["old"]}, "care")
    ws.bill("2026-11-01")
    ws.clients({"id": "acme", "tax": ["new"]}, {"id": "k", "client": "acme", "starts": "2026-11-01", "lines": [{"product": "care", "price": "90.00"}]})
    ws.run("2026-12-01", code=1)
    assert rows(ws.draft()) == [("new", "20", "90.00", "18.00"), ("old", "10", "-10.00", "-1.00")]


def test_compound(ws):
    base(ws, 'tax "gst" { rate = "5" }\ntax "qst" { rate = "9.975", on = { "gst" } }\n', {"tax": ["gst", "qst"]}, "care", "soft")
    # 5 % of 140.00 is 7.00; 9.975 % of 147.00 is 14.66325
    assert rows(ws.bill("2026-11-01")[0]) == [("gst", "5", "140.00", "7.00"), ("qst", "9.975", "147.00", "14.66")]


def test_inclusive(ws):
    base(ws, 'tax "a" { rate = "10", inclusive = true }\ntax "b" { rate = "5", inclusive = true }\ntax "c" { rate = "2" }\n', {"tax": ["a", "b", "c"]}, "care")
    d, = ws.bill("2026-11-01")
    # 100 x 10/115 is 8.6956…, 100 x 5/115 is 4.3478…; the third is on top
    assert rows(d) == [("a", "10", "100.00", "8.70"), ("b", "5", "100.00", "4.35"), ("c", "2", "100.00", "2.00")]
    assert (d["subtotal"], d["total"]) == ("100.00", "102.00")


def test_exempt_and_reverse_charge(ws):
    vat = 'tax "vat" { rate = "19" }\n'
    base(ws, vat, {"tax": ["vat"], "tax_exempt": {"reason": "charity, certificate 7"}}, "care")
    d, = ws.bill("2026-11-01")
    assert (rows(d), d["taxes"][0]["reason"], d["taxes"][0]["category"], d["total"]) == ([("vat", "0", "100.00", "0.00")], "charity, certificate 7", "E", "100.00")
    base(ws, vat, {"tax": ["vat"], "reverse_charge": True}, "care")
    d, = ws.bill("2026-12-01")
    assert (rows(d), d["taxes"][0]["reason"], d["taxes"][0]["category"]) == ([("vat", "0", "100.00", "0.00")], "Reverse charge", "AE")
    base(ws, vat, {"tax_exempt": {"reason": "none applies"}}, "care")
    d, = ws.bill("2027-01-01")
    assert (d["taxes"][0]["base"], d["taxes"][0]["amount"], d["taxes"][0]["reason"]) == ("100.00", "0.00", "none applies")


def test_one_rounding_for_each_tax_after_discounts(ws):
    base(ws, 'tax "vat" { rate = "7" }\n', {"tax": ["vat"]}, "care", "soft", "misc", discount={"percent": "33.33"})
    d, = ws.bill("2026-11-01")
    # 33.33 % of 150.00 is 49.995, so 50.00; 7 % of 100.00
    assert (d["discounts"][0]["amount"], rows(d)) == ("-50.00", [("vat", "7", "100.00", "7.00")])


def test_a_tax_that_is_not_there_is_a_mistake(ws):
    base(ws, 'tax "vat" { rate = "7" }\n', {"tax": ["vta"]}, "care")
    assert 'did you mean "vat"' in ws.check(code=3)["mistakes"][0]["message"]
