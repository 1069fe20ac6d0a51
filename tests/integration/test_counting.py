"""Counting in the open: one thing of several connectors, what is left out and why, and that it stands as it was when it was counted."""
import pytest
from conftest import SHEET, line

OTHER = 'connector "other" { plugin = "csv", path = "other" }\n'
IDENTITY = 'identity { kind = "device", by = { "serial", "name" }, prefer = { "sheet", "other" } }\n'
HEAD = "client,kind,class,id,name,from,to,serial\n"


def book(count):
    return 'product "p" { name = "P", model = "per_unit", price = "10.00", count = %s }\n' % count


def basic(ws, count, config="", client=None, **contract):
    ws.config(SHEET + OTHER + config)
    ws.book(book(count))
    ws.clients(dict({"id": "a", "name": "A", "ids": {"sheet": "a", "other": "a"}}, **(client or {})),
               dict({"id": "k", "client": "a", "starts": "2026-11-01", "lines": [{"product": "p"}]}, **contract))


def assets(ws, folder, *rows):
    """(id, name, serial[, class[, to]])"""
    ws.write(folder + "/assets.csv", HEAD + "".join("a,device,%s,%s,%s,2026-01-01,%s,%s\n" % (r[3] if len(r) > 3 else "pc", r[0], r[1], r[4] if len(r) > 4 else "", r[2]) for r in rows))


def why(ws, doc=None, product="p"):
    doc = doc or ws.draft()["id"]
    (x,) = [x for x in ws.explain(doc)["lines"] if x["product"] == product]
    return sorted(v["name"] for v in x["assets"]), {v["name"]: v["reason"] for v in x["left_out"]}


def test_of_one_thing_the_preferred_sighting_counts_and_the_other_says_so(ws):
    basic(ws, 'devices {}', IDENTITY)
    assets(ws, "counts", ("1", "PC-1", "S1"), ("2", "PC-2", ""))
    assets(ws, "other", ("x", "RENAMED", "S1"), ("y", "PC-2", "S2"), ("z", "PC-3", "S3"))
    ws.run("2026-11-01")
    assert ws.draft()["lines"][0]["quantity"] == "3"
    assert why(ws) == (["PC-1", "PC-2", "PC-3"], {"RENAMED": 'the same as "1" of sheet', "PC-2": 'the same as "2" of sheet'})


def test_what_the_preferred_one_calls_otherwise_is_not_counted_by_the_other(ws):
    basic(ws, 'devices { class = "server" }', IDENTITY)
    assets(ws, "counts", ("1", "BOX", "S1", "pc"))
    assets(ws, "other", ("x", "BOX", "S1", "server"), ("y", "DC", "S2", "server"))
    ws.run("2026-11-01")
    assert why(ws) == (["DC"], {"BOX": 'the same as "1" of sheet'})


def test_without_an_identity_two_that_answer_are_a_mistake_that_names_both(ws):
    basic(ws, "devices {}")
    assets(ws, "counts", ("1", "PC-1", ""))
    assets(ws, "other", ("x", "PC-9", ""))
    done = ws.command("run", "--date", "2026-11-01", "--json", code=(1, 3))
    text = (done.out + done.err).replace('\\"', '"')
    assert '"sheet"' in text and '"other"' in text and "from" in text and "identity" in text


@pytest.mark.parametrize("selector, file, rows", [
    ('gauge { metric = "m"%s }', "gauges.csv", "date,client,metric,value\n2026-11-01,a,m,%d\n"),
    ('usage { metric = "m"%s }', "usage.csv", "date,client,metric,quantity,id,description\n2026-11-10,a,m,%d,u,\n"),
    ('devices { %s }', "assets.csv", None),
])
def test_from_says_which_connector_counts(ws, selector, file, rows):
    date, timing = ("2026-12-01", {"timing": "arrears"}) if file == "usage.csv" else ("2026-11-01", {})
    basic(ws, selector % "", **timing)
    for folder, n in (("counts", 3), ("other", 5)):
        if rows:
            ws.write("%s/%s" % (folder, file), rows % n)
        else:
            assets(ws, folder, *[("%s%d" % (folder, i), "PC-%s%d" % (folder, i), "") for i in range(n)])
    ws.command("run", "--date", date, "--json", code=(1, 3))
    assert not [x for d in ws.drafts() for x in d["lines"]]
    for connector, quantity in (("sheet", "3"), ("other", "5")):
        ws.book(book(selector % ((", " if rows else "") + 'from = "%s"' % connector)))
        ws.run(date, "--no-pull")
        assert line(ws.draft(), product="p")["quantity"] == quantity
        assert {v["connector"] for x in ws.explain(ws.draft()["id"])["lines"] for v in x["assets"] + x["usage"] + x.get("levels", [])} == {connector}


