"""TLS whose every octet passes through the test's hands, so that what is said may leave by halves, damaged, or not at all.

inside = InsideTls(connection, context); inside.shake_hands(reach); inside.reader.readline(); inside.send(b"250 ok\r\n")
"""
import contextlib
import io
import ssl

HANDSHAKE_STEPS = ("ClientHello", "half-flight", "flight")  # understood; half of our answer has left; all of it


def make_context(certificate, version):
    """Of a server with this (chain file, key file) and one version: "TLSv1.2" or "TLSv1.3"."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.minimum_version = context.maximum_version = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}[version]
    return context


class InsideTls(io.RawIOBase):
    """The server's side. Reads as a file does: through `reader`."""

    def __init__(self, connection, context):
        self.connection = connection
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.reader = io.BufferedReader(self)

    def shake_hands(self, reach):
        """`reach(step)` is told of each of HANDSHAKE_STEPS."""
        self._go_on_with_the_handshake()
        flight = self.outgoing.read()
        reach("ClientHello")
        half = len(flight) // 2
        self.connection.sendall(flight[:half])
        reach("half-flight")
        self.connection.sendall(flight[half:])
        reach("flight")
        while not self._go_on_with_the_handshake():
            self.connection.sendall(self.outgoing.read())
        self.connection.sendall(self.outgoing.read())

    def _go_on_with_the_handshake(self):
        """Until it is over (true) or something is to be said (false)."""
        while True:
            try:
                self.tls.do_handshake()
                return True
            except ssl.SSLWantReadError:
                if self.outgoing.pending:
                    return False
            self._take_in()

    def _take_in(self):
        octets = self.connection.recv(65536)
        if not octets:
            raise ConnectionError("the other side left without a word")
        self.incoming.write(octets)

    def readable(self):
        return True

    def readinto(self, into):
        while True:
            try:
                octets = self.tls.read(len(into))
                into[:len(octets)] = octets
                return len(octets)
            except ssl.SSLZeroReturnError:
                return 0
            except ssl.SSLWantReadError:
                self._take_in()

    def seal(self, octets):
        """The record that would tell them."""
        self.tls.write(octets)
        return self.outgoing.read()

    def send(self, octets):
        self.connection.sendall(self.seal(octets))

    def say_goodbye(self):
        """close_notify; the connection below stays."""
        with contextlib.suppress(ssl.SSLError):
            self.tls.unwrap()
        self.connection.sendall(self.outgoing.read())
