"""The organisations of the system tests: acme.test with a Sealpost gateway and an inner Postfix,
partner.test with a Postfix of its own, keys.test with a Sealpost service; names by NSD."""
import os
import pathlib
import socket

from .authority import Authority
from .command import commit_policy, sealpost
from .names import Names, reverse_zone
from .node import Node
from .ports import free_port
from .postfix import Postfix
from .postgres import Postgres

GATEWAY, PARTNER, INNER, SENDING, FRONT = "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"
PASSWORD = "correct horse battery"

SERVICE_CONFIG = """\
[node]
hostname = "keys.test"
data_dir = "data"
roles    = ["service"]
workers  = 1
[dns]
resolver = "{names}"
[tls]
trust = ["{root}"]
[[certificate]]
name  = "keys"
chain = "keys.pem"
key   = "keys.key"
[service]
url            = "https://localhost:{service_port}"
listen         = "127.0.0.1:{service_port}"
certificate    = "keys"
kek            = "file:kek.key"
mail_domain    = "keys.test"
send_addresses = ["127.0.0.5"]
[delivery]
mx_port     = {mx_port}
helo        = "out.keys.test"
first_retry = "1s"
[[dkim]]
domain   = "keys.test"
selector = "s1"
key      = "dkim.key"
[limits]
drain_timeout = "2s"
"""

GATEWAY_CONFIG = """\
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
address     = "127.0.0.2:{public_port}"
certificate = "mx1"
[[listener]]
name        = "private"
kind        = "private"
address     = "127.0.0.2:0"
certificate = "mx1"
[[listener]]
name        = "submission"
kind        = "submission"
address     = "127.0.0.2:0"
certificate = "mx1"
users_file  = "submission.users"
[[listener]]
name         = "smtps"
kind         = "submission"
address      = "127.0.0.2:0"
certificate  = "mx1"
implicit_tls = true
users_file   = "submission.users"
[gateway]
service_url = "https://localhost:{service_port}"
token_file  = "service.token"
[delivery]
mx_port        = {mx_port}
source_address = "127.0.0.2"
first_retry    = "1s"
longest_retry  = "2s"
[[dkim]]
domain   = "acme.test"
selector = "s1"
key      = "dkim.key"
[limits]
drain_timeout = "2s"
"""

POLICY = """\
[[listener_defaults]]
max_message_size = "100M"

[[mail_flow_policy]]
name     = "ACCEPTED"
behavior = "accept"
[[mail_flow_policy]]
name     = "RELAYED"
behavior = "relay"
[[mail_flow_policy]]
name     = "KEYS_TLS"
behavior = "accept"
tls      = "required"
[[mail_flow_policy]]
name     = "SUBMITTED"
behavior = "accept"
tls      = "required"
auth     = "required"

[[sender_group]]
name     = "KEYS"
listener = "public"
order    = 1
policy   = "KEYS_TLS"
senders  = ["keys.test", ".keys.test"]
[[sender_group]]
name     = "EVERYBODY"
listener = "public"
policy   = "ACCEPTED"
senders  = ["ALL"]
[[sender_group]]
name     = "INSIDE"
listener = "private"
policy   = "RELAYED"
senders  = ["127.0.0.0/8"]
[[sender_group]]
name     = "STAFF"
listener = "submission"
policy   = "SUBMITTED"
senders  = ["ALL"]
[[sender_group]]
name     = "STAFF_SMTPS"
listener = "smtps"
policy   = "SUBMITTED"
senders  = ["ALL"]

[[recipient]]
address = "acme.test"

[[route]]
domain = "acme.test"
hosts  = ["127.0.0.4:{inner_port}"]

[[encryption_profile]]
name                = "default"
attachment_max_size = "64M"
receipt             = false  # tests count Alice's mails; X-Sealpost-Receipt asks for one

[[encryption_rule]]
name             = "tagged"
subject_contains = ["[secure]"]
"""


