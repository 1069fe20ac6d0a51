"""What is carried from period to period: rolled-over allowances and prepaid blocks of hours. However the runs fell, the sum is the same."""
from collections import Counter
from fractions import Fraction as F

import pytest
from calc import money
from conftest import SHEET, line

BOOK = '''product "support" { name = "Support", model = "usage", unit = "hour", count = usage { metric = "time.hours" }, included = 10, rollover = 1,
  round_up_to = "0.25", price = "120.00", timing = "arrears" }
product "block" { name = "Prepaid hours", model = "block_hours", hours = 20, price = "2200.00", expires_months = 12, threshold = 2,
  overage_price = "130.00", count = usage { metric = "time.hours" } }
product "traffic" { name = "Traffic", model = "usage", unit = "GB", count = usage { metric = "gb" }, included = 1000, price = "0.05", timing = "arrears" }
product "tiers" { name = "Tiers", model = "usage", unit = "GB", count = usage { metric = "gb" }, included = 100, timing = "arrears",
  tiers = { { up_to = 500, price = "0.10" }, { price = "0.08" } } }
product "desk" { name = "Desk", model = "flat", price = "100.00" }
product "voice" { name = "Telephony", model = "hybrid", parts = {
  { model = "flat", price = "20.00", timing = "advance" },
  { model = "usage", count = usage { metric = "gb" }, included = 100, rollover = 2, price = "0.015", timing = "arrears" } } }
'''
NOW = SHEET + 'invoicing { adjust = "now", guard = false }\n'
NEXT = SHEET + 'invoicing { guard = false }\n'


def prepaid(ws, *lines, config=NOW, book=BOOK, **keys):
    ws.config(config)
    ws.book(book)
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}},
               dict({"id": "k", "client": "a", "starts": "2026-07-01", "lines": list(lines)}, **keys))


def usage(ws, *rows, metric="time.hours"):
    """(date, quantity[, id]); and an entry of before, so that the platform is known to know the client."""
    ws.write("counts/usage.csv", "date,client,metric,quantity,id,description\n2026-05-01,a,%s,1,old,\n" % metric + "".join(
        "%s,a,%s,%s,%s,\n" % (r[0], metric, r[1], r[2] if len(r) > 2 else "e%d" % i) for i, r in enumerate(rows)))


def owed(ws):
    """What the documents that are not void come to, by product and month."""
    sums = Counter()
    for d in ws.export():
        if d["state"] not in ("void", "draft"):
            for x in d["lines"]:
                sums[(x["product"], x["period"]["from"][:7])] += F(x["amount"])
    return {k: money(v) for k, v in sums.items() if v}


def bill(ws, date):
    """A run and the approval of all of it, whatever holds it."""
    batch = ws.run(date, code=(0, 1))
    return ws.approve(batch["batch"], "--force", "test", date=date, code=(0, 1))


# ---- rollover, by hand ----

HOURS = [("2026-07-10", "4"), ("2026-08-10", "12"), ("2026-09-09", "14.1"), ("2026-09-29", "2")]
# July 4 of 10, 6 left. August 12: 6 of July and 6 of its own, 4 left. September 16.1: 4 of August, 10 of its own, 2.1 over: 2.25 × 120.00


