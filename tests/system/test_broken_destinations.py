"""A real node whose destinations break down at each step, in clear text and inside TLS: its mail is tried again and arrives, a
second copy only where the host fell silent after it had taken the message, and nobody else's mail is held."""
import dataclasses
import os

import pytest

from world.authority import Authority
from world.breaking import KINDS, TLS_KINDS
from world.breaking_host import CHUNK_STEPS, STEPS, TLS_CHUNK_STEPS, TLS_STEPS, Sink
from world.inside_tls import HANDSHAKE_STEPS, make_context
from world.mail import hand_in
from world.names import Names
from world.relay import start_relay
from world.waiting import wait_until

IS_LONG = "SEALPOST_LONG_SECONDS" in os.environ  # ./test --long
BODY = b"a line of the contract\r\n" * 500


@dataclasses.dataclass(frozen=True)
class Case:
    """A host that breaks down in this way, at this step, on its first two connections; a stalling one only once."""
    step: str
    kind: str

    @property
    def domain(self):
        return f"{self.step.lower()}-{self.kind}.test"

    @property
    def times(self):
        return 1 if self.kind == "stall" else 2

    @property
    def is_behind_the_250(self):
        return self.step.endswith(("said", "QUIT"))

    @property
    def copies(self):
        """Once; but when it fell silent after it had taken the message, nobody can know (RFC 5321 §4.5.3.2.6)."""
        return 1 + self.times if self.step.endswith(("answer", "taken")) else 1

    @property
    def offers(self):
        words = {"STARTTLS": self.step in ("STARTTLS", *TLS_STEPS, *TLS_CHUNK_STEPS),
                 "CHUNKING": self.step in (*CHUNK_STEPS, *TLS_CHUNK_STEPS)}
        return [word for word, is_offered in words.items() if is_offered]

    def trouble(self, at, number):
        return self.kind if at == self.step and number <= self.times else None


PLAIN = [Case(step, kind) for step in STEPS + CHUNK_STEPS for kind in KINDS]
IN_TLS = [Case(step, kind) for step in TLS_STEPS + TLS_CHUNK_STEPS
          for kind in (KINDS if step in HANDSHAKE_STEPS else KINDS + TLS_KINDS)]


def break_them_down(start, folder, cases, context=None, policy=""):
    """Mail for all of them, and for a healthy host; answers the broken ones when everything has arrived."""
    names = start(Names(folder / "names", {"acme.test": []}))
    sinks = {case: start(Sink("127.0.0.3", trouble=case.trouble, offers=case.offers, context=context)) for case in cases}
    routes = "".join('[[route]]\ndomain = "{}"\nhosts = ["{}:{}"]\n'.format(case.domain, *sinks[case].address) for case in cases)
    healthy = start(Sink("127.0.0.3"))
    relay = start_relay(start, folder, names.endpoint, healthy.address, policy=routes + policy)
    for case in cases:
        assert hand_in(relay.address, f"bob@{case.domain}", b"Subject: hello\r\n\r\n" + BODY) == 250
    stalling = [case for case in cases if case.kind == "stall" and not case.is_behind_the_250]
    for case in stalling:
        sinks[case].wait(lambda: sinks[case].stalled == 1, f"{case}: not reached")
    # Nobody else is held by those who say nothing.
    assert hand_in(relay.address, "carol@healthy.test") == 250
    healthy.wait_for_all(["carol@healthy.test"])
    for case in [] if IS_LONG else stalling:  # or else our own time-outs end it, of ten minutes at most
        sinks[case].hang_up()
    for case, sink in sinks.items():
        sink.wait(lambda: sink.copies(f"bob@{case.domain}") >= case.copies, f"{case}: not tried again", 1500 if IS_LONG else 60)
    wait_until(lambda: not relay.list_queue(), "the queue is not empty")
    for case, sink in sinks.items():
        assert sink.copies(f"bob@{case.domain}") == case.copies, case
        assert all(taken.octets.endswith(b"\r\n\r\n" + BODY) for taken in sink.taken), case
    return sinks


def test_a_destination_that_breaks_down_at_any_step_gets_the_mail_once_it_can(tmp_path, start):
    break_them_down(start, tmp_path, PLAIN)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("demand", ["preferred", "required"])
def test_a_destination_that_breaks_down_inside_tls_gets_the_mail_once_it_can_and_inside_tls(tmp_path, start, version, demand):
    Authority(tmp_path / "authority").issue(tmp_path / "mx", "mx", "mx.test")
    context = make_context((tmp_path / "mx/mx.pem", tmp_path / "mx/mx.key"), version)
    destinations = "".join(f'[[destination]]\ndomain = "{case.domain}"\ntls = "{demand}"\n' for case in IN_TLS)
    sinks = break_them_down(start, tmp_path, IN_TLS, context, destinations)
    for case, sink in sinks.items():
        assert all(taken.in_tls for taken in sink.taken), f"{case}: in clear"
        assert sink.connections > (0 if case.is_behind_the_250 else case.times), case
