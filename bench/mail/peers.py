"""The servers that are measured, each with the files of peers/ and a folder of its own on the same disk."""
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/system"))
from world.command import SEALPOST  # noqa: E402
from world.ports import free_port  # noqa: E402

import processes  # noqa: E402

HOST = "127.0.0.1"


class Peer:
    """with Peer(folder, world, holds=True) as peer: …  `holds`: what is accepted stays in the queue; otherwise it goes
    on to `world.sink`. A folder that was used before is used again, with its queue."""

    name = None
    shakes_hands = True

    def __init__(self, folder, world, holds, deliveries=50, processes_limit=250):
        self.folder, self.world, self.holds = pathlib.Path(folder), world, holds
        self.deliveries, self.processes_limit = deliveries, processes_limit

    def __enter__(self):
        if not self.folder.exists():
            self.folder.mkdir(parents=True)
            self.folder.chmod(0o755)
            self.prepare()
        self.port = free_port(HOST)
        self.configure()
        self.errors = open(self.folder / "stderr", "ab")
        self.began = time.monotonic()
        self.keeper = subprocess.Popen([sys.executable, HERE / "keeper.py", *map(str, self.command())], stdin=subprocess.DEVNULL,
                                       stdout=self.errors, stderr=self.errors, cwd=self.folder)
        try:
            self.wait_for_greeting()
            self.seconds_to_start = time.monotonic() - self.began
            self.settle()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self):
        """What is there before the first start."""

    def configure(self):
        """Writes the configuration, with the port."""

    def settle(self):
        """What is done when it runs."""

    def fill(self, template, target, **more):
        """A file of peers/ with its places filled in."""
        next_host, next_port = self.world.next_for(self.holds)
        values = {"ADDRESS": f"{HOST}:{self.port}", "PORT": self.port, "FOLDER": self.folder, "NEXT": f"{next_host}:{next_port}",
                  "NEXT_HOST": next_host, "NEXT_PORT": next_port, "NAMES": self.world.names, "DELIVERIES": self.deliveries,
                  "PROCESSES": self.processes_limit, **more}
        text = re.sub("@([A-Z_]+)@", lambda match: str(values[match[1]]), (HERE / "peers" / template).read_text())
        target = self.folder / target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def put_certificate(self, owner=None):
        for source, name in zip(self.world.certificate, ("chain.pem", "key.pem")):
            shutil.copy(source, self.folder / name)
        (self.folder / "key.pem").chmod(0o600)
        if owner is not None:
            os.chown(self.folder / "key.pem", owner, owner)

    def wait_for_greeting(self, seconds=120):
        deadline = time.monotonic() + seconds
        while True:
            try:
                with socket.create_connection((HOST, self.port), 5) as probe:
                    probe.settimeout(seconds)
                    if probe.recv(512).startswith(b"220"):
                        return
            except OSError:
                pass
            if self.keeper.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} does not start: {(self.folder / 'stderr').read_text()[-2000:]}")
            time.sleep(0.01)

    def processor_seconds(self):
        return processes.processor_seconds(self.keeper.pid)

    def memory_bytes(self):
        return processes.memory_bytes(self.keeper.pid)

    def pids(self):
        return processes.tree(self.keeper.pid)

    def terminate(self):
        """Asks the server to end; by default its main process."""
        self.keeper.send_signal(signal.SIGTERM)

    def kill(self):
        """All its processes, as if the power went."""
        while left := self.pids():
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)
        self.keeper.wait(30)

    def __exit__(self, *_):
        if self.keeper.poll() is None:
            try:
                self.terminate()
                self.keeper.wait(20)
            except (OSError, ValueError, subprocess.TimeoutExpired):
                self.kill()
        self.errors.close()

    def release(self):
        """Called when it runs and delivers what was held before."""

    def version(self):
        raise NotImplementedError


class Sealpost(Peer):
    name = "Sealpost"

    def prepare(self):
        self.put_certificate()

    def configure(self):
        deliveries = 1 if self.holds else self.deliveries
        self.fill("sealpost.toml", "sealpost.toml", DELIVERIES=deliveries)
        self.fill("sealpost-policy.toml", "policy.toml", DELIVERIES=deliveries)
        self._run(0, "policy", "submit", "policy.toml")
        self._run(1, "policy", "commit", "-m", "bench")  # 1: the same as before

    def _run(self, worst, *words):
        done = subprocess.run([SEALPOST, "--config", "sealpost.toml", *words], cwd=self.folder, capture_output=True, text=True)
        if done.returncode > worst:
            raise RuntimeError(f"sealpost {words}: {done.stdout}{done.stderr}")

    def command(self):
        return [SEALPOST, "--config", "sealpost.toml", "serve"]

    def version(self):
        return subprocess.run([SEALPOST, "--version"], capture_output=True, text=True).stdout.strip()


