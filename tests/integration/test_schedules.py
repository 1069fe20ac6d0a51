"""Periods, stubs and issue dates of every kind of schedule; schedules and starts that move; contracts that come from another system."""
from fractions import Fraction

import pytest
from calc import amount, total
from conftest import line

BOOK = 'product "p" { name = "P", model = "flat", price = "100.00" }\nproduct "s" { name = "S", model = "per_unit", price = "10.00" }\n'


def one(ws, *lines, config="", **contract):
    ws.config(config)
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A"}, dict({"id": "k", "client": "a", "starts": "2026-10-01", "lines": list(lines) or [{"product": "p"}]}, **contract))


def rows(doc):
    return [(x["period"]["from"], x["period"]["to"], x["amount"]) for x in doc["lines"]]


def timely(ws, *dates):
    """What each date's documents bill, [] where nothing is due."""
    out = []
    for date in dates:
        docs = ws.bill(date)
        out.append([r for d in docs for r in rows(d)])
    return out


def day(share, of, price="100.00"):
    return amount(price, 1, Fraction(share, of))


# (bill, starts, [(date, [(from, to, amount)])]); the day before each date nothing is due
SCHEDULES = [
    ("months on the 15th", {"unit": "month", "on": 15}, "2026-10-01", [
        ("2026-10-01", [("2026-10-01", "2026-10-14", day(14, 30))]),          # of 15 September to 14 October
        ("2026-10-15", [("2026-10-15", "2026-11-14", "100.00")])]),
    ("every second month, from January", {"every": 2, "unit": "month"}, "2026-10-10", [
        ("2026-10-10", [("2026-10-10", "2026-10-31", day(22, 61))]),          # of September and October
        ("2026-11-01", [("2026-11-01", "2026-12-31", "100.00")]),
        ("2027-01-01", [("2027-01-01", "2027-02-28", "100.00")])]),
    ("quarters", {"unit": "quarter"}, "2026-11-20", [
        ("2026-11-20", [("2026-11-20", "2026-12-31", day(42, 92))]),
        ("2027-01-01", [("2027-01-01", "2027-03-31", "100.00")])]),
    ("half years", {"every": 6, "unit": "month"}, "2026-10-01", [
        ("2026-10-01", [("2026-10-01", "2026-12-31", day(92, 184))]),
        ("2027-01-01", [("2027-01-01", "2027-06-30", "100.00")])]),
    ("half years of April and October", {"every": 2, "unit": "quarter", "on": "04-01"}, "2026-10-01", [
        ("2026-10-01", [("2026-10-01", "2027-03-31", "100.00")]),
        ("2027-04-01", [("2027-04-01", "2027-09-30", "100.00")])]),
    ("years", {"unit": "year"}, "2026-10-01", [
        ("2026-10-01", [("2026-10-01", "2026-12-31", day(92, 365))]),
        ("2027-01-01", [("2027-01-01", "2027-12-31", "100.00")])]),
    ("years on 6 April", {"unit": "year", "on": "04-06"}, "2026-10-01", [
        ("2026-10-01", [("2026-10-01", "2027-04-05", day(187, 365))]),
        ("2027-04-06", [("2027-04-06", "2028-04-05", "100.00")])]),
    ("every 10 days", {"every": 10, "unit": "day"}, "2026-10-05", [
        ("2026-10-05", [("2026-10-05", "2026-10-14", "100.00")]),
        ("2026-10-15", [("2026-10-15", "2026-10-24", "100.00")])]),
    ("every second week, from a Monday", {"every": 2, "unit": "week", "on": "monday"}, "2026-10-07", [
        ("2026-10-07", [("2026-10-07", "2026-10-18", day(12, 14))]),          # Monday was the 5th
        ("2026-10-19", [("2026-10-19", "2026-11-01", "100.00")])]),
    ("anniversaries of the 31st", {"unit": "month", "align": "anniversary"}, "2026-10-31", [
        ("2026-10-31", [("2026-10-31", "2026-11-29", "100.00")]),
        ("2026-11-30", [("2026-11-30", "2026-12-30", "100.00")]),
        ("2026-12-31", [("2026-12-31", "2027-01-30", "100.00")]),
        ("2027-01-31", [("2027-01-31", "2027-02-27", "100.00")]),
        ("2027-02-28", [("2027-02-28", "2027-03-30", "100.00")])]),
    ("the last day of the month", {"unit": "month", "on": 31}, "2027-02-28", [ # on a clamped boundary: no stub
        ("2027-02-28", [("2027-02-28", "2027-03-30", "100.00")]),
        ("2027-03-31", [("2027-03-31", "2027-04-29", "100.00")])]),
    ("anniversaries of 29 February", {"unit": "year", "align": "anniversary"}, "2024-02-29", [
        ("2024-02-29", [("2024-02-29", "2025-02-27", "100.00")]),
        ("2025-02-28", [("2025-02-28", "2026-02-27", "100.00")]),
        ("2026-02-28", [("2026-02-28", "2027-02-27", "100.00")]),
        ("2027-02-28", [("2027-02-28", "2028-02-28", "100.00")]),
        ("2028-02-29", [("2028-02-29", "2029-02-27", "100.00")])]),
]


