"""What the tests of the PSA connectors share: everything that a connector emits, read from pull_dump, and a workspace that bills from it."""
import json
import os
import subprocess

from conftest import COMPANY, Workspace

DAY = "2026-12-01"


class Failed(Exception):
    """The pull failed; the words are its reason."""


def dump(plugin, url=None, day=DAY, zone="America/New_York", folder="/tmp", **options):
    """Lines of pull_dump by type; an option's value may be ("secret", text) or a list of dicts."""
    argv = [os.environ["PULL_DUMP"], os.environ["PLUGINS_DIR"], plugin, day, zone, folder] + (["url=" + url] if url else [])
    secrets = []
    for key, value in options.items():
        if isinstance(value, tuple):
            secrets.append(value[1])
            argv.append("!%s=%s" % (key, value[1]))
        else:
            argv.append("%s=%s" % (key, str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else json.dumps(value)))
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    for secret in secrets:
        assert secret not in done.stderr, done.stderr
    if done.returncode != 0:
        raise Failed(done.stderr.strip())
    out = Dump()
    for line in done.stdout.splitlines():
        row = json.loads(line)
        out.setdefault(row.pop("type"), []).append(row)
    return out


class Dump(dict):
    def ids(self, kind, client=None):
        return [a["id"] for a in self.get("asset", []) if a["kind"] == kind and client in (None, a["client"])]

    def classes(self, client):
        out = {}
        for a in self.get("asset", []):
            if a["client"] == client and a["kind"] == "device":
                out[a["class"]] = out.get(a["class"], 0) + 1
        return out

    def of(self, type_, id_):
        found = [x for x in self.get(type_, []) if x["id"] == id_]
        assert len(found) == 1, (type_, id_, found)
        return found[0]

    def contract(self, id_):
        return self.of("contract", id_)["json"]

    def hours(self, client):
        return {u["id"]: u["quantity"] for u in self.get("usage", []) if u["client"] == client and u["metric"] == "time.hours"}

    def scopes(self):
        return {(s["kind"], s["client"]): s["complete"] for s in self.get("scope", [])}


class Billing(Workspace):
    """A workspace whose client `c` is the platform's client `ref`: servers, workstations and users in advance, hours in arrears."""

    def __init__(self, folder, plugin, url, ref, **options):
        super().__init__(folder)
        self.secrets = {}
        words = ["plugin = " + json.dumps(plugin), "url = " + json.dumps(url)]
        for name, value in options.items():
            if isinstance(value, tuple):
                self.secrets["SECRET_" + name.upper()] = value[1]
                words.append('%s = secret "env:SECRET_%s"' % (name, name.upper()))
            else:
                words.append("%s = %s" % (name, json.dumps(value)))
        self.config('connector "psa" { %s }\n' % ", ".join(words), company=COMPANY)
        self.book('product "server" { name = "Server", model = "per_unit", count = devices { class = "server" }, price = "100.00" }\n'
                  'product "workstation" { name = "Workstation", model = "per_unit", count = devices { class = "workstation" }, price = "40.00" }\n'
                  'product "user" { name = "User", model = "per_unit", count = users {}, price = "3.00" }\n'
                  'product "hours" { name = "Hours", model = "per_unit", count = usage { metric = "time.hours" }, price = "120.00", timing = "arrears" }\n')
        self.lines = ["server", "workstation", "user", "hours"]
        self.write_clients(ref)

    def write_clients(self, ref):
        self.clients({"id": "c", "name": "C", "ids": {"psa": ref}},
                     {"id": "k", "client": "c", "starts": "2026-11-01", "billed_through": "2026-10-31", "lines": [{"product": p} for p in self.lines]})

    def command(self, *args, env=None, **kw):
        done = super().command(*args, env=dict(self.secrets, **(env or {})), **kw)
        for value in self.secrets.values():
            assert value not in done.out + done.err, done
        return done

    def pull(self, date=DAY, code=(0, 1)):
        (row,) = self.command("pull", "--json", "--date", date, code=code).json["connectors"]
        return row


def fails(pulled, *says):
    """The pull fails, and its reason has these words."""
    try:
        got = pulled()
    except Failed as e:
        for words in says:
            assert words in str(e), str(e)
        return
    raise AssertionError("it did not fail: %s" % {k: len(v) for k, v in got.items()})


def billed(platform, folder, plugin, client, expected, charges=()):
    """Pulls on the first of November and of December, bills December, and compares {product: (quantity, amount)} and [(description, quantity, amount)];
    the workspace, and the hours behind the bill."""
    ws = Billing(folder, plugin, platform.url, client, **platform.options)
    for day in ("2026-11-01", "2026-12-01"):
        row = ws.pull(day)
        assert row["ok"], row
    ws.run("2026-12-01", "--no-pull", code=(0, 1))
    doc = ws.draft("c")
    got = {x["product"]: (x["quantity"], x["amount"]) for x in doc["lines"] if x["kind"] != "once" and x["period"]["from"] == (
        "2026-11-01" if x["product"] == "hours" else "2026-12-01")}
    assert got == expected
    assert sorted((x["description"], x["quantity"], x["amount"]) for x in doc["lines"] if x["kind"] == "once") == sorted(charges)
    return ws, {u["id"]: u["quantity"] for x in ws.explain(doc["id"])["lines"] for u in x.get("usage", [])}
