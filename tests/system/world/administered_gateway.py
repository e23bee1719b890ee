"""A gateway with administrators and an administration of its own."""
import json
import smtplib

from .administrator import Administrator
from .authority import Authority
from .command import sealpost
from .names import Names, reverse_zone
from .node import Node
from .ports import free_port
from .setting import PASSWORD

CLIENT = "127.0.0.7"  # who sends mail

CONFIG = """\
[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 2
[dns]
resolver = "{names}"
[tls]
trust = ["{root}"]
[[certificate]]
name  = "mx1"
chain = "mx1.pem"
key   = "mx1.key"
[[listener]]
name        = "public"
kind        = "public"
address     = "127.0.0.2:0"
certificate = "mx1"
[admin]
listen      = "127.0.0.1:{admin_port}"
certificate = "mx1"
url         = "https://localhost:{admin_port}"
[delivery]
first_retry = "1h"
[limits]
drain_timeout = "2s"
"""

POLICY = """\
[[listener_defaults]]
max_messages_per_connection = 100000
max_connections_per_host    = 100
[[mail_flow_policy]]
name     = "ACCEPTED"
behavior = "accept"
[[mail_flow_policy]]
name     = "BLOCKED"
behavior = "reject"
[[sender_group]]
name     = "BLOCKED_LIST"
listener = "public"
order    = 1
policy   = "BLOCKED"
senders  = []
[[sender_group]]
name     = "PARTNERS"
listener = "public"
order    = 2
policy   = "ACCEPTED"
senders  = []
[[recipient]]
address = "acme.test"
[[route]]
domain = "acme.test"
hosts  = ["127.0.0.4:{inner_port}"]
"""


class AdministeredGateway:
    """A gateway alone, with two administrators; nobody takes its mail on, so the queue holds all that it accepted."""

    def __init__(self, folder, start):
        self.folder = folder / "acme"
        self.authority = Authority(folder / "authority")
        self.authority.issue(self.folder, "mx1", "mx1.acme.test", "localhost")
        names = start(Names(folder / "names", {"acme.test": ["@ MX 10 mx1", "mx1 A 127.0.0.2"], "partner.test": [f"mx A {CLIENT}"],
                                               **reverse_zone({CLIENT: "mx.partner.test"})}))
        self.admin_port = free_port("127.0.0.1")
        self.config = self.folder / "sealpost.toml"
        filled = {"names": names.endpoint, "root": self.authority.root, "admin_port": self.admin_port,
                  "inner_port": free_port("127.0.0.4")}
        self.config.write_text(CONFIG.format(**filled))
        (self.folder / "policy.toml").write_text(POLICY.format(**filled))
        self.command("policy", "submit", self.folder / "policy.toml")
        self.command("policy", "commit", "-m", "the test's policy")
        for name in ("mia", "max"):
            self.command("admin", "add", name, "--node", "--password-stdin", stdin=PASSWORD + "\n")
        self.start_context = start
        self.start()

    def start(self):
        self.node = self.start_context(Node(self.config))

    def command(self, *arguments, stdin="", expect=0):
        return sealpost("--config", self.config, *arguments, stdin=stdin, expect=expect)

    def sign_in(self, name):
        return Administrator(self.node.addresses["admin"], f"https://localhost:{self.admin_port}", self.authority.root, name,
                             PASSWORD)

    def connect(self):
        host, port = self.node.addresses["public"]
        return smtplib.SMTP(host, port, timeout=60, source_address=(CLIENT, 0))

    def count_queued(self):
        return len(json.loads(self.command("--format", "json", "queue", "list", "--limit", 10000))["messages"])


def add_senders(group, *senders):
    return {"do": "add_senders", "row": f"public/{group}", "text": "\n".join(senders) + "\n"}
