"""itflow against a scripted ITFlow: what it brings, what is billed from it, and what trouble leaves as it was."""
import os

import pytest
from platforms.itflow import MODULES, RECORDED, ITFlow
from platforms.psa import billed, dump, fails

ACME, SOEHNE = "1", "2"


@pytest.fixture
def platform():
    with ITFlow() as p:
        yield p


def pulled(platform, **options):
    return dump("itflow", platform.url, **dict(platform.options, **options))


def path(module):
    return "/api/v1/%s/read.php" % module


def test_clients(platform):
    assert [(c["id"], c["name"], c["domain"]) for c in pulled(platform)["client"]] == [(ACME, "Acme Dental", "acme.example"), (SOEHNE, "Müller & Söhne", "")]
    assert [c["id"] for c in pulled(platform, include_inactive=True)["client"]] == ["1", "2", "3"]  # never the prospect


def test_devices(platform):
    got = pulled(platform)
    assert got.classes(ACME) == {"server": 1, "workstation": 2, "network": 1, "other": 1} and got.classes(SOEHNE) == {"virtual": 1, "network": 1}
    assert got.of("asset", "501") == {"client": ACME, "kind": "device", "class": "server", "id": "501", "name": "ACME-DC01", "attrs": {
        "manufacturer": "x", "os": "Windows Server 2022", "serial": "S-1", "state": "Deployed", "status": "active", "type": "Server"}}
    assert got.scopes() == {("device", "*"): True, ("user", "*"): True, ("time.hours", "*"): False}
    assert pulled(platform, include_inactive=True).classes(ACME)["workstation"] == 5
    assert pulled(platform, classes=[{"match": "firewall*", "class": "firewall"}]).classes(ACME)["firewall"] == 1


def test_users(platform):
    assert [(a["id"], a["name"], a["attrs"].get("mail")) for a in pulled(platform)["asset"] if a["kind"] == "user"] == [
        ("31", "Ann Archer", "ann@acme.example"), ("32", "Bob", None), ("34", "Uwe Müller", "uwe@soehne.example")]


def test_time(platform):
    got = pulled(platform)
    # 63's ticket is not billable, 64 is archived, 67 and 68 never had hours, 69 may have had some
    assert got.hours(ACME) == {"61": "1.5", "62": "0.25", "63": "0", "64": "0", "69": "0"} and got.hours(SOEHNE) == {"66": "100.01"}
    assert got.of("usage", "61")["attrs"] == {"agent": "7", "billable": "yes", "ticket": "8801", "work_type": "Public"}
    assert (got.of("usage", "61")["date"], got.of("usage", "61")["description"]) == ("2026-11-03", "Printer")  # the server's own day
    assert pulled(platform, non_billable=True).hours(ACME) == {"61": "1.5", "62": "0.25", "63": "2", "64": "0", "69": "0"}
    assert "65" in pulled(platform, lookback_days=200).hours(ACME)
    assert "usage" not in pulled(platform, with_time=False)


@pytest.mark.parametrize("worked", ["soon", "1:30", "-01:00:00", "01:60:00", "1::2"])
def test_time_that_is_none(platform, worked):
    platform.lists["ticket_replies"][0]["ticket_reply_time_worked"] = worked
    fails(lambda: pulled(platform), 'reply 61 of ticket 8801: its time worked is "%s"' % worked)


# ---- pages, and trouble ----

@pytest.mark.parametrize("rows", [1, 2, 3, 12])
def test_pages_are_as_long_as_the_server_makes_them(platform, rows):
    whole = pulled(platform)
    platform.rows_max = rows
    assert pulled(platform) == whole


def test_a_row_on_two_pages_counts_once(platform):
    whole = pulled(platform)
    platform.rows_max = 2
    for name in ("clients", "assets", "contacts", "ticket_replies"):
        platform.lists[name].insert(2, dict(platform.lists[name][0]))
    assert pulled(platform) == whole


def test_no_success_is_never_an_empty_list(platform):
    platform.trouble(path("assets"), 200, {"success": "False", "message": "Your role has no access."})
    fails(lambda: pulled(platform), 'assets: ITFlow says no success: "Your role has no access."')


@pytest.mark.parametrize("body", [b"", b"<html>x</html>", b'{"data": []}', b'[]'])
def test_an_answer_that_is_none_fails_the_pull(platform, body):
    platform.trouble(path("assets"), 200, body)
    fails(lambda: pulled(platform))


@pytest.mark.parametrize("status", [401, 403, 405, 500])
@pytest.mark.parametrize("module", MODULES)
def test_a_page_that_fails_fails_the_pull(platform, module, status):
    platform.trouble(path(module), status)
    fails(lambda: pulled(platform), str(status))


def test_a_later_page_that_fails_fails_the_pull(platform):
    platform.rows_max = 4
    platform.trouble(path("assets"), 403, when=lambda r: r.query["offset"] == "8")
    fails(lambda: pulled(platform), "403")


def test_429_is_waited_for(platform):
    platform.trouble(path("clients"), 429, headers={"Retry-After": "0"}, times=2)
    assert len(pulled(platform)["client"]) == 2


def test_wrong_credentials_and_the_key_is_not_told(platform):
    fails(lambda: pulled(platform, api_key=("secret", "wrong-key-7")), "401")  # dump() looks for the key in what is told


def test_no_client_at_all_is_a_mistake(platform):
    platform.lists["clients"] = []
    fails(lambda: pulled(platform), "no client can be seen")


def test_as_a_real_one_answers(platform):
    if not os.path.isdir(RECORDED):
        pytest.skip("the recorded answers of a real ITFlow are not here")
    platform.real()
    got = pulled(platform)
    assert [c["name"] for c in got["client"]] == ["Alder Dental Practice Ltd", "Birch Café & Roastery SARL", "Cedar Housing, Care CIC"]
    assert got.of("asset", "1")["class"] == "workstation" and got.of("asset", "1")["attrs"]["serial"] == "SN9B3808D3"
    assert "1" not in got.ids("user")  # archived
    assert got.hours("3") == {"1": "1.583333333"}  # 1 h 35 min


# ---- billed through the command ----

def test_billed(platform, tmp_path):
    _, used = billed(platform, tmp_path / "ws", "itflow", ACME, {"server": ("1", "100.00"), "workstation": ("2", "80.00"), "user": ("2", "6.00"), "hours": ("1.75", "210.00")})
    assert {"61": "1.5", "62": "0.25"}.items() <= used.items()
