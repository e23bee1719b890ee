"""Administrators with an authenticator app and recovery codes, at a gateway alone and at a service."""
import base64
import json
import stat

import pytest

from world.administered_gateway import AdministeredGateway
from world.administrator import Administrator
from world.authenticator import Authenticator, code_of
from world.process import end
from world.setting import PASSWORD, Setting


@pytest.fixture
def gateway(tmp_path, start):
    return AdministeredGateway(tmp_path, start)


def set_up(administrator):
    status, offer = administrator.call("POST", "/api/v1/admin/totp")
    assert status == 200 and f"secret={offer['secret']}&" in offer["uri"], offer
    app = Authenticator(offer["secret"])
    status, session = administrator.call("PUT", "/api/v1/admin/totp", {"code": app.next_code()})
    assert status == 200 and session["second_factor"], session
    administrator.csrf = session["csrf"]
    return app


def kind(answer):
    return answer["type"].removeprefix("urn:sealpost:problem:")


def test_the_codes_of_the_test_are_those_of_the_standard():
    """RFC 6238, appendix B, the last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert [code_of(secret, moment // 30) for moment in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_a_gateway_alone_asks_for_the_code_behind_the_password(gateway):
    mia, other = gateway.sign_in("mia"), gateway.sign_in("mia")
    app = set_up(mia)
    assert other.call("GET", "/api/v1/admin/session")[1] == {"name": None}, "begun with the password alone"
    status, made = mia.call("POST", "/api/v1/admin/recovery-codes")
    assert status == 200 and len(made["codes"]) == 10

    key = gateway.folder / "data" / "administrators.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    stored = b"".join(file.read_bytes() for file in (gateway.folder / "data").glob("sealpost.db*"))
    secret = base64.b32decode(app.secret + "=" * (-len(app.secret) % 8))
    wrapping = base64.b64decode(key.read_text().split()[-1])
    assert (len(secret), len(wrapping)) == (20, 32) and b"people_totp" in stored
    for octets in (secret, wrapping):
        told = [octets, octets.hex().encode(), base64.b64encode(octets), base64.b32encode(octets).rstrip(b"=")]
        told += [each.swapcase() for each in told[1:]]
        assert not any(each in stored for each in told)

    gateway.node.kill()  # the key is the same after the next start
    gateway.start()
    anew = Administrator(gateway.node.addresses["admin"], mia.origin, gateway.authority.root)
    status, answer = anew.sign_in("mia", PASSWORD)
    assert (status, kind(answer)) == (403, "needs-second-factor") and anew.cookie == ""
    status, answer = anew.sign_in("mia", PASSWORD, totp="000000")
    assert (status, kind(answer)) == (403, "wrong-code")
    code = app.next_code()
    assert anew.sign_in("mia", PASSWORD, totp=code)[0] == 200 and anew.get("state")["version"] == 2
    again = Administrator(gateway.node.addresses["admin"], mia.origin, gateway.authority.root)
    assert kind(again.sign_in("mia", PASSWORD, totp=code)[1]) == "wrong-code", "each works once"
    assert again.sign_in("mia", PASSWORD, recovery_code=made["codes"][0].upper())[0] == 200
    assert again.call("GET", "/api/v1/admin/factors")[1]["recovery_codes"] == 9

    trail = json.loads(gateway.command("--format", "json", "audit", "list", "--subject", "administrator:mia"))["records"]
    told = [each["what"].removeprefix("administrator.") for each in reversed(trail)]
    assert [each for each in told if each not in ("added", "signed_in", "sign_in_refused")] == [
        "totp_added", "recovery_codes_made", "code_asked", "code_refused", "code_refused", "recovery_code_used"]
    assert [(each["name"], each["level"]) for each in gateway.node.events("administrator.code_asked")] == [("mia", "info")]
    refused = gateway.node.events("administrator.code_refused")
    assert {each["name"] for each in refused} == {"mia"} and all(each["level"] == "warning" for each in refused)


def test_a_gateway_whose_key_is_no_good_takes_mail_and_recovery_codes(gateway):
    mia = gateway.sign_in("mia")
    app = set_up(mia)
    codes = mia.call("POST", "/api/v1/admin/recovery-codes")[1]["codes"]
    end(gateway.node.process)
    key = gateway.folder / "data" / "administrators.key"
    whole = key.read_bytes()
    for spoil in (lambda: key.chmod(0o644), lambda: key.write_bytes(whole[:len(whole) // 2]), lambda: key.write_bytes(b"")):
        key.write_bytes(whole)
        key.chmod(0o600)
        spoil()
        checked = json.loads(gateway.command("--format", "json", "config", "check"))
        assert checked["good"] and any("administrators.key" in each["what"] for each in checked["warnings"]), checked
    gateway.start()
    told = gateway.node.events("admin.key_not_opened")
    assert len(told) == 1 and told[0]["level"] == "error" and "administrators.key" in told[0]["problem"] and told[0]["hint"]
    assert gateway.connect().noop()[0] == 250
    anew = Administrator(gateway.node.addresses["admin"], mia.origin, gateway.authority.root)
    status, answer = anew.sign_in("mia", PASSWORD, totp=app.next_code())
    assert (status, kind(answer)) == (503, "try-later")
    assert anew.sign_in("mia", PASSWORD, recovery_code=codes[0])[0] == 200
    assert anew.call("POST", "/api/v1/admin/totp")[0] == 503
    assert key.read_bytes() == b"", "nothing is written over it"


def test_who_lost_the_phone_is_helped_by_another_administrator_or_by_the_operator(gateway):
    mia, max_ = gateway.sign_in("mia"), gateway.sign_in("max")
    set_up(mia)
    listed = max_.call("GET", "/api/v1/admin/administrators")[1]["administrators"]
    assert {each["name"]: each["second_factor"] for each in listed} == {"max": False, "mia": True}
    status, answer = max_.call("DELETE", "/api/v1/admin/administrators/mia/factors")
    assert status == 200 and answer["second_factor"] is False
    assert mia.call("GET", "/api/v1/admin/session")[1] == {"name": None}
    mia = gateway.sign_in("mia")
    set_up(mia)
    assert "mia  the node  second factor" in gateway.command("admin", "list")
    assert json.loads(gateway.command("--format", "json", "admin", "factors", "remove", "mia"))["removed"] is True
    gateway.sign_in("mia")


def test_a_node_that_asks_for_it_lets_nobody_work_without(gateway):
    end(gateway.node.process)
    gateway.config.write_text(gateway.config.read_text() + '[administrators]\nsecond_factor = "required"\n')
    gateway.start()
    mia = gateway.sign_in("mia")
    assert mia.session["must_add_factor"] is True and mia.session["areas"] == []
    status, answer = mia.call("GET", "/api/v1/policy/state")
    assert (status, kind(answer)) == (403, "must-add-factor")
    set_up(mia)
    assert mia.get("state")["version"] == 2


def test_a_service_wraps_the_secret_anew_with_its_key(tmp_path, start):
    setting = Setting(tmp_path, start)
    service = setting.start_service()
    origin = f"https://localhost:{setting.service_port}"
    place = ("localhost", setting.service_port)
    admin = Administrator(place, origin, setting.authority.root, "admin", PASSWORD)
    app = set_up(admin)
    end(service.process)
    setting.serve_command("kek", "rotate", "--retire")  # nothing that lies under the former version could be opened any more
    setting.start_service()
    anew = Administrator(place, origin, setting.authority.root)
    assert anew.sign_in("admin", PASSWORD, totp=app.next_code())[0] == 200
    assert anew.call("GET", "/api/v1/admin/domains")[0] == 200
    status, _ = anew.call("DELETE", "/api/v1/admin/totp")
    assert status == 204
    Administrator(place, origin, setting.authority.root, "admin", PASSWORD)
