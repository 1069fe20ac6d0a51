"""The component `sdk` is whole by itself, and what `plugin new` writes builds against it, with CMake and without, passes its check and does something."""
import json
import os
import shutil

import pytest
from conftest import BIN, ROOT, run

WARN = "-Wall -Wextra -Wpedantic -Werror"


def files(prefix):
    return {os.path.relpath(os.path.join(d, f), prefix) for d, _, fs in os.walk(prefix) for f in fs}


def test_the_component_is_the_sdk_and_nothing_else(sdk):
    found = files(sdk)
    names = {os.path.basename(f) for f in found}
    assert {"plugin.h", "kit.h", "billhook-sdk.pc", "billhook-sdk-config.cmake", "bh_plugin.cmake", "plugin.map", "manifest.schema.json", "replay.schema.json",
            "cases.schema.json", "tutorial.md", "reference.md", "compatibility.md", "testing.md", "PLUGIN_NAME.c"} <= names
    assert not {"billhook", "billhook-worker", "billhook.h", "libbillhook.so"} & names
    assert {f.split("/")[0] for f in found} <= {"include", "lib", "lib64", "share"}


@pytest.mark.parametrize("name", ["datto-rmm", "zabbix"])
def test_an_example_builds_and_passes(sdk, build, tmp_path, name):
    found = [d for d, _, fs in os.walk(sdk) if os.path.basename(d) == name and "CMakeLists.txt" in fs]
    assert len(found) == 1 and os.path.basename(os.path.dirname(found[0])) == "examples"
    shutil.copytree(found[0], tmp_path / name)
    out = build(tmp_path / name, "-DCMAKE_C_FLAGS=" + WARN)
    assert "100% tests passed" in run("ctest", "--test-dir", out, "--output-on-failure").stdout


@pytest.fixture(params=["connector", "model", "sink", "gateway"])
def plugin(request, tmp_path):
    name = {"connector": "acme-rmm", "model": "seats", "sink": "ledger", "gateway": "cards"}[request.param]
    run(BIN, "plugin", "new", request.param, name, tmp_path / name)
    return tmp_path / name, name


def test_new_builds_with_cmake_and_passes(plugin, build):
    folder, name = plugin
    out = build(folder, "-DCMAKE_C_FLAGS=" + WARN)
    done = run("ctest", "--test-dir", out, "--output-on-failure")
    assert "check/" + name in done.stdout and "100% tests passed" in done.stdout
    doc = json.loads(run(BIN, "plugin", "check", "%s/%s.so" % (out, name), "--json").stdout)
    skipped = {t["name"] for t in doc["tests"] if t["skipped"]}
    assert doc["ok"] and skipped <= {"files"}, doc


def test_new_builds_with_make_and_pkg_config(plugin, sdk):
    folder, name = plugin
    env = {"PKG_CONFIG_PATH": ":".join(os.path.join(sdk, d, "pkgconfig") for d in ("lib", "lib64", "lib/x86_64-linux-gnu")),
           "PATH": os.path.dirname(BIN) + ":" + os.environ["PATH"], "CFLAGS": "-O1 " + WARN}
    run("make", cwd=folder, env=env)
    assert "none failed" in run("make", "check", cwd=folder, env=env).stdout


def test_the_abi_is_the_headers(sdk):
    env = {"PKG_CONFIG_PATH": ":".join(os.path.join(sdk, d, "pkgconfig") for d in ("lib", "lib64", "lib/x86_64-linux-gnu"))}
    abi = run("pkg-config", "--variable=abi", "billhook-sdk", env=env).stdout.strip()
    listed = [json.loads(line) for line in run(BIN, "plugin", "list", "--json").stdout.splitlines()]
    assert listed and {p["abi"] for p in listed} == {abi}


def test_new_does_something(plugin, build):
    folder, name = plugin
    out = build(folder)
    if name == "seats":
        doc = json.loads(run(BIN, "plugin", "call", "%s/seats.so" % out, "rate", "--option", "price=4.50", "--option", "free=5", "--quantity", "12", "--from", "2026-12-01",
                             "--to", "2026-12-31", "--json").stdout)
        assert doc["lines"] == [{"quantity": "7", "unit_price": "4.5", "fraction": "1", "text": "", "from": "2026-12-01", "until": "2027-01-01"}]
    elif name == "acme-rmm":
        info = json.loads(run(BIN, "--plugin-dir", out, "plugin", "info", name, "--json").stdout)
        assert [o["key"] for o in info["options"]] == ["url", "token", "include_retired", "classes"]


def test_new_refuses(tmp_path):
    done = run(BIN, "plugin", "new", "tax", "x", tmp_path / "x", code=2)
    assert "billhook.tax/1" in done.stderr and "later version" in done.stderr
    assert "not a kind" in run(BIN, "plugin", "new", "widget", "x", tmp_path / "x", code=2).stderr
    assert "lower case" in run(BIN, "plugin", "new", "model", "Acme", tmp_path / "x", code=2).stderr
    assert not (tmp_path / "x").exists()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    assert "not empty" in run(BIN, "plugin", "new", "model", "seats", tmp_path / "full", code=2).stderr
    assert os.listdir(tmp_path / "full") == ["file"]


def test_a_plugin_in_cxx11(tmp_path, build):
    if not shutil.which("g++"):
        pytest.skip("no C++ compiler")
    here = os.path.join(ROOT, "tests", "sdk", "cxx11")
    shutil.copytree(here, tmp_path / "cxx11")
    manifest = tmp_path / "cxx11" / "per_seat.json"
    listed = json.loads(run(BIN, "plugin", "list", "--json").stdout.splitlines()[0])
    manifest.write_text(manifest.read_text().replace("PLUGIN_ABI", listed["abi"]))
    out = build(tmp_path / "cxx11", "-DCMAKE_CXX_FLAGS=" + WARN)
    doc = json.loads(run(BIN, "plugin", "check", out + "/per_seat.so", "--json").stdout)
    assert doc["ok"] and [t["name"] for t in doc["tests"] if t["skipped"]] == [], doc
