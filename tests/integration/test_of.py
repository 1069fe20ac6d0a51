"""`of`: what a discount and a contract's minimum are of; discounts that reach across the contracts of a client (BILLING 6.5, 6.6)."""
from conftest import line

BOOK = '''product "care" { name = "Care", model = "flat", price = "100.00", tax = "service", section = "Managed" }
product "soft" { name = "Software", model = "flat", price = "40.00", tax = "software", section = "Licences" }
product "hard" { name = "Hardware", model = "flat", price = "60.00" }
'''
ALL = [{"product": "care"}, {"product": "soft"}, {"product": "hard"}]


def book(ws, extra=""):
    ws.config(extra)
    ws.book(BOOK)


def contract(id, lines, client="acme", **more):
    return dict({"id": id, "client": client, "starts": "2026-11-01", "lines": lines}, **more)


def off(doc):
    return [(x["contract"], x["description"], x["amount"]) for x in doc["discounts"]]


def test_a_discount_of_any_attribute(ws):
    book(ws)
    ws.clients({"id": "acme"}, contract("k", ALL, discount=[
        {"percent": "10", "reason": "tax", "of": {"tax": "service"}},
        {"percent": "10", "reason": "section", "of": {"section": ["Licences", "Other"]}},
        {"percent": "10", "reason": "both", "of": {"tax": "service", "section": "Licences"}},
        {"percent": "50", "reason": "product", "of": "hard"},
        {"amount": "5.00", "reason": "all", "of": "all"}]))
    ws.run("2026-11-01")
    # 10 % of 100.00; 10 % of 40.00; nothing is both; 50 % of 60.00; and 5.00 of what is left of everything
    assert off(ws.draft()) == [("k", "tax", "-10.00"), ("k", "section", "-4.00"), ("k", "product", "-30.00"), ("k", "all", "-5.00")]


def test_a_minimum_of_some_lines(ws):
    book(ws, 'tax "vat" { name = "VAT", rate = "10", applies = { "service" } }\n')
    ws.clients({"id": "acme", "tax": ["vat"]},
               contract("k", ALL, minimum={"amount": "150.00", "of": {"tax": "service"}}, discount={"percent": "10", "of": "care"}))
    ws.run("2026-11-01")
    d = ws.draft()
    # 150.00 less 100.00 less its 10.00: 60.00 short; the others do not count. It is taxed as what it is of: (90 + 60) x 10 %
    assert line(d, kind="minimum")["amount"] == "60.00"
    assert [(t["base"], t["amount"]) for t in d["taxes"]] == [("150.00", "15.00")]


def test_a_dated_minimum_of_some_lines(ws):
    book(ws)
    ws.clients({"id": "acme"}, contract("k", ALL, minimum={"amount": {"start": "110.00", "2026-12-01": "130.00"}, "of": ["care"]}))
    assert line(ws.bill("2026-11-01")[0], kind="minimum")["amount"] == "10.00"
    assert line(ws.bill("2026-12-01")[0], kind="minimum")["amount"] == "30.00"


def test_a_discount_over_all_contracts(ws):
    book(ws)
    ws.clients({"id": "acme"},
               contract("a", [{"product": "care"}], discount=[{"percent": "10", "reason": "own"}, {"percent": "50", "reason": "all", "contracts": "all", "of": {"tax": ["service", "software"]}}]),
               contract("b", ALL), contract("c", [{"product": "soft"}], starts="2026-11-15"))
    d, = ws.bill("2026-11-01")
    # 10 % of a's care; then 50 % of 90.00 in a, and of 100.00 + 40.00 in b; b's hardware is not reached
    assert sorted(off(d)) == [("a", "all", "-45.00"), ("a", "own", "-10.00"), ("b", "all", "-70.00")]
    assert d["total"] == "175.00"   # 300.00 - 125.00
    assert ws.run("2026-11-02")["drafted"] == 0
    ws.verify()
    # c is billed on its own issue date (16 of 30 days of 40.00) and there is no billing of a on it: nothing comes off
    d, = ws.bill("2026-11-15")
    assert (d["total"], d["discounts"]) == ("21.33", [])


def test_a_fixed_discount_over_all_contracts_is_given_once(ws):
    book(ws)
    ws.clients({"id": "acme"}, contract("a", [{"product": "care"}], discount={"amount": "14.00", "reason": "once", "contracts": "all"}),
               contract("b", [{"product": "soft"}]))
    ws.run("2026-11-01")
    d = ws.draft()
    assert off(d) == [("a", "once", "-10.00"), ("b", "once", "-4.00")]   # 14.00 over 100 : 40
    assert d["total"] == "126.00"


