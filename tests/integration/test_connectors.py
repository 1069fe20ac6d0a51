"""Facts from files: what is fresh, what is stale, what is known of then, and that "no answer" is never "none"."""
import os

import pytest
from conftest import ASSETS, COMPANY, SHEET, Workspace, line

BOOK = '''product "ws" { name = "WS", model = "per_unit", unit = "device", count = devices { class = "workstation" }, price = "10.00" }
product "lic" { name = "Licence", model = "per_unit", count = gauge { metric = "spb" }, price = "26.40" }
product "flat" { name = "Flat", model = "flat", price = "50.00" }
'''


def basic(ws, lines=None, config="", entries=(), **contract):
    ws.config(SHEET + config)
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}},
               dict({"id": "ka", "client": "a", "starts": "2026-11-01", "lines": lines or [{"product": "ws"}]}, **contract),
               {"id": "b", "name": "B"}, {"id": "kb", "client": "b", "starts": "2026-11-01", "lines": [{"product": "flat"}]}, *entries)


def gauges(ws, *rows):
    ws.write("counts/gauges.csv", "date,client,metric,value\n" + "".join("%s,a,spb,%s\n" % r for r in rows))


def held(run):
    return {h["client"]: h["reason"] for h in run["held"]}


def test_a_failing_connector_holds_what_it_feeds_and_nothing_else(ws):
    basic(ws)
    ws.write("counts/assets.csv", ASSETS + "a,device,workstation,1,PC,not a date,\n")
    run = ws.run("2026-11-01", code=5)
    assert set(held(run)) == {"a"} and held(run)["a"] in ("connector-failed", "no-facts")
    row = run["connectors"][0]
    assert row["ok"] is False and "assets.csv:2" in row["error"] and "from" in row["error"]
    assert ws.draft("b")["total"] == "50.00" and ws.draft("b")["hold"] is None
    done = ws.approve(run["batch"], code=(0, 1))
    assert [a["invoice"][0] for a in done["approved"]] == ["b"]
    # The file is mended: the rest follows, nothing twice.
    ws.devices(("a", "1", "2026-10-01"))
    run = ws.run("2026-11-02")
    assert run["drafted"] == 1 and ws.draft()["client"]["id"] == "a"


def test_a_folder_that_is_gone_fails_the_pull(ws):
    basic(ws)
    run = ws.run("2026-11-01", code=5)
    assert run["connectors"][0]["ok"] is False and run["connectors"][0]["error"]
    assert ws.draft("b")["hold"] is None


def test_a_pull_that_fails_changes_nothing_and_ages(ws):
    basic(ws)
    ws.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-10-01"))
    ws.bill("2026-11-01")
    ws.write("counts/assets.csv", "rubbish\n")
    run = ws.run("2026-12-01", code=5)  # the last complete pull is 30 days old
    assert set(held(run)) == {"a"} and held(run)["a"] in ("stale-facts", "connector-failed")
    assert line(ws.draft("a"), product="ws")["quantity"] == "2"
    assert ws.draft("b")["hold"] is None


def test_a_stale_gauge_is_held_and_a_fresh_one_is_not(ws):
    basic(ws, lines=[{"product": "lic"}])
    gauges(ws, ("2026-11-01", 10))
    assert held(ws.run("2026-11-01")) == {}
    ws.approve(ws.drafts()[0]["batch"])
    gauges(ws, ("2026-11-01", 10), ("2026-11-27", 11))
    run = ws.run("2026-12-01", code=1)  # four days old, three are allowed
    assert held(run) == {"a": "stale-facts"} and "2026-11-27" in run["held"][0]["message"]
    gauges(ws, ("2026-11-01", 10), ("2026-11-28", 11))
    run = ws.run("2026-12-01")
    assert held(run) == {} and line(ws.draft("a"), product="lic")["amount"] == "290.40"


def test_never_observed_is_held_and_never_billed_at_zero(ws):
    basic(ws, lines=[{"product": "lic"}, {"product": "flat"}])
    ws.devices(("a", "1", "2026-10-01"))
    run = ws.run("2026-11-01", code=1)
    assert held(run) == {"a": "no-facts"}
    assert all(x["product"] == "flat" for x in ws.draft("a")["lines"])


def test_force_bills_what_is_known_and_writes_down_why(ws):
    basic(ws, lines=[{"product": "lic"}])
    gauges(ws, ("2026-11-01", 10))
    ws.bill("2026-11-01")
    run = ws.run("2026-12-15", code=1)
    assert held(run) == {"a": "stale-facts"}
    d = ws.draft("a")
    ws.command("approve", d["id"], "--force", "the portal is down, ten is right", "--by", "mia")
    done = ws.command("show", d["id"], "--json").json
    assert done["state"] == "approved" and done["total"] == "264.00"


