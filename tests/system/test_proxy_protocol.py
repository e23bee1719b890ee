"""The PROXY protocol before a gateway: what a balancer of proxy_from tells is what everything goes by, nobody else is
believed, and Debian's HAProxy is understood."""
import contextlib
import json
import smtplib
import socket
import ssl
import struct
import time
import urllib.request

import pytest

from world.authority import Authority
from world.command import commit_policy, sealpost
from world.haproxy import Haproxy
from world.names import Names
from world.node import Node
from world.ports import free_port
from world.waiting import wait_until

BALANCER, STRANGER, CLIENT = "127.0.0.7", "127.0.0.9", "203.0.113.5"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"

CONFIG = """\
[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 2
[dns]
resolver     = "{names}"
trust_anchor = "no_validation"
[[certificate]]
name  = "mx1"
chain = "mx1.pem"
key   = "mx1.key"
[[listener]]
name        = "public"
address     = "127.0.0.2:0"
certificate = "mx1"
proxy_from  = "127.0.0.7"
[[listener]]
name         = "smtps"
kind         = "private"
address      = "127.0.0.2:0"
certificate  = "mx1"
implicit_tls = true
proxy_from   = ["10.0.0.0/24", "127.0.0.7"]
[admin]
listen      = "127.0.0.2:{admin_port}"
certificate = "mx1"
url         = "https://localhost:{admin_port}"
proxy_from  = "127.0.0.7"
[metrics]
listen = "127.0.0.1:0"
[delivery]
first_retry = "1h"
[limits]
drain_timeout = "1s"
"""

POLICY = """\
[[mail_flow_policy]]
name        = "TELL"
behavior    = "accept"
banner_text = "$Group by $HATEntry"
max_connections_per_host = 10
[[sender_group]]
name     = "PARTNER"
listener = "public"
policy   = "TELL"
senders  = ["203.0.113.0/24"]
[[sender_group]]
name     = "PARTNER_SMTPS"
listener = "smtps"
policy   = "TELL"
senders  = ["2001:db8::/32"]
[[sender_group]]
name     = "STRANGERS"
listener = "public"
policy   = "TELL"
senders  = ["127.0.0.9"]
[[sender_group]]
name     = "BALANCERS"
listener = "public"
policy   = "TELL"
senders  = ["127.0.0.7"]
[[recipient]]
address = "acme.test"
[[route]]
domain = "acme.test"
hosts  = ["127.0.0.4:1"]
"""

# Nobody has a name.
ZONES = {"partner.test": [f'@ TXT "v=spf1 ip4:{CLIENT} -all"', "@ A 127.0.0.3"], "127.in-addr.arpa": [], "113.0.203.in-addr.arpa": [],
         "8.b.d.0.1.0.0.2.ip6.arpa": []}

LETTER = b"From: carol@partner.test\r\nTo: alice@acme.test\r\nSubject: hello\r\n\r\nhello\r\n"


def line(client=CLIENT):
    return f"PROXY {'TCP6' if ':' in client else 'TCP4'} {client} {'2001:db8::25' if ':' in client else '192.0.2.25'} 40000 25\r\n".encode()


def block(client=CLIENT):
    family = socket.AF_INET6 if ":" in client else socket.AF_INET
    addresses = socket.inet_pton(family, client) * 2 + struct.pack("!HH", 40000, 25)
    return SIGNATURE + bytes([0x21, 0x21 if ":" in client else 0x11]) + struct.pack("!H", len(addresses)) + addresses


LOCAL = SIGNATURE + b"\x20\0\0\0"


