"""Who owes what: every message that a client tried to hand in, what was answered, and what a Sink took of it.

A recipient's address says what becomes of it: ok-N-R@d1.test is taken, later-… at the second time, refused-… never,
and spoilt-… is refused after the dot. Every message has a sender of its own, so that a bounce names its message."""
import collections
import dataclasses
import hashlib
import itertools
import random
import re
import smtplib
import ssl
import threading

DOMAINS = [f"d{number}.test" for number in range(5)]
BOUNCING = ("refused", "spoilt")


@dataclasses.dataclass
class Message:
    number: int
    sender: str
    recipients: list
    octets: bytes
    code: int = None  # of the answer; None: there was none

    @property
    def is_answered(self):
        return self.code == 250

    @property
    def owed(self):
        """The addresses at which something must arrive, at least once."""
        fates = {recipient.split("-")[0] for recipient in self.recipients}
        due = [recipient for recipient in self.recipients if not recipient.startswith(BOUNCING)]
        return due + ([self.sender] if fates & set(BOUNCING) else [])


def judge(recipient, seen):
    """For a Sink: the reply to RCPT."""
    if recipient.startswith("refused-"):
        return "550 5.1.1 nobody of that name"
    if recipient.startswith("later-") and seen == 0:
        return "451 4.2.0 later"
    return "250 ok"


def judge_content(recipients):
    return "554 5.6.0 we do not like it" if recipients[0].startswith("spoilt-") else None


def digest(octets):
    return hashlib.sha256(octets).hexdigest()


