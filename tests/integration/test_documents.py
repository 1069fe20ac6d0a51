"""The JSON that programs rely on, and the exports."""
import csv
import html.parser
import io
import json
import os
import re
import subprocess

import pytest
from conftest import BIN, ROOT, SHEET, line

BOOK = '''product "ws" { name = "Managed <workstation> & more", model = "per_unit", unit = "device", count = devices {}, price = "42.00" }
product "fee" { name = "Fee", model = "flat", price = "10.00" }
'''


def billed(ws, approve=True):
    ws.config(SHEET + 'tax "vat" { name = "VAT", rate = "8.875" }\n')
    ws.book(BOOK)
    ws.clients({"id": "acme", "name": "Acme, \"Dental\" <&> Søn", "ids": {"sheet": "acme"}, "tax": ["vat"], "address": {"city": "Albany"}},
               {"id": "k", "client": "acme", "starts": "2026-11-01", "lines": [{"product": "ws"}], "discount": {"percent": "5", "reason": "term"}},
               {"id": "bob", "name": "Bob"}, {"id": "kb", "client": "bob", "starts": "2026-11-01", "lines": [{"product": "fee"}]})
    ws.devices(*[("acme", "pc-%d" % i, "2026-10-01") for i in range(3)])
    batch = ws.run("2026-11-01")["batch"]
    if approve:
        ws.approve(batch)
    return batch


def has(doc, *keys):
    missing = [k for k in keys if k not in doc]
    assert not missing, (missing, doc)


def test_run(ws):
    billed(ws, approve=False)
    run = ws.run("2026-11-02")
    has(run, "batch", "date", "drafted", "held", "unchanged", "failed", "totals", "connectors")
    has(run["connectors"][0], "name", "ok", "assets", "changed", "seconds")


def test_check(ws):
    billed(ws)
    assert ws.check()["ok"] is True
    ws.write("clients/x.lua", 'client "x" { nmae = "X" }\n')
    report = ws.check(code=3)
    assert report["ok"] is False
    assert [(m["file"], m["line"], m["path"]) for m in report["mistakes"]] == [("clients/x.lua", 1, 'client "x" nmae')]
    assert report["mistakes"][0]["message"]


def test_review(ws):
    batch = billed(ws, approve=False)
    review = ws.command("review", "--json").json
    has(review, "batch", "hash", "totals", "held", "movers", "unbilled")
    assert review["batch"] == batch and ws.command("review", batch, "--json").json == review
    ws.approve(batch)
    ws.devices(*[("acme", "pc-%d" % i, "2026-10-01") for i in range(4)])
    ws.run("2026-12-01")
    review = ws.command("review", "--json").json
    mover = next(m for m in review["movers"] if m["client"] == "acme")
    has(mover, "client", "invoice", "last", "now", "why")
    # 126.00 − 6.30 = 119.70, and 10.62; 168.00 − 8.40 = 159.60, and 14.16
    assert (mover["last"], mover["now"]) == ("130.32", "173.76") and mover["why"]


def test_approve(ws):
    batch = billed(ws, approve=False)
    done = ws.approve(batch)
    assert done["held"] == []
    assert [sorted(x) for x in done["approved"]] == [["invoice", "number"]] * 2


def test_invoices(ws):
    billed(ws)
    ws.run("2026-12-01")
    rows = ws.command("invoices", "--json").lines
    assert len(rows) == 4
    for r in rows:
        has(r, "id", "number", "type", "state", "client", "currency", "issue_date", "due_date", "total", "balance", "hold")
    only = ws.command("invoices", "--state", "approved", "--client", "acme", "--json").lines
    assert [(r["client"], r["state"], r["total"]) for r in only] == [("acme", "approved", "130.32")]
    assert len(ws.command("invoices", "--from", "2026-12-01", "--to", "2026-12-31", "--json").lines) == 2
    assert ws.command("invoices", "--client", "acme", "--state", "void", "--json").lines == []


def test_explain(ws):
    billed(ws)
    d = next(x for x in ws.export() if x["client"]["id"] == "acme")
    why = ws.explain(d["id"])
    has(why, "invoice", "lines")
    x = why["lines"][0]
    has(x, "id", "assets", "left_out", "usage", "price", "since_last", "model", "rule")
    has(x["assets"][0], "id", "name", "from", "to")
    has(x["price"], "origin")
    has(x["since_last"], "came", "went")
    assert ws.explain(d["number"]) == why
    assert ws.explain(d["id"], d["lines"][0]["id"])["lines"] == [x]


def test_verify(ws):
    billed(ws)
    report = ws.verify()
    has(report, "ok", "documents", "checks", "problems")
    assert report["documents"] == 2


