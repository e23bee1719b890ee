"""TLS reports (RFC 8460): a node delivers to real Postfix with good and bad certificates and tells their domains, by mail
to a Postfix and by HTTPS to a server in Python; reports that Python made are read here."""
import datetime
import email
import email.policy
import functools
import gzip
import http.server
import json
import smtplib
import sqlite3
import ssl
import threading
import time


from test_dkim import verify
from world.command import commit_policy, sealpost
from world.mail import make_mail, submit
from world.mail_farm import Farm, MailHost
from world.ports import free_port
from world.postfix import Postfix
from world.setting import GATEWAY, INNER, PARTNER, POLICY, Setting
from world.signed_names import SignedNames
from world.waiting import wait_until

BAD, WEB = "127.0.0.8", "127.0.0.10"

CONFIG = """
[tls_reports]
send         = true
organisation = "Acme"
contact      = "postmaster@acme.test"
from         = "tls-reports@acme.test"
inbox        = "tlsrpt@acme.test"
"""

DESTINATIONS = """
[[destination]]
domain = "partner.test"
tls    = "preferred_verify"
[[destination]]
domain = "bad.test"
tls    = "required_verify"
"""


def ask(config, *arguments, expect=0):
    return json.loads(sealpost("--config", config, "--format", "json", *arguments, expect=expect))


class Collector:
    """An HTTPS server that takes reports."""

    def __init__(self, address, chain, key):
        taken = self.taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.append((self.path, self.headers["Content-Type"], body))
                self.send_response(201)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(address, Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def end_the_day(setting):
    """Makes today's counts yesterday's, and their reports due."""
    with sqlite3.connect(setting.folder / "acme" / "data" / "sealpost.db") as store:
        store.execute("update tlsreports_period set day = day - 1, due_at = 0")


YESTERDAY = (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)).strftime("%Y-%m-%d")


def make_report(report_id, domain="acme.test"):
    """As a reporter in Python would write it."""
    return json.dumps({
        "organization-name": "Example Org",
        "date-range": {"start-datetime": f"{YESTERDAY}T00:00:00Z", "end-datetime": f"{YESTERDAY}T23:59:59Z"},
        "contact-info": "tls@partner.test", "report-id": report_id,
        "policies": [{
            "policy": {"policy-type": "sts", "policy-string": ["version: STSv1", "mode: testing"], "policy-domain": domain,
                       "mx-host": ["*.acme.test"]},
            "summary": {"total-successful-session-count": 40, "total-failure-session-count": 3},
            "failure-details": [{"result-type": "certificate-expired", "sending-mta-ip": "192.0.2.1",
                                 "receiving-mx-hostname": "mx1.acme.test", "failed-session-count": 3}]}]}).encode()


