"""The machine at rest: each load begins there, so that none pays for what the one before left to be written or done."""
import os
import pathlib
import time

AT_REST = 0.05  # of all processors, busy
WATCH = 0.5     # seconds that are looked at
LONGEST = 15


def busy_and_whole():
    """Ticks of all processors since the start of the machine: at work, and altogether."""
    fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    user, nice, system, idle, waiting, *rest = fields
    return user + nice + system + sum(rest), sum(fields)


def await_calm():
    """What was written is on the disk, and the processors rest; false when that has not come in fifteen seconds."""
    os.sync()
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        busy, whole = busy_and_whole()
        time.sleep(WATCH)
        more_busy, more_whole = busy_and_whole()
        if more_busy - busy <= AT_REST * (more_whole - whole):
            return True
    return False
