"""Facts as JSON lines, from files (jsonl) and from a program (command): what is counted, and what a malformed line or a failing program says."""
import json
import os
import signal
import stat
import subprocess
import time

import pytest
from conftest import BIN
from platforms.psa import dump

BOOK = '''product "ws" { name = "WS", model = "per_unit", unit = "device", count = devices { class = "workstation" }, price = "10.00" }
product "seat" { name = "Seat", model = "per_unit", count = users {}, price = "3.00" }
product "lic" { name = "Licence", model = "per_unit", count = gauge { metric = "spb" }, price = "26.40" }
product "gb" { name = "Backup", model = "usage", unit = "GB", count = usage { metric = "gb" }, price = "0.50", timing = "arrears" }
'''
TODAY = {"BILLHOOK_NOW": "2026-12-01T15:00:00Z"}


def feed(ws, connector, lines=("ws",)):
    ws.config('connector "feed" { %s }\n' % connector)
    ws.book(BOOK)
    ws.clients({"id": "acme", "name": "Acme", "ids": {"feed": "a-1"}},
               {"id": "k", "client": "acme", "starts": "2026-12-01", "lines": [{"product": p} for p in lines]})


def text(*facts):
    return "".join(json.dumps(f) + "\n" for f in facts)


def device(n, client="a-1", **more):
    return dict({"type": "asset", "client": client, "kind": "device", "class": "workstation", "id": "d%d" % n, "name": "PC-%d" % n}, **more)


def user(n, client="a-1"):
    return {"type": "asset", "client": client, "kind": "user", "id": "u%d" % n, "name": "U%d" % n}


def pull(ws, code=(0, 1)):
    done = ws.command("pull", "--json", code=code, env=TODAY)
    return done.json["connectors"][0]


def program(ws, body, name="feed.sh"):
    path = ws.write(name, "#!/bin/sh\n" + body)
    os.chmod(path, 0o755)


def quantity(ws, product, date="2026-12-01"):
    doc = [d for d in ws.export() if d["state"] == "draft"][0]
    return [x["quantity"] for x in doc["lines"] if x["product"] == product]


# ---- jsonl ----

def test_a_folder_is_read_in_order_and_bills(ws):
    feed(ws, 'plugin = "jsonl", path = "facts"', ("ws", "seat", "lic"))
    ws.write("facts/1.jsonl", "\ufeff" + text({"type": "client", "id": "a-1", "name": "Acme Dental", "domain": "acme.example"},
                                              device(1, site="Troy", ram=16, leased=True), device(2), user(1)))
    ws.write("facts/2.jsonl", "\r\n" + text(device(3), user(2), {"type": "gauge", "client": "a-1", "metric": "spb", "value": 4, "date": "2026-12-01"}).replace("\n", "\r\n"))
    ws.write("facts/notes.txt", "not a fact")
    ws.write("facts/.hidden.jsonl", "not a fact")
    got = pull(ws, 0)
    assert (got["ok"], got["assets"], got["gauges"], got["unmapped"]) == (True, 5, 1, []), got
    ws.run("2026-12-01", "--no-pull")
    assert [quantity(ws, p) for p in ("ws", "seat", "lic")] == [["3"], ["2"], ["4"]]


