"""Alice hears that Bob opened her message."""
from world.mail import make_mail, submit
from world.reader import Reader, page_of
from world.setting import Setting


def test_the_sender_gets_a_receipt_when_the_key_is_released(tmp_path, start):
    setting = Setting(tmp_path, start)
    partner, inner = setting.start_partner(), setting.start_inner()
    setting.start_service()
    gateway = setting.start_gateway()
    mail = make_mail("[secure] The merger")
    mail["X-Sealpost-Receipt"] = "yes"
    mail["Message-ID"] = "<merger@acme.test>"
    submit(setting, gateway, mail)

    bob = Reader(setting.service_port, setting.authority.root)
    ref = bob.ingest(page_of(partner.wait_for_mail("bob@partner.test", 1)))
    bob.prove(ref, "bob@partner.test", lambda: partner.wait_for_mail("bob@partner.test", 2))
    assert inner.list_mails("alice@acme.test") == []
    bob.open(ref, tmp_path)
    receipt = inner.wait_for_mail("alice@acme.test", 1)

    assert receipt["Auto-Submitted"] == "auto-generated" and receipt["In-Reply-To"] == "<merger@acme.test>"
    assert receipt["Return-Path"] in (None, "<>", "")
    text = receipt.get_body(("plain",)).get_content()
    assert "bob@partner.test" in text and "proven by a code by mail" in " ".join(text.split())
    assert "merger" not in receipt["Subject"] and "The merger" not in text
