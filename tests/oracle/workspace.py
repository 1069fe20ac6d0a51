"""Writes cases as a workspace, lets the command bill it, and reads what it drafted."""
import json
import os
import subprocess


def lua(v):
    """A JSON value as Lua."""
    if isinstance(v, dict):
        if set(v) & {"gauge", "usage", "devices"}:
            (kind, inner), = v.items()
            return kind + " " + lua(inner)
        return "{ " + ", ".join("[%s] = %s" % (json.dumps(k), lua(x)) for k, x in v.items()) + " }"
    if isinstance(v, list):
        return "{ " + ", ".join(lua(x) for x in v) + " }"
    return json.dumps(v)


def write(folder, draw, cases):
    os.makedirs(os.path.join(folder, "clients"))
    os.makedirs(os.path.join(folder, "counts"))

    def put(name, lines):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")
    put("billhook.lua", [
        'company { name = "Oracle", currency = "%s", timezone = "UTC" }' % draw.company["currency"],
        'invoicing { stale_days = 36500, guard = false, rounding = "%s" }' % draw.company["rounding"],
        'connector "sheet" { plugin = "csv", path = "counts" }',
    ] + ["tax %s %s" % (json.dumps(t), lua(v)) for t, v in draw.taxes.items()])
    put("pricebook.lua", ["product %s %s" % (json.dumps(p), lua(v)) for p, v in draw.book.items()])
    put("clients/all.jsonl", [json.dumps(e) for c in cases for e in [c["client"], *c["contracts"]]])
    gauges, usage, assets = ["date,client,metric,value"], ["date,client,metric,quantity,id,description"], ["client,kind,class,id,name,from,to"]
    for c in cases:
        name = c["client"]["id"]
        for i, (kind, a, b, v) in enumerate(c["facts"]):
            if kind == "gauge":
                gauges.append("%s,%s,%s,%s" % (a, name, b, v))
            elif kind == "usage":
                usage.append("%s,%s,%s,%s,u%d," % (a, name, b, v, i))
            else:
                assets.append("%s,device,%s,a%d,A,%s,%s" % (name, b, i, a, v))
    put("counts/gauges.csv", gauges)
    put("counts/usage.csv", usage)
    put("counts/assets.csv", assets)


class Refused(Exception):
    pass


def bill(binary, folder, today):
    """{client: document} of a first run."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("BILLHOOK_") or k == "BILLHOOK_PLUGINS"}
    run = subprocess.run([binary, "-w", folder, "run", "--date", today, "--json"], capture_output=True, text=True, env=env)
    if run.returncode not in (0, 1):
        raise Refused("run: exit %d\n%s" % (run.returncode, "\n".join((run.stderr + run.stdout[-500:]).splitlines()[:12])))
    out = subprocess.run([binary, "-w", folder, "export", "--format", "json"], capture_output=True, text=True, env=env)
    if out.returncode:
        raise Refused("export: exit %d\n%s" % (out.returncode, out.stderr))
    found = {}
    for text in out.stdout.splitlines():
        d = json.loads(text)
        found.setdefault(d["client"]["id"], []).append(d)
    return found


def money(text, decimals):
    """Minor units of a number as it stands in a document; it must have the currency's decimals."""
    whole, point, part = text.partition(".")
    assert len(part) == decimals and bool(point) == bool(decimals), text
    return int(whole + part)
