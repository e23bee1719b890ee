"""The measures. Each notes its values in a Notebook; medians are taken when the report is written."""
import collections
import concurrent.futures
import contextlib
import dataclasses
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import typing

import calm
import durability
import load
import peers
import processes
from world.authority import Authority  # peers opens the way
from world.names import Names

WORDS = {"none": "plain", "starttls": "STARTTLS"}


class Cell(typing.NamedTuple):
    """How messages come: what is measured once for each server."""

    tls: str
    sessions: int
    messages: int  # in each session
    pipelining: bool = False

    @property
    def title(self):
        return (f"{WORDS[self.tls]}{', pipelined' if self.pipelining else ''}, {self.sessions} sessions, "
                f"{self.messages} message{'s' if self.messages > 1 else ''} each")

    def options(self):
        return {name: value for name, value in self._asdict().items() if value is not False}


CELLS = [Cell(tls, sessions, messages, pipelining) for tls, pipelining in (("none", False), ("none", True), ("starttls", False))
         for sessions in (20, 200) for messages in (1, 100)]
RELAYS = [Cell("none", 20, 100), Cell("none", 20, 100, True)]
RAW = "OpenSSL alone"
NOTHING = "a sink that keeps nothing"


@dataclasses.dataclass
class Plan:
    rounds: int = 3
    seconds: float = 5
    handshake_turns: int = 4      # in a round: from one load to the next their rate differs by a tenth
    warm_up: float = 2
    cells: list = dataclasses.field(default_factory=lambda: CELLS)
    idle: int = 1000
    large: int = 3
    patience: float = 60          # for the next message to come out
    queue: int = 20_000           # messages that wait, of the peers
    own_queue: int = 1_000_000    # of Sealpost
    fill_seconds: float = 1800    # what is not queued by then is left out
    stranger: bool = True
    waits_for_calm: bool = True


QUICK = Plan(rounds=1, seconds=1, handshake_turns=1, warm_up=0.5, cells=[Cell("none", 20, 1), Cell("none", 20, 100, True), Cell("starttls", 20, 1)], idle=100, large=1, patience=10,
             queue=500, own_queue=2_000, fill_seconds=5, stranger=False)
# Whether all of it works, whatever else the machine does.
DRY = dataclasses.replace(QUICK, cells=[Cell("none", 20, 1), Cell("starttls", 20, 1)], seconds=0.5, warm_up=0.1, idle=20, queue=100, own_queue=200, waits_for_calm=False)


# What a run of each part notes of a server that works.
EVIDENCE = {"accept": ("accepted a second", "10 MiB ms", "TLS sessions a second"), "relay": ("relayed a second",), "memory": ("idle session, PSS KiB",),
            "queue": ("queued", "start with the queue, s", "start after a kill, s", "first delivery behind the start, s")}


def protections(peer):
    return ("none", "starttls") if peer.shakes_hands else ("none",)


class Notebook:
    """Values by measure, cell and peer."""

    def __init__(self):
        self.values = collections.defaultdict(list)
        self.failures = collections.Counter()
        self.proofs, self.versions = {}, {}

    def note(self, measure, cell, name, value):
        if value is not None:
            self.values[measure, cell, name].append(value)
            print(f"{time.strftime('%H:%M:%S')} {measure} {cell} {name}: {value:.4g}", file=sys.stderr, flush=True)

    def note_failures(self, name, told):
        for why, times in told.get("failures", {}).items():
            self.failures[name, why] += times

    def missing(self, parts, names):
        """What those parts ought to have noted and have not: (server, measure)."""
        has = {(name, measure) for measure, _, name in self.values}
        return [(name, measure) for part in parts for measure in EVIDENCE.get(part, ()) for name in names if (name, measure) not in has]

    def median(self, measure, cell, name):
        values = self.values.get((measure, cell, name))
        return statistics.median(values) if values else None


