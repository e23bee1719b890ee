#!/usr/bin/env python3
"""Holds every #include under src/ against src/FLOORS: a room uses only what its line names, a line names
only rooms above it, and nothing that the room does not use. Prints each breach with file and line; exit status 1 when there is
any."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
C_LIBRARY = {"errno.h", "stdlib.h", "string.h", "signal.h", "time.h", "stdio.h"}


def load_floors():
    floors = {}
    for number, line in enumerate((ROOT / "FLOORS").read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        room, uses, prefixes = (part.split() for part in line.split(":"))
        for used in uses:
            if used not in floors:
                sys.exit(f"src/FLOORS:{number}: {room[0]} uses {used}, which does not stand above it")
        floors[room[0]] = (set(uses), [p for p in prefixes if p != "asio"])
    return floors


def room_of(path, floors):
    parts = path.relative_to(ROOT).parts[:-1]
    for length in range(len(parts), 0, -1):
        if (room := "/".join(parts[:length])) in floors:
            return room
    return None


def check_file(path, room, floors, used):
    """Yields breaches; adds to `used` the rooms that the file includes."""
    uses, prefixes = floors[room]
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        kind, name = found.groups()
        if kind == '"':
            target = room_of(ROOT / name, floors)
            used.add(target)
            if target != room and target not in uses:
                yield f"{path.relative_to(ROOT.parent)}:{number}: {room} may not use {name}"
        elif ("/" in name or name.endswith(".h")) and name not in C_LIBRARY:
            if not any(name.startswith(prefix) for prefix in prefixes):
                yield f"{path.relative_to(ROOT.parent)}:{number}: {room} may not include <{name}>"


def main():
    floors = load_floors()
    breaches, files = [], 0
    used = {room: set() for room in floors}
    for path in sorted(ROOT.rglob("*.[ch]pp")):
        room = room_of(path, floors)
        if room is None:
            if path.name != "main.cpp":
                breaches.append(f"{path.relative_to(ROOT.parent)}: belongs to no room of src/FLOORS")
            continue
        files += 1
        breaches.extend(check_file(path, room, floors, used[room]))
    for room, (uses, _) in floors.items():
        breaches.extend(f"src/FLOORS: {room} names {name}, and includes nothing of it" for name in sorted(uses - used[room]))
    print("\n".join(breaches) or f"floors: {files} files in order")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
