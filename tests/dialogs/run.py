#!/usr/bin/env python3
"""Plays SMTP dialogues against a server: run.py HOST:PORT FILE.dialog...

A dialogue is a text file, one case each:

    # what it shows
    S: 220                 the next reply's last line begins so; S~ for a regular expression (search)
    C: EHLO client.test    a line to send, with CRLF
    C\\ a\\n.\\n              octets to send as they stand: \\r \\n \\t \\0 \\\\ \\xHH are understood,
                           and {x*600} repeats an octet
    S: <closed>            the server has closed the connection
    F: 127.0.0.5           the address to come from

Lines C that follow each other are sent in one write. A reply is read whole (all its "250-" lines).
"""
import re
import socket
import sys

TIMEOUT = 10


class Mismatch(Exception):
    pass


def expand(text):
    text = re.sub(r"\{(.)\*(\d+)\}", lambda m: m.group(1) * int(m.group(2)), text)
    simple = {"r": "\r", "n": "\n", "t": "\t", "0": "\0", "\\": "\\"}

    def unescape(match):
        word = match.group(1)
        return chr(int(word[1:], 16)) if word[0] == "x" else simple[word]

    return re.sub(r"\\(x[0-9a-fA-F]{2}|[rnt0\\])", unescape, text).encode("latin-1")


def parse(path):
    steps = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line.strip() or line.startswith("#"):
                continue
            kind, text = line[:2], line[3:]
            if kind == "C:":
                octets = re.sub(r"\{(.)\*(\d+)\}", lambda m: m.group(1) * int(m.group(2)), text).encode("utf-8") + b"\r\n"
            elif kind == "C\\":
                octets = expand(text)
            elif kind in ("S:", "S~", "F:"):
                steps.append((number, kind, text))
                continue
            else:
                raise SystemExit(f"{path}:{number}: a line begins with C:, C\\, S:, S~, F: or #")
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


def matches(kind, wanted, reply):
    if kind == "S~":
        return re.search(wanted, reply) is not None
    return reply.split("\n")[-1].startswith(wanted)


def play(host, port, path):
    steps = parse(path)
    come_from = next(((what, 0) for _, kind, what in steps if kind == "F:"), None)
    with socket.create_connection((host, port), timeout=TIMEOUT, source_address=come_from) as connection:
        stream = connection.makefile("rb")
        for number, kind, what in steps:
            if kind == "F:":
                continue
            try:
                if kind == "C":
                    connection.sendall(what)
                    continue
                reply = read_reply(stream)
            except (ConnectionResetError, BrokenPipeError):
                reply = "<reset>"
            except socket.timeout:
                reply = "<silence>"
            if not matches(kind, what, reply):
                raise Mismatch(f"{path}:{number}: wanted {what!r}, heard {reply!r}")


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
