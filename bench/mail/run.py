"""Measures mail servers beside Sealpost with the same messages, the same durability and the same disk, and writes
bench/RESULTS.md."""
import argparse
import contextlib
import dataclasses
import pathlib
import shlex
import sys

import measures
import peers
import report

PARTS = ("durability", "accept", "relay", "memory", "queue")


def parse_words():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of a minute or two; writes build/bench-mail/RESULTS.md instead")
    parser.add_argument("--dry", action="store_true", help="shows in half a minute whether all of it works but strace, and measures nothing: a failure or a missing "
                        "figure is the exit status 1; writes build/bench-mail/dry.md instead")
    parser.add_argument("--rounds", type=int, help="medians of so many")
    parser.add_argument("--seconds", type=float, help="of each load")
    parser.add_argument("--queue", type=int, help="messages that wait, of the peers")
    parser.add_argument("--own-queue", type=int, help="messages that wait, of Sealpost")
    parser.add_argument("--fill-seconds", type=float, help="how long filling a queue may take")
    parser.add_argument("--peer", action="append", help="only these, by name", choices=[peer.name for peer in peers.ALL])
    parser.add_argument("--part", action="append", help="only these", choices=PARTS)
    parser.add_argument("--note", default="", help="a remark for the head of the results")
    parser.add_argument("--out", type=pathlib.Path, help="where the results go")
    return parser.parse_args()


def describe_command():
    """The words that wrote the page, without the remark that stands below them anyway."""
    words = sys.argv[1:]
    if "--note" in words:
        at = words.index("--note")
        del words[at:at + 2]
    return shlex.join(["python3", "bench/mail/run.py", *words]) if words else "./bench/run mail"


def choose_plan(asked):
    plan = measures.DRY if asked.dry else measures.QUICK if asked.quick else measures.Plan()
    wanted = {name: getattr(asked, name) for name in ("rounds", "seconds", "queue", "own_queue", "fill_seconds")}
    return dataclasses.replace(plan, **{name: value for name, value in wanted.items() if value is not None})


def choose_target(asked):
    if asked.out:
        return asked.out
    if asked.dry:
        return peers.ROOT / "build/bench-mail/dry.md"
    is_whole = not (asked.quick or asked.peer or asked.part)
    return peers.ROOT / ("bench" if is_whole else "build/bench-mail") / "RESULTS.md"


def check(book, parts, chosen):
    """Of a dry run: whether anything went wrong."""
    faults = [f"{name}: {why}" for name, why in book.failures]
    faults += [f"{name}: no figure for {measure!r}" for name, measure in book.missing(parts, [peer.name for peer in chosen])]
    if faults:
        sys.exit("\n".join(faults))


def main():
    asked = parse_words()
    plan, target = choose_plan(asked), choose_target(asked)
    chosen = [peer for peer in peers.ALL if not asked.peer or peer.name in asked.peer]
    parts = asked.part or (PARTS[1:] if asked.dry else PARTS)
    with contextlib.ExitStack() as stack:
        bench = measures.Bench(plan, chosen, stack)
        steps = dict(zip(PARTS, (bench.prove_durability, bench.take_turns, bench.relay, bench.hold_idle, bench.fill_queues)))
        for part in PARTS:
            if part in parts:
                steps[part]()
                # After each, so that a run that is broken off leaves what it has.
                target.write_text(report.write(bench, describe_command(), report.describe_machine(bench), asked.note))
    print(target.read_text())
    if asked.dry:
        check(bench.book, parts, chosen)


if __name__ == "__main__":
    main()
