"""Currencies with 0, 2 and 3 decimals; a price that is not there is a mistake, and nothing is ever converted (BILLING 4)."""
from conftest import line

BOOK = '''product "care" { model = "per_unit", price = "10.00", prices = { JPY = "1501", KWD = "3.001", EUR = "9.99" } }
product "soft" { model = "flat", price = "5.00" }
'''


def base(ws, *entries):
    ws.config('tax "vat" { rate = "7.5" }\n')
    ws.book(BOOK)
    ws.clients(*entries)


def contract(id, client, *products, **more):
    return dict({"id": id, "client": client, "starts": "2026-11-11", "lines": [{"product": p} for p in products]}, **more)


def test_decimals(ws):
    base(ws, {"id": "jp", "currency": "JPY", "tax": ["vat"]}, contract("j", "jp", "care"), {"id": "kw", "currency": "KWD", "tax": ["vat"]}, contract("w", "kw", "care"),
         {"id": "us", "tax": ["vat"]}, contract("u", "us", "care"))
    run = ws.run("2026-11-11")
    # 20 of 30 days: 1000.66…, 2.000666…, 6.666…; 7.5 % of these: 75.075, 0.150075, 0.50025
    got = {d["currency"]: (d["lines"][0]["amount"], d["taxes"][0]["amount"], d["total"]) for d in ws.drafts()}
    assert got == {"JPY": ("1001", "75", "1076"), "KWD": ("2.001", "0.150", "2.151"), "USD": ("6.67", "0.50", "7.17")}
    assert run["totals"] == {"JPY": "1076", "KWD": "2.151", "USD": "7.17"}
    ws.approve(run["batch"])
    ws.verify()


def test_a_contract_of_another_currency_has_documents_of_its_own(ws):
    base(ws, {"id": "us"}, contract("u", "us", "care", starts="2026-11-01"), contract("e", "us", "care", starts="2026-11-01", currency="EUR"))
    docs = ws.bill("2026-11-01")
    assert sorted((d["currency"], d["total"]) for d in docs) == [("EUR", "9.99"), ("USD", "10.00")]
    assert ws.run("2026-11-02")["drafted"] == 0


def test_a_missing_price_is_a_mistake(ws):
    base(ws, {"id": "jp", "currency": "JPY"}, contract("j", "jp", "soft"))
    m, = ws.check(code=3)["mistakes"]
    assert "no price in JPY" in m["message"] and m["path"] == 'contract "j" lines[1].price'
    ws.command("run", "--date", "2026-11-11", code=3)
    # a price on the line is one in the contract's currency
    base(ws, {"id": "jp", "currency": "JPY"}, dict(contract("j", "jp"), starts="2026-11-01", lines=[{"product": "soft", "price": "700"}]))
    assert ws.bill("2026-11-01")[0]["total"] == "700"


def test_fixed_discounts_and_minimums_have_a_currency(ws):
    base(ws, {"id": "jp", "currency": "JPY"}, contract("j", "jp", "care", starts="2026-11-01", discount={"amount": "100"}, minimum="2000"))
    d, = ws.bill("2026-11-01")
    assert (d["discounts"][0]["amount"], line(d, kind="minimum")["amount"], d["total"]) == ("-100", "599", "2000")
    base(ws, {"id": "us", "discount": {"amount": "1.00"}}, contract("e", "us", "care", currency="EUR"))
    assert "no amount in EUR" in ws.check(code=3)["mistakes"][0]["message"]


def test_a_charged_contract_keeps_its_currency(ws):
    base(ws, {"id": "us"}, contract("u", "us", "care", starts="2026-11-01"))
    ws.bill("2026-11-01")
    base(ws, {"id": "us", "currency": "EUR"}, contract("u", "us", "care", starts="2026-11-01"))
    assert "has been charged in USD and cannot change to EUR" in ws.check(code=3)["mistakes"][0]["message"]
