"""The closing line of tests/run: what ctest's JUnit files of all stages come to.

    summary.py BROKEN FOLDER     BROKEN: builds and stages that failed as a whole; each counts as one failed test
"""
import os
import sys
import xml.etree.ElementTree as ET


def reason(case):
    """What a test that was skipped has said last: pytest's "no MeshCentral here: …"."""
    said = [line.strip() for line in (case.findtext("system-out") or "").splitlines() if line.strip()]
    told = [line for line in said if "SKIPPED" in line or " here: " in line]
    return (told or said or ["it did not say why"])[-1][:400]


def main():
    failed, passed, skipped = int(sys.argv[1]), 0, 0
    for name in sorted(os.listdir(sys.argv[2])):
        if not name.endswith(".xml"):
            continue
        for case in ET.parse(os.path.join(sys.argv[2], name)).getroot().iter("testcase"):
            label = "%s: %s" % (name[:-4], case.get("name"))
            if case.get("status") == "run":
                passed += 1
            elif case.get("status") == "fail":
                failed += 1
                print("FAILED  " + label)
            else:
                skipped += 1
                print("SKIPPED %s: %s" % (label, reason(case)))
    if skipped:
        print("%d skipped" % skipped)
    if passed + failed == 0:
        failed = 1
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
