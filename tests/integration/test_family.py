"""Child clients: what they take of their parent's assets and usage, and what is left to it (BILLING 3, WORKSPACE)."""
from conftest import SHEET, amounts, line

BOOK = '''product "ws" { name = "Workstation", model = "per_unit", unit = "device", count = devices { class = "workstation" }, price = "10.00" }
product "gb" { name = "Backup", model = "per_unit", unit = "GB", count = usage { metric = "gb" }, price = "1.00", timing = "arrears" }
product "lic" { name = "Licence", model = "per_unit", count = gauge { metric = "lic" }, price = "5.00" }
'''
ROWS = [("pc-1", "Albany"), ("pc-2", "Albany"), ("pc-3", "Albany"), ("pc-4", "Troy"), ("pc-5", "Troy"), ("pc-6", "")]


def assets(ws, rows=ROWS, start="2026-01-01", klass="workstation"):
    text = "client,kind,class,id,name,from,to,site\n"
    for id, site in rows:
        text += "clinic,device,%s,%s,%s,%s,,%s\n" % (klass, id, id.upper(), start, site)
    ws.write("counts/assets.csv", text)


def base(ws, extra=""):
    ws.config(SHEET + extra)
    ws.book(BOOK)
    assets(ws)


CLINIC = {"id": "clinic", "name": "Clinic", "ids": {"sheet": "clinic"}}
TROY = {"id": "clinic-troy", "name": "Clinic, Troy", "parent": "clinic", "match": {"site": "Troy"}}


def contract(id, client, *products, starts="2026-11-01", **more):
    return dict({"id": id, "client": client, "starts": starts, "lines": [{"product": p} for p in products]}, **more)


def of(docs, client):
    return next(d for d in docs if d["client"]["id"] == client)


def test_a_child_takes_what_it_matches(ws):
    base(ws)
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    docs = ws.bill("2026-11-01")
    assert (of(docs, "clinic")["total"], of(docs, "clinic-troy")["total"]) == ("40.00", "20.00")
    why = ws.explain(of(docs, "clinic")["id"])["lines"][0]
    assert sorted(a["id"] for a in why["assets"]) == ["pc-1", "pc-2", "pc-3", "pc-6"]
    assert [(a["id"], a["reason"]) for a in why["left_out"]] == [("pc-4", 'counted for client "clinic-troy"'), ("pc-5", 'counted for client "clinic-troy"')]
    why = ws.explain(of(docs, "clinic-troy")["id"])["lines"][0]
    assert sorted(a["id"] for a in why["assets"]) == ["pc-4", "pc-5"] and why["left_out"] == []
    run = ws.run("2026-11-02")
    assert (run["drafted"], run["held"]) == (0, [])
    ws.verify()


def test_the_order_of_files_does_not_matter(ws):
    """The parent may come behind its child, in the order of ids too."""
    base(ws)
    ws.clients(dict(TROY, id="a-troy"), CLINIC, contract("t", "a-troy", "ws"), contract("k", "clinic", "ws"))
    docs = ws.bill("2026-11-01")
    assert (of(docs, "clinic")["total"], of(docs, "a-troy")["total"]) == ("40.00", "20.00")


def test_a_child_of_one_client_alone(ws):
    """--client picks the one; the family is known all the same."""
    base(ws)
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    ws.run("2026-11-01", "--client", "clinic-troy")
    assert [(d["client"]["id"], d["total"]) for d in ws.drafts()] == [("clinic-troy", "20.00")]


def test_a_child_without_a_contract_takes_all_the_same(ws):
    base(ws)
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws"))
    assert ws.bill("2026-11-01")[0]["total"] == "40.00"


def test_usage_with_attributes(ws):
    base(ws)
    ws.write("counts/usage.csv", "date,client,metric,quantity,id,description,site\n2026-11-10,clinic,gb,100,a,,Albany\n2026-11-11,clinic,gb,30,b,,Troy\n"
                                 "2026-11-12,clinic,gb,7,c,,\n")
    ws.clients(dict(CLINIC, guard=False), dict(TROY, guard=False), contract("k", "clinic", "gb"), contract("t", "clinic-troy", "gb"))
    docs = ws.bill("2026-12-01")
    assert (of(docs, "clinic")["total"], of(docs, "clinic-troy")["total"]) == ("107.00", "30.00")
    # usage of Troy that comes late is Troy's
    with open(ws.path("counts", "usage.csv"), "a") as f:
        f.write("2026-11-13,clinic,gb,5,d,,Troy\n2026-12-10,clinic,gb,1,e,,Albany\n2026-12-10,clinic,gb,2,f,,Troy\n")
    docs = ws.bill("2027-01-01")
    assert (amounts(of(docs, "clinic")), amounts(of(docs, "clinic-troy"))) == (["1.00"], ["5.00", "2.00"])
    ws.verify()


