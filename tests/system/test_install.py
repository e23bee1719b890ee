"""What `cmake --install` puts in place: the program runs from there, and inside the walls of its systemd unit."""
import pathlib
import re
import subprocess
import sys
import tempfile

import pytest

from world.command import SEALPOST

WALLS = pathlib.Path(__file__).parent / "world/unit_walls.py"
WRITABLE_AND_EXECUTABLE = "import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)"


def run(*command, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, **more)


@pytest.fixture(scope="module")
def installed():
    """The folder that it is installed to, which everybody may read."""
    with tempfile.TemporaryDirectory(prefix="sealpost-installed-") as made:
        folder = pathlib.Path(made)
        folder.chmod(0o755)
        done = run("cmake", "--install", pathlib.Path(SEALPOST).parent, "--prefix", folder)
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder


def unit_of(installed):
    return installed / "lib/systemd/system/sealpost.service"


def test_systemd_understands_the_unit(installed):
    done = run("systemd-analyze", "verify", "--man=no", unit_of(installed))
    assert done.returncode == 0 and "sealpost" not in done.stderr, done.stderr


def test_the_unit_names_the_program_and_the_handbook_that_are_installed(installed):
    lines = unit_of(installed).read_text().splitlines()
    start = next(line for line in lines if line.startswith("ExecStart=")).removeprefix("ExecStart=").split()
    documentation = next(line for line in lines if line.startswith("Documentation=")).removeprefix("Documentation=file://")
    assert run(start[0], "--version").stdout.startswith("sealpost ")
    assert pathlib.Path(documentation).is_file() and pathlib.Path(documentation).is_relative_to(installed)


def test_every_page_that_an_installed_page_refers_to_is_installed_too(installed):
    handbook = installed / "share/doc/sealpost"
    missing = [f"{page.relative_to(handbook)}: {link}" for page in handbook.rglob("*.md") for link in links_of(page)
               if not (page.parent / link).exists()]
    assert not missing


def links_of(page):
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
    return [target for target in targets if "://" not in target and not target.startswith("mailto:")]


def test_the_walls_of_the_unit_stand(installed):
    """Or the next test shows nothing."""
    assert run(sys.executable, "-c", WRITABLE_AND_EXECUTABLE).returncode == 0
    inside = run(sys.executable, WALLS, unit_of(installed), sys.executable, "-c", WRITABLE_AND_EXECUTABLE)
    assert inside.returncode == 1 and "PermissionError" in inside.stderr, inside.stderr


def test_the_whole_story_runs_inside_the_walls_of_the_unit(installed):
    done = run(sys.executable, WALLS, unit_of(installed), installed / "bin/sealpost", "demo", "--smoke", cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing more has reached Alice" in done.stdout
