"""A token of SoftHSM in a folder of its own, behind the module that tests can make fail (tests/pkcs11)."""
import os
import pathlib
import subprocess

from .command import SEALPOST

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"
FAULTY = pathlib.Path(SEALPOST).parent / "tests/pkcs11/libfaulty_pkcs11.so"
PIN = "12345678"


class Token:
    """Its programs find it by the environment of this process, which the test's fixture keeps clean."""

    def __init__(self, folder, monkeypatch):
        self.folder = pathlib.Path(folder)
        (self.folder / "tokens").mkdir(parents=True)
        conf = self.folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n")
        self.control, self.pin_file = self.folder / "control", self.folder / "kek.pin"
        monkeypatch.setenv("SOFTHSM2_CONF", str(conf))
        monkeypatch.setenv("SEALPOST_FAULTY_PKCS11", str(self.control))
        self.write_pin(PIN)
        self.run("softhsm2-util", "--init-token", "--free", "--label", "keys", "--so-pin", "87654321", "--pin", PIN)

    @staticmethod
    def run(*command):
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60, env=os.environ).stdout

    def pkcs11_tool(self, *arguments):
        return self.run("pkcs11-tool", "--module", SOFTHSM, "--token-label", "keys", "--login", "--pin", PIN, *arguments)

    def make_key(self, label):
        self.pkcs11_tool("--keygen", "--key-type", "AES:32", "--sensitive", "--label", label)

    def uri(self, label):
        return f"{self.name(label)}?module-path={FAULTY}&pin-source=file:{self.pin_file}"

    @staticmethod
    def name(label):
        return f"pkcs11:token=keys;object={label}"

    def write_pin(self, pin):
        self.pin_file.write_text(pin + "\n")
        self.pin_file.chmod(0o600)

    def go_away(self):
        self.control.write_text("away\n")

    def come_back(self):
        self.control.write_text("")

    def count_logins(self):
        calls = pathlib.Path(f"{self.control}.calls")
        return calls.read_text().split().count("C_Login") if calls.exists() else 0
