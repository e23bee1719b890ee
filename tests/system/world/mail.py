"""Mail programs: Alice's, and what she writes."""
import email.message
import email.policy
import os
import smtplib
import ssl

from .setting import PASSWORD


def make_mail(subject, text="here is the contract", attachment=None, to="bob@partner.test"):
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Alice <alice@acme.test>", to, subject
    mail.set_content(text)
    if attachment is not None:
        mail.add_attachment(attachment, maintype="application", subtype="octet-stream", filename="contract.bin")
    return mail


def attachment_of(raw):
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    return next(mail.iter_attachments()).get_content()


def some_octets(count=100_000):
    return os.urandom(count)


def submit(setting, gateway, mail, listener="submission"):
    """As Alice's mail program: TLS that verifies, her password, the message."""
    host, port = gateway.addresses[listener]
    context = ssl.create_default_context(cafile=str(setting.authority.root))
    # The certificate names mx1.acme.test; the test's resolver is not the machine's.
    with smtplib.SMTP(timeout=30) as client:
        client._host = "mx1.acme.test"
        client.connect(host, port)
        client.ehlo("laptop.acme.test")
        client.starttls(context=context)
        client.login("alice@acme.test", PASSWORD)
        client.send_message(mail)


def hand_in(address, recipient, octets=b"Subject: hello\r\n\r\nhello\r\n", sender="alice@acme.test", source=None):
    """The code that a sender hears in the end, at whichever step. `source`: the address that he connects from."""
    source_address = (source, 0) if source else None
    with smtplib.SMTP(*address, local_hostname="client.test", timeout=60, source_address=source_address) as client:
        client.ehlo()
        for code in (client.mail(sender)[0], client.rcpt(recipient)[0]):
            if code != 250:
                return code
        try:
            return client.data(octets)[0]
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code
