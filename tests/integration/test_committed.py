"""Committed quantities: up at once, down with the next period or at a renewal; common end dates; ends inside a commitment; what was taken over."""
from fractions import Fraction

import pytest
from calc import amount, total
from conftest import SHEET, line

SEATS = 'product "seats" { name = "Seats", model = "per_unit", price = "26.40", unit = "user" }\n'
BOOK = SEATS + 'product "base" { name = "Base", model = "flat", price = "100.00" }\n'


def one(ws, *lines, config="", book=BOOK, client=None, **contract):
    ws.config(config)
    ws.book(book)
    ws.clients(dict({"id": "a", "name": "A"}, **(client or {})),
               dict({"id": "k", "client": "a", "starts": "2026-10-01", "lines": list(lines)}, **contract))


def seats(**keys):
    return dict({"product": "seats", "quantity": 10, "decrease": "renewal", "term": 12}, **keys)


def rows(doc, **want):
    return [(x["period"]["from"], x["period"]["to"], x["quantity"], x["amount"]) for x in doc["lines"]
            if all(x.get(k) == v for k, v in want.items())]


# ---- up at once, down only then ----

def test_a_fixed_quantity_goes_up_at_once_and_comes_down_at_the_renewal(ws):
    one(ws, seats(changes=[["2026-11-16", 12], ["2027-02-01", 8]]))
    assert rows(ws.bill("2026-10-01")[0]) == [("2026-10-01", "2026-10-31", "10", "264.00")]
    # 15 of 30 days with 10, 15 with 12
    assert rows(ws.bill("2026-11-01")[0]) == [("2026-11-01", "2026-11-15", "10", "132.00"), ("2026-11-16", "2026-11-30", "12", "158.40")]
    ws.bill("2026-12-01")
    ws.bill("2027-01-01")
    february = ws.bill("2027-02-01")[0]
    assert rows(february) == [("2027-02-01", "2027-02-28", "12", "316.80")]  # 8 were asked for
    for month in range(3, 10):
        assert ws.bill("2027-%02d-01" % month)[0]["subtotal"] == "316.80"
    assert rows(ws.bill("2027-10-01")[0]) == [("2027-10-01", "2027-10-31", "8", "211.20")]
    assert ws.run("2027-10-02")["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_now_is_the_default(ws):
    one(ws, {"product": "seats", "quantity": 12, "changes": [["2026-11-01", 8]]})
    assert rows(ws.bill("2026-10-01")[0]) == [("2026-10-01", "2026-10-31", "12", "316.80")]
    assert rows(ws.bill("2026-11-01")[0]) == [("2026-11-01", "2026-11-30", "8", "211.20")]


def test_next_period_gives_nothing_back_for_the_period_that_runs(ws):
    one(ws, {"product": "seats", "quantity": 12, "decrease": "next_period", "changes": [["2026-11-10", 8], ["2026-11-20", 13], ["2026-11-25", 9]]})
    ws.run("2026-12-01")
    d = ws.draft()
    # November: 12 to the 19th (19 days), 13 from the 20th (11 days); December: 9
    assert rows(d) == [("2026-10-01", "2026-10-31", "12", "316.80"), ("2026-11-01", "2026-11-19", "12", amount("26.40", 12, Fraction(19, 30))),
                       ("2026-11-20", "2026-11-30", "13", amount("26.40", 13, Fraction(11, 30))), ("2026-12-01", "2026-12-31", "9", "237.60")]
    assert amount("26.40", 12, Fraction(19, 30)) == "200.64" and amount("26.40", 13, Fraction(11, 30)) == "125.84"


def test_a_decrease_written_into_a_charged_period_gives_nothing_back(ws):
    one(ws, seats())
    ws.bill("2026-10-01")
    one(ws, seats(changes=[["2026-10-10", 4]]))
    assert ws.run("2026-10-15")["drafted"] == 0
    assert rows(ws.bill("2026-11-01")[0]) == [("2026-11-01", "2026-11-30", "10", "264.00")]


def test_an_increase_in_a_charged_period_is_the_difference_and_stays(ws):
    one(ws, seats())
    ws.bill("2026-10-01")
    one(ws, seats(changes=[["2026-10-17", 12], ["2026-10-20", 10]]), adjust="now")
    x = line(ws.bill("2026-10-21")[0], kind="adjustment")
    assert x["amount"] == amount("26.40", 2, Fraction(15, 31)) == "25.55"  # twelve from the 17th to the end of the month
    assert rows(ws.bill("2026-11-01")[0]) == [("2026-11-01", "2026-11-30", "12", "316.80")]


def test_the_window_after_a_renewal(ws):
    one(ws, seats(window_days=7, changes=[["2027-10-07", 9], ["2027-10-08", 5]]), billed_through="2027-08-31")
    ws.bill("2027-09-01")
    # six days with 10, and 9 from the seventh on; the eighth day is too late for 5
    assert rows(ws.bill("2027-10-01")[0]) == [("2027-10-01", "2027-10-06", "10", amount("26.40", 10, Fraction(6, 31))),
                                              ("2027-10-07", "2027-10-31", "9", amount("26.40", 9, Fraction(25, 31)))]
    assert rows(ws.bill("2027-11-01")[0]) == [("2027-11-01", "2027-11-30", "9", "237.60")]


def test_a_term_of_one_month_from_the_line_s_first_day(ws):
    one(ws, {"product": "seats", "quantity": 10, "from": "2026-10-15", "decrease": "renewal", "term": 1, "window_days": 0, "changes": [["2026-10-20", 6]]})
    ws.run("2026-11-01")
    d = ws.draft()
    assert rows(d) == [("2026-10-15", "2026-10-31", "10", amount("26.40", 10, Fraction(17, 31))),
                       ("2026-11-01", "2026-11-14", "10", amount("26.40", 10, Fraction(14, 30))),
                       ("2026-11-15", "2026-11-30", "6", amount("26.40", 6, Fraction(16, 30)))]


def test_term_or_common_end_date_alone_mean_a_renewal_of_twelve_months(ws):
    one(ws, {"product": "seats", "quantity": 10, "term": 12, "changes": [["2026-11-01", 8]]},
        {"product": "seats", "id": "two", "quantity": 5, "coterm": "2026-11-30", "changes": [["2026-11-01", 4], ["2026-12-01", 3]]})
    ws.run("2026-12-01")
    assert [r[2] for r in rows(ws.draft())] == ["10", "10", "10", "5", "5", "3"]


def test_the_order_is_decrease_minimum_included_round_up_maximum(ws):
    # committed 12, at least 9: 12; less 2: 10; up to a multiple of 4: 12; at most 11
    one(ws, seats(quantity=12, changes=[["2026-10-01", 12], ["2026-11-01", 5]], minimum=9, included=2, round_up_to=4, maximum=11))
    ws.bill("2026-10-01")
    assert rows(ws.bill("2026-11-01")[0]) == [("2026-11-01", "2026-11-30", "11", "290.40")]


# ---- counted lines: the counts since the term began ----

COUNTED = 'product "seats" { name = "Seats", model = "per_unit", price = "26.40", unit = "user", count = devices {}, decrease = "renewal", term = 12 }\n'


def counted(ws, *devices, **contract):
    ws.config(SHEET + "invoicing { guard = false }\n")
    ws.book(COUNTED)
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}}, dict({"id": "k", "client": "a", "starts": "2026-10-01", "lines": [{"product": "seats"}]}, **contract))
    ws.devices(*devices)


