"""Billing 40 clients from a real Zabbix: what is billed is what Zabbix's own database says, and trouble changes nothing.

Run by ctest as e2e/zabbix, or:  BILLHOOK_BIN=build/dev/bin/billhook /usr/bin/python3 -m pytest tests/e2e/test_zabbix.py
"""
import collections
import decimal
import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from zabbix_server import ADMIN, ADMIN_PASSWORD, Unavailable, ZabbixServer  # noqa: E402

BILLHOOK = os.environ.get("BILLHOOK_BIN", "")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
CONNECTOR = "monitoring"
PRICES = {"workstation": "45.00", "server": "120.00", "network": "18.50", "other": "7.25", "user": "3.10"}
TEMPLATES = {"Billing workstation": "workstation", "Billing serv*": "server", "*network*": "network"}

# The class as README.md of the connector promises it: the tag, else the template, else "other".
DEVICES_SQL = """
  select substring(g.name from 9), coalesce(t.value, case p.host when 'Billing workstation' then 'workstation'
         when 'Billing server' then 'server' when 'Billing network device' then 'network' end, 'other'), h.hostid
    from hosts h join hosts_groups hg on hg.hostid = h.hostid join hstgrp g on g.groupid = hg.groupid
         left join host_tag t on t.hostid = h.hostid and t.tag = 'class'
         left join hosts_templates ht on ht.hostid = h.hostid left join hosts p on p.hostid = ht.templateid
   where g.name like 'Clients/%' and h.status = 0 and h.flags in (0, 4)"""
USERS_SQL = """
  select substring(g.name from 9), 'user', ug.userid from usrgrp g join users_groups ug on ug.usrgrpid = g.usrgrpid
   where g.name like 'Clients/%' and not exists (select 1 from users_groups o join usrgrp og on og.usrgrpid = o.usrgrpid
                                                  where o.userid = ug.userid and og.users_status = 1)"""


# ---- the server, once for all tests ----

@pytest.fixture(scope="module")
def zabbix():
    if not os.access(BILLHOOK, os.X_OK):
        pytest.exit(f"BILLHOOK_BIN is not set, or not a program: \"{BILLHOOK}\"", returncode=2)
    server = ZabbixServer()
    try:
        server.start()
    except Unavailable as e:
        print(f"\n*** e2e/zabbix is SKIPPED: {e}", file=sys.__stderr__, flush=True)
        pytest.exit(f"no Zabbix here: {e}", returncode=SKIPPED)
    try:
        server.made = server.fill()
        server.made.token = server.create_token()
        yield server
    finally:
        server.stop()


def things(zabbix, users=True):
    """{client: {class: {ids}}} as the database has it now."""
    found = {name: collections.defaultdict(set) for name in zabbix.made.clients}
    for client, klass, thing in zabbix.sql(DEVICES_SQL) + (zabbix.sql(USERS_SQL) if users else []):
        found[client][klass].add(thing)
    return found


def counts(found):
    return {client: {klass: len(ids) for klass, ids in classes.items() if ids} for client, classes in found.items()}


def total(found):
    return sum(len(ids) for classes in found.values() for ids in classes.values())


# ---- a workspace ----

