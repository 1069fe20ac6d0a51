"""Parts that must come to the whole: of a period, of a line, of a discount, of a client. Each was found by the oracle (tests/oracle)."""
from conftest import line

BOOK = '''product "u" { name = "U", model = "per_unit", price = "30.00", tax = "service" }
product "f" { name = "F", model = "flat", price = "100.00", tax = "service" }
'''


def write(ws, client=None, config="", **contract):
    ws.config(config)
    ws.book(BOOK)
    ws.clients(dict({"id": "a", "name": "A"}, **(client or {})), dict({"id": "k", "client": "a"}, **contract))


def shown(d):
    return [(x["kind"], x["period"]["from"], x["quantity"], x["fraction"], x["amount"]) for x in d["lines"]]


def test_a_minimum_amount_is_owed_once(ws):
    """20.00 are missing to 50.00; the next look at January owes nothing, and neither does one after an edit that leaves it at 50.00."""
    write(ws, starts="2027-01-01", lines=[{"id": "l", "product": "u", "quantity": 1, "minimum_amount": "50.00"}])
    first = ws.bill("2027-01-01")[0]
    assert shown(first) == [("charge", "2027-01-01", "1", "1", "30.00"), ("minimum", "2027-01-01", "1", "1", "20.00")]
    ws.run("2027-02-01", "--no-digest")
    assert [x[:2] for x in shown(ws.draft())] == [("charge", "2027-02-01"), ("minimum", "2027-02-01")]
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2027-01-01",
                                          "lines": [{"id": "l", "product": "u", "quantity": 1, "price": "45.00", "minimum_amount": "50.00"}]})
    ws.run("2027-02-01")
    d = ws.draft()
    assert d["hold"] is None and shown(d) == [("charge", "2027-02-01", "1", "1", "45.00"), ("minimum", "2027-02-01", "1", "1", "5.00")]


def test_more_than_the_minimum_amount_later_is_one_difference(ws):
    """50.00 charged, 60.00 owed after the edit: one adjustment of 10.00."""
    contract = {"id": "k", "client": "a", "starts": "2027-01-01", "lines": [{"id": "l", "product": "u", "quantity": 1, "minimum_amount": "50.00"}]}
    ws.config('invoicing { adjust = "now" }\n')
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, contract)
    ws.bill("2027-01-01")
    contract["lines"][0]["quantity"] = 2
    ws.clients({"id": "a", "name": "A"}, contract)
    ws.run("2027-01-02")
    assert [(x["kind"], x["amount"]) for x in ws.draft()["lines"]] == [("adjustment", "10.00")]


def test_a_discount_finds_its_line_when_only_the_minimum_amount_shows(ws):
    write(ws, starts="2027-01-01", lines=[{"id": "l", "product": "u", "quantity": 0, "minimum_amount": "50.00", "discount": {"percent": "10"}}])
    d = ws.bill("2027-01-01")[0]
    assert [(x["kind"], x["amount"]) for x in d["lines"]] == [("minimum", "50.00")]
    assert [(x["line"], x["amount"]) for x in d["discounts"]] == [(d["lines"][0]["id"], "-5.00")]


def test_days_of_a_30_360_month_add_up_to_it(ws):
    """A change on the 31st: the month's thirty days are over, so the whole is 10 × 30.00, and not a thirty-first of 12 more."""
    write(ws, starts="2027-01-01", prorate="30/360", lines=[{"product": "u", "quantity": 10, "changes": [["2027-01-31", 12]]}])
    ws.run("2027-01-01")
    d = ws.draft()
    assert (d["total"], line(d, quantity="10")["fraction"]) == ("300.00", "1")
    # A change on 28 February: 27 days of 30, and the last one counts for the three that are left.
    write(ws, starts="2027-02-01", prorate="30/360", lines=[{"product": "u", "quantity": 10, "changes": [["2027-02-28", 20]]}])
    ws.run("2027-02-01")
    assert [(x[2], x[3], x[4]) for x in shown(ws.draft())] == [("10", "27/30", "270.00"), ("20", "1/10", "60.00")]


def test_a_dated_minimum_is_read_on_the_first_day_in_force(ws):
    """The quantity goes by days; what bounds it is read once: a minimum of 20 from 15 January does not touch January."""
    write(ws, starts="2027-01-01", lines=[{"product": "u", "quantity": 1, "minimum": {"start": 10, "2027-01-15": 20}, "changes": [["2027-01-20", 12]]}])
    ws.run("2027-01-01")
    # 10 × 30.00 × 19/31 and 12 × 30.00 × 12/31
    assert [(x[2], x[3], x[4]) for x in shown(ws.draft())] == [("10", "19/31", "183.87"), ("12", "12/31", "139.35")]


def test_a_discount_is_taxed_at_the_rate_of_its_line_s_days(ws):
    """In arrears: December at 10 %, January at 20 %, 50 % off each: taxes of 5.00 and 10.00 on 50.00 each."""
    config = 'tax "vat" { name = "VAT", rate = "10", by = "service", rates = { ["2027-01-01"] = "20" } }\n'
    write(ws, {"tax": ["vat"]}, config, starts="2026-12-01", bill={"timing": "arrears"}, lines=[{"product": "f"}], discount={"percent": "50"})
    ws.run("2027-02-01")
    assert [(x["rate"], x["base"], x["amount"]) for x in ws.draft()["taxes"]] == [("10", "50.00", "5.00"), ("20", "50.00", "10.00")]


def test_a_discount_is_in_force_by_each_contract_s_own_period(ws):
    """From 15 January, on invoices of 1 February: the month to come is reached, the month gone by is not; whichever contract comes first."""
    for early, late in (("k1", "k2"), ("k2", "k1")):
        ws.config()
        ws.book(BOOK)
        ws.clients({"id": "a", "name": "A", "discount": {"percent": "10", "from": "2027-01-15"}},
                   {"id": early, "client": "a", "starts": "2027-01-01", "bill": {"timing": "arrears"}, "lines": [{"product": "f"}]},
                   {"id": late, "client": "a", "starts": "2027-02-01", "lines": [{"product": "f"}]})
        ws.run("2027-02-01")
        d = ws.draft()
        assert [(x["contract"], x["amount"]) for x in d["discounts"]] == [(late, "-10.00")]
        assert d["total"] == "190.00"
