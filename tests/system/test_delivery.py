"""The way out: SMTP routes, bounce profiles and bounce verification, with real Postfix on the other side.
Reports are read by Python's email, as a stranger's mail program would."""
import json
import signal
import smtplib
import subprocess

import pytest

from world.command import SEALPOST, commit_policy, sealpost
from world.mail import make_mail
from world.node import Node
from world.ports import free_port
from world.postfix import Postfix
from world.setting import GATEWAY, PARTNER, PASSWORD, Setting
from world.waiting import wait_until

FIRST, SECOND = "127.0.0.7", "127.0.0.8"

NOBODY_AND_NOWHERE = f"""
[[route]]
domain = "partner.test"
hosts  = ["{PARTNER}:1"]
[[route]]
domain = "void.test"
hosts  = ["/dev/null"]
"""

BRANCH_CONFIG = """\
[node]
hostname = "mx.branch.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 1
[dns]
resolver = "{names}"
[tls]
trust = ["{root}"]
[[listener]]
name    = "private"
kind    = "private"
address = "127.0.0.9:0"
[delivery]
first_retry = "1s"
[[smtp_login]]
name          = "head-office"
user          = "alice@acme.test"
password_file = "head-office.password"
[limits]
drain_timeout = "2s"
"""

BRANCH_POLICY = """\
[[sender_group]]
name     = "INSIDE"
listener = "private"
policy   = "RELAYED"
senders  = ["127.0.0.0/8"]
[[route]]
domain = "ALL"
hosts  = ["127.0.0.2:{port}"]
login  = "head-office"
"""


@pytest.fixture
def setting(tmp_path, start):
    return Setting(tmp_path, start)


def configure(setting, more):
    setting.gateway_config.write_text(setting.gateway_config.read_text() + more)


def send(gateway, to, subject="hello", text="here is the contract", sender="alice@acme.test", listener="private", **options):
    host, port = gateway.addresses[listener]
    with smtplib.SMTP(host, port, timeout=30) as client:
        client.send_message(make_mail(subject, text, to=to), sender, [to], **options)


def list_queue(setting):
    return json.loads(sealpost("--format", "json", "--config", setting.gateway_config, "queue", "list"))["messages"]


def wait_for_queue(setting, condition, otherwise):
    """Until the gateway's queue, as the command line lists it, fulfils the condition."""
    def look():
        listed = list_queue(setting)
        return [listed] if condition(listed) else None  # what is waited for may be an empty one

    return wait_until(look, lambda: f"{otherwise}: {list_queue(setting)}")[0]


def read_report(mail):
    """What a delivery status notification says: its subject, the groups of fields, and what it brings back."""
    assert mail.get_content_type() == "multipart/report" and mail.get_param("report-type") == "delivery-status"
    people, status, original = mail.iter_parts()
    assert people.get_content_type() == "text/plain" and status.get_content_type() == "message/delivery-status"
    return {"subject": mail["Subject"], "about": status.get_payload()[0], "recipients": status.get_payload()[1:],
            "original": original, "text": people.get_content()}


def test_a_route_takes_equal_servers_in_turn_and_the_lower_priority_first(setting, start):
    ports = {address: free_port(address) for address in (FIRST, SECOND)}
    first, second = [start(Postfix(f"mx.{address}.test", (address, ports[address]), mailboxes=["bob@partner.test"]))
                     for address in (FIRST, SECOND)]
    setting.commit_policy(f"""
[[route]]
domain = "partner.test"
hosts  = ["10 {FIRST}:{ports[FIRST]}", "10 {SECOND}:{ports[SECOND]}", "20 {PARTNER}:1"]
""")
    gateway = setting.start_gateway()
    for number in range(6):
        send(gateway, "bob@partner.test", f"message {number}")
        # One after the other, so that whose turn it is does not depend on who is faster.
        wait_for_queue(setting, lambda listed: not listed, "not delivered")
    assert len(first.list_mails("bob@partner.test")) == 3
    assert len(second.list_mails("bob@partner.test")) == 3
    first.stop()
    for number in range(2):
        send(gateway, "bob@partner.test", f"with one server {number}")
    second.wait_for_mail("bob@partner.test", 5)


