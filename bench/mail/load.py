"""The generator and the sink of mail_load, as functions."""
import contextlib
import json
import subprocess
import threading
import time

from peers import HOST, ROOT, free_port

PROGRAM = ROOT / "build/release/bench/mail_load"


def send(port, *, patience=900, **options):
    """Runs a load and answers what it counted."""
    words = []
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
    done = subprocess.run([PROGRAM, "load", f"{HOST}:{port}", *words], capture_output=True, text=True, timeout=patience)
    if not done.stdout:
        raise RuntimeError(f"mail_load load {words}: {done.stderr}")
    return json.loads(done.stdout)


class Sink:
    """with Sink() as sink: sink.port; sink.wait_for(1000); sink.result after the end."""

    def __init__(self, *words):
        self.words = words

    def __enter__(self):
        self.port = free_port(HOST)
        self.process = subprocess.Popen([PROGRAM, "sink", f"{HOST}:{self.port}", *map(str, self.words)], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "listening\n"
        self.result, self.progress, self.changed = None, [(0.0, 0)], threading.Condition()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        return self

    def _read(self):
        for line in self.process.stdout:
            told = json.loads(line)
            with self.changed:
                if "received" in told:
                    self.result = told
                else:
                    self.progress.append((told["at"], told["messages"]))
                self.changed.notify_all()

    @property
    def messages(self):
        return self.progress[-1][1]

    def wait_for(self, messages, patience, longest=900):
        """Until so many have come, nothing new for `patience` seconds, or `longest`. When the last of them came, and how many."""
        deadline = time.monotonic() + longest
        with self.changed:
            while self.messages < messages and (left := deadline - time.monotonic()) > 0:
                if not self.changed.wait(min(patience, left)):
                    break
            return self.progress[-1]

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        self.reader.join()


def stranger(port, messages):
    """Postfix's smtp-source, one message in a session, 20 at a time: messages a second, None when it failed or took minutes."""
    words = ["smtp-source", "-4", "-s", "20", "-m", str(messages), "-l", "10240", "-f", "sender@bench.test", "-t", "u1@bench.test", "-M",
             "load.bench.test", f"inet:{HOST}:{port}"]
    began = time.monotonic()
    try:
        done = subprocess.run(words, capture_output=True, timeout=120)
    except subprocess.TimeoutExpired:
        return None
    return messages / (time.monotonic() - began) if done.returncode == 0 else None


@contextlib.contextmanager
def idle_sessions(port, sessions, tls):
    """So many open sessions that have said EHLO; how many there are."""
    process = subprocess.Popen([PROGRAM, "idle", f"{HOST}:{port}", "--sessions", str(sessions), "--tls", tls], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        yield int(line.split()[1]) if line.startswith("open") else 0
    finally:
        process.stdin.close()
        process.wait(60)
