"""Bill by difference, from outside: catch-up, cancellations, edits of the past, true-ups, late usage."""
import json
from collections import Counter
from fractions import Fraction

import pytest
from calc import amount, days, month_days, total
from conftest import SHEET, line

FLAT = 'product "p" { name = "P", model = "flat", price = "100.00" }\n'
SEATS = 'product "seats" { name = "Seats", model = "per_unit", price = "26.40" }\n'


def one(ws, product="p", book=FLAT, config="", client=None, lines=None, **contract):
    ws.config(config)
    ws.book(book)
    ws.clients(dict({"id": "a", "name": "A"}, **(client or {})),
               dict({"id": "k", "client": "a", "starts": "2026-10-01", "lines": lines or [{"product": product}]}, **contract))


def keyed(documents):
    """What was charged for which contract, line, period and kind, summed: the shape in which two histories are compared."""
    sums = Counter()
    for d in documents:
        for x in d["lines"]:
            sums[(x["contract"], x["product"], x["period"]["from"][:7])] += Fraction(x["amount"])
        for y in d["discounts"]:
            sums[(y["contract"], y["description"])] += Fraction(y["amount"])
        sums["total"] += Fraction(d["total"])
    return {k: v for k, v in sums.items() if v}


# ---- a catch-up equals the sum of the timely runs ----

BOOK = '''
product "ws"  { name = "Workstation", model = "per_unit", count = devices { class = "workstation" }, price = "45.00",
                prices_from = { ["2026-09-01"] = "47.50" } }
product "fix" { name = "Fixed", model = "per_unit", price = "26.40" }
product "gb"  { name = "Backup", model = "tiered", mode = "graduated", timing = "arrears", count = usage { metric = "gb" },
                tiers = { { up_to = 500, price = "0.10" }, { price = "0.08" } } }
product "day" { name = "Day", model = "flat", price = "33.33" }
'''
CONTRACTS = [
    {"id": "a", "name": "A", "ids": {"sheet": "a"}, "discount": {"amount": "3.00", "reason": "client"}},
    {"id": "k1", "client": "a", "starts": "2026-07-10", "lines": [
        {"product": "ws", "minimum": 3, "included": 1},
        {"product": "fix", "quantity": 10, "changes": [["2026-08-16", 12], ["2026-10-01", 9]]},
        {"product": "gb"},
        {"product": "day", "once": "2026-09-09"}],
     "discount": {"percent": "7.5", "reason": "k1", "ends": "2026-10-31"},
     "uplift": {"percent": "3.3", "every": 2, "from": "2026-08-01"}},
    {"id": "k2", "client": "a", "starts": "2026-06-30", "ends": "2026-11-11", "minimum": "55.00",
     "bill": {"every": 1, "unit": "month", "align": "anniversary", "timing": "arrears"}, "lines": [{"product": "day", "prorate": "30/360"}]},
    {"id": "k3", "client": "a", "starts": "2026-07-06", "bill": {"every": 2, "unit": "week", "on": "monday"},
     "lines": [{"product": "fix", "quantity": {"start": "1", "2026-09-02": "2.5"}}]},
]


def rich(ws):
    ws.config(SHEET + 'invoicing { guard = false }\n')
    ws.book(BOOK)
    ws.clients(*CONTRACTS)
    ws.devices(("a", "d1", "2026-06-01"), ("a", "d2", "2026-06-01"), ("a", "d3", "2026-06-01"), ("a", "d4", "2026-06-01"),
               ("a", "d5", "2026-08-01", "2026-10-05"), ("a", "d6", "2026-09-20"))
    ws.write("counts/usage.csv", "date,client,metric,quantity,id,description\n" + "".join(
        "2026-%02d-%02d,a,gb,%s,u%d%d,\n" % (m, d, q, m, d) for m, d, q in [
            (7, 12, "320.5"), (8, 3, "700"), (8, 30, "12.25"), (9, 5, "88.8"), (10, 31, "501"), (11, 2, "7")]))


