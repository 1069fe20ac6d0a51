"""The tutorial, done as it says: its code is put together, built, called, recorded, checked and used."""
import json
import os
import re
import subprocess
import sys

import pytest
from conftest import BIN, ROOT, run


def blocks():
    """{file: text}: the blocks that name one, put together."""
    with open(os.path.join(ROOT, "sdk", "docs", "tutorial.md"), encoding="utf-8") as f:
        text = f.read()
    out = {}
    for name, code in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", text, re.M | re.S):
        out[name] = out.get(name, "") + code
    return out


@pytest.fixture
def tutorial(tmp_path):
    abi = json.loads(run(BIN, "plugin", "list", "--json").stdout.splitlines()[0])["abi"]
    files = blocks()
    assert set(files) == {"server.py", "tock.json", "tock.c", "CMakeLists.txt", "workspace/billhook.lua"}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("PLUGIN_ABI", abi))
    return tmp_path


@pytest.fixture
def server(tutorial):
    process = subprocess.Popen([sys.executable, str(tutorial / "server.py"), "0"], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def test_the_tutorial(tutorial, server, build):
    out = build(tutorial, "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror")
    so, env = out + "/tock.so", {"TOCK_TOKEN": "open sesame"}
    options = ["--option", "url=" + server, "--option", "token=env:TOCK_TOKEN"]
    run(BIN, "plugin", "call", so, "probe", *options, env=env)
    facts = [json.loads(line) for line in run(BIN, "plugin", "call", so, "pull", *options, "--option", "page_size=2", "--json", env=env).stdout.splitlines()]
    assert [f["fact"] for f in facts] == ["client"] * 3 + ["asset"] * 5 + ["scope"]
    assert [(f["id"], f["client"], f["class"]) for f in facts if f["fact"] == "asset"] == [
        ("11", "1", "workstation"), ("12", "1", "workstation"), ("13", "2", "server"), ("14", "3", "workstation"), ("15", "3", "workstation")]
    assert facts[3]["last_seen"] == "2026-11-30" and "last_seen" not in facts[4]

    refused = run(BIN, "plugin", "call", so, "pull", *options, env={"TOCK_TOKEN": "close sesame"}, code=5)
    assert "401" in refused.stderr and "sesame" not in refused.stderr + refused.stdout

    lua = tutorial / "workspace" / "billhook.lua"
    lua.write_text(lua.read_text().replace("http://127.0.0.1:8080/api", server))
    replay = tutorial / "tock.replay.json"
    run(BIN, "-w", tutorial / "workspace", "--plugin-dir", out, "plugin", "record", "desk", "--out", replay, "--date", "2026-12-01", env=env)
    text = replay.read_text()
    for name in ("sesame", "127.0.0.1", "Acme", "Birch Legal", "FRONT", "TILL"):
        assert name not in text
    assert text.count("/machines?") == 3

    build(tutorial)
    for seed in range(1, 6):
        doc = json.loads(run(BIN, "plugin", "check", so, "--seed", seed, "--json").stdout)
        assert doc["ok"] and [t["name"] for t in doc["tests"] if t["skipped"]] == ["files"], doc

    pulled = json.loads(run(BIN, "-w", tutorial / "workspace", "--plugin-dir", out, "pull", "--date", "2026-12-01", "--json", env=env, code=(None)).stdout)
    assert (pulled["connectors"][0]["ok"], pulled["connectors"][0]["assets"]) == (True, 5)


def test_breaking_it_shows(tutorial, server, build):
    """Section 7's experiment."""
    source = tutorial / "tock.c"
    text = source.read_text()
    broken = text.replace('rc = read_list(&x, "/machines", fields, 5, on_machine);', 'rc = (read_list(&x, "/machines", fields, 5, on_machine), BH_OK);')
    assert broken != text
    out, env = build(tutorial), {"TOCK_TOKEN": "open sesame"}
    lua = tutorial / "workspace" / "billhook.lua"
    lua.write_text(lua.read_text().replace("http://127.0.0.1:8080/api", server))
    run(BIN, "-w", tutorial / "workspace", "--plugin-dir", out, "plugin", "record", "desk", "--out", tutorial / "tock.replay.json", env=env)
    source.write_text(broken)
    out = build(tutorial)
    doc = json.loads(run(BIN, "plugin", "check", out + "/tock.so", "--only", "truncated", "--json", code=1).stdout)
    assert "pull() came to BH_OK, and" in doc["tests"][0]["reason"] and "facts are missing" in doc["tests"][0]["reason"]
