#!/usr/bin/env python3
"""Holds doc/ops/log.md against the sources: every event that is logged by a literal name stands there with all its
fields, and nothing else does. With --print: the rows as they should be."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "doc/ops/log.md"
CALL = re.compile(r"\blog(?:_|\(\))?\s*\.\s*(?:debug|info|warning|error)\s*\(")
NAME = re.compile(r'"([a-z]+\.[a-z_]+)"')
FIELD = re.compile(r'\{\s*"([a-z_]+)"\s*,')
ROW = re.compile(r"^\| `([a-z]+\.[a-z_]+)` \| (.*?) \|", re.M)


def arguments_of(text, start):
    """The first argument and the rest of a call whose parenthesis opened before `start`."""
    depth, at, comma, is_quoted = 1, start, None, False
    while depth:
        letter = text[at]
        if letter == '"' and text[at - 1] != "\\":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += letter in "({" and 1 or letter in ")}" and -1 or 0
            if letter == "," and depth == 1 and comma is None:
                comma = at
        at += 1
    comma = comma or at - 1
    return text[start:comma], text[comma:at]


def events_in_sources():
    events = {}
    for path in sorted((ROOT / "src").rglob("*.cpp")):
        text = path.read_text()
        for call in CALL.finditer(text):
            name, fields = arguments_of(text, call.end())
            for event in NAME.findall(name):
                events.setdefault(event, set()).update(FIELD.findall(fields))
    return events


def main():
    events = events_in_sources()
    if "--print" in sys.argv:
        for event, fields in sorted(events.items()):
            print(f"| `{event}` | {', '.join(f'`{each}`' for each in sorted(fields))} |")
        return 0
    told = {event: set(re.findall(r"`([a-z_]+)`", fields)) for event, fields in ROW.findall(PAGE.read_text())}
    faults = [f"{event}: not in {PAGE.relative_to(ROOT)}" for event in sorted(events.keys() - told.keys())]
    faults += [f"{event}: in {PAGE.relative_to(ROOT)}, and logged nowhere" for event in sorted(told.keys() - events.keys())]
    for event in sorted(events.keys() & told.keys()):
        if events[event] != told[event]:
            faults.append(f"{event}: the fields are {', '.join(sorted(events[event]))}")
    print("\n".join(faults) if faults else f"log events: {len(events)} as {PAGE.relative_to(ROOT)} tells them")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
