"""Mail that leaves is signed, and a verifier of strangers agrees (dkimpy, with the keys in NSD's zones)."""
import re
import smtplib
import subprocess

import dkim

from world.mail import make_mail, submit
from world.reader import Reader, page_of
from world.setting import Setting


def asking(setting):
    """What finds the TXT record of a name for dkimpy."""
    def find_txt(name, timeout=5):
        done = subprocess.run(["drill", "-p", str(setting.names.port), "@127.0.0.1", name.decode(), "TXT"],
                              capture_output=True, text=True, timeout=30)
        answer = done.stdout.split(";; AUTHORITY")[0]
        return "".join(re.findall(r'"([^"]*)"', answer)).encode()

    return find_txt


def verify(setting, octets):
    """The domain whose signature verifies, or None."""
    verifier = dkim.DKIM(octets)
    return verifier.domain.decode() if verifier.verify(dnsfunc=asking(setting)) else None


def test_notifications_and_codes_arrive_signed(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner = setting.start_partner()
    setting.start_service()
    gateway = setting.start_gateway()
    submit(setting, gateway, make_mail("[secure] The contract", attachment=bytes(100_000)))
    page = page_of(partner.wait_for_mail("bob@partner.test", 1))
    bob = Reader(setting.service_port, setting.authority.root)
    bob.prove(bob.ingest(page), "bob@partner.test", lambda: partner.wait_for_mail("bob@partner.test", 2))

    notification, code = partner.read_mails("bob@partner.test")
    assert verify(setting, notification) == "acme.test"
    assert verify(setting, code) == "keys.test"
    assert verify(setting, notification.replace(b"bob@partner.test", b"eve@partner.test")) is None


def test_what_our_people_send_is_signed_and_what_comes_from_outside_is_not(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner, inner = setting.start_partner(), setting.start_inner()
    gateway = setting.start_gateway()
    submit(setting, gateway, make_mail("Lunch"))
    partner.wait_for_mail("bob@partner.test", 1)
    assert verify(setting, partner.read_mails("bob@partner.test")[0]) == "acme.test"

    # Someone outside who claims to be Alice.
    host, port = gateway.addresses["public"]
    with smtplib.SMTP(host, port, timeout=30) as client:
        client.send_message(make_mail("Pay at once", to="alice@acme.test"))
    assert inner.wait_for_mail("alice@acme.test", 1)["DKIM-Signature"] is None


def test_mail_from_outside_is_sealed_on_its_way_in_and_the_chain_goes_on(tmp_path, start):
    setting = Setting(tmp_path, start)
    with setting.gateway_config.open("a") as config:
        config.write('[arc]\ndomain = "acme.test"\nselector = "s1"\nkey = "dkim.key"\n')
    inner = setting.start_inner()
    gateway = setting.start_gateway()
    host, port = gateway.addresses["public"]

    def send(octets):
        """What arrives, without the fields that the inner server puts before it."""
        number = len(inner.read_mails("alice@acme.test")) + 1
        with smtplib.SMTP(host, port, timeout=30) as client:
            client.sendmail("bob@partner.test", ["alice@acme.test"], re.sub(b"\r?\n", b"\r\n", octets))
        inner.wait_for_mail("alice@acme.test", number)
        arrived = inner.read_mails("alice@acme.test")[-1]
        return arrived[arrived.index(b"ARC-Seal"):]

    mail = make_mail("Lunch", to="alice@acme.test")
    mail.replace_header("From", "Bob <bob@partner.test>")
    once = send(mail.as_bytes())
    verdict, sets, reason = dkim.arc_verify(once, dnsfunc=asking(setting))
    assert (verdict, len(sets)) == (dkim.CV_Pass, 1), reason

    # The same message comes by again: its chain is looked at, found good and gone on with.
    twice = send(once)
    verdict, sets, reason = dkim.arc_verify(twice, dnsfunc=asking(setting))
    assert (verdict, len(sets)) == (dkim.CV_Pass, 2), reason

    # And when it was changed on the way, our seal says so.
    closed = send(once.replace(b"here is the contract", b"here is another contract"))
    assert b"cv=fail" in closed.split(b"ARC-Message-Signature")[0]
    assert dkim.arc_verify(closed, dnsfunc=asking(setting))[0] in (dkim.CV_Fail, None)
