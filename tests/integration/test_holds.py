"""Every reason that holds an invoice: it is there, it says what lifts it, that lifts it, and nothing is billed at zero in the meantime."""
import pytest
from conftest import SHEET, line

BOOK = '''
product "ws"  { name = "Workstation", model = "per_unit", price = "10.00", count = devices {} }
product "lic" { name = "Licences", model = "per_unit", price = "20.00", count = gauge { metric = "lic" } }
product "fee" { name = "Fee", model = "flat", price = "50.00" }
'''


def write(ws, *lines, config="", client=None, rule="", **contract):
    ws.config(SHEET + config)
    ws.book(BOOK)
    ws.clients(dict({"id": "a", "name": "A", "ids": {"sheet": "a"}}, **(client or {})),
               dict({"id": "k", "client": "a", "starts": "2026-11-01", "lines": list(lines)}, **contract),
               {"id": "b", "name": "B"}, {"id": "kb", "client": "b", "starts": "2026-11-01", "lines": [{"product": "fee"}]})
    ws.write("clients/rules.lua", 'rule "k" (function(bill) %s end)\n' % rule if rule else "")


def devices(ws, n, until=""):
    ws.devices(*[("a", "d%d" % i, "2026-10-01", until) for i in range(n)])


def gauges(ws, *rows):
    ws.write("counts/gauges.csv", "date,client,metric,value\n" + "".join("%s,a,lic,%s\n" % r for r in rows))


def held(ws, date, reason, *words, code=1):
    """The run holds client a for this reason, in these words, and bills client b."""
    run = ws.run(date, code=code)
    mine = [h for h in run["held"] if h["client"] == "a"]
    assert [h["reason"] for h in mine] == [reason], run["held"]
    for word in words:
        assert word in mine[0]["message"], mine[0]["message"]
    if mine[0]["invoice"]:
        refused = ws.approve(mine[0]["invoice"], code=1)
        assert refused["approved"] == [] and refused["held"]
    assert [h["client"] for h in run["held"] if h["client"] == "b"] == []
    return mine[0]


def lifted(ws, date):
    run = ws.run(date)
    assert run["held"] == []
    return ws.draft("a")


def force(ws, entry):
    ws.command("approve", entry["invoice"], "--force", "seen and right", "--by", "mia")
    return [d for d in ws.export() if d["id"] == entry["invoice"]][0]


def test_no_facts(ws):
    write(ws, {"product": "lic"}, {"product": "fee"})
    devices(ws, 1)
    entry = held(ws, "2026-11-01", "no-facts", "lifts this", "approve --force")
    assert [x["product"] for x in ws.draft("a")["lines"]] == ["fee"]  # and not licences at zero
    gauges(ws, ("2026-11-01", 3))
    assert line(lifted(ws, "2026-11-01"), product="lic")["amount"] == "60.00"


def test_no_facts_at_all_makes_no_document(ws):
    write(ws, {"product": "lic"})
    devices(ws, 1)
    assert held(ws, "2026-11-01", "no-facts")["invoice"] is None
    assert [d["client"]["id"] for d in ws.export()] == ["b"]


def test_stale_facts(ws):
    write(ws, {"product": "lic"})
    gauges(ws, ("2026-11-01", 3))
    ws.bill("2026-11-01")
    entry = held(ws, "2026-12-01", "stale-facts", "2026-11-01", "stale_days is 3", "lifts this")
    assert force(ws, entry)["lines"][0]["amount"] == "60.00"  # what was known, not zero


def test_stale_facts_are_lifted_by_a_good_pull(ws):
    write(ws, {"product": "lic"})
    gauges(ws, ("2026-11-01", 3))
    ws.bill("2026-11-01")
    held(ws, "2026-12-01", "stale-facts")
    gauges(ws, ("2026-11-01", 3), ("2026-12-01", 4))
    assert line(lifted(ws, "2026-12-01"), product="lic")["amount"] == "80.00"


def test_connector_failed(ws):
    write(ws, {"product": "ws"})
    devices(ws, 2)
    ws.bill("2026-11-01")
    ws.write("counts/assets.csv", "rubbish\n")
    held(ws, "2026-12-01", "connector-failed", "assets.csv", "A good pull of the connector lifts this", code=5)
    devices(ws, 2)
    assert lifted(ws, "2026-12-01")["total"] == "20.00"


def test_unmapped_client(ws):
    write(ws, {"product": "ws"}, client={"ids": {}})
    ws.devices(("z", "d", "2026-10-01"))
    run = ws.run("2026-11-01", code=1)
    assert {h["client"]: h["reason"] for h in run["held"]} == {"a": "unmapped-client", "z": "unknown-client"}
    assert all("ids" in h["message"] for h in run["held"])
    write(ws, {"product": "ws"}, client={"ids": {"sheet": "z"}})
    assert lifted(ws, "2026-11-02")["total"] == "10.00"


def test_unknown_client(ws):
    write(ws, {"product": "ws"}, client={"ids": {"sheet": "other"}})
    devices(ws, 1)
    run = ws.run("2026-11-01", code=1)
    assert sorted((h["client"], h["reason"]) for h in run["held"]) == [("a", "unknown-client"), ("a", "unknown-client")]
    assert any("The right name in the client's ids lifts this" in h["message"] for h in run["held"])
    write(ws, {"product": "ws"})
    assert lifted(ws, "2026-11-02")["total"] == "10.00"