def test_a_message_is_tracked_by_the_id_that_its_sender_heard_however_many_domains_it_goes_to(setting):
    setting.commit_policy(NOBODY_AND_NOWHERE)
    gateway = setting.start_gateway()
    host, port = gateway.addresses["private"]
    with smtplib.SMTP(host, port, timeout=30) as client:
        client.ehlo()
        assert client.mail("alice@acme.test")[0] == 250
        for address in ("bob@partner.test", "carol@void.test"):
            assert client.rcpt(address)[0] == 250
        code, said = client.data(make_mail("to two", "hello", to="bob@partner.test, carol@void.test").as_bytes())
    assert code == 250 and b"Accepted as " in said

    def track(*arguments, expect=0):
        return json.loads(sealpost("--format", "json", "--config", setting.gateway_config, "track", *arguments, expect=expect))

    def states(*arguments):
        return {each["address"]: each["state"] for mail in track(*arguments)["messages"] for each in mail["recipients"]}

    intake = said.decode().split()[-1]
    expected = {"bob@partner.test": "waiting", "carol@void.test": "delivered"}
    wait_until(lambda: states(intake) == expected, lambda: track(intake))  # one domain does not wait for the other
    assert all(mail["facts"]["intake"] == intake and mail["children"] == [] for mail in track(intake)["messages"])
    assert states() == states("--address", "alice@acme.test", "--since", "2020-01-01") == expected
    assert states("--address", "bob@partner.test") == {"bob@partner.test": "waiting"}
    assert states("--text", "DISCARDED") == {"carol@void.test": "delivered"}
    assert track("--until", "2020-01-01T00:00:00Z", expect=1) == {"messages": [], "next_before": None}
    newest = track("--limit", "1")
    older = track("--limit", "1", "--before", newest["next_before"])
    assert newest["messages"][0]["id"] > older["messages"][0]["id"] and older["next_before"] is None
    assert "no message" in track(intake + "0", expect=1)["error"]


def test_a_route_that_reaches_nobody_keeps_the_mail_and_never_asks_the_mx(setting):
    partner = setting.start_partner()  # the MX of partner.test, which would take the mail
    setting.commit_policy(NOBODY_AND_NOWHERE)
    gateway = setting.start_gateway()
    send(gateway, "bob@partner.test", "by the route only")
    send(gateway, "carol@void.test", "to nowhere")
    listed = wait_for_queue(setting, lambda listed: [mail["attempts"] for mail in listed if mail["attempts"] >= 2],
                            "not tried twice")
    assert len(listed) == 1 and not partner.list_mails("bob@partner.test")
    setting.commit_policy()
    assert partner.wait_for_mail("bob@partner.test", 1)["Subject"] == "by the route only"
    assert len(partner.list_mails("bob@partner.test")) == 1


def test_a_route_signs_in_at_the_other_server_inside_tls(setting, start):
    partner = setting.start_partner()
    head_office = setting.start_gateway()
    folder = setting.folder / "branch"
    folder.mkdir()
    setting._write_secret(folder / "head-office.password", PASSWORD + "\n")
    config = folder / "sealpost.toml"
    config.write_text(setting._fill(BRANCH_CONFIG))
    commit_policy(config, BRANCH_POLICY.format(port=head_office.addresses["submission"][1]))
    branch = start(Node(config))
    send(branch, "bob@partner.test", "from the branch")
    mail = partner.wait_for_mail("bob@partner.test", 1)
    received = [" ".join(line.split()) for line in mail.get_all("Received")]
    assert any("by mx1.acme.test with ESMTPSA" in line for line in received), received
    policy = folder / "policy.toml"
    policy.write_text(policy.read_text().replace("head-office", "head-offise"))
    refused = subprocess.run([SEALPOST, "--config", str(config), "policy", "submit", str(policy)], capture_output=True, text=True)
    assert refused.returncode != 0 and "route.login" in refused.stdout + refused.stderr


