"""What platforms say of themselves: where the last pull stood, clients' domains, products, lines of vendors' invoices."""
from platform_says import asked, config, connector, pull, rows, says


def basic(ws, options="", *rest):
    config(ws, connector(options=options), *rest)
    ws.book('product "ws" { name = "WS", model = "per_unit", count = devices {}, price = "10.00", ids = { psa = "4711" } }\n')
    ws.clients({"id": "us", "ids": {"psa": "asked", "rmm": "asked"} if rest else {"psa": "asked"}}, {"id": "acme", "name": "Acme", "ids": {"psa": "1"}},
               {"id": "it", "client": "acme", "starts": "2026-11-01", "lines": [{"product": "ws"}]})


def usage(ws, client="1"):
    return rows(ws, "SELECT u.id FROM usage AS u JOIN place AS p ON p.num=u.place WHERE p.ref=? ORDER BY u.id", client)


def test_a_pull_goes_on_where_the_last_good_one_stood(ws):
    basic(ws)
    says(ws, ("ask",), ("client", "1", "Acme"), ("cursor", "page-7"))
    pull(ws, "2026-11-30")
    assert asked(ws) == (None, "")
    says(ws, ("ask",), ("client", "1", "Acme"), ("cursor", "page-9"))
    pull(ws, "2026-12-01")
    # the first of the month, three months before the last good pull
    assert asked(ws) == ("2026-08-01", "page-7")
    says(ws, ("ask",), ("client", "1", "Acme"), ("cursor", "page-11"))
    pull(ws, "2026-12-02")
    assert asked(ws) == ("2026-09-01", "page-9")


def test_a_pull_that_fails_leaves_the_cursor(ws):
    basic(ws)
    says(ws, ("ask",), ("client", "1", "Acme"), ("cursor", "a"))
    pull(ws, "2026-12-01")
    says(ws, ("ask",), ("client", "1", "Acme"), ("usage", "1", "hours", "t1", "2026-12-02", "2"), ("cursor", "b"), ("fail", "the platform has gone away"))
    assert pull(ws, "2026-12-02", code=5)["ok"] is False
    says(ws, ("ask",), ("client", "1", "Acme"), ("cursor", "c"))
    pull(ws, "2026-12-03")
    assert asked(ws) == ("2026-09-01", "a") and usage(ws) == []


def test_what_contradicts_itself_leaves_the_cursor(ws):
    basic(ws)
    says(ws, ("ask",), ("cursor", "a"))
    pull(ws, "2026-12-01")
    says(ws, ("usage", "1", "hours", "t1", "2026-12-02", "2"), ("usage", "1", "hours", "t1", "2026-12-02", "3"), ("cursor", "b"))
    assert "stands twice" in pull(ws, "2026-12-02", code=5)["error"]
    says(ws, ("ask",))
    pull(ws, "2026-12-03")
    assert asked(ws)[1] == "a"


def test_a_pull_without_a_cursor_has_none_to_go_on_from(ws):
    basic(ws)
    says(ws, ("ask",), ("cursor", "a"))
    pull(ws, "2026-12-01")
    says(ws, ("ask",))
    pull(ws, "2026-12-02")
    assert asked(ws)[1] == "a"
    pull(ws, "2026-12-03")
    assert asked(ws)[1] == ""


def test_another_option_asks_for_everything_again(ws):
    basic(ws)
    says(ws, ("ask",), ("cursor", "a"))
    pull(ws, "2026-12-01")
    basic(ws, 'only = "servers"')
    pull(ws, "2026-12-02")
    assert asked(ws) == (None, "")
    pull(ws, "2026-12-03")
    assert asked(ws) == ("2026-09-01", "a")


def test_whole_asks_for_everything_again(ws):
    basic(ws)
    says(ws, ("ask",), ("cursor", "a"))
    pull(ws, "2026-12-01")
    pull(ws, "2026-12-02", "--whole")
    assert asked(ws) == (None, "")


def test_a_client_that_fails_is_asked_for_from_when_it_was_last_read(ws):
    basic(ws)
    says(ws, ("ask",), ("client", "1", "Acme"), ("cursor", "a"))
    pull(ws, "2026-03-10")
    says(ws, ("ask",), ("failed", "1", "403"), ("cursor", "b"))
    pull(ws, "2026-04-10", code=(0, 1))
    pull(ws, "2026-11-10", code=(0, 1))
    says(ws, ("ask",), ("client", "1", "Acme"), ("cursor", "c"))
    pull(ws, "2026-12-01")
    assert asked(ws)[0] == "2025-12-01"  # it was last read on 10 March
    pull(ws, "2026-12-02")
    assert asked(ws)[0] == "2026-09-01"