@pytest.mark.parametrize("name, bill, starts, want", SCHEDULES, ids=[s[0] for s in SCHEDULES])
def test_each_kind_of_schedule(ws, name, bill, starts, want):
    one(ws, starts=starts, bill=bill)
    for date, lines in want:
        got = timely(ws, date)
        assert got == [lines], date
        assert ws.run(date)["drafted"] == 0
    assert ws.verify()["ok"] is True


@pytest.mark.parametrize("name, bill, starts, want", SCHEDULES, ids=[s[0] for s in SCHEDULES])
def test_whoever_slept_bills_the_same(ws, name, bill, starts, want):
    one(ws, starts=starts, bill=bill)
    assert [r for r in rows(ws.bill(want[-1][0])[0])] == [r for _, lines in want for r in lines]


def test_in_arrears_with_days_after_and_in_advance_with_days_before(ws):
    one(ws, {"product": "p", "timing": "arrears"}, {"product": "s"}, bill={"unit": "month", "lead_days": 5, "lag_days": 3}, ends="2026-11-20")
    assert timely(ws, "2026-09-25", "2026-09-26") == [[], [("2026-10-01", "2026-10-31", "10.00")]]
    assert timely(ws, "2026-10-26", "2026-10-27") == [[], [("2026-11-01", "2026-11-20", day(20, 30, "10.00"))]]
    assert timely(ws, "2026-11-03", "2026-11-04") == [[], [("2026-10-01", "2026-10-31", "100.00")]]
    assert timely(ws, "2026-11-23", "2026-11-24") == [[], [("2026-11-01", "2026-11-20", day(20, 30))]]
    assert ws.run("2027-01-01")["drafted"] == 0


# ---- a schedule that is changed after it was charged ----

def test_from_months_to_quarters(ws):
    one(ws)
    timely(ws, "2026-10-01", "2026-11-01")
    one(ws, bill={"unit": "quarter"})
    assert ws.run("2026-11-30")["drafted"] == 0
    assert timely(ws, "2026-12-01") == [[("2026-12-01", "2026-12-31", day(31, 92))]]
    one(ws, bill={"unit": "quarter"}, note="any edit: all that was charged is looked at again")
    assert ws.run("2026-12-05")["drafted"] == 0
    assert timely(ws, "2027-01-01") == [[("2027-01-01", "2027-03-31", "100.00")]]
    assert ws.verify()["ok"] is True


def test_from_quarters_to_months_and_back(ws):
    one(ws, bill={"unit": "quarter"})
    timely(ws, "2026-10-01")
    one(ws, bill={"unit": "month", "on": 15})
    assert timely(ws, "2026-10-15", "2026-12-31", "2027-01-01") == [[], [], [("2027-01-01", "2027-01-14", day(14, 31))]]
    one(ws, bill={"unit": "quarter"})
    # the quarter that runs has 14 days charged: 76 of its 90 are left
    assert timely(ws, "2027-01-15") == [[("2027-01-15", "2027-03-31", day(76, 90))]]
    one(ws, bill={"unit": "quarter"}, note="edited")
    assert timely(ws, "2027-01-20", "2027-04-01") == [[], [("2027-04-01", "2027-06-30", "100.00")]]
    assert total(*[x["total"] for x in ws.export()]) == total("100.00", day(14, 31), day(76, 90), "100.00")


