"""Shakes hands with a running gateway and service and with `openssl s_server`, on the same machine and in turns,
prints the table and writes it to bench/RESULTS-handshakes.md."""
import contextlib
import datetime
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests/system")]
from machine import describe_machine  # noqa: E402
from world.ports import free_port  # noqa: E402
from world.process import end  # noqa: E402
from world.setting import Setting  # noqa: E402

PROGRAM = ROOT / "build/release/bench/bench_handshakes"
SECONDS, ROUNDS, GOAL = 2, 5, 0.9
PEER = "openssl s_server"
WHO = (PEER, "sealpost, HTTPS", "sealpost, SMTP with STARTTLS", "sealpost, SMTP, its handshakes alone")
JUDGED = (WHO[1], WHO[3])
PREFACE = """\
# TLS handshakes: how many

Written by `./bench/run handshakes` on {date}. {machine}; {versions}.

A small client (`bench/handshakes`), four connections at a time, shakes hands with `sealpost serve` and with
`openssl s_server -www` (which serves one, the others wait), with the same certificates (leaf and intermediate), cipher AES-256-GCM and group
X25519. *A second* is one of the server's processor time, user and system, over all its threads: handshakes a
second and core, whatever else the machine does. The medians of {rounds} rounds that take turns; a ratio is the median of the rounds' ratios. *Resumed*: from a
ticket; both servers give two new ones in TLS 1.3.

A figure holds everything from `accept` to `close`. On the SMTP listener that is more than TLS: the host access table with its
reverse look-up, the greeting, EHLO, STARTTLS, and the log. `s_server` has no STARTTLS; so the row *its handshakes
alone* takes off what a connection costs that says EHLO and QUIT in clear. The goal is {goal} of `s_server`, on HTTPS
as it is and on SMTP for the handshakes alone.

"""


class StrangerServer:
    """openssl s_server with a certificate of the world."""

    def __init__(self, folder, name, intermediate):
        self.folder, self.name, self.intermediate = folder, name, intermediate

    def __enter__(self):
        self.port = free_port("127.0.0.1")
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", f"{self.name}.pem", "-key", f"{self.name}.key",
             "-cert_chain", str(self.intermediate), "-quiet", "-www"],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        end(self.process)


def run(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def rate(server, mode, version, kind):
    (host, port), pid = server
    count, processor, _ = run([PROGRAM, host, port, mode, version, kind, SECONDS, pid]).split("\t")
    return int(count) / max(float(processor), 0.01)


def wait_for(port):
    for _ in range(100):
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}"], stdin=subprocess.DEVNULL, capture_output=True)
        if b"BEGIN CERTIFICATE" in done.stdout:
            return
    raise SystemExit("openssl s_server does not answer")


def alone(whole, clear):
    return 1 / (1 / whole - 1 / clear)


class Servers:
    """Ours and the stranger with certificates of one key type; all run before the first handshake, since thousands of
    closed connections leave few ports on which nothing lingers."""

    def __init__(self, key_type, folder, stack):
        self.key_type = key_type.upper()
        world = Setting(folder, stack.enter_context)
        world.authority.issue(folder / "keys", "keys", "keys.test", "localhost", key_type=key_type)
        world.authority.issue(folder / "acme", "mx1", "mx1.acme.test", "localhost", key_type=key_type)
        service, gateway = world.start_service(), world.start_gateway()
        peer = stack.enter_context(StrangerServer(folder / "keys", "keys", folder / "authority/intermediate.pem"))
        wait_for(peer.port)
        self.peer_port, self.pages_port = peer.port, world.service_port
        self.pages = (("127.0.0.1", world.service_port), service.process.pid)
        self.mail = (gateway.addresses["public"], gateway.process.pid)
        self.other = (("127.0.0.1", peer.port), peer.process.pid)


def measure(servers):
    """[(key type, TLS, kind, who, handshakes a second, ratio)] and s_time's lines."""
    rows = []
    for version in ("1.2", "1.3"):
        for kind in ("full", "resumed"):
            turns = [(rate(servers.other, "direct", version, kind), rate(servers.pages, "direct", version, kind),
                      rate(servers.mail, "starttls", version, kind), rate(servers.mail, "clear", version, kind)) for _ in range(ROUNDS)]
            speeds = [(theirs, https, smtp, alone(smtp, clear)) for theirs, https, smtp, clear in turns]
            for at, who in enumerate(WHO):
                speed = statistics.median(turn[at] for turn in speeds)
                ratio = statistics.median(turn[at] / turn[0] for turn in speeds)  # of a turn: the machine changes
                rows.append((servers.key_type, version, kind, who, speed, ratio))
    times = [s_time(servers.key_type, version, kind, who, port)
             for version in ("1.2", "1.3") for kind in ("new", "reuse")
             for who, port in ((PEER, servers.peer_port), ("sealpost, HTTPS", servers.pages_port))]
    return rows, times


def s_time(key_type, version, kind, who, port):
    command = ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", f"-{kind}", "-time", "1", f"-tls1_{version[-1]}"]
    said = subprocess.run(command, capture_output=True, text=True).stdout
    found = re.search(r"(\d+) connections in (\d+) real seconds", said)
    return key_type, version, kind, who, int(found[1]) / int(found[2]) if found else 0.0


def format_tables(rows, times):
    lines = ["| key | TLS | handshake | who | a second | times s_server |", "|---|---|---|---|---:|---:|"]
    lines += [f"| {key} | {version} | {kind} | {who} | {speed:,.0f} | {ratio:.2f} |"
              for key, version, kind, who, speed, ratio in rows]
    lines += ["", "The same servers as `openssl s_time` sees them: connections a second on the wall, of one client that shares "
              "the machine.", "", "| key | TLS | s_time | who | a second |", "|---|---|---|---|---:|"]
    lines += [f"| {key} | {version} | -{kind} | {who} | {speed:,.0f} |" for key, version, kind, who, speed in times]
    judged = [ratio for _, _, _, who, _, ratio in rows if who in JUDGED]
    missed = sum(ratio < GOAL for ratio in judged)
    lines += ["", f"Of {len(judged)} figures under the goal's judgement {len(judged) - missed} reach {GOAL}; the least is {min(judged):.2f}."]
    return "\n".join(lines) + "\n"


def main():
    rows, times = [], []
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for servers in [Servers(key_type, folder / key_type, stack) for key_type in ("ecdsa", "rsa")]:
            more, seen = measure(servers)
            rows, times = rows + more, times + seen
            print(format_tables(rows, times), file=sys.stderr)  # so far
    versions = run(["openssl", "version"]).split("(")[0].strip()
    preface = PREFACE.format(date=datetime.date.today(), machine=describe_machine(), versions=versions, rounds=ROUNDS, goal=GOAL)
    text = preface + format_tables(rows, times)
    (ROOT / "bench/RESULTS-handshakes.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
