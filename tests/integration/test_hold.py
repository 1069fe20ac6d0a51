"""hold and release: what a person stops."""
import pytest


def wrote(ws, config="", clients=("a", "b"), price="100.00", **contract):
    ws.config(config)
    ws.book('product "p" { name = "P", model = "flat", price = "%s" }\n' % price)
    ws.clients(*[e for c in clients for e in ({"id": c, "name": c}, dict({"id": "k" + c, "client": c, "starts": "2026-11-01", "lines": [{"product": "p"}]}, **contract))])


def hold(ws, what, *args, reason="disputed", date="2026-11-01", code=0):
    return ws.command("hold", what, *args, "--reason", reason, "--by", "anna", "--date", date, "--json", code=code)


def release(ws, what, date="2026-11-01", code=0):
    return ws.command("release", what, "--reason", "settled", "--date", date, "--json", code=code)


def holds(ws, date="2026-11-01"):
    """The hold of each document, as the list has it."""
    return {d["id"]: d["hold"] and d["hold"]["reason"] for d in ws.command("invoices", "--json", "--date", date).lines}


def test_a_client_that_is_held_is_not_approved_and_the_others_are(ws):
    wrote(ws)
    assert hold(ws, "a").json == {"held": "a", "client": "a", "invoice": None, "until": None, "reason": "disputed"}
    run = ws.run("2026-11-01", code=1)  # also what is drafted later
    assert [(h["client"], h["invoice"], h["reason"]) for h in run["held"]] == [("a", "a-1", "by-hand")]
    for word in ("anna", "disputed", "release a"):
        assert word in run["held"][0]["message"]
    assert run["drafted"] == 2
    assert holds(ws) == {"a-1": "by-hand", "b-1": None}
    shown = ws.command("show", "a-1", "--json", "--date", "2026-11-01").json
    assert shown["hold"]["reason"] == "by-hand" and "disputed" in shown["hold"]["message"]
    assert [h["reason"] for h in ws.command("review", "--json", "--date", "2026-11-01", code=1).json["held"]] == ["by-hand"]
    done = ws.approve(run["batch"], date="2026-11-01", code=1)
    assert [x["invoice"] for x in done["approved"]] == ["b-1"]
    assert [(h["invoice"], h["reason"]) for h in done["held"]] == [("a-1", "by-hand")]
    release(ws, "a")
    assert holds(ws)["a-1"] is None
    assert [x["invoice"] for x in ws.approve(run["batch"], date="2026-11-01")["approved"]] == ["a-1"]
    assert ws.verify()["ok"] is True


def test_force_lifts_it_only_where_it_names_the_invoice(ws):
    wrote(ws)
    batch = ws.run("2026-11-01")["batch"]
    hold(ws, "a")
    now = {"BILLHOOK_NOW": "2026-11-01T12:00:00Z"}
    done = ws.command("approve", batch, "--force", "month end", "--json", env=now, code=1).json
    assert [x["invoice"] for x in done["approved"]] == ["b-1"] and [h["reason"] for h in done["held"]] == ["by-hand"]
    ws.command("approve", "a-1", env=now, code=1)
    assert ws.draft()["id"] == "a-1"
    done = ws.command("approve", "a-1", "--force", "the owner said so", "--json", env=now).json
    assert [x["invoice"] for x in done["approved"]] == ["a-1"]
    assert holds(ws)["a-1"] == "by-hand"  # delivery, Auto Pay and reminders stay stopped


def test_a_named_invoice_that_is_held_stops_everything(ws):
    wrote(ws)
    ws.run("2026-11-01")
    hold(ws, "a-1")
    ws.command("approve", "a-1", "b-1", env={"BILLHOOK_NOW": "2026-11-01T12:00:00Z"}, code=1)
    assert len(ws.drafts()) == 2


def test_until_ends_it_by_itself(ws):
    wrote(ws)
    batch = ws.run("2026-11-01")["batch"]
    hold(ws, "a", "--until", "2026-11-10")
    assert holds(ws, "2026-11-10")["a-1"] == "by-hand"
    assert holds(ws, "2026-11-11")["a-1"] is None
    assert [h["reason"] for h in ws.run("2026-11-10", code=1)["held"]] == ["by-hand"]
    assert ws.run("2026-11-11")["held"] == []
    ws.approve(batch, date="2026-11-10", code=1)
    assert [x["invoice"] for x in ws.approve(batch, date="2026-11-11")["approved"]] == ["a-1"]
    hold(ws, "a", "--until", "2026-11-09", date="2026-11-10", code=2)


