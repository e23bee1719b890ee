"""Debian's own openssl at the gateway's and the service's listeners: what the TLS settings promise."""
import json
import re
import signal
import subprocess

import pytest

from world.command import ROOT, sealpost
from world.setting import Setting


@pytest.fixture
def world(tmp_path, start):
    setting = Setting(tmp_path, start)
    setting.service = setting.start_service()
    setting.gateway = setting.start_gateway()
    return setting


def s_client(endpoint, *arguments, say="Q\n", starttls=True):
    host, port = endpoint
    how = ["-starttls", "smtp"] if starttls else []
    done = subprocess.run(["openssl", "s_client", "-connect", f"{host}:{port}", *how, *arguments], input=say, capture_output=True,
                          text=True, timeout=30)
    return done.stdout + done.stderr


def endpoints(world):
    """[(endpoint, starts in clear)] of a listener with STARTTLS, one with TLS at once, and the pages."""
    return [(world.gateway.addresses["public"], True), (world.gateway.addresses["smtps"], False),
            (("127.0.0.1", world.service_port), False)]


def test_nobody_renegotiates_compresses_or_speaks_early(world):
    for endpoint, starttls in endpoints(world):
        said = s_client(endpoint, "-tls1_2", say="R\n", starttls=starttls)
        assert "RENEGOTIATING" in said and "no renegotiation" in said
        assert "Secure Renegotiation IS supported" in said
        assert "Compression: NONE" in s_client(endpoint, "-tls1_2", "-comp", starttls=starttls)
        said = s_client(endpoint, "-tls1_3", starttls=starttls)
        assert "Early data was not sent" in said
        assert "Max Early Data: 0" in said or "Max Early Data" not in said


def test_nothing_older_than_tls_1_2_is_spoken(world):
    for endpoint, starttls in endpoints(world):
        for version in ("-tls1", "-tls1_1"):
            said = s_client(endpoint, version, "-cipher", "ALL:@SECLEVEL=0", starttls=starttls)
            assert "Cipher is (NONE)" in said
        for version, name in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            assert f"New, {name}, Cipher is" in s_client(endpoint, version, starttls=starttls)


def test_cbc_and_rsa_key_exchange_are_refused_by_the_intermediate_settings(world):
    for endpoint, starttls in endpoints(world):
        for ciphers in ("ECDHE+AES+SHA", "kRSA"):
            assert "Cipher is (NONE)" in s_client(endpoint, "-tls1_2", "-cipher", ciphers, starttls=starttls)


def test_sessions_are_resumed_and_a_reload_does_no_harm(world, tmp_path):
    session = str(tmp_path / "session.pem")
    for version, name in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
        endpoint = world.gateway.addresses["public"]
        # TLS 1.3 tickets come behind the handshake: QUIT's reply comes behind them.
        assert f"New, {name}" in s_client(endpoint, version, "-sess_out", session, say="NOOP\nQUIT\n")
        assert f"Reused, {name}" in s_client(endpoint, version, "-sess_in", session)
        world.gateway.process.send_signal(signal.SIGHUP)
        assert re.search(rf"(New|Reused), {name}", s_client(endpoint, version, "-sess_in", session))


def test_the_command_prints_what_the_specification_says():
    assert sealpost("tls", "settings") == (ROOT / "doc/spec/tls-settings.txt").read_text()
    settings = {one["name"]: one for one in json.loads(sealpost("--format", "json", "tls", "settings"))["settings"]}
    assert list(settings) == ["modern", "intermediate", "legacy"]
    assert settings["modern"]["least_protocol"] == "TLSv1.3"
    assert settings["legacy"]["least_protocol"] == "TLSv1.2"
    assert "AES128-SHA" in settings["legacy"]["listener_ciphers"]
    assert "AES128-SHA" not in settings["intermediate"]["listener_ciphers"]
    one = sealpost("tls", "settings", "modern")
    assert one.startswith("modern:") and "intermediate" not in one
    sealpost("tls", "settings", "old", expect=2)
