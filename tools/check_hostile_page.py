#!/usr/bin/env python3
"""Holds doc/spec/hostile-input.md against the tree: every dialogue, test and fuzz target that it names is there, and
every fuzz target is named."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "doc/spec/hostile-input.md"
DIALOGS = ROOT / "tests/dialogs"


def names_of(text):
    """What stands in backquotes in the last column of tables (the middle one for decoders)."""
    proofs, decoders = text.split("## Decoders")
    rows = [line.split("|") for line in proofs.splitlines() if line.startswith("|")]
    cited = {name for row in rows for name in re.findall(r"`([^`]+)`", row[-2])}
    rows = [line.split("|") for line in decoders.splitlines() if line.startswith("|")]
    return cited, {name for row in rows for name in re.findall(r"`([^`]+)`", row[2])}


def find_missing(cited):
    def is_there(name):
        if "." in name:
            return (ROOT / name).exists()
        return (DIALOGS / (name if "/" in name else f"cases/{name}")).with_suffix(".dialog").exists()

    return sorted(name for name in cited if not is_there(name))


def main():
    cited, targets = names_of(PAGE.read_text(encoding="utf-8"))
    there = {path.name.removesuffix("_fuzz.cpp") for path in (ROOT / "fuzz").glob("*_fuzz.cpp")}
    troubles = [f"{name} is named and not there" for name in find_missing(cited) + sorted(targets - there)]
    troubles += [f"the fuzz target {name} is not named" for name in sorted(there - targets)]
    troubles += [f"{path} is empty" for path in (ROOT / "fuzz/corpus").iterdir() if not any(path.iterdir())]
    for trouble in troubles:
        print(f"{PAGE.relative_to(ROOT)}: {trouble}")
    return 1 if troubles or not cited else 0


if __name__ == "__main__":
    sys.exit(main())
