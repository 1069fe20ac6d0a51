"""A workspace to write and to bill, through the command alone."""
import json
import os
import subprocess
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
ROOT = os.path.dirname(os.path.dirname(HERE))

BIN = os.environ.get("BILLHOOK_BIN", "")
COMPANY = 'company { name = "Test MSP", currency = "USD", timezone = "America/New_York" }\n'
SHEET = 'connector "sheet" { plugin = "csv", path = "counts" }\n'
ASSETS = "client,kind,class,id,name,from,to\n"


def pytest_configure(config):
    if not BIN:
        pytest.exit("BILLHOOK_BIN names no command", returncode=2)


class Done:
    def __init__(self, args, process):
        self.args, self.code = args, process.returncode
        self.out, self.err = process.stdout, process.stderr

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError("%s: no JSON document: %r %r" % (self.args, self.out[:2000], self.err[:2000]))

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    def __repr__(self):
        return "billhook %s -> %d\n%s%s" % (" ".join(self.args), self.code, self.out, self.err)


class Workspace:
    def __init__(self, folder):
        self.folder = str(folder)
        self.plugins = None  # a folder of plugins beside the shipped ones
        os.makedirs(self.folder, exist_ok=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)
        return path

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def config(self, extra="", company=COMPANY):
        self.write("billhook.lua", company + extra)

    def book(self, text):
        self.write("pricebook.lua", text)

    def clients(self, *entries):
        """Dicts, one a line of clients/all.jsonl; `type` may be left out where it shows."""
        out = []
        for e in entries:
            e = dict(e)
            e.setdefault("type", "contract" if "lines" in e or "based_on" in e else "charge" if "text" in e else "client")
            out.append(json.dumps(e))
        self.write("clients/all.jsonl", "\n".join(out) + "\n")

    def devices(self, *rows, name="assets.csv"):
        """(client, id, from[, to[, class]])"""
        text = ASSETS
        for r in rows:
            r = tuple(r) + ("",) * (4 - len(r)) if len(r) < 4 else tuple(r)
            klass = r[4] if len(r) > 4 else "workstation"
            text += "%s,device,%s,%s,%s,%s,%s\n" % (r[0], klass, r[1], r[1].upper(), r[2], r[3])
        self.write("counts/" + name, text)

    # ---- the command ----
    def command(self, *args, code=0, env=None, timeout=120, **kw):
        """Runs it and demands an exit status (None: any)."""
        full = dict(os.environ)
        for name in ("BILLHOOK_NOW", "BILLHOOK_WORKSPACE", "BILLHOOK_FAULT"):
            full.pop(name, None)
        full.update(env or {})
        argv = [BIN, "-w", self.folder] + (["--plugin-dir", self.plugins] if self.plugins else []) + [str(a) for a in args]
        done = Done([str(a) for a in args], subprocess.run(argv, env=full, capture_output=True, text=True, timeout=timeout, **kw))
        if code is not None:
            allowed = code if isinstance(code, tuple) else (code,)
            assert done.code in allowed, "expected exit status %s: %r" % (code, done)
        return done

    def check(self, code=0):
        return self.command("check", "--json", code=code).json

    def run(self, date, *args, code=0):
        return self.command("run", "--date", date, "--json", *args, code=code).json

    def approve(self, *what, code=0, date=None):
        args = ["approve", *what, "--json"]
        if date:
            args[1:1] = []
        return self.command(*args, code=code, env={"BILLHOOK_NOW": date + "T17:00:00Z"} if date else None).json

    def bill(self, date, code=0):
        """A run and the approval of its batch: the documents that were made."""
        batch = self.run(date, code=code)
        done = self.approve(batch["batch"], date=date, code=code)
        ids = [x["invoice"] for x in done["approved"]]
        return [d for d in self.export() if d["id"] in ids]

    def export(self, *ids):
        return self.command("export", *ids, "--format", "json").lines

    def drafts(self):
        return [d for d in self.export() if d["state"] == "draft"]

    def draft(self, client=None):
        found = [d for d in self.drafts() if client is None or d["client"]["id"] == client]
        assert len(found) == 1, [(d["id"], d["total"]) for d in found]
        return found[0]

    def explain(self, *what):
        return self.command("explain", *what, "--json").json

    def verify(self, code=0):
        return self.command("verify", "--json", code=code).json


def line(doc, **want):
    """The one line of a document that has these members."""
    found = [x for x in doc["lines"] if all(x.get(k) == v for k, v in want.items())]
    assert len(found) == 1, "%s: %s" % (want, json.dumps(doc["lines"], indent=1))
    return found[0]


def amounts(doc):
    return [x["amount"] for x in doc["lines"]]


@pytest.fixture
def ws(tmp_path):
    return Workspace(tmp_path / "ws")


@pytest.fixture
def make(tmp_path):
    return lambda name: Workspace(tmp_path / name)
