"""ninjaone against a scripted NinjaOne: what is counted, and what trouble leaves as it was."""
import pytest
from platforms.bench import Bench
from platforms.ninjaone import NinjaOne

EVE = "2026-11-30"  # the day before the one that is billed
DEVICES = "/v2/devices-detailed"
# Of recorded/devices.json: 104 waits for approval, 504 is decommissioned.
ACME = {"server": 2, "workstation": 2, "network": 1, "virtual": 1}  # 101 107, 102 103, 105, 106
SOEHNE = {"server": 1, "mobile": 1, "other": 1}  # 501, 502, 503


@pytest.fixture
def platform():
    with NinjaOne() as p:
        yield p


@pytest.fixture
def bench(platform, tmp_path):
    return Bench(tmp_path / "ws", "ninjaone", platform, ["2", "5", "9"], **platform.options)


def test_counts(bench):
    row = bench.pull()
    assert (row["assets"], row["unmapped"]) == (9, [])
    assert bench.counts() == {"2": ACME, "5": SOEHNE}
    devices = bench.devices("2")
    assert {k: v["name"] for k, v in devices.items()} == {
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


@pytest.mark.parametrize("asked,given", [(1, 1000), (2, 1000), (4, 1000), (1000, 3)])
def test_pages_and_pages_that_the_platform_cuts(bench, platform, asked, given):
    platform.page_rows_max = given
    bench.connect(page_size=asked, **platform.options)
    bench.pull()
    assert bench.counts() == {"2": ACME, "5": SOEHNE}
    assert [r.query.get("after") for r in platform.asked(DEVICES)][:2] == [None, str(platform.lists["devices"][min(asked, given) - 1]["id"])] or given == 1000 == asked


def test_a_device_on_two_pages_counts_once(bench, platform):
    bench.connect(page_size=4, **platform.options)
    rows = platform.lists["devices"]
    rows.insert(5, dict(rows[1]))  # 102 once more, on the second page
    bench.pull()
    assert bench.counts() == {"2": ACME, "5": SOEHNE}


def test_a_renamed_client_and_device_do_not_double(bench, platform):
    bench.pull(EVE)
    platform.lists["organizations"][0]["name"] = "Acme Dental Group"
    platform.lists["devices"][1]["displayName"] = "Reception"
    row = bench.pull()
    assert row["gone"] == 0
    assert bench.counts() == {"2": ACME, "5": SOEHNE}
    assert bench.devices("2")["102"]["name"] == "Reception"


def test_a_device_that_moves_to_another_client_counts_there(bench, platform):
    bench.pull(EVE)
    platform.lists["devices"][1]["organizationId"] = 9
    bench.pull()
    assert bench.counts() == {"2": dict(ACME, workstation=1), "5": SOEHNE, "9": {"workstation": 1}}


def test_ids_of_19_digits(bench, platform):
    for i, row in enumerate(platform.lists["devices"][1:3]):
        row["id"] = 9007199254740993120 + i
    bench.pull()
    assert {"9007199254740993120", "9007199254740993121"} <= set(bench.devices("2"))


@pytest.mark.parametrize("status,times", [(500, -1), (403, -1), (404, -1)])
def test_a_page_that_fails_changes_nothing(bench, platform, status, times):
    bench.connect(page_size=4, **platform.options)
    bench.pull(EVE)
    platform.lists["devices"] = platform.lists["devices"][:6]
    platform.trouble(DEVICES, status, times=times, when=lambda r: "after" in r.query)
    row = bench.pull(code=5)
    assert str(status) in row["error"]
    assert bench.counts() == {"2": ACME, "5": SOEHNE}


def test_too_many_requests_are_asked_again(bench, platform):
    platform.trouble(DEVICES, 429, times=1, headers={"Retry-After": "0"})
    bench.pull()
    assert bench.counts() == {"2": ACME, "5": SOEHNE} and [r.query for r in platform.asked(DEVICES)].count({"pageSize": "1000"}) == 2


def test_a_token_that_is_forgotten_is_fetched_again(bench, platform):
    bench.connect(page_size=4, **platform.options)
    platform.before.append(lambda r: platform.forget_tokens() if r.query.get("after") == "104" and platform.tokens == 1 else None)
    bench.pull()
    assert platform.tokens == 2 and bench.counts() == {"2": ACME, "5": SOEHNE}


def test_wrong_credentials(bench, platform):
    bench.connect(**dict(platform.options, client_secret=("secret", "wrong-one")))
    assert "token" in bench.pull(code=5)["error"]
    assert not platform.asked("/v2/organizations")


def test_refused_although_the_token_is_new(bench, platform):
    platform.trouble("/v2/organizations", 401)
    assert "401" in bench.pull(code=5)["error"]


@pytest.mark.parametrize("change,words", [
    (lambda r: r.pop("organizationId"), "103 has no organizationId"), (lambda r: r.pop("id"), "number 3 has no id"),
    (lambda r: r.update(nodeClass=None), "103 has no nodeClass"), (lambda r: r.update(lastContact="yesterday"), "yesterday")])
def test_a_malformed_device_fails_the_pull_by_name(bench, platform, change, words):
    change(platform.lists["devices"][2])
    assert words in bench.pull(code=5)["error"]


def test_no_organisation_at_all_is_never_nothing_to_bill(bench, platform):
    bench.pull(EVE)
    platform.lists["organizations"].clear()
    assert "none that this API client may see" in bench.pull(code=5)["error"]


def test_a_page_that_is_no_json(bench, platform):
    platform.trouble(DEVICES, 200, b"<html>please log in</html>", {"Content-Type": "text/html"})
    bench.pull(code=5)
