"""What a commit would change for the mail that came lately: predicted by `policy preview`, then committed and tried; and
what `traffic summary` tells of that mail."""
import json
import re
import smtplib
import ssl
import subprocess

import pytest

from world.command import commit_policy, sealpost
from world.setting import Setting
from world.trace_report import facts_of
from world.waiting import wait_until

NAMED, FORGED, FAILING, NAMELESS, DENIED, LATE, RESET, INSIDE = (f"127.0.0.{number}" for number in range(21, 29))

# What the resolver says of each client: a name that leads back, one that does not, one that cannot be told, none.
ZONES = {
    "mail.test": [f"out A {NAMED}", "forged A 127.0.0.99"],
    "bank.test": [f'@ TXT "v=spf1 ip4:{NAMED} -all"', '_dmarc TXT "v=DMARC1; p=none"'],
    "127.in-addr.arpa": ["21.0.0 PTR out.mail.test.", "22.0.0 PTR forged.mail.test.", "23.0.0 PTR x.nobody-serves-this.test."],
}

STRICTER = """
[[mail_flow_policy]]
name     = "TLS_REQUIRED"
behavior = "accept"
tls      = "required"
[[mail_flow_policy]]
name        = "DENY"
behavior    = "reject"
reject_code = 521
[[mail_flow_policy]]
name            = "DENY_LATER"
behavior        = "reject"
delay_rejection = true
[[mail_flow_policy]]
name     = "HANG_UP"
behavior = "refuse"
[[mail_flow_policy]]
name             = "SMALL"
behavior         = "accept"
max_message_size = "4K"
max_recipients_per_message  = 1
max_messages_per_connection = 1
[[mail_flow_policy]]
name     = "TRUSTED_INSIDE"
behavior = "relay"

[[sender_group]]
name     = "NAMED"
listener = "public"
policy   = "TLS_REQUIRED"
senders  = ["out.mail.test", "forged.mail.test", ".nobody-serves-this.test"]
[[sender_group]]
name     = "DENIED"
listener = "public"
policy   = "DENY"
senders  = ["127.0.0.25"]
[[sender_group]]
name     = "LATE"
listener = "public"
policy   = "DENY_LATER"
senders  = ["127.0.0.26"]
[[sender_group]]
name     = "RESET"
listener = "public"
policy   = "HANG_UP"
senders  = ["127.0.0.27"]
[[sender_group]]
name     = "INSIDE_TOO"
listener = "public"
policy   = "TRUSTED_INSIDE"
senders  = ["127.0.0.28"]
[[sender_group]]
name     = "NAMELESS"
listener = "public"
policy   = "SMALL"
senders  = ["127.0.0.24"]

[[recipient]]
address = "closed@acme.test"
action  = "reject"
code    = 551
"""

LARGE = "x" * 70 + "\n"
# name of the message, which is its sender too: the client, the recipients, what swaks is told
MESSAGES = {
    "named-plain": (NAMED, "alice@acme.test", []),
    "named-tls": (NAMED, "alice@acme.test", ["--tls"]),
    "forged-plain": (FORGED, "alice@acme.test", []),
    "failing-plain": (FAILING, "alice@acme.test", []),
    "nameless-small": (NAMELESS, "alice@acme.test", []),
    "nameless-large": (NAMELESS, "alice@acme.test", ["--body", LARGE * 100]),
    "nameless-two": (NAMELESS, "alice@acme.test,carol@acme.test", []),
    "nameless-closed": (NAMELESS, "closed@acme.test", []),
    "nameless-stranger": (NAMELESS, "dave@example.org", []),
    "denied-plain": (DENIED, "alice@acme.test", []),
    "late-plain": (LATE, "alice@acme.test", []),
    "reset-plain": (RESET, "alice@acme.test", []),
    "inside-stranger": (INSIDE, "dave@partner.test", []),
}


