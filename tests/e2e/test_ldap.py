"""Users from a real slapd with a size limit: what is counted is what slapcat says, and a list that is cut is never one.

Run by ctest as e2e/ldap, or:  BILLHOOK_BIN=build/int/bin/billhook /usr/bin/python3 -m pytest tests/e2e/test_ldap.py
"""
import base64
import collections
import json
import os
import socket
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from slapd_server import PASSWORD, READER, SMALL, SUFFIX, SlapdServer, Unavailable  # noqa: E402

BILLHOOK = os.environ.get("BILLHOOK_BIN", "")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
CLIENTS = {"Acme Dental": 808, "Müller & Söhne": 120, "Freight, Northern": 37, "Empty GmbH": 0, "O'Brien": 3}
LEFT = 7      # every so many has left the company
DISABLED = 5  # every so many is disabled


def dn_escape(text):
    return text.replace(",", "\\,")


def b64(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def people():
    """The directory: an OU a client, its users below ou=Staff, some straight below."""
    out, n = [], 0
    for client, count in CLIENTS.items():
        base = f"ou={dn_escape(client)},{SUFFIX}"
        out.append(f"dn:: {b64(base)}\nobjectClass: organizationalUnit\nou:: {b64(client)}\n")
        out.append(f"dn:: {b64('ou=Staff,' + base)}\nobjectClass: organizationalUnit\nou: Staff\n")
        for i in range(count):
            n += 1
            where = base if i % 10 == 0 else "ou=Staff," + base
            name = f"Ünal {n}" if i % 3 else f"Doe, Jane {n}"
            entry = [f"dn:: {b64(f'uid=u{n:05},' + where)}", "objectClass: inetOrgPerson", "objectClass: adAccount", f"uid: u{n:05}", f"cn:: {b64(name)}",
                     f"sn: S{n}", f"mail: u{n:05}@clients.example", f"departmentNumber: {n % 4}", f"o:: {b64(client)}",
                     f"employeeType: {'left' if i % LEFT == 1 else 'staff'}",
                     f"userAccountControl: {514 if i % DISABLED == 2 else 512}",
                     f"lastLogonTimestamp: {133800000000000000 + n * 864000000000}",
                     "objectGUID:: " + b64(bytes([n % 256, n // 256, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]))]
            out.append("\n".join(entry) + "\n")
        # What is in the directory and is nobody to be billed for.
        out.append(f"dn:: {b64('cn=printers,' + base)}\nobjectClass: organizationalRole\ncn: printers\n")
    out.append(f"dn: ou=Hidden,{SUFFIX}\nobjectClass: organizationalUnit\nou: Hidden\n")
    return "\n".join(out)


@pytest.fixture(scope="module")
def slapd():
    if not os.access(BILLHOOK, os.X_OK):
        pytest.exit(f"BILLHOOK_BIN is not set, or not a program: \"{BILLHOOK}\"", returncode=2)
    server = SlapdServer()
    try:
        server.start()
    except Unavailable as e:
        print(f"\n*** e2e/ldap is SKIPPED: {e}", file=sys.__stderr__, flush=True)
        pytest.exit(f"no slapd here: {e}", returncode=SKIPPED)
    try:
        server.pause()
        server.add(people())
        server.serve()
        yield server
    finally:
        server.stop()


class Workspace:
    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "LDAP_PASSWORD": PASSWORD, "BILLHOOK_NOW": "2026-12-01T15:00:00Z"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        (folder / "clients").mkdir()
        (folder / "pricebook.lua").write_text('product "user" { name = "User", model = "per_unit", count = users {}, price = "10.00" }\n')
        with open(folder / "clients" / "all.jsonl", "w", encoding="utf-8") as f:
            for i, client in enumerate(CLIENTS):
                f.write(json.dumps({"type": "client", "id": f"c{i}", "name": client, "ids": {"dir": client}}) + "\n")
                f.write(json.dumps({"type": "contract", "id": f"k{i}", "client": f"c{i}", "starts": "2026-12-01", "lines": [{"product": "user"}]}) + "\n")

    def connect(self, options="", url=None, bind=READER):
        account = f'bind_dn = "{bind}", password = secret "env:LDAP_PASSWORD",' if bind else ""
        (self.folder / "billhook.lua").write_text(
            'company { name = "Test MSP", currency = "USD", timezone = "UTC" }\n'
            f'connector "dir" {{ plugin = "ldap", url = "{url or self.url}", {account} {options} }}\n', encoding="utf-8")

    def command(self, *args, code=0):
        run = subprocess.run([BILLHOOK, "-w", str(self.folder), *args], env=self.env, capture_output=True, text=True, timeout=120)
        allowed = code if isinstance(code, tuple) else (code,)
        assert run.returncode in allowed, (args, run.returncode, run.stdout[-2000:], run.stderr[-2000:])
        return run.stdout

    def pull(self, code=(0, 1)):
        return json.loads(self.command("pull", "--json", code=code))["connectors"][0]

    def counts(self):
        """{client: quantity billed}"""
        self.command("run", "--date", "2026-12-01", "--no-pull", "--json", code=(0, 1))
        out = collections.Counter()
        for line in self.command("export", "--format", "json").splitlines():
            doc = json.loads(line)
            out[doc["client"]["name"]] += int(doc["lines"][0]["quantity"]) if doc["lines"] else 0
        return dict(out)


@pytest.fixture
def ws(tmp_path, slapd):
    return Workspace(tmp_path, slapd.url)


BASE = f'base = "{SUFFIX}"'


def expected(slapd, counts):
    """{client: users} as the server's own database has them."""
    out = collections.Counter({c: 0 for c in CLIENTS})
    for dn, entry in slapd.slapcat():
        if "inetOrgPerson" not in entry.get("objectClass", []) or not counts(entry):
            continue
        plain = dn.replace("\\2C", ",").replace("\\,", ",")
        out[next(c for c in CLIENTS if plain.endswith(f"ou={c},{SUFFIX}"))] += 1
    return dict(out)


def enabled(entry):
    return entry["userAccountControl"] == ["512"]


def test_what_is_billed_is_what_slapcat_says(slapd, ws):
    ws.connect(BASE)
    got = ws.pull()
    want = expected(slapd, enabled)
    assert want["Acme Dental"] == 808 - 162 and sum(want.values()) == got["assets"] > 500  # 162: 2, 7, 12 … 807
    assert got["ok"] and ws.counts() == {c: n for c, n in want.items() if n}
    assert ws.pull()["changed"] == 0  # a second time changes nothing


def test_disabled_ones_by_option_and_active_by_filter(slapd, ws):
    ws.connect(BASE + ', active = "(!(employeeType=left))"')
    assert ws.pull()["assets"] == sum(expected(slapd, lambda e: enabled(e) and e["employeeType"] != ["left"]).values())
    ws.connect(BASE + ', active = "(!(employeeType=left))", include_disabled = true')
    assert ws.pull()["assets"] == sum(CLIENTS.values())


def test_clients_by_an_attribute(slapd, ws):
    ws.connect(BASE + ', client_attribute = "o", filter = "(objectClass=inetOrgPerson)"')
    want = expected(slapd, enabled)
    got = ws.pull()
    assert got["assets"] == sum(want.values()) and got["unmapped"] == []
    assert ws.counts() == {c: n for c, n in want.items() if n}


def test_clients_by_their_own_base_and_filter(slapd, ws):
    ws.connect('clients = { { client = "Acme Dental", base = "ou=Acme Dental,%s" },\n'
               '{ client = "O\'Brien", base = "ou=O\'Brien,%s", filter = "(uid=*)" } }' % (SUFFIX, SUFFIX))
    want = expected(slapd, enabled)
    assert ws.pull()["assets"] == want["Acme Dental"] + want["O'Brien"]


def test_attributes_names_and_ids(slapd, ws):
    ws.connect('clients = { client = "O\'Brien", base = "ou=O\'Brien,%s" }, attributes = "mail uid", last_seen = "lastLogonTimestamp", id = "uid",\n'
               'class = "employeeType", classes = { { match = "STAFF", class = "full" } }' % SUFFIX)
    assert ws.pull()["assets"] == 2
    ws.command("run", "--date", "2026-12-01", "--no-pull", "--json", code=(0, 1))
    docs = [json.loads(line) for line in ws.command("export", "--format", "json").splitlines()]
    doc = [d for d in docs if d["client"]["name"] == "O'Brien"][0]
    found = json.loads(ws.command("explain", doc["id"], "--json"))["lines"][0]["assets"]
    first = sum(list(CLIENTS.values())[:4]) + 1
    assert sorted(a["id"] for a in found) == [f"u{first:05}", f"u{first + 1:05}"]
    assert sorted(a["name"] for a in found) == [f"Doe, Jane {first}", f"Ünal {first + 1}"]


def test_a_renamed_user_stays_the_same(slapd, ws):
    ws.connect(BASE)
    before = ws.pull()
    n = sum(CLIENTS.values()) - 2
    slapd.modify(f"dn: uid=u{n:05},ou=O'Brien,{SUFFIX}\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n")
    try:
        after = ws.pull()
        assert (after["assets"], after["gone"]) == (before["assets"], 0)
    finally:
        slapd.modify(f"dn: uid=renamed,ou=O'Brien,{SUFFIX}\nchangetype: modrdn\nnewrdn: uid=u{n:05}\ndeleteoldrdn: 1\n")


def test_tls_of_both_kinds(slapd, ws):
    for options, url in (('start_tls = true, ca = "ca.pem"', slapd.url), ('ca = "ca.pem"', slapd.tls_url)):
        (ws.folder / "ca.pem").write_bytes(open(slapd.path("ca.pem"), "rb").read())
        ws.connect(f"{BASE}, {options}", url=url)
        assert ws.pull()["ok"]
        (ws.folder / "ca.pem").write_bytes(open(slapd.path("other.pem"), "rb").read())
        error = ws.pull(5)["error"]
        assert "cannot connect" in error or "StartTLS" in error, error
    ws.connect(f"{BASE}, start_tls = true")  # the system's certificates do not know it either
    assert not ws.pull(5)["ok"]


# ---- what must fail, and change nothing ----

def test_a_size_limit_is_a_failure(slapd, ws):
    ws.connect(BASE)
    ws.pull()
    ws.connect('clients = { client = "Acme Dental", base = "ou=Acme Dental,%s" }' % SUFFIX, bind=SMALL)
    got = ws.pull(5)
    assert "Size limit exceeded: the server cuts the list off" in got["error"], got
    assert got["gone"] == 0


def test_one_client_that_fails_costs_itself_alone(slapd, ws):
    """The small account reads the small clients, and not Acme: its users stay and are not billed from a list that was cut."""
    ws.connect(BASE)
    ws.pull()
    ws.connect(BASE, bind=SMALL)
    got = ws.pull()
    assert got["ok"] and got["gone"] == 0
    bases = "".join('{ client = "%s", base = "ou=%s,%s" },' % (c, c, SUFFIX) for c in ("O'Brien", "Nobody"))
    ws.connect("clients = { %s }" % bases)
    got = ws.pull()
    assert got["ok"] and got["assets"] == 2


@pytest.mark.parametrize("options,words", [
    ('base = "dc=nowhere,dc=example"', "No such object"),
    (BASE + ', filter = "(objectClass=device)"', "no entry at all fits the filter"),
    (BASE + ', filter = "(objectClass=person"', "Bad search filter"),
    (BASE + ', client_filter = "(ou=Nothing)"', "there is no client"),
    (BASE + ', id = "employeeNumber"', "an entry has no employeeNumber to tell it by"),
    (BASE + ', id = "departmentNumber"', "two entries of a client have the same departmentNumber"),
    (BASE + ', ca = "nowhere.pem"', "ca: there is no such file"),
    (BASE + ', page_size = 0', "page_size: must be"),
    ("", "clients, or base"),
], ids=["base", "nothing", "filter", "branches", "no-id", "same-id", "ca", "page", "which"])
def test_mistakes_change_nothing(slapd, ws, options, words):
    ws.connect(BASE)
    ws.pull()
    ws.connect(options)
    got = ws.pull(5)
    assert words in got["error"], got["error"]
    assert PASSWORD not in got["error"] and "Jane" not in got["error"]


def test_a_wrong_password_and_nobody(slapd, ws):
    ws.connect(BASE)
    ws.env["LDAP_PASSWORD"] = "wrong"
    assert "bind: Invalid credentials" in ws.pull(5)["error"]
    ws.connect(BASE, bind=None)  # anonymous may see nothing
    assert not ws.pull(5)["ok"]


def test_a_password_is_not_sent_in_the_clear(ws):
    ws.connect(BASE, url="ldap://dc1.acme.example")
    assert "the password would be sent in the clear" in ws.pull(5)["error"]


def test_no_server(ws):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        ws.connect(BASE, url="ldap://127.0.0.1:%d" % s.getsockname()[1])
        assert "Can't contact LDAP server" in ws.pull(5)["error"]


# ---- a server that says other things than slapd would: a few messages in BER, by hand ----

def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    return bytes([tag, 0x82]) + len(body).to_bytes(2, "big") + body


def text(s):
    return tlv(4, s.encode())


def message(n, op, controls=b""):
    return tlv(0x30, tlv(2, bytes([n])), op, controls)


def result(tag, code=0, referral=b""):
    return tlv(tag, tlv(10, bytes([code])), text(""), text(""), referral)


def page_control(cookie):
    value = tlv(0x30, tlv(2, b"\0"), tlv(4, cookie))
    return tlv(0xA0, tlv(0x30, text("1.2.840.113556.1.4.319"), tlv(4, value)))


def entry(uid):
    def attribute(name, value):
        return tlv(0x30, text(name), tlv(0x31, text(value)))
    return tlv(0x64, text(f"uid={uid},ou=x"), tlv(0x30, attribute("entryUUID", uid), attribute("cn", uid)))


REFERENCE = tlv(0x73, text("ldap://elsewhere.example/ou=x"))
DONE = 0x65


class FakeServer:
    """Answers a bind, then each search with the next of `pages`: lists of (operation, controls); None closes the connection."""
    def __init__(self, pages):
        self.pages, self.socket = list(pages), socket.create_server(("127.0.0.1", 0))
        self.url = "ldap://127.0.0.1:%d" % self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        peer, _ = self.socket.accept()
        with peer:
            while True:
                data = peer.recv(65536)
                if not data:
                    return
                at = 2 if data[1] < 128 else 2 + (data[1] & 127)
                number, op = data[at + 2], data[at + 3]
                if op == 0x60:
                    peer.sendall(message(number, result(0x61)))
                elif op == 0x63 and self.pages:
                    page = self.pages.pop(0)
                    for part in page:
                        if part is None:
                            return
                        peer.sendall(message(number, *part))
                elif op == 0x42:
                    return

    def close(self):
        self.socket.close()
        self.thread.join(5)


@pytest.mark.parametrize("pages,words", [
    ([[(entry("a"),), (result(DONE), page_control(b"more"))], [(entry("b"),), (result(DONE), page_control(b""))]], None),
    ([[(entry("a"),), (result(DONE),)]], "has not said whether more pages follow"),
    ([[(entry("a"),), (result(DONE), page_control(b"x"))], [(entry("b"),), (result(DONE), page_control(b"x"))]], "the same page again"),
    ([[(entry("a"),), (REFERENCE,), (result(DONE), page_control(b""))]], "is on another server"),
    ([[(entry("a"),), (result(DONE, 10, tlv(0xA3, text("ldap://elsewhere.example"))), page_control(b""))]], "refers to another one"),
    ([[(entry("a"),), (result(DONE, 4), page_control(b""))]], "Size limit exceeded"),
    ([[(entry("a"),), (result(DONE, 11), page_control(b""))]], "Administrative limit exceeded"),
    ([[(result(DONE, 12),)]], "the server has no paged results"),
    ([[(entry("a"),), (result(DONE), page_control(b"more"))], [(entry("b"),), None]], "Can't contact LDAP server"),
    ([[(entry("a"),)]], "no answer within 1 s"),
], ids=["good", "no-control", "same-cookie", "reference", "referral", "size", "admin", "critical", "broken", "silent"])
def test_a_list_that_is_not_whole_is_none(tmp_path, pages, words):
    server = FakeServer(pages)
    try:
        ws = Workspace(tmp_path, server.url)
        ws.connect('clients = { client = "Acme Dental", base = "ou=x" }, timeout = "1s"')
        got = ws.pull((0, 1) if words is None else 5)
        assert got["assets"] == (2 if words is None else 0)
        assert words is None or words in got["error"], got["error"]
    finally:
        server.close()