def test_from_a_connector_that_the_client_has_no_id_for_is_held(ws):
    basic(ws, 'devices { from = "other" }', client={"ids": {"sheet": "a"}})
    assets(ws, "counts", ("1", "PC-1", ""))
    assets(ws, "other", ("x", "PC-9", ""))
    held = [h for h in ws.run("2026-11-01", code=1)["held"] if h["client"] == "a" and h["reason"] == "unmapped-client"]
    assert held and "other" in held[0]["message"]


def test_exceptions_of_selector_and_client_add_up_on_their_days(ws):
    basic(ws, 'devices { except = { { name = "KIOSK*", reason = "lobby" } } }', IDENTITY,
          client={"except": [{"name": "PC-2", "from": "2026-11-15", "ends": "2026-12-15", "reason": "stolen"}, {"serial": "S9", "reason": "ours"}]})
    assets(ws, "counts", ("1", "PC-1", ""), ("2", "PC-2", ""), ("3", "KIOSK-1", ""), ("4", "PC-4", "S9"))
    assets(ws, "other")
    ws.bill("2026-11-01")
    assert why(ws, "a-1") == (["PC-1", "PC-2"], {"KIOSK-1": "lobby", "PC-4": "ours"})
    ws.bill("2026-12-01")
    assert why(ws, "a-2") == (["PC-1"], {"KIOSK-1": "lobby", "PC-2": "stolen", "PC-4": "ours"})
    ws.bill("2027-01-01")
    assert why(ws, "a-3") == (["PC-1", "PC-2"], {"KIOSK-1": "lobby", "PC-4": "ours"})


def test_what_was_left_out_then_stands_whatever_the_files_say_now(ws):
    basic(ws, "devices {}", IDENTITY, client={"except": [{"name": "PC-1", "reason": "ours"}]}, true_up="none")
    assets(ws, "counts", ("1", "PC-1", "S1"), ("2", "PC-2", "S2"))
    assets(ws, "other", ("x", "TWIN", "S2"))
    ws.bill("2026-11-01")
    then = (["PC-2"], {"PC-1": "ours", "TWIN": 'the same as "2" of sheet'})
    assert why(ws, "a-1") == then
    basic(ws, 'devices { from = "sheet" }', client={"except": [{"name": "PC-2", "reason": "sold"}]}, true_up="none")
    assert why(ws, "a-1") == then
    ws.bill("2026-12-01")
    assert why(ws, "a-1") == then and why(ws, "a-2") == (["PC-1"], {"PC-2": "sold"})
    # and who came and went between the two is told by both as they were
    (x,) = ws.explain("a-2")["lines"]
    assert [v["name"] for v in x["since_last"]["came"]] == ["PC-1"] and [v["name"] for v in x["since_last"]["went"]] == ["PC-2"]


def test_without_exceptions_then_there_are_none_now(ws):
    basic(ws, "devices {}", IDENTITY, true_up="none")
    assets(ws, "counts", ("1", "PC-1", "S1"))
    assets(ws, "other")
    ws.bill("2026-11-01")
    basic(ws, "devices {}", IDENTITY, client={"except": [{"name": "PC-1", "reason": "ours"}]}, true_up="none")
    assert why(ws, "a-1") == (["PC-1"], {})


def test_seen_within_counts_again_what_has_come_back(ws):
    basic(ws, "devices { seen_within = 10 }", IDENTITY)
    assets(ws, "other")
    row = "a,device,pc,%s,%s,2026-01-01,,%s\n"
    head = HEAD.replace("serial", "last_seen")
    ws.write("counts/assets.csv", head + row % ("1", "HERE", "2026-10-30") + row % ("2", "EDGE", "2026-10-22") + row % ("3", "SILENT", "2026-10-21"))
    ws.bill("2026-11-01")
    # ten days after 22 October is 1 November
    assert why(ws, "a-1") == (["EDGE", "HERE"], {"SILENT": "not seen for more than 10 days"})
    ws.write("counts/assets.csv", head + row % ("1", "HERE", "2026-10-30") + row % ("2", "EDGE", "2026-11-30") + row % ("3", "SILENT", "2026-11-29"))
    ws.bill("2026-12-01", code=(0, 1))
    assert why(ws, "a-2") == (["EDGE", "SILENT"], {"HERE": "not seen for more than 10 days"})
    assert why(ws, "a-1")[1] == {"SILENT": "not seen for more than 10 days"}
