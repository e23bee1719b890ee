"""A disk that a test makes refuse or delay what one program wants of it (disk_trouble.cpp, by LD_PRELOAD)."""
import mmap
import os
import pathlib
import struct
import subprocess


class DiskTrouble:
    """Relay(…, environment=trouble.environment); then trouble.refuse(errno.EROFS), trouble.hold_syncs(), trouble.be_well()."""

    def __init__(self, folder, under):
        folder = pathlib.Path(folder)
        library, control = folder / "disk_trouble.so", folder / "disk_trouble.control"
        source = pathlib.Path(__file__).with_suffix(".cpp")
        built = subprocess.run(["g++", "-std=c++20", "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"],
                               capture_output=True, text=True, timeout=120)
        assert built.returncode == 0, built.stderr
        control.write_bytes(bytes(8))
        self.file = open(control, "r+b")
        self.control = mmap.mmap(self.file.fileno(), 8)
        self.environment = {**os.environ, "LD_PRELOAD": str(library), "DISK_TROUBLE": str(control),
                            "DISK_TROUBLE_UNDER": f"{under}/"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.be_well()
        self.control.close()
        self.file.close()

    def _say(self, error, milliseconds):
        self.control[:] = struct.pack("ii", error, milliseconds)

    def refuse(self, error):
        self._say(error, 0)

    def delay_syncs(self, milliseconds):
        self._say(0, milliseconds)

    def hold_syncs(self):
        self._say(0, -1)

    def be_well(self):
        self._say(0, 0)