def test_plugins(ws):
    billed(ws)
    rows = ws.command("plugin", "list", "--json").lines
    assert {"csv", "flat", "per_unit", "tiered"} <= {r["id"] for r in rows}
    for r in rows:
        has(r, "id", "version", "kind", "path", "abi", "trusted")
    info = ws.command("plugin", "info", "tiered", "--json").json
    assert [o["key"] for o in info["options"]] == ["mode", "tiers"]


def schema_check(schema, value, path="$", root=None):
    """Enough of JSON Schema 2020-12 for our own schema; an unknown word is an error, so that nothing is passed over."""
    root = root or schema
    known = {"$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required", "additionalProperties", "items", "enum",
             "const", "pattern", "minItems", "format", "anyOf", "oneOf", "minLength", "examples", "default", "$comment", "if", "then", "else", "minimum",
             "allOf", "not", "propertyNames"}
    assert set(schema) <= known, (path, set(schema) - known)
    if "$ref" in schema:
        target = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            target = target[part]
        schema_check(target, value, path, root)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            good = 0
            for option in schema[word]:
                try:
                    schema_check(option, value, path, root)
                    good += 1
                except AssertionError:
                    pass
            assert good == 1 if word == "oneOf" else good, "%s: %r fits %d of %s" % (path, value, good, word)
    for option in schema.get("allOf", []):
        schema_check(option, value, path, root)
    if "if" in schema:
        try:
            schema_check(schema["if"], value, path, root)
            branch = schema.get("then")
        except AssertionError:
            branch = schema.get("else")
        if branch:
            schema_check(branch, value, path, root)
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        names = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float)}
        assert any(isinstance(value, names[t]) and not (t in ("integer", "number") and isinstance(value, bool)) for t in types), "%s: %r is no %s" % (path, value, types)
    if "enum" in schema:
        assert value in schema["enum"], "%s: %r" % (path, value)
    if "const" in schema:
        assert value == schema["const"], "%s: %r" % (path, value)
    if "pattern" in schema and isinstance(value, str):
        assert re.search(schema["pattern"], value), "%s: %r does not fit %s" % (path, value, schema["pattern"])
    if isinstance(value, dict):
        for k in schema.get("required", []):
            assert k in value, "%s: no %s" % (path, k)
        for k, v in value.items():
            if k in schema.get("properties", {}):
                schema_check(schema["properties"][k], v, path + "." + k, root)
            elif schema.get("additionalProperties") is False:
                raise AssertionError("%s: unknown member %s" % (path, k))
            elif isinstance(schema.get("additionalProperties"), dict):
                schema_check(schema["additionalProperties"], v, path + "." + k, root)
    if isinstance(value, list):
        assert len(value) >= schema.get("minItems", 0), path
        if "items" in schema:
            for i, v in enumerate(value):
                schema_check(schema["items"], v, "%s[%d]" % (path, i), root)