def test_a_count_is_held_up_by_every_day_since_the_term_began(ws):
    counted(ws, ("a", "d1", "2026-09-01"), ("a", "d2", "2026-09-01", "2026-10-20"), ("a", "d3", "2026-10-10", "2026-10-12"))
    assert rows(ws.bill("2026-10-01")[0]) == [("2026-10-01", "2026-10-31", "2", "52.80")]
    d = ws.bill("2026-11-01")[0]
    assert rows(d) == [("2026-11-01", "2026-11-30", "3", "79.20")]  # three from 10 to 12 October; one is there
    e = ws.explain(d["id"])["lines"][0]
    assert e["committed"] == {"decrease": "renewal", "quantity": "3", "raw": "1", "until": "2027-09-30"}
    assert e["count"]["raw"] == "1" and [x["id"] for x in e["assets"]] == ["d1"]
    text = ws.command("explain", d["id"]).out
    assert 'committed 3 until 2027-09-30; asked for 1 (decrease = "renewal")' in text
    assert ws.run("2026-11-02")["drafted"] == 0


def test_at_the_renewal_the_count_of_the_day_is_billed(ws):
    counted(ws, ("a", "d1", "2026-09-01"), ("a", "d2", "2026-09-01", "2026-10-20"), billed_through="2027-08-31")
    assert rows(ws.bill("2027-09-01")[0]) == [("2027-09-01", "2027-09-30", "2", "52.80")]
    assert rows(ws.bill("2027-10-01")[0]) == [("2027-10-01", "2027-10-31", "1", "26.40")]