def test_an_invoice_alone_through_the_drafts_that_are_made_anew(ws):
    wrote(ws)
    ws.run("2026-11-01")
    hold(ws, "a-1")
    wrote(ws, price="90.00")
    run = ws.run("2026-11-02", code=1)
    assert [(h["invoice"], h["reason"]) for h in run["held"]] == [("a-1", "by-hand")]
    assert holds(ws, "2026-11-02") == {"a-1": "by-hand", "b-1": None}
    assert release(ws, "a", code=2).err  # it is the invoice that is held
    release(ws, "a-1")
    assert len(ws.approve(run["batch"], date="2026-11-02")["approved"]) == 2


def test_a_draft_that_goes_takes_its_hold_with_it(ws):
    wrote(ws, clients=("a",))
    ws.run("2026-11-01")
    hold(ws, "a-1")
    wrote(ws, clients=("a",), starts="2026-12-01")
    assert ws.run("2026-11-02")["held"] == [] and ws.drafts() == []
    assert ws.verify()["ok"] is True


def test_automatic_approval_waits_for_it_too(ws):
    wrote(ws, 'invoicing { approval = "auto" }\n')
    hold(ws, "a")
    run = ws.run("2026-11-01", code=1)
    assert run["approved"] == 1 and ws.draft()["id"] == "a-1"
    release(ws, "a")
    assert ws.run("2026-11-01")["approved"] == 1 and ws.drafts() == []


def test_it_stands_beside_other_holds(ws):
    wrote(ws, 'invoicing { max_total = "50.00" }\n', clients=("a",))
    ws.run("2026-11-01", code=1)
    hold(ws, "a")
    d = ws.command("show", "a-1", "--json", "--date", "2026-11-01").json
    assert [d["hold"]["reason"]] + [m["reason"] for m in d["hold"]["more"]] == ["max-total", "by-hand"]
    done = ws.command("approve", "a-1", "--json", env={"BILLHOOK_NOW": "2026-11-01T12:00:00Z"}, code=1).json
    assert sorted(h["reason"] for h in done["held"]) == ["by-hand", "max-total"]


def test_credits_by_hand_of_a_held_client_wait_too(ws):
    wrote(ws, clients=("a",))
    n = ws.bill("2026-11-01")[0]
    hold(ws, "a")
    note = ws.command("credit", n["id"], "--amount", "5.00", "--reason", "x", "--date", "2026-11-02", "--json").json
    run = ws.run("2026-11-02", code=1)
    assert [(h["invoice"], h["reason"]) for h in run["held"]] == [(note["invoice"], "by-hand")]
    ws.approve(note["batch"], date="2026-11-02", code=1)


def test_a_client_that_was_never_billed_can_be_held(ws):
    wrote(ws)
    hold(ws, "b")
    hold(ws, "nobody", code=2)
    assert [h["client"] for h in ws.run("2026-11-01", code=1)["held"]] == ["b"]


def test_the_hash_of_a_review_knows_of_it(ws):
    wrote(ws)
    batch = ws.run("2026-11-01")["batch"]
    now = {"BILLHOOK_NOW": "2026-11-01T12:00:00Z"}
    seen = ws.command("review", batch, "--json", env=now).json["hash"]
    hold(ws, "a")
    ws.command("approve", batch, "--hash", seen, env=now, code=1)
    assert len(ws.drafts()) == 2
    release(ws, "a")
    ws.command("approve", batch, "--hash", seen, env=now)


@pytest.mark.parametrize("args", [["hold", "a"], ["hold", "--reason", "x"], ["hold", "a", "--until", "soon", "--reason", "x"], ["hold", "a-9", "--reason", "x"],
                                  ["release", "a", "--reason", "x"], ["release", "a-1", "--reason", "x"], ["release", "nobody", "--reason", "x"], ["release", "a"]])
def test_what_makes_no_sense_is_refused(ws, args):
    wrote(ws)
    ws.run("2026-11-01")
    assert ws.command(*args, code=2).err.strip()


def test_void_documents_are_not_held_and_a_client_is_released_as_a_client(ws):
    wrote(ws)
    n = ws.bill("2026-11-01")[0]
    ws.command("void", n["id"], "--reason", "x", "--date", "2026-11-01")
    assert "void" in hold(ws, n["id"], code=2).err
    hold(ws, "a")
    assert "release a" in release(ws, "a-1", code=2).err
    assert holds(ws)["a-1"] is None  # void
    hold(ws, "a", reason="again")  # a second one takes the place of the first
    release(ws, "a")
    release(ws, "a", code=2)
