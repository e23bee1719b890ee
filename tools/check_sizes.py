#!/usr/bin/env python3
"""Size report: files and functions against the limits of CONTRIBUTING.md. Exit status 1 above a hard limit:
a file over 800 lines, a function over 100, or more than 3 % of functions over 60."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LIMIT, FUNCTION_LIMIT, FUNCTION_TALK, TALK_SHARE = 800, 100, 60, 0.03
NOT_A_FUNCTION = re.compile(r"^\s*(namespace|class|struct|enum|union|extern)\b|=\s*$|^}|^#")


def functions_in(lines):
    """(first line, length) of each brace block that opens at column 0 or after a signature line at column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif re.match(r"^\S.*\)[^;]*\{$", line) and not NOT_A_FUNCTION.match(line):
            start = number
        elif line.startswith("}") and start is not None:
            yield start, number - start
            start = None


def main():
    paths = sorted(p for d in ("src", "tests", "fuzz", "bench") for p in (ROOT / d).rglob("*.[ch]pp"))
    web = sorted(p for e in ("ts", "tsx") for p in (ROOT / "web").rglob(f"*.{e}") if not {"node_modules", "generated"} & set(p.parts))
    faults, lengths = [], []
    for path in paths + web:
        lines = path.read_text().splitlines()
        name = path.relative_to(ROOT)
        if len(lines) > FILE_LIMIT:
            faults.append(f"{name}: {len(lines)} lines")
        if path in web:
            continue
        for first, length in functions_in(lines):
            lengths.append(length)
            if length > FUNCTION_LIMIT:
                faults.append(f"{name}:{first}: a function of {length} lines")
    talk = sum(1 for length in lengths if length > FUNCTION_TALK)
    share = talk / max(1, len(lengths))
    if share > TALK_SHARE:
        faults.append(f"{share:.1%} of the functions are over {FUNCTION_TALK} lines")
    print("\n".join(faults) or f"sizes: {len(paths) + len(web)} files, {len(lengths)} functions, {talk} over {FUNCTION_TALK} lines")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