class Ledger:
    def __init__(self, seed):
        self.random, self.guard, self.messages = random.Random(seed), threading.Lock(), {}
        self.ways = collections.Counter()  # how the answered ones came
        self.in_flight = {}  # address: how many copies there were at a death while it was still waiting here
        self.waited, self.copies, self.came_back = set(), {}, []  # at the last death

    def write_message(self, sealed=False):
        """Some in a hundred are larger than what the store takes in one commit, some have several recipients."""
        with self.guard:
            number = len(self.messages) + 1
            fate = self.random.choices(["ok", "later", "refused", "spoilt"], [85, 5, 5, 5])[0]
            domain = self.random.choice(DOMAINS)
            count = self.random.choice([1, 1, 1, 1, 2, 3]) if fate != "spoilt" else 1
            size = self.random.choice([1_000, 10_000, 10_000, 10_000]) if self.random.random() > 0.02 else 1_400_000
            recipients = [f"{fate}-{number}-{at}@{domain}" for at in range(count)]
            body = ("%08d" % number + "x" * 62 + "\r\n") * (size // 72)
            octets = f"From: s{number}@acme.test\r\nSubject: message {number}\r\nX-Digest: {digest(body.encode())}\r\n\r\n{body}".encode()
            message = Message(number, f"s{number}@acme.test", recipients, octets)
            self.messages[number] = message
            return message

    def note_answer(self, message, code=250, way=None):
        with self.guard:
            message.code = code
            if code == 250:
                self.ways[way] += 1

    @property
    def answered(self):
        with self.guard:
            return [message for message in self.messages.values() if message.is_answered]

    @property
    def broken_off(self):
        """Handed in, or about to be, when the server went."""
        with self.guard:
            return [message for message in self.messages.values() if message.code is None]

    def owed(self):
        return {address for message in self.answered for address in message.owed}

    def note_death(self, sink, still_waiting):
        """`still_waiting`: the addresses that the dead program's queue would go on with. What the sink took of them
        already is what no protocol saves from being sent twice: but only what it took in this life, or what waited at the death
        before, too. All else was settled once, and has come back."""
        with sink.changed:
            copies = dict(sink.by_recipient)
        twice = [address for address in still_waiting if copies.get(address, 0) > 0]
        self.came_back += [address for address in twice if address not in self.waited and copies[address] == self.copies.get(address, 0)]
        for address in twice:
            self.in_flight[address] = max(self.in_flight.get(address, 0), copies[address])
        self.waited, self.copies = set(still_waiting), copies
        return len(twice)

    def find_faults(self, sink):
        """Empty when every promise was kept."""
        with sink.changed:
            counts, taken = dict(sink.by_recipient), list(sink.taken)
        faults = [f"lost: {address}" for address in self.owed() if counts.get(address, 0) == 0]
        faults += [f"waits again: {address}" for address in self.came_back]
        by_address = {address: message for message in self.messages.values() for address in [message.sender, *message.recipients]}
        for address, count in counts.items():
            most = 1 + self.in_flight.get(address, 0)
            if address not in by_address:
                faults.append(f"from nowhere: {address}")
            elif count > most:
                faults.append(f"{count} copies, of which {most} can be explained: {address}")
        for each in taken:
            faults += self._find_damage(each, by_address)
        return faults

    @staticmethod
    def _find_damage(taken, by_address):
        message = by_address.get(taken.recipients[0])
        if message is None:
            return []
        if taken.recipients == (message.sender,):  # a bounce
            is_ours = taken.sender == "" and f"Subject: message {message.number}\r\n".encode() in taken.octets
            return [] if is_ours else [f"a bounce that tells nothing: {message.sender}"]
        body = taken.octets.split(b"\r\n\r\n", 1)[1]
        said = re.search(rb"^X-Digest: (\w+)", taken.octets, re.M)
        is_whole = said and said[1].decode() == digest(body) and taken.sender == message.sender
        return [] if is_whole else [f"damaged: {taken.recipients}"]

    def duplicates(self, sink):
        with sink.changed:
            return sum(count - 1 for count in sink.by_recipient.values())


def with_data(client, messages):
    """One after the other; yields each with the code that decided about it."""
    for message in messages:
        code = begin(client, message)
        yield message, code if code != 250 else client.data(message.octets)[0]


def in_chunks(client, messages):
    """RFC 3030, each of three chunks answered before the next one leaves."""
    for message in messages:
        code = begin(client, message)
        third = len(message.octets) // 3
        chunks = [message.octets[:third], message.octets[third:2 * third], message.octets[2 * third:]]
        for number, chunk in enumerate(chunks, 1):
            if code == 250:
                client.send(f"BDAT {len(chunk)}{' LAST' if number == 3 else ''}\r\n".encode() + chunk)
                code = client.getreply()[0]
        yield message, code


def pipelined(client, messages):
    """RFC 2920: four messages leave before the first reply is read."""
    while batch := list(itertools.islice(messages, 4)):
        for message in batch:
            commands = [f"MAIL FROM:<{message.sender}>", *(f"RCPT TO:<{recipient}>" for recipient in message.recipients),
                        f"BDAT {len(message.octets)} LAST"]
            client.send("".join(command + "\r\n" for command in commands).encode() + message.octets)
        for message in batch:
            codes = [client.getreply()[0] for _ in range(len(message.recipients) + 2)]
            yield message, next((code for code in codes if code != 250), 250)


def begin(client, message):
    code = client.mail(message.sender)[0]
    for recipient in message.recipients:
        if code == 250:
            code = client.rcpt(recipient)[0]
    return code


@dataclasses.dataclass(frozen=True)
class Way:
    """How a sender hands in his mail."""
    talk: object = with_data
    listener: str = "private"
    is_in_tls: bool = False


class Clients:
    """A sender for each of the ways, who hands in messages of a ledger as fast as they are taken, at wherever `find_addresses` says
    that the listeners are, or None: nowhere now. An answer that does not come is no answer."""

    def __init__(self, ledger, find_addresses, ways=(Way(),) * 4):
        self.ledger, self.find_addresses = ledger, find_addresses
        self.is_over = threading.Event()
        self.refusals = []  # codes other than 250, as they came
        self.threads = [threading.Thread(target=self._run, args=(way,), daemon=True) for way in ways]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def _run(self, way):
        while not self.is_over.is_set():
            addresses = self.find_addresses()
            if addresses is None:
                self.is_over.wait(0.01)  # until there is a server again
                continue
            try:
                with smtplib.SMTP(*addresses[way.listener], local_hostname="client.test", timeout=60) as client:
                    client.ehlo()
                    if way.is_in_tls:
                        client.starttls(context=ssl._create_unverified_context())
                        client.ehlo()
                    self._hand_in(way, client)
            except (OSError, smtplib.SMTPException):
                self.is_over.wait(0.01)

    def _hand_in(self, way, client):
        for message, code in way.talk(client, self._write_messages()):
            self.ledger.note_answer(message, code, way)
            if code != 250:
                self.refusals.append(code)
                raise smtplib.SMTPException(f"refused: {code}")

    def _write_messages(self):
        for _ in range(10):  # as many as a mail flow policy lets through in one connection
            if self.is_over.is_set():
                return
            yield self.ledger.write_message()