class Workspace:
    def __init__(self, folder, zabbix, **options):
        self.folder, self.zabbix = folder, zabbix
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "ZABBIX_TOKEN": zabbix.made.token, "ZABBIX_PASSWORD": "?"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        (folder / "clients").mkdir()
        self.connect(**options)
        self._write_clients()

    def connect(self, url=None, login=None, users="groups"):
        """Writes billhook.lua; login: (user, password) instead of the token."""
        if login:
            self.env["ZABBIX_PASSWORD"] = login[1]
            credentials = f'user = {json.dumps(login[0])}, password = secret "env:ZABBIX_PASSWORD"'
        else:
            credentials = 'token = secret "env:ZABBIX_TOKEN"'
        templates = ", ".join(f"{{ template = {json.dumps(t)}, class = {json.dumps(c)} }}" for t, c in TEMPLATES.items())
        (self.folder / "billhook.lua").write_text(
            'company { name = "Northwind IT", currency = "USD", timezone = "America/New_York" }\n'
            f'connector "{CONNECTOR}" {{ plugin = "zabbix", url = {json.dumps(url or self.zabbix.url)}, {credentials},\n'
            f'  users = "{users}", templates = {{ {templates} }} }}\n', encoding="utf-8")
        self.with_users = users == "groups"
        selectors = {c: f'devices {{ class = "{c}" }}' for c in PRICES}
        selectors["user"] = "users {}"
        (self.folder / "pricebook.lua").write_text("".join(
            f'product "{c}" {{ name = "Managed {c}", model = "per_unit", count = {selectors[c]}, price = "{p}" }}\n'
            for c, p in PRICES.items()), encoding="utf-8")

    def _write_clients(self):
        """Half in Lua, half in bulk. A client without a user group bills no users."""
        lua, bulk = [], []
        for i, name in enumerate(self.zabbix.made.clients):
            products = [c for c in PRICES if c != "user" or (self.with_users and name in self.zabbix.made.user_group_ids)]
            if i % 2:
                lines = ", ".join(f'{{ "{c}" }}' for c in products)
                quoted = json.dumps(name, ensure_ascii=False)  # as Lua quotes, too
                lua.append(f'client "c{i:02}" {{ name = {quoted}, ids = {{ {CONNECTOR} = {quoted} }} }}\n'
                           f'contract "k{i:02}" {{ client = "c{i:02}", starts = "2026-12-01", lines = {{ {lines} }} }}\n')
            else:
                bulk.append({"type": "client", "id": f"c{i:02}", "name": name, "ids": {CONNECTOR: name}})
                bulk.append({"type": "contract", "id": f"k{i:02}", "client": f"c{i:02}", "starts": "2026-12-01",
                             "lines": [{"product": c} for c in products]})
        (self.folder / "clients" / "some.lua").write_text("".join(lua), encoding="utf-8")
        (self.folder / "clients" / "more.jsonl").write_text(
            "".join(json.dumps(x, ensure_ascii=False) + "\n" for x in bulk), encoding="utf-8")

    def client_id(self, name):
        return f"c{self.zabbix.made.clients.index(name):02}"

    def run(self, *args, code=0):
        """One JSON document from the command, which must end with `code`."""
        done = self._run(*args)
        assert done.returncode == code, f"{args}: exit {done.returncode}\n{done.stdout.decode()[-2000:]}\n{done.stderr.decode()[-2000:]}"
        assert self.env["ZABBIX_TOKEN"].encode() not in done.stdout + done.stderr
        assert self.env["ZABBIX_PASSWORD"] == "?" or self.env["ZABBIX_PASSWORD"].encode() not in done.stdout + done.stderr
        return json.loads(done.stdout)

    def _run(self, *args):
        return subprocess.run([BILLHOOK, "-w", str(self.folder), *args], env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=300)

    def pull(self, date, code=0):
        document = self.run("pull", "--json", "--date", date, code=code)
        (row,) = document["connectors"]
        assert row["name"] == CONNECTOR
        assert row["ok"] is (code == 0)
        return row

    def documents(self, date):
        done = self._run("export", "--format", "json")
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        everything = [json.loads(line) for line in done.stdout.splitlines()]
        return {d["client"]["name"]: d for d in everything if d["issue_date"] == date}

    def billed(self, date):
        """{client: {class: quantity}} of the documents of a date; every amount is checked on the way."""
        result = {name: {} for name in self.zabbix.made.clients}
        for name, document in self.documents(date).items():
            amounts = decimal.Decimal(0)
            for line in document["lines"]:
                quantity, amount = decimal.Decimal(line["quantity"]), decimal.Decimal(line["amount"])
                assert amount == quantity * decimal.Decimal(PRICES[line["product"]])
                assert line["product"] not in result[name]
                amounts += amount
                if quantity:
                    result[name][line["product"]] = int(quantity)
            assert decimal.Decimal(document["total"]) == amounts
        return result


