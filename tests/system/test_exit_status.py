"""The exit status that every command promises (doc/spec/commands.md), and the JSON of one that fails."""
import json
import os
import shlex
import sqlite3
import subprocess

import pytest

from world.command import SEALPOST
from world.node import Node

CONFIG = """[node]
hostname = "mx1.acme.test"
roles = ["gateway", "service"]
data_dir = "data"
[dns]
resolver = "127.0.0.1:1"
timeout = "1s"
[[listener]]
name = "public"
kind = "public"
address = "127.0.0.1:0"
[service]
url = "https://keys.acme.test"
listen = "127.0.0.1:0"
certificate = "keys"
mail_domain = "keys.acme.test"
kek = "file:kek.key"
[[certificate]]
name = "keys"
chain = "keys.pem"
key = "keys.key"
"""
MESSAGE = "From: a@acme.test\nTo: b@partner.test\nSubject: x\n\nhello\n"

# Status, command, and what it reads behind "<": the name of a file.
CASES = """
2 frobnicate
2 serve --nonsense
2 config explain nonsense
2 config hash-password
0 config check
2 config check --service
1 policy commit -m x
1 policy discard
0 policy status
1 policy discard --edition 9.9
2 policy discard --edition 9
2 policy submit --edition 1.0 --base 1 policy.toml
1 policy rollback 99
1 policy rollback 1 --edition 9.9
1 policy preset cisco-res --edition 9.9
2 policy import-hat garbage --edition 9
2 policy add nonsense address=acme.test
2 policy add recipient nonsense=1
2 policy add recipient bypass_limits=true
1 policy change recipient nowhere.test action=reject
2 policy change mail_flow_policy ACCEPTED
1 policy remove recipient nowhere.test
1 policy remove recipient nowhere.test --edition 9.9
2 policy move sender_group BLOCKED_LIST --to 0
2 hat add --group BLOCKED_LIST
1 hat add --group NOBODY 192.0.2.1
1 hat remove --group BLOCKED_LIST 192.0.2.1
2 policy rollback x
2 policy submit absent
2 policy submit garbage
1 policy submit --base 77 policy.toml
2 policy preset nonsense
2 policy import-hat absent
2 policy import-hat garbage
2 hat check --listener nowhere --ip 192.0.2.1
2 hat check --listener public --ip x
2 hat check --listener public --ip 192.0.2.1 --country FRA
2 trace --listener nowhere --ip 192.0.2.1 --mail-from a@b.test --rcpt-to c@d.test < message
1 trace --listener public --ip 192.0.2.1 --no-dns --mail-from a@b.test --rcpt-to c@d.test < message
0 spf check --ip 192.0.2.1 --helo x.test --mail-from a@b.test --timeout 1
2 spf check --ip x --helo x.test --mail-from a@b.test
3 spf advise acme.test --include keys.test --timeout 2
2 spf advise "a b" --include keys.test
2 spf zone
3 tls test acme.test --timeout 3
2 tls test "a b"
2 tls test acme.test --trust absent
2 cert verify absent
1 cert verify keys.pem --name keys.acme.test
1 cert show nowhere
1 cert csr nowhere
1 cert import nowhere keys.pem
1 cert import keys keys.pem
2 cert import keys absent
2 cert new
2 cert new --dns a --out new.pem --key-out keys.key
2 cert new --dns a --out keys.pem --key-out new.key
2 cert new --dns a --out nowhere/new.pem --key-out new.key
1 account add acme
1 account show nobody
2 account add other --domain "a b"
2 account change acme
1 account change nobody --language fr
2 account change acme --language de
1 account change acme --no-domain nowhere.test
1 account disable nobody
1 domain add acme.test --account nobody
2 domain add "a b" --account acme
2 domain add other.test --account acme --contact foo
1 domain show nowhere.test
1 domain verify nowhere.test
3 domain verify acme.test
3 domain test acme.test
1 domain enable acme.test
1 domain disable nowhere.test
1 person show nobody@acme.test
1 person erase nobody@acme.test
1 person address remove nobody@acme.test
1 token new nobody
1 token revoke 77
1 admin add ada --account nobody
2 admin add ada
1 admin add ada --account acme --password-stdin < short
2 admin add ada --account acme --password-stdin
1 admin password nobody
1 admin change nobody --node
1 admin disable nobody
1 admin remove nobody
2 audit list --since yesterday
1 audit list --who nobody@acme.test
2 envelope seal --service http://x --to b@partner.test --identity-out i --out p < message
2 envelope inspect absent
1 envelope inspect garbage
2 envelope open --identity absent --out o garbage
1 envelope open --identity identity --out o garbage
1 queue show 42
1 queue deliver 42
2 queue deliver
1 queue hold 42
1 queue release 42
1 queue remove 42
1 track 42
1 track --address nobody@acme.test
2 track --since yesterday
2 track 42 --address nobody@acme.test
2 track nobody@acme.test
0 traffic summary
0 traffic summary --by group --since 24h --listener public
2 traffic summary --listener nowhere
2 traffic summary --since yesterday
2 traffic summary --by colour
2 traffic summary --limit 0
3 doctor acme.test --timeout 5
2 doctor "a b"
2 backup garbage
2 backup /nonexistent/backup
2 restore absent
1 restore garbage
1 kek new
2 bounce-key new garbage
2 dkim new --domain acme.test --selector s --key-out keys.key
1 dkim verify < message
1 dkim verify < garbage
2 dkim sign --domain acme.test --selector s --key absent < message
2 dkim sign --domain acme.test --selector s --key open.key < message
1 dkim sign --domain acme.test --selector s --key dkim.key < garbage
1 dkim sign --domain acme.test --selector s --key dkim.key < anonymous
3 dmarc check acme.test --timeout 2
2 dmarc check "a b"
2 dmarc read absent
1 dmarc read garbage
1 dmarc reports show 42
1 dmarc reports sources acme.test
2 tlsrpt read absent
1 tlsrpt read garbage
1 tlsrpt reports show 42
1 tlsrpt reports sent 42
3 auth check --ip 192.0.2.1 --helo x.test --mail-from a@b.test --timeout 2 < message
1 auth check --ip 192.0.2.1 --helo x.test --mail-from a@b.test --timeout 2 < garbage
2 auth check --ip x --helo x.test --mail-from a@b.test < message
2 auth check --ip 192.0.2.1 --helo x.test --mail-from a@b.test --listener nowhere < message
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=keys.acme.test",
                    "-keyout", "keys.key", "-out", "keys.pem"], cwd=folder, check=True, capture_output=True)
    files = {"sealpost.toml": CONFIG, "garbage": "garbage", "message": MESSAGE, "anonymous": "Subject: x\n\nhello\n", "short": "short\n",
             "policy.toml": '[[mail_flow_policy]]\nname = "P"\n'}
    for name, text in files.items():
        (folder / name).write_text(text)
    for command in ("kek new", "account add acme", "domain add acme.test --account acme", "policy export", "queue list", "dmarc reports list",
                    "tlsrpt reports list", "dkim new --domain acme.test --selector s --key-out dkim.key",
                    "envelope seal --service https://keys.test --to b@partner.test --identity-out identity --out page.html < message"):
        assert run(folder, command).returncode == 0, command
    (folder / "open.key").write_bytes((folder / "dkim.key").read_bytes())
    (folder / "open.key").chmod(0o644)
    return folder


def write_config(folder, name, more):
    """A configuration beside the folder's own, without its store."""
    (folder / name).write_text(CONFIG.replace('data_dir = "data"', 'data_dir = "other"') + more)


