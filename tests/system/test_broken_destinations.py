"""A real node whose destinations break down at each step, in clear text and inside TLS: its mail is tried again and arrives, a
second copy only where the host fell silent after it had taken the message, and nobody else's mail is held."""
import dataclasses
import os
import smtplib

import pytest

from world.authority import Authority
from world.breaking import CUT_KINDS, KINDS, TLS_KINDS
from world.breaking_host import CHUNK_STEPS, STEPS, TLS_CHUNK_STEPS, TLS_STEPS, Sink
from world.inside_tls import HANDSHAKE_STEPS, make_context
from world.mail import hand_in
from world.names import Names
from world.ports import free_port
from world.relay import start_relay
from world.waiting import wait_until

IS_LONG = "SEALPOST_LONG_SECONDS" in os.environ  # ./test --long
BODY = b"a line of the contract\r\n" * 500
LARGE = (b"x" * 998 + b"\r\n") * 8000  # more than stands between a program that writes and one that does not read
LOGIN = ("alice@partner.test", "correct horse battery")
SPEECHLESS = ("stall", "deaf")  # until hang_up(), or our own time-outs
HOSTS = {"": ("PIPELINING",), "stepwise": (), "old": None}  # what each offers; the old one knows no EHLO


@dataclasses.dataclass(frozen=True)
class Case:
    """A host that breaks down in this way, at this step, on its first two connections; a speechless one only once, and one at a
    later message of a connection, which the next connection does not begin with."""
    step: str
    kind: str
    host: str = ""

    @property
    def domain(self):
        return "-".join(word for word in (self.step, self.kind, self.host) if word).lower().replace("_", "-") + ".test"

    @property
    def times(self):
        return 1 if self.kind in SPEECHLESS or self.step.startswith(("again", "RSET")) else 2

    @property
    def is_behind_the_250(self):
        return self.step.endswith(("said", "QUIT"))

    @property
    def copies(self):
        """Once; but when it fell silent after it had taken the message, nobody can know (RFC 5321 §4.5.3.2.6)."""
        return 1 + self.times if self.step.endswith(("answer", "taken")) else 1

    @property
    def offers(self):
        words = {"STARTTLS": self.step in ("STARTTLS", *TLS_STEPS, *TLS_CHUNK_STEPS, "TLS-AUTH"),
                 "CHUNKING": self.step.removeprefix("again-") in (*CHUNK_STEPS, *TLS_CHUNK_STEPS)}
        usual = HOSTS[self.host]
        return usual if usual is None else [*usual, *(word for word, is_offered in words.items() if is_offered)]

    @property
    def body(self):
        return LARGE if self.kind == "deaf" else BODY

    def trouble(self, at, number):
        return self.kind if at == self.step and number <= self.times else None


PLAIN = [Case(step, kind) for step in STEPS + CHUNK_STEPS for kind in KINDS]
CUT = [Case(step, kind) for step in ("EHLO", "MAIL", "RCPT", "DATA", "dot", "answer", "last", "taken") for kind in CUT_KINDS]
IN_STEP = [Case(step, "drop", "stepwise") for step in ("MAIL", "RCPT", "DATA", "content", "dot", "answer", *CHUNK_STEPS)]
WITHOUT_EHLO = [Case(step, "drop", "old") for step in ("EHLO", "HELO", "MAIL", "RCPT", "DATA", "content", "dot", "answer")]
IN_TLS = [Case(step, kind) for step in TLS_STEPS + TLS_CHUNK_STEPS
          for kind in (KINDS if step in HANDSHAKE_STEPS else KINDS + TLS_KINDS)]
SIGNING_IN = [Case("TLS-AUTH", kind) for kind in (*KINDS, *TLS_KINDS, "challenge", "half_code")]
AGAIN = [Case(f"again-{step}", kind) for step in ("MAIL", "RCPT", "content", "dot", "answer", *CHUNK_STEPS)
         for kind in ("drop", "reset", "half_line")]

RESETTING = [Case("RSET", kind, host) for kind in KINDS for host in ("", "stepwise")]


@dataclasses.dataclass
class World:
    relay: object
    sinks: dict  # of each case
    healthy: Sink  # where all other mail goes

    def hand_in(self, case, name="bob"):
        assert hand_in(self.relay.address, f"{name}@{case.domain}", b"Subject: hello\r\n\r\n" + case.body) == 250

    def wait_for(self, case, copies, name="bob"):
        sink = self.sinks[case]
        sink.wait(lambda: sink.by_recipient[f"{name}@{case.domain}"] >= copies, f"{case}: not tried again", 1500 if IS_LONG else 60)

    def wait_until_all_is_done(self):
        wait_until(lambda: not self.relay.list_queue(), "the queue is not empty")

    def check(self, case, name="bob"):
        """When all is done: it broke down as it was to, each copy is explained, and whole."""
        sink = self.sinks[case]
        assert case.is_behind_the_250 or sink.broken == case.times, f"{case}: broke down {sink.broken} times"
        assert sink.copies(f"{name}@{case.domain}") == case.copies, case
        assert all(taken.octets.endswith(b"\r\n\r\n" + case.body) for taken in sink.taken), case


