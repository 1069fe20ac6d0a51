#!/usr/bin/python3
"""A real Zabbix 6.0 API on loopback, for tests: Debian's front end under PHP's own web server, on a PostgreSQL cluster of
its own in a temporary folder. zabbix_server itself is not needed for the API.

As a module:    with ZabbixServer() as zabbix: zabbix.fill(); zabbix.api("host.get", {...}); zabbix.sql("select ...")
As a script:    zabbix_server.py [--fill] [--hosts N] [--clients N] [--seed N]   (prints one JSON line, then serves until ^C)

Nothing outside the temporary folder is configured: the cluster listens on a free port of 127.0.0.1, the front end is a copy
whose configuration stands beside it, and only the processes started here are stopped, by their ids. Missing packages are
installed with apt-get, which needs root; where that is not to be had, Unavailable says why.
"""
import argparse
import gzip
import json
import os
import pwd
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

PACKAGES = {  # package: the file that shows that it is there
    "postgresql-15": "/usr/lib/postgresql/15/bin/initdb",
    "postgresql-client-15": "/usr/lib/postgresql/15/bin/psql",
    "php8.2-cli": "/usr/bin/php8.2",
    "php8.2-cgi": "/usr/bin/php-cgi8.2",  # satisfies "php" without a web server that would start itself
    "php8.2-pgsql": "/etc/php/8.2/mods-available/pgsql.ini",
    "php8.2-bcmath": "/etc/php/8.2/mods-available/bcmath.ini",
    "php8.2-gd": "/etc/php/8.2/mods-available/gd.ini",
    "php8.2-mbstring": "/etc/php/8.2/mods-available/mbstring.ini",
    "php8.2-xml": "/etc/php/8.2/mods-available/xml.ini",
    "zabbix-frontend-php": "/usr/share/zabbix/api_jsonrpc.php",
    "zabbix-server-pgsql": "/usr/share/zabbix-server-pgsql/schema.sql.gz",
}
PG_BIN = "/usr/lib/postgresql/15/bin"
FRONTEND = "/usr/share/zabbix"
SCHEMA = "/usr/share/zabbix-server-pgsql"
CONFIG_LINE = "const CONFIG_FILE_PATH = '/etc/zabbix/zabbix.conf.php';"
ADMIN, ADMIN_PASSWORD = "Admin", "zabbix"  # as the shipped data has it
START_SECONDS = 60


class Unavailable(Exception):
    """This machine cannot have the server; the words say why."""


class ApiError(Exception):
    def __init__(self, error):
        super().__init__(f"{error.get('message')} {error.get('data')}")
        self.error = error