def run(folder, command, config="sealpost.toml", **more):
    words, _, source = command.partition("<")
    text = (folder / source.strip()).read_text() if source else ""
    more.setdefault("stdout", subprocess.PIPE)
    return subprocess.run([SEALPOST, "--config", config, "--format", "json", *shlex.split(words)], cwd=folder, input=text,
                          stderr=subprocess.PIPE, text=True, timeout=120, **more)


@pytest.mark.parametrize("case", CASES.strip().split("\n"))
def test_a_command_ends_as_it_promises(folder, case):
    status, _, command = case.partition(" ")
    done = run(folder, command)
    assert done.returncode == int(status), done
    answer = json.loads(done.stdout)  # one object, nothing else
    if "outcome" in answer and "error" in answer:
        assert answer["outcome"] == {1: "no", 2: "usage", 3: "temporary"}[done.returncode] and set(answer) == {"outcome", "error"}
        assert f"sealpost: {answer['error']}" in done.stderr
    elif done.returncode:
        assert "outcome" not in answer or command.startswith("trace"), done


def test_a_store_that_another_process_holds_is_temporary(folder):
    holder = sqlite3.connect(folder / "data" / "sealpost.db", isolation_level=None)
    holder.execute("begin immediate")
    try:
        for command in ("account add other", "queue hold 1", "policy discard"):
            done = run(folder, command)
            assert done.returncode == 3 and json.loads(done.stdout)["outcome"] == "temporary", done
    finally:
        holder.close()


