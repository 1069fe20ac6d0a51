"""reopen: charged periods re-rated with today's price book, rules and facts, because a person said so."""
import sqlite3
from fractions import Fraction

import pytest
from conftest import SHEET, line

FLAT = 'product "p" { name = "P", model = "flat", price = "%s" }\nproduct "q" { name = "Q", model = "flat", price = "58.00" }\n'


def wrote(ws, price="100.00", config="", **contract):
    ws.config('tax "vat" { name = "VAT", rate = "20" }\n' + config)
    ws.book(FLAT % price)
    ws.clients({"id": "a", "name": "A", "tax": ["vat"]},
               dict({"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "p"}, {"product": "q"}]}, **contract))


def reopen(ws, *what, code=0, date="2026-11-20"):
    done = ws.command("reopen", *what, "--reason", "wrong list price", "--date", date, "--json", "--by", "anna", code=code)
    return done.json if code == 0 else done


def settle(ws, date):
    """Bills what is due; then nothing is left to bill, and the store agrees with itself."""
    docs = ws.bill(date)
    assert ws.run(date)["drafted"] == 0 and ws.verify()["ok"] is True
    return docs


def test_a_wrong_list_price_is_put_right_for_the_invoice_that_is_named(ws):
    wrote(ws, starts="2026-10-01")
    october = settle(ws, "2026-10-01")[0]
    november = settle(ws, "2026-11-01")[0]
    wrote(ws, "90.00", starts="2026-10-01")
    assert ws.run("2026-11-20")["drafted"] == 0  # a list price touches only what is not charged
    said = reopen(ws, november["number"])
    assert [(x["client"], x["contract"], x["product"], x["period"]) for x in said["reopened"]] == [
        ("a", "k", "p", {"from": "2026-11-01", "to": "2026-11-30"}), ("a", "k", "q", {"from": "2026-11-01", "to": "2026-11-30"})]
    run = ws.run("2026-11-20")  # at once: a person asked for it
    assert run["drafted"] == 1 and run["held"] == []
    d = ws.draft()
    x = d["lines"][0]
    assert len(d["lines"]) == 1 and d["type"] == "credit_note"
    assert (x["kind"], x["amount"], x["unit_price"], x["quantity"], x["corrects"], x["period"]) == (
        "adjustment", "-10.00", "-10.00", "1", line(november, product="p")["id"], {"from": "2026-11-01", "to": "2026-11-30"})
    assert d["taxes"][0]["amount"] == "-2.00" and d["total"] == "-12.00"
    ws.approve(d["batch"], date="2026-11-20")
    assert ws.run("2026-11-21")["drafted"] == 0 and ws.verify()["ok"] is True
    assert october["total"] == "189.60"  # (100 + 58) × 1.2; not touched


def test_a_dearer_price_is_billed(ws):
    wrote(ws)
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, "112.50")
    reopen(ws, n["id"], line(n, product="p")["id"])
    ws.run("2026-11-20")
    assert [(x["kind"], x["amount"]) for x in ws.draft()["lines"]] == [("adjustment", "12.50")]


def test_afterwards_the_period_keeps_the_price_book_of_its_re_opening(ws):
    wrote(ws)
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, "90.00")
    reopen(ws, n["id"])
    settle(ws, "2026-11-20")
    wrote(ws, "70.00")  # another list price; and the contract is edited, so that all of it is compared
    wrote(ws, "70.00", note="edited")
    assert ws.run("2026-11-21")["drafted"] == 0
    wrote(ws, "70.00", lines=[{"product": "p", "ends": "2026-11-15"}, {"product": "q"}], adjust="now")
    ws.run("2026-11-22")
    assert line(ws.draft(), product="p")["amount"] == "-45.00"  # half of 90.00 is owed, 90.00 is charged


def test_where_a_run_finds_no_difference_the_period_keeps_todays_book_all_the_same(ws):
    wrote(ws)
    n = settle(ws, "2026-11-01")[0]
    reopen(ws, n["id"])
    run = ws.run("2026-11-20")
    assert run["drafted"] == 0 and run["held"] == []
    wrote(ws, "70.00", note="edited")
    assert ws.run("2026-11-21")["drafted"] == 0 and ws.verify()["ok"] is True


def test_nothing_else_is_re_rated(ws):
    wrote(ws, starts="2026-10-01")
    october = settle(ws, "2026-10-01")[0]
    settle(ws, "2026-11-01")
    ws.book((FLAT % "90.00").replace("58.00", "60.00"))
    reopen(ws, october["id"], "2")
    ws.run("2026-11-20")
    assert [(x["product"], x["amount"], x["period"]["from"]) for x in ws.draft()["lines"]] == [("q", "2.00", "2026-10-01")]


def test_twice_is_harmless(ws):
    wrote(ws)
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, "90.00")
    assert len(reopen(ws, n["id"])["reopened"]) == 2
    again = reopen(ws, n["id"])
    assert again["reopened"] == [] and again["already"] == 2
    assert settle(ws, "2026-11-20")[0]["subtotal"] == "-10.00"
    reopen(ws, n["id"])  # and once more, after the fact: nothing is owed
    assert ws.run("2026-11-21")["drafted"] == 0


