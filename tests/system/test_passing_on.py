"""What came in as one message goes out as one, whatever it holds: ends of data, commands and dots are content on the next
connection too, as DATA and in chunks, and no address or parameter leaves its line."""
import re
import socket

import pytest

from world.command import commit_policy
from world.names import Names
from world.node import Node
from world.recorder import Recorder

CONFIG = """\
[node]
hostname = "mx.acme.test"
data_dir = "data"
roles    = ["gateway"]
[dns]
resolver = "{names}"
[[listener]]
name    = "private"
kind    = "private"
address = "127.0.0.1:0"
[limits]
drain_timeout = "2s"
"""

POLICY = """\
[[sender_group]]
name     = "INSIDE"
listener = "private"
policy   = "RELAYED"
senders  = ["127.0.0.0/8"]
[[route]]
domain = "ALL"
hosts  = ["127.0.0.1:{port}"]
[[destination]]
domain = "ALL"
tls    = "none"
"""

# From outside, to our own host for acme.test; whatever else there were to send would go to another one.
OPEN_POLICY = """\
[[listener_defaults]]
dmarc = "off"
spf   = "off"
[[recipient]]
address = "acme.test"
[[route]]
domain = "acme.test"
hosts  = ["127.0.0.1:{own}"]
[[route]]
domain = "ALL"
hosts  = ["127.0.0.1:{other}"]
[[destination]]
domain = "ALL"
tls    = "none"
"""

COMMANDS = b"MAIL FROM:<eve@example.org>\r\nRCPT TO:<victim@partner.test>\r\nDATA\r\nsmuggled\r\n"
BODIES = {
    "end_of_data": b".\r\n" + COMMANDS + b".\r\nQUIT\r\n",
    "dots": b".\r\n..\r\n...\r\n.x\r\n..\r\nx.\r\n",
    "no_line_end": b"text\r\n.",
    "chunk": b"BDAT 5 LAST\r\nhello\r\n" + COMMANDS,
    "dots_at_every_border": b"".join(b"." * n + b"\r\n" for n in range(1, 400)),
}
SENDERS = {
    '"> SIZE=1"@acme.test': b'MAIL FROM:<"> SIZE=1"@acme.test>',
    '"a\\"b"@acme.test': b'MAIL FROM:<"a\\"b"@acme.test>',
    '"<eve@example.org>"@acme.test': b'MAIL FROM:<"<eve@example.org>"@acme.test>',
}


@pytest.fixture(params=["as data", "in chunks"])
def world(request, tmp_path, start):
    """(the gateway's address, the mail host behind it)"""
    recorder = start(Recorder(chunking=request.param == "in chunks"))
    names = start(Names(tmp_path / "names", {"test": [], "127.in-addr.arpa": []}))
    config = tmp_path / "sealpost.toml"
    config.write_text(CONFIG.format(names=names.endpoint))
    commit_policy(config, POLICY.format(port=recorder.port))
    return start(Node(config)).addresses["private"], recorder


