"""A gateway that cannot seal: its administrators hear why."""
import email
import email.policy

from world.breaking_host import Sink
from world.false_clock import FalseClock
from world.mail import hand_in
from world.node import Node
from world.setting import INNER, PARTNER, Setting
from world.waiting import wait_until


def text_of(mail):
    parts = email.message_from_bytes(mail.octets, policy=email.policy.default).walk()
    return "".join(part.get_content() for part in parts if part.get_content_type() == "text/plain")


def alerts_in(inner):
    """Their texts; certificates of the setting have alerts of their own."""
    with inner.changed:
        return [text for text in map(text_of, inner.taken) if "sealed nothing" in text]


def test_administrators_hear_why_nothing_is_sealed_and_hear_it_anew_when_it_comes_again(tmp_path, start):
    setting, clock = Setting(tmp_path, start), start(FalseClock(tmp_path))
    config = setting.gateway_config
    config.write_text(config.read_text() + '[alerts]\nto = ["ops@acme.test"]\nlanguage = "en"\n')
    inner, partner = start(Sink(INNER, port=setting.inner_port)), start(Sink(PARTNER, port=setting.mx_port))
    setting.start_service()
    gateway = start(Node(config, environment=clock.environment))
    send = lambda recipient: hand_in(gateway.addresses["private"], recipient, b"Subject: [secure] hello\r\n\r\nhello\r\n")
    told = lambda: gateway.events("alert.sealing_fails")
    failed = lambda: gateway.events("seal.failed")
    for times in (1, 2):
        setting.serve_command("account", "disable", "acme")
        before = len(failed())
        assert send(f"bob{times}@partner.test") == 250
        wait_until(lambda: len(failed()) >= before + 3)
        assert failed()[-1]["trouble"] == "account_disabled"
        assert len(told()) == times - 1, "it may pass by itself"
        clock.set(hours=times)
        alert = wait_until(lambda: len(told()) == times and told()[-1])
        assert (alert["about"], alert["stage"], alert["severity"]) == ("gateway.service_url", "account_disabled", "critical")
        text = wait_until(lambda: len(alerts_in(inner)) == times and alerts_in(inner)[-1])
        assert "One message waits" in text and "account of this gateway is disabled" in text and "account enable" in text, text
        setting.serve_command("account", "enable", "acme")
        partner.wait_for_all([f"bob{times}@partner.test"])
    assert len(told()) == 2