def test_a_draft_is_made_anew_until_it_is_approved(ws):
    wrote(ws)
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, "90.00")
    reopen(ws, n["id"])
    ws.run("2026-11-20")
    first = ws.draft()
    wrote(ws, "80.00")
    ws.run("2026-11-21")
    again = ws.draft()
    assert again["id"] == first["id"] and again["subtotal"] == "-20.00"
    wrote(ws)  # it was right after all
    assert ws.run("2026-11-22")["drafted"] == 0 and ws.drafts() == []
    wrote(ws, "80.00", note="edited")
    assert ws.run("2026-11-23")["drafted"] == 0  # settled by the run that found no difference


def test_a_draft_that_was_there_before_does_not_swallow_the_wish(ws):
    wrote(ws, starts="2026-10-01")
    settle(ws, "2026-10-01")
    n = settle(ws, "2026-11-01")[0]
    ws.run("2026-12-01")  # a draft of December, made before …
    wrote(ws, "90.00", starts="2026-10-01")
    reopen(ws, n["id"], date="2026-12-01")
    ws.approve(ws.draft()["id"], date="2026-12-01")  # … and approved after the wish, without a run between
    ws.run("2026-12-02")
    assert [(x["amount"], x["period"]["from"]) for x in ws.draft()["lines"]] == [("-10.00", "2026-11-01")]


def test_a_draft_with_the_same_text_settles_the_wish_too(ws):
    """The contract's own edit and the re-opening come to the same: approved once, it is not asked for again."""
    wrote(ws, adjust="now")
    n = settle(ws, "2026-11-01")[0]
    edit = dict(adjust="now", lines=[{"product": "p", "price": "90.00"}, {"product": "q"}])
    wrote(ws, **edit)
    ws.run("2026-11-20")
    reopen(ws, n["id"])
    ws.run("2026-11-21")
    ws.approve(ws.draft()["id"], date="2026-11-21")
    wrote(ws, "100.00", note="edited", **edit)
    ws.book((FLAT % "100.00").replace("58.00", "60.00"))
    assert ws.run("2026-11-22")["drafted"] == 0


def test_a_correction_that_is_void_is_owed_again_at_todays_price_book(ws):
    wrote(ws)
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, "90.00")
    reopen(ws, n["id"])
    c = settle(ws, "2026-11-20")[0]
    wrote(ws, "85.00")
    ws.command("void", c["number"], "--reason", "again", "--date", "2026-11-20")
    assert settle(ws, "2026-11-21")[0]["subtotal"] == "-15.00"


def test_a_void_of_the_charge_leaves_its_corrections_to_be_billed_around(ws):
    """100.00 charged, 10.00 given back, the charge void: at a price book of 80.00 another 90.00 are due."""
    wrote(ws, lines=[{"product": "p"}])
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, "90.00", lines=[{"product": "p"}])
    reopen(ws, n["id"])
    settle(ws, "2026-11-20")
    wrote(ws, "80.00", lines=[{"product": "p"}])
    ws.command("void", n["number"], "--reason", "sent to nobody", "--date", "2026-11-21")
    d = settle(ws, "2026-11-21")[0]
    assert d["subtotal"] == "90.00"
    wrote(ws, "10.00", lines=[{"product": "p"}], note="edited")
    assert ws.run("2026-11-22")["drafted"] == 0


def test_a_period_long_over_can_be_re_opened(ws):
    """Beyond true_up_months nothing is looked at again, but for what a person names; the discount of its billing still goes over all its lines."""
    ten = {"discount": {"percent": "10", "reason": "loyal"}}
    wrote(ws, starts="2026-10-01", **ten)
    october = settle(ws, "2026-10-01")[0]
    assert october["discounts"][0]["amount"] == "-15.80"
    settle(ws, "2027-12-01")  # all months to December 2027
    wrote(ws, "90.00", starts="2026-10-01", **ten)
    reopen(ws, october["id"], "p", date="2027-12-02")
    d = settle(ws, "2027-12-02")[0]
    assert [(x["amount"], x["period"]["from"]) for x in d["lines"]] == [("-10.00", "2026-10-01")]
    assert [y["amount"] for y in d["discounts"]] == ["1.00"] and d["total"] == "-10.80"
    wrote(ws, "70.00", starts="2026-10-01", note="edited", **ten)
    assert ws.run("2027-12-03")["drafted"] == 0


