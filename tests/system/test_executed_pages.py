"""Pages of doc/ops, executed as they stand but for the ports."""
import json
import os
import pathlib
import re
import subprocess

from world.command import ROOT, SEALPOST
from world.ports import free_port
from world.postfix import Postfix
from world.process import end, read_line_until

BLOCK = re.compile(r"(?:Write `(?P<file>[^`]+)`:\s+)?```(?P<kind>\w+) ?(?P<mode>\w*)\n(?P<body>.*?)```", re.S)
PORTS = {"2525": "public", "2526": "inner", "2587": "private", "2465": "smtps", "8443": "service", "8444": "admin"}


def read_blocks(page, ports):
    text = (ROOT / "doc/ops" / page).read_text()
    for port, name in PORTS.items():
        text = re.sub(rf":{port}\b", f":{ports[name]}", text)
    return list(BLOCK.finditer(text))


def environment(folder):
    """`sealpost` on the path, as after an installation."""
    binaries = folder / "bin"
    binaries.mkdir()
    (binaries / "sealpost").symlink_to(pathlib.Path(SEALPOST).resolve())
    return {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}


def free_ports():
    return {name: free_port("127.0.0.1") for name in PORTS.values()}


def execute(page, folder, ports, at_the_end=lambda: None):
    """Answers how many servers it started and how many commands it ran; they still run `at_the_end`."""
    env, servers, ran = environment(folder), {}, 0
    try:
        for block in read_blocks(page, ports):
            file, kind, mode, body = block["file"], block["kind"], block["mode"], block["body"]
            if file:
                (folder / file).parent.mkdir(exist_ok=True)
                (folder / file).write_text(body)
            elif mode in ("serve", "restart"):
                if mode == "restart":
                    end(servers[body])
                servers[body] = subprocess.Popen(["bash", "-c", body.replace("sealpost", "exec sealpost", 1)], cwd=folder, env=env,
                                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                read_line_until(servers[body].stdout, "ready", 30)
            elif kind == "sh":
                done = subprocess.run(["bash", "-ec", body], cwd=folder, env=env, capture_output=True, text=True, timeout=60)
                assert (done.returncode != 0) == (mode == "fails"), f"{body}\n{done.stdout}{done.stderr}"
                ran += 1
        at_the_end()
    finally:
        for server in servers.values():
            end(server)
    return len(servers), ran


def test_every_command_of_the_quick_start_works(tmp_path, start):
    ports = free_ports()
    inner = start(Postfix("inner.acme.test", ("127.0.0.1", ports["inner"]), mailboxes=["alice@acme.test", "carol@partner.test"]))

    def check_mail():
        assert inner.wait_for_mail("alice@acme.test", 1)["To"] == "alice@acme.test"
        notification = inner.wait_for_mail("carol@partner.test", 1)
        assert any(part.get_filename() == "message.html" for part in notification.walk())

    servers, ran = execute("quickstart.md", tmp_path, ports, check_mail)
    assert ran >= 8 and servers == 2


def test_every_command_about_mail_policies_works(tmp_path):
    servers, ran = execute("mail-policies.md", tmp_path, free_ports())
    assert ran >= 7 and servers == 0


def test_every_command_about_certificates_works(tmp_path):
    servers, ran = execute("certificates.md", tmp_path, free_ports())
    assert ran >= 7 and servers == 1


def test_every_command_about_backups_works(tmp_path):
    servers, ran = execute("backup.md", tmp_path, free_ports())
    assert ran >= 6 and servers == 1


def test_every_command_about_submission_works(tmp_path):
    servers, ran = execute("submission.md", tmp_path, free_ports(), lambda: check_submission(tmp_path))
    assert ran >= 7 and servers == 1


def check_submission(folder):
    """Alice's message was removed, the scanner's still waits."""
    done = subprocess.run([SEALPOST, "--config", folder / "gateway/sealpost.toml", "--format", "json", "queue", "list"],
                          capture_output=True, text=True, timeout=60, check=True)
    assert [message["sender"] for message in json.loads(done.stdout)["messages"]] == ["scanner@acme.test"]
