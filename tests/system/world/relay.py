"""A gateway that takes mail from loopback and sends all of it to one host: what the tests of its durability break."""
import contextlib
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

from .command import SEALPOST, sealpost
from .process import end, read_line_until

CONFIG = """\
[node]
hostname = "mx1.acme.test"
data_dir = "{data}"
roles    = ["gateway"]
workers  = 2
[dns]
resolver = "{names}"
timeout  = "2s"
[[listener]]
name    = "private"
kind    = "private"
address = "127.0.0.2:0"
[delivery]
first_retry   = "1s"
longest_retry = "2s"
{delivery}
[limits]
drain_timeout = "2s"
{limits}
[log]
level = "warning"
"""

POLICY = """\
[[mail_flow_policy]]
name     = "RELAYED"
behavior = "relay"
[[sender_group]]
name     = "INSIDE"
listener = "private"
policy   = "RELAYED"
senders  = ["127.0.0.0/8"]
"""


class Relay:
    """`prefix` and `environment`: what the program is started with. `route`: (host, port) for all mail."""

    def __init__(self, folder, names, route, data=None, prefix=(), environment=None, delivery="", limits="", policy=""):
        self.folder, self.prefix, self.environment = pathlib.Path(folder), list(prefix), environment
        self.data = pathlib.Path(data or self.folder / "data")
        self.process = None
        self.config = self.folder / "sealpost.toml"
        self.config.write_text(CONFIG.format(data=self.data, names=names, delivery=delivery, limits=limits))
        (self.folder / "policy.toml").write_text(
            POLICY + (f'[[route]]\ndomain = "ALL"\nhosts = ["{route[0]}:{route[1]}"]\n' if route else "") + policy)

    def commit_policy(self):
        self.command("policy", "submit", self.folder / "policy.toml")
        self.command("policy", "commit", "-m", "the test's policy")

    def command(self, *arguments):
        return sealpost("--config", self.config, *arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None:
            end(self.process)
            self.process.stdout.close()

    def spawn(self):
        with open(self.folder / "stderr.log", "ab") as errors:
            self.process = subprocess.Popen([*self.prefix, SEALPOST, "--config", str(self.config), "serve"], env=self.environment,
                                            stdout=subprocess.PIPE, stderr=errors, cwd=self.folder)

    def start(self):
        """Answers when it is ready; its listener is then at `address`."""
        self.spawn()
        try:
            line = read_line_until(self.process.stdout, "ready", 60)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.errors[-4000:]}") from None
        endpoint = next(word.split("=")[1] for word in line.split() if word.startswith("private="))
        host, port = endpoint.rsplit(":", 1)
        self.address = (host, int(port))
        return self

    def kill(self):
        """As if the power of the program went: kill -9."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    @property
    def errors(self):
        return (self.folder / "stderr.log").read_text()

    @contextlib.contextmanager
    def store(self):
        """The store as a crash left it, opened in a copy so that nothing is mended in the original."""
        with tempfile.TemporaryDirectory(prefix="sealpost-store-") as folder:
            for file in self.data.iterdir():
                if file.is_file() and ".db" in file.name and not file.name.endswith("-shm"):
                    shutil.copy(file, folder)
            main, = pathlib.Path(folder).glob("*.db")
            with contextlib.closing(sqlite3.connect(main)) as store:
                yield store

    def list_waiting(self):
        """The addresses for which the queue of the dead program has something to deliver."""
        with self.store() as store:
            return [row[0] for row in store.execute("select address from queue_recipient")]