class Setting:
    """Starts everything through `start` (the fixture) and keeps what tests need to know. `front`: the MX of
    acme.test is another host, 127.0.0.6, which the test starts itself on `mx_port`. `zones`: more lines for
    these zones, or whole ones of their own: {"keys.test": ['@ TXT "v=spf1 -all"']}. `make_names`: what serves them.
    `postgres`: where the nodes store, each in a database of its own; otherwise in files, unless SEALPOST_SYSTEM_POSTGRES is set."""

    def __init__(self, folder, start, front=False, zones=None, make_names=Names, postgres=None):
        self.folder, self.start_context = pathlib.Path(folder), start
        self.postgres = postgres or (start(Postgres()) if os.environ.get("SEALPOST_SYSTEM_POSTGRES") else None)
        self.authority = Authority(self.folder / "authority")
        self.mx_port = free_port(GATEWAY, PARTNER, FRONT)
        self.public_port = free_port(GATEWAY) if front else self.mx_port
        self.inner_port = free_port(INNER)
        self.service_port = free_port("127.0.0.1")
        acme_key, keys_key = self._make_dkim_key("acme"), self._make_dkim_key("keys")
        mx = ("front.acme.test", FRONT) if front else ("mx1.acme.test", GATEWAY)
        served = {
            "acme.test": [f"@ MX 10 {mx[0]}.", f"mx1 A {GATEWAY}", f"front A {FRONT}", acme_key],
            "partner.test": ["@ MX 10 mx.partner.test.", f"mx A {PARTNER}"],
            "keys.test": ["@ A 127.0.0.1", f"out A {SENDING}", keys_key],
            **reverse_zone({GATEWAY: "mx1.acme.test", PARTNER: "mx.partner.test", SENDING: "out.keys.test",
                            FRONT: "front.acme.test"})}
        for zone, lines in (zones or {}).items():
            served[zone] = [*served.get(zone, []), *lines]
        self.names = start(make_names(self.folder / "names", served))
        self._make_service()
        self._make_gateway()

    def _make_dkim_key(self, organisation):
        """The record for the zone."""
        folder = self.folder / organisation
        folder.mkdir(parents=True, exist_ok=True)
        return sealpost("dkim", "new", "--domain", f"{organisation}.test", "--selector", "s1",
                        "--key-out", folder / "dkim.key").strip()

    def _fill(self, template):
        return template.format(names=self.names.endpoint, root=self.authority.root, mx_port=self.mx_port,
                               public_port=self.public_port, service_port=self.service_port, inner_port=self.inner_port)

    def _store(self, name):
        return f'[store]\nurl = "{self.postgres.url(name)}"\n' if self.postgres else ""

    def _make_service(self):
        folder = self.folder / "keys"
        self.authority.issue(folder, "keys", "keys.test", "localhost")
        self.service_config = folder / "sealpost.toml"
        self.service_config.write_text(self._fill(SERVICE_CONFIG) + self._store("keys"))
        self.serve_command("kek", "new")
        self.serve_command("account", "add", "acme", "--organisation", "Acme", "--domain", "acme.test")
        self.token = self.serve_command("token", "new", "acme", "--label", "mx1").split()[0]
        self.serve_command("admin", "add", "admin", "--account", "acme", "--password-stdin", stdin=PASSWORD + "\n")
        self.serve_command("domain", "add", "acme.test", "--account", "acme", "--trust-ownership-without-proof")

    def _make_gateway(self):
        folder = self.folder / "acme"
        self.authority.issue(folder, "mx1", "mx1.acme.test")
        hashed = sealpost("config", "hash-password", stdin=PASSWORD + "\n").strip()
        self._write_secret(folder / "submission.users", f"alice@acme.test:{hashed}\n")
        self._write_secret(folder / "service.token", self.token + "\n")
        self.gateway_config = folder / "sealpost.toml"
        self.gateway_config.write_text(self._fill(GATEWAY_CONFIG) + self._store("acme"))
        self.commit_policy()

    def commit_policy(self, more="", first=""):
        """The policy of all tests, with sections of this one behind it, or before it, where the first match wins."""
        commit_policy(self.gateway_config, first + self._fill(POLICY) + more)

    def commit_route(self, domain, address):
        """All mail for the domain goes to this (host, port)."""
        self.commit_policy('[[route]]\ndomain = "{}"\nhosts  = ["{}:{}"]\n'.format(domain, *address))

    @staticmethod
    def _write_secret(path, text):
        path.write_text(text)
        path.chmod(0o600)

    def serve_command(self, *arguments, stdin="", expect=0):
        return sealpost("--config", self.service_config, *arguments, stdin=stdin, expect=expect)

    def start_service(self, **options):
        """`options`: of its Node."""
        return self.start_context(Node(self.service_config, **options))

    def start_gateway(self):
        return self.start_context(Node(self.gateway_config))

    def start_inner(self):
        return self.start_context(Postfix("inner.acme.test", (INNER, self.inner_port), mailboxes=["alice@acme.test"]))

    def start_partner(self, mailboxes=("bob@partner.test",)):
        folder = self.folder / "partner"
        self.authority.issue(folder, "mx", "mx.partner.test")
        return self.start_context(Postfix(
            "mx.partner.test", (PARTNER, self.mx_port), mailboxes=mailboxes,
            certificate=(folder / "mx.pem", folder / "mx.key"), transports={"acme.test": (GATEWAY, self.public_port)}))
