"""NSD with signed zones, as a domain with DNSSEC has them; the keys' DS records are the trust anchors."""
import subprocess

from .names import Names


class SignedNames(Names):
    """Names whose zones `signed` are signed by ldns, with one key each that outlives a rewrite. `trust_anchor` is a
    file of their DS records."""

    def __init__(self, folder, zones, failing=(), signed=()):
        super().__init__(folder, zones, failing)
        self.signed, self.keys = tuple(signed), {}
        self.trust_anchor = self.folder / "trust-anchor"

    def __enter__(self):
        super().__enter__()
        self.trust_anchor.write_text("".join((self.folder / f"{key}.ds").read_text() for key in self.keys.values()))
        return self

    def _run(self, *command):
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True, timeout=60).stdout.strip()

    def _write(self, zone, records, serial):
        super()._write(zone, records, serial)
        if zone not in self.signed:
            return
        if zone not in self.keys:
            self.keys[zone] = self._run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone)
        self._run("ldns-signzone", "-f", f"{zone}.signed", f"{zone}.zone", self.keys[zone])
        (self.folder / f"{zone}.signed").replace(self.folder / f"{zone}.zone")
