"""A mail host that takes everything, when the test lets it."""
import socket
import threading


class GatedSink:
    """with GatedSink("127.0.0.4", port) as sink: sink.wait_for(3); sink.senders. With `permits` each message's 250 waits for
    one: sink.permits.release()."""

    def __init__(self, address, port=0, permits=None):
        self.permits = permits
        self.listener = socket.create_server((address, port), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.senders, self.open, self.most_open = [], 0, 0  # under `changed`
        self.changed = threading.Condition()
        self.sockets, self.threads = [], []

    def __enter__(self):
        self._spawn(self._accept)
        return self

    def _spawn(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        self.threads.append(thread)

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(connection)
            self._spawn(self._serve, connection)

    def _serve(self, connection):
        with self.changed:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            self.changed.notify_all()
        try:
            with connection, connection.makefile("rwb") as stream:
                self._talk(stream)
        except (OSError, ValueError):
            pass  # the other side left, or the test is over
        with self.changed:
            self.open -= 1

    def _talk(self, stream):
        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()
        say("220 sink ESMTP")
        sender = ""
        for line in stream:
            verb = line[:4].upper()
            if verb == b"QUIT":
                return say("221 bye")
            if verb == b"MAIL":
                sender = line.split(b"<")[1].split(b">")[0].decode()
            if verb != b"DATA":
                say("250 ok")
                continue
            say("354 go")
            while stream.readline() not in (b".\r\n", b""):
                pass
            if self.permits is not None:
                self.permits.acquire()
            with self.changed:
                self.senders.append(sender)
                self.changed.notify_all()
            say("250 taken")
        return None

    def wait_until(self, is_so, seconds=30):
        with self.changed:
            assert self.changed.wait_for(lambda: is_so(self), seconds), (len(self.senders), self.open)

    def wait_for(self, count, seconds=30):
        self.wait_until(lambda sink: len(sink.senders) >= count, seconds)

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        if self.permits is not None:
            self.permits.release(len(self.threads))
        for connection in self.sockets:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self.threads:
            thread.join(10)
