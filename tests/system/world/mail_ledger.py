"""Who owes what: every message that a client tried to hand in, what was answered, and what a Sink took of it.

A recipient's address says what becomes of it: ok-N-R@d1.test is taken, later-… at the second time, refused-… never,
and spoilt-… is refused after the dot. Every message has a sender of its own, so that a bounce names its message."""
import dataclasses
import hashlib
import random
import re
import smtplib
import threading

DOMAINS = [f"d{number}.test" for number in range(5)]
BOUNCING = ("refused", "spoilt")


@dataclasses.dataclass
class Message:
    number: int
    sender: str
    recipients: list
    octets: bytes
    is_answered: bool = False

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
        self.in_flight = {}  # address: at how many deaths it was taken there and still waiting here

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
            octets = f"Subject: message {number}\r\nX-Digest: {digest(body.encode())}\r\n\r\n{body}".encode()
            message = Message(number, f"s{number}@acme.test", recipients, octets)
            self.messages[number] = message
            return message

    def note_answered(self, message):
        with self.guard:
            message.is_answered = True

    @property
    def answered(self):
        with self.guard:
            return [message for message in self.messages.values() if message.is_answered]

    def owed(self):
        return {address for message in self.answered for address in message.owed}

    def note_death(self, sink, still_waiting):
        """`still_waiting`: the addresses that the dead program's queue would go on with. What the sink took of them
        already is what no protocol saves from being sent twice."""
        with sink.changed:
            twice = [address for address in still_waiting if sink.by_recipient[address] > 0]
        for address in twice:
            self.in_flight[address] = self.in_flight.get(address, 0) + 1
        return len(twice)

    def find_faults(self, sink):
        """Empty when every promise was kept."""
        with sink.changed:
            counts, taken = dict(sink.by_recipient), list(sink.taken)
        faults = [f"lost: {address}" for address in self.owed() if counts.get(address, 0) == 0]
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


class Clients:
    """Several senders that hand in messages of a ledger as fast as they are taken, at wherever `find_address` says,
    or None: nowhere now. An answer that does not come is no answer."""

    def __init__(self, ledger, find_address, count=4):
        self.ledger, self.find_address = ledger, find_address
        self.is_over = threading.Event()
        self.refusals = []  # codes other than 250, as they came
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def _run(self):
        while not self.is_over.is_set():
            address = self.find_address()
            if address is None:
                self.is_over.wait(0.01)  # until there is a server again
                continue
            try:
                with smtplib.SMTP(*address, local_hostname="client.test", timeout=60) as client:
                    client.ehlo()
                    for _ in range(20):
                        if self.is_over.is_set():
                            break
                        self._hand_in(client)
            except (OSError, smtplib.SMTPException):
                self.is_over.wait(0.01)

    def _hand_in(self, client):
        message = self.ledger.write_message()
        for code, _ in [client.mail(message.sender), *(client.rcpt(recipient) for recipient in message.recipients)]:
            if code != 250:
                self.refusals.append(code)
                raise smtplib.SMTPException(f"refused: {code}")
        code, _ = client.data(message.octets)
        if code == 250:
            self.ledger.note_answered(message)
        else:
            self.refusals.append(code)