def test_a_report_brings_back_what_the_profile_or_the_sender_says(setting):
    inner = setting.start_inner()
    partner = setting.start_partner(mailboxes=["bob@partner.test", "b@full.test", "b@small.test", "b@headers.test"])
    profiles = "".join(f"""
[[bounce_profile]]
name     = "{name}"
original = "{name}"
[[destination]]
domain         = "{name}.test"
bounce_profile = "{name}"
[[route]]
domain = "{name}.test"
hosts  = ["{PARTNER}:{partner.address[1]}"]
""" for name in ("full", "small", "headers"))
    setting.commit_policy(profiles)
    gateway = setting.start_gateway()
    long = "a line of the contract\n" * 1000
    expected = [("full", long, {}, True), ("small", "short", {}, True), ("small", long, {}, False), ("headers", "short", {}, False),
                ("headers", long, {"mail_options": ["RET=FULL", "ENVID=id42"]}, True),
                ("full", "short", {"mail_options": ["RET=HDRS"]}, False)]
    for number, (name, text, options, brings_text) in enumerate(expected, start=1):
        send(gateway, f"nobody@{name}.test", f"case {number}", text, **options)
        mail = inner.wait_for_mail("alice@acme.test", number)
        report = read_report(mail)
        assert mail["Return-Path"] == "<>" and mail["Auto-Submitted"] == "auto-replied"
        assert report["about"]["Reporting-MTA"] == "dns; mx1.acme.test"
        recipient, = report["recipients"]
        assert recipient["Final-Recipient"] == f"rfc822; nobody@{name}.test"
        assert recipient["Action"] == "failed" and recipient["Status"] == "5.1.1"
        if "ENVID=id42" in options.get("mail_options", []):
            assert report["about"]["Original-Envelope-Id"] == "id42"
        original = report["original"]
        if brings_text:
            assert original.get_content_type() == "message/rfc822", number
            enclosed = original.get_content()
            assert enclosed["Subject"] == f"case {number}"
            assert enclosed.get_content().replace("\r\n", "\n").strip() == text.strip()
        else:
            assert original.get_content_type() == "text/rfc822-headers", number
            assert f"Subject: case {number}" in original.get_content() and "contract" not in original.get_content()


def test_reports_go_to_the_alternate_recipient_and_silence_is_silence(setting, start):
    inner = start(Postfix("inner.acme.test", ("127.0.0.4", setting.inner_port),
                          mailboxes=["alice@acme.test", "bounces@acme.test"]))
    setting.start_partner(mailboxes=["bob@partner.test", "b@silent.test"])
    setting.commit_policy(f"""
[[bounce_profile]]
name                = "elsewhere"
alternate_recipient = "bounces@acme.test"
[[bounce_profile]]
name         = "silent"
send_bounces = false
[[destination]]
domain         = "partner.test"
bounce_profile = "elsewhere"
[[destination]]
domain         = "silent.test"
bounce_profile = "silent"
[[route]]
domain = "silent.test"
hosts  = ["{PARTNER}:{setting.mx_port}"]
""")
    gateway = setting.start_gateway()
    send(gateway, "nobody@silent.test", "silence")
    wait_for_queue(setting, lambda listed: not listed, "not given up")
    send(gateway, "nobody@partner.test", "elsewhere")
    report = read_report(inner.wait_for_mail("bounces@acme.test", 1))
    assert report["recipients"][0]["Final-Recipient"] == "rfc822; nobody@partner.test"
    assert not inner.list_mails("alice@acme.test")


def test_the_sender_hears_of_a_delay_and_of_the_delivery_nothing(setting):
    inner = setting.start_inner()
    setting.commit_policy("""
[[bounce_profile]]
name                = "impatient"
first_retry         = "1s"
max_interval        = "1s"
delay_warning_after = "1s"
max_delay_warnings  = 1
[[destination]]
domain         = "partner.test"
bounce_profile = "impatient"
""")
    gateway = setting.start_gateway()  # and partner.test is down
    send(gateway, "bob@partner.test", "it waits")
    mail = inner.wait_for_mail("alice@acme.test", 1)
    report = read_report(mail)
    recipient, = report["recipients"]
    assert recipient["Action"] == "delayed" and recipient["Status"].startswith("4.")
    assert recipient["Final-Recipient"] == "rfc822; bob@partner.test" and recipient["Will-Retry-Until"]
    assert mail["Subject"].startswith("Delayed") and report["original"].get_content_type() == "text/rfc822-headers"
    attempts = max(mail["attempts"] for mail in wait_for_queue(setting, lambda listed: listed, "gone"))
    wait_for_queue(setting, lambda listed: max(mail["attempts"] for mail in listed) >= attempts + 2, "not tried again")
    assert len(inner.list_mails("alice@acme.test")) == 1, "one warning was allowed"
    partner = setting.start_partner()
    assert partner.wait_for_mail("bob@partner.test", 1)["Subject"] == "it waits"