def start_world(start, folder, cases, context=None, policy="", login=None):
    """`login`: all of them want it."""
    names = start(Names(folder / "names", {"acme.test": []}))
    sinks = {case: start(Sink("127.0.0.3", trouble=case.trouble, offers=case.offers, context=context, login=login)) for case in cases}
    sign_in = 'login = "partner"\n' if login else ""
    routes = "".join('[[route]]\ndomain = "{}"\nhosts = ["{}:{}"]\n'.format(case.domain, *sinks[case].address) + sign_in
                     for case in cases)
    more = ""
    if login:
        (folder / "login.password").write_text(login[1])
        (folder / "login.password").chmod(0o600)
        more = f'[[smtp_login]]\nname = "partner"\nuser = "{login[0]}"\npassword_file = "login.password"\n'
    healthy = start(Sink("127.0.0.3"))
    relay = start_relay(start, folder, names.endpoint, healthy.address, policy=routes + policy, more=more)
    return World(relay, sinks, healthy)


def break_them_down(*arguments, **options):
    """Mail for all of them, and for a healthy host; answers the broken ones when everything has arrived."""
    world = start_world(*arguments, **options)
    for case in world.sinks:
        world.hand_in(case)
    speechless = [case for case in world.sinks if case.kind in SPEECHLESS and not case.is_behind_the_250]
    for case in speechless:
        world.sinks[case].wait(lambda: world.sinks[case].stalled == 1, f"{case}: not reached")
    # Nobody else is held by those who say nothing.
    assert hand_in(world.relay.address, "carol@healthy.test") == 250
    world.healthy.wait_for_all(["carol@healthy.test"])
    for case in [] if IS_LONG else speechless:  # or else our own time-outs end it, of ten minutes at most
        world.sinks[case].hang_up()
    for case in world.sinks:
        world.wait_for(case, case.copies)
    world.wait_until_all_is_done()
    for case in world.sinks:
        world.check(case)
    return world.sinks


def issue_certificate(folder, version):
    Authority(folder / "authority").issue(folder / "mx", "mx", "mx.test")
    return make_context((folder / "mx/mx.pem", folder / "mx/mx.key"), version)


def test_a_destination_that_breaks_down_at_any_step_gets_the_mail_once_it_can(tmp_path, start):
    break_them_down(start, tmp_path, PLAIN)


def test_half_a_reply_is_no_reply(tmp_path, start):
    break_them_down(start, tmp_path, CUT)


def test_a_destination_that_is_asked_step_by_step_or_greeted_with_helo_gets_the_mail_once_it_can(tmp_path, start):
    break_them_down(start, tmp_path, IN_STEP + WITHOUT_EHLO)


def test_a_destination_that_stops_reading_within_a_large_message_gets_the_mail_once_it_can(tmp_path, start):
    break_them_down(start, tmp_path, [Case("content", "deaf"), Case("chunk", "deaf")])


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("demand", ["preferred", "required"])
def test_a_destination_that_breaks_down_inside_tls_gets_the_mail_once_it_can_and_inside_tls(tmp_path, start, version, demand):
    context = issue_certificate(tmp_path, version)
    destinations = "".join(f'[[destination]]\ndomain = "{case.domain}"\ntls = "{demand}"\n' for case in IN_TLS)
    sinks = break_them_down(start, tmp_path, IN_TLS, context, destinations)
    for case, sink in sinks.items():
        assert all(taken.in_tls for taken in sink.taken), f"{case}: in clear"
        assert sink.connections > (0 if case.is_behind_the_250 else case.times), case


def test_a_destination_that_breaks_down_while_we_sign_in_gets_the_mail_once_it_can(tmp_path, start):
    sinks = break_them_down(start, tmp_path, SIGNING_IN, issue_certificate(tmp_path, "TLSv1.3"), login=LOGIN)
    assert all(taken.in_tls for sink in sinks.values() for taken in sink.taken)


def test_a_connection_that_breaks_down_at_its_second_message_had_the_first_and_the_second_comes_again(tmp_path, start):
    world = start_world(start, tmp_path, AGAIN)
    for case in AGAIN:
        world.hand_in(case)
    world.wait_until_all_is_done()  # so that the connections rest, which they do for 20 seconds
    for case in AGAIN:
        world.hand_in(case, "carol")
    for case in AGAIN:
        world.wait_for(case, case.copies, "carol")
    world.wait_until_all_is_done()
    for case in AGAIN:
        world.check(case, "carol")
        assert world.sinks[case].copies(f"bob@{case.domain}") == 1, case
        assert world.sinks[case].connections == 2, case


