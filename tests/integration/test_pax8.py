"""Pax8: subscriptions as levels, cancelled and pending ones told apart, and the distributor's invoice items as costs."""
import pytest
from platforms.pax8 import Pax8
from platforms.psa import dump

COMPANY = "c0000000-0000-4000-8000-%012d"
PRODUCT = "b0000000-0000-4000-8000-%012d"
BOOK = '''product "bp" { name = "BP", model = "per_unit", count = gauge { metric = "m365bp" }, price = "26.40" }
product "av" { name = "AV", model = "per_unit", count = gauge { metric = "pax8.%s" }, price = "3.00" }
product "gb" { name = "GB", model = "per_unit", count = gauge { metric = "pax8.%s" }, price = "0.10" }
product "subs" { name = "Subscriptions", model = "per_unit", count = assets { kind = "subscription" }, price = "1.00" }
''' % (PRODUCT % 2, PRODUCT % 3)
NOW = {"BILLHOOK_NOW": "2026-12-01T15:00:00Z", "PAX8_SECRET": "pax8-secret-1"}


@pytest.fixture
def pax8():
    with Pax8() as p:
        yield p


def describe(ws, pax8, more="", products=("bp", "av", "gb")):
    ws.config('connector "pax" { plugin = "pax8", url = "%s/v1", token_url = "%s/v1/token", audience = "https://pax8.example", client_id = "app-1",\n'
              'client_secret = secret "env:PAX8_SECRET", metrics = { { match = "microsoft 365 business*", metric = "m365bp" } }, %s }\n' % (pax8.url, pax8.url, more))
    ws.book(BOOK)
    ws.clients(*[e for n in (1, 2, 4) for e in (
        {"id": "c%d" % n, "name": "C%d" % n, "ids": {"pax": COMPANY % n}},
        {"id": "k%d" % n, "client": "c%d" % n, "starts": "2026-12-01", "lines": [{"product": p} for p in products]})])


def pull(ws, code=(0, 1)):
    done = ws.command("pull", "--json", code=code, env=NOW)
    assert "pax8-secret-1" not in done.out + done.err
    return done.json["connectors"][0]


def bill(ws):
    ws.command("run", "--date", "2026-12-01", "--no-pull", "--json", code=(0, 1))
    return {d["client"]["id"]: {x["product"]: x["quantity"] for x in d["lines"]} for d in ws.drafts()}


# Business Premium: 10 + 5, the cancelled 3 no more; Endpoint: 20 to the last of its days, which is today, and not the 7 that ended yesterday.
WANT = {"c1": {"bp": "15", "av": "20", "gb": "12.5"}, "c2": {"bp": "4", "av": "0", "gb": "0"}}


def test_levels(ws, pax8):
    describe(ws, pax8)
    got = pull(ws, 0)
    assert (got["ok"], got["gauges"], got["assets"], got["unmapped"]) == (True, 6, 0, [])
    found = bill(ws)
    assert {c: {p: found[c].get(p, "0") for p in WANT[c]} for c in WANT} == WANT
    assert pull(ws)["changed"] == 0


@pytest.mark.parametrize("rows", [1, 2, 3, 200])
def test_pages_of_every_size(ws, pax8, rows):
    pax8.rows_max = rows
    describe(ws, pax8, "at_once = 4")
    assert pull(ws)["gauges"] == 6
    found = bill(ws)
    assert {c: {p: found[c].get(p, "0") for p in WANT[c]} for c in WANT} == WANT


def test_trials_by_option(ws, pax8):
    describe(ws, pax8, "include_trials = true")
    pull(ws)
    assert bill(ws)["c2"]["av"] == "9"


def test_a_cancelled_subscription_is_none(ws, pax8):
    describe(ws, pax8)
    pull(ws)
    pax8.lists["subscriptions"][6]["status"] = "Cancelled"
    assert pull(ws)["changed"] == 1
    assert bill(ws).get("c2", {}).get("bp", "0") == "0"