def test_the_discount_of_a_contract_comes_before_the_clients(ws):
    book(ws)
    ws.clients({"id": "acme", "discount": {"percent": "10", "reason": "client"}},
               contract("a", [{"product": "care"}], discount={"percent": "50", "reason": "half", "contracts": "all"}),
               contract("b", [{"product": "soft"}], minimum="30.00"))
    ws.run("2026-11-01")
    d = ws.draft()
    assert off(d) == [("a", "half", "-50.00"), ("a", "client", "-5.00"), ("b", "half", "-20.00"), ("b", "client", "-2.00")]
    assert line(d, kind="minimum", contract="b")["amount"] == "12.00"   # 30 - (40 - 22)


def test_a_discount_stays_in_its_currency(ws):
    ws.config()
    ws.book('product "care" { model = "flat", price = "100.00", prices = { JPY = "10000" } }\n')
    ws.clients({"id": "acme", "discount": {"amount": "10.00", "amounts": {"JPY": "1000"}, "reason": "client"}},
               contract("a", [{"product": "care"}], discount={"percent": "50", "reason": "half", "contracts": "all"}),
               contract("b", [{"product": "care"}], currency="JPY"))
    ws.run("2026-11-01")
    usd, jpy = sorted(ws.drafts(), key=lambda d: d["currency"], reverse=True)
    assert (usd["total"], off(usd)) == ("40.00", [("a", "half", "-50.00"), ("a", "client", "-10.00")])
    assert (jpy["total"], off(jpy)) == ("9000", [("b", "client", "-1000")])


def test_a_new_contract_on_a_charged_date_shares_the_discount(ws):
    book(ws)
    acme = {"id": "acme"}
    a = contract("a", [{"product": "care"}], discount={"amount": "30.00", "reason": "all", "contracts": "all"})
    ws.clients(acme, a)
    d, = ws.bill("2026-11-01")
    assert (d["total"], off(d)) == ("70.00", [("a", "all", "-30.00")])
    ws.clients(acme, a, contract("b", [{"product": "soft"}], bill={"every": 1, "unit": "month", "on": 1}))
    d, = ws.bill("2026-11-05")
    # 30.00 over 100 : 40 is 21.43 and 8.57: b's share comes off b; what a had too much goes out with a's next billing
    assert (d["total"], off(d)) == ("31.43", [("b", "all", "-8.57")])
    d, = ws.bill("2026-12-01")
    # 140.00 - 30.00 for December, and the 8.57 that a owes for November
    assert d["total"] == "118.57"
    assert ws.run("2026-12-02")["drafted"] == 0
    ws.verify()


def test_an_unknown_attribute_is_a_mistake(ws):
    book(ws)
    ws.clients({"id": "acme"}, contract("k", ALL, discount={"percent": "5", "of": {"site": "Troy"}}))
    assert "unknown key" in ws.check(code=3)["mistakes"][0]["message"]


def test_a_clients_discount_that_has_ended_for_one_of_two_contracts(ws):
    """Billed together on 1 May, in arrears for April and in advance for May: each discount reaches the periods that begin within its own days."""
    book(ws)
    ws.clients({"id": "acme", "discount": [{"percent": "50", "reason": "spring", "ends": "2026-04-15"}, {"percent": "10", "reason": "loyal"}]},
               contract("a", [{"product": "care"}], starts="2026-04-01", bill={"timing": "arrears"}),
               contract("b", [{"product": "care"}], starts="2026-05-01"))
    ws.run("2026-05-01")
    # spring: half of a's 100.00; loyal: 10 % of the 50.00 + 100.00 that are left
    assert sorted(off(ws.draft())) == [("a", "loyal", "-5.00"), ("a", "spring", "-50.00"), ("b", "loyal", "-10.00")]
    assert ws.draft()["total"] == "135.00"


def test_a_clients_percentage_that_changes_between_two_periods(ws):
    book(ws)
    ws.clients({"id": "acme", "discount": {"percent": {"start": "10", "2026-05-01": "20"}, "reason": "loyal"}},
               contract("a", [{"product": "care"}], starts="2026-04-01", bill={"timing": "arrears"}),
               contract("b", [{"product": "care"}], starts="2026-05-01"))
    ws.run("2026-05-01")
    # April's period begins with 10 %, May's with 20 %
    assert sorted(off(ws.draft())) == [("a", "loyal", "-10.00"), ("b", "loyal", "-20.00")]
