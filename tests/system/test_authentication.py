"""Mail from outside is judged by the names in NSD's zones, and strangers' programs agree about it: authres reads
what the gateway wrote, pyspf and dkimpy have an opinion of their own."""
import email.message
import email.policy
import json
import smtplib
import subprocess

import authres
import dkim
import dns.resolver
import pytest
import spf

from world.command import SEALPOST, sealpost
from world.setting import Setting

CLIENT = "127.0.0.7"

# Who may send for whom; every mail of this test comes from CLIENT.
ZONES = {
    "good.test": [f"@ TXT \"v=spf1 ip4:{CLIENT} -all\"", "_dmarc TXT \"v=DMARC1; p=reject\""],
    "bad.test": ["@ TXT \"v=spf1 ip4:127.0.0.99 exp=why.%{d} -all\"", "why TXT \"%{i} is no host of %{d}\""],
    "soft.test": ["@ TXT \"v=spf1 include:none-of-these.soft.test ~all\"", "none-of-these TXT \"v=spf1 ip4:127.0.0.98 -all\""],
    "broken.test": ["@ TXT \"v=spf1 ip4:nonsense -all\""],
    "listed.test": ["@ TXT \"v=spf1 exists:%{i}.spf.%{d} -all\"", f"{CLIENT}.spf A 127.0.0.2"],
    "quiet.test": ["@ A 127.0.0.1"],
    "strict.test": ["@ TXT \"v=spf1 -all\"", "_dmarc TXT \"v=DMARC1; p=reject\""],
    "apart.test": ["@ TXT \"v=spf1 -all\"", "_dmarc TXT \"v=DMARC1; p=quarantine\""],
}


