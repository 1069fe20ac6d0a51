"""A bad plugin costs its own clients only (QUALITY R5): connectors and models that crash, hang, lie, leak and reach for what is not theirs, each with a
client of its own. The command goes on, the message names the plugin and the client, and all other invoices are to the byte those of a workspace
without them."""
import json
import os
import re
import sqlite3
import time

import conftest
import installed
import pytest

BOOK = '''product "ws" { name = "WS", model = "per_unit", unit = "device", count = devices { class = "workstation" }, price = "10.00" }
product "flat" { name = "Flat", model = "flat", price = "50.00" }
'''
GOOD = [{"id": "a", "name": "A", "ids": {"sheet": "a"}}, {"id": "ka", "client": "a", "starts": "2026-11-01", "lines": [{"product": "ws"}]},
        {"id": "z", "name": "Z"}, {"id": "kz", "client": "z", "starts": "2026-11-01", "lines": [{"product": "flat"}]}]
FILTER = "Bad system call"
CONNECTORS = {  # how it misbehaves -> what the message says, after the connector's name
    "segv": "crashed with signal 11 (Segmentation fault) in pull", "abort": "crashed with signal 6 (Aborted) in pull", "exit": "exited with status 0 in pull",
    "stack": "crashed with signal 11 (Segmentation fault) in pull", "double-free": "crashed with signal 6 (Aborted) in pull", "fork": FILTER, "trace": FILTER,
    "close": "closed its connection to the host in pull", "leak": "crashed with signal 6 (Aborted) in pull", "garbage": "sent garbage instead of a frame in pull",
    "lie-facts": "sent garbage: a frame of facts that does not add up in pull", "lie-type": "sent garbage: a frame of an unknown type in pull",
    "lie-length": "crashed with signal 11 (Segmentation fault) in pull", "lie-error": "sent garbage: an error that is none in pull",
}
MODELS = {
    "segv": "crashed with signal 11", "abort": "crashed with signal 6", "exit": "exited with status 0", "stack": "crashed with signal 11",
    "double-free": "crashed with signal 6", "hang": "hung for 6 s", "close": "", "fork": FILTER, "socket": FILTER, "exec": FILTER, "trace": FILTER,
    "leak": "crashed with signal 6", "garbage": "sent garbage", "lie-rated": "sent garbage", "lie-error": "", "lie-type": "sent garbage", "lie-flood": "hung for 6 s",
}


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    return installed.copy(str(tmp_path_factory.mktemp("installed")), "test_hostile", "test_hostile_model")


@pytest.fixture(scope="module")
def walls(tmp_path_factory, command):
    """Is there a system call filter? Builds with sanitizers and coverage have none: what it alone stops must not even be tried there."""
    w = Office(tmp_path_factory.mktemp("walls") / "ws", command, connector("d", "dump"))
    w.command("pull", "--date", "2026-11-01", code=1)
    return "Seccomp:2" in w.tried("d").replace("\t", "").replace(" ", "")


NEEDS_FILTER = ("fork", "trace", "socket", "exec")
NEEDS_PLAIN = ("double-free", "leak")  # sanitizers see to these in their own way


def those(hows, walls):
    return sorted(n for n in hows if walls or n not in NEEDS_FILTER + NEEDS_PLAIN)


class Office(conftest.Workspace):
    def __init__(self, folder, command, connectors="", book="", entries=(), env=None):
        super().__init__(folder)
        # A crash is to be a crash: the sanitizers' own handlers would make an exit of it.
        self.bin, self.env = command, dict({"ASAN_OPTIONS": "handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigill=0:detect_leaks=0"}, **env or {})
        self.config(conftest.SHEET + connectors)
        self.book(BOOK + book)
        self.clients(*GOOD, *entries)
        self.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-10-01"))

    def command(self, *args, **kw):
        was, conftest.BIN = conftest.BIN, self.bin
        try:
            return super().command(*args, env=dict(self.env, **kw.pop("env", None) or {}), **kw)
        finally:
            conftest.BIN = was

    def documents(self, *clients):
        """Without the hash of the evidence: it counts pulls, and others' count."""
        found = [x for x in self.command("export", "--format", "json").out.splitlines() if json.loads(x)["client"]["id"] in clients]
        return sorted(re.sub(r'"evidence":"[0-9a-f]{64}"', "", x) for x in found)

    def tried(self, name):
        """What a connector has written down of its attempts."""
        with sqlite3.connect(self.path("billhook.db")) as db:
            rows = db.execute("SELECT a.attrs FROM asset a JOIN place p ON p.num=a.place JOIN connector c ON c.num=p.connector "
                              "WHERE c.name=? AND a.id='tried' AND a.until_pull IS NULL", (name,)).fetchall()
        return json.loads(rows[0][0])["what"]


