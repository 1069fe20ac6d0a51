"""A real Request Tracker 5 on loopback, for tests: Debian's packages, with a configuration, a SQLite database and a web server of its own in a
temporary folder.

    with RequestTracker() as rt: rt.fill(…); rt.api("POST", "/ticket", {...}); rt.sql("select …")

Nothing outside the temporary folder is configured: RT_SITE_CONFIG names the configuration, and only the process started here is stopped, by its id.
Missing packages are installed with apt-get, which needs root; where that is not to be had, Unavailable says why.
"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from zabbix_server import Unavailable, answers, free_port, wait_for

PACKAGES = {  # package: the file that shows that it is there
    "request-tracker5": "/usr/sbin/rt-setup-database-5",
    "rt5-db-sqlite": "/usr/share/doc/rt5-db-sqlite",
    "rt5-standalone": "/usr/share/doc/rt5-standalone",
}
SERVER = "/usr/share/request-tracker5/libexec/rt-server"
LIBRARY = "/usr/share/request-tracker5/lib"
CONFIG = """Set($rtname, 'billing-test');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '%(folder)s/rt.db');
Set($WebDomain, '127.0.0.1');
Set($WebPort, %(port)d);
Set($WebPath, '');
Set($Timezone, 'UTC');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
Set($MailCommand, 'testfile');
Set($MasonDataDir, '%(folder)s/mason');
Set($MasonSessionDir, '%(folder)s/sessions');
Set($LogDir, '%(folder)s');
Set($GnuPG, 'Enable', 0);
Set($SMIME, 'Enable', 0);
1;
"""


def install_missing():
    missing = [name for name, path in PACKAGES.items() if not os.path.exists(path)]
    if not missing:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Unavailable("not root, or no apt-get, and these packages are missing: " + " ".join(missing))
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"] + missing
    run = subprocess.run(install, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != 0:  # old lists are the usual reason
        subprocess.run(["apt-get", "update", "-q"], env=env, stdin=subprocess.DEVNULL, capture_output=True)
        run = subprocess.run(install, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if any(not os.path.exists(path) for path in PACKAGES.values()):
        raise Unavailable("apt-get could not install %s: %s" % (" ".join(missing), run.stderr.strip()[-400:]))


class RequestTracker:
    def __init__(self):
        self.folder = self.process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        install_missing()
        self.folder = tempfile.mkdtemp(prefix="billhook-rt-")
        for name in ("mason", "sessions", "none"):
            os.mkdir(os.path.join(self.folder, name))
        self.port = free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "RT_SITE_CONFIG": os.path.join(self.folder, "RT_SiteConfig.pm"),
                    "RT_SITE_CONFIG_DIR": os.path.join(self.folder, "none"), "HOME": self.folder}
        with open(self.env["RT_SITE_CONFIG"], "w", encoding="utf-8") as f:
            f.write(CONFIG % {"folder": self.folder, "port": self.port})
        self._run(["/usr/sbin/rt-setup-database-5", "--action", "init", "--skip-create", "--dba", "root", "--dba-password", ""])
        self.start_web()

    def start_web(self):
        log = open(os.path.join(self.folder, "web.log"), "ab")
        self.process = subprocess.Popen([SERVER, "--server", "Starlet", "--host", "127.0.0.1", "--port", str(self.port), "--max-workers", "2"], cwd=self.folder,
                                        env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        log.close()
        wait_for("rt-server", lambda: answers(self.port), self.process)

    def stop_web(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def stop(self):
        self.stop_web()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def _run(self, command, text=None):
        run = subprocess.run(command, cwd=self.folder, env=self.env, input=text, capture_output=True, text=True, timeout=300)
        if run.returncode != 0:
            raise RuntimeError("%s: %s" % (command[0], (run.stdout + run.stderr)[-800:]))
        return run.stdout

    # ---- filling and asking ----

    def perl(self, code):
        """Runs code with RT's own library, as its system user; what it prints."""
        return self._run(["/usr/bin/perl", "-I" + LIBRARY, "-"], "use utf8; use RT -init; binmode STDOUT, ':utf8'; my $sys = RT->SystemUser;\n" + code)

    def api(self, method, path, body=None, user="root", password="password", token=None):
        import base64
        headers = {"Content-Type": "application/json", "Authorization": "token " + token if token else
                   "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode()}
        request = urllib.request.Request(self.url + "/REST/2.0" + path, data=json.dumps(body).encode() if body is not None else None, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as f:
                return json.load(f)
        except urllib.error.HTTPError as e:
            raise RuntimeError("%s %s: %d %s" % (method, path, e.code, e.read()[:300]))

    def sql(self, text, *params):
        """Rows of RT's own database; one that writes commits."""
        for _ in range(100):
            try:
                with sqlite3.connect(os.path.join(self.folder, "rt.db"), timeout=10) as db:
                    return db.execute(text, params).fetchall()
            except sqlite3.OperationalError as e:
                if "locked" not in str(e):
                    raise
                time.sleep(0.05)
        raise RuntimeError("the database stays locked")