@pytest.fixture
def workspace(tmp_path, zabbix):
    return Workspace(tmp_path, zabbix)


def assert_nothing_has_changed(workspace, date):
    """A good pull finds all as the last good pull left it: the failed one between them wrote nothing."""
    row = workspace.pull(date)
    assert (row["changed"], row["gone"]) == (0, 0)


# ---- the tests ----

def test_what_zabbix_has_is_what_is_billed(workspace, zabbix):
    found = things(zabbix)
    assert len(found) == 40 and total(found) > 1400
    row = workspace.pull("2026-12-01")
    assert row["assets"] == total(found)
    assert row["changed"] == total(found) and row["gone"] == 0
    assert row["unmapped"] == [] and row["error"] is None

    run = workspace.run("run", "--json", "--date", "2026-12-01")
    (connector,) = run["connectors"]
    assert connector["ok"] and connector["changed"] == 0
    assert run["held"] == [] and run["failed"] == []
    expected = counts(found)
    assert run["drafted"] == sum(1 for classes in expected.values() if classes)
    assert workspace.billed("2026-12-01") == expected
    money = sum(n * decimal.Decimal(PRICES[c]) for classes in expected.values() for c, n in classes.items())
    assert decimal.Decimal(run["totals"]["USD"]) == money

    # The evidence names the very hosts.
    name = max(expected, key=lambda n: sum(expected[n].values()))
    document = workspace.documents("2026-12-01")[name]
    evidence = workspace.run("explain", document["id"], "--json")
    products = {line["id"]: line["product"] for line in document["lines"]}
    for line in evidence["lines"]:
        assert {a["id"].rsplit("/", 1)[-1] for a in line["assets"]} == found[name][products[line["id"]]]


def test_only_what_changed_changes(workspace, zabbix):
    first = things(zabbix)
    workspace.pull("2026-12-01")
    workspace.run("run", "--json", "--date", "2026-12-01")
    before = workspace.billed("2026-12-01")
    assert before == counts(first)
    batch = workspace.run("review", "--json")["batch"]
    workspace.run("approve", batch, "--json", "--date", "2026-12-01")
    row = workspace.pull("2026-12-02")
    assert (row["changed"], row["gone"]) == (0, 0)

    # Five hosts of one client are switched off, one host of it goes to another client, one of a third is deleted, and a user leaves.
    largest = sorted(first, key=lambda n: -sum(len(i) for k, i in first[n].items() if k != "user"))
    a, b, c = largest[0], largest[1], largest[2]
    hosts = sorted(first[a]["workstation"], key=int)
    off, moved = hosts[:5], hosts[5]
    deleted = sorted(first[c]["workstation"], key=int)[0]
    with_users = next(n for n in zabbix.made.clients if len(first[n]["user"]) > 1)
    leaver = sorted(first[with_users]["user"], key=int)[0]
    zabbix.api("host.massupdate", {"hosts": [{"hostid": h} for h in off], "status": 1})
    zabbix.api("host.update", {"hostid": moved, "groups": [{"groupid": zabbix.made.group_ids[b]}]})
    zabbix.api("host.delete", [deleted])
    zabbix.api("user.delete", [leaver])

    now = things(zabbix)
    assert moved in now[b]["workstation"] and deleted not in now[c]["workstation"]
    row = workspace.pull("2026-12-03")
    assert row["assets"] == total(now) == total(first) - 7
    assert row["gone"] == 5 + 1 + 1 + 1  # switched off, deleted, the leaver; and the moved one where it was
    assert row["changed"] == 1           # the moved one where it is now
    row = workspace.pull("2026-12-04")
    assert (row["changed"], row["gone"]) == (0, 0)

    run = workspace.run("run", "--json", "--date", "2027-01-01")
    assert run["held"] == []
    after = workspace.billed("2027-01-01")
    assert after == counts(now)
    assert {n for n in after if after[n] != before[n]} == {a, b, c, with_users}
    assert after[a]["workstation"] == before[a]["workstation"] - 6
    assert after[b]["workstation"] == before[b]["workstation"] + 1
    # What was billed in December stays as it was billed.
    assert workspace.billed("2026-12-01") == before


