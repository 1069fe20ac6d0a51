"""A bad remote at the other end of a WebSocket (QUALITY R3): meshcentral's control channel, with a behaviour to each connector of one workspace. Each fails by
name and in time, its worker stays small, and all others are billed to the byte as in a workspace that has none of them."""
import base64
import hashlib
import json
import re
import struct
import time

import conftest
import installed
import pytest
from bad_server import Server
from test_bad_remote import BOOK, GOOD, WORKER_KIB_MAX, Office, good_documents

HASTE = "20"      # 60 s for a message are 3 s here, 30 s for the handshake 1.5 s
SECONDS_MAX = 30
SANITIZED = WORKER_KIB_MAX > 64 * 1024  # what is freed is kept back there, and thousands of messages are freed
NOT_IN_TIME = "not in time"
GROUPS = {"action": "meshes", "meshes": [{"_id": "mesh//A", "name": "A"}]}
NODES = {"action": "nodes", "nodes": {"mesh//A": [{"_id": "node//%d" % i, "name": "PC-%d" % i, "icon": 1} for i in range(3)]}, "totalcount": 3}


def frame(payload, opcode=1, fin=True, length=None, first=0):
    payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    n = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | first | opcode])
    head += bytes([n]) if n < 126 else b"\x7e" + struct.pack(">H", n) if n < 65536 else b"\x7f" + struct.pack(">Q", n)
    return head + payload


def forever(server, c, block):
    while not server.stopping.is_set():
        c.sendall(block)


