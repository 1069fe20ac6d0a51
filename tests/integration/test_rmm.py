"""What every RMM connector does when a platform is in trouble: nothing is lost, nothing counts twice, and what was there stays."""
import json
import os

import pytest
from conftest import BIN
from platforms.bench import Bench
from platforms.datto import Datto
from platforms.ncentral import NCentral
from platforms.ninjaone import NinjaOne
from platforms.tactical import Tactical
from platforms.vsa import Vsa

PLATFORMS = [Datto, NCentral, NinjaOne, Tactical, Vsa]
EVE = "2026-11-30"  # the day before the one that is billed


def pytest_generate_tests(metafunc):
    """Each test with the platforms that have what it is about."""
    if "platform" in metafunc.fixturenames:
        having = [p for p in PLATFORMS if (p.small or "paged" not in metafunc.fixturenames) and (p.login_path or "sessions" not in metafunc.fixturenames)]
        metafunc.parametrize("platform", having, ids=[p.connector for p in having], indirect=True)


@pytest.fixture
def platform(request):
    with request.param() as p:
        yield p


@pytest.fixture
def paged(platform):
    """One with pages."""
    return platform


@pytest.fixture
def sessions(platform):
    """One whose tokens are given for a time."""
    return platform


@pytest.fixture
def bench(platform, tmp_path):
    return Bench(tmp_path / "ws", platform.connector, platform, platform.refs, **dict(platform.options, **(platform.small or {})))


def test_counts(bench, platform):
    row = bench.pull()
    assert row["assets"] == sum(n for c in platform.counted.values() for n in c.values()) and row["unmapped"] == []
    assert bench.counts() == platform.counted


def call(bench, platform, what):
    """One call by hand, outside the workspace's pulls."""
    options = []
    for name, value in dict(platform.options, url=platform.url).items():
        options += ["--option", "%s=%s" % (name, "env:SECRET_" + name.upper() if isinstance(value, tuple) else value)]
    plugin = os.path.join(os.path.dirname(os.path.dirname(BIN)), "plugins", platform.connector + ".so")
    return bench.command("plugin", "call", plugin, what, *options, "--json").out


def test_the_call_for_clients_brings_them_and_asks_no_devices(bench, platform):
    said = call(bench, platform, "clients")
    assert platform.asked(platform.clients_path) and not platform.asked(platform.devices_path)
    assert all(json.dumps(ref) in said for ref in platform.refs)


def test_the_probe_asks_little(bench, platform):
    call(bench, platform, "probe")
    assert len([r for r in platform.requests if r.path != platform.login_path]) == 1


def test_a_second_pull_changes_nothing(bench, platform):
    bench.pull()
    row = bench.pull()
    assert (row["changed"], row["gone"]) == (0, 0)


def test_pages_of_every_size(paged, bench):
    for size in (1, 2, 3, 5, 100):
        bench.connect(**dict(paged.options, **{name: size for name in paged.small}))
        bench.pull()
        assert bench.counts() == paged.counted


def test_pages_that_the_platform_cuts(paged, bench):
    paged.page_rows_max = 3
    bench.connect(**dict(paged.options, **{name: 100 for name in paged.small}))
    bench.pull()
    assert bench.counts() == paged.counted


def test_a_page_that_fails_changes_nothing(paged, bench):
    bench.pull(EVE)
    del paged.lists["devices"][5:]
    paged.trouble(paged.devices_path, 500, when=paged.later_page)
    row = bench.pull(code=5)
    assert "500" in row["error"]
    assert bench.counts() == paged.counted


def test_a_page_that_is_forbidden_changes_nothing(paged, bench):
    bench.pull(EVE)
    paged.trouble(paged.devices_path, 403, when=paged.later_page)
    assert "403" in bench.pull(code=5)["error"]
    assert bench.counts() == paged.counted


def test_a_device_on_two_pages_counts_once(paged, bench):
    rows = paged.lists["devices"]
    rows.insert(5, dict(rows[1]))
    paged.repeated = 1
    bench.pull()
    assert bench.counts() == paged.counted


def test_fewer_devices_than_the_list_counts_are_not_all(paged, bench):
    """One comes twice, and the number of all says that another one should have come: nothing is taken for gone."""
    if paged.connector == "ninjaone":
        pytest.skip("its lists have no number of all")
    bench.pull(EVE)
    rows = paged.lists["devices"]
    lost = rows.pop()
    rows.insert(5, dict(rows[1]))
    assert "different ones came" in bench.pull(code=5)["error"]
    assert bench.counts() == paged.counted
    rows.append(lost)
    paged.repeated = 1
    bench.pull()
    assert bench.counts() == paged.counted


