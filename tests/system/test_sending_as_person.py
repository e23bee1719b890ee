"""Replies never fail SPF, DKIM or DMARC at the other end, whatever the domains of their writers publish. The other end
is a Postfix with policyd-spf, opendkim and opendmarc, which refuses what fails."""
import re
import smtplib

import pytest

from world.mail import make_mail, submit
from world.node import Node
from world.reader import Reader, page_of
from world.setting import FRONT, PASSWORD, SENDING, Setting
from world.verifying_postfix import VerifyingPostfix

ALICE = "alice@acme.test"
INCLUDED, SOFT, REFUSED, STRICT = "bob@partner.test", "bob@soft.test", "bob@refused.test", "bob@strict.test"
KEYS_SPF = '@ TXT "v=spf1 mx exists:%{i}.spf.keys.test -all"'
DMARC = {"_dmarc.keys.test": "v=DMARC1; p=reject; adkim=s; aspf=s", "_dmarc.partner.test": "v=DMARC1; p=none",
         "_dmarc.refused.test": "v=DMARC1; p=reject", "_dmarc.strict.test": "v=DMARC1; p=reject; adkim=s; aspf=s"}


def outside(domain, spf):
    dmarc = DMARC.get(f"_dmarc.{domain}")
    return ["@ MX 10 mx.partner.test.", f'@ TXT "{spf}"'] + ([f'_dmarc TXT "{dmarc}"'] if dmarc else [])


ZONES = {
    "keys.test": ["@ MX 10 out", KEYS_SPF, f"{SENDING}.spf A 127.0.0.2", 'out TXT "v=spf1 a -all"',
                  f'_dmarc TXT "{DMARC["_dmarc.keys.test"]}"'],
    "partner.test": ['@ TXT "v=spf1 mx include:keys.test -all"', f'_dmarc TXT "{DMARC["_dmarc.partner.test"]}"'],
    "soft.test": outside("soft.test", "v=spf1 mx ~all"),
    "refused.test": outside("refused.test", "v=spf1 mx -all"),
    "strict.test": outside("strict.test", "v=spf1 mx include:keys.test -all"),
}


@pytest.fixture
def world(tmp_path, start):
    setting = Setting(tmp_path, start, front=True, zones=ZONES)
    setting.authority.issue(tmp_path / "front", "front", "front.acme.test")
    setting.partner = setting.start_partner([INCLUDED, SOFT, REFUSED, STRICT])
    return setting


def start_receiver(setting, start):
    folder = setting.folder / "front"
    return start(VerifyingPostfix("front.acme.test", (FRONT, setting.mx_port), setting.names.port, DMARC, mailboxes=[ALICE],
                                  certificate=(folder / "front.pem", folder / "front.key")))


def open_as(setting, person):
    """The person opens the envelope; a reader that may reply."""
    notification = setting.partner.wait_for_mail(person, 1)
    reader = Reader(setting.service_port, setting.authority.root)
    ref = reader.ingest(page_of(notification))
    reader.prove(ref, person, lambda: setting.partner.wait_for_mail(person, 2))
    reader.open(ref, setting.folder)
    return reader, ref


def verdicts(mail):
    """{"spf": "pass", …} as the receiver's own programs wrote them, with the domains that they looked at."""
    found = {}
    for field in mail.get_all("Authentication-Results", []):
        text = " ".join(str(field).split())
        assert text.startswith("front.acme.test"), text
        for method in ("spf", "dkim", "dmarc"):
            for result in re.findall(rf"\b{method}=(\w+)", text):
                found.setdefault(method, set()).add(result)
        for key in ("smtp.mailfrom", "header.from", "header.d"):
            for value in re.findall(rf"{re.escape(key)}=([^\s;]+)", text):
                found.setdefault(key, set()).add(value.rsplit("@", 1)[-1])
    return found


def administrator(setting):
    admin = Reader(setting.service_port, setting.authority.root)
    admin.sign_in_administrator("admin", PASSWORD)
    return admin


def check_as_person(mail, person):
    domain = person.split("@")[1]
    assert mail["From"] == person and mail["Reply-To"] is None and mail["Return-Path"] == f"<{person}>"
    seen = verdicts(mail)
    assert seen["spf"] == {"pass"} and seen["dmarc"] == {"pass"}, mail.as_string()[:6000]
    assert seen["smtp.mailfrom"] >= {domain} and seen["header.from"] == {domain}, seen