def say(world, name):
    """The code that refused the message, 0 for a connection without an answer, 250 when all of it was taken."""
    ip, to, more = MESSAGES[name]
    host, port = world.gateway.addresses["public"]
    done = subprocess.run(["swaks", "--server", f"{host}:{port}", "--local-interface", ip, "--from", f"{name}@sender.test", "--to", to,
                           "--helo", "client.test", "--timeout", "30", *more], capture_output=True, text=True, timeout=60)
    refusals = [int(code) for code in re.findall(r"^<[*~]\* (\d{3})", done.stdout, re.MULTILINE)]
    if not refusals and done.returncode == 0:
        return 250
    return refusals[0] if refusals else 0


def ask(world, *arguments, expect=0, stdin=""):
    return json.loads(sealpost("--config", world.gateway_config, "--format", "json", *arguments, expect=expect, stdin=stdin))


def wait_for_facts(world, messages, connections):
    def look():
        preview = ask(world, "policy", "preview")
        return preview if preview["messages"] >= messages and preview["connections"] >= connections else None

    return wait_until(look, lambda: str(ask(world, "policy", "preview")))


def code_of(verdict):
    if verdict == "connection reset":
        return 0
    return 250 if verdict.startswith("accepted") else int(verdict[:3])


def stage(world, text):
    policy = world.gateway_config.parent / "policy.toml"
    before, rat = policy.read_text().split("[[recipient]]", 1)
    closed, extra = STRICTER.rsplit("[[recipient]]", 1)
    # In front of EVERYBODY, and the closed address in front of its domain.
    groups = before.replace('[[sender_group]]\nname     = "EVERYBODY"', closed + '[[sender_group]]\nname     = "EVERYBODY"')
    policy.write_text(groups + "[[recipient]]" + extra + "[[recipient]]" + rat + text)
    return ask(world, "policy", "submit", policy)


@pytest.fixture
def world(tmp_path, start):
    setting = Setting(tmp_path, start, zones=ZONES)
    setting.inner = setting.start_inner()
    setting.gateway = setting.start_gateway()
    return setting


def test_the_preview_says_what_then_happens(world):
    before = {name: say(world, name) for name in MESSAGES}
    assert before["named-plain"] == before["nameless-large"] == before["denied-plain"] == 250
    assert before["failing-plain"] == 250  # the policy asks for other names only
    preview = wait_for_facts(world, len(MESSAGES), len(MESSAGES))
    assert preview["different"] == {"connections": 0, "messages": 0}, preview

    assert stage(world, "")["result"] == "staged"
    preview = ask(world, "policy", "preview")
    predicted = dict(before)
    for example in preview["examples"]:
        name = example["sender"].split("@")[0]
        if name:
            assert example["before"]["verdict"].startswith("accepted") == (before[name] == 250), example
            # A message of which one recipient is taken ends as that one does, for swaks: with the first refusal it hears.
            worse = code_of(example["after"]["verdict"])
            if worse != 250 or before[name] != 250:
                predicted[name] = worse
    assert predicted != before
    sealpost("--config", world.gateway_config, "policy", "commit", "-m", "stricter")
    world.gateway.__exit__()
    world.gateway = world.start_gateway()
    after = {name: say(world, name) for name in MESSAGES}
    assert after == predicted
    assert after["failing-plain"] == 421  # this one asks for names such as the one that cannot be told
    # What was foreseen, in words, for those whose fate is known in advance.
    assert {name: after[name] for name in ("named-plain", "named-tls", "forged-plain", "nameless-large", "nameless-two")} == {
        "named-plain": 530, "named-tls": 250, "forged-plain": 250, "nameless-large": 552, "nameless-two": 452}
    assert (after["denied-plain"], after["late-plain"], after["reset-plain"], after["inside-stranger"]) == (521, 554, 0, 250)
    assert after["nameless-closed"] == 551


