"""The rest connector against an API that nobody has: every auth, every paging, mapping, filter and the function in Lua, and what must fail."""
import json
import threading

import pytest
from platforms.psa import dump
from platforms.server import Answer, Platform, basic

BOOK = '''product "ws" { name = "WS", model = "per_unit", count = devices { class = "workstation" }, price = "10.00" }
product "srv" { name = "SRV", model = "per_unit", count = devices { class = "server" }, price = "100.00" }
product "seat" { name = "Seat", model = "per_unit", count = users {}, price = "3.00" }
product "lic" { name = "Licence", model = "per_unit", count = gauge { metric = "lic.pro" }, price = "5.00" }
'''
TODAY = {"BILLHOOK_NOW": "2026-12-01T15:00:00Z"}
CUSTOMERS = [{"id": 1, "title": "Acme"}, {"id": 20000000000000000001, "title": "Beta"}, {"id": 3, "title": "Empty"}]
BETA = "20000000000000000001"
DEVICES = [{"uuid": "d%d" % i, "customer": {"id": 1 if i < 5 else 20000000000000000001}, "host": "PC-%d" % i, "type": "Server 2022" if i in (0, 6) else "Laptop",
            "state": "active" if i != 3 else "retired", "cores": 4.50, "seen": 1796000000 + i, "hw": {"serial": "S-%d" % i}, "tags": ["a", "b%d" % i]}
           for i in range(8)]


class Tool(Platform):
    """Lists under /v1/NAME, paged in each of the ways."""
    def __init__(self):
        self.lists = {"customers": [dict(c) for c in CUSTOMERS], "devices": [dict(d) for d in DEVICES]}
        self.requests, self.troubles, self.watchers, self.before = [], [], [], []
        self.tokens, self.valid, self.lock = 0, set(), threading.Lock()
        self.check = lambda request: True

    def answer(self, request):
        if request.path == "/login":
            good = json.loads(request.body or b"null") == {"username": "u\"1", "password": "p-secret-1"}
            return Answer(200, {"token": self.give_token()}) if good else Answer(401, {})
        if request.path == "/token":
            wants = {"grant_type": "client_credentials", "client_id": "app", "client_secret": "s-secret-2", "scope": "read", "audience": "tool"}
            if (request.json if request.body[:1] == b"{" else request.form) != wants:
                return Answer(400, {"error": "invalid_client"})
            return Answer(200, {"access_token": self.give_token(), "expires_in": 3600})
        if not self.check(request):
            return Answer(401, {"error": "no"})
        parts = request.path.split("/")[2:]
        if parts[0] == "customers" and len(parts) == 3:
            rows = [d for d in self.lists["devices"] if str(d["customer"]["id"]) == parts[1]]
            return Answer(200, {"data": rows})
        rows = self.lists.get(parts[0])
        return Answer(404, {"error": "no such list"}) if rows is None else self.page(request, rows)

    def page(self, request, rows):
        q, way = request.query, request.query.get("way", "one")
        size = int(q.get("size", 3))
        if way == "one":
            return Answer(200, {"data": rows, "meta": {"total": len(rows)}})
        if way == "bare":
            return Answer(200, rows)
        if way == "map":
            return Answer(200, {"data": {r["uuid"]: r for r in rows}})
        if way == "number":
            at = (int(q["page"]) - int(q.get("from", 1))) * size
        elif way == "offset":
            at = int(q["offset"])
        elif way == "after":
            at = next((i + 1 for i, r in enumerate(rows) if r["uuid"] == q.get("after")), 0)
        else:
            at = int(q.get("at", 0))
        here, more = rows[at:at + size], at + size < len(rows)
        target = "%s%s?way=%s&at=%d" % (self.url, request.path, way, at + size)
        if way == "link":
            return Answer(200, {"data": here}, {"Link": '<%s>; rel="next"' % target} if more else {})
        meta = {"total": len(rows), "next": (target if way == "next_url" else str(at + size)) if more else None}
        return Answer(200, {"data": here, "meta": meta})


@pytest.fixture
def tool():
    with Tool() as t:
        yield t


