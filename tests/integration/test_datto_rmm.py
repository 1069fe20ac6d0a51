"""datto-rmm against a scripted Datto RMM: what is its own. What it has in common with the others is in test_rmm.py."""
import json
import os
import sys

import pytest
from platforms.bench import Bench
from platforms.datto import A, B, Datto
from platforms.server import ROOT, Answer, Trouble

RECORDED = os.path.join(ROOT, "..", "shared", "data", "recorded", "datto-rmm")


@pytest.fixture
def platform():
    with Datto() as p:
        yield p


@pytest.fixture
def bench(platform, tmp_path):
    return Bench(tmp_path / "ws", "datto-rmm", platform, platform.refs, **platform.options)


def test_attributes_select(bench):
    bench.pull()
    bench.book("".join('product "%s" { name = "%s", model = "per_unit", count = devices { %s }, price = "1.00" }\n' % x for x in [
        ("workstation", "w", 'os = "*Windows 11*"'), ("server", "s", 'site = "Acme Dental"'), ("network", "n", 'category = "Printer"'),
        ("mobile", "m", 'domain = "acme.local"'), ("virtual", "v", 'status = "suspended"'), ("other", "o", "seen_within = 5")]))
    # Acme: 1 2 3 6 7 active; 2 was last heard of on 2026-10-31.
    assert bench.counts()[A] == {"workstation": 2, "server": 5, "network": 1, "mobile": 1, "other": 4}


def test_suspended_and_deleted_ones_are_counted_when_asked(bench, platform):
    bench.connect(include_inactive=True, **platform.options)
    bench.pull()
    assert bench.counts() == dict(Datto.counted, **{A: {"server": 2, "workstation": 4, "network": 1}})


def test_classes_by_option(bench, platform):
    bench.connect(classes='{ { match = "printer", class = "other" }, { match = "LAPTOP", class = "mobile" } }', **platform.options)
    bench.pull()
    assert bench.counts()[A] == {"server": 2, "workstation": 1, "mobile": 1, "other": 1}


def test_an_address_with_api_at_its_end(bench, platform):
    platform.url += "/api/"
    bench.connect(**platform.options)
    bench.pull()
    assert bench.counts() == Datto.counted


def test_pages_are_asked_for_side_by_side_by_number(bench, platform):
    bench.connect(page_size=2, at_once=3, **platform.options)
    bench.pull()
    asked = [r.query for r in platform.asked(platform.devices_path)]
    assert asked[0] == {"max": "2", "page": "0"} and {int(q["page"]) for q in asked} >= {0, 1, 2, 3, 4, 5}


def test_a_list_that_says_no_number_fails(bench, platform):
    platform.trouble(platform.devices_path, 200, {"pageDetails": {"count": 0}, "devices": []})
    assert "pageDetails.totalCount" in bench.pull(code=5)["error"]


def test_a_later_page_that_is_short_fails(bench, platform):
    bench.connect(page_size=4, **platform.options)
    platform.cut = 1
    error = bench.pull(code=5)["error"]
    assert "there are 11" in error and "came" in error


@pytest.mark.parametrize("change,words", [
    (lambda r: r.update(uid=3), "3 has no uid that is a text"), (lambda r: r.update(siteUid=None), "has no siteUid"), (lambda r: r.pop("siteUid"), "has no siteUid"),
    (lambda r: r.update(deleted="no"), "deleted"), (lambda r: r.update(lastSeen="yesterday"), "yesterday")])
def test_a_malformed_device_fails_the_pull_by_name(bench, platform, change, words):
    change(platform.lists["devices"][2])
    assert words in bench.pull(code=5)["error"]


# ---- what a real Datto RMM has said ----

@pytest.fixture
def recorded(platform):
    if not os.path.isdir(RECORDED):
        print("\n*** recorded answers of Datto RMM are not there: a test is SKIPPED", file=sys.__stderr__, flush=True)
        pytest.skip("no recorded answers beside the project")

    def answer(name):
        with open(os.path.join(RECORDED, name), encoding="utf-8") as f:
            return Answer(200, json.load(f))
    platform.lists["sites"][0].update(uid="site-uid-1", name="Main Site")
    return answer


def test_recorded_pages(recorded, platform, tmp_path):
    """Two pages of one device each, though 250 were asked for; the next page's address is another host's, and is not gone to."""
    none = Answer(200, {"pageDetails": {"count": 0, "totalCount": 0}, "devices": []})
    pages = {"0": recorded("devicesPage1.json"), "1": recorded("devicesPage2.json"), "2": none}
    bench = Bench(tmp_path / "ws", "datto-rmm", platform, ["site-uid-1", B], **platform.options)
    for page, given in pages.items():
        platform.troubles.append(_always(platform.devices_path, given, page))
    bench.pull(code=1)
    assert bench.counts() == {"site-uid-1": {"server": 2}}
    assert set(bench.devices("site-uid-1")) == {"device-uid-1", "device-uid-2"}


def test_the_recorded_page_with_a_malformed_device(recorded, platform, bench):
    platform.troubles.append(_always(platform.devices_path, recorded("devices-page-with-malformed-item.json"), "0"))
    error = bench.pull(code=5)["error"]
    assert "2 malformed" in error and "device-uid-601 has no siteUid" in error and "602 has no uid that is a text" in error


def _always(path, answer, page):
    return Trouble(path, answer, -1, lambda r: r.query["page"] == page, 0)
