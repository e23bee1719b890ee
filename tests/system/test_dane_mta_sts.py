"""DANE and MTA-STS against the real world: zones that NSD serves and ldns signed, validated by the gateway's own
resolver, real Postfix as the receiving host, and an HTTPS host for the policy."""
import base64
import functools
import hashlib
import json
import smtplib
import ssl

import pytest

from world.authority import Authority, openssl
from world.command import sealpost
from world.mail import make_mail
from world.node import read_events
from world.policy_host import PolicyHost
from world.ports import free_port
from world.postfix import Postfix
from world.setting import PARTNER, Setting
from world.signed_names import SignedNames
from world.waiting import wait_until

BOB = "bob@partner.test"
MX = ["@ MX 10 mx.partner.test.", f"mx A {PARTNER}"]


class World:
    """acme.test's gateway writes to partner.test, whose zone is signed unless the test says otherwise."""

    def __init__(self, folder, start, signed=("partner.test",), failing=()):
        self.start = start
        self.setting = Setting(folder, start, make_names=functools.partial(SignedNames, signed=signed, failing=failing))
        self.stranger = Authority(folder / "stranger")  # nobody trusts it
        self.sts_port = free_port(PARTNER)
        self.folder = folder / "partner"
        config = self.setting.gateway_config
        text = config.read_text().replace(
            "[delivery]\n",
            f"[delivery]\nmta_sts_port = {self.sts_port}\nreach_private_addresses_for_strangers = true\n")
        if signed:
            text = text.replace("[dns]\n", f'[dns]\ntrust_anchor = "{self.setting.names.trust_anchor}"\n')
        config.write_text(text)

    def publish(self, *records):
        self.setting.names.rewrite("partner.test", [*MX, *records])

    def tlsa(self, usage, certificate):
        """The record for the key of a certificate file, at the port where mail goes."""
        pem = openssl("x509", "-in", str(certificate), "-noout", "-pubkey", cwd=self.setting.folder)
        key = base64.b64decode("".join(pem.strip().split("\n")[1:-1]))
        return f"_{self.setting.mx_port}._tcp.mx TLSA {usage} 1 1 {hashlib.sha256(key).hexdigest()}"

    def certify(self, authority, host="mx.partner.test"):
        authority.issue(self.folder, "mx", host)
        return self.folder / "mx.pem", self.folder / "mx.key"

    def start_host(self, certificate=None):
        return self.start(Postfix("mx.partner.test", (PARTNER, self.setting.mx_port), mailboxes=[BOB], certificate=certificate))

    def start_policy_host(self, policy):
        self.setting.authority.issue(self.folder, "sts", "mta-sts.partner.test")
        return self.start(PolicyHost((PARTNER, self.sts_port), (self.folder / "sts.pem", self.folder / "sts.key"), policy))

    def demand(self, level):
        self.setting.commit_policy(f'\n[[destination]]\ndomain = "partner.test"\ntls = "{level}"\n')

    def send(self, gateway):
        host, port = gateway.addresses["private"]
        with smtplib.SMTP(host, port, timeout=30) as client:
            client.send_message(make_mail("hello", to=BOB), "alice@acme.test", [BOB])

    def send_with_requiretls(self, gateway):
        host, port = gateway.addresses["private"]
        with smtplib.SMTP(timeout=30) as client:
            client._host = "mx1.acme.test"
            client.connect(host, port)
            client.ehlo("inner.acme.test")
            client.starttls(context=ssl.create_default_context(cafile=str(self.setting.authority.root)))
            client.ehlo("inner.acme.test")
            client.sendmail("alice@acme.test", [BOB], make_mail("hello", to=BOB).as_bytes(), mail_options=["REQUIRETLS"])

    def wait_for_attempt(self, number=1):
        """What the log says of a delivery attempt, by its number."""
        log = self.setting.gateway_config.parent / "stderr.log"
        return wait_until(lambda: read_events(log, "delivery.attempt")[number - 1:], log.read_text)[0]

    def facts_of(self, message):
        """What the queue keeps of the message's only recipient."""
        shown = json.loads(sealpost("--format", "json", "--config", self.setting.gateway_config, "queue", "show", message))
        found = shown.get("message", shown)
        return found["recipients"][0]

    def test(self, expect, *options):
        arguments = ["tls", "test", "partner.test", "--resolver", self.setting.names.endpoint, "--port", self.setting.mx_port,
                     "--trust", self.setting.authority.root, "--mta-sts-port", self.sts_port, *options]
        return json.loads(sealpost("--format", "json", *arguments, expect=expect))


