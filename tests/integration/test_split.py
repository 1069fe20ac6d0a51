"""Documents split by purchase order and by site (WORKSPACE, BILLING 7)."""
from conftest import line

BOOK = 'product "care" { model = "flat", price = "100.00" }\nproduct "soft" { model = "flat", price = "40.00" }\n'


def contract(id, *lines, **more):
    return dict({"id": id, "client": "acme", "starts": "2026-11-01", "lines": list(lines)}, **more)


def split(ws, by, *contracts, **client):
    ws.config()
    ws.book(BOOK)
    ws.clients(dict({"id": "acme", "split": by}, **client), *contracts)


def parts(ws):
    return sorted((d.get("po") or "", d.get("site") or "", d["total"]) for d in ws.drafts())


def test_by_site_of_contract_and_line(ws):
    split(ws, ["site"], contract("a", {"product": "care"}, {"product": "soft", "site": "Troy"}, site="Albany"), contract("b", {"product": "soft"}))
    ws.run("2026-11-01")
    assert parts(ws) == [("", "", "40.00"), ("", "Albany", "100.00"), ("", "Troy", "40.00")]
    ids = sorted((d.get("site") or "", d["id"]) for d in ws.drafts())
    run = ws.run("2026-11-02")
    assert (run["drafted"], run["unchanged"]) == (0, 3)
    assert sorted((d.get("site") or "", d["id"]) for d in ws.drafts()) == ids
    ws.approve(*[i for _, i in ids])
    assert ws.run("2026-11-03")["drafted"] == 0
    ws.verify()


def test_by_both(ws):
    split(ws, ["po", "site"], contract("a", {"product": "care"}, {"product": "soft", "site": "Troy"}, {"product": "soft", "id": "x", "po": "PO-2"}, po="PO-1", site="Albany"))
    ws.run("2026-11-01")
    assert parts(ws) == [("PO-1", "Albany", "100.00"), ("PO-1", "Troy", "40.00"), ("PO-2", "Albany", "40.00")]


def test_a_discount_stands_where_its_line_stands(ws):
    split(ws, ["site"], contract("a", {"product": "care"}, {"product": "soft", "site": "Troy", "discount": {"percent": "10"}}, site="Albany"))
    ws.run("2026-11-01")
    assert parts(ws) == [("", "Albany", "100.00"), ("", "Troy", "36.00")]


def test_a_correction_stands_where_its_line_stands(ws):
    a = contract("a", {"product": "care"}, {"product": "soft", "site": "Troy"}, site="Albany", adjust="now")
    split(ws, "site", a)
    ws.bill("2026-11-01")
    a["lines"][1]["price"] = "30.00"
    ws.clients({"id": "acme", "split": "site"}, a)
    ws.run("2026-11-02")
    assert parts(ws) == [("", "Troy", "-10.00")]


def test_a_templates_line_may_say_the_site(ws):
    ws.config()
    ws.book(BOOK + 'template "two" { lines = { { "care", site = "Albany" }, { "soft", site = "Troy" } } }\n')
    ws.clients({"id": "acme", "split": ["site"]}, {"id": "k", "client": "acme", "starts": "2026-11-01", "based_on": "two", "lines": [{"product": "soft", "site": "Utica"}]})
    ws.run("2026-11-01")
    assert parts(ws) == [("", "Albany", "100.00"), ("", "Utica", "40.00")]


def test_without_a_split_the_site_changes_nothing(ws):
    split(ws, [], contract("a", {"product": "care", "site": "Troy"}))
    d = ws.bill("2026-11-01")[0]
    assert "site" not in d


def test_other_words_are_mistakes(ws):
    split(ws, ["city"], contract("a", {"product": "care"}))
    assert 'expected "po" or "site"' in ws.check(code=3)["mistakes"][0]["message"]
