"""Somebody outside begins a message: to organisations of the service, of whom these say."""
import email
import email.policy
import json

import pytest

from world.mail import attachment_of, make_mail, some_octets, submit
from world.reader import Reader, Refused, page_of
from world.setting import PASSWORD, SENDING, Setting

ALICE, BOB, EVE = "alice@acme.test", "bob@partner.test", "eve@soft.test"


def administrator(setting):
    admin = Reader(setting.service_port, setting.authority.root)
    admin.sign_in_administrator("admin", PASSWORD)
    return admin


def write_to_bob(setting, partner):
    """So that Bob is known to acme.test: his first mail."""
    gateway = setting.start_gateway()
    submit(setting, gateway, make_mail("[secure] Contract"))
    assert page_of(partner.wait_for_mail(BOB, 1))


def come_to_compose(setting, mailboxes, address, count):
    """Signed in without an envelope, by a code that is this person's mail of that number."""
    reader = Reader(setting.service_port, setting.authority.root)
    reader.prove(None, address, lambda: mailboxes.wait_for_mail(address, count))
    return reader


def refuse(reader, *to):
    """The addresses that the service says are not reached."""
    with pytest.raises(Refused) as refused:
        reader.compose(to, "Hello.", b"x")
    problem = json.loads(refused.value.problem)
    assert refused.value.status == 403 and problem["type"].endswith(":not-reachable"), problem
    return problem["addresses"]