class World:
    def __init__(self, folder, start):
        self.config = folder / "sealpost.toml"
        names = start(Names(folder / "names", ZONES))
        self.authority = Authority(folder / "authority")
        self.authority.issue(folder, "mx1", "mx1.acme.test", "localhost")
        self.admin = ("127.0.0.2", free_port("127.0.0.2"))
        self.config.write_text(CONFIG.format(names=names.endpoint, admin_port=self.admin[1]))
        commit_policy(self.config, POLICY)
        self.node = start(Node(self.config))

    @contextlib.contextmanager
    def connect(self, place, say=b"", source=BALANCER):
        """A connection to a listener, or to an address; what is said stands before all else on it."""
        address = self.node.addresses[place] if isinstance(place, str) else place
        with socket.create_connection(address, timeout=60, source_address=(source, 0)) as connection:
            if say:
                connection.sendall(say)
            yield connection

    def metric(self, row):
        host, port = self.node.addresses["metrics"]
        text = urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=30).read().decode()
        return sum(float(each.rsplit(" ", 1)[1]) for each in text.splitlines() if each.startswith(row))

    def headers(self, listener, result):
        return self.metric(f'sealpost_proxy_headers_total{{listener="{listener}",result="{result}"}}')

    def wait_for(self, event, **fields):
        """The first such event with these fields."""
        found = lambda: [each for each in self.node.events(event) if fields.items() <= each.items()]
        return wait_until(found, lambda: f"no {event} with {fields}: {self.node.events(event)}")[0]


@pytest.fixture
def world(tmp_path, start):
    return World(tmp_path, start)


def speak_smtp(connection):
    """smtplib on a connection that is open; its greeting, too."""
    client = smtplib.SMTP(timeout=60, local_hostname="client.test")
    client.sock, client.file, client._host = connection, None, "mx1.acme.test"
    code, text = client.getreply()
    return client, code, text.decode()


def read_to_end(connection):
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(4096):
            heard += piece
    return heard


@pytest.mark.parametrize("header", [line(), block()], ids=["v1", "v2"])
def test_an_address_that_is_told_is_what_everything_goes_by(world, header):
    context = ssl.create_default_context(cafile=str(world.authority.root))
    with world.connect("public", header) as connection:
        client, code, greeting = speak_smtp(connection)
        assert code == 220 and "PARTNER by 203.0.113.0/24" in greeting
        client.ehlo()
        assert client.starttls(context=context)[0] == 220
        client.sendmail("carol@partner.test", ["alice@acme.test"], LETTER)
        client.quit()
    met = world.wait_for("smtp.proxied", listener="public")
    assert (met["proxy"], met["ip"]) == (BALANCER, CLIENT)
    assert world.wait_for("smtp.connected", connection=met["connection"])["ip"] == CLIENT
    assert world.wait_for("smtp.connected", connection=met["connection"])["port"] == 40000
    assert world.wait_for("gateway.connection", connection=met["connection"])["ip"] == CLIENT
    found = world.wait_for("gateway.authentication", sender="carol@partner.test")
    assert (found["ip"], found["spf"]) == (CLIENT, "pass")
    message = world.wait_for("gateway.queued")["message"]
    head = json.loads(sealpost("--config", world.config, "--format", "json", "queue", "show", message, "--head"))["head"]
    assert f"[{CLIENT}]" in head and BALANCER not in head
    assert world.headers("public", "told") == 1


def test_limits_of_a_host_are_those_of_the_client(world):
    with contextlib.ExitStack() as stack:
        for number in range(12):
            connection = stack.enter_context(world.connect("public", line(f"203.0.113.{number + 10}")))
            assert speak_smtp(connection)[1] == 220
        for number in range(10):
            assert speak_smtp(stack.enter_context(world.connect("public", line())))[1] == 220
        assert speak_smtp(stack.enter_context(world.connect("public", line())))[1] == 421
        assert speak_smtp(stack.enter_context(world.connect("public", block("203.0.113.6"))))[1] == 220


@pytest.mark.parametrize("header", [line(), block()], ids=["v1", "v2"])
def test_whoever_connects_from_elsewhere_is_not_believed(world, header):
    with world.connect("public", header + b"QUIT\r\n", source=STRANGER) as connection:
        heard = read_to_end(connection).decode()
    assert heard.startswith("220 ") and "STRANGERS by 127.0.0.9" in heard and "\r\n500 " in heard
    assert world.wait_for("smtp.connected")["ip"] == STRANGER
    assert not world.node.events("smtp.proxied") and not world.node.events("smtp.proxy_refused")
    with world.connect("public", source=STRANGER) as connection:
        client, code, _ = speak_smtp(connection)
        client.ehlo()
        assert code == 220 and client.docmd(line().decode().rstrip())[0] == 500
        assert client.mail("carol@partner.test")[0] == 250
    assert not [event for event in world.node.events("smtp.connected") if event["ip"] == CLIENT]


