"""`sealpost tls test` against a farm of mail hosts on loopback: a host for each verdict, and each way to come by it."""
import contextlib
import dataclasses
import datetime
import http.server
import json
import os
import pty
import re
import socket
import subprocess
import threading

import pytest

from world.chains import Chains
from world.command import SEALPOST, sealpost
from world.mail_farm import Farm, MailHost
from world.names import Names
from world.ports import free_port
from world.process import end, read_line_until

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
NO_SUCH_URL = "http://127.0.0.1:1/intermediate.der"


def make_authorities(folder, issuer_port):
    """Trusted: "root" alone. The rest hangs under it, or under an authority that nobody trusts."""
    chains = Chains(folder)
    chains.make_authority("root", "/CN=Farm root/O=Farm")
    chains.make_authority("intermediate", "/CN=Farm intermediate/O=Farm", issuer="root")
    chains.make_authority("second", "/CN=Farm second intermediate/O=Farm", issuer="intermediate")
    chains.make_authority("expired-intermediate", "/CN=Farm old intermediate/O=Farm", issuer="root", begins=-60, ends=-5)
    chains.make_authority("weak-intermediate", "/CN=Farm weak intermediate/O=Farm", issuer="root", key="rsa1024")
    chains.make_authority("sha1-intermediate", "/CN=Farm SHA-1 intermediate/O=Farm", issuer="root", hash="sha1")
    chains.make_authority("other-root", "/CN=Other root/O=Other")
    chains.make_authority("other-intermediate", "/CN=Other intermediate/O=Other", issuer="other-root")
    # The other root again, this time as a certificate that the trusted root vouches for.
    chains.make_authority("new-root", "/CN=New root/O=New")
    chains.same_key("new-root-crossed", "new-root")
    chains.make_authority("new-root-crossed", "/CN=New root/O=New", issuer="root")
    chains.make_authority("new-intermediate", "/CN=New intermediate/O=New", issuer="new-root")
    # One whose own issuer's certificate has to be fetched, too.
    chains.sign("far-intermediate", "/CN=Farm far intermediate/O=Farm", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n"
                f"authorityInfoAccess=caIssuers;URI:http://127.0.0.1:{issuer_port}/intermediate.der", issuer="intermediate")
    return chains


def good(chains, host, **options):
    return chains.bundle(chains.make_leaf(host, host, issuer="intermediate", **options), "intermediate")


def under(issuer, *sent, **options):
    """A leaf of that issuer, and what is sent after it."""
    return lambda chains, host: MailHost(chains.bundle(chains.make_leaf(host, host, issuer=issuer, **options), *sent))


def naming(*names, subject=None):
    return lambda chains, host: MailHost(
        chains.bundle(chains.make_leaf(host, *names, issuer="intermediate", subject=subject), "intermediate"))


def behaving(**behaviour):
    return lambda chains, host: MailHost(good(chains, host), **behaviour)


def aia(path):
    return f"extendedKeyUsage=serverAuth\nauthorityInfoAccess=caIssuers;URI:{path}"


def fetchable(file):
    return lambda chains, host: under("intermediate" if file != "far.der" else "far-intermediate",
                                      more=aia(f"http://127.0.0.1:{chains.issuer_port}/{file}"))(chains, host)


def self_signed(chains, host):
    return MailHost(chains.bundle(chains.make_leaf(host, host, issuer=None)))


@dataclasses.dataclass
class Case:
    """The domain is NAME.farm.test, its one mail host mx.NAME.farm.test."""
    name: str
    make: object  # (chains, host name) → MailHost
    verdict: str
    says: tuple = ()  # what the detail names
    protocol: str = None

    @property
    def domain(self):
        return f"{self.name}.farm.test"

    @property
    def host(self):
        return f"mx.{self.domain}"


