"""credit, in all its forms: net of discounts, with the taxes that were charged, and never more than was charged."""
from fractions import Fraction

import pytest
from conftest import line


def wrote(ws, config='tax "vat" { name = "VAT", rate = "20" }\n', tax=("vat",), lines=None, client=None, book=None, **contract):
    ws.config(config)
    ws.book(book or 'product "p" { name = "P", model = "flat", price = "100.00", tax = "service" }\n'
                    'product "q" { name = "Q", model = "flat", price = "50.00", tax = "hardware" }\n')
    ws.clients(dict({"id": "a", "name": "A", "tax": list(tax)}, **(client or {})),
               dict({"id": "k", "client": "a", "starts": "2026-11-01", "lines": lines or [{"product": "p"}, {"product": "q"}]}, **contract))


def credit(ws, *args, code=0, date="2026-11-10", reason="late response"):
    return ws.command("credit", *args, "--date", date, "--reason", reason, "--by", "anna", "--json", code=code)


def given(ws, *args, **kw):
    """The credit note, approved."""
    note = credit(ws, *args, **kw).json["invoice"]
    ws.approve(note, date="2026-11-10")
    return ws.export(note)[0]


def refused(ws, *args):
    before = ws.export()
    done = credit(ws, *args, code=2)
    assert done.err.strip() and ws.export() == before
    return done.err


# ---- net of discounts ----

def test_a_line_is_given_back_at_what_it_cost_after_discounts(ws):
    """100.00 and 50.00 less 10 %: 90.00 and 45.00 were charged."""
    wrote(ws, discount={"percent": "10", "reason": "loyal"})
    n = ws.bill("2026-11-01")[0]
    assert n["total"] == "162.00"  # 135.00 × 1.2
    d = given(ws, n["id"], "1", "--full")
    assert d["subtotal"] == "-90.00" and d["discounts"] == [] and d["taxes"][0]["amount"] == "-18.00" and d["total"] == "-108.00"
    assert d["lines"][0]["kind"] == "goodwill" and d["lines"][0]["corrects"] == n["lines"][0]["id"]
    assert "45.00" in refused(ws, n["id"], "--amount", "45.01")
    assert given(ws, n["id"], "--amount", "45.00")["lines"][0]["corrects"] == n["lines"][1]["id"]
    assert "nothing is left" in refused(ws, n["id"], "--full")
    assert ws.run("2026-11-11")["drafted"] == 0 and ws.verify()["ok"] is True


def test_a_discount_of_one_line_lies_on_that_line(ws):
    wrote(ws, lines=[{"product": "p", "discount": {"amount": "30.00", "reason": "trial"}}, {"product": "q"}])
    n = ws.bill("2026-11-01")[0]
    assert given(ws, n["id"], "p", "--full")["subtotal"] == "-70.00"
    assert given(ws, n["id"], "q", "--full")["subtotal"] == "-50.00"


def test_all_of_it_mirrors_lines_and_discounts(ws):
    wrote(ws, discount=[{"percent": "10", "reason": "loyal"}, {"amount": "5.00", "reason": "fixed"}])
    n = ws.bill("2026-11-01")[0]
    d = given(ws, n["id"], "--full")
    for a, b in zip(n["lines"] + n["discounts"] + n["taxes"], d["lines"] + d["discounts"] + d["taxes"]):
        assert Fraction(a["amount"]) == -Fraction(b["amount"])
    assert Fraction(n["total"]) == -Fraction(d["total"])
    for args in (["--full"], ["--amount", "0.01"], ["--percent", "1"], ["1", "--full"]):
        refused(ws, n["id"], *args)


def test_what_the_contracts_minimum_added_can_be_given_back_too(ws):
    """50.00 less 10 % is 45.00; to 100.00 are missing 55.00."""
    wrote(ws, lines=[{"product": "q"}], minimum="100.00", discount={"percent": "10", "reason": "loyal"})
    n = ws.bill("2026-11-01")[0]
    low = line(n, kind="minimum")
    assert low["amount"] == "55.00"
    assert given(ws, n["id"], low["id"], "--percent", "20")["subtotal"] == "-11.00"
    refused(ws, n["id"], low["id"], "--amount", "44.01")
    assert given(ws, n["id"], low["id"], "--full")["subtotal"] == "-44.00"
    assert given(ws, n["id"], "--full")["subtotal"] == "-45.00"


