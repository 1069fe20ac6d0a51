"""tacticalrmm against a scripted Tactical RMM: what is its own. What it has in common with the others is in test_rmm.py."""
import pytest
from platforms.bench import Bench
from platforms.tactical import Tactical


@pytest.fixture
def platform():
    with Tactical() as p:
        yield p


@pytest.fixture
def bench(platform, tmp_path):
    return Bench(tmp_path / "ws", "tacticalrmm", platform, platform.refs, **platform.options)


def test_what_is_asked(bench, platform):
    bench.pull()
    assert [repr(r) for r in platform.requests] == ["GET /clients/", "GET /agents/"]


def test_attributes_select(bench):
    bench.pull()
    bench.book("".join('product "%s" { name = "%s", model = "per_unit", count = devices { %s }, price = "1.00" }\n' % x for x in [
        ("workstation", "w", 'os = "Windows*"'), ("server", "s", 'serial = "5XK2LM3"'), ("network", "n", 'site = "Troy"'),
        ("mobile", "m", 'status = "maintenance"'), ("virtual", "v", 'platform = "darwin"'), ("other", "o", 'model = "Dell*"')]))
    assert bench.counts()["1"] == {"workstation": 3, "server": 1, "network": 2, "mobile": 1, "virtual": 1, "other": 4}


def test_sites_as_clients(platform, tmp_path):
    bench = Bench(tmp_path / "ws", "tacticalrmm", platform, ["11", "12", "21"], clients="site", **platform.options)
    assert bench.pull(code=1)["unmapped"] == ["31"]
    assert bench.counts() == {"11": {"server": 1, "workstation": 1}, "12": {"workstation": 2}, "21": {"server": 1, "workstation": 1}}


def test_classes_by_option(bench, platform):
    bench.connect(classes='{ { match = "SERVER", class = "other" } }', **platform.options)
    bench.pull()
    assert bench.counts() == {"1": {"other": 1, "workstation": 3}, "2": {"other": 1, "workstation": 1}}


def test_an_agent_that_comes_twice_counts_once(bench, platform):
    platform.lists["devices"].append(dict(platform.lists["devices"][1]))
    bench.pull()
    assert bench.counts() == Tactical.counted


def test_a_client_that_is_renamed_between_the_lists(bench, platform):
    """Its agents then name a client that nobody has told of: they are not lost, the pull fails."""
    for row in platform.lists["devices"][:4]:
        row["client_name"] = "Acme Dental Group"
    assert "renamed meanwhile" in bench.pull(code=5)["error"]


def test_the_dashboard_s_address(bench, platform):
    platform.url += "/dashboard"
    bench.connect(**platform.options)
    bench.pull(code=5)


@pytest.mark.parametrize("field", ["client_name", "site_name", "monitoring_type"])
def test_a_malformed_agent_fails_the_pull_by_name(bench, platform, field):
    platform.lists["devices"][2][field] = None
    assert platform.lists["devices"][2]["agent_id"] + " has no " + field in bench.pull(code=5)["error"]