def test_facts_survive_a_restart_and_a_sudden_death(world):
    for name in ("named-plain", "nameless-stranger"):
        say(world, name)
    wait_for_facts(world, 2, 2)
    world.gateway.kill()
    world.gateway = world.start_gateway()
    assert ask(world, "policy", "preview")["messages"] == 2
    say(world, "named-tls")
    world.gateway.__exit__()  # what was not written yet is written at the end
    preview = ask(world, "policy", "preview")
    assert (preview["messages"], preview["connections"]) == (3, 3)
    assert ask(world, "policy", "preview", "--last", "1")["messages"] == 1


def test_nothing_is_kept_when_the_operator_wants_nothing(world):
    say(world, "named-plain")
    wait_for_facts(world, 1, 1)
    world.gateway.__exit__()
    world.gateway_config.write_text(world.gateway_config.read_text() + "[traffic]\nkeep = 0\n")
    world.gateway = world.start_gateway()
    assert say(world, "named-plain") == 250
    world.gateway.__exit__()
    preview = ask(world, "policy", "preview")
    assert (preview["messages"], preview["connections"], preview["since"]) == (0, 0, None)


def send(world, ip, sender, to="alice@acme.test", tls=False):
    with smtplib.SMTP(*world.gateway.addresses["public"], local_hostname="client.test", source_address=(ip, 0), timeout=60) as client:
        if tls:
            client.starttls(context=ssl._create_unverified_context())
        client.sendmail(sender, [to], f"From: {sender}\r\nSubject: x\r\n\r\nThe body.\r\n")


def test_the_summary_says_who_sends_without_tls_what_is_refused_and_what_fails(world):
    for _ in range(2):
        send(world, NAMED, "alice@bank.test", tls=True)
    send(world, NAMELESS, "mallory@bank.test")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(world, NAMELESS, "mallory@bank.test", to="dave@example.org")
    wait_for_facts(world, 4, 4)
    summary = lambda *words: ask(world, "traffic", "summary", *words)
    names = lambda *words: [row["name"] for row in summary(*words)["rows"]]

    told = summary("--listener", "public", "--since", "1h")
    rows = {row.pop("name"): row for row in told["rows"]}
    assert list(rows) == [NAMELESS, "out.mail.test"], told
    assert rows["out.mail.test"] == {"connections": 2, "connections_refused": 0, "messages": 2, "messages_refused": 0, "with_tls": 2,
                                     "spf_failed": 0, "dkim_failed": 0, "dmarc_failed": 0}
    assert [rows[NAMELESS][figure] for figure in ("messages", "messages_refused", "with_tls", "dmarc_failed")] == [2, 1, 0, 1], rows
    assert told["all"]["messages"] == 4 and told["others"]["rows"] == 0 and told["listener"] == "public"
    assert told["known"]["keep"] == 10000 and told["known"]["messages"]["count"] == told["known"]["connections"]["count"] == 4
    assert told["known"]["messages"]["oldest_at"] > told["since"]

    assert names("--only", "no-tls") == names("--only", "refused") == [NAMELESS]
    assert names("--by", "author-domain", "--only", "dmarc-failed") == ["bank.test"] == names("--by", "sender-domain")
    assert names("--by", "group") == ["public/EVERYBODY"] and names("--by", "network") == ["127.0.0.0/24"]
    assert {row["name"]: row["messages"] for row in summary("--by", "tls")["rows"]} == {"starttls": 2, "none": 2}
    assert {"pass", "fail"} <= set(names("--by", "spf")) and {"pass", "fail"} <= set(names("--by", "dmarc"))
    assert names("--listener", "private") == names("--since", "2100-01-01") == []
    cut = summary("--limit", "1")
    assert len(cut["rows"]) == cut["others"]["rows"] == 1 and cut["others"]["messages"] == 2

    world.gateway.__exit__()  # as well without a node
    known, _, titles, *table = sealpost("--config", world.gateway_config, "traffic", "summary").splitlines()
    assert known.startswith("known: 4 connections since 2") and "at most 10000" in known
    assert titles.split()[0] == "connections" and titles.split()[-1] == "host"
    assert [(line.split()[2], line.split()[4], line.split()[-1]) for line in table] == [
        ("2", "0%", NAMELESS), ("2", "100%", "out.mail.test"), ("4", "50%", "all")], table