def test_somebody_who_was_written_to_begins_a_message_that_arrives_either_way(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner, inner = setting.start_partner(), setting.start_inner()
    setting.start_service()
    write_to_bob(setting, partner)
    bob = come_to_compose(setting, partner, BOB, 2)
    assert bob.call("GET", "/api/v1/compose") == {
        "organisations": [{"organisation": "Acme", "domains": ["acme.test"]}],
        "correspondents": [{"address": ALICE, "name": "Alice"}]}

    offer = some_octets()
    sent = bob.compose([ALICE], "Here is my offer.", offer)
    assert sent["deliveries"] == [{"address": ALICE, "way": "envelope", "domain": "acme.test"}]
    notification = inner.wait_for_mail(ALICE, 1)
    assert b"my offer" not in notification.as_bytes() and "Offer" not in notification["Subject"]
    alice = Reader(setting.service_port, setting.authority.root)
    ref = alice.ingest(page_of(notification))
    alice.prove(ref, ALICE, lambda: inner.wait_for_mail(ALICE, 2))
    original = alice.open(ref, tmp_path)
    assert attachment_of(original) == offer

    # Her answer comes to who began, in the same thread.
    assert alice.reply(ref, "We take it.", b"stamp")["deliveries"][0]["address"] == BOB
    answer = bob.open(bob.ingest(page_of(partner.wait_for_mail(BOB, 3))), tmp_path)
    head = email.message_from_bytes(answer, policy=email.policy.default)
    assert head["In-Reply-To"] == sent["message_id"] and attachment_of(answer) == b"stamp"

    admin = administrator(setting)
    assert admin.call("POST", "/api/v1/admin/domains/acme.test/test", {})["last_test"]["ready"]
    admin.call("PUT", "/api/v1/admin/domains/acme.test", {"tls_replies": True, "on_failure": "hold"})
    clear = some_octets()
    twice = [bob.compose([ALICE], "In clear form.", clear, key="8e03978e-40d5") for _ in range(2)]
    assert twice[0] == twice[1] and twice[0]["deliveries"][0]["way"] == "tls"
    mail = inner.wait_for_mail(ALICE, 3)
    assert attachment_of(mail.as_bytes()) == clear and mail["Subject"] == "Offer" and mail["Reply-To"] == BOB
    assert mail["Message-ID"] == twice[0]["message_id"]
    bob.compose([ALICE], "Another.", b"x")
    assert inner.wait_for_mail(ALICE, 4)["Message-ID"] != mail["Message-ID"], "the same key arrives once"

    rows = admin.call("GET", "/api/v1/admin/deliveries")["deliveries"]
    assert [(row["from"], row["to"], row["way"]) for row in rows] == [
        (BOB, ALICE, "tls"), (BOB, ALICE, "tls"), (ALICE, BOB, "envelope"), (BOB, ALICE, "envelope")]
    assert rows[1]["tls"]["verified"]
    tracked = json.loads(setting.serve_command("--format", "json", "track", "--message-id", sent["message_id"]))["messages"]
    assert [(each["facts"]["mode"], each["facts"]["account"]) for each in tracked] == [("compose", 1)]


def test_each_organisation_says_of_whom_it_takes_messages(tmp_path, start):
    setting = Setting(tmp_path, start, zones={"soft.test": ["@ MX 10 mx.partner.test."]})
    partner = setting.start_partner([BOB, EVE])
    setting.start_inner()
    setting.start_service()
    write_to_bob(setting, partner)
    bob, admin = come_to_compose(setting, partner, BOB, 2), administrator(setting)
    choose = lambda who: admin.call("PUT", "/api/v1/admin/compose", {"from": who})
    assert admin.call("GET", "/api/v1/admin/compose") == {"from": "known", "domains": ["acme.test"]}

    # A stranger is answered as anybody is, and gets no mail.
    stranger = Reader(setting.service_port, setting.authority.root)
    answer = stranger.call("POST", "/api/v1/codes", {"address": EVE, "compose": True, "language": "en"})
    assert set(answer) == {"challenge", "reference", "expires_at"}
    assert choose("anyone") == {"from": "anyone", "domains": ["acme.test"]}
    eve = come_to_compose(setting, partner, EVE, 1)
    assert eve.call("GET", "/api/v1/compose") == {"organisations": [], "correspondents": []}
    assert eve.compose([ALICE], "Hello.", b"x")["deliveries"][0]["address"] == ALICE
    assert refuse(eve, ALICE, "otto@other.test", BOB) == ["otto@other.test", BOB], "no third is reached"

    choose("known")
    assert refuse(eve, ALICE) == [ALICE]
    assert bob.compose([ALICE], "Hello.", b"x", sender=BOB)
    setting.serve_command("account", "change", "acme", "--compose", "nobody")
    assert refuse(bob, ALICE) == [ALICE]
    setting.serve_command("account", "change", "acme", "--compose", "known")
    setting.serve_command("account", "disable", "acme")
    assert refuse(bob, ALICE) == [ALICE]
    told = json.loads(setting.serve_command("--format", "json", "audit", "list", "--what", "account.compose_set"))["records"]
    assert [each["details"]["from"] for each in told] == ["known", "anyone"]
    assert {each["who"] for each in told} == {"administrator:1"}


def test_a_message_leaves_under_its_writers_address_where_their_domain_lets_the_service(tmp_path, start):
    zones = {"partner.test": [f'@ TXT "v=spf1 mx ip4:{SENDING} -all"'],
             "soft.test": ["@ MX 10 mx.partner.test.", '@ TXT "v=spf1 mx ~all"']}
    setting = Setting(tmp_path, start, zones=zones)
    partner, inner = setting.start_partner([BOB, EVE]), setting.start_inner()
    setting.start_service()
    setting.start_gateway()
    setting.serve_command("account", "change", "acme", "--compose", "anyone")
    for count, (person, sent_as, reason) in enumerate([(BOB, "person", "authorised"), (EVE, "service", "spf_not_pass")], 1):
        reader = come_to_compose(setting, partner, person, 1)
        answer = reader.compose([ALICE], "Hello.", b"x")
        assert (answer["sent_as"], answer["sent_as_reason"]) == (sent_as, reason)
        mail = inner.wait_for_mail(ALICE, count)
        assert page_of(mail)
        if sent_as == "person":
            assert mail["From"] == person and mail["Return-Path"] == f"<{person}>" and mail["Reply-To"] is None
        else:
            assert "via keys.test" in mail["From"] and mail["Return-Path"] == "<noreply@keys.test>" and mail["Reply-To"] == person
