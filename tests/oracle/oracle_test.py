"""An independent oracle: random workspaces, billed by the command and by Python's fractions, written from BILLING.md alone.

Each case is a client with one to three contracts, facts, discounts and taxes, due on one day; a batch of them shares a price book.
Every line, discount, tax row, total and due date is compared. A case that differs is printed, made as small as it will go.
    oracle_test.py --bin BILLHOOK [--cases N] [--seed N] [--jobs N]
"""
import argparse
import concurrent.futures
import copy
import json
import os
import shutil
import sys
import tempfile
import time

from billing import Oracle
from cases import Draw
from compare import differences, got, wanted
from workspace import Refused, bill, write


def judge(draw, case, documents):
    """What differs of one client, as lines of text; nothing where all is right."""
    oracle = Oracle(draw.book, draw.taxes, draw.company, draw.today.isoformat())
    for k in case["contracts"]:
        for l in k["lines"]:
            l["id"] = l.get("id") or l["product"]
    document = oracle.document(case["client"], case["contracts"], case["facts"])
    if document is None or not documents:
        return [] if document is None and not documents else ["  a document: %s, expected %s" % (len(documents), document and wanted(document))]
    if len(documents) > 1:
        return ["  %d documents" % len(documents)]
    names = {(k["id"], l["id"]): l["product"] for k in case["contracts"] for l in k["lines"]}
    for d in document["discounts"]:
        d.product = names.get((d.contract, d.product))
    out = differences(wanted(document), got(documents[0]))
    if documents[0]["hold"]:
        out.append("  held: %s" % documents[0]["hold"])
    return out


KEPT = ("id", "ids", "sheet", "name", "type", "client", "product", "starts", "lines")  # what a case cannot do without


def billed(binary, draw, cases):
    folder = tempfile.mkdtemp(prefix="billhook-oracle-")
    try:
        write(folder, draw, cases)
        return bill(binary, folder, draw.today.isoformat())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def differs(binary, draw, case):
    try:
        return judge(draw, case, billed(binary, draw, [case]).get(case["client"]["id"], []))
    except Refused:
        return []  # not a workspace any more


def smaller(case):
    """Every case that is this one less something."""
    def without(path):
        c = copy.deepcopy(case)
        node = c
        for p in path[:-1]:
            node = node[p]
        del node[path[-1]]
        return c

    def walk(node, path):
        keys = range(len(node) - 1, -1, -1) if isinstance(node, list) else sorted(node) if isinstance(node, dict) else []
        for key in keys:
            yield path + [key]
        for key in keys:
            yield from walk(node[key], path + [key])
    for path in walk(case, []):
        if len(path) > 1 and path[-1] not in KEPT:
            yield without(path)


def wrong_sum(lines):
    """Whether it differs in money: a client alone may be held for want of facts that others of its batch had brought."""
    return bool(lines) and not any("held:" in x or "a document: 0" in x for x in lines)


def shrunk(binary, draw, case, limit_s=15):
    end = time.monotonic() + limit_s
    again = True
    while again and time.monotonic() < end:
        again = False
        for c in smaller(case):
            if time.monotonic() > end:
                break
            try:
                if c["contracts"] and all(k["lines"] for k in c["contracts"]) and wrong_sum(differs(binary, draw, c)):
                    case, again = c, True
                    break
            except (KeyError, IndexError, AssertionError, ValueError, TypeError):
                continue
    return case


def report(binary, draw, seed, case):
    print("DIFFERENT: batch seed %d, client %s, run on %s" % (seed, case["client"]["id"], draw.today))
    small = shrunk(binary, draw, case)
    print("\n".join(differs(binary, draw, small)))
    print("  company %s" % json.dumps(draw.company))
    for e in [small["client"], *small["contracts"]]:
        print("  " + json.dumps(e))
    for name in sorted({l["product"] for k in small["contracts"] for l in k["lines"]}):
        print("  product %s %s" % (name, json.dumps(draw.book[name])))
    print("  facts %s" % json.dumps(small["facts"]), flush=True)


def batch(binary, seed, size):
    """One workspace: (cases, lines, seconds in the command, [(draw, case) that differ])."""
    draw = Draw(seed)
    cases = [draw.client(i) for i in range(size)]
    start = time.monotonic()
    documents = billed(binary, draw, cases)
    engine = time.monotonic() - start
    wrong = [c for c in cases if judge(draw, c, documents.get(c["client"]["id"], []))]
    return size, sum(len(d["lines"]) for ds in documents.values() for d in ds), engine, [(draw, c) for c in wrong]


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--bin", default=os.environ.get("BILLHOOK_BIN"))
    p.add_argument("--cases", type=int, default=800)
    p.add_argument("--seed", type=int, default=20261201)
    p.add_argument("--batch", type=int, default=400)
    p.add_argument("--jobs", type=int, default=1)
    p.add_argument("--stop", type=int, default=5, help="differences to show before it stops")
    o = p.parse_args()
    began, done, lines, engine, wrong = time.monotonic(), 0, 0, 0.0, 0
    batches = -(-o.cases // o.batch)
    with concurrent.futures.ProcessPoolExecutor(o.jobs) as pool:
        for first in range(0, batches, 8 * o.jobs):  # some at a time: nothing piles up over a night
            seeds = range(o.seed + first, o.seed + min(batches, first + 8 * o.jobs))
            for seed, (n, l, s, different) in zip(seeds, pool.map(batch, [o.bin] * len(seeds), seeds, [o.batch] * len(seeds))):
                done, lines, engine = done + n, lines + l, engine + s
                for draw, case in different[:max(0, o.stop - wrong)]:
                    report(o.bin, draw, seed, case)
                wrong += len(different)
            if wrong >= o.stop:
                break
    seconds = time.monotonic() - began
    print("%d cases (seed %d), %d lines, %d different; %.0f cases/s, the command took %.0f%%" %
          (done, o.seed, lines, wrong, done / seconds, 100 * engine / seconds / o.jobs))
    return 1 if wrong or not lines else 0


if __name__ == "__main__":
    sys.exit(main())
