"""The tutorial, done as it says: its code is put together, built, called, recorded, checked and used."""
import json
import os
import re
import subprocess
import sys

import pytest
from conftest import BIN, BUILD, ROOT, run


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
    assert [f["fact"] for f in facts] == ["client"] * 3 + ["asset"] * 5 + ["scope"] + ["usage"] * 4 + ["scope"]
    assert [(f["id"], f["client"], f["class"]) for f in facts if f["fact"] == "asset"] == [
        ("11", "1", "workstation"), ("12", "1", "workstation"), ("13", "2", "server"), ("14", "3", "workstation"), ("15", "3", "workstation")]
    assert [(f["id"], f["client"], f["quantity"], f["date"]) for f in facts if f["fact"] == "usage"] == [
        ("90071992547409931", "1", "1.5", "2026-11-12"), ("90071992547409932", "2", "0", "2026-11-30"), ("90071992547409933", "3", "0.416666666", "2026-11-30"),
        ("90071992547409934", "3", "1", "2026-10-05")]  # 25 minutes are 0.41666…
    assert facts[3]["last_seen"] == "2026-11-30" and "last_seen" not in facts[4]

    refused = run(BIN, "plugin", "call", so, "pull", *options, env={"TOCK_TOKEN": "close sesame"}, code=5)
    assert "401" in refused.stderr and "sesame" not in refused.stderr + refused.stdout

    lua = tutorial / "workspace" / "billhook.lua"
    lua.write_text(lua.read_text().replace("http://127.0.0.1:8080/api", server))
    replay = tutorial / "tock.replay.json"
    run(BIN, "-w", tutorial / "workspace", "--plugin-dir", out, "plugin", "record", "desk", "--since", "2026-11-01", "--out", replay, "--date", "2026-12-01", env=env)
    text = replay.read_text()
    for name in ("sesame", "127.0.0.1", "Acme", "Birch Legal", "FRONT", "TILL"):
        assert name not in text
    assert text.count("/machines?") == 3 and text.count("/times?size=2&from=2026-11-01&page=") == 2 and '"since":"2026-11-01"' in text

    build(tutorial)
    for seed in range(1, 6):
        doc = json.loads(run(BIN, "plugin", "check", so, "--seed", seed, "--json").stdout)
        assert doc["ok"] and [t["name"] for t in doc["tests"] if t["skipped"]] == ["files"], doc

    pulled = json.loads(run(BIN, "-w", tutorial / "workspace", "--plugin-dir", out, "pull", "--date", "2026-12-01", "--json", env=env, code=(None)).stdout)
    assert (pulled["connectors"][0]["ok"], pulled["connectors"][0]["assets"]) == (True, 5)


def commands():
    """The lines that the tutorial has typed, in their order: indented, and beginning with a command."""
    with open(os.path.join(ROOT, "sdk", "docs", "tutorial.md"), encoding="utf-8") as f:
        text = re.sub(r"^```.*?^```$", "", f.read(), flags=re.M | re.S)
    return re.findall(r"^    ((?:export|cmake|billhook) .*)$", text, re.M)


def test_word_for_word(tutorial, tmp_path_factory):
    """With Billhook installed in a folder of its own, by the lines that stand there: only the folder, the port and the date of the pulls are others."""
    prefix = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BUILD, "--prefix", prefix)
    process = subprocess.Popen([sys.executable, str(tutorial / "server.py"), "0"], stdout=subprocess.PIPE, text=True)
    try:
        address = process.stdout.readline().strip()
        lua = tutorial / "workspace" / "billhook.lua"
        lua.write_text(lua.read_text().replace("http://127.0.0.1:8080/api", address))
        lines = commands()
        lines.remove("billhook -w workspace pull")  # from the plugin folder of the installation, which is root's
        assert len(lines) > 10
        script = "\n".join(lines + ["billhook plugin check build/tock.so --seed %d" % seed for seed in range(2, 6)])
        script = script.replace("$HOME/billhook", str(prefix)).replace("http://127.0.0.1:8080/api", address)
        quiet = {"CMAKE_PREFIX_PATH": "", "PKG_CONFIG_PATH": "", "PATH": "/usr/local/bin:/usr/bin:/bin", "BILLHOOK_BIN": ""}
        done = run("bash", "-euo", "pipefail", "-c", script, cwd=tutorial, env=quiet)
    finally:
        process.terminate()
        process.wait()
    assert "probe: good" in done.stdout and done.stdout.count("none failed") == 5 and "WARNING" not in done.stdout
    assert "3 clients, 5 device assets, 3 usage" in done.stdout
    abi = run("pkg-config", "--variable=abi", "billhook-sdk", env={"PKG_CONFIG_PATH": ":".join(str(prefix / d / "pkgconfig") for d in ("lib", "lib64", "lib/x86_64-linux-gnu"))})
    assert '"abi": "%s"' % abi.stdout.strip() in (tutorial / "tock.json").read_text()


