"""What an administrator sees of the queue, and does to it, beside a running node (doc/ops/queue.md)."""
import contextlib
import json
import smtplib
import sqlite3
import subprocess

import pytest

from world.command import SEALPOST, sealpost
from world.node import Node
from world.waiting import wait_until

CONFIG = """[node]
hostname = "mx1.acme.test"
roles = ["gateway"]
data_dir = "data"
[dns]
resolver = "127.0.0.1:1"
timeout = "1s"
[[listener]]
name = "public"
kind = "public"
address = "127.0.0.1:0"
"""
POLICY = """[[listener_defaults]]
listener = "public"
defer_undecided = false
dmarc = "off"
[[recipient]]
address = ["far.test", "near.test", "done.test"]
[[route]]
domain = "done.test"
hosts = ["/dev/null"]
[[route]]
domain = ["far.test", "near.test"]
hosts = ["127.0.0.1:9"]
"""
# Sender, recipient, and a head that is not as it should be.
MAIL = [("alice@acme.test", "bob@far.test", "Message-ID: <1.a@acme.test>\r\nSubject: first \x1b[2J\r\n"),
        ("anna@acme.test", "carol@near.test", "Message-ID: <2.a@acme.test>\r\nSubject: second\r\n"),
        ("", "bob@far.test", "Subject: bounce\r\n"),
        ("zoe@other.test", "bob@far.test", "Subject: fourth\r\n")]


class World:
    def __init__(self, folder, start):
        self.config = folder / "sealpost.toml"
        self.store = folder / "data" / "sealpost.db"
        self.config.write_text(CONFIG)
        (folder / "policy.toml").write_text(POLICY)
        self.run("policy", "submit", "--no-dns", folder / "policy.toml")
        self.run("policy", "commit", "-m", "x")
        self.node = start(Node(self.config))
        with smtplib.SMTP(*self.node.addresses["public"], timeout=30) as client:
            for sender, recipient, head in MAIL:
                client.sendmail(sender, [recipient], f"From: x@acme.test\r\n{head}\r\nThe body.\r\n")
        wait_until(lambda: all(mail["attempts"] for mail in self.list()), self.list)
        self.ids = [mail["id"] for mail in self.list()]

    def run(self, *words, expect=0):
        return sealpost("--config", self.config, *words, expect=expect)

    def ask(self, *words, expect=0):
        return json.loads(self.run("--format", "json", *words, expect=expect))

    def list(self, *words):
        return self.ask("queue", "list", *words)["messages"]


@pytest.fixture
def world(tmp_path, start):
    return World(tmp_path, start)


def test_messages_are_held_released_and_removed_by_sender_and_domain(world):
    senders = lambda *words: [mail["sender"] for mail in world.list(*words)]
    assert senders("--sender", "@acme.test") == ["alice@acme.test", "anna@acme.test"] and senders("--sender", "<>") == [""]
    assert senders("--older-than", "1h") == []
    assert world.ask("queue", "remove", "--older-than", "1h", expect=1) == {"would_change": 0}
    assert world.ask("queue", "hold", "--sender", "@acme.test", "--domain", "far.test") == {"changed": 1}
    assert senders("--held") == ["alice@acme.test"]
    assert "2 messages held" in world.run("queue", "hold", "--domain", "far.test")
    assert len(senders("--held")) == 3
    assert world.ask("queue", "release", "--sender", "<>") == {"changed": 1}
    assert world.ask("queue", "remove", "--held", expect=1) == {"would_change": 2}
    said = world.run("queue", "remove", "--sender", "anna@acme.test", expect=1)
    assert "1 message would be removed" in said and "--yes" in said
    assert len(senders()) == 4, "nothing was removed"
    assert world.ask("queue", "remove", "--held", "--yes") == {"changed": 2}
    assert senders() == ["anna@acme.test", ""]
    assert world.ask("queue", "remove", "--all", "--yes") == {"changed": 2}
    assert world.list() == []
    assert [each["state"] for each in world.ask("track", world.ids[0])["recipients"]] == ["removed"]


def test_who_sent_what_is_given_up_hears_so(world):
    said = world.run("queue", "bounce", "--domain", "far.test", expect=1)
    assert "3 messages would be given up" in said and "with a bounce to the sender" in said
    assert world.ask("queue", "bounce", "--domain", "far.test", "--yes") == {"changed": 3}
    assert world.ask("queue", "bounce", world.ids[0], expect=1) == {"changed": [], "not_found": [world.ids[0]]}
    waiting = sorted((mail["sender"], mail["recipients"][0]["address"]) for mail in world.list())
    assert waiting == [("", "alice@acme.test"), ("", "zoe@other.test"), ("anna@acme.test", "carol@near.test")]
    told, = world.ask("track", world.ids[0])["recipients"]
    assert (told["state"], told["enhanced_code"]) == ("failed", "5.3.0"), told
    wait_until(lambda: all(mail["attempts"] for mail in world.list()), world.list)  # the node has noticed, and tries to tell them


