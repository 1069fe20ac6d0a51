"""What leaves the ledger: the journal for hledger, the aging, revenue by product."""
import csv
import io
import re
import shutil
import subprocess
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from test_payments import billed, docs, pay, refund, sound

hledger = pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is not installed (Debian package hledger): the journal is not read by it")


def journal(ws, *args):
    return ws.command("export", "--format", "hledger", *args).out


def balances(ws, *args):
    """{(account, currency): Decimal} as hledger sees the journal, after it has checked it."""
    path = ws.write("out.journal", journal(ws, *args))
    subprocess.run(["hledger", "-f", path, "check"], check=True, capture_output=True)
    text = subprocess.run(["hledger", "-f", path, "balance", "-N", "--flat", "-O", "csv"], check=True, capture_output=True, text=True).stdout
    out = {}
    for row in list(csv.DictReader(io.StringIO(text))):
        for amount in row["balance"].split(", "):
            number, currency = amount.split(" ")
            out[row["account"], currency] = Decimal(number)
    return out


def aging(ws, *args):
    return ws.command("report", "aging", "--json", *args).json


def revenue(ws, first, last):
    return {(r["product"], r["currency"]): (r["invoiced"], r["recognised"], r["deferred"])
            for r in ws.command("report", "revenue", "--from", first, "--to", last, "--json").json["rows"]}


def three(ws):
    """Three currencies, tax, a discount, advance and arrears: October and November of three clients, dated 1 November and 1 December."""
    ws.config('tax "vat" { name = "VAT", rate = "10" }\n')
    ws.book('product "p" { name = "P", model = "per_unit", price = "42.00", prices = { JPY = "5000", KWD = "12.345" } }\n'
            'product "q" { name = "Q", model = "flat", price = "58.00", timing = "arrears", prices = { JPY = "700", KWD = "1.001" } }\n')
    both = [{"product": "p", "quantity": 10}, {"product": "q"}]
    ws.clients({"id": "a", "name": "A", "tax": ["vat"]}, {"id": "j", "name": "J", "currency": "JPY"}, {"id": "w", "name": "W", "currency": "KWD"},
               {"id": "ka", "client": "a", "starts": "2026-11-01", "lines": both, "discount": {"percent": "10", "reason": "term"}},
               {"id": "kj", "client": "j", "starts": "2026-11-01", "lines": both}, {"id": "kw", "client": "w", "starts": "2026-11-01", "lines": both})
    ws.bill("2026-11-01")
    ws.bill("2026-12-01")


@hledger
def test_hledger_finds_it_balanced_in_every_currency(ws):
    three(ws)
    pay(ws, "a-1", "500.00", "--date", "2026-11-20", "--method", "cheque", "--reference", "x (y) | z; two  spaces")
    pay(ws, "j", "60000", "--date", "2026-11-21")
    ws.command("writeoff", "w-1", "--amount", "0.450", "--reason", "rest", "--date", "2026-11-22")
    ws.command("credit", "w-2", "--amount", "1.000", "--reason", "late", "--date", "2026-12-03")
    ws.approve("w-3", date="2026-12-03")
    refund(ws, "a-1", "10.00", "--date", "2026-12-04")
    ws.command("void", "j-2", "--reason", "x", "--date", "2026-12-05")
    # Client a: 378.00 + 37.80 = 415.80 for November, 84.20 more were paid, of which 10.00 went back; 378.00 + 52.20 + 43.02 = 473.22 for December. Client j: November 50,000, December's 50,700 void; 10,000 over. Client w: 123.450 − 0.450; 124.451 − 1.000.
    # Earned by 10 December: November and 10 of 31 days of 378.00 (121.94), of 123.450 (39.823); nothing of what is void.
    assert balances(ws, "--date", "2026-12-10") == {
        ("assets:cash:bank", "USD"): Decimal("-10.00"), ("assets:cash:cheque", "USD"): Decimal("500.00"), ("assets:cash:bank", "JPY"): Decimal(60000),
        ("assets:receivable:a", "USD"): Decimal("473.22"), ("liabilities:customer-credit:a", "USD"): Decimal("-74.20"), ("assets:receivable:w", "KWD"): Decimal("246.451"),
        ("liabilities:customer-credit:j", "JPY"): Decimal(-10000), ("liabilities:tax:vat", "USD"): Decimal("-80.82"),
        ("liabilities:deferred:p", "USD"): Decimal("-256.06"), ("liabilities:deferred:p", "KWD"): Decimal("-83.627"),
        ("revenue:p", "USD"): Decimal("-499.94"), ("revenue:p", "JPY"): Decimal(-50000), ("revenue:p", "KWD"): Decimal("-163.273"),
        ("revenue:q", "USD"): Decimal("-52.20"), ("revenue:q", "KWD"): Decimal("-1.001"),
        ("expenses:write-off", "KWD"): Decimal("0.450"), ("expenses:goodwill", "KWD"): Decimal("1.000")}
    sound(ws)


