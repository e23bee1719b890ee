"""DMARC aggregate reports: sent to a real Postfix and unpacked by Python; made by Python and read here; and
`dmarc check` against zones of NSD."""
import datetime
import gzip
import hashlib
import io
import json
import smtplib
import sqlite3
import subprocess
import xml.etree.ElementTree
import zipfile
from email.message import EmailMessage

import pytest

from test_dkim import verify
from world.command import SEALPOST, sealpost
from world.names import Names
from world.postfix import Postfix
from world.setting import INNER, PARTNER, Setting
from world.waiting import wait_until

DMARC = """
[dmarc]
send_reports = true
organisation = "Acme"
contact      = "postmaster@acme.test"
report_from  = "dmarc-reports@acme.test"
report_inbox = "dmarc@acme.test"
"""


def ask(config, *arguments, expect=0):
    return json.loads(sealpost("--config", config, "--format", "json", *arguments, expect=expect))


def count_yesterday(setting, domain, addresses, rows):
    """As the gateway would have counted: rows are (messages, source, disposition, dkim aligned, spf aligned)."""
    today = (datetime.datetime.now(datetime.timezone.utc) - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)).days
    published = {"p": "reject", "sp": "quarantine", "adkim": "r", "aspf": "s", "pct": 50, "fo": "0"}
    with sqlite3.connect(setting.folder / "acme" / "data" / "sealpost.db") as store:
        period = store.execute(
            "insert into reports_period (day, domain, published, addresses, state, rows, messages, omitted, due_at, attempts,"
            " told) values (?, ?, ?, ?, 0, ?, ?, 0, 0, 0, '')",
            (today - 1, domain, json.dumps(published), json.dumps([{"address": a, "max_bytes": 0} for a in addresses]),
             len(rows), sum(row[0] for row in rows))).lastrowid
        for messages, source, disposition, dkim, spf in rows:
            row = {"ip": source, "disposition": disposition, "dkim_aligned": dkim, "spf_aligned": spf, "to": "acme.test",
                   "from": "bounce." + domain, "author": domain, "reasons": [["local_policy", "a list <of ours>"]],
                   "dkim": [[domain, "s1", "pass" if dkim else "fail", ""]], "spf": [["bounce." + domain, "mfrom", "softfail"]]}
            text = json.dumps(row)
            store.execute("insert into reports_counted (period, digest, row, messages) values (?, ?, ?, ?)",
                          (period, hashlib.sha256(text.encode()).hexdigest(), text, messages))
    return (today - 1) * 86400


def make_report(report_id, domain="acme.test", rows=(("192.0.2.1", 12, "none", "pass", "fail"), ("2001:db8::9", 3, "reject", "fail", "fail"))):
    """As a reporter in Python would write it."""
    records = "".join(
        f"<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated><disposition>{disposition}</disposition>"
        f"<dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row><identifiers><header_from>{domain}</header_from>"
        f"</identifiers><auth_results><spf><domain>{domain}</domain><result>none</result></spf></auth_results></record>"
        for ip, count, disposition, dkim, spf in rows)
    begin = int(datetime.datetime.now().timestamp()) - 86400
    return (f"<?xml version='1.0'?><feedback><report_metadata><org_name>Example Org</org_name><email>d@example.org</email>"
            f"<report_id>{report_id}</report_id><date_range><begin>{begin}</begin><end>{begin + 86399}</end></date_range>"
            f"</report_metadata><policy_published><domain>{domain}</domain><p>none</p></policy_published>{records}"
            f"</feedback>").encode()


def zip_of(octets):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("example.org!acme.test!1!2.xml", octets)
    return packed.getvalue()


