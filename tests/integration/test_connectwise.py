"""connectwise against a scripted ConnectWise: what it brings, what is billed from it, and what trouble leaves as it was."""
import pytest
from conftest import line
from platforms.connectwise import BASE, ConnectWise
from platforms.psa import Billing, Failed, dump

ACME, SOEHNE, BIG = "250", "251", "9007199254740993"


@pytest.fixture
def platform():
    with ConnectWise() as p:
        yield p


def pulled(platform, **options):
    return dump("connectwise", platform.url, **dict(platform.options, **options))


def test_clients(platform):
    got = pulled(platform)
    assert [(c["id"], c["name"], c["domain"]) for c in got["client"]] == [
        ("2", "Northwind IT", ""), (ACME, "Acme Dental", "acme.example"), (SOEHNE, "Müller & Söhne", ""), (BIG, "Big Id GmbH", ""), ("252", "Gone Ltd", "")]  # for its time
    assert [c["id"] for c in pulled(platform, companies="id=250")["client"]] == [ACME]


def test_devices(platform):
    got = pulled(platform)
    assert got.classes(ACME) == {"server": 1, "workstation": 2, "network": 1, "other": 1}  # 1005 is inactive, 1006 retired
    assert got.classes(SOEHNE) == {"virtual": 1, "server": 1} and got.classes(BIG) == {"workstation": 1}
    assert got.of("asset", "1001") == {"client": ACME, "kind": "device", "class": "server", "id": "1001", "name": "ACME-DC01", "attrs": {
        "bill": "yes", "device_id": "rmm-77", "os": "Windows Server 2022", "serial": "S-1", "site": "Albany", "status": "active", "type": "Managed Server"}}
    assert "9007199254740995" in got.ids("device", BIG)
    assert got.scopes() == {("device", "*"): True, ("user", "*"): True, ("time.hours", "*"): False}


def test_devices_by_option(platform):
    assert pulled(platform, bill_flag=True).classes(ACME) == {"server": 1, "workstation": 1, "network": 1, "other": 1}
    assert pulled(platform, include_inactive=True).classes(ACME) == {"server": 1, "workstation": 4, "network": 1, "other": 1}
    rules = [{"match": "print*", "class": "printer"}, {"match": "*workstation", "class": "seat"}]
    assert pulled(platform, classes=rules, **{"class": "thing"}).classes(ACME) == {"server": 1, "seat": 1, "workstation": 1, "network": 1, "printer": 1}


def test_users(platform):
    got = pulled(platform)
    assert [(a["id"], a["name"], a["attrs"].get("mail")) for a in got["asset"] if a["kind"] == "user"] == [
        ("31", "Ann Archer", "ann@acme.example"), ("32", "Bob", None), ("34", "Uwe Müller", "uwe@soehne.example")]
    assert pulled(platform, with_users=False).ids("user") == []
    assert ("user", "*") not in pulled(platform, with_users=False).scopes()


def test_an_agreement_becomes_a_contract(platform):
    got = pulled(platform)
    assert got.of("contract", "501")["client"] == ACME
    assert got.contract("501") == {
        "name": "Managed Gold", "starts": "2026-01-15", "po": "PO-77", "site": "Albany", "bill": {"every": 1, "unit": "month"}, "lines": [
            {"id": "agreement", "product": "agreement-type:10", "name": "Managed Gold", "price": "250.5"},
            {"id": "7001", "product": "91", "name": "Workstations under management", "quantity": "53", "price": "42", "included": "5", "cost": "12.25"},
            {"id": "7002", "product": "92", "name": "Cloud backup, GB", "quantity": "1333.333333", "price": "0.085", "from": "2026-06-01"},
            {"id": "7003", "product": "93", "name": "Antivirus", "quantity": "10", "price": "3.2", "ends": "2026-10-31"},
            {"id": "7004", "product": "94", "name": "Courtesy", "quantity": "1", "price": "0"}]}


def test_terms_of_agreements(platform):
    got = pulled(platform)
    k = got.contract("502")
    assert (k["starts"], k["ends"], k["bill"], k["currency"]) == ("2026-03-01", "2027-02-28", {"every": 1, "unit": "quarter", "align": "anniversary"}, "USD")
    assert "ends" not in k["lines"][0]  # it would end after the agreement does
    k = got.contract("504")
    assert (k["starts"], k["ends"]) == ("2026-02-01", "2026-11-20")  # billing starts later, and it is cancelled
    assert sorted(c["id"] for c in got["contract"]) == ["501", "502", "503", "504"]  # 505 has no line, 506 is nobody's