def test_a_wrong_password_changes_nothing(workspace, zabbix):
    workspace.connect(login=(ADMIN, ADMIN_PASSWORD))
    workspace.pull("2026-12-01")
    assert zabbix.sql("select count(*) from sessions where userid = 1 and status = 0") == [["1"]]  # this test's own: the pull logged out
    workspace.connect(login=(ADMIN, "not-the-password"))
    row = workspace.pull("2026-12-01", code=5)
    assert "password" in row["error"] and "not-the-password" not in row["error"]
    assert (row["assets"], row["changed"], row["gone"]) == (0, 0, 0)

    run = workspace.run("run", "--json", "--date", "2026-12-01", code=5)
    assert [(c["name"], c["ok"]) for c in run["connectors"]] == [(CONNECTOR, False)]
    assert workspace.billed("2026-12-01") == counts(things(zabbix))  # the facts of the good pull are fresh enough to bill from

    workspace.connect(login=(ADMIN, ADMIN_PASSWORD))
    assert_nothing_has_changed(workspace, "2026-12-02")


def test_facts_that_were_never_pulled_are_not_zero(workspace):
    workspace.connect(login=(ADMIN, "not-the-password"))
    run = workspace.run("run", "--json", "--date", "2026-12-01", code=5)
    assert run["connectors"][0]["ok"] is False
    assert run["totals"].get("USD", "0") in ("0", "0.00")
    assert len({h["client"] for h in run["held"]}) == 40
    assert not workspace.documents("2026-12-01") or all(d["hold"] for d in workspace.documents("2026-12-01").values())


