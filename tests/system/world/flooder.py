"""A host that hands in mail as fast as it can, from as many connections as it gets, each message behind the other without
waiting (RFC 2920, RFC 3030).

with Flooder(address, "127.0.0.9", "bob@flood.test", connections=50) as flooder: flooder.wait_until(lambda: flooder.answered > 100)
"""
import contextlib
import socket
import threading

AT_ONCE = 20  # messages of a block; two blocks are under way


class Flooder:
    def __init__(self, address, source, recipient, connections):
        body = b"Subject: flood\r\n\r\n" + b"x" * 70 + b"\r\n"
        self.block = (f"MAIL FROM:<flood@acme.test>\r\nRCPT TO:<{recipient}>\r\nBDAT {len(body)} LAST\r\n".encode() + body) * AT_ONCE
        self.address, self.source = address, source
        self.changed, self.is_over = threading.Condition(), threading.Event()
        self.answered = self.turned_away = self.open = 0  # messages, connections; under `changed`
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(connections)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def wait_until(self, condition, seconds=30):
        with self.changed:
            assert self.changed.wait_for(condition, seconds), (self.answered, self.turned_away, self.open)

    def _count(self, answered=0, turned_away=0, opened=0):
        with self.changed:
            self.answered += answered
            self.turned_away += turned_away
            self.open += opened
            self.changed.notify_all()

    def _run(self):
        while not self.is_over.is_set():
            with contextlib.suppress(OSError), socket.create_connection(self.address, 30, source_address=(self.source, 0)) as connection:
                self._talk(connection, connection.makefile("rb"))
            self.is_over.wait(0.05)  # a place may be free again

    def _talk(self, connection, replies):
        if not replies.readline().startswith(b"220"):
            return self._count(turned_away=1)
        self._count(opened=1)
        try:
            connection.sendall(b"EHLO flooder.acme.test\r\n")
            while replies.readline()[3:4] == b"-":
                pass
            connection.sendall(self.block)
            while not self.is_over.is_set():
                connection.sendall(self.block)
                codes = [replies.readline()[:3] for _ in range(3 * AT_ONCE)]
                self._count(answered=codes[2::3].count(b"250"))
                if b"" in codes:
                    return None
        finally:
            self._count(opened=-1)
        return None
