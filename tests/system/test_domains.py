"""TLS-reply domains without an account: proven by a code or a record, tested, switched on, watched; with real Postfix
servers as mail hosts and NSD for names."""
import re
import signal
import subprocess

import pytest

from world.command import SEALPOST
from world.mail import make_mail, some_octets, submit
from world.postfix import Postfix
from world.reader import Reader, Refused, page_of
from world.setting import INNER, Setting
from world.waiting import wait_until


def own_administrator(setting):
    return Reader(setting.service_port, setting.authority.root)


def reason(browser, domain):
    return browser.call("GET", f"/api/v1/tls/domains/{domain}")["reason"]


def wait_for_test(browser, begun):
    def look():
        test = browser.call("GET", f"/api/v1/tls/tests/{begun['id']}")
        return test if test["state"] == "done" else None

    return wait_until(look)


def code_of(mail):
    return re.search(r"\b(\d{4} \d{4})\b", mail.get_body(("plain",)).get_content()).group(1)


def test_a_code_to_the_postmaster_proves_a_domain_that_then_takes_tls_replies(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner = setting.start_partner(mailboxes=("bob@partner.test", "postmaster@partner.test"))
    setting.start_service()
    owner = own_administrator(setting)
    assert reason(owner, "partner.test") == "not_known"
    owner.call("POST", "/api/v1/tls/domains/partner.test/claim", {})
    sent = owner.call("POST", "/api/v1/tls/domains/partner.test/code", {})
    assert sent["sent_to"] == "postmaster@partner.test"
    mail = partner.wait_for_mail("postmaster@partner.test", 1)
    assert sent["reference"] in mail["Subject"] and "partner.test" in mail["Subject"]
    stranger = own_administrator(setting)
    stranger.call("POST", "/api/v1/tls/domains/partner.test/claim", {})
    with pytest.raises(Refused):
        stranger.call("POST", "/api/v1/tls/domains/partner.test/prove", {"code": code_of(mail)})
    proven = owner.call("POST", "/api/v1/tls/domains/partner.test/prove", {"code": code_of(mail)})
    assert proven["domain"]["proven_by"] == "code"
    assert reason(stranger, "partner.test") == "not_tested"

    tested = wait_for_test(owner, owner.call("POST", "/api/v1/tls/own/tests", {}))
    assert tested["ready"] and tested["expected"] == 1 and tested["hosts"][0]["verdict"] == "ok", tested
    owner.call("PUT", "/api/v1/tls/own", {"tls_replies": True, "on_failure": "hold"})
    assert reason(stranger, "partner.test") is None
    shown = setting.serve_command("domain", "show", "partner.test")
    assert "its own administrator" in shown and "proven by code" in shown and "TLS replies on" in shown
    assert "ready" in setting.serve_command("domain", "history", "partner.test")
    owner.call("DELETE", "/api/v1/tls/own")
    with pytest.raises(Refused) as refused:
        owner.call("GET", "/api/v1/tls/own")
    assert refused.value.status == 401


def test_a_record_proves_for_the_browser_that_asked_for_it_and_tests_are_limited(tmp_path, start):
    setting = Setting(tmp_path, start, zones={"txt.test": ["@ MX 10 mx.partner.test."]})
    setting.start_partner()
    setting.start_service()
    owner, stranger = own_administrator(setting), own_administrator(setting)
    proof = owner.call("POST", "/api/v1/tls/domains/txt.test/claim", {})["proof"]
    stranger.call("POST", "/api/v1/tls/domains/txt.test/claim", {})
    with pytest.raises(Refused) as refused:
        owner.call("POST", "/api/v1/tls/domains/txt.test/prove", {"by": "txt"})
    assert refused.value.status == 409
    setting.names.rewrite("txt.test", ["@ MX 10 mx.partner.test.", f'_sealpost TXT "{proof["value"]}"'])

    def prove():
        try:
            return owner.call("POST", "/api/v1/tls/domains/txt.test/prove", {"by": "txt"})
        except Refused as still:
            assert still.status in (409, 429), still

    proven = wait_until(prove, "the answer that the record is not there never left the resolver", seconds=30, pause=1)
    assert proven["domain"]["proven_by"] == "txt"
    with pytest.raises(Refused):
        stranger.call("POST", "/api/v1/tls/domains/txt.test/prove", {"by": "txt"})

    for _ in range(5):
        wait_for_test(stranger, stranger.call("POST", "/api/v1/tls/tests", {"domain": "txt.test"}))
    with pytest.raises(Refused) as refused:
        stranger.call("POST", "/api/v1/tls/tests", {"domain": "txt.test"})
    assert refused.value.status == 429


def test_a_certificate_that_goes_bad_is_found_after_the_failed_delivery_and_told_to_the_postmaster(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner = setting.start_partner()
    inner = start(Postfix("inner.acme.test", (INNER, setting.inner_port),
                          mailboxes=["alice@acme.test", "postmaster@acme.test"]))
    setting.start_service()
    gateway = setting.start_gateway()
    submit(setting, gateway, make_mail("[secure] Contract", attachment=some_octets()))
    notification = partner.wait_for_mail("bob@partner.test", 1)
    why = f"https://localhost:{setting.service_port}/tls?domain=partner.test"
    assert why in notification.get_body(("plain",)).get_content()
    bob = Reader(setting.service_port, setting.authority.root)
    ref = bob.ingest(page_of(notification))
    bob.prove(ref, "bob@partner.test", lambda: partner.wait_for_mail("bob@partner.test", 2))
    bob.open(ref, tmp_path)
    setting.serve_command("domain", "test", "acme.test")
    setting.serve_command("domain", "enable", "acme.test")

    setting.authority.issue(tmp_path / "acme", "mx1", "mx1.acme.test", with_intermediate=False)
    gateway.process.send_signal(signal.SIGHUP)
    wait_until_not_ready(setting)
    answer = bob.reply(ref, "Signed.", some_octets())
    assert answer["deliveries"][0]["way"] == "tls"
    assert page_of(inner.wait_for_mail("alice@acme.test", 1)), "never in clear: it came as an envelope"
    alert = inner.wait_for_mail("postmaster@acme.test", 1)
    text = alert.get_content() if not alert.is_multipart() else alert.get_body(("plain",)).get_content()
    assert "mx1.acme.test" in text and "To do" in text and "À faire" in text
    history = setting.serve_command("domain", "history", "acme.test").splitlines()
    assert "not ready" in history[0] and "failed_delivery" in history[0] and "missing_intermediate" in history[1]


def test_the_operator_has_a_code_mailed_and_takes_it(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner = setting.start_partner(mailboxes=("postmaster@partner.test",))
    setting.start_service()
    setting.serve_command("domain", "add", "partner.test", "--account", "acme")
    assert "postmaster@partner.test" in setting.serve_command("domain", "code", "partner.test")
    mail = partner.wait_for_mail("postmaster@partner.test", 1)
    setting.serve_command("domain", "verify", "partner.test", "--code", "0000 0000" if code_of(mail) != "0000 0000" else "1", expect=1)
    assert "proven by code" in setting.serve_command("domain", "verify", "partner.test", "--code", code_of(mail))


def test_no_code_leaves_that_could_not_be_accepted(tmp_path, start):
    setting = Setting(tmp_path, start)
    setting.serve_command("domain", "add", "partner.test", "--account", "acme")
    key = setting.service_config.parent / "kek.key"
    key.rename(key.with_suffix(".away"))
    for command in (("code", "partner.test"), ("verify", "partner.test", "--code", "1234 5678")):
        done = subprocess.run([SEALPOST, "--config", setting.service_config, "domain", *command], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "service.kek: " in done.stderr, (command, done)
    assert "not proven" in setting.serve_command("domain", "show", "partner.test")
    assert "partner.test" not in setting.serve_command("queue", "list")


def test_a_wrong_option_of_the_tls_test_is_named(tmp_path):
    for option, value in (("--resolver", "nowhere"), ("--trust-anchor", tmp_path / "missing.key"), ("--trust", tmp_path / "missing.pem")):
        done = subprocess.run([SEALPOST, "tls", "test", "acme.test", option, value], capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and f"{option}: " in done.stderr, done


def wait_until_not_ready(setting):
    """Until the gateway presents the new chain; asked without keeping the result."""
    arguments = ["tls", "test", "acme.test", "--resolver", setting.names.endpoint, "--port", str(setting.mx_port),
                 "--trust", str(setting.authority.root)]

    def is_not_ready():
        try:
            setting.serve_command(*arguments, expect=1)
            return True
        except AssertionError:
            return False

    wait_until(is_not_ready, "the gateway goes on presenting the old chain", seconds=30)
