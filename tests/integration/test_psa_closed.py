"""Clients that a PSA platform has closed: their devices, users and running contracts are passed over, and what was done for them before is owed.
The platforms answer with what is recorded beside the connectors."""
import pytest
from platforms.autotask import Autotask
from platforms.connectwise import ConnectWise
from platforms.halopsa import Halo
from platforms.itflow import ITFlow
from platforms.psa import Billing, dump
from platforms.rt import RT
from platforms.syncro import Syncro

SESSION = {"billed_through": "2026-10-31"}
# The list of clients, the client's id in it and how it is closed; another one that was closed before all that is recorded, and the hours that are recorded of it.
CASES = {
    ConnectWise: ("companies", "250", {"status": {"id": 2}}, "252", {"67": "5"}),
    Halo: ("clients", "12", {"inactive": True}, "14", {"67": "5"}),
    Autotask: ("companies", "174", {"isActive": False}, "176", {"67": "5"}),
    Syncro: ("customers", "12", {"disabled": True}, "14", {"67": "0.001388888"}),
    ITFlow: ("clients", "1", {"client_archived_at": "2026-11-25 10:00:00"}, "3", None),
    RT: ("queues", "3", {"Disabled": "1"}, "5", None),
}
TIME = {ConnectWise: "time_entries", Halo: "timesheet_events", Autotask: "time_entries", Syncro: "ticket_timers", ITFlow: "ticket_replies", RT: "transactions"}


@pytest.fixture(params=list(CASES), ids=lambda p: p.connector)
def platform(request):
    with request.param() as p:
        p.options = dict(p.options, **(SESSION if request.param in (ConnectWise, Halo, Autotask, Syncro) else {}))
        yield p


def pulled(platform, **options):
    return dump(platform.connector, platform.url, **dict(platform.options, **options))


def row(rows, id_):
    (found,) = [r for r in rows if str(r.get("id", r.get("client_id"))) == id_]
    return found


def close(platform):
    """The client, closed."""
    name, id_, change, _, _ = CASES[type(platform)]
    row(platform.lists[name], id_).update(change)
    return id_


def named(got):
    return {c["id"]: c["name"] for c in got["client"]}


def of(got, id_, *types):
    return [x for t in types for x in got.get(t, []) if x["client"] == id_]


def test_its_time_goes_on_being_brought_and_nothing_that_it_has(platform):
    before = pulled(platform)
    id_ = close(platform)
    after = pulled(platform)
    assert before.hours(id_) and after.hours(id_) == before.hours(id_) and named(after)[id_] == named(before)[id_]
    assert [(u["id"], u["date"], u["attrs"]) for u in of(after, id_, "usage")] == [(u["id"], u["date"], u["attrs"]) for u in of(before, id_, "usage")]
    assert of(before, id_, "asset") or type(platform) is RT
    assert of(after, id_, "asset", "contract") == [] and after.scopes() == before.scopes()
    assert [x for x in after["usage"] if x["client"] != id_] == [x for x in before["usage"] if x["client"] != id_]


def test_as_recorded(platform):
    closed, hours = CASES[type(platform)][3:]
    got = pulled(platform)
    assert got.hours(closed) == (hours or {}) and (closed in named(got)) == (hours is not None) and of(got, closed, "asset", "contract") == []
    assert len(named(got)) == len(got["client"])


def test_without_time_in_the_days_that_are_read_it_does_not_come(platform):
    id_ = close(platform)
    got = pulled(platform, with_time=False, **({"with_charges": False} if type(platform) in (ConnectWise, Autotask) else {}))
    assert id_ not in named(got) and "usage" not in got and of(got, id_, "asset", "contract", "charge") == []
    del platform.lists[TIME[type(platform)]][:]
    assert id_ not in named(pulled(platform, **({"with_charges": False} if type(platform) in (ConnectWise, Autotask) else {})))


def test_time_that_is_taken_back_after_it_was_closed():
    with ConnectWise() as platform:
        id_ = close(platform)
        platform.lists["time_entries"][0]["billableOption"] = "DoNotBill"
        assert pulled(platform).hours(id_)["61"] == "0"


def test_include_inactive_brings_all_of_it(platform):
    """rt has no such option: with it there is nothing but time."""
    option = {} if type(platform) is RT else {"include_inactive": True}
    before = pulled(platform, **option)
    close(platform)
    assert {k: sorted(map(str, v)) for k, v in pulled(platform, **option).items()} == {k: sorted(map(str, v)) for k, v in before.items()}


# ---- nobody's ----

def test_a_prospect_is_nobody(tmp_path):
    with ITFlow() as platform:
        platform.lists["ticket_replies"][0]["ticket_client_id"] = "4"
        got = pulled(platform)
        assert got.hours("4") == {} and "4" not in named(got) and "61" not in got.hours("1")
        row(platform.lists["clients"], "4")["client_archived_at"] = "2026-11-25 10:00:00"
        assert pulled(platform).hours("4") == {}


