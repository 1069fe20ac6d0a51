#!/usr/bin/python3
"""Records the session of a shipped connector with its scripted platform (tests/integration/platforms) and writes it where the check reads it:
plugins/connectors/NAME/NAME.replay.json. To be run by hand, when a connector asks for something new:

    BILLHOOK_BIN=build/dev/bin/billhook tests/check/record.py ninjaone datto-rmm …
"""
import importlib
import json
import os
import pkgutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
import platforms  # noqa: E402
from conftest import COMPANY, Workspace  # noqa: E402

# What a platform's `options` leave to its tests.
MORE = {
    "syncro": lambda p: {"billed_through": "2026-10-31"},
    "msgraph": lambda p: {"url": p.url + "/v1.0", "token_url": p.url + "/{tenant}/oauth2/v2.0/token", "scope": "https://graph.example/.default", "client_id": "app-1",
                          "client_secret": ("secret", "graph-secret-1"), "tenants": [{"tenant": t, "client": c} for t, c in p.tenants.items()]},
    "pax8": lambda p: {"url": p.url + "/v1", "token_url": p.url + "/v1/token", "audience": "https://pax8.example", "client_id": "app-1",
                       "client_secret": ("secret", "pax8-secret-1")},
}


def found():
    """{connector: its platform's class}"""
    out = {}
    for module in pkgutil.iter_modules(platforms.__path__):
        for thing in vars(importlib.import_module("platforms." + module.name)).values():
            if isinstance(thing, type) and isinstance(getattr(thing, "connector", None), str):
                out[thing.connector] = thing
    return out


def lua(value):
    if isinstance(value, list):
        return "{ %s }" % ", ".join(lua(v) for v in value)
    if isinstance(value, dict):
        return "{ %s }" % ", ".join("%s = %s" % (k, lua(v)) for k, v in value.items())
    return value if isinstance(value, str) and value.startswith("{") and " = " in value else json.dumps(value)


def record(name, kind):
    with kind() as platform, tempfile.TemporaryDirectory() as folder:
        options = dict({"url": platform.url}, **getattr(platform, "options", {}))
        options.update(getattr(platform, "small", None) or {})
        options.update(MORE[name](platform) if name in MORE else {})
        secrets, words = {}, ["plugin = " + json.dumps(name)]
        for key, value in options.items():
            if isinstance(value, tuple):
                secrets["SECRET_" + key.upper()] = value[1]
                value = 'secret "env:SECRET_%s"' % key.upper()
                words.append("%s = %s" % (key, value))
            else:
                words.append("%s = %s" % (key, lua(value)))
        ws = Workspace(folder)
        ws.config('connector "rmm" { %s }\n' % ", ".join(words), company=COMPANY)
        out = os.path.join(ROOT, "plugins", "connectors", name, name + ".replay.json")
        ws.command("plugin", "record", "rmm", "--out", out, "--date", "2026-12-01", env=secrets)
        print(out)


def main():
    known = found()
    for name in sys.argv[1:] or sorted(known):
        record(name, known[name])


if __name__ == "__main__":
    main()