def test_a_moved_anchor(ws):
    one(ws, starts="2026-10-10", bill={"unit": "month", "align": "anniversary"})
    timely(ws, "2026-10-10", "2026-11-10")  # to 9 December
    one(ws, starts="2026-10-10", bill={"unit": "month", "on": 1})
    assert timely(ws, "2026-12-01", "2026-12-10", "2027-01-01") == [[], [("2026-12-10", "2026-12-31", day(22, 31))], [("2027-01-01", "2027-01-31", "100.00")]]
    one(ws, starts="2026-10-10", bill={"unit": "month", "on": 1}, note="edited")
    assert ws.run("2027-01-02")["drafted"] == 0


def test_the_timing_changed_from_advance_to_arrears(ws):
    one(ws)
    timely(ws, "2026-10-01", "2026-11-01")
    one(ws, timing="arrears")
    assert timely(ws, "2026-11-20", "2026-12-01", "2027-01-01") == [[], [], [("2026-12-01", "2026-12-31", "100.00")]]


def test_a_price_that_changes_after_a_stub_re_rates_the_stub_alone(ws):
    one(ws, adjust="now")
    timely(ws, "2026-10-01", "2026-11-01")
    one(ws, bill={"unit": "quarter"}, adjust="now")
    timely(ws, "2026-12-01")
    one(ws, {"product": "p", "price": {"start": "100.00", "2026-12-01": "192.00"}}, bill={"unit": "quarter"}, adjust="now")
    # 92.00 more a quarter, for 31 of its 92 days
    d = ws.bill("2026-12-02")[0]
    assert [x["amount"] for x in d["lines"]] == [total(day(31, 92, "192.00"), "-" + day(31, 92))] == ["31.00"]


def test_a_cancellation_inside_a_stub(ws):
    one(ws)
    timely(ws, "2026-10-01", "2026-11-01")
    one(ws, bill={"unit": "quarter"})
    timely(ws, "2026-12-01")
    one(ws, bill={"unit": "quarter"}, ends="2026-12-10")
    d = ws.bill("2026-12-11")[0]
    assert [x["amount"] for x in d["lines"]] == [total(day(10, 92), "-" + day(31, 92))]


# ---- what would cut a charged period ----

def test_what_another_system_billed_cannot_end_inside_a_charged_period(ws):
    one(ws)
    timely(ws, "2026-10-01", "2026-11-01")
    one(ws, billed_through="2026-11-15")
    want = [('contract "k" billed_through', "2026-11-30 would cut a period that has been charged: expected its last day, 2026-11-30, or a day before 2026-11-01")]
    want = [(want[0][0], "2026-11-15 would cut a period that has been charged: expected its last day, 2026-11-30, or a day before 2026-11-01")]
    assert [(m["path"], m["message"]) for m in ws.check(code=3)["mistakes"]] == want
    assert ws.command("run", "--date", "2026-12-01", code=3).code == 3
    for good in ("2026-11-30", "2026-10-31", "2026-09-30"):
        one(ws, billed_through=good)
        assert ws.check()["ok"] is True
    one(ws, {"product": "p", "billed_through": "2026-11-15"})
    assert [m["path"] for m in ws.check(code=3)["mistakes"]] == ['contract "k" lines[1].billed_through']


def test_a_schedule_cannot_be_cut_in_two_by_a_charged_period(ws):
    one(ws, billed_through="2026-10-31")
    timely(ws, "2026-11-01")
    one(ws, bill={"unit": "quarter"})  # October is to be billed after all, and the quarter has November in its middle
    message = ("the schedule's period 2026-10-01 – 2026-12-31 would be cut by 2026-11-01 – 2026-11-30, which has been charged: expected a schedule that goes on "
               "from the end of what was charged")
    assert [(m["path"], m["message"]) for m in ws.check(code=3)["mistakes"]] == [('contract "k" lines[1].bill', message)]
    assert message in ws.command("run", "--date", "2026-12-01", code=3).err
    one(ws)  # month by month nothing is cut
    assert ws.check()["ok"] is True
    assert sorted(rows(ws.bill("2026-12-01")[0])) == [("2026-10-01", "2026-10-31", "100.00"), ("2026-12-01", "2026-12-31", "100.00")]


