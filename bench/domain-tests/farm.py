"""Mail hosts for the benchmark: STARTTLS on every loopback address of one port, in a few processes that share it.
farm.py PORT CHAIN KEY DELAY: the seconds that each answer takes, as if a network lay between."""
import asyncio
import os
import socket
import ssl
import sys

PROCESSES = 2


class Host(asyncio.Protocol):
    def __init__(self, context, delay):
        self.context, self.delay, self.rest = context, delay, b""
        self.inside = self.upgrading = False

    def connection_made(self, transport):
        self.transport = transport
        self.say(b"220 mx ESMTP\r\n")

    def later(self, act, *arguments):
        asyncio.get_running_loop().call_later(self.delay, act, *arguments)

    def say(self, text):
        self.later(self.transport.write, text)

    def data_received(self, data):
        self.rest += data
        while not self.upgrading and b"\r\n" in self.rest:
            line, self.rest = self.rest.split(b"\r\n", 1)
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say(b"250 mx\r\n" if self.inside else b"250-mx\r\n250 STARTTLS\r\n")
            elif verb == b"STAR":
                self.later(self.start_tls)
            else:
                self.later(self.end)

    def start_tls(self):
        self.upgrading = True
        self.transport.write(b"220 go\r\n")
        self.task = asyncio.ensure_future(self.shake_hands())

    async def shake_hands(self):
        try:
            self.transport = await asyncio.get_running_loop().start_tls(self.transport, self, self.context, server_side=True)
        except OSError:
            return
        self.inside, self.upgrading = True, False
        self.data_received(b"")  # what came with the end of the handshake

    def end(self):
        self.transport.write(b"221 bye\r\n")
        self.transport.close()


async def serve(port, chain, key, delay):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("0.0.0.0", port))
    server = await asyncio.get_running_loop().create_server(lambda: Host(context, delay), sock=listener, backlog=1024)
    os.write(1, b"ready\n")  # in one piece, beside the other process
    await server.serve_forever()


def main():
    port, chain, key, delay = int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
    for _ in range(PROCESSES - 1):
        if os.fork() == 0:
            break
    asyncio.run(serve(port, chain, key, delay))


if __name__ == "__main__":
    main()
