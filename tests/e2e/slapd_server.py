#!/usr/bin/python3
"""A real slapd on loopback, for tests: Debian's, with a configuration, certificates and a database of its own in a temporary folder.

    with SlapdServer() as slapd: slapd.add(ldif); slapd.slapcat()

It cuts ordinary searches off at 500 entries, pages for all but the account SMALL, which gets no more than 100, and listens on two free ports of
127.0.0.1: ldap:// (StartTLS) and ldaps://. Missing packages are installed with apt-get, which needs root; where that is not to be had, Unavailable says why.
"""
import base64
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PACKAGES = {"slapd": "/usr/sbin/slapd", "ldap-utils": "/usr/bin/ldapsearch", "openssl": "/usr/bin/openssl"}
SUFFIX = "dc=msp,dc=example"
ROOT_DN, READER, SMALL, PASSWORD = "cn=root," + SUFFIX, "cn=billing," + SUFFIX, "cn=small," + SUFFIX, "correct horse"
START_SECONDS = 30

CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.1696 NAME 'lastLogonTimestamp' EQUALITY integerMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.99999.1 NAME 'adAccount' SUP top AUXILIARY MAY ( userAccountControl $ objectGUID $ lastLogonTimestamp ) )
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {folder}/server.pem
TLSCertificateKeyFile {folder}/server.key
database mdb
suffix "{suffix}"
rootdn "{root}"
rootpw "{password}"
directory {folder}/db
maxsize 268435456
dbnosync
index objectClass eq
limits dn.exact="{small}" size.soft=100 size.hard=100 size.prtotal=100
sizelimit size.soft=500 size.hard=500 size.prtotal=unlimited
access to dn.subtree="ou=Hidden,{suffix}" by * none
access to attrs=userPassword by * auth
access to * by dn.exact="{reader}" read by dn.exact="{small}" read by * none
"""

PEOPLE = f"""dn: {SUFFIX}
objectClass: dcObject
objectClass: organization
dc: msp
o: MSP

dn: {READER}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: billing
userPassword: {PASSWORD}

dn: {SMALL}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: small
userPassword: {PASSWORD}

"""


class Unavailable(Exception):
    """This machine cannot have the server; the words say why."""


def install_missing():
    missing = [name for name, path in PACKAGES.items() if not os.path.exists(path)]
    if not missing:
        return
    if os.geteuid() != 0:
        raise Unavailable("not root, and these packages are missing: " + " ".join(missing))
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    # Without a configuration of its own the package starts no server.
    subprocess.run(["debconf-set-selections"], input="slapd slapd/no_configuration boolean true\n", text=True, env=env, check=False)
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"] + missing
    run = subprocess.run(install, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != 0:  # old lists are the usual reason
        subprocess.run(["apt-get", "update", "-q"], env=env, stdin=subprocess.DEVNULL, capture_output=True)
        run = subprocess.run(install, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != 0 or any(not os.path.exists(path) for path in PACKAGES.values()):
        raise Unavailable(f"apt-get could not install {' '.join(missing)}: {run.stderr.strip()[-400:]}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class SlapdServer:
    def __init__(self):
        self.process = self.folder = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        install_missing()
        try:
            self.folder = tempfile.mkdtemp(prefix="billhook-slapd-")
            os.mkdir(self.path("db"), 0o700)
            self._certificates()
            with open(self.path("slapd.conf"), "w", encoding="utf-8") as f:
                f.write(CONFIG.format(folder=self.folder, suffix=SUFFIX, root=ROOT_DN, reader=READER, small=SMALL, password=PASSWORD))
            os.chmod(self.path("slapd.conf"), 0o600)
            self.port, self.tls_port = free_port(), free_port()
            self.url, self.tls_url = f"ldap://127.0.0.1:{self.port}", f"ldaps://127.0.0.1:{self.tls_port}"
            self.add(PEOPLE)
            self.serve()
        except BaseException:
            self.stop()
            raise

    def path(self, name):
        return os.path.join(self.folder, name)

    def serve(self):
        log = open(self.path("slapd.log"), "ab")
        with log:
            self.process = subprocess.Popen(["/usr/sbin/slapd", "-d", "0", "-f", self.path("slapd.conf"), "-h", f"{self.url} {self.tls_url}"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        with open(self.path("slapd.log"), errors="replace") as f:
            raise Unavailable("slapd does not start: " + f.read()[-600:])

    def stop(self):
        self.pause()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder = None

    def pause(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def _openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.folder, check=True, stdin=subprocess.DEVNULL, capture_output=True)

    def _certificates(self):
        """An authority, a server that it has signed for 127.0.0.1, and another authority that has not."""
        for name in ("ca", "other"):
            self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-subj", f"/CN={name}",
                          "-keyout", f"{name}.key", "-out", f"{name}.pem")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1", "-keyout", "server.key",
                      "-out", "server.csr")
        with open(self.path("san"), "w", encoding="ascii") as f:
            f.write("subjectAltName=IP:127.0.0.1\n")
        self._openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "san",
                      "-out", "server.pem")

    def add(self, ldif):
        """Entries, while it does not run: straight into the database."""
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", self.path("slapd.conf")], input=ldif.encode(), check=True, capture_output=True)

    def modify(self, ldif):
        subprocess.run(["ldapmodify", "-x", "-H", self.url, "-D", ROOT_DN, "-w", PASSWORD], input=ldif.encode(), check=True, capture_output=True)

    def slapcat(self):
        """What the database itself has: [(dn, {attribute: [values]})]"""
        out = subprocess.run(["/usr/sbin/slapcat", "-f", self.path("slapd.conf"), "-o", "ldif-wrap=no"], check=True, capture_output=True).stdout.decode()
        entries = []
        for block in out.strip().split("\n\n"):
            found = {}
            for line in block.split("\n"):
                name, _, value = line.partition(": ")
                if name.endswith(":"):  # "cn:: …"
                    name, value = name[:-1], base64.b64decode(value).decode(errors="replace")
                found.setdefault(name, []).append(value)
            entries.append((found.pop("dn")[0], found))
        return entries
