"""Exim (whose TLS is GnuTLS) and OpenSMTPD, as hosts that a domain test meets. Neither can be installed beside
Postfix: tools/mail-peers puts both into a root of their own, and each that runs has a copy of that root."""
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from .command import ROOT
from .process import end

EXIM_CONF = """\
primary_hostname = {hostname}
local_interfaces = {address}
daemon_smtp_ports = {port}
exim_path = /usr/sbin/exim4
spool_directory = /var/spool/exim4
log_file_path = /var/log/exim4/%slog
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
tls_advertise_hosts = {offers}
{tls}
acl_smtp_connect = {connect}
acl_smtp_rcpt = deny
begin acl
begin routers
begin transports
"""
SMTPD_CONF = """\
{pki}
listen on {address} port {port} hostname {hostname} {tls}
action "nowhere" relay
match from any for any reject
"""


class MailPeer:
    """A program in a root of its own, in the foreground; `bundle`: (chain file, key file), None: no TLS."""

    def __init__(self, hostname, address, bundle=None):
        self.hostname, self.address, self.bundle = hostname, address, bundle

    def __enter__(self):
        subprocess.run([ROOT / "tools/mail-peers"], check=True, timeout=300)
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="mail-peer-", dir=ROOT / "build"))
        self.root.chmod(0o755)
        subprocess.run(["cp", "-al", f"{ROOT}/build/mail-peers/.", self.root], check=True)
        if self.bundle:
            self._put("etc/chain.pem", pathlib.Path(self.bundle[0]).read_text(), 0o644)
            self._put("etc/key.pem", pathlib.Path(self.bundle[1]).read_text(), 0o600)
        self._write_configuration()
        self.log = open(self.root / "stderr", "wb")
        self.process = subprocess.Popen(["chroot", self.root, *self._command()], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        try:
            self._wait_for_greeting()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _put(self, name, text, mode=0o644, owner=None):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        if owner is not None:
            shutil.chown(path, owner, owner)
        return path

    def _wait_for_greeting(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(self.address, 5) as probe:
                    probe.settimeout(10)
                    if probe.recv(512):
                        return
            except OSError:
                pass
            said = (self.root / "stderr").read_text(errors="replace")
            assert self.process.poll() is None and time.monotonic() < deadline, f"{self._command()[0]} does not start: {said}"
            time.sleep(0.05)

    def __exit__(self, *_):
        end(self.process)
        self.log.close()
        shutil.rmtree(self.root, ignore_errors=True)


class Exim(MailPeer):
    """`banner_refusal`: what the host says instead of a greeting."""

    def __init__(self, *arguments, banner_refusal=None, more="", **options):
        super().__init__(*arguments, **options)
        self.banner_refusal, self.more = banner_refusal, more

    def _write_configuration(self):
        user = 101  # Debian-exim of that root
        if self.bundle:
            shutil.chown(self.root / "etc/key.pem", user, user)
        for folder in ("var/spool/exim4", "var/log/exim4"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            shutil.chown(self.root / folder, user, user)
        tls = "tls_certificate = /etc/chain.pem\ntls_privatekey = /etc/key.pem" if self.bundle else ""
        refusal = f"drop message = {self.banner_refusal}\n" if self.banner_refusal else ""
        config = EXIM_CONF.format(hostname=self.hostname, address=self.address[0], port=self.address[1], tls=tls + "\n" + self.more,
                                  offers="*" if self.bundle else "", connect="greet" if refusal else "accept")
        self._put("etc/exim.conf", config.replace("begin acl\n", f"begin acl\ngreet:\n  {refusal}\n" if refusal else "begin acl\n"))

    def _command(self):
        return ["/usr/sbin/exim4", "-bdf", "-C", "/etc/exim.conf"]


class OpenSmtpd(MailPeer):
    def _write_configuration(self):
        pki = 'pki "own" cert "/etc/chain.pem"\npki "own" key "/etc/key.pem"' if self.bundle else ""
        tls = 'tls pki "own"' if self.bundle else ""
        self._put("etc/smtpd.conf", SMTPD_CONF.format(pki=pki, tls=tls, hostname=self.hostname, address=self.address[0],
                                                      port=self.address[1]))
        # The client's name is looked up before the greeting: in the file, and nowhere else.
        self._put("etc/resolv.conf", "lookup file\n")
        self._put("etc/mailname", self.hostname + "\n")
        for folder in ("var/lib/opensmtpd/empty", "var/spool/smtpd", "var/run"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            shutil.chown(self.root / folder, 0, 0)
            (self.root / folder).chmod(0o711)

    def _command(self):
        return ["/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"]
