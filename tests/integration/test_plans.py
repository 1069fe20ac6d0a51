"""Plans: one level of a family on a day; an upgrade in mid-period by days."""
from fractions import Fraction as F

import pytest
from calc import amount
from conftest import line

BOOK = '''product "silver" { name = "Silver support", model = "plan", family = "support", level = "silver", price = "500.00" }
product "gold" { name = "Gold support", model = "plan", family = "support", level = "gold", price = "900.00" }
product "care" { name = "Care", model = "plan", family = "care", level = "basic", levels = {
  { level = "basic", price = "10.00", prices = { EUR = "9.00" } }, { level = "full", price = "25.00", prices = { EUR = "22.00" } } } }
product "desk" { name = "Desk", model = "flat", price = "1.00" }
'''


def plans(ws, *lines, config="", client=None, **keys):
    ws.config(config)
    ws.book(BOOK)
    ws.clients(dict({"id": "a", "name": "A"}, **(client or {})), dict({"id": "k", "client": "a", "starts": "2026-10-01", "lines": list(lines)}, **keys))


def test_an_upgrade_in_mid_period_after_billing_on_the_first(ws):
    """November has 30 days: 20 of silver go back, 20 of gold come: 500 × 20/30 = 333.33, 900 × 20/30 = 600.00."""
    plans(ws, {"product": "silver"}, config='invoicing { adjust = "now" }\n', starts="2026-11-01")
    first = ws.bill("2026-11-01")
    assert [x["amount"] for x in first[0]["lines"]] == ["500.00"]
    plans(ws, {"product": "silver", "ends": "2026-11-10"}, {"product": "gold", "from": "2026-11-11"}, config='invoicing { adjust = "now" }\n',
          starts="2026-11-01")
    assert ws.check()["advice"] == []
    done = ws.bill("2026-11-11")[0]
    back, more = line(done, product="silver"), line(done, product="gold")
    assert back["kind"] == "adjustment" and back["amount"] == "-333.33"  # 500 × 10/30 = 166.67 is owed of 500
    assert back["corrects"] == first[0]["lines"][0]["id"]
    assert more["kind"] == "charge" and (more["amount"], more["fraction"]) == (amount("900.00", 1, F(20, 30)), "20/30")
    assert more["period"] == {"from": "2026-11-11", "to": "2026-11-30"}
    assert done["total"] == "266.67"
    assert ws.run("2026-11-11")["drafted"] == 0
    december = ws.bill("2026-12-01")[0]
    assert [(x["product"], x["amount"]) for x in december["lines"]] == [("gold", "900.00")]
    assert ws.verify()["ok"] is True


def test_an_upgrade_goes_out_with_the_next_billing_by_default(ws):
    plans(ws, {"product": "silver"}, starts="2026-11-01")
    ws.bill("2026-11-01")
    plans(ws, {"product": "silver", "ends": "2026-11-10"}, {"product": "gold", "from": "2026-11-11"}, starts="2026-11-01")
    assert ws.run("2026-11-11")["drafted"] == 0
    ws.run("2026-12-01", code=1)
    d = ws.draft()
    assert sorted((x["product"], x["amount"]) for x in d["lines"]) == [("gold", "600.00"), ("gold", "900.00"), ("silver", "-333.33")]
    assert d["total"] == "1166.67" and d["hold"] is not None  # an edit of a period that is over: a person looks


def test_a_downgrade_mirrors_it(ws):
    plans(ws, {"product": "gold"}, config='invoicing { adjust = "now" }\n', starts="2026-11-01")
    ws.bill("2026-11-01")
    plans(ws, {"product": "gold", "ends": "2026-11-10"}, {"product": "silver", "from": "2026-11-11"}, config='invoicing { adjust = "now" }\n',
          starts="2026-11-01")
    ws.run("2026-11-11")
    d = ws.draft()
    assert (d["type"], d["total"]) == ("credit_note", "-266.67")  # −600.00 + 333.33


def test_known_before_the_first_billing_it_is_two_lines(ws):
    plans(ws, {"product": "silver", "ends": "2026-11-10"}, {"product": "gold", "from": "2026-11-11"}, starts="2026-11-01")
    ws.run("2026-11-01")
    d = ws.draft()
    assert [(x["product"], x["amount"], x["fraction"]) for x in d["lines"]] == [("silver", "166.67", "10/30"), ("gold", "600.00", "20/30")]


