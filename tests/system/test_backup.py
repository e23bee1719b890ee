"""Backups of real nodes: taken under load, and brought back where nothing is left."""
import base64
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import threading

from world.breaking_host import Sink
from world.command import SEALPOST, sealpost
from world.dead_store import list_waiting
from world.mail_ledger import Clients, Ledger, judge, judge_content
from world.names import Names
from world.process import end
from world.relay import Relay, start_relay
from world.setting import Setting
from world.waiting import wait_until


def run(relay, *arguments):
    """Answers exit status and what went to standard error."""
    done = subprocess.run([SEALPOST, "--config", str(relay.config), *map(str, arguments)], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr


def with_senders(addresses):
    """And where the bounces of these go."""
    return set(addresses) | {f"s{number[1]}@acme.test" for number in (re.match(r"\w+-(\d+)-", each) for each in addresses) if number}


def test_what_was_answered_with_250_before_a_backup_is_delivered_by_the_node_that_it_is_restored_to(tmp_path, start):
    is_open = threading.Event()  # until then d4.test takes nothing, so that much waits

    def judge_with_gate(recipient, seen):
        return "451 4.3.0 later" if recipient.endswith("@d4.test") and not is_open.is_set() else judge(recipient, seen)

    sink = start(Sink("127.0.0.3", judge=judge_with_gate, judge_content=judge_content))
    names = start(Names(tmp_path / "names", {"acme.test": []}))
    relay = start_relay(start, tmp_path, names.endpoint, sink.address)
    ledger = Ledger(1)
    backup = tmp_path / "backup/mx1.db"
    backup.parent.mkdir()
    with Clients(ledger, lambda: relay.addresses):
        wait_until(lambda: len(ledger.answered) > 300, "no mail is taken")
        owed = ledger.owed()
        made = json.loads(relay.command("--format", "json", "backup", backup))
        answered = len(ledger.answered)
        wait_until(lambda: len(ledger.answered) > answered + 100, "no mail is taken after the backup")
        assert run(relay, "restore", "--replace", backup)[0] == 3, "its node runs"
    relay.stop()
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert made["bytes"] == backup.stat().st_size and made["messages_waiting"] > 0 and made["policy_version"] == 2
    assert made["keep_apart"] == []
    ledger.note_death(sink, with_senders(list_waiting(backup.parent)))  # these may come once more

    shutil.rmtree(relay.data)
    status, warning = run(relay, "restore", backup)
    assert status == 0 and "delivered again" in warning, warning
    relay.start()
    is_open.set()
    sink.wait_for_all(owed, 120)
    wait_until(lambda: not relay.list_queue(), "the queue does not get empty")
    assert not [fault for fault in ledger.find_faults(sink) if not fault.startswith("lost")]  # what came later was wiped


def test_a_restore_refuses_what_it_should_and_keeps_the_store_that_was_there(tmp_path, start):
    relay = Relay(tmp_path, "127.0.0.1:1", None)
    backup = tmp_path / "mx1.db"
    assert run(relay, "backup", backup)[0] == 2, "there is no store yet"
    relay.commit_policy()
    relay.command("backup", backup)
    assert run(relay, "backup", backup)[0] == 2, "it was replaced"
    part = tmp_path / "mx2.db.part"
    part.touch()
    assert run(relay, "backup", tmp_path / "mx2.db")[0] == 2, "another copy is being written there"
    part.unlink()
    assert run(relay, "restore", backup)[0] == 1, "there is a store"
    assert run(relay, "restore", "--replace", tmp_path / "nothing.db")[0] == 2
    assert run(relay, "restore", "--replace", relay.config)[0] == 1, "it is no store"
    assert run(relay, "restore", "--replace", relay.data / "sealpost.db")[0] == 1, "it is the store itself"

    damaged = tmp_path / "damaged.db"
    octets = bytearray(backup.read_bytes())
    octets[4096 * 3:4096 * 9] = b"\x7f" * (4096 * 6)
    damaged.write_bytes(octets)
    assert run(relay, "restore", "--replace", damaged)[0] == 1
    for change in ["update room_version set version = version + 1 where room = 'policy'",
                   "insert into room_version values ('rooms of tomorrow', 1)"]:
        newer = tmp_path / "newer.db"
        shutil.copy(backup, newer)
        with sqlite3.connect(newer) as store:
            store.execute(change)
        store.close()
        status, said = run(relay, "restore", "--replace", newer)
        assert status == 2 and "newer program" in said, said

    assert [each.name for each in relay.data.glob("sealpost.db.*")] == ["sealpost.db.lock"]
    with open(tmp_path / "policy.toml", "a") as policy:
        policy.write('[[recipient]]\naddress = "acme.test"\n')
    relay.commit_policy()
    back = json.loads(relay.command("--format", "json", "restore", "--replace", backup))
    assert back["policy_version"] == 2
    former, = relay.data.glob("sealpost.db.before-*")
    assert back["former"] == str(former)
    with sqlite3.connect(former) as store:
        assert store.execute("select max(version) from policy_version").fetchone() == (3,)
    store.close()


def test_a_backup_of_a_service_leaves_the_key_file_out_says_so_and_comes_back_elsewhere(tmp_path, start):
    setting = Setting(tmp_path, start)
    setting.start_service()
    folder = setting.folder / "keys"
    backup = tmp_path / "keys.db"
    said = sealpost("--config", folder / "sealpost.toml", "backup", backup)
    assert str(folder / "kek.key") in said and "apart" in said
    secret = (folder / "kek.key").read_text().split()[-1]
    assert secret.encode() not in backup.read_bytes()
    spare = tmp_path / "spare"
    shutil.copytree(folder, spare, ignore=shutil.ignore_patterns("data", "kek.key"))
    back = subprocess.run([SEALPOST, "--config", str(spare / "sealpost.toml"), "restore", str(backup)], capture_output=True,
                          text=True, timeout=120)
    assert back.returncode == 0 and "revocations" in back.stderr and "kek.key is not there" in back.stderr, back.stderr


def test_two_rotations_at_once_lose_no_version(tmp_path, start):
    setting = Setting(tmp_path, start)
    end(setting.start_service().process)
    words = [SEALPOST, "--config", str(setting.service_config), "--format", "json", "kek", "rotate"]
    for _ in range(6):
        both = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        ends = [(*each.communicate(timeout=120), each.returncode) for each in both]
        assert {code for *_, code in ends} in ({0}, {0, 3}), ends
        for said, complaint, code in ends:
            assert code == 0 or "being changed by another command" in said + complaint, (said, complaint)
    version = json.loads(setting.serve_command("--format", "json", "kek", "rotate"))["version"]
    trail = json.loads(setting.serve_command("--format", "json", "audit", "list", "--what", "kek"))["records"]
    assert [each["what"] for each in trail] == ["kek.rotated"] * (version - 1) and trail[0]["details"]["version"] == version


def test_old_versions_of_the_key_are_forgotten_only_while_the_service_is_stopped(tmp_path, start):
    setting = Setting(tmp_path, start)
    service = setting.start_service()
    file = tmp_path / "keys" / "kek.key"
    before = file.read_text()
    done = subprocess.run([SEALPOST, "--config", str(setting.service_config), "kek", "rotate", "--retire"], capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 3 and "stop it first" in done.stderr, done
    assert file.read_text() == before
    setting.serve_command("kek", "rotate")  # this one may
    end(service.process)
    told = json.loads(setting.serve_command("--format", "json", "kek", "rotate", "--retire"))
    assert told["retired"] and told["version"] == 3 and told["keep_apart"] == str(file)


def test_the_check_of_a_configuration_knows_the_key_that_the_store_was_written_with(tmp_path, start):
    setting = Setting(tmp_path, start)
    config, file = setting.service_config, tmp_path / "keys" / "kek.key"
    end(setting.start_service().process)
    check = lambda expect: json.loads(sealpost("--config", config, "--format", "json", "config", "check", expect=expect))
    assert check(0)["good"]
    version, made, secret = file.read_text().split("\n")[1].split()
    file.write_text(file.read_text().replace(secret, base64.b64encode(os.urandom(32)).decode()))
    problem, = check(2)["problems"]
    assert problem["key"] == "service.kek" and f"version {version} " in problem["what"] and "written with" in problem["what"], problem
    served = subprocess.run([SEALPOST, "--config", config, "serve"], capture_output=True, text=True, timeout=60)
    assert served.returncode == 2 and "written with" in served.stderr, served
