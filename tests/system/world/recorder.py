"""A mail host that keeps every octet that it hears, and reads them as strictly as can be: lines end in CRLF, content ends
with CRLF.CRLF or after the octets that BDAT counted.

with Recorder(chunking=False) as recorder: recorder.port; recorder.wait_for(1) == [Heard(commands, content)]"""
import queue
import socket
import threading
from dataclasses import dataclass, field


@dataclass
class Heard:
    commands: list = field(default_factory=list)  # of one transaction, MAIL first
    content: bytes = b""


class Recorder:
    def __init__(self, chunking):
        self.chunking, self._heard, self.troubles = chunking, queue.Queue(), []
        self.connections = 0

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        # Closed beneath the thread, it would wait on for whatever listener gets the number of this one's descriptor.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def wait_for(self, count, seconds=60):
        return [self._heard.get(timeout=seconds) for _ in range(count)]

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(60)
        with connection, connection.makefile("rb") as stream:
            try:
                self._talk(connection, stream)
            except (OSError, ValueError) as trouble:
                self.troubles.append(trouble)

    def _read_line(self, stream):
        line = stream.readline(2000)
        if line and (not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line):
            raise ValueError(f"not a line: {line!r}")
        return line

    def _talk(self, connection, stream):
        connection.sendall(b"220 mx.partner.test ESMTP\r\n")
        heard = Heard()
        while line := self._read_line(stream):
            verb = line[:4].upper()
            if verb == b"EHLO":
                keywords = ["PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", *(["CHUNKING"] if self.chunking else []), "SIZE"]
                connection.sendall(b"250-mx.partner.test\r\n" + "".join(f"250-{word}\r\n" for word in keywords[:-1]).encode() + b"250 SIZE\r\n")
                continue
            if verb == b"MAIL":
                heard = Heard()
            heard.commands.append(line[:-2])
            if verb == b"DATA":
                connection.sendall(b"354 go on\r\n")
                while (text := self._read_line(stream)) != b".\r\n":
                    heard.content += text[1:] if text.startswith(b".") else text
            if verb == b"BDAT":
                heard.content += stream.read(int(line.split()[1]))
            connection.sendall(b"221 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")
            if verb == b"DATA" or (verb == b"BDAT" and line.split()[-1] == b"LAST"):
                self._heard.put(heard)
            if verb == b"QUIT":
                return
