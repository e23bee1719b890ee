#!/usr/bin/env python3
"""Holds fuzz/hours.tsv and fuzz/corpus against the fuzz targets: each has a row and inputs, and those that read what comes
from strangers first have had their hour on a processor since they last found something, but for those that owe it: what
is found is mended at once, and need not wait for the next hour. Of these it notes, where the checkout reaches back so far,
what they read with that has changed since they last ran; that is no fault."""
import csv
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOUR = 3600
# Commands, content (DATA and BDAT), addresses, the MIME walk, HTTP, the envelope, answers of the DNS, the configuration.
WITH_AN_HOUR = ("smtp_command", "smtp_content", "address", "mime", "http", "envelope", "dns_answer", "config")

# What was found, and when, by those whose hour since then is not complete.
OWING = {"smtp_command": "an ORCPT in UTF-8 that is too long for the next server, 2026-11-29"}


def read_rows():
    with open(ROOT / "fuzz/hours.tsv") as file:
        return {row["target"]: row for row in csv.DictReader(file, delimiter="\t")}


def find_faults(rows):
    targets = {path.name.removesuffix("_fuzz.cpp") for path in (ROOT / "fuzz").glob("*_fuzz.cpp")}
    seconds = {target: int(row["processor_seconds"]) for target, row in rows.items()}
    for target in sorted(targets | set(seconds) | set(WITH_AN_HOUR)):
        corpus = ROOT / "fuzz/corpus" / target
        if target not in targets:
            yield f"{target} is no target; fuzz/hours.tsv, or this tool, tells of it"
        elif not seconds.get(target):
            yield f"{target} has never run: tools/fuzz {target}"
        elif not re.fullmatch(r"[0-9a-f]{12,40}|", rows[target]["commit"] or ""):
            yield f"{target} has run at {rows[target]['commit']}, which is no commit"
        elif not corpus.is_dir() or not any(corpus.iterdir()):
            yield f"{target} has no inputs in fuzz/corpus"
        elif target in OWING and seconds[target] >= HOUR:
            yield f"{target} has had its hour, and owes none: take it out of OWING in this tool"
        elif target in WITH_AN_HOUR and target not in OWING and seconds[target] < HOUR:
            yield f"{target} has run for {seconds[target]} s of an hour: tools/fuzz --seconds {HOUR - seconds[target]} {target}"


def ask_git(*words):
    """Its output; absent where there is no git, no checkout, or not what was asked for."""
    try:
        asked = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return None
    return asked.stdout if asked.returncode == 0 else None


def list_sources(target):
    """The rooms and files that a target is linked with, as its first lines name them, and itself."""
    path = ROOT / f"fuzz/{target}_fuzz.cpp"
    text = path.read_text(encoding="utf-8")
    named = " ".join(re.findall(r"^// (?:room|sources): *(.+)$", text, re.MULTILINE))
    return [f"src/{name}" for name in named.split()] + [str(path.relative_to(ROOT))]


def find_notes(rows):
    for target, found in OWING.items():
        seconds = int(rows.get(target, {}).get("processor_seconds", 0))
        yield f"note: {target} found {found}, and has run for {seconds} s of an hour since: tools/fuzz --seconds {HOUR - seconds} {target}"
    for target in WITH_AN_HOUR:
        commit = rows.get(target, {}).get("commit")
        if not commit or ask_git("cat-file", "-e", commit + "^{commit}") is None:
            continue
        changed = [source for source in list_sources(target) if ask_git("diff", "--name-only", commit, "--", source)]
        if changed:
            yield f"note: {target}: {', '.join(changed)} changed since {commit}, where it last ran"


rows = read_rows()
for note in find_notes(rows):
    print(note)
faults = list(find_faults(rows))
for fault in faults:
    print(fault, file=sys.stderr)
print(f"fuzzers: {len(faults)} without what they should have")
sys.exit(1 if faults else 0)
