"""Tests many domains with three mail hosts each, samples the memory over the time it takes, and writes the table beside
`openssl s_client` to bench/RESULTS-domain-tests.md."""
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests/system")]
from machine import describe_machine  # noqa: E402
from world.authority import Authority  # noqa: E402
from world.names import Names  # noqa: E402
from world.ports import free_port  # noqa: E402

SEALPOST = ROOT / "build/release/sealpost"
DOMAINS, HOSTS, LONG = 1000, 3, 4
CONCURRENCIES = (1, 8, 32, 100)
DELAY = 0.02
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT_")}
PEER_HOSTS = 150
PREFACE = """\
# Domain tests: how many a second, and how much memory

Written by `./bench/run domain-tests` on {date}. {machine}; {versions}.

`sealpost tls test --batch` tests {domains:,} domains with {hosts} MX hosts each, {connections:,} SMTP dialogues with a full TLS 1.3
handshake and a chain of two certificates to check: all are ready. The hosts are two Python processes that answer on
3,000 loopback addresses, and the names come from NSD; both work on the same cores, so that the table says what a
machine does with both ends, and the client alone would do more. *With a network*: every answer of a host takes
{delay} ms, as it would far away. *Processor*: the client's own time for one dialogue.

The peer is `openssl s_client -starttls smtp -verify_hostname`, a process for each host, on {peer} of the same hosts, which are
handed to it: it asks no name server and tells no verdicts apart.

"""


def address_of(number):
    return f"127.20.{number // 250}.{number % 250 + 1}"


def host_name(domain, host):
    return f"h{host}-{domain}.mx.bench.test"


def make_zone():
    lines = []
    for domain in range(DOMAINS):
        for host in range(HOSTS):
            lines.append(f"d{domain} MX {10 * (host + 1)} {host_name(domain, host)}.")
            lines.append(f"h{host}-{domain}.mx A {address_of(domain * HOSTS + host)}")
    return {"bench.test": lines}


class World:
    def __init__(self, folder, names):
        self.folder, self.names, self.port = folder, names, free_port("127.0.0.1")
        self.authority = Authority(folder / "authority")
        self.authority.issue(folder, "hosts", "*.mx.bench.test")

    def start_farm(self, delay):
        farm = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("farm.py"), str(self.port),
                                 self.folder / "hosts.pem", self.folder / "hosts.key", str(delay)], stdout=subprocess.PIPE, text=True,
                                start_new_session=True)
        for _ in range(2):
            assert farm.stdout.readline() == "ready\n"
        return farm


def end_farm(farm):
    os.killpg(farm.pid, signal.SIGTERM)
    farm.wait()
    farm.stdout.close()


