#!/usr/bin/python3
"""Records the session of a shipped connector with its scripted platform (tests/integration/platforms) and writes it where the check reads it:
plugins/connectors/NAME/NAME.replay.json. To be run by hand, when a connector asks for something new:

    BILLHOOK_BIN=build/dev/bin/billhook tests/check/record.py ninjaone datto-rmm …
"""
import importlib
import os
import pkgutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "integration"))
import platforms  # noqa: E402
from platforms.bench import Bench  # noqa: E402


def found():
    """{connector: its platform's class}"""
    out = {}
    for module in pkgutil.iter_modules(platforms.__path__):
        for thing in vars(importlib.import_module("platforms." + module.name)).values():
            if isinstance(thing, type) and isinstance(getattr(thing, "connector", None), str):
                out[thing.connector] = thing
    return out


def record(name, kind):
    with kind() as platform, tempfile.TemporaryDirectory() as folder:
        options = dict(platform.options, **(getattr(platform, "small", None) or {}))
        bench = Bench(os.path.join(folder, "ws"), name, platform, getattr(platform, "refs", []), **options)
        out = os.path.join(ROOT, "plugins", "connectors", name, name + ".replay.json")
        bench.command("plugin", "record", "rmm", "--out", out, "--date", "2026-12-01")
        print(out)


def main():
    known = found()
    for name in sys.argv[1:] or sorted(known):
        record(name, known[name])


if __name__ == "__main__":
    main()
