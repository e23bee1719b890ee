"""The whole story between a Sealpost gateway, a Sealpost service and real Postfix servers."""
import json

import pytest

from world.command import sealpost
from world.mail import attachment_of, make_mail, some_octets, submit
from world.postfix import Postfix
from world.reader import Reader, Refused, page_of
from world.setting import FRONT, GATEWAY, PASSWORD, Setting
from world.waiting import wait_until


def open_first_envelope(setting, partner, folder):
    """Bob opens the notification in his mailbox; answers his reader, the ref and the original message."""
    notification = partner.wait_for_mail("bob@partner.test", 1)
    bob = Reader(setting.service_port, setting.authority.root)
    ref = bob.ingest(page_of(notification))
    bob.prove(ref, "bob@partner.test", lambda: partner.wait_for_mail("bob@partner.test", 2))
    return bob, ref, bob.open(ref, folder)


def administrator(setting):
    admin = Reader(setting.service_port, setting.authority.root)
    admin.sign_in_administrator("admin", PASSWORD)
    return admin


def test_a_sealed_message_and_both_ways_of_replying_with_postfix_as_the_outside_organisation(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner, inner = setting.start_partner(), setting.start_inner()
    setting.start_service()
    gateway = setting.start_gateway()

    contract = some_octets()
    submit(setting, gateway, make_mail("[secure] Contract", attachment=contract))
    bob, ref, original = open_first_envelope(setting, partner, tmp_path)
    assert attachment_of(original) == contract
    assert b"here is the contract" not in partner.list_mails("bob@partner.test")[0].as_bytes()

    answer = bob.reply(ref, "Signed.", some_octets())
    assert answer["deliveries"] == [{"address": "alice@acme.test", "way": "envelope", "domain": "acme.test"}]
    assert page_of(inner.wait_for_mail("alice@acme.test", 1))

    admin = administrator(setting)
    tested = admin.call("POST", "/api/v1/admin/domains/acme.test/test", {})
    assert tested["last_test"]["ready"], json.dumps(tested["last_test"])
    admin.call("PUT", "/api/v1/admin/domains/acme.test", {"tls_replies": True, "on_failure": "hold"})
    signed = some_octets()
    answer = bob.reply(ref, "Signed again.", signed)
    assert answer["deliveries"][0]["way"] == "tls"
    clear = inner.wait_for_mail("alice@acme.test", 2)
    assert attachment_of(clear.as_bytes()) == signed
    assert clear["Reply-To"] == "bob@partner.test" and "keys.test" in clear["From"]
    newest = admin.call("GET", "/api/v1/admin/deliveries")["deliveries"][0]
    assert newest["way"] == "tls" and newest["tls"]["verified"] and newest["tls"]["version"] == "TLSv1.3"


def test_a_disabled_account_seals_nothing_and_what_it_sealed_still_opens(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner = setting.start_partner()
    setting.start_service()
    gateway = setting.start_gateway()
    submit(setting, gateway, make_mail("[secure] Before"))
    partner.wait_for_mail("bob@partner.test", 1)
    setting.serve_command("account", "disable", "acme")
    bob, ref, original = open_first_envelope(setting, partner, tmp_path)
    assert b"[secure] Before" in original
    assert bob.open(ref, tmp_path) == original
    submit(setting, gateway, make_mail("[secure] After"))
    listed = lambda: sealpost("--config", setting.gateway_config, "--format", "json", "queue", "list")
    wait_until(lambda: "the account of this gateway is disabled" in listed(), listed)
    setting.serve_command("account", "enable", "acme")
    assert page_of(partner.wait_for_mail("bob@partner.test", 3))


def test_ordinary_mail_flows_both_ways_between_postfix_and_the_gateway(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner, inner = setting.start_partner(), setting.start_inner()
    gateway = setting.start_gateway()
    submit(setting, gateway, make_mail("an ordinary message"))
    assert partner.wait_for_mail("bob@partner.test", 1)["Subject"] == "an ordinary message"
    import smtplib
    with smtplib.SMTP(*partner.address, timeout=30) as client:
        client.sendmail("bob@partner.test", ["alice@acme.test"],
                        "From: bob@partner.test\r\nSubject: an answer\r\n\r\nhello\r\n")
        client.sendmail("bob@partner.test", ["alice@acme.test"],
                        "From: bob@partner.test\r\nSubject: [secure] is for outgoing mail\r\n\r\nhello\r\n")
    subjects = {inner.wait_for_mail("alice@acme.test", number)["Subject"] for number in (1, 2)}
    assert subjects == {"an answer", "[secure] is for outgoing mail"}


def test_an_external_spam_filter_in_front_needs_tls_and_the_inner_gateway_needs_nothing(tmp_path, start):
    setting = Setting(tmp_path, start, front=True)
    partner, inner = setting.start_partner(), setting.start_inner()
    setting.start_service()
    gateway = setting.start_gateway()
    setting.authority.issue(tmp_path / "front", "front", "front.acme.test")
    start(Postfix("front.acme.test", (FRONT, setting.mx_port), relay_domains=["acme.test"],
                  certificate=(tmp_path / "front" / "front.pem", tmp_path / "front" / "front.key"),
                  transports={"acme.test": (GATEWAY, setting.public_port)}))

    submit(setting, gateway, make_mail("[secure] Contract", attachment=some_octets()))
    bob, ref, _ = open_first_envelope(setting, partner, tmp_path)
    admin = administrator(setting)
    hosts = admin.call("POST", "/api/v1/admin/domains/acme.test/test", {})["last_test"]["hosts"]
    assert [(host["mx"], host["address"], host["verdict"]) for host in hosts] == [("front.acme.test", FRONT, "ok")]
    admin.call("PUT", "/api/v1/admin/domains/acme.test", {"tls_replies": True, "on_failure": "bounce"})
    signed = some_octets()
    bob.reply(ref, "Signed.", signed)
    clear = inner.wait_for_mail("alice@acme.test", 1)
    assert attachment_of(clear.as_bytes()) == signed
    delivery = admin.call("GET", "/api/v1/admin/deliveries")["deliveries"][0]
    assert delivery["host"] == "front.acme.test" and delivery["tls"]["verified"]


def test_a_message_sent_while_the_service_is_down_is_kept_and_sealed_later(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner = setting.start_partner()
    gateway = setting.start_gateway()
    contract = some_octets()
    submit(setting, gateway, make_mail("[secure] Contract", attachment=contract))
    submit(setting, gateway, make_mail("an ordinary message"))
    # The ordinary one arrives while the other waits, several tries long.
    assert partner.wait_for_mail("bob@partner.test", 1)["Subject"] == "an ordinary message"
    wait_for_attempts(setting, 2)
    assert len(partner.list_mails("bob@partner.test")) == 1
    setting.start_service()
    notification = partner.wait_for_mail("bob@partner.test", 2)
    bob = Reader(setting.service_port, setting.authority.root)
    ref = bob.ingest(page_of(notification))
    bob.prove(ref, "bob@partner.test", lambda: partner.wait_for_mail("bob@partner.test", 3))
    assert attachment_of(bob.open(ref, tmp_path)) == contract


def wait_for_attempts(setting, attempts):
    def list_queue():
        return json.loads(sealpost("--format", "json", "--config", setting.gateway_config, "queue", "list"))["messages"]

    wait_until(lambda: any(message["attempts"] >= attempts for message in list_queue()), lambda: str(list_queue()))


def test_a_stranger_with_the_link_gets_no_key(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner = setting.start_partner()
    setting.start_service()
    gateway = setting.start_gateway()
    submit(setting, gateway, make_mail("[secure] Contract", attachment=some_octets()))
    page = page_of(partner.wait_for_mail("bob@partner.test", 1))
    stranger = Reader(setting.service_port, setting.authority.root)
    ref = stranger.ingest(page)
    with pytest.raises(Refused) as refused:
        stranger.call("POST", f"/api/v1/open/{ref}/release", {})
    assert refused.value.status == 401
    stranger.call("POST", "/api/v1/codes", {"address": "eve@partner.test", "ref": ref, "language": "en"})
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            stranger.call("POST", "/api/v1/session", {"challenge": "x" * 43, "code": "12345678"})
        assert refused.value.status in (403, 429)


def test_an_operator_locks_unlocks_and_recalls_an_envelope_beside_the_service_that_runs(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner = setting.start_partner()
    setting.start_service()
    submit(setting, setting.start_gateway(), make_mail("[secure] Contract"))
    bob = Reader(setting.service_port, setting.authority.root)
    ref = bob.ingest(page_of(partner.wait_for_mail("bob@partner.test", 1)))
    run = lambda *words, **options: json.loads(setting.serve_command("--format", "json", "envelope", *words, **options))
    found = run("list", "--account", "acme", "--query", "bob@partner.test")["envelopes"]
    assert [(one["state"], [each["address"] for each in one["recipients"]]) for one in found] == [("open", ["bob@partner.test"])]
    envelope = found[0]["id"]
    locked = run("lock", envelope, "--reason", "Sent to the wrong Bob")
    assert (locked["state"], locked["lock_reason"]) == ("locked", "Sent to the wrong Bob")
    bob.prove(ref, "bob@partner.test", lambda: partner.wait_for_mail("bob@partner.test", 2))
    with pytest.raises(Refused) as refused:
        bob.call("POST", f"/api/v1/open/{ref}/release", {})
    assert refused.value.status == 403
    assert run("unlock", envelope)["state"] == "open"
    assert bob.call("POST", f"/api/v1/open/{ref}/release", {})["identity"].startswith("AGE-SECRET-KEY-1")
    assert run("expiry", envelope, "--at", "2099-01-31")["expires_at"].startswith("2099-01-31T00:00:00")
    assert run("recall", envelope)["state"] == "erased"
    with pytest.raises(Refused) as refused:
        bob.call("POST", f"/api/v1/open/{ref}/release", {})
    assert refused.value.status == 410
    assert run("unlock", envelope, expect=1)["outcome"] == "no"
    for wrong in (("lock", "x", "--reason", "y"), ("expiry", envelope, "--at", ""), ("expiry", envelope, "--at", "soon")):
        assert run(*wrong, expect=2)["outcome"] == "usage"
    trail = json.loads(setting.serve_command("--format", "json", "audit", "list", "--subject", envelope, "--who", "operator"))["records"]
    assert [each["what"] for each in trail] == [f"envelope.{what}" for what in ("recalled", "expiry_changed", "unlocked", "locked")]
