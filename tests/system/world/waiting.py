"""Waiting for what comes about elsewhere: in a log, a queue, a mailbox."""
import time


def wait_until(find, otherwise="it never came to that", seconds=90, pause=0.1):
    """What `find` finds, as soon as that is anything. `otherwise`: what a failure says, or a function that says it."""
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, otherwise() if callable(otherwise) else otherwise
        time.sleep(pause)
    return found
