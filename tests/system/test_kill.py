"""A real node under the load of several senders, killed with SIGKILL at random moments, with a ledger on both sides:
each 250 that a sender saw is a message that arrived, or bounced, at least once; and a message arrives twice only when
its host had taken it while the queue did not know yet, at the moment of a death. What happens is decided by a seed, which
is printed; SEALPOST_SEED repeats one. SEALPOST_LONG_SECONDS kills that long instead of a few times, and a quarter of it while envelopes are sealed (./test --long)."""
import contextlib
import dataclasses
import email
import email.policy
import json
import random
import smtplib
import time
from collections import Counter

from world.breaking_host import Sink, Taken
from world.authority import Authority
from world.dead_store import list_waiting, open_store
from world.mail import make_mail, some_octets
from world.mail_ledger import DOMAINS, Clients, Ledger, Way, in_chunks, judge, judge_content, pipelined
from world.names import Names
from world.process import end
from world.relay import Relay
from world.rounds import LONG_SECONDS, rounds
from world.setting import Setting

SEALING_SHARE = 1 / 4  # of the hours of ./test --long; the first test here has all of them
MOST_UNDER_WAY = 500  # [delivery] max_connections, and so what can be in flight at one death
ENOUGH_DEATHS = 100   # one in three hits a message in flight
WAYS = (Way(), Way(), Way(in_chunks), Way(pipelined), Way(listener="public"), Way(listener="public", is_in_tls=True),
        Way(pipelined, listener="public", is_in_tls=True))

PUBLIC_LISTENER = """\
[[certificate]]
name  = "mx1"
chain = "mx1.pem"
key   = "mx1.key"
[[listener]]
name        = "public"
kind        = "public"
address     = "127.0.0.2:0"
certificate = "mx1"
"""

PUBLIC_POLICY = f"""\
[[mail_flow_policy]]
name     = "ACCEPTED"
behavior = "accept"
[[sender_group]]
name     = "EVERYBODY"
listener = "public"
policy   = "ACCEPTED"
senders  = ["ALL"]
[[recipient]]
address = {json.dumps(DOMAINS)}
"""


class Lives:
    """Lives of one node, one after the other, while the clients never stop."""

    def __init__(self, relay, ledger, sink, chance):
        self.relay, self.ledger, self.sink, self.chance = relay, ledger, sink, chance
        self.addresses = None
        self.deaths, self.most_in_flight, self.waiting = 0, 0, 0

    def live(self):
        if self.chance.random() < 0.2:
            self.relay.spawn()
            time.sleep(self.chance.uniform(0, 0.15))
        else:
            self.relay.start()
            self.addresses = self.relay.addresses
            time.sleep(self.chance.uniform(0.1, 1.2))
        self.relay.kill()
        self.addresses = None
        self.sink.wait_until_quiet()
        self.deaths += 1
        waiting = self.relay.list_waiting()
        self.waiting += len(waiting)
        self.most_in_flight = max(self.most_in_flight, self.ledger.note_death(self.sink, waiting))


def play(folder, start, seed, may_go_on):
    """Kills while `may_go_on(deaths)`, lets the last life finish its work, and answers what was seen."""
    chance = random.Random(seed)
    ledger = Ledger(seed)
    sink = start(Sink("127.0.0.3", judge=judge, judge_content=judge_content))
    names = start(Names(folder / "names", {"acme.test": []}))
    Authority(folder / "authority").issue(folder, "mx1", "mx1.acme.test")
    relay = start(Relay(folder, names.endpoint, sink.address, more=PUBLIC_LISTENER, policy=PUBLIC_POLICY))
    relay.commit_policy()
    lives = Lives(relay, ledger, sink, chance)
    with Clients(ledger, lambda: lives.addresses, WAYS):
        while may_go_on(lives.deaths):
            lives.live()
        relay.start()
        lives.addresses = relay.addresses
        time.sleep(0.5)
    owed = ledger.owed()
    sink.wait(lambda: all(sink.by_recipient[address] for address in owed),
              lambda: f"seed {seed}: {[address for address in owed if not sink.by_recipient[address]][:20]} lost", 120)
    relay.stop()
    assert not relay.list_waiting(), f"seed {seed}: the queue does not get empty"
    return lives


