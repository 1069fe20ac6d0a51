"""Microsoft 365 tenants: licences as levels, licensed users told from shared, disabled and guest accounts, one tenant's trouble from another's."""
import json

import pytest
from platforms.msgraph import Graph
from platforms.psa import dump

BOOK = '''product "spb" { name = "Business Premium", model = "per_unit", count = gauge { metric = "m365.SPB" }, price = "26.40" }
product "exo" { name = "Exchange", model = "per_unit", count = gauge { metric = "m365.EXCHANGESTANDARD" }, price = "4.00" }
product "e3" { name = "E3", model = "per_unit", count = gauge { metric = "m365.SPE_E3" }, price = "30.00" }
product "user" { name = "User", model = "per_unit", count = users {}, price = "10.00" }
product "premium" { name = "Premium user", model = "per_unit", count = users { class = "premium" }, price = "1.00" }
'''
NOW = {"BILLHOOK_NOW": "2026-12-01T15:00:00Z", "GRAPH_SECRET": "graph-secret-1"}


@pytest.fixture
def graph():
    with Graph() as g:
        yield g


def describe(ws, graph, more=""):
    tenants = ", ".join('{ tenant = "%s", client = "%s" }' % t for t in graph.tenants.items())
    ws.config('connector "m365" { plugin = "msgraph", url = "%s/v1.0", token_url = "%s/{tenant}/oauth2/v2.0/token", scope = "https://graph.example/.default",\n'
              'client_id = "app-1", client_secret = secret "env:GRAPH_SECRET", tenants = { %s }, %s }\n' % (graph.url, graph.url, tenants, more))
    ws.book(BOOK)
    ws.clients(*[e for c in graph.tenants.values() for e in (
        {"id": c, "name": c, "ids": {"m365": c}},
        {"id": "k" + c, "client": c, "starts": "2026-12-01", "lines": [{"product": p} for p in ("spb", "exo", "e3", "user", "premium")]})])


def pull(ws, code=0):
    done = ws.command("pull", "--json", code=code, env=NOW)
    assert "graph-secret-1" not in done.out + done.err
    return done.json["connectors"][0]


def bill(ws):
    ws.command("run", "--date", "2026-12-01", "--no-pull", "--json", code=(0, 1))
    return {d["client"]["id"]: {x["product"]: int(x["quantity"]) for x in d["lines"] if x["quantity"] != "0"} for d in ws.drafts()}


def users(ws, client):
    """{id: name} of what a client's bill counts as users."""
    doc = ws.draft(client)
    (line,) = [x for x in doc["lines"] if x["product"] == "user"]
    return {a["id"]: a["name"] for a in ws.explain(doc["id"], line["id"])["lines"][0]["assets"]}


def test_licences_and_licensed_users(ws, graph):
    describe(ws, graph, 'classes = { { match = "SPB", class = "premium" } }')
    got = pull(ws)
    assert (got["ok"], got["gauges"], got["assets"], got["unmapped"]) == (True, 5, 6, [])
    found = bill(ws)
    # Assigned: SPB 4, EXCHANGESTANDARD 2 (in its grace), SPE_E3 none (suspended). Users: Ann, Bob, Cyd, Fay; the first two have SPB.
    assert found["acme"] == {"spb": 4, "exo": 2, "user": 4, "premium": 2}
    assert found["beta"]["spb"] == 2 and found["beta"]["user"] == 2
    assert set(users(ws, "acme")) == {"u-1", "u-2", "u-3", "u-10"}
    assert pull(ws)["changed"] == 0


@pytest.mark.parametrize("more,extra", [
    ("include_disabled = true", {"u-4"}),                       # Dan has left, and his licence was not taken away
    ("include_guests = true", {"u-7"}),
    ('users = "all"', {"u-8", "u-9"}),                          # the scanner, and Eve with a licence for nothing
    ('users = "all", include_disabled = true', {"u-4", "u-5", "u-6", "u-8", "u-9"}),
    ('ignore = "none"', {"u-9"}),
])
def test_who_else_counts_by_option(ws, graph, more, extra):
    describe(ws, graph, more)
    pull(ws)
    bill(ws)
    assert set(users(ws, "acme")) == {"u-1", "u-2", "u-3", "u-10"} | extra


def test_a_licence_that_is_ignored_makes_nobody_licensed(ws, graph):
    describe(ws, graph, 'ignore = "SPB *_FREE"')
    pull(ws)
    assert bill(ws)["acme"]["spb"] == 4  # the level stays what it is
    assert set(users(ws, "acme")) == {"u-2", "u-3", "u-10"}