def test_two_levels_on_one_day_are_a_mistake(ws):
    plans(ws, {"product": "silver", "ends": "2026-11-11"}, {"product": "gold", "from": "2026-11-11"})
    found = ws.check(code=3)["mistakes"]
    assert [m["path"] for m in found] == ['contract "k" lines[2].from']
    assert "lines[1]" in found[0]["message"] and '"support"' in found[0]["message"] and "2026-11-11" in found[0]["message"]
    plans(ws, {"product": "silver"}, {"product": "gold"})
    assert len(ws.check(code=3)["mistakes"]) == 1


def test_a_gap_between_levels_is_pointed_out(ws):
    plans(ws, {"product": "silver", "ends": "2026-11-10"}, {"product": "gold", "from": "2026-11-15"})
    found = ws.check()["advice"]
    assert len(found) == 1 and "from 2026-11-11 to 2026-11-14" in found[0]["message"], found
    plans(ws, {"product": "silver", "ends": "2026-11-10"}, {"product": "gold", "from": "2026-11-11"}, {"product": "care"})
    assert ws.check()["advice"] == []


def test_a_level_outside_the_contracts_life_overlaps_nothing(ws):
    plans(ws, {"product": "silver", "ends": "2026-11-10"}, {"product": "gold", "from": "2026-11-05"}, ends="2026-11-04")
    ws.check()


def test_prices_by_level(ws):
    plans(ws, {"product": "care", "id": "b", "quantity": 3, "ends": "2026-10-15"}, {"product": "care", "id": "f", "quantity": 3, "level": "full", "from": "2026-10-16"})
    ws.run("2026-10-01")
    d = ws.draft()
    assert [(x["description"], x["amount"]) for x in d["lines"]] == [
        ("Care (basic)", amount("10.00", 3, F(15, 31))), ("Care (full)", amount("25.00", 3, F(16, 31)))]
    plans(ws, {"product": "care", "level": "full"}, client={"currency": "EUR"}, starts="2026-11-01")


def test_prices_by_level_in_another_currency(ws):
    plans(ws, {"product": "care", "level": "full"}, client={"currency": "EUR"})
    ws.run("2026-10-01")
    assert ws.draft()["total"] == "22.00"


def test_a_lines_own_price_takes_the_place_of_the_levels(ws):
    plans(ws, {"product": "care", "price": "12.34"})
    ws.run("2026-10-01")
    assert ws.draft()["total"] == "12.34"


def test_uplift_on_levels(ws):
    plans(ws, {"product": "care", "level": "full"}, uplift={"percent": "4", "every": 12, "from": "2026-10-01"})
    ws.run("2026-10-01")
    assert ws.draft()["total"] == "26.00"


def test_neither_a_price_nor_levels(ws):
    ws.config()
    ws.book('product "x" { name = "X", model = "plan", family = "f", level = "l" }\nproduct "y" { name = "Y", model = "plan", family = "g", level = "l", '
            'price = "1.00", levels = { { level = "l", price = "2.00" } } }\n')
    ws.clients({"id": "a", "name": "A"}, {"id": "k", "client": "a", "starts": "2026-10-01", "lines": [{"product": "x"}, {"product": "y"}]})
    found = ws.check(code=3)["mistakes"]
    assert any("price or levels" in m["message"] and "lines[1]" in m["path"] for m in found), found
    assert any("both price and levels" in m["message"] and "lines[2]" in m["path"] for m in found), found


def test_a_level_that_is_none(ws):
    plans(ws, {"product": "care", "level": "fulll"})
    found = ws.check(code=3)["mistakes"]
    assert [m["path"] for m in found] == ['contract "k" lines[1].level'] and 'did you mean "full"' in found[0]["message"]


@pytest.mark.parametrize("keys,path", [({"family": None}, "family"), ({"level": None}, "level")])
def test_what_a_plan_needs(ws, keys, path):
    have = {"model": '"plan"', "family": '"f"', "level": '"l"', "price": '"1.00"'}
    for k in keys:
        del have[k]
    ws.config()
    ws.book('product "x" { %s }\n' % ", ".join("%s = %s" % i for i in have.items()))
    ws.clients()
    assert any(m["path"].endswith(path) for m in ws.check(code=3)["mistakes"])
