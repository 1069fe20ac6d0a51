#!/usr/bin/python3
"""A real MeshCentral on loopback, for tests: npm's package in a folder of the build, its data in a temporary one, with a certificate of its own.

    with MeshServer() as mesh: mesh.url, mesh.ca, mesh.password, mesh.nodes(), mesh.edit([...])

Real devices come from agents; here they are written into the server's database file (NeDB: one JSON document a line, the last of an id
counts) while it is stopped. Only the process that was started here is stopped, by its id. Where npm or the package is not to be had,
Unavailable says why."""
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
import ssl

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGE = "meshcentral@1.1.55"
NPM = os.environ.get("BILLHOOK_NPM", os.path.join(ROOT, "build", "npm"))
USER, PASSWORD = "admin", "Test-only-4711"
SYSTEMS = [  # osdesc, icon, class as the connector's README says
    ("Microsoft Windows 11 Pro", 1, "workstation"), ("Microsoft Windows 10 Enterprise", 2, "workstation"), ("macOS 14.4", 2, "workstation"),
    ("Microsoft Windows Server 2022 Standard", 4, "server"), ("Debian GNU/Linux 12", 4, "server"), ("", 6, "network"), ("Android 14", 3, "mobile"),
    ("Ubuntu 22.04", 1, "workstation"), (None, 7, "other")]
LAST_SEEN = 1794787200000  # 2026-11-16T00:00:00Z
START_SECONDS = 90


class Unavailable(Exception):
    """This machine cannot have the server; the words say why."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def node_program():
    for name in ("node", "nodejs"):
        if shutil.which(name):
            return name
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", "nodejs", "npm"], stdin=subprocess.DEVNULL, capture_output=True,
                       env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
    for name in ("node", "nodejs"):
        if shutil.which(name) and shutil.which("npm"):
            return name
    raise Unavailable("neither nodejs with npm nor the means to install them")


def install():
    main = os.path.join(NPM, "meshcentral", "node_modules", "meshcentral", "meshcentral.js")
    if not os.path.exists(main):
        folder = os.path.join(NPM, "meshcentral")
        os.makedirs(folder, exist_ok=True)
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", PACKAGE], cwd=folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode != 0 or not os.path.exists(main):
            raise Unavailable(f"npm could not install {PACKAGE}: {done.stderr.strip()[-400:]}")
    return main


class MeshServer:
    def __init__(self, groups=12, devices=400, paged=None, seed=7):
        self.random = random.Random(seed)
        self.group_count, self.device_count, self.paged = groups, devices, paged
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *why):
        self.stop()

    def start(self):
        self.node, self.main = node_program(), install()
        self.folder = tempfile.mkdtemp(prefix="billhook-mesh-")
        self.data = os.path.join(self.folder, "data")
        os.makedirs(self.data)
        self.port = free_port()
        domain = {"title": "test", "newAccounts": False}
        if self.paged:
            domain["maxDeviceView"] = self.paged
        settings = {"cert": "localhost", "port": self.port, "portBind": "127.0.0.1", "redirPort": 0, "mpsPort": 0, "exactPorts": True, "WANonly": True,
                    "selfUpdate": False, "minify": False, "crowdsec": False, "maxInvalidLogin": False}
        with open(os.path.join(self.data, "config.json"), "w") as f:
            json.dump({"settings": settings, "domains": {"": domain}}, f)
        self.run_once("--createaccount", USER, "--pass", PASSWORD, "--email", "test@mesh.example")
        self.fill()
        self.serve()

    def arguments(self):
        return [self.node, self.main, "--datapath", self.data, "--filespath", os.path.join(self.folder, "files")]

    def run_once(self, *words):
        done = subprocess.run(self.arguments() + list(words), cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if done.returncode != 0 or "Done" not in done.stdout:
            raise Unavailable(f"meshcentral {words[0]} failed: {done.stdout[-300:]} {done.stderr[-300:]}")

    def serve(self):
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(self.arguments(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.url = f"https://localhost:{self.port}"
        self.ca = os.path.join(self.data, "root-cert-public.crt")
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                context = ssl.create_default_context(cafile=self.ca)
                with urllib.request.urlopen(self.url, context=context, timeout=5):
                    return
            except (OSError, ssl.SSLError) as e:
                if self.process.poll() is not None or time.monotonic() > until:
                    with open(os.path.join(self.folder, "log"), errors="replace") as f:
                        said = f.read()[-600:]
                    self.stop()
                    raise Unavailable(f"meshcentral did not start: {e}: {said}")
                time.sleep(0.2)  # polls: the server says nowhere that it is ready

    def halt(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def stop(self):
        self.halt()
        if getattr(self, "log", None):
            self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- its database ----
    @property
    def database(self):
        return os.path.join(self.data, "meshcentral.db")

    def documents(self):
        found = {}
        with open(self.database, encoding="utf-8") as f:
            for line in f:
                doc = json.loads(line)
                if doc.get("$$deleted"):
                    found.pop(doc["_id"], None)
                elif "_id" in doc:
                    found[doc["_id"]] = doc
        return found

    def append(self, docs):
        with open(self.database, "a", encoding="utf-8") as f:
            for doc in docs:
                f.write(json.dumps(doc) + "\n")

    def edit(self, docs):
        """Writes documents while the server is stopped, and starts it again."""
        self.halt()
        self.append(docs)
        self.log.close()
        self.serve()

    def token(self, n):
        return "".join(self.random.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@$") for _ in range(n))

    def fill(self):
        user = self.documents()["user//" + USER]
        docs, meshes = [], []
        for i in range(self.group_count):
            mesh = {"_id": "mesh//" + self.token(64), "type": "mesh", "mtype": 2, "domain": "", "name": f"Client {i:02d}", "desc": "",
                    "links": {user["_id"]: {"name": USER, "rights": 4294967295}}}
            user["links"][mesh["_id"]] = {"rights": 4294967295}
            meshes.append(mesh)
        docs += [user] + meshes
        for i in range(self.device_count):
            system, icon, _ = SYSTEMS[self.random.randrange(len(SYSTEMS))]
            mesh = meshes[self.random.randrange(self.group_count - 1)]  # the last one has nothing
            doc = {"_id": "node//" + self.token(64), "type": "node", "mtype": 2, "domain": "", "meshid": mesh["_id"], "icon": icon, "name": f"PC-{i:04d}",
                   "rname": f"pc{i}", "host": "203.0.113.7", "agent": {"ver": 0, "id": 4, "caps": 31}}
            if system is not None:
                doc["osdesc"] = system
            if i % 20 == 3:
                doc["tags"] = ["archived", "left"]
            docs.append(doc)
            if i % 3 == 0:
                docs.append({"_id": "lc" + doc["_id"], "type": "lastconnect", "domain": "", "meshid": mesh["_id"], "time": LAST_SEEN, "cause": 1})
        self.append(docs)

    def groups(self):
        return {d["_id"]: d["name"] for d in self.documents().values() if d.get("type") == "mesh"}

    def nodes(self):
        return [d for d in self.documents().values() if d.get("type") == "node"]