@dataclasses.dataclass
class Sum:
    """What was seen through all the seeds of a run."""
    deaths: int = 0
    waiting: int = 0  # recipients in the queue at a death
    broken_off: int = 0  # messages whose sender heard no answer
    in_flight: int = 0  # recipients whose host had the message while the queue did not know yet
    ways: Counter = dataclasses.field(default_factory=Counter)

    def add(self, lives):
        self.deaths += lives.deaths
        self.waiting += lives.waiting
        self.broken_off += len(lives.ledger.broken_off)
        self.in_flight += sum(lives.ledger.in_flight.values())
        self.ways += lives.ledger.ways

    def check(self):
        assert self.broken_off > 0, "no death hit a message on its way in"
        assert self.waiting > 0, "no death hit a message in the queue"
        assert self.in_flight > 0 or self.deaths < ENOUGH_DEATHS, "no death hit a message on its way out"
        assert set(self.ways) == set(WAYS), "some senders handed in nothing"


def check(lives, seed):
    ledger, sink = lives.ledger, lives.sink
    faults = ledger.find_faults(sink)
    assert not faults, f"seed {seed}: {len(faults)} faults: {faults[:20]}"
    duplicates, in_flight = ledger.duplicates(sink), sum(ledger.in_flight.values())
    print(f"seed {seed}: {lives.deaths} deaths, {len(ledger.messages)} messages tried, {len(ledger.answered)} answered with 250, "
          f"{len(ledger.broken_off)} broken off, {len(sink.taken)} arrivals, {duplicates} of them twice, of {in_flight} that were in "
          f"flight at a death, with {lives.waiting} in the queue")
    assert duplicates <= in_flight
    assert lives.most_in_flight <= MOST_UNDER_WAY
    assert len(ledger.answered) > lives.deaths, "it was hardly asked for anything"


def test_each_250_is_a_delivery_or_a_bounce_through_every_kill(tmp_path):
    total = Sum()
    deaths = 40 if LONG_SECONDS else 10
    for seed, folder in rounds(tmp_path, 1):  # a fresh ledger now and then, and a queue that begins empty
        with contextlib.ExitStack() as stack:
            lives = play(folder, stack.enter_context, seed, lambda already: already < deaths)
            check(lives, seed)
        total.add(lives)
    total.check()


def test_what_is_to_be_sealed_is_sealed_once_and_never_in_clear_through_every_kill_of_gateway_and_service(tmp_path):
    for seed, folder in rounds(tmp_path, SEALING_SHARE):
        with contextlib.ExitStack() as stack:
            seal_through_kills(folder, stack.enter_context, seed)


def seal_through_kills(folder, start, seed):
    chance = random.Random(seed)
    setting = Setting(folder, start)
    sink = start(Sink("127.0.0.3"))
    setting.commit_route("partner.test", sink.address)
    answered, in_flight, deaths, number = [], Counter(), Counter(), 0
    nodes = {"gateway": setting.start_gateway(), "service": setting.start_service()}
    for _ in range(40 if LONG_SECONDS else 5):
        address = nodes["gateway"].addresses["private"]
        with contextlib.suppress(OSError, smtplib.SMTPException), smtplib.SMTP(*address, timeout=30) as client:
            for _ in range(4):
                number += 1
                recipient = f"r{number}@partner.test"
                mail = make_mail(f"[secure] contract {number}", "the secret body that nobody else may read", to=recipient,
                                 attachment=some_octets(chance.choice([100, 100, 100_000, 1_500_000])))
                client.send_message(mail, "alice@acme.test", [recipient])
                answered.append(recipient)
        time.sleep(chance.uniform(0, 0.3))
        which = chance.choice(["gateway", "service"])
        nodes[which].kill()
        deaths[which] += 1
        if which == "gateway":
            sink.wait_until_quiet()
            in_flight.update(address for address in list_waiting(setting.folder / "acme" / "data") if sink.copies(address))
        nodes[which] = setting.start_gateway() if which == "gateway" else setting.start_service()
    sink.wait(lambda: all(sink.by_recipient[address] for address in answered),
              lambda: f"seed {seed}: {[address for address in answered if not sink.by_recipient[address]]} lost", 120)
    for node in nodes.values():
        end(node.process)
    check_envelopes(setting, sink, in_flight, seed)
    twice = sum(count - 1 for count in sink.by_recipient.values())
    print(f"seed {seed}: {deaths['gateway']} deaths of the gateway, {deaths['service']} of the service, {number} messages tried, "
          f"{len(answered)} answered with 250, {len(sink.taken)} arrivals, {twice} of them twice, of {sum(in_flight.values())} that "
          f"were in flight at a death")
    assert len(answered) > 0 and number > sum(deaths.values()), "it was hardly asked for anything"


