"""The example workspace, every invoice worked out by hand: it is what newcomers see first."""
import os
import shutil
import subprocess
from fractions import Fraction as F

import pytest
from calc import amount, money, total
from conftest import BIN, ROOT, Workspace, line


@pytest.fixture(scope="module")
def northwind(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("example") / "northwind")
    subprocess.run([BIN, "init", "--example", folder], check=True, capture_output=True)
    w = Workspace(folder)
    w.first = w.run("2026-12-01", code=1)
    return w


def of(ws, client):
    return ws.draft(client)


def got(d):
    return [(x["product"] or x["kind"], x["period"]["from"], x["quantity"], x["unit_price"], x["amount"]) for x in d["lines"]]


def off(d):
    return sorted((y["description"], y["amount"]) for y in d["discounts"])


def test_it_is_a_right_workspace(northwind):
    report = northwind.check()
    assert report["ok"] is True and report["clients"] == 12


def test_one_invoice_is_held_and_says_why(northwind):
    held = northwind.first["held"]
    assert [h["client"] for h in held] == ["harbor"] and "harbor-marina" in held[0]["message"]
    assert northwind.first["drafted"] == 12 and northwind.first["failed"] == []
    assert [x["product"] for x in of(northwind, "harbor")["lines"]] == ["noc"], "no answer is not none"


def test_acme(northwind):
    """12 workstations on 1 November, 14 on 1 December; the kiosk, the stolen and the silent one are left out; 5 are included."""
    d = of(northwind, "acme")
    want = [("firewall", "2026-11-20", "1", "890.00", "890.00"),
            ("managed-workstation", "2026-11-01", "7", "42.00", "294.00"), ("managed-workstation", "2026-12-01", "9", "42.00", "378.00"),
            ("managed-server", "2026-11-01", "2", "95.00", "190.00"), ("managed-server", "2026-12-01", "2", "95.00", "190.00"),
            ("noc", "2026-11-01", "1", "250.00", "250.00"), ("noc", "2026-12-01", "1", "250.00", "250.00"),
            ("m365-bp", "2026-11-01", "10", "26.40", amount("26.40", 10, F(14, 30))), ("m365-bp", "2026-11-15", "12", "26.40", amount("26.40", 12, F(16, 30))),
            ("m365-bp", "2026-12-01", "12", "26.40", "316.80"),
            ("backup", "2026-11-01", "500", "0.10", "50.00"), ("backup", "2026-11-01", "140.5", "0.08", "11.24")]
    assert sorted(got(d)) == sorted(want)
    november = F("294") + 190 + 250 + F("123.20") + F("168.96")
    december = F("378") + 190 + 250 + F("316.80") + F("61.24")
    rule = F(money(december * F(3, 100)))
    five = [F(money((november - 25) * F(5, 100))), F(money((december - rule - 25) * F(5, 100))), F(money(F("44.5")))]
    assert off(d) == sorted([("with three years", "-25.00")] * 2 + [("9 workstations", money(-rule))] + [("3-year term", money(-x)) for x in five])
    left = {v["name"]: v["reason"] for x in northwind.explain(d["id"])["lines"] if x["product"] == "managed-workstation" for v in x["left_out"]}
    assert left["KIOSK-LOBBY"] == "lobby kiosks are free" and left["LAPTOP-9"] == "stolen, disputed" and "LAPTOP-OLD" in left
    # 8.875 % on hardware and software: the firewall and the licences, less their shares of the discounts
    assert [t["tax"] for t in d["taxes"]] == ["ny-sales"]
    base = F("890") + F("123.20") + F("168.96") + F("316.80")
    assert base * F(9, 10) < F(d["taxes"][0]["base"]) < base
    assert d["taxes"][0]["amount"] == money(F(d["taxes"][0]["base"]) * F("8.875") / 100)
    assert d["due_date"] == "2026-12-31"


