"""autotask against a scripted Autotask: what it brings, what is billed from it, and what trouble leaves as it was."""
import pytest
from platforms.autotask import BASE, LISTS, Autotask
from platforms.psa import billed, dump, fails

ACME, SOEHNE = "174", "175"


@pytest.fixture
def platform():
    with Autotask() as p:
        yield p


def pulled(platform, **options):
    return dump("autotask", platform.url, **dict(platform.options, **options))


def test_clients(platform):
    assert [(c["id"], c["name"], c["domain"]) for c in pulled(platform)["client"]] == [
        ("0", "Northwind IT", ""), (ACME, "Acme Dental", "acme.example"), (SOEHNE, "Müller & Söhne", ""), ("176", "Gone Ltd", "")]  # for its time
    assert "176" in [c["id"] for c in pulled(platform, include_inactive=True)["client"]]
    assert len(dump("autotask", platform.url + "/V1.0/", **platform.options)["client"]) == 4


def test_devices(platform):
    got = pulled(platform)
    assert got.classes(ACME) == {"server": 1, "workstation": 2, "network": 1, "other": 2} and got.classes(SOEHNE) == {"server": 1}
    assert got.of("asset", "501") == {"client": ACME, "kind": "device", "class": "server", "id": "501", "name": "ACME-DC01", "attrs": {
        "contract": "29680", "device_id": "9007199254740993", "os": "Windows Server 2022", "serial": "S-1", "status": "active", "type": "Server"}}
    assert got.of("asset", "502")["name"] == "ACME-PC01"
    assert got.scopes() == {("device", "*"): True, ("user", "*"): True, ("time.hours", "*"): False}
    assert pulled(platform, include_inactive=True).classes(ACME)["workstation"] == 3
    assert pulled(platform, classes=[{"match": "printer", "class": "printer"}]).classes(ACME)["printer"] == 1


def test_users(platform):
    assert [(a["id"], a["name"], a["attrs"].get("mail")) for a in pulled(platform)["asset"] if a["kind"] == "user"] == [
        ("31", "Ann Archer", "ann@acme.example"), ("32", "Bob", None), ("34", "Uwe Müller", "uwe@soehne.example")]


def test_a_contract_with_services(platform):
    got = pulled(platform)
    assert got.of("contract", "29680")["client"] == ACME
    assert got.contract("29680") == {"name": "Managed Gold", "starts": "2026-01-01", "ends": "2026-12-31", "po": "PO-77", "bill": {"every": 1, "unit": "month"}, "lines": [
        {"id": "7001", "product": "91", "name": "Workstations under management", "quantity": "10", "price": "42", "cost": "12.25", "ends": "2026-03-31"},
        {"id": "7001@2026-04-01", "product": "91", "name": "Workstations under management", "quantity": "12", "price": "42", "cost": "12.25", "from": "2026-04-01", "ends": "2026-04-30"},
        {"id": "7001@2026-06-01", "product": "91", "name": "Workstations under management", "quantity": "15", "price": "42", "cost": "12.25", "from": "2026-06-01"},
        {"id": "bundle:7001", "product": "bundle:91", "name": "Gold", "quantity": "2", "price": "99.5"}]}
    assert got.contract("29681") == {"name": "Backup", "starts": "2026-04-01", "ends": "2027-03-31", "bill": {"every": 1, "unit": "quarter"}, "lines": [
        {"id": "7002", "product": "92", "quantity": "1333", "price": "0.085", "ends": "2026-09-30"}]}
    assert sorted(c["id"] for c in got["contract"]) == ["29680", "29681", "29682"]
    assert sorted(c["id"] for c in pulled(platform, billed_through="2026-10-31")["contract"]) == ["29680", "29681"]
    assert "contract" not in pulled(platform, with_contracts=False)


def test_products(platform):
    assert [(p["id"], p["name"], p["price"], p["cost"]) for p in pulled(platform)["product"]] == [
        ("91", "Managed workstation", "45", "12.25"), ("92", "Cloud backup", "0.1", "0.03"), ("bundle:91", "Gold bundle", "99.5", "20"), ("product:95", "Docking station", None, None)]


def test_time(platform):
    got = pulled(platform)
    assert got.hours(ACME) == {"61": "1.5", "62": "0.25", "63": "0"} and got.hours(SOEHNE) == {"66": "0.75"}  # by ticket, and by task and project
    assert got.of("usage", "61")["attrs"] == {"agent": "29", "billable": "yes", "contract": "29680", "role": "Engineer", "ticket": "8801", "work_type": "Remote support"}
    assert got.of("usage", "61")["date"] == "2026-11-03"  # a day, not an instant
    assert pulled(platform, hours="worked").hours(ACME)["61"] == "1.25" and pulled(platform, non_billable=True).hours(ACME)["63"] == "2"
    assert "65" in pulled(platform, lookback_days=200).hours(ACME)
    platform.lists["tickets"] = platform.lists["tickets"][1:]
    fails(lambda: pulled(platform), "time entry 61: its ticket 8801 cannot be seen")