def policy(mode, mx="mx.partner.test", max_age=86400):
    return f"version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: {max_age}\r\n"


STS_RECORDS = ('_mta-sts TXT "v=STSv1; id=20260101000000Z;"', f"mta-sts A {PARTNER}")


@pytest.mark.parametrize("level", ["dane", "dane_required", "mta_sts"])
def test_a_tlsa_record_vouches_for_a_certificate_that_no_authority_does(tmp_path, start, level):
    world = World(tmp_path, start)
    certificate = world.certify(world.stranger, "another.name.test")
    world.publish(world.tlsa(3, certificate[0]))
    host = world.start_host(certificate)
    world.demand(level)
    gateway = world.setting.start_gateway()
    world.send(gateway)
    host.wait_for_mail(BOB, 1)
    attempt = world.wait_for_attempt()
    assert (attempt["proof"], attempt["verified"], attempt["outcome"]) == ("dane-ee", True, "completed")
    tls = world.facts_of(attempt["message"])["facts"]["tls"]
    assert tls["proof"] == "dane-ee" and tls["verified"] and tls["version"].startswith("TLSv1.") and tls["cipher"]
    assert tls["fingerprint"] == attempt["fingerprint"] and len(tls["fingerprint"]) == 64


def test_a_tlsa_record_vouches_for_an_authority_that_nobody_else_trusts(tmp_path, start):
    world = World(tmp_path, start)
    certificate = world.certify(world.stranger)  # sent with its intermediate
    world.publish(world.tlsa(2, world.stranger.folder / "intermediate.pem"))
    host = world.start_host(certificate)
    world.demand("dane")
    gateway = world.setting.start_gateway()
    world.send(gateway)
    host.wait_for_mail(BOB, 1)
    assert world.wait_for_attempt()["proof"] == "dane-ta"


def test_a_certificate_that_the_tlsa_records_do_not_know_gets_no_mail_though_authorities_vouch_for_it(tmp_path, start):
    world = World(tmp_path, start)
    certificate = world.certify(world.setting.authority)
    world.publish(world.tlsa(3, world.setting.authority.root))
    host = world.start_host(certificate)
    world.demand("dane")
    gateway = world.setting.start_gateway()
    world.send(gateway)
    assert world.wait_for_attempt(2)["outcome"] == "tls_unmet"  # it is tried again, and again in vain
    assert not host.read_mails(BOB)
    found = world.test(1, "--trust-anchor", world.setting.names.trust_anchor)
    assert found["dane"]["status"] == "invalid" and found["hosts"][0]["verdict"] == "dane_mismatch"


def test_mail_waits_while_tlsa_records_cannot_be_looked_up(tmp_path, start):
    world = World(tmp_path, start, failing=["_tcp.mx.partner.test"])
    world.publish("_tcp.mx NS ns")  # whose server does not know the zone
    host = world.start_host(world.certify(world.setting.authority))
    world.demand("dane")
    gateway = world.setting.start_gateway()
    world.send(gateway)
    attempt = world.wait_for_attempt(2)
    assert attempt["outcome"] == "undecided" and "TLSA" in attempt["said"]
    assert not host.read_mails(BOB)


def test_without_signatures_dane_is_preferred(tmp_path, start):
    world = World(tmp_path, start, signed=())
    certificate = world.certify(world.stranger)
    world.publish(world.tlsa(3, world.stranger.root))
    host = world.start_host(certificate)
    world.demand("dane")
    gateway = world.setting.start_gateway()
    world.send(gateway)
    host.wait_for_mail(BOB, 1)
    attempt = world.wait_for_attempt()
    assert attempt["proof"] == "none" and attempt["tls_basis"].startswith("tlsa insecure")


@pytest.mark.parametrize("level, with_tlsa, with_policy, is_sent", [
    ("preferred", True, True, True), ("preferred_verify", False, False, True), ("dane", False, False, True),
    ("mta_sts", False, False, True), ("required", False, False, False), ("required_verify", False, False, False),
    ("dane", True, False, False), ("dane_required", False, False, False), ("dane_required", True, False, False),
    ("mta_sts", True, False, False), ("mta_sts", False, True, False)])