def test_a_connection_that_breaks_down_at_rset_gets_the_next_message_on_another(tmp_path, start):
    """RSET stands before the message that follows one of which no recipient was taken."""
    world = start_world(start, tmp_path, RESETTING)
    for case in RESETTING:
        world.sinks[case].judge = lambda recipient, seen: "550 5.1.1 nobody" if recipient.startswith("nobody") else "250 ok"
        world.hand_in(case, "nobody")
    world.wait_until_all_is_done()
    for case in RESETTING:
        world.hand_in(case)
    for case in RESETTING:
        if case.kind in SPEECHLESS and not IS_LONG:
            world.sinks[case].wait(lambda: world.sinks[case].stalled == 1, f"{case}: not reached")
            world.sinks[case].hang_up()
    for case in RESETTING:
        world.wait_for(case, case.copies)
    world.wait_until_all_is_done()
    for case in RESETTING:
        world.check(case)
        assert world.sinks[case].connections == 2, case


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host or "pipelining")
def test_a_drop_between_the_replies_of_two_recipients_settles_those_before_it_only(tmp_path, start, host):
    """The first is refused, and the reply to the third does not come: one bounce, and the two others once."""
    case = Case("RCPT-3", "drop", host)
    world = start_world(start, tmp_path, [case])
    sink = world.sinks[case]
    sink.judge = lambda recipient, seen: "550 5.1.1 nobody" if recipient.startswith("nobody") else "250 ok"
    recipients = [f"{name}@{case.domain}" for name in ("nobody", "bob", "carol")]
    with smtplib.SMTP(*world.relay.address, local_hostname="client.test", timeout=60) as client:
        assert not client.sendmail("alice@acme.test", recipients, b"Subject: hello\r\n\r\n" + BODY)
    sink.wait_for_all(recipients[1:])
    world.healthy.wait_for_all(["alice@acme.test"])
    world.wait_until_all_is_done()
    assert sink.broken == 1
    assert sink.asked == {recipients[0]: 1, recipients[1]: 2, recipients[2]: 1}
    assert sink.by_recipient == {recipients[1]: 1, recipients[2]: 1}
    assert world.healthy.by_recipient == {"alice@acme.test": 1}


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two MX hosts of one domain: the first breaks down, at these steps of its first connections, one after the other. What each
    has got in the end (doc/spec/queue.md, "No answer")."""
    name: str
    steps: tuple
    first: int
    second: int

    @property
    def body(self):
        """Where it breaks down within the content, so much that the end of it has not left."""
        return LARGE if "content" in self.steps else BODY

    def trouble(self, at, number):
        return "drop" if number <= len(self.steps) and at == self.steps[number - 1] else None


PAIRS = [Pair("banner", ("banner",), 0, 1), Pair("mail", ("MAIL",), 0, 1), Pair("content", ("content",), 0, 1),
         Pair("dot", ("dot",), 1, 0), Pair("answer", ("answer",), 2, 0), Pair("twice", ("answer", "answer"), 3, 0),
         Pair("gone", ("answer", "banner"), 1, 1)]


def test_a_second_mx_takes_what_the_first_cannot_have_and_not_what_it_may_have(tmp_path, start):
    hosts = {pair: (f"127.0.1.{number}", f"127.0.2.{number}") for number, pair in enumerate(PAIRS, 1)}
    port = free_port(*[address for both in hosts.values() for address in both])
    zones = {f"{pair.name}.test": ["@ MX 10 mx1", f"mx1 A {first}", "@ MX 20 mx2", f"mx2 A {second}"]
             for pair, (first, second) in hosts.items()}
    names = start(Names(tmp_path / "names", zones))
    sinks = {pair: (start(Sink(first, trouble=pair.trouble, port=port)), start(Sink(second, port=port)))
             for pair, (first, second) in hosts.items()}
    relay = start_relay(start, tmp_path, names.endpoint, None, delivery=f"mx_port = {port}")
    for pair in PAIRS:
        assert hand_in(relay.address, f"bob@{pair.name}.test", b"Subject: hello\r\n\r\n" + pair.body) == 250
    wait_until(lambda: not relay.list_queue(), "the queue is not empty")
    for pair, (first, second) in sinks.items():
        assert first.broken == len(pair.steps), pair
        assert [sink.copies(f"bob@{pair.name}.test") for sink in (first, second)] == [pair.first, pair.second], pair
        assert all(taken.octets.endswith(b"\r\n\r\n" + pair.body) for sink in (first, second) for taken in sink.taken), pair
