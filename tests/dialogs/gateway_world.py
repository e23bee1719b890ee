"""What gateway_dialog_server.cpp gives the dialogues of a folder, around the real program: the policy of policy.toml,
the names of zone.txt by NSD, the countries of country.csv and the key of bounce.key where they stand there, scores by
score.test, "anna" who signs in with "right", and the certificates "trusted" and "stranger", whose issuer nobody knows.
Only the time of now.txt is missing: the program has no clock but the system's."""
import contextlib
import os

from program import Program
from world.names import Names
from world.spf_vectors import format_data, owner_name

ZONES = ("test", "127.in-addr.arpa")  # every name of a zone.txt lies below one of these

# Nobody listens on the port of mail hosts: what the dialogues hand in stays in the queue.
CONFIG = """\
[node]
hostname = "mx.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 2
[dns]
resolver = "{names}"
[tls]
trust = ["issuer.pem"]
[[certificate]]
name  = "mx"
chain = "mx.pem"
key   = "mx.key"
[[listener]]
name        = "public"
kind        = "public"
address     = "127.0.0.1:0"
certificate = "mx"
users_file  = "users"
[delivery]
mx_port = 9
[reputation]
source = "dns:score.test"
[limits]
drain_timeout = "1s"
[log]
file = "sealpost.log"
"""

# What more the configuration says where the folder has the file.
FILES = {
    "country.csv": '[country]\nsource = "file:country.csv"\n',
    "bounce.key": '[bounce_verification]\nkey_files = ["bounce.key"]\n',
}


def read_zone(path):
    """({zone: records}, names that fail) for world.names.Names. NSD fails whole zones only: a name that fails is a zone
    of its own, so it can have no record beside the type that fails, nor a name below it."""
    lines = [line.split(None, 2) for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    words = [(owner_name(owner), *rest) for owner, *rest in lines]
    failing = {owner for owner, *rest in words if rest[-1].strip() == "TEMPORARY"}
    zones = {zone: [] for zone in ZONES}
    for owner, *rest in words:
        if owner in failing and rest[-1].strip() == "TEMPORARY":
            continue
        if any(owner == name or owner.endswith(f".{name}") for name in failing):
            raise SystemExit(f"{path}: {owner} lies in a name that fails: NSD cannot show that")
        zone = next((zone for zone in ZONES if owner.endswith(f".{zone}")), None)
        if zone is None:
            raise SystemExit(f"{path}: {owner} lies below none of {', '.join(ZONES)}")
        zones[zone].append(f"{owner}. {rest[0]} {format_data(rest[0], rest[1].strip())}")
    return zones, sorted(failing)


def make_certificates(program):
    """Ours, and those of clients as DIALOG_CERTIFICATES wants them: the certificate and its key in one file."""
    for issuer in ("issuer", "unknown"):
        program.command("cert", "new", "--ca", "--subject", f"CN={issuer}", "--out", f"{issuer}.pem", "--key-out", f"{issuer}.key")
    clients = program.folder / "clients"
    clients.mkdir()
    for name, host, issuer in (("mx", "mx.acme.test", "issuer"), ("trusted", "trusted.test", "issuer"),
                               ("stranger", "stranger.test", "unknown")):
        program.command("cert", "new", "--dns", host, "--issuer", f"{issuer}.pem", "--issuer-key", f"{issuer}.key",
                        "--out", f"{name}.pem", "--key-out", f"{name}.key")
        both = [(program.folder / f"{name}.{end}").read_text() for end in ("pem", "key")]
        (clients / f"{name}.pem").write_text("".join(both))
    return clients


def write_private(path, text):
    path.touch(mode=0o600)
    path.write_text(text)


@contextlib.contextmanager
def serve_folder(source, sealpost, home):
    """The program for the dialogues of the folder `source`, with its files in `home`; gives the port."""
    zones, failing = read_zone(source / "zone.txt")
    files = [name for name in FILES if (source / name).exists()]
    with Names(home / "names", zones, failing) as names:
        program = Program(sealpost, home, CONFIG.format(names=names.endpoint) + "".join(FILES[name] for name in files))
        for name in files:
            write_private(home / name, (source / name).read_text())
        write_private(home / "users", "anna:" + program.command("config", "hash-password", stdin="right\n"))
        os.environ["DIALOG_CERTIFICATES"] = str(make_certificates(program))
        program.commit((source / "policy.toml").read_text())
        with program.serve() as port:
            yield port