def test_a_client_without_a_mapping_is_named(ws):
    basic(ws, entries=[{"id": "c", "name": "C"}, {"id": "kc", "client": "c", "starts": "2026-11-01", "lines": [{"product": "ws"}]}])
    ws.devices(("a", "1", "2026-10-01"))
    run = ws.run("2026-11-01", code=1)
    assert set(held(run)) == {"c"} and held(run)["c"] in ("unmapped-client", "no-facts")
    assert "ids" in run["held"][0]["message"]


def test_a_client_that_the_platform_does_not_know_any_more_is_held(ws):
    basic(ws)
    ws.devices(("a", "1", "2026-10-01"))
    ws.bill("2026-11-01")
    ws.devices(("z", "1", "2026-10-01"))
    run = ws.run("2026-12-01", code=1)
    assert held(run)["a"] in ("unknown-client", "zero-quantity")


def test_a_quantity_of_zero_where_there_was_one_is_held(ws):
    basic(ws)
    ws.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-10-01"))
    ws.bill("2026-11-01")
    ws.devices(("a", "1", "2026-10-01", "2026-11-20"), ("a", "2", "2026-10-01", "2026-11-20"))
    run = ws.run("2026-12-01", code=1)
    assert held(run) == {"a": "zero-quantity"}


def test_the_guard(ws):
    basic(ws)
    ws.devices(*[("a", str(i), "2026-10-01") for i in range(10)])
    assert held(ws.run("2026-11-01")) == {}  # a first invoice is not compared
    ws.approve("2026-11-01.1")
    jump = [("a", str(i), "2026-10-01") for i in range(10)] + [("a", "n%d" % i, "2026-11-20") for i in range(6)]
    ws.devices(*jump)
    run = ws.run("2026-12-01", code=1)  # 10 → 16: over 50 %, and 60.00 over 50.00
    assert held(run) == {"a": "guard"} and "10" in run["held"][0]["message"] and "16" in run["held"][0]["message"]
    ws.devices(*jump[:15])
    assert held(ws.run("2026-12-01")) == {}  # 15: exactly 50 %, not more


def test_the_guard_needs_both(ws):
    basic(ws, lines=[{"product": "ws", "price": "1.00"}])
    ws.devices(("a", "1", "2026-10-01"))
    ws.bill("2026-11-01")
    ws.devices(*[("a", str(i), "2026-10-01") for i in range(1, 20)])
    assert held(ws.run("2026-12-01")) == {}  # 1 → 19, but 18.00 only


def test_max_total(ws):
    basic(ws, config='invoicing { max_total = "49.99" }\n')
    ws.devices(("a", "1", "2026-10-01"))
    run = ws.run("2026-11-01", code=1)
    assert held(run) == {"b": "max-total"}


def test_any_days_count_follows_from_the_intervals(ws):
    basic(ws, timing="arrears", lines=[{"product": "ws", "at": "daily"}])
    ws.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-10-01", "2026-11-10"), ("a", "3", "2026-11-21"))
    ws.run("2026-12-01")
    assert [(x["period"]["from"], x["period"]["to"], x["quantity"], x["fraction"], x["amount"]) for x in ws.draft("a")["lines"]] == [
        ("2026-11-01", "2026-11-10", "2", "10/30", "6.67"), ("2026-11-11", "2026-11-20", "1", "10/30", "3.33"),
        ("2026-11-21", "2026-11-30", "2", "10/30", "6.67")]


@pytest.mark.parametrize("at,quantity,amount", [("start", "2", "20.00"), ("end", "3", "30.00"), ("peak", "4", "40.00"), ("average", "2.5", "25.00")])
def test_what_is_read_of_a_month(ws, at, quantity, amount):
    basic(ws, timing="arrears", lines=[{"product": "ws", "at": at}])
    # 2 to the 15th, 4 on the 16th to the 18th, 3 on the 19th, 2 to the 24th, 3 on the last six: 75 device days
    ws.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-10-01"), ("a", "3", "2026-11-16", "2026-11-19"), ("a", "4", "2026-11-16", "2026-11-18"),
               ("a", "5", "2026-11-23"))
    ws.run("2026-12-01")
    x = ws.draft("a")["lines"][0]
    assert (x["quantity"], x["amount"]) == (quantity, amount)


