"""A gateway has its certificates issued and renewed by Debian's pebble, an ACME authority."""
import json
import smtplib
import socket
import ssl
import time

import pytest

from world.administrator import Administrator
from world.authority import Authority
from world.command import sealpost
from world.names import Names
from world.node import Node
from world.pebble import ADDRESS, Pebble
from world.ports import free_port
from world.setting import PASSWORD
from world.waiting import wait_until

ZONES = {"acme.test": ["mx1 A 127.0.0.2", "mx2 A 127.0.0.2", "mx3 A 127.0.0.2"], "test": [f"ca A {ADDRESS}"]}

CONFIG = """\
[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 1
[dns]
resolver = "{names}"
[tls]
trust = ["{root}"]
[log]
level = "debug"
file  = "log"
[[certificate]]
name  = "pages"
chain = "pages.pem"
key   = "pages.key"
{certificates}
[[listener]]
name        = "public"
kind        = "public"
address     = "127.0.0.2:0"
certificate = "mx1"
[admin]
listen      = ["127.0.0.1:{admin_port}", "127.0.0.2:{admin_port}"]
certificate = ["pages", {shown}]
url         = "https://localhost:{admin_port}"
[[acme]]
name           = "pebble"
directory      = "{directory}"
contact        = "postmaster@acme.test"
agree_to_terms = true
challenge      = "{challenge}"
{listen}
[limits]
drain_timeout = "2s"
"""
POLICY = """\
[[mail_flow_policy]]
name     = "ACCEPTED"
behavior = "accept"
[[sender_group]]
name     = "EVERYBODY"
listener = "public"
policy   = "ACCEPTED"
senders  = ["ALL"]
[[recipient]]
address = "acme.test"
"""