def lua(value):
    if isinstance(value, dict):
        return "{ %s }" % ", ".join("%s = %s" % (k, lua(v)) for k, v in value.items())
    if isinstance(value, list):
        return "{ %s }" % ", ".join(lua(v) for v in value)
    if isinstance(value, tuple):
        return 'secret "env:%s"' % value[0]
    return "true" if value is True else "false" if value is False else json.dumps(value)


SECRETS = {"PASSWORD": "p-secret-1", "CLIENT_SECRET": "s-secret-2", "TOKEN": "t-secret-3"}
CLIENTS = {"brings": "clients", "path": "/customers", "records": "$.data[*]", "id": "id", "name": "title"}
ASSETS = {"brings": "assets", "path": "/devices", "records": "$.data[*]", "id": "uuid", "client": "customer.id", "name": "host", "class": "type",
          "only": "state = active", "dates": "seconds", "last_seen": "seen", "attributes": "cores serial=hw.serial"}
CLASSES = [{"match": "server*", "class": "server"}, {"match": "*", "class": "workstation"}]


def describe(ws, tool, *lists, **options):
    options = dict({"plugin": "rest", "url": tool.url + "/v1/", "classes": CLASSES, "lists": list(lists) or [CLIENTS, ASSETS]}, **options)
    ws.config('connector "tool" %s\n' % lua(options))
    ws.book(BOOK)
    ws.clients(*[e for n, ref in (("acme", "1"), ("beta", BETA), ("empty", "3")) for e in (
        {"id": n, "name": n, "ids": {"tool": ref}},
        {"id": "k" + n, "client": n, "starts": "2026-12-01", "lines": [{"product": p} for p in ("ws", "srv")]})])


def pull(ws, code=0):
    done = ws.command("pull", "--json", code=code, env=dict(SECRETS, **TODAY))
    for value in SECRETS.values():
        assert value not in done.out + done.err
    return done.json["connectors"][0]


def counts(ws):
    ws.command("run", "--date", "2026-12-01", "--no-pull", "--json", code=(0, 1))
    return {d["client"]["id"]: {x["product"]: x["quantity"] for x in d["lines"] if x["quantity"] != "0"} for d in ws.drafts()}


# d0 and d6 are servers, d3 is retired; d0 … d4 are the first customer's
WANT = {"acme": {"ws": "3", "srv": "1"}, "beta": {"ws": "2", "srv": "1"}}


def test_counts_of_one_answer(ws, tool):
    describe(ws, tool)
    got = pull(ws)
    assert (got["ok"], got["assets"], got["unmapped"]) == (True, 7, [])
    assert {c: n for c, n in counts(ws).items() if n} == WANT
    assert pull(ws)["changed"] == 0


def test_names_ids_and_attributes(tool):
    found = dump("rest", tool.url + "/v1", lists=[CLIENTS, ASSETS], classes=CLASSES)
    assert [(c["id"], c["name"]) for c in found["client"]] == [("1", "Acme"), (BETA, "Beta"), ("3", "Empty")]
    assert {a["id"]: (a["client"], a["name"], a["class"], a["attrs"]) for a in found["asset"]}["d6"] == (
        BETA, "PC-6", "server", {"cores": "4.5", "serial": "S-6"})
    assert {a["last_seen"] for a in found["asset"]} == {"2026-11-29"}  # 1796000000: 19:33 in New York
    assert found.scopes() == {("device", "*"): True}


PAGED = [
    {"paging": "link", "path": "/devices?way=link"},
    {"paging": "next_url", "path": "/devices?way=next_url", "page_path": "$.meta.next"},
    {"paging": "cursor", "path": "/devices?way=cursor", "page_path": "$.meta.next", "page_param": "at"},
    {"paging": "number", "path": "/devices?way=number", "page_param": "page", "page_size": 3},
    {"paging": "number", "path": "/devices?way=number&size=2&from=0", "page_param": "page", "page_first": 0, "page_size": 2, "page_ahead": 3},
    {"paging": "number", "path": "/devices?way=number", "page_param": "page"},
    {"paging": "offset", "path": "/devices?way=offset", "page_param": "offset", "page_size": 3, "total": "$.meta.total"},
    {"paging": "after", "path": "/devices?way=after", "page_param": "after", "page_path": "uuid", "page_size": 3},
    {"path": "/devices?way=bare", "records": "$[*]"},
    {"path": "/devices?way=map", "records": "$.data.*"},
]


