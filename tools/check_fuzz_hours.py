#!/usr/bin/env python3
"""Holds fuzz/hours.tsv and fuzz/corpus against the fuzz targets: each has a row and inputs, and those that read what comes
from strangers first have had their hour on a processor since they last found something."""
import csv
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOUR = 3600
# Commands, content (DATA and BDAT), addresses, the MIME walk, HTTP, the envelope, answers of the DNS, the configuration.
WITH_AN_HOUR = ("smtp_command", "smtp_content", "address", "mime", "http", "envelope", "dns_answer", "config")


def find_faults():
    targets = {path.name.removesuffix("_fuzz.cpp") for path in (ROOT / "fuzz").glob("*_fuzz.cpp")}
    with open(ROOT / "fuzz/hours.tsv") as file:
        seconds = {row["target"]: int(row["processor_seconds"]) for row in csv.DictReader(file, delimiter="\t")}
    for target in sorted(targets | set(seconds) | set(WITH_AN_HOUR)):
        corpus = ROOT / "fuzz/corpus" / target
        if target not in targets:
            yield f"{target} is no target; fuzz/hours.tsv, or this tool, tells of it"
        elif not seconds.get(target):
            yield f"{target} has never run: tools/fuzz {target}"
        elif not corpus.is_dir() or not any(corpus.iterdir()):
            yield f"{target} has no inputs in fuzz/corpus"
        elif target in WITH_AN_HOUR and seconds[target] < HOUR:
            yield f"{target} has run for {seconds[target]} s of an hour: tools/fuzz --seconds {HOUR - seconds[target]} {target}"


faults = list(find_faults())
for fault in faults:
    print(fault, file=sys.stderr)
print(f"fuzzers: {len(faults)} without what they should have")
sys.exit(1 if faults else 0)
