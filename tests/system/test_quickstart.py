"""doc/ops/quickstart.md, executed as it stands but for the ports."""
import os
import pathlib
import re
import subprocess

from world.command import ROOT, SEALPOST
from world.ports import free_port
from world.postfix import Postfix
from world.process import end, read_line_until

BLOCK = re.compile(r"(?:Write `(?P<file>[^`]+)`:\s+)?```(?P<kind>\w+) ?(?P<mode>\w*)\n(?P<body>.*?)```", re.S)
PORTS = {"2525": "public", "2526": "inner", "8443": "service"}


def read_blocks(ports):
    text = (ROOT / "doc/ops/quickstart.md").read_text()
    for port, name in PORTS.items():
        text = re.sub(rf":{port}\b", f":{ports[name]}", text)
    return list(BLOCK.finditer(text))


def environment(folder):
    """`sealpost` on the path, as after an installation."""
    binaries = folder / "bin"
    binaries.mkdir()
    (binaries / "sealpost").symlink_to(pathlib.Path(SEALPOST).resolve())
    return {**os.environ, "PATH": f"{binaries}:{os.environ['PATH']}"}


def test_every_command_of_the_quick_start_works(tmp_path, start):
    ports = {name: free_port("127.0.0.1") for name in PORTS.values()}
    inner = start(Postfix("inner.acme.test", ("127.0.0.1", ports["inner"]), mailboxes=["alice@acme.test"]))
    env, servers, ran = environment(tmp_path), [], 0
    try:
        for block in read_blocks(ports):
            file, kind, mode, body = block["file"], block["kind"], block["mode"], block["body"]
            if file:
                (tmp_path / file).parent.mkdir(exist_ok=True)
                (tmp_path / file).write_text(body)
            elif mode == "serve":
                server = subprocess.Popen(["bash", "-c", body.replace("sealpost", "exec sealpost", 1)], cwd=tmp_path, env=env,
                                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                servers.append(server)
                read_line_until(server.stdout, "ready", 30)
            elif kind == "sh":
                done = subprocess.run(["bash", "-ec", body], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
                assert (done.returncode != 0) == (mode == "fails"), f"{body}\n{done.stdout}{done.stderr}"
                ran += 1
        assert inner.wait_for_mail("alice@acme.test", 1)["To"] == "alice@acme.test"
    finally:
        for server in servers:
            end(server)
    assert ran >= 6 and len(servers) == 2
