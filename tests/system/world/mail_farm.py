"""A farm of loopback mail hosts on one port, each with a behaviour of its own, and all that they heard.

with Farm({"127.0.1.1": MailHost(bundle), "127.0.1.2": MailHost(greeting="554 no")}) as farm: farm.port, farm.heard("127.0.1.1")
"""
import dataclasses
import select
import socket
import ssl
import struct
import threading

ANCIENT = {"TLSv1": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1, "TLSv1.2": ssl.TLSVersion.TLSv1_2,
           "TLSv1.3": ssl.TLSVersion.TLSv1_3}


@dataclasses.dataclass
class MailHost:
    bundle: tuple = None           # (chain file, key file); None: no STARTTLS offered
    greeting: str = "220 mx ESMTP"     # None: nothing is ever said; "": closed at once
    offers: tuple = ("STARTTLS",)
    starttls: str = "220 go ahead"
    then: str = "handshake"        # or garbage, reset, close, silence, plain, pass_on: what follows the 220
    onward: tuple = None           # with pass_on: the server whose handshake it is
    versions: tuple = ("TLSv1.2", "TLSv1.3")  # the least and the most
    ciphers: str = "ALL:@SECLEVEL=0"
    client_authority: str = None   # a file: a certificate of the client is demanded
    hello_in_tls: str = "250 mx"
    accepts_mail: bool = False     # for deliveries; otherwise a MAIL FROM is only heard
    context: ssl.SSLContext = dataclasses.field(default=None, init=False)

    def prepare(self):
        if self.bundle is None:
            return
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_ciphers(self.ciphers)
        self.context.minimum_version, self.context.maximum_version = (ANCIENT[name] for name in self.versions)
        self.context.load_cert_chain(*self.bundle)
        if self.client_authority:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(self.client_authority)


class Connection:
    """One dialogue. `lines`: what was heard, each with "tls" or "clear" before it."""

    def __init__(self, plain, host, lines):
        self.socket, self.host, self.lines, self.inside, self.rest = plain, host, lines, "clear", b""

    def say(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def next_line(self):
        while b"\n" not in self.rest:
            piece = self.socket.recv(65536)
            if not piece:
                return None
            self.rest += piece
        line, self.rest = self.rest.split(b"\n", 1)
        text = line.rstrip(b"\r").decode(errors="replace")
        self.lines.append(f"{self.inside} {text}")
        return text

    def wait_until_gone(self):
        while self.socket.recv(65536):
            pass

    def run(self):
        if self.host.greeting is None:
            return self.wait_until_gone()
        if self.host.greeting:
            self.say(self.host.greeting)
        if not self.host.greeting.startswith("220"):
            return None
        while (line := self.next_line()) is not None:
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                return self.say("221 bye")
            if verb == "STARTTLS" and self.host.context is not None:
                if not self.start_tls():
                    return None
            else:
                self.answer(verb)

    def answer(self, verb):
        if verb == "EHLO" and self.inside == "clear":
            offers = ["mx", *(self.host.offers if self.host.context else ())]
            self.say("\r\n".join(f"250{'-' if at < len(offers) - 1 else ' '}{word}" for at, word in enumerate(offers)))
        elif verb == "EHLO":
            self.say(self.host.hello_in_tls)
        elif verb in ("MAIL", "RCPT", "RSET", "NOOP", "HELO") and self.host.accepts_mail:
            self.say("250 ok")
        elif verb == "DATA" and self.host.accepts_mail:
            self.say("354 go")
            while (line := self.next_line()) not in (".", None):
                pass
            self.say("250 taken")
        else:
            self.say("502 not here")

    def pass_on(self):
        with socket.create_connection(self.host.onward, 10) as server:
            while True:
                for ready in select.select([self.socket, server], [], [])[0]:
                    if not (piece := ready.recv(65536)):
                        return
                    (server if ready is self.socket else self.socket).sendall(piece)

    def start_tls(self):
        self.say(self.host.starttls)
        if not self.host.starttls.startswith("220"):
            return True
        if self.host.then == "garbage":
            self.socket.sendall(b"\x00\x01\x02 this is no handshake\r\n" * 8)
        elif self.host.then == "plain":
            self.say("250 still in clear")
        elif self.host.then == "reset":
            self.socket.recv(1)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self.host.then == "silence":
            self.wait_until_gone()
        elif self.host.then == "pass_on":
            self.pass_on()
        if self.host.then != "handshake":
            return False
        self.socket = self.host.context.wrap_socket(self.socket, server_side=True)
        self.inside = "tls"
        return True


class Farm:
    def __init__(self, hosts, port=0):
        """`port`: one that was chosen before; 0 leaves it to the kernel."""
        self.hosts, self.wanted_port, self._heard, self._open, self._threads = hosts, port, {address: [] for address in hosts}, [], []

    def __enter__(self):
        for host in self.hosts.values():
            host.prepare()
        self._listeners = self._listen()
        self.port = next(iter(self._listeners.values())).getsockname()[1]
        for address, listener in self._listeners.items():
            self._spawn(self._accept, address, listener)
        return self

    def _listen(self):
        for _ in range(50):
            port, listeners = self.wanted_port, {}
            try:
                for address in self.hosts:
                    family = socket.AF_INET6 if ":" in address else socket.AF_INET
                    listeners[address] = socket.create_server((address, port), family=family, backlog=64)
                    port = listeners[address].getsockname()[1]
                return listeners
            except OSError:
                for listener in listeners.values():
                    listener.close()
        raise RuntimeError("no port that is free on every address")

    def _spawn(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self, address, listener):
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            connection = Connection(plain, self.hosts[address], [])
            self._heard[address].append(connection.lines)
            self._open.append(connection)
            self._spawn(self._serve, connection)

    @staticmethod
    def _serve(connection):
        try:
            connection.run()
        except (OSError, ValueError):
            pass  # the other side left
        finally:
            connection.socket.close()

    def heard(self, address):
        """The lines of each connection to a host, in the order of the connections."""
        return self._heard[address]

    def everything_heard(self):
        return [line for connections in self._heard.values() for lines in connections for line in lines]

    def __exit__(self, *_):
        for listener in self._listeners.values():
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in self._open:
            try:
                connection.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(10)