def test_contracts_by_option(platform):
    got = pulled(platform, billed_through="2026-10-31")
    assert sorted(c["id"] for c in got["contract"]) == ["501", "502", "504"]  # 503 ended before
    assert got.contract("501")["billed_through"] == "2026-10-31"
    assert [x["product"] for x in pulled(platform, quantities="count").contract("501")["lines"] if "quantity" in x] == []
    got = pulled(platform, with_contracts=False)
    assert "contract" not in got and not platform.asked(BASE + "/finance/agreements")[3:]


def test_products(platform):
    got = pulled(platform)
    assert [(p["id"], p["name"], p["price"], p["cost"]) for p in got["product"]] == [
        ("91", "Managed workstation", "45", "12.25"), ("92", "Cloud backup, GB", "0.1", "0.03"), ("95", "Docking station", "180", "120.1"),
        ("agreement-type:10", "Managed Services", None, None), ("93", "Antivirus", None, None), ("94", "Courtesy", None, None)]


def test_time(platform):
    got = pulled(platform)
    assert got.hours(ACME) == {"61": "1.5", "62": "0.25", "63": "0", "64": "0"} and got.hours(SOEHNE) == {"66": "0.75"}
    first, second = got.of("usage", "61"), got.of("usage", "62")
    assert first["attrs"] == {"agent": "kim", "billable": "yes", "contract": "501", "role": "Engineer", "ticket": "8801", "work_type": "Remote"}
    assert (first["date"], second["date"]) == ("2026-11-03", "2026-11-03")  # half past three in the morning UTC is the day before in New York
    assert (second["attrs"]["agent"], second["attrs"]["work_type"], first["description"]) == ("sam", "On-site", "Printer")
    assert pulled(platform, hours="actual").hours(ACME)["61"] == "1.25"
    assert pulled(platform, non_billable=True).hours(ACME) == {"61": "1.5", "62": "0.25", "63": "2", "64": "0"}
    assert "65" in pulled(platform, lookback_days=200).hours(ACME)


def test_charges(platform):
    got = pulled(platform)
    assert [(c["id"], c["client"], c["product"], c["description"], c["date"], c["quantity"], c["unit_price"], c["cost"]) for c in got["charge"]] == [
        ("41", ACME, "95", "Docking station, front desk", "2026-11-10", "2", "180", "120.1"),
        ("45", SOEHNE, "95", "Docking station", "2026-11-13", "0.5", "99.99", "120.1")]
    assert [c["id"] for c in pulled(platform, billed_through="2026-11-10")["charge"]] == ["45"]
    assert "charge" not in pulled(platform, with_charges=False)


@pytest.mark.parametrize("field,value,says", [
    ("quantity", -1, "its quantity is -1, below zero"), ("unitPrice", -42.5, "its price is -42.5, below zero"), ("quantity", "many", "its quantity is many, not a number"),
    ("quantity", None, "it has no quantity"), ("effectiveDate", "soon", "one of its dates is none"), ("billCustomer", "Perhaps", 'its billCustomer is "Perhaps"'),
    ("lessIncluded", -3, "its included is -3, below zero"), ("product", None, "it names no product")])
def test_nonsense_in_an_addition_names_the_agreement(platform, field, value, says):
    platform.lists["additions"]["501"][0][field] = value
    with pytest.raises(Failed) as e:
        pulled(platform)
    assert "agreement 501 (Managed Gold)" in str(e.value) and "addition 7001" in str(e.value) and says in str(e.value)


@pytest.mark.parametrize("field,value,says", [
    ("startDate", None, "it has no start date"), ("billAmount", -5, "its price is -5, below zero"), ("billingCycle", {"id": 9, "name": "Full moon"}, "Full moon"),
    ("endDate", "never", "one of its dates is none")])
def test_nonsense_in_an_agreement_is_an_error(platform, field, value, says):
    platform.lists["agreements"][0][field] = value
    with pytest.raises(Failed) as e:
        pulled(platform)
    assert "agreement 501 (Managed Gold)" in str(e.value) and says in str(e.value)


def test_billing_cycles_by_option(platform):
    platform.lists["agreements"][0]["billingCycle"]["name"] = "Full moon"
    assert pulled(platform, cycles=[{"match": "full*", "every": "4", "unit": "week"}]).contract("501")["bill"] == {"every": 4, "unit": "week"}


# ---- pages, and trouble ----

@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_pages(platform, rows):
    whole = pulled(platform)
    platform.page_rows_max = rows
    assert pulled(platform) == whole


