"""A platform that says what a test has it say: the connector test_script plays a file (tests/unit/plugins_src/script.c has its words)."""
import json
import os
import sqlite3

from conftest import BIN, SHEET

PLUGINS = os.path.join(os.path.dirname(os.path.dirname(BIN)), "tests", "plugins")


def connector(name="psa", options=""):
    return 'connector "%s" { plugin = "test_script", path = "%s.txt"%s }\n' % (name, name, ", " + options if options else "")


def config(ws, *connectors, extra=""):
    ws.plugins = PLUGINS
    ws.config("".join(connectors) + extra)
    os.makedirs(ws.path("counts"), exist_ok=True)


def says(ws, *rows, name="psa"):
    """Tuples: what the platform says at the next pull. Dicts in them become JSON."""
    ws.write(name + ".txt", "".join("\t".join(json.dumps(x) if isinstance(x, (dict, list)) else str(x) for x in row) + "\n" for row in rows))


def pull(ws, date="2026-12-01", *args, code=0, name="psa"):
    """The connector's row of a pull, with every connector's in `all`."""
    done = ws.command("pull", "--date", date, "--json", *args, code=code).json
    return next(c for c in done["connectors"] if c["name"] == name)


def rows(ws, sql, *values):
    store = sqlite3.connect("file:%s?mode=ro" % ws.path("billhook.db"), uri=True)
    try:
        return store.execute(sql, values).fetchall()
    finally:
        store.close()


def asked(ws, name="psa"):
    """`since` and cursor that the connector was handed at its last good pull in which it said ("ask",)."""
    (text,), = rows(ws, "SELECT p.name FROM place AS p JOIN connector AS c ON c.num=p.connector WHERE c.name=? AND p.ref='asked'", name)
    since, _, cursor = text.partition(" ")
    return (None if since.startswith("0000") else since), cursor


__all__ = ["PLUGINS", "SHEET", "asked", "config", "connector", "pull", "rows", "says"]
