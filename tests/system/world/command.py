"""The sealpost binary as a command."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
SEALPOST = str(pathlib.Path(os.environ.get("SEALPOST", ROOT / "build/release/sealpost")).resolve())


def run_sealpost(*arguments, cwd=None, stdin=""):
    """Runs a command to its end, however that is: what subprocess.run answers, with texts."""
    return subprocess.run([SEALPOST, *map(str, arguments)], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=120)


def sealpost(*arguments, cwd=None, stdin="", expect=0):
    """Runs a command and answers its standard output; fails the test on another exit status."""
    done = run_sealpost(*arguments, cwd=cwd, stdin=stdin)
    assert done.returncode == expect, f"sealpost {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def write_gateway_config(folder, more=""):
    """The configuration of a gateway with one listener, at a port that is free; `more` stands behind it."""
    config = folder / "sealpost.toml"
    config.write_text('[node]\nhostname = "mx1.acme.test"\nroles = ["gateway"]\ndata_dir = "data"\n'
                      f'[[listener]]\nname = "public"\nkind = "public"\naddress = "127.0.0.1:0"\n{more}')
    return config


def commit_policy(config, text, *, asks_dns=True):
    """Puts this policy in force, from a file beside the configuration."""
    file = pathlib.Path(config).parent / "policy.toml"
    file.write_text(text)
    sealpost("--config", config, "policy", "submit", *([] if asks_dns else ["--no-dns"]), file)
    sealpost("--config", config, "policy", "commit", "-m", "the test's policy")
