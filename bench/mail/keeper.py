"""Runs a command and keeps all that it leaves behind: processes whose parents have gone become the keeper's, so that
none is lost when processor time and memory are summed up. Ends with the last of them."""
import ctypes
import os
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36


def main():
    assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGTERM))
    status = 1
    while True:
        try:
            pid, ended = os.wait()
        except ChildProcessError:
            break
        if pid == child.pid:
            child.returncode = status = os.waitstatus_to_exitcode(ended)
    sys.exit(status if status >= 0 else 1)


if __name__ == "__main__":
    main()
