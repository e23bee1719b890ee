"""A running `sealpost serve`."""
import json
import subprocess

from .command import SEALPOST
from .process import end, read_line_until, read_places


def read_events(log, name):
    """What a log says of such events, in their order; a line that is being written is no line yet."""
    lines = log.read_text().split("\n")[:-1]
    return [event for line in lines if line.startswith("{") and (event := json.loads(line))["event"] == name]


class Node:
    """with Node(config_path) as node: node.addresses["public"] == ("127.0.0.2", 2525)
    `prefix` and `environment`: what the program is started with."""

    def __init__(self, config, prefix=(), environment=None):
        self.config, self.prefix, self.environment = config, list(prefix), environment

    def __enter__(self):
        self.errors = open(self.config.parent / "stderr.log", "ab")
        self.process = subprocess.Popen([*self.prefix, SEALPOST, "--config", str(self.config), "serve"], env=self.environment,
                                        stdout=subprocess.PIPE, stderr=self.errors, cwd=self.config.parent)
        try:
            line = read_line_until(self.process.stdout, "ready", 30)
        except AssertionError as error:
            end(self.process)
            raise AssertionError(f"{error}\n{(self.config.parent / 'stderr.log').read_text()}") from None
        self.addresses = read_places(line)
        return self

    def __exit__(self, *_):
        end(self.process)
        self.errors.close()

    def events(self, name):
        """What the log of this configuration says of such events, in their order."""
        return read_events(self.config.parent / "stderr.log", name)

    def kill(self):
        """As if the power went."""
        self.process.kill()
        self.process.wait()