@pytest.mark.parametrize("paging", PAGED, ids=[str(i) + p.get("paging", "none") for i, p in enumerate(PAGED)])
def test_every_paging(ws, tool, paging):
    describe(ws, tool, CLIENTS, dict(ASSETS, **paging))
    assert pull(ws)["assets"] == 7
    assert {c: n for c, n in counts(ws).items() if n} == WANT


AUTH = [
    ({"auth": "basic", "user": "me", "password": ("PASSWORD",)}, lambda t, r: r.headers["Authorization"] == basic("me", "p-secret-1")),
    ({"auth": "bearer", "token": ("TOKEN",)}, lambda t, r: r.headers["Authorization"] == "Bearer t-secret-3"),
    ({"auth": "header", "token": ("TOKEN",), "token_header": "X-Tool-Key", "headers": [{"name": "X-Tenant", "value": "7"}]},
     lambda t, r: r.headers["X-Tool-Key"] == "t-secret-3" and r.headers["X-Tenant"] == "7"),
    ({"auth": "oauth2", "client_id": "app", "client_secret": ("CLIENT_SECRET",), "scope": "read", "audience": "tool"}, lambda t, r: t.bearer_ok(r)),
    ({"auth": "oauth2", "client_id": "app", "client_secret": ("CLIENT_SECRET",), "scope": "read", "audience": "tool", "token_style": "json"},
     lambda t, r: t.bearer_ok(r)),
    ({"auth": "session", "user": 'u"1', "password": ("PASSWORD",), "login_header": "X-Session", "login_prefix": "sess "},
     lambda t, r: r.headers.get("X-Session", "").partition("sess ")[2] in t.valid),
]


@pytest.mark.parametrize("options,check", AUTH, ids=["basic", "bearer", "header", "oauth2", "oauth2-json", "session"])
def test_every_auth(ws, tool, options, check):
    tool.check = lambda request: check(tool, request)
    if options["auth"] in ("oauth2", "session"):
        options = dict(options, token_url=tool.url + ("/login" if options["auth"] == "session" else "/token"))
    describe(ws, tool, **options)
    assert pull(ws)["assets"] == 7
    tool.check = lambda request: False
    assert "401" in pull(ws, 5)["error"]


def test_a_list_by_client(ws, tool):
    by = dict(ASSETS, path="/customers/{client}/devices")
    del by["client"]
    describe(ws, tool, CLIENTS, by)
    assert pull(ws)["assets"] == 7
    assert {c: n for c, n in counts(ws).items() if n} == WANT
    # One client's refusal costs that client alone: what it had stays, and what the other has lost is gone.
    tool.trouble("/v1/customers/1/devices", 403)
    tool.lists["devices"] = [d for d in tool.lists["devices"] if d["uuid"] != "d7"]
    got = pull(ws)
    assert (got["ok"], got["gone"]) == (True, 1)
    for path in ("/v1/customers/%s/devices" % BETA, "/v1/customers/3/devices"):
        tool.trouble(path, 403)
    assert "403" in pull(ws, 5)["error"]


def test_what_is_gone_and_what_is_not_complete(ws, tool):
    describe(ws, tool)
    pull(ws)
    tool.lists["devices"] = tool.lists["devices"][1:]
    assert pull(ws)["gone"] == 1
    describe(ws, tool, CLIENTS, dict(ASSETS, complete=False))
    tool.lists["devices"] = tool.lists["devices"][1:]
    assert pull(ws)["gone"] == 0


