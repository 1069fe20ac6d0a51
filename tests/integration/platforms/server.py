"""Platforms on loopback, for tests: a small HTTP server that answers as a platform does, from the connector's recorded answers.

    with NinjaOne() as platform:
        platform.lists["devices"].append({...})                  # what it has
        platform.trouble("/v2/devices-detailed", 503, times=1)   # what goes wrong
        ... platform.url ... platform.requests

A platform is a class with answer(request); what it has lies in `lists`, a copy of the connector's recorded/*.json by name, to be changed at will.
"""
import base64
import copy
import http.server
import json
import os
import sys
import threading
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


class Request:
    def __init__(self, method, target, headers, body):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))

    @property
    def form(self):
        return dict(urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self):
        return json.loads(self.body)

    def number(self, name, default):
        return int(self.query.get(name, default))

    def __repr__(self):
        return "%s %s" % (self.method, self.target)


class Answer:
    def __init__(self, status=200, body=None, headers=None):
        self.status, self.headers = status, dict(headers or {})
        self.bytes = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers.setdefault("Content-Type", "application/json")


class Trouble:
    def __init__(self, path, answer, times, when, skip):
        self.path, self.answer, self.left, self.when, self.skip = path, answer, times, when, skip

    def meets(self, request):
        if request.path != self.path or not self.left or not self.when(request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.left -= 1
        return True


def basic(user, password):
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # a page that was asked for ahead and is not wanted any more
            super().handle_error(request, client_address)


class Platform:
    connector = None  # the folder with the recorded answers
    repeated = 0  # rows that a list of devices shows twice and counts once

    def __init__(self):
        self.lists, self.requests, self.troubles, self.watchers, self.before = {}, [], [], [], []
        self.tokens, self.valid = 0, set()
        self.lock = threading.Lock()
        folder = os.path.join(ROOT, "plugins", "connectors", self.connector, "recorded")
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                self.lists[name.partition(".")[0]] = json.load(f)
        self.fill()
        self.lists = copy.deepcopy(self.lists)

    def fill(self):
        """Takes the rows out of what was recorded."""

    def renamed(self):
        """After a change of a client: where a platform repeats its name."""

    # ---- life ----

    def __enter__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer = outer.respond(Request(self.command, self.path, self.headers, body))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.bytes)))
                self.end_headers()
                self.wfile.write(answer.bytes)

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = serve

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    # ---- answers ----

    def respond(self, request):
        with self.lock:
            self.requests.append(request)
            for watcher in self.watchers:
                watcher(request)
            for trouble in self.troubles:
                if trouble.meets(request):
                    return trouble.answer
            for change in self.before:
                change(request)
            return self.answer(request)

    def trouble(self, path, status, body=None, headers=None, times=-1, when=lambda request: True, skip=0):
        """From the (skip + 1)th request to `path` that `when` holds for: `times` such answers, -1: for ever."""
        self.troubles.append(Trouble(path, Answer(status, body if body is not None else {"error": "trouble"}, headers), times, when, skip))

    def answer(self, request):
        raise NotImplementedError

    def asked(self, path):
        return [r for r in self.requests if r.path == path]

    # ---- tokens ----

    def give_token(self):
        self.tokens += 1
        token = "token-%d" % self.tokens
        self.valid.add(token)
        return token

    def forget_tokens(self):
        """As a restart does."""
        self.valid.clear()

    def bearer_ok(self, request):
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return kind == "Bearer" and token in self.valid
