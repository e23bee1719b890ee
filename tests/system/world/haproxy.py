"""Debian's HAProxy in front of a listener: takes connections at one address and passes them on from it."""
import pathlib
import socket
import subprocess

from .ports import free_port
from .process import end
from .waiting import wait_until

CONFIG = """\
global
    maxconn 50
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen gateway
    bind {address}:{port}
    source {address}
    option smtpchk EHLO haproxy.test
    server node {host}:{behind} {how} check inter 500ms
"""


class Haproxy:
    """with Haproxy(folder, "127.0.0.7", ("127.0.0.2", 2525), "send-proxy-v2") as haproxy: haproxy.endpoint
    It asks the listener every half a second whether it is well. `how`: the options of its server line."""

    def __init__(self, folder, address, behind, how):
        self.folder, self.address, self.behind, self.how = pathlib.Path(folder), address, behind, how

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.endpoint = (self.address, free_port(self.address))
        config = self.folder / "haproxy.cfg"
        config.write_text(CONFIG.format(address=self.address, port=self.endpoint[1], host=self.behind[0], behind=self.behind[1], how=self.how))
        with open(self.folder / "stderr.log", "wb") as errors:
            self.process = subprocess.Popen(["haproxy", "-db", "-f", config], stdout=errors, stderr=errors)
        wait_until(self._answers, (self.folder / "stderr.log").read_text, seconds=30)
        return self

    def _answers(self):
        assert self.process.poll() is None, (self.folder / "stderr.log").read_text()
        try:
            socket.create_connection(self.endpoint, timeout=5).close()
        except OSError:
            return False
        return True

    def __exit__(self, *_):
        end(self.process)
