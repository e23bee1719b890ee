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