def test_what_was_done_to_messages_is_in_the_audit_trail(world):
    first, second = world.ids[:2]
    world.run("queue", "hold", "--domain", "far.test", "--sender", "alice@acme.test")
    world.run("queue", "release", first)
    world.run("queue", "remove", second, "999", expect=1)
    world.run("queue", "remove", "999", expect=1)  # nothing was done
    world.run("queue", "bounce", "--sender", "<>", "--yes")
    records = world.ask("audit", "list", "--what", "queue")["records"]
    noted = [(record["what"], record["who"], record["subject"], record["details"]) for record in reversed(records)]
    assert noted == [
        ("queue.held", "operator", "queue", {"domain": "far.test", "sender_domain": "acme.test", "messages": 1}),
        ("queue.released", "operator", "queue", {"ids": [first]}),
        ("queue.removed", "operator", "queue", {"ids": [second]}),
        ("queue.bounced", "operator", "queue", {"sender": "<>", "messages": 1})]


@pytest.mark.parametrize("words", [(), ("42", "--all"), ("--sender", ""), ("--all", "--domain", "far.test"), ("--domain", "", "--sender", "a@b.test")])
@pytest.mark.parametrize("command", ["hold", "release", "remove", "bounce"])
def test_a_choice_that_is_none_changes_nothing(tmp_path, command, words):
    (tmp_path / "sealpost.toml").write_text(CONFIG)
    (tmp_path / "policy.toml").write_text("# nothing\n")
    sealpost("--config", tmp_path / "sealpost.toml", "policy", "submit", "--no-dns", tmp_path / "policy.toml")
    done = subprocess.run([SEALPOST, "--config", tmp_path / "sealpost.toml", "queue", command, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == "" and done.stderr, done


def test_what_fills_the_queue_is_summed_up(world):
    world.run("queue", "hold", world.ids[1])
    told = world.ask("queue", "summary")
    assert (told["by"], told["messages"], told["held"], told["deferred"], told["others"]) == ("domain", 4, 1, 3, 0)
    assert told["octets"] == sum(mail["size"] for mail in world.list()) and 0 <= told["oldest_seconds"] < 600 and told["oldest_at"]
    assert [(each["domain"], each["messages"], each["held"]) for each in told["shares"]] == [("far.test", 3, 0), ("near.test", 1, 1)]
    told = world.ask("queue", "summary", "--by", "sender", "--limit", "2")
    assert [each["sender"] for each in told["shares"]] == ["<>", "alice@acme.test"] and told["others"] == 2
    done = subprocess.run([SEALPOST, "--config", world.config, "queue", "summary", "--limit", "1"], capture_output=True, text=True, timeout=60)
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["messages", "octets", "deferred", "held", "oldest", "domain"]
    assert [(row[0], row[-1]) for row in rows[1:]] == [("3", "far.test"), ("4", "all")] and "1 message" in done.stderr, done
    world.run("queue", "summary", "--by", "colour", expect=2)


def test_the_head_of_a_message_is_shown_and_never_its_body(world):
    first = world.ids[0]
    said = world.run("queue", "show", first, "--head")
    assert "Subject: first \\x1b[2J\n" in said and "Message-ID: <1.a@acme.test>\n" in said and "Received: " in said
    assert "\x1b" not in said and "The body" not in said and "not shown" not in said
    assert "Subject: first" in world.ask("queue", "show", first, "--head")["head"] and "head" not in world.ask("queue", "show", first)
    with contextlib.closing(sqlite3.connect(world.store, isolation_level=None)) as store:
        store.execute("update queue_message set plan = '' where id = ?", (first,))
    head = world.ask("queue", "show", first, "--head")["head"]
    assert "Subject: (not shown: the message is confidential)\n" in head and "first" not in head and "From: x@acme.test\n" in head
    world.run("queue", "remove", first)
    assert "not kept" in world.ask("queue", "show", first, "--head", expect=1)["error"]


def test_a_message_is_found_by_its_message_id_whether_it_waits_or_is_done(world):
    with smtplib.SMTP(*world.node.addresses["public"], timeout=30) as client:
        client.sendmail("alice@acme.test", ["x@done.test", "y@done.test", "x@far.test"], "Message-ID: <9.z@acme.test>\r\nSubject: x\r\n\r\nx\r\n")
    find = lambda *words, expect=0: world.ask("track", *words, expect=expect)["messages"]
    wait_until(lambda: any(each["finished_at"] for mail in find("--message-id", "9.z@acme.test") for each in mail["recipients"]))
    found = find("--message-id", "<9.z@acme.test>")
    assert {each["address"] for mail in found for each in mail["recipients"]} == {"x@done.test", "y@done.test", "x@far.test"}
    assert {mail["facts"]["message_id"] for mail in found} == {"9.z@acme.test"}
    assert len(find("--message-id", "9.z@acme.test", "--address", "y@done.test")) == 1
    assert find("--message-id", "9.z@acme", expect=1) == []
    assert "Message-ID <9.z@acme.test>" in world.run("queue", "show", found[0]["id"])
    accepted = [event for event in world.node.events("gateway.accepted") if event["message_id"]]
    assert [event["message_id"] for event in accepted] == ["1.a@acme.test", "2.a@acme.test", "9.z@acme.test"]


def test_a_message_that_does_not_wait_any_more_can_be_looked_for(world):
    said = world.run("queue", "remove", "4711", expect=1)
    assert "4711: no such message waits; `track 4711`" in said
    assert "`track`" in world.ask("queue", "show", "4711", expect=1)["error"]
