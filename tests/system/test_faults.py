"""A real node whose surroundings fail: the disk is full, cannot be written, or is slow; the clock jumps; names are not
resolved; the service is away. What was answered with 250 waits and arrives once, when the fault is over, without
anybody's help. Hosts that break down: test_broken_destinations.py; the service's disk: test_faults_of_the_service.py."""
import errno
import os
import smtplib
import threading
import time

import pytest

from world.breaking_host import Sink
from world.disk_trouble import DiskTrouble
from world.false_clock import FalseClock
from world.mail import hand_in
from world.mail_ledger import Clients, Ledger, judge, judge_content
from world.names import Names
from world.relay import Relay, start_relay
from world.setting import Setting
from world.silent_names import SilentNames
from world.small_disk import SmallDisk
from world.waiting import wait_until

TEMPORARY = {421, 451, 452}


@pytest.fixture
def names(tmp_path, start):
    return start(Names(tmp_path / "names", {"acme.test": []}))


@pytest.fixture
def sink(start):
    return start(Sink("127.0.0.3", judge=judge, judge_content=judge_content))


def trouble_and_recovery(relay, ledger, sink, begins, end):
    """Under load, for each of the faults: it begins, senders are told to come again, it ends, mail flows. In the end
    nothing is amiss. Answers the codes of the refusals."""
    refusals = set()
    with Clients(ledger, lambda: relay.addresses) as clients:
        for begin in begins:
            before = len(ledger.answered)
            wait_until(lambda: len(ledger.answered) > before + 20, lambda: f"no mail is taken: {clients.refusals[-5:]}", 90)
            begin()
            clients.refusals.clear()
            wait_until(lambda: len(clients.refusals) > 10, "nothing is refused, whatever the disk says")
            refusals |= set(clients.refusals)
            end()
        before = len(ledger.answered)
        wait_until(lambda: len(ledger.answered) > before + 20, "no mail is taken again", 90)
    sink.wait_for_all(ledger.owed(), 120)
    assert relay.process.poll() is None, "it died"
    relay.stop()
    assert not relay.list_waiting()
    relay.start()  # which erases what was given up while the disk would not let it go
    relay.stop()
    with relay.store() as store:
        assert store.execute("select * from queue_content").fetchall() == [], "something was left behind"
    assert refusals <= TEMPORARY, refusals
    assert not ledger.find_faults(sink)
    assert ledger.duplicates(sink) == 0, "what was delivered is known, once the store can be written again"
    return refusals


# --- the disk

def test_a_full_disk_is_answered_with_452_and_nothing_is_lost_before_or_after(tmp_path, start, names, sink):
    disk = start(SmallDisk(tmp_path / "data", "48m"))
    relay = start(Relay(tmp_path, names.endpoint, sink.address, data=disk.folder, prefix=disk.prefix))
    relay.seen_data = disk.seen_from_outside
    relay.commit_policy()
    relay.start()
    assert 452 in trouble_and_recovery(relay, Ledger(1), sink, [disk.fill], disk.free)


def test_a_program_that_dies_on_a_full_disk_starts_again_with_all_its_mail(tmp_path, start, names):
    is_open = threading.Event()
    sink = start(Sink("127.0.0.3", judge=lambda recipient, seen: "250 ok" if is_open.is_set() else "451 later"))
    disk = start(SmallDisk(tmp_path / "data", "16m"))
    relay = start(Relay(tmp_path, names.endpoint, sink.address, data=disk.folder, prefix=disk.prefix))
    relay.seen_data = disk.seen_from_outside
    relay.commit_policy()
    relay.start()
    recipients = [f"r{number}@d{number}.test" for number in range(20)]
    assert {hand_in(relay.address, recipient) for recipient in recipients} == {250}
    disk.fill()
    relay.kill()
    relay.spawn()  # it may say that it cannot, and be started again by who watches over it, as systemd does
    wait_until(lambda: relay.process.poll() is not None or b"ready" in os.read(relay.process.stdout.fileno(), 4096),
               "it neither starts nor says why not")
    assert relay.process.poll() in (None, 2, 3), relay.errors[-2000:]
    if relay.process.poll() is None:
        relay.kill()
    disk.free()
    is_open.set()
    relay.start()
    sink.wait_for_all(recipients)
    assert all(sink.copies(recipient) == 1 for recipient in recipients)


def test_a_disk_that_turns_read_only_or_has_errors_is_no_loss_and_mail_flows_again_by_itself(tmp_path, start, names, sink):
    trouble = DiskTrouble(tmp_path, tmp_path / "data")
    relay = start_relay(start, tmp_path, names.endpoint, sink.address, environment=trouble.environment)
    start(trouble)  # well again before the node ends
    begins = [lambda: trouble.refuse(errno.EROFS), lambda: trouble.refuse(errno.EIO), lambda: trouble.refuse_syncs(errno.EIO)]
    trouble_and_recovery(relay, Ledger(2), sink, begins, trouble.be_well)


