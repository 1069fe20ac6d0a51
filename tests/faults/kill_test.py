"""R1: kill -9 at every failpoint of pull, run, approve and of corrections by hand over 20 clients, then again: nothing is lost, nothing is doubled.

Needs a build with failpoints (BILLHOOK_BIN). The truth is the same work without a kill: the same invoices under the same numbers.
"""
import collections
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

BIN = os.environ["BILLHOOK_BIN"]
CLIENTS = 20
DATES = ["2026-11-01", "2026-12-01"]


def workspace(folder):
    os.makedirs(os.path.join(folder, "clients"))
    os.makedirs(os.path.join(folder, "counts"))
    with open(os.path.join(folder, "billhook.lua"), "w") as f:
        f.write('company { name = "Kill MSP", currency = "USD", timezone = "UTC" }\n'
                'invoicing { stale_days = 60 }\n'
                'connector "sheet" { plugin = "csv", path = "counts" }\n'
                'tax "vat" { name = "VAT", rate = "20" }\n')
    with open(os.path.join(folder, "pricebook.lua"), "w") as f:
        f.write('product "ws" { name = "Workstation", model = "per_unit", unit = "device", price = "42.00", count = devices {} }\n'
                'product "desk" { name = "Service desk", model = "flat", price = "99.00" }\n'
                'product "gb" { name = "Backup", model = "tiered", mode = "graduated", timing = "arrears", quantity = 120,\n'
                '  tiers = { { up_to = 100, price = "0.10" }, { price = "0.05" } } }\n')
    with open(os.path.join(folder, "clients", "bulk.jsonl"), "w") as f:
        for i in range(CLIENTS):
            f.write(json.dumps({"type": "client", "id": f"c{i:02d}", "name": f"Client {i}", "ids": {"sheet": f"s{i}"}, "tax": ["vat"]}) + "\n")
            f.write(json.dumps({"type": "contract", "id": f"k{i:02d}", "client": f"c{i:02d}", "starts": "2026-10-15",
                                "lines": [{"product": "ws"}, {"product": "desk"}, {"product": "gb"}]}) + "\n")
    with open(os.path.join(folder, "counts", "assets.csv"), "w") as f:
        f.write("client,kind,class,id,name,from,to\n")
        for i in range(CLIENTS):
            for d in range(3 + i % 4):
                f.write(f"s{i},device,workstation,d{i}-{d},PC-{i}-{d},2026-10-01,\n")


def call(folder, args, fault=None, log=None):
    env = dict(os.environ)
    env.pop("BILLHOOK_FAULT", None)
    env.pop("BILLHOOK_FAULT_LOG", None)
    if fault:
        env["BILLHOOK_FAULT"] = fault
    if log:
        env["BILLHOOK_FAULT_LOG"] = log
    return subprocess.run([BIN, "-w", folder] + args, env=env, capture_output=True, text=True, timeout=120)


def steps(date):
    return [["pull", "--date", date, "--json"], ["run", "--date", date, "--no-pull", "--json"], ["approve", None, "--json"]]


def drafts_batch(folder):
    """The batch that still has drafts, as a person who looks at `invoices` would find it."""
    out = call(folder, ["export", "--format", "json"]).stdout
    batches = {json.loads(line)["batch"] for line in out.splitlines() if json.loads(line)["state"] == "draft"}
    return sorted(batches)


BY_HAND = ("reopen.", "hold.", "charge.", "replace.", "credit.", "void.")  # failpoints passed once, after the two months


def by_hand():
    """Corrections after the second month: a price put right for one client, a hold and its end, a one-off, goodwill, a void; and the run that follows."""
    why = ["--reason", "kill", "--date", "2026-12-02", "--json"]
    return [["reopen", "--product", "ws", "--from", "2026-11-01", "--to", "2026-12-31", "--client", "c00"] + why, ["hold", "c01"] + why, ["release", "c01"] + why,
            ["charge", "c02", "--text", "Visit", "--quantity", "1", "--price", "10.00", "--date", "2026-12-02", "--json"],
            ["credit", "c03-1", "--amount", "5.00"] + why, ["void", "c04-1"] + why,
            ["run", "--date", "2026-12-02", "--no-pull", "--json"], ["approve", None, "--json"]]