def connector(name, how, extra=""):
    return 'connector "%s" { plugin = "test_hostile", client = "c", how = "%s"%s }\n' % (name, how, extra)


def client_of(name):
    count = {"devices": {"class": "workstation", "from": name}}
    return [{"id": "c-" + name, "name": name, "ids": {name: "c"}},
            {"id": "k-" + name, "client": "c-" + name, "starts": "2026-11-01", "lines": [{"product": "ws", "count": count}]}]


def held_of(run):
    return {h["client"]: h for h in run["held"]}


def test_bad_connectors(tmp_path, command, walls):
    names = those(CONNECTORS, walls)
    alone = Office(tmp_path / "alone", command)
    w = Office(tmp_path / "ws", command, "".join(connector(n, n) for n in names), entries=[e for n in names for e in client_of(n)])
    began = time.monotonic()
    run = w.run("2026-11-01", code=5)
    assert time.monotonic() - began < 60
    alone.run("2026-11-01")
    rows = {c["name"]: c for c in run["connectors"]}
    for n in names:
        assert rows[n]["ok"] is False and rows[n]["error"].startswith('connector "%s": ' % n) and CONNECTORS[n] in rows[n]["error"], rows[n]
        held = held_of(run)["c-" + n]
        assert held["reason"] in ("connector-failed", "no-facts") and n in held["message"] and "c-" + n in held["message"]
    assert set(held_of(run)) == {"c-" + n for n in names}
    assert not [d for d in w.drafts() if d["client"]["id"].startswith("c-") and d["lines"]]
    assert w.documents("a", "z") == alone.documents("a", "z") and len(w.documents("a", "z")) == 2
    with sqlite3.connect(w.path("billhook.db")) as db:
        assert db.execute("SELECT count(*) FROM asset").fetchone() == (2,)  # what they had sent before they ended is not there
    w.verify()


ENDLESS = {  # how it is; what makes the walls near; what the message says
    "endless": ({"BILLHOOK_STAGED_MIB": "24"}, r"more came than the 24 MiB of facts that one pull may bring: \d{6} assets, 0 gauges, 0 usage records, "
                "0 charges, 0 products, 0 costs"),
    "endless-disk": ({"BILLHOOK_FREE_MIB": "1000000000"}, r"the temporary folder %s is nearly full: \d+ MiB are free, of which 1000000000 are kept, and \d+ "
                     r"MiB of facts came: \d{5,7} assets, 0 gauges, .*"),
    "endless-kinds": ({}, "more than 10000 kinds of assets in one pull"),
    "endless-contracts": ({"BILLHOOK_STAGED_MIB": "2"}, r"more came than the 2 MiB of contracts that one pull may bring: \d+ contracts"),
}


@pytest.mark.parametrize("how", sorted(ENDLESS))
def test_a_connector_without_end(tmp_path, command, how):
    """Facts and facts: neither the disk nor the memory of the others is filled by them."""
    env, says = ENDLESS[how]
    spill = str(tmp_path / "spill")
    os.mkdir(spill)
    alone = Office(tmp_path / "alone", command)
    w = Office(tmp_path / "ws", command, connector("e", how.replace("-disk", ""), ", contracts = true" if how == "endless-contracts" else ""),
               entries=client_of("e"), env=dict(env, TMPDIR=spill))
    began = time.monotonic()
    run = w.run("2026-11-01", code=5)
    alone.run("2026-11-01")
    assert time.monotonic() - began < 60
    (row,) = [c for c in run["connectors"] if c["name"] == "e"]
    said = re.fullmatch(r'connector "e": (?:asset "[^"]*" of client "c": )?' + (says % re.escape(spill) if "%s" in says else says), row["error"])
    assert row["ok"] is False and said, row["error"]
    assert set(held_of(run)) == {"c-e"} and w.documents("a", "z") == alone.documents("a", "z") and len(w.documents("a", "z")) == 2
    assert os.listdir(spill) == []
    with sqlite3.connect(w.path("billhook.db")) as db:
        assert db.execute("SELECT count(*) FROM asset").fetchone() == (2,)
    w.verify()