def test_gauges_usage_charges_and_users(ws, tool):
    tool.lists["levels"] = [{"c": 1, "sku": "pro", "n": 12.50, "x": None}, {"c": None, "sku": "pro", "n": 1}]
    tool.lists["work"] = [{"no": 1, "c": 1, "on": "2026-12-01T03:30:00Z", "h": "1.25", "who": "bob"}, {"no": 2, "c": 1, "on": "2026-12-02", "h": 2}]
    tool.lists["sales"] = [{"no": 7, "c": 1, "on": 1796000000000, "text": "Cable", "each": 9.99, "q": 3}]
    tool.lists["people"] = [{"id": i, "c": 1, "name": "P%d" % i} for i in range(4)]
    rows = "$.data[*]"
    describe(ws, tool, CLIENTS,
               {"brings": "gauges", "path": "/levels", "records": rows, "client": "c", "metric": "=lic.pro", "value": "n"},
               {"brings": "usage", "path": "/work", "records": rows, "id": "no", "client": "c", "date": "on", "metric": "=hours", "quantity": "h",
                "attributes": "who"},
               {"brings": "charges", "path": "/sales", "records": rows, "id": "no", "client": "c", "date": "on", "dates": "milliseconds",
                "description": "text", "unit_price": "each", "quantity": "q"},
               {"brings": "assets", "path": "/people", "records": rows, "id": "id", "client": "c", "kind": "=user", "name": "name"})
    got = pull(ws)
    assert (got["gauges"], got["usage"], got["charges"], got["assets"]) == (1, 2, 1, 4), got


MAP = '''
-- A licence a row, and a level for each.
function device(row, fact)
  if row.host == "PC-1" then return nil end
  fact.class = row.type:find "Server" and "server" or "workstation"
  fact.attributes.tag = row.tags[2]
  fact.attributes.cores = row.cores
  return fact
end
function levels(row, fact)
  local out = {}
  for sku, n in next, row.skus do out[#out + 1] = { client = fact.client, metric = "lic." .. sku, value = n } end
  return out
end
'''


def test_a_function_where_a_mapping_needs_thought(ws, tool):
    tool.lists["customers"][0]["skus"] = {"pro": 12.50, "basic": "7"}
    for c in tool.lists["customers"][1:]:
        c["skus"] = {}
    ws.write("maps/tool.lua", MAP)
    describe(ws, tool, CLIENTS, dict(ASSETS, call="device"),
               {"brings": "gauges", "path": "/customers", "records": "$.data[*]", "client": "id", "call": "levels"}, map="maps/tool.lua")
    got = pull(ws)
    assert (got["assets"], got["gauges"]) == (6, 2), got
    assert {c: n for c, n in counts(ws).items() if n} == dict(WANT, acme={"ws": "2", "srv": "1"})


@pytest.mark.parametrize("body,words", [
    ("local x = nil; return x.y", "maps/m.lua:1: attempt to index a nil value"),
    ("while true do end", "more than 10 million instructions"),
    ("local t = {}; for i = 1, 1e6 do t[i] = ('x'):rep(1000) .. i end", "not enough memory"),
    ("fact.id = 1.5; return fact", "id is a float"),
    ("fact.nmae = 'x'; return fact", 'a fact has no "nmae"'),
    ("fact.id = {}; return fact", "id is a table"),
    ("return 7", "table expected, got number"),
    ("fact.id = nil; return fact", "id: is empty"),
    ("error({})", "an error that is no text"),
    ("return os.time()", "attempt to index a nil value (global 'os')"),
    ("return io.open('x')", "global 'io'"), ("return load('x')", "global 'load'"), ("return require('x')", "global 'require'"),
    ("return debug.getinfo(1)", "global 'debug'"), ("return pcall(error)", "global 'pcall'"), ("return setmetatable({}, {})", "global 'setmetatable'"),
    ("return string.dump(device)", "field 'dump'"), ("return coroutine.wrap(device)", "global 'coroutine'"), ("return math.random()", "field 'random'"),
])
def test_a_function_that_fails_or_goes_too_far(ws, tool, body, words):
    ws.write("maps/m.lua", "function device(row, fact) %s end\n" % body)
    describe(ws, tool, CLIENTS, dict(ASSETS, call="device"), map="maps/m.lua")
    got = pull(ws, 5)
    assert words in got["error"], got["error"]


