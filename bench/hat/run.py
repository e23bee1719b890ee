"""Prints the table of bench_hat, and Postfix's lookup tables with the same entries, and writes it to
bench/RESULTS-hat.md."""
import datetime
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from machine import describe_machine  # noqa: E402

PROGRAM = ROOT / "build/release/bench/bench_hat"
SIZES = [10, 1_000, 100_000, 1_000_000]
MOST_COMPARISONS = 200_000_000  # a cidr table is read from its top for every question: fewer questions for long ones
PREFACE = """\
# The host access table: how fast

Written by `./bench/run hat` on {date}. {machine}; {versions}.

The entries are addresses, CIDR ranges and last-octet ranges of both families, host names and suffixes, mixed; the
questions are random addresses, three in four with a verified host name. Ours answers by address and name in one
lookup, with the first entry in order. Postfix is asked by `postmap -q -`, one table for the ranges (`cidr:`) and one
for the names (`texthash:`, `lmdb:`); the time to start it and to read the table is taken off, its reading and writing
of a line a question is not (–: below what the time to start varies by). Its tables of names are asked once, where ours and its SMTP server ask for every suffix, too.

"""


def run(command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def seconds_of(table, questions):
    # postmap answers 1 when the last question has no answer: no failure.
    begun = time.monotonic()
    done = subprocess.run(["postmap", "-q", "-", table], input="".join(questions), capture_output=True, text=True)
    if done.returncode not in (0, 1) or done.stderr:
        raise RuntimeError(done.stderr)
    return time.monotonic() - begun


def nanoseconds_of(table, questions):
    """One question, and all of them: (median time to open, time of one lookup). None: by no more than the time to open varies."""
    fastest, opening, slowest = sorted(seconds_of(table, questions[:1]) for _ in range(3))
    asking = seconds_of(table, questions) - opening
    return opening, asking / max(1, len(questions) - 1) * 1e9 if asking > slowest - fastest else None


def measure_postfix(size, folder):
    run([PROGRAM, "--lists", folder, size])
    addresses = (folder / "addresses.asked").read_text().splitlines(keepends=True)
    names = (folder / "names.asked").read_text().splitlines(keepends=True)
    begun = time.monotonic()
    run(["postmap", f"lmdb:{folder}/names"])
    built = time.monotonic() - begun
    few = addresses[: max(10, min(len(addresses), MOST_COMPARISONS // size))]
    return {
        "cidr:": nanoseconds_of(f"cidr:{folder}/ranges", few),
        "texthash:": nanoseconds_of(f"texthash:{folder}/names", names),
        "lmdb:": (built, nanoseconds_of(f"lmdb:{folder}/names", names)[1]),
    }


def read_ours():
    rows = [line.split() for line in run([PROGRAM, *SIZES]).splitlines()[1:]]
    return {int(row[0]): (float(row[1]) / 1e3, float(row[3]), float(row[2])) for row in rows}


def format_table(ours, postfix):
    lines = ["| entries | who | compile or open, s | lookup, ns | times ours |", "|---:|---|---:|---:|---:|"]
    for size in SIZES:
        seconds, lookup, megabytes = ours[size]
        lines.append(f"| {size:,} | sealpost (median; {megabytes:.1f} MB) | {seconds:.3f} | {lookup:.0f} | 1 |")
        for table, (opening, each) in postfix[size].items():
            measured = "– | –" if each is None else f"{each:,.0f} | {each / lookup:,.1f}"
            lines.append(f"| {size:,} | Postfix `{table}` | {opening:.3f} | {measured} |")
    return "\n".join(lines) + "\n"


def main():
    ours, postfix = read_ours(), {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            postfix[size] = measure_postfix(size, pathlib.Path(folder))
    table = format_table(ours, postfix)
    versions = run(["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "postfix", "postfix-lmdb", "clang-14"]).rstrip(", ")
    text = PREFACE.format(date=datetime.date.today().isoformat(), machine=describe_machine(), versions=versions) + table
    (ROOT / "bench/RESULTS-hat.md").write_text(text)
    print(table)


if __name__ == "__main__":
    main()
