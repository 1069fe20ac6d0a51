"""halopsa against a scripted HaloPSA: what it brings, what is billed from it, and what trouble leaves as it was."""
import pytest
from platforms.halopsa import LISTS, Halo
from platforms.psa import Failed, billed, dump, fails

ACME, SOEHNE = "12", "13"


@pytest.fixture
def platform():
    with Halo() as p:
        yield p


def pulled(platform, **options):
    return dump("halopsa", platform.url, **dict(platform.options, **options))


def test_clients(platform):
    assert [(c["id"], c["name"], c["domain"]) for c in pulled(platform)["client"]] == [
        ("1", "Unknown", ""), (ACME, "Acme Dental", "acme.example"), (SOEHNE, "Müller & Söhne", ""), ("14", "Gone Ltd", "")]  # for its time
    assert [c["id"] for c in pulled(platform, include_inactive=True)["client"]] == ["1", ACME, SOEHNE, "14", "15"]


def test_devices(platform):
    got = pulled(platform)
    assert got.classes(ACME) == {"server": 1, "workstation": 2, "network": 1, "other": 1} and got.classes(SOEHNE) == {"server": 1}
    assert got.of("asset", "301") == {"client": ACME, "kind": "device", "class": "server", "id": "301", "name": "ACME-DC01", "attrs": {
        "contract": "C-77", "os": "Windows Server 2022", "serial": "S-1", "site": "Main", "state": "In use", "status": "active", "tag": "SRV-1", "type": "Server"}}
    assert (got.of("asset", "302")["name"], got.of("asset", "302")["attrs"]["serial"], got.of("asset", "303")["attrs"].get("serial")) == ("PC-1", "S-2", None)
    assert got.scopes() == {("device", "*"): True, ("user", "*"): True, ("time.hours", "*"): False}
    assert pulled(platform, include_inactive=True).classes(ACME)["workstation"] == 3
    assert pulled(platform, classes=[{"match": "scan*", "class": "scanner"}]).classes(ACME)["scanner"] == 1


def test_users(platform):
    got = pulled(platform)
    assert [(a["id"], a["name"], a["attrs"].get("mail")) for a in got["asset"] if a["kind"] == "user"] == [
        ("41", "Ann Archer", "ann@acme.example"), ("42", "Bob", None), ("46", "Uwe", "uwe@soehne.example")]


def test_a_recurring_invoice_becomes_a_contract(platform):
    got = pulled(platform)
    assert got.of("contract", "-501")["client"] == ACME
    assert got.contract("-501") == {"name": "C-77", "starts": "2026-01-15", "ends": "2027-01-14", "currency": "USD", "site": "Albany", "bill": {"every": 1, "unit": "month"}, "lines": [
        {"id": "7001", "product": "91", "name": "Managed workstation", "quantity": "53", "price": "42", "cost": "12.25"},
        {"id": "7002", "product": "92", "name": "Backup, GB", "quantity": "1333.25", "price": "0.085", "from": "2026-06-01", "ends": "2026-10-31"}]}
    quarterly, bare = got.contract("-502"), got.contract("-503")
    assert (quarterly["starts"], quarterly.get("ends"), quarterly["bill"]) == ("2026-03-01", None, {"every": 3, "unit": "month"})
    assert (bare["name"], bare["starts"], bare["lines"]) == ("recurring invoice", "2026-02-01", [
        {"id": "7011", "product": "92", "name": "Backup, GB", "quantity": "10", "price": "0.1"}])
    assert sorted(c["id"] for c in got["contract"]) == ["-501", "-502", "-503"]
    assert [x.get("quantity") for x in pulled(platform, quantities="count").contract("-501")["lines"]] == [None, None]
    assert pulled(platform, billed_through="2026-11-30").contract("-502")["billed_through"] == "2026-11-30"
    assert "contract" not in pulled(platform, with_contracts=False)


def test_one_time_lines_become_charges(platform):
    got = pulled(platform)
    assert got["charge"] == [{"client": ACME, "id": "line:7005", "product": "94", "description": "Setup fee", "po": "", "contract": "", "date": "2026-12-01", "quantity": "2",
                              "unit_price": "150.5", "cost": "0"}]


def test_products(platform):
    assert [(p["id"], p["name"], p["price"], p["cost"]) for p in pulled(platform)["product"]] == [("91", "Managed workstation", "45", "12.25"), ("92", "Backup, GB", "0.1", "0.03")]


