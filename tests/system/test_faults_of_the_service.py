"""A real service whose disk fails while gateways seal, readers open and reply. What it cannot keep it refuses with words that
make people and gateways come back; no key leaves without its record, nothing goes in clear, and it recovers by itself."""
import concurrent.futures
import contextlib
import email
import email.policy
import json
import os
import sqlite3
import threading
import time

import pytest

from world.breaking_host import Sink
from world.command import sealpost
from world.dead_store import open_store
from world.false_clock import FalseClock
from world.ill_disk import FullDisk, RefusingDisk, make_ill_disk
from world.mail import hand_in
from world.process import end
from world.reader import Reader, Refused, multipart, page_of
from world.setting import INNER, PARTNER, Setting
from world.waiting import wait_until

KINDS = ["full", "EROFS", "EIO"]
SECRET = b"the secret body"
IDENTITY = "AGE-SECRET-KEY-1"
SOME_ID = "a" * 26


class World:
    """acme.test with its gateway, keys.test with the service on a disk that falls ill, and hosts that keep all mail for
    partner.test and for the people inside."""

    def __init__(self, folder, start, make_disk):
        self.setting = setting = Setting(folder, start)
        self.partner = start(Sink(PARTNER, port=setting.mx_port))
        self.inner = start(Sink(INNER, port=setting.inner_port))
        self.disk = make_disk(setting, start)
        self.service = setting.start_service(**self.disk.options)
        self.gateway = setting.start_gateway()

    def send_sealed(self, recipient):
        address = self.gateway.addresses["private"]
        assert hand_in(address, recipient, f"Subject: [secure] hello\r\n\r\n{SECRET.decode()}\r\n".encode()) == 250

    def list_queue(self):
        return json.loads(sealpost("--format", "json", "--config", self.setting.gateway_config, "queue", "list"))["messages"]

    def mails_of(self, sink):
        with sink.changed:
            return [email.message_from_bytes(taken.octets, policy=email.policy.default) for taken in sink.taken]

    def envelopes_of(self, sink):
        """The ids of the envelopes that came there, each as often as it came."""
        return [mail["X-Sealpost-Envelope"] for mail in self.mails_of(sink) if mail["X-Sealpost-Envelope"]]

    def open_as_bob(self):
        """Bob has proven his address; answers his reader and the ref of his envelope, which he has not opened yet."""
        self.send_sealed("bob@partner.test")
        self.partner.wait_for_all(["bob@partner.test"])
        bob = Reader(self.setting.service_port, self.setting.authority.root)
        ref = bob.ingest(page_of(self.mails_of(self.partner)[0]))

        def wait_for_code():
            self.partner.wait(lambda: len(self.partner.taken) == 2, "no code by mail")
            return self.mails_of(self.partner)[1]

        bob.prove(ref, "bob@partner.test", wait_for_code)
        return bob, ref

    def kept(self):
        """The service's store, once it has ended."""
        end(self.service.process)
        return open_store(self.disk.data)


def refuse(call, status=503):
    """What was refused with this status, and gave nothing away."""
    with pytest.raises(Refused) as refused:
        call()
    assert refused.value.status == status, refused.value
    assert IDENTITY not in refused.value.problem
    return refused.value.problem


def record_of_a_key():
    return {"identity": IDENTITY + "Q" * 58, "ciphertext": {"sha256": "0" * 64, "size": 1234},
            "sender": {"address": "alice@acme.test", "name": "Alice"}, "subject": "hello", "message_id": "<1@acme.test>",
            "recipients": ["bob@partner.test"], "profile": "default", "assurance": "mailbox", "expires_at": "2099-01-01T00:00:00Z",
            "rights": {"reply": True, "reply_all": True, "forward": False}, "receipt": False, "hosted": False}


@pytest.fixture(params=KINDS)
def world(request, tmp_path, start):
    return World(tmp_path, start, lambda setting, enter: make_ill_disk(request.param, setting, enter))


