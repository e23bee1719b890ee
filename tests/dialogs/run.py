#!/usr/bin/env python3
"""Plays SMTP dialogues against a server: run.py HOST:PORT FILE.dialog...

A dialogue is a text file, one case each:

    # what it shows
    S: 220                 the next reply's last line begins so; S~ for a regular expression (search)
    C: EHLO client.test    a line to send, with CRLF
    C\\ a\\n.\\n              octets to send as they stand: \\r \\n \\t \\0 \\\\ \\xHH are understood,
                           and {x*600} repeats octets
    R: 20 250              the next 20 replies begin so
    S: <closed>            the server has closed the connection
    S: <reset>             … with a TCP reset
    W:                     until the server has read all that was sent: what follows comes to it later
    A: 127.0.0.7           the client's address from the next connection on; before the first it is the first's
    N:                     a new connection beside the ones that stay open; what follows is said there
    T:                     shake hands for TLS; T: NAME shows the certificate NAME.pem of the folder in
                           DIALOG_CERTIFICATES

Lines C that follow each other are sent in one write. A reply is read whole (all its "250-" lines).
"""
import os
import pathlib
import re
import socket
import ssl
import sys
import time

TIMEOUT = 10
REPEATED = re.compile(r"\{([^{}]+)\*(\d+)\}")


class Mismatch(Exception):
    pass


def repeat(text):
    return REPEATED.sub(lambda match: match.group(1) * int(match.group(2)), text)


def expand(text):
    simple = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}

    def unescape(match):
        word = match.group(1)
        return chr(int(word[1:], 16)) if word[0] == "x" else simple[word]

    return re.sub(r"\\(x[0-9a-fA-F]{2}|[rnt0\\])", unescape, repeat(text)).encode("latin-1")


def parse(path):
    steps = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            kind, text = line[:2], line[3:]
            if kind == "C:":
                octets = repeat(text).encode("utf-8") + b"\r\n"
            elif kind == "C\\":
                octets = expand(text)
            elif kind == "R:":
                count, _, wanted = text.partition(" ")
                steps.extend([(number, "S:", wanted)] * int(count))
                continue
            elif kind in ("S:", "S~", "A:", "N:", "T:", "W:"):
                steps.append((number, kind, text))
                continue
            else:
                raise SystemExit(f"{path}:{number}: a line begins with C:, C\\, S:, S~, R:, A:, N:, T:, W: or #")
            if steps and steps[-1][1] == "C":
                steps[-1] = (steps[-1][0], "C", steps[-1][2] + octets)
            else:
                steps.append((number, "C", octets))
    return steps


def read_reply(stream):
    lines = []
    while True:
        line = stream.readline()
        if not line:
            return "<closed>"
        lines.append(line.decode("utf-8", "replace").rstrip("\r\n"))
        if not line.endswith(b"\r\n"):
            raise Mismatch(f"a reply line without CRLF: {line!r}")
        if line[3:4] != b"-":
            return "\n".join(lines)


def unread_octets(port, peer_port):
    """What the kernel holds for the connection from `port` to `peer_port`, both on this machine: sent and not yet read."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in list(table)[1:]]
    ends = {tuple(int(end.split(":")[1], 16) for end in row[1:3]): [int(n, 16) for n in row[4].split(":")] for row in rows}
    unsent, _ = ends.get((port, peer_port), (0, 0))
    _, unread = ends.get((peer_port, port), (0, 0))
    return unsent + unread


def wait_until_read(connection):
    deadline = time.monotonic() + TIMEOUT
    while unread_octets(connection.getsockname()[1], connection.getpeername()[1]) > 0:
        if time.monotonic() > deadline:
            raise Mismatch("the server does not read")
        time.sleep(0.001)


def matches(kind, wanted, reply):
    if kind == "S~":
        return re.search(wanted, reply) is not None
    return reply.split("\n")[-1].startswith(wanted)


class Client:
    """The client of one dialogue, with all its connections."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.source = None
        self.open = []
        self.stream = None

    def connect(self):
        source = (self.source, 0) if self.source else None
        self.use(socket.create_connection(self.target, timeout=TIMEOUT, source_address=source))

    def use(self, connection):
        self.open.append(connection)
        self.stream = connection.makefile("rb")

    def start_tls(self, certificate):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if certificate:
            folder = pathlib.Path(os.environ["DIALOG_CERTIFICATES"])
            context.load_cert_chain(folder / f"{certificate}.pem")
        self.use(context.wrap_socket(self.open.pop()))

    def take(self, kind, what):
        if kind == "A:":
            self.source = what.strip()
            return
        if kind == "N:" or not self.open:
            self.connect()
        if kind == "T:":
            self.start_tls(what.strip())
        elif kind == "W:":
            wait_until_read(self.open[-1])
        elif kind == "C":
            self.open[-1].sendall(what)
        elif kind in ("S:", "S~"):
            reply = read_reply(self.stream)
            if not matches(kind, what, reply):
                raise Mismatch(f"wanted {what!r}, heard {reply!r}")

    def close(self):
        for connection in self.open:
            connection.close()


def play(host, port, path):
    client = Client(host, port)
    try:
        for number, kind, what in parse(path):
            trouble = None
            try:
                client.take(kind, what)
            except Mismatch as mismatch:
                trouble = str(mismatch)
            except (ConnectionResetError, BrokenPipeError):
                trouble = "<reset>"
            except socket.timeout:
                trouble = "<silence>"
            if trouble is not None and not (kind == "S:" and what == trouble):
                raise Mismatch(f"{path}:{number}: {trouble if trouble.startswith('wanted') else f'wanted {what!r}, heard {trouble!r}'}")
    finally:
        client.close()


def main():
    host, _, port = sys.argv[1].rpartition(":")
    failures = 0
    for path in sys.argv[2:]:
        try:
            play(host, int(port), path)
        except Mismatch as mismatch:
            failures += 1
            print(f"FAILED {mismatch}")
    print(f"{len(sys.argv) - 2 - failures} of {len(sys.argv) - 2} dialogues went as written")
    return 1 if failures or len(sys.argv) == 2 else 0


if __name__ == "__main__":
    sys.exit(main())