def test_a_row_on_two_pages_counts_once(platform):
    whole = pulled(platform)
    platform.page_rows_max = 2
    for name, at in (("companies", 1), ("configurations", 2), ("contacts", 0), ("time_entries", 0), ("agreements", 0), ("product_items", 0)):
        platform.lists[name].insert(at + 2, dict(platform.lists[name][at]))
    platform.lists["additions"]["501"].append(dict(platform.lists["additions"]["501"][0]))
    assert pulled(platform) == whole


def test_a_list_that_is_cut_fails_the_pull(platform):
    platform.hidden = 2
    with pytest.raises(Failed) as e:
        pulled(platform)
    assert "/company/configurations: 6 came, but ConnectWise counts 8" in str(e.value) or "came, but ConnectWise counts" in str(e.value)


@pytest.mark.parametrize("path", ["/company/companies", "/company/configurations", "/company/contacts", "/finance/agreements", "/finance/agreements/501/additions",
                                  "/procurement/catalog", "/time/entries", "/procurement/products", "/company/companies/statuses"])
@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_page_that_fails_fails_the_pull(platform, path, status):
    platform.trouble(BASE + path, status, times=40)
    with pytest.raises(Failed) as e:
        pulled(platform)
    assert str(status) in str(e.value)


def test_429_is_waited_for(platform):
    platform.trouble(BASE + "/company/configurations", 429, headers={"Retry-After": "0"}, times=2)
    assert pulled(platform).classes(ACME)["server"] == 1


def test_no_company_at_all_is_a_mistake(platform):
    platform.lists["companies"] = []
    with pytest.raises(Failed) as e:
        pulled(platform)
    assert "no company can be seen" in str(e.value)


def test_wrong_credentials(platform):
    with pytest.raises(Failed) as e:
        pulled(platform, private_key=("secret", "wrong-key-77"))
    assert "401" in str(e.value)


# ---- billed through the command ----

def test_billed(platform, tmp_path):
    ws = Billing(tmp_path / "ws", "connectwise", platform.url, ACME, **platform.options)
    row = ws.pull("2026-11-01")
    assert (row["ok"], row["assets"]) == (True, 11) and sorted(row["unmapped"]) == ["2", SOEHNE, "252", BIG]
    ws.pull("2026-12-01")
    ws.run("2026-12-01", "--no-pull", code=(0, 1))
    doc = ws.draft("c")
    got = {(x["product"], x["period"]["from"]): (x["quantity"], x["amount"]) for x in doc["lines"] if x["kind"] != "once"}
    assert got[("server", "2026-12-01")] == ("1", "100.00") and got[("workstation", "2026-12-01")] == ("2", "80.00")
    assert got[("user", "2026-12-01")] == ("2", "6.00") and got[("hours", "2026-11-01")] == ("1.75", "210.00")  # 1.5 and 0.25
    once = line(doc, kind="once")
    assert (once["description"], once["quantity"], once["unit_price"], once["amount"]) == ("Docking station, front desk", "2", "180.00", "360.00")
    why = ws.explain(doc["id"])
    used = [u for x in why["lines"] for u in x.get("usage", [])]
    assert {"61": "1.5", "62": "0.25"}.items() <= {u["id"]: u["quantity"] for u in used}.items()


def test_time_that_is_no_longer_billable_is_not_billed(platform, tmp_path):
    ws = Billing(tmp_path / "ws", "connectwise", platform.url, ACME, **platform.options)
    ws.pull("2026-11-30")
    platform.lists["time_entries"][0]["billableOption"] = "DoNotBill"
    ws.pull("2026-12-01")
    ws.run("2026-12-01", "--no-pull", code=(0, 1))
    assert line(ws.draft("c"), product="hours")["quantity"] == "0.25"


def test_a_failed_pull_changes_nothing(platform, tmp_path):
    ws = Billing(tmp_path / "ws", "connectwise", platform.url, ACME, **platform.options)
    ws.pull("2026-11-30")
    platform.trouble(BASE + "/company/configurations", 403)
    row = ws.pull("2026-12-01", code=5)
    assert row["ok"] is False and "403" in row["error"]
    ws.run("2026-12-01", "--no-pull", code=(0, 1))
    assert {x["product"]: x["quantity"] for x in ws.draft("c")["lines"] if x["period"]["from"] == "2026-12-01"} == {"server": "1", "workstation": "2", "user": "2"}


def test_the_same_pull_twice_changes_nothing(platform, tmp_path):
    ws = Billing(tmp_path / "ws", "connectwise", platform.url, ACME, **platform.options)
    ws.pull("2026-12-01")
    platform.lists["companies"][1]["name"] = "Acme Dental Group"
    row = ws.pull("2026-12-02")
    assert (row["changed"], row["gone"]) == (0, 0)