@pytest.mark.parametrize("text,call,words", [
    ("function device(", "device", "maps/m.lua:1:"), ("x = 1", "device", "has no function of this name"),
    ("\x1bLua", "device", "attempt to load a binary chunk"), ("while true do end", "device", "more than 10 million instructions"),
])
def test_a_file_that_is_none(ws, tool, text, call, words):
    ws.write("maps/m.lua", text)
    describe(ws, tool, CLIENTS, dict(ASSETS, call=call), map="maps/m.lua")
    assert words in pull(ws, 5)["error"]


def test_no_such_file(ws, tool):
    describe(ws, tool, CLIENTS, dict(ASSETS, call="device"), map="maps/none.lua")
    assert "map: there is no such file" in pull(ws, 5)["error"]
    describe(ws, tool, CLIENTS, dict(ASSETS, call="device"))
    assert "has no function of this name" in pull(ws, 5)["error"]


# ---- what must not read as "none" ----

@pytest.mark.parametrize("change,words", [
    ({"records": "$.items[*]"}, 'the answer has no list at "$.items[*]"'),
    ({"records": "$.meta[*]"}, 'the answer has no list at "$.meta[*]"'),
    ({"id": "guid"}, "row 1: id: the row has no such field"),
    ({"client": "customer.uid"}, "row 1: client: the row has no such field"),
    ({"client": "customer"}, "row 1: client: is an object or a list"),
    ({"only": "status = active"}, 'no row has the field "status", and none is left'),
    ({"last_seen": "host"}, "row 1: last_seen: is not a date"),
    ({"path": "/nothing"}, "404"),
    ({"path": "devices"}, "path: must begin with /"),
    ({"records": "$.data"}, "records: must have a [*]"),
    ({"paging": "cursor"}, "page_path: belongs to"),
    ({"paging": "number"}, "page_param: belongs to"),
    ({"only": "active"}, "only: must be at most 16 conditions"),
    ({"id": None}, "lists[2]: id: is missing"),
    ({"path": "/devices?way=offset", "paging": "offset", "page_param": "offset", "page_size": 5, "total": "$.meta.total"},
     "the list has 8 records by its own count, and 3 came"),
], ids=lambda x: str(list(x.values())[0]) if isinstance(x, dict) else "")
def test_a_wrong_mapping_changes_nothing(ws, tool, change, words):
    describe(ws, tool)
    pull(ws)
    describe(ws, tool, CLIENTS, {k: v for k, v in dict(ASSETS, **change).items() if v is not None})
    got = pull(ws, 5)
    assert got["gone"] == got["changed"] == 0
    assert words in got["error"], got["error"]


@pytest.mark.parametrize("status,body", [(200, {"error": "maintenance"}), (200, b"<html>"), (200, {"data": {"a": 1}}), (403, {})])
def test_a_page_in_trouble_changes_nothing(ws, tool, status, body):
    paged = dict(ASSETS, paging="number", path="/devices?way=number", page_param="page", page_size=3)
    describe(ws, tool, CLIENTS, paged)
    pull(ws)
    tool.trouble("/v1/devices", status, body, when=lambda r: r.query.get("page") == "2")
    got = pull(ws, 5)
    assert not got["ok"] and got["gone"] == got["changed"] == 0


def test_rows_of_nobody_are_told(ws, tool):
    tool.lists["devices"][2]["customer"] = {"id": None}
    describe(ws, tool)
    done = ws.command("pull", "--json", code=(0, 1), env=dict(SECRETS, **TODAY))
    assert done.json["connectors"][0]["assets"] == 6


def test_kinds_from_rows(ws, tool):
    tool.lists["devices"][1]["kind"] = "user"
    for d in tool.lists["devices"]:
        d.setdefault("kind", "device")
    describe(ws, tool, CLIENTS, dict(ASSETS, kind="kind"))
    assert pull(ws)["assets"] == 7
    tool.lists["devices"] = tool.lists["devices"][2:]
    assert pull(ws)["gone"] == 2