def test_what_becomes_known_of_the_term_later_moves_no_charged_period(ws):
    counted(ws, ("a", "d1", "2026-09-01"))
    ws.bill("2026-10-01")
    ws.bill("2026-11-01")
    counted(ws, ("a", "d1", "2026-09-01"), ("a", "d2", "2026-10-05", "2026-10-08"))
    assert ws.run("2026-11-20")["drafted"] == 0  # charged periods are judged by the facts of then
    assert rows(ws.bill("2026-12-01")[0]) == [("2026-12-01", "2026-12-31", "2", "52.80")]


def test_a_count_read_before_a_renewal_is_the_new_term_s(ws):
    # issued ten days ahead: the count of 21 September is October's, whose term begins on the 1st
    counted(ws, ("a", "d1", "2026-09-01"), ("a", "d2", "2026-09-01", "2027-09-10"), billed_through="2027-08-31",
            bill={"every": 1, "unit": "month", "on": 1, "lead_days": 10})
    assert rows(ws.bill("2027-08-22")[0]) == [("2027-09-01", "2027-09-30", "2", "52.80")]
    d = ws.bill("2027-09-21")[0]
    assert rows(d) == [("2027-10-01", "2027-10-31", "1", "26.40")]
    assert ws.explain(d["id"])["lines"][0]["committed"]["until"] == "2028-09-30"


def test_the_ratchet_of_a_fixed_quantity_is_in_the_evidence(ws):
    one(ws, seats(changes=[["2026-11-16", 8]]))
    d = ws.bill("2026-10-01")[0]
    assert ws.explain(d["id"])["lines"][0]["committed"] == {"decrease": "renewal", "quantity": "10", "raw": "10", "until": "2027-09-30"}
    d = ws.bill("2026-12-01")[0]
    assert ws.explain(d["id"])["lines"][-1]["committed"] == {"decrease": "renewal", "quantity": "10", "raw": "8", "until": "2027-09-30"}
    one(ws, {"product": "seats", "quantity": 10})
    assert "committed" not in ws.explain(ws.bill("2027-01-01")[0]["id"])["lines"][-1]


# ---- moving in ----

def test_what_was_committed_elsewhere_is_the_least(ws):
    one(ws, seats(quantity=8, committed={"quantity": 10, "until": "2027-04-16"}), starts="2026-11-01")
    d = ws.bill("2026-11-01")[0]
    assert rows(d) == [("2026-11-01", "2026-11-30", "10", "264.00")]
    assert ws.explain(d["id"])["lines"][0]["committed"] == {"decrease": "renewal", "quantity": "10", "raw": "8", "until": "2027-04-16"}
    for month in ("2026-12", "2027-01", "2027-02", "2027-03"):
        ws.bill(month + "-01")
    # 16 of 30 days with 10, 14 with 8
    assert rows(ws.bill("2027-04-01")[0]) == [("2027-04-01", "2027-04-16", "10", "140.80"), ("2027-04-17", "2027-04-30", "8", "98.56")]


# ---- common end dates, and licences by the year ----

def test_a_line_added_later_ends_with_the_others(ws):
    """A yearly licence, 240.00 a seat; the second line is bought on 10 November and ends with the first on 30 June: 233 of 365 days."""
    book = 'product "y" { name = "Yearly", model = "per_unit", price = "240.00", bill = { every = 1, unit = "year" } }\n'
    book = book.replace(', bill = { every = 1, unit = "year" }', "")
    year = {"every": 1, "unit": "year"}
    first = {"product": "y", "id": "one", "quantity": 10, "bill": year, "coterm": "2027-06-30"}
    second = {"product": "y", "id": "two", "quantity": 4, "bill": year, "coterm": "2027-06-30", "from": "2026-11-10"}
    one(ws, first, book=book, starts="2026-07-01")
    d = ws.bill("2026-07-01")[0]
    assert rows(d) == [("2026-07-01", "2027-06-30", "10", "2400.00")]
    one(ws, first, second, book=book, starts="2026-07-01", adjust="now")
    d = ws.bill("2026-11-10")[0]
    assert rows(d) == [("2026-11-10", "2027-06-30", "4", amount("240.00", 4, Fraction(233, 365)))]
    assert d["subtotal"] == "612.82" and d["lines"][0]["fraction"] == "233/365"
    assert ws.run("2027-06-30")["drafted"] == 0
    assert rows(ws.bill("2027-07-01")[0]) == [("2027-07-01", "2028-06-30", "10", "2400.00"), ("2027-07-01", "2028-06-30", "4", "960.00")]
    assert ws.verify()["ok"] is True


