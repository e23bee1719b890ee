"""testssl.sh at a listener with STARTTLS and at the pages: nothing that it holds to be worse than "low"."""
import json
import subprocess

import pytest

from world.setting import Setting

# What no world of tests can have; each is about the private authority or the test's names, not about the listener.
NOT_OURS = {
    "cert_chain_of_trust": "the authority is the test's own, in nobody's store",
    "cert_revocation": "the test's authority publishes neither a CRL nor an OCSP address",
    "cert_crlDistributionPoints": "as above",
    "cert_ocspURL": "as above",
    "OCSP_stapling": "as above",
    "DNS_CAArecord": "the test's names are in no public zone",
    "scanTime": "says how long it took",
}
GROUPS = ["--protocols", "--std", "--server-preference", "--server-defaults", "--vulnerable"]
BAD = {"MEDIUM", "HIGH", "CRITICAL", "FATAL"}


@pytest.fixture
def world(tmp_path, start):
    setting = Setting(tmp_path, start)
    for folder, name, hosts in (("keys", "keys", ("keys.test", "localhost")), ("acme", "mx1", ("mx1.acme.test",))):
        setting.authority.issue(tmp_path / folder, name, *hosts, days=90)  # less than 60 to come are a finding
    setting.service = setting.start_service()
    setting.gateway = setting.start_gateway()
    return setting


def begin(name, host, endpoint, folder, *more):
    address, port = endpoint
    out = folder / f"{name}.json"
    command = ["testssl", "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", address, "--jsonfile", str(out),
               *GROUPS, *more, f"{host}:{port}"]
    return out, subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open(folder / f"{name}.txt", "w"), stderr=subprocess.STDOUT)


def test_testssl_finds_nothing_above_low_on_smtp_and_https(world, tmp_path):
    runs = {"smtp": begin("smtp", "mx1.acme.test", world.gateway.addresses["public"], tmp_path, "--starttls", "smtp"),
            "https": begin("https", "localhost", ("127.0.0.1", world.service_port), tmp_path, "--headers")}
    for name, (out, process) in runs.items():
        process.wait(500)  # about a minute on a quiet machine
        findings = json.loads(out.read_text())
        seen = {finding["id"] for finding in findings}
        assert {"TLS1_2", "TLS1_3", "secure_client_renego", "heartbleed"} <= seen, f"{name}: testssl.sh stopped early"
        # A client with compression is not to be had any more; testssl.sh brings one of its own.
        assert [finding["severity"] for finding in findings if finding["id"] == "CRIME_TLS"] == ["OK"], name
        bad = [finding for finding in findings if finding["severity"] in BAD and finding["id"].split()[0] not in NOT_OURS]
        assert not bad, f"{name}: {json.dumps(bad, indent=1)}"