def test_time(platform):
    got = pulled(platform)
    assert got.hours(ACME) == {"61": "1.5", "62": "0.25", "63": "0", "64": "0", "69": "0.5"} and got.hours(SOEHNE) == {"66": "0.75"}
    first = got.of("usage", "61")
    assert first["attrs"] == {"agent": "7", "billable": "yes", "contract": "71", "ticket": "8801", "work_type": "Standard"} and first["description"] == "Printer"
    assert (first["date"], got.of("usage", "62")["date"]) == ("2026-11-03", "2026-11-03")
    assert "contract" not in got.of("usage", "66")["attrs"]
    assert pulled(platform, non_billable=True).hours(ACME)["64"] == "3" and pulled(platform, no_charge="Standard").hours(ACME)["61"] == "0"
    first = platform.asked("/api/TimesheetEvent")[0]
    assert (first.query["start_date"], first.query["end_date"]) == ("2026-09-01T00:00:00Z", "2026-12-03T00:00:00Z")
    platform.trouble("/api/TimesheetEvent", 200, {"events": []})
    fails(lambda: pulled(platform), "the answer has no list")


@pytest.mark.parametrize("field,value,says", [
    ("qty_order", -1, "its quantity is -1, below zero"), ("unit_price", -0.5, "its price is -0.5, below zero"), ("qty_order", None, "it has no quantity"),
    ("unit_price", "x", "its price is x, not a number"), ("startdate", "soon", "one of its dates is none"), ("_itemid", None, "it names no product")])
def test_nonsense_in_a_line_names_the_recurring_invoice(platform, field, value, says):
    platform.lists["recurring_invoices"][0]["lines"][0][field] = value
    fails(lambda: pulled(platform), "recurring invoice -501 (C-77): line 7001: " + says)


def test_a_period_that_nobody_explained_is_an_error(platform):
    fails(lambda: pulled(platform, cycles=[]), 'recurring invoice -501 (C-77): its period is "3": say in the option cycles what that is')


# ---- pages, and trouble ----

def many(platform, count):
    for i in range(count):
        platform.lists["assets"].append(dict(platform.lists["assets"][1], id=10000 + i))


@pytest.mark.parametrize("more", [93, 94, 194, 350])
def test_pages(platform, more):
    many(platform, more)  # 7 active ones before
    assert len(pulled(platform).ids("device", ACME)) == 5 + more
    assert len(platform.asked("/api/Asset")) >= (more + 7 + 99) // 100


def test_a_row_on_two_pages_counts_once(platform):
    many(platform, 150)
    platform.lists["assets"].insert(105, dict(platform.lists["assets"][50]))
    assert len(pulled(platform).ids("device", ACME)) == 155


def test_a_short_page_fails_the_pull(platform):
    many(platform, 250)
    platform.page_rows_max = 60
    fails(lambda: pulled(platform), "the list has 257 records by its own count, and 60 came")


@pytest.mark.parametrize("status", [401, 403, 404, 500])
@pytest.mark.parametrize("path", sorted(LISTS) + ["/api/TimesheetEvent"])
def test_a_page_that_fails_fails_the_pull(platform, path, status):
    platform.trouble(path, status)
    fails(lambda: pulled(platform), str(status))


def test_a_later_page_that_fails_fails_the_pull(platform):
    many(platform, 250)
    platform.trouble("/api/Asset", 403, when=lambda r: r.query["page_no"] == "3")
    fails(lambda: pulled(platform), "403")


def test_429_is_waited_for_and_a_lost_token_is_fetched_again(platform):
    platform.trouble("/api/Asset", 429, headers={"Retry-After": "0"}, times=2)
    platform.before.append(lambda r: platform.forget_tokens() if r.path == "/api/Users" and platform.tokens == 1 else None)
    assert pulled(platform).ids("user") == ["41", "42", "46"] and platform.tokens == 2


def test_wrong_credentials(platform):
    fails(lambda: pulled(platform, client_secret=("secret", "wrong-secret-7")), "token")


def test_no_client_at_all_is_a_mistake(platform):
    platform.lists["clients"] = []
    fails(lambda: pulled(platform), "no client can be seen")


# ---- billed through the command ----

def test_billed(platform, tmp_path):
    platform.options = dict(platform.options)
    del platform.options["cycles"]
    platform.options["with_contracts"] = False
    _, used = billed(platform, tmp_path / "ws", "halopsa", ACME, {"server": ("1", "100.00"), "workstation": ("2", "80.00"), "user": ("2", "6.00"), "hours": ("1.75", "210.00")})
    assert {"61": "1.5", "62": "0.25"}.items() <= used.items()


def test_the_same_rows_again_change_nothing(platform):
    assert pulled(platform) == pulled(platform)
    with pytest.raises(Failed):
        dump("halopsa", platform.url + "/nowhere", **platform.options)