def test_a_later_page_that_is_short_is_never_the_end(paged, bench):
    """The connector reads on where the platform goes on, or fails; it never takes the devices that are missing for gone."""
    bench.pull(EVE)
    paged.cut = 1
    bench.pull(code=0 if paged.connector == "ninjaone" else 5)  # the one that goes on after the last id
    assert bench.counts() == paged.counted


def test_a_long_list_comes_whole(platform, bench):
    """3,000 devices more, in pages of 100 (side by side where they have numbers), each once."""
    bench.connect(**dict(platform.options, **{name: 100 for name in platform.small or {}}))
    rows = platform.lists["devices"]
    first = rows[0]  # a server of the first client
    for i in range(3000):
        number = 7000000000000000000 + i
        rows.append(dict(first, **{platform.device_id: str(number) if isinstance(first[platform.device_id], str) else number}))
    assert bench.pull()["assets"] == 3000 + sum(n for c in platform.counted.values() for n in c.values())
    client = platform.refs[0]
    assert bench.counts() == dict(platform.counted, **{client: dict(platform.counted[client], server=platform.counted[client]["server"] + 3000)})


def test_a_list_that_moves_is_read_again(paged, bench):
    """While page by page is read, the last device moves to the front: without a second reading it would be gone."""
    rows, moved = paged.lists["devices"], []

    def move(request):
        if paged.later_page(request) and not moved:
            moved.append(1)
            rows.insert(0, rows.pop())
    paged.before.append(move)
    bench.pull()
    assert moved and bench.counts() == paged.counted


def test_a_renamed_client_and_device_do_not_double(bench, platform):
    bench.pull(EVE)
    platform.lists[platform.clients_list][0][platform.client_name] = "Acme Dental Group"
    platform.lists["devices"][1][platform.device_name] = "RECEPTION"
    platform.renamed()
    row = bench.pull()
    assert row["gone"] == 0 and bench.counts() == platform.counted
    named = bench.devices(platform.refs[0])[str(platform.lists["devices"][1][platform.device_id])]
    assert named["name"] == "RECEPTION"


def test_a_device_that_is_gone_counts_no_more(bench, platform):
    bench.pull(EVE)
    gone = platform.lists["devices"].pop(0)
    assert bench.pull()["gone"] == 1
    left = dict(platform.counted[platform.refs[0]])
    left["server"] -= 1  # the first of each platform's recorded devices is a server of its first client
    assert bench.counts() == dict(platform.counted, **{platform.refs[0]: {k: n for k, n in left.items() if n}}), gone


def test_too_many_requests_are_asked_again(bench, platform):
    platform.trouble(platform.devices_path, 429, times=1, headers={"Retry-After": "0"})
    bench.pull()
    assert bench.counts() == platform.counted


def test_too_many_requests_on_a_later_page(paged, bench):
    paged.trouble(paged.devices_path, 429, times=2, headers={"Retry-After": "0"}, when=paged.later_page)
    bench.pull()
    assert bench.counts() == paged.counted


def test_a_401_for_ever(bench, platform):
    bench.pull(EVE)
    platform.trouble(platform.clients_path, 401)
    assert "401" in bench.pull(code=5)["error"]
    assert bench.counts() == platform.counted


def test_a_token_that_is_forgotten_is_fetched_again(sessions, bench):
    sessions.before.append(lambda r: sessions.forget_tokens() if r.path == sessions.devices_path and sessions.tokens == 1 else None)
    bench.pull()
    assert sessions.tokens == 2 and bench.counts() == sessions.counted


def test_wrong_credentials(bench, platform):
    for name, value in platform.options.items():
        if isinstance(value, tuple):
            bench.connect(**dict(platform.options, **{name: ("secret", "a-wrong-one")}))
            bench.pull(code=5)
    assert not platform.asked(platform.devices_path)


@pytest.mark.parametrize("body", [b"<html>please log in</html>", b"", b"[]x", b'{"status": "maintenance"}'])
def test_an_answer_that_is_none_changes_nothing(bench, platform, body):
    bench.pull(EVE)
    platform.trouble(platform.devices_path, 200, body, {"Content-Type": "text/html"})
    bench.pull(code=5)
    assert bench.counts() == platform.counted


def test_no_client_at_all_is_never_nothing_to_bill(bench, platform):
    bench.pull(EVE)
    platform.lists[platform.clients_list].clear()
    platform.renamed()
    assert "may see" in bench.pull(code=5)["error"]


def test_a_device_without_an_id_fails_the_pull(bench, platform):
    del platform.lists["devices"][2][platform.device_id]
    assert "malformed" in bench.pull(code=5)["error"]
