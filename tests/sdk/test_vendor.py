"""`plugin check`, `plugin call` and `plugin record` from outside: documents, exit statuses, and what a recorded session must not hold."""
import glob
import http.server
import json
import os
import shutil
import threading

import pytest
from conftest import BIN, BUILD, ROOT, run

PLUGINS = os.path.join(BUILD, "plugins")
MODELS = os.path.join(ROOT, "plugins", "models")


def check(*args, code=0):
    return json.loads(run(BIN, "plugin", "check", *args, "--json", code=code).stdout)


def test_the_document():
    doc = check(PLUGINS + "/per_unit.so", "--replay", MODELS + "/per_unit/per_unit.cases.json", "--seed", "7")
    assert doc["ok"] is True and doc["seed"] == 7 and doc["file"].endswith("/per_unit.so")
    assert [t["name"] for t in doc["tests"]] == ["symbols", "manifest", "options", "required", "lifecycle", "process", "host-failures", "cases", "same", "order", "growth",
                                                 "parts", "pure"]
    assert all(t["ok"] and not t["skipped"] and t["says"] and "reason" not in t for t in doc["tests"])


def test_without_a_session_it_says_so():
    doc = check(PLUGINS + "/zabbix.so")
    skipped = {t["name"]: t["note"] for t in doc["tests"] if t["skipped"]}
    assert doc["ok"] and "plugin record" in skipped["session"] and "truncated" in skipped


def test_usage(tmp_path):
    assert "expected the path of a plugin's .so" in run(BIN, "plugin", "check", "nothing.txt", code=2).stderr
    assert "No such file" in run(BIN, "plugin", "check", tmp_path / "none.so", code=2).stderr
    assert "there is no such test" in run(BIN, "plugin", "check", PLUGINS + "/flat.so", "--only", "none", code=2).stderr
    assert "expected a whole number" in run(BIN, "plugin", "check", PLUGINS + "/flat.so", "--seed", "-1", code=2).stderr


def test_a_manifest_that_is_none_is_a_failed_test(tmp_path):
    so = tmp_path / "x.so"
    so.write_bytes(b"\x7fELF")
    (tmp_path / "x.json").write_text("{}")
    doc = check(so, code=1)
    assert [(t["name"], t["ok"]) for t in doc["tests"]] == [("manifest", False)] and "id" in doc["tests"][0]["reason"]


