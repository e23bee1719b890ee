"""`sealpost tls test` against mail servers of strangers: Postfix (OpenSSL), Exim (GnuTLS) and OpenSMTPD, set up well and,
in the ways that happen, badly. All on one port, on addresses of their own."""
import contextlib
import json
import shutil
import subprocess

import pytest

from world.chains import Chains
from world.command import SEALPOST
from world.mail_peers import Exim, OpenSmtpd
from world.names import Names
from world.ports import free_port
from world.postfix import Postfix

NO_TLS = "-o smtpd_tls_security_level=none"


class ManyFaces(Postfix):
    """One Postfix that shows itself differently on each address; `faces`: {address: options of its smtpd}."""

    def __init__(self, *arguments, faces, files=(), **options):
        super().__init__(*arguments, **options)
        self.faces, self.files = faces, files

    def _write_configuration(self):
        super()._write_configuration()
        for file in self.files:
            shutil.copy(file, self.folder)
        with open(self.settings / "master.cf", "a") as master:
            for address, options in self.faces.items():
                master.write(f"{address}:{self.address[1]} inet n - n - - smtpd {options.format(folder=self.folder)}\n")


def chain(name, key="key.pem"):
    return f"-o smtpd_tls_cert_file={{folder}}/{name} -o smtpd_tls_key_file={{folder}}/{key}"


# name of the domain → (options of Postfix' smtpd, verdict, what the detail says)
POSTFIX = {
    "postfix": ("", "ok", ""),
    "postfix-tls12": ("-o smtpd_tls_protocols=TLSv1.2", "ok", ""),
    "postfix-leaf-only": (chain("leaf.pem"), "missing_intermediate", "Peers intermediate"),
    "postfix-other-name": (chain("other-whole.pem", "other.key"), "name_mismatch", "www.peers.test"),
    "postfix-no-tls": (NO_TLS, "no_starttls", ""),
    "postfix-wrong-key": (chain("leaf.pem", "other.key"), "starttls_refused", "454 4.7.0"),
    "postfix-tls11": ("-o smtpd_tls_protocols=TLSv1.1 -o smtpd_tls_ciphers=low -o tls_low_cipherlist=ALL:@SECLEVEL=0",
                      "weak_protocol", "TLSv1.1"),
    "postfix-wants-ours": ("-o smtpd_tls_security_level=encrypt -o smtpd_tls_req_ccert=yes -o smtpd_tls_CAfile={folder}/root.pem",
                           "refused_by_banner", "No client certificate presented"),
    "postfix-refuses": ("-o smtpd_client_restrictions=reject -o smtpd_delay_reject=no", "refused_by_banner", "554 5.7.1"),
    "postfix-busy": ("-o smtpd_client_restrictions=defer -o smtpd_delay_reject=no", "refused_by_banner", "450 4"),
}
# name of the domain → (program, how it is started, verdict, what the detail says)
OTHERS = {
    "exim": (Exim, {"bundle": "whole"}, "ok", ""),
    "exim-leaf-only": (Exim, {"bundle": "leaf"}, "missing_intermediate", "Peers intermediate"),
    "exim-no-tls": (Exim, {}, "no_starttls", ""),
    "exim-wrong-key": (Exim, {"bundle": "mixed"}, "starttls_refused", "454"),
    "exim-refuses": (Exim, {"bundle": "whole", "banner_refusal": "go away"}, "refused_by_banner", "550 go away"),
    "opensmtpd-no-tls": (OpenSmtpd, {}, "no_starttls", ""),
    # Debian 12's OpenSMTPD 6.8 offers STARTTLS and then cannot sign with OpenSSL 3 (its issue 1171): a host that
    # its administrator believes to be in order.
    "opensmtpd": (OpenSmtpd, {"bundle": "whole"}, "handshake_failed", "alert"),
}


class World:
    def __init__(self, folder, start):
        names = [*POSTFIX, *OTHERS]
        self.addresses = {name: f"127.0.2.{number}" for number, name in enumerate(names, start=1)}
        self.port = free_port(*self.addresses.values())
        self.chains = chains = Chains(folder / "chains")
        chains.make_authority("root", "/CN=Peers root")
        chains.make_authority("intermediate", "/CN=Peers intermediate", issuer="root")
        chains.make_leaf("mx", *(f"mx.{name}.peers.test" for name in names), issuer="intermediate", subject="/CN=peers", key="rsa2048")
        chains.make_leaf("other", "www.peers.test", issuer="intermediate")
        whole = chains.bundle("mx", "intermediate")
        self.bundles = {"whole": whole, "leaf": (chains.folder / "mx.pem", whole[1]),
                        "mixed": (whole[0], chains.folder / "other.key")}
        self.start_postfix(start, whole)
        for name, (program, options, _, _) in OTHERS.items():
            made = {**options, **({"bundle": self.bundles[options["bundle"]]} if "bundle" in options else {})}
            start(program(f"mx.{name}.peers.test", (self.addresses[name], self.port), **made))
        records = [line for name in names for line in (f"{name} MX 10 mx.{name}", f"mx.{name} A {self.addresses[name]}")]
        self.names = start(Names(folder / "names", {"peers.test": records}))

    def start_postfix(self, start, whole):
        chains = self.chains
        (chains.folder / "leaf.pem").write_text(chains.pem("mx"))
        (chains.folder / "other-whole.pem").write_text(chains.pem("other", "intermediate"))
        first, *others = POSTFIX
        start(ManyFaces(f"mx.{first}.peers.test", (self.addresses[first], self.port), certificate=whole,
                        faces={self.addresses[name]: POSTFIX[name][0] for name in others},
                        files=[chains.folder / name for name in ("leaf.pem", "other-whole.pem", "other.key", "root.pem")]))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield World(tmp_path_factory.mktemp("peers"), stack.enter_context)


@pytest.mark.parametrize("name", [*POSTFIX, *OTHERS])
def test_a_real_server_gets_the_verdict_that_it_earns(world, name):
    verdict, says = {**POSTFIX, **OTHERS}[name][-2:]
    done = subprocess.run(
        [SEALPOST, "--format", "json", "tls", "test", f"{name}.peers.test", "--resolver", world.names.endpoint, "--trust",
         str(world.chains.folder / "root.pem"), "--port", str(world.port), "--timeout", "20"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == (0 if verdict == "ok" else 1), done.stdout + done.stderr
    host, = json.loads(done.stdout)["hosts"]
    assert (host["address"], host["verdict"]) == (world.addresses[name], verdict), host
    assert says in host["detail"]
