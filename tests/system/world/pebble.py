"""Debian's pebble as an ACME authority on loopback: https://ca.test, with names from the test's NSD."""
import json
import os
import pathlib
import ssl
import subprocess
import time
import urllib.request

from .ports import free_port
from .process import end

ADDRESS = "127.0.0.9"


class Pebble:
    """with Pebble(folder, authority, names.endpoint, http_port=…, tls_port=…) as pebble: pebble.directory

    It asks at these ports for challenges; `validity` is the life of what it issues, in seconds; of each hundred good
    nonces it refuses `refused_nonces`. What it has issued and all accounts are gone when it ends."""

    def __init__(self, folder, authority, dns, http_port=1, tls_port=1, validity=90 * 86400, refused_nonces=0):
        self.folder, self.authority, self.dns = pathlib.Path(folder), authority, dns
        self.http_port, self.tls_port, self.validity, self.refused_nonces = http_port, tls_port, validity, refused_nonces
        self.port, self.management_port = free_port(ADDRESS), free_port(ADDRESS)
        self.directory = f"https://ca.test:{self.port}/dir"
        authority.issue(self.folder, "ca", "ca.test")

    def __enter__(self):
        config = {"listenAddress": f"{ADDRESS}:{self.port}", "managementListenAddress": f"{ADDRESS}:{self.management_port}",
                  "certificate": str(self.folder / "ca.pem"), "privateKey": str(self.folder / "ca.key"),
                  "httpPort": self.http_port, "tlsPort": self.tls_port, "ocspResponderURL": "",
                  "externalAccountBindingRequired": False, "certificateValidityPeriod": self.validity}
        (self.folder / "pebble.json").write_text(json.dumps({"pebble": config}))
        self.output = open(self.folder / "pebble.log", "ab")
        environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0",
                       "PEBBLE_WFE_NONCEREJECT": str(self.refused_nonces)}
        self.process = subprocess.Popen(["pebble", "-strict", "-config", "pebble.json", "-dnsserver", self.dns], cwd=self.folder,
                                        env=environment, stdout=self.output, stderr=subprocess.STDOUT)
        self.root = self.folder / "issuing-root.pem"
        self.root.write_bytes(self._fetch_root())
        return self

    def _fetch_root(self):
        # Its certificate names ca.test; the management address is reached by number.
        context = ssl.create_default_context(cafile=str(self.authority.root))
        context.check_hostname = False
        deadline = time.monotonic() + 20
        while True:
            try:
                url = f"https://{ADDRESS}:{self.management_port}/roots/0"
                return urllib.request.urlopen(url, context=context, timeout=5).read()
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, self.log
                time.sleep(0.05)

    @property
    def log(self):
        return (self.folder / "pebble.log").read_text()

    def __exit__(self, *_):
        end(self.process)
        self.output.close()
