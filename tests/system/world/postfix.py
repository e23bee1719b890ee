"""A real Postfix on a loopback address: mailboxes of its own, and transports for what it passes on."""
import email
import email.policy
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from .process import end
from .waiting import wait_until

MASTER = """\
{address}:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """with Postfix("mx.partner.test", ("127.0.0.3", port), mailboxes=["bob@partner.test"]) as postfix: …

    transports: {"acme.test": ("127.0.0.2", 2525)}; certificate: (chain.pem, key.pem); relay_domains: domains
    that it takes for others."""

    def __init__(self, hostname, address, mailboxes=(), transports=None, certificate=None, relay_domains=(), more=""):
        self.hostname, self.address, self.mailboxes = hostname, address, list(mailboxes)
        self.transports, self.certificate, self.relay_domains, self.more = transports or {}, certificate, relay_domains, more

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sealpost-postfix-"))
        self.folder.chmod(0o755)  # the postfix user walks through it
        # Of its own: what starts Postfix looks at each file beside the configuration, and warns of each that is not root's.
        self.settings = self.folder / "etc"
        self._write_configuration()
        self.process = subprocess.Popen(["postfix", "-c", str(self.settings), "start-fg"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        self._wait_for(lambda: b"daemon started" in self._log(), "postfix does not start")
        return self

    def _write_configuration(self):
        postfix = pwd.getpwnam("postfix")
        for name in ("etc", "queue", "data", "mail"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", postfix.pw_uid, postfix.pw_gid)
        os.chown(self.folder / "mail", postfix.pw_uid, postfix.pw_gid)
        domains = sorted({box.split("@")[1] for box in self.mailboxes})
        boxes = ", ".join(f"{{ {box} = {box}/ }}" for box in self.mailboxes)
        transports = ", ".join(f"{{ {domain} = smtp:[{host}]:{port} }}" for domain, (host, port) in self.transports.items())
        lines = [
            "compatibility_level = 3.6", f"queue_directory = {self.folder}/queue", f"data_directory = {self.folder}/data",
            f"maillog_file = {self.folder}/log", f"maillog_file_prefixes = {self.folder}", f"myhostname = {self.hostname}",
            "inet_interfaces = 127.0.0.1", "inet_protocols = ipv4", "mydestination =", "mynetworks = 127.0.0.0/8",
            "alias_maps =", "alias_database =", "local_recipient_maps =", "message_size_limit = 200000000",
            "virtual_mailbox_limit = 0", "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination",
            "smtp_host_lookup = native", "disable_dns_lookups = yes", "smtpd_peername_lookup = no",
            f"virtual_mailbox_domains = {', '.join(domains)}", f"virtual_mailbox_base = {self.folder}/mail",
            f"virtual_mailbox_maps = inline:{{ {boxes} }}" if boxes else "virtual_mailbox_maps =",
            f"virtual_minimum_uid = {min(postfix.pw_uid, 100)}", f"virtual_uid_maps = static:{postfix.pw_uid}",
            f"virtual_gid_maps = static:{postfix.pw_gid}", f"relay_domains = {', '.join(self.relay_domains)}",
            f"transport_maps = inline:{{ {transports} }}" if transports else "transport_maps =",
            "minimal_backoff_time = 5s", "queue_run_delay = 5s",
        ]
        if self.certificate:
            chain, key = self.certificate
            shutil.copy(chain, self.folder / "chain.pem")
            shutil.copy(key, self.folder / "key.pem")
            lines += ["smtpd_tls_security_level = may", f"smtpd_tls_cert_file = {self.folder}/chain.pem",
                      f"smtpd_tls_key_file = {self.folder}/key.pem"]
        lines += ["smtp_tls_security_level = may", self.more]
        (self.settings / "main.cf").write_text("\n".join(lines) + "\n")
        (self.settings / "master.cf").write_text(MASTER.format(address=self.address[0], port=self.address[1]))

    def _log(self):
        log = self.folder / "log"
        return log.read_bytes() if log.exists() else b""

    def _wait_for(self, condition, otherwise, seconds=30):
        wait_until(condition, lambda: f"{otherwise}\n{self._log().decode(errors='replace')[-4000:]}", seconds, pause=0.05)

    def read_mails(self, mailbox):
        """The octets of each message of a mailbox, oldest first."""
        folder = self.folder / "mail" / mailbox / "new"
        files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
        return [path.read_bytes() for path in files]

    def list_mails(self, mailbox):
        return [email.message_from_bytes(octets, policy=email.policy.default) for octets in self.read_mails(mailbox)]

    def wait_for_mail(self, mailbox, number, seconds=60):
        """The message of that number (from 1), as soon as it is there."""
        self._wait_for(lambda: len(self.list_mails(mailbox)) >= number, f"{mailbox} has no message {number}", seconds)
        return self.list_mails(mailbox)[number - 1]

    def stop(self):
        """start-fg is a shell around the master, whose pid stands in its file."""
        if self.process.poll() is None:
            os.kill(int((self.folder / "queue/pid/master.pid").read_text()), signal.SIGTERM)
        end(self.process)

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
