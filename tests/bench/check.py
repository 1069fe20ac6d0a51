#!/usr/bin/env python3
"""Holds the yardstick's work against Billhook's: the exported canonical JSON byte for byte, and every table row for row.

    check.py --billhook BIN --yardstick BIN --generate BIN [--clients N] [--seed S]
"""
import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

DAY = "2026-01-01"
BATCH = DAY + ".1"


def billhook(args, workspace, *words, out=None):
    environment = dict(os.environ, LOGNAME="bench", BILLHOOK_NOW="2026-01-01T12:00:00Z")
    done = subprocess.run([args.billhook, "-w", workspace, *words], stdout=out or subprocess.DEVNULL, env=environment)
    if done.returncode != 0:
        sys.exit(f"billhook {' '.join(words)}: exit {done.returncode}")


def tables(store):
    """Row count, bytes of all values, and the rows themselves, by table."""
    connection = sqlite3.connect(store)
    connection.text_factory = bytes
    result = {}
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name"):
        name = name.decode()
        columns = [row[1].decode() for row in connection.execute(f"PRAGMA table_info({name})")]
        # when it was approved is the one thing that may differ
        kept = [c for c in columns if (name, c) != ("event", "at_s")]
        rows = connection.execute(f"SELECT {','.join(kept)} FROM {name}").fetchall()
        size = sum(len(v) if isinstance(v, bytes) else 8 for row in rows for v in row if v is not None)
        result[name] = (len(rows), size, rows, kept)
    connection.close()
    return result


def excerpt(a, b):
    """Where two values part, with what stands around it."""
    if not isinstance(a, bytes) or not isinstance(b, bytes):
        return f"  Billhook  {a!r}\n  yardstick {b!r}"
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return "\n".join(f"  {who} … {text[max(0, at - 60):at + 100]!r}" for who, text in (("Billhook ", a), ("yardstick", b)))


def compare(ours, theirs):
    bad = 0
    for name in sorted(set(ours) | set(theirs)):
        if name not in ours or name not in theirs:
            print(f"{name}: only on one side")
            bad += 1
            continue
        count, size, rows, columns = theirs[name]
        my_count, my_size, my_rows, _ = ours[name]
        if (count, size) != (my_count, my_size):
            print(f"{name}: Billhook {count} rows, {size} bytes; yardstick {my_count} rows, {my_size} bytes")
        different = sum(1 for a, b in zip(rows, my_rows) if a != b) + abs(count - my_count)
        if different:
            bad += 1
            for a, b in zip(rows, my_rows):
                if a != b:
                    for column, x, y in zip(columns, a, b):
                        if x != y:
                            print(f"{name}.{column}: {different} rows differ, the first:\n{excerpt(x, y)}")
                    break
    return bad


def main():
    parser = argparse.ArgumentParser()
    for name in ("billhook", "yardstick", "generate"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="billhook-bench-") as folder:
        workspace = os.path.join(folder, "workspace")
        store, other = os.path.join(workspace, "billhook.db"), os.path.join(folder, "yardstick.db")
        ours, theirs = os.path.join(folder, "yardstick.jsonl"), os.path.join(folder, "billhook.jsonl")
        subprocess.run([args.generate, workspace, str(args.clients), "--seed", str(args.seed)], check=True)
        billhook(args, workspace, "pull", "--date", DAY)
        shutil.copy(store, other)
        billhook(args, workspace, "run", "--no-pull", "--date", DAY)
        billhook(args, workspace, "approve", BATCH)
        with open(theirs, "wb") as out:
            billhook(args, workspace, "export", "--canonical", out=out)
        subprocess.run([args.yardstick, "run", workspace, other, ours], check=True, env=dict(os.environ, LOGNAME="bench"))
        with open(ours, "rb") as a, open(theirs, "rb") as b:
            mine, expected = a.read(), b.read()
        bad = compare(tables(other), tables(store))
        if mine != expected:
            bad += 1
            for n, (x, y) in enumerate(zip(mine.split(b"\n"), expected.split(b"\n")), 1):
                if x != y:
                    print(f"canonical JSON, line {n}:\n{excerpt(y, x)}")
                    break
        if bad or expected.count(b"\n") != args.clients:
            sys.exit(f"the yardstick does not do Billhook's work: {bad} differences, {len(expected.splitlines())} documents of {args.clients}")
        print(f"{args.clients} clients: {len(expected)} bytes of canonical JSON and all rows are equal")


main()
