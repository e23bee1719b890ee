"""Something that somebody wrote in the reader is refused where it goes: its writer hears of it, once, and of nothing more."""
import json

import pytest

from world.reader import Reader
from world.setting import PASSWORD, Setting
from world.waiting import wait_until

ALICE, GONE, BOB = "alice@acme.test", "gone@acme.test", "bob@partner.test"
REFUSED = f'[[recipient]]\naddress = "{GONE}"\naction  = "reject"\n'
LISTENER = '[[listener]]\nname    = "inside"\nkind    = "private"\naddress = "127.0.0.1:0"\n'


def check_note(note, sent):
    """Names who does not get it and why, and quotes nothing."""
    assert note["Subject"] == "Votre message protégé n’a pas pu être remis" and note["From"] == "noreply@keys.test"
    assert note["In-Reply-To"] == sent["message_id"] and note["Auto-Submitted"] == "auto-generated"
    assert note["Return-Path"] in (None, "<>", "")
    text = " ".join(note.get_body(("plain",)).get_content().replace("\u00a0", " ").split())
    assert f"{GONE} : 550 5.1.1" in text and "/compose" in text
    for secret in (ALICE, "Offer", "Here is"):
        assert secret not in text and secret not in note.as_string()


# Where the node is a gateway, too, the bounce is the gateway's to deliver.
@pytest.mark.parametrize("roles", ['["service"]', '["gateway", "service"]'])
def test_the_writer_hears_once_who_did_not_get_it_and_why_in_their_language(tmp_path, start, roles):
    setting = Setting(tmp_path, start)
    partner, inner = setting.start_partner(), setting.start_inner()
    config = setting.service_config.read_text().replace('["service"]', roles)
    setting.service_config.write_text(config + (LISTENER if "gateway" in roles else ""))
    setting.serve_command("account", "change", "acme", "--compose", "anyone")
    setting.start_service()
    setting.commit_policy(first=REFUSED)
    setting.start_gateway()
    bob = Reader(setting.service_port, setting.authority.root)
    bob.prove(None, BOB, lambda: partner.wait_for_mail(BOB, 1))
    bob.call("PUT", "/api/v1/me/language", {"language": "fr"})

    sealed = bob.compose([ALICE, GONE], "Here is my offer.", b"x")
    assert {each["way"] for each in sealed["deliveries"]} == {"envelope"}
    check_note(partner.wait_for_mail(BOB, 2), sealed)
    inner.wait_for_mail(ALICE, 1)

    admin = Reader(setting.service_port, setting.authority.root)
    admin.sign_in_administrator("admin", PASSWORD)
    assert admin.call("POST", "/api/v1/admin/domains/acme.test/test", {})["last_test"]["ready"]
    admin.call("PUT", "/api/v1/admin/domains/acme.test", {"tls_replies": True, "on_failure": "hold"})
    clear = bob.compose([ALICE, GONE], "Here is my offer.", b"x")
    assert {each["way"] for each in clear["deliveries"]} == {"tls"}
    check_note(partner.wait_for_mail(BOB, 3), clear)
    inner.wait_for_mail(ALICE, 2)

    # Both bounces are tried again and again: nobody takes mail for keys.test.
    list_queue = lambda: json.loads(setting.serve_command("--format", "json", "queue", "list"))["messages"]
    wait_until(lambda: [each["attempts"] >= 2 for each in list_queue()] == [True, True], list_queue)
    assert all(each["lane"].endswith("bounce") for each in list_queue())
    assert len(partner.list_mails(BOB)) == 3
