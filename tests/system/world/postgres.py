"""A PostgreSQL server of Debian's, on a socket in a folder of its own, for everybody on this machine who finds it."""
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from .ports import free_port
from .process import end

SERVER_USER = "postgres"  # the server refuses to run as root


class Postgres:
    """with Postgres() as postgres: postgres.url("name") is a new and empty database. `certificate`: (chain, key) files; then it is
    also at `localhost` by TCP, where only TLS is let in (`tls_url`)."""

    def __init__(self, certificate=None):
        self.certificate, self.port = certificate, free_port("127.0.0.1") if certificate else 5432
        self.programs = max(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        self.server = None

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has 107 octets at most
        self.user = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam(SERVER_USER)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self.user = ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        self.folder.chmod(0o755)
        # Text is compared octet by octet in tables anyway; the cluster's own words are in English.
        self.run("initdb", "-D", self.data, "-U", "sealpost", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        if self.certificate:
            self.offer_tls()
        self.start()
        return self

    def offer_tls(self):
        for file, name in zip(self.certificate, ("server.crt", "server.key")):
            target = self.data / name
            shutil.copy(file, target)
            target.chmod(0o600)
            shutil.chown(target, self.data.owner())
        (self.data / "pg_hba.conf").write_text("local all all trust\nhostssl all all 127.0.0.1/32 trust\n")

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def data(self):
        return self.folder / "data"

    def run(self, program, *words):
        done = subprocess.run([*self.user, self.programs / program, *words], cwd=self.folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        words = [f"port={self.port}", f"unix_socket_directories={self.folder}", "unix_socket_permissions=0777", "max_connections=300",
                 "shared_buffers=64MB", *(["listen_addresses=127.0.0.1", "ssl=on"] if self.certificate else ["listen_addresses="])]
        with open(self.folder / "log", "ab") as log:
            self.server = subprocess.Popen([*self.user, self.programs / "postgres", "-D", self.data, *(word for each in words for word in ("-c", each))],
                                           cwd=self.folder, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port)], timeout=20).returncode != 0:
            assert self.server.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self, how=signal.SIGINT):  # SIGINT: the sessions are cut; SIGQUIT: as after a loss of power
        if self.server and self.server.poll() is None:
            self.server.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.server.wait(30)
            end(self.server)

    def ask(self, sql, database="postgres"):
        """What psql prints: a line a row."""
        return self.run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-p", str(self.port), "-U", "sealpost", "-d", database, "-c", sql).strip()

    def url(self, name):
        self.ask(f'create database "{name}"')
        return f"postgresql:///{name}?host={self.folder}&user=sealpost&port={self.port}"

    def tls_url(self, name, root):
        self.ask(f'create database "{name}"')
        return f"postgresql://sealpost@localhost:{self.port}/{name}?sslmode=verify-full&sslrootcert={root}"