@hledger
def test_receivable_is_what_aging_says(ws):
    three(ws)
    pay(ws, "a-1", "100.00", "--date", "2026-11-20")
    for args in ([], ["--date", "2027-01-31"]):
        totals = {t["currency"]: Decimal(t["total"]) for t in aging(ws, *args)["totals"]}
        ours = {}
        for (account, currency), amount in balances(ws).items():
            if account.startswith("assets:receivable"):
                ours[currency] = ours.get(currency, 0) + amount
        # 415.80 − 100.00 + 473.22; 50,000 + 50,700; 123.450 + 124.451
        assert totals == ours == {"USD": Decimal("789.02"), "JPY": Decimal(100700), "KWD": Decimal("247.901")}


@hledger
def test_an_empty_journal(ws):
    ws.config()
    assert journal(ws) == ""
    billed(ws)
    assert ws.command("export", "a-1", "--format", "hledger", code=2).err.count("whole")


def test_the_journal_as_text(ws):
    billed(ws)
    pay(ws, "a-1", "130.00", "--date", "2026-11-15", "--reference", "RB 4711")
    assert journal(ws, "--date", "2026-11-15") == """decimal-mark .
commodity 1000.00 USD

2026-11-01 * (INV-2026-000001) a | invoice a-1
    assets:receivable:a  100.00 USD
    liabilities:deferred:p  -100.00 USD

2026-11-15 * (RB 4711) a | payment a-1
    assets:cash:bank  130.00 USD
    assets:receivable:a  -100.00 USD
    liabilities:customer-credit:a  -30.00 USD

2026-11-15 * earned: p
    liabilities:deferred:p  50.00 USD
    revenue:p  -50.00 USD
"""


def test_a_year_is_earned_month_by_month(ws):
    ws.config()
    ws.book('product "y" { name = "Y", model = "flat", price = "1000.00" }\n')
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-01-01", "bill": {"every": 1, "unit": "year"}, "lines": [{"product": "y"}]})
    ws.bill("2026-03-10")
    # round(1000.00 × days / 365): 246.58 by the end of March (90 days), 328.77 (120), 413.70 (151), 495.89 (181), 580.82 (212), 665.75 (243),
    # 747.95 (273), 832.88 (304), 915.07 (334), 1000.00
    parts = re.findall(r"^(2026-\d\d-\d\d) \* earned: y\n +\S+ +(\S+)", journal(ws, "--date", "2026-12-31"), re.M)
    assert parts == [("2026-03-31", "246.58"), ("2026-04-30", "82.19"), ("2026-05-31", "84.93"), ("2026-06-30", "82.19"), ("2026-07-31", "84.93"),
                     ("2026-08-31", "84.93"), ("2026-09-30", "82.20"), ("2026-10-31", "84.93"), ("2026-11-30", "82.19"), ("2026-12-31", "84.93")]
    assert sum(Decimal(x) for _, x in parts) == Decimal("1000.00")
    assert revenue(ws, "2026-04-01", "2026-04-30") == {("y", "USD"): ("0.00", "82.19", "671.23")}
    assert revenue(ws, "2026-01-01", "2026-03-09") == {}