def test_prepaid_beside_assigned(graph):
    found = dump("msgraph", graph.url + "/v1.0", token_url=graph.url + "/{tenant}/oauth2/v2.0/token", scope="https://graph.example/.default",
                 client_id="app-1", client_secret=("secret", "graph-secret-1"), prepaid="m365.prepaid.",
                 tenants=[{"tenant": "acme.onmicrosoft.example", "client": "acme"}])
    assert {g["metric"]: g["value"] for g in found["gauge"]} == {
        "m365.SPB": "4", "m365.prepaid.SPB": "6", "m365.EXCHANGESTANDARD": "2", "m365.prepaid.EXCHANGESTANDARD": "0", "m365.FLOW_FREE": "3",
        "m365.prepaid.FLOW_FREE": "10000", "m365.SPE_E3": "0", "m365.prepaid.SPE_E3": "0"}
    users = {a["id"]: a for a in found["asset"]}
    assert {i: a["class"] for i, a in users.items()} == {"u-1": "SPB", "u-2": "EXCHANGESTANDARD", "u-3": "EXCHANGESTANDARD",
                                                         "u-10": "99999999-0000-4000-8000-000000000001"}
    assert users["u-1"]["attrs"] == {"upn": "ann@acme.example", "mail": "ann@acme.example", "department": "Sales", "skus": "FLOW_FREE SPB", "status": "active"}
    assert found.scopes() == {("user", "acme"): True}


def test_no_users(ws, graph):
    describe(ws, graph, 'users = "none"')
    assert pull(ws)["assets"] == 0
    assert not graph.asked("/v1.0/users")


def test_one_tenant_that_refuses_costs_itself_alone(ws, graph):
    describe(ws, graph)
    pull(ws)
    graph.refused.add("t-2")
    graph.lists["acme.onmicrosoft.example"]["users"] = graph.lists["acme.onmicrosoft.example"]["users"][1:]
    got = pull(ws)
    assert (got["ok"], got["gone"]) == (True, 1)  # Ann; the other tenant's users stay
    graph.refused.add("acme.onmicrosoft.example")
    assert not pull(ws, 5)["ok"]


@pytest.mark.parametrize("path,status,body", [
    ("/v1.0/users", 403, {"error": {"code": "Authorization_RequestDenied"}}), ("/v1.0/users", 200, {"error": {"code": "x"}}), ("/v1.0/users", 200, {"value": []}),
    ("/v1.0/users", 200, {"value": [{"id": "u-1"}]}), ("/v1.0/subscribedSkus", 200, {"value": [{"skuId": "x"}]}), ("/v1.0/subscribedSkus", 403, {}),
])
def test_an_answer_in_trouble_takes_nobody_away(ws, graph, path, status, body):
    describe(ws, graph)
    pull(ws)
    graph.trouble(path, status, body)
    got = pull(ws, 5)
    assert not got["ok"] and got["gone"] == got["changed"] == 0


def test_a_later_page_in_trouble(ws, graph):
    describe(ws, graph)
    pull(ws)
    graph.trouble("/v1.0/users", 403, when=lambda r: r.query.get("$skiptoken") == "6")
    got = pull(ws)
    assert (got["ok"], got["gone"]) == (True, 0)  # the tenant of one page is there, the other one's users stay


def test_a_token_that_is_forgotten_is_fetched_again(ws, graph):
    describe(ws, graph)
    graph.trouble("/v1.0/users", 401, times=1)
    assert pull(ws)["assets"] == 6


def test_next_pages_elsewhere_are_not_followed(ws, graph):
    describe(ws, graph)
    body = {"value": [{"id": "u-1", "accountEnabled": True, "assignedLicenses": []}], "@odata.nextLink": "http://127.0.0.1:1/v1.0/users?$skiptoken=1"}
    graph.trouble("/v1.0/users", 200, body)
    assert "is not among the hosts" in pull(ws, 5)["error"]


def test_what_is_asked_for(ws, graph):
    describe(ws, graph)
    pull(ws)
    assert json.dumps(sorted({r.path for r in graph.requests})) == json.dumps(
        ["/acme.onmicrosoft.example/oauth2/v2.0/token", "/t-2/oauth2/v2.0/token", "/v1.0/subscribedSkus", "/v1.0/users"])