def test_seats_added_to_a_yearly_licence_cost_the_rest_of_its_year(ws):
    book = 'product "y" { name = "Yearly", model = "per_unit", price = "240.00" }\n'
    keys = {"product": "y", "quantity": 10, "bill": {"every": 1, "unit": "year"}, "coterm": "2027-06-30"}
    one(ws, keys, book=book, starts="2026-07-01", adjust="now")
    ws.bill("2026-07-01")
    one(ws, dict(keys, changes=[["2026-11-10", 13]]), book=book, starts="2026-07-01", adjust="now")
    d = ws.bill("2026-11-10")[0]
    x = line(d, kind="adjustment")
    assert x["amount"] == amount("240.00", 3, Fraction(233, 365)) == "459.62" and x["corrects"] is not None
    one(ws, dict(keys, changes=[["2026-11-10", 13], ["2027-01-01", 9]]), book=book, starts="2026-07-01", adjust="now")
    assert ws.run("2027-01-02")["drafted"] == 0
    assert rows(ws.bill("2027-07-01")[0]) == [("2027-07-01", "2028-06-30", "9", "2160.00")]


# ---- an end inside a commitment ----

def test_a_contract_that_ends_inside_a_commitment_charges_the_rest(ws):
    one(ws, seats(), {"product": "base"}, starts="2026-10-01")
    for month in ("2026-10", "2026-11", "2026-12", "2027-01", "2027-02", "2027-03", "2027-04"):
        ws.bill(month + "-01")
    one(ws, seats(), {"product": "base"}, ends="2027-04-15")
    d = ws.bill("2027-04-16")[0]
    # April is charged and stays; May to September are due at once. The base fee ends with the contract: 15 days of April go back.
    assert rows(d, product="seats") == [("2027-05-01", "2027-05-31", "10", "264.00"), ("2027-06-01", "2027-06-30", "10", "264.00"),
                                        ("2027-07-01", "2027-07-31", "10", "264.00"), ("2027-08-01", "2027-08-31", "10", "264.00"),
                                        ("2027-09-01", "2027-09-30", "10", "264.00")]
    assert {x["description"] for x in d["lines"] if x["product"] == "seats"} == {"Seats (committed until 2027-09-30)"}
    assert line(d, product="base")["amount"] == "-50.00"
    assert d["subtotal"] == "1270.00"
    e = ws.explain(d["id"])["lines"]
    assert e[0]["committed"] == {"decrease": "renewal", "quantity": "10", "raw": "10", "until": "2027-09-30"}
    for date in ("2027-04-17", "2027-05-01", "2027-09-30", "2027-10-01", "2028-01-01"):
        assert ws.run(date)["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_an_end_known_before_charges_each_day_once(make):
    timely, asleep = make("timely"), make("asleep")
    for w in (timely, asleep):
        one(w, seats(term=6), ends="2027-01-15")
    for date in ("2026-10-01", "2026-11-01", "2026-12-01", "2027-01-01", "2027-01-16", "2027-02-01", "2027-03-01", "2027-04-01"):
        timely.bill(date)
    asleep.bill("2027-04-01")
    got = [rows(d) for d in timely.export()]
    assert got[3] == [("2027-01-01", "2027-01-31", "10", "264.00")]  # committed to its end: nothing is cut
    assert got[4] == [("2027-02-01", "2027-02-28", "10", "264.00"), ("2027-03-01", "2027-03-31", "10", "264.00")]
    assert len(got) == 5
    assert sorted(r for d in got for r in d) == sorted(rows(asleep.export()[0]))
    assert total(*[d["total"] for d in timely.export()]) == asleep.export()[0]["total"] == "1584.00"


def test_the_rest_ends_with_its_term_inside_a_period(ws):
    one(ws, seats(term=1), starts="2026-10-10", ends="2026-10-20")
    ws.run("2026-10-21")
    # the term goes to 9 November: 22 days of October, 9 of November
    assert rows(ws.draft()) == [("2026-10-10", "2026-10-31", "10", amount("26.40", 10, Fraction(22, 31))),
                                ("2026-11-01", "2026-11-09", "10", amount("26.40", 10, Fraction(9, 30)))]


def test_a_line_that_ends_inside_a_commitment_is_due_at_once(ws):
    one(ws, seats(term=3), {"product": "base"})
    ws.bill("2026-10-01")
    one(ws, seats(term=3, ends="2026-10-20"), {"product": "base"})
    d = ws.bill("2026-10-21")[0]
    assert rows(d) == [("2026-11-01", "2026-11-30", "10", "264.00"), ("2026-12-01", "2026-12-31", "10", "264.00")]
    assert ws.run("2026-10-22")["drafted"] == 0
    assert rows(ws.bill("2026-11-01")[0]) == [("2026-11-01", "2026-11-30", "1", "100.00")]


def test_release_lets_it_go(ws):
    one(ws, seats(release=True))
    for month in ("2026-10", "2026-11"):
        ws.bill(month + "-01")
    one(ws, seats(release=True), ends="2026-11-15")
    d = ws.bill("2026-11-16")[0]
    assert [x["amount"] for x in d["lines"]] == ["-132.00"]


def test_released_afterwards_the_rest_goes_back(ws):
    one(ws, seats(term=3), ends="2026-10-20")
    ws.bill("2026-10-01")
    ws.bill("2026-10-21")
    one(ws, seats(term=3, release=True), ends="2026-10-20")
    ws.run("2026-10-25")
    d = ws.draft()
    # 11 days of October, all of November and December
    assert sorted(x["amount"] for x in d["lines"]) == sorted(["-" + amount("26.40", 10, Fraction(11, 31)), "-264.00", "-264.00"])
    assert d["type"] == "credit_note" and all(x["corrects"] for x in d["lines"])


def test_an_end_that_is_taken_back_gives_the_rest_back_and_bills_on(ws):
    one(ws, seats(term=3), ends="2026-10-20")
    ws.bill("2026-10-01")
    ws.bill("2026-10-21")
    one(ws, seats(term=3))
    assert ws.run("2026-10-25")["drafted"] == 0  # differences wait for the next scheduled billing
    d = ws.bill("2026-11-01")[0]
    assert rows(d, kind="charge") == [("2026-11-01", "2026-11-30", "10", "264.00")]
    assert [x["amount"] for x in d["lines"] if x["kind"] == "adjustment"] == ["-264.00", "-264.00"]
    assert rows(ws.bill("2026-12-01")[0]) == [("2026-12-01", "2026-12-31", "10", "264.00")]
    assert total(*[x["total"] for x in ws.export()]) == "792.00"
    assert ws.verify()["ok"] is True


def test_an_end_that_moves_inside_the_commitment_changes_no_sum(ws):
    one(ws, seats(term=3), ends="2026-10-20")
    ws.bill("2026-10-01")
    ws.bill("2026-10-21")
    one(ws, seats(term=3), ends="2026-11-20")
    for date in ("2026-11-01", "2026-11-21", "2026-12-01"):
        for d in ws.bill(date):
            assert d["total"] == "0.00"
    assert total(*[x["total"] for x in ws.export()]) == "792.00"


def test_periods_charged_before_the_end_was_known_stay_as_they_are(ws):
    one(ws, seats(term=3))
    ws.bill("2026-10-01")
    ws.bill("2026-11-01")
    one(ws, seats(term=3), ends="2026-10-20")  # written too late
    d = ws.bill("2026-11-02")[0]
    assert rows(d) == [("2026-12-01", "2026-12-31", "10", "264.00")]


def test_a_yearly_licence_is_not_credited_when_its_contract_ends(ws):
    book = 'product "y" { name = "Yearly", model = "per_unit", price = "240.00" }\n'
    keys = {"product": "y", "quantity": 10, "bill": {"every": 1, "unit": "year"}, "coterm": "2027-06-30"}
    one(ws, keys, book=book, starts="2026-07-01")
    ws.bill("2026-07-01")
    one(ws, keys, book=book, starts="2026-07-01", ends="2026-12-31")
    assert ws.run("2027-01-01")["drafted"] == 0
    assert ws.run("2027-07-01")["drafted"] == 0


def test_the_client_s_end_ends_it_too(ws):
    one(ws, seats(term=3), client={"ends": "2026-10-20"})
    ws.bill("2026-10-01")
    assert [r[3] for r in rows(ws.bill("2026-10-21")[0])] == ["264.00", "264.00"]


def test_in_arrears_the_rest_stands_with_the_last_bill(ws):
    one(ws, seats(term=3, timing="arrears"), ends="2026-10-20")
    assert ws.run("2026-10-20")["drafted"] == 0
    d = ws.bill("2026-10-21")[0]
    assert rows(d) == [("2026-10-01", "2026-10-31", "10", "264.00"), ("2026-11-01", "2026-11-30", "10", "264.00"),
                       ("2026-12-01", "2026-12-31", "10", "264.00")]


def test_a_counted_line_s_rest_is_what_was_committed_on_the_last_day(ws):
    counted(ws, ("a", "d1", "2026-09-01"), ("a", "d2", "2026-10-05", "2026-10-08"), ends="2026-10-20", lines=[{"product": "seats", "term": 2}])
    ws.bill("2026-10-01")
    d = ws.bill("2026-10-21")[0]
    assert rows(d) == [("2026-11-01", "2026-11-30", "2", "52.80")]
    assert ws.explain(d["id"])["lines"][0]["committed"] == {"decrease": "renewal", "quantity": "2", "raw": "1", "until": "2026-11-30"}
    assert ws.run("2026-12-01")["drafted"] == 0


def test_an_ended_line_with_its_rest_may_be_deleted(ws):
    one(ws, seats(term=3), {"product": "base"})
    ws.bill("2026-10-01")
    one(ws, seats(term=3, ends="2026-10-20"), {"product": "base"})
    ws.bill("2026-10-21")
    one(ws, {"product": "base"})
    batch = ws.run("2026-11-01")
    assert batch["held"] == []


# ---- mistakes ----

@pytest.mark.parametrize("keys, path, message", [
    ({"decrease": "now", "term": 12}, "term", 'goes with a renewal; expected decrease = "renewal" beside it'),
    ({"decrease": "next_period", "coterm": "2027-06-30"}, "coterm", 'goes with a renewal; expected decrease = "renewal" beside it'),
    ({"release": True}, "release", 'nothing is committed; expected decrease = "renewal" beside it'),
    ({"decrease": "later"}, "decrease", '"later"; expected "now", "next_period" or "renewal"'),
    ({"term": 0}, "term", "the number 0; expected a whole number from 1 to 120"),
    ({"committed": {"quantity": 10}}, "committed.until", 'missing; expected the commitment\'s last day, like { quantity = 10, until = "2027-04-16" }'),
    ({"committed": {"quantity": 10, "until": "2026-09-30"}}, "committed.until", "before the line begins; expected a day on or after its first"),
    ({"committed": 10}, "committed", "the number 10; expected a table"),
    ({"once": "2026-11-01", "decrease": "renewal"}, "decrease", "a once line has its one date; expected none"),
    ({"bill": {"every": 1, "unit": "year", "on": "01-15"}, "coterm": "2027-06-30"}, "coterm",
     'its years begin on 01-15, and this ends them on another day; expected bill = { …, on = "07-01" }, or a coterm that goes with it'),
])
def test_what_does_not_go_together_is_named(ws, keys, path, message):
    one(ws, dict({"product": "seats", "quantity": 10}, **keys))
    assert [(m["path"], m["message"]) for m in ws.check(code=3)["mistakes"]] == [('contract "k" lines[1].' + path, message)]


def test_usage_is_not_committed_and_a_contract_has_no_commitment_of_its_own(ws):
    one(ws, {"product": "gb", "decrease": "next_period"}, config=SHEET, committed={"quantity": 1, "until": "2027-01-01"},
        book='product "gb" { model = "per_unit", price = "1", timing = "arrears", count = usage { metric = "gb" } }\n')
    assert sorted(m["message"] for m in ws.check(code=3)["mistakes"]) == [
        "a commitment is one line's; expected it on the line", "what was used is not committed; expected a count or a quantity"]