def test_domains_hear_of_the_sessions_of_a_day_by_mail_and_https(tmp_path, start):
    web_port = free_port(WEB)
    setting = Setting(tmp_path, start, zones={
        "partner.test": ["_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:tls@partner.test\""],
        "bad.test": ["@ MX 10 mx", f"mx A {BAD}", f"web A {WEB}",
                     f"_smtp._tls TXT \"v=TLSRPTv1; rua=https://web.bad.test:{web_port}/reports,mailto:tls@bad.test\""]})
    setting.gateway_config.write_text(setting.gateway_config.read_text().replace(
        "[delivery]\n", "[delivery]\nreach_private_addresses_for_strangers = true\n") + CONFIG)
    setting.commit_policy(DESTINATIONS)
    partner = setting.start_partner(["bob@partner.test", "tls@partner.test"])
    # Nothing between its leaf and the root: the chain cannot be built.
    setting.authority.issue(tmp_path / "bad", "mx", "mx.bad.test", with_intermediate=False)
    bad = start(Postfix("mx.bad.test", (BAD, setting.mx_port), mailboxes=["eve@bad.test", "tls@bad.test"],
                        certificate=(tmp_path / "bad/mx.pem", tmp_path / "bad/mx.key")))
    setting.authority.issue(tmp_path / "web", "web", "web.bad.test")
    collector = start(Collector((WEB, web_port), tmp_path / "web/web.pem", tmp_path / "web/web.key"))

    gateway = setting.start_gateway()
    submit(setting, gateway, make_mail("one", to="bob@partner.test"))
    partner.wait_for_mail("bob@partner.test", 1)
    submit(setting, gateway, make_mail("two", to="eve@bad.test"))

    def counted():
        found = {each["domain"]: each for each in ask(setting.gateway_config, "tlsrpt", "reports", "sent")["reports"]}
        return found if {"partner.test", "bad.test"} <= found.keys() else None

    figures = wait_until(counted)
    assert (figures["partner.test"]["succeeded"], figures["partner.test"]["failed"]) == (1, 0)
    assert figures["bad.test"]["succeeded"] == 0 and figures["bad.test"]["failed"] >= 1
    assert bad.read_mails("eve@bad.test") == []
    gateway.__exit__()
    figures = counted()  # it was tried again until now
    end_the_day(setting)
    setting.start_gateway()

    mail = partner.wait_for_mail("tls@partner.test", 1)
    assert mail["From"] == "tls-reports@acme.test" and mail["TLS-Required"] == "No"
    assert mail["TLS-Report-Domain"] == "partner.test" and mail["TLS-Report-Submitter"] == "mx1.acme.test"
    assert mail["Subject"].startswith("Report Domain: partner.test Submitter: mx1.acme.test Report-ID: <")
    assert (mail.get_content_type(), mail.get_param("report-type")) == ("multipart/report", "tlsrpt")
    attachment = next(mail.iter_attachments())
    assert attachment.get_content_type() == "application/tlsrpt+gzip"
    assert attachment.get_filename().startswith("mx1.acme.test!partner.test!")
    report = json.loads(gzip.decompress(attachment.get_content()))
    assert report["organization-name"] == "Acme" and report["contact-info"] == "postmaster@acme.test"
    assert report["date-range"]["start-datetime"].endswith("T00:00:00Z")
    assert [policy["policy"]["policy-domain"] for policy in report["policies"]] == ["partner.test"]
    assert report["policies"][0]["summary"] == {"total-successful-session-count": 1, "total-failure-session-count": 0}
    assert verify(setting, partner.read_mails("tls@partner.test")[0]) == "acme.test"

    # It arrives over the very TLS that does not verify, and required_verify does not stop it.
    told = json.loads(gzip.decompress(next(bad.wait_for_mail("tls@bad.test", 1).iter_attachments()).get_content()))
    path, kind, body = wait_until(lambda: collector.taken)[0]
    assert (path, kind) == ("/reports", "application/tlsrpt+gzip")
    assert json.loads(gzip.decompress(body)) == told
    failure = told["policies"][0]["failure-details"][0]
    assert failure["result-type"] == "certificate-not-trusted"
    assert (failure["receiving-mx-hostname"], failure["receiving-ip"], failure["sending-mta-ip"]) == ("mx.bad.test", BAD, GATEWAY)
    assert told["policies"][0]["summary"]["total-failure-session-count"] == figures["bad.test"]["failed"]

    def sent_both():
        sent = [each for each in ask(setting.gateway_config, "tlsrpt", "reports", "sent")["reports"] if each["state"] == "sent"]
        return sent if len(sent) == 2 else None

    sent = wait_until(sent_both)
    days = {each["domain"]: each["sent_to"] for each in sent}
    assert days["bad.test"] == ["tls@bad.test", f"https://web.bad.test:{web_port}/reports"]
    number = next(each["number"] for each in sent if each["domain"] == "bad.test")
    assert ask(setting.gateway_config, "tlsrpt", "reports", "sent", number)["report"] == told


