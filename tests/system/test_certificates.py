"""Certificates that the node keeps: imported in every order and form, refused with the reason, presented after a
reload without dropping a connection. openssl makes them and sees what is shown."""
import base64
import itertools
import json
import re
import shutil
import signal
import smtplib
import subprocess
import urllib.request

import pytest

from world.administrator import Administrator
from world.authority import Authority, openssl
from world.chains import Chains
from world.command import sealpost
from world.names import Names
from world.node import Node
from world.ports import free_port
from world.setting import PASSWORD
from world.waiting import wait_until

CONFIG = """\
[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 2
[dns]
resolver = "{names}"
[tls]
trust = ["{root}"]
[[certificate]]
name = "mx1"
[[certificate]]
name     = "mx1-rsa"
key_type = "rsa"
[[certificate]]
name  = "mail"
names = ["mail.acme.test"]
[[certificate]]
name  = "admin"
chain = "admin.pem"
key   = "admin.key"
[[listener]]
name        = "public"
kind        = "public"
address     = "127.0.0.2:0"
certificate = ["mx1", "mx1-rsa", "mail"]
[admin]
listen      = "127.0.0.1:{admin_port}"
certificate = "admin"
url         = "https://localhost:{admin_port}"
[alerts]
to = ["postmaster@acme.test"]
[metrics]
listen = "127.0.0.1:0"
[limits]
drain_timeout = "2s"
"""


