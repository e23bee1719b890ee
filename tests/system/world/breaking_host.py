"""A mail host that keeps a ledger of all that it took, and that breaks down where a test wants it to.

with Sink("127.0.0.3") as sink: sink.address, sink.copies("bob@partner.test")
"""
import base64
import collections
import contextlib
import dataclasses
import socket
import threading

from .breaking import break_down
from .inside_tls import HANDSHAKE_STEPS, InsideTls

MESSAGE_STEPS = ("MAIL", "RCPT", "DATA", "content", "dot", "answer", "said")
MAIL_STEPS = ("EHLO", *MESSAGE_STEPS, "QUIT")
CHUNK_STEPS = ("BDAT", "chunk", "last", "taken")  # of a host that offers CHUNKING
STEPS = ("banner", "STARTTLS", *MAIL_STEPS)
TLS_STEPS = (*HANDSHAKE_STEPS, *(f"TLS-{step}" for step in MAIL_STEPS))  # of a host that offers STARTTLS and has a context
TLS_CHUNK_STEPS = tuple(f"TLS-{step}" for step in CHUNK_STEPS)


@dataclasses.dataclass
class Taken:
    """What the host became responsible for: noted before its 250 is on its way."""
    sender: str
    recipients: tuple
    octets: bytes
    in_tls: bool = False


class Gone(Exception):
    """The dialogue is over."""


class Sink:
    """`judge(recipient, seen)`: the reply to RCPT; `seen` is how often it was asked before. `judge_content(recipients)`:
    the reply to the dot; None: 250. `trouble(step, number)`: a kind of breaking.py breaks connection `number` down
    there: at "dot" (of chunks: "last") all is here and nothing is noted, at "answer" ("taken") it is noted and the
    250 does not leave, at "said" it has left; "RCPT-2": at the second recipient of a message, "again-MAIL": at the MAIL
    of a later message of the connection. `offers`: in its answer to EHLO; None: EHLO is refused. `context`: of the TLS
    that STARTTLS begins. `login`: the (user, password) with which mail is taken, inside TLS."""

    def __init__(self, host, judge=None, judge_content=None, trouble=None, offers=("PIPELINING",), port=0, context=None, login=None):
        self.judge = judge or (lambda recipient, seen: "250 ok")
        self.judge_content = judge_content or (lambda recipients: None)
        self.trouble = trouble or (lambda step, number: None)
        self.offers, self.context, self.login = offers, context, login
        self.changed = threading.Condition()  # guards all below
        self.taken, self.by_recipient, self.asked = [], collections.Counter(), collections.Counter()
        self.open, self.connections, self.broken, self.stalled, self.is_closing = {}, 0, 0, 0, False
        self.listener = socket.create_server((host, port), backlog=512)
        self.address = self.listener.getsockname()

    def __enter__(self):
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        with self.changed:
            self.is_closing = True
            self.changed.notify_all()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        self.hang_up()

    def hang_up(self):
        """Ends every dialogue, also the stalled ones."""
        with self.changed:
            for connection in self.open.values():
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def wait(self, condition, otherwise, seconds=60):
        with self.changed:
            assert self.changed.wait_for(condition, seconds), otherwise() if callable(otherwise) else otherwise

    def wait_until_quiet(self):
        """Until every dialogue has ended: what the other side had sent is then in the ledger."""
        self.wait(lambda: not self.open, "dialogues go on")

    def wait_for_all(self, addresses, seconds=60):
        """Until each has got something."""
        self.wait(lambda: all(self.by_recipient[address] for address in addresses),
                  lambda: f"not there: {[address for address in addresses if not self.by_recipient[address]][:20]}", seconds)

    def copies(self, recipient):
        with self.changed:
            return self.by_recipient[recipient]

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.changed:
                self.connections += 1
                number = self.connections
                self.open[number] = connection
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        try:
            Dialogue(self, connection, number).run()
        except (Gone, OSError, ValueError):
            pass
        finally:
            with self.changed:
                del self.open[number]
                self.changed.notify_all()
            connection.close()

    def note(self, taken):
        with self.changed:
            self.taken.append(taken)
            self.by_recipient.update(taken.recipients)
            self.changed.notify_all()