def test_a_gauge_is_of_the_parent_as_a_whole(ws):
    base(ws)
    ws.write("counts/gauges.csv", "date,client,metric,value\n2026-11-01,clinic,lic,9\n2026-11-01,troy,lic,4\n")
    ws.clients(CLINIC, TROY, contract("k", "clinic", "lic"), contract("t", "clinic-troy", "lic"))
    run = ws.run("2026-11-01", code=1)
    assert [(h["client"], h["reason"]) for h in run["held"] if h["client"] == "clinic-troy"] == [("clinic-troy", "unmapped-client")]
    assert of(ws.drafts(), "clinic")["total"] == "45.00"
    ws.clients(CLINIC, dict(TROY, ids={"sheet": "troy"}), contract("k", "clinic", "lic"), contract("t", "clinic-troy", "lic"))
    ws.run("2026-11-01")
    assert of(ws.drafts(), "clinic-troy")["total"] == "20.00"


def test_a_child_with_ids_of_its_own_counts_both(ws):
    base(ws)
    text = ws.read("counts/assets.csv") + "troy,device,workstation,own-1,OWN-1,2026-01-01,,\n"
    ws.write("counts/assets.csv", text)
    ws.clients(CLINIC, dict(TROY, ids={"sheet": "troy"}), contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    docs = ws.bill("2026-11-01")
    assert (of(docs, "clinic")["total"], of(docs, "clinic-troy")["total"]) == ("40.00", "30.00")


def test_a_child_without_a_match_takes_nothing(ws):
    base(ws)
    text = ws.read("counts/assets.csv") + "troy,device,workstation,own-1,OWN-1,2026-01-01,,\n"
    ws.write("counts/assets.csv", text)
    ws.clients(CLINIC, {"id": "clinic-troy", "parent": "clinic", "ids": {"sheet": "troy"}}, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    docs = ws.bill("2026-11-01")
    assert (of(docs, "clinic")["total"], of(docs, "clinic-troy")["total"]) == ("60.00", "10.00")


def test_what_two_children_match_holds_them(ws):
    base(ws)
    other = {"id": "clinic-t", "parent": "clinic", "match": {"name": "PC-5"}}
    ws.clients(CLINIC, TROY, other, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"), contract("o", "clinic-t", "ws"))
    run = ws.run("2026-11-01", code=1)
    held = {h["client"]: h for h in run["held"]}
    assert sorted(held) == ["clinic-t", "clinic-troy"]
    assert {h["reason"] for h in held.values()} == {"unmapped-client"}
    assert '"PC-5" (pc-5)' in held["clinic-t"]["message"] and '"clinic-troy"' in held["clinic-t"]["message"]
    assert of(ws.drafts(), "clinic")["total"] == "40.00"
    ws.clients(CLINIC, dict(TROY, match={"site": "Troy", "name": "PC-4"}), other, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"), contract("o", "clinic-t", "ws"))
    ws.run("2026-11-01")
    assert sorted(d["total"] for d in ws.drafts()) == ["10.00", "10.00", "40.00"]


def test_a_new_child_leaves_what_was_charged_alone(ws):
    base(ws)
    ws.clients(CLINIC, contract("k", "clinic", "ws"))
    assert ws.bill("2026-11-01")[0]["total"] == "60.00"
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws", starts="2026-11-16"))
    # 15 of 30 days of two devices; nothing comes back to the parent for November
    assert [(d["client"]["id"], d["total"]) for d in ws.bill("2026-11-16")] == [("clinic-troy", "10.00")]
    docs = ws.bill("2026-12-01", code=(0, 1))
    assert (of(docs, "clinic")["total"], of(docs, "clinic-troy")["total"]) == ("40.00", "20.00")
    # an edit that has November compared again still finds the six of then
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws", name="Clinic"), contract("t", "clinic-troy", "ws", starts="2026-11-16"))
    assert ws.run("2026-12-02")["drafted"] == 0
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws", ends="2026-11-20"), contract("t", "clinic-troy", "ws", starts="2026-11-16"))
    ws.run("2026-12-03", code=1)
    # 6 x 10.00 x 20/30 = 40.00 instead of 60.00, and nothing for December
    assert of(ws.drafts(), "clinic")["total"] == "-60.00"


def test_before_it_starts_and_after_it_ends_the_parent_counts(ws):
    base(ws)
    arrears = {"every": 1, "unit": "month", "on": 1, "timing": "arrears"}
    ws.clients(CLINIC, dict(TROY, ends="2026-12-31"), contract("k", "clinic", "ws", starts="2026-10-01", bill=arrears),
               contract("t", "clinic-troy", "ws", starts="2026-11-01", bill=arrears))
    totals = []
    for day in ("2026-11-01", "2026-12-01", "2027-01-01", "2027-02-01"):
        totals.append(sorted((d["client"]["id"], d["total"]) for d in ws.bill(day, code=(0, 1))))
    # counted on the last day of each month
    assert totals == [[("clinic", "60.00")], [("clinic", "40.00"), ("clinic-troy", "20.00")], [("clinic", "40.00"), ("clinic-troy", "20.00")], [("clinic", "60.00")]]


def test_what_the_parent_leaves_out_is_left_out_of_the_child(ws):
    base(ws)
    ws.clients(dict(CLINIC, **{"except": [{"name": "PC-4", "reason": "stolen"}]}), TROY, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    docs = ws.bill("2026-11-01")
    assert (of(docs, "clinic")["total"], of(docs, "clinic-troy")["total"]) == ("40.00", "10.00")


def test_charges_of_the_platform_are_the_parents(ws):
    base(ws)
    ws.write("counts/charges.csv", "date,client,id,product,description,quantity,unit_price\n2026-11-01,clinic,c1,,Visit,1,80.00\n")
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    docs = ws.bill("2026-11-01")
    assert (of(docs, "clinic")["total"], of(docs, "clinic-troy")["total"]) == ("120.00", "20.00")


def test_a_rule_counts_its_own(ws):
    base(ws)
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    rule = 'rule "%s" (function(bill) bill:memo(("%%s of %%d"):format(bill:count(devices {}), #bill:assets(devices {}))) end)\n'
    ws.write("clients/rules.lua", rule % "k" + rule % "t")
    docs = ws.bill("2026-11-01")
    assert (of(docs, "clinic")["memos"], of(docs, "clinic-troy")["memos"]) == (["4 of 4"], ["2 of 2"])


def test_devices_seen_twice_belong_once(ws):
    ws.config(SHEET + 'connector "other" { plugin = "csv", path = "other" }\nidentity { kind = "device", by = { "name" }, prefer = { "sheet", "other" } }\n')
    ws.book(BOOK)
    assets(ws)
    ws.write("other/assets.csv", "client,kind,class,id,name,from,to,site\nc,device,workstation,x4,PC-4,2026-01-01,,\nc,device,workstation,x9,PC-9,2026-01-01,,Troy\n")
    ws.clients(dict(CLINIC, ids={"sheet": "clinic", "other": "c"}), TROY, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    docs = ws.bill("2026-11-01")
    # pc-4 is Troy's as the sheet has it, although the other says no site; PC-9 is known to the other alone
    assert (of(docs, "clinic")["total"], of(docs, "clinic-troy")["total"]) == ("40.00", "30.00")


def test_the_digest_knows_the_family(ws):
    """With and without the digest the same is owed; a child's edit of its match wakes the parent."""
    base(ws)
    ws.clients(CLINIC, TROY, contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    ws.bill("2026-11-01")
    ws.clients(CLINIC, dict(TROY, match={"site": "Albany"}), contract("k", "clinic", "ws"), contract("t", "clinic-troy", "ws"))
    assert ws.run("2026-11-02")["drafted"] == 0
    docs = ws.bill("2026-12-01", code=(0, 1))
    assert sorted(d["total"] for d in docs) == ["30.00", "30.00"]
    assert ws.run("2026-12-02")["drafted"] == 0


def test_mistakes(ws):
    base(ws)
    ws.clients(CLINIC, {"id": "a", "parent": "clinik"}, {"id": "b", "match": {"site": "x"}}, {"id": "c", "parent": "clinic", "match": {}},
               {"id": "d", "parent": "d"}, {"id": "e", "parent": "clinic-troy"}, TROY, {"id": "f", "parent": 3},
               {"id": "g", "parent": "clinic", "ids": {"sheet": "clinic"}})
    found = {m["path"]: m["message"] for m in ws.check(code=3)["mistakes"]}
    assert 'unknown client "clinik"' in found['client "a" parent']
    assert "expected a parent beside it" in found['client "b" match']
    assert "a table like" in found['client "c" match']
    assert "names itself" in found['client "d" parent']
    assert "has a parent itself" in found['client "e" parent']
    assert 'client "f" parent' in found
    assert "is the parent's already" in found['client "g" ids.sheet']
    assert len(found) == 7, found
