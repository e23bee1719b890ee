"""Signatures and ARC chains between us and others: what we sign, opendkim and dkimpy verify, and the other way round,
with the keys in NSD's zones (opendkim, which takes no port, reads the same records from a file)."""
import json
import pathlib
import subprocess

import dkim
import pytest

from world.command import SEALPOST, sealpost
from world.names import Names

MESSAGES = {
    "plain": b"From: Alice <alice@acme.test>\r\nTo: bob@partner.test\r\nSubject: The contract\r\n"
             b"Date: Sun, 1 Nov 2026 00:00:00 +0000\r\nMessage-ID: <1@acme.test>\r\n\r\nHere it is.\r\n",
    # One space behind the colon: opendkim's test mode does not see how many there are.
    "spaces": b"From: Alice  <alice@acme.test> \r\nSubject: a\r\n\tfolded \r\n  one\r\nTo: bob@partner.test\r\n"
              b"Date: Sun, 1 Nov 2026 00:00:00 +0000\r\n\r\n  two \t words \r\n\r\n . \r\n\r\n\r\n",
    "empty": b"From: alice@acme.test\r\nSubject: nothing\r\nDate: Sun, 1 Nov 2026 00:00:00 +0000\r\n\r\n",
    "repeated": b"Received: one\r\nReceived: two\r\nFrom: alice@acme.test\r\nTo: a@b.test\r\nTo: c@d.test\r\n"
                b"Date: Sun, 1 Nov 2026 00:00:00 +0000\r\n\r\nbody\r\n",
    "eight bits": "From: Zoé <zoe@acme.test>\r\nSubject: déjà vu\r\nDate: Sun, 1 Nov 2026 00:00:00 +0000\r\n\r\nüber\r\n".encode(),
    "large": b"From: alice@acme.test\r\nDate: Sun, 1 Nov 2026 00:00:00 +0000\r\n\r\n" + b"0123456789 abcdef\r\n" * 60_000,
}


class Peers:
    """Keys of acme.test (s1: RSA, e1: Ed25519) and of list.test (arc: RSA), published."""

    def __init__(self, folder, start):
        self.folder, self.records, zones = folder, {}, {"acme.test": [], "list.test": []}
        for name, domain, selector, kind in (("rsa", "acme.test", "s1", "rsa"), ("ed25519", "acme.test", "e1", "ed25519"),
                                             ("arc", "list.test", "arc", "rsa")):
            made = json.loads(sealpost("--format", "json", "dkim", "new", "--domain", domain, "--selector", selector,
                                       "--key-type", kind, "--key-out", folder / f"{name}.key"))
            self.records[made["name"]] = made["record"]
            zones[domain].append(made["zone_line"])
        self.names = start(Names(folder / "names", zones))
        self.data = folder / "records"
        self.data.write_text("".join(f"{name} {record}\n" for name, record in self.records.items()))

    def find_txt(self, name, timeout=5):
        return self.records.get(name.decode().rstrip("."), "").encode()

    def sign(self, message, selector="s1", key="rsa"):
        done = subprocess.run([SEALPOST, "dkim", "sign", "--domain", "acme.test", "--selector", selector, "--key",
                               str(self.folder / f"{key}.key")], input=message, capture_output=True, timeout=60, check=True)
        return done.stdout

    def verify(self, message):
        """Exit status and answer of our own verifier."""
        done = subprocess.run([SEALPOST, "--format", "json", "dkim", "verify", "--resolver", self.names.endpoint],
                              input=message, capture_output=True, timeout=60)
        return done.returncode, json.loads(done.stdout)

    def opendkim(self, message, options, *settings):
        """What opendkim says of a message in its test mode."""
        (self.folder / "letter").write_bytes(message)
        (self.folder / "opendkim.conf").write_text("\n".join(["Syslog no", "RequireSafeKeys no", *settings]) + "\n")
        done = subprocess.run(["/usr/sbin/opendkim", "-t", str(self.folder / "letter"), "-f", "-x",
                               str(self.folder / "opendkim.conf"), *options], capture_output=True, timeout=60, check=True)
        return done.stdout

    def opendkim_verdict(self, message):
        said = self.opendkim(message, ["-v", "-v"], "Mode v", f"TestDNSData {self.data}")
        return said.split(b"dkim=")[1].split()[0].decode()

    def opendkim_signature(self, message, canon):
        said = self.opendkim(message, [], "Mode s", "Domain acme.test", "Selector s1", f"KeyFile {self.folder / 'rsa.key'}",
                             f"Canonicalization {canon}")
        return said[said.index(b"DKIM-Signature:"):].rstrip() + b"\r\n"


