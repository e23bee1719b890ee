"""NSD as the authoritative name server of the test's zones, on loopback."""
import pathlib
import socket
import subprocess
import time

from .ports import free_dns_port
from .process import end


class Names:
    """with Names(folder, {"acme.test": ["@ MX 10 mx1", "mx1 A 127.0.0.2"]}) as names: names.endpoint
    `failing`: zones without a zone file, for which NSD answers SERVFAIL."""

    def __init__(self, folder, zones, failing=()):
        self.folder, self.zones, self.failing = pathlib.Path(folder), zones, failing

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_dns_port("127.0.0.1")
        self.endpoint = f"127.0.0.1:{self.port}"
        for zone, records in self.zones.items():
            self._write(zone, records, serial=1)
        zones = "".join(f"zone:\n  name: {zone}\n  zonefile: {zone}.zone\n" for zone in [*self.zones, *self.failing])
        config = self.folder / "nsd.conf"
        config.write_text(
            f"server:\n  ip-address: 127.0.0.1@{self.port}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: {self.folder}\n"
            f"  database: \"\"\n  pidfile: {self.folder}/nsd.pid\n  xfrdfile: {self.folder}/xfrd.state\n  zonelistfile: {self.folder}/zone.list\n"
            f"  logfile: {self.folder}/nsd.log\n  server-count: 1\nremote-control:\n  control-enable: no\n{zones}")
        self._start()
        return self

    def _start(self):
        self.process = subprocess.Popen(["nsd", "-d", "-c", str(self.folder / "nsd.conf")], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self._wait_until_it_answers()

    def _write(self, zone, records, serial):
        lines = [f"$ORIGIN {zone}.", "$TTL 1", f"@ SOA ns hostmaster {serial} 3600 600 86400 1", "@ NS ns", "ns A 127.0.0.1", *records]
        (self.folder / f"{zone}.zone").write_text("\n".join(lines) + "\n")

    def rewrite(self, zone, records):
        """Another content for a zone, served when this returns."""
        end(self.process)
        self._write(zone, records, serial=2)
        self._start()

    def stop(self):
        """Nobody answers at its port any more."""
        end(self.process)

    def start_again(self):
        self._start()

    def _wait_until_it_answers(self):
        zone = next(iter(self.zones))
        query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + b"".join(
            bytes([len(label)]) + label.encode() for label in zone.split(".")) + b"\x00\x00\x06\x00\x01"
        deadline = time.monotonic() + 20
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.2)
            probe.connect(("127.0.0.1", self.port))
            while time.monotonic() < deadline:
                try:
                    probe.send(query)
                    if probe.recv(512)[3] & 0x0F == 0:
                        return
                except OSError:
                    assert self.process.poll() is None, (self.folder / "nsd.log").read_text()
        raise AssertionError("nsd does not answer")

    def __exit__(self, *_):
        end(self.process)


def reverse_zone(addresses):
    """The zone 127.in-addr.arpa with a PTR for each (address, name)."""
    records = []
    for address, name in addresses.items():
        _, b, c, d = address.split(".")
        records.append(f"{d}.{c}.{b} PTR {name}.")
    return {"127.in-addr.arpa": records}
