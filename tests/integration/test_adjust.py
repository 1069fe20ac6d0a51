"""When differences go out: with the next scheduled billing, at once, or by a rhythm; the last ones of what has ended; what they correct."""
from fractions import Fraction

import pytest
from calc import amount, total
from conftest import SHEET, line

SEATS = 'product "seats" { name = "Seats", model = "per_unit", price = "30.00" }\nproduct "other" { name = "Other", model = "per_unit", price = "10.00" }\n'
QUARTER = {"every": 3, "unit": "month"}


def one(ws, *lines, book=SEATS, config="", client=None, **contract):
    ws.config(config)
    ws.book(book)
    ws.clients(dict({"id": "a", "name": "A"}, **(client or {})), dict({"id": "k", "client": "a", "starts": "2026-10-01", "lines": list(lines)}, **contract))


def seats(changes=None, **keys):
    return dict({"product": "seats", "quantity": 10}, **keys, **({"changes": changes} if changes else {}))


def adjustments(doc):
    return [x["amount"] for x in doc["lines"] if x["kind"] == "adjustment"]


@pytest.mark.parametrize("adjust, where", [("now", "line"), ("now", "contract"), ("now", "client"), ("now", "invoicing"),
                                           ("next", "line"), ("next", "contract"), ("next", "client"), ("next", "invoicing")])
def test_at_once_or_with_the_next_billing_wherever_it_is_said(ws, adjust, where):
    """10 seats in November, 12 from the 16th: 2 × 30.00 × 15/30."""
    def write(**keys):
        config = 'invoicing { adjust = "%s" }\n' % adjust if where == "invoicing" else ""
        one(ws, seats(**keys, **({"adjust": adjust} if where == "line" else {})), config=config, client={"adjust": adjust} if where == "client" else None,
            **({"adjust": adjust} if where == "contract" else {}))
    write()
    ws.bill("2026-10-01")
    charged = ws.bill("2026-11-01")[0]
    write(changes=[["2026-11-16", 12]])
    batch = ws.run("2026-11-16")
    assert batch["drafted"] == (1 if adjust == "now" else 0)
    if adjust == "now":
        d = ws.draft()
        assert d["total"] == "30.00"
    else:
        batch = ws.run("2026-12-01", code=1)  # November has ended: a person looks
        d = ws.draft()
        assert [h["reason"] for h in batch["held"]] == ["re-rated"] and d["total"] == total("360.00", "30.00")
    x = line(d, kind="adjustment")
    assert x["amount"] == "30.00" and x["corrects"] == charged["lines"][0]["id"] and x["period"] == {"from": "2026-11-01", "to": "2026-11-30"}


def test_a_line_s_own_word_goes_before_the_contract_s(ws):
    def write(**keys):
        one(ws, seats(adjust="now", **keys), {"product": "other", "quantity": 5, **keys}, adjust="next")
    write()
    ws.bill("2026-10-01")
    write(changes=[["2026-10-17", 20]])
    d = ws.bill("2026-10-17")[0]
    assert [(x["product"], x["amount"]) for x in d["lines"]] == [("seats", amount("30.00", 10, Fraction(15, 31)))]
    batch = ws.run("2026-11-01", code=1)
    assert adjustments(ws.draft()) == [amount("10.00", 15, Fraction(15, 31))]
    assert batch["held"][0]["reason"] == "re-rated"


def test_by_the_quarter_and_not_before(ws):
    one(ws, seats(), adjust=QUARTER)
    for date in ("2026-10-01", "2026-11-01"):
        ws.bill(date)
    one(ws, seats([["2026-11-16", 12]]), adjust=QUARTER)
    for date in ("2026-11-16", "2026-11-30"):
        assert ws.run(date)["drafted"] == 0
    assert adjustments(ws.bill("2026-12-01")[0]) == []  # a scheduled billing goes without them
    ws.run("2027-01-01", code=1)
    assert adjustments(ws.draft()) == ["30.00"]


def yearly(ws, *devices, **contract):
    ws.config(SHEET + "invoicing { guard = false }\n")
    ws.book('product "seats" { name = "Seats", model = "per_unit", price = "120.00", count = devices {}, at = "daily", true_up = "all" }\n')
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}},
               dict({"id": "k", "client": "a", "starts": "2026-01-01", "lines": [{"product": "seats"}], "bill": {"every": 1, "unit": "year"}, "adjust": QUARTER}, **contract))
    ws.devices(*[("a", "d%d" % i) + d for i, d in enumerate(devices)])


FIRST = [("2025-12-01",), ("2025-12-01",)]