# ---- several credits ----

def test_three_thirds_and_the_rest(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    for _ in range(3):  # 50.00 of 150.00, less half a cent: 49.995, away from zero
        assert given(ws, n["id"], "--percent", "33.33")["subtotal"] == "-50.00"
    refused(ws, n["id"], "--percent", "33.33")


def test_thirds_of_one_line_leave_a_cent(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    for _ in range(3):
        assert given(ws, n["id"], "p", "--percent", "33.33%")["subtotal"] == "-33.33"
    refused(ws, n["id"], "p", "--percent", "33.33")
    assert given(ws, n["id"], "p", "--full")["subtotal"] == "-0.01"
    refused(ws, n["id"], "p", "--amount", "0.01")
    assert given(ws, n["id"], "--full")["subtotal"] == "-50.00"
    assert ws.verify()["ok"] is True


def test_a_percent_is_shared_out_by_largest_remainder(ws):
    """A third of 0.10, 0.10 and 0.10 is 0.10 in all: 0.04, 0.03 and 0.03."""
    book = "".join('product "%s" { name = "P", model = "flat", price = "0.10" }\n' % p for p in "xyz")
    wrote(ws, book=book, lines=[{"product": p} for p in "xyz"])
    n = ws.bill("2026-11-01")[0]
    d = given(ws, n["id"], "--percent", "33.333333333")
    assert [x["amount"] for x in d["lines"]] == ["-0.04", "-0.03", "-0.03"] and d["subtotal"] == "-0.10"


def test_half_of_a_cent_twice_is_not_more_than_the_cent(ws):
    wrote(ws, book='product "p" { name = "P", model = "flat", price = "0.05" }\n', lines=[{"product": "p"}])
    n = ws.bill("2026-11-01")[0]
    assert given(ws, n["id"], "--percent", "50")["subtotal"] == "-0.03"
    assert given(ws, n["id"], "--percent", "50")["subtotal"] == "-0.02"
    refused(ws, n["id"], "--percent", "50")


def test_drafts_count_and_what_is_void_does_not(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    draft = credit(ws, n["id"], "--amount", "150.00").json["invoice"]
    refused(ws, n["id"], "--amount", "0.01")
    ws.command("void", draft, "--reason", "x", "--date", "2026-11-10")
    d = given(ws, n["id"], "--amount", "150.00")
    refused(ws, n["id"], "--amount", "0.01")
    ws.command("void", d["number"], "--reason", "x", "--date", "2026-11-10")
    assert given(ws, n["id"], "p", "--amount", "100.00")["number"] == "CN-2026-000002"  # a void keeps its number
    assert ws.export(d["id"])[0]["number"] == "CN-2026-000001" and ws.verify()["ok"] is True


def test_a_credit_of_a_credit(ws):
    """50.00 given back by mistake, and half of it taken back again: 125.00 of 150.00 are left to credit."""
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    d = given(ws, n["id"], "--amount", "50.00")
    back = given(ws, d["number"], "--percent", "50")
    assert (back["type"], back["subtotal"], back["total"], back["number"]) == ("invoice", "25.00", "30.00", "INV-2026-000002")
    assert {x["kind"] for x in back["lines"]} == {"goodwill"}
    refused(ws, n["id"], "--amount", "125.01")
    assert "25.00" in refused(ws, d["id"], "--amount", "25.01")
    assert given(ws, n["id"], "--full")["subtotal"] == "-125.00"
    assert ws.run("2026-11-11")["drafted"] == 0 and ws.verify()["ok"] is True


def test_a_credit_note_that_a_run_made_can_be_credited(ws):
    wrote(ws)
    ws.bill("2026-11-01")
    wrote(ws, ends="2026-11-15")
    cn = ws.bill("2026-11-16")[0]
    assert cn["subtotal"] == "-75.00"
    d = given(ws, cn["id"], "p", "--full", date="2026-11-17")
    assert (d["type"], d["subtotal"]) == ("invoice", "50.00")
    assert ws.run("2026-11-18")["drafted"] == 0


def test_never_more_than_the_invoice_where_it_takes_back_as_well(ws):
    """November's 100.00 beside −40.00 of October's correction: 60.00 is all that was charged."""
    wrote(ws, lines=[{"product": "p", "adjust": "next"}], tax=(), starts="2026-10-01")
    ws.bill("2026-10-01")
    wrote(ws, lines=[{"product": "p", "adjust": "next", "price": {"start": "60.00", "2026-11-01": "100.00"}}], tax=(), starts="2026-10-01")
    n = ws.bill("2026-11-01", code=(0, 1))
    if not n:
        d = ws.draft()
        ws.command("approve", d["id"], "--force", "agreed", env={"BILLHOOK_NOW": "2026-11-01T12:00:00Z"})
        n = ws.export(d["id"])
    assert n[0]["total"] == "60.00"
    refused(ws, n[0]["id"], "--amount", "60.01")
    assert given(ws, n[0]["id"], "--percent", "50")["subtotal"] == "-30.00"
    assert given(ws, n[0]["id"], "--full")["subtotal"] == "-30.00"


# ---- taxes ----

TWO = 'tax "gst" { name = "GST", rate = "5" }\ntax "qst" { name = "QST", rate = "9.975", on = { "gst" } }\n'


def rates(d):
    return [(t["tax"], t["rate"], t["base"], t["amount"]) for t in d["taxes"]]


def test_compound_tax(ws):
    """10.00: 0.50 of GST, and 9.975 % of 10.50 are 1.047375."""
    wrote(ws, TWO, tax=("gst", "qst"))
    n = ws.bill("2026-11-01")[0]
    d = given(ws, n["id"], "--amount", "10.00")
    assert rates(d) == [("gst", "5", "-10.00", "-0.50"), ("qst", "9.975", "-10.50", "-1.05")] and d["total"] == "-11.55"


def test_several_taxes_each_on_its_own_lines(ws):
    wrote(ws, 'tax "s" { name = "S", rate = "10", applies = { "service" } }\ntax "h" { name = "H", rate = "20", applies = { "hardware" } }\n', tax=("s", "h"))
    n = ws.bill("2026-11-01")[0]
    d = given(ws, n["id"], "--percent", "10")  # 10.00 and 5.00
    assert rates(d) == [("s", "10", "-10.00", "-1.00"), ("h", "20", "-5.00", "-1.00")]
    assert rates(given(ws, n["id"], "q", "--amount", "1.00")) == [("h", "20", "-1.00", "-0.20")]


def test_inclusive_tax(ws):
    """119.00 with 19 % in it: 19.00. Of 11.90 given back 1.90 is tax, and nothing comes on top."""
    wrote(ws, 'tax "vat" { name = "VAT", rate = "19", inclusive = true }\n', book='product "p" { name = "P", model = "flat", price = "119.00" }\n', lines=[{"product": "p"}])
    n = ws.bill("2026-11-01")[0]
    d = given(ws, n["id"], "--percent", "10")
    assert rates(d) == [("vat", "19", "-11.90", "-1.90")] and d["total"] == d["subtotal"] == "-11.90"
    assert ws.verify()["ok"] is True


@pytest.mark.parametrize("client", [{"tax_exempt": {"reason": "school"}}, {"reverse_charge": True}])
def test_a_client_without_tax_sees_why(ws, client):
    wrote(ws, client=client)
    n = ws.bill("2026-11-01")[0]
    d = given(ws, n["id"], "--amount", "10.00")
    assert d["total"] == "-10.00"
    keep = ("tax", "rate", "amount", "reason", "category")
    assert [{k: t[k] for k in keep} for t in d["taxes"]] == [{k: t[k] for k in keep} for t in n["taxes"]]


def test_the_rate_of_then_and_the_words_of_then(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    wrote(ws, 'tax "vat" { name = "Value added", rate = "25", inclusive = true }\n')
    d = given(ws, n["id"], "--amount", "10.00")
    assert rates(d) == [("vat", "20", "-10.00", "-2.00")] and d["taxes"][0]["name"] == "VAT" and d["total"] == "-12.00"


# ---- and bill anew ----

def test_rebill_takes_all_back_or_nothing(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    refused(ws, n["id"], "1", "--full", "--rebill")
    refused(ws, n["id"], "--amount", "10.00", "--rebill")
    first = given(ws, n["id"], "--amount", "10.00")
    assert "reopen" in refused(ws, n["id"], "--full", "--rebill")
    ws.command("void", first["id"], "--reason", "x", "--date", "2026-11-10")
    d = given(ws, n["id"], "--full", "--rebill")
    assert d["subtotal"] == "-150.00" and {x["kind"] for x in d["lines"]} == {"adjustment"}
    refused(ws, n["id"], "--amount", "1.00")
    assert "void it" in refused(ws, d["id"], "--full")
    assert ws.bill("2026-11-11")[0]["subtotal"] == "150.00" and ws.verify()["ok"] is True


def test_a_rebill_that_is_void_is_charged_as_before(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    d = given(ws, n["id"], "--full", "--rebill")
    ws.command("void", d["number"], "--reason", "x", "--date", "2026-11-10")
    wrote(ws, book='product "p" { name = "P", model = "flat", price = "70.00" }\nproduct "q" { name = "Q", model = "flat", price = "50.00" }\n')
    assert ws.run("2026-11-11")["drafted"] == 0
    d = given(ws, n["id"], "--full", "--rebill")
    again = ws.bill("2026-11-11")[0]
    assert again["subtotal"] == "120.00"  # at today's price book
    assert ws.command("void", d["id"], "--reason", "x", "--date", "2026-11-11", code=2).err  # its periods have been billed again


def test_a_rebill_long_after(ws):
    """Beyond true_up_months, too: what was taken back is owed."""
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    ws.bill("2028-06-01")
    note = credit(ws, n["id"], "--full", "--rebill", date="2028-06-02").json["invoice"]
    ws.approve(note, date="2028-06-02")
    again = ws.bill("2028-06-03")[0]
    assert again["subtotal"] == "150.00" and {x["period"]["from"] for x in again["lines"]} == {"2026-11-01"}


def test_a_draft_that_was_there_before_does_not_swallow_the_rebill(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    ws.run("2026-12-01")
    december = ws.draft()
    note = credit(ws, n["id"], "--full", "--rebill", date="2026-12-01").json["invoice"]
    ws.approve(note, december["id"], date="2026-12-01")
    assert [x["period"]["from"] for x in ws.bill("2026-12-02")[0]["lines"]] == ["2026-11-01", "2026-11-01"]


def test_a_draft_that_was_there_before_does_not_swallow_a_void(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    ws.run("2026-12-01")
    ws.command("void", n["id"], "--reason", "x", "--date", "2026-12-01")
    ws.approve(ws.draft()["id"], date="2026-12-01")
    assert [x["period"]["from"] for x in ws.bill("2026-12-02")[0]["lines"]] == ["2026-11-01", "2026-11-01"]


# ---- closed books ----

def test_nothing_is_dated_in_closed_books(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    closed = 'invoicing { closed_through = "2026-11-30" }\ntax "vat" { name = "VAT", rate = "20" }\n'
    ws.config(closed)
    assert "2026-11-30" in refused(ws, n["id"], "--amount", "1.00")
    err = ws.command("void", n["id"], "--reason", "x", "--date", "2026-12-05", code=2).err
    assert "credit a-1 --full --rebill" in err
    ws.command("run", "--date", "2026-11-30", code=3)
    note = credit(ws, n["id"], "--full", "--rebill", date="2026-12-01").json["invoice"]
    ws.command("approve", note, "--date", "2026-11-30", code=1)
    assert ws.export(note)[0]["state"] == "draft"
    ws.approve(note, date="2026-12-01")
    later = ws.bill("2026-12-01")[0]
    err = ws.command("void", later["id"], "--reason", "x", "--date", "2026-11-30", code=2).err
    assert "later --date" in err
    ws.command("void", later["id"], "--reason", "x", "--date", "2026-12-01")
    assert ws.verify()["ok"] is True


def test_a_draft_whose_month_was_closed_meanwhile_wants_another_date(ws):
    wrote(ws)
    ws.run("2026-11-01")
    d = ws.draft()
    ws.config('invoicing { closed_through = "2026-11-30" }\ntax "vat" { name = "VAT", rate = "20" }\n')
    assert "--date" in ws.command("approve", d["id"], code=1).err
    ws.command("approve", d["id"], "--date", "2026-12-01")
    assert ws.export(d["id"])[0]["issue_date"] == "2026-12-01"
