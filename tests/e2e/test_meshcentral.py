"""Billing from a real MeshCentral: what is billed is what its own database file says, over TLS with its own certificate.

Run by ctest as e2e/meshcentral."""
import collections
import json
import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mesh_server import PASSWORD, SYSTEMS, USER, MeshServer, Unavailable  # noqa: E402

BILLHOOK = os.environ.get("BILLHOOK_BIN", "")
SKIPPED = 77  # ctest's SKIP_RETURN_CODE
PRICES = {"workstation": "45.00", "server": "120.00", "network": "18.50", "mobile": "6.00", "other": "7.25"}
CLASSES = {(system, icon): klass for system, icon, klass in SYSTEMS}


def serve(**how):
    server = MeshServer(**how)
    try:
        server.start()
    except Unavailable as e:
        print(f"\n*** e2e/meshcentral is SKIPPED: {e}", file=sys.__stderr__, flush=True)
        pytest.exit(f"no MeshCentral here: {e}", returncode=SKIPPED)
    return server


@pytest.fixture(scope="module")
def mesh():
    server = serve()
    yield server
    server.stop()


class Workspace:
    def __init__(self, folder, mesh, token=f"{USER}:{PASSWORD}", **options):
        self.folder, self.mesh = str(folder), mesh
        self.token = token
        os.makedirs(self.folder, exist_ok=True)
        more = "".join(f", {k} = {v}" for k, v in options.items())
        self.write("billhook.lua", 'company { name = "Northwind IT", currency = "USD", timezone = "America/New_York" }\n'
                   f'connector "rmm" {{ plugin = "meshcentral", url = "{mesh.url}", token = secret "env:MESH_TOKEN"{more} }}\n')
        self.write("pricebook.lua", "".join(f'product "{c}" {{ name = "{c}", model = "per_unit", price = "{p}", count = devices {{ class = "{c}" }} }}\n'
                                            for c, p in PRICES.items()))
        lines = []
        for i, (ref, name) in enumerate(sorted(mesh.groups().items(), key=lambda g: g[1])):
            lines.append({"type": "client", "id": f"c{i:02d}", "name": name, "ids": {"rmm": ref if "client" not in options else name}})
            lines.append({"type": "contract", "id": f"k{i:02d}", "client": f"c{i:02d}", "starts": "2026-01-01", "billed_through": "2026-11-30",
                          "lines": [{"product": c} for c in PRICES]})
        os.makedirs(os.path.join(self.folder, "clients"), exist_ok=True)
        self.write("clients/all.jsonl", "".join(json.dumps(x) + "\n" for x in lines))

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w") as f:
            f.write(text)

    def run(self, *words, code=0):
        env = dict(os.environ, MESH_TOKEN=self.token, SSL_CERT_FILE=self.mesh.ca, BILLHOOK_NOW="2026-12-01T09:00:00Z")
        done = subprocess.run([BILLHOOK, "-w", self.folder, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done

    def pull(self, code=0):
        return json.loads(self.run("pull", "--json", code=code).stdout)["connectors"][0]

    def billed(self):
        """{client: {product: quantity}} of a fresh batch."""
        self.run("run", "--no-pull", "--date", "2026-12-01", "--json", code=0)
        out = {}
        for line in self.run("export", "--format", "json").stdout.splitlines():
            doc = json.loads(line)
            out[doc["client"]["name"]] = {x["product"]: int(x["quantity"]) for x in doc["lines"] if x["quantity"] != "0"}
        return out


def expected(mesh, archived=None):
    found = collections.defaultdict(collections.Counter)
    names = mesh.groups()
    for d in mesh.nodes():
        if archived and archived in d.get("tags", []):
            continue
        found[names[d["meshid"]]][CLASSES[(d.get("osdesc"), d["icon"])]] += 1
    return {client: dict(classes) for client, classes in found.items()}


def test_what_is_billed_is_what_the_server_has(mesh, tmp_path):
    ws = Workspace(tmp_path / "ws", mesh)
    pulled = ws.pull()
    assert pulled["ok"] and pulled["assets"] == len(mesh.nodes()) == 400
    assert ws.billed() == expected(mesh)
    assert ws.pull()["changed"] == 0  # twice is once


def test_archived_devices_are_not_counted(mesh, tmp_path):
    ws = Workspace(tmp_path / "ws", mesh, archived='"archived"', client='"name"')
    assert ws.pull()["assets"] == 380
    assert ws.billed() == expected(mesh, "archived")


def test_when_a_device_was_last_seen(mesh, tmp_path):
    ws = Workspace(tmp_path / "ws", mesh)
    ws.write("pricebook.lua", 'product "workstation" { name = "w", model = "per_unit", price = "1.00", count = devices { seen_within = 10 } }\n')
    lines = [json.loads(x) for x in open(os.path.join(ws.folder, "clients/all.jsonl"))]
    for x in lines:
        if x["type"] == "contract":
            x["lines"] = [{"product": "workstation"}]
    ws.write("clients/all.jsonl", "".join(json.dumps(x) + "\n" for x in lines))
    ws.pull()
    billed = sum(c.get("workstation", 0) for c in ws.billed().values())
    assert billed == 400 - 134  # every third was there on 16 November for the last time: 15 days before


def test_a_wrong_password_changes_nothing(mesh, tmp_path):
    ws = Workspace(tmp_path / "ws", mesh)
    ws.pull()
    ws.token = f"{USER}:wrong"
    failed = ws.pull(code=5)
    assert not failed["ok"] and "refused" in failed["error"] and "wrong" not in failed["error"].replace("refused", "")
    assert ws.billed() == expected(mesh)


def test_a_certificate_that_nobody_vouches_for(mesh, tmp_path):
    ws = Workspace(tmp_path / "ws", mesh)
    real, mesh.ca = mesh.ca, "/etc/ssl/certs/ca-certificates.crt"
    try:
        failed = ws.pull(code=5)
    finally:
        mesh.ca = real
    assert not failed["ok"] and "certificate" in failed["error"]


def test_a_renamed_group_and_a_moved_device_do_not_double(tmp_path):
    server = serve(groups=3, devices=30)
    try:
        ws = Workspace(tmp_path / "ws", server)
        ws.pull()
        node, groups = server.nodes()[0], sorted(server.groups())
        target = next(g for g in groups if g != node["meshid"])
        mesh_doc = server.documents()[target]
        server.edit([dict(node, meshid=target, name="renamed"), dict(mesh_doc, name="Renamed Inc")])
        pulled = ws.pull()
        assert pulled["ok"] and pulled["assets"] == 30
        want = {("Client" + n[6:] if n.startswith("Client") else next(c["name"] for c in map(json.loads, open(os.path.join(ws.folder, "clients/all.jsonl")))
                 if c["type"] == "client" and c["ids"]["rmm"] == target)): v for n, v in expected(server).items()}
        assert ws.billed() == want
    finally:
        server.stop()


def test_a_server_that_hands_devices_out_in_pages(tmp_path):
    server = serve(groups=4, devices=130, paged=50)
    try:
        ws = Workspace(tmp_path / "ws", server)
        assert ws.pull()["assets"] == 130
        assert ws.billed() == expected(server)
    finally:
        server.stop()
