"""A name server that takes every question, by UDP and by TCP, and answers none."""
import contextlib
import socket
import threading


class SilentNames:
    """with SilentNames(names.port) as silent: silent.questions. In the place of a Names that has been stopped."""

    def __init__(self, port, address="127.0.0.1"):
        self.address, self.questions, self.is_over = (address, port), 0, False

    def __enter__(self):
        self.listener = socket.create_server(self.address, backlog=512)  # who connects is taken in by the kernel, and waits
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.thread = threading.Thread(target=self._swallow, daemon=True)
        self.thread.start()
        return self

    def _swallow(self):
        while True:
            self.socket.recv(65536)
            if self.is_over:
                return
            self.questions += 1

    def __exit__(self, *_):
        self.is_over = True
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as last, self.socket, self.listener:
            last.sendto(b"enough", self.address)
            self.thread.join()
