"""A server process that says when it is ready, and is ended by its pid."""
import os
import select
import signal
import subprocess
import time


def read_line_until(stream, prefix, seconds):
    """The first line that begins with `prefix`; what else came is part of the error."""
    deadline, seen = time.monotonic() + seconds, b""
    while time.monotonic() < deadline:
        ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        chunk = os.read(stream.fileno(), 65536) if ready else b""
        if ready and not chunk:
            break
        seen += chunk
        for line in seen.decode(errors="replace").splitlines(keepends=True):
            if line.startswith(prefix) and line.endswith("\n"):
                return line.strip()
    raise AssertionError(f"no line that begins with {prefix!r} within {seconds} s; got {seen.decode(errors='replace')!r}")


def read_places(line):
    """Where it listens, by the names in "ready NAME=HOST:PORT …": {"public": ("127.0.0.2", 2525)}."""
    places = (word.split("=", 1) for word in line.split()[1:])
    return {name: (place.rpartition(":")[0], int(place.rpartition(":")[2])) for name, place in places}


def end(process, seconds=20):
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
