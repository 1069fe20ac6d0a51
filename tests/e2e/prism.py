"""Published descriptions held against every request that a connector sends: npm's Prism serves the description on loopback and names what does not fit.

    prism = Prism("ninjaone.yaml")              # Unavailable says why this machine cannot have it
    with prism:
        platform.watchers.append(prism.watch)   # of tests/integration/platforms: each request goes to Prism, too; the scripted platform answers
        ... billhook pull ...
    assert prism.checked and prism.complaints == []

Prism looks at parameters that the description has; one that it has not (a misspelt name) is looked for here. The description's own server path
("/api") is taken off the request's: Prism has none. Requests whose path begins with one of `without` (logins that the description leaves out) are not sent.
"""
import fcntl
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DESCRIPTIONS = os.path.join(ROOT, "..", "shared", "data", "openapi")
CACHE = os.path.join(ROOT, "build", "npm", "prism")  # what npm installs, once for all tests
PRISM = os.path.join(CACHE, "node_modules", ".bin", "prism")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
START_SECONDS = 60


class Unavailable(Exception):
    """This machine cannot have it; the words say why."""


def skip_all(name, reason):
    """Ends the run of a test file as skipped, so that a person sees it."""
    import pytest
    print(f"\n*** e2e/{name} is SKIPPED: {reason}", file=sys.__stderr__, flush=True)
    pytest.exit(f"{name}: {reason}", returncode=SKIPPED)


def install():
    if os.path.exists(PRISM):
        return
    if not shutil.which("npm"):
        raise Unavailable("there is no npm")
    os.makedirs(CACHE, exist_ok=True)
    with open(os.path.join(CACHE, "lock"), "w") as lock:  # two tests may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(PRISM):
            return
        run = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", CACHE, "@stoplight/prism-cli", "js-yaml"], stdin=subprocess.DEVNULL,
                             capture_output=True, text=True)
        if run.returncode != 0 or not os.path.exists(PRISM):
            raise Unavailable("npm could not install Prism: " + run.stderr.strip()[-300:])


def load(path):
    """The description as JSON has it."""
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    script = "const y=require('js-yaml'),f=require('fs');process.stdout.write(JSON.stringify(y.load(f.readFileSync(process.argv[1],'utf8'))))"
    run = subprocess.run(["node", "-e", script, path], capture_output=True, check=True, env=dict(os.environ, NODE_PATH=os.path.join(CACHE, "node_modules")))
    return json.loads(run.stdout)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Prism:
    def __init__(self, description, prefix="", without=()):
        self.path, self.prefix, self.without = os.path.join(DESCRIPTIONS, description), prefix, tuple(without)
        if not os.path.exists(self.path):
            raise Unavailable(f"there is no description {description} beside the project")
        install()
        self.description = load(self.path)
        self.complaints, self.checked = [], []

    def __enter__(self):
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([PRISM, "mock", "-h", "127.0.0.1", "-p", str(self.port), self.path], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        limit = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > limit:
                self.__exit__()
                self.log.seek(0)
                raise RuntimeError("Prism does not start: " + self.log.read().decode(errors="replace")[-600:])
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    # ---- a request ----

    def operation(self, method, path):
        """(path of the description, its operation), or None."""
        found = []
        for template, item in self.description["paths"].items():
            pattern = "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]+\})", template))
            if re.fullmatch(pattern, path) and method.lower() in item:
                found.append((template.count("{"), template, item))
        if not found:
            return None
        _, template, item = min(found, key=lambda x: x[0])  # "/sites/mine" before "/sites/{id}"
        return template, dict(item[method.lower()], parameters=(item.get("parameters") or []) + (item[method.lower()].get("parameters") or []))

    def resolve(self, parameter):
        if "$ref" not in parameter:
            return parameter
        at = self.description
        for part in parameter["$ref"].lstrip("#/").split("/"):
            at = at[part]
        return at

    def check(self, method, target, headers, body=b""):
        """What is wrong with it, in words."""
        path, _, query = target.partition("?")
        if self.prefix and not path.startswith(self.prefix + "/"):
            return [f"{method} {path}: is not below {self.prefix}"]
        path = path[len(self.prefix):]
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path}: is not described"]
        known = {p["name"] for p in map(self.resolve, operation[1]["parameters"]) if p["in"] == "query"}
        sent = [urllib.request.unquote(part.partition("=")[0]) for part in query.split("&") if part]
        wrong = [f"{method} {path}: the parameter {name} is not described" for name in sent if name not in known]
        keep = {k: v for k, v in headers.items() if k.lower() not in ("host", "connection", "content-length", "accept-encoding", "expect", "user-agent")}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}" + ("?" + query if query else ""), data=body or None, headers=keep, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as f:
                status, answer, violations = f.status, f.read(), f.headers.get("sl-violations")
        except urllib.error.HTTPError as e:
            status, answer, violations = e.code, e.read(), e.headers.get("sl-violations")
        for v in json.loads(violations) if violations else []:
            where = v.get("location") or []
            if where[:1] == ["request"]:
                wrong.append(f"{method} {path}: {'.'.join(map(str, where))}: {v.get('message')}")
        if status >= 400 and b"stoplight.io/prism/errors#" in answer:
            problem = json.loads(answer)
            told = "; ".join(".".join(v.get("location") or []) + ": " + v.get("message", "") for v in problem.get("validation") or [])
            wrong.append(f"{method} {path}: {problem.get('title')}: {told or problem.get('detail')}")
        return wrong

    def watch(self, request):
        """For a platform's `watchers`."""
        if request.path.startswith(self.without) if self.without else False:
            return
        self.checked.append(request.method + " " + request.path)
        self.complaints += self.check(request.method, request.target, dict(request.headers.items()), request.body)