class Client:
    """Says what it is told to, octet by octet."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=30)
        self.stream = self.socket.makefile("rb")
        self.hear(b"220")
        self.say(b"EHLO client.test\r\n", b"250")

    def hear(self, code):
        while (line := self.stream.readline())[3:4] == b"-":
            pass
        assert line.startswith(code), line

    def say(self, octets, code):
        self.socket.sendall(octets)
        self.hear(code)


def take_apart(heard):
    """(head, body) behind our Received."""
    head, _, body = heard.content.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("chunked", [False, True], ids=["came as data", "came in chunks"])
def test_content_stays_content(world, chunked):
    address, recorder = world
    client = Client(address)
    for name, body in BODIES.items():
        content = b"From: alice@acme.test\r\nSubject: " + name.encode() + b"\r\n\r\n" + body
        client.say(b"MAIL FROM:<alice@acme.test>\r\n", b"250")
        client.say(b"RCPT TO:<bob@partner.test>\r\n", b"250")
        if chunked:
            client.say(b"BDAT 7\r\n" + content[:7], b"250")
            client.say(b"BDAT %d LAST\r\n" % (len(content) - 7) + content[7:], b"250")
        else:
            whole = content if content.endswith(b"\r\n") else content + b"\r\n"
            client.say(b"DATA\r\n", b"354")
            client.say(re.sub(rb"(?m)^\.", b"..", whole) + b".\r\n", b"250")
    heard = {}
    for one in recorder.wait_for(len(BODIES)):
        head, body = take_apart(one)
        heard[re.search(rb"Subject: (\w+)", head)[1].decode()] = body
        assert one.commands[0].startswith(b"MAIL FROM:<alice@acme.test>")
        assert [command[:4] for command in one.commands].count(b"RCPT") == 1
    assert heard == {name: body if body.endswith(b"\r\n") else body + b"\r\n" for name, body in BODIES.items()}
    assert not recorder.troubles


def test_no_address_or_parameter_leaves_its_line(world):
    address, recorder = world
    client = Client(address)
    for sender in SENDERS:
        client.say(f"MAIL FROM:<{sender}> ENVID=a+2B+20RET+3DFULL\r\n".encode(), b"250")
        client.say(b'RCPT TO:<"b ob>"@partner.test> ORCPT=rfc822;x+20NOTIFY+3DNEVER@partner.test\r\n', b"250")
        client.say(b"DATA\r\n", b"354")
        client.say(b"From: alice@acme.test\r\n\r\nhello\r\n.\r\n", b"250")
    heard = recorder.wait_for(len(SENDERS))
    mails = sorted(one.commands[0] for one in heard)
    for said, wanted in zip(mails, sorted(SENDERS.values())):
        assert said.startswith(wanted) and b" ENVID=a+2B+20RET+3DFULL" in said
    for one in heard:
        assert [c for c in one.commands if c.startswith(b"RCPT")] == [
            b'RCPT TO:<"b ob>"@partner.test> ORCPT=rfc822;x+20NOTIFY+3DNEVER@partner.test']
    assert not recorder.troubles


# What other programs take for a way to another host: (as it came, as it has to leave).
LOCAL_PARTS = {
    "alice%partner.test@acme.test": b"RCPT TO:<alice%partner.test@acme.test>",
    "partner.test!alice@acme.test": b"RCPT TO:<partner.test!alice@acme.test>",
    '"alice@partner.test"@acme.test': b'RCPT TO:<"alice@partner.test"@acme.test>',
    "@acme.test:alice%partner.test@acme.test": b"RCPT TO:<alice%partner.test@acme.test>",
}


@pytest.fixture
def routes(tmp_path, start):
    """(the address of a public listener, our own host for acme.test, the host for every other domain)"""
    own, other = start(Recorder(chunking=False)), start(Recorder(chunking=False))
    names = start(Names(tmp_path / "names", {"test": [], "127.in-addr.arpa": []}))
    config = tmp_path / "sealpost.toml"
    config.write_text(CONFIG.format(names=names.endpoint).replace("private", "public"))
    commit_policy(config, OPEN_POLICY.format(own=own.port, other=other.port))
    return start(Node(config)).addresses["public"], own, other


@pytest.mark.parametrize("recipient", LOCAL_PARTS)
def test_a_local_part_that_looks_like_a_route_goes_to_our_own_host_as_it_came(routes, recipient):
    address, own, other = routes
    client = Client(address)
    client.say(b"MAIL FROM:<eve@partner.test>\r\n", b"250")
    client.say(b"RCPT TO:<alice@partner.test>\r\n", b"550")
    client.say(f"RCPT TO:<{recipient}>\r\n".encode(), b"250")
    client.say(b"DATA\r\n", b"354")
    client.say(b"From: eve@partner.test\r\n\r\nhello\r\n.\r\n", b"250")
    (heard,) = own.wait_for(1)
    assert [command for command in heard.commands if command.startswith(b"RCPT")] == [LOCAL_PARTS[recipient]]
    assert not other.connections
    assert not own.troubles