@pytest.fixture
def peers(tmp_path, start):
    return Peers(tmp_path, start)


@pytest.mark.parametrize("name", MESSAGES)
def test_what_we_sign_verifies_with_opendkim_and_dkimpy(peers, name):
    message = MESSAGES[name]
    signed = peers.sign(message)
    assert signed.endswith(message)
    assert peers.opendkim_verdict(signed) == "pass"
    assert dkim.verify(signed, dnsfunc=peers.find_txt)
    changed = signed.replace(b"alice", b"alicf").replace(b"zoe", b"zof")
    assert peers.opendkim_verdict(changed) == "fail"
    assert not dkim.verify(changed, dnsfunc=peers.find_txt)


@pytest.mark.parametrize("name", MESSAGES)
def test_what_we_sign_with_ed25519_verifies_with_dkimpy(peers, name):
    signed = peers.sign(peers.sign(MESSAGES[name]), "e1", "ed25519")
    verifier = dkim.DKIM(signed)
    assert verifier.verify(idx=0, dnsfunc=peers.find_txt)
    assert verifier.verify(idx=1, dnsfunc=peers.find_txt)
    status, answer = peers.verify(signed)
    assert status == 0
    assert [(one["result"], one["algorithm"]) for one in answer["signatures"]] == [("pass", "ed25519-sha256"), ("pass", "rsa-sha256")]


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("canon", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"])
def test_what_others_sign_verifies_with_us(peers, name, canon):
    message = MESSAGES[name]
    ways = tuple(word.encode() for word in canon.split("/"))
    by_dkimpy = dkim.sign(message, b"s1", b"acme.test", (peers.folder / "rsa.key").read_bytes(), canonicalize=ways)
    by_opendkim = peers.opendkim_signature(message, canon)
    status, answer = peers.verify(by_opendkim + by_dkimpy + message)
    assert [one["result"] for one in answer["signatures"]] == ["pass", "pass"], answer
    assert status == 0
    status, answer = peers.verify(by_opendkim + by_dkimpy + message.replace(b"From:", b"From: eve@acme.test,"))
    assert [one["result"] for one in answer["signatures"]] == ["fail", "fail"], answer
    assert status == 1


def test_an_ed25519_signature_of_dkimpy_verifies_with_us(peers):
    from nacl.encoding import Base64Encoder
    from nacl.signing import SigningKey
    seed = SigningKey.generate()
    public = seed.verify_key.encode(Base64Encoder).decode()
    message = MESSAGES["spaces"]
    field = dkim.sign(message, b"d1", b"keys.acme.test", seed.encode(Base64Encoder), signature_algorithm=b"ed25519-sha256")
    with Names(peers.folder / "more", {"keys.acme.test": [f'd1._domainkey TXT "v=DKIM1; k=ed25519; p={public}"']}) as names:
        done = sealpost("--format", "json", "dkim", "verify", "--resolver", names.endpoint, stdin=(field + message).decode())
    assert json.loads(done)["signatures"][0]["result"] == "pass"


def test_the_rsa_sha1_that_opendkim_testmsg_makes_is_recognised_and_refused(peers):
    signed = subprocess.run(["/usr/sbin/opendkim-testmsg", "-C", "-d", "acme.test", "-s", "s1", "-k", str(peers.folder / "rsa.key")],
                            input=MESSAGES["plain"], capture_output=True, timeout=60, check=True).stdout
    status, answer = peers.verify(signed)
    assert (status, answer["result"], answer["signatures"][0]["algorithm"]) == (1, "permerror", "rsa-sha1")


def test_a_chain_that_dkimpy_made_verifies_with_us(peers):
    message = MESSAGES["spaces"]
    for hop, chain in ((b"mx1.list.test", b""), (b"mx2.list.test", b" arc=pass;"), (b"mx3.list.test", b" arc=pass;")):
        message = b"Authentication-Results: " + hop + b";" + chain + b" spf=pass smtp.mailfrom=acme.test\r\n" + message
        fields = dkim.arc_sign(message, b"arc", b"list.test", (peers.folder / "arc.key").read_bytes(), hop,
                               include_headers=[b"from", b"to", b"subject", b"date"])
        message = b"".join(fields) + message
    _, answer = peers.verify(message)
    assert (answer["arc"]["result"], answer["arc"]["instances"], answer["arc"]["sealer"]) == ("pass", 3, "list.test"), answer
    _, answer = peers.verify(message.replace(b"two", b"too"))
    assert answer["arc"]["result"] == "fail"


def test_no_answer_and_no_signature_have_their_own_exit_status(peers):
    status, answer = peers.verify(MESSAGES["plain"])
    assert (status, answer["result"], answer["arc"]["result"]) == (1, "none", "none")
    signed = peers.sign(MESSAGES["plain"])
    silent = subprocess.run([SEALPOST, "dkim", "verify", "--resolver", "127.0.0.1:9", "--timeout", "1"], input=signed,
                            capture_output=True, timeout=60)
    assert silent.returncode == 3
    assert b"temperror" in silent.stdout


def test_an_identity_outside_of_the_domain_is_refused(peers):
    order = ["dkim", "sign", "--domain", "acme.test", "--selector", "s1", "--key", peers.folder / "rsa.key", "--identity"]
    signed = sealpost(*order, "alice@mail.acme.test", stdin=MESSAGES["plain"].decode())
    assert "i=alice@mail.acme.test;" in signed
    assert dkim.verify(signed.replace("\n", "\r\n").encode(), dnsfunc=peers.find_txt)
    sealpost(*order, "alice@notacme.test", stdin=MESSAGES["plain"].decode(), expect=2)


CONFIG = """\
[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
[dns]
resolver = "{names}"
[[listener]]
name    = "public"
address = "127.0.0.1:0"
[[dkim]]
domain       = "acme.test"
selector     = "s1"
key          = "rsa.key"
active_until = "2020-01-01T00:00:00Z"
[[dkim]]
domain   = "acme.test"
selector = "e1"
key      = "ed25519.key"
[[dkim]]
domain      = "acme.test"
selector    = "{next}"
key         = "next.key"
active_from = "2100-01-01T00:00:00Z"
"""


def test_the_check_finds_a_waiting_key_that_nobody_has_published(peers):
    sealpost("dkim", "new", "--domain", "acme.test", "--selector", "s2", "--key-out", peers.folder / "next.key")
    config = peers.folder / "sealpost.toml"
    config.write_text(CONFIG.format(names=peers.names.endpoint, next="s2"))
    keys = json.loads(sealpost("--config", config, "--format", "json", "dkim", "check", expect=1))["keys"]
    assert [(one["selector"], one["use"], one["published"]) for one in keys] == [
        ("s1", "retired", True), ("e1", "signing", True), ("s2", "waiting", False)]
    silent = sealpost("--config", config, "dkim", "check", "--resolver", "127.0.0.1:1", "--timeout", "3", expect=3)
    assert "cannot tell" in silent and "NOT published" not in silent
    silent = json.loads(sealpost("--config", config, "--format", "json", "dkim", "check", "--resolver", "127.0.0.1:1", "--timeout", "3", expect=3))["keys"]
    assert [one["published"] for one in silent] == [None] * 3
    # Somebody else's record at the selector is no better.
    config.write_text(CONFIG.format(names=peers.names.endpoint, next="arc").replace('"acme.test"\nselector    = "arc"',
                                                                                    '"list.test"\nselector    = "arc"'))
    keys = json.loads(sealpost("--config", config, "--format", "json", "dkim", "check", expect=1))["keys"]
    assert keys[2]["problem"] == "another key stands at the selector"
    pathlib.Path(peers.folder / "next.key").write_bytes((peers.folder / "arc.key").read_bytes())
    assert "waiting" in sealpost("--config", config, "dkim", "check")