def test_a_quarterly_true_up_of_a_contract_paid_yearly_in_advance(ws):
    yearly(ws, *FIRST)
    assert ws.bill("2026-01-01")[0]["subtotal"] == "240.00"
    yearly(ws, *FIRST, ("2026-02-15",))
    for date in ("2026-02-15", "2026-03-01", "2026-03-31"):
        assert ws.run(date)["drafted"] == 0
    # 2 for 45 days, 3 for 320: 29.59 + 315.62 are owed
    owed = total(amount("120.00", 2, Fraction(45, 365)), amount("120.00", 3, Fraction(320, 365)))
    assert owed == "345.21"
    d = ws.bill("2026-04-01")[0]
    assert adjustments(d) == ["105.21"] and line(d, kind="adjustment")["corrects"] == "a-1:1"
    assert ws.run("2026-04-02")["drafted"] == 0
    # a fourth from 10 April: not before July, though the facts are there at once
    yearly(ws, *FIRST, ("2026-02-15",), ("2026-04-10",))
    for date in ("2026-04-10", "2026-05-01", "2026-06-30"):
        assert ws.run(date)["drafted"] == 0
    more = total(amount("120.00", 2, Fraction(45, 365)), amount("120.00", 3, Fraction(54, 365)), amount("120.00", 4, Fraction(266, 365)))
    assert adjustments(ws.bill("2026-07-01")[0]) == [total(more, "-" + owed)]
    assert total(*[x["total"] for x in ws.export()]) == more
    assert ws.run("2026-07-02")["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_nothing_at_one_boundary_does_not_bring_the_next_difference_forward(ws):
    yearly(ws, *FIRST)
    ws.bill("2026-01-01")
    for date in ("2026-02-01", "2026-04-01"):
        assert ws.run(date)["drafted"] == 0
    yearly(ws, *FIRST, ("2026-04-20",))
    assert ws.run("2026-04-20")["drafted"] == 0
    assert ws.run("2026-06-30")["drafted"] == 0
    assert ws.run("2026-07-01")["drafted"] == 1


def test_a_draft_of_a_boundary_stays_until_it_is_approved(ws):
    yearly(ws, *FIRST)
    ws.bill("2026-01-01")
    yearly(ws, *FIRST, ("2026-02-15",))
    ws.run("2026-02-15")
    first = ws.run("2026-04-01")
    for date in ("2026-04-02", "2026-04-20"):
        batch = ws.run(date)
        assert batch["unchanged"] == 1
    ws.approve(first["batch"], date="2026-04-20")
    assert ws.run("2026-04-21")["drafted"] == 0


def test_who_slept_over_a_boundary_finds_it(ws):
    yearly(ws, *FIRST)
    ws.bill("2026-01-01")
    yearly(ws, *FIRST, ("2026-02-15",))
    assert ws.run("2026-03-01")["drafted"] == 0
    assert adjustments(ws.bill("2026-04-19")[0]) == ["105.21"]
    assert ws.run("2026-04-20")["drafted"] == 0


def test_the_last_differences_of_a_contract_that_has_ended_do_not_wait(ws):
    yearly(ws, *FIRST)
    ws.bill("2026-01-01")
    yearly(ws, *FIRST, ends="2026-05-20")
    d = ws.bill("2026-05-21")[0]
    # 140 of 365 days
    assert adjustments(d) == [total(amount("120.00", 2, Fraction(140, 365)), "-240.00")]
    assert d["type"] == "credit_note"


def test_a_rhythm_of_a_line_beside_one_of_the_contract(ws):
    def write(**keys):
        one(ws, seats(adjust={"every": 2, "unit": "month"}, **keys), {"product": "other", "quantity": 5, **keys}, adjust=QUARTER, bill={"every": 1, "unit": "year", "on": "10-01"})
    write()
    ws.bill("2026-10-01")
    write(changes=[["2026-11-01", 20]])
    assert ws.run("2026-11-01")["drafted"] == 0
    d = ws.bill("2026-12-01")[0]
    assert [(x["product"], x["amount"]) for x in d["lines"]] == [("seats", amount("30.00", 10, Fraction(334, 365)))]
    d = ws.bill("2027-01-01")[0]
    assert [(x["product"], x["amount"]) for x in d["lines"]] == [("other", amount("10.00", 15, Fraction(334, 365)))]


def test_a_billing_that_was_never_made_is_due_at_once_whatever_the_rhythm(ws):
    one(ws, seats(), adjust=QUARTER)
    ws.bill("2026-10-01")
    d = ws.bill("2026-12-05")[0]
    assert [x["amount"] for x in d["lines"]] == ["300.00", "300.00"] and d["issue_date"] == "2026-12-05"


@pytest.mark.parametrize("true_up, drafted", [("contract", 1), ("all", 1), ("none", 0)])
def test_true_up_none_leaves_charged_periods_alone(ws, true_up, drafted):
    one(ws, seats(true_up=true_up), adjust="now")
    ws.bill("2026-10-01")
    one(ws, seats([["2026-10-17", 12]], true_up=true_up), adjust="now", discount={"percent": "0"})
    batch = ws.run("2026-10-20")
    assert batch["drafted"] == drafted
    ws.approve(batch["batch"], date="2026-10-20")
    assert [x["amount"] for x in ws.bill("2026-11-01")[0]["lines"]] == ["360.00"]
