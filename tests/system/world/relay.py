"""A gateway that takes mail from loopback and sends all of it to one host: what the tests of its durability break."""
import json
import pathlib
import subprocess

from .command import SEALPOST
from .dead_store import list_waiting, open_store
from .process import end, read_line_until, read_places

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
min_free_disk = "0"
[log]
level = "warning"
{more}"""

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

    def __init__(self, folder, names, route, data=None, prefix=(), environment=None, delivery="", more="", policy=""):
        self.folder, self.prefix, self.environment = pathlib.Path(folder), list(prefix), environment
        self.data = pathlib.Path(data or self.folder / "data")
        self.seen_data = self.data  # where the test sees it, when the program sees it elsewhere
        self.process = None
        self.config = self.folder / "sealpost.toml"
        self.config.write_text(CONFIG.format(data=self.data, names=names, delivery=delivery, more=more))
        (self.folder / "policy.toml").write_text(
            POLICY + (f'[[route]]\ndomain = "ALL"\nhosts = ["{route[0]}:{route[1]}"]\n' if route else "") + policy)

    def commit_policy(self):
        self.command("policy", "submit", self.folder / "policy.toml")
        self.command("policy", "commit", "-m", "the test's policy")

    def command(self, *arguments):
        done = subprocess.run([*self.prefix, SEALPOST, "--config", str(self.config), *map(str, arguments)], capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def list_queue(self):
        return json.loads(self.command("--format", "json", "queue", "list"))["messages"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """In peace: what is under way is settled first."""
        if self.process is not None:
            end(self.process)
            self.process.stdout.close()
            self.process = None

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
        self.addresses = read_places(line)
        self.address = self.addresses["private"]
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

    def store(self):
        return open_store(self.seen_data)

    def list_waiting(self):
        return list_waiting(self.seen_data)


def start_relay(start, *arguments, **options):
    """One that runs, with its policy in force."""
    relay = start(Relay(*arguments, **options))
    relay.commit_policy()
    return relay.start()
