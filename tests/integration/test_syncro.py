"""syncro against a scripted Syncro: what it brings, what is billed from it, and what trouble leaves as it was."""
import pytest
from platforms.psa import billed, dump, fails
from platforms.syncro import BASE, LISTS, Syncro

ACME, SOEHNE = "12", "13"


@pytest.fixture
def platform():
    with Syncro() as p:
        yield p


def pulled(platform, **options):
    return dump("syncro", platform.url, **dict(dict(platform.options, billed_through="2026-10-31"), **options))


def test_clients(platform):
    assert [(c["id"], c["name"], c["domain"]) for c in pulled(platform)["client"]] == [
        ("1", "Walkin Customer", "northwind.example"), (ACME, "Acme Dental", "acme.example"), (SOEHNE, "Müller & Söhne", ""), ("14", "Gone Ltd", "")]  # for its time
    assert "14" in [c["id"] for c in pulled(platform, include_inactive=True)["client"]]


def test_devices(platform):
    got = pulled(platform)
    assert got.classes(ACME) == {"server": 1, "workstation": 2, "network": 1, "other": 2} and got.classes(SOEHNE) == {"server": 1}
    assert got.of("asset", "501") == {"client": ACME, "kind": "device", "class": "server", "id": "501", "name": "ACME-DC01", "attrs": {
        "form": "Desktop", "manufacturer": "Dell", "os": "Microsoft Windows Server 2022", "serial": "S-1", "type": "Syncro Device"}}
    assert got.scopes() == {("device", "*"): True, ("user", "*"): True, ("time.hours", "*"): False}
    assert pulled(platform, classes=[{"match": "syncro device", "class": "agent"}]).classes(ACME)["agent"] == 1


def test_users(platform):
    assert [(a["id"], a["name"], a["attrs"].get("mail")) for a in pulled(platform)["asset"] if a["kind"] == "user"] == [
        ("31", "Ann Archer", "ann@acme.example"), ("32", "Bob", None), ("34", "Uwe Müller", "uwe@soehne.example")]


def test_a_schedule_becomes_a_contract(platform):
    got = pulled(platform)
    assert got.of("contract", "71")["client"] == ACME
    assert got.contract("71") == {"name": "Managed", "starts": "2026-11-01", "bill": {"every": 1, "unit": "month", "on": 15}, "lines": [
        {"id": "7001", "product": "91", "name": "Managed workstation", "quantity": "53", "price": "42", "cost": "12.25"},
        {"id": "7002", "product": "92", "name": "Backup, GB", "quantity": "1333.25", "price": "0.085"},
        {"id": "7003", "product": "item:Router rental", "name": "Router rental", "quantity": "1", "price": "9.5"},
        {"id": "7005", "product": "91", "name": "In cents", "quantity": "4", "price": "12.5", "cost": "9.99"}]}
    assert got.contract("72")["bill"] == {"every": 2, "unit": "quarter", "on": "02-01"}  # February and August
    assert got.contract("73")["bill"] == {"every": 1, "unit": "quarter", "on": "01-31"}  # January, April …
    assert sorted(c["id"] for c in got["contract"]) == ["71", "72", "73"]
    assert "contract" not in pulled(platform, with_contracts=False)


def test_the_next_run_moves_on_and_the_contract_stays(platform):
    before = pulled(platform)["contract"]
    for row, day in zip(platform.lists["schedules"], ("2027-01-15", "2027-08-01", "2027-04-30", "2027-01-01")):
        row["next_run"] = day + "T00:00:00.000Z"
    after = pulled(platform)["contract"]
    assert before[:2] == after[:2] and after[2]["json"]["bill"]["on"] == "01-30"


def test_charges(platform):
    assert pulled(platform)["charge"] == [{"client": ACME, "id": "line:7004", "product": "94", "description": "Setup fee", "po": "", "contract": "", "date": "2026-12-15",
                                           "quantity": "2", "unit_price": "150.5", "cost": "0"}]


def test_products(platform):
    assert [(p["id"], p["name"], p["price"], p["cost"]) for p in pulled(platform)["product"]] == [
        ("91", "Managed workstation", "45", "12.25"), ("92", "Backup, GB", "0.1", "0.03"), ("item:Router rental", "Router rental", None, None), ("94", "Setup fee", None, None)]


