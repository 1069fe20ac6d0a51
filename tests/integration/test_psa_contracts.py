"""contracts = true with the PSA connectors: what is in clients/NAME.jsonl is a workspace that loads, and bills what the platform would have billed."""
import json

import pytest
from conftest import Workspace
from platforms.autotask import Autotask
from platforms.connectwise import ConnectWise
from platforms.halopsa import Halo
from platforms.syncro import Syncro

PRODUCTS = ["91", "92", "93", "94", "agreement-type:10", "bundle:91", "item:Router rental"]
# (client, contract, description, first day, amount) of the bill of the first of December; everything up to October was billed by the platform.
EXPECTED = {
    ConnectWise: ["250", "251", [
        ("a", "501", "Managed Gold", "2026-11-01", "250.50"), ("a", "501", "Managed Gold", "2026-12-01", "250.50"),
        ("a", "501", "Workstations under management", "2026-11-01", "2016.00"), ("a", "501", "Workstations under management", "2026-12-01", "2016.00"),  # (53 - 5) x 42.00
        ("a", "501", "Cloud backup, GB", "2026-11-01", "113.33"), ("a", "501", "Cloud backup, GB", "2026-12-01", "113.33"),  # 1333.333333 x 0.085
        ("a", "502", "Cloud backup, GB", "2026-11-01", "3.30"), ("a", "502", "Cloud backup, GB", "2026-12-01", "10.00"),  # 30 of the 91 days from September on
        ("b", "504", "Cancelled", "2026-11-01", "66.00")]],  # 20 of 30 days of 99.00
    Halo: ["12", "13", [
        ("a", "-501", "Managed workstation", "2026-11-01", "2226.00"), ("a", "-501", "Managed workstation", "2026-12-01", "2226.00"),
        ("b", "-502", "Managed workstation", "2026-11-01", "119.35"),  # 61 of 92 days of 180.00
        ("b", "-503", "Backup, GB", "2026-11-01", "1.00"), ("b", "-503", "Backup, GB", "2026-12-01", "1.00")]],
    Autotask: ["174", "175", [
        ("a", "29680", "Workstations under management", "2026-11-01", "630.00"), ("a", "29680", "Workstations under management", "2026-12-01", "630.00"),
        ("a", "29680", "Gold", "2026-11-01", "199.00"), ("a", "29680", "Gold", "2026-12-01", "199.00")]],
    Syncro: ["12", "13", [
        ("a", "71", "Managed workstation", "2026-11-01", "1005.29"), ("a", "71", "Managed workstation", "2026-11-15", "2226.00"),  # 14 of 31 days
        ("a", "71", "Backup, GB", "2026-11-01", "51.18"), ("a", "71", "Backup, GB", "2026-11-15", "113.33"),
        ("a", "71", "Router rental", "2026-11-01", "4.29"), ("a", "71", "Router rental", "2026-11-15", "9.50"),
        ("a", "71", "In cents", "2026-11-01", "22.58"), ("a", "71", "In cents", "2026-11-15", "50.00"),
        ("a", "72", "Hosting", "2026-11-01", "300.00"),  # 92 of the 184 days from August to January
        ("b", "73", "Care", "2026-11-01", "133.53")]],  # 91 of the 92 days from the 31st of October to the 30th of January
}


def lua(value):
    if isinstance(value, list):
        return "{ %s }" % ", ".join(lua(x) for x in value)
    if isinstance(value, dict):
        return "{ %s }" % ", ".join("%s = %s" % (k, lua(v)) for k, v in value.items())
    return json.dumps(value)


@pytest.fixture(params=list(EXPECTED), ids=lambda p: p.connector)
def case(request, tmp_path):
    with request.param() as platform:
        first, second, lines = EXPECTED[request.param]
        ws = Workspace(tmp_path / "ws")
        env = {"SECRET_" + k.upper(): v[1] for k, v in platform.options.items() if isinstance(v, tuple)}
        words = ["plugin = " + lua(platform.connector), "url = " + lua(platform.url), "contracts = true", 'billed_through = "2026-10-31"']
        words += ['%s = secret "env:SECRET_%s"' % (k, k.upper()) if isinstance(v, tuple) else "%s = %s" % (k, lua(v)) for k, v in platform.options.items()]
        ws.config('connector "psa" { %s }\n' % ", ".join(words))
        ws.book("".join('product "p%d" { name = "P%d", model = "per_unit", price = "1.00", ids = { psa = "%s" } }\n' % (i, i, x) for i, x in enumerate(PRODUCTS)))
        ws.clients({"id": "a", "name": "A", "ids": {"psa": first}}, {"id": "b", "name": "B", "ids": {"psa": second}})
        plain = ws.command
        ws.command = lambda *args, **kw: plain(*args, **dict(kw, env=dict(env, **(kw.get("env") or {}))))
        yield platform, ws, lines


def test_contracts_are_billed(case):
    _, ws, lines = case
    (row,) = ws.command("pull", "--date", "2026-12-01", "--json", code=1).json["connectors"]  # the platform's other clients are nobody's
    assert row["ok"] and row["contracts"]["left_out"] == []
    assert ws.check()["mistakes"] == []
    ws.run("2026-12-01", "--no-pull")
    got = [(d["client"]["id"], x["contract"], x["description"], x["period"]["from"], x["amount"]) for d in ws.drafts() for x in d["lines"] if x["kind"] != "once"]
    assert sorted(got) == sorted(lines)


def test_the_same_again_leaves_the_file(case):
    _, ws, _ = case
    ws.command("pull", "--date", "2026-12-01", "--json", code=1)
    before = ws.read("clients/psa.jsonl")
    (row,) = ws.command("pull", "--date", "2026-12-02", "--json", code=1).json["connectors"]
    assert row["contracts"]["changed"] == 0 and ws.read("clients/psa.jsonl") == before