def test_a_node_of_the_service_alone_sends_its_reports_signed(tmp_path, start):
    setting = Setting(tmp_path, start, zones={
        "partner.test": ["_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:tls@partner.test\""]})
    setting.service_config.write_text(setting.service_config.read_text() + CONFIG.replace("acme.test", "keys.test").replace(
        'inbox        = "tlsrpt@keys.test"\n', ""))
    partner = setting.start_partner(["tls@partner.test"])
    sealpost("--config", setting.service_config, "tlsrpt", "reports", "sent")  # makes the tables
    with sqlite3.connect(setting.folder / "keys" / "data" / "sealpost.db") as store:
        period = store.execute(
            "insert into tlsreports_period (day, domain, state, rows, succeeded, failed, omitted, due_at, attempts, done, told)"
            " values (?, 'partner.test', 0, 1, 7, 0, 0, 0, 0, '[]', '')", (int(time.time()) // 86400 - 1,)).lastrowid
        store.execute("insert into tlsreports_counted (period, digest, policy, failure, sessions) values (?, 'one', ?, '', 7)",
                      (period, json.dumps({"type": "no-policy-found", "lines": [], "mx": []})))
    setting.start_service()
    mail = partner.wait_for_mail("tls@partner.test", 1)
    assert mail["From"] == "tls-reports@keys.test"
    report = json.loads(gzip.decompress(next(mail.iter_attachments()).get_content()))
    assert report["policies"][0]["summary"]["total-successful-session-count"] == 7
    assert verify(setting, partner.read_mails("tls@partner.test")[0]) == "keys.test"


def test_reports_that_come_by_mail_are_read_and_other_mail_to_the_address_goes_on(tmp_path, start):
    folder = tmp_path / "reporter"
    folder.mkdir()
    record = sealpost("dkim", "new", "--domain", "partner.test", "--selector", "s1", "--key-out", folder / "dkim.key").strip()
    setting = Setting(tmp_path, start, zones={"partner.test": [record]})
    setting.gateway_config.write_text(setting.gateway_config.read_text() + CONFIG)
    inner = start(Postfix("inner.acme.test", (INNER, setting.inner_port), mailboxes=["tlsrpt@acme.test"]))
    host, port = setting.start_gateway().addresses["public"]

    def send(name, octets=None, is_signed=True):
        mail = email.message.EmailMessage(policy=email.policy.SMTP)
        mail["From"], mail["To"], mail["Subject"] = "tls@partner.test", "TLSRPT@acme.test", f"Report {name}"
        mail.set_content("see attached")
        if octets:
            mail.add_attachment(octets, maintype="application", subtype="tlsrpt+gzip", filename=f"{name}.json.gz")
        text = mail.as_bytes()
        if is_signed:
            text = sealpost("dkim", "sign", "--domain", "partner.test", "--selector", "s1", "--key", folder / "dkim.key",
                            stdin=text.decode()).replace("\n", "\r\n").encode()
        with smtplib.SMTP(host, port, timeout=30) as client:
            client.sendmail("bounce@partner.test", ["tlsrpt@acme.test"], text)

    def received(number):
        reports = ask(setting.gateway_config, "tlsrpt", "reports", "list")["reports"]
        return reports if len(reports) >= number else None

    send("a", gzip.compress(make_report("a")))
    wait_until(lambda: received(1))
    send("a-again", gzip.compress(make_report("a")))
    send("b", gzip.compress(make_report("b")))
    send("unsigned", gzip.compress(make_report("c")), is_signed=False)
    send("broken", gzip.compress(make_report("d"))[:-9])
    send("letter")
    reports = wait_until(lambda: received(2))
    inner.wait_for_mail("tlsrpt@acme.test", 3)
    assert sorted(mail["Subject"] for mail in inner.list_mails("tlsrpt@acme.test")) == [
        "Report broken", "Report letter", "Report unsigned"]
    assert [(each["report_id"], each["sender"], each["succeeded"], each["failed"]) for each in reports] == [
        ("b", "bounce@partner.test", 40, 3), ("a", "bounce@partner.test", 40, 3)]
    config = setting.gateway_config
    assert ask(config, "tlsrpt", "reports", "show", reports[1]["number"])["report-id"] == "a"
    assert ask(config, "tlsrpt", "reports", "domains")["domains"] == [
        {"domain": "acme.test", "reports": 2, "succeeded": 80, "failed": 6, "last_end": f"{YESTERDAY}T23:59:59.000Z"}]
    assert ask(config, "tlsrpt", "reports", "failures", "acme.test")["failures"] == [
        {"result": "certificate-expired", "receiving_host": "mx1.acme.test", "sessions": 6, "reports": 2}]
    sealpost("--config", config, "tlsrpt", "reports", "show", "99", expect=1)
    sealpost("--config", config, "tlsrpt", "reports", "sent", "99", expect=1)


def test_reports_in_files_are_read_and_kept_once(tmp_path, start):
    config = Setting(tmp_path, start).gateway_config
    for name, octets in {"a.json.gz": gzip.compress(make_report("a")), "b.json": make_report("b")}.items():
        path = tmp_path / name
        path.write_bytes(octets)
        assert ask(config, "tlsrpt", "read", path)["organization-name"] == "Example Org"
        assert "certificate-expired" in sealpost("--config", config, "tlsrpt", "read", path)
        assert ask(config, "tlsrpt", "read", "--save", path)["saved"] is True
        assert ask(config, "tlsrpt", "read", "--save", path)["saved"] is False
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(50_000_000)))
    (tmp_path / "letter.eml").write_text("From: a@example.org\n\nhello\n")
    for name in ("bomb.gz", "letter.eml"):
        sealpost("tlsrpt", "read", tmp_path / name, expect=1)


SECRET = "the price is forty-two million"
SAYS_REQUIRETLS = "250-mx\r\n250 REQUIRETLS"