def test_a_program_on_a_read_only_disk_says_so_and_starts_when_it_can_be_written(tmp_path, start, names, sink):
    disk = start(SmallDisk(tmp_path / "data", "16m"))
    relay = start(Relay(tmp_path, names.endpoint, sink.address, data=disk.folder, prefix=disk.prefix))
    relay.commit_policy()
    disk.remount("ro")
    relay.spawn()
    assert relay.process.wait(60) in (2, 3)
    assert "data" in relay.errors and "read" in relay.errors.lower(), relay.errors
    relay.process.stdout.close()
    disk.remount("rw")
    relay.start()
    assert hand_in(relay.address, "ok-1@d1.test") == 250
    sink.wait_for_all(["ok-1@d1.test"])


def test_a_slow_disk_holds_nobody_but_who_waits_for_its_250(tmp_path, start, names, sink):
    trouble = DiskTrouble(tmp_path, tmp_path / "data")
    relay = start_relay(start, tmp_path, names.endpoint, sink.address, environment=trouble.environment)
    start(trouble)  # well again before the node ends
    trouble.hold_syncs()
    answers = {}

    def send(at):
        answers[at] = hand_in(relay.address, f"ok-{at}@d1.test")

    senders = [threading.Thread(target=send, args=(at,)) for at in range(8)]
    for sender in senders:
        sender.start()
    # While all of them wait for the disk, others speak, up to the content itself.
    with smtplib.SMTP(*relay.address, local_hostname="client.test", timeout=60) as client:
        client.ehlo()
        for _ in range(5):
            assert client.noop()[0] == 250
            assert client.mail("bob@acme.test")[0] == client.rcpt("ok-99@d1.test")[0] == 250
            assert client.rset()[0] == 250
    assert not answers, "a 250 before the disk had it"
    trouble.delay_syncs(100)
    for sender in senders:
        sender.join(60)
    assert set(answers.values()) == {250} and len(answers) == 8
    sink.wait_for_all([f"ok-{at}@d1.test" for at in range(8)])
    assert all(sink.copies(f"ok-{at}@d1.test") == 1 for at in range(8))


# --- the clock

@pytest.mark.parametrize("restarts", [False, True], ids=["while-it-runs", "with-a-restart"])
def test_a_clock_that_jumps_neither_loses_retries_nor_lets_them_storm(tmp_path, start, names, restarts):
    is_open = threading.Event()
    sink = start(Sink("127.0.0.3", judge=lambda recipient, seen: "250 ok" if is_open.is_set() else "451 later"))
    clock = start(FalseClock(tmp_path))
    relay = start_relay(start, tmp_path, names.endpoint, sink.address, environment=clock.environment)
    recipients = [f"r{number}@d{number % 3}.test" for number in range(9)]
    began = time.monotonic()
    assert {hand_in(relay.address, recipient) for recipient in recipients} == {250}

    def wait_for_two_more_tries():
        with sink.changed:
            before = {recipient: sink.asked[recipient] for recipient in recipients}
        wait_until(lambda: all(sink.asked[recipient] >= before[recipient] + 2 for recipient in recipients),
                   lambda: f"retries do not come: {before} and then {sink.asked}: {relay.errors}", 60)

    wait_for_two_more_tries()
    for hours in (20, -20):  # from where it was at the start; messages live for three days
        if restarts:
            relay.stop()
        clock.set(hours)
        if restarts:
            relay.start()
        wait_for_two_more_tries()
    tries_at_most = 3 + (time.monotonic() - began) / 0.9 + 5  # one a second, the first retry, one for each jump and restart
    assert max(sink.asked.values()) < tries_at_most, "retries storm"
    is_open.set()
    sink.wait_for_all(recipients)
    assert all(sink.copies(recipient) == 1 for recipient in recipients)


# --- names and destinations

PUBLIC = """\
[[listener]]
name    = "public"
kind    = "public"
address = "127.0.0.2:0"
"""

DEFERRING = """\
[[mail_flow_policy]]
name            = "CAREFUL"
behavior        = "accept"
spf_temperror   = "defer"
dmarc_temperror = "defer"
[[mail_flow_policy]]
name           = "LENIENT"
behavior       = "accept"
spf_temperror  = "mark"
[[sender_group]]
name     = "KNOWN"
listener = "public"
order    = 1
policy   = "LENIENT"
senders  = ["127.0.0.9"]
[[sender_group]]
name     = "EVERYBODY"
listener = "public"
policy   = "CAREFUL"
senders  = ["ALL"]
[[recipient]]
address = "acme.test"
"""


ZONES = {"good.test": ['@ TXT "v=spf1 ip4:127.0.0.1 -all"'],
         "bad.test": ['@ TXT "v=spf1 -all"', '_dmarc TXT "v=DMARC1; p=reject"'],
         "partner.test": ["@ MX 10 mx", "mx A 127.0.0.3"]}