class Postfix(Peer):
    """Its configuration has a folder of its own: what starts Postfix warns of each file beside it that is not root's, one
    process a file."""

    name = "Postfix"

    def prepare(self):
        user = pwd.getpwnam("postfix").pw_uid
        for name in ("etc", "queue", "data"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", user, user)
        self.put_certificate()

    def configure(self):
        hold = "smtpd_recipient_restrictions = check_recipient_access static:HOLD" if self.holds else ""
        self.fill("postfix-main.cf", "etc/main.cf", MORE=hold)
        self.fill("postfix-master.cf", "etc/master.cf")

    def command(self):
        return ["postfix", "-c", self.folder / "etc", "start-fg"]

    def terminate(self):
        os.kill(int((self.folder / "queue/pid/master.pid").read_text()), signal.SIGTERM)

    def release(self):
        subprocess.run(["postsuper", "-c", self.folder / "etc", "-H", "ALL"], check=True, capture_output=True)
        subprocess.run(["postqueue", "-c", self.folder / "etc", "-f"], check=True, capture_output=True)

    def version(self):
        return "Postfix " + subprocess.run(["postconf", "-d", "-h", "mail_version"], capture_output=True, text=True).stdout.strip()


class RootedPeer(Peer):
    """Exim and OpenSMTPD, which cannot be installed beside Postfix, in a copy of the root that tools/mail-peers makes."""

    owner, config = 0, None

    def prepare(self):
        subprocess.run([ROOT / "tools/mail-peers"], check=True, timeout=300)
        subprocess.run(["cp", "-al", f"{ROOT}/build/mail-peers/.", self.folder], check=True)
        self.folder = self.folder / "etc"
        self.put_certificate(self.owner)
        self.folder = self.folder.parent

    def make_folders(self, mode, *names):
        for name in names:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            os.chown(self.folder / name, self.owner, self.owner)
            (self.folder / name).chmod(mode)


class Exim(RootedPeer):
    name, owner = "Exim", 101  # Debian-exim of that root

    def prepare(self):
        super().prepare()
        self.make_folders(0o750, "var/spool/exim4", "var/log/exim4")

    def configure(self):
        self.fill("exim.conf", "etc/exim4/exim4.conf", QUEUE_ONLY=str(self.holds).lower())

    def command(self):
        runner = [] if self.holds else ["-q5s"]
        return ["chroot", self.folder, "/usr/sbin/exim4", "-bdf", *runner]

    def version(self):
        done = subprocess.run(["chroot", ROOT / "build/mail-peers", "/usr/sbin/exim4", "-C", "/dev/null", "-bV"], capture_output=True,
                              text=True)
        return "Exim " + re.search(r"Exim version (\S+)", done.stdout)[1]


class OpenSmtpd(RootedPeer):
    """As it comes: it does not sync what it answers with 250."""

    name = "OpenSMTPD, as it comes"
    # Debian 12's offers STARTTLS and then cannot sign with OpenSSL 3 (its issue 1171), with no kind of key.
    shakes_hands = False

    def prepare(self):
        super().prepare()
        self.make_folders(0o711, "var/lib/opensmtpd/empty", "var/spool/smtpd", "var/run")
        # smtpctl wants to be of the queue's group (103 in that root); a copy, since the root's files are links.
        control = self.folder / "usr/sbin/smtpctl"
        octets = control.read_bytes()
        control.unlink()
        control.write_bytes(octets)
        os.chown(control, 0, 103)
        control.chmod(0o2755)
        # The client's name is looked up before the greeting: in the file, and nowhere else.
        (self.folder / "etc/resolv.conf").write_text("lookup file\n")
        (self.folder / "etc/mailname").write_text("mx.bench.test\n")

    def configure(self):
        self.fill("smtpd.conf", "etc/smtpd.conf")

    def settle(self):
        if self.holds:
            subprocess.run(["chroot", self.folder, "/usr/sbin/smtpctl", "pause", "mta"], check=True, capture_output=True)

    def command(self):
        return ["chroot", self.folder, "/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf"]

    def version(self):
        done = subprocess.run(["chroot", ROOT / "build/mail-peers", "/usr/sbin/smtpd", "-h"], capture_output=True, text=True)
        return re.search(r"OpenSMTPD \S+", done.stdout + done.stderr)[0]


class DurableOpenSmtpd(OpenSmtpd):
    """With a spool that the file system writes synchronously: then its 250 says as much as the others'."""

    name = "OpenSMTPD"

    def prepare(self):
        super().prepare()
        subprocess.run(["chattr", "+S", self.folder / "var/spool/smtpd"], check=True)


class Haraka(Peer):
    name = "Haraka"
    modules = ROOT / "build/bench-mail/haraka/node_modules"

    @classmethod
    def install(cls):
        """From npm, into the build; once."""
        if (cls.modules / "Haraka/package.json").exists():
            return
        place = cls.modules.parent
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text('{"private":true}')
        subprocess.run(["npm", "install", "Haraka@3", "--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts"], cwd=place, check=True,
                       timeout=900, stdout=subprocess.DEVNULL)

    def prepare(self):
        self.install()
        (self.folder / "config").mkdir()
        (self.folder / "queue").mkdir()
        (self.folder / "config/me").write_text("mx.bench.test\n")
        self.put_certificate()
        for name in ("chain.pem", "key.pem"):
            (self.folder / name).rename(self.folder / "config" / name)
        # Otherwise its first start waits until it has made some.
        subprocess.run(["openssl", "dhparam", "-dsaparam", "-out", self.folder / "config/dhparams.pem", "2048"], check=True,
                       capture_output=True)

    def configure(self):
        for source in sorted((HERE / "peers/haraka").iterdir()):
            self.fill(f"haraka/{source.name}", f"config/{source.name}", DISABLED=str(self.holds).lower())

    def command(self):
        return ["node", self.modules / "Haraka/bin/haraka", "-c", self.folder]

    def version(self):
        package = json.loads((self.modules / "Haraka/package.json").read_text())
        node = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
        return f"Haraka {package['version']} on Node {node.lstrip('v')}"


ALL = (Sealpost, Postfix, Exim, DurableOpenSmtpd, OpenSmtpd, Haraka)