def test_a_session_that_is_none(tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text('{"schema": "billhook.replay/1", "exchanges": [{"url": "https://x.example"}]}')
    doc = check(PLUGINS + "/zabbix.so", "--replay", bad, "--only", "session", code=1)
    assert "exchanges[1]: status must be 100 to 599" in doc["tests"][0]["reason"]
    doc = check(PLUGINS + "/zabbix.so", "--replay", bad, code=1)
    failed = [t for t in doc["tests"] if not t["ok"]]
    assert [t["name"] for t in failed] == ["session"] and "exchanges[1]: status must be 100 to 599" in failed[0]["reason"]
    skipped = [t for t in doc["tests"] if t["skipped"]]
    assert len(skipped) > 15 and {t["note"] for t in skipped} == {"the recorded session does not pass as it is: mend that first",
                                                                  "the recorded session cannot be read, and so its options"}


def test_a_session_that_does_not_fit_is_said_once(tmp_path):
    empty = tmp_path / "empty.json"
    empty.write_text('{"schema": "billhook.replay/1", "options": {"url": "https://x.example"}, "exchanges": []}')
    doc = check(PLUGINS + "/ninjaone.so", "--replay", empty, code=1)
    assert [t["name"] for t in doc["tests"] if not t["ok"]] == ["session"]


def test_what_a_session_brings_and_what_it_cannot_show(tmp_path):
    """By kind; and a field that none of its records has is a warning, in the document and on the screen."""
    with open(os.path.join(ROOT, "plugins", "connectors", "ninjaone", "ninjaone.replay.json"), encoding="utf-8") as f:
        session = json.load(f)
    whole = check(PLUGINS + "/ninjaone.so", "--replay", os.path.join(ROOT, "plugins", "connectors", "ninjaone", "ninjaone.replay.json"), "--only", "session")["tests"][0]
    assert whole["note"] == "3 clients, 9 device assets from %d answers" % len(session["exchanges"]) and "warnings" not in whole
    rows = 0
    for e in session["exchanges"]:
        for row in e["json"] if "/devices" in e["url"] else []:
            rows += 1
            row.pop("systemName", None), row.pop("displayName", None)
    without = tmp_path / "without.json"
    without.write_text(json.dumps(session))
    test = check(PLUGINS + "/ninjaone.so", "--replay", without, "--only", "session")["tests"][0]
    assert test["ok"] and len(test["warnings"]) == 1 and "none of %d records of $[*] in GET " % rows in test["warnings"][0] and 'has the fields "displayName", "systemName"' in test["warnings"][0]
    text = run(BIN, "plugin", "check", PLUGINS + "/ninjaone.so", "--replay", without, "--only", "session").stdout
    assert "WARNING  none of" in text and "none failed, 1 warning" in text


def test_call_refuses():
    assert "is not a call" in run(BIN, "plugin", "call", PLUGINS + "/flat.so", "dance", code=2).stderr
    assert 'it has no call "pull"' in run(BIN, "plugin", "call", PLUGINS + "/flat.so", "pull", code=2).stderr
    assert "expected KEY=VALUE" in run(BIN, "plugin", "call", PLUGINS + "/flat.so", "rate", "--option", "price", code=2).stderr
    assert "price" in run(BIN, "plugin", "call", PLUGINS + "/flat.so", "rate", code=5).stderr


@pytest.mark.parametrize("name", ["rest", "zabbix", "tiered", "percent", "command"])
def test_the_manifest_from_the_code(name, tmp_path):
    """Of a shipped plugin: the one that is shipped. Without one beside it: the same but for what no code says."""
    with open(os.path.join(PLUGINS, name + ".json"), encoding="utf-8") as f:
        shipped = json.load(f)
    made = json.loads(run(BIN, "plugin", "manifest", os.path.join(PLUGINS, name + ".so")).stdout)
    for m in (shipped, made):
        m.setdefault("by_day", False)
        m.setdefault("phase", None)
        m.setdefault("summary", "")
    assert made == shipped
    alone = tmp_path / (name + ".so")
    shutil.copy(os.path.join(PLUGINS, name + ".so"), alone)
    bare = json.loads(run(BIN, "plugin", "manifest", alone).stdout)
    assert bare["options"] == shipped["options"] and bare["network"] == ("none" if shipped["kind"] == "model" else "host") and bare["summary"] == ""


def test_no_manifest_of_what_is_no_plugin(tmp_path):
    so = tmp_path / "x.so"
    so.write_bytes(b"\x7fELF")
    assert "cannot load" in run(BIN, "plugin", "manifest", so, code=5).stderr


def test_call_takes_no_secret_in_the_clear():
    done = run(BIN, "plugin", "call", PLUGINS + "/rest.so", "probe", "--option", "token=open sesame", code=2)
    assert "token=env:NAME" in done.stderr and "sesame" not in done.stderr + done.stdout


def test_call_says_that_a_probe_is_good(desk):
    options = ["--option", "url=" + desk, "--option", "client_id=c", "--option", "client_secret=env:SECRET"]
    done = run(BIN, "plugin", "call", PLUGINS + "/ninjaone.so", "probe", *options, env={"SECRET": "s3cr/t value"})
    assert done.stdout == "probe: good\n"


def test_a_plugin_that_is_not_found_says_where_to_put_it(tmp_path):
    (tmp_path / "billhook.lua").write_text('company { name = "Test MSP", currency = "USD", timezone = "UTC" }\nconnector "desk" { plugin = "fleetdesk" }\n')
    assert "--plugin-dir DIR" in run(BIN, "-w", tmp_path, "check", code=3).stdout


def test_call_reads_files_of_the_working_directory(tmp_path):
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "assets.csv").write_text("client,kind,class,id,name,from,to\nacme,device,server,s1,SRV,2026-01-01,\n")
    out = run(BIN, "plugin", "call", PLUGINS + "/csv.so", "pull", "--option", "path=counts", "--json", cwd=tmp_path).stdout
    assert [json.loads(line)["fact"] for line in out.splitlines()] == ["client", "asset", "scope"]


class Desk(http.server.BaseHTTPRequestHandler):
    """Ninja's three lists, with people in them."""
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        if "/oauth/token" in self.path:
            assert "client_secret=s3cr%2Ft+value" in body or "client_secret=s3cr%2Ft%20value" in body
            out = {"access_token": "tok-abcdef123456", "expires_in": 3600}
        elif "/organizations" in self.path:
            out = [] if "after=" in self.path else [{"id": 2, "name": "Jane Roe Dental", "description": "call jane.roe@dental.example or +1 212 555 0100"}]
        elif "/locations" in self.path:
            out = []
        else:
            out = [] if "after=" in self.path else [
                {"id": 101, "organizationId": 2, "systemName": "JANE-LAPTOP", "displayName": "Jane's laptop", "nodeClass": "WINDOWS_WORKSTATION", "approvalStatus": "APPROVED",
                 "dnsName": "jane-laptop.dental.example", "lastLoggedInUser": "DENTAL\\jane.roe", "publicIP": "203.0.113.9", "lastContact": 1795000000.0, "created": 1795000000.0}]
        text = json.dumps(out).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "session=oven-mitt")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *args):
        pass


