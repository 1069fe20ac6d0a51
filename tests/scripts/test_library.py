"""The rule library, and what init writes for editors and tests."""
import json
import os
import re
import subprocess

import pytest

BIN = os.environ["BILLHOOK_BIN"]
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = os.path.join(ROOT, "scripts", "rules")
EXAMPLE = os.path.join(ROOT, "scripts", "examples", "rules")
NAMES = sorted(f[:-4] for f in os.listdir(RULES) if f.endswith(".lua"))


def billhook(*args, code=0):
    done = subprocess.run([BIN] + list(args), capture_output=True, text=True)
    assert done.returncode == code, (args, done.stdout, done.stderr)
    return done.stdout


def test_there_is_a_library():
    assert {"volume_discount", "loyalty", "bundle", "headcount_minimum", "after_hours", "device_class"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_rule_says_what_it_does_and_has_tests(name):
    with open(os.path.join(RULES, name + ".lua"), encoding="utf-8") as f:
        text = f.read()
    head = re.match(r"(--[^\n]*\n)+", text).group(0)
    assert head.startswith("-- %s: " % name) and "Copy this file into the rules/ of your workspace." in head and ".with {" in head
    with open(os.path.join(EXAMPLE, "tests", name + "_test.lua"), encoding="utf-8") as f:
        tests = f.read()
    assert tests.count("it(") >= 3 and "matches_golden" in tests
    report = json.loads(billhook("-w", EXAMPLE, "test", name, "--json"))
    assert report["failed"] == 0 and report["passed"] >= 3 and report["accepted"] == []


def test_every_golden_file_is_used():
    folder = os.path.join(EXAMPLE, "tests")
    text = ""
    for f in os.listdir(folder):
        if f.endswith(".lua"):
            with open(os.path.join(folder, f), encoding="utf-8") as opened:
                text += opened.read()
    for f in os.listdir(os.path.join(folder, "golden")):
        assert '"%s"' % f[:-5] in text, f


def test_a_rule_that_is_copied_runs_alone(tmp_path):
    for name in NAMES:
        w = tmp_path / name
        (w / "rules").mkdir(parents=True)
        (w / "clients").mkdir()
        (w / "billhook.lua").write_text('company { name = "M", currency = "USD", timezone = "UTC" }\n')
        (w / "pricebook.lua").write_text('product "noc" { name = "N", model = "flat", price = "1.00" }\n')
        (w / "clients" / "a.lua").write_text('client "a" { name = "A" }\ncontract "a-it" { client = "a", starts = "2026-01-01", rule = "%s", lines = { { "noc" } } }\n' % name)
        with open(os.path.join(RULES, name + ".lua"), encoding="utf-8") as f:
            (w / "rules" / (name + ".lua")).write_text(f.read(), encoding="utf-8")
        (w / "tests").mkdir()
        (w / "tests" / "a_test.lua").write_text('it("bills", function() local inv = bill("a-it", "2026-12-01") expect(inv:line("noc").amount):equals("1.00") expect(inv):is_not_held() end)\n')
        billhook("-w", str(w), "test")


@pytest.mark.parametrize("example", [False, True])
def test_init_points_the_editor_at_the_annotations(tmp_path, example):
    folder = str(tmp_path / "w")
    billhook("init", folder, *(["--example"] if example else []))
    with open(os.path.join(folder, ".luarc.json"), encoding="utf-8") as f:
        luarc = json.load(f)
    assert luarc["runtime.version"] == "Lua 5.4" and luarc["runtime.builtin"]["io"] == "disable"
    meta, = luarc["workspace.library"]
    assert os.path.isabs(meta) and os.path.isfile(os.path.join(meta, "billhook.lua"))
    report = json.loads(billhook("-w", folder, "test", "--json"))
    assert report["failed"] == 0 and report["passed"] >= 1
