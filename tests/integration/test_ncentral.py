"""ncentral against a scripted N-central: what is its own. What it has in common with the others is in test_rmm.py."""
import pytest
from platforms.bench import Bench
from platforms.ncentral import NCentral


@pytest.fixture
def platform():
    with NCentral() as p:
        yield p


@pytest.fixture
def bench(platform, tmp_path):
    return Bench(tmp_path / "ws", "ncentral", platform, platform.refs, **platform.options)


def test_attributes_select(bench):
    bench.pull()
    bench.book("".join('product "%s" { name = "%s", model = "per_unit", count = devices { %s }, price = "1.00" }\n' % x for x in [
        ("workstation", "w", 'licence = "Essential"'), ("server", "s", 'site = "Albany"'), ("network", "n", 'os = "Windows*"'),
        ("mobile", "m", 'probe = "true"'), ("virtual", "v", 'device_class = "Print*"'), ("other", "o", "seen_within = 5")]))
    # Acme: 321 322 325 in Albany, 321 322 324 on Windows, 323 with the small licence. 322 was last heard of on 2026-10-31, of 325 nothing is known.
    assert bench.counts()["200"] == {"workstation": 1, "server": 3, "network": 3, "mobile": 1, "virtual": 1, "other": 5}


def test_sites_as_clients(platform, tmp_path):
    bench = Bench(tmp_path / "ws", "ncentral", platform, ["200", "201", "202", "211"], clients="site", **platform.options)
    assert bench.pull(code=1)["unmapped"] == ["210", "220"]
    # 324 is on no site: the customer's own
    assert bench.counts() == {"200": {"workstation": 1}, "201": {"server": 1, "workstation": 1, "network": 1}, "202": {"workstation": 1, "network": 1},
                              "211": {"server": 1, "mobile": 1, "other": 1}}


def test_sites_are_not_asked_for_where_they_are_no_clients(bench, platform):
    bench.pull()
    assert not platform.asked("/api/sites")


def test_classes_by_option(bench, platform):
    bench.connect(classes='{ { match = "Laptop*", class = "mobile" }, { match = "printer", class = "other" } }', **platform.options)
    bench.pull()
    assert bench.counts()["200"] == {"server": 1, "workstation": 2, "mobile": 1, "network": 1, "other": 1}


def test_an_address_with_api_at_its_end(bench, platform):
    platform.url += "/api"
    bench.connect(**platform.options)
    bench.pull()
    assert bench.counts() == NCentral.counted


def test_a_mistake_that_comes_with_200(bench, platform):
    """N-central's engine can put a text of its own in place of the list."""
    platform.trouble("/api/devices", 200, {"data": "Error Message: the query took too long"})
    assert "no list" in bench.pull(code=5)["error"]


def test_an_answer_that_says_no_number(bench, platform):
    platform.trouble("/api/devices", 200, {"data": []})
    assert "does not say how many there are (totalItems)" in bench.pull(code=5)["error"]


def test_ids_of_19_digits(bench, platform):
    for i, row in enumerate(platform.lists["devices"][:2]):
        row["deviceId"] = 9007199254740993120 + i
    bench.pull()
    assert {"9007199254740993120", "9007199254740993121"} <= set(bench.devices("200"))


@pytest.mark.parametrize("change,words", [
    (lambda r: r.pop("customerId"), "987654323 has no customerId"), (lambda r: r.update(customerId=0), "987654323 has no customerId"),
    (lambda r: r.update(deviceId=None), "number 3 has no deviceId"), (lambda r: r.update(lastApplianceCheckinTime="soon"), "soon")])
def test_a_malformed_device_fails_the_pull_by_name(bench, platform, change, words):
    change(platform.lists["devices"][2])
    assert words in bench.pull(code=5)["error"]