def test_every_document_of_the_example_fits_the_schema(ws, tmp_path):
    with open(os.path.join(ROOT, "sdk", "schema", "invoice.schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    folder = str(tmp_path / "example")
    subprocess.run([BIN, "init", "--example", folder], check=True, capture_output=True)
    ws.folder = folder
    ws.approve(ws.run("2026-12-01", code=1)["batch"], code=1)
    ws.run("2027-01-01", code=1)
    docs = ws.export()
    assert len(docs) > 12
    for d in docs:
        schema_check(schema, d)
    with pytest.raises(AssertionError):
        schema_check(schema, dict(docs[0], total=12.5))


def test_every_document_adds_up(ws, tmp_path):
    from fractions import Fraction as F
    folder = str(tmp_path / "example")
    subprocess.run([BIN, "init", "--example", folder], check=True, capture_output=True)
    ws.folder = folder
    ws.run("2026-12-01", code=1)
    for d in ws.export():
        assert F(d["subtotal"]) == sum(F(x["amount"]) for x in d["lines"])
        off = sum(F(y["amount"]) for y in d["discounts"])
        tax = sum(F(t["amount"]) for t in d["taxes"] if not t.get("inclusive"))
        assert F(d["total"]) == F(d["subtotal"]) + off + tax == F(d["balance"])


# ---- exports ----

def test_export_json_is_one_document_a_line(ws):
    billed(ws)
    out = ws.command("export", "--format", "json").out
    assert len(out.splitlines()) == 2 and all(json.loads(text)["schema"] == "billhook.invoice/1" for text in out.splitlines())
    d = ws.export()[0]
    assert ws.export(d["id"]) == [d] == ws.export(d["number"])


def test_export_to_a_file(ws):
    billed(ws)
    path = ws.path("out.jsonl")
    ws.command("export", "--format", "json", "-o", path)
    with open(path, encoding="utf-8") as f:
        assert [json.loads(x) for x in f] == ws.export()


def test_export_csv(ws):
    billed(ws)
    out = ws.command("export", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    lines = [(d, x) for d in ws.export() for x in d["lines"]]
    assert len(rows) == len(lines) == 2
    for r, (d, x) in zip(rows, lines):
        assert (r["id"], r["number"], r["client"], r["client_name"], r["total"]) == (d["id"], d["number"], d["client"]["id"], d["client"]["name"], d["total"])
        assert (r["line"], r["quantity"], r["unit_price"], r["amount"], r["from"], r["to"]) == (
            x["id"], x["quantity"], x["unit_price"], x["amount"], x["period"]["from"], x["period"]["to"])


class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.open, self.links = [], [], []

    def handle_starttag(self, tag, attrs):
        self.links += [v for k, v in attrs if k in ("src", "href")]

    def handle_data(self, data):
        self.text.append(data)


def test_two_documents_never_share_a_page(ws):
    names = ["é b", "ü b", "a/b", "a_b", "ö" * 90 + "1", "ö" * 90 + "2"]
    ws.config()
    ws.book('product "p" { name = "P", model = "flat", price = "10.00" }\n')
    ws.clients(*[e for n in names for e in ({"id": n}, {"id": "k" + n, "client": n, "starts": "2026-12-01", "lines": [{"product": "p"}]})])
    ws.run("2026-12-01")
    folder = ws.path("pages")
    ws.command("export", "--format", "html", "-o", folder)
    pages = sorted(os.listdir(folder))
    assert len(pages) == len(names) + 1 and "a=2Fb-1.html" in pages and "a_b-1.html" in pages
    index = ws.read("pages/index.html")
    assert all('href="%s"' % p in index for p in pages if p != "index.html")


def test_export_html(ws):
    billed(ws)
    folder = ws.path("pages")
    ws.command("export", "--format", "html", "-o", folder)
    names = sorted(os.listdir(folder))
    assert "index.html" in names and len(names) == 3
    d = next(x for x in ws.export() if x["client"]["id"] == "acme")
    page = ws.read("pages/%s.html" % d["number"])
    p = Text()
    p.feed(page)
    text = " ".join(" ".join(p.text).split())
    for want in (d["number"], 'Acme, "Dental" <&> Søn', "Managed <workstation> & more", "126.00", "130.32", "term"):
        assert want in text, want
    assert "<workstation>" not in page and "<&>" not in page
    assert not [x for x in p.links if x.startswith(("http:", "//"))], "a page stands alone"
    index = ws.read("pages/index.html")
    assert d["number"] in index


def test_human_output_has_what_the_json_has(ws):
    billed(ws)
    d = next(x for x in ws.export() if x["client"]["id"] == "acme")
    for args in (["show", d["id"]], ["invoices"], ["explain", d["id"]], ["review"]):
        out = ws.command(*args).out
        assert "\x1b[" not in out, "no colour into a pipe"
        if args[0] != "review":
            assert "130.32" in out
    assert "42.00" in ws.command("show", d["id"]).out


def test_output_into_a_closed_pipe_is_no_error(ws):
    billed(ws)
    for args in (["plugin", "info", "tiered", "--json"], ["export", "--format", "json"], ["invoices"], ["help"]):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([BIN, "-w", ws.folder] + args, stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        assert done.stderr == "" and done.returncode in (0, 141, -13), (args, done)


def test_output_that_is_read_in_part_is_no_error(ws):
    """`billhook invoices --json | head`"""
    ws.config()
    ws.book(BOOK)
    ws.clients(*[e for i in range(300) for e in ({"id": "c%d" % i, "name": "C"}, {
        "id": "k%d" % i, "client": "c%d" % i, "starts": "2026-11-01", "lines": [{"product": "fee"}]})])
    ws.run("2026-11-01")
    for args in (["invoices", "--json"], ["invoices"], ["export", "--format", "csv"]):
        p = subprocess.Popen([BIN, "-w", ws.folder] + args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        assert p.stdout.read(10)
        p.stdout.close()
        assert (p.stderr.read(), p.wait(timeout=30) in (0, 141, -13)) == (b"", True), args


def test_logs_go_to_standard_error_without_personal_data(ws):
    billed(ws)
    done = ws.command("run", "--date", "2026-12-01", "--json", "--log", "json")
    json.loads(done.out)
    for text in done.err.splitlines():
        entry = json.loads(text)
        assert entry["message"] or entry
        assert "Dental" not in text


def test_explain_lists_what_was_there_by_the_day_of_the_run(ws):
    """An average billed ahead reads days to come: a device that came later is not among those that were counted."""
    ws.config(SHEET)
    ws.book('product "srv" { name = "Server", model = "per_unit", count = devices {}, price = "10.00", at = "average", true_up = "all" }\n')
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}}, {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "srv"}]})
    ws.devices(("a", "one", "2026-10-01"), ("a", "two", "2026-11-11"))  # the sheet knows of it already
    ws.bill("2026-11-01")
    why = ws.explain("a-1")["lines"][0]
    assert (why["quantity"], [x["id"] for x in why["assets"]]) == ("1", ["one"])