def test_an_average_shows_four_places_and_the_exact_ratio(ws):
    basic(ws, timing="arrears", lines=[{"product": "ws", "at": "average"}])
    ws.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-11-12"))  # 30 + 19 device days
    ws.run("2026-12-01")
    x = ws.draft("a")["lines"][0]
    assert (x["quantity"], x["quantity_exact"], x["amount"]) == ("1.6333", "49/30", "16.33")


def test_a_full_list_for_each_date(ws):
    basic(ws, timing="arrears", lines=[{"product": "ws", "at": "daily"}])
    ws.write("counts/assets.csv", "date,client,kind,class,id,name\n" + "".join(
        "%s,a,device,workstation,%s,PC-%s\n" % (d, i, i) for d, ids in (("2026-11-01", "12"), ("2026-11-16", "123"), ("2026-11-30", "13")) for i in ids))
    ws.run("2026-12-01")
    assert [(x["period"]["from"], x["quantity"], x["amount"]) for x in ws.draft("a")["lines"]] == [
        ("2026-11-01", "2", "10.00"), ("2026-11-16", "3", "14.00"), ("2026-11-30", "2", "0.67")]


def test_selectors(ws):
    ws.config(SHEET)
    ws.book('''product "albany" { name = "Albany", model = "per_unit", price = "1.00", count = devices { site = "Albany" } }
product "windows" { name = "Windows", model = "per_unit", price = "1.00", count = devices { os = "Windows*", except = {
  { name = "KIOSK*", reason = "lobby" }, { id = "d9", from = "2026-12-01", reason = "later" } } } }
product "staff" { name = "Staff", model = "per_unit", price = "1.00", count = users {} }
product "badge" { name = "Badge", model = "per_unit", price = "1.00", count = assets { kind = "badge" } }
''')
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}, "except": [{"name": "STOLEN", "reason": "stolen"}]},
               {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": p} for p in ("albany", "windows", "staff", "badge")]})
    ws.write("counts/assets.csv", "client,kind,class,id,name,from,to,site,os\n" + "".join("a,%s,2026-10-01,,%s\n" % r for r in [
        ("device,workstation,d1,PC-1", "Albany,Windows 11"), ("device,workstation,d2,KIOSK-1", "Albany,Windows 10"),
        ("device,server,d3,SRV", "Troy,Windows Server 2022"), ("device,server,d4,NAS", "Albany,Debian 12"),
        ("device,workstation,d5,STOLEN", "Albany,Windows 11"), ("device,workstation,d9,PC-9", "Troy,Windows 11"),
        ("user,staff,u1,Ann", ","), ("user,staff,u2,Bob", ","), ("badge,card,b1,17", ",")]))
    ws.run("2026-11-01")
    assert {x["product"]: x["quantity"] for x in ws.draft()["lines"]} == {"albany": "3", "windows": "3", "staff": "2", "badge": "1"}
    d = ws.draft()
    why = {x["product"]: y for x, y in zip(d["lines"], ws.explain(d["id"])["lines"])}
    assert sorted(v["name"] for v in why["windows"]["assets"]) == ["PC-1", "PC-9", "SRV"]
    assert sorted((v["name"], v["reason"]) for v in why["windows"]["left_out"]) == [("KIOSK-1", "lobby"), ("STOLEN", "stolen")]


def test_seen_within(ws):
    basic(ws, lines=[{"product": "ws", "count": {"devices": {"seen_within": 30}}}])
    ws.write("counts/assets.csv", "client,kind,class,id,name,from,to,last_seen\na,device,workstation,1,PC-1,2026-01-01,,2026-10-31\n"
             "a,device,workstation,2,PC-2,2026-01-01,,2026-09-30\na,device,workstation,3,PC-3,2026-01-01,,\n")
    ws.run("2026-11-01")
    d = ws.draft("a")
    assert d["lines"][0]["quantity"] == "2"
    why = ws.explain(d["id"])["lines"][0]
    assert [v["name"] for v in why["left_out"]] == ["PC-2"] and why["left_out"][0]["reason"]


def test_explain_names_who_came_and_who_went(ws):
    basic(ws)
    ws.devices(("a", "old", "2026-10-01", "2026-11-14"), ("a", "stays", "2026-10-01"))
    ws.bill("2026-11-01")
    ws.devices(("a", "old", "2026-10-01", "2026-11-14"), ("a", "stays", "2026-10-01"), ("a", "new", "2026-11-20"))
    ws.run("2026-12-01")
    d = ws.draft("a")
    why = ws.explain(d["id"], d["lines"][0]["id"])["lines"]
    assert len(why) == 1
    assert sorted(v["id"] for v in why[0]["assets"]) == ["new", "stays"]
    since = why[0]["since_last"]
    assert [v["id"] for v in since["came"]] == ["new"] and [v["id"] for v in since["went"]] == ["old"]
    assert why[0]["model"].startswith("per_unit ") and why[0]["rule"] is None and why[0]["price"]["origin"] == "list"
    text = ws.command("explain", d["id"]).out
    assert "NEW" in text and "OLD" in text and "STAYS" in text


def test_explain_tells_the_names_of_then(ws):
    basic(ws)
    ws.write("counts/assets.csv", ASSETS + "a,device,workstation,1,BEFORE,2026-10-01,\n")
    ws.bill("2026-11-01")
    first = ws.export()[0] if ws.export()[0]["client"]["id"] == "a" else ws.export()[1]
    ws.write("counts/assets.csv", ASSETS + "a,device,workstation,1,AFTER,2026-10-01,\n")
    ws.run("2026-12-01")
    assert ws.explain(first["id"])["lines"][0]["assets"][0]["name"] == "BEFORE"
    assert ws.explain(ws.draft("a")["id"])["lines"][0]["assets"][0]["name"] == "AFTER"


def test_explain_of_usage(ws):
    ws.config(SHEET)
    ws.book('product "h" { name = "Hours", model = "per_unit", price = "120.00", timing = "arrears", count = usage { metric = "hours" }, included = 2, round_up_to = "0.25" }\n')
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}}, {"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "h"}]})
    ws.write("counts/usage.csv", "date,client,metric,quantity,id,description,engineer\n2026-11-03,a,hours,1.2,t1,Printer,Kim\n2026-11-09,a,hours,2.2,t2,Mail,Sam\n")
    ws.run("2026-12-01")
    d = ws.draft()
    assert (d["lines"][0]["quantity"], d["lines"][0]["amount"]) == ("1.5", "180.00")  # 3.4 − 2 = 1.4, by quarters 1.5
    used = ws.explain(d["id"])["lines"][0]["usage"]
    assert [(u["id"], u["quantity"], u["description"]) for u in used] == [("t1", "1.2", "Printer"), ("t2", "2.2", "Mail")]


CHARGE = "date,client,id,product,description,quantity,unit_price,cost,po,contract\n2026-11-05,a,t-1,ws,Cabling,2,35.00,,PO-1,\n"


@pytest.mark.parametrize("known", ["after its date", "before its date"])
def test_charges_from_a_platform_become_once_lines(ws, known):
    basic(ws)
    ws.devices(("a", "1", "2026-10-01"))
    if known == "before its date":
        ws.write("counts/charges.csv", CHARGE)
    first = ws.bill("2026-11-01")
    assert sorted(d["total"] for d in first) == ["10.00", "50.00"]  # not owed yet
    ws.write("counts/charges.csv", CHARGE)
    ws.run("2026-11-06")
    x = line(ws.draft("a"), kind="once")
    assert (x["period"]["from"], x["quantity"], x["unit_price"], x["amount"]) == ("2026-11-05", "2", "35.00", "70.00")
    ws.approve(ws.draft("a")["id"])
    assert ws.run("2026-11-07")["drafted"] == 0


@pytest.mark.parametrize("ids, named, found", [({"sheet": "AGR-7"}, "AGR-7", True), ({"sheet": ["AGR-6", "AGR-7"]}, "AGR-7", True), ({}, "ka", True),
                                               ({"sheet": "AGR-7"}, "AGR-8", False), ({}, "AGR-7", False)])
def test_a_charge_belongs_to_the_contract_that_its_platform_names(ws, ids, named, found):
    basic(ws)
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}}, {"id": "ka", "client": "a", "starts": "2026-11-01", "po": "PO-OF-KA", "ids": ids, "lines": [{"product": "ws"}]})
    ws.devices(("a", "1", "2026-10-01"))
    ws.write("counts/charges.csv", CHARGE.replace("PO-1,", "," + named))
    ws.run("2026-11-06")
    x = line(ws.draft("a"), kind="once")
    assert (x["contract"] == "ka") is found and x["amount"] == "70.00"