def test_one_file_and_a_last_line_without_its_end(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    ws.write("feed.jsonl", text(device(1), device(2)).rstrip("\n"))
    assert pull(ws)["assets"] == 2


def test_usage_and_charges_are_billed_once(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"', ("gb",))
    used = {"type": "usage", "client": "a-1", "metric": "gb", "quantity": "12.5", "date": "2026-12-03", "agent": "bob"}
    ws.write("feed.jsonl", text(used, used, {"type": "usage", "client": "a-1", "metric": "gb", "quantity": 3, "date": "2026-12-04", "id": "x"},
                                {"type": "charge", "client": "a-1", "id": "c1", "date": "2026-12-05", "description": "Cable", "quantity": 3,
                                 "unit_price": "9.99"}))
    first = pull(ws)
    assert (first["usage"], first["charges"], first["changed"]) == (3, 1, 4), first
    assert pull(ws)["changed"] == 0  # the same lines have the same ids
    ws.command("run", "--date", "2027-01-01", "--no-pull", "--json", code=(0, 1))
    doc = ws.export()[-1]
    amounts = sorted(x["amount"] for x in doc["lines"])
    assert amounts == ["14.00", "29.97"]  # 28 GB at 0.50; 3 cables


def test_without_complete_the_assets_are(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    ws.write("feed.jsonl", text(device(1), device(2), user(1)))
    pull(ws)
    ws.write("feed.jsonl", text(device(1)))
    assert pull(ws)["gone"] == 2
    # No asset on any line says nothing of assets.
    ws.write("feed.jsonl", text({"type": "gauge", "client": "a-1", "metric": "spb", "value": 1, "date": "2026-12-01"}))
    assert pull(ws)["gone"] == 0


def test_complete_says_what_is_complete_and_no_more(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    ws.write("feed.jsonl", text(device(1), device(2), device(9, "b-1"), user(1)))
    pull(ws)
    ws.write("feed.jsonl", text(device(1), {"type": "complete", "kind": "device", "client": "a-1"}))
    assert pull(ws)["gone"] == 1  # device 2: the other client's device and the user stay
    names = [{"type": "client", "id": "a-1"}, {"type": "client", "id": "b-1"}]
    ws.write("feed.jsonl", text({"type": "complete", "kind": "device"}, *names))
    assert pull(ws)["gone"] == 2
    ws.write("feed.jsonl", text({"type": "complete"}, *names))
    assert pull(ws)["gone"] == 1


def test_a_client_that_is_not_named_keeps_what_it_has(ws):
    both = text(device(1), device(2, "b-1"))
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    ws.write("feed.jsonl", both)
    pull(ws)
    ws.write("feed.jsonl", text(device(1), {"type": "complete"}))
    assert pull(ws)["gone"] == 0


def test_a_failed_client_keeps_what_it_has(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    ws.write("feed.jsonl", text(device(1), device(2, "b-1")))
    pull(ws)
    ws.write("feed.jsonl", text({"type": "failed", "client": "a-1", "why": "403 from its console"}, {"type": "client", "id": "b-1"},
                                {"type": "complete"}))
    assert pull(ws)["gone"] == 1


def test_dates_of_three_kinds(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    ws.write("feed.jsonl", text(device(1, **{"from": "2026-11-01", "to": "2026-12-31"}), device(2, **{"from": "2026-11-01"}),
                                dict(user(1), date="2026-11-15"), dict(user(1), date="2026-11-20")))
    assert pull(ws)["assets"] == 4


def test_everything_that_a_line_may_be(ws):
    ws.write("feed.jsonl", text(device(1, site="Troy", ram=16, leased=True, note=None), {"type": "product", "id": "p1", "name": "Premium", "cost": "19.80", "unit_price": "22"},
                                {"type": "cost", "client": "a-1", "id": "i1-1", "product": "p1", "currency": "USD", "from": "2026-11-01",
                                 "to": "2026-11-30", "quantity": 4, "amount": "-79.20"},
                                {"type": "client", "id": "a-1", "name": "Acme", "domain": "acme.example"}, {"type": "client", "id": "b-1"},
                                {"type": "complete", "kind": "device"}, {"type": "complete", "client": "b-1"}))
    found = dump("jsonl", folder=ws.folder, path="feed.jsonl")
    (asset,) = found["asset"]
    assert asset["attrs"] == {"site": "Troy", "ram": "16", "leased": "true"}
    assert found["product"] == [{"id": "p1", "name": "Premium", "price": "22", "cost": "19.80"}]
    assert found["cost"] == [{"client": "a-1", "id": "i1-1", "product": "p1", "description": "", "currency": "USD", "from": "2026-11-01",
                              "until": "2026-12-01", "quantity": "4", "amount": "-79.20"}]
    assert [(c["id"], c["name"], c["domain"]) for c in found["client"]] == [("a-1", "Acme", "acme.example"), ("b-1", "b-1", "")]
    assert found.scopes() == {("device", "*"): True, ("*", "b-1"): True}


BAD = [
    ("{", "feed.jsonl:2: is not valid JSON"),
    ("[1]", "feed.jsonl:2: is not a JSON object"),
    ("{} {}", "feed.jsonl:2: is not valid JSON"),
    ('{"type":"asset","client":"a-1","kind":"device","id":"\xff"}'.encode("latin-1"), "feed.jsonl:2: is not valid JSON"),
    ({"client": "a-1"}, "feed.jsonl:2: type: is missing"),
    ({"type": "assets"}, "feed.jsonl:2: type: must be client, asset, gauge"),
    ('{"type":"client","id":"x","id":"y"}', "feed.jsonl:2: id: stands there twice"),
    ({"type": "asset", "client": "a-1", "kind": "device"}, "feed.jsonl:2: id: is missing"),
    ({"type": "asset", "client": "a-1", "kind": "device", "id": ""}, "feed.jsonl:2: id: is missing"),
    ({"type": "asset", "client": "a-1", "kind": "device", "id": True}, "feed.jsonl:2: id: must be text or a number"),
    ({"type": "asset", "client": "a-1", "kind": "device", "id": "a\0b"}, "feed.jsonl:2: is not valid JSON"),
    ({"type": "asset", "client": "a-1", "kind": "device", "id": "x" * 501}, "feed.jsonl:2: id: is too long"),
    ({"type": "asset", "client": "*", "kind": "device", "id": "1"}, 'feed.jsonl:2: client: "*" is no client'),
    (dict(device(5), tags=["a"]), "feed.jsonl:2: tags: an attribute must be text"),
    (dict(device(5), to="2026-01-01"), "feed.jsonl:2: to: stands there without from"),
    (dict(device(5), **{"from": "2026-01-02", "to": "2026-01-01"}), "feed.jsonl:2: to: lies before from"),
    (dict(device(5), **{"from": "2026-01-02", "date": "2026-01-01"}), "feed.jsonl:2: date: stands beside from or to"),
    (dict(device(5), **{"from": "2026-01-02"}), "feed.jsonl:2: kind: assets of this kind come with no dates and with from"),
    (dict(device(5), last_seen="yesterday"), 'feed.jsonl:2: last_seen: "yesterday" is not a date'),
    ({"type": "gauge", "client": "a-1", "metric": "m", "value": "12,5"}, 'feed.jsonl:2: value: "12,5" is not a number'),
    ({"type": "gauge", "client": "a-1", "metric": "m", "value": 1e300}, 'feed.jsonl:2: value: "1e+300" is not a number'),
    ({"type": "gauge", "client": "a-1", "metric": "m", "value": -1}, "feed.jsonl:2: value: is below zero"),
    ({"type": "gauge", "client": "a-1", "metric": "m", "value": 1, "site": "T"}, 'feed.jsonl:2: site: a line of type "gauge" has no such member'),
    ({"type": "usage", "client": "a-1", "metric": "m", "quantity": 1}, "feed.jsonl:2: date: is missing"),
    ({"type": "usage", "client": "a-1", "metric": "m", "quantity": "1.1234567", "date": "2026-12-01"}, "with at most 6 decimals"),
    ({"type": "charge", "client": "a-1", "id": "1", "date": "2026-12-01", "quantity": 1}, "feed.jsonl:2: product: neither"),
    ({"type": "charge", "client": "a-1", "id": "1", "date": "2026-12-01", "quantity": 1, "description": "x"}, "feed.jsonl:2: unit_price: is missing"),
    ({"type": "cost", "client": "a-1", "id": "1", "product": "p", "currency": "USD", "from": "2026-11-02", "to": "2026-11-01",
      "quantity": 1, "amount": 1}, "feed.jsonl:2: to: lies before from"),
    ({"type": "cost", "client": "a-1", "id": "1", "product": "p", "currency": "usd", "from": "2026-11-02", "to": "2026-11-02",
      "quantity": 1, "amount": 1}, "feed.jsonl:2: currency: must be three capital letters"),
]


@pytest.mark.parametrize("line,words", BAD, ids=[str(i) for i in range(len(BAD))])
def test_a_malformed_line_rejects_the_pull_and_is_named(ws, line, words):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    first = text(device(1)).encode()
    ws.write("feed.jsonl", first.decode())
    assert pull(ws)["assets"] == 1
    bad = line if isinstance(line, bytes) else line.encode() if isinstance(line, str) else json.dumps(line).encode()
    with open(ws.path("feed.jsonl"), "wb") as f:
        f.write(first + bad + b"\n" + text(device(7)).encode())
    got = pull(ws, 5)
    assert not got["ok"] and words in got["error"], got["error"]
    assert got["changed"] == 0 and got["gone"] == 0


def test_the_same_client_twice_is_a_mistake(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    ws.write("feed.jsonl", text({"type": "client", "id": "a-1"}, {"type": "client", "id": "a-1", "name": "Other"}))
    assert "feed.jsonl:2: id: this client has had a line already" in pull(ws, 5)["error"]


def test_nothing_is_not_none(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    assert 'there is no file or folder "feed.jsonl"' in pull(ws, 5)["error"]
    ws.write("feed.jsonl", "\n \n")
    assert "feed.jsonl: not one line came" in pull(ws, 5)["error"]
    feed(ws, 'plugin = "jsonl", path = "facts"')
    ws.write("facts/1.jsonl", text(device(1)))
    ws.write("facts/2.jsonl", "")
    assert "facts/2.jsonl: not one line came" in pull(ws, 5)["error"]


def test_a_folder_without_files_and_a_path_outside(ws):
    feed(ws, 'plugin = "jsonl", path = "facts"')
    ws.write("facts/readme.md", "x")
    assert 'the folder "facts" has no *.jsonl' in pull(ws, 5)["error"]
    feed(ws, 'plugin = "jsonl", path = "../facts"')
    assert "leads out of the workspace" in pull(ws, 5)["error"]


def test_a_line_longer_than_a_mebibyte(ws):
    feed(ws, 'plugin = "jsonl", path = "feed.jsonl"')
    ws.write("feed.jsonl", text(device(1)) + '{"type":"asset","x":"' + "y" * (1 << 20) + '"}\n')
    assert "feed.jsonl:2: the line is longer than 1 MiB" in pull(ws, 5)["error"]


# ---- command ----

def test_a_program_brings_facts(ws):
    feed(ws, 'plugin = "command", program = "./feed.sh  2 a-1"', ("ws", "lic"))
    program(ws, 'i=0\nwhile [ $i -lt $1 ]; do i=$((i+1))\n'
                'echo "{\\"type\\":\\"asset\\",\\"client\\":\\"$2\\",\\"kind\\":\\"device\\",\\"class\\":\\"workstation\\",\\"id\\":\\"d$i\\"}"\ndone\n'
                'printf \'{"type":"gauge","client":"a-1","metric":"spb","value":"7"}\'\n')
    got = pull(ws)
    assert (got["ok"], got["assets"], got["gauges"]) == (True, 2, 1), got
    ws.run("2026-12-01", "--no-pull")
    assert quantity(ws, "ws") == ["2"] and quantity(ws, "lic") == ["7"]  # a gauge without a date is the pull's


def test_what_a_program_finds(ws):
    """The workspace's folder, nothing to read, a small environment, no descriptor of ours."""
    feed(ws, 'plugin = "command", program = "./feed.sh"')
    program(ws, 'pwd >seen; env >>seen; cat >>seen; ls /proc/self/fd >>seen\necho \'{"type":"complete"}\'\n')
    done = ws.command("pull", "--json", env=dict(TODAY, MESH_TOKEN="hush", LC_ALL="C.UTF-8"))
    assert done.json["connectors"][0]["ok"]
    lines = ws.read("seen").split("\n")
    assert os.path.realpath(lines[0]) == os.path.realpath(ws.folder)
    names = {x.split("=")[0] for x in lines[1:] if "=" in x}
    assert "PATH" in names and "LC_ALL" in names
    assert names <= {"PATH", "TMPDIR", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "http_proxy", "https_proxy",
                     "HTTPS_PROXY", "no_proxy", "NO_PROXY", "PWD", "OLDPWD", "SHLVL", "_"}, names
    assert [x for x in lines[1:] if x.isdigit()] == ["0", "1", "2", "3"]  # 3: the folder that ls reads


@pytest.mark.parametrize("body,words", [
    ('echo first >&2; echo "cannot log in" >&2; echo; exit 3', "./feed.sh ended with status 3: cannot log in"),
    ("kill -9 $$", "./feed.sh was ended by signal 9"),
    ("exit 0", "output: not one line came"),
    ("echo '{\"type\":\"asset\"}'; sleep 600", "output:1: client: is missing"),
    ("printf '\\377\\n'", "line 1 of its output is not UTF-8 text"),
    ("head -c 1200000 /dev/zero | tr '\\0' x; sleep 600", "line 1 of its output is longer than 1 MiB"),
], ids=["status", "signal", "nothing", "malformed", "bytes", "long"])
def test_a_program_that_fails_changes_nothing(ws, body, words):
    feed(ws, 'plugin = "command", program = "./feed.sh"')
    program(ws, "echo '%s'\n" % json.dumps(device(1)))
    assert pull(ws)["assets"] == 1
    program(ws, body + "\n")
    got = pull(ws, 5)
    assert not got["ok"] and words in got["error"], got["error"]


def test_lines_before_a_failure_do_not_count(ws):
    feed(ws, 'plugin = "command", program = "./feed.sh"')
    program(ws, "echo '%s'; exit 1\n" % json.dumps(device(1)))
    assert pull(ws, 5)["assets"] == 0
    program(ws, "echo '%s'\n" % json.dumps(device(2)))
    assert pull(ws)["changed"] == 1


def test_a_program_that_is_not_there_or_may_not_run(ws):
    feed(ws, 'plugin = "command", program = "./nowhere"')
    assert "cannot start ./nowhere: No such file or directory" in pull(ws, 5)["error"]
    ws.write("nowhere", "#!/bin/sh\n")
    os.chmod(ws.path("nowhere"), stat.S_IRUSR)
    assert "cannot start ./nowhere: Permission denied" in pull(ws, 5)["error"]
    feed(ws, 'plugin = "command", program = " "')
    assert 'option "program": names no program' in pull(ws, 5)["error"]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open("/proc/%d/stat" % pid) as f:
        return f.read().rsplit(")", 1)[1].split()[0] != "Z"


def wait_gone(pid, seconds=10):
    until = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


def wait_for(path, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with open(path) as f:
                found = f.read().split()
            if len(found) == 2:
                return [int(x) for x in found]
        except FileNotFoundError:
            pass
        time.sleep(0.02)
    raise AssertionError("the program has not started")


SLEEPERS = "sleep 600 & echo $$ $! >pids; echo 'at work' >&2; wait\n"


def test_time_out_ends_the_program_and_what_it_started(ws):
    feed(ws, 'plugin = "command", program = "./feed.sh", timeout = "1s"')
    program(ws, SLEEPERS)
    assert "./feed.sh was not done after 1 s: at work" in pull(ws, 5)["error"]
    assert all(wait_gone(pid) for pid in wait_for(ws.path("pids")))


def test_what_a_good_program_leaves_running_is_ended(ws):
    feed(ws, 'plugin = "command", program = "./feed.sh"')
    program(ws, "sleep 600 & echo $$ $! >pids; echo '{\"type\":\"complete\"}'\n")
    assert pull(ws)["ok"]
    assert all(wait_gone(pid) for pid in wait_for(ws.path("pids")))


@pytest.mark.parametrize("victim", ["host", "worker"])
def test_a_kill_takes_the_program_along(ws, victim):
    feed(ws, 'plugin = "command", program = "./feed.sh"')
    program(ws, SLEEPERS)
    run = subprocess.Popen([BIN, "-w", ws.folder, "pull", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        pids = wait_for(ws.path("pids"))
        if victim == "host":
            run.kill()
        else:
            with open("/proc/%d/stat" % pids[0]) as f:
                keeper = int(f.read().rsplit(")", 1)[1].split()[1])
            with open("/proc/%d/stat" % keeper) as f:
                os.kill(int(f.read().rsplit(")", 1)[1].split()[1]), signal.SIGKILL)
        assert all(wait_gone(pid) for pid in pids)
    finally:
        run.kill()
        run.communicate()


def test_a_stop_ends_the_program(ws):
    feed(ws, 'plugin = "command", program = "./feed.sh"')
    program(ws, SLEEPERS)
    run = subprocess.Popen([BIN, "-w", ws.folder, "pull", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pids = wait_for(ws.path("pids"))
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=20)
    assert run.returncode == 143
    assert all(wait_gone(pid) for pid in pids)


def test_info_says_that_it_starts_programs(ws):
    ws.config()
    info = ws.command("plugin", "info", "command", "--json").json
    assert info["programs"] is True and info["network"] == "own"
    assert "programs" not in ws.command("plugin", "info", "csv", "--json").json