def test_bistro(northwind):
    """From 11 October: 20/30 by 30/360, free by "none", whole by "full"; two weeks from Monday the 5th: 8 of 14 days."""
    d = of(northwind, "bistro")
    f = F(20, 30)
    want = [("av", "2026-10-11", "12", "3.60", amount("3.60", 12, f)), ("av", "2026-11-01", "12", "3.60", "43.20"), ("av", "2026-12-01", "12", "3.60", "43.20"),
            ("portal", "2026-10-11", "1", "99.00", amount("99.00", 1, f)), ("portal", "2026-11-01", "1", "99.00", "99.00"), ("portal", "2026-12-01", "1", "99.00", "99.00"),
            ("noc", "2026-11-01", "1", "120.00", "120.00"), ("noc", "2026-12-01", "1", "120.00", "120.00"),
            ("mailbox", "2026-10-11", "18", "6.00", "108.00"), ("mailbox", "2026-11-01", "18", "6.00", "108.00"), ("mailbox", "2026-12-01", "18", "6.00", "108.00"),
            ("wifi-watch", "2026-10-11", "1", "12.00", amount("12.00", 1, F(8, 14)))] + [
            ("wifi-watch", day, "1", "12.00", "12.00") for day in ("2026-10-19", "2026-11-02", "2026-11-16")] + [
            ("onsite-day", "2026-11-24", "0.5", "950.00", "475.00")]
    assert sorted(got(d)) == sorted(want)
    base = F("28.80") + F("43.20") * 2
    assert [(t["base"], t["amount"]) for t in d["taxes"]] == [(money(base), money(base * F("8.875") / 100))]
    assert d["total"] == total(*[w[4] for w in want], d["taxes"][0]["amount"]) and d["due_date"] == "2026-12-01"


def test_cedar(northwind):
    """Three schedules on one invoice; 656 lawyer days of November over 30."""
    d = of(northwind, "cedar")
    want = [("noc", "2027-01-01", "1", "945.00", "945.00"), ("m365-bp", "2027-01-01", "24", "79.20", "1900.80"), ("domain", "2026-11-20", "3", "18.00", "54.00"),
            ("mailbox", "2026-10-01", "20", "6.00", "120.00"), ("mailbox", "2026-11-01", "21.8667", "6.00", amount("6.00", F(656, 30))),
            ("managed-server", "2026-10-01", "2", "95.00", "190.00"), ("managed-server", "2026-11-01", "3", "95.00", "285.00"),
            ("support-hours", "2026-10-01", "3.25", "120.00", "390.00")]
    assert sorted(got(d)) == sorted(want)
    assert off(d) == [("three names", "-5.40")]
    assert [(t["base"], t["amount"]) for t in d["taxes"]] == [("1900.80", "168.70")]
    assert d["total"] == total(*[w[4] for w in want], "-5.40", "168.70") == "4179.30"
    assert d["due_date"] == "2026-12-31"  # 15 days, then the end of that month


def test_delta(northwind):
    d = of(northwind, "delta")
    up = {"45.00": "46.35", "9.00": "9.27", "95.00": "97.85"}
    want = [("managed-workstation", m, "22", up["45.00"], "1019.70") for m in ("2026-11-01", "2026-12-01")] + [
        ("scanner", "2026-11-01", "6", up["9.00"], amount("9.27", 6, F(10, 30))), ("scanner", "2026-11-11", "8", up["9.00"], amount("9.27", 8, F(20, 30))),
        ("managed-server", "2026-11-01", "1", up["95.00"], "97.85"), ("managed-server", "2026-12-01", "1", up["95.00"], "97.85"),
        ("noc", "2026-11-01", "1", "250.00", amount("250.00", 1, F(20, 30)))]
    assert sorted(got(d)) == sorted(want)
    four = [money(-(F("1019.70") + F("97.85")) * F(4, 100)), money(-(F("1019.70") + F("97.85") + F("18.54") + F("49.44")) * F(4, 100))]
    assert off(d) == sorted(("20 or more workstations", x) for x in four)
    assert d["total"] == total(*[w[4] for w in want], *four) == "2377.63"