def test_breaking_it_shows(tutorial, server, build):
    """Section 7's experiment."""
    source = tutorial / "tock.c"
    text = source.read_text()
    broken = text.replace('rc = read_list(&x, "/machines", (bh_date){0, 0, 0}, machine, 5, on_machine);',
                          'rc = (read_list(&x, "/machines", (bh_date){0, 0, 0}, machine, 5, on_machine), BH_OK);')
    assert broken != text
    out, env = build(tutorial), {"TOCK_TOKEN": "open sesame"}
    lua = tutorial / "workspace" / "billhook.lua"
    lua.write_text(lua.read_text().replace("http://127.0.0.1:8080/api", server))
    run(BIN, "-w", tutorial / "workspace", "--plugin-dir", out, "plugin", "record", "desk", "--out", tutorial / "tock.replay.json", env=env)
    source.write_text(broken)
    out = build(tutorial)
    doc = json.loads(run(BIN, "plugin", "check", out + "/tock.so", "--only", "truncated", "--json", code=1).stdout)
    assert "pull() came to BH_OK, and" in doc["tests"][0]["reason"] and "facts are missing" in doc["tests"][0]["reason"]


def by_the_hosts_pages(text):
    """The same connector, whose lists the host pages through."""
    counted = '  static const bhk_count by_page = {.kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .total = "count"};\n'
    paged = ('  const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = x->t->page_size,\n'
             '    .total = "$.count"};\n')
    out = text.replace(counted, paged).replace(".row = row};", ".row = row, .pages = &pages};").replace("&list, &by_page, x", "&list, NULL, x")
    assert out.count("pages = &pages") == 1 and "by_page" not in out
    return out


@pytest.mark.parametrize("change", [lambda text: text, by_the_hosts_pages], ids=["counted", "paged"])
def test_as_many_as_the_list_says(tutorial, build, change):
    """A second page of one row that came before, every time: as many rows as the list says to have, and one customer fewer."""
    source = tutorial / "tock.c"
    source.write_text(change(source.read_text()))

    def session(second):
        def answer(path, count, *rows):
            return {"method": "GET", "url": "https://desk.example/api/" + path, "status": 200, "json": {"count": count, "rows": list(rows)}}
        doc = {"schema": "billhook.replay/1", "plugin": "tock", "date": "2026-12-01", "options": {"url": "https://desk.example/api", "token": "t", "page_size": "2"},
               "exchanges": [answer("customers?size=1&page=1", 3, {"id": 1, "name": "A"}), answer("customers?size=2&page=1", 3, {"id": 1, "name": "A"}, {"id": 2, "name": "B"}),
                             answer("customers?size=2&page=2", 3, second), answer("machines?size=2&page=1", 1, {"id": 11, "customer": 1, "name": "M", "sort": "pc", "seen": None}),
                             answer("times?size=2&page=1", 0)]}
        (tutorial / "tock.replay.json").write_text(json.dumps(doc))
        return build(tutorial, "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror") + "/tock.so"

    so = session({"id": 3, "name": "C"})
    assert json.loads(run(BIN, "plugin", "check", so, "--only", "session", "--json").stdout)["ok"]
    so = session({"id": 1, "name": "A"})
    doc = json.loads(run(BIN, "plugin", "check", so, "--only", "session", "--json", code=1).stdout)
    assert "there are 3 by its own count, and 2 different ones came" in doc["tests"][0]["reason"], doc
