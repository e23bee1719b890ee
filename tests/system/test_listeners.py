"""swaks and Python's smtplib talk to every listener of a gateway."""
import signal
import smtplib
import ssl
import subprocess

import pytest

from world.command import sealpost
from world.mail import make_mail
from world.setting import PASSWORD, Setting
from world.waiting import wait_until


@pytest.fixture
def world(tmp_path, start):
    setting = Setting(tmp_path, start)
    setting.inner = setting.start_inner()
    setting.gateway = setting.start_gateway()
    return setting


def swaks(world, listener, *more, expect=0):
    host, port = world.gateway.addresses[listener]
    done = subprocess.run(["swaks", "--server", f"{host}:{port}", "--from", "carol@partner.test", "--timeout", "30", *more],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout


def test_swaks_delivers_to_the_public_listener_with_and_without_tls(world):
    swaks(world, "public", "--to", "alice@acme.test", "--header", "Subject: plain")
    swaks(world, "public", "--to", "alice@acme.test", "--header", "Subject: inside TLS", "--tls")
    subjects = {world.inner.wait_for_mail("alice@acme.test", number)["Subject"] for number in (1, 2)}
    assert subjects == {"plain", "inside TLS"}
    received = world.inner.list_mails("alice@acme.test")[1]["Received"]
    assert "ESMTP" in received


def test_swaks_cannot_relay_through_the_public_listener(world):
    said = swaks(world, "public", "--to", "dave@example.org", expect=24)
    assert "<** 5" in said


def test_swaks_submits_with_password_inside_tls_and_not_without(world):
    swaks(world, "submission", "--to", "alice@acme.test", "--tls", "--auth", "PLAIN", "--auth-user", "alice@acme.test",
          "--auth-password", PASSWORD)
    swaks(world, "submission", "--to", "alice@acme.test", "--tls", "--auth", "LOGIN", "--auth-user", "alice@acme.test",
          "--auth-password", PASSWORD)
    swaks(world, "smtps", "--to", "alice@acme.test", "--tls-on-connect", "--auth", "PLAIN", "--auth-user", "alice@acme.test",
          "--auth-password", PASSWORD)
    world.inner.wait_for_mail("alice@acme.test", 3)
    assert "AUTH" not in swaks(world, "submission", "--to", "alice@acme.test", "--quit-after", "EHLO")
    refused = swaks(world, "submission", "--to", "alice@acme.test", "--tls", "--auth", "PLAIN", "--auth-user",
                    "alice@acme.test", "--auth-password", "wrong", expect=28)
    assert "535 5.7.8" in refused
    without_tls = swaks(world, "submission", "--to", "alice@acme.test", expect=23)
    assert "530 5.7.0" in without_tls


def test_a_reload_reads_again_who_may_sign_in(world):
    users = world.folder / "acme" / "submission.users"

    def sign_in(user, listener="submission"):
        host, port = world.gateway.addresses[listener]
        client = (smtplib.SMTP if listener == "submission" else smtplib.SMTP_SSL)(host, port, timeout=30)
        if listener == "submission":
            client.starttls()
        try:
            code = client.login(user, PASSWORD)[0]
        except smtplib.SMTPAuthenticationError as refused:
            code = refused.smtp_code
        return code, client

    def reload(lines, event):
        known = len(world.gateway.events(event))
        users.write_text(lines)
        world.gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(world.gateway.events(event)) > known)

    hashed = sealpost("config", "hash-password", stdin=PASSWORD + "\n").strip()
    code, alice = sign_in("alice@acme.test")
    assert code == 235 and alice.mail("alice@acme.test")[0] == 250
    assert alice.rset()[0] == 250
    reload(f"# alice@acme.test:{hashed}\nbob@acme.test:{hashed}\n", "node.reloaded")
    for listener in ("submission", "smtps"):
        assert sign_in("alice@acme.test", listener)[0] == 535
        assert sign_in("bob@acme.test", listener)[0] == 235
    code, said = alice.mail("alice@acme.test")
    assert code == 421 and b"sign in again" in said
    over = world.gateway.events("gateway.sign_in_over")
    assert [event["user"] for event in over] == ["alice@acme.test"]
    reload("bob@acme.test\n", "node.reload_refused")
    assert "submission.users:1" in world.gateway.events("node.reload_refused")[0]["problem"]
    assert sign_in("bob@acme.test")[0] == 235


def test_a_reload_names_what_waits_for_a_restart(world):
    config = world.gateway_config
    written = config.read_text()

    def reload(text):
        known = len(world.gateway.events("node.reloaded"))
        config.write_text(text)
        world.gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(world.gateway.events("node.reloaded")) > known)

    reload(written + "# nothing has changed\n")
    reload(written.replace('drain_timeout = "2s"', 'drain_timeout = "3s"') + '[[smtp_login]]\nname = "relay"\nuser = "acme"\n'
           'password_file = "relay.password"\n')
    needed = wait_until(lambda: world.gateway.events("node.restart_needed"))
    assert {event["keys"] for event in needed} == {"smtp_login, limits.drain_timeout"}
    assert "differs from what runs" in (config.parent / "stderr.log").read_text()
    reload(written + "[limts]\n")
    failing = wait_until(lambda: world.gateway.events("node.restart_would_fail"))
    assert "limts" in failing[0]["problem"]
    config.write_text(written)


def test_swaks_relays_from_inside_through_the_private_listener(world):
    swaks(world, "private", "--to", "alice@acme.test", "--header", "Subject: by swaks")
    assert world.inner.wait_for_mail("alice@acme.test", 1)["Subject"] == "by swaks"


def test_smtplib_relays_from_inside_through_the_private_listener(world):
    host, port = world.gateway.addresses["private"]
    with smtplib.SMTP(host, port, timeout=30) as client:
        client.send_message(make_mail("from inside", to="alice@acme.test"))
    assert world.inner.wait_for_mail("alice@acme.test", 1)["Subject"] == "from inside"


def test_smtplib_sees_a_certificate_that_verifies_on_every_listener(world):
    context = ssl.create_default_context(cafile=str(world.authority.root))
    for listener in ("public", "private", "submission"):
        host, port = world.gateway.addresses[listener]
        with smtplib.SMTP(timeout=30) as client:
            client._host = "mx1.acme.test"
            client.connect(host, port)
            client.starttls(context=context)
            assert client.ehlo()[0] == 250
    host, port = world.gateway.addresses["smtps"]
    with smtplib.SMTP_SSL(timeout=30, context=context) as client:
        client._host = "mx1.acme.test"
        client.connect(host, port)
        assert client.ehlo()[0] == 250


def test_what_the_gateway_accepted_survives_its_sudden_death(world):
    world.inner.stop()  # mail waits in the queue
    host, port = world.gateway.addresses["public"]
    with smtplib.SMTP(host, port, timeout=30) as client:
        for number in range(5):
            text = f"From: carol@partner.test\r\nSubject: message {number}\r\n\r\nx\r\n"
            client.sendmail("carol@partner.test", ["alice@acme.test"], text)
    world.gateway.kill()
    inner = world.start_inner()
    world.start_gateway()
    inner.wait_for_mail("alice@acme.test", 5)
    subjects = sorted(mail["Subject"] for mail in inner.list_mails("alice@acme.test"))
    assert subjects == [f"message {number}" for number in range(5)]
