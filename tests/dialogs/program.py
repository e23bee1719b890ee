"""The real program as the server of dialogues: a node in a folder of its own, `sealpost serve` on ports of the
kernel's choice."""
import contextlib
import pathlib
import subprocess
import sys

from world.process import end, read_line_until, read_places


class Program:
    """`config` is the text of the node's sealpost.toml; its listener is called "public"."""

    def __init__(self, sealpost, folder, config):
        self.sealpost, self.folder = sealpost, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "sealpost.toml").write_text(config)

    def command(self, *arguments, stdin=""):
        """Its standard output; a command that fails ends the run, since the dialogues would prove nothing."""
        done = subprocess.run([self.sealpost, "--config", "sealpost.toml", *arguments], cwd=self.folder, input=stdin,
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            sys.exit(f"sealpost {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def commit(self, policy):
        (self.folder / "policy.toml").write_text(policy)
        self.command("policy", "submit", "policy.toml")
        self.command("policy", "commit", "-m", "for the dialogues")

    @contextlib.contextmanager
    def serve(self):
        """Gives the port of the listener."""
        with open(self.folder / "errors", "wb") as errors:
            server = subprocess.Popen([self.sealpost, "--config", "sealpost.toml", "serve"], cwd=self.folder,
                                      stdout=subprocess.PIPE, stderr=errors)
            try:
                try:
                    line = read_line_until(server.stdout, "ready", 30)
                except AssertionError as error:
                    sys.exit(f"{error}\n{(self.folder / 'errors').read_text()}")
                yield read_places(line)["public"][1]
            finally:
                end(server)
