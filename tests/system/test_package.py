"""The Debian package: what it installs, and what it leaves to the administrator (packaging/debian)."""
import os
import pathlib
import subprocess

import pytest

from world.command import SEALPOST

TOOL = pathlib.Path(__file__).parents[2] / "tools/package"


def run(*command, expect=0):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300)
    assert done.returncode == expect, done.stdout + done.stderr
    return done


class Machine:
    """A root of its own, which has nothing but dpkg's data; the scripts of the package run for it from outside."""

    def __init__(self, root):
        assert os.geteuid() == 0, "this test gives files to the package's own user, and so needs root (sudo ./test)"
        self.root = root
        for folder in ("etc", "var/lib/dpkg/info", "var/lib/dpkg/updates"):
            (root / folder).mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()

    def dpkg(self, *arguments):
        done = run("dpkg", f"--root={self.root}", "--force-script-chrootless", "--force-depends", "--force-confdef", *arguments)
        return done.stdout

    def owner_and_mode(self, path):
        found = (self.root / path).stat()
        return self.name_of(found.st_uid, "passwd"), self.name_of(found.st_gid, "group"), oct(found.st_mode & 0o7777)

    def name_of(self, number, file):
        lines = [line.split(":") for line in (self.root / "etc" / file).read_text().splitlines()]
        return {"0": "root", **{words[2]: words[0] for words in lines}}[str(number)]


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    return pathlib.Path(run(TOOL, folder, "--of", pathlib.Path(SEALPOST).parent).stdout.strip())


@pytest.fixture
def machine(tmp_path, package):
    made = Machine(tmp_path / "machine")
    made.said = made.dpkg("--install", package)
    return made


def test_two_builds_have_two_versions(package):
    program = run(SEALPOST, "--version").stdout.split()[1]
    commit = run("git", "-C", TOOL.parent, "log", "-1", "--format=%h").stdout.strip()
    version = run("dpkg-deb", "--field", package, "Version").stdout.strip()
    assert version.startswith(f"{program}+git") and version.endswith(commit)


def test_what_was_installed_from_source_is_named(tmp_path, package):
    machine = Machine(tmp_path / "machine")
    (machine.root / "usr/local/bin").mkdir(parents=True)
    (machine.root / "usr/local/bin/sealpost").touch()
    done = run("dpkg", f"--root={machine.root}", "--force-script-chrootless", "--force-depends", "--install", package)
    assert "/usr/local/bin/sealpost, installed from source, goes before this package's" in done.stderr


def test_debian_has_nothing_to_say_against_it(package):
    assert run("lintian", "--allow-root", "--fail-on", "error,warning", package).stdout == ""


def test_it_names_the_packages_of_the_libraries_that_the_program_needs(package):
    needs = run("dpkg-deb", "--field", package, "Depends").stdout
    for library in ("libssl3", "libsqlite3-0", "libunbound8", "libgmime-3.0-0", "libjemalloc2"):
        assert library in needs, needs


def test_it_makes_the_user_and_folders_that_the_handbook_names_and_starts_nothing(machine):
    assert "nothing is started yet" in machine.said
    assert machine.owner_and_mode("etc/sealpost") == ("root", "sealpost", "0o750")
    assert machine.owner_and_mode("etc/sealpost/sealpost.toml") == ("root", "sealpost", "0o640")
    for path in ("etc/sealpost/keys", "var/lib/sealpost", "var/backups/sealpost"):
        assert machine.owner_and_mode(path) == ("sealpost", "sealpost", "0o700")
    assert machine.owner_and_mode("var/log/sealpost") == ("sealpost", "sealpost", "0o750")
    assert (machine.root / "etc/sealpost/sealpost.toml").read_text() == run(SEALPOST, "config", "example").stdout
    assert run(machine.root / "usr/bin/sealpost", "--version").stdout.startswith("sealpost ")
    assert "ExecStart=/usr/bin/sealpost " in (machine.root / "usr/lib/systemd/system/sealpost.service").read_text()
    assert "_sealpost" in (machine.root / "usr/share/bash-completion/completions/sealpost").read_text()
    manual = run("man", "--local-file", machine.root / "usr/share/man/man8/sealpost.8.gz").stdout
    assert "/usr/share/doc/sealpost/doc/ops/" in manual and "troubleshooting.md" in manual


def test_an_update_keeps_the_configuration_and_what_was_made_of_its_modes(machine, package, tmp_path):
    config = machine.root / "etc/sealpost/sealpost.toml"
    config.write_text("# ours\n")
    config.chmod(0o600)
    (machine.root / "var/backups/sealpost").chmod(0o750)  # for a user who makes copies of them
    run("dpkg-deb", "--raw-extract", package, tmp_path / "newer")
    control = tmp_path / "newer/DEBIAN/control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 1:"))
    run("dpkg-deb", "--build", tmp_path / "newer", tmp_path / "newer.deb")
    said = machine.dpkg("--install", tmp_path / "newer.deb")
    assert "nothing is started yet" not in said
    assert machine.owner_and_mode("var/backups/sealpost")[2] == "0o750"
    assert config.read_text() == "# ours\n" and machine.owner_and_mode("etc/sealpost/sealpost.toml")[2] == "0o600"


def test_mail_and_keys_stay_when_the_package_goes(machine):
    (machine.root / "var/lib/sealpost/sealpost.db").write_text("mail")
    (machine.root / "etc/sealpost/keys/kek.key").write_text("key")
    machine.dpkg("--remove", "sealpost")
    assert not (machine.root / "usr/bin/sealpost").exists() and (machine.root / "etc/sealpost/sealpost.toml").exists()
    said = machine.dpkg("--purge", "sealpost")
    assert not (machine.root / "etc/sealpost/sealpost.toml").exists() and not (machine.root / "var/log/sealpost").exists()
    for path in ("var/lib/sealpost/sealpost.db", "etc/sealpost/keys/kek.key"):
        assert (machine.root / path).exists() and f"/{pathlib.Path(path).parent} is left" in said
    assert not (machine.root / "var/backups/sealpost").exists()