def check_as_service(mail, person):
    assert str(mail["From"]) == '"bob via keys.test" <noreply@keys.test>' or str(mail["From"]) == "bob via keys.test <noreply@keys.test>"
    assert mail["Reply-To"] == person and mail["Return-Path"] == "<noreply@keys.test>"
    seen = verdicts(mail)
    assert seen["spf"] == {"pass"} and seen["dkim"] == {"pass"} and seen["dmarc"] == {"pass"}, mail.as_string()[:6000]
    assert seen["header.d"] == {"keys.test"} and seen["header.from"] == {"keys.test"}, seen


CASES = [(INCLUDED, "person", "authorised"), (SOFT, "service", "spf_not_pass"), (REFUSED, "service", "spf_not_pass"),
         (STRICT, "person", "authorised")]


def test_no_reply_ever_fails_at_a_receiver_that_verifies(world, start):
    receiver = start_receiver(world, start)
    world.start_service()
    gateway = world.start_gateway()
    submit(world, gateway, make_mail("[secure] Contract", to=", ".join(person for person, _, _ in CASES)))
    admin, arrived = administrator(world), 0
    readers = {person: open_as(world, person) for person, _, _ in CASES}
    for way in ("envelope", "tls"):
        for person, sent_as, reason in CASES:
            reader, ref = readers[person]
            answer = reader.reply(ref, "Signed.", b"x" * 1000)
            assert (answer["sent_as"], answer["sent_as_reason"]) == (sent_as, reason), person
            assert answer["deliveries"][0]["way"] == way
            arrived += 1
            mail = receiver.wait_for_mail(ALICE, arrived)
            (check_as_person if sent_as == "person" else check_as_service)(mail, person)
            row = admin.call("GET", "/api/v1/admin/deliveries")["deliveries"][0]
            assert (row["from"], row["way"], row["sent_as"]) == (person, way, sent_as)
            assert row["identity"]["reason"] == reason and row["identity"]["spf"][0]["address"] == SENDING
        assert admin.call("POST", "/api/v1/admin/domains/acme.test/test", {})["last_test"]["ready"]
        admin.call("PUT", "/api/v1/admin/domains/acme.test", {"tls_replies": True, "on_failure": "hold"})


def test_the_receiver_would_refuse_the_persons_name_where_it_was_not_allowed(world, start):
    """What the tests of this file rest on: the receiver does refuse."""
    receiver = start_receiver(world, start)
    for person, code in ((REFUSED, 550), (INCLUDED, None)):
        with smtplib.SMTP(timeout=30, source_address=(SENDING, 0)) as client:
            client.connect(*receiver.address)
            client.ehlo("out.keys.test")
            text = f"From: {person}\r\nTo: {ALICE}\r\nSubject: x\r\n\r\nx\r\n"
            if code is None:
                client.sendmail(person, [ALICE], text)
                continue
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail(person, [ALICE], text)
            assert refused.value.recipients[ALICE][0] == code
    with smtplib.SMTP(timeout=30, source_address=(SENDING, 0)) as client:
        client.connect(*receiver.address)
        client.ehlo("out.keys.test")
        # SPF of keys.test passes, and yet From is a domain that wants it rejected: this is what DMARC refuses.
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("noreply@keys.test", [ALICE], f"From: {STRICT}\r\nTo: {ALICE}\r\nSubject: x\r\n\r\nx\r\n")
        assert refused.value.smtp_code == 550


def test_a_reply_that_waited_while_its_domain_changed_its_record_leaves_under_the_services_name(world, start):
    service = Node(world.service_config).__enter__()
    try:
        gateway = world.start_gateway()
        submit(world, gateway, make_mail("[secure] Contract", to=STRICT))
        reader, ref = open_as(world, STRICT)
        # Nobody answers at acme.test: the reply waits.
        assert reader.reply(ref, "Signed.", b"x" * 1000)["sent_as"] == "person"
    finally:
        service.__exit__()
    world.names.rewrite("strict.test", [*outside("strict.test", "v=spf1 mx -all"), "later A 127.0.0.1"])
    receiver = start_receiver(world, start)
    world.start_service()
    check_as_service(receiver.wait_for_mail(ALICE, 1), STRICT)
