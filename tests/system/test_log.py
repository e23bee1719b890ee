"""One thing has one name in every event of the log (doc/ops/log.md)."""
import json
import smtplib

from world.command import commit_policy, sealpost
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
address = ["acme.test", "far.test"]
[[route]]
domain = "acme.test"
hosts = ["/dev/null"]
[[route]]
domain = "far.test"
hosts = ["127.0.0.1:9"]
"""


def test_a_message_is_followed_from_its_connection_to_its_end(tmp_path, start):
    config = tmp_path / "sealpost.toml"
    config.write_text(CONFIG)
    commit_policy(config, POLICY, asks_dns=False)
    node = start(Node(config))
    with smtplib.SMTP(*node.addresses["public"], timeout=30) as client:
        for recipient in ("alice@acme.test", "carol@far.test"):
            client.sendmail("bob@[127.0.0.1]", [recipient], "Subject: x\r\n\r\nhello\r\n")
        client.ehlo()
        client.mail("bob@[127.0.0.1]")
        assert client.rcpt("mallory@nowhere.test")[0] == 550
    wait_until(lambda: len(node.events("queue.recipient")) >= 2 and node.events("smtp.closed"))
    one = lambda name: node.events(name)[0]
    connection = one("smtp.connected")["connection"]
    assert {one(name)["connection"] for name in ("gateway.connection", "smtp.accepted", "smtp.closed")} == {connection}
    transaction = one("gateway.accepted")["transaction"]
    assert transaction.rpartition(".")[0] == connection
    assert {one(name)["transaction"] for name in ("gateway.decided", "gateway.queued")} == {transaction}
    refused = one("smtp.refused")
    assert (refused["ip"], refused["sender"], refused["recipient"]) == ("127.0.0.1", "bob@[127.0.0.1]", "mallory@nowhere.test")
    assert refused["transaction"] == f"{connection}.3" and refused["stage"] == "rcpt"
    message = one("gateway.queued")["message"]
    assert one("queue.done")["message"] == message
    assert one("delivery.attempt")["message"] == node.events("gateway.queued")[1]["message"] != message
    assert json.loads(sealpost("--config", config, "--format", "json", "track", message))["id"] == message
    refused, taken = ([event for event in node.events("queue.recipient") if event["recipient"] == who][0]
                      for who in ("carol@far.test", "alice@acme.test"))
    assert (taken["message"], taken["number"], taken["state"]) == (message, 0, "delivered")
    attempt = one("delivery.attempt")
    assert (refused["message"], refused["state"], refused["delivery"]) == (attempt["message"], "waiting", attempt["delivery"])
    assert refused["code"].startswith("4.") and refused["said"] and [event["to"] for event in node.events("gateway.queued")] == [
        "alice@acme.test", "carol@far.test"]
    assert attempt["to"] == "carol@far.test"
    waiting = json.loads(sealpost("--config", config, "--format", "json", "queue", "show", attempt["message"]))
    assert waiting["recipients"][0]["facts"]["delivery"] == attempt["delivery"] != ""
    events = [json.loads(line) for line in (tmp_path / "stderr.log").read_text().splitlines() if line.startswith("{")]
    assert not [event for event in events if {"icid", "queue_id"} & event.keys()]
    assert not [event for event in events if "message" in event and not isinstance(event["message"], int)]
