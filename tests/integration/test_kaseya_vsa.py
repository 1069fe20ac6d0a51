"""kaseya-vsa against a scripted VSA 9: what is its own. What it has in common with the others is in test_rmm.py."""
import pytest
from platforms.bench import Bench
from platforms.vsa import ACME, SOEHNE, Vsa

GROUPS = ["91000000000000000000001", "91000000000000000000002", "91000000000000000000003"]


@pytest.fixture
def platform():
    with Vsa() as p:
        yield p


@pytest.fixture
def bench(platform, tmp_path):
    return Bench(tmp_path / "ws", "kaseya-vsa", platform, platform.refs, **platform.options)


def test_ids_keep_all_their_digits(bench):
    bench.pull()
    assert set(bench.devices(ACME)) == {"41000000000000100000000%d" % i for i in (1, 2, 3)}


def test_attributes_select(bench):
    bench.pull()
    bench.book("".join('product "%s" { name = "%s", model = "per_unit", count = devices { %s }, price = "1.00" }\n' % x for x in [
        ("workstation", "w", 'os = "11 Prof*"'), ("server", "s", 'serial = "5XK2LM3"'), ("network", "n", 'site = "troy.acme"'),
        ("mobile", "m", 'domain = "acme (d)"'), ("virtual", "v", 'host = "ACME-PC02"'), ("other", "o", "seen_within = 5")]))
    # 2 was last heard of on 2026-10-31
    assert bench.counts()[ACME] == {"workstation": 1, "server": 1, "network": 1, "mobile": 3, "virtual": 1, "other": 2}


def test_machine_groups_as_clients(platform, tmp_path):
    bench = Bench(tmp_path / "ws", "kaseya-vsa", platform, GROUPS, clients="group", **platform.options)
    assert bench.pull(code=1)["unmapped"] == ["91000000000000000000004"]
    assert bench.counts() == {GROUPS[0]: {"server": 1, "workstation": 1}, GROUPS[1]: {"workstation": 1}, GROUPS[2]: Vsa.counted[SOEHNE]}


def test_suspended_agents_are_counted_when_asked(bench, platform):
    bench.connect(include_inactive=True, **platform.options)
    bench.pull()
    assert bench.counts() == dict(Vsa.counted, **{ACME: {"server": 1, "workstation": 3, "other": 1}})


def test_classes_by_option(bench, platform):
    bench.connect(classes='{ { match = "mac*", class = "mobile" }, { match = "linux*", class = "virtual" } }', **platform.options)
    bench.pull()
    assert bench.counts() == {ACME: {"server": 1, "workstation": 1, "mobile": 1}, SOEHNE: {"virtual": 1, "workstation": 1, "other": 1}}


def test_an_address_with_the_api_s_path_at_its_end(bench, platform):
    platform.url += "/api/v1.0/"
    bench.connect(**platform.options)
    bench.pull()
    assert bench.counts() == Vsa.counted


@pytest.mark.parametrize("code,error", [(4031, "Access denied"), (1, "Something went wrong")])
def test_a_mistake_that_comes_with_200(bench, platform, code, error):
    platform.trouble(platform.devices_path, 200, platform.envelope([], 0, code, error), when=lambda r: r.query["$skip"] != "0")
    bench.connect(page_size=4, **platform.options)
    assert error in bench.pull(code=5)["error"]


def test_a_login_refused_with_200(bench, platform):
    platform.trouble(platform.login_path, 200, platform.envelope(None, code=4010, error="Unauthorized"))
    assert "$.Result.Token" in bench.pull(code=5)["error"]


def test_an_answer_with_nothing_but_a_code(bench, platform):
    platform.trouble(platform.devices_path, 200, {"ResponseCode": 0, "Status": "OK", "Error": "None"})
    assert "no list" in bench.pull(code=5)["error"]


@pytest.mark.parametrize("change,words", [
    (lambda r: r.update(OrgId=None, MachineGroupId=None), "3 has no organisation"), (lambda r: r.pop("AgentId"), "number 3 has no AgentId"),
    (lambda r: r.update(LastCheckInTime="soon"), "soon")])
def test_a_malformed_agent_fails_the_pull_by_name(bench, platform, change, words):
    change(platform.lists["devices"][2])
    assert words in bench.pull(code=5)["error"]