def test_ivy(northwind):
    d = of(northwind, "ivy")
    want = [("managed-workstation", m, "15", "38.00", "570.00") for m in ("2026-11-01", "2026-12-01")] + [
        ("av", m, "9", "2.00", "18.00") for m in ("2026-11-01", "2026-12-01")]
    assert sorted(got(d)) == sorted(want) and off(d) == [("first month free", "-588.00")] and d["total"] == "588.00"
    assert [(t["amount"], t["reason"]) for t in d["taxes"]] == [("0.00", "ST-119.1 on file")]


def test_laval(northwind):
    d = of(northwind, "laval")
    want = [("managed-workstation", m, "8", "61.00", "488.00") for m in ("2026-11-01", "2026-12-01")] + [
        ("tape-rotation", m, "1", "15.00", "15.00") for m in ("2026-11-01", "2026-11-11", "2026-11-21", "2026-12-01")]
    assert sorted(got(d)) == sorted(want)
    # 488 + 15 − 10 = 493.00, 2 % of it 9.86, twice; the tapes of the 11th and the 21st alone: 2 % of 15.00
    assert off(d) == sorted([("online billing", "-10.00")] * 2 + [("loyalty", "-9.86")] * 2 + [("loyalty", "-0.30")] * 2)
    net = F("1036") - 20 - F("20.32")
    gst = F(money(net * F(5, 100)))
    qst = F(money((net + gst) * F("9.975") / 100))
    assert [(t["tax"], t["base"], t["amount"]) for t in d["taxes"]] == [("gst", money(net), money(gst)), ("qst", money(net + gst), money(qst))]
    assert d["total"] == money(net + gst + qst) == "1149.74"


def test_abroad(northwind):
    farben, hikari, jahra, gironde = (of(northwind, c) for c in ("farben", "hikari", "jahra", "gironde"))
    assert got(farben) == [("managed-workstation", "2026-11-16", "10", "42.00", "210.00"), ("managed-workstation", "2026-12-01", "10", "42.00", "420.00")]
    assert off(farben) == [("Treuerabatt", "-20.00")] * 2 and farben["total"] == "590.00" and farben["due_date"] == "2026-12-31"
    assert farben["taxes"][0]["amount"] == money(F(590) * 19 / 119) == "94.20"
    f = F(19, 30)
    yen = [amount(6300, 3, f, "JPY"), "18900", amount(890, 7, f, "JPY"), "6230"]
    assert [x["amount"] for x in hikari["lines"]] == yen == ["11970", "18900", "3946", "6230"]
    assert hikari["taxes"][0]["amount"] == money(F(41046) * F(1, 10), "JPY") == "4105" and hikari["total"] == "45151" and hikari["due_date"] == "2027-01-20"
    assert [x["amount"] for x in jahra["lines"]] == ["55.000", "55.000", amount("0.00375", 1234, 1, "KWD")] and jahra["total"] == "114.628"
    assert [(x["quantity"], x["amount"]) for x in gironde["lines"]] == [("1", "230.00"), ("9", "49.50")]
    assert gironde["total"] == "279.50" and gironde["taxes"][0]["amount"] == "0.00" and gironde["taxes"][0]["reason"]


def test_lakeside(northwind):
    d = of(northwind, "lakeside")
    assert sorted(got(d)) == sorted([("mailbox", m, "5", "6.00", "30.00") for m in ("2026-11-01", "2026-12-01")] +
                                    [("minimum", m, "1", "30.00", "30.00") for m in ("2026-11-01", "2026-12-01")] +
                                    [("once", "2026-11-18", "1.5", "80.00", "120.00")])
    assert d["total"] == "240.00"


def test_the_month_after(northwind):
    """Approved, a second run owes nothing, and January bills January alone, the true-up and the rest of November's hours beside it."""
    northwind.approve(northwind.first["batch"], code=1)
    again = northwind.run("2026-12-01", code=1)
    assert again["drafted"] == 0 and [h["client"] for h in again["held"]] == ["harbor"]
    northwind.run("2026-12-04", code=1)
    hours = of(northwind, "cedar")
    assert got(hours) == [("support-hours", "2026-11-01", "2.75", "120.00", "330.00")]
    assert northwind.verify()["ok"] is True


