"""A server on loopback that answers as badly as remotes do: one behaviour a path. By raw sockets, so that nothing mends what is broken.

A client asks /NAME/devices…; NAME says how it is answered while `bad` is set, and everybody is answered well while it is not."""
import gzip
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib

DEVICES = [{"id": "1", "name": "PC-1"}, {"id": "2", "name": "PC-2"}, {"id": "3", "name": "PC-3"}]
WHOLE = json.dumps({"items": DEVICES}).encode()
REASONS = {204: "No Content", 302: "Found", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 407: "Proxy Authentication Required",
           429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
           511: "Network Authentication Required"}


def head(status=200, length=None, *more):
    lines = ["HTTP/1.1 %d %s" % (status, REASONS.get(status, "OK")), "Content-Type: application/json", "Connection: close", *more]
    if length is not None:
        lines.append("Content-Length: %d" % length)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def say(body, status=200, *more):
    body = body if isinstance(body, bytes) else body.encode()
    return head(status, len(body), *more) + body


def page(devices, **more):
    return say(json.dumps(dict(more, items=devices)))


def good(query, port, name):
    """Three devices, in pages of two where pages are asked for."""
    at = "http://127.0.0.1:%d/%s/devices" % (port, name)
    if "page" in query:
        n = int(query["page"])
        return page(DEVICES[2 * n - 2:2 * n], total=3)
    if "after" in query or "cursor" in query:
        return page(DEVICES[2:])
    return {"link": say(json.dumps({"items": DEVICES[:2]}), 200, 'Link: <%s?cursor=2>; rel="next"' % at), "next": page(DEVICES[:2], next=at + "?cursor=2"),
            "cursor": page(DEVICES[:2], next="2"), "after": page(DEVICES[:2])}.get(name.split("-")[0], say(WHOLE))


