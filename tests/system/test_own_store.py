"""Whose the store is, who may make it, and who may change its tables."""
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

import pytest

from world.command import SEALPOST
from world.node import Node

NOBODY = 65534
CONFIG = """
[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]

[[listener]]
name    = "public"
kind    = "public"
address = "127.0.0.1:0"
"""
SERVICE = CONFIG.replace('["gateway"]', '["gateway", "service"]') + """
[service]
url         = "https://keys.acme.test"
listen      = "127.0.0.1:0"
certificate = "keys"
kek         = "file:kek.key"
mail_domain = "keys.acme.test"

[[certificate]]
name  = "keys"
chain = "keys.pem"
key   = "keys.key"
"""


class Folder:
    """A configuration that everybody can read, beside the program."""

    def __init__(self):
        assert os.geteuid() == 0, "this test runs commands as two users, and so needs root (sudo ./test)"
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="own-store-"))
        self.path.chmod(0o755)
        self.program = shutil.copy(SEALPOST, self.path)
        (self.path / "sealpost.toml").write_text(CONFIG)
        self.data = self.path / "data"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def run(self, *words, user=None):
        command = [self.program, "--config", self.path / "sealpost.toml", *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, user=user, cwd=self.path)

    def refused(self, *words, user=None):
        done = self.run(*words, user=user)
        assert done.returncode == 2, done
        return done.stderr

    def served(self, *words, user=None):
        done = self.run(*words, user=user)
        assert done.returncode == 0, done
        return done.stdout


@pytest.fixture
def folder(start):
    return start(Folder())


def test_root_makes_no_store_for_the_user_of_the_service(folder):
    folder.data.mkdir(mode=0o700)
    shutil.chown(folder.data, NOBODY, NOBODY)
    for command in ("admin add anna --node", "policy preset cisco-res", "serve"):
        said = folder.refused(*command.split())
        assert f"{folder.data} belongs to nobody, and root runs this" in said and "sudo -u nobody sealpost" in said, said
        assert not (folder.data / "sealpost.db").exists(), command
    folder.served("admin", "add", "anna", "--node", user=NOBODY)
    assert (folder.data / "sealpost.db").stat().st_uid == NOBODY
    folder.served("admin", "list")
    folder.served("admin", "add", "bert", "--node")
    folder.served("admin", "list", user=NOBODY)
    folder.served("backup", "backup.db")
    (folder.data / "sealpost.db").unlink()
    assert "sudo -u nobody" in folder.refused("restore", "backup.db")


def test_a_store_that_root_made_names_the_way_out(folder):
    folder.data.mkdir()
    folder.served("admin", "add", "anna", "--node")
    assert (folder.data / "sealpost.db").stat().st_uid == 0
    folder.data.chmod(0o755)
    for command in ("queue list", "serve"):
        said = folder.refused(*command.split(), user=NOBODY)
        assert "belongs to root" in said and "nobody runs this" in said, said
    shutil.chown(folder.data, NOBODY, NOBODY)
    (folder.data / "lock").unlink(missing_ok=True)
    for command in ("queue list", "policy history", "serve"):
        said = folder.refused(*command.split(), user=NOBODY)
        assert f"sudo chown nobody: {folder.data / 'sealpost.db'}*" in said and "SQLite" not in said, said


@pytest.mark.parametrize("command", ["queue list", "policy history", "policy status", "policy diff", "policy warnings --no-dns", "policy export --pending",
                                     "policy commit -m why", "policy rollback 1", "audit list", "admin list", "account list",
                                     "token list", "person list", "domain list", "traffic summary", "traffic summary --by group"])
def test_who_only_asks_makes_no_store(folder, command):
    (folder.path / "sealpost.toml").write_text(SERVICE)
    said = folder.refused(*command.split())
    assert "there is no store yet at " in said and "sealpost serve" in said, said
    assert not folder.data.exists()


def test_the_policy_that_a_node_begins_with_is_shown_before_there_is_a_store(folder):
    shown = folder.served("policy", "export")
    checked = json.loads(folder.served("--format", "json", "hat", "check", "--listener", "public", "--ip", "192.0.2.7"))
    assert not folder.data.exists()
    (folder.path / "policy.toml").write_text(shown)
    assert "nothing to do" in folder.served("policy", "submit", "policy.toml")
    assert folder.served("policy", "export") == shown
    assert json.loads(folder.served("--format", "json", "hat", "check", "--listener", "public", "--ip", "192.0.2.7")) == checked


def test_a_newer_program_does_not_change_the_tables_beneath_a_running_node(folder, start):
    node = start(Node(folder.path / "sealpost.toml"))
    store = sqlite3.connect(folder.data / "sealpost.db", isolation_level=None)
    version, = store.execute("select version from room_version where room = 'queue'").fetchone()
    store.execute("update room_version set version = version - 1 where room = 'queue'")
    store.close()
    done = folder.run("queue", "list")
    assert done.returncode == 3, done
    assert f"this program needs {version}" in done.stderr and f"process {node.process.pid}" in done.stderr, done
    assert "restart the node first" in done.stderr, done
    folder.served("policy", "history")


def test_a_file_is_one_nodes_whatever_the_data_directory_of_another_is_called(folder, start):
    folder.served("admin", "add", "anna", "--node")
    folder.served("backup", "backup.db")
    node = start(Node(folder.path / "sealpost.toml"))
    other = folder.path / "other.toml"
    other.write_text(CONFIG.replace('"data"', '"other"') + f'\n[store]\nurl = "sqlite:{folder.data / "sealpost.db"}"\n')
    for command in ("serve", "restore --replace backup.db"):
        done = subprocess.run([folder.program, "--config", other, *command.split()], capture_output=True, text=True, timeout=120,
                              cwd=folder.path)
        assert done.returncode == 3, done
        assert f"sealpost.db is in use by another process ({node.process.pid})" in done.stderr, done