class World:
    """acme.test with a gateway whose certificates an authority issues."""

    def __init__(self, folder, start):
        self.folder, self.start = folder / "acme", start
        self.authority = Authority(folder / "authority")
        self.authority.issue(self.folder, "pages", "localhost")
        self.names = start(Names(folder / "names", ZONES))
        self.admin_port, self.challenge_port = free_port("127.0.0.1", "127.0.0.2"), free_port("127.0.0.2")
        self.config = self.folder / "sealpost.toml"

    def make_pebble(self, **options):
        # Without a listener of its own, tls-alpn-01 is answered where pages are served.
        options = {"http_port": self.challenge_port, "tls_port": self.admin_port, **options}
        return Pebble(self.folder.parent / "pebble", self.authority, self.names.endpoint, **options)

    def configure(self, pebble, challenge="http-01", has_listener=True, hosts=(("mx1", ["mx1.acme.test"]),)):
        entries = "".join(f'[[certificate]]\nname = "{name}"\nacme = "pebble"\nnames = {json.dumps(hosts)}\n' for name, hosts in hosts)
        listen = f'listen = "127.0.0.2:{self.challenge_port}"' if has_listener else ""
        self.config.write_text(CONFIG.format(
            names=self.names.endpoint, root=self.authority.root, certificates=entries, admin_port=self.admin_port,
            directory=pebble.directory, challenge=challenge, listen=listen, shown=", ".join(f'"{name}"' for name, _ in hosts)))

    def start_gateway(self):
        (self.folder / "policy.toml").write_text(POLICY)
        if not (self.folder / "data").exists():
            self.command("policy", "submit", self.folder / "policy.toml")
            self.command("policy", "commit", "-m", "the test's policy")
            self.command("admin", "add", "mia", "--node", "--password-stdin", stdin=PASSWORD + "\n")
        self.node = self.start(Node(self.config))
        return self.node

    def command(self, *arguments, stdin=""):
        return sealpost("--config", self.config, *arguments, stdin=stdin)

    def sign_in(self):
        return Administrator(self.node.addresses["admin"], f"https://localhost:{self.admin_port}", self.authority.root, "mia", PASSWORD)

    def renew(self, name="mx1"):
        status, answer = self.sign_in().call("POST", f"/api/v1/certificates/{name}/renew")
        assert status == 202, answer

    def read_renewal(self, name="mx1"):
        status, entry = self.sign_in().call("GET", f"/api/v1/certificates/{name}")
        assert status == 200, entry
        return entry["renewal"]

    def read_state(self, name="mx1"):
        path = self.folder / f"data/acme/pebble/certificates/{name}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def events(self, name):
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [event for event in map(json.loads, lines) if event["event"] == name]

    def wait_for_event(self, name, count=1, seconds=60):
        wait_until(lambda: len(self.events(name)) >= count, lambda: f"{name} did not come {count} times\n{self.log_text()}", seconds)
        return self.events(name)[count - 1]

    def log_text(self):
        return "\n".join(line for line in (self.folder / "log").read_text().splitlines() if '"acme' in line)

    def show(self, host="mx1.acme.test"):
        """The certificate that the pages present for a host, in DER, unverified."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.2", self.admin_port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname=host) as stream:
                return stream.getpeercert(binary_form=True)

    def verify(self, root, host="mx1.acme.test"):
        """Pages and mail present a chain that leads to the authority's root, and names the host."""
        context = ssl.create_default_context(cafile=str(root))
        with socket.create_connection(("127.0.0.2", self.admin_port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname=host) as stream:
                certificate = stream.getpeercert(binary_form=True)
        with smtplib.SMTP(timeout=30) as client:
            client._host = host  # the name that must match
            client.connect(*self.node.addresses["public"])
            client.starttls(context=context)
            assert client.sock.getpeercert(binary_form=True) == certificate
        return certificate


@pytest.fixture
def world(tmp_path, start):
    return World(tmp_path, start)


def test_http_01_brings_a_certificate_that_is_presented_without_a_restart(world, start):
    pebble = start(world.make_pebble())
    world.configure(pebble)
    world.start_gateway()
    connection = socket.create_connection(world.node.addresses["public"], timeout=30)  # stays through the change
    assert connection.recv(100).startswith(b"220")
    world.wait_for_event("acme.issued")
    first = world.verify(pebble.root)
    connection.sendall(b"NOOP\r\n")
    assert connection.recv(100).startswith(b"250")
    connection.close()

    folder = world.folder / "data/acme/pebble"
    assert (folder / "account.key").stat().st_mode & 0o777 == 0o600
    account = json.loads((folder / "account.json").read_text())
    assert account["directory"] == pebble.directory
    state = world.read_state()
    assert state["failures"] == 0 and state["last_problem"] is None and state["names"] == ["mx1.acme.test"]
    assert world.read_renewal() == {"next": state["next"], "last_problem": None}
    shown = json.loads(world.command("--format", "json", "cert", "show", "mx1"))
    assert shown["renewal"] == world.read_renewal() and shown["acme"] == "pebble"

    world.renew()
    world.wait_for_event("acme.issued", count=2)
    assert world.verify(pebble.root) != first
    assert json.loads((folder / "account.json").read_text()) == account
    assert len(world.events("acme.account_made")) == 1


def test_the_responder_answers_nothing_but_challenges(world, start):
    pebble = start(world.make_pebble())
    world.configure(pebble)
    world.start_gateway()
    host, port = world.node.addresses["acme"]
    assert (host, port) == ("127.0.0.2", world.challenge_port)
    for path in ("/", "/.well-known/acme-challenge/", "/.well-known/acme-challenge/DGyRejmCefe7v4NfDGDKfA",
                 "/.well-known/acme-challenge/..%2F..%2Faccount.key", "/api/v1/admin/session"):
        with socket.create_connection((host, port), timeout=20) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: mx1.acme.test\r\nConnection: close\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 404"), path


def test_tls_alpn_01_is_answered_on_the_https_listeners(world, start):
    pebble = start(world.make_pebble())
    world.configure(pebble, challenge="tls-alpn-01", has_listener=False)
    world.start_gateway()
    world.wait_for_event("acme.issued")
    world.verify(pebble.root)


def test_tls_alpn_01_is_answered_on_a_listener_of_its_own(world, start):
    pebble = start(world.make_pebble(tls_port=world.challenge_port))
    world.configure(pebble, challenge="tls-alpn-01", hosts=(("mx1", ["mx1.acme.test", "mx2.acme.test"]),))
    world.start_gateway()
    world.wait_for_event("acme.issued")
    world.verify(pebble.root)
    world.verify(pebble.root, host="mx2.acme.test")


def test_a_certificate_is_renewed_by_itself_before_it_expires(world, start):
    pebble = start(world.make_pebble(validity=20))
    world.configure(pebble)
    world.start_gateway()
    world.wait_for_event("acme.issued")
    first = world.verify(pebble.root)
    begun = time.monotonic()
    world.wait_for_event("acme.issued", count=2)
    assert time.monotonic() - begun < 20
    assert world.verify(pebble.root) != first
    assert world.events("acme.begins")[1]["why"] == "renewal"


def test_a_name_that_does_not_lead_here_is_told_and_not_asked_for_again_soon(world, start):
    pebble = start(world.make_pebble())
    world.configure(pebble, hosts=(("mx1", ["mx1.acme.test", "absent.acme.test"]),))
    world.start_gateway()
    demo = world.show()
    failed = world.wait_for_event("acme.failed")
    assert failed["certificate"] == "mx1" and failed["level"] == "error"
    assert "absent.acme.test" in failed["problem"] and "urn:ietf:params:acme:error:" in failed["problem"]
    state = world.read_state()
    assert state["failures"] == 1
    wait = time.mktime(time.strptime(state["next"][:19], "%Y-%m-%dT%H:%M:%S")) - time.mktime(
        time.strptime(state["last_try"][:19], "%Y-%m-%dT%H:%M:%S"))
    assert 3600 <= wait <= 3660
    assert "absent.acme.test" in world.read_renewal()["last_problem"]
    assert "absent.acme.test: urn:ietf:params:acme:error:" in world.command("cert", "list")
    assert world.show() == demo
    # A restart does not make it forget.
    world.node.__exit__()
    world.start_gateway()
    wait_until(lambda: world.read_renewal() is not None, world.log_text)
    assert world.read_renewal()["last_problem"] == failed["problem"]
    assert len(world.events("acme.begins")) == 1
    # Another list of names is another matter.
    world.node.__exit__()
    world.configure(pebble)
    world.start_gateway()
    world.wait_for_event("acme.issued")
    world.verify(pebble.root)


def test_the_old_certificate_stays_when_a_renewal_fails(world, start):
    pebble = start(world.make_pebble(validity=20))
    world.configure(pebble)
    world.start_gateway()
    world.wait_for_event("acme.issued")
    first = world.verify(pebble.root)
    world.names.rewrite("acme.test", ["mx1 A 127.0.0.8"])  # where nobody listens
    failed = world.wait_for_event("acme.failed")
    assert "mx1.acme.test" in failed["problem"]
    assert world.show() == first


def test_an_authority_that_is_down_is_asked_again_and_then_issues(world, start):
    pebble = world.make_pebble()
    world.configure(pebble)
    world.start_gateway()
    unreachable = world.wait_for_event("acme.unreachable")
    assert unreachable["failures"] == 1
    start(pebble)
    world.wait_for_event("acme.issued")
    world.verify(pebble.root)
    assert not world.events("acme.failed")


def test_an_authority_that_forgot_the_account_is_given_it_again(world, start):
    pebble = world.make_pebble()
    with pebble:
        world.configure(pebble)
        world.start_gateway()
        world.wait_for_event("acme.issued")
        key = (world.folder / "data/acme/pebble/account.key").read_bytes()
        world.node.__exit__()
    world.configure(pebble, hosts=(("mx1", ["mx1.acme.test", "mx2.acme.test"]),))
    start(pebble)  # without a memory
    world.start_gateway()
    world.wait_for_event("acme.issued", count=2)
    assert len(world.events("acme.account_made")) == 2
    assert (world.folder / "data/acme/pebble/account.key").read_bytes() == key


def test_refused_nonces_are_answered_with_others(world, start):
    pebble = start(world.make_pebble(refused_nonces=40))
    world.configure(pebble, hosts=tuple((name, [f"{name}.acme.test"]) for name in ("mx1", "mx2", "mx3")))
    world.start_gateway()
    world.wait_for_event("acme.issued", count=3)
    assert world.events("acme.nonce_refused")
    assert not world.events("acme.failed")


def test_an_rsa_key_is_made_when_the_configuration_says_so(world, start):
    pebble = start(world.make_pebble())
    world.configure(pebble)
    world.config.write_text(world.config.read_text().replace('acme = "pebble"', 'acme = "pebble"\nkey_type = "rsa"'))
    world.start_gateway()
    world.wait_for_event("acme.issued")
    shown = json.loads(world.command("--format", "json", "cert", "show", "mx1"))
    assert "RSA 3072" in json.dumps(shown)