class Server:
    def __init__(self, folder):
        self.bad = True
        self.hits = {}                # NAME -> how often it was asked
        self.folder = str(folder)
        self.stopping = threading.Event()
        self.sockets = []
        self.lock = threading.Lock()
        self.port = self.listen(self.serve)
        self.other = self.listen(self.elsewhere)   # where a redirect must not lead
        closed = socket.socket()
        closed.bind(("127.0.0.1", 0))              # bound and not listened on: refused, and nobody else's
        self.closed = closed.getsockname()[1]
        self.sockets.append(closed)
        z = zlib.compressobj(9, zlib.DEFLATED, 31)
        self.bomb = z.compress(b'{"items":[') + b"".join(z.compress(b" " * (1 << 20)) for _ in range(200)) + z.compress(b"]}") + z.flush()

    # ---- listening ----
    def listen(self, serve, wrap=None):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", 0))
        s.listen(256)
        self.sockets.append(s)
        threading.Thread(target=self.accept, args=(s, serve, wrap), daemon=True).start()
        return s.getsockname()[1]

    def accept(self, listener, serve, wrap):
        while not self.stopping.is_set():
            try:
                c, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(c, serve, wrap), daemon=True).start()

    def one(self, c, serve, wrap):
        try:
            if wrap:
                c = wrap.wrap_socket(c, server_side=True)
            serve(c)
        except (OSError, ValueError):
            pass
        finally:
            c.close()

    def stop(self):
        self.stopping.set()
        for s in self.sockets:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()

    # ---- TLS: certificates made for this test ----
    def openssl(self, *args):
        subprocess.run(["openssl", *args], check=True, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def authority(self):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                     "-subj", "/CN=Test CA", "-addext", "basicConstraints=critical,CA:TRUE")
        return os.path.join(self.folder, "ca.pem")

    def tls(self, name, host="IP:127.0.0.1", days="2", self_signed=False):
        """A TLS server with a certificate of the authority's, or one of its own; negative days: it has expired."""
        with open(os.path.join(self.folder, name + ".ext"), "w", encoding="ascii") as f:
            f.write("subjectAltName=%s\n" % host)
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
                     "-subj", "/CN=test")
        signed = ["-signkey", name + ".key"] if self_signed else ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
        self.openssl("x509", "-req", "-in", name + ".csr", "-out", name + ".pem", "-days", days, "-extfile", name + ".ext", *signed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(self.folder, name + ".pem"), os.path.join(self.folder, name + ".key"))
        return self.listen(self.serve, context)

    # ---- answering ----
    def request(self, c):
        got = b""
        while b"\r\n\r\n" not in got:
            more = c.recv(65536)
            if not more:
                raise ValueError("no request")
            got += more
        match = re.match(rb"[A-Z]+ (?:http://[^/]*)?/([^/ ]+)/devices\??(\S*) HTTP", got)
        if not match:
            raise ValueError("another request")
        query = dict(p.split("=", 1) for p in match.group(2).decode().split("&") if "=" in p)
        return match.group(1).decode(), query

    def elsewhere(self, c):
        self.request(c)
        with self.lock:
            self.hits["elsewhere"] = self.hits.get("elsewhere", 0) + 1
        c.sendall(say(WHOLE))

    def serve(self, c):
        if self.bad and getattr(self, "at_once", None) and self.at_once(c):
            return
        name, query = self.request(c)
        with self.lock:
            self.hits[name] = n = self.hits.get(name, 0) + 1
        if not self.bad:
            c.sendall(good(query, self.port, name))
            return
        how = getattr(self, "do_" + name.replace("-", "_"), None) or ANSWERS[name]
        answer = how(c, query, n) if callable(how) and getattr(how, "__self__", None) is self else how(query, n, self) if callable(how) else how
        if answer is not None:
            c.sendall(answer)

    def wait(self, c):
        """Says nothing until the other side has had enough, or the test is over."""
        c.settimeout(60)
        try:
            while c.recv(65536):
                pass
        except OSError:
            pass

    def drip(self, c, text):
        for i in range(len(text)):
            c.sendall(text[i:i + 1])
            if self.stopping.wait(1):
                return

    def reset(self, c):
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def do_close(self, c, query, n): return None
    def do_stall(self, c, query, n): self.wait(c)
    def do_stall_head(self, c, query, n): c.sendall(head()[:20]); self.wait(c)
    def do_stall_body(self, c, query, n): c.sendall(say(WHOLE)[:-10]); self.wait(c)
    def do_drip_head(self, c, query, n): self.drip(c, say(WHOLE))
    def do_drip_body(self, c, query, n): c.sendall(head(200, len(WHOLE))); self.drip(c, WHOLE)
    def do_reset(self, c, query, n): self.reset(c)
    def do_reset_head(self, c, query, n): c.sendall(head(200, len(WHOLE))[:40]); self.reset(c)
    def do_reset_body(self, c, query, n): c.sendall(say(WHOLE)[:-10]); self.reset(c)
    def do_continue(self, c, query, n):
        while not self.stopping.is_set():
            c.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)
            time.sleep(0.05)

    def do_flood_head(self, c, query, n):
        c.sendall(b"HTTP/1.1 200 OK\r\n")
        for i in range(200000):
            c.sendall(b"X-Filler-%d: %s\r\n" % (i, b"x" * 200))

    def do_long_head(self, c, query, n): c.sendall(b"HTTP/1.1 200 OK\r\nX: ");  [c.sendall(b"x" * 65536) for _ in range(64)]
    def do_long_text(self, c, query, n):
        c.sendall(head() + b'{"items":[{"id":"1","name":"')
        for _ in range(100):
            c.sendall(b"x" * (1 << 20))
        c.sendall(b'"}]}')

    def do_gzip_bomb(self, c, query, n):
        return say(self.bomb, 200, "Content-Encoding: gzip")

    def do_redirect_loop(self, c, query, n): return say("", 302, "Location: /redirect-loop/devices?n=%d" % n)

    # What is odd and yet right.
    def do_bytewise(self, c, query, n):
        c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        c.sendall(head(200, None, "Transfer-Encoding: chunked"))
        for i in range(len(WHOLE)):
            c.sendall(b"1\r\n" + WHOLE[i:i + 1] + b"\r\n")
        c.sendall(b"0\r\n\r\n")

    def do_moved(self, c, query, n): return say(WHOLE) if "n" in query else say("", 302, "Location: /moved/devices?n=1")
    def do_later_503(self, c, query, n): return say(WHOLE) if n > 2 else say("", 503)
    def do_later_429(self, c, query, n): return say(WHOLE) if n > 2 else say("", 429, "Retry-After: 2")
    def do_later_reset(self, c, query, n): return say(WHOLE) if n > 2 else self.reset(c)


def endless(query, n, server):
    return page([{"id": "x%d" % n, "name": "PC"}], next="c%d" % n)


def second_page_fails(query, n, server):
    return say("", 500) if "cursor" in query else page(DEVICES[:2], next="2")


def second_page_is_cut(query, n, server):
    return say(WHOLE)[:-10] if "cursor" in query else page(DEVICES[:2], next="2")


