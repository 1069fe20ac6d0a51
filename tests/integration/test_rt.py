"""rt against a scripted Request Tracker: what it brings, and what trouble does. (tests/e2e/test_rt.py has a real one.)"""
import pytest
from platforms.psa import dump, fails
from platforms.rt import BASE, RT

ACME, SOEHNE = "3", "4"


@pytest.fixture
def platform():
    with RT() as p:
        yield p


def pulled(platform, **options):
    return dump("rt", platform.url, **dict(platform.options, **options))


def test_queues_are_clients(platform):
    assert [(c["id"], c["name"]) for c in pulled(platform)["client"]] == [(ACME, "Clients/Acme Dental"), (SOEHNE, "Clients/Müller & Söhne")]
    assert [c["id"] for c in pulled(platform, queues="*")["client"]] == ["1", ACME, SOEHNE]
    fails(lambda: pulled(platform, queues="Nobody*"), "no queue can be seen")


def test_time(platform):
    got = pulled(platform)
    # Ticket 11: 60, 90 and 20 minutes, then set back by 35: 20 of the last one and 15 of the one before. Ticket 14 is deleted, 15 merged into 11.
    assert got.hours(ACME) == {"101": "1.25", "102": "0", "103": "0.5", "105": "0", "106": "0.166666666", "108": "0"} and got.hours(SOEHNE) == {"104": "0.75"}
    assert got.of("usage", "101")["attrs"] == {"agent": "kim", "billable": "yes", "ticket": "11", "work_type": "Create"} and got.of("usage", "101")["description"] == "Printer"
    assert (got.of("usage", "102")["date"], got.of("usage", "106")["description"]) == ("2026-11-03", "Printer")
    assert got.scopes() == {("time.hours", "*"): False}


def test_a_correction_reaches_back_beyond_what_is_read(platform):
    platform.lists["transactions"][-1]["TimeTaken"] = "-130"
    assert {k: v for k, v in pulled(platform).hours(ACME).items() if k in ("90", "101", "102", "108")} == {"90": "0.666666666", "101": "0", "102": "0", "108": "0"}  # 60 - 20 = 40


def test_billable_by_a_condition(platform):
    got = pulled(platform, billable="'CF.{Billable}' = 'yes'")
    assert got.hours(ACME)["103"] == "0" and got.of("usage", "103")["attrs"]["billable"] == "no" and got.hours(SOEHNE) == {"104": "0.75"}
    assert pulled(platform, billable="'CF.{Billable}' = 'yes'", non_billable=True).hours(ACME)["103"] == "0.5"


def test_pages_and_many_tickets(platform):
    for i in range(450):
        platform.lists["tickets"].append({"id": str(1000 + i), "Subject": "x", "Status": "open", "Queue": {"id": SOEHNE}, "EffectiveId": 1000 + i, "billable": True})
        platform.lists["transactions"].append(dict(platform.lists["transactions"][3], id=str(5000 + i), ObjectId=str(1000 + i), TimeTaken="30"))
    platform.lists["transactions"].insert(150, dict(platform.lists["transactions"][90]))  # once more, on the next page
    got = pulled(platform).hours(SOEHNE)
    assert len(got) == 451 and set(got.values()) == {"0.75", "0.5"}


def test_a_list_that_is_cut_fails_the_pull(platform):
    platform.trouble(BASE + "/transactions", 200, {"page": 1, "total": 9, "items": platform.lists["transactions"][:3]})
    fails(lambda: pulled(platform), "the list has 9 records by its own count, and 3 came")


def test_nonsense(platform):
    platform.lists["transactions"][0]["TimeTaken"] = "soon"
    platform.trouble(BASE + "/transactions", 200, {"page": 1, "total": 1, "items": platform.lists["transactions"][:1]})
    fails(lambda: pulled(platform), 'transaction 101: its time taken is "soon"')


@pytest.mark.parametrize("status", [401, 403, 404, 500])
@pytest.mark.parametrize("path", ["/queues/all", "/transactions", "/tickets", "/ticket/14"])
def test_a_page_that_fails_fails_the_pull(platform, path, status):
    platform.trouble(BASE + path, status)
    fails(lambda: pulled(platform), str(status))


def test_429_is_waited_for(platform):
    platform.trouble(BASE + "/transactions", 429, headers={"Retry-After": "0"}, times=2)
    assert pulled(platform).hours(SOEHNE) == {"104": "0.75"}


def test_credentials(platform):
    fails(lambda: pulled(platform, token=("secret", "1-14-wrong")), "401")
    fails(lambda: dump("rt", platform.url, user="billing"), "token: is missing, and so is user or password")
    assert len(dump("rt", platform.url, user="billing", password=("secret", "pass-1"))["client"]) == 3