def serving(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield "http://127.0.0.1:%d" % server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def desk():
    yield from serving(Desk)


class Fleet(Desk):
    """Names in members that nobody would take for names."""
    def answer(self):
        rows = {"/v3/accounts": [{"account_no": "A-1", "OrgName": "Jane Roe Dental", "web": "roe.example", "tier": "gold plated"}],
                "/v3/machines": [{"uuid": "u-1", "account_no": "A-1", "label": "JANE-PC", "role": "desktop", "sn": "ROE77", "keeper": "Jane's cousin Zoe", "state": "active"},
                                 {"uuid": "Zoe-2", "account_no": "A-1", "label": "Zoe-2", "role": "desktop", "sn": "ROE78", "keeper": "Zoe", "state": "active"},
                                 {"uuid": "u-3", "account_no": "A-1", "label": "JANE-OLD", "role": "desktop", "sn": "ROE79", "keeper": "Zoe", "state": "retired"}]}[self.path]
        text = json.dumps({"data": rows}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = answer


@pytest.fixture
def fleet():
    yield from serving(Fleet)


def test_what_the_connector_emits_is_replaced_whatever_its_member_is_called(fleet, tmp_path):
    (tmp_path / "billhook.lua").write_text("""company { name = "Test MSP", currency = "USD", timezone = "UTC" }
connector "fleet" { plugin = "rest", url = "%s/v3", auth = "none", lists = {
  { brings = "clients", path = "/accounts", records = "$.data[*]", id = "account_no", name = "OrgName", domain = "web" },
  { brings = "assets", path = "/machines", records = "$.data[*]", id = "uuid", client = "account_no", name = "label", class = "role", only = "state = active",
    attributes = "serial=sn" } } }
""" % fleet)
    out = tmp_path / "fleet.replay.json"
    done = run(BIN, "-w", tmp_path, "plugin", "record", "fleet", "--out", out, "--date", "2026-12-01")
    session = out.read_text()
    for private in ("Jane Roe", "JANE", "Roe", "ROE", "roe", "Dental"):
        assert private not in session, private
    assert '"uuid":"Zoe-2"' in session and '"account_no":"A-1"' in session and '"role":"desktop"' in session  # ids and the platform's words hold it together
    assert "--scrub MEMBER" in done.stderr and {"data.keeper", "data.role", "data.state", "data.tier"} <= set(done.stderr.replace(",", " ").split())
    assert not {"data.OrgName", "data.web", "data.label", "data.sn", "data.account_no"} & set(done.stderr.replace(",", " ").split())
    assert check(PLUGINS + "/rest.so", "--replay", out)["ok"]

    done = run(BIN, "-w", tmp_path, "plugin", "record", "fleet", "--scrub", "data.keeper", "--scrub", "Tier", "--date", "2026-12-01")
    assert "cousin" not in done.stdout and "gold" not in done.stdout and json.loads(done.stdout)["plugin"] == "rest"
    assert "data.keeper" not in done.stderr and "data.tier" not in done.stderr and "data.role" in done.stderr


def test_a_recorded_session_holds_nobody(desk, tmp_path):
    (tmp_path / "billhook.lua").write_text(
        'company { name = "Test MSP", currency = "USD", timezone = "UTC" }\n'
        'connector "rmm" { plugin = "ninjaone", url = "%s", client_id = "id-of-jane", client_secret = secret "env:SECRET" }\n' % desk)
    out = tmp_path / "ninja.replay.json"
    run(BIN, "-w", tmp_path, "plugin", "record", "rmm", "--out", out, "--date", "2026-12-01", env={"SECRET": "s3cr/t value"})
    text = out.read_text()
    for private in ("s3cr", "tok-abcdef", "jane", "Jane", "JANE", "roe", "Roe", "Dental", "dental", "DENTAL", "127.0.0.1", desk.rpartition(":")[2], "555", "203.0.113", "oven", "id-of"):
        assert private not in text, private
    doc = json.loads(text)
    names = [e["json"] for e in doc["exchanges"] if "/organizations" in e["url"] and e["json"]]
    assert names[0][0]["name"] == names[1][0]["name"] and len(names[0][0]["name"].split()) == 3
    assert not any("Authorization" in e.get("headers", {}) or "Set-Cookie" in e.get("headers", {}) for e in doc["exchanges"])
    assert check(PLUGINS + "/ninjaone.so", "--replay", out)["ok"]


def test_record_refuses(tmp_path):
    (tmp_path / "billhook.lua").write_text('company { name = "Test MSP", currency = "USD", timezone = "UTC" }\nconnector "sheet" { plugin = "csv", path = "counts" }\n')
    assert 'has no connector "rmm"' in run(BIN, "-w", tmp_path, "plugin", "record", "rmm", code=2).stderr
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "assets.csv").write_text("client,kind,class,id,name,from,to\n")
    assert "nothing to record" in run(BIN, "-w", tmp_path, "plugin", "record", "sheet", code=5).stderr
    assert not glob.glob(str(tmp_path / "*.part"))
