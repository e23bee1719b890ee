#!/usr/bin/env python3
"""Plays every dialogue against the real program: run_all.py SEALPOST. It starts `sealpost serve` as a
gateway for acme.test on a port of the kernel's choice, and ends it."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
sys.path.insert(0, str(HERE))

import run  # noqa: E402
from world.process import end, read_line_until  # noqa: E402

CONFIG = """\
[node]
hostname = "mx.acme.test"
data_dir = "data"
roles    = ["gateway"]
[dns]
resolver = "127.0.0.1:9"
timeout  = "1s"
[[certificate]]
name  = "mx"
chain = "mx.pem"
key   = "mx.key"
[[listener]]
name        = "public"
kind        = "public"
address     = "127.0.0.1:0"
certificate = "mx"
[log]
file = "sealpost.log"
"""

POLICY = """\
# These dialogues are about SMTP, and their messages hold as little as they can: no From.
[[listener_defaults]]
dmarc                      = "off"
max_message_size           = "{size}"
max_messages_per_connection = 1000
max_recipients_per_message = 100
[[listener_defaults]]
listener        = "public"
defer_undecided = false
[[recipient]]
address = "acme.test"
[[route]]
domain = "acme.test"
hosts  = ["/dev/null"]
"""


def make_node(folder, sealpost):
    def command(*arguments):
        done = subprocess.run([sealpost, "--config", "sealpost.toml", *arguments], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"sealpost {' '.join(arguments)}: {done.stdout}{done.stderr}")

    (folder / "sealpost.toml").write_text(CONFIG)
    (folder / "policy.toml").write_text(POLICY.format(size="50M"))
    command("cert", "new", "--dns", "mx.acme.test", "--out", "mx.pem", "--key-out", "mx.key")
    command("policy", "submit", "policy.toml")
    command("policy", "commit", "-m", "for the dialogues")


def main():
    sealpost = str(pathlib.Path(sys.argv[1]).resolve())
    cases = sorted((HERE / "cases").glob("*.dialog"))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_node(folder, sealpost)
        server = subprocess.Popen([sealpost, "--config", "sealpost.toml", "serve"], cwd=folder, stdout=subprocess.PIPE)
        failed = 0
        try:
            port = int(read_line_until(server.stdout, "ready", 30).rsplit(":", 1)[1])
            for case in cases:
                try:
                    run.play("127.0.0.1", port, case)
                except run.Mismatch as mismatch:
                    failed += 1
                    print(f"FAILED {mismatch}")
        finally:
            end(server)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
