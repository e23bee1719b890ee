"""`sealpost spf zone`: strangers' name servers load it without a word, and with it each sending address of
the service passes, no other does, and a customer's record can include it (`spf advise`)."""
import json
import re
import subprocess

import pytest

from world.command import sealpost
from world.names import Names

SENDERS = ["127.0.0.20", "192.0.2.10", "2001:db8:5::25"]


def write_config(folder, hostname="mx1.keys.test", senders=SENDERS):
    sealpost("dkim", "new", "--domain", "keys.test", "--selector", "s1", "--key-out", folder / "dkim.key")
    config = folder / "sealpost.toml"
    config.write_text(f"""
[node]
hostname = "{hostname}"
data_dir = "{folder}/data"
roles    = ["service"]
[service]
url = "https://keys.test"
listen = "192.0.2.80:443"
certificate = "keys"
kek = "file:kek.key"
mail_domain = "keys.test"
send_addresses = {json.dumps(senders)}
[[certificate]]
name = "keys"
chain = "keys.pem"
key = "keys.key"
[[dkim]]
domain = "keys.test"
selector = "s1"
key = "dkim.key"
""")
    return config


def zone_of(config, *arguments):
    return sealpost("--config", config, "spf", "zone", *arguments)


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path)


@pytest.mark.parametrize("checker", [
    ["nsd-checkzone", "keys.test"],
    ["named-checkzone", "-i", "full-sibling", "-k", "fail", "-n", "fail", "-r", "fail", "-m", "fail", "-M", "fail", "-S", "fail", "-T", "warn", "-W", "warn", "keys.test"],
    ["kzonecheck", "-v", "-o", "keys.test"],
])
@pytest.mark.parametrize("arguments", [
    [],
    ["--ns", "ns1.keys.test=192.0.2.53,2001:db8::53", "--ns", "ns2.example.net", "--rua", "reports@keys.test"],
])
def test_strangers_load_the_zone_without_a_warning(tmp_path, config, checker, arguments):
    file = tmp_path / "keys.test.zone"
    file.write_text(zone_of(config, *arguments))
    done = subprocess.run([*checker, file], capture_output=True, text=True, timeout=60)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not re.search("warn|error|fail", said.lower().replace("no semantic error found", "")), said


def test_a_node_elsewhere_leaves_its_address_to_that_zone(tmp_path):
    zone = zone_of(write_config(tmp_path, hostname="mx1.example.net"))
    assert "MX   10 mx1.example.net." in zone
    assert not re.search(r"^mx1\.example\.net\. ", zone, re.M)


def test_each_sending_address_passes_and_no_other(tmp_path, config, start):
    # NSD adds its own SOA and NS; the fragment is what stands in a zone that exists.
    fragment = zone_of(config, "--fragment")
    assert "SOA" not in fragment and " NS " not in fragment
    zones = {"keys.test": fragment.splitlines(), "acme.test": ['@ TXT "v=spf1 ip4:198.51.100.7 -all"']}
    names = start(Names(tmp_path / "names", zones))
    advice = json.loads(sealpost("--config", config, "--format", "json", "spf", "advise", "acme.test", "--include", "keys.test", "--resolver", names.endpoint))
    assert advice["publish"] == "v=spf1 ip4:198.51.100.7 include:keys.test -all"
    assert advice["lookups"] == {"before": 0, "after": 3, "limit": 10}
    passed = {change["address"] for change in advice["proof"]["changed"] if change["after"] == "pass"}
    # The MX host receives at the addresses that it sends from, as nothing else is configured.
    assert passed == set(SENDERS)
    assert advice["proof"]["probes"] > 40 and not advice["proof"]["worse"]


def test_advice_tells_yes_from_no_from_could_not_tell(tmp_path, config, start):
    zones = {"keys.test": zone_of(config, "--fragment").splitlines(), "broken.test": ['@ TXT "v=spf1 host:a -all"'], "done.test": ['@ TXT "v=spf1 include:keys.test -all"']}
    names = start(Names(tmp_path / "names", zones))

    def advise(domain, expect, resolver=names.endpoint):
        return sealpost("spf", "advise", domain, "--include", "keys.test", "--resolver", resolver, "--timeout", "3", expect=expect)

    assert "Nothing to change" in advise("done.test", 0)
    assert "No record can be offered" in advise("broken.test", 1)
    assert '"host:a" is no mechanism' in advise("broken.test", 1)
    advise("no domain", 2)
    assert "DNS did not answer" in advise("done.test", 3, "127.0.0.1:1")
    french = sealpost("spf", "advise", "broken.test", "--include", "keys.test", "--resolver", names.endpoint, "--language", "fr", expect=1)
    assert "n’est pas un mécanisme" in french


def test_a_zone_wants_a_service_with_addresses(tmp_path):
    config = write_config(tmp_path, senders=[])
    sealpost("--config", config, "spf", "zone", expect=2)
    sealpost("--config", tmp_path / "nothing.toml", "spf", "zone", expect=2)