def test_a_product_between_two_days_of_one_client_or_of_all(ws):
    wrote(ws, starts="2026-10-01")
    ws.clients(*[e for c in ("a", "b") for e in (
        {"id": c, "name": c}, {"id": "k" + c, "client": c, "starts": "2026-09-01", "lines": [{"product": "p"}, {"product": "q"}]})])
    for date in ("2026-09-01", "2026-10-01", "2026-11-01"):
        ws.bill(date)
    ws.book(FLAT % "99.00")
    reopen(ws, "--product", "p", "--from", "2026-10-31", "--to", "2026-11-01", "--client", "b")
    ws.run("2026-11-20")
    assert [(x["contract"], x["amount"], x["period"]["from"]) for x in ws.draft()["lines"]] == [("kb", "-1.00", "2026-10-01"), ("kb", "-1.00", "2026-11-01")]
    said = reopen(ws, "--product", "p", "--from", "2026-10-31", "--to", "2026-11-01")
    assert len(said["reopened"]) == 2 and said["already"] == 2
    assert ws.run("2026-11-20")["drafted"] == 1  # client a; b's draft is unchanged
    assert len(ws.drafts()) == 2


def test_the_rule_of_today_prices_a_billing_that_is_re_opened(ws):
    rule = 'return function(bill) bill:discount { percent = "%s", reason = "rule" } end\n'
    wrote(ws, rule="loyal")
    ws.write("rules/loyal.lua", rule % "10")
    n = settle(ws, "2026-11-01")[0]
    ws.write("rules/loyal.lua", rule % "20")
    assert ws.run("2026-11-20")["drafted"] == 0
    reopen(ws, n["id"])
    d = settle(ws, "2026-11-20")[0]
    assert d["lines"] == [] and [y["amount"] for y in d["discounts"]] == ["-15.80"]
    ws.write("rules/loyal.lua", rule % "30")
    wrote(ws, rule="loyal", note="edited")
    assert ws.run("2026-11-21")["drafted"] == 0


def counted(ws):
    ws.config(SHEET + "invoicing { guard = false }\n")
    ws.book('product "ws" { name = "WS", model = "per_unit", count = devices {}, price = "10.00" }\n')
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}}, {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "ws"}]})


def test_a_disputed_count_is_counted_again_with_the_facts_of_today(ws):
    counted(ws)
    ten = [("a", "d%d" % i, "2026-09-01") for i in range(10)]
    ws.devices(*ten)
    n = settle(ws, "2026-11-01")[0]
    ws.devices(*ten[:8])  # two of them were another client's
    ws.devices(*[(c, d, f, "2026-10-15" if i > 7 else "") for i, (c, d, f) in enumerate(ten)])
    assert ws.run("2026-11-10")["drafted"] == 0
    reopen(ws, n["id"], date="2026-11-10")
    d = settle(ws, "2026-11-10")[0]
    assert [(x["kind"], x["amount"]) for x in d["lines"]] == [("adjustment", "-20.00")]
    ws.devices(*ten)  # and back again: the pull of the re-opening is what it keeps
    ws.command("pull", "--date", "2026-11-11")
    assert ws.run("2026-11-11")["drafted"] == 0


def test_what_review_said_was_left_unbilled_can_be_billed(ws):
    counted(ws)
    ten = [("a", "d%d" % i, "2026-09-01") for i in range(10)]
    ws.devices(*ten)
    n = settle(ws, "2026-11-01")[0]
    ws.devices(*ten, ("a", "late", "2026-10-25"))
    assert ws.run("2026-11-10")["drafted"] == 0
    reopen(ws, n["number"], "ws", date="2026-11-10")
    d = settle(ws, "2026-11-10")[0]
    assert [(x["kind"], x["amount"], x["corrects"]) for x in d["lines"]] == [("adjustment", "10.00", n["lines"][0]["id"])]


def test_an_edit_is_held_and_a_wish_is_not(ws):
    """Both in one run: the edit of October waits for a person, the re-opened November does not count into it."""
    wrote(ws, starts="2026-10-01", adjust="now", lines=[{"product": "p", "price": "42.00"}])
    settle(ws, "2026-10-01")
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, starts="2026-10-01", adjust="now", lines=[{"product": "p", "price": "44.00"}])
    reopen(ws, n["id"], date="2026-12-02")
    run = ws.run("2026-12-01", code=1)
    assert [h["reason"] for h in run["held"]] == ["re-rated"]
    assert "price 42.00 → 44.00 re-rates 1 period, +2.00: date it, or approve --force" in run["held"][0]["message"]
    assert sorted(x["amount"] for x in ws.draft()["lines"]) == ["2.00", "2.00", "44.00"]


