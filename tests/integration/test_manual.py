"""The manual and the README are true: their examples are a right workspace, their commands and files exist."""
import os
import re
import subprocess

import pytest
from conftest import BIN, ROOT

DOCS = ["README.md", "sdk/docs/workspace.md", "sdk/docs/billing.md", "sdk/docs/cli.md", "scripts/examples/northwind/README.md"]


def text(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as f:
        return f.read()


def commands():
    out = subprocess.run([BIN, "--help"], capture_output=True, text=True).stdout
    block = out[out.index("Commands:"):out.index("For every command:")]
    return {m.group(1).strip() for m in re.finditer(r"^  ([a-z-]+(?: [a-z]+)?)  ", block, re.M)}


def options(command):
    out = subprocess.run([BIN] + command.split() + ["--help"], capture_output=True, text=True).stdout
    return set(re.findall(r"--[a-z-]+", out)) | set(re.findall(r"(?<![\w-])-[a-z]\b", out))


def test_the_manuals_workspace_is_right(ws):
    for m in re.finditer(r"<!-- file: (\S+) -->\n```\w*\n(.*?)```", text("sdk/docs/workspace.md"), re.S):
        ws.write(m.group(1), m.group(2))
    assert {"billhook.lua", "pricebook.lua", "clients/acme.lua", "clients/bulk.jsonl"} <= {
        os.path.relpath(os.path.join(at, f), ws.folder) for at, _, files in os.walk(ws.folder) for f in files}
    report = ws.check()
    assert report["ok"] is True
    ws.write("counts/assets.csv", "client,kind,class,id,name,from,to,site\n" + "".join(
        "acme,device,workstation,%d,PC-%d,2026-01-01,,Albany\n" % (i, i) for i in range(60)) + "lake,device,tablet,t,T,2026-01-01,,Pier\n")
    ws.write("counts/usage.csv", "date,client,metric,quantity,id,description\n2026-11-05,acme,backup_gb,640,b,\n")
    run = ws.run("2026-12-01", code=(0, 1))
    assert run["drafted"] == 2
    d = ws.draft("acme")
    # 60 counted, 5 included: 55 × 42.00; the rule saw more than 50
    assert [x["amount"] for x in d["lines"] if x["product"] == "managed-workstation"] == ["2310.00", "2310.00"]
    assert "55 workstations" in [y["description"] for y in d["discounts"]]


def test_every_command_is_in_the_manual_and_the_other_way_round():
    known = commands()
    assert {"run", "check", "plugin list"} <= known
    table = re.search(r"\| command \| \|\n\|---\|---\|\n(.*?)\n\n", text("sdk/docs/cli.md"), re.S).group(1)
    named = set()
    for row in table.splitlines():
        for cell in re.findall(r"`([^`]+)`", row.split(" | ")[0].lstrip("| ")):
            words = cell.split()
            named.add(" ".join(words[:2]) if " ".join(words[:2]) in known else words[0])
    assert named == known


@pytest.mark.parametrize("name", DOCS)
def test_commands_and_options_that_are_named_exist(name):
    known = commands()
    for m in re.finditer(r"billhook((?: -w \S+)?) ([a-z-]+(?: (?:list|info|trust))?)((?: [^`\n|#]*)?)", text(name)):
        word, rest = m.group(2), m.group(3)
        if m.start() and text(name)[m.start() - 1] not in " /`\n":
            continue  # part of a path or of another word
        if not any(k == word or k.split()[0] == word for k in known):
            before = text(name)[max(0, m.start() - 1):m.start()]
            assert before != "`", "%s: `billhook %s` is no command" % (name, word)
            continue
        have = options(word if word in known else word + " list")
        for o in re.findall(r"(?<!\S)--[a-z-]+", rest):
            assert o in have, "%s: billhook %s %s" % (name, word, o)


@pytest.mark.parametrize("name", DOCS)
def test_files_that_are_linked_exist(name):
    folder = os.path.dirname(os.path.join(ROOT, name))
    for target in re.findall(r"\]\(([^)#]+)\)", text(name)):
        if "://" not in target:
            assert os.path.exists(os.path.join(folder, target)), "%s: %s" % (name, target)


def test_programs_that_the_readme_names_exist():
    for path in re.findall(r"^    (?:\./)?((?:scripts|tests)/[\w.-]+)", text("README.md"), re.M):
        full = os.path.join(ROOT, path)
        assert os.path.isfile(full) and os.access(full, os.X_OK), path
