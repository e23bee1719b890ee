"""A man in the middle of SMTP: passes a connection on to the real server as it is, until it is told to cheat.

with Middle(("127.0.0.3", 2525), server=("127.0.0.3", 2526)) as middle: middle.turn("strip")

"strip"     the server's answer to EHLO comes without STARTTLS
"refuse"    STARTTLS is answered with 502, and never reaches the server
"injected"  the 220 comes with an answer to an EHLO that nobody said inside TLS
"garbage", "reset", "stall"   instead of a handshake
"swap"      a handshake with the middle's own certificate, and everything read and passed on
"forge"     so, with a certificate for the server's name by an authority that nobody trusts
"old"       a handshake in TLS 1.0 only
"cut"       after an honest 220, the connection is reset at the first octets of the handshake that come back
"drop"      an honest handshake, and a reset in the middle of what is said inside
"""
import contextlib
import re
import select
import socket
import ssl
import struct
import threading

ANSWERS_ITSELF = {"refuse": "502 5.5.1 not implemented", "garbage": "220 go", "reset": "220 go", "stall": "220 go", "swap": "220 go",
                  "forge": "220 go", "old": "220 go", "injected": "220 go\r\n250-mx\r\n250 SIZE"}
PIECES_OF_A_HANDSHAKE = 2  # of the client; EHLO and what begins the transaction follow


class Passage:
    """One connection through the middle: what it was up to, and the octets that came from the client, as they were
    on the wire and, where the middle itself spoke TLS, from inside."""

    def __init__(self, client, cheat):
        self.client, self.cheat, self.raw, self.inside = client, cheat, b"", b""
        self.stalls = threading.Event()


class Middle:
    def __init__(self, address, server, bundles=None):
        """`bundles`: {"swap": (chain file, key file), …} for the cheats that speak TLS."""
        self.address, self.server, self.bundles, self.cheat = address, server, bundles or {}, None
        self.passages, self._threads = [], []

    def __enter__(self):
        self.listener = socket.create_server(self.address, backlog=64)
        self._spawn(self._accept)
        return self

    def _spawn(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            passage = Passage(client, self.cheat)
            self.passages.append(passage)
            self._spawn(self._run, passage)

    def _run(self, passage):
        with contextlib.suppress(OSError), socket.create_connection(self.server, 10) as server:
            self._pass_on(passage, server)
        passage.client.close()

    def _pass_on(self, passage, server):
        """Until one of them leaves. The STARTTLS of a client is where the middle may take over."""
        asked_for_tls, pieces_inside = False, 0
        while True:
            for ready in select.select([passage.client, server], [], [])[0]:
                piece = ready.recv(65536)
                if not piece:
                    return
                if ready is server:
                    if asked_for_tls and passage.cheat == "cut":
                        return reset(passage.client)
                    passage.client.sendall(without_starttls(piece) if passage.cheat == "strip" else piece)
                    continue
                passage.raw += piece
                pieces_inside += asked_for_tls
                if pieces_inside == PIECES_OF_A_HANDSHAKE + 2 and passage.cheat == "drop":
                    return reset(passage.client)
                if not asked_for_tls and piece.upper().startswith(b"STARTTLS"):
                    asked_for_tls = True
                    if passage.cheat in ANSWERS_ITSELF:
                        passage.client.sendall(ANSWERS_ITSELF[passage.cheat].encode() + b"\r\n")
                        if passage.cheat != "refuse":
                            return self._instead_of_a_handshake(passage, server)
                        continue
                server.sendall(piece)

    def _instead_of_a_handshake(self, passage, server):
        if passage.cheat == "stall":
            passage.stalls.set()
        if passage.cheat == "garbage":
            passage.client.sendall(b"250 let us talk in clear\r\n")
        if passage.cheat in self.bundles:
            return self._read_along(passage, server)
        while piece := passage.client.recv(65536):
            passage.raw += piece
            if passage.cheat == "reset":
                return reset(passage.client)

    def _read_along(self, passage, server):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if passage.cheat == "old":
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        context.load_cert_chain(*self.bundles[passage.cheat])
        passage.client = context.wrap_socket(passage.client, server_side=True)
        while True:
            ready = [passage.client] if passage.client.pending() else select.select([passage.client, server], [], [])[0]
            for one in ready:
                piece = one.recv(65536)
                if not piece:
                    return
                if one is passage.client:
                    passage.inside += piece
                (server if one is passage.client else passage.client).sendall(piece)

    def turn(self, cheat):
        """From now on; connections under way, which are honest ones perhaps, are cut. None: honest."""
        self.cheat = cheat
        for passage in self.passages:
            with contextlib.suppress(OSError):
                passage.client.shutdown(socket.SHUT_RDWR)

    def seen(self, cheat):
        """The passages in which it cheated so."""
        return [passage for passage in self.passages if passage.cheat == cheat]

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.turn(None)
        for thread in self._threads:
            thread.join(10)


def without_starttls(piece):
    """The last line of an answer must keep its blank, whichever line goes."""
    lines = piece.split(b"\r\n")
    kept = [line for line in lines if not re.match(rb"250[- ]STARTTLS$", line)]
    if len(kept) < len(lines) and re.match(rb"250 STARTTLS$", lines[-2]):
        kept[-2] = b"250 " + kept[-2][4:]
    return b"\r\n".join(kept)


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