def test_nothing_is_said_before_the_header_is_here_and_not_for_long(world):
    begun = time.monotonic()
    with world.connect("public") as silent, world.connect("public", b"PROXY TCP4 ") as half, world.connect("smtps") as smtps:
        assert [read_to_end(each) for each in (silent, half, smtps)] == [b""] * 3
    assert 4 < time.monotonic() - begun < 40
    assert world.wait_for("smtp.proxy_refused", listener="smtps")["proxy"] == BALANCER
    assert (world.headers("public", "late"), world.headers("smtps", "late")) == (2, 1)
    for said in (b"EHLO client.test\r\n", b"PROXY TCP4 0.0.0.0 192.0.2.25 40000 25\r\n", line()[:-2] + b"\n" + b"x" * 100, SIGNATURE + b"\x31"):
        with world.connect("public", said) as connection:
            assert read_to_end(connection) == b"", said
    assert world.headers("public", "broken") == 4
    with world.connect("public", line()[:20]):
        pass
    wait_until(lambda: world.headers("public", "closed") == 1)
    assert not world.node.events("smtp.connected")


@pytest.mark.parametrize("header", [line("2001:db8::7"), block("2001:db8::7")], ids=["v1", "v2"])
def test_a_header_stands_before_tls_that_begins_at_once(world, header):
    context = ssl.create_default_context(cafile=str(world.authority.root))
    with world.connect("smtps", header) as connection, context.wrap_socket(connection, server_hostname="mx1.acme.test") as secured:
        _, code, greeting = speak_smtp(secured)
        assert code == 220 and "PARTNER_SMTPS by 2001:db8::/32" in greeting
    with world.connect("smtps") as connection, pytest.raises(OSError):
        context.wrap_socket(connection, server_hostname="mx1.acme.test")
    assert world.headers("smtps", "broken") == 1


def test_a_header_stands_before_https(world):
    context = ssl.create_default_context(cafile=str(world.authority.root))

    def ask(say, source):
        with world.connect(world.admin, say, source) as connection, context.wrap_socket(connection, server_hostname="localhost") as secured:
            secured.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return read_to_end(secured)

    assert ask(block(), BALANCER).startswith(b"HTTP/1.1 ")
    assert world.wait_for("http_request", peer=CLIENT)
    assert ask(b"", STRANGER).startswith(b"HTTP/1.1 ")
    assert world.wait_for("http_request", peer=STRANGER)
    for say, source in ((b"", BALANCER), (block(), STRANGER)):
        with pytest.raises(OSError):
            ask(say, source)


def test_a_balancer_that_speaks_for_itself_is_itself(world):
    for header in (LOCAL, b"PROXY UNKNOWN\r\n"):
        with world.connect("public", header) as connection:
            _, code, greeting = speak_smtp(connection)
            assert code == 220 and "BALANCERS by 127.0.0.7" in greeting
    assert world.headers("public", "own") == 2


@pytest.mark.parametrize("how", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c"], ids=["v1", "v2", "v2-crc32c"])
def test_haproxy_tells_its_clients_and_asks_whether_the_node_is_well(world, tmp_path, start, how):
    haproxy = start(Haproxy(tmp_path / "haproxy", BALANCER, world.node.addresses["public"], how))
    with world.connect(haproxy.endpoint, source=STRANGER) as connection:
        client, code, greeting = speak_smtp(connection)
        assert code == 220 and "STRANGERS by 127.0.0.9" in greeting
        client.ehlo()
        client.sendmail("carol@partner.test", ["alice@acme.test"], LETTER)
        client.quit()
    assert world.wait_for("gateway.authentication", sender="carol@partner.test")["ip"] == STRANGER
    # A check tells the balancer's own address, or none.
    wait_until(lambda: [event for event in world.node.events("smtp.proxied") if event["ip"] == BALANCER])
    assert not world.node.events("smtp.proxy_refused") and world.headers("public", "broken") == 0