def test_a_queue_that_the_option_leaves_out_is_nobody():
    with RT() as platform:
        row(platform.lists["queues"], "1")["Disabled"] = "1"
        got = pulled(platform)
        assert got.hours("1") == {} and "1" not in named(got)
        assert pulled(platform, queues="*").hours("1") == {"107": "1"}


def test_a_company_that_the_conditions_leave_out_is_nobody():
    with ConnectWise() as platform:
        close(platform)
        assert pulled(platform, companies="id=251").hours("250") == {}
        row(platform.lists["companies"], "250").update(status={"id": 1}, deletedFlag=True)  # deleted is closed, too
        assert pulled(platform).hours("250")["61"] == "1.5" and of(pulled(platform), "250", "asset") == []


# ---- charges, and contracts that are over ----

@pytest.mark.parametrize("kind,charges", [(ConnectWise, ["41"]), (Autotask, ["contract:41", "project:41"])])
def test_what_was_sold_to_it_is_owed(kind, charges):
    with kind() as platform:
        id_ = close(platform)
        got = pulled(platform, with_time=False)
        assert [c["id"] for c in of(got, id_, "charge")] == charges and named(got)[id_] == "Acme Dental"
        assert {c["product"] for c in of(got, id_, "charge") if c["product"]} <= {p["id"] for p in got["product"]}


@pytest.mark.parametrize("kind", [Halo, Syncro])
def test_what_waits_for_an_invoice_of_the_platforms_is_not(kind):
    with kind() as platform:
        assert of(pulled(platform, **SESSION), CASES[kind][1], "charge")
        id_ = close(platform)
        assert of(pulled(platform, **SESSION), id_, "charge") == []


def end_contract(platform, day):
    if type(platform) is ConnectWise:
        row(platform.lists["agreements"], "501").update(endDate=day + "T00:00:00Z", noEndingDateFlag=False)
        return "501"
    if type(platform) is Halo:
        row(platform.lists["contracts"], "71")["end_date"] = day + "T00:00:00"
        return "-501"
    row(platform.lists["contracts"], "29680")["endDate"] = day + "T00:00:00Z"
    return "29680"


@pytest.mark.parametrize("kind", [ConnectWise, Halo, Autotask])
def test_a_contract_that_is_over_bills_the_last_time(kind):
    """One that goes on is no longer there: who has left is not billed for months to come."""
    with kind() as platform:
        id_ = close(platform)
        for day, comes in (("2026-11-20", True), ("2026-12-01", True), ("2026-12-02", False), ("2027-06-30", False), ("2026-09-02", True), ("2026-09-01", False)):
            contract = end_contract(platform, day)
            got = {c["id"]: c["json"] for c in of(pulled(platform), id_, "contract")}
            assert list(got) == ([contract] if comes else []), day
            assert not comes or (got[contract]["ends"] == day and got[contract]["lines"])


# ---- billed through the command ----

def workspace(platform, folder, lines, **contract):
    options = {k: v for k, v in platform.options.items() if k != "cycles"}
    ws = Billing(folder, platform.connector, platform.url, CASES[type(platform)][1], **options, **({"with_contracts": False} if "cycles" in platform.options else {}))
    ws.clients({"id": "c", "name": "C", "ids": {"psa": CASES[type(platform)][1]}},
               dict({"id": "k", "client": "c", "starts": "2026-11-01", "billed_through": "2026-10-31", "lines": lines}, **contract))
    return ws


def test_work_before_it_was_closed_is_billed(platform, tmp_path):
    """The first of November it is open; by the first of December it has been closed, and its contract has ended."""
    ws = workspace(platform, tmp_path / "ws", [{"product": "hours"}], ends="2026-11-20")
    ws.pull("2026-11-01")
    id_ = close(platform)
    assert ws.pull("2026-12-01")["ok"]
    done = ws.run("2026-12-01", "--no-pull", code=(0, 1))
    (got,) = [x for x in ws.draft("c")["lines"] if x["product"] == "hours"]
    november = sum(float(u["quantity"]) for u in of(pulled(platform), id_, "usage") if u["date"] >= "2026-11")
    assert abs(float(got["quantity"]) - november) < 0.001 and november > 1 and got["amount"] != "0.00"
    assert [h for h in done["held"] if h["client"] == "c"] == []


def test_a_contract_that_nobody_ended_is_held(tmp_path):
    """Its devices are gone, and so a count of nothing waits for a person: not a bill for what is committed or agreed."""
    with ITFlow() as platform:
        ws = workspace(platform, tmp_path / "ws", [{"product": "server", "minimum": 3}])
        ws.pull("2026-11-01")
        ws.run("2026-11-01", "--no-pull", code=(0, 1))
        ws.approve(ws.draft("c")["batch"], code=(0, 1))
        close(platform)
        ws.pull("2026-12-01")
        (hold,) = [h for h in ws.run("2026-12-01", "--no-pull", code=1)["held"] if h["client"] == "c"]
        assert hold["reason"] == "zero-quantity"