def test_sealing_waits_while_the_key_store_cannot_keep_anything_and_goes_on_by_itself(world):
    recipients = [f"r{number}@partner.test" for number in range(4)]
    gateway_like = Reader(world.setting.service_port, world.setting.authority.root)
    world.disk.fall_ill()
    told = refuse(lambda: gateway_like.request("PUT", f"/api/v1/envelopes/{SOME_ID}", record_of_a_key(),
                                               {"Authorization": f"Bearer {world.setting.token}"}, own=False))
    assert json.loads(told)["type"].endswith("try-later"), told
    for recipient in recipients:
        world.send_sealed(recipient)
    assert hand_in(world.gateway.addresses["private"], "carol@partner.test") == 250
    world.partner.wait_for_all(["carol@partner.test"])
    wait_until(lambda: len(queued := world.list_queue()) == 4 and all(mail["attempts"] >= 2 for mail in queued), world.list_queue)
    assert not any(world.partner.copies(recipient) for recipient in recipients), "sent without a key that is kept"
    assert world.service.process.poll() is None, "the service died"
    world.disk.get_well()
    world.partner.wait_for_all(recipients)
    wait_until(lambda: not world.list_queue(), world.list_queue)
    assert all(world.partner.copies(recipient) == 1 for recipient in recipients)
    assert not any(SECRET in taken.octets for taken in world.partner.taken), "in clear"
    sent = world.envelopes_of(world.partner)
    with world.kept() as store:
        keys = {row[0] for row in store.execute("select envelope_id from key_wrapped where sealed is not null")}
        hosted = {row[0] for row in store.execute("select id from key_envelope where hosted_slot is not null")}
    assert len(set(sent)) == 4 and set(sent) <= keys & hosted
    assert SOME_ID not in keys, "refused, and kept"


def test_a_reader_is_refused_while_nothing_can_be_kept_and_opens_and_replies_afterwards(world):
    bob, ref = world.open_as_bob()
    page = page_of(world.mails_of(world.partner)[0])
    world.disk.fall_ill()
    refuse(lambda: bob.call("POST", f"/api/v1/open/{ref}/release", {}))
    refuse(lambda: bob.call("POST", "/api/v1/codes", {"address": "bob@partner.test", "ref": ref, "language": "en"}))
    assert "Please try again" in refuse(lambda: bob.ingest(page))
    assert bob.call("GET", f"/api/v1/open/{ref}")["state"] == "open", "reading needs no room"
    world.disk.get_well()
    assert SECRET in bob.open(ref, world.setting.folder)
    world.disk.fall_ill()
    for _ in range(3):
        refuse(lambda: bob.reply(ref, "Nobody will read this.", b"octets" * 20_000))
    world.disk.get_well()
    for _ in range(2):
        assert bob.reply(ref, "Signed.", b"octets" * 20_000)["deliveries"][0]["address"] == "alice@acme.test"
    world.inner.wait(lambda: world.inner.by_recipient["alice@acme.test"] == 2, "the replies do not come")
    with world.kept() as store:
        whats = [row[0] for row in store.execute("select what from people_audit where subject = ?", (world.envelopes_of(world.partner)[0],))]
        assert whats.count("key.released") == 1, whats
        assert store.execute("select count(*) from queue_message").fetchone() == (0,), "what was refused is sent"
    assert len(world.inner.taken) == 2


def test_each_reply_that_was_accepted_before_the_disk_fell_ill_arrives_although_the_service_dies_of_it(world):
    bob, ref = world.open_as_bob()
    bob.open(ref, world.setting.folder)
    accepted, is_refused = [], threading.Event()

    def write_replies():
        with contextlib.suppress(Refused):
            while True:
                bob.reply(ref, f"Signed, number {len(accepted)}.", b"octets" * 20_000)
                accepted.append(True)
        is_refused.set()

    writer = threading.Thread(target=write_replies, daemon=True)
    writer.start()
    wait_until(lambda: len(accepted) >= 5, "no reply is accepted", pause=0.01)
    world.disk.fall_ill()
    assert is_refused.wait(60), "accepted, whatever the disk says"
    world.service.kill()
    world.disk.get_well()
    world.service = world.setting.start_service(**world.disk.options)
    # An envelope may come twice, whose delivery could not be noted down; a reply that was refused may have been kept.
    wait_until(lambda: len(set(world.envelopes_of(world.inner))) >= len(accepted),
               lambda: f"{len(accepted)} accepted: {world.envelopes_of(world.inner)}")
    wait_until(lambda: not world.list_queue(), world.list_queue)
    assert len(set(world.envelopes_of(world.inner))) <= len(accepted) + 1


@pytest.fixture
def watched(tmp_path, start):
    """One whose disk only refuses when it is told to, and whose store the test may look into."""
    return World(tmp_path, start, lambda setting, enter: RefusingDisk("EIO", setting, enter))


def test_no_key_is_released_whose_release_cannot_be_audited(watched):
    bob, ref = watched.open_as_bob()
    with contextlib.closing(sqlite3.connect(watched.disk.data / "sealpost.db", isolation_level=None, timeout=30)) as store:
        store.execute("create trigger no_audit before insert on people_audit when new.what = 'key.released'"
                      " begin select raise(abort, 'the audit is shut'); end")
        refuse(lambda: bob.call("POST", f"/api/v1/open/{ref}/release", {}), 500)
        assert store.execute("select count(*) from key_recipient where released_at is not null").fetchone() == (0,)
        store.execute("drop trigger no_audit")
        assert SECRET in bob.open(ref, watched.setting.folder)
        assert store.execute("select count(*) from key_recipient where released_at is not null").fetchone() == (1,)
        assert store.execute("select count(*) from people_audit where what = 'key.released'").fetchone() == (1,)


