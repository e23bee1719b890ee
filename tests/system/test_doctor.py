"""`sealpost doctor`: a real gateway, name server and configuration, by command and by page call."""
import json

import pytest

from world.administrator import Administrator
from world.command import sealpost
from world.ports import free_port
from world.setting import PASSWORD, Setting

VOUCHED = {
    "acme.test": ['@ TXT "v=spf1 mx include:keys.test -all"', '_dmarc TXT "v=DMARC1; p=reject"',
                  '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:tls@acme.test"'],
    "keys.test": ['@ TXT "v=spf1 ip4:127.0.0.5 -all"', "@ MX 10 out"],
    "bl.test": ["2.0.0.127 A 127.0.0.2"],
    "sold.test": ["* A 127.0.0.2"],
}


@pytest.fixture
def world(tmp_path, start):
    setting = Setting(tmp_path, start, zones=VOUCHED)
    setting.gateway = setting.start_gateway()
    return setting


def examine(world, expect, *more):
    said = sealpost("--config", world.gateway_config, "--format", "json", "doctor", "acme.test", "--include", "keys.test", "--resolver",
                    world.names.endpoint, "--trust", world.authority.root, "--port", world.mx_port, *more, expect=expect)
    return json.loads(said)


def states(page, section):
    return [finding["state"] for finding in page["findings"] if finding["section"] == section]


def test_a_domain_in_order_is_healthy(world):
    page = examine(world, 0)
    assert page["healthy"], page["findings"]
    assert states(page, "tls") == ["good"] and states(page, "mx") == ["good"]
    assert states(page, "spf")[-1] == "good" and not {"warn", "bad", "unknown"} & set(states(page, "spf"))
    assert states(page, "dkim") == ["good"]
    assert states(page, "dmarc") == ["good"] and states(page, "tls_reports") == ["good"]
    assert states(page, "hat") == ["good"], page["findings"]
    assert page["sections"]["hat"]["hosts"][0]["met"][0]["sender_group"] == "KEYS"


def test_what_is_wrong_comes_with_what_mends_it(world):
    folder = world.folder / "acme"
    world.authority.issue(folder, "mx1", "mx1.acme.test", with_intermediate=False)
    world.gateway.kill()
    world.gateway = world.start_gateway()
    world.names.rewrite("acme.test", ["@ MX 10 mx1.acme.test.", "mx1 A 127.0.0.2", '@ TXT "v=spf1 mx -all"'])
    page = examine(world, 1, "--language", "fr")
    assert not page["healthy"]
    tls = [finding for finding in page["findings"] if finding["section"] == "tls"]
    assert tls[0]["state"] == "bad" and "Test intermediate" in tls[0]["what"] and tls[0]["fix"]
    spf = [finding for finding in page["findings"] if finding["section"] == "spf"]
    assert any("Publiez v=spf1" in finding["fix"] and "include:keys.test" in finding["fix"] for finding in spf), spf
    assert states(page, "dkim") == ["bad"]
    assert states(page, "dmarc") == ["warn"]


def test_dns_lists_that_list_everybody_are_told(world):
    listed = '[[sender_group]]\nname = "LISTED"\nlistener = "public"\npolicy = "ACCEPTED"\nsenders = [{}]\n'
    world.commit_policy(listed.format('"dnslist[bl.test]"'))
    assert states(examine(world, 0), "dns_lists") == ["good"]
    world.commit_policy(listed.format('"dnslist[bl.test]", "dnslist[sold.test]"'))
    page = examine(world, 1)
    assert states(page, "dns_lists") == ["good", "bad"]
    assert [(each["zone"], each["state"]) for each in page["sections"]["dns_lists"]["lists"]] == [
        ("bl.test", "works"), ("sold.test", "lists_everybody")]


def test_a_dead_name_server_leaves_it_untold(world):
    world.names.__exit__(None, None, None)
    page = examine(world, 3, "--timeout", "6")
    assert "bad" not in {finding["state"] for finding in page["findings"]}
    assert states(page, "mx") == ["unknown"]


def test_the_text_reads_like_a_page(world):
    text = sealpost("--config", world.gateway_config, "doctor", "acme.test", "--include", "keys.test", "--resolver",
                    world.names.endpoint, "--trust", world.authority.root, "--port", world.mx_port)
    assert text.startswith("acme.test: healthy")
    assert "\nMail hosts\n" in text and "\nHost access table\n" in text


def test_an_administrator_asks_by_page(tmp_path, start):
    world = Setting(tmp_path, start, zones=VOUCHED)
    world.authority.issue(world.folder / "acme", "mx1", "mx1.acme.test", "localhost")
    origin = f"https://localhost:{free_port('127.0.0.1')}"
    with world.gateway_config.open("a") as config:
        config.write(f'[admin]\nlisten = "127.0.0.1:{origin.rsplit(":", 1)[1]}"\ncertificate = "mx1"\nurl = "{origin}"\n')
    sealpost("--config", world.gateway_config, "admin", "add", "ops", "--node", "--password-stdin", stdin=PASSWORD + "\n")
    gateway = world.start_gateway()
    ops = Administrator(gateway.addresses["admin"], origin, world.authority.root, "ops", PASSWORD)
    status, page = ops.call("POST", "/api/v1/doctor", {"domain": "acme.test"})
    assert status == 200, page
    assert states(page, "tls") == ["good"]
    status, _ = ops.call("POST", "/api/v1/doctor", {"domain": "not a domain"})
    assert status == 400
