"""The real world on loopback for the system tests: Sealpost nodes, NSD, Postfix, a private authority.
Every server is started by the test that needs it, listens on ports that the kernel chose, and is ended
by its process id. SEALPOST names the binary."""
import contextlib
import os
import pathlib
import socket
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from world.node import Node  # noqa: E402
from world.ports import free_port  # noqa: E402


@pytest.fixture
def start(request):
    """Starts context managers and ends them, the last one first, when the test is over."""
    with contextlib.ExitStack() as stack:
        yield stack.enter_context