def test_a_bounce_of_our_own_mail_comes_back_and_a_forged_one_is_refused(setting, start):
    inner = setting.start_inner()
    key = setting.folder / "acme" / "bounce-1.key"
    sealpost("bounce-key", "new", key)
    assert key.stat().st_mode & 0o077 == 0
    configure(setting, '[bounce_verification]\nkey_files = ["bounce-1.key"]\n')
    # Takes mail for gone.test first and bounces it afterwards, since the next server wants none: ours.
    gateway_address = (GATEWAY, setting.public_port)
    partner = start(Postfix("mx.partner.test", (PARTNER, setting.mx_port), mailboxes=["bob@partner.test"],
                            relay_domains=["gone.test"],
                            transports={"acme.test": gateway_address, "gone.test": gateway_address}))
    setting.commit_policy(f"""
[[destination]]
domain     = "ALL"
tag_sender = true
[[route]]
domain = "gone.test"
hosts  = ["{PARTNER}:{setting.mx_port}"]
""")
    gateway = setting.start_gateway()
    send(gateway, "bob@partner.test", "to bob")
    tagged = partner.wait_for_mail("bob@partner.test", 1)["Return-Path"]
    assert tagged.startswith("<prvs=") and tagged.endswith("=alice@acme.test>"), tagged
    send(gateway, "dave@gone.test", "to nobody")
    bounce = inner.wait_for_mail("alice@acme.test", 1)
    assert read_report(bounce)["about"]["Reporting-MTA"] == "dns; mx.partner.test"
    assert bounce["Delivered-To"] == "alice@acme.test" and bounce["Return-Path"] == "<>"

    host, port = gateway.addresses["public"]
    with smtplib.SMTP(host, port, timeout=30) as client:
        client.ehlo("spammer.test")
        client.mail("")
        code, text = client.rcpt("alice@acme.test")
        assert code == 550 and b"5.7.1" in text
        assert client.rcpt("prvs=1000abcdef=alice@acme.test")[0] == 550
        assert client.rcpt("postmaster@acme.test")[0] == 250
        client.rset()
        # Somebody answers to the address that he saw.
        client.sendmail("bob@partner.test", [tagged.strip("<>")], "From: bob@partner.test\r\nSubject: an answer\r\n\r\nx\r\n")
    assert inner.wait_for_mail("alice@acme.test", 2)["Subject"] == "an answer"


def test_administrators_hear_once_of_a_destination_without_the_tls_that_is_demanded(setting, start):
    inner = setting.start_inner()
    start(Postfix("mx.partner.test", (PARTNER, setting.mx_port), mailboxes=["bob@partner.test"]))  # offers no TLS
    configure(setting, '[alerts]\nto = ["alice@acme.test"]\nlanguage = "fr"\n')
    setting.commit_policy('[[destination]]\ndomain = "partner.test"\ntls = "required_verify"\n')
    gateway = setting.start_gateway()
    send(gateway, "bob@partner.test", "the first")
    body_of = lambda mail: "".join(part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain")
    list_alerts = lambda: [mail for mail in inner.list_mails("alice@acme.test") if "exigé (required_verify)" in body_of(mail)]
    wait_until(list_alerts)
    alert = list_alerts()[0]
    assert alert["From"] == "Sealpost <sealpost@mx1.acme.test>" and alert["Return-Path"] == "<>"
    assert "mx.partner.test" in body_of(alert)
    failures = len(gateway.events("delivery.tls_failed"))
    wait_until(lambda: len(gateway.events("delivery.tls_failed")) >= failures + 2)
    assert len(list_alerts()) == 1
    assert [event["about"] for event in gateway.events("alert.tls_unmet")] == ["partner.test"]


def test_a_token_that_was_revoked_is_named_and_another_one_in_its_file_is_taken_without_a_restart(setting):
    partner, token = setting.start_partner(), setting.folder / "acme" / "service.token"
    setting.start_service()
    gateway = setting.start_gateway()
    setting.serve_command("token", "revoke", "1")
    send(gateway, "bob@partner.test", "[secure] The merger")
    said = lambda listed: " ".join(recipient["text"] for mail in listed for recipient in mail["recipients"])
    wait_for_queue(setting, lambda listed: f"does not take the token in {token}" in said(listed), "not refused")
    setting._write_secret(token, setting.serve_command("token", "new", "acme").split()[0] + "\n")
    gateway.process.send_signal(signal.SIGHUP)  # sooner than the gateway reads the file again by itself
    partner.wait_for_mail("bob@partner.test", 1)
    wait_for_queue(setting, lambda listed: not listed, "not delivered")