def test_without_dns_mail_waits_and_nothing_that_comes_in_is_judged_for_good(tmp_path, start, sink):
    names = start(Names(tmp_path / "names", ZONES))
    relay = start_relay(start, tmp_path, names.endpoint, None, delivery=f"mx_port = {sink.address[1]}", more=PUBLIC,
                        policy=DEFERRING)
    inside, outside = relay.addresses["private"], relay.addresses["public"]
    names.stop()
    assert hand_in(inside, "ok-1@partner.test") == 250
    for domain in ("good.test", "bad.test"):  # neither taken as if it were right, nor refused as if it were wrong
        code = hand_in(outside, "ok-2@acme.test", f"From: a@{domain}\r\n\r\nhello\r\n".encode(), f"a@{domain}")
        assert code == 451, (domain, code)
    wait_until(lambda: all(mail["attempts"] > 0 for mail in relay.list_queue()), "not tried")
    assert sink.copies("ok-1@partner.test") == 0
    names.start_again()
    good = b"From: a@good.test\r\n\r\nhello\r\n"
    wait_until(lambda: hand_in(outside, "ok-2@acme.test", good, "a@good.test") == 250, "not judged again")
    sink.wait_for_all(["ok-1@partner.test"])
    assert sink.copies("ok-1@partner.test") == 1


MOST_SECONDS_OF_SILENCE = 15  # host name, SPF, keys and DMARC, each of which asks for 2 s ([dns] timeout), some twice


def test_a_name_server_that_swallows_questions_holds_nobody_beyond_his_limits(tmp_path, start, sink):
    names = start(Names(tmp_path / "names", ZONES))
    route = '[[route]]\ndomain = "routed.test"\nhosts = ["{}:{}"]\n'.format(*sink.address)
    inner = '[[route]]\ndomain = "acme.test"\nhosts = ["{}:{}"]\n'.format(*sink.address)
    relay = start_relay(start, tmp_path, names.endpoint, None, delivery=f"mx_port = {sink.address[1]}", more=PUBLIC,
                        policy=DEFERRING + route + inner)
    inside, outside = relay.addresses["private"], relay.addresses["public"]
    names.stop()
    waiting = [f"ok-{at}@d{at}.test" for at in range(40)] + ["ok-1@partner.test"]
    with SilentNames(names.port) as silent:
        # First, while the resolver does not know yet that nobody answers: each question waits for its time.
        began = time.monotonic()
        codes = {domain: hand_in(outside, "ok-2@acme.test", f"From: a@{domain}\r\n\r\nhello\r\n".encode(), f"a@{domain}")
                 for domain in ("good.test", "bad.test")}
        assert set(codes.values()) == {451}, codes
        lenient = b"From: a@good.test\r\n\r\nhello\r\n"
        assert hand_in(outside, "ok-3@acme.test", lenient, "a@good.test", source="127.0.0.9") == 250
        assert time.monotonic() - began < 3 * MOST_SECONDS_OF_SILENCE
        for recipient in waiting:
            assert hand_in(inside, recipient) == 250
        wait_until(lambda: silent.questions > 0, "nobody is asked")
        # What needs no name passes by all that waits for one.
        for at in range(5):
            assert hand_in(inside, f"ok-{at}@routed.test") == 250
        sink.wait_for_all([f"ok-{at}@routed.test" for at in range(5)], 10)
        sink.wait_for_all(["ok-3@acme.test"], 10)
        marked, = [taken.octets for taken in sink.taken if taken.recipients == ("ok-3@acme.test",)]
        assert b"spf=temperror" in marked and b"X-Sealpost-Verdict: spf-temperror" in marked, marked
        wait_until(lambda: all(mail["attempts"] > 1 for mail in relay.list_queue()), "not tried")
        assert {mail["recipients"][0]["address"] for mail in relay.list_queue()} == set(waiting), "given up, or sent to somewhere"
    names.start_again()
    good = b"From: a@good.test\r\n\r\nhello\r\n"
    wait_until(lambda: hand_in(outside, "ok-2@acme.test", good, "a@good.test") == 250, "not judged again")
    sink.wait_for_all(["ok-1@partner.test"])
    assert sink.copies("ok-1@partner.test") == 1


# --- the service

@pytest.mark.parametrize("kind", ["drop", "stall"])
def test_a_service_that_breaks_off_or_says_nothing_holds_only_what_is_to_be_sealed(tmp_path, start, kind):
    setting = Setting(tmp_path, start)
    sink = start(Sink("127.0.0.3"))
    setting.commit_route("partner.test", sink.address)
    with Sink("127.0.0.1", port=setting.service_port, trouble=lambda step, number: kind) as rude:
        private = setting.start_gateway().addresses["private"]
        assert hand_in(private, "bob@partner.test", b"Subject: [secure] hello\r\n\r\nthe secret body\r\n") == 250
        assert hand_in(private, "carol@partner.test") == 250
        sink.wait_for_all(["carol@partner.test"])
        wait_until(lambda: rude.connections > (2 if kind == "drop" else 0), "the service is not asked")
        assert sink.copies("bob@partner.test") == 0
    setting.start_service()
    sink.wait_for_all(["bob@partner.test"])
    assert sink.copies("bob@partner.test") == 1
    assert not any(b"the secret body" in taken.octets for taken in sink.taken)