def test_a_report_of_yesterday_arrives_signed_with_its_numbers(tmp_path, start):
    setting = Setting(tmp_path, start)
    setting.gateway_config.write_text(setting.gateway_config.read_text() + DMARC)
    partner = start(Postfix("mx.partner.test", (PARTNER, setting.mx_port), mailboxes=["dmarc@partner.test"]))
    assert ask(setting.gateway_config, "dmarc", "reports", "sent") == {"reports": []}
    begin = count_yesterday(setting, "partner.test", ["dmarc@partner.test", "d@keys.test"], [
        (41, "192.0.2.1", "none", True, False), (7, "2001:db8::66", "quarantine", False, False)])
    setting.start_gateway()
    mail = partner.wait_for_mail("dmarc@partner.test", 1)

    assert mail["From"] == "dmarc-reports@acme.test" and mail["To"] == "dmarc@partner.test"
    day = datetime.datetime.fromtimestamp(begin, datetime.timezone.utc).strftime("%Y%m%d")
    assert mail["Subject"] == f"Report Domain: partner.test Submitter: mx1.acme.test Report-ID: <{day}.1@mx1.acme.test>"
    attachment = next(mail.iter_attachments())
    assert attachment.get_content_type() == "application/gzip"
    assert attachment.get_filename() == f"mx1.acme.test!partner.test!{begin}!{begin + 86399}!1.xml.gz"
    feedback = xml.etree.ElementTree.fromstring(gzip.decompress(attachment.get_content()))
    assert feedback.findtext("report_metadata/org_name") == "Acme"
    assert feedback.findtext("report_metadata/email") == "postmaster@acme.test"
    assert feedback.findtext("report_metadata/date_range/begin") == str(begin)
    assert [feedback.findtext(f"policy_published/{tag}") for tag in ("domain", "adkim", "aspf", "p", "sp", "pct")] == [
        "partner.test", "r", "s", "reject", "quarantine", "50"]
    rows = [[record.findtext(path) for path in ("row/source_ip", "row/count", "row/policy_evaluated/disposition",
                                                "row/policy_evaluated/dkim", "row/policy_evaluated/spf",
                                                "identifiers/header_from", "auth_results/dkim/result")]
            for record in feedback.iter("record")]
    assert rows == [["192.0.2.1", "41", "none", "pass", "fail", "partner.test", "pass"],
                    ["2001:db8::66", "7", "quarantine", "fail", "fail", "partner.test", "fail"]]
    assert feedback.findtext(".//reason/comment") == "a list <of ours>"

    assert verify(setting, partner.read_mails("dmarc@partner.test")[0]) == "acme.test"
    report = ask(setting.gateway_config, "dmarc", "reports", "sent")["reports"][0]
    assert (report["state"], report["told"], report["messages"]) == ("sent", "dmarc@partner.test", 48)


def test_reports_in_files_are_read_and_kept_once(tmp_path, start):
    setting = Setting(tmp_path, start)
    config = setting.gateway_config
    for name, octets in {"a.xml.gz": gzip.compress(make_report("a")), "b.zip": zip_of(make_report("b")),
                         "c.xml": make_report("c")}.items():
        path = tmp_path / name
        path.write_bytes(octets)
        report = ask(config, "dmarc", "read", path)
        assert report["organisation"] == "Example Org" and report["policy"]["domain"] == "acme.test"
        assert [(record["source_ip"], record["count"]) for record in report["records"]] == [
            ("192.0.2.1", 12), ("2001:db8::9", 3)]
        assert ask(config, "dmarc", "read", "--save", path)["saved"] is True
        assert ask(config, "dmarc", "read", "--save", path)["saved"] is False
    assert [report["report_id"] for report in ask(config, "dmarc", "reports", "list")["reports"]] == ["c", "b", "a"]
    sources = ask(config, "dmarc", "reports", "sources", "acme.test")["sources"]
    assert [(each["source_ip"], each["messages"], each["passed"], each["rejected"]) for each in sources] == [
        ("192.0.2.1", 36, 36, 0), ("2001:db8::9", 9, 0, 9)]
    assert ask(config, "dmarc", "reports", "domains")["domains"][0]["messages"] == 45
    assert ask(config, "dmarc", "reports", "show", "2")["report_id"] == "b"
    sealpost("--config", config, "dmarc", "reports", "show", "99", expect=1)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(50_000_000)))
    (tmp_path / "letter.eml").write_text("From: a@example.org\n\nhello\n")
    for name in ("bomb.gz", "letter.eml"):
        sealpost("dmarc", "read", tmp_path / name, expect=1)