def test_to_lift_the_hold_send_the_counts(northwind):
    with open(northwind.path("counts", "assets.csv"), "a", encoding="utf-8") as f:
        f.write("harbor-marina,device,workstation,hm-1,HARBOR-1,2026-11-01,,Windows 11,Pier,2026-12-01\n")
    run = northwind.run("2026-12-01", "--client", "harbor")
    assert run["held"] == []
    assert sorted(x["amount"] for x in of(northwind, "harbor")["lines"]) == ["250.00", "45.00"]


def test_the_copy_is_the_shipped_one(northwind, tmp_path):
    shipped = os.path.join(ROOT, "scripts", "examples", "northwind")
    for folder, _, files in os.walk(shipped):
        for name in files:
            if "billhook.db" in name or folder.endswith("counts") and name == "assets.csv":
                continue
            with open(os.path.join(folder, name), "rb") as a, open(northwind.path(os.path.relpath(os.path.join(folder, name), shipped)), "rb") as b:
                assert a.read() == b.read()


def test_init_never_writes_over_a_workspace(tmp_path):
    folder = tmp_path / "mine"
    subprocess.run([BIN, "init", str(folder)], check=True, capture_output=True)
    before = (folder / "billhook.lua").read_text()
    done = subprocess.run([BIN, "init", "--example", str(folder)], capture_output=True, text=True)
    assert done.returncode != 0 and done.stderr.strip() and (folder / "billhook.lua").read_text() == before


def test_a_new_workspace_is_right(tmp_path):
    folder = tmp_path / "new"
    subprocess.run([BIN, "init", str(folder)], check=True, capture_output=True)
    w = Workspace(folder)
    assert w.check()["ok"] is True
    assert [c["ok"] for c in w.command("pull", "--json").json["connectors"]] == [True]
    for day in ("2026-12-01", "2026-12-02"):
        assert (w.run(day)["drafted"], w.run(day)["held"]) == (0, [])


def test_the_examples_in_a_new_workspace_are_right(tmp_path):
    """The commented files NAME.example that init writes become real ones."""
    folder = tmp_path / "new"
    subprocess.run([BIN, "init", str(folder)], check=True, capture_output=True)
    for at, _, files in os.walk(folder):
        for name in files:
            if name.endswith(".example"):
                shutil.move(os.path.join(at, name), os.path.join(at, name[:-len(".example")]))
    report = Workspace(folder).command("check", "--json", code=(0, 3)).json
    # What they name of the price book is commented out there: nothing else may be wrong.
    assert all("unknown" in m["message"] for m in report["mistakes"]), report["mistakes"]


def test_a_line_is_found(northwind):
    d = northwind.command("show", "INV-2026-000001", "--json").json
    assert line(d, product="firewall")["amount"] == "890.00"


def half_up(x, decimals):
    scaled = abs(x) * 10 ** decimals
    return F(int(scaled + F(1, 2)), 10 ** decimals) * (-1 if x < 0 else 1)


def test_every_invoice_can_be_followed_with_a_pocket_calculator(northwind):
    """What `explain` says of each line, discount and tax is what it takes to come to the total."""
    for d in northwind.export():
        why = northwind.explain(d["id"])
        places = len(d["total"].partition(".")[2])
        lines, discounts, taxes = F(0), F(0), F(0)
        for x in why["lines"]:
            got = half_up(F(x.get("quantity_exact") or x["quantity"]) * F(x["unit_price"]) * F(x["fraction"]), places)
            assert got == F(x["amount"]), (d["id"], x)
            lines += got
        for y in why["discounts"]:
            if y["percent"] is not None:
                assert half_up(F(y["base"]) * F(y["percent"]) / 100, places) == -F(y["amount"]), (d["id"], y)
            assert -F(y["amount"]) <= F(y["base"])
            discounts += F(y["amount"])
        for t in why["taxes"]:
            if not t.get("inclusive"):
                assert half_up(F(t["base"]) * F(t["rate"]) / 100, places) == F(t["amount"]), (d["id"], t)
                taxes += F(t["amount"])
        assert lines == F(why["subtotal"])
        assert lines + discounts + taxes == F(why["total"]) == F(d["total"])