def resident_megabytes(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


class Run:
    """One batch. `memory`: (share of the domains done, resident megabytes)."""

    def __init__(self, world, concurrency, rounds=1):
        self.count, self.done, self.memory = DOMAINS * rounds, 0, []
        begin = time.monotonic()
        with subprocess.Popen([SEALPOST, "tls", "test", "--batch", "--concurrency", str(concurrency), "--resolver",
                               world.names.endpoint, "--trust", world.authority.root, "--port", str(world.port)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
            threading.Thread(target=self._ask, args=(process.stdin, rounds)).start()
            sampler = threading.Thread(target=self._sample, args=(process.pid,))
            sampler.start()
            for line in process.stdout:
                found = json.loads(line)
                assert found["ready"] and len(found["hosts"]) == HOSTS, line
                self.done += 1
            self.seconds = time.monotonic() - begin
            sampler.join()
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
        self.processor_ms = 1000 * (usage.ru_utime + usage.ru_stime) / (self.count * HOSTS)
        self.peak = max(usage.ru_maxrss / 1024, *(size for _, size in self.memory))  # the kernel's own count lags behind
        assert self.done == self.count, self.done

    @staticmethod
    def _ask(stdin, rounds):
        for _ in range(rounds):
            stdin.write("".join(f"d{domain}.bench.test\n" for domain in range(DOMAINS)))
        stdin.close()

    def _sample(self, pid):
        while self.done < self.count:
            try:
                self.memory.append((self.done / self.count, resident_megabytes(pid)))
            except OSError:
                return
            time.sleep(0.05)

    def memory_at(self, share):
        return min(self.memory, key=lambda sample: abs(sample[0] - share))[1]


def run_peer(world, at_once):
    """Dialogues a second."""
    jobs = [(address_of(domain * HOSTS + host), host_name(domain, host)) for domain in range(PEER_HOSTS // HOSTS) for host in range(HOSTS)]
    begin, running = time.monotonic(), []
    for address, name in jobs:
        if len(running) == at_once:
            assert running.pop(0).wait() == 0
        running.append(subprocess.Popen(
            ["openssl", "s_client", "-starttls", "smtp", "-connect", f"{address}:{world.port}", "-verify_hostname", name, "-servername",
             name, "-CAfile", world.authority.root, "-verify_return_error", "-brief"], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    assert all(process.wait() == 0 for process in running)
    return len(jobs) / (time.monotonic() - begin)


def measure(world):
    rows, memories = [], []
    for delay in (0, DELAY):
        farm = world.start_farm(delay)
        try:
            network = f"{delay * 1000:.0f} ms" if delay else "none"
            for concurrency in CONCURRENCIES:
                if delay and concurrency == 1:
                    continue  # half an hour of waiting would say the same as a multiplication
                run = Run(world, concurrency)
                rows.append((network, "`--batch`", f"{concurrency} domain{'s' if concurrency > 1 else ''}", run.count / run.seconds, run.count * HOSTS / run.seconds,
                             f"{run.processor_ms:.2f} ms", f"{run.peak:.1f} MB"))
                memories.append((f"{DOMAINS:,} domains, {concurrency} at once, network {network}", run))
            for at_once in ((1, 8) if not delay else (8,)):
                speed = run_peer(world, at_once)
                rows.append((network, "`openssl s_client`", f"{at_once} host{'s' if at_once > 1 else ''}", speed / HOSTS, speed, "", ""))
            if not delay:
                memories.append((f"{DOMAINS * LONG:,} domains, 32 at once, network none", Run(world, 32, LONG)))
        finally:
            end_farm(farm)
    return rows, memories


def format_tables(rows, memories):
    lines = ["| network | who | at once | domains a second | dialogues a second | processor | peak memory |", "|---|---|---|---:|---:|---:|---:|"]
    for network, who, at_once, domains, dialogues, processor, peak in rows:
        lines.append(f"| {network} | {who} | {at_once} | {domains:.0f} | {dialogues:.0f} | {processor} | {peak} |")
    shares = (0.1, 0.25, 0.5, 0.75, 1)
    lines += ["", "Resident memory, in MB, when so much of the batch is done:", "",
              "| batch | " + " | ".join(f"{share:.0%}" for share in shares) + " | peak |", "|---|" + "---:|" * (len(shares) + 1)]
    for name, run in memories:
        lines.append(f"| {name} | " + " | ".join(f"{run.memory_at(share):.1f}" for share in shares) + f" | {run.peak:.1f} |")
    return "\n".join(lines) + "\n"


def describe_versions():
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}, ", "openssl", "libunbound8", "clang-14"]
    return subprocess.run(query, check=True, capture_output=True, text=True).stdout.rstrip(", ")


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with Names(folder / "names", make_zone()) as names:
            tables = format_tables(*measure(World(folder, names)))
    preface = PREFACE.format(date=datetime.date.today().isoformat(), machine=describe_machine(), versions=describe_versions(),
                             domains=DOMAINS, hosts=HOSTS, connections=DOMAINS * HOSTS, delay=round(DELAY * 1000), peer=PEER_HOSTS)
    (ROOT / "bench/RESULTS-domain-tests.md").write_text(preface + tables)
    print(tables)


if __name__ == "__main__":
    main()