def test_an_end_in_mid_year_leaves_nothing_deferred(ws):
    ws.config()
    ws.book('product "y" { name = "Y", model = "flat", price = "365.00" }\n')
    contract = {"id": "k", "client": "a", "starts": "2026-01-01", "bill": {"every": 1, "unit": "year"}, "lines": [{"product": "y"}]}
    ws.clients({"id": "a", "name": "A"}, contract)
    ws.bill("2026-01-01")
    ws.clients({"id": "a", "name": "A"}, dict(contract, ends="2026-06-30"))
    ws.bill("2026-07-01")
    # 181 days of a euro each are owed and earned; the 184.00 that came back took the days behind them.
    for day in ("2026-07-01", "2026-08-15", "2026-12-31"):
        assert revenue(ws, "2026-01-01", day) == {("y", "USD"): ("181.00", "181.00", "0.00")}
    sound(ws)


def test_aging_by_days(ws):
    """100.00 on the first of each month from July, due on the 16th (net 15); looked at on 15 and 16 December."""
    ws.config()
    ws.book('product "p" { name = "P", model = "flat", price = "100.00" }\n')
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-07-01", "lines": [{"product": "p"}]})
    for month in range(7, 13):
        ws.bill("2026-%02d-01" % month)
    pay(ws, "a-5", "40.00", "--date", "2026-12-16")
    head = {"client": "a", "currency": "USD", "customer_credit": "0.00"}
    # due 16 Dec, Nov, Oct, Sep, Aug, Jul: on 16 December 0, 30, 61, 91, 122, 153 days ago; on the 15th 29, 60, 90, 121, 152 and a day to go.
    assert aging(ws, "--date", "2026-12-16")["rows"] == [dict(head, not_due="100.00", days_1_30="60.00", days_31_60="0.00", days_61_90="100.00",
                                                              days_over_90="300.00", total="560.00")]
    assert aging(ws, "--date", "2026-12-15")["rows"] == [dict(head, not_due="100.00", days_1_30="100.00", days_31_60="100.00", days_61_90="100.00",
                                                              days_over_90="200.00", total="600.00")]
    assert aging(ws, "--date", "2026-07-31")["rows"][0]["total"] == "100.00"
    assert aging(ws, "--date", "2026-06-30") == {"date": "2026-06-30", "rows": [], "totals": []}
    overdue = [d["id"] for d in ws.command("invoices", "--date", "2026-12-16", "--json").lines if d["overdue"]]
    assert overdue == ["a-1", "a-2", "a-3", "a-4", "a-5"]


def test_aging_as_it_stood(ws):
    billed(ws)
    pay(ws, "a-1", "130.00", "--date", "2026-11-10")
    ws.command("void", "a-1", "--reason", "x", "--date", "2026-11-20")
    seen = []
    for day in ("2026-11-09", "2026-11-10", "2026-11-20"):
        rows = aging(ws, "--date", day)["rows"]
        seen.append((rows[0]["total"], rows[0]["customer_credit"]))
    assert seen == [("100.00", "0.00"), ("0.00", "30.00"), ("0.00", "130.00")]
    assert aging(ws)["totals"] == [{"currency": "USD", "not_due": "0.00", "days_1_30": "0.00", "days_31_60": "0.00", "days_61_90": "0.00", "days_over_90": "0.00",
                                    "total": "0.00", "customer_credit": "130.00"}]
    assert docs(ws)["a-1"] == ("void", "100.00", "0.00")


