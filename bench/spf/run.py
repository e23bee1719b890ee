"""Prints the table of bench_spf and pyspf, with ratios, and writes it to bench/RESULTS-spf.md."""
import datetime
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests/system")]
from machine import describe_machine  # noqa: E402
from world.names import Names  # noqa: E402
from world.spf_vectors import master_files  # noqa: E402

PROGRAM = ROOT / "build/release/bench/bench_spf"
PREFACE = """\
# SPF: how fast, and how many questions

Written by `./bench/run spf` on {date}. {machine}; {versions}.

All evaluate the same clients on the same answers, which come from memory at once: what is measured is parsing,
walking and what goes with it, not a network. *Warm*: what an evaluator keeps is kept (ours: parsed records, by
their text; libspf2: its cache layer over its zone layer). *Cold*: nothing is kept between two evaluations (ours:
every record is parsed again; libspf2: its zone layer alone, in a server that lives on; pyspf keeps nothing anyway).
One thread each, by the processor's time, so that other work on the machine does not count; the median of five
rounds that take turns. *Questions* are DNS queries that one evaluation takes. *With trace*: the path is told, as
`spf check` does.

Two rows go the gateway's way instead, to libunbound and NSD on loopback: through `CachedResolver`, and through libunbound
alone, each with the answers in its cache. The latter is by the clock on the wall, as two threads work on it.

"""


def read_rows(text):
    rows = []
    for line in text.splitlines():
        scenario, who, state, speed, questions = line.split("\t")
        rows.append((scenario, who, state, int(speed), int(questions)))
    return rows


def run(command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, **options).stdout


def measure():
    zone = run([PROGRAM, "--zone"])
    zones, _ = master_files(zone.splitlines())
    zones = {name: [line.replace(" 1 IN ", " 3600 IN ", 1) for line in lines] for name, lines in zones.items()}
    with tempfile.TemporaryDirectory() as folder, Names(pathlib.Path(folder) / "names", zones) as names:
        rows = read_rows(run([PROGRAM, names.endpoint]))
    return rows + read_rows(run(["/usr/bin/python3", ROOT / "bench/spf/pyspf_bench.py"], input=zone))


def peer_speed(rows, scenario, state):
    return next(speed for a, who, b, speed, _ in rows if (a, who, b) == (scenario, "libspf2", state))


def format_table(rows):
    lines = ["| record | state | who | evaluations a second | times libspf2 | questions |", "|---|---|---|---:|---:|---:|"]
    order = {name: place for place, name in enumerate(dict.fromkeys(row[0] for row in rows))}
    for scenario, who, state, speed, questions in sorted(rows, key=lambda row: (order[row[0]], row[2] == "cold", -row[3])):
        ratio = speed / peer_speed(rows, scenario, state)
        lines.append(f"| `{scenario}` | {state} | {who} | {speed:,} | {ratio:.2g} | {questions} |")
    return "\n".join(lines) + "\n"


def describe_versions():
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "libspf2-2", "python3-spf", "libunbound8", "clang-14"]
    return run(query).rstrip(", ")


def main():
    table = format_table(measure())
    text = PREFACE.format(date=datetime.date.today().isoformat(), machine=describe_machine(), versions=describe_versions()) + table
    (ROOT / "bench/RESULTS-spf.md").write_text(text)
    print(table)


if __name__ == "__main__":
    main()