class Dialogue:
    def __init__(self, sink, connection, number):
        self.sink, self.connection, self.number = sink, connection, number
        self.reader, self.send = connection.makefile("rb"), connection.sendall
        self.inside = None  # the TLS that it is in
        self.sender, self.recipients, self.chunks = None, [], b""
        self.asked, self.messages, self.is_signed_in = 0, 0, False

    def say(self, text):
        self.send(text.encode() + b"\r\n")

    def reach(self, step):
        if self.messages > 0 and step in MESSAGE_STEPS + CHUNK_STEPS:
            step = f"again-{step}"
        kind = self.sink.trouble(f"TLS-{step}" if self.inside else step, self.number)
        if kind is not None:
            with self.sink.changed:
                self.sink.broken += 1
            break_down(kind, self)
            raise Gone

    def run(self):
        self.reach("banner")
        self.say("220 sink.test ESMTP")
        while line := self.reader.readline(4096):
            words = line.decode("latin-1").strip()
            verb = words.split(" ")[0].upper()
            if verb in ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "QUIT"):
                self.reach(verb)
            getattr(self, "on_" + verb.lower(), self.on_other)(words)

    def on_other(self, _):
        self.say("502 not here")

    def on_helo(self, _):
        self.say("250 sink.test")

    def on_ehlo(self, words):
        if self.sink.offers is None:
            return self.on_other(words)
        offers = [word for word in self.sink.offers if word != "STARTTLS" or not self.inside]
        lines = ["sink.test", *offers, *(["AUTH PLAIN"] if self.sink.login and self.inside else [])]
        self.say("\r\n".join(f"250{'-' if at < len(lines) - 1 else ' '}{line}" for at, line in enumerate(lines)))

    def on_starttls(self, words):
        if self.sink.context is None:
            return self.on_other(words)
        self.say("220 go ahead")
        self.reader.close()
        inside = InsideTls(self.connection, self.sink.context)
        self.reader, self.send = inside.reader, inside.send
        inside.shake_hands(self.reach)
        self.inside = inside

    def on_auth(self, words):
        user, password = self.sink.login
        proof = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self.is_signed_in = self.inside is not None and words == f"AUTH PLAIN {proof}"
        self.say("235 welcome" if self.is_signed_in else "535 who are you")

    def on_rset(self, _):
        self.sender, self.recipients = None, []
        self.say("250 ok")

    def on_mail(self, words):
        if self.sink.login and not self.is_signed_in:
            return self.say("530 sign in first")
        self.sender, self.recipients, self.asked = words.split("<", 1)[1].split(">", 1)[0], [], 0
        self.say("250 ok")

    def on_rcpt(self, words):
        self.asked += 1
        self.reach(f"RCPT-{self.asked}")
        recipient = words.split("<", 1)[1].split(">", 1)[0]
        with self.sink.changed:
            seen = self.sink.asked[recipient]
            self.sink.asked[recipient] += 1
        reply = self.sink.judge(recipient, seen)
        if reply.startswith("2"):
            self.recipients.append(recipient)
        self.say(reply)

    def on_data(self, _):
        if not self.recipients:
            return self.say("554 nobody to take it for")
        self.say("354 go")
        lines = []
        while (line := self.reader.readline()) != b".\r\n":
            if not line:
                raise Gone
            lines.append(line[1:] if line.startswith(b".") else line)
            if len(lines) == 3:
                self.reach("content")
        self.finish(b"".join(lines), "dot", "answer")

    def on_bdat(self, words):
        size, *last = words.split()[1:]
        half = int(size) // 2
        self.chunks += self.read(half)
        self.reach("chunk")
        self.chunks += self.read(int(size) - half)
        if not last:
            return self.say("250 more")
        octets, self.chunks = self.chunks, b""
        self.finish(octets, "last", "taken")

    def read(self, size):
        octets = self.reader.read(size)
        if len(octets) < size:
            raise Gone
        return octets

    def finish(self, octets, before, behind):
        self.reach(before)
        taken = Taken(self.sender, tuple(self.recipients), octets, self.inside is not None)
        self.sender, self.recipients = None, []
        if refusal := self.sink.judge_content(taken.recipients):
            return self.say(refusal)
        self.sink.note(taken)
        self.reach(behind)
        self.say("250 taken")
        self.reach("said")
        self.messages += 1

    def on_quit(self, _):
        self.say("221 bye")
        raise Gone
