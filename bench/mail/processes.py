"""What a server costs: processor time and memory of all its processes."""
import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def read_stat(pid):
    """(parent, seconds of user and system with those of its children that have ended and been waited for)"""
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), sum(int(field) for field in fields[11:15]) / TICKS


def tree(root):
    """Process ids below `root`, itself not: the keeper is no part of the server."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parents[int(entry)] = read_stat(entry)[0]
            except (OSError, ValueError):
                pass  # it has just ended
    found, edge = [], {root}
    while edge:
        edge = {pid for pid, parent in parents.items() if parent in edge}
        found += sorted(edge)
    return found


def processor_seconds(root):
    """Of everything that ever ran below `root`. The keeper's own few microseconds are in it."""
    total = 0.0
    for pid in [root, *tree(root)]:
        try:
            total += read_stat(pid)[1]
        except (OSError, ValueError):
            pass
    return total


def memory_bytes(root):
    """(sum of RSS, sum of PSS): what is shared counts in each, or in equal parts."""
    rss = pss = 0
    for pid in tree(root):
        try:
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        values = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:] if line.endswith("kB")}
        rss += values.get("Rss", 0)
        pss += values.get("Pss", 0)
    return rss, pss
