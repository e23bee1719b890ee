"""A library that stands between one program and the C library, and that a test tells what to do while the program runs."""
import mmap
import os
import pathlib
import subprocess


class Preload:
    """Builds `name`.cpp, which finds its control file by the variable NAME. Relay(…, environment=it.environment)."""

    def __init__(self, folder, name, octets, **variables):
        library, control = pathlib.Path(folder) / f"{name}.so", pathlib.Path(folder) / f"{name}.control"
        source = pathlib.Path(__file__).with_name(f"{name}.cpp")
        built = subprocess.run(["clang++", "-std=c++20", "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"],
                               capture_output=True, text=True, timeout=120)
        assert built.returncode == 0, built.stderr
        control.write_bytes(bytes(octets))
        self.file = open(control, "r+b")
        self.control = mmap.mmap(self.file.fileno(), octets)
        self.environment = {**os.environ, "LD_PRELOAD": str(library), name.upper(): str(control), **variables}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.control.close()
        self.file.close()