def test_a_connector_that_hangs_is_stopped_with_the_command(tmp_path, command):
    """Interrupted, the command is gone within seconds, and so is its worker."""
    import signal
    import subprocess
    w = Office(tmp_path / "ws", command, connector("hang", "hang"), entries=client_of("hang"))
    p = subprocess.Popen([command, "-w", w.folder, "pull", "--date", "2026-11-01"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def workers():
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as f:
                    words = f.read().split(b"\0")
                if words[0] == os.fsencode(os.path.join(os.path.dirname(command), "billhook-worker")) and words[2] == b"hang":
                    found.append(pid)
            except (OSError, IndexError):
                pass
        return found

    def until(what):
        end = time.monotonic() + 30
        while not what():
            assert time.monotonic() < end
            time.sleep(0.02)

    try:
        until(workers)
        p.send_signal(signal.SIGKILL)  # its parent is gone: it dies with it
        p.wait(30)
        until(lambda: not workers())
    finally:
        p.kill()


@pytest.mark.parametrize("how", ["host", "store"])
def test_what_is_not_theirs_is_refused(tmp_path, command, walls, how):
    """Signals to the host, its memory and environment, the store: refused, and the connector goes on; all are billed."""
    if not walls:
        pytest.skip("no system call filter in this build")
    alone = Office(tmp_path / "alone", command)
    w = Office(tmp_path / "ws", command, entries=client_of("x"))
    w.config(conftest.SHEET + connector("x", how, ', store = "%s"' % w.path("billhook.db")))
    for day in ("2026-11-01", "2026-11-02"):  # the store is there at the second
        run = w.run(day)
        alone.run(day)
        assert run["held"] == []
    tried = w.tried("x")
    assert "DONE" not in tried and tried.count(":refused") >= 13, tried
    assert w.documents("a", "z") == alone.documents("a", "z")
    assert [d["total"] for d in w.drafts() if d["client"]["id"] == "c-x"] == ["10.00"]
    w.verify()


def test_what_does_no_harm(tmp_path, command):
    """Threads left running; signal handlers, umask, locale and folder changed: it is the worker's own."""
    alone = Office(tmp_path / "alone", command)
    w = Office(tmp_path / "ws", command, connector("threads", "threads") + connector("manners", "manners"), entries=client_of("threads") + client_of("manners"))
    began = time.monotonic()
    assert w.run("2026-11-01")["held"] == []
    assert time.monotonic() - began < 30
    alone.run("2026-11-01")
    assert w.documents("a", "z") == alone.documents("a", "z")
    assert [d["total"] for d in w.drafts() if d["client"]["id"].startswith("c-")] == ["10.00", "10.00"]
    assert os.stat(w.path("billhook.db")).st_mode & 0o777 == 0o600


def test_a_worker_knows_its_own_secrets_and_no_others(tmp_path, command, walls):
    own, others = "sesame-street-41", "swordfish-77-blue"
    turned = "".join(chr(ord(c) + 1) for c in others)
    env = {"OWN": own, "OTHERS": others, "TURNED": turned, "AWS_SECRET_ACCESS_KEY": others, "PGPASSWORD": others}
    w = Office(tmp_path / "ws", command, env=env)
    w.config(conftest.SHEET + connector("dump", "dump", ', token = secret "env:OWN"') + connector("other", "segv", ', token = secret "env:OTHERS"')
             + connector("search", "search", ', token = secret "env:TURNED"')
             + connector("control", "search", ', token = secret "env:TURNED", store = "%s"' % others))
    done = w.command("pull", "--date", "2026-11-01", code=5)
    assert own not in done.out + done.err and others not in done.out + done.err
    dump = w.tried("dump")
    names = {x[4:] for x in dump.split() if x.startswith("env=")}
    assert names <= {"PATH", "TMPDIR", "LANG", "LC_ALL", "BILLHOOK_NOW", "BILLHOOK_FAULT", "BILLHOOK_HTTP_HASTE", "SSL_CERT_FILE", "SSL_CERT_DIR",
                     "CURL_CA_BUNDLE", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                     "GCOV_PREFIX", "GCOV_PREFIX_STRIP"}, names
    if walls:  # a sanitizer does not let a plugin read all of its own memory
        assert w.tried("search") == "searched:1 found:0"
        assert re.fullmatch(r"searched:1 found:[1-9]\d*", w.tried("control")), w.tried("control")  # it would be found
    with open(w.path("billhook.db"), "rb") as f:
        stored = f.read()
    assert own.encode() not in stored


def test_the_walls_are_there(tmp_path, command, walls):
    """As the kernel shows them from inside: no new privileges, a filter, none of root's powers but reading, killed with the parent, limits."""
    w = Office(tmp_path / "ws", command, connector("dump", "dump"))
    w.command("pull", "--date", "2026-11-01", code=1)  # exit 1: nobody claims the client
    dump = w.tried("dump")
    said = dict(re.findall(r"(\S+?):\s*(\S+)", dump))
    assert said["NoNewPrivs"] == "1" and said["death"] == "9" and said["dumpable"] == "0" and said["core"] == "0" and said["files"] == "256", dump
    assert int(said["CapEff"], 16) & ~0x4 == 0 and int(said["CapPrm"], 16) & ~0x4 == 0, dump
    assert said["cwd-fds"] == "1", dump  # nothing is inherited beyond the channel
    if not walls:
        pytest.skip("no system call filter in this build")
    assert said["Seccomp"] == "2" and said["memory"] == str(1 << 30), dump


# ---- models ----

def priced(model, name, how):
    return 'product "%s" { name = "%s", model = "%s", price = "7.00", how = "%s", quantity = 3 }\n' % (name, name, model, how)


def buyer(name):
    return [{"id": "m-" + name, "name": name}, {"id": "km-" + name, "client": "m-" + name, "starts": "2026-11-01", "lines": [{"product": "flat"}, {"product": name}]}]


def test_bad_models(tmp_path, command, walls):
    names = those(MODELS, walls)
    alone = Office(tmp_path / "alone", command, entries=buyer_of_good())
    w = Office(tmp_path / "ws", command, book="".join(priced("test_hostile_model", n, n) for n in names),
               entries=[e for n in names for e in buyer(n)] + buyer_of_good())
    began = time.monotonic()
    run = w.run("2026-11-01", code=1)
    assert time.monotonic() - began < 60
    alone.run("2026-11-01")
    assert set(held_of(run)) == {"m-" + n for n in names}
    for n in names:
        held = held_of(run)["m-" + n]
        assert held["reason"] == "plugin-failed" and "km-" + n in held["message"] and 'model "test_hostile_model"' in held["message"], held
        assert MODELS[n] in held["message"], held
    assert w.documents("a", "z", "g") == alone.documents("a", "z", "g") and len(w.documents("a", "z", "g")) == 3
    assert not [d for d in w.drafts() if d["client"]["id"].startswith("m-") and d["total"] != "0.00" and d["hold"] is None]
    w.verify()


def buyer_of_good():
    return [{"id": "g", "name": "G"}, {"id": "kg", "client": "g", "starts": "2026-11-01", "lines": [{"product": "flat"}]}]


def test_models_behind_their_walls(tmp_path, command, walls):
    """No file, no signal, no thread; what they change of their process changes nobody's invoice."""
    if not walls:
        pytest.skip("no system call filter in this build")
    w = Office(tmp_path / "ws", command, book=priced("test_hostile_model", "attempts", "attempts") + priced("test_hostile_model", "manners", "manners"),
               entries=buyer("attempts") + buyer("manners"))
    assert w.run("2026-11-01")["held"] == []
    assert sorted(d["total"] for d in w.drafts() if d["client"]["id"].startswith("m-")) == ["71.00", "71.00"]  # 50.00 + 3 × 7.00
    assert not os.path.exists("/tmp/billhook-must-not-be")


def test_a_model_that_cannot_be_loaded(tmp_path, tmp_path_factory):
    """It ends the process that loads it: its lines are held, and named; everybody else is billed, also where nobody needs it."""
    command = installed.copy(str(tmp_path_factory.mktemp("installed")), "test_hostile_load", "test_hostile_model")
    w = Office(tmp_path / "ws", command)
    assert w.run("2026-11-01")["held"] == [] and len(w.documents("a", "z")) == 2
    w = Office(tmp_path / "needed", command, book=priced("test_hostile_load", "bad", "nothing") + priced("test_hostile_model", "good", "nothing"),
               entries=buyer("bad") + buyer("good"))
    run = w.run("2026-11-01", code=1)
    held = held_of(run)
    assert set(held) == {"m-bad"} and held["m-bad"]["reason"] == "plugin-failed"
    assert 'model "test_hostile_load"' in held["m-bad"]["message"] and "crashed with signal 11" in held["m-bad"]["message"]
    assert [d["total"] for d in w.drafts() if d["client"]["id"] == "m-good"] == ["71.00"] and len(w.documents("a", "z")) == 2


def test_a_model_that_nobody_names(tmp_path, tmp_path_factory):
    """One that hangs when it is loaded costs nobody anything while no line needs it, and then those lines alone."""
    command = installed.copy(str(tmp_path_factory.mktemp("installed")), "test_hostile_stuck", "test_hostile_load")
    sign = str(tmp_path / "loaded")
    w = Office(tmp_path / "ws", command, book=priced("test_hostile_stuck", "stuck", "nothing"), env={"TMPDIR": str(tmp_path)})
    assert w.run("2026-11-01")["held"] == [] and len(w.documents("a", "z")) == 2
    assert not os.path.exists(sign)
    w = Office(tmp_path / "needed", command, book=priced("test_hostile_stuck", "stuck", "nothing"), entries=buyer("stuck"), env={"TMPDIR": str(tmp_path)})
    run = w.run("2026-11-01", code=1)
    assert os.path.exists(sign)
    assert set(held_of(run)) == {"m-stuck"} and 'model "test_hostile_stuck"' in held_of(run)["m-stuck"]["message"]
    assert len(w.documents("a", "z")) == 2


def test_a_model_that_writes_over_others(tmp_path, tmp_path_factory):
    """What it does to the memory of its process changes the bills of those who have it, and of nobody else."""
    command = installed.copy(str(tmp_path_factory.mktemp("installed")), "test_hostile_model", "test_hostile_second")
    after = buyer_of("zz", {"product": "ws", "quantity": 3}) + buyer_of("zzz", {"product": "flat"}, {"product": "second"})
    book = priced("test_hostile_model", "trample", "trample") + priced("test_hostile_second", "second", "nothing")
    alone = Office(tmp_path / "alone", command, book=book, entries=after)
    w = Office(tmp_path / "ws", command, book=book, entries=buyer("trample") + after)
    for jobs in ("1", "3"):
        run = w.run("2026-11-01", "--jobs", jobs)
        alone.run("2026-11-01")
        assert run["held"] == []
        (own,) = [d for d in w.drafts() if d["client"]["id"] == "m-trample"]
        assert [x["amount"] for x in own["lines"]] == ["50.00", "21.00"]  # in its own process the others had been called before
        assert w.documents("a", "z", "zz", "zzz") == alone.documents("a", "z", "zz", "zzz") and len(w.documents("a", "z", "zz", "zzz")) == 4
        assert {d["client"]["id"]: d["total"] for d in w.drafts() if d["client"]["id"] != "m-trample"} == {"a": "20.00", "z": "50.00", "zz": "30.00", "zzz": "71.00"}


def buyer_of(name, *lines, **more):
    return [{"id": name, "name": name}, dict({"id": "k-" + name, "client": name, "starts": "2026-11-01", "lines": list(lines)}, **more)]


ASKS = """return function(bill)
  bill:add { id = "asked", text = "Asked", quantity = bill:count(devices { class = "workstation" }), price = "1.00" }
end
"""


def test_models_apart_are_billed_as_all_others(tmp_path, tmp_path_factory):
    """Two foreign models, together and each by itself, among clients without any, with rules that ask while they run: in one order, whatever the number of jobs."""
    command = installed.copy(str(tmp_path_factory.mktemp("installed")), "test_hostile_model", "test_hostile_second")
    ways = [["flat"], ["flat", "one"], ["flat", "two"], ["flat", "one", "two"]]
    total = {0: 5000, 1: 7100, 2: 7100, 3: 9200}
    entries, devices, want = [], [], {}
    for i in range(700):
        name = "n%03d" % i
        count = 1 + i % 5
        entries += [{"id": name, "name": name, "ids": {"sheet": name}},
                    {"id": "k-" + name, "client": name, "starts": "2026-11-01", "rule": "asks", "lines": [{"product": p} for p in ways[i * i % 7 % 4]]}]
        devices += [(name, "%s-%d" % (name, k), "2026-10-01") for k in range(count)]
        want[name] = total[i * i % 7 % 4] + 100 * count
    book = priced("test_hostile_model", "one", "nothing") + priced("test_hostile_second", "two", "nothing")
    found = []
    for jobs in ("1", "2", "5"):
        w = Office(tmp_path / jobs, command, book=book, entries=entries)
        w.write("rules/asks.lua", ASKS)
        w.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-10-01"), *devices)
        assert w.run("2026-11-01", "--jobs", jobs)["held"] == []
        drafts = w.drafts()
        assert {d["client"]["id"]: int(d["total"].replace(".", "")) for d in drafts if d["client"]["id"] in want} == want
        found.append(w.documents(*want, "a", "z"))
    assert found[0] == found[1] == found[2] and len(found[0]) == 702