def test_charges(platform):
    assert [(c["id"], c["client"], c["product"], c["description"], c["date"], c["quantity"], c["unit_price"], c["cost"], c["po"], c["contract"]) for c in pulled(platform)["charge"]] == [
        ("contract:41", ACME, "product:95", "Docking station", "2026-11-10", "2", "180", "120.1", "PO-9", "29680"),
        ("ticket:41", SOEHNE, "", "Cable", "2026-11-12", "0.5", "99.99", "120.1", "", ""),
        ("ticket:45", "176", "", "Left behind", "2026-11-12", "1", "1", "120.1", "", ""), ("project:41", ACME, "", "Rack", "2026-11-13", "1", "500", "120.1", "", "")]
    assert len(pulled(platform, with_contracts=False)["charge"]) == 4
    assert "charge" not in pulled(platform, with_charges=False)


@pytest.mark.parametrize("name,field,value,says", [
    ("contract_service_units", "units", -1, "contract 29680 (Managed Gold): service 7001: the units of 1 are -1"), ("contract_services", "unitPrice", -0.5, "service 7001: its price is -0.5, below zero"),
    ("contract_service_units", "startDate", None, "service 7001: the units of 1 are 10"), ("contract_services", "serviceID", None, "service 7001: it names no product"),
    ("contracts", "startDate", None, "contract 29680 (Managed Gold): it has no start date"), ("contracts", "contractPeriodType", 9, 'its period type is "9"')])
def test_nonsense_names_the_contract(platform, name, field, value, says):
    platform.lists[name][0][field] = value
    fails(lambda: pulled(platform), says)


# ---- pages, and trouble ----

@pytest.mark.parametrize("rows", [1, 2, 5])
def test_pages(platform, rows):
    whole = pulled(platform)
    platform.page_rows_max = rows
    assert pulled(platform) == whole


def test_many_tickets_are_asked_for_a_few_at_a_time(platform):
    for i in range(450):
        platform.lists["tickets"].append({"id": 20000 + i, "companyID": 174})
        platform.lists["time_entries"].append(dict(platform.lists["time_entries"][0], id=30000 + i, ticketID=20000 + i, hoursToBill=0.5))
    assert len(pulled(platform).hours(ACME)) == 453
    assert len(platform.asked(BASE + "/V1.0/Tickets/query")) == 3 + 1  # 452 by two hundred, and the charges' one


def test_a_row_on_two_pages_counts_once(platform):
    whole = pulled(platform)
    platform.page_rows_max = 2
    for name in ("companies", "configuration_items", "contacts", "time_entries", "contracts", "contract_services", "contract_service_units", "contract_charges"):
        platform.lists[name].insert(2, dict(platform.lists[name][0]))
    assert pulled(platform) == whole


def test_a_list_that_is_cut_fails_the_pull(platform):
    platform.hidden = 2
    fails(lambda: pulled(platform), "ConfigurationItems: 6 came, but Autotask counts 8")


def test_a_next_page_elsewhere_is_not_followed(platform):
    platform.trouble(BASE + "/V1.0/Companies/query", 200, {"items": [], "pageDetails": {"nextPageUrl": "https://elsewhere.example/next"}})
    fails(lambda: pulled(platform), "elsewhere.example")


@pytest.mark.parametrize("status", [401, 404, 500])
@pytest.mark.parametrize("entity", sorted(LISTS))
def test_a_page_that_fails_fails_the_pull(platform, entity, status):
    platform.trouble("%s/V1.0/%s/query" % (BASE, entity), status, {"errors": ["trouble"]})
    fails(lambda: pulled(platform), str(status))


def test_429_is_waited_for(platform):
    platform.trouble(BASE + "/V1.0/Companies/query", 429, headers={"Retry-After": "0"}, times=2)
    assert len(pulled(platform)["client"]) == 4


def test_wrong_credentials(platform):
    fails(lambda: pulled(platform, secret=("secret", "wrong-secret-7")), "401")


# ---- billed through the command ----

def test_billed(platform, tmp_path):
    _, used = billed(platform, tmp_path / "ws", "autotask", ACME, {"server": ("1", "100.00"), "workstation": ("2", "80.00"), "user": ("2", "6.00"), "hours": ("1.75", "210.00")},
                     [("Docking station", "2", "360.00"), ("Rack", "1", "500.00")])
    assert {"61": "1.5", "62": "0.25"}.items() <= used.items()
