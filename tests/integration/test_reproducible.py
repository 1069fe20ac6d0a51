"""The same inputs give the same bytes: however files, rows, columns and keys are ordered, whatever the number of jobs (QUALITY R7).

The workspace is one of the oracle's random ones, with rules and attributes added: documents and evidence are compared as bytes."""
import json
import os
import random
import sys

import pytest
from conftest import HERE, Workspace

sys.path.insert(0, os.path.join(os.path.dirname(HERE), "oracle"))
from cases import Draw  # noqa: E402
from workspace import lua  # noqa: E402

CLIENTS, SEED = 60, 20270101
RULE = '''return function(bill)
  for line in bill:lines { tax = "software" } do line.price = line.price + dec "0.01" end
  bill:discount { percent = "2", reason = ("%s pcs"):format(bill:count(devices { class = "pc" })) }
  for _, d in ipairs(bill:assets(devices { class = "server" })) do bill:memo(d.name) end
end
'''


def shuffled(r, value):
    """The same value, its keys in another order."""
    if isinstance(value, dict):
        keys = list(value)
        r.shuffle(keys)
        return {k: shuffled(r, value[k]) for k in keys}
    return [shuffled(r, v) for v in value] if isinstance(value, list) else value


def table(r, header, rows):
    """CSV with its rows and columns in another order."""
    rows = list(rows)
    r.shuffle(rows)
    columns = list(range(len(header)))
    r.shuffle(columns)
    return "".join(",".join(row[c] for c in columns) + "\n" for row in [header, *rows])


def drawn():
    draw = Draw(SEED)
    cases = [draw.client(i) for i in range(CLIENTS)]
    for i, c in enumerate(cases):
        c["client"]["tags"] = ["b", "a"]
        if i % 3 == 0:
            c["contracts"][0]["rule"] = "plus"
    return draw, cases


def write(ws, r, draw, cases, moved):
    """`moved`: entries stand in other files, some of them in Lua."""
    ws.write("billhook.lua", 'company { name = "R", currency = "%s", timezone = "UTC" }\ninvoicing { stale_days = 36500, guard = false }\n'
             'connector "sheet" { plugin = "csv", path = "counts" }\n' % draw.company["currency"] +
             "".join("tax %s %s\n" % (json.dumps(t), lua(shuffled(r, v))) for t, v in draw.taxes.items()))
    products = [(p, v) for p, v in draw.book.items()]
    r.shuffle(products)
    ws.write("pricebook.lua", "".join("product %s %s\n" % (json.dumps(p), lua(shuffled(r, v))) for p, v in products))
    ws.write("rules/plus.lua", RULE)
    entries = [e for c in cases for e in [c["client"], *c["contracts"]]]
    r.shuffle(entries)
    files = {}
    for e in entries:
        as_lua = moved and r.random() < 0.5
        name = "clients/%s.%s" % (r.choice("abcxyz") if moved else "abc"[len(e.get("client", e["id"])) % 3], "lua" if as_lua else "jsonl")
        body = {k: v for k, v in e.items() if k not in ("type", "id")}
        text = "%s %s %s" % (e["type"], json.dumps(e["id"]), lua(shuffled(r, body))) if as_lua else json.dumps(shuffled(r, e))
        files.setdefault(name, []).append(text)
    for name, texts in files.items():
        ws.write(name, "\n".join(texts) + "\n")
    gauges, usage, assets = [], [], []
    for c in cases:
        client = c["client"]["id"]
        for i, (kind, a, b, v) in enumerate(c["facts"]):
            if kind == "gauge":
                gauges.append((a, client, b, v))
            elif kind == "usage":
                usage.append((a, client, b, v, "u%d" % i, "", "remote"))
            else:
                assets.append((client, "device", b, "a%d" % i, "Box %d" % i, a, v, "Troy", "S%d" % i))
    ws.write("counts/gauges.csv", table(r, ("date", "client", "metric", "value"), gauges))
    ws.write("counts/usage.csv", table(r, ("date", "client", "metric", "quantity", "id", "description", "work"), usage))
    ws.write("counts/assets.csv", table(r, ("client", "kind", "class", "id", "name", "from", "to", "site", "serial"), assets))


def billed(ws, date, jobs):
    """[evidence, documents], a line each."""
    batch = ws.run(date, "--jobs", jobs, code=(0, 1))["batch"]
    done = ws.approve(batch, "--force", "a test", "--by", "tester", code=(0, 1), date=date)
    assert len(done["approved"]) > CLIENTS // 2
    return [ws.command("export", what).out.splitlines() for what in ("--evidence", "--canonical")]


def but_for_files(told):
    """Evidence says in which file a contract stands, and documents carry its hash; all else must not depend on that."""
    def bare(text):
        d = json.loads(text)
        for c in d.get("contracts", []):
            c.pop("file")
        if isinstance(d["evidence"] if "evidence" in d else None, str):
            d["evidence"] = ""
        return d
    return [[bare(x) for x in lines] for lines in told]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    draw, cases = drawn()
    ws = Workspace(tmp_path_factory.mktemp("r7") / "first")
    write(ws, random.Random(0), draw, cases, False)
    return billed(ws, draw.today.isoformat(), 1)


@pytest.mark.parametrize("jobs,moved", [(1, False), (2, True), (4, False), (8, True), (8, False)])
def test_order_and_jobs_do_not_matter(ws, first, jobs, moved):
    draw, cases = drawn()
    write(ws, random.Random("%d %s" % (jobs, moved)), draw, cases, moved)
    again = billed(ws, draw.today.isoformat(), jobs)
    for mine, theirs in zip(*[(but_for_files(x) if moved else x) for x in (again, first)]):
        assert len(mine) == len(theirs)
        for x, y in zip(mine, theirs):
            assert x == y