class RequireTlsWorld:
    """partner.test's zone is signed, so that its mail host is known for certain, and Alice's server has a name."""

    def __init__(self, folder, start, partner_says, inner_says):
        self.setting = setting = Setting(folder, start, zones={"acme.test": [f"inner A {INNER}"]},
                                         make_names=functools.partial(SignedNames, signed=["partner.test"]))
        config = setting.gateway_config
        config.write_text(config.read_text().replace("[dns]\n", f'[dns]\ntrust_anchor = "{setting.names.trust_anchor}"\n'))
        commit_policy(config, setting._fill(POLICY).replace(f"{INNER}:", "inner.acme.test:"))
        self.partner = self.start_host(start, "mx.partner.test", PARTNER, setting.mx_port, partner_says)
        self.inner = self.start_host(start, "inner.acme.test", INNER, setting.inner_port, inner_says)
        self.gateway = setting.start_gateway()

    def start_host(self, start, name, address, port, says):
        folder = self.setting.folder / name
        self.setting.authority.issue(folder, "mx", name)
        host = MailHost((folder / "mx.pem", folder / "mx.key"), hello_in_tls=says, accepts_mail=True)
        return start(Farm({address: host}, port))

    def send(self, subject, options=()):
        host, port = self.gateway.addresses["private"]
        with smtplib.SMTP(timeout=30) as client:
            client._host = "mx1.acme.test"
            client.connect(host, port)
            client.ehlo("inner.acme.test")
            assert not client.has_extn("requiretls")
            client.starttls(context=ssl.create_default_context(cafile=str(self.setting.authority.root)))
            client.ehlo("inner.acme.test")
            assert client.has_extn("requiretls")
            client.sendmail("alice@acme.test", ["bob@partner.test"], make_mail(subject, SECRET).as_bytes(), mail_options=options)

    def history(self, sender):
        """How the messages of a sender ended."""
        with sqlite3.connect(self.setting.folder / "acme" / "data" / "sealpost.db") as store:
            return store.execute("select state from queue_history where sender = ?", (sender,)).fetchall()


def transaction(host, seconds=60):
    """Lines of the first message that a host took, from MAIL to the dot."""
    def find():
        for lines in [lines for address in host.hosts for lines in host.heard(address)]:
            begin = next((at for at, line in enumerate(lines) if "MAIL FROM" in line), None)
            if begin is not None and any(line in ("tls .", "clear .") for line in lines):
                return lines[begin:]
    return wait_until(find, host.everything_heard, seconds)


def test_requiretls_goes_on_to_a_host_that_offers_it(tmp_path, start):
    world = RequireTlsWorld(tmp_path, start, SAYS_REQUIRETLS, SAYS_REQUIRETLS)
    world.send("secret", ["REQUIRETLS"])
    heard = transaction(world.partner)
    assert heard[0].startswith("tls MAIL FROM:<alice@acme.test> ") and heard[0].split(" ").count("REQUIRETLS") == 1
    assert f"tls {SECRET}" in heard
    assert not any(line.startswith("clear") and "EHLO" not in line and "STARTTLS" not in line for line in world.partner.everything_heard())
    assert world.inner.everything_heard() == []


def test_requiretls_comes_back_as_headers_that_ask_for_it_too(tmp_path, start):
    world = RequireTlsWorld(tmp_path, start, "250 mx", SAYS_REQUIRETLS)
    world.send("secret", ["REQUIRETLS"])
    heard = transaction(world.inner)
    assert heard[0].startswith("tls MAIL FROM:<> ") and heard[0].split(" ").count("REQUIRETLS") == 1
    assert any(line.startswith("tls Content-Type: text/rfc822-headers") for line in heard) and "tls Subject: secret" in heard
    assert any("5.7.30" in line for line in heard)
    assert not any(SECRET in line for host in (world.inner, world.partner) for line in host.everything_heard())
    # What does not ask for it goes to the same host, and comes through.
    world.send("open")
    assert "tls Subject: open" in transaction(world.partner)


def test_what_comes_back_does_not_reach_a_server_that_does_not_offer_requiretls(tmp_path, start):
    world = RequireTlsWorld(tmp_path, start, "250 mx", "250 mx")
    world.send("secret", ["REQUIRETLS"])
    wait_until(lambda: world.history(""), world.inner.everything_heard)
    assert world.history("alice@acme.test") == world.history("") == [("failed",)]
    for host in (world.partner, world.inner):
        heard = host.everything_heard()
        assert any("STARTTLS" in line for line in heard) and not any("MAIL" in line for line in heard)
