"""Debian's own openssl at the gateway's and the service's listeners: what the TLS settings promise."""
import json
import signal
import subprocess

import pytest

from world.command import ROOT, sealpost
from world.process import read_line_until
from world.setting import Setting
from world.waiting import wait_until


@pytest.fixture
def setting(tmp_path, start):
    return Setting(tmp_path, start)


@pytest.fixture
def world(setting):
    return start_nodes(setting)


def start_nodes(setting):
    setting.service = setting.start_service()
    setting.gateway = setting.start_gateway()
    return setting


def s_client(endpoint, *arguments, say="Q\n", starttls=True):
    host, port = endpoint
    how = ["-starttls", "smtp"] if starttls else []
    done = subprocess.run(["openssl", "s_client", "-connect", f"{host}:{port}", *how, *arguments], input=say, capture_output=True,
                          text=True, timeout=30)
    return done.stdout + done.stderr


def ask_to_renegotiate(endpoint, starttls, greeting):
    """A greeting inside TLS is awaited first: it may not come in the middle of a handshake."""
    how = ["-starttls", "smtp"] if starttls else []
    with subprocess.Popen(["openssl", "s_client", "-connect", "{}:{}".format(*endpoint), "-tls1_2", *how], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        if greeting:
            read_line_until(process.stdout, greeting, 30)
        return b"".join(process.communicate(b"R\n", timeout=30)).decode()


def endpoints(world):
    """[(endpoint, starts in clear)] of a listener with STARTTLS, one with TLS at once, and the pages."""
    return [(world.gateway.addresses["public"], True), (world.gateway.addresses["smtps"], False),
            (("127.0.0.1", world.service_port), False)]


# Tickets of TLS 1.3 come behind the handshake; the answer to these comes behind the tickets.
FAREWELLS = {True: "QUIT\r\n", False: "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"}


def test_nobody_renegotiates_or_speaks_early(world):
    for (endpoint, starttls), is_smtp in zip(endpoints(world), (True, True, False)):
        said = ask_to_renegotiate(endpoint, starttls, "220 " if is_smtp and not starttls else None)
        assert "RENEGOTIATING" in said and "no renegotiation" in said
        assert "Secure Renegotiation IS supported" in s_client(endpoint, "-tls1_2", starttls=starttls)
        said = s_client(endpoint, "-tls1_3", "-ign_eof", say=FAREWELLS[is_smtp], starttls=starttls)
        assert "New Session Ticket arrived" in said and said.count("Max Early Data: 0\n") == said.count("Max Early Data")


def test_nothing_older_than_tls_1_2_is_spoken(world):
    for endpoint, starttls in endpoints(world):
        for version in ("-tls1", "-tls1_1"):
            said = s_client(endpoint, version, "-cipher", "ALL:@SECLEVEL=0", starttls=starttls)
            assert "Cipher is (NONE)" in said
        for version, name in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            assert f"New, {name}, Cipher is" in s_client(endpoint, version, starttls=starttls)


def test_cbc_and_rsa_key_exchange_are_refused_by_the_intermediate_settings(setting):
    # With keys that could do it: a suite with RSA for the exchange needs an RSA key.
    setting.authority.issue(setting.folder / "keys", "keys", "keys.test", "localhost", key_type="rsa")
    setting.authority.issue(setting.folder / "acme", "mx1", "mx1.acme.test", key_type="rsa")
    start_nodes(setting)
    for endpoint, starttls in endpoints(setting):
        assert "Cipher is ECDHE-RSA" in s_client(endpoint, "-tls1_2", "-cipher", "ECDHE+AESGCM", starttls=starttls)
        for ciphers in ("ECDHE+AES+SHA", "kRSA"):
            assert "Cipher is (NONE)" in s_client(endpoint, "-tls1_2", "-cipher", ciphers, starttls=starttls)


def test_the_legacy_settings_take_what_the_others_refuse(setting):
    setting.authority.issue(setting.folder / "acme", "mx1", "mx1.acme.test", key_type="rsa")
    config = setting.gateway_config
    config.write_text(config.read_text().replace("[tls]\n", "[tls]\ninbound = \"legacy\"\n"))
    endpoint = setting.start_gateway().addresses["public"]
    for ciphers, name in (("ECDHE+AES+SHA", "ECDHE-RSA-AES"), ("kRSA", "AES")):
        assert f"Cipher is {name}" in s_client(endpoint, "-tls1_2", "-cipher", ciphers)


def test_sessions_are_resumed_until_a_reload(world, tmp_path):
    session = str(tmp_path / "session.pem")
    for round, (version, name) in enumerate((("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")), start=1):
        endpoint = world.gateway.addresses["public"]
        assert f"New, {name}" in s_client(endpoint, version, "-ign_eof", "-sess_out", session, say="QUIT\r\n")
        assert f"Reused, {name}" in s_client(endpoint, version, "-sess_in", session)
        world.gateway.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(world.gateway.events("node.reloaded")) == round)
        assert f"New, {name}" in s_client(endpoint, version, "-sess_in", session)


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
