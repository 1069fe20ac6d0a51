"""Sinks and gateways by hand: `plugin call` over a real connection, against another side that remembers, refuses and loses its answers; what it will not take."""
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import platform
import sys
import threading
import urllib.parse

import pytest
from conftest import BIN, run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "abi"))
import frozen  # noqa: E402

DOCUMENT = {"schema": "billhook.invoice/1", "id": "acme-7", "number": "INV-2026-000042", "type": "invoice", "currency": "USD", "issue_date": "2026-12-01", "due_date": "2026-12-16",
            "lines": [{"description": "Caf\u00e9 \"Nine\"", "quantity": "2", "unit_price": "6.25", "amount": "12.50"}], "discounts": [], "taxes": [], "total": "12.50"}
NOW = 1796112004  # 2026-12-01T08:00:04Z


class Other(http.server.BaseHTTPRequestHandler):
    """A ledger and a gateway. `lose`: answers to POST are lost; `refuse`: a status for everything."""
    protocol_version = "HTTP/1.1"
    lose, refuse = False, 0

    def log_message(self, *args):
        pass

    def say(self, status, doc):
        text = json.dumps(doc).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        made = [x for x in self.server.made if x["reference"] == query.get("reference")]
        if self.refuse or self.headers.get("Authorization") != "Bearer s3cret-key":
            return self.say(self.refuse or 401, {})
        if url.path == "/customers":
            return self.say(200, {"customers": [{"id": 7, "name": "Acme Dental", "domain": "acme.example"}], "total": 1})
        if url.path == "/account":
            return self.say(200, {"account": {}})
        if url.path.startswith("/invoices/"):
            x = [x for x in self.server.made if str(x["id"]) == url.path.split("/")[2]][0]
            return self.say(200, {"invoice": dict(x, status="partly_paid", balance="2.50",
                                                  payments=[{"id": 5, "date": "2026-12-10", "amount": "10.00", "currency": "USD", "note": "wire"}])})
        self.say(200, {url.path[1:]: made})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = self.headers.get("Idempotency-Key")
        if self.refuse:
            return self.say(self.refuse, {})
        if body.get("method") == "card-declined":
            return self.say(402, {"charge": {"id": 77, "status": "failed", "reference": body["reference"], "failure": "card_declined"}})
        x = next((x for x in self.server.made if key and x["key"] == key), None)
        if x is None:
            kind = self.path[1:-1]
            x = dict(body, id=9001 + len(self.server.made), key=key, kind=kind, status="open" if kind == "invoice" else "succeeded", total="12.50", balance="12.50")
            self.server.made.append(x)
        if self.lose:
            self.close_connection = True
            return
        self.say(201, {x["kind"]: x})


@pytest.fixture
def other():
    class Handler(Other):
        pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.made, server.handler = [], Handler
    server.url = "http://127.0.0.1:%d" % server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module", params=["new", "frozen"])
def plugins(request, tmp_path_factory):
    """The templates: as a vendor builds them today, and as one built them when the ABI became final (tests/abi)."""
    out = tmp_path_factory.mktemp("plugins")
    if request.param == "frozen":
        if platform.machine() != "x86_64":
            pytest.skip("the frozen plugins are for x86_64")
        return {name: pathlib.Path(frozen.copy(os.path.join(frozen.HERE, "frozen-1.0", "frozen-%s.so" % kind), str(out)))
                for kind, name in (("sink", "ledger"), ("gateway", "cards"))}
    sdk = request.getfixturevalue("sdk")
    for kind, name in (("sink", "ledger"), ("gateway", "cards")):
        run(BIN, "plugin", "new", kind, name, out / name)
        run("cmake", "-S", out / name, "-B", out / name / "build", "-DCMAKE_PREFIX_PATH=" + sdk, "-DBILLHOOK_COMMAND=" + BIN)
        run("cmake", "--build", out / name / "build")
    return {name: out / name / "build" / (name + ".so") for name in ("ledger", "cards")}


@pytest.fixture
def call(plugins, other, tmp_path):
    (tmp_path / "inv.json").write_text(json.dumps(DOCUMENT))

    def go(name, what, *args, code=0):
        options = ["--option", "url=" + other.url, "--option", ("token" if name == "ledger" else "key") + "=env:KEY"]
        options += ["--option", "webhook_secret=env:WHSEC"] if name == "cards" else []
        done = run(BIN, "plugin", "call", plugins[name], what, *options, *args, "--json", cwd=tmp_path, code=code,
                   env={"KEY": "s3cret-key", "WHSEC": "whsec-9", "BILLHOOK_NOW": "2026-12-01T08:00:04Z", "BILLHOOK_HTTP_HASTE": "20"})
        assert "s3cret" not in done.stdout + done.stderr
        return done.stderr if code else [json.loads(line) for line in done.stdout.splitlines()]
    return go


