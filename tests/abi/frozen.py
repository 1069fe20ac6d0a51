#!/usr/bin/python3
"""Plugins that were built against every final minor version of the ABI so far, as binaries: this build has to load them, and they have to pass its check.

    frozen.py BILLHOOK [FOLDER …]     FOLDER: in place of tests/abi/frozen-*
"""
import glob
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
KINDS = ("connector", "model", "sink", "gateway")


def abi():
    with open(os.path.join(ROOT, "sdk", "include", "billhook", "plugin.h"), encoding="utf-8") as f:
        text = f.read()
    return tuple(int(re.search(r"#define BH_ABI_%s (\d+)u" % word, text).group(1)) for word in ("MAJOR", "MINOR", "RC"))


def copy(so, work):
    """One that belongs to us and that nobody else may write: what the loader asks for, whatever the checkout's umask was."""
    for file in glob.glob(so[:-3] + ".*"):
        to = shutil.copy(file, work)
        os.chmod(to, 0o755 if to.endswith(".so") else 0o644)
    return os.path.join(work, os.path.basename(so))


def check(billhook, so, work):
    done = subprocess.run([billhook, "plugin", "check", copy(so, work), "--json"], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        return ["%s: %s" % (so, done.stderr.strip())]
    doc = json.loads(done.stdout)
    wrong = ["%s: %s: %s" % (so, t["name"], t["reason"]) for t in doc["tests"] if not t["ok"]]
    if not any(t["ok"] and not t["skipped"] for t in doc["tests"] if t["name"] in ("session", "cases")):
        wrong.append("%s: it was loaded, and not run" % so)
    print("%s: %d tests, %d failed" % (os.path.basename(so), len(doc["tests"]), len(wrong)))
    return wrong


def main():
    billhook, folders = sys.argv[1], sys.argv[2:] or sorted(glob.glob(os.path.join(HERE, "frozen-*")))
    major, minor, rc = abi()
    if platform.machine() != "x86_64":
        print("SKIPPED: the frozen plugins are for x86_64, and this is %s" % platform.machine())
        return 0
    if not folders and rc:
        print("SKIPPED: ABI %d.%d-rc%d is not final: nothing is frozen yet" % (major, minor, rc))
        return 0
    wrong = []
    if not rc and not sys.argv[2:] and os.path.join(HERE, "frozen-%d.0" % major) not in folders:
        wrong.append("ABI %d.%d is final, and tests/abi has no frozen-%d.0 (tests/abi/freeze)" % (major, minor, major))
    for folder in folders:
        plugins = sorted(glob.glob(os.path.join(folder, "*.so")))
        missing = [k for k in KINDS if os.path.join(folder, "frozen-%s.so" % k) not in plugins]
        if missing:
            wrong.append("%s has no %s (tests/abi/freeze)" % (folder, ", no ".join(missing)))
        for so in plugins:
            with tempfile.TemporaryDirectory() as work:
                wrong += check(billhook, so, work)
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