def allow_many_connections(world):
    policy = world.gateway_config.parent / "policy.toml"
    commit_policy(world.gateway_config, policy.read_text().replace(
        "[[listener_defaults]]\n", "[[listener_defaults]]\nmax_connections_per_host = 1000\n", 1))
    world.gateway.__exit__()
    world.gateway = world.start_gateway()


def test_thousands_of_messages_are_noted_and_none_is_refused(world):
    allow_many_connections(world)
    host, port = world.gateway.addresses["private"]
    subprocess.run(["smtp-source", "-m", "3000", "-s", "8", "-l", "2000", "-f", "carol@partner.test", "-t", "alice@acme.test",
                    f"{host}:{port}"], check=True, timeout=120)
    preview = wait_for_facts(world, 3000, 3000)
    assert preview["messages"] == 3000
    assert "traffic.dropped" not in (world.gateway_config.parent / "stderr.log").read_text()


MESSAGE = "From: carol@sender.test\nSubject: Hello\n\nThe body.\n"


def trace(world, ip, *more, expect):
    return ask(world, "trace", "--listener", "public", "--ip", ip, "--mail-from", "carol@sender.test", "--rcpt-to", "alice@acme.test",
               "--helo", "client.test", *more, expect=expect, stdin=MESSAGE)


@pytest.mark.parametrize("name,expect,group", [
    ("named-plain", 1, "NAMED"), ("forged-plain", 0, "EVERYBODY"), ("failing-plain", 3, "EVERYBODY"), ("nameless-small", 0, "NAMELESS"),
    ("denied-plain", 1, "DENIED"), ("late-plain", 1, "LATE"), ("reset-plain", 1, "RESET")])
def test_trace_and_a_real_dialogue_end_alike(world, name, expect, group):
    assert stage(world, "")["result"] == "staged"
    sealpost("--config", world.gateway_config, "policy", "commit", "-m", "stricter")
    world.gateway.__exit__()
    world.gateway = world.start_gateway()
    report = trace(world, MESSAGES[name][0], expect=expect)
    heard = say(world, name)
    reply = report["recipients"][0].get("reply", "250")
    assert (0 if reply == "connection reset" else int(reply[:3])) == heard
    assert facts_of(report, "host_access_table")["sender_group"].split()[0] == group


@pytest.mark.parametrize("state", [["--host", "out.mail.test"], ["--host-failure", "none"], ["--host-failure", "mismatch"],
                                   ["--host-failure", "temporary"]])
def test_trace_meets_the_group_that_hat_check_names(world, state):
    assert stage(world, "")["result"] == "staged"
    for ip in (NAMED, NAMELESS, DENIED):
        met = ask(world, "hat", "check", "--listener", "public", "--ip", ip, "--pending", *state)
        expect = 3 if met["undecided"] else 1 if ip == DENIED or met["sender_group"] == "NAMED" else 0
        report = trace(world, ip, "--pending", *state, expect=expect)
        assert facts_of(report, "host_access_table")["sender_group"].split()[0] == met["sender_group"]
        told = {each["name"]: each for each in report["steps"][1]["facts"]}
        for name, parameter in met["parameters"].items():
            assert told[name]["from"] == parameter["from"], name


def test_warnings_ask_dns_unless_told_not_to(world):
    text = '[[sender_group]]\nname = "S"\nlistener = "public"\npolicy = "ACCEPTED"\nsenders = [".mx1.acme.test"]\n'
    submitted = stage(world, text)
    asked = [each for each in submitted["warnings"] if "is a host" in each["what"]]
    assert len(asked) == 1 and asked[0]["key"] == "sender_group.senders"
    assert asked[0] in ask(world, "policy", "warnings")["warnings"]
    assert asked[0] not in ask(world, "policy", "warnings", "--no-dns")["warnings"]
