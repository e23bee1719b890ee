"""Mail that leaves is signed, and a verifier of strangers agrees (dkimpy, with the keys in NSD's zones)."""
import re
import smtplib
import subprocess

import dkim

from world.mail import make_mail, submit
from world.reader import Reader, page_of
from world.setting import Setting


def verify(setting, octets):
    """The domain whose signature verifies, or None."""
    def find_txt(name, timeout=5):
        done = subprocess.run(["drill", "-p", str(setting.names.port), "@127.0.0.1", name.decode(), "TXT"],
                              capture_output=True, text=True, timeout=30)
        answer = done.stdout.split(";; AUTHORITY")[0]
        return "".join(re.findall(r'"([^"]*)"', answer)).encode()

    verifier = dkim.DKIM(octets)
    return verifier.domain.decode() if verifier.verify(dnsfunc=find_txt) else None


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