def test_zero_quantity_even_without_a_guard(ws):
    write(ws, {"product": "ws"}, {"product": "fee"}, config="invoicing { guard = false }\n")
    devices(ws, 2)
    ws.bill("2026-11-01")
    devices(ws, 2, until="2026-11-20")
    entry = held(ws, "2026-12-01", "zero-quantity", "nothing is left to bill (0 counted), the last invoice had 2 counted", "approve --force")
    d = force(ws, entry)
    assert line(d, product="ws")["amount"] == "0.00"  # a person said so
    assert ws.run("2027-01-01")["held"] == []  # nothing beside nothing is no news


def test_a_count_of_zero_under_a_commitment_is_held_too(ws):
    write(ws, {"product": "ws", "decrease": "renewal"})
    devices(ws, 2)
    ws.bill("2026-11-01")
    devices(ws, 2, until="2026-11-20")
    held(ws, "2026-12-01", "zero-quantity", "only what is committed or agreed is left to bill (0 counted)")
    assert ws.draft("a")["total"] == "20.00"


@pytest.mark.parametrize("now, is_held", [(15, False), (16, True), (5, False), (4, True)])
def test_guard_in_both_directions(ws, now, is_held):
    """Ten before; more than half of it, and more than 50.00."""
    write(ws, {"product": "ws"})
    devices(ws, 10)
    ws.bill("2026-11-01")
    devices(ws, now)
    if is_held:
        assert force(ws, held(ws, "2026-12-01", "guard", "beyond the guard", "approve --force"))["total"] == "%d.00" % (now * 10)
    else:
        assert lifted(ws, "2026-12-01")["total"] == "%d.00" % (now * 10)


def test_guard_of_its_own(ws):
    write(ws, {"product": "ws"}, client={"guard": {"change": "5%", "amount": "9.99"}})
    devices(ws, 10)
    ws.bill("2026-11-01")
    devices(ws, 11)
    held(ws, "2026-12-01", "guard", "11 counted, the last invoice had 10 (+10.00)")


def test_max_total(ws):
    write(ws, {"product": "ws"}, client={"max_total": "29.99"})
    devices(ws, 3)
    entry = held(ws, "2026-11-01", "max-total", "30.00 is above max_total 29.99", "approve --force")
    assert force(ws, entry)["total"] == "30.00"
    devices(ws, 2)
    assert lifted(ws, "2026-12-01")["total"] == "20.00"


def test_line_removed(ws):
    write(ws, {"product": "ws"}, {"product": "fee"})
    devices(ws, 2)
    ws.bill("2026-11-01")
    write(ws, {"product": "ws"})
    held(ws, "2026-12-01", "line-removed", 'the line "fee#1" has been charged and is gone from the files: give it `ends`')
    write(ws, {"product": "ws"}, {"product": "fee", "ends": "2026-11-30"})
    assert lifted(ws, "2026-12-01")["total"] == "20.00"


def test_re_rated(ws):
    write(ws, {"product": "fee"})
    devices(ws, 1)
    ws.bill("2026-11-01")
    write(ws, {"product": "fee", "price": "60.00"})
    held(ws, "2026-12-01", "re-rated", "lines[1].price (nothing) → 60.00 re-rates 1 period, +10.00", "date it, or approve --force")
    write(ws, {"product": "fee", "price": {"start": "50.00", "2026-12-01": "60.00"}})
    assert lifted(ws, "2026-12-01")["total"] == "60.00"


def test_rule_failed(ws):
    write(ws, {"product": "fee"}, rule='error("no such plan")')
    devices(ws, 1)
    held(ws, "2026-11-01", "rule-failed", "no such plan", "A rule that is put right lifts this", "approve --force")
    write(ws, {"product": "fee"}, rule='bill:memo "well"')
    assert lifted(ws, "2026-11-01")["total"] == "50.00"


def test_rule_hold(ws):
    write(ws, {"product": "fee"}, rule='bill:hold "waiting for the order"')
    devices(ws, 1)
    entry = held(ws, "2026-11-01", "rule-hold", 'contract "k": its rule says: waiting for the order', "approve --force")
    assert force(ws, entry)["total"] == "50.00"


def test_plugin_failed(ws):
    """An amount that fits no number: the billing is left out, and client b's is not."""
    write(ws, {"product": "ws", "price": "9000000000.00", "minimum": "900000000000"})
    devices(ws, 1)
    assert held(ws, "2026-11-01", "plugin-failed", 'line "ws#1"', "nothing of it is billed", "lifts this")["invoice"] is None
    write(ws, {"product": "ws"})
    assert lifted(ws, "2026-11-01")["total"] == "10.00"


def test_price_missing(ws):
    write(ws, {"product": "fee"})
    devices(ws, 1)
    header = "date,client,id,product,description,quantity,unit_price,cost,po,contract\n"
    ws.write("counts/charges.csv", header + "2026-11-01,a,t1,unheard-of,Cables,2,,,,\n")
    held(ws, "2026-11-01", "price-missing", 'the charge "t1" has no price', "one of the two lifts this")
    assert [x["product"] for x in ws.draft("a")["lines"]] == ["fee"]
    ws.write("counts/charges.csv", header + "2026-11-01,a,t1,unheard-of,Cables,2,7.50,,,\n")
    assert lifted(ws, "2026-11-02")["total"] == "65.00"


def test_holding_one_invoice_stops_no_other(ws):
    write(ws, {"product": "lic"})
    devices(ws, 1)
    run = ws.run("2026-11-01", code=1)
    assert [a["invoice"] for a in ws.approve(run["batch"], code=(0, 1))["approved"]] == ["b-1"]