def test_each_connector_has_its_own(ws):
    basic(ws, "", connector("rmm"))
    says(ws, ("ask",), ("cursor", "of psa"))
    says(ws, ("ask",), ("cursor", "of rmm"), name="rmm")
    ws.command("pull", "--date", "2026-12-01", "--json", code=(0, 1))
    ws.command("pull", "--date", "2026-12-02", "--json", "--connector", "rmm", code=(0, 1))
    ws.command("pull", "--date", "2026-12-03", "--json", code=(0, 1))
    assert asked(ws) == ("2026-09-01", "of psa") and asked(ws, "rmm") == ("2026-09-01", "of rmm")


def test_names_and_domains_are_kept_as_last_said(ws):
    basic(ws)
    says(ws, ("client", "1", "Acme Dental Inc.", "acme.example"), ("client", "2", "Globex", ""))
    pull(ws, code=1)
    says(ws, ("client", "1", "Acme Dental", ""), ("client", "2", "", "globex.example"))
    pull(ws, "2026-12-02", code=1)
    assert rows(ws, "SELECT ref, name, domain FROM place WHERE ref IN ('1','2') ORDER BY ref") == [
        ("1", "Acme Dental", "acme.example"), ("2", "Globex", "globex.example")]


def test_products_are_kept_as_last_said(ws):
    basic(ws)
    says(ws, ("product", "4711", "Workstation care", "39.50", "12"), ("product", "a", "Odd one"))
    assert pull(ws)["products"] == 2
    says(ws, ("product", "4711", "Workstation care", "41.00", "12"), ("product", "4711", "Workstation care", "41.00", "12.0"))
    pull(ws, "2026-12-02")
    assert rows(ws, "SELECT id, name, price, price_scale, cost, cost_scale FROM platform_product") == [
        ("4711", "Workstation care", 41, 0, 12, 0), ("a", "Odd one", None, None, None, None)]
    says(ws, ("product", "4711", "A", "1"), ("product", "4711", "B", "1"))
    assert 'product "4711" stands twice' in pull(ws, "2026-12-03", code=5)["error"]


def test_costs_are_restated_by_id_and_delivered_again_without_harm(ws):
    basic(ws)
    first = ("cost", "1", "inv-1/1", "SKU-1", "2026-11-01", "2026-12-01", "10", "220.00", "USD")
    says(ws, first, ("cost", "gone", "inv-1/2", "SKU-2", "2026-11-01", "2026-12-01", "1", "-5.00", "USD"))
    row = pull(ws)
    assert row["costs"] == 2 and row["changed"] == 2 and row["unmapped"] == []  # an old invoice brings no client back
    before = rows(ws, "SELECT * FROM vendor_cost")
    row = pull(ws, "2026-12-02")
    assert row["costs"] == 2 and row["changed"] == 0 and rows(ws, "SELECT * FROM vendor_cost") == before
    says(ws, ("cost", "1", "inv-1/1", "SKU-1", "2026-11-01", "2026-12-01", "10.0", "198", "USD"))
    assert pull(ws, "2026-12-03")["changed"] == 1
    now = rows(ws, "SELECT * FROM vendor_cost")
    assert len(now) == 2 and now != before and now[1] == before[1]
    says(ws, ("cost", "1", "inv-1/1", "SKU-1", "2026-11-01", "2026-12-01", "10", "198.00", "USD"))
    assert pull(ws, "2026-12-04")["changed"] == 0  # 198 is 198.00


def test_a_second_pull_of_the_same_writes_next_to_nothing(ws):
    basic(ws)
    says(ws, ("client", "1", "Acme", "acme.example"), ("product", "4711", "Care", "39.50"), ("cursor", "same"),
         ("cost", "1", "c", "SKU", "2026-11-01", "2026-12-01", "1", "2", "USD"))
    pull(ws, "2026-12-01")
    everything = ["SELECT * FROM " + t for t in ("place", "platform_product", "vendor_cost", "pull_cursor", "scope")]
    before = [rows(ws, q) for q in everything]
    pull(ws, "2026-12-01")
    after = [rows(ws, q) for q in everything]
    assert after == before


def test_a_charge_names_a_product_as_the_platform_does(ws):
    basic(ws)
    says(ws, ("client", "1", "Acme"), ("complete", "device", "1"), ("charge", "1", "c-1", "4711", "2026-11-20", "3", ""))
    ws.run("2026-12-01", code=(0, 1))
    once = [x for x in ws.draft()["lines"] if x["kind"] == "once"]
    # by ids: product "ws", at its list price of 10.00
    assert [(x["product"], x["quantity"], x["amount"]) for x in once] == [("ws", "3", "30.00")]
