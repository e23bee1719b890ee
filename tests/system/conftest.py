"""The real world on loopback for the system tests: Sealpost nodes, NSD, Postfix, a private authority.
Every server is started by the test that needs it, listens on ports that the kernel chose, and is ended
by its process id. SEALPOST names the binary (default: build/release/sealpost)."""
import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture
def start():
    """Enters context managers and leaves them, the last one first, when the test is over."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows what the nodes of the test said last."""
    report = (yield).get_result()
    if call.when != "call" or not report.failed or "tmp_path" not in item.funcargs:
        return
    for log in sorted(item.funcargs["tmp_path"].rglob("stderr.log")):
        lines = log.read_text(errors="replace").splitlines()[-40:]
        report.sections.append((f"the end of {log.parent.name}/{log.name}", "\n".join(lines)))