DATES = ["2026-07-%02d" % d for d in (6, 10, 20)] + ["2026-08-01", "2026-08-31", "2026-09-01", "2026-09-14", "2026-09-30", "2026-10-01",
                                                     "2026-10-12", "2026-11-01", "2026-11-12", "2026-12-01"]


def test_a_catch_up_equals_the_sum_of_the_timely_runs(make):
    timely, asleep, daily = make("timely"), make("asleep"), make("daily")
    for w in (timely, asleep, daily):
        rich(w)
    for date in DATES:
        timely.bill(date)
    asleep.bill("2026-12-01")
    for k in range(7, 13):  # the first of each month only
        daily.bill("2026-%02d-01" % k)
    assert len(asleep.export()) == 1
    assert len(timely.export()) > 6
    one_run = keyed(asleep.export())
    # The client's fixed discount is per issue date: it is in both alike. Sums by key are the same whoever slept.
    assert keyed(timely.export()) == one_run
    assert keyed(daily.export()) == one_run
    for w in (timely, asleep, daily):
        assert w.run("2026-12-01")["drafted"] == 0
        assert w.verify()["ok"] is True


def test_a_catch_up_by_hand(ws):
    """26.40 for 10, 12 from 16 August, 9 from 1 October; from 10 July on; 7.5 % off until the end of August."""
    one(ws, book=SEATS, starts="2026-07-10", lines=[{"product": "seats", "quantity": 10, "changes": [["2026-08-16", 12], ["2026-10-01", 9]]}],
        discount={"percent": "7.5", "reason": "start", "ends": "2026-08-31"})
    ws.run("2026-10-01")
    d = ws.draft()
    want = [amount("26.40", 10, Fraction(22, 31)), amount("26.40", 10, Fraction(15, 31)), amount("26.40", 12, Fraction(16, 31)),
            amount("26.40", 12), amount("26.40", 9)]
    assert [x["amount"] for x in d["lines"]] == want == ["187.35", "127.74", "163.51", "316.80", "237.60"]
    assert [x["period"]["from"] for x in d["lines"]] == ["2026-07-10", "2026-08-01", "2026-08-16", "2026-09-01", "2026-10-01"]
    off = [total(Fraction("187.35") * Fraction(-75, 1000)), total(Fraction("291.25") * Fraction(-75, 1000))]
    assert sorted(y["amount"] for y in d["discounts"]) == sorted(off) == sorted(["-14.05", "-21.84"])
    assert d["total"] == total(*want, *off) == "997.11"


# ---- cancellation ----

