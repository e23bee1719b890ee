#!/usr/bin/env python3
"""Plays every dialogue against the real program: run_all.py SEALPOST. It starts `sealpost serve` once for each folder,
as a gateway for acme.test on a port of the kernel's choice, and ends it. Dialogues of a folder share the limits of their
hosts: they are played in the order of their names."""
import contextlib
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
sys.path.insert(0, str(HERE))

import run  # noqa: E402
from gateway_world import ZONES, serve_folder  # noqa: E402
from program import Program  # noqa: E402
from world.names import Names  # noqa: E402

FOLDERS = ("gateway", "hosts", "host_checks", "bounces")

# What gateway_dialog_server.cpp alone plays, with the clock that stands still at bounces/now.txt: the program has no
# clock but the system's, and a tag is good for a week.
LEFT_OUT = {
    "bounces/tagged.dialog": "its tag is good for a week behind now.txt",
    "bounces/last_day.dialog": "its tag is good until the day of now.txt",
    "bounces/too_old.dialog": "shows something only beside last_day",
    "bounces/other_key.dialog": "would be refused for its age whatever the key",
    "bounces/other_person.dialog": "would be refused for its age whoever is meant",
}

CONFIG = """\
[node]
hostname = "mx.acme.test"
data_dir = "data"
roles    = ["gateway"]
[dns]
resolver = "{names}"
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
max_message_size           = "50M"
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


@contextlib.contextmanager
def serve_cases(sealpost, home):
    with Names(home / "names", {zone: [] for zone in ZONES}) as names:
        program = Program(sealpost, home, CONFIG.format(names=names.endpoint))
        program.command("cert", "new", "--dns", "mx.acme.test", "--out", "mx.pem", "--key-out", "mx.key")
        program.commit(POLICY)
        with program.serve() as port:
            yield port


def play_folder(name, server):
    """Whether every dialogue went as written; a folder without any shows nothing."""
    dialogues = [path for path in sorted((HERE / name).glob("*.dialog")) if f"{name}/{path.name}" not in LEFT_OUT]
    failed = 0
    with server as port:
        for dialogue in dialogues:
            try:
                run.play("127.0.0.1", port, dialogue)
            except run.Mismatch as mismatch:
                failed += 1
                print(f"FAILED {mismatch}")
    print(f"{name}: {len(dialogues) - failed} passed, {failed} failed", flush=True)
    return dialogues and not failed


def main():
    sealpost = str(pathlib.Path(sys.argv[1]).resolve())
    gone = [name for name in LEFT_OUT if not (HERE / name).exists()]
    if gone:
        sys.exit(f"left out, but not there: {', '.join(gone)}")
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        went = [play_folder("cases", serve_cases(sealpost, home / "cases"))]
        for folder in FOLDERS:
            went.append(play_folder(folder, serve_folder(HERE / folder, sealpost, home / folder)))
    return 0 if all(went) else 1


if __name__ == "__main__":
    sys.exit(main())