def test_credit_and_rebill_after_a_re_opening(ws):
    wrote(ws, lines=[{"product": "p"}])
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, "90.00", lines=[{"product": "p"}])
    reopen(ws, n["id"])
    settle(ws, "2026-11-20")
    wrote(ws, "80.00", lines=[{"product": "p"}])
    note = ws.command("credit", n["id"], "--full", "--rebill", "--reason", "wrong client", "--date", "2026-11-21", "--json").json
    ws.approve(note["invoice"], date="2026-11-21")
    # −100.00 taken back, −10.00 stands: 80.00 + 10.00 are due
    assert settle(ws, "2026-11-21")[0]["subtotal"] == "90.00"
    wrote(ws, "10.00", lines=[{"product": "p"}], note="edited")
    assert ws.run("2026-11-22")["drafted"] == 0


def test_who_when_and_why_is_recorded(ws):
    wrote(ws)
    n = settle(ws, "2026-11-01")[0]
    reopen(ws, n["id"])
    db = sqlite3.connect(ws.path("billhook.db"))
    assert ("anna", "reopened", "wrong list price") in db.execute("select who, what, reason from event").fetchall()
    db.close()


@pytest.mark.parametrize("args", [[], ["a-1"], ["a-1", "--product", "p"], ["--product", "p"], ["--product", "p", "--from", "2026-11-01"],
                                  ["--product", "p", "--from", "2026-11-30", "--to", "2026-11-01"], ["--product", "p", "--from", "yesterday", "--to", "2026-11-01"],
                                  ["--product", "nothing", "--from", "2026-11-01", "--to", "2026-11-30"],
                                  ["--product", "p", "--from", "2027-01-01", "--to", "2027-01-31"],
                                  ["--product", "p", "--from", "2026-11-01", "--to", "2026-11-30", "--client", "nobody"],
                                  ["a-9"], ["a-1", "99"], ["a-1", "--client", "a"]])
def test_what_cannot_be_re_opened_is_refused(ws, args):
    wrote(ws)
    settle(ws, "2026-11-01")
    reason = [] if args == ["a-1"] else ["--reason", "x"]
    done = ws.command("reopen", *args, *reason, code=2)
    assert done.err.strip()
    db = sqlite3.connect(ws.path("billhook.db"))
    assert db.execute("select count(*) from reopened").fetchone() == (0,)
    db.close()


def test_drafts_voids_and_credits_by_hand_are_not_re_opened(ws):
    wrote(ws)
    ws.run("2026-11-01")
    d = ws.draft()
    assert "draft" in reopen(ws, d["id"], code=2).err
    ws.approve(d["id"], date="2026-11-01")
    note = ws.command("credit", d["id"], "--amount", "5.00", "--reason", "x", "--date", "2026-11-02", "--json").json
    ws.approve(note["invoice"], date="2026-11-02")
    assert "by hand" in reopen(ws, note["invoice"], code=2).err
    ws.command("void", note["invoice"], "--reason", "x", "--date", "2026-11-02")
    ws.command("void", d["id"], "--reason", "x", "--date", "2026-11-02")
    assert "void" in reopen(ws, d["id"], code=2).err


def test_a_line_that_is_gone_holds_instead_of_being_re_rated(ws):
    wrote(ws, starts="2026-10-01", lines=[{"product": "p", "ends": "2026-11-15"}, {"product": "q"}])
    settle(ws, "2026-10-01")
    n = settle(ws, "2026-11-01")[0]
    wrote(ws, starts="2026-10-01", lines=[{"product": "q"}])
    reopen(ws, n["id"], "p")
    run = ws.run("2026-11-20", code=1)
    assert [h["reason"] for h in run["held"]] == ["line-removed"]


def test_amounts_that_a_discount_and_a_minimum_follow(ws):
    """p 100 → 90 beside q 58: 10 % of 148.00 are 14.80, and 133.20 are below a minimum of 150.00 by 16.80 where 142.20 were by 7.80."""
    extra = dict(discount={"percent": "10", "reason": "loyal"}, minimum="150.00")
    wrote(ws, **extra)
    n = settle(ws, "2026-11-01")[0]
    assert [x["amount"] for x in n["lines"]] == ["100.00", "58.00", "7.80"] and n["discounts"][0]["amount"] == "-15.80"
    wrote(ws, "90.00", **extra)
    reopen(ws, n["id"])
    d = settle(ws, "2026-11-20")[0]
    assert sorted(x["amount"] for x in d["lines"]) == ["-10.00", "9.00"] and [y["amount"] for y in d["discounts"]] == ["1.00"]
    assert Fraction(d["total"]) == 0