class World:
    def __init__(self, folder, start, parameters=""):
        self.key = folder / "strict.key"
        folder.mkdir(parents=True, exist_ok=True)
        record = sealpost("dkim", "new", "--domain", "strict.test", "--selector", "s1", "--key-out", self.key).strip()
        zones = {**ZONES, "strict.test": [*ZONES["strict.test"], record]}
        self.setting = Setting(folder, start, zones=zones)
        if parameters:
            self.setting.commit_policy(f"\n[[listener_defaults]]\nlistener = \"public\"\n{parameters}\n")
        self.inner = self.setting.start_inner()
        self.gateway = self.setting.start_gateway()
        self.count = 0
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.setting.names.port
        dns.resolver.default_resolver = resolver
        spf.DNSLookup = spf.DNSLookup_dnspython
        spf.MAX_LOOKUP_TIME = 20

    def send(self, sender, octets, to="alice@acme.test", helo="client.test"):
        host, port = self.gateway.addresses["public"]
        with smtplib.SMTP(timeout=60, source_address=(CLIENT, 0), local_hostname=helo) as client:
            client.connect(host, port)
            client.sendmail(sender, [to], octets)

    def deliver(self, sender, octets):
        """Sends it, and answers it as it arrived inside."""
        self.send(sender, octets)
        self.count += 1
        self.inner.wait_for_mail("alice@acme.test", self.count)
        return next(raw for raw in self.inner.read_mails("alice@acme.test") if self.marker.encode() in raw)

    def letter(self, author, extra=""):
        self.marker = f"letter number {self.count + 1} from {author}"
        mail = email.message.EmailMessage(policy=email.policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = author, "alice@acme.test", self.marker
        mail["Date"], mail["Message-ID"] = "Sun, 22 Nov 2026 08:15:30 +0000", f"<{self.count}@test>"
        mail.set_content("The body.")
        return extra.encode() + mail.as_bytes()

    def sign(self, octets):
        return dkim.sign(octets, b"s1", b"strict.test", self.key.read_bytes()) + octets


@pytest.fixture
def make_world(tmp_path, start):
    return lambda parameters="": World(tmp_path, start, parameters)


def results_of(raw):
    """What authres reads in the one field of ours, by method."""
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    ours = [authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
            for value in mail.get_all("Authentication-Results", [])]
    ours = [header for header in ours if header.authserv_id == "mx1.acme.test"]
    assert len(ours) == 1, raw.decode("utf-8", "replace")
    return {result.method: result for result in reversed(ours[0].results)}


def test_strangers_agree_about_every_sender(make_world):
    world = make_world()
    expected = {"good.test": "pass", "bad.test": "fail", "soft.test": "softfail", "broken.test": "permerror",
                "listed.test": "pass", "quiet.test": "none"}
    for domain, word in expected.items():
        raw = world.deliver(f"carol@{domain}", world.letter("carol@quiet.test"))
        results = results_of(raw)
        opinion = spf.check2(i=CLIENT, s=f"carol@{domain}", h="client.test")[0]
        assert (results["spf"].result, opinion) == (word, word), domain
        assert results["spf"].properties[0].value == f"carol@{domain}"
        received = email.message_from_bytes(raw)["Received-SPF"]
        assert received.split()[0] == word and f"client-ip={CLIENT}" in received
        verdict = email.message_from_bytes(raw)["X-Sealpost-Verdict"]
        assert verdict == (f"spf-{word}" if word in ("fail", "softfail", "permerror") else None)


def test_a_signature_of_a_stranger_passes_and_saves_its_author(make_world):
    world = make_world()
    signed = world.sign(world.letter("boss@strict.test"))
    assert dkim.verify(signed, dnsfunc=lambda name, timeout=5: b"".join(
        dns.resolver.resolve(name.decode(), "TXT")[0].strings))
    results = results_of(world.deliver("x@quiet.test", signed))
    assert results["dkim"].result == "pass"
    assert {(p.type, p.name): p.value for p in results["dkim"].properties}[("header", "d")] == "strict.test"
    assert results["dmarc"].result == "pass"
    with pytest.raises(smtplib.SMTPDataError) as refused:
        world.send("x@quiet.test", signed.replace(b"The body", b"Any body"))
    assert refused.value.smtp_code == 550
    assert refused.value.smtp_error.startswith(b"5.7.1 ")


def test_the_authors_domain_decides_about_forgeries(make_world):
    world = make_world()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        world.send("x@good.test", world.letter("boss@strict.test"))
    assert (refused.value.smtp_code, refused.value.smtp_error[:5]) == (550, b"5.7.1")
    raw = world.deliver("x@good.test", world.letter("boss@apart.test"))
    assert results_of(raw)["dmarc"].result == "fail"
    assert email.message_from_bytes(raw)["X-Sealpost-Verdict"] == "dmarc-quarantine"
    assert results_of(world.deliver("x@good.test", world.letter("x@good.test")))["dmarc"].result == "pass"


def test_forged_results_do_not_come_in(make_world):
    world = make_world()
    forged = ("Authentication-Results: mx1.acme.test; dmarc=pass header.from=quiet.test\r\n"
              "Authentication-Results: (hello) MX1.acme.test 1; spf=pass smtp.mailfrom=carol@quiet.test\r\n"
              "Authentication-Results: mx.other.test; spf=pass smtp.mailfrom=carol@quiet.test\r\n"
              "X-Sealpost-Verdict: all is well\r\n")
    raw = world.deliver("carol@bad.test", world.letter("carol@quiet.test", extra=forged))
    results = results_of(raw)
    assert results["spf"].result == "fail" and results["dmarc"].result == "none"
    mail = email.message_from_bytes(raw)
    assert len(mail.get_all("Authentication-Results")) == 2
    assert mail.get_all("X-Sealpost-Verdict") == ["spf-fail"]


def test_swaks_hears_the_domains_own_explanation(make_world):
    world = make_world("spf_fail = \"reject\"\nspf_softfail = \"defer\"")
    host, port = world.gateway.addresses["public"]

    def swaks(sender):
        return subprocess.run(["swaks", "--server", f"{host}:{port}", "--local-interface", CLIENT, "--from", sender, "--to",
                               "alice@acme.test", "--timeout", "30"], capture_output=True, text=True, timeout=60).stdout
    said = swaks("carol@bad.test")
    assert "<** 550-5.7.23 bad.test does not let 127.0.0.7 send in its name (SPF fail)" in said
    assert "<** 550 5.7.23 bad.test explains: 127.0.0.7 is no host of bad.test" in said
    assert "<** 451 4.7.1 " in swaks("carol@soft.test")


def test_the_command_says_beforehand_what_the_gateway_does(make_world):
    world = make_world("spf_softfail = \"reject\"")
    config = world.setting.gateway_config

    def ask(sender, octets, expect):
        done = subprocess.run([SEALPOST, "--config", config, "--format", "json", "auth", "check", "--ip", CLIENT, "--helo",
                               "client.test", "--mail-from", sender, "--listener", "public"],
                              input=octets, capture_output=True, timeout=60)
        assert done.returncode == expect, done.stdout + done.stderr
        return json.loads(done.stdout)

    letter = world.sign(world.letter("boss@strict.test"))
    told = ask("carol@bad.test", letter, 0)
    raw = world.deliver("carol@bad.test", letter)
    written = email.message_from_bytes(raw, policy=email.policy.default)["Authentication-Results"]
    assert " ".join(str(written).split()) == " ".join(told["authentication_results"].split())
    received = email.message_from_bytes(raw, policy=email.policy.default)["Received-SPF"]
    assert " ".join(str(received).split()) == " ".join(told["received_spf"].split())
    assert told["decision"]["marks"] == ["spf-fail"] and told["decision"]["policy"] == "ACCEPTED"
    assert (told["spf"]["result"], told["dkim"][0]["result"], told["dmarc"]["result"]) == ("fail", "pass", "pass")

    told = ask("carol@soft.test", letter, 1)
    assert (told["decision"]["action"], told["decision"]["code"], told["decision"]["enhanced_code"]) == ("reject", 550, "5.7.1")
    told = ask("", world.letter("boss@strict.test"), 1)
    assert told["dmarc"]["applied"] == "reject"
