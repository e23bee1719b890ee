"""A service whose key-encryption key is in a token: SoftHSM, as an administrator sets it up."""
import json
import shutil
import sqlite3
import subprocess
import urllib.error
import urllib.request

import pytest

from world.breaking_host import Sink
from world.command import SEALPOST, sealpost
from world.mail import hand_in
from world.node import Node
from world.ports import free_port
from world.process import end
from world.reader import Reader, Refused
from world.setting import PARTNER, Setting
from world.token import Token
from world.waiting import wait_until

IDENTITY = "AGE-SECRET-KEY-1" + "Q" * 58


def some_id(number):
    return "aeimquy4"[number] * 26  # of 130 bits 128 are used: not every letter can be the last


class World:
    def __init__(self, folder, start, monkeypatch):
        self.start = start
        self.token = Token(folder / "token", monkeypatch)
        self.token.make_key("kek-1")
        self.setting = Setting(folder, start)
        self.metrics = free_port("127.0.0.1")
        config = self.setting.service_config
        self.plain = config.read_text() + f'[metrics]\nlisten = "127.0.0.1:{self.metrics}"\n[alerts]\nto = ["admin@acme.test"]\n'
        config.write_text(self.plain)

    def configure(self, kek, *former):
        lines = f'kek            = "{kek}"\n'
        if former:
            lines += f"former_keks    = {json.dumps(list(former))}\n"
        self.setting.service_config.write_text(self.plain.replace('kek            = "file:kek.key"\n', lines))

    def configure_token(self, label, *former):
        self.configure(self.token.uri(label), *former)

    def serve(self):
        self.service = self.start(Node(self.setting.service_config))
        self.reader = Reader(self.setting.service_port, self.setting.authority.root)

    def restart(self):
        end(self.service.process)
        self.serve()

    def command(self, *arguments):
        """The exit status, and all that it said."""
        done = subprocess.run([SEALPOST, "--config", str(self.setting.service_config), *map(str, arguments)], capture_output=True,
                              text=True, timeout=120)
        assert "12345678" not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    def put(self, number):
        record = {"identity": IDENTITY, "ciphertext": {"sha256": f"{number:064}", "size": 1234},
                  "sender": {"address": "alice@acme.test", "name": "Alice"}, "subject": "hello", "message_id": "<1@acme.test>",
                  "recipients": ["bob@partner.test"], "profile": "default", "assurance": "low", "expires_at": "2099-01-01T00:00:00Z",
                  "rights": {"reply": True, "reply_all": True, "forward": False}, "receipt": False, "hosted": False}
        return self.reader.request("PUT", f"/api/v1/envelopes/{some_id(number)}", record,
                                   {"Authorization": f"Bearer {self.setting.token}"}, own=False)

    def opens(self, number):
        answer = self.reader.call("POST", f"/api/v1/open/{some_id(number)}/release", {})
        return answer["identity"] == IDENTITY and answer["subject"] == "hello"

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics}/readyz", timeout=30) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def rotate(self, *arguments):
        return json.loads(self.setting.serve_command("--format", "json", "kek", "rotate", *arguments))


@pytest.fixture
def world(tmp_path, start, monkeypatch):
    return World(tmp_path, start, monkeypatch)


def test_a_service_goes_from_its_key_file_to_a_token_to_another_key_and_every_envelope_opens(world):
    world.serve()
    world.put(0)
    world.token.make_key("kek-2")

    world.configure_token("kek-1", "file:kek.key")
    status, said = world.command("kek", "rotate")
    assert status == 1 and "restart it" in said, "the service that runs could not open what is wrapped under a key that it has not"
    assert world.opens(0)
    world.restart()
    assert world.opens(0)
    world.put(1)
    assert world.rotate() == {"version": 2, "rewrapped": 1, "retired": False, "unneeded": []}
    assert world.opens(0) and world.opens(1)
    end(world.service.process)
    told = world.rotate("--retire")
    key_file = world.setting.service_config.parent / "kek.key"
    assert told["retired"] and told["unneeded"] == [str(key_file)]
    key_file.unlink()
    world.configure_token("kek-1")
    world.serve()
    assert world.opens(0) and world.opens(1)
    assert world.ready() == "ready\n"

    world.configure_token("kek-2", world.token.uri("kek-1"))
    world.restart()
    world.put(2)
    assert world.rotate()["rewrapped"] == 2
    end(world.service.process)
    assert world.rotate("--retire")["unneeded"] == [world.token.name("kek-1")]
    world.token.pkcs11_tool("--delete-object", "--type", "secrkey", "--label", "kek-1")
    world.configure_token("kek-2")
    world.serve()
    assert all(world.opens(number) for number in range(3))