def test_what_needs_a_stopped_node_may_try_again_when_one_runs(folder, start):
    assert run(folder, "backup saved").returncode == 0
    start(Node(folder / "sealpost.toml"))
    for command in ("restore --replace saved", "kek rotate --retire"):
        done = run(folder, command)
        assert done.returncode == 3 and json.loads(done.stdout)["outcome"] == "temporary", done


def test_a_store_that_is_none_is_no_answer(folder, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sealpost.db").write_text("garbage" * 1000)
    for name in ("sealpost.toml", "keys.pem", "keys.key", "kek.key"):
        os.link(folder / name, tmp_path / name)
    for command in ("queue list", "account list", "policy export", "backup saved"):
        assert run(tmp_path, command).returncode == 2, command


def test_an_answer_that_cannot_be_written_is_lost_and_one_that_nobody_wants_is_not(folder):
    with open("/dev/full", "w") as full:
        for command in ("policy export", "queue list", "--help"):
            done = run(folder, command, stdout=full)
            assert done.returncode == 3 and "the answer is lost" in done.stderr, done
        assert run(folder, "queue frobnicate", stdout=full).returncode == 2
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as pipe:
        done = run(folder, "policy export", stdout=pipe)
        assert done.returncode == 0 and done.stderr == "", done


def test_a_key_that_others_may_read_stops_the_node_for_good(folder):
    """With 2: systemd starts again what ends otherwise."""
    (folder / "group.key").write_bytes((folder / "dkim.key").read_bytes())
    (folder / "group.key").chmod(0o640)
    (folder / "no.key").write_text("garbage\n")
    (folder / "no.key").chmod(0o600)
    for file, says in [("group.key", "chmod 600"), ("no.key", "no.key")]:
        write_config(folder, "signing.toml", f'[[dkim]]\ndomain = "acme.test"\nselector = "s"\nkey = "{file}"\n')
        checked = run(folder, "config check", config="signing.toml")
        assert checked.returncode == 2, checked
        problem, = json.loads(checked.stdout)["problems"]
        assert problem["key"] == "dkim.key" and says in problem["what"], problem
        served = run(folder, "serve", config="signing.toml")
        assert served.returncode == 2 and file in served.stderr, served
    (folder / "keys.key").chmod(0o640)
    served = run(folder, "serve")
    (folder / "keys.key").chmod(0o600)
    assert served.returncode == 2 and "keys.key" in served.stderr, served


def test_trust_is_a_bundle_and_a_damaged_one_is_told(folder):
    certificate = (folder / "keys.pem").read_text()
    (folder / "bundle.pem").write_text(certificate * 150)
    (folder / "damaged.pem").write_text(certificate.replace("MII", "AAA"))
    (folder / "empty.pem").write_text("nothing\n")
    for file, status in [("bundle.pem", 0), ("damaged.pem", 2), ("empty.pem", 2)]:
        write_config(folder, "trusting.toml", f'[tls]\ntrust = ["system", "{file}"]\n')
        checked = run(folder, "config check", config="trusting.toml")
        assert checked.returncode == status, checked
        problems = json.loads(checked.stdout)["problems"]
        assert [problem["key"] for problem in problems] == ["tls.trust"] * (status != 0)
        assert all(file in problem["what"] for problem in problems), problems