def test_cancelled_in_mid_month_is_credited_by_days_at_once(ws):
    one(ws)
    ws.bill("2026-10-01")
    ws.bill("2026-11-01")
    charged = ws.export()[-1]["lines"][0]
    one(ws, ends="2026-11-18")
    ws.run("2026-11-19")
    d = ws.draft()
    assert d["type"] == "credit_note" and d["hold"] is None
    x = line(d, kind="adjustment")
    assert x["amount"] == x["unit_price"] == "-40.00" and x["quantity"] == "1"  # 100.00 × 18/30 = 60.00 is owed
    assert x["corrects"] == charged["id"] and x["period"] == charged["period"]
    assert d["total"] == "-40.00"
    approved = ws.approve(d["batch"], date="2026-11-19")["approved"]
    assert [a["number"] for a in approved] == ["CN-2026-000001"]
    assert ws.run("2026-12-01")["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_the_client_ends_all_its_contracts(ws):
    one(ws)
    ws.bill("2026-10-01")
    ws.bill("2026-11-01")
    one(ws, client={"ends": "2026-11-15"})
    ws.run("2026-11-16")
    assert ws.draft()["total"] == "-50.00"


def test_a_leaver_in_arrears_is_billed_the_day_after(ws):
    one(ws, timing="arrears", ends="2026-11-20")
    ws.bill("2026-11-01")
    assert ws.run("2026-11-20")["drafted"] == 0
    ws.run("2026-11-21")
    x = ws.draft()["lines"][0]
    assert x["amount"] == "66.67" and x["fraction"] == "20/30" and x["period"] == {"from": "2026-11-01", "to": "2026-11-20"}


def test_a_line_that_ends_is_credited_with_the_next_billing(ws):
    lines = [{"product": "p", "id": "one"}, {"product": "p", "id": "two", "price": "60.00"}]
    one(ws, lines=lines)
    ws.bill("2026-11-01")
    lines[1]["ends"] = "2026-11-10"
    one(ws, lines=lines)
    assert ws.run("2026-11-11")["drafted"] == 0  # adjust = "next"
    run = ws.run("2026-12-01", code=1)  # November is over: somebody looks at it
    assert [h["reason"] for h in run["held"]] == ["re-rated"]
    d = ws.draft()
    assert sorted((x["kind"], x["amount"]) for x in d["lines"]) == [("adjustment", "-40.00"), ("charge", "100.00")]


def test_a_line_that_is_simply_gone_is_held_not_credited(ws):
    one(ws, lines=[{"product": "p", "id": "one"}, {"product": "p", "id": "two", "price": "60.00"}])
    ws.bill("2026-11-01")
    one(ws, lines=[{"product": "p", "id": "one"}])
    run = ws.run("2026-12-01", code=1)
    assert [(h["client"], h["reason"]) for h in run["held"]] == [("a", "line-removed")]
    assert "ends" in run["held"][0]["message"]
    assert all(Fraction(x["amount"]) > 0 for x in ws.draft()["lines"])


def test_a_contract_that_is_simply_gone_is_held_not_credited(ws):
    one(ws)
    ws.bill("2026-11-01")
    ws.clients({"id": "a", "name": "A"}, {"id": "other", "client": "a", "starts": "2026-12-01", "lines": [{"product": "p"}]})
    run = ws.run("2026-12-01", code=1)
    assert [h["reason"] for h in run["held"]] == ["line-removed"]


# ---- edits of what was charged ----

def test_a_back_dated_price_is_held_with_what_changed(ws):
    one(ws, lines=[{"product": "p", "price": "42.00"}], config='invoicing { terms = "net 15" }\n')
    ws.bill("2026-10-01")
    ws.bill("2026-11-01")
    one(ws, lines=[{"product": "p", "price": "44.00"}])
    run = ws.run("2026-12-01", code=1)
    assert [h["reason"] for h in run["held"]] == ["re-rated"]
    said = run["held"][0]["message"]
    assert "42.00" in said and "44.00" in said and "2 periods" in said and "4.00" in said, said
    d = ws.draft()
    assert d["hold"] and sorted((x["kind"], x["amount"]) for x in d["lines"]) == [
        ("adjustment", "2.00"), ("adjustment", "2.00"), ("charge", "44.00")]
    assert d["total"] == "48.00"
    batch = run["batch"]
    done = ws.approve(batch, code=1)
    assert done["approved"] == [] and [h["invoice"] for h in done["held"]] == [d["id"]]
    ws.command("approve", d["id"], code=1)
    assert ws.draft()["state"] == "draft"
    forced = ws.command("approve", d["id"], "--force", "agreed with A on the phone", "--json").json
    assert [a["invoice"] for a in forced["approved"]] == [d["id"]]
    assert ws.run("2026-12-01")["drafted"] == 0 and ws.verify()["ok"] is True


def test_a_dated_price_touches_only_its_own_periods(ws):
    one(ws, lines=[{"product": "p", "price": "42.00"}])
    ws.bill("2026-11-01")
    one(ws, lines=[{"product": "p", "price": {"start": "42.00", "2026-12-01": "44.00"}}])
    run = ws.run("2026-12-01")
    assert run["held"] == [] and [x["amount"] for x in ws.draft()["lines"]] == ["44.00"]


def test_a_new_list_price_touches_only_what_is_not_charged(ws):
    one(ws)
    ws.bill("2026-11-01")
    one(ws, book=FLAT.replace("100.00", "110.00"))
    run = ws.run("2026-12-01")
    assert run["held"] == [] and [(x["kind"], x["amount"]) for x in ws.draft()["lines"]] == [("charge", "110.00")]


@pytest.mark.parametrize("adjust,drafted", [("now", 1), ("next", 0)])
def test_a_quantity_that_changes_inside_a_charged_period(ws, adjust, drafted):
    lines = [{"product": "seats", "quantity": 10, "adjust": adjust}]
    one(ws, book=SEATS, starts="2026-11-01", lines=lines)
    ws.bill("2026-11-01")
    lines[0]["changes"] = [["2026-11-15", 12]]
    one(ws, book=SEATS, starts="2026-11-01", lines=lines)
    run = ws.run("2026-11-15")
    assert run["drafted"] == drafted and run["held"] == []
    if drafted:
        x = line(ws.draft(), kind="adjustment")
        owed = Fraction(amount("26.40", 10, Fraction(14, 30))) + Fraction(amount("26.40", 12, Fraction(16, 30)))
        assert x["amount"] == total(owed, -264) == "28.16"
        assert x["quantity"] == "1" and x["unit_price"] == "28.16"


def test_adjustments_by_the_quarter(ws):
    """adjust = every 3 months: the difference of November waits for January."""
    lines = [{"product": "seats", "quantity": 10, "adjust": {"every": 3, "unit": "month"}}]
    one(ws, book=SEATS, starts="2026-10-01", lines=lines)
    for date in ("2026-10-01", "2026-11-01"):
        ws.bill(date)
    lines[0]["changes"] = [["2026-11-15", 12]]
    one(ws, book=SEATS, starts="2026-10-01", lines=lines)
    d = ws.run("2026-12-01") and ws.draft()
    assert [x["kind"] for x in d["lines"]] == ["charge"]
    ws.approve(d["id"], date="2026-12-01")
    run = ws.run("2027-01-01", code=1)
    assert [h["reason"] for h in run["held"]] == ["re-rated"]
    assert line(ws.draft(), kind="adjustment")["amount"] == "28.16"


def test_a_line_added_inside_a_billed_period_is_a_charge_for_the_rest(ws):
    lines = [{"product": "p", "id": "one"}]
    one(ws, lines=lines)
    ws.bill("2026-11-01")
    lines.append({"product": "p", "id": "two", "price": "60.00", "from": "2026-11-21"})
    one(ws, lines=lines)
    assert ws.run("2026-11-25")["drafted"] == 0
    ws.run("2026-12-01")
    d = ws.draft()
    assert sorted(x["amount"] for x in d["lines"]) == sorted(["20.00", "100.00", "60.00"])
    assert line(d, amount="20.00")["kind"] == "charge"


def test_billed_through_is_never_billed_nor_credited(ws):
    one(ws, billed_through="2026-11-15")
    ws.run("2026-12-01")
    assert [(x["period"]["from"], x["amount"]) for x in ws.draft()["lines"]] == [("2026-11-16", "50.00"), ("2026-12-01", "100.00")]


# ---- what was counted ----

def counted(ws, **contract_line):
    one(ws, client={"ids": {"sheet": "a"}}, config=SHEET + "invoicing { guard = false }\n",
        book='product "ws" { name = "WS", model = "per_unit", count = devices {}, price = "10.00" }\n',
        lines=[dict({"product": "ws"}, **contract_line)])


def test_true_up_of_counts_where_the_line_asks_for_it(ws):
    counted(ws, at="end", true_up="all")
    ten = [("a", "d%d" % i, "2026-09-01") for i in range(10)]
    ws.devices(*ten)
    ws.bill("2026-10-01")
    ws.bill("2026-11-01")
    assert ws.export()[-1]["lines"][0]["quantity"] == "10"
    ws.devices(*ten, *[("a", "e%d" % i, "2026-11-20") for i in range(3)])
    run = ws.run("2026-12-01")
    assert run["held"] == []
    d = ws.draft()
    assert line(d, kind="adjustment")["amount"] == "30.00" and line(d, kind="charge")["amount"] == "130.00"


def test_without_true_up_a_count_stays_and_review_says_what_is_left_unbilled(ws):
    counted(ws)
    ten = [("a", "d%d" % i, "2026-09-01") for i in range(10)]
    ws.devices(*ten)
    ws.bill("2026-11-01")
    ws.devices(*ten, ("a", "late", "2026-10-25"))  # was there on 1 November, but nobody had said so
    ws.run("2026-12-01")
    d = ws.draft()
    assert [(x["kind"], x["quantity"]) for x in d["lines"]] == [("charge", "11")]
    review = ws.command("review", "--json").json
    assert review["unbilled"], review
    assert any("a" == u.get("client") for u in review["unbilled"])


def usage(ws, *rows):
    ws.write("counts/usage.csv", "date,client,metric,quantity,id,description\n" + "".join("%s,a,gb,%s,%s,\n" % r for r in rows))


def metered(ws):
    one(ws, client={"ids": {"sheet": "a"}}, config=SHEET,
        book='product "gb" { name = "GB", model = "tiered", mode = "graduated", timing = "arrears", count = usage { metric = "gb" },\n'
             '  tiers = { { up_to = 500, price = "0.10" }, { price = "0.08" } } }\n', lines=[{"product": "gb"}])


def test_late_usage_is_an_adjustment_of_its_own_period_at_that_periods_price(ws):
    metered(ws)
    usage(ws, ("2026-10-10", "400", "u1"))
    ws.bill("2026-11-01")
    assert ws.export()[0]["total"] == "40.00"
    usage(ws, ("2026-10-10", "400", "u1"), ("2026-10-30", "200", "u2"), ("2026-11-05", "50", "u3"))
    run = ws.run("2026-12-01")
    assert run["held"] == []
    d = ws.draft()
    late = line(d, kind="adjustment")
    assert late["amount"] == "18.00" and late["period"]["from"] == "2026-10-01"  # 100 at 0.10 and 100 at 0.08
    assert line(d, kind="charge")["amount"] == "5.00"


def test_usage_delivered_again_changes_nothing(ws):
    metered(ws)
    usage(ws, ("2026-10-10", "400", "u1"))
    ws.bill("2026-11-01")
    usage(ws, ("2026-10-10", "400", "u1"), ("2026-10-10", "400", "u1"))
    ws.command("pull", "--date", "2026-11-02", code=(0, 5))
    usage(ws, ("2026-10-10", "400", "u1"))
    run = ws.run("2026-11-03")
    assert run["drafted"] == 0


def test_usage_that_disappears_or_changes_after_it_was_charged_is_no_correction(ws):
    metered(ws)
    usage(ws, ("2026-10-10", "400", "u1"), ("2026-10-11", "20", "u2"))
    ws.bill("2026-11-01")
    usage(ws, ("2026-10-10", "999", "u1"), ("2026-11-03", "10", "u9"))
    ws.run("2026-12-01")
    assert [(x["kind"], x["amount"]) for x in ws.draft()["lines"]] == [("charge", "1.00")]


def test_usage_may_be_restated_before_it_is_charged(ws):
    metered(ws)
    usage(ws, ("2026-10-10", "400", "u1"))
    ws.command("pull", "--date", "2026-10-15")
    usage(ws, ("2026-10-10", "450", "u1"))
    ws.run("2026-11-01")
    assert ws.draft()["total"] == "45.00"


# ---- schedules that change ----

def test_a_schedule_that_changes_keeps_what_is_charged_and_bills_a_stub(ws):
    one(ws, bill={"every": 1, "unit": "quarter", "on": 1})
    ws.bill("2026-10-01")  # October to December
    one(ws, bill={"every": 1, "unit": "month", "on": 15})
    assert ws.run("2026-12-31")["drafted"] == 0
    ws.run("2027-01-15")
    d = ws.draft()
    # 15 December to 14 January is the whole period; 1 to 14 January the piece of it that is not charged.
    assert [(x["period"]["from"], x["period"]["to"], x["amount"]) for x in d["lines"]] == [
        ("2027-01-01", "2027-01-14", amount("100.00", 1, Fraction(14, 31))), ("2027-01-15", "2027-02-14", "100.00")]


def test_a_change_of_currency_of_a_charged_contract_is_a_mistake(ws):
    book = 'product "p" { name = "P", model = "flat", price = "100.00", prices = { EUR = "90.00" } }\n'
    one(ws, book=book)
    ws.bill("2026-11-01")
    one(ws, book=book, client={"currency": "EUR"})
    done = ws.command("run", "--date", "2026-12-01", code=(1, 3))
    assert "USD" in done.out + done.err and "EUR" in done.out + done.err
    assert ws.drafts() == []


def test_the_settled_digest_changes_no_result(make):
    a, b = make("with"), make("without")
    for w, extra in ((a, []), (b, ["--no-digest"])):
        rich(w)
        for date in DATES:
            run = w.run(date, *extra)
            w.approve(run["batch"], date=date)
        edited = json.loads(json.dumps(CONTRACTS))
        edited[1]["lines"][1]["quantity"] = 11
        w.clients(*edited)
        held = w.run("2027-01-01", *extra, code=1)["held"]  # 11 and not 10: what was charged of it is re-rated
        assert "re-rated" in [h["reason"] for h in held]
    strip = [[{k: v for k, v in d.items()} for d in w.export()] for w in (a, b)]
    assert strip[0] == strip[1]


def test_the_number_of_workers_changes_no_result(make):
    a, b = make("one"), make("two")
    for w, n in ((a, "1"), (b, "2")):
        rich(w)
        w.run("2026-12-01", "--jobs", n)
    assert a.command("export", "--format", "json").out == b.command("export", "--format", "json").out


def test_every_day_of_a_stub_counts(ws):
    one(ws, starts="2026-10-11")
    ws.run("2026-10-11")
    x = ws.draft()["lines"][0]
    n = days("2026-10-11", "2026-10-31")
    assert x["fraction"] == "%d/%d" % (n, month_days("2026-10-11")) == "21/31" and x["amount"] == amount("100.00", 1, Fraction(21, 31)) == "67.74"


# ---- the re-rated hold, in its words ----

def test_the_re_rated_hold_says_what_changed_how_many_periods_and_the_sum(ws):
    """Eleven months that are over on 1 December, 42 seats each: 2.00 more for every one."""
    one(ws, lines=[{"product": "seats", "quantity": 42, "price": "42.00"}], book=SEATS, starts="2026-01-01")
    ws.bill("2026-11-01")
    one(ws, lines=[{"product": "seats", "quantity": 42, "price": "44.00"}], book=SEATS, starts="2026-01-01")
    run = ws.run("2026-11-20", code=0)
    assert run["drafted"] == 0  # with the next billing
    run = ws.run("2026-12-01", code=1)
    said = [h["message"] for h in run["held"] if h["reason"] == "re-rated"]
    assert len(said) == 1 and "price 42.00 → 44.00 re-rates 11 periods, +924.00: date it, or approve --force" in said[0], said  # 11 × 42 × 2.00


def test_to_date_the_change_lifts_the_hold(ws):
    one(ws, lines=[{"product": "p", "price": "42.00"}])
    ws.bill("2026-11-01")
    one(ws, lines=[{"product": "p", "price": "44.00"}])
    assert [h["reason"] for h in ws.run("2026-12-01", code=1)["held"]] == ["re-rated"]
    one(ws, lines=[{"product": "p", "price": {"start": "42.00", "2026-12-01": "44.00"}}])
    run = ws.run("2026-12-01")
    assert run["held"] == [] and ws.draft()["hold"] is None and ws.draft()["total"] == "44.00"


def test_two_lines_of_one_period_are_one_period_and_every_change_is_named(ws):
    lines = [{"product": "p", "id": "x", "price": "10.00"}, {"product": "p", "id": "y", "price": "20.00"}]
    one(ws, lines=lines, starts="2026-11-01")
    ws.bill("2026-11-01")
    lines[0]["price"], lines[1]["price"] = "11.00", "18.50"
    one(ws, lines=lines, starts="2026-11-01")
    said = ws.run("2026-12-01", code=1)["held"][0]["message"]
    assert "price 10.00 → 11.00" in said and "price 20.00 → 18.50 re-rates 1 period, -0.50" in said, said


def test_an_edited_discount_of_periods_that_are_over_holds_too(ws):
    """Two months of 100.00: 5 % less become 10 %."""
    one(ws, discount={"percent": "5", "reason": "d"})
    ws.bill("2026-11-01")
    one(ws, discount={"percent": "10", "reason": "d"})
    run = ws.run("2026-12-01", code=1)
    assert [h["reason"] for h in run["held"]] == ["re-rated"]
    assert "discount.percent 5 → 10 re-rates 2 periods, -10.00: date it, or approve --force" in run["held"][0]["message"]


def test_an_edit_of_the_running_period_is_not_held(ws):
    one(ws, lines=[{"product": "p", "price": "42.00", "adjust": "now"}], starts="2026-11-01")
    ws.bill("2026-11-01")
    one(ws, lines=[{"product": "p", "price": "44.00", "adjust": "now"}], starts="2026-11-01")
    run = ws.run("2026-11-30")
    assert run["held"] == [] and ws.draft()["total"] == "2.00"


def test_late_usage_under_a_discount_is_not_held_as_an_edit(ws):
    book = 'product "gb" { name = "GB", model = "per_unit", timing = "arrears", price = "1.00", count = usage { metric = "gb" } }\n'
    extra = dict(client={"ids": {"sheet": "a"}}, config=SHEET + "invoicing { stale_days = 99, guard = false }\n", book=book, lines=[{"product": "gb"}],
                 discount={"percent": "10", "reason": "d"})
    one(ws, **extra)
    usage(ws, ("2026-10-10", "400", "u1"))
    ws.bill("2026-11-01")
    one(ws, note="an edit that changes nothing", **extra)
    usage(ws, ("2026-10-10", "400", "u1"), ("2026-10-30", "200", "u2"), ("2026-11-03", "10", "u3"))
    run = ws.run("2026-12-01")
    assert run["held"] == []
    assert sorted(x["amount"] for x in ws.draft()["lines"]) == ["10.00", "200.00"] and sorted(y["amount"] for y in ws.draft()["discounts"]) == ["-1.00", "-20.00"]


def test_discounts_are_worked_out_over_a_whole_billing_however_long_ago(ws):
    """In advance and in arrears on one issue date: where one of the two is too long ago to be looked at, the discount over both still stands."""
    lines = [{"product": "p"}, {"product": "p", "id": "late", "timing": "arrears", "price": "50.00"}]
    one(ws, lines=lines, discount={"percent": "10", "reason": "d"}, starts="2026-10-01")
    for date in ("2026-10-01", "2026-11-01"):
        ws.bill(date)
    ws.bill("2027-11-01")
    one(ws, lines=lines, discount={"percent": "10", "reason": "d"}, starts="2026-10-01", note="edited")
    for date in ("2027-11-29", "2027-11-30"):
        assert ws.run(date)["drafted"] == 0