CASES = [
    Case("good", behaving(), "ok", protocol="TLSv1.3"),
    Case("tls12", behaving(versions=("TLSv1.2", "TLSv1.2")), "ok", protocol="TLSv1.2"),
    Case("rsa", under("intermediate", "intermediate", key="rsa2048"), "ok"),
    Case("wildcard", naming("*.wildcard.farm.test"), "ok"),
    Case("upper", naming("MX.UPPER.FARM.TEST"), "ok"),
    Case("second-name", naming("www.farm.test", "mx.second-name.farm.test"), "ok"),
    Case("root-sent-too", under("intermediate", "intermediate", "root"), "ok"),
    Case("out-of-order", under("second", "root", "intermediate", "second"), "ok"),
    Case("superfluous", under("intermediate", "other-intermediate", "intermediate", "intermediate", "new-root"), "ok"),
    Case("crossed", under("new-intermediate", "new-intermediate", "new-root-crossed"), "ok"),
    Case("crossed-both", under("new-intermediate", "new-intermediate", "new-root", "new-root-crossed"), "ok"),

    Case("missing", under("intermediate"), "missing_intermediate", ("Farm intermediate", "mx.missing.farm.test")),
    Case("missing-aia", under("intermediate", more=aia(NO_SUCH_URL)), "missing_intermediate", ("Farm intermediate", NO_SUCH_URL)),
    Case("missing-of-two", under("second", "second"), "missing_intermediate", ("Farm intermediate",)),
    Case("wrong-intermediate", under("intermediate", "second"), "missing_intermediate", ("Farm intermediate",)),
    Case("root-instead", under("intermediate", "root"), "missing_intermediate", ("Farm intermediate",)),
    Case("self-signed", self_signed, "self_signed", ("mx.self-signed.farm.test",)),
    Case("untrusted", under("other-intermediate", "other-intermediate"), "untrusted_root", ("Other root",)),
    Case("untrusted-sent", under("other-intermediate", "other-intermediate", "other-root"), "untrusted_root", ("Other root",)),
    Case("untrusted-direct", under("other-root", "other-root"), "untrusted_root", ("Other root",)),
    Case("expired", under("intermediate", "intermediate", begins=-90, ends=-3), "expired", ("mx.expired.farm.test",)),
    Case("expired-above", under("expired-intermediate", "expired-intermediate"), "expired", ("Farm old intermediate",)),
    Case("early", under("intermediate", "intermediate", begins=3, ends=90), "not_yet_valid", ("mx.early.farm.test",)),
    Case("wrong-name", naming("www.farm.test"), "name_mismatch", ("www.farm.test",)),
    Case("common-name", naming(subject="/CN=mx.common-name.farm.test"), "name_mismatch"),
    Case("too-deep", naming("*.farm.test"), "name_mismatch", ("*.farm.test",)),
    Case("part-wildcard", naming("m*.part-wildcard.farm.test"), "name_mismatch", ("m*.part-wildcard.farm.test",)),
    Case("domain-only", naming("domain-only.farm.test"), "name_mismatch", ("domain-only.farm.test",)),
    Case("weak-key", under("intermediate", "intermediate", key="rsa1024"), "weak_key", ("1024", "mx.weak-key.farm.test")),
    Case("very-weak-key", lambda chains, host: MailHost(good(chains, host, key="rsa512"), versions=("TLSv1.2", "TLSv1.2")),
         "weak_key", ("512",)),
    Case("weak-key-above", under("weak-intermediate", "weak-intermediate"), "weak_key", ("1024", "Farm weak intermediate")),
    Case("weak-hash", under("intermediate", "intermediate", hash="sha1"), "weak_signature", ("SHA1", "mx.weak-hash.farm.test")),
    Case("weak-hash-above", under("sha1-intermediate", "sha1-intermediate"), "weak_signature", ("SHA1", "Farm SHA-1 intermediate")),
    Case("weak-hash-12", lambda chains, host: MailHost(good(chains, host, hash="sha1"), versions=("TLSv1.2", "TLSv1.2")),
         "weak_signature", ("SHA1",)),
    Case("tls10", behaving(versions=("TLSv1", "TLSv1")), "weak_protocol", ("TLSv1",), protocol="TLSv1"),
    Case("tls11", behaving(versions=("TLSv1", "TLSv1.1")), "weak_protocol", ("TLSv1.1",), protocol="TLSv1.1"),
    Case("client-only", under("intermediate", "intermediate", more="extendedKeyUsage=clientAuth"), "untrusted_root",
         ("mx.client-only.farm.test", "purpose")),

    Case("no-starttls", lambda chains, host: MailHost(), "no_starttls"),
    Case("starttls-454", behaving(starttls="454 4.7.0 TLS not available"), "starttls_refused", ("454 4.7.0 TLS not available",)),
    Case("starttls-502", behaving(starttls="502 no such command"), "starttls_refused", ("502",)),
    Case("garbage", behaving(then="garbage"), "handshake_failed"),
    Case("plain-after", behaving(then="plain"), "handshake_failed"),
    Case("reset", behaving(then="reset"), "handshake_failed"),
    Case("closed-after", behaving(then="close"), "handshake_failed"),
    Case("stalls", behaving(then="silence"), "handshake_failed"),
    Case("no-cipher", behaving(versions=("TLSv1.2", "TLSv1.2"), ciphers="PSK:@SECLEVEL=0"), "handshake_failed"),
    Case("wants-ours-12", lambda chains, host: MailHost(good(chains, host), versions=("TLSv1.2", "TLSv1.2"),
                                                        client_authority=chains.folder / "root.pem"), "handshake_failed"),
    Case("wants-ours-13", lambda chains, host: MailHost(good(chains, host), versions=("TLSv1.3", "TLSv1.3"),
                                                        client_authority=chains.folder / "root.pem"), "handshake_failed",
         ("after the handshake",)),
    Case("silent", lambda chains, host: MailHost(greeting=None), "unreachable", ("greeting",)),
    Case("hangs-up", lambda chains, host: MailHost(greeting=""), "unreachable", ("greeting",)),
    Case("no-smtp", lambda chains, host: MailHost(greeting="HTTP/1.0 400 what?"), "unreachable", ("greeting",)),
    Case("refused-554", lambda chains, host: MailHost(greeting="554 5.7.1 go away"), "refused_by_banner", ("554 5.7.1 go away",)),
    Case("refused-421", lambda chains, host: MailHost(greeting="421 too many"), "refused_by_banner", ("421 too many",)),

    Case("aia-completes", fetchable("intermediate.der"), "missing_intermediate"),
    Case("aia-pem", fetchable("intermediate.pem"), "missing_intermediate"),
    Case("aia-two", fetchable("far.der"), "missing_intermediate"),
    Case("aia-wrong", fetchable("other.der"), "missing_intermediate"),
    Case("aia-gone", fetchable("gone.der"), "missing_intermediate"),
    Case("aia-huge", fetchable("huge.der"), "missing_intermediate"),
    Case("aia-https", under("intermediate", more=aia("https://127.0.0.1:1/intermediate.der")), "missing_intermediate"),
    Case("aia-root", lambda chains, host: under(
        "other-root", more=aia(f"http://127.0.0.1:{chains.issuer_port}/other-root.der"))(chains, host), "untrusted_root"),
    Case("aia-plain-root", lambda chains, host: under(
        "plain-root", more=aia(f"http://127.0.0.1:{chains.issuer_port}/plain-root.der"))(chains, host), "missing_intermediate"),
]
SLOW = {"stalls", "silent"}
CLOSED, SECOND, IMPLICIT, SIXTH, STAPLING = "127.0.1.2", "127.0.1.3", "127.0.1.4", "::1", "127.0.1.5"
ZONE = f"""\
@ MX 10 mx.good
two MX 20 backup.two
two MX 10 mx.two
backup.two A {SECOND}
one-bad MX 10 mx.good
one-bad MX 20 mx.no-starttls
closed MX 10 mx.closed
mx.closed A {CLOSED}
null MX 0 .
implicit A {IMPLICIT}
stapled MX 10 mx.stapled
mx.stapled A {STAPLING}
six MX 10 mx.six
mx.six AAAA {SIXTH}
alias MX 10 mx.alias
mx.alias CNAME mx.good
alias-of-another MX 10 mx.good
gone MX 10 no-such-host
gone MX 20 mx.good
nothing MX 10 mx.nothing
mx.nothing TXT "no address"
no-mail TXT "neither MX nor address"
outside MX 10 mx.broken.test.
outside MX 20 mx.good
outside-bad MX 10 mx.broken.test.
outside-bad MX 20 mx.no-starttls
""".splitlines()