def test_days_before_what_was_charged_are_billed_under_a_new_schedule_too(ws):
    one(ws, starts="2026-11-10", bill={"unit": "month", "align": "anniversary"})
    timely(ws, "2026-11-10")  # to 9 December
    one(ws, starts="2026-11-05", bill={"unit": "month", "align": "anniversary"})
    # the month from 5 November has its first five days left, the one from 5 December all from the 10th
    d = ws.bill("2026-12-10")[0]
    assert rows(d) == [("2026-11-05", "2026-11-09", day(5, 30)), ("2026-12-10", "2027-01-04", day(26, 31))]
    assert ws.run("2026-12-11")["drafted"] == 0


# ---- moving in ----

def test_billed_through_on_the_contract(ws):
    one(ws, {"product": "p"}, {"product": "s", "quantity": 2, "once": "2026-10-15"}, {"product": "s", "quantity": 3, "once": "2026-10-16"}, starts="2026-01-15",
        billed_through="2026-10-15")
    ws.run("2026-11-01")
    d = ws.draft()
    # sixteen days of October are a stub; the one-off of the 15th was the other system's
    assert sorted(rows(d)) == sorted([("2026-10-16", "2026-10-31", day(16, 31)), ("2026-11-01", "2026-11-30", "100.00"), ("2026-10-16", "2026-10-16", "30.00")])


def test_a_line_may_carry_its_own(ws):
    one(ws, {"product": "p", "billed_through": "2026-11-30"}, {"product": "s", "quantity": 1}, starts="2026-01-01", billed_through="2026-09-30")
    assert timely(ws, "2026-11-01", "2026-12-01") == [[("2026-10-01", "2026-10-31", "10.00"), ("2026-11-01", "2026-11-30", "10.00")],
                                                      [("2026-12-01", "2026-12-31", "100.00"), ("2026-12-01", "2026-12-31", "10.00")]]


def test_a_line_cannot_reach_behind_the_contract_s(ws):
    one(ws, {"product": "p", "billed_through": "2026-08-31"}, starts="2026-01-01", billed_through="2026-09-30")
    assert timely(ws, "2026-10-01") == [[("2026-10-01", "2026-10-31", "100.00")]]


def test_a_contract_wholly_billed_elsewhere_owes_nothing(ws):
    one(ws, starts="2026-01-01", ends="2026-06-30", billed_through="2026-06-30")
    assert ws.run("2026-12-01")["drafted"] == 0
    one(ws, starts="2026-01-01", ends="2026-06-30", billed_through="2026-12-31")
    assert ws.run("2026-12-02")["drafted"] == 0


def test_yearly_and_moved_in_the_middle_of_its_year(ws):
    one(ws, starts="2024-03-01", bill={"unit": "year", "align": "anniversary"}, billed_through="2027-02-28")
    assert timely(ws, "2026-12-01", "2027-03-01") == [[], [("2027-03-01", "2028-02-29", "100.00")]]


def test_in_arrears_and_moved_in(ws):
    one(ws, starts="2026-01-01", timing="arrears", billed_through="2026-10-10")
    assert timely(ws, "2026-10-31", "2026-11-01") == [[], [("2026-10-11", "2026-10-31", day(21, 31))]]


def test_billed_through_written_afterwards_credits_nothing(ws):
    one(ws)
    timely(ws, "2026-10-01", "2026-11-01")
    one(ws, {"product": "p", "price": "50.00"}, billed_through="2026-10-31", adjust="now")
    # October is closed by it; November is re-rated
    d = ws.bill("2026-11-10")[0]
    assert [(x["period"]["from"], x["amount"]) for x in d["lines"]] == [("2026-11-01", "-50.00")]