class World:
    """What the servers share: names, a certificate, where mail goes."""

    def __init__(self, folder, stack):
        shutil.rmtree(folder, ignore_errors=True)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        Authority(self.folder / "authority").issue(self.folder, "mx", "mx.bench.test")
        self.certificate = (self.folder / "mx.pem", self.folder / "mx.key")
        self.names = stack.enter_context(Names(self.folder / "names", {
            "bench.test": ["@ 3600 A 127.0.0.1", "load 3600 A 127.0.0.1"], "127.in-addr.arpa": ["1.0.0 3600 PTR load.bench.test."]})).endpoint
        self.tarpit = stack.enter_context(load.Sink("--tarpit"))
        self.sink = None

    def next_for(self, holds):
        return peers.HOST, (self.tarpit if holds else self.sink).port


class Bench:
    def __init__(self, plan, chosen, stack):
        self.plan, self.chosen, self.book = plan, chosen, Notebook()
        self.world = World(peers.ROOT / "build/bench-mail/work", stack)

    def folder_of(self, peer_class, again=False):
        folder = self.world.folder / peer_class.__name__.lower()
        if not again:
            shutil.rmtree(folder, ignore_errors=True)
        return folder

    @contextlib.contextmanager
    def everybody(self):
        """All servers at once, each with an empty queue that holds what it is given; one that cannot start is left out."""
        with contextlib.ExitStack() as stack:
            running = []
            for peer_class in self.chosen:
                try:
                    running.append(stack.enter_context(peer_class(self.folder_of(peer_class), self.world, holds=True)))
                except Exception as problem:  # the others are still worth it
                    self.complain(peer_class, problem)
            yield running

    def complain(self, peer, problem):
        self.book.failures[peer.name, f"{type(problem).__name__}: {str(problem)[:200]}"] += 1
        print(f"{peer.name}: {problem}", file=sys.stderr, flush=True)

    def send(self, peer, **options):
        """A load on a machine at rest, with what it cost the server."""
        self.await_calm(peer)
        before = peer.processor_seconds()
        told = load.send(peer.port, **options)
        told["processor_seconds"] = peer.processor_seconds() - before
        self.book.note_failures(peer.name, told)
        return told

    def await_calm(self, peer):
        if self.plan.waits_for_calm and not calm.await_calm():
            self.book.failures[peer.name, "a load began while the machine was busy"] += 1

    # Each of these is one measure.

    def prove_durability(self):
        with self.everybody() as running:
            for peer in running:
                self.book.versions[peer.name] = peer.version()
                try:
                    self.book.proofs[peer.name] = durability.prove(peer)
                    print(peer.name, self.book.proofs[peer.name], file=sys.stderr, flush=True)
                except Exception as problem:
                    self.complain(peer, problem)

    def take_turns(self):
        """Everything that is measured in rounds, on servers that hold what they get."""
        for number in range(self.plan.rounds):
            with self.everybody() as running:
                order = running[number % len(running):] + running[:number % len(running)]
                for cell in self.plan.cells:
                    for peer in order:
                        self.accept(peer, cell)
                for peer in order:
                    self.accept_large(peer)
                for _ in range(self.plan.handshake_turns):
                    for peer in order:
                        self.shake_hands(peer)
                    self.shake_hands_alone()
                for peer in order:
                    self.ask_the_stranger(peer)
                self.accept_and_forget()

    def accept(self, peer, cell):
        if cell.tls != "none" and not peer.shakes_hands:
            return
        told = self.send(peer, seconds=self.plan.seconds, warm_up=self.plan.warm_up, **cell.options())
        self.book.note("accepted a second", cell, peer.name, told["per_second"])
        if told["accepted"]:
            self.book.note("processor ms a message", cell, peer.name, 1000 * told["processor_seconds"] / told["accepted"])
            self.book.note("latency p50 ms", cell, peer.name, told["latency_ms"]["p50"])
            self.book.note("latency p99 ms", cell, peer.name, told["latency_ms"]["p99"])

    def accept_and_forget(self):
        """The sink: says 250 and keeps nothing. What any server can reach beside this generator, on these processors."""
        chain, key = self.world.certificate
        for cell in self.plan.cells:
            with load.Sink("--chain", chain, "--key", key, "--threads", 1 if cell.tls == "none" else 2) as sink:
                if self.plan.waits_for_calm:
                    calm.await_calm()
                told = load.send(sink.port, seconds=self.plan.seconds, warm_up=self.plan.warm_up, **cell.options())
            self.book.note("accepted a second", cell, NOTHING, told["per_second"])

    def accept_large(self, peer):
        for tls in protections(peer):
            told = self.send(peer, sessions=1, messages=1, size=10 * 1024 * 1024, count=self.plan.large, seconds=60, tls=tls)
            self.book.note("10 MiB ms", tls, peer.name, told["latency_ms"]["p50"] if told["accepted"] else None)

    def shake_hands(self, peer):
        if not peer.shakes_hands:
            return
        for resume in (False, True):
            more = {"resume": True} if resume else {}
            told = self.send(peer, sessions=20, messages=0, tls="starttls", seconds=self.plan.seconds, **more)
            self.note_handshakes(peer.name, resume, told)

    def note_handshakes(self, name, resume, told):
        kind = "resumed" if resume else "full"
        if resume and told["resumed"] < told["sessions"] / 2:
            self.book.failures[name, "most TLS sessions were not resumed"] += 1
            return
        self.book.note("TLS sessions a second", kind, name, told["sessions_per_second"])
        if told["processor_seconds"] > 0:
            self.book.note("TLS sessions a processor second", kind, name, told["sessions"] / told["processor_seconds"])

    def shake_hands_alone(self):
        """The sink: a greeting, STARTTLS and OpenSSL, nothing else. What any server of this certificate can reach."""
        chain, key = self.world.certificate
        with load.Sink("--chain", chain, "--key", key, "--threads", "2") as sink:
            for resume in (False, True):
                before = processes.read_stat(sink.process.pid)[1]
                told = load.send(sink.port, sessions=20, messages=0, tls="starttls", seconds=self.plan.seconds, **({"resume": True} if resume else {}))
                told["processor_seconds"] = processes.read_stat(sink.process.pid)[1] - before
                self.note_handshakes(RAW, resume, told)

    def ask_the_stranger(self, peer):
        if not self.plan.stranger:
            return
        expected = self.book.median("accepted a second", Cell("none", 20, 1), peer.name) or 100
        rate = load.stranger(peer.port, max(100, int(expected * self.plan.seconds)))
        self.book.note("smtp-source", "none", peer.name, rate)
        if rate is None:
            self.book.failures[peer.name, "smtp-source was not done in two minutes"] += 1

    def relay(self):
        for _ in range(self.plan.rounds):
            for cell in RELAYS:
                for peer_class in self.chosen:
                    try:
                        with load.Sink() as sink:
                            self.world.sink = sink
                            self.relay_through(peer_class, cell, sink)
                        self.note_losses(peer_class.name, cell, sink.result)
                    except Exception as problem:
                        self.complain(peer_class, problem)

    def relay_through(self, peer_class, cell, sink):
        with peer_class(self.folder_of(peer_class), self.world, holds=False) as peer:
            self.await_calm(peer)
            before = peer.processor_seconds()
            told = load.send(peer.port, seconds=self.plan.seconds + self.plan.warm_up, **cell.options())
            self.book.note_failures(peer.name, told)
            last, arrived = sink.wait_for(told["accepted"], self.plan.patience, longest=2 * self.plan.patience)
            self.book.note("relayed a second", cell, peer.name, arrived / (last - told["began"]))
            self.book.note("relayed: accepted a second", cell, peer.name, told["per_second"])
            self.book.note("relayed: processor ms a message", cell, peer.name, 1000 * (peer.processor_seconds() - before) / max(1, arrived))
            self.book.note("relayed: not yet out", cell, peer.name, max(0, told["accepted"] - arrived))

    def note_losses(self, name, cell, result):
        self.book.note("relayed: twice", cell, name, result["received"] - result["different"])

    def hold_idle(self):
        for peer_class in self.chosen:
            for tls in protections(peer_class):
                try:
                    with peer_class(self.folder_of(peer_class), self.world, holds=True, processes_limit=self.plan.idle + 100) as peer:
                        self.count_memory(peer, tls)
                except Exception as problem:
                    self.complain(peer_class, problem)

    def count_memory(self, peer, tls):
        load.send(peer.port, sessions=20, messages=2, tls=tls, count=40, seconds=60)  # what is made once is there
        time.sleep(1)
        rss, pss = peer.memory_bytes()
        with load.idle_sessions(peer.port, self.plan.idle, tls) as opened:
            time.sleep(1)
            more_rss, more_pss = peer.memory_bytes()
        if opened < self.plan.idle:
            self.book.failures[peer.name, f"only {opened} of {self.plan.idle} idle sessions ({tls})"] += 1
        if opened:
            self.book.note("idle session, PSS KiB", tls, peer.name, (more_pss - pss) / opened / 1024)
            self.book.note("idle session, RSS KiB", tls, peer.name, (more_rss - rss) / opened / 1024)

    def fill_queues(self):
        for peer_class in self.chosen:
            try:
                self.fill_queue(peer_class)
            except Exception as problem:
                self.complain(peer_class, problem)
            self.folder_of(peer_class)  # these are large

    def fill_queue(self, peer_class):
        wanted = self.plan.own_queue if peer_class is peers.Sealpost else self.plan.queue
        folder, name = self.folder_of(peer_class), peer_class.name
        options = {"size": 1024, "domains": 1000}
        with peer_class(folder, self.world, holds=True) as peer:
            self.book.note("start, empty, s", "", name, peer.seconds_to_start)
            told = self.send(peer, sessions=200, messages=1000, count=wanted, seconds=self.plan.fill_seconds,
                             patience=self.plan.fill_seconds + 60, **options)
            self.book.note("queued", "", name, told["accepted"])
            told = self.send(peer, seconds=self.plan.seconds, warm_up=self.plan.warm_up, first_serial=wanted, sessions=20, messages=100, **options)
            self.book.note("accepted a second with the queue", "", name, told["per_second"])
        with peer_class(folder, self.world, holds=True) as peer:
            self.book.note("start with the queue, s", "", name, peer.seconds_to_start)
            self.kill_amid_accepts(peer, first_serial=2 * wanted, sessions=20, messages=100, **options)
        with peer_class(folder, self.world, holds=True) as peer:
            self.book.note("start after a kill, s", "", name, peer.seconds_to_start)
        with load.Sink() as sink:
            self.world.sink = sink
            with peer_class(folder, self.world, holds=False) as peer:
                peer.release()
                self.count_deliveries(peer, sink)

    def kill_amid_accepts(self, peer, **options):
        """SIGKILL to all processes of a server in the middle of a load, which then fails until its time is over."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            told = pool.submit(load.send, peer.port, seconds=self.plan.seconds, **options)
            time.sleep(self.plan.seconds / 2)
            peer.kill()
            if not told.result()["accepted"]:
                self.book.failures[peer.name, "had accepted nothing when it was killed"] += 1

    def count_deliveries(self, peer, sink):
        """From the first one on, for so many seconds or until all are out."""
        if sink.wait_for(1, self.plan.patience)[1] == 0:
            return
        begin, early = next((at, messages) for at, messages in sink.progress if messages)
        self.book.note("first delivery behind the start, s", "", peer.name, begin - peer.began)
        deadline = time.monotonic() + 2 * self.plan.seconds
        while (left := deadline - time.monotonic()) > 0 and sink.wait_for(sink.messages + 1, left)[1]:
            pass
        last, out = sink.progress[-1]
        self.book.note("delivered a second from the queue", "", peer.name, (out - early) / (last - begin) if last > begin else None)


def measure_disk(folder):
    """Milliseconds for an fsync behind 10 KiB: the median of 100."""
    times = []
    with open(folder / "probe", "wb") as file:
        for _ in range(100):
            file.write(b"x" * 10_240)
            file.flush()
            began = time.monotonic()
            os.fsync(file.fileno())
            times.append(1000 * (time.monotonic() - began))
    (folder / "probe").unlink()
    return statistics.median(times)


def file_system(folder):
    told = subprocess.run(["df", "--output=fstype,source", folder], capture_output=True, text=True).stdout.split("\n")[1].split()
    return f"{told[0]} on {told[1]}"