def test_time(platform):
    got = pulled(platform)
    # 5400, 900 and 1200 seconds; a third of an hour is cut at the ninth place
    assert got.hours(ACME) == {"61": "1.5", "62": "0.25", "63": "0", "64": "0.333333333"} and got.hours(SOEHNE) == {"66": "0.75"}
    assert got.of("usage", "61")["attrs"] == {"agent": "7", "billable": "yes", "ticket": "8801", "work_type": "95"}
    assert (got.of("usage", "61")["date"], got.of("usage", "62")["date"]) == ("2026-11-03", "2026-11-03")
    assert pulled(platform, non_billable=True).hours(ACME)["63"] == "2"
    assert [r.path for r in platform.requests if r.path.startswith(BASE + "/tickets/")][:1] == [BASE + "/tickets/8803"]  # not among the changed ones


def test_a_timer_without_its_ticket(platform):
    platform.lists["ticket_timers"].append(dict(platform.lists["ticket_timers"][0], id=68, ticket_id=9999))
    fails(lambda: pulled(platform), "timer 68: the server answered with status 404 for its ticket 9999")
    assert "68" not in pulled(platform, lost_timers="skip").hours(ACME)
    platform.trouble(BASE + "/tickets/9999", 200, {"ticket": None})
    fails(lambda: pulled(platform, lost_timers="skip"), "ticket 9999: the answer does not say whose it is")


def test_a_list_that_turns_in_a_circle(platform):
    platform.trouble(BASE + "/customer_assets", 200, {"assets": platform.lists["assets"][:2]})
    fails(lambda: pulled(platform), "/customer_assets: the list turns in a circle: page 2 brings nothing new")


@pytest.mark.parametrize("field,value,says", [
    ("quantity", "-1.0", "its quantity is -1.0, below zero"), ("price_retail", -0.5, "its price is -0.5, below zero"), ("quantity", None, "it has no quantity"),
    ("price_retail", "x", "its price is x, not a number")])
def test_nonsense_in_a_line_names_the_schedule(platform, field, value, says):
    platform.lists["schedules"][0]["lines"][0][field] = value
    fails(lambda: pulled(platform), "schedule 71 (Managed): line 7001: " + says)


def test_nonsense_in_a_schedule(platform):
    fails(lambda: dump("syncro", platform.url, **platform.options), "schedule 71 (Managed): Syncro does not say since when it is billed: set the option billed_through")
    platform.lists["schedules"][0]["frequency"] = "Full moon"
    fails(lambda: pulled(platform), 'schedule 71 (Managed): its frequency is "Full moon"')
    platform.lists["schedules"][0]["next_run"] = "soon"
    fails(lambda: pulled(platform), 'schedule 71 (Managed): its next run is "soon"')


# ---- pages, and trouble ----

@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_pages(platform, rows):
    whole = pulled(platform)
    platform.page_rows = rows
    assert pulled(platform) == whole


def test_a_row_on_two_pages_counts_once(platform):
    whole = pulled(platform)
    platform.page_rows = 3
    for name in ("customers", "assets", "contacts", "schedules", "ticket_timers"):
        platform.lists[name].insert(3, dict(platform.lists[name][1]))
    assert pulled(platform) == whole


def test_a_list_that_is_cut_fails_the_pull(platform):
    platform.hidden = 2
    fails(lambda: pulled(platform), "/customers: 2 came, but Syncro counts 4")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
@pytest.mark.parametrize("path", sorted(LISTS))
def test_a_page_that_fails_fails_the_pull(platform, path, status):
    platform.trouble("%s/%s" % (BASE, path), status)
    fails(lambda: pulled(platform), str(status))


def test_a_later_page_that_fails_fails_the_pull(platform):
    platform.page_rows = 2
    platform.trouble(BASE + "/customer_assets", 403, when=lambda r: r.query["page"] == "3")
    fails(lambda: pulled(platform), "403")


def test_429_is_waited_for(platform):
    platform.trouble(BASE + "/customers", 429, headers={"Retry-After": "0"}, times=2)
    assert len(pulled(platform)["client"]) == 4


def test_wrong_credentials(platform):
    fails(lambda: pulled(platform, token=("secret", "wrong-token-7")), "401")


# ---- billed through the command ----

def test_billed(platform, tmp_path):
    platform.options = dict(platform.options, billed_through="2026-10-31")
    _, used = billed(platform, tmp_path / "ws", "syncro", ACME, {"server": ("1", "100.00"), "workstation": ("2", "80.00"), "user": ("2", "6.00"), "hours": ("2.0833", "250.00")})
    assert used == {"61": "1.5", "62": "0.25", "63": "0", "64": "333333333/1000000000"}  # 2.083333333 hours at 120.00
