"""Sections of an invoice: their order, their subtotals, and those of which only the total is printed (WORKSPACE, BILLING 7)."""
import re

from conftest import line

BOOK = '''product "care" { name = "Care", model = "flat", price = "100.00", section = "Managed services" }
product "soft" { name = "Software", model = "flat", price = "40.00", section = "Licences" }
product "office" { name = "Office", model = "flat", price = "20.00", section = "Licences" }
product "phone" { name = "Telephony", model = "flat", price = "7.00", section = "Voice" }
product "other" { name = "Something else", model = "flat", price = "3.00" }
'''


def base(ws, sections='{ "Managed services", { "Licences", show = "total" } }'):
    ws.config("invoicing { sections = %s }\n" % sections)
    ws.book(BOOK)
    ws.clients({"id": "acme", "name": "Acme"}, {"id": "k", "client": "acme", "starts": "2026-11-01", "lines": [
        {"product": "phone"}, {"product": "soft", "discount": {"percent": "10", "reason": "loyal"}}, {"product": "other"}, {"product": "office"}, {"product": "care"}]})


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_order_and_subtotals(ws):
    base(ws)
    d = ws.bill("2026-11-01")[0]
    # what has no section first, then the named ones in their order, then the others
    assert [x["product"] for x in d["lines"]] == ["other", "care", "soft", "office", "phone"]
    assert d["sections"] == [{"name": "Managed services", "show": "lines", "subtotal": "100.00"}, {"name": "Licences", "show": "total", "subtotal": "60.00"},
                             {"name": "Voice", "show": "lines", "subtotal": "7.00"}]
    assert d["subtotal"] == "170.00"   # with the 3.00 that have no section
    ws.verify()


def test_a_section_of_which_the_total_is_printed(ws):
    base(ws)
    d = ws.bill("2026-11-01")[0]
    for text in (ws.command("show", d["id"]).out, text_of(ws.command("export", d["id"], "--format", "html").out)):
        assert "Licences" in text and "60.00" in text and "Software" not in text and "Office" not in text
        assert "loyal" in text and "-4.00" in text            # what was taken off is shown, or the page would not add up
        assert "Care" in text and "Telephony" in text
        assert text.count("Subtotal") >= 3                    # two sections with their lines, and the document's
    assert {x["product"] for x in ws.export(d["id"])[0]["lines"]} >= {"soft", "office"}


def test_without_an_order_sections_come_by_name(ws):
    base(ws, "{}")
    d = ws.bill("2026-11-01")[0]
    assert [(s["name"], s["show"]) for s in d["sections"]] == [("Licences", "lines"), ("Managed services", "lines"), ("Voice", "lines")]


def test_no_section_no_member(ws):
    base(ws)
    ws.clients({"id": "acme"}, {"id": "k", "client": "acme", "starts": "2026-11-01", "lines": [{"product": "other"}]})
    assert "sections" not in ws.bill("2026-11-01")[0]


def test_a_line_and_a_contract_may_say_the_section(ws):
    base(ws)
    ws.clients({"id": "acme"}, {"id": "k", "client": "acme", "starts": "2026-11-01", "section": "Voice", "lines": [{"product": "other"}, {"product": "care", "section": "Mine"}]})
    d = ws.bill("2026-11-01")[0]
    assert [(s["name"], s["subtotal"]) for s in d["sections"]] == [("Mine", "100.00"), ("Voice", "3.00")]


def test_a_section_twice_is_a_mistake(ws):
    base(ws, '{ "A", "B", { "A", show = "total" } }')
    assert "expected each section once" in ws.check(code=3)["mistakes"][0]["message"]


def test_a_tampered_subtotal_is_found(ws):
    import sqlite3
    base(ws)
    ws.bill("2026-11-01")
    db = sqlite3.connect(ws.path("billhook.db"))
    db.execute("UPDATE body SET json=replace(json,'\"subtotal\":\"60.00\"','\"subtotal\":\"61.00\"')")
    db.commit()
    db.close()
    report = ws.command("verify", "--json", code=None).json
    assert any("section" in str(p) and "Licences" in str(p) for p in report["problems"]), report