def check_envelopes(setting, sink, in_flight, seed):
    with open_store(setting.folder / "keys" / "data") as store:
        known = {row[0] for row in store.execute("select envelope_id from key_wrapped where sealed is not null")}
        hosted = {row[0] for row in store.execute("select id from key_envelope where hosted_slot is not null")}
    envelopes = {}
    for taken in sink.taken:
        parts = email.message_from_bytes(taken.octets, policy=email.policy.default).walk()
        text = "".join(str(part.get_content()) for part in parts if not part.is_multipart())
        assert "the secret body" not in text and b"the secret body" not in taken.octets, f"seed {seed}: in clear"
        mine = {envelope for envelope in known if envelope in text}
        assert mine and mine <= hosted, f"seed {seed}: an envelope without its key at the service"
        envelopes.setdefault(taken.recipients[0], set()).update(mine)
    for address, mine in envelopes.items():
        assert len(mine) == 1, f"seed {seed}: sealed twice: {address}"
        assert sink.by_recipient[address] <= 1 + in_flight[address], f"seed {seed}: {address} twice"


def test_the_ledger_notices_what_waits_again_after_it_was_settled():
    ledger, address = Ledger(1), "ok-1-0@d1.test"
    with Sink("127.0.0.3") as sink:
        sink.note(Taken("s1@acme.test", (address,), b""))
        ledger.note_death(sink, [address])  # taken in this life
        ledger.note_death(sink, [address])  # and not sent again in the next
        assert ledger.came_back == [] and ledger.in_flight == {address: 1}
        ledger.note_death(sink, [])
        ledger.note_death(sink, [address])
        assert ledger.came_back == [address]


def test_the_ledger_notices_what_is_lost_doubled_damaged_or_from_nowhere():
    def find_faults(*taken, in_flight=()):
        ledger = Ledger(1)
        message = ledger.write_message()
        message.recipients = ["ok-1-0@d1.test"]
        ledger.note_answer(message)
        ledger.in_flight = dict.fromkeys(in_flight, 1)
        with Sink("127.0.0.3") as sink:
            for sender, recipient, octets in taken:
                sink.note(Taken(sender or message.sender, (recipient,), octets or message.octets))
            return [fault.split(":")[0] for fault in ledger.find_faults(sink)]

    arrival = (None, "ok-1-0@d1.test", None)
    assert find_faults(arrival) == []
    assert find_faults() == ["lost"]
    assert find_faults(arrival, arrival) == ["2 copies, of which 1 can be explained"]
    assert find_faults(arrival, arrival, in_flight=["ok-1-0@d1.test"]) == []
    assert find_faults(arrival, arrival, arrival, in_flight=["ok-1-0@d1.test"]) == ["3 copies, of which 2 can be explained"]
    assert find_faults(arrival, (None, "who@d1.test", None)) == ["from nowhere"]
    assert find_faults((None, "ok-1-0@d1.test", b"Subject: message 1\r\nX-Digest: 00\r\n\r\nhalf")) == ["damaged"]
