"""Whoever sent an envelope sees who opened it, and decides what becomes of it."""
import json
import re

import pytest

from world.mail import make_mail, submit
from world.reader import Reader, Refused, page_of
from world.setting import Setting

ALICE, BOB = "alice@acme.test", "bob@partner.test"


def refuse(reader, *call):
    with pytest.raises(Refused) as refused:
        reader.call(*call)
    return json.loads(refused.value.problem)["type"].rsplit(":", 1)[1]


def test_the_sender_of_an_envelope_locks_it_and_ends_it(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner, inner = setting.start_partner(), setting.start_inner()
    setting.start_service()
    gateway = setting.start_gateway()
    mail = make_mail("[secure] Contract")
    mail["X-Sealpost-Receipt"] = "yes"
    submit(setting, gateway, mail)
    bob = Reader(setting.service_port, setting.authority.root)
    ref = bob.ingest(page_of(partner.wait_for_mail(BOB, 1)))

    # Alice was never here, and has no envelope in her hand.
    alice = Reader(setting.service_port, setting.authority.root)
    page, _ = alice.request("GET", "/sent", headers={"Accept": "text/html"})
    assert page.status == 200
    alice.prove("", ALICE, lambda: inner.wait_for_mail(ALICE, 1))
    row, = alice.call("GET", "/api/v1/sent")["envelopes"]
    assert row["sender"]["address"] == ALICE and row["state"] == "open" and "subject" not in row
    assert [(one["address"], one["released_at"]) for one in row["recipients"]] == [(BOB, None)]
    lock = f"/api/v1/sent/{row['id']}"
    alice.call("POST", f"{lock}/lock", {"reason": "The wrong file."})

    bob.prove(ref, BOB, lambda: partner.wait_for_mail(BOB, 2))
    assert refuse(bob, "POST", f"/api/v1/open/{ref}/release", {}) == "locked"
    assert refuse(bob, "POST", f"{lock}/unlock", {}) == "not-found", "a recipient decides nothing"
    alice.call("POST", f"{lock}/unlock", {})
    bob.open(ref, tmp_path)
    row, = alice.call("GET", "/api/v1/sent?query=bob")["envelopes"]
    assert row["recipients"][0]["assurance"] == "mailbox"
    receipt = inner.wait_for_mail(ALICE, 2)
    assert re.search(r"https://\S+/sent\b", receipt.get_body(("plain",)).get_content())

    setting.serve_command("envelope", "lock", row["id"], "--reason", "Legal hold")
    assert refuse(alice, "POST", f"{lock}/unlock", {}) == "locked-by-account", "what the operator locked stays so"
    assert refuse(alice, "POST", f"{lock}/recall", {}) == "locked-by-account", "nor does she end it"
    setting.serve_command("envelope", "unlock", row["id"])
    alice.call("POST", f"{lock}/recall", {})
    assert refuse(bob, "POST", f"/api/v1/open/{ref}/release", {}) == "erased"
    trail = json.loads(setting.serve_command("--format", "json", "audit", "list", "--subject", row["id"]))["records"]
    assert [each["who"].split(":")[0] for each in trail if each["what"] == "envelope.recalled"] == ["person"]