def done_already(folder, step):
    """Of a command that was killed: a person looks before adding the same charge, or taking the same invoice back, a second time."""
    if step[0] == "charge":
        return os.path.exists(os.path.join(folder, "clients", "charges.jsonl"))
    if step[0] in ("void", "credit"):
        done = call(folder, ["show", "c04-1" if step[0] == "void" else "c03-3", "--json"])
        return done.returncode == 0 and json.loads(done.stdout)["state"] in ("void", "draft")
    return step[0] == "release"  # it was let go, or is told that it is not held


def all_steps(folder):
    """(step, whether it is one of the two months')."""
    for date in DATES:
        for step in steps(date):
            yield step, True
    with open(os.path.join(folder, "pricebook.lua")) as f:
        book = f.read()
    with open(os.path.join(folder, "pricebook.lua"), "w") as f:
        f.write(book.replace('"42.00"', '"40.00"'))
    for step in by_hand():
        yield step, False


def play(folder, fault=None, log=None):
    """Runs both months and what follows; a killed command is simply called again. Returns how often something was killed."""
    kills = 0
    for step, monthly in all_steps(folder):
        for attempt in range(3):
            if attempt and done_already(folder, step):
                if step[0] == "release":
                    call(folder, step)
                break
            for args in ([step] if step[1] else [["approve", b, "--json"] for b in drafts_batch(folder)]):
                done = call(folder, args, fault if kills == 0 else None, log if monthly or step[0] not in ("run", "approve") else None)
                if done.returncode == -signal.SIGKILL:
                    kills += 1
                    break
                assert done.returncode == 0, (args, done.returncode, done.stdout, done.stderr)
            else:
                break
    return kills


def outcome(folder):
    verify = call(folder, ["verify", "--json"])
    assert verify.returncode == 0, verify.stdout + verify.stderr
    docs = [json.loads(line) for line in call(folder, ["export", "--format", "json"]).stdout.splitlines()]
    keys = collections.Counter((l["contract"], l["product"], l["period"]["from"], l["unit_price"]) for d in docs if d["state"] != "void" for l in d["lines"])
    assert max(keys.values()) == 1, [k for k, n in keys.items() if n > 1]
    db = sqlite3.connect(os.path.join(folder, "billhook.db"))
    assert db.execute("pragma integrity_check").fetchone() == ("ok",)
    db.close()
    return sorted((d["client"]["id"], d["number"], d["issue_date"], d["total"], d["state"]) for d in docs)


def main():
    top = tempfile.mkdtemp(prefix="billhook-kill-")
    passed = failed = 0
    try:
        truth_dir = os.path.join(top, "truth")
        workspace(truth_dir)
        log = os.path.join(top, "points")
        play(truth_dir, log=log)
        truth = outcome(truth_dir)
        # beside the invoices: a correction, a one-off, goodwill, and what was void billed anew
        assert len(truth) == CLIENTS * len(DATES) + 4, len(truth)
        with open(log) as f:
            points = collections.Counter(line.strip() for line in f)
        if not points:
            print("kill_test: this build has no failpoints", file=sys.stderr)
            return 2
        for name, times in sorted(points.items()):
            # Each pass of the point in the first month; the second month then goes on from what the kill left.
            limit = 1 if name.startswith(BY_HAND) else times // len(DATES)
            for n in range(1, limit + 1):
                folder = os.path.join(top, "kill")
                shutil.rmtree(folder, ignore_errors=True)
                workspace(folder)
                try:
                    kills = play(folder, fault=f"{name}:{n}:kill")
                    assert kills == 1, f"killed {kills} times"
                    assert outcome(folder) == truth, "another outcome than without the kill"
                    passed += 1
                except AssertionError as why:
                    failed += 1
                    print(f"FAILED {name}:{n}: {why}")
    finally:
        shutil.rmtree(top, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
