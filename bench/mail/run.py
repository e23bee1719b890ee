"""Measures mail servers beside Sealpost with the same messages, the same durability and the same disk, and writes
bench/RESULTS.md."""
import argparse
import contextlib
import pathlib
import shutil
import statistics
import sys

import load
import peers
from world.authority import Authority  # peers opens the way
from world.names import Names

BUILD = peers.ROOT / "build/bench-mail"


class World:
    """What the servers share: names, a certificate, where mail goes."""

    def __init__(self, folder, stack):
        shutil.rmtree(folder, ignore_errors=True)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        Authority(self.folder / "authority").issue(self.folder, "mx", "mx.bench.test")
        self.certificate = (self.folder / "mx.pem", self.folder / "mx.key")
        self.names = stack.enter_context(Names(self.folder / "names", {
            "bench.test": ["@ 3600 A 127.0.0.1"], "127.in-addr.arpa": ["1.0.0 3600 PTR load.bench.test."]})).endpoint
        self.tarpit = stack.enter_context(load.Sink("--tarpit"))
        self.sink = self.tarpit

    def next_for(self, holds):
        return peers.HOST, (self.tarpit if holds else self.sink).port


def measure_accepts(peer, settings):
    before = peer.processor_seconds()
    told = load.send(peer.port, **settings)
    told["processor_seconds"] = peer.processor_seconds() - before
    return told


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of about a minute")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--peer", action="append", help="only these")
    parser.add_argument("--cells", type=int, default=99)
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        world = World(BUILD / "work", stack)
        chosen = [peer for peer in peers.ALL if not asked.peer or peer.name in asked.peer]
        for tls in ("none", "starttls"):
            for sessions in (20, 200):
                for messages in (1, 100):
                    rates = {peer.name: [] for peer in chosen}
                    for round_number in range(asked.rounds):
                        for peer_class in chosen:
                            folder = world.folder / peer_class.name.lower()
                            shutil.rmtree(folder, ignore_errors=True)
                            with peer_class(folder, world, holds=True) as peer:
                                told = measure_accepts(peer, {"sessions": sessions, "messages": messages, "tls": tls, "seconds": asked.seconds,
                                                              "warm_up": 1})
                                rates[peer.name].append(told["per_second"])
                                print(peer.name, tls, sessions, messages, told, file=sys.stderr)
                    for name, values in rates.items():
                        print(f"{tls}\t{sessions}\t{messages}\t{name}\t{statistics.median(values):.1f}")


if __name__ == "__main__":
    main()