def test_what_is_left_unused_serves_the_next_period(ws):
    prepaid(ws, {"product": "support"}, {"product": "desk"})
    usage(ws, *HOURS)
    for date in ("2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01"):
        bill(ws, date)
    assert {k: v for k, v in owed(ws).items() if k[0] == "support"} == {("support", "2026-09"): "270.00"}
    last = ws.export()[-1]
    x = line(last, product="support")
    assert (x["quantity"], x["unit_price"], x["amount"]) == ("2.25", "120.00", "270.00")
    assert x["description"] == "Support (16.1 used, 10 included, 4 rolled over)"
    assert line(ws.explain(last["id"]), product="support")["notes"] == [
        "left from the period of 2026-08-01: 4, used 4, left 0", "included 10, left 0", "used 16.1: 2.1 over what is included, billed 2.25"]
    assert ws.run("2026-10-01")["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_explain_for_a_person(ws):
    prepaid(ws, {"product": "support"}, {"product": "desk"})
    usage(ws, *HOURS)
    ws.run("2026-10-01", code=(0, 1))
    out = ws.command("explain", ws.draft()["id"]).out
    assert "used 16.1: 2.1 over what is included, billed 2.25" in out


@pytest.mark.parametrize("product", ["support", "block"])
def test_a_catch_up_equals_the_timely_runs(make, product):
    """Three months at once, month by month, and with a run a week: the same to the cent, with the digest and without."""
    sleeper, timely, weekly, full = make("sleeper"), make("timely"), make("weekly"), make("full")
    rows = HOURS + [("2026-07-20", "13"), ("2026-08-03", "7.5"), ("2026-09-30", "9.25")]
    rows = [r + ("e%d" % i,) for i, r in enumerate(rows)]
    for w in (sleeper, timely, weekly, full):
        prepaid(w, {"product": product}, {"product": "desk"})
        usage(w)
    usage(sleeper, *rows)
    bill(sleeper, "2026-10-01")
    for w, dates in ((timely, ["2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01"]),
                     (weekly, ["2026-07-01", "2026-07-08", "2026-07-15", "2026-07-22", "2026-08-01", "2026-08-08", "2026-08-20", "2026-09-01",
                               "2026-09-15", "2026-10-01"])):
        for date in dates:
            usage(w, *[r for r in rows if r[0] <= date])  # known on its day
            bill(w, date)
    for date in ["2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01"]:
        usage(full, *[r for r in rows if r[0] <= date])
        batch = full.run(date, "--no-digest", code=(0, 1))
        full.approve(batch["batch"], "--force", "test", date=date, code=(0, 1))
    assert owed(sleeper) == owed(timely) == owed(weekly) == owed(full)
    assert timely.command("export", "--canonical").out == full.command("export", "--canonical").out
    for w in (sleeper, timely, weekly, full):
        assert w.run("2026-10-01", code=(0, 1))["drafted"] == 0
        assert w.verify()["ok"] is True


def test_late_usage_is_billed_at_its_own_periods_marginal_price(ws):
    """3 hours of July known in October. July's 6 left become 3, so August's 12 take 3 and 9: 1 left; September goes 3 further over."""
    prepaid(ws, {"product": "support"}, {"product": "desk"})
    usage(ws, *HOURS)
    for date in ("2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01"):
        bill(ws, date)
    usage(ws, *(HOURS + [("2026-07-30", "3", "late")]))
    bill(ws, "2026-10-02")
    late = ws.export()[-1]
    assert [(x["product"], x["kind"], x["amount"], x["period"]["from"]) for x in late["lines"]] == [("support", "adjustment", "360.00", "2026-09-01")]
    assert owed(ws)[("support", "2026-09")] == "630.00"  # 16.1 − 10 − 1 = 5.1, rounded up 5.25
    usage(ws, *(HOURS + [("2026-07-30", "3", "late"), ("2026-08-30", "5", "later")]))
    bill(ws, "2026-10-03")
    # August 17: 3 of July, 10 of its own, 4 over; nothing is left for September: 6.1 over, 6.25
    assert owed(ws)[("support", "2026-08")] == "480.00"
    assert owed(ws)[("support", "2026-09")] == "750.00"
    assert ws.run("2026-10-03")["drafted"] == 0
    fresh = [x for x in ws.export() if x["state"] != "void"]
    assert len(fresh) == 6
    assert ws.verify()["ok"] is True


def test_a_record_put_right_comes_late(ws):
    prepaid(ws, {"product": "support", "true_up": "all"}, {"product": "desk"})
    usage(ws, *HOURS)
    bill(ws, "2026-10-01")
    usage(ws, *[(d, "10" if d == "2026-08-10" else q) for d, q in HOURS])
    bill(ws, "2026-10-02")
    # August 10: 6 of July, 4 of its own, 6 left: September 16.1 − 6 − 10 = 0.1, rounded up 0.25
    assert owed(ws)[("support", "2026-09")] == "30.00"
    assert ws.export()[-1]["total"] == "-240.00"


def test_tiers_over_the_allowance(ws):
    prepaid(ws, {"product": "tiers"})
    usage(ws, ("2026-07-05", "700.5"), metric="gb")
    ws.run("2026-08-01", code=(0, 1))
    assert [x["amount"] for x in ws.draft()["lines"]] == ["50.00", "8.04"]  # 500 × 0.10, 100.5 × 0.08


def test_an_allowance_is_never_prorated(ws):
    prepaid(ws, {"product": "traffic"}, starts="2026-07-20")
    usage(ws, ("2026-07-25", "1001"), metric="gb")
    ws.run("2026-08-01", code=(0, 1))
    assert [x["amount"] for x in ws.draft()["lines"]] == ["0.05"]


def test_an_edit_of_the_allowance_re_rates_the_periods_after_it_in_order(ws):
    prepaid(ws, {"product": "support"}, {"product": "desk"})
    usage(ws, *HOURS)
    bill(ws, "2026-10-01")
    prepaid(ws, {"product": "support", "included": 8}, {"product": "desk"})
    bill(ws, "2026-10-02")
    # July 4 left. August 12: 4 and 8, none left. September 16.1 − 8 = 8.1: 8.25 × 120.00
    assert {k: v for k, v in owed(ws).items() if k[0] == "support"} == {("support", "2026-09"): "990.00"}
    assert ws.run("2026-10-02")["drafted"] == 0


def test_an_opening_of_rolled_over_hours(ws):
    prepaid(ws, {"product": "support", "opening": {"hours": "3.5", "bought": "2026-06-11"}}, {"product": "desk"})
    usage(ws, ("2026-07-10", "14"), ("2026-08-10", "1"))
    bill(ws, "2026-09-01")
    assert {k: v for k, v in owed(ws).items() if k[0] == "support"} == {("support", "2026-07"): "60.00"}  # 14 − 3.5 − 10


def test_rollover_in_a_hybrids_part(ws):
    prepaid(ws, {"product": "voice"})
    usage(ws, ("2026-07-10", "40"), ("2026-08-10", "130"), ("2026-09-10", "200"), metric="gb")
    for date in ("2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01"):
        bill(ws, date)
    # July 60 left; August 60 of July and 70 of its own, 30 left; September 30 + 100, 70 over: 1.05
    assert owed(ws)[("voice", "2026-09")] == "21.05"
    assert owed(ws)[("voice", "2026-08")] == "20.00"


# ---- blocks, by hand ----

def test_a_block_in_advance_and_the_next_one_when_it_is_due(ws):
    """20 hours on 1 July; 18 are used by 15 August: a new block that day, billed with the next scheduled billing."""
    prepaid(ws, {"product": "block"}, {"product": "desk"}, config=NEXT)
    usage(ws)
    bill(ws, "2026-07-01")
    x = line(ws.export()[0], product="block")
    assert (x["description"], x["amount"], x["period"]) == (
        "Prepaid hours (20 bought 2026-07-01, good until 2027-06-30)", "2200.00", {"from": "2026-07-01", "to": "2026-07-01"})
    rows = [("2026-07-20", "9.5")]
    usage(ws, *rows)
    bill(ws, "2026-08-01")
    rows += [("2026-08-15", "8.5"), ("2026-08-20", "3")]
    usage(ws, *rows)
    assert ws.run("2026-08-21")["drafted"] == 0  # August has been billed: it waits for the schedule
    bill(ws, "2026-09-01")
    x = [x for x in ws.export()[-1]["lines"] if x["product"] == "block" and x["amount"] != "0.00"]
    assert [(y["kind"], y["amount"], y["period"]["from"]) for y in x] == [("adjustment", "2200.00", "2026-08-01")]
    assert {k: v for k, v in owed(ws).items() if k[0] == "block"} == {("block", "2026-07"): "2200.00", ("block", "2026-08"): "2200.00"}
    assert ws.run("2026-09-01")["drafted"] == 0
    assert ws.verify()["ok"] is True


def test_a_period_without_any_amount_was_not_billed_and_owes_its_block_at_once(ws):
    prepaid(ws, {"product": "block"}, config=NEXT)
    usage(ws)
    bill(ws, "2026-07-01")
    assert ws.run("2026-08-01")["drafted"] == 0
    usage(ws, ("2026-08-15", "18"))
    ws.run("2026-08-21", code=(0, 1))
    x = [x for x in ws.draft()["lines"] if x["amount"] != "0.00"]
    assert [(y["kind"], y["amount"], y["period"]["from"]) for y in x] == [("charge", "2200.00", "2026-08-15")]


def test_blocks_in_arrears_name_the_day_of_their_purchase(ws):
    prepaid(ws, {"product": "block", "timing": "arrears"})
    usage(ws, ("2026-07-20", "18"), ("2026-07-21", "1"))
    ws.run("2026-08-01", code=(0, 1))
    d = ws.draft()
    assert [(x["description"], x["amount"], x["period"]["from"]) for x in d["lines"]] == [
        ("Prepaid hours (20 bought 2026-07-01, good until 2027-06-30)", "2200.00", "2026-07-01"),
        ("Prepaid hours (drawn from what is prepaid, 21 left)", "0.00", "2026-07-01"),
        ("Prepaid hours (20 bought 2026-07-20, good until 2027-07-19)", "2200.00", "2026-07-20")]
    x = ws.explain(d["id"])["lines"][0]
    assert x["notes"] == ["2026-07-20: 2 left, threshold 2: a block is bought", "at the end: 1 left of the block of 2026-07-01",
                          "at the end: 20 left of the block of 2026-07-20"]
    assert [(u["date"], u["quantity"]) for u in x["usage"]] == [("2026-07-20", "18"), ("2026-07-21", "1")]


def test_a_stub_does_not_prorate_a_block(ws):
    prepaid(ws, {"product": "block"}, starts="2026-07-20")
    usage(ws)
    ws.run("2026-07-20", code=(0, 1))
    assert [x["amount"] for x in ws.draft()["lines"]] == ["2200.00"]


def test_an_opening_balance(ws):
    prepaid(ws, {"product": "block", "timing": "arrears", "opening": {"hours": "13.25", "bought": "2026-02-01"}}, billed_through="2026-07-31")
    usage(ws, ("2026-07-30", "5"), ("2026-08-02", "3"), ("2026-09-10", "9"))
    bill(ws, "2026-09-01")
    bill(ws, "2026-10-01")
    # what was used by 31 July is the other system's; 13.25 − 3 − 9 = 1.25: a block on 10 September
    assert {k: v for k, v in owed(ws).items()} == {("block", "2026-09"): "2200.00"}
    notes = [n for x in ws.explain(ws.export()[-1]["id"])["lines"] for n in x.get("notes", [])]
    assert "at the start: 13.25 left of the block of 2026-02-01" in notes
    assert "2026-09-10: 1.25 left, threshold 2: a block is bought" in notes


def test_a_late_entry_moves_the_purchase(ws):
    prepaid(ws, {"product": "block", "timing": "arrears"}, {"product": "desk"})
    usage(ws, ("2026-07-10", "10"), ("2026-08-10", "9"))
    bill(ws, "2026-08-01")
    bill(ws, "2026-09-01")
    assert owed(ws)[("block", "2026-08")] == "2200.00"
    usage(ws, ("2026-07-10", "10"), ("2026-07-11", "8.5", "late"), ("2026-08-10", "9", "e1"))
    bill(ws, "2026-09-02")
    late = ws.export()[-1]
    assert sorted((x["amount"], x["period"]["from"], x["kind"]) for x in late["lines"] if x["amount"] != "0.00") == [
        ("-2200.00", "2026-08-10", "adjustment"), ("2200.00", "2026-07-01", "adjustment")] or late["total"] == "0.00", late["lines"]
    assert F(owed(ws)[("block", "2026-07")]) + F(owed(ws).get(("block", "2026-08"), "0")) == 4400
    assert ws.run("2026-09-02")["drafted"] == 0


def test_overage_without_a_threshold(ws):
    book = BOOK.replace("threshold = 2,", "")
    prepaid(ws, {"product": "block", "timing": "arrears"}, book=book)
    usage(ws, ("2026-07-10", "21.5"))
    ws.run("2026-08-01", code=(0, 1))
    assert sorted(x["amount"] for x in ws.draft()["lines"]) == ["0.00", "195.00", "2200.00"]


def test_a_block_that_lapses(ws):
    prepaid(ws, {"product": "block", "expires_months": 1, "timing": "arrears"})
    usage(ws, ("2026-07-10", "1"))
    bill(ws, "2026-08-01")
    bill(ws, "2026-09-01")
    assert owed(ws) == {("block", "2026-07"): "2200.00", ("block", "2026-08"): "2200.00"}
    assert any("2026-08-01: 19 left of the block of 2026-07-01 lapse" in n for x in ws.explain(ws.export()[-1]["id"])["lines"] for n in x.get("notes", []))


# ---- more than one worker, voids, what is stored ----

def test_1_to_8_jobs_and_shuffled_clients(make):
    outs = []
    for jobs in (1, 3, 8):
        w = make("j%d" % jobs)
        w.config(NOW)
        w.book(BOOK)
        entries = []
        for i in range(40):
            entries += [{"id": "c%02d" % i, "name": "C", "ids": {"sheet": "c%02d" % i}},
                        {"id": "k%02d" % i, "client": "c%02d" % i, "starts": "2026-06-15", "lines": [{"product": "support"}, {"product": "block", "timing": "arrears"}]}]
        w.clients(*(entries if jobs == 1 else entries[::-1]))
        w.write("counts/usage.csv", "date,client,metric,quantity,id,description\n" + "".join(
            "2026-%02d-%02d,c%02d,time.hours,%d,u%d-%d-%d,\n" % (m, d, i, (i * m + d) % 11, i, m, d) for i in range(40) for m in (6, 7, 8) for d in (16, 28)))
        w.run("2026-09-01", "--jobs", jobs, code=(0, 1))
        outs.append([(d["client"]["id"], d["total"], [(x["product"], x["amount"], x["period"], x["description"]) for x in d["lines"]])
                     for d in sorted(w.export(), key=lambda d: d["client"]["id"])])
    assert outs[0] == outs[1] == outs[2] and len(outs[0]) == 40


def test_a_voided_invoice_is_billed_again_from_the_same_carry(ws):
    prepaid(ws, {"product": "support"}, {"product": "desk"})
    usage(ws, *HOURS)
    for date in ("2026-08-01", "2026-09-01", "2026-10-01"):
        bill(ws, date)
    before = owed(ws)
    number = [d["number"] for d in ws.export() if any(x["product"] == "support" and x["period"]["from"] == "2026-08-01" for x in d["lines"])][0]
    ws.command("void", number, "--reason", "wrong", "--date", "2026-10-01")
    bill(ws, "2026-10-02")
    assert owed(ws) == before
    assert ws.run("2026-10-02")["drafted"] == 0


def test_beyond_the_true_up_a_stored_carry_goes_on(ws):
    """With a true-up of two months July is looked at until September: what it left is stored, and its late change with it, though no
    amount has changed by it."""
    config = SHEET + 'invoicing { adjust = "now", guard = false, true_up_months = 2 }\n'
    prepaid(ws, {"product": "support", "rollover": 1}, {"product": "desk"}, config=config)
    rows = [("2026-07-10", "4", "jul"), ("2026-08-10", "10", "aug"), ("2026-09-10", "10", "sep"), ("2026-10-10", "10", "oct"), ("2026-11-10", "15", "nov")]
    usage(ws, *rows)
    bill(ws, "2026-08-01")  # July has left 6
    usage(ws, *(rows + [("2026-07-30", "2", "late")]))
    bill(ws, "2026-09-01")  # it has left 4; August takes them and leaves 4 of its own, and so on
    for date in ("2026-10-01", "2026-11-01", "2026-12-01"):
        bill(ws, date)
    assert {k: v for k, v in owed(ws).items() if k[0] == "support"} == {("support", "2026-11"): "120.00"}  # 15 − 4 − 10
    assert ws.run("2026-12-01")["drafted"] == 0


# ---- what is refused ----

@pytest.mark.parametrize("keys,says", [
    ({"product": "block", "quantity": 3}, "draws on usage day by day"),
    ({"product": "block", "minimum": 3}, "expected no minimum"),
    ({"product": "block", "round_up_to": "0.25"}, "expected no round_up_to"),
    ({"product": "block", "once": "2026-07-03"}, "draws on usage day by day"),
    ({"product": "desk", "opening": {"hours": 3}}, "carries nothing on"),
    ({"product": "traffic", "opening": {"hours": 3}}, "nothing is carried on without rollover"),
    ({"product": "block", "opening": {"bought": "2026-06-01"}}, "missing"),
    ({"product": "block", "opening": {"hours": "1", "bougth": "2026-06-01"}}, 'did you mean "bought"'),
    ({"product": "traffic", "price": "0.05", "tiers": [{"price": "1.00"}]}, "both price and tiers"),
])
def test_mistakes(ws, keys, says):
    prepaid(ws, keys)
    found = ws.check(code=3)["mistakes"]
    assert any(says in m["message"] for m in found), found


def test_a_block_without_threshold_and_overage(ws):
    prepaid(ws, {"product": "block"}, book=BOOK.replace("threshold = 2,", "").replace('overage_price = "130.00",', ""))
    assert any("threshold or overage_price" in m["message"] for m in ws.check(code=3)["mistakes"])


def test_usage_in_arrears_waits_for_no_facts(ws):
    prepaid(ws, {"product": "support"})
    ws.write("counts/assets.csv", "client,kind,class,id,name,from,to\n")
    done = ws.run("2026-08-01", code=1)
    assert done["held"] and done["drafted"] in (0, 1)
