"""Whether a server syncs between the final dot and its 250: strace at all its processes, and one message."""
import dataclasses
import re
import smtplib
import subprocess
import tempfile
import time

from peers import HOST

SYNCS = "fsync,fdatasync,sync_file_range,syncfs,msync"
WRITES = "write,writev,sendto,sendmsg"
LINE = re.compile(r"^(?P<pid>\d+) +(?P<at>\d+\.\d+) (?P<call>\w+)\((?P<rest>.*)<(?P<took>\d+\.\d+)>$")
UNFINISHED = re.compile(r"^(?P<pid>\d+) +(?P<at>\d+\.\d+) (?P<call>\w+)\((?P<rest>.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^(?P<pid>\d+) +\d+\.\d+ <\.\.\. (?P<call>\w+) resumed>(?P<rest>.*)<(?P<took>\d+\.\d+)>$")
TEXT = "From: a@bench.test\r\nTo: b@bench.test\r\nSubject: Is it on the disk?\r\n\r\n" + ("x" * 70 + "\r\n") * 140


@dataclasses.dataclass
class Proof:
    syncs: list        # (call, file) that were over before the 250 was written
    late: int          # those that were not
    replied: bool      # whether that 250 was seen
    synchronous: bool  # whether the files of the queue are written synchronously, whoever writes (chattr +S)


def read_trace(text):
    """(begin, end, call, arguments) of each call, whole or in two pieces."""
    begun, calls = {}, []
    for line in text.splitlines():
        if match := LINE.match(line):
            begin = float(match["at"])
            calls.append((begin, begin + float(match["took"]), match["call"], match["rest"]))
        elif match := UNFINISHED.match(line):
            begun[match["pid"], match["call"]] = (float(match["at"]), match["rest"])
        elif (match := RESUMED.match(line)) and (match["pid"], match["call"]) in begun:
            begin, rest = begun.pop((match["pid"], match["call"]))
            calls.append((begin, begin + float(match["took"]), match["call"], rest + match["rest"]))
    return sorted(calls)


def send_slowly(port):
    """(just before the final dot, just after the reply to it)"""
    with smtplib.SMTP(HOST, port, "load.bench.test", 60) as client:
        client.ehlo()
        client.mail("sender@bench.test")
        client.rcpt("u1@bench.test")
        client.putcmd("data")
        assert client.getreply()[0] == 354
        client.send(TEXT)
        time.sleep(0.3)  # so that what is written while it comes in is not taken for what follows the dot
        before = time.time()
        client.send(".\r\n")
        code, _ = client.getreply()
        assert code == 250, code
        return before, time.time()


def prove(peer):
    send_slowly(peer.port)  # files are open, processes there
    with tempfile.NamedTemporaryFile("r", dir=peer.folder) as trace:
        words = [word for pid in peer.pids() for word in ("-p", str(pid))]
        tracer = subprocess.Popen(["strace", "-f", "-ttt", "-T", "-yy", "-s", "48", "-e", f"trace={SYNCS},{WRITES}", "-o", trace.name, *words],
                                  stderr=subprocess.PIPE, text=True)
        seen = 0
        while seen < len(peer.pids()) and (line := tracer.stderr.readline()):
            seen += "attached" in line
        try:
            before, after = send_slowly(peer.port)
        finally:
            tracer.terminate()
            tracer.communicate(timeout=60)
        calls = [call for call in read_trace(trace.read()) if before <= call[0] <= after]
    replies = [begin for begin, _, call, rest in calls if call in WRITES.split(",") and re.search(r'(TCP|socket).*"250', rest)]
    replied = replies[-1] if replies else after
    syncs = [(end, call, rest) for _, end, call, rest in calls if call in SYNCS.split(",")]
    return Proof([(call, place(rest, peer)) for end, call, rest in syncs if end <= replied], sum(end > replied for end, _, _ in syncs),
                 bool(replies), is_synchronous(peer))


def is_synchronous(peer):
    """Every file of the spool has the attribute S."""
    spool = peer.folder / "var/spool/smtpd/queue"
    if not spool.exists():
        return False
    told = subprocess.run(["lsattr", "-R", spool], capture_output=True, text=True).stdout
    flags = [line.split()[0] for line in told.splitlines() if len(line.split()) == 2 and "-" in line.split()[0]]
    return bool(flags) and all("S" in flag for flag in flags)


def place(arguments, peer):
    """The file of a call, from the server's folder on, its own numbers and names left out."""
    path = re.search(r"<([^>]*)>", arguments)
    return path[1].replace(str(peer.folder), "…") if path else arguments