DELIVER = ("--key", "try-1", "--client", "7", "--document", "inv.json")


def test_a_sink(call, other):
    assert call("ledger", "probe") == []
    assert call("ledger", "clients") == [{"fact": "client", "id": "7", "name": "Acme Dental", "domain": "acme.example"}]
    assert call("ledger", "lookup", "--key", "try-1") == []
    sent = {"fact": "sent", "state": "open", "ref": "9001", "number": "INV-2026-000042", "total": "12.5", "balance": "12.5"}
    assert call("ledger", "deliver", *DELIVER) == [sent]
    assert call("ledger", "deliver", *DELIVER) == [sent] and len(other.made) == 1
    assert call("ledger", "lookup", "--key", "try-1") == [sent]
    assert other.made[0]["lines"] == DOCUMENT["lines"] and other.made[0]["customer"] == "7" and other.made[0]["due_date"] == "2026-12-16"
    assert call("ledger", "status", "--key", "try-1", "--ref", "9001") == [
        {"fact": "received", "id": "5", "date": "2026-12-10", "amount": "10", "currency": "USD", "note": "wire"}, dict(sent, state="partly_paid", balance="2.5")]


def test_a_lost_answer_is_unknown_and_the_lookup_finds_it(call, other):
    other.handler.lose = True
    said = call("ledger", "deliver", *DELIVER, code=5)
    assert "POST %s/invoices: " % other.url in said and "it may have happened: the call lookup tells" in said
    assert len(other.made) == 1
    assert [x["ref"] for x in call("ledger", "lookup", "--key", "try-1")] == ["9001"]


@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_a_refusal_makes_nothing(call, other, status):
    other.handler.refuse = status
    assert "server answered with status %d" % status in call("ledger", "deliver", *DELIVER, code=5)
    assert other.made == []


def test_a_gateway(call, other):
    pay = ("--key", "try-1", "--customer", "c-7", "--method", "card-1", "--amount", "12.50", "--description", "Northwind")
    assert call("cards", "probe") == [] and call("cards", "lookup", "--key", "try-1") == []
    paid = {"fact": "outcome", "state": "paid", "key": "try-1", "ref": "9001", "amount": "12.5", "fee": "0", "currency": "USD"}
    assert call("cards", "charge", *pay) == [paid]
    assert call("cards", "charge", *pay) == [paid] and len(other.made) == 1 and other.made[0]["amount"] == 1250
    back = call("cards", "refund", "--key", "back-1", "--ref", "9001", "--amount", "2.50")
    assert back == [{"fact": "outcome", "state": "refunded", "key": "back-1", "ref": "9002", "payment": "9001", "amount": "2.5", "fee": "0", "currency": "USD"}]
    declined = call("cards", "charge", "--key", "try-2", "--customer", "c-9", "--method", "card-declined", "--amount", "5")
    assert declined == [{"fact": "outcome", "state": "failed", "key": "try-2", "ref": "77", "reason": "card_declined", "retry": False, "ask": True}]
    call("cards", "charge", "--key", "try-3", "--customer", "c-7", "--method", "card-1", "--amount", "1200", "--currency", "JPY")
    assert other.made[-1]["amount"] == 1200 and other.made[-1]["currency"] == "JPY"


def test_webhooks(call, tmp_path):
    body = '{"type": "charge.failed", "charge": {"id": 9001, "status": "failed", "amount": 1250, "currency": "USD", "reference": "try-1", "failure": "insufficient_funds"}}'
    (tmp_path / "body.json").write_text(body)

    def signed(at, secret=b"whsec-9"):
        return "Webhook-Signature=t=%d,v1=%s" % (at, hmac.new(secret, ("%d.%s" % (at, body)).encode(), hashlib.sha256).hexdigest())
    assert call("cards", "event", "--body", "body.json", "--header", signed(NOW), "--header", "Content-Type=application/json") == [
        {"fact": "outcome", "state": "failed", "key": "try-1", "ref": "9001", "reason": "insufficient_funds", "retry": True, "ask": False, "amount": "12.5", "fee": "0", "currency": "USD"}]
    assert "signature is not the gateway's" in call("cards", "event", "--body", "body.json", "--header", signed(NOW, b"whsec-8"), code=5)
    assert "more than 300 seconds ago" in call("cards", "event", "--body", "body.json", "--header", signed(NOW - 301), code=5)
    assert "has no signature" in call("cards", "event", "--body", "body.json", code=5)