def test_subscriptions_as_assets(ws, pax8):
    describe(ws, pax8, "assets = true", products=("subs",))
    assert pull(ws)["assets"] == 5  # 1, 2, 4, 6 and 7
    assert bill(ws)["c1"]["subs"] == "4"
    del pax8.lists["subscriptions"][0]
    assert pull(ws)["gone"] == 1


def test_which_invoices_are_asked_for(ws, pax8):
    describe(ws, pax8)
    pull(ws)
    (request,) = pax8.asked("/v1/invoices")
    assert request.query["invoiceDateRangeStart"] == "2026-09-30"  # 62 days: 30 of November, 31 of October, one of September
    asked = sorted(r.path.split("/")[3][-1] for r in pax8.requests if r.path.endswith("/items"))
    assert asked == ["1", "2"]  # not the void one
    pax8.requests.clear()
    describe(ws, pax8, "cost_days = 0")
    pull(ws)
    assert not pax8.asked("/v1/invoices")


@pytest.mark.parametrize("path,status,body", [
    ("/v1/subscriptions", 403, {}), ("/v1/subscriptions", 200, {"content": []}), ("/v1/subscriptions", 200, {"status": 500, "message": "x"}),
    ("/v1/subscriptions", 200, {"content": [], "page": {"totalElements": 10}}), ("/v1/companies", 200, {"content": [], "page": {"totalElements": 0}}),
    ("/v1/subscriptions", 200, {"content": [{"id": "x"}], "page": {"totalElements": 1}}),
    ("/v1/invoices", 403, {}), ("/v1/invoices/10000000-0000-4000-8000-000000000001/items", 403, {}),
])
def test_an_answer_in_trouble_changes_nothing(ws, pax8, path, status, body):
    describe(ws, pax8, "assets = true")
    pull(ws)
    pax8.trouble(path, status, body)
    got = pull(ws, 5)
    assert not got["ok"] and got["gone"] == got["changed"] == 0


def test_a_token_that_is_refused(ws, pax8):
    describe(ws, pax8)
    pax8.trouble("/v1/token", 401)
    assert not pull(ws, 5)["ok"]


def everything(pax8, **options):
    return dump("pax8", pax8.url + "/v1", token_url=pax8.url + "/v1/token", audience="https://pax8.example", client_id="app-1",
                client_secret=("secret", "pax8-secret-1"), **options)


def test_costs_are_the_invoices_items(pax8):
    found = everything(pax8)["cost"]
    got = sorted((c["id"][-1], c["client"], c["product"], c["from"], c["until"], c["quantity"], c["amount"], c["currency"]) for c in found)
    assert got == [
        ("1", COMPANY % 1, PRODUCT % 1, "2026-11-05", "2026-12-05", "15", "330.45", "USD"),
        ("2", COMPANY % 1, PRODUCT % 1, "2026-11-20", "2026-12-05", "2", "11.02", "USD"),
        ("3", COMPANY % 2, PRODUCT % 1, "2026-11-05", "2026-12-05", "4", "88.12", "USD"),
        ("4", COMPANY % 2, "SKU-None", "2026-11-05", "2026-11-06", "1", "-29.49", "USD"),  # no period: the invoice's day. The payment credit is nobody's
        ("6", COMPANY % 1, PRODUCT % 1, "2026-10-05", "2026-11-05", "15", "300", "USD"),
    ]


def test_companies_and_products(pax8):
    found = everything(pax8)
    assert [(c["id"], c["name"], c["domain"]) for c in found["client"]] == [
        (COMPANY % 1, "Acme Dental", "acme.example"), (COMPANY % 2, "Beta Law", "beta.example"), (COMPANY % 4, "Quiet Inc", "")]
    assert sorted((p["name"], p["price"], p["cost"]) for p in found["product"]) == [
        ("Acme Endpoint", "3", "2.1"), ("Backup per GB", "0.1", "0.05"), ("Microsoft 365 Business Premium", "26.4", "22.03")]
    assert len(everything(pax8, include_deleted=True)["client"]) == 4
