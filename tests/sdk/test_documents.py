"""Documents that are made from the sources, and schemas that are true."""
import glob
import json
import os
import re

import pytest
from conftest import ROOT, run


def test_the_reference_is_the_header():
    made = run("/usr/bin/python3", os.path.join(ROOT, "sdk", "reference.py")).stdout
    with open(os.path.join(ROOT, "sdk", "docs", "reference.md"), encoding="utf-8") as f:
        assert f.read() == made, "sdk/reference.py --update writes it anew"


def test_the_kits_document_is_its_header():
    made = run("/usr/bin/python3", os.path.join(ROOT, "sdk", "reference.py"), "--kit").stdout
    with open(os.path.join(ROOT, "sdk", "docs", "kit.md"), encoding="utf-8") as f:
        assert f.read() == made, "sdk/reference.py --update writes it anew"
    with open(os.path.join(ROOT, "sdk", "include", "billhook", "kit.h"), encoding="utf-8") as f:
        functions = set(re.findall(r"^static inline [^;{]*?\b(bhk_\w+)\(", f.read(), re.M))
    inner = {f for f in functions if not re.search(r"\b%s\(" % f, made)}
    assert {"bhk_read_all", "bhk_is_new", "bhk_first", "bhk_hours", "bhk_day", "bhk_class_by", "bhk_per_minute"} <= functions - inner
    assert inner == {"bhk_lower", "bhk_slot", "bhk_counting_row", "bhk_counting_total", "bhk_read_tallied", "bhk_hash", "bhk_seen_place", "bhk_seen_grow"}


def test_the_reference_has_everything():
    with open(os.path.join(ROOT, "sdk", "include", "billhook", "plugin.h"), encoding="utf-8") as f:
        header = f.read()
    with open(os.path.join(ROOT, "sdk", "docs", "reference.md"), encoding="utf-8") as f:
        reference = f.read()
    names = set(re.findall(r"\b(?:BH_[A-Z0-9_]+|bh_[a-z0-9_]+)\b", re.sub(r"/\*.*?\*/", "", header, flags=re.S)))
    missing = {n for n in names if n not in reference} - {"BH_EXPORT", "BH_PRINTF"}
    assert not missing, sorted(missing)


def test_links_lead_somewhere():
    for path in glob.glob(os.path.join(ROOT, "sdk", "docs", "*.md")):
        with open(path, encoding="utf-8") as f:
            for target in re.findall(r"\]\(([^)#:]+)\)", f.read()):
                assert os.path.exists(os.path.join(os.path.dirname(path), target)), (path, target)


def schema(name):
    with open(os.path.join(ROOT, "sdk", "schema", name + ".schema.json"), encoding="utf-8") as f:
        return json.load(f)


@pytest.mark.parametrize("name,pattern", [("manifest", "plugins/*/*/*.json"), ("replay", "plugins/*/*/*.replay.json"), ("cases", "plugins/*/*/*.cases.json")])
def test_shipped_files_fit_their_schema(name, pattern):
    jsonschema = pytest.importorskip("jsonschema", reason="SKIPPED: python3-jsonschema is not there")
    checker = jsonschema.Draft202012Validator(schema(name))
    jsonschema.Draft202012Validator.check_schema(schema(name))
    found = [p for p in glob.glob(os.path.join(ROOT, pattern)) if name != "manifest" or not p.endswith((".replay.json", ".cases.json"))]
    found += glob.glob(os.path.join(ROOT, "sdk", "templates", "*", "PLUGIN_NAME." + ("json" if name == "manifest" else name + ".json")))
    assert len(found) >= 3
    for path in found:
        with open(path, encoding="utf-8") as f:
            text = f.read().replace("PLUGIN_NAME", "name").replace("PLUGIN_ABI", "1.0")
        assert not list(checker.iter_errors(json.loads(text))), path


def test_schemas_refuse():
    jsonschema = pytest.importorskip("jsonschema", reason="SKIPPED: python3-jsonschema is not there")
    wrong = [("manifest", {"id": "Acme"}), ("replay", {"schema": "billhook.replay/1", "exchanges": [{"url": "x"}]}), ("cases", {"schema": "billhook.cases/1", "cases": [{"name": "x"}]})]
    for name, doc in wrong:
        assert list(jsonschema.Draft202012Validator(schema(name)).iter_errors(doc)), name