def test_a_key_leaves_when_its_audit_is_on_the_disk_and_no_sooner(watched):
    bob, ref = watched.open_as_bob()
    stranger = Reader(watched.setting.service_port, watched.setting.authority.root)
    answers = []
    watched.disk.trouble.hold_syncs()
    asking = threading.Thread(target=lambda: answers.append(bob.call("POST", f"/api/v1/open/{ref}/release", {})))
    asking.start()
    for _ in range(20):  # while it waits for the disk, others are shown what they ask for
        assert stranger.call("GET", f"/api/v1/open/{ref}")["state"] == "open"
    assert asking.is_alive() and not answers, "a key before the disk had its audit"
    watched.disk.get_well()
    asking.join(60)
    assert answers and answers[0]["identity"].startswith(IDENTITY)


# --- the clock

class Healthy:
    """A disk that never fails, and a time of day that the test sets."""

    def __init__(self, clock):
        self.options = {"environment": clock.environment}


@pytest.mark.parametrize("restarts", [False, True], ids=["while-it-runs", "with-a-restart"])
def test_a_clock_that_jumps_a_year_ahead_destroys_no_key_that_has_time_left(tmp_path, start, restarts):
    clock = start(FalseClock(tmp_path))
    world = World(tmp_path, start, lambda setting, start: Healthy(clock))
    world.open_as_bob()
    for steps, hours in enumerate((24 * 365, 0), 1):
        if restarts:
            end(world.service.process)
        clock.set(hours=hours)
        if restarts:
            world.service = world.setting.start_service(environment=clock.environment)
        # A service that runs looks once a minute.
        wait_until(lambda: len(world.service.events("key.expiry_waits")) == steps, seconds=180)
        assert not world.service.events("key.expired")

    def wait_for_another_code():
        world.partner.wait(lambda: len(world.partner.taken) == 3, "no code by mail")
        return world.mails_of(world.partner)[2]

    bob = Reader(world.setting.service_port, world.setting.authority.root)
    ref = bob.ingest(page_of(world.mails_of(world.partner)[0]))  # tickets live for half an hour
    bob.prove(ref, "bob@partner.test", wait_for_another_code)
    assert SECRET in bob.open(ref, world.setting.folder)


def hand_in_something(world, size):
    """As anybody may; answers the status."""
    body, content_type = multipart([("envelope", None, b"age-encryption.org/v1\n" + os.urandom(size))])
    stranger = Reader(world.setting.service_port, world.setting.authority.root)
    try:
        answer, _ = stranger.request("POST", "/ingest", body, {"Content-Type": content_type}, own=False)
        return answer.status
    except Refused as refused:
        return refused.status
    except OSError:
        return 503  # refused before it was sent whole


def test_uploads_of_strangers_stop_before_they_use_up_the_room_of_mail(tmp_path, start):
    world = World(tmp_path, start, lambda setting, enter: FullDisk(setting, enter, size="192m", reserve="32M"))
    bob, ref = world.open_as_bob()
    with concurrent.futures.ThreadPoolExecutor(12) as strangers:
        statuses = list(strangers.map(lambda _: hand_in_something(world, 20 << 20), range(12)))
    assert set(statuses) <= {201, 303, 503} and 503 in statuses, statuses
    assert b"load.short" not in (world.setting.service_config.parent / "stderr.log").read_bytes()
    bob.call("PUT", "/api/v1/me/language", {"language": "fr"})
    assert bob.call("POST", f"/api/v1/open/{ref}/release", {})["identity"].startswith(IDENTITY)
    world.send_sealed("bob@partner.test")
    wait_until(lambda: not world.list_queue(), world.list_queue)


def test_a_disk_that_others_fill_to_the_last_octet_gives_room_back_to_what_has_to_be_written(tmp_path, start):
    world = World(tmp_path, start, lambda setting, enter: FullDisk(setting, enter, size="96m", reserve="24M"))
    bob, _ = world.open_as_bob()
    spare = world.disk.data / "sealpost.db.spare"

    def write():
        try:
            bob.call("PUT", "/api/v1/me/language", {"language": "fr"})
            return 204
        except Refused as refused:
            return refused.status

    assert spare.stat().st_size == 6 << 20
    world.disk.fall_ill()
    statuses = []
    while spare.exists():
        statuses.append(write())
        assert len(statuses) < 10000, set(statuses)
    assert set(statuses) <= {204, 503}, set(statuses)
    assert [write() for _ in range(50)] == [204] * 50, "the disk is as full as before, but for what the spare file gave back"
    world.disk.get_well()
    deadline = time.monotonic() + 60
    while not spare.exists():
        assert write() == 204 and time.monotonic() < deadline
        time.sleep(0.2)