deep = b'{"items":' + b"[" * 10000 + b"]" * 10000 + b"}"
ANSWERS = {
    "length-long": head(200, len(WHOLE) + 50) + WHOLE,
    "length-short": head(200, len(WHOLE) - 5) + WHOLE,
    "length-twice": head(200, 7, "Content-Length: %d" % len(WHOLE)) + WHOLE,
    "length-none": head(200, None, "Content-Length: many") + WHOLE,
    "chunk-bad": head(200, None, "Transfer-Encoding: chunked") + b"zz\r\n" + WHOLE + b"\r\n0\r\n\r\n",
    "chunk-cut": head(200, None, "Transfer-Encoding: chunked") + b"%x\r\n" % len(WHOLE) + WHOLE[:-1],
    "chunk-huge": head(200, None, "Transfer-Encoding: chunked") + b"ffffffffffffffffff\r\n" + WHOLE,
    "chunk-short": head(200, None, "Transfer-Encoding: chunked") + b"5\r\n" + WHOLE + b"\r\n0\r\n\r\n",
    "gzip-cut": say(gzip.compress(WHOLE)[:-20], 200, "Content-Encoding: gzip"),
    "gzip-none": say(WHOLE, 200, "Content-Encoding: gzip"),
    "deflate-garbage": say(bytes(range(7, 256)) * 4, 200, "Content-Encoding: deflate"),
    "encoding-unknown": say(WHOLE, 200, "Content-Encoding: lasagne"),
    "redirect-away": lambda query, n, server: say("", 302, "Location: http://127.0.0.1:%d/elsewhere/devices" % server.other),
    "redirect-file": say("", 302, "Location: file:///etc/passwd"),
    "redirect-nowhere": say("", 302),
    "status-429": say("{}", 429), "status-429-wait": say("{}", 429, "Retry-After: 1"), "status-429-long": say("{}", 429, "Retry-After: 86400"),
    "status-429-odd": say("{}", 429, "Retry-After: soon"), "status-401": say("{}", 401), "status-403": say("{}", 403), "status-404": say("{}", 404),
    "status-407": say("{}", 407, 'Proxy-Authenticate: Basic realm="x"'), "status-500": say("oops", 500), "status-502": say("<html>", 502),
    "status-503": say("", 503), "status-504": say("", 504), "status-511": say("<html>log in", 511), "status-204": head(204),
    "status-odd": b"HTTP/1.1 abc OK\r\n\r\n" + WHOLE, "switching": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" + WHOLE,
    "http-09": WHOLE, "not-http": b"220 smtp.example ESMTP\r\n",
    "html": say("<html><body>Please log in</body></html>"), "empty": say(""), "spaces": say("  \n "),
    "other-shape": say('{"error":"under maintenance"}'), "other-kind": say('{"items":{"id":"1"}}'), "other-records": say('{"items":[1,2,3]}'),
    "other-root": say("[]"), "a-text": say('"items"'), "nothing": say("null"),
    "deep": say(deep), "infinite": say('{"items":[{"id":"1","name":"PC","seats":1e999}]}'), "nan": say('{"items":[{"id":"1","name":"PC","seats":NaN}]}'),
    "not-a-number": say('{"items":[{"id":"1","name":"PC","seats":"a few"}]}'), "negative": say('{"items":[{"id":"1","name":"PC","seats":-3}]}'),
    "utf8": say(b'{"items":[{"id":"1","name":"P\xff\xfeC"}]}'), "nul": say('{"items":[{"id":"1\\u0000","name":"PC"}]}'),
    "raw-nul": say(b'{"items":[{"id":"1\0","name":"PC"}]}'), "no-id": say('{"items":[{"name":"PC"}]}'), "id-null": say('{"items":[{"id":null,"name":"PC"}]}'),
    "trailing": say(WHOLE + b"x"), "twice": say(WHOLE + WHOLE), "cut-json": say(WHOLE[:-1]),
    "cursor-repeated": page(DEVICES[:2], next="same"), "cursor-endless": endless, "cursor-second-fails": second_page_fails,
    "cursor-second-cut": second_page_is_cut, "number-repeated": page(DEVICES[:2]), "number-short": page(DEVICES[:1], total=3),
    "number-gone": page([], total=3), "ahead-short": page(DEVICES[:1], total=3), "after-repeated": page(DEVICES[:2]),
    "link-self": lambda query, n, server: say(WHOLE, 200, 'Link: <http://127.0.0.1:%d/link-self/devices>; rel="next"' % server.port),
    "link-away": lambda query, n, server: say(WHOLE, 200, 'Link: <http://127.0.0.1:%d/elsewhere/devices>; rel="next"' % server.other),
    "next-file": page(DEVICES[:2], next="file:///etc/passwd"), "next-user": page(DEVICES[:2], next="http://root@127.0.0.1/devices"),
    "ids-19": page([{"id": 9007199254740993123, "name": "PC-1"}, {"id": 9007199254740993124, "name": "PC-2"}]),
    "gzip": say(gzip.compress(WHOLE), 200, "Content-Encoding: gzip"), "bom": say(b"\xef\xbb\xbf" + WHOLE), "null-list": say('{"items":null}'),
    "empty-list": say('{"items":[]}'), "same-twice": page(DEVICES + DEVICES[:1]),
    "bytewise": None, "moved": None, "later-503": None, "later-429": None, "later-reset": None,
    "ids-differ": page([{"id": "1", "name": "PC-1"}, {"id": "1", "name": "PC-9"}]),
}