def test_reports_that_come_by_mail_are_read_and_other_mail_to_the_address_goes_on(tmp_path, start):
    setting = Setting(tmp_path, start)
    setting.gateway_config.write_text(setting.gateway_config.read_text() + DMARC)
    inner = start(Postfix("inner.acme.test", (INNER, setting.inner_port), mailboxes=["dmarc@acme.test"]))
    host, port = setting.start_gateway().addresses["public"]

    def send(name=None, octets=b""):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "d@example.org", "DMARC@acme.test", f"Report {name}"
        mail.set_content("see attached")
        if name:
            mail.add_attachment(octets, maintype="application", subtype="octet-stream", filename=name)
        with smtplib.SMTP(host, port, timeout=30) as client:
            client.send_message(mail, from_addr="bounce@example.org")

    def wait_for(number):
        def look():
            reports = ask(setting.gateway_config, "dmarc", "reports", "list")["reports"]
            return reports if len(reports) >= number else None

        return wait_until(look, f"no {number} reports")

    send("a.xml.gz", gzip.compress(make_report("a")))
    wait_for(1)
    send("a-again.xml.gz", gzip.compress(make_report("a")))
    send("b.zip", zip_of(make_report("b")))
    send("broken.zip", zip_of(make_report("b"))[:-9])
    send()
    reports = wait_for(2)
    assert [(each["report_id"], each["sender"], each["messages"], each["passed"]) for each in reports] == [
        ("b", "bounce@example.org", 15, 12), ("a", "bounce@example.org", 15, 12)]
    inner.wait_for_mail("dmarc@acme.test", 2)
    assert sorted(mail["Subject"] for mail in inner.list_mails("dmarc@acme.test")) == ["Report None", "Report broken.zip"]
    tracked = ask(setting.gateway_config, "track")["messages"]
    assert all(each["recipients"][0]["state"] != "failed" for each in tracked)


@pytest.fixture
def names(tmp_path, start):
    return start(Names(tmp_path / "names", {
        "good.test": ['_dmarc TXT "v=DMARC1; p=reject; sp=quarantine; " "rua=mailto:d@good.test,mailto:all@collect.test!10m"'],
        "two.test": ['_dmarc TXT "v=DMARC1; p=reject"', '_dmarc TXT "v=DMARC1; p=none"'],
        "broken.test": ['_dmarc TXT "v=DMARC1; p=block"'],
        "weak.test": ['_dmarc TXT "v=DMARC1; p=none; pct=200; rua=mailto:d@nobody.test"'],
        "none.test": ['@ TXT "v=spf1 -all"'],
        "nobody.test": ['@ TXT "nothing"'],
        "collect.test": ['*._report._dmarc TXT "v=DMARC1"']}))


def check(names, *arguments, expect=0):
    return json.loads(sealpost("--format", "json", "dmarc", "check", *arguments, "--resolver", names.endpoint, expect=expect))


def test_check_tells_what_stands_in_dns(names):
    good = check(names, "good.test")
    assert (good["state"], good["record_domain"], good["inherited"]) == ("found", "good.test", False)
    assert good["record"] == "v=DMARC1; p=reject; sp=quarantine; rua=mailto:d@good.test,mailto:all@collect.test!10m"
    assert {tag["tag"]: tag["value"] for tag in good["tags"] if not tag["default"]}["sp"] == "quarantine"
    assert [(each["address"], each["verdict"]) for each in good["report_addresses"]] == [
        ("d@good.test", "own"), ("all@collect.test", "verified")]
    assert good["report_addresses"][1]["asked"] == "good.test._report._dmarc.collect.test"
    assert good["findings"] == []

    below = check(names, "a.b.good.test")
    assert (below["record_domain"], below["inherited"], below["organisational_domain"]) == ("good.test", True, "good.test")
    assert check(names, "two.test", expect=1)["state"] == "broken"
    assert check(names, "broken.test", expect=1)["state"] == "broken"
    missing = check(names, "none.test", expect=1)
    assert missing["state"] == "none" and "_dmarc.none.test" in missing["findings"][0]["fix"]
    weak = check(names, "weak.test")
    assert [finding["tag"] for finding in weak["findings"]] == ["pct", "rua", "p"]
    assert weak["report_addresses"][0]["verdict"] == "unverified"


def test_check_evaluates_a_message(names):
    def evaluate(*arguments):
        evaluation = check(names, "good.test", *arguments)["evaluation"]
        return evaluation["result"], evaluation["applied"]

    assert evaluate("--spf-domain", "mail.good.test") == ("pass", "none")
    assert evaluate("--dkim-domain", "list.test", "--dkim-domain", "good.test") == ("pass", "none")
    assert evaluate("--spf-domain", "evil.test") == ("fail", "reject")
    assert evaluate("--from", "x.good.test") == ("fail", "quarantine")


def test_check_says_when_dns_does_not_answer(names):
    done = subprocess.run([SEALPOST, "dmarc", "check", "good.test", "--resolver", "127.0.0.1:1", "--timeout", "2"],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "could not be asked for" in done.stdout
    sealpost("dmarc", "check", "not..a.name", expect=2)