def test_a_one_off_of_a_flat_product_costs_its_price_a_unit(ws):
    basic(ws)
    ws.book(BOOK + 'product "setup" { name = "Setup", model = "flat", price = "10.00" }\n')
    ws.devices(("a", "1", "2026-10-01"))
    ws.bill("2026-11-01")
    ws.write("counts/charges.csv", CHARGE.split("\n")[0] + "\n2026-11-05,a,t-1,setup,Cabling,3,7.00,,,\n2026-11-05,a,t-2,setup,Desk,3,,,,\n")
    ws.run("2026-11-06")
    got = sorted((x["description"], x["quantity"], x["unit_price"], x["amount"]) for x in ws.draft("a")["lines"])
    assert got == [("Cabling", "3", "7.00", "21.00"), ("Desk", "3", "10.00", "30.00")]


def test_two_connectors_that_both_answer_are_a_mistake_until_one_is_named(ws):
    ws.config(SHEET + 'connector "other" { plugin = "csv", path = "other" }\n')
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a", "other": "a"}}, {"id": "ka", "client": "a", "starts": "2026-11-01", "lines": [{"product": "ws"}]})
    ws.devices(("a", "1", "2026-10-01"))
    ws.write("other/assets.csv", ASSETS + "a,device,workstation,9,PC-9,2026-10-01,\na,device,workstation,8,PC-8,2026-10-01,\n")
    done = ws.command("run", "--date", "2026-11-01", "--json", code=(1, 3))
    assert "sheet" in done.out + done.err and "other" in done.out + done.err
    assert not any(x["product"] == "ws" for d in ws.drafts() for x in d["lines"])
    ws.book(BOOK.replace('class = "workstation"', 'class = "workstation", from = "other"'))
    ws.run("2026-11-01")
    assert ws.draft()["lines"][0]["quantity"] == "2"