def test_mail_waits_while_the_token_is_away_and_goes_on_by_itself(world, start):
    setting = world.setting
    world.configure_token("kek-1", "file:kek.key")
    partner = start(Sink(PARTNER, port=setting.mx_port))
    world.serve()
    gateway = setting.start_gateway()
    world.put(0)
    world.token.go_away()
    with pytest.raises(Refused) as refused:
        world.put(1)
    assert refused.value.status == 503 and "try-later" in refused.value.problem
    with pytest.raises(Refused) as refused:
        world.opens(0)
    assert refused.value.status == 503 and IDENTITY not in refused.value.problem
    wait_until(lambda: world.ready() == "the key-encryption key is out of reach\n")
    assert hand_in(gateway.addresses["private"], "carol@partner.test", b"Subject: [secure] hello\r\n\r\nsecret\r\n") == 250
    wait_until(lambda: any(mail["attempts"] >= 2 for mail in json.loads(
        sealpost("--format", "json", "--config", setting.gateway_config, "queue", "list"))["messages"]))
    assert not partner.taken
    wait_until(lambda: world.service.events("alert.kek_away"))

    world.token.come_back()
    partner.wait_for_all(["carol@partner.test"])
    wait_until(lambda: world.ready() == "ready\n")
    assert world.opens(0)
    assert len(world.service.events("kek.away")) == 1 and len(world.service.events("kek.back")) == 1


def test_an_outage_is_told_also_after_one_that_a_restart_ended(world):
    world.configure_token("kek-1", "file:kek.key")
    world.serve()
    world.token.go_away()
    wait_until(lambda: world.service.events("alert.kek_away"))
    end(world.service.process)
    world.token.come_back()
    world.serve()
    with sqlite3.connect(world.setting.service_config.parent / "data" / "sealpost.db") as store:
        wait_until(lambda: not list(store.execute("select 1 from alert_told where kind = 'kek_away'")))
    world.token.go_away()
    wait_until(lambda: len(world.service.events("alert.kek_away")) == 2)


def test_a_wrong_pin_is_shown_to_the_token_once(world):
    world.configure_token("kek-1", "file:kek.key")
    world.token.write_pin("99999999")
    status, said = world.command("config", "check")
    line = 1 + world.setting.service_config.read_text().split("\n").index(f'kek            = "{world.token.uri("kek-1")}"')
    assert status == 2 and f"sealpost.toml:{line}: service.kek" in said and "refused the PIN" in said and "99999999" not in said
    assert world.token.count_logins() == 1
    status, said = world.command("serve")
    assert status == 2 and "not tried again" in said, "systemd starts it again and again after other statuses"
    assert world.token.count_logins() == 2

    world.token.write_pin("12345678")
    world.serve()
    world.put(0)
    logins = world.token.count_logins()
    world.token.write_pin("99999999")
    world.token.go_away()
    wait_until(lambda: world.ready() == "the key-encryption key is out of reach\n")
    world.token.come_back()
    wait_until(lambda: world.token.count_logins() > logins)
    world.token.write_pin("12345678")
    for _ in range(20):
        with pytest.raises(Refused):
            world.opens(0)
    assert world.token.count_logins() == logins + 1
    assert "99999999" not in (world.setting.service_config.parent / "stderr.log").read_text()
    world.restart()
    assert world.opens(0)


def test_the_check_of_a_configuration_finds_what_is_missing_of_a_token(world):
    world.configure_token("kek-1", "file:kek.key")
    status, said = world.command("config", "check")
    assert status == 0, said
    for wrong, why in (("token=others;object=kek-1", "token is not there"), ("token=keys;object=none", "no such secret key")):
        world.configure(world.token.uri("kek-1").replace("token=keys;object=kek-1", wrong), "file:kek.key")
        status, said = world.command("config", "check")
        assert status == 2 and "service.kek" in said and why in said, said
    module = world.setting.service_config.parent / "module.so"
    world.configure(f"{world.token.name('kek-1')}?module-path={module}&pin-source=file:{world.token.pin_file}", "file:kek.key")
    status, said = world.command("config", "check")
    assert status == 2 and "module.so cannot be read" in said
    module.write_text("no module")
    status, said = world.command("config", "check")
    assert status == 2 and "cannot be loaded" in said
    world.configure_token("kek-1", world.token.uri("none"))
    status, said = world.command("config", "check")
    assert status == 2 and "service.former_keks" in said
    world.configure_token("kek-1", world.token.uri("kek-1").replace("object=kek-1", "object=kek-1;type=secret-key"))
    status, said = world.command("config", "check")
    assert status == 2 and "by other words" in said
    status, said = world.command("kek", "new")
    assert status == 2 and "made there" in said


def test_a_backup_does_not_have_the_token_says_so_and_a_restore_says_which_key_it_needs(world):
    world.configure_token("kek-1", "file:kek.key")
    world.serve()
    world.put(0)
    backup = world.setting.folder / "keys.db"
    made = json.loads(world.setting.serve_command("--format", "json", "backup", backup))
    folder = world.setting.service_config.parent
    assert made["keep_apart"] == [world.token.name("kek-1"), str(folder / "kek.key")]
    assert "stays in its token" in world.setting.serve_command("backup", world.setting.folder / "again.db")
    end(world.service.process)

    spare = world.setting.folder / "spare"
    shutil.copytree(folder, spare, ignore=shutil.ignore_patterns("data"))
    config = spare / "sealpost.toml"

    def restore():
        done = subprocess.run([SEALPOST, "--config", config, "restore", "--replace", backup], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stderr

    assert "will not start" not in restore()
    world.token.go_away()
    assert "will not start yet" in (said := restore()) and "token is not there" in said
    world.token.come_back()
    config.write_text(world.plain)  # the file alone
    assert world.token.name("kek-1") in (said := restore()) and "pin-source" not in said