# How it shakes hands. Everything else is what it answers to "nodes", in place of three devices; a function is called with (server, connection).
HANDSHAKES = {
    "h-close": (lambda s, c: None, ("broke off",)), "h-stall": (lambda s, c: s.wait(c), (NOT_IN_TIME,)),
    "h-drip": (lambda s, c: s.drip(c, b"HTTP/1.1 101 Switching Protocols\r\n"), (NOT_IN_TIME,)), "h-reset": (lambda s, c: s.reset(c), ("broke off",)),
    "h-flood": (lambda s, c: [c.sendall(b"HTTP/1.1 101 Switching Protocols\r\n"), forever(s, c, b"X: y\r\n" * 1000)], ("headers are too large",)),
    "h-401": (lambda s, c: c.sendall(b"HTTP/1.1 401 Unauthorized\r\n\r\n"), ("status 401",)),
    "h-302": (lambda s, c: c.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\n\r\n" % s.other), ("status 302",)),
    "h-503": (lambda s, c: c.sendall(b"HTTP/1.1 503 Busy\r\n\r\n"), ("status 503",)),
    "h-html": (lambda s, c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"), ("status 200",)),
    "h-none": (lambda s, c: c.sendall(b"<html>\r\n\r\n"), ("not that of a WebSocket server",)),
    "h-key": (lambda s, c: c.sendall(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"), ("not that of a WebSocket server",)),
}
ANSWERS = {
    "stall": (lambda s, c: s.wait(c), (NOT_IN_TIME,)), "stall-half": (lambda s, c: [c.sendall(frame(NODES)[:-9]), s.wait(c)], (NOT_IN_TIME,)),
    "drip": (lambda s, c: s.drip(c, frame(NODES)), (NOT_IN_TIME,)), "pings": (lambda s, c: forever(s, c, frame(b"", 9) * 1000), (NOT_IN_TIME,)),
    "pongs": (lambda s, c: forever(s, c, frame(b"", 10) * 1000), (NOT_IN_TIME,)),
    "fragments": (lambda s, c: [c.sendall(frame(b"{", fin=False)), forever(s, c, frame(b"", 0, fin=False) * 1000)], (NOT_IN_TIME,)),
    "talk": (lambda s, c: forever(s, c, frame({"action": "event"}) * 1000), ("says many things",)),
    "close": (lambda s, c: None, ("closed the channel before it answered",)), "close-half": (lambda s, c: c.sendall(frame(NODES)[:-9]), ("in the middle of a message",)),
    "close-said": (frame(b"\x03\xf3", 8), ("closed the channel before it answered",)), "reset": (lambda s, c: s.reset(c), ("closed the channel", "broke off")),
    "reset-half": (lambda s, c: [c.sendall(frame(NODES)[:-9]), s.reset(c)], ("in the middle of a message",)),
    "goodbye": (frame({"action": "close", "cause": "shutdown", "msg": "bye"}), ("closed the channel: shutdown",)),
    "garbage": (b"HTTP/1.1 200 OK\r\n\r\n" * 20, ("a frame that is none",)), "masked": (b"\x81\x82\1\2\3\4{}", ("a frame that is none",)),
    "reserved": (frame({}, first=0x40), ("a frame that is none",)), "control-long": (frame(b"x" * 200, 9), ("a frame that is none",)),
    "continued": (frame(b"{}", 0), ("does not follow",)), "inside": (frame(b"{", fin=False) + frame({}), ("does not follow",)),
    "length": (frame(b"{}", length=1 << 63), ("a frame that is none",)),
    "text-long": (lambda s, c: [c.sendall(frame(b'{"a":"', length=1 << 40)), forever(s, c, b"x" * (1 << 20))], ("larger than",)),
    "not-json": (frame(b"hello"), ("not JSON",)), "cut": (frame(json.dumps(NODES)[:-5].encode()), ("not JSON", "ends")), "utf8": (frame(b'{"action":"\xff\xfe"}'), ("not JSON",)),
    "deep": (frame(b'{"nodes":' + b"[" * 10000 + b"]" * 10000 + b"}"), ("nested deeper",)), "empty": (frame(b""), ("not JSON",)),
    "short": (frame(dict(NODES, totalcount=5)), ("counts 5 devices, and 3 came",)), "no-id": (frame({"action": "nodes", "nodes": {"mesh//A": [{"name": "x"}]}}), ("without an _id",)),
    "refused": (frame({"action": "nodes", "result": "denied"}), ("denied",)),
}
SAYS = {n: says for n, (_, says) in list(HANDSHAKES.items()) + list(ANSWERS.items())}


class Mesh(Server):
    """The control channel, one behaviour a path."""
    def serve(self, c):
        got = b""
        while b"\r\n\r\n" not in got:
            more = c.recv(65536)
            if not more:
                return
            got += more
        name = re.match(rb"GET /([^/ ]+)/control.ashx HTTP", got).group(1).decode()
        if self.bad and name in HANDSHAKES:
            HANDSHAKES[name][0](self, c)
            return
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", got).group(1)
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        c.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        c.sendall(frame({"action": "serverinfo"}) + frame({"action": "userinfo"}))
        self.talk(c, name)

    def talk(self, c, name):
        while True:
            asked = self.hear(c)
            if asked is None:
                return
            if asked["action"] == "nodes" and self.bad and name in ANSWERS:
                answer = ANSWERS[name][0]
                if callable(answer):
                    answer(self, c)
                    return
                c.sendall(answer)
            else:
                c.sendall(frame({"meshes": GROUPS, "nodes": NODES}.get(asked["action"], {"action": asked["action"]})))

    def hear(self, c):
        """What a client says: short text frames, masked."""
        head = self.exactly(c, 2)
        if not head or head[0] != 0x81:
            return None
        n = head[1] & 0x7f
        mask, text = self.exactly(c, 4), self.exactly(c, n)
        return json.loads(bytes(b ^ mask[i % 4] for i, b in enumerate(text))) if text else None

    def exactly(self, c, n):
        got = b""
        while len(got) < n:
            more = c.recv(n - len(got))
            if not more:
                return b""
            got += more
        return got


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    return installed.copy(str(tmp_path_factory.mktemp("installed")))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    s = Mesh(tmp_path_factory.mktemp("server"))
    yield s
    s.stop()


def office(folder, command, server, names):
    w = Office(folder, command, {"MESH": "swordfish-77", "BILLHOOK_HTTP_HASTE": HASTE})
    w.config(conftest.SHEET + "".join('connector "%s" { plugin = "meshcentral", url = "http://127.0.0.1:%d/%s", user = "u", password = secret "env:MESH" }\n'
                                      % (n, server.port, n) for n in names), conftest.COMPANY)
    w.book(BOOK)
    entries = []
    for n in names:
        count = {"devices": {"class": "workstation", "from": n}}
        entries += [{"id": "c-" + n, "name": n, "ids": {n: "mesh//A"}},
                    {"id": "k-" + n, "client": "c-" + n, "starts": "2026-11-01", "lines": [{"product": "ws", "count": count}]}]
    w.clients(*GOOD, *entries)
    w.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-10-01"))
    return w


def test_never_a_wrong_or_a_zero_invoice(tmp_path, command, server):
    names = sorted(SAYS)
    alone, w = office(tmp_path / "alone", command, server, []), office(tmp_path / "ws", command, server, names)
    alone.run("2026-11-01")
    server.bad = True
    began = time.monotonic()
    run = w.run("2026-11-01", code=5)
    assert time.monotonic() - began < SECONDS_MAX + 15
    rows = {c["name"]: c for c in run["connectors"]}
    for n in names:
        row = rows[n]
        assert row["ok"] is False and row["error"].startswith('connector "%s": ' % n) and any(s in row["error"] for s in SAYS[n]), "%s: %s" % (n, row)
        assert "swordfish" not in row["error"] and row["seconds"] < SECONDS_MAX, row
        assert 0 < row["peak_kib"] < WORKER_KIB_MAX or (n == "talk" and SANITIZED), row
    held = {h["client"]: h["reason"] for h in run["held"]}
    assert set(held) == {"c-" + n for n in names} and set(held.values()) <= {"connector-failed", "no-facts"}
    assert not [d for d in w.drafts() if d["client"]["id"].startswith("c-") and d["lines"]]
    assert good_documents(w) == good_documents(alone)
    assert server.hits.get("elsewhere", 0) == 0

    # They recover, and are billed with what is there.
    server.bad = False
    run = w.run("2026-11-01")
    assert run["held"] == [] and all(c["ok"] for c in run["connectors"])
    assert [d["total"] for d in w.drafts() if d["client"]["id"].startswith("c-")] == ["30.00"] * len(names)
    assert good_documents(w) == good_documents(alone)
    w.verify()