@pytest.mark.parametrize("name,args,words", [
    ("ledger", ("deliver", "--document", "inv.json"), "--key is missing"),
    ("ledger", ("deliver", "--key", "a b", "--document", "inv.json"), "expected 1 to 40 of A-Z"),
    ("ledger", ("deliver", "--key", "k" * 41, "--document", "inv.json"), "expected 1 to 40 of A-Z"),
    ("ledger", ("deliver", "--key", "k"), "--document is missing"),
    ("ledger", ("deliver", "--key", "k", "--document", "none.json"), "none.json"),
    ("ledger", ("status", "--key", "k"), "--ref is missing"),
    ("ledger", ("charge", "--key", "k", "--amount", "1"), 'it has no call "charge"'),
    ("ledger", ("pull",), 'it has no call "pull"'),
    ("cards", ("deliver", "--key", "k", "--document", "inv.json"), 'it has no call "deliver"'),
    ("cards", ("charge", "--key", "k"), "--amount is missing"),
    ("cards", ("charge", "--key", "k", "--amount", "0"), "above 0"),
    ("cards", ("charge", "--key", "k", "--amount", "1.005"), "at most 2 decimals"),
    ("cards", ("charge", "--key", "k", "--amount", "1.5", "--currency", "JPY"), "at most 0 decimals"),
    ("cards", ("charge", "--key", "k", "--amount", "1", "--currency", "QQQ"), "a currency's three letters"),
    ("cards", ("refund", "--key", "k", "--amount", "1"), "--ref is missing"),
    ("cards", ("event",), "--body is missing"),
    ("cards", ("event", "--body", "inv.json", "--header", "x"), "expected NAME=VALUE"),
])
def test_usage(call, other, name, args, words):
    assert words in call(name, *args, code=2)
    assert other.made == []


def test_a_document_that_is_none(call, tmp_path):
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "other.json").write_text('{"schema": "other/1"}')
    assert "bad.json" in call("ledger", "deliver", "--key", "k", "--document", "bad.json", code=2)
    assert "billhook show INV --json" in call("ledger", "deliver", "--key", "k", "--document", "other.json", code=2)


@pytest.mark.parametrize("session,words", [
    ('{"documents": [{}]}', "documents[1]: json must be the document"),
    ('{"documents": [{"json": {"id": "a", "number": "b", "total": "x"}}]}', "documents[1]: json must have id, number and total"),
    ('{"documents": [], "debits": []}', "must be lists"),
    ('{"debits": [{"currency": "USD", "amount": "0"}]}', "debits[1]: amount must be an amount above 0"),
    ('{"debits": [{"currency": "USD", "amount": "1", "expect": "maybe"}]}', "expect must be paid, pending or failed"),
    ('{"events": [{"body": "", "headers": {}, "signature": "X", "now": 1}]}', "events[1]: signature must name the header"),
    ('{"exchanges": [{"url": "https://x.example", "status": 200, "once": "url"}]}', "exchanges[1]: once and repeat are of a request with an effect"),
    ('{"exchanges": [{"url": "https://x.example", "status": 200, "effect": "a", "repeat": {"status": 409}}]}', "repeat must have a status"),
    ('{"exchanges": [{"url": "https://ledger.example/v1/customers?per_page=1&page=1", "status": 200, "json": {"customers": []}}, '
     '{"url": "https://ledger.example/v1/customers?per_page=100&page=1", "status": 200, "json": {"customers": [], "total": 0}}]}', "has no exchange with an effect"),
])
def test_sessions_that_are_none(plugins, tmp_path, session, words):
    full = dict(json.loads(session), schema="billhook.replay/1", options={"url": "https://ledger.example/v1", "token": "t"})
    (tmp_path / "s.json").write_text(json.dumps(full))
    out = json.loads(run(BIN, "plugin", "check", plugins["ledger"], "--only", "session", "--replay", tmp_path / "s.json", "--json", code=1).stdout)
    assert words in out["tests"][0]["reason"]


def test_without_a_session_it_says_so(plugins, tmp_path):
    for name in ("ledger", "cards"):
        for kind in (".so", ".json"):
            (tmp_path / plugins[name].with_suffix(kind).name).write_bytes(plugins[name].with_suffix(kind).read_bytes())
        doc = json.loads(run(BIN, "plugin", "check", tmp_path / plugins[name].name, "--json").stdout)
        skipped = {t["name"]: t["note"] for t in doc["tests"] if t["skipped"]}
        assert doc["ok"] and "plays the other side" in skipped["once"] and "symbols" not in skipped
