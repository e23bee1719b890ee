"""The commands about policy believe the names that the gateway would believe: with [dns] trust_anchor, what DNSSEC proves."""
import json
import re

import pytest

from world.command import commit_policy, sealpost
from world.names import reverse_zone
from world.signed_names import SignedNames
from world.trace_report import facts_of

CLIENT = "127.0.0.9"
CONFIG = """[node]
hostname = "mx1.acme.test"
roles = ["gateway"]
data_dir = "data"
[dns]
resolver = "{names}"
trust_anchor = "{anchor}"
[[listener]]
name = "public"
kind = "public"
address = "127.0.0.1:0"
"""
POLICY = """[[sender_group]]
name = "KNOWN"
listener = "public"
policy = "ACCEPTED"
senders = [".partner.test"]
[[mail_flow_policy]]
name = "ACCEPTED"
behavior = "accept"
[[recipient]]
address = "acme.test"
"""


def break_digest(anchor):
    """A DS record of a key that nobody has."""
    return re.sub(r"([0-9a-f]{64})", lambda found: "0" * 63 + "1", anchor)


@pytest.mark.parametrize("is_proven", [True, False])
def test_a_name_that_dnssec_does_not_prove_is_not_known(tmp_path, start, is_proven):
    zones = {"test": [], "partner.test": [f"mx A {CLIENT}"], **reverse_zone({CLIENT: "mx.partner.test"})}
    names = start(SignedNames(tmp_path / "names", zones, signed=["partner.test", "127.in-addr.arpa"]))
    if not is_proven:
        names.trust_anchor.write_text(break_digest(names.trust_anchor.read_text()))
    config = tmp_path / "sealpost.toml"
    config.write_text(CONFIG.format(names=names.endpoint, anchor=names.trust_anchor))
    commit_policy(config, POLICY, asks_dns=False)
    report = json.loads(sealpost("--config", config, "--format", "json", "trace", "--listener", "public", "--ip", CLIENT, "--mail-from",
                                 "carol@partner.test", "--rcpt-to", "alice@acme.test", "--helo", "mx.partner.test",
                                 expect=0 if is_proven else 3, stdin="From: carol@partner.test\nSubject: x\n\nhello\n"))
    met = facts_of(report, "host_access_table")
    assert met["sender_group"].startswith("KNOWN") is is_proven, met


def test_a_policy_is_staged_where_dns_cannot_be_asked_and_the_warning_says_so(tmp_path):
    anchor, config = tmp_path / "anchor", tmp_path / "sealpost.toml"
    anchor.write_text("this is no record\n")
    config.write_text(CONFIG.format(names="127.0.0.1:1", anchor=anchor))
    (tmp_path / "policy.toml").write_text(POLICY)
    submitted = json.loads(sealpost("--config", config, "--format", "json", "policy", "submit", tmp_path / "policy.toml"))
    warning, = [each for each in submitted["warnings"] if each["key"] == "dns"]
    assert submitted["result"] == "staged" and "the DNS was not asked" in warning["what"] and str(anchor) in warning["what"]