def test_with_starttls_stripped_each_level_does_what_its_table_says(tmp_path, start, level, with_tlsa, with_policy, is_sent):
    world = World(tmp_path, start)
    certificate = world.certify(world.setting.authority)
    world.publish(*([world.tlsa(3, certificate[0])] if with_tlsa else []), *(STS_RECORDS if with_policy else []))
    if with_policy:
        world.start_policy_host(policy("enforce"))
    host = world.start_host(None)
    world.demand(level)
    gateway = world.setting.start_gateway()
    world.send(gateway)
    if is_sent:
        host.wait_for_mail(BOB, 1)
        assert world.wait_for_attempt()["tls"] == "none"
    else:
        assert world.wait_for_attempt(2)["outcome"] == "tls_unmet"
        assert not host.read_mails(BOB)


def test_an_enforced_policy_keeps_mail_from_hosts_that_it_does_not_list(tmp_path, start):
    world = World(tmp_path, start, signed=())
    world.publish(*STS_RECORDS)
    world.start_policy_host(policy("enforce", "*.elsewhere.test"))
    host = world.start_host(world.certify(world.setting.authority))
    world.demand("mta_sts")
    gateway = world.setting.start_gateway()
    world.send(gateway)
    attempt = world.wait_for_attempt(2)
    assert attempt["outcome"] == "tls_unmet" and "does not list" in attempt["said"]
    assert not host.read_mails(BOB)
    found = world.test(1)
    assert found["mta_sts"]["status"] == "problem" and found["mta_sts"]["uncovered"] == ["mx.partner.test"]
    assert found["mta_sts"]["mode"] == "enforce" and found["hosts"][0]["verdict"] == "ok" and not found["ready"]


def test_a_tested_policy_delivers(tmp_path, start):
    world = World(tmp_path, start, signed=())
    world.publish(*STS_RECORDS)
    world.start_policy_host(policy("testing", "*.elsewhere.test"))
    host = world.start_host(world.certify(world.stranger))
    world.demand("mta_sts")
    gateway = world.setting.start_gateway()
    world.send(gateway)
    host.wait_for_mail(BOB, 1)
    assert world.wait_for_attempt()["tls_basis"].endswith("sts testing")


def test_a_kept_policy_binds_when_its_host_and_its_record_are_gone(tmp_path, start):
    world = World(tmp_path, start, signed=())
    world.publish(*STS_RECORDS)
    published = world.start_policy_host(policy("enforce", "*.partner.test"))
    host = world.start_host(world.certify(world.setting.authority))
    world.demand("mta_sts")
    with_policy = world.setting.start_gateway()
    world.send(with_policy)
    host.wait_for_mail(BOB, 1)
    assert world.wait_for_attempt()["proof"] == "mta-sts"
    assert published.asked == 1
    with_policy.__exit__()
    published.stop()
    host.stop()
    world.publish()
    stripped = world.start_host(None)
    again = world.setting.start_gateway()
    world.send(again)
    assert world.wait_for_attempt(2)["outcome"] == "tls_unmet"
    assert not stripped.read_mails(BOB)


def test_requiretls_waits_while_the_policy_host_is_away_and_comes_back_where_there_is_no_policy(tmp_path, start):
    world = World(tmp_path, start, signed=())
    world.publish(*STS_RECORDS)
    host = world.start_host(world.certify(world.setting.authority))
    world.demand("mta_sts")
    gateway = world.setting.start_gateway()
    log = world.setting.gateway_config.parent / "stderr.log"
    world.send_with_requiretls(gateway)
    attempt = world.wait_for_attempt(2)  # it is tried again
    assert attempt["outcome"] == "tls_unmet" and "policy cannot be had" in attempt["said"]
    assert not read_events(log, "queue.bounced")
    gateway.__exit__()
    world.publish()
    world.setting.start_gateway()
    wait_until(lambda: read_events(log, "queue.bounced"), log.read_text)
    assert not host.read_mails(BOB)


def test_the_domain_test_takes_what_dane_proves(tmp_path, start):
    world = World(tmp_path, start)
    certificate = world.certify(world.stranger)
    world.publish(world.tlsa(3, certificate[0]))
    world.start_host(certificate)
    found = world.test(0, "--trust-anchor", world.setting.names.trust_anchor)
    assert found["ready"] and found["dane"]["status"] == "usable" and found["hosts"][0]["verdict"] == "ok"
    assert found["dane"]["hosts"][0]["verdict"] == "ok" and found["mta_sts"]["status"] == "none"
    without_validation = world.test(1)
    assert without_validation["dane"]["status"] == "unsigned"