class Issuers:
    """The authorities' certificates over http, and a count of who asked."""

    def __enter__(self):
        self.files, self.asked = {}, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def send_error(handler, *why):
                self.asked.append((handler.raw_requestline, *why))
                super().send_error(*why)

            def do_GET(handler):
                self.asked.append(handler.path)
                body = self.files.get(handler.path)
                handler.send_response(404 if body is None else 200)
                handler.send_header("Content-Length", str(len(body or b"")))
                handler.end_headers()
                with contextlib.suppress(OSError):  # of the huge one the rest is not wanted
                    handler.wfile.write(body or b"")

            def log_message(handler, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Stapling:
    """What happens behind a host's 220, by openssl s_server, which staples one OCSP answer to every handshake."""

    def __init__(self, bundle, answer):
        chain, key = bundle
        self.endpoint = "127.0.0.1", free_port("127.0.0.1")
        self.command = ["openssl", "s_server", "-accept", "{}:{}".format(*self.endpoint), "-cert", chain, "-cert_chain", chain, "-key",
                         key, "-status_file", answer, "-crlf"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        read_line_until(self.process.stdout, "ACCEPT", 30)
        self.thread = threading.Thread(target=self.answer_hello, daemon=True)
        self.thread.start()
        return self

    def answer_hello(self):
        for line in self.process.stdout:
            if line.startswith(b"EHLO"):
                with contextlib.suppress(OSError):  # it was ended
                    self.process.stdin.write(b"250 mx\n")
                    self.process.stdin.flush()

    def __exit__(self, *_):
        end(self.process)
        self.thread.join(10)


class World:
    def __init__(self, folder, start):
        self.issuers = start(Issuers())
        self.chains = make_authorities(folder / "chains", self.issuers.port)
        self.chains.issuer_port = self.issuers.port
        self.chains.make_authority("plain-root", "/CN=Somebody/O=Somebody")
        self.fill_issuers()
        self.addresses = {case.name: f"127.0.1.{number}" for number, case in enumerate(CASES, start=10)}
        hosts = {self.addresses[case.name]: case.make(self.chains, case.host) for case in CASES}
        self.farm = start(Farm({**hosts, **self.more_hosts()}))
        names = [line for case in CASES for line in (f"{case.name} MX 10 mx.{case.name}", f"mx.{case.name} A {self.addresses[case.name]}")]
        twins = [f"mx.two A {address}" for address in (self.addresses["good"], SECOND)]
        self.names = start(Names(folder / "names", {"farm.test": [*names, *ZONE, *twins]}, failing=["broken.test"]))

    def more_hosts(self):
        chains = self.chains
        several = chains.bundle(chains.make_leaf("several", "mx.two.farm.test", "backup.two.farm.test", issuer="intermediate"),
                                "intermediate")
        implicit = chains.bundle(chains.make_leaf("implicit", "implicit.farm.test", issuer="intermediate"), "intermediate")
        six = chains.bundle(chains.make_leaf("six", "mx.six.farm.test", issuer="intermediate"), "intermediate")
        return {SECOND: MailHost(several), IMPLICIT: MailHost(implicit), SIXTH: MailHost(six)}

    def fill_issuers(self):
        chains, files = self.chains, self.issuers.files
        files["/intermediate.der"] = chains.der("intermediate")
        files["/intermediate.pem"] = chains.pem("intermediate").encode()
        files["/far.der"] = chains.der("far-intermediate")
        files["/other.der"], files["/other-root.der"] = chains.der("other-intermediate"), chains.der("other-root")
        files["/plain-root.der"], files["/huge.der"] = chains.der("plain-root"), b"\x30" * 1_000_000

    def run(self, domain, *options, timeout=60, output=("--format", "json")):
        command = [SEALPOST, *output, "tls", "test", domain, "--resolver", self.names.endpoint, "--trust",
                   str(self.chains.folder / "root.pem"), "--port", str(self.farm.port), "--timeout", str(timeout), *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def test(self, domain, *options, expect, timeout=60):
        done = self.run(domain, *options, timeout=timeout)
        assert done.returncode == expect, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        made = World(tmp_path_factory.mktemp("farm"), stack.enter_context)
        yield made
        # Whatever was asked of the farm: nobody was ever mailed.
        verbs = {line.split(" ")[1].upper() for line in made.farm.everything_heard() if re.match(r"\w+ [A-Za-z]{4}", line)}
        assert verbs <= {"EHLO", "STARTTLS", "QUIT"}, verbs


def summary(found):
    return [(host["mx"], host["address"], host["verdict"]) for host in found["hosts"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_host_gets_the_verdict_that_it_earns(world, case):
    ready = case.verdict == "ok"
    found = world.test(case.domain, expect=0 if ready else 1, timeout=2 if case.name in SLOW else 60)
    assert found["ready"] is ready and found["problem"] is None
    host, = found["hosts"]
    assert (host["mx"], host["address"], host["verdict"]) == (case.host, world.addresses[case.name], case.verdict), host
    assert all(word in host["detail"] for word in case.says), host["detail"]
    assert case.protocol in (None, host["protocol"])
    if case.verdict == "missing_intermediate":
        assert host["missing_issuer"] and host["missing_issuer"] in host["detail"] and host["fetched"] is None


@pytest.mark.parametrize("status, verdict", [("good", "ok"), ("revoked", "revoked")])
def test_a_stapled_answer_of_the_authority_revokes_a_certificate(world, start, status, verdict):
    chains, leaf = world.chains, f"stapled-{status}"
    bundle = chains.bundle(chains.make_leaf(leaf, "mx.stapled.farm.test", issuer="intermediate"), "intermediate")
    if status == "revoked":
        chains.revoke(leaf, "intermediate")
    stapling = start(Stapling(bundle, chains.ocsp_answer(leaf, "intermediate")))
    start(Farm({STAPLING: MailHost(bundle, then="pass_on", onward=stapling.endpoint)}, world.farm.port))
    host, = world.test("stapled.farm.test", expect=0 if verdict == "ok" else 1)["hosts"]
    assert (host["address"], host["verdict"]) == (STAPLING, verdict), host
    assert verdict == "ok" or f"revoked the certificate on {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}" in host["detail"]


def test_a_test_says_ehlo_starttls_ehlo_and_quit(world):
    world.test("tls12.farm.test", expect=0)
    lines = world.farm.heard(world.addresses["tls12"])[-1]
    name = lines[0].split(" ")[2]
    assert lines == [f"clear EHLO {name}", "clear STARTTLS", f"tls EHLO {name}", "tls QUIT"]


def test_the_chain_is_told_as_it_was_sent(world):
    host, = world.test("out-of-order.farm.test", expect=0)["hosts"]
    common_names = [re.search("CN=([^,]+)", certificate["subject"])[1] for certificate in host["chain"]]
    assert common_names == ["mx.out-of-order.farm.test", "Farm root", "Farm intermediate", "Farm second intermediate"]
    assert host["chain"][0]["names"] == ["mx.out-of-order.farm.test"] and host["chain"][0]["key"] == "EC 256"
    assert host["cipher"].startswith("TLS_")


def test_no_address_that_a_certificate_names_is_asked_unless_somebody_wants_it(world):
    before = len(world.issuers.asked)
    world.test("aia-completes.farm.test", expect=1)
    assert len(world.issuers.asked) == before
    host, = world.test("aia-completes.farm.test", "--fetch-missing", expect=1)["hosts"]
    assert world.issuers.asked[before:] == ["/intermediate.der"], (host["fetched"], host["notes"])


@pytest.mark.parametrize("name, fetched, verdict", [
    ("aia-completes", "completes", "missing_intermediate"), ("aia-pem", "completes", "missing_intermediate"),
    ("aia-two", "completes", "missing_intermediate"), ("aia-wrong", "leads_elsewhere", "missing_intermediate"),
    ("aia-gone", "failed", "missing_intermediate"), ("aia-huge", "failed", "missing_intermediate"),
    ("aia-https", "failed", "missing_intermediate"), ("missing", "failed", "missing_intermediate"),
    ("aia-root", "is_untrusted_root", "untrusted_root"),
    # By its name this issuer could be either; its certificate settles it.
    ("aia-plain-root", "is_untrusted_root", "untrusted_root")])
def test_a_missing_certificate_is_fetched_for_who_asks(world, name, fetched, verdict):
    before = len(world.issuers.asked)
    host, = world.test(f"{name}.farm.test", "--fetch-missing", expect=1)["hosts"]
    asked = world.issuers.asked[before:]
    assert (host["fetched"]["result"], host["verdict"]) == (fetched, verdict), (host["fetched"], host["notes"], asked)
    assert host["fetched"]["detail"]


def test_every_address_of_every_host_counts_in_the_order_of_preference(world):
    assert summary(world.test("two.farm.test", expect=1)) == [
        ("mx.two.farm.test", SECOND, "ok"), ("mx.two.farm.test", world.addresses["good"], "name_mismatch"),
        ("backup.two.farm.test", SECOND, "ok")]
    found = world.test("one-bad.farm.test", expect=1)
    assert [(host["preference"], host["verdict"]) for host in found["hosts"]] == [(10, "ok"), (20, "no_starttls")]
    assert not found["ready"]


@pytest.mark.parametrize("domain, hosts", [
    ("farm.test", [("mx.good.farm.test", "ok")]), ("alias-of-another.farm.test", [("mx.good.farm.test", "ok")]),
    ("six.farm.test", [("mx.six.farm.test", "ok")]), ("implicit.farm.test", [("implicit.farm.test", "ok")])])
def test_a_domain_is_ready_however_it_names_its_hosts(world, domain, hosts):
    found = world.test(domain, expect=0)
    assert [(host["mx"], host["verdict"]) for host in found["hosts"]] == hosts


def test_an_mx_that_is_an_alias_is_judged_by_its_own_name_and_noted(world):
    host, = world.test("alias.farm.test", expect=1)["hosts"]
    assert host["mx"] == "mx.alias.farm.test" and host["verdict"] == "name_mismatch"
    assert any("mx.good.farm.test" in note for note in host["notes"])


def test_hosts_without_an_address_or_a_listener_are_unreachable(world):
    assert summary(world.test("closed.farm.test", expect=1)) == [("mx.closed.farm.test", CLOSED, "unreachable")]
    assert summary(world.test("nothing.farm.test", expect=1)) == [("mx.nothing.farm.test", None, "unreachable")]
    assert summary(world.test("gone.farm.test", expect=1)) == [
        ("no-such-host.farm.test", None, "unreachable"), ("mx.good.farm.test", world.addresses["good"], "ok")]


@pytest.mark.parametrize("domain, problem, status", [
    ("null.farm.test", "null_mx", 1), ("no-mail.farm.test", "no_mail_host", 1), ("no-such-domain.farm.test", "no_mail_host", 1),
    ("broken.test", "dns_failure", 3), ("outside.farm.test", "dns_failure", 3), ("outside-bad.farm.test", "dns_failure", 1)])
def test_a_domain_whose_hosts_are_not_to_be_had_says_why(world, domain, problem, status):
    found = world.test(domain, expect=status)
    assert found["problem"] == problem and not found["ready"] and found["problem_detail"]


def test_a_name_server_that_is_silent_is_no_verdict_on_the_domain(world):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        done = subprocess.run([SEALPOST, "--format", "json", "tls", "test", "good.farm.test", "--timeout", "2", "--resolver",
                               f"127.0.0.1:{silent.getsockname()[1]}"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and json.loads(done.stdout)["problem"] == "dns_failure"


def test_the_table_says_in_two_languages_what_to_mend(world):
    english = world.run("missing-aia.farm.test", output=()).stdout
    assert "missing_intermediate" in english and "Farm intermediate" in english and NO_SUCH_URL in english
    assert "Install the authority's intermediate certificate" in english
    french = world.run("wrong-name.farm.test", "--language", "fr", output=()).stdout
    assert "name_mismatch" in french and "pas prêt" in french and "noms alternatifs du sujet" in french
    assert "ready: every address" in world.run("good.farm.test", output=()).stdout


def test_somebody_who_looks_on_sees_each_host_as_it_is_done(world):
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [SEALPOST, "--format", "json", "tls", "test", "one-bad.farm.test", "--resolver", world.names.endpoint, "--trust",
         str(world.chains.folder / "root.pem"), "--port", str(world.farm.port)], stdout=subprocess.PIPE, stderr=theirs, timeout=60)
    seen = os.read(ours, 65536).decode()
    os.close(ours), os.close(theirs)
    assert json.loads(done.stdout)["hosts"]
    assert f"mx.good.farm.test {world.addresses['good']}: ok" in seen
    assert f"mx.no-starttls.farm.test {world.addresses['no-starttls']}: no_starttls" in seen


def test_a_batch_answers_each_domain_on_a_line_of_its_own(world):
    asked = ["good.farm.test", "", "MISSING.farm.test", "null.farm.test", "x" * 2000, "no domain at all", "stalls.farm.test"]
    done = sealpost("tls", "test", "--batch", "--concurrency", 2, "--resolver", world.names.endpoint, "--trust",
                    world.chains.folder / "root.pem", "--port", world.farm.port, "--timeout", 3, stdin="\n".join(asked))
    found = {line["asked"]: line for line in map(json.loads, done.splitlines())}
    assert len(found) == 6 and found["x" * 1024]["error"] and found["x" * 1024]["line"] == 5
    assert found["good.farm.test"]["ready"] and found["null.farm.test"]["problem"] == "null_mx"
    assert found["MISSING.farm.test"]["domain"] == "missing.farm.test"
    assert found["MISSING.farm.test"]["hosts"][0]["verdict"] == "missing_intermediate"
    assert not found["no domain at all"]["ready"] and found["no domain at all"]["problem"]
    assert found["stalls.farm.test"]["hosts"][0]["verdict"] == "handshake_failed"


def test_a_batch_and_a_domain_exclude_each_other(world):
    assert world.run("good.farm.test", "--batch").returncode == 2
    sealpost("tls", "test", expect=2)