def test_one_device_seen_by_two_connectors_counts_once(ws):
    ws.config(SHEET + 'connector "other" { plugin = "csv", path = "other" }\n'
              'identity { kind = "device", by = { "serial", "name" }, prefer = { "sheet", "other" } }\n')
    ws.book(BOOK)
    ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a", "other": "a"}}, {"id": "ka", "client": "a", "starts": "2026-11-01", "lines": [{"product": "ws"}]})
    head = "client,kind,class,id,name,from,to,serial\n"
    ws.write("counts/assets.csv", head + "a,device,workstation,1,PC-1,2026-10-01,,S1\na,device,workstation,2,PC-2,2026-10-01,,\n")
    ws.write("other/assets.csv", head + "a,device,workstation,x,RENAMED,2026-10-01,,S1\na,device,workstation,y,PC-2,2026-10-01,,\n"
             "a,device,workstation,z,PC-3,2026-10-01,,S3\n")
    ws.run("2026-11-01")
    assert ws.draft()["lines"][0]["quantity"] == "3"


def test_pull_prints_a_row_a_connector(ws):
    basic(ws)
    ws.devices(("a", "1", "2026-10-01"), ("a", "2", "2026-10-01"))
    gauges(ws, ("2026-11-01", 5))
    row = ws.command("pull", "--date", "2026-11-01", "--json").json["connectors"][0]
    assert (row["name"], row["ok"], row["assets"], row["gauges"], row["usage"], row["unmapped"], row["error"]) == ("sheet", True, 2, 1, 0, [], None)
    assert row["changed"] >= 2
    ws.devices(("a", "1", "2026-10-01"))
    row = ws.command("pull", "--date", "2026-11-02", "--connector", "sheet", "--json").json["connectors"][0]
    assert row["gone"] == 1
    row = ws.command("pull", "--date", "2026-11-03", "--json").json["connectors"][0]
    assert (row["changed"], row["gone"]) == (0, 0)


def test_the_csv_connector_stays_in_its_folder(ws, tmp_path):
    other = Workspace(tmp_path / "elsewhere")
    other.write("assets.csv", ASSETS + "a,device,workstation,1,PC,2026-10-01,\n")
    for path in ("../elsewhere", str(tmp_path / "elsewhere")):
        ws.write("billhook.lua", COMPANY + 'connector "sheet" { plugin = "csv", path = "%s" }\n' % path)
        ws.book(BOOK)
        ws.clients({"id": "a", "name": "A", "ids": {"sheet": "a"}}, {"id": "ka", "client": "a", "starts": "2026-11-01", "lines": [{"product": "ws"}]})
        ws.command("pull", "--date", "2026-11-01", code=(3, 5))
    os.makedirs(ws.path("counts"))
    os.symlink(other.path("assets.csv"), ws.path("counts", "assets.csv"))
    ws.config(SHEET)
    assert ws.command("pull", "--date", "2026-11-01", code=None).code in (0, 5)
