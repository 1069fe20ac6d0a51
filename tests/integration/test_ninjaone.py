"""ninjaone against a scripted NinjaOne: what is its own. What it has in common with the others is in test_rmm.py."""
import pytest
from platforms.bench import Bench
from platforms.ninjaone import NinjaOne

EVE = "2026-11-30"  # the day before the one that is billed
ACME, SOEHNE = NinjaOne.counted["2"], NinjaOne.counted["5"]


@pytest.fixture
def platform():
    with NinjaOne() as p:
        yield p


@pytest.fixture
def bench(platform, tmp_path):
    return Bench(tmp_path / "ws", "ninjaone", platform, platform.refs, **platform.options)


def test_names(bench):
    bench.pull()
    assert {k: v["name"] for k, v in bench.devices("2").items()} == {
        "101": "ACME-DC01", "102": "Front desk", "103": "acme-mac03", "105": "Switch, rack A", "106": "ACME-DC01 (VM)", "107": "esx1.acme.local"}


def test_attributes_select(bench):
    bench.pull()
    bench.book("".join('product "%s" { name = "%s", model = "per_unit", count = devices { %s }, price = "1.00" }\n' % x for x in [
        ("workstation", "w", 'site = "Albany"'), ("server", "s", 'os = "Windows*"'), ("network", "n", 'serial = "5XK2LM3"'),
        ("mobile", "m", 'serial = "PF3A1B2C"'), ("virtual", "v", 'node_class = "MAC"'), ("other", "o", "seen_within = 5")]))
    # Albany: 101 102 105 106 107. Seen since 2026-11-26: all but 102, which was last heard of on 2026-10-31.
    assert bench.counts()["2"] == {"workstation": 5, "server": 2, "network": 1, "mobile": 1, "virtual": 1, "other": 5}


def test_inactive_ones_are_counted_when_asked(bench, platform):
    bench.connect(include_inactive=True, **platform.options)
    bench.pull()
    assert bench.counts() == {"2": dict(ACME, workstation=3), "5": dict(SOEHNE, workstation=1)}


def test_classes_by_option(bench, platform):
    bench.connect(classes='{ { match = "vmware_vm_host", class = "virtual" }, { match = "NMS_*", class = "other" } }', **platform.options)
    bench.pull()
    assert bench.counts()["2"] == {"server": 1, "workstation": 2, "virtual": 2, "other": 1}


def test_locations_as_clients(platform, tmp_path):
    bench = Bench(tmp_path / "ws", "ninjaone", platform, ["21", "22", "51"], clients="location", **platform.options)
    assert bench.pull(code=1)["unmapped"] == ["91"]
    assert bench.counts() == {"21": {"server": 2, "workstation": 1, "network": 1, "virtual": 1}, "22": {"workstation": 1}, "51": SOEHNE}


def test_a_device_that_moves_to_another_client_counts_there(bench, platform):
    bench.pull(EVE)
    platform.lists["devices"][1]["organizationId"] = 9
    bench.pull()
    assert bench.counts() == {"2": dict(ACME, workstation=1), "5": SOEHNE, "9": {"workstation": 1}}


def test_an_address_with_v2_at_its_end(bench, platform):
    platform.url += "/v2/"
    bench.connect(**platform.options)
    bench.pull()
    assert bench.counts() == NinjaOne.counted


def test_ids_of_19_digits(bench, platform):
    for i, row in enumerate(platform.lists["devices"][1:3]):
        row["id"] = 9007199254740993120 + i
    bench.pull()
    assert {"9007199254740993120", "9007199254740993121"} <= set(bench.devices("2"))


@pytest.mark.parametrize("change,words", [
    (lambda r: r.pop("organizationId"), "103 has no organizationId"), (lambda r: r.pop("id"), "number 3 has no id"),
    (lambda r: r.update(nodeClass=None), "103 has no nodeClass"), (lambda r: r.update(lastContact="yesterday"), "yesterday")])
def test_a_malformed_device_fails_the_pull_by_name(bench, platform, change, words):
    change(platform.lists["devices"][2])
    assert words in bench.pull(code=5)["error"]