def test_tables_and_csv(ws):
    billed(ws)
    assert ws.command("report", "aging", "--date", "2026-11-30", "--csv").out == (
        "client,currency,not_due,days_1_30,days_31_60,days_61_90,days_over_90,total,customer_credit\na,USD,0.00,100.00,0.00,0.00,0.00,100.00,0.00\n")
    assert ws.command("report", "revenue", "--from", "2026-11-01", "--to", "2026-11-15", "--csv").out == (
        "product,currency,invoiced,recognised,deferred\np,USD,100.00,50.00,50.00\n")
    table = ws.command("report", "aging", "--date", "2026-11-30").out
    assert "not due" in table and table.splitlines()[-1].split() == ["Total", "USD", "0.00", "100.00", "0.00", "0.00", "0.00", "100.00", "0.00"]
    ws.command("report", "aging", "--csv", "--json", code=2)
    ws.command("report", "aging", "--date", "x", code=2)
    ws.command("report", "revenue", "--from", "2026-12-01", "--to", "2026-11-01", code=2)
    ws.command("report", "mrr", code=2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_comes_in_whatever_order(ws, seed):
    """Runs, payments, refunds, credits, voids and write-offs at random: nothing aborts, and the store adds up after each few."""
    random = Random(seed)
    clients = [{"id": "a", "name": "A", "tax": ["vat"]}, {"id": "b", "name": "B", "currency": "JPY"}]
    ws.config('tax "vat" { name = "VAT", rate = "7.7" }\n')
    ws.book('product "p" { name = "P", model = "per_unit", price = "42.00", prices = { JPY = "5000" } }\n'
            'product "y" { name = "Y", model = "flat", price = "365.00", prices = { JPY = "36500" }, timing = "arrears" }\n')
    day, ends, did = date(2026, 1, 1), {}, set()

    def write():
        ws.clients(*clients, *[dict({"id": "k" + c["id"], "client": c["id"], "starts": "2026-01-01", "adjust": "now",
                                     "lines": [{"product": "p", "quantity": quantity[c["id"]]}, {"product": "y"}]}, **ends) for c in clients])

    quantity = {"a": 3, "b": 2}
    for step in range(24):
        day += timedelta(days=random.choice((0, 3, 11, 24)))
        known = sorted(docs(ws))
        what = random.choice(("bill", "bill", "pay", "pay", "client", "refund", "credit", "void", "writeoff", "edit"))
        doc = random.choice(known or ["a-1"])
        amount = str(random.choice((1, 20, 126, 400, 5000)))
        now = ["--date", day.isoformat()]
        if what == "edit":
            quantity[random.choice("ab")] = random.randint(1, 6)
        if what in ("bill", "edit"):
            write()
            batch = ws.run(day.isoformat(), code=(0, 1))["batch"]
            ws.command("approve", batch, "--force", "test", code=(0, 1))
            args = None
        elif what == "credit":
            args = ["credit", doc, *random.choice((["--amount", amount], ["--full"], ["--percent", "25"], ["--full", "--rebill"])), "--reason", "x"] + now
        else:
            args = {"pay": ["payment", "add", doc, "--amount", amount], "client": ["payment", "add", random.choice("ab"), "--amount", amount],
                    "refund": ["payment", "refund", random.choice([doc, "a", "b"]), "--amount", amount], "void": ["void", doc, "--reason", "x"],
                    "writeoff": ["writeoff", doc, "--amount", amount, "--reason", "x"]}[what] + now
        done = ws.command(*args, code=(0, 2)) if args else None
        if done is None or done.code == 0:
            did.add(what)
        if what == "credit" and done.code == 0:
            for d in ws.drafts():
                ws.command("approve", d["id"], "--force", "test", code=(0, 1))
        if step % 4 == 3:
            sound(ws)
    assert len(did) >= 5, did
    sound(ws)
    totals = {t["currency"]: Decimal(t["total"]) for t in aging(ws)["totals"]}
    assert totals == {c: sum((Decimal(d["balance"]) for d in ws.export() if d["currency"] == c and d["state"] not in ("draft", "void")), Decimal(0)) for c in totals}
    if shutil.which("hledger"):
        ours = {}
        for (account, currency), x in balances(ws, "--date", "2027-12-31").items():
            assert not account.startswith("liabilities:deferred"), account  # all is earned by then
            if account.startswith("assets:receivable"):
                ours[currency] = ours.get(currency, 0) + x
        assert {c: x for c, x in totals.items() if x} == {c: x for c, x in ours.items() if x}