class Between(http.server.ThreadingHTTPServer):
    """Stands between connector and Zabbix and hands on. At the call `at` it does `harm` (a word); `change` (question, answer) → answer
    is asked at every call."""
    daemon_threads = True

    def __init__(self, zabbix, at=0, harm=None, change=None):
        self.zabbix, self.at, self.harm, self.change = zabbix, at, harm, change
        self.calls, self.guard = 0, threading.Lock()
        super().__init__(("127.0.0.1", 0), Handing)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handing(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.guard:
            self.server.calls += 1
            harm = self.server.harm if self.server.calls == self.server.at else None
        if harm == "stop":
            self.server.zabbix.stop_web()
        try:
            answer = self.hand_on(question)
        except urllib.error.URLError:
            self.close_connection = True  # the other side is gone, and so is this
            return
        if harm == "short":  # a list that lacks its second half, well-formed
            answer["result"] = answer["result"][:len(answer["result"]) // 2]
        text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        text = {"empty": b"", "html": b"<html><body>Zabbix is under maintenance.</body></html>"}.get(harm, text)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text[:len(text) // 2] if harm == "cut" else text)
        self.close_connection = True

    def hand_on(self, question):
        newer = self.server.change if isinstance(self.server.change, Newer) else None
        if newer:
            newer.ask(question, self.headers)
        request = urllib.request.Request(self.server.zabbix.url + self.path, data=json.dumps(question).encode(),
                                         headers={"Content-Type": self.headers["Content-Type"]})
        with urllib.request.urlopen(request, timeout=120) as f:
            answer = json.load(f)
        return self.server.change(question, answer) if self.server.change else answer


class Newer:
    """Makes of 6.0 what a later version does: its number, Authorization instead of auth, hostgroups instead of groups."""

    def __init__(self, version, bearer):
        self.version, self.bearer, self.hostgroups, self.seen = version, bearer, False, 0

    def ask(self, question, headers):
        header = headers.get("Authorization")
        assert (header is None or self.bearer) and not (self.bearer and "auth" in question)
        if header:
            self.seen += 1
            assert question["method"] not in ("apiinfo.version", "user.login")
            question["auth"] = header[len("Bearer "):]
        params = question["params"]
        self.hostgroups = "selectHostGroups" in params
        if self.hostgroups:
            params["selectGroups"] = params.pop("selectHostGroups")

    def __call__(self, question, answer):
        if question["method"] == "apiinfo.version":
            answer["result"] = self.version
        if self.hostgroups:
            for host in answer["result"]:
                host["hostgroups"] = host.pop("groups")
        return answer


# The calls of a pull: version, host groups, user groups, templates, count, ids, three times hosts in full, count, ids, then users likewise.
# A chunk that comes short once is asked for again, so that harm is none.
@pytest.mark.parametrize("harm,at,fails", [("stop", 8, True), ("cut", 8, True), ("html", 6, True), ("empty", 7, True), ("short", 8, False),
                                           ("short", 6, False), ("stop", 13, True)])
def test_trouble_midway_changes_nothing(workspace, zabbix, harm, at, fails):
    workspace.pull("2026-12-01")
    try:
        with Between(zabbix, at, harm) as between:
            workspace.connect(url=between.url)
            row = workspace.pull("2026-12-02", code=5 if fails else 0)
            assert between.calls >= at
        if fails:
            assert row["error"] and (row["assets"], row["changed"], row["gone"]) == (0, 0, 0)
        else:
            assert row["assets"] == total(things(zabbix)) and (row["changed"], row["gone"]) == (0, 0)
    finally:
        if harm == "stop":
            zabbix.stop_web()
            zabbix.start_web()
    workspace.connect()
    assert_nothing_has_changed(workspace, "2026-12-02")


def is_count(q):
    return q["method"] == "host.get" and "countOutput" in q["params"]


def is_list(q):
    return q["method"] == "host.get" and q["params"].get("output") == ["hostid"]


def is_full(q):
    return q["method"] == "host.get" and "hostids" in q["params"]


def where(what, change):
    """Changes the result of the calls that `what` tells."""
    def apply(question, answer):
        if what(question):
            answer["result"] = change(answer["result"])
        return answer
    return apply


def error(method, code, data):
    def apply(question, answer):
        if question["method"] == method:
            return {"jsonrpc": "2.0", "error": {"code": code, "message": "Fehler.", "data": data}, "id": question["id"]}
        return answer
    return apply


def without(key):
    return where(is_full, lambda hosts: [{k: v for k, v in h.items() if k != key} for h in hosts])


BAD_ANSWERS = {
    "a list that lacks one": (where(is_list, lambda r: r[:-1]), "Zabbix counts"),
    "no list": (where(is_list, lambda r: []), "Zabbix counts"),
    "an object for a list": (where(is_list, lambda r: {}), "Zabbix counts"),
    "hosts that never arrive": (where(is_full, lambda r: r[:-1]), "could not be read"),
    "a host twice": (where(is_full, lambda r: r + r[:1]), "came twice"),
    "a host not asked for": (where(is_full, lambda r: r + [dict(r[0], hostid="1")]), "not asked for"),
    "hosts in no group": (where(is_full, lambda r: [dict(h, groups=[]) for h in r]), "could not be read"),
    "no groups": (without("groups"), 'without "groups"'),
    "no tags": (without("tags"), 'without "tags"'),
    "no templates": (without("parentTemplates"), 'without "parentTemplates"'),
    "no status": (without("status"), 'without "status"'),
    "no number": (where(is_count, lambda r: "many"), "no number"),
    "below zero": (where(is_count, lambda r: -1), "no number"),
    "all is empty": (where(lambda q: q["method"] != "apiinfo.version", lambda r: []), "no group below"),
    "the answer to another call": (lambda q, a: dict(a, id=a["id"] + 1), "another call"),
    "no JSON-RPC": (lambda q, a: {}, "not JSON-RPC"),
    "a list around it": (lambda q, a: [a], "not JSON-RPC"),
    "no result": (lambda q, a: {"jsonrpc": "2.0", "id": q["id"]}, "no plain result"),
    "no database": (error("host.get", 1, "Error connecting to database."), "(1)"),
    "not authorized, in German": (error("hostgroup.get", -32602, "Nicht autorisiert."), "(-32602)"),
    "no permission": (error("user.get", -32500, 'No permissions to call "user.get".'), "No permissions"),
    "two hundred kilobytes of nesting": (lambda q, a: b"[" * 200_000, ""),
}


def test_bad_answers_change_nothing(workspace, zabbix):
    workspace.pull("2026-12-01")
    for name, (change, words) in BAD_ANSWERS.items():
        with Between(zabbix, change=change) as between:
            workspace.connect(url=between.url)
            row = workspace.pull("2026-12-02", code=5)
        assert words in row["error"], name
        assert (row["assets"], row["changed"], row["gone"]) == (0, 0, 0), name
    workspace.connect()
    assert_nothing_has_changed(workspace, "2026-12-02")


@pytest.mark.parametrize("version,bearer", [("6.2.9", False), ("6.4.0", True), ("7.0.11", True)])
def test_later_versions_bring_the_same(workspace, zabbix, version, bearer):
    workspace.pull("2026-12-01")
    with Between(zabbix, change=Newer(version, bearer)) as between:
        workspace.connect(url=between.url)
        assert_nothing_has_changed(workspace, "2026-12-02")
        assert (between.change.seen > 0) == bearer


def test_a_narrow_account(workspace, zabbix):
    """Not an administrator: reads its host groups, and what is hidden from it is not taken for gone."""
    password = "narrow-and-long-enough"
    groups = zabbix.made.group_ids
    rights = [{"id": g, "permission": 2} for g in groups.values()]
    readers = zabbix.api("usergroup.create", {"name": "Billing readers", "rights": rights})["usrgrpids"][0]
    reader = zabbix.api("user.create", {"username": "billing", "passwd": password, "roleid": "1",
                                        "usrgrps": [{"usrgrpid": readers}]})["userids"][0]
    workspace.connect(login=("billing", password), users="none")
    workspace._write_clients()
    # Templates are hidden from it, and hosts that have their class by template would silently be of another one.
    row = workspace.pull("2026-12-01", code=5)
    assert 'templates[1]: no template "Billing' in row["error"] and row["changed"] == 0
    rights.append({"id": zabbix.made.template_group, "permission": 2})
    zabbix.api("usergroup.update", {"usrgrpid": readers, "rights": rights})
    found = things(zabbix, users=False)
    assert workspace.pull("2026-12-01")["assets"] == total(found)
    assert zabbix.sql(f"select count(*) from sessions where userid = {reader} and status = 0") == [["0"]]
    workspace.run("run", "--json", "--date", "2026-12-01")
    assert workspace.billed("2026-12-01") == counts(found)
    batch = workspace.run("review", "--json")["batch"]
    workspace.run("approve", batch, "--json", "--date", "2026-12-01")

    hidden = zabbix.made.clients[0]
    zabbix.api("usergroup.update", {"usrgrpid": readers, "rights": [r for r in rights if r["id"] != groups[hidden]]})
    row = workspace.pull("2026-12-31")
    assert row["gone"] == 0
    run = workspace.run("run", "--json", "--date", "2027-01-01", code=1)
    assert {h["client"] for h in run["held"]} == {workspace.client_id(hidden)}
    assert {h["reason"] for h in run["held"]} <= {"unknown-client", "unmapped-client", "stale-facts"}
    others = {n: q for n, q in counts(found).items() if n != hidden}
    assert {n: q for n, q in workspace.billed("2027-01-01").items() if n != hidden} == others