class Gateway:
    def __init__(self, folder, start):
        self.folder, self.start = folder / "acme", start
        self.authority = Authority(folder / "authority")
        self.authority.issue(self.folder, "admin", "localhost")
        names = start(Names(folder / "names", {"acme.test": ["@ MX 10 mx1", "mx1 A 127.0.0.2"]}))
        self.admin_port = free_port("127.0.0.1")
        self.config = self.folder / "sealpost.toml"
        self.config.write_text(CONFIG.format(names=names.endpoint, root=self.authority.root, admin_port=self.admin_port))
        self.node = None

    def run(self):
        self.node = self.start(Node(self.config))

    def command(self, *arguments, expect=0):
        return sealpost("--config", self.config, *arguments, cwd=self.folder, expect=expect)

    def answer(self, *arguments, expect=0):
        return json.loads(self.command("--format", "json", *arguments, expect=expect))

    def entry(self, name="mx1"):
        return self.answer("cert", "show", name)

    def issue(self, name="mx1", *hosts):
        """NAME.leaf.pem, NAME.key, and beside them intermediate.pem and root.pem."""
        self.authority.issue(self.folder, name, *(hosts or ["mx1.acme.test"]), with_intermediate=False)
        (self.folder / f"{name}.pem").rename(self.folder / f"{name}.leaf.pem")
        for other in ("intermediate.pem", "root.pem"):
            (self.folder / other).write_text((self.authority.folder / other).read_text())

    def sign(self, csr, *hosts):
        """What an authority makes of a request: leaf alone."""
        (self.authority.folder / "asked.ext").write_text(
            "subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts) + "\nextendedKeyUsage=serverAuth\n")
        (self.authority.folder / "asked.csr").write_text(csr)
        openssl("x509", "-req", "-in", "asked.csr", "-days", "30", "-extfile", "asked.ext", "-CA", "intermediate.pem", "-CAkey",
                "intermediate.key", "-CAcreateserial", "-out", "asked.pem", cwd=self.authority.folder)
        return (self.authority.folder / "asked.pem").read_text()

    def reload(self):
        self.node.process.send_signal(signal.SIGHUP)

    def log(self):
        return (self.folder / "stderr.log").read_text()

    def shown(self, *more):
        """What the public listener shows: subjects of the chain, the leaf's key and fingerprint."""
        host, port = self.node.addresses["public"]
        done = subprocess.run(["openssl", "s_client", "-connect", f"{host}:{port}", "-starttls", "smtp", "-showcerts", *more],
                              input="QUIT\r\n", capture_output=True, text=True, timeout=60)
        certificates = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", done.stdout, re.S)
        assert certificates, done.stdout + done.stderr
        text = openssl("x509", "-noout", "-text", "-fingerprint", "-sha256", cwd=self.folder, stdin=certificates[0])
        return {"count": len(certificates), "rsa": "rsaEncryption" in text, "demo": "Sealpost demo certificate" in text,
                "names": re.findall(r"DNS:([^,\s]+)", text),
                "sha256": re.search(r"Fingerprint=(.*)", text)[1].replace(":", "").lower()}

    def wait_until_shown(self, sha256, *more):
        wait_until(lambda: self.shown(*more)["sha256"] == sha256, "it is never shown")


@pytest.fixture
def gateway(tmp_path, start):
    return Gateway(tmp_path, start)


def test_a_first_start_shows_a_demo_certificate_and_names_it_as_such(gateway):
    assert gateway.entry()["state"] == "none"
    gateway.run()
    assert gateway.shown()["demo"]
    listed = gateway.answer("cert", "list")["certificates"]
    assert [one["state"] for one in listed] == ["demo", "demo", "demo", "installed"]
    assert "the demo certificate, which nobody can verify" in gateway.command("cert", "list")
    events = [json.loads(line) for line in gateway.log().splitlines() if "certificate.demo" in line]
    assert {one["certificate"] for one in events if one["event"] == "certificate.demo"} == {"mx1", "mx1-rsa", "mail"}
    warnings = gateway.answer("config", "check")["warnings"]
    assert sum("demo certificate" in one["what"] for one in warnings) == 3


def forms(gateway):
    """Ways in which people have the same certificate, key and intermediate: arguments of cert import."""
    folder = gateway.folder
    parts = [(folder / name).read_text() for name in ("mx1.leaf.pem", "intermediate.pem", "root.pem", "mx1.key")]
    for number, order in enumerate(itertools.permutations(parts)):
        (folder / f"bundle{number}.pem").write_text("# of the authority\n" + "\n".join(order))
        yield [f"bundle{number}.pem"]
    yield ["intermediate.pem", "mx1.leaf.pem", "--key", "mx1.key"]
    for name in ("mx1.leaf", "intermediate"):
        openssl("x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der", cwd=folder)
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", "mx1.key", "-outform", "DER", "-out", "key.der", cwd=folder)
    yield ["intermediate.der", "mx1.leaf.der", "--key", "key.der"]
    (folder / "password").write_text("secret\n")
    (folder / "password").chmod(0o600)
    openssl("pkcs12", "-export", "-in", "mx1.leaf.pem", "-inkey", "mx1.key", "-certfile", "intermediate.pem", "-passout",
            "pass:secret", "-out", "mx1.p12", cwd=folder)
    yield ["--pkcs12", "mx1.p12", "--password-file", "password"]
    yield ["mx1.p12", "--password-file", "password"]
    openssl("ec", "-in", "mx1.key", "-aes256", "-passout", "pass:secret", "-out", "encrypted.key", cwd=folder)
    yield ["mx1.leaf.pem", "intermediate.pem", "--key", "encrypted.key", "--password-file", "password"]


def test_every_order_and_form_installs_the_same_chain(gateway):
    gateway.issue()
    wanted = None
    for arguments in forms(gateway):
        said = gateway.answer("cert", "import", "mx1", *arguments)
        assert said["installed"] and said["finding"]["verdict"] == "ok", (arguments, said)
        chain = [one["subject"] for one in gateway.entry()["chain"]]
        assert chain == ["CN=mx1.acme.test", "CN=Test intermediate"], arguments
        kept = {name: (gateway.folder / "data/certificates/mx1" / name).read_text() for name in ("chain.pem", "key.pem")}
        wanted = wanted or kept
        assert kept == wanted, arguments


def refused(gateway, verdict, *arguments):
    said = gateway.answer("cert", "import", "mx1", *arguments, expect=1)
    assert not said["installed"] and said["finding"]["verdict"] == verdict, said
    assert said["finding"]["detail"] and said["finding"]["fix"], said
    text = gateway.command("cert", "import", "mx1", *arguments, expect=1)
    assert said["finding"]["fix"] in text and "Nothing changed" in text
    return said["finding"], text


def test_each_refusal_says_what_is_wrong_and_how_to_mend_it(gateway):
    gateway.issue()
    before = gateway.entry()
    finding, text = refused(gateway, "missing_intermediate", "mx1.leaf.pem", "--key", "mx1.key")
    assert "Test intermediate" in finding["missing_issuer"] and "Test intermediate" in finding["fix"]
    assert "--even-though-it-does-not-verify" in text
    refused(gateway, "no_key", "mx1.leaf.pem", "intermediate.pem")
    refused(gateway, "no_certificate", "mx1.key")
    gateway.issue("other", "mail.acme.test")
    refused(gateway, "wrong_key", "mx1.leaf.pem", "intermediate.pem", "--key", "other.key")
    refused(gateway, "name_mismatch", "other.leaf.pem", "intermediate.pem", "--key", "other.key")
    openssl("req", "-x509", "-key", "mx1.key", "-subj", "/CN=mx1.acme.test", "-addext", "subjectAltName=DNS:mx1.acme.test",
            "-out", "self.pem", cwd=gateway.folder)
    refused(gateway, "self_signed", "self.pem", "--key", "mx1.key")
    openssl("x509", "-req", "-in", "mx1.csr", "-days", "-1", "-extfile", "mx1.ext", "-CA", "intermediate.pem", "-CAkey",
            "intermediate.key", "-CAcreateserial", "-out", "expired.pem", cwd=gateway.authority.folder)
    refused(gateway, "expired", str(gateway.authority.folder / "expired.pem"), "intermediate.pem", "--key", "mx1.key")
    strange = Authority(gateway.folder / "strange")
    strange.issue(gateway.folder, "strange", "mx1.acme.test")
    refused(gateway, "untrusted_root", "strange.pem", str(strange.root), "--key", "strange.key")
    (gateway.folder / "words").write_text("no certificate at all")
    refused(gateway, "not_read", "words")
    assert gateway.entry() == before
    assert gateway.command("cert", "import", "mx9", "mx1.leaf.pem", expect=1) == ""
    assert gateway.command("cert", "import", "admin", "mx1.leaf.pem", expect=1) == ""
    gateway.command("cert", "import", "mx1", "missing.pem", expect=2)


@pytest.mark.parametrize("verdict, how", [("not_yet_valid", {"begins": 10}), ("weak_key", {"key": "rsa1024"}),
                                          ("weak_signature", {"hash": "sha1"})])
def test_what_is_too_early_or_too_weak_is_refused_and_the_longer_word_is_for_the_first_alone(gateway, verdict, how):
    chains = Chains(gateway.folder / "chains")
    for name in ("intermediate.pem", "intermediate.key"):
        shutil.copy(gateway.authority.folder / name, chains.folder / name)
    chains.make_leaf("leaf", "mx1.acme.test", issuer="intermediate", **how)
    before = gateway.entry()
    arguments = ["chains/leaf.pem", "chains/intermediate.pem", "--key", "chains/leaf.key"]
    finding, text = refused(gateway, verdict, *arguments)
    is_weak = verdict.startswith("weak")
    assert ("--even-though-it-does-not-verify" in text) == (not is_weak)
    assert (verdict == "not_yet_valid") == ("clock" in finding["fix"])
    assert gateway.entry() == before
    said = gateway.answer("cert", "import", "mx1", *arguments, "--even-though-it-does-not-verify", expect=1 if is_weak else 0)
    assert said["installed"] != is_weak and said["finding"]["verdict"] == verdict
    assert (gateway.entry() == before) == is_weak


def test_the_longer_word_installs_what_does_not_verify_and_the_intermediate_may_come_later(gateway):
    gateway.issue()
    said = gateway.answer("cert", "import", "mx1", "mx1.leaf.pem", "--key", "mx1.key", "--even-though-it-does-not-verify")
    assert said["installed"] and said["finding"]["verdict"] == "missing_intermediate"
    assert gateway.entry()["finding"]["verdict"] == "missing_intermediate"
    assert gateway.answer("cert", "import", "mx1", "intermediate.pem")["installed"]
    assert gateway.entry()["finding"]["verdict"] == "ok"


def test_a_request_is_signed_and_its_certificate_needs_no_key(gateway):
    csr = gateway.command("cert", "csr", "mx1", "--organisation", "Acme, Inc.", "--country", "FR")
    assert "Acme, Inc." in openssl("req", "-noout", "-subject", "-verify", cwd=gateway.folder, stdin=csr)
    assert gateway.entry()["request"]["names"] == ["mx1.acme.test"]
    (gateway.folder / "signed.pem").write_text(gateway.sign(csr, "mx1.acme.test"))
    intermediate = str(gateway.authority.folder / "intermediate.pem")
    assert gateway.answer("cert", "import", "mx1", "signed.pem", intermediate)["finding"]["verdict"] == "ok"
    entry = gateway.entry()
    assert entry["state"] == "installed" and entry["request"] is None


def test_files_are_put_in_order_without_a_node(gateway):
    gateway.issue()
    (gateway.folder / "all.pem").write_text("".join((gateway.folder / name).read_text() for name in (
        "root.pem", "mx1.key", "intermediate.pem", "mx1.leaf.pem")))
    arguments = ["cert", "import", "all.pem", "--out", "ordered.pem", "--key-out", "ordered.key", "--trust", "root.pem"]
    sealpost(*arguments, cwd=gateway.folder)
    assert (gateway.folder / "ordered.key").stat().st_mode & 0o777 == 0o600
    sealpost("cert", "verify", "ordered.pem", "--key", "ordered.key", "--trust", "root.pem", "--name", "mx1.acme.test",
             cwd=gateway.folder)
    sealpost(*arguments, cwd=gateway.folder, expect=2)  # a key is not overwritten
    (gateway.folder / "ordered.key").unlink()
    sealpost(*arguments, cwd=gateway.folder, expect=2)  # nor a chain
    (gateway.folder / "ordered.pem").unlink()
    sealpost(*arguments[:-4], "--key-out", "ordered.pem", *arguments[-2:], cwd=gateway.folder, expect=2)
    assert not (gateway.folder / "ordered.pem").exists()


def test_what_could_not_be_made_leaves_no_key_behind(tmp_path):
    wanted = ["--subject", "XX=no such part", "--dns", "mx1.acme.test"]
    sealpost("cert", "new", *wanted, "--out", "new.pem", "--key-out", "new.key", cwd=tmp_path, expect=2)
    sealpost("cert", "csr", *wanted, "--out", "new.csr", "--key", "csr.key", cwd=tmp_path, expect=2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command, key", [("new", "--key-out"), ("csr", "--key")])
def test_what_is_public_is_written_over_no_file_and_not_over_its_key(tmp_path, command, key):
    wanted = ["cert", command, "--dns", "mx1.acme.test", key, "mx1.key", "--out"]
    sealpost(*wanted, "./mx1.key", cwd=tmp_path, expect=2)
    assert not list(tmp_path.iterdir())
    (tmp_path / "other.key").write_text("a key that is needed")
    sealpost(*wanted, "other.key", cwd=tmp_path, expect=2)
    assert (tmp_path / "other.key").read_text() == "a key that is needed"
    sealpost(*wanted, "mx1.out", cwd=tmp_path)
    made = (tmp_path / "mx1.out").read_text()
    sealpost(*wanted, "mx1.out", cwd=tmp_path, expect=2)
    assert (tmp_path / "mx1.out").read_text() == made


def test_a_folder_of_that_name_is_no_file(gateway):
    gateway.run()
    (gateway.folder / "mx1").mkdir()
    assert gateway.entry()["name"] == "mx1"


def test_a_reload_presents_the_new_certificate_and_drops_no_connection(gateway):
    gateway.run()
    host, port = gateway.node.addresses["public"]
    before = gateway.shown()
    with smtplib.SMTP(host, port, timeout=30) as client:
        client.starttls()
        assert client.ehlo()[0] == 250
        gateway.issue()
        said = gateway.command("cert", "import", "mx1", "mx1.leaf.pem", "intermediate.pem", "--key", "mx1.key")
        assert "SIGHUP" in said
        assert gateway.shown()["sha256"] == before["sha256"]
        gateway.reload()
        gateway.wait_until_shown(gateway.entry()["chain"][0]["sha256"])
        assert gateway.shown()["count"] == 2
        assert client.noop()[0] == 250  # inside the TLS of before
    assert "node.reloaded" in gateway.log()


def test_a_reload_of_what_cannot_be_read_changes_nothing(gateway):
    gateway.run()
    before = gateway.shown()
    (gateway.folder / "data/certificates/mx1/key.pem").write_text("no key")
    gateway.reload()
    wait_until(lambda: 'sealpost: certificate "mx1" stays as it was' in gateway.log(), gateway.log)
    assert "certificate.kept" in gateway.log()
    assert gateway.shown() == before


@pytest.mark.parametrize("old, new", [("[dns]\n", "[[broken\n[dns]\n"), ('"127.0.0.2:0"', '"nowhere"')], ids=["not-toml", "no-address"])
def test_a_reload_with_a_broken_configuration_says_so_and_leaves_what_runs(gateway, old, new):
    gateway.run()
    before = gateway.shown()
    host, port = gateway.node.addresses["metrics"]
    written = gateway.config.read_text()
    assert written.count(old) == 1
    gateway.config.write_text(written.replace(old, new))
    gateway.reload()
    wait_until(lambda: "sealpost: a restart would fail" in gateway.log(), gateway.log)
    assert "node.restart_would_fail" in gateway.log()
    assert gateway.shown() == before
    with urllib.request.urlopen(f"http://{host}:{port}/readyz", timeout=30) as answer:  # 503 would take it out of service
        assert (answer.status, answer.read()) == (200, b"ready\n")
    assert gateway.node.process.poll() is None


def test_the_client_chooses_by_name_and_by_key_type(gateway):
    gateway.issue("mx1", "mx1.acme.test")
    gateway.issue("mail", "mail.acme.test")
    gateway.command("cert", "import", "mx1", "mx1.leaf.pem", "intermediate.pem", "--key", "mx1.key")
    gateway.command("cert", "import", "mail", "mail.leaf.pem", "intermediate.pem", "--key", "mail.key")
    csr = gateway.command("cert", "csr", "mx1-rsa")
    (gateway.folder / "rsa.pem").write_text(gateway.sign(csr, "mx1.acme.test"))
    gateway.command("cert", "import", "mx1-rsa", "rsa.pem", "intermediate.pem")
    gateway.run()
    assert gateway.shown("-servername", "mail.acme.test")["names"] == ["mail.acme.test"]
    assert gateway.shown("-servername", "mx1.acme.test")["names"] == ["mx1.acme.test"]
    assert gateway.shown("-servername", "nobody.example.org")["names"] == ["mx1.acme.test"]
    assert gateway.shown("-noservername")["names"] == ["mx1.acme.test"]
    for version in ("-tls1_2", "-tls1_3"):
        ecdsa = gateway.shown("-servername", "mx1.acme.test", version, "-sigalgs", "ECDSA+SHA256")
        rsa = gateway.shown("-servername", "mx1.acme.test", version, "-sigalgs", "RSA-PSS+SHA256:RSA+SHA256")
        assert (ecdsa["rsa"], rsa["rsa"]) == (False, True), version


def test_an_administrator_installs_over_https_and_it_is_shown_at_once(gateway):
    gateway.command("admin", "add", "mia", "--node", "--password-stdin", expect=2)  # no password on standard input
    sealpost("--config", gateway.config, "admin", "add", "mia", "--node", "--password-stdin", stdin=PASSWORD + "\n")
    gateway.run()
    mia = Administrator(gateway.node.addresses["admin"], f"https://localhost:{gateway.admin_port}", gateway.authority.root,
                        "mia", PASSWORD)
    assert "node" in mia.session["areas"]
    path = "/api/v1/certificates"
    status, listed = mia.call("GET", path)
    assert status == 200 and [one["name"] for one in listed["certificates"]] == ["mx1", "mx1-rsa", "mail", "admin"]
    status, entry = mia.call("POST", f"{path}/mx1/request", {"subject": {"organization": "Acme"}})
    assert status == 200
    leaf = gateway.sign(entry["request"]["pem"], "mx1.acme.test")
    status, problem = mia.call("POST", f"{path}/mx1/install", {"certificate": leaf})
    assert status == 409 and problem["type"].endswith("does-not-verify")
    assert problem["finding"]["verdict"] == "missing_intermediate"
    intermediate = (gateway.authority.folder / "intermediate.pem").read_text()
    status, entry = mia.call("POST", f"{path}/mx1/install", {"certificate": leaf, "intermediates": intermediate})
    assert status == 200 and entry["state"] == "installed", entry
    assert gateway.shown()["sha256"] == entry["chain"][0]["sha256"]
    gateway.issue("mail", "mail.acme.test")
    openssl("pkcs12", "-export", "-in", "mail.leaf.pem", "-inkey", "mail.key", "-certfile", "intermediate.pem", "-passout",
            "pass:secret", "-out", "mail.p12", cwd=gateway.folder)
    pkcs12 = base64.b64encode((gateway.folder / "mail.p12").read_bytes()).decode()
    status, problem = mia.call("POST", f"{path}/mail/install", {"pkcs12": pkcs12, "password": "wrong"})
    assert status == 400, problem
    status, entry = mia.call("POST", f"{path}/mail/install", {"pkcs12": pkcs12, "password": "secret"})
    assert status == 200, entry
    assert gateway.shown("-servername", "mail.acme.test")["sha256"] == entry["chain"][0]["sha256"]


def test_administrators_are_told_before_a_certificate_expires(gateway):
    gateway.issue()  # for 30 days
    gateway.command("cert", "import", "mx1", "mx1.leaf.pem", "intermediate.pem", "--key", "mx1.key")
    gateway.run()
    wait_until(lambda: gateway.log().count("alert.certificate_expiring") >= 2, gateway.log)  # mx1, and the one in files
    told = [json.loads(line) for line in gateway.log().splitlines() if "alert.certificate_expiring" in line]
    assert {one["about"] for one in told} == {"mx1", "admin"}
    assert all(one["severity"] == "warning" and one["stage"].startswith("30 until ") for one in told)
    host, port = gateway.node.addresses["metrics"]
    with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=30) as answer:
        assert 'sealpost_certificate_days_left{certificate="mx1"} 29\n' in answer.read().decode()
    queued = gateway.answer("queue", "list")["messages"]
    assert len(queued) == 2 and all("postmaster@acme.test" in json.dumps(one) for one in queued)