def install_missing():
    """Installs what is missing of PACKAGES; returns the names that it installed."""
    missing = [name for name, path in PACKAGES.items() if not os.path.exists(path)]
    if not missing:
        return []
    if os.geteuid() != 0:
        raise Unavailable("not root, and these packages are missing: " + " ".join(missing))
    if not shutil.which("apt-get"):
        raise Unavailable("no apt-get, and these packages are missing: " + " ".join(missing))
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    wanted = list(missing)
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"] + wanted
    run = subprocess.run(install, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != 0:  # old lists are the usual reason
        subprocess.run(["apt-get", "update", "-q"], env=env, stdin=subprocess.DEVNULL, capture_output=True)
        run = subprocess.run(install, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    missing = [name for name, path in PACKAGES.items() if not os.path.exists(path)]
    if run.returncode != 0 or missing:
        raise Unavailable(f"apt-get could not install {' '.join(missing)}: {run.stderr.strip()[-400:]}")
    return wanted


def many_at_a_time(text, together=200):
    r"""psql sends a statement at a time, and the shipped data has 170,000: joined by \;, two hundred travel as one."""
    statements = text.split(b");\nINSERT INTO ")
    out = [statements[0]]
    for i, statement in enumerate(statements[1:], 1):
        out.append((b");\nINSERT INTO " if i % together == 0 else b")\\;\nINSERT INTO ") + statement)
    return b"".join(out)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, condition, process=None, seconds=START_SECONDS):
    """Polls the condition; a process that ends meanwhile is an error at once."""
    limit = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what}: ended with status {process.returncode}")
        if time.monotonic() > limit:
            raise RuntimeError(f"{what}: not there after {seconds} s")
        time.sleep(0.05)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class ZabbixServer:
    def __init__(self, keep_output=False):
        self.folder = None
        self.web_process = self.pg_process = None
        self.token = None
        self.keep_output = keep_output
        self.password = secrets.token_hex(16)

    # ---- life ----

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        install_missing()
        # The servers refuse to be, or should not be, root; somebody else keeps their own name.
        self.user = None
        if os.geteuid() == 0:
            try:
                self.user = pwd.getpwnam("postgres")
            except KeyError:
                self.user = pwd.getpwnam("nobody")
        try:
            self.folder = tempfile.mkdtemp(prefix="billhook-zabbix-")
            os.chmod(self.folder, 0o755)
            self.run_folder = os.path.join(self.folder, "run")
            os.mkdir(self.run_folder, 0o700)
            if self.user:
                os.chown(self.run_folder, self.user.pw_uid, self.user.pw_gid)
            self._start_postgres()
            self._load_schema()
            self._copy_frontend()
            self.web_port = free_port()
            self.url = f"http://127.0.0.1:{self.web_port}"
            self.start_web()
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.stop_web()
        if self.pg_process:
            self._end(self.pg_process, signal.SIGQUIT)  # at once: nothing of it is kept
            self.pg_process = None
        if self.folder and not self.keep_output:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None

    def start_web(self):
        """Serves the front end, on the same port each time."""
        settings = {
            "opcache.enable_cli": "1", "memory_limit": "256M", "max_execution_time": "300", "post_max_size": "32M",
            "display_errors": "0", "log_errors": "1", "error_reporting": "E_ALL & ~E_DEPRECATED & ~E_WARNING",
            "session.save_path": self.run_folder, "upload_tmp_dir": self.run_folder, "date.timezone": "UTC",
        }
        command = ["/usr/bin/php8.2"]
        for key, value in settings.items():
            command += ["-d", f"{key}={value}"]
        command += ["-S", f"127.0.0.1:{self.web_port}", "-t", self.web_folder]
        self.web_process = self._spawn(command, "web.log", cwd=self.web_folder)
        wait_for("php -S", lambda: answers(self.web_port), self.web_process)

    def stop_web(self):
        if self.web_process:
            self._end(self.web_process, signal.SIGTERM)
            self.web_process = None

    def pids(self):
        return [p.pid for p in (self.web_process, self.pg_process) if p]

    def _as_user(self):
        if not self.user:
            return []
        return ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}", "--clear-groups", "--"]

    def _spawn(self, command, log, cwd):
        with open(os.path.join(self.folder, log), "ab") as out:
            return subprocess.Popen(self._as_user() + command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=subprocess.STDOUT, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
                                    start_new_session=True)

    @staticmethod
    def _end(process, sig):
        if process.poll() is None:
            process.send_signal(sig)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start_postgres(self):
        data = os.path.join(self.run_folder, "data")
        secret = os.path.join(self.run_folder, "password")
        with open(secret, "w", encoding="ascii") as f:
            f.write(self.password)
        if self.user:
            os.chown(secret, self.user.pw_uid, self.user.pw_gid)
        os.chmod(secret, 0o600)
        subprocess.run(self._as_user() + [f"{PG_BIN}/initdb", "-D", data, "-U", "zabbix", "-A", "scram-sha-256",
                                          f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
                       cwd=self.run_folder, check=True, stdin=subprocess.DEVNULL, capture_output=True)
        self.pg_port = free_port()
        settings = {"listen_addresses": "127.0.0.1", "port": self.pg_port, "unix_socket_directories": self.run_folder,
                    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB",
                    "max_wal_size": "1GB", "autovacuum": "on", "max_connections": "30"}
        command = [f"{PG_BIN}/postgres", "-D", data]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        self.pg_process = self._spawn(command, "postgres.log", cwd=self.run_folder)
        wait_for("postgres", lambda: self._psql("select 1", database="postgres", check=False).returncode == 0, self.pg_process)

    def _psql(self, text, database="zabbix", check=True):
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5"}
        command = [f"{PG_BIN}/psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
                   "-p", str(self.pg_port), "-U", "zabbix", "-d", database]
        run = subprocess.run(command, input=text if isinstance(text, bytes) else text.encode(), env=env, capture_output=True)
        if check and run.returncode != 0:
            raise RuntimeError("psql: " + run.stderr.decode(errors="replace")[-600:])
        return run

    def _load_schema(self):
        self._psql("create database zabbix template template0 encoding 'UTF8'", database="postgres")
        for part in ("schema", "images", "data"):
            with gzip.open(f"{SCHEMA}/{part}.sql.gz") as f:
                self._psql(many_at_a_time(f.read()))
        self._psql("analyze")  # without, host.create plans for empty tables and takes a minute

    def _copy_frontend(self):
        """Debian's front end reads one fixed path in /etc; the copy's constant names a file beside it instead."""
        self.web_folder = os.path.join(self.folder, "web")
        os.mkdir(self.web_folder)
        shutil.copy(f"{FRONTEND}/api_jsonrpc.php", self.web_folder)
        for part in ("include", "app", "conf", "local", "modules", "vendor", "data"):
            if os.path.isdir(f"{FRONTEND}/{part}"):
                shutil.copytree(f"{FRONTEND}/{part}", os.path.join(self.web_folder, part),
                                ignore_dangling_symlinks=True, ignore=shutil.ignore_patterns("certs", "COPYING"))
        source = os.path.join(self.web_folder, "include/classes/core/CConfigFile.php")
        conf = os.path.join(self.run_folder, "zabbix.conf.php")
        with open(source, encoding="utf-8") as f:
            text = f.read()
        if text.count(CONFIG_LINE) != 1:
            raise RuntimeError("CConfigFile.php is not as Debian 12 has it")
        with open(source, "w", encoding="utf-8") as f:
            f.write(text.replace(CONFIG_LINE, f"const CONFIG_FILE_PATH = '{conf}';"))
        with open(conf, "w", encoding="utf-8") as f:
            f.write("<?php\n$DB['TYPE'] = 'POSTGRESQL'; $DB['SERVER'] = '127.0.0.1'; "
                    f"$DB['PORT'] = '{self.pg_port}'; $DB['DATABASE'] = 'zabbix'; $DB['USER'] = 'zabbix'; "
                    f"$DB['PASSWORD'] = '{self.password}'; $DB['SCHEMA'] = ''; $DB['ENCRYPTION'] = false; "
                    "$DB['DOUBLE_IEEE754'] = true; $ZBX_SERVER_NAME = 'test'; $IMAGE_FORMAT_DEFAULT = 'PNG';\n")
        if self.user:
            os.chown(conf, self.user.pw_uid, self.user.pw_gid)
        os.chmod(conf, 0o600)

    # ---- asking ----

    def sql(self, text):
        """Rows of the server's own database, each a list of strings."""
        out = self._psql(text).stdout.decode()
        return [line.split("\t") for line in out.splitlines()]

    def api(self, method, params, auth=True):
        """One call as the administrator."""
        if auth and not self.token:
            self.token = self.api("user.login", {"username": ADMIN, "password": ADMIN_PASSWORD}, auth=False)
        body = {"jsonrpc": "2.0", "method": method, "params": params, "id": 1}
        if auth:
            body["auth"] = self.token
        request = urllib.request.Request(self.url + "/api_jsonrpc.php", data=json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json-rpc"})
        with urllib.request.urlopen(request, timeout=300) as f:
            answer = json.load(f)
        if "error" in answer:
            raise ApiError(answer["error"])
        return answer["result"]

    # ---- filling ----

    def fill(self, clients=40, hosts=1500, seed=1, users=True):
        """Client groups, hosts and users, through the API; the same for the same seed. Returns what was made."""
        rng = random.Random(seed)
        made = Fill()
        made.clients = client_names(clients)
        group_ids = self.api("hostgroup.create", [{"name": "Clients/" + n} for n in made.clients])["groupids"]
        made.group_ids = dict(zip(made.clients, group_ids))
        other = self.api("hostgroup.create", [{"name": n} for n in ("Linux fleet", "Own machines", "Clientele/Decoy")])["groupids"]
        fleet, own, decoy = other
        template_group = made.template_group = self.api("hostgroup.create", {"name": "Templates/Billing"})["groupids"][0]
        names = ["Billing workstation", "Billing server", "Billing network device"]
        ids = self.api("template.create", [{"host": n, "groups": [{"groupid": template_group}]} for n in names])["templateids"]
        templates = dict(zip(("workstation", "server", "network"), ids))

        batch = []
        for i in range(hosts):
            # The first client has by far the most, the last one none: lists are never even.
            weight = min(int(rng.paretovariate(1.1)) - 1, clients - 2) if i % 3 == 0 else rng.randrange(clients - 1)
            groups = [group_ids[weight]] + ([fleet] if rng.random() < 0.3 else [])
            if i % 400 == 7:  # a few that two clients share
                groups.append(group_ids[weight - 1 if weight else 1])
            batch.append(self._host(rng, i, groups, templates))
        # Machines of the MSP's own and of a group whose name only begins alike: nobody's.
        for i in range(hosts, hosts + 12):
            batch.append(self._host(rng, i, [own if i % 2 else decoy], templates))
        for at in range(0, len(batch), 250):
            made.host_ids += self.api("host.create", batch[at:at + 250])["hostids"]
        if users:
            self._fill_users(rng, made)
        return made

    @staticmethod
    def _host(rng, i, groups, templates):
        kind = rng.choices(("workstation", "server", "network", None), (70, 18, 8, 4))[0]
        place = rng.choice(("Albany", "Troy", "Zürich", "Saint-Étienne"))
        host = {"host": f"h{i:05}", "name": f"{(kind or 'box').upper()}-{i:05} {place}",
                "groups": [{"groupid": g} for g in groups], "status": 1 if rng.random() < 0.07 else 0,
                "tags": [{"tag": "site", "value": place}], "inventory_mode": 0,
                "inventory": {"serialno_a": f"SN{rng.randrange(10 ** 8):08}", "type": kind or "",
                              "os": {"workstation": "Windows 11", "server": "Debian 12"}.get(kind, "")}}
        if kind and rng.random() < 0.75:
            host["tags"].append({"tag": "class", "value": kind})
        elif kind:
            host["templates"] = [{"templateid": templates[kind]}]
        if rng.random() < 0.05:
            host["tags"] += [{"tag": "note", "value": 'a "quoted" \\ <note>, 日本'}, {"tag": "role", "value": "a"},
                             {"tag": "role", "value": "b"}]
        if rng.random() < 0.05:
            host["inventory_mode"] = -1
            del host["inventory"]
        return host

    def _fill_users(self, rng, made):
        names = made.clients[:-2]  # two clients have no group of users
        ids = self.api("usergroup.create", [{"name": "Clients/" + n} for n in names])["usrgrpids"]
        off = self.api("usergroup.create", {"name": "Left the company", "users_status": 1})["usrgrpids"][0]
        made.user_group_ids = dict(zip(names, ids))
        batch = []
        for g in ids[1:]:  # the first group stays empty
            for _ in range(rng.randrange(1, 5)):  # a password hash each: a tenth of a second
                n = len(batch)
                groups = [{"usrgrpid": g}]
                if rng.random() < 0.1:
                    groups.append({"usrgrpid": off})
                batch.append({"username": f"u{n:04}@clients.example", "name": f"Ünal {n}", "surname": "O'Neill", "roleid": "1",
                              "passwd": f"pass-{rng.randrange(10 ** 12):012}", "usrgrps": groups})
        for at in range(0, len(batch), 100):
            made.user_ids += self.api("user.create", batch[at:at + 100])["userids"]

    def create_token(self, name="billing"):
        """An API token of the administrator: 64 hex digits."""
        token_id = self.api("token.create", {"name": name, "userid": "1"})["tokenids"][0]
        return self.api("token.generate", [token_id])[0]["token"]


class Fill:
    def __init__(self):
        self.clients, self.host_ids, self.user_ids = [], [], []
        self.group_ids, self.user_group_ids, self.template_group = {}, {}, None


def client_names(n):
    """Names as clients have them, the same each time."""
    odd = ["Acme Dental", "Müller & Söhne", "O'Brien Law", "Café \"Rive\"", "Northern Freight, Inc.", "東京商事", "A", "acme-dental"]
    return (odd + [f"Client {i:03}" for i in range(len(odd), n)])[:n]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--fill", action="store_true", help="make clients, hosts and users")
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--hosts", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    try:
        with ZabbixServer() as zabbix:
            ready = time.monotonic()
            if args.fill:
                zabbix.fill(args.clients, args.hosts, args.seed)
            print(json.dumps({"url": zabbix.url, "token": zabbix.create_token(), "user": ADMIN, "password": ADMIN_PASSWORD,
                              "version": zabbix.api("apiinfo.version", {}, auth=False), "postgres_port": zabbix.pg_port,
                              "postgres_password": zabbix.password, "pids": zabbix.pids(),
                              "seconds": {"start": round(ready - began, 1), "fill": round(time.monotonic() - ready, 1)}}),
                  flush=True)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        pass
    except Unavailable as e:
        sys.exit(f"zabbix_server.py: {e}")


if __name__ == "__main__":
    main()
