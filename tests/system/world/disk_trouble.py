"""A disk that a test makes refuse or delay what one program wants of it (disk_trouble.cpp, by LD_PRELOAD)."""
import struct

from .preload import Preload


class DiskTrouble(Preload):
    """Relay(…, environment=trouble.environment); then trouble.refuse(errno.EROFS), trouble.hold_syncs(), trouble.be_well()."""

    def __init__(self, folder, under):
        super().__init__(folder, "disk_trouble", octets=8, DISK_TROUBLE_UNDER=f"{under}/")

    def __exit__(self, *details):
        self.be_well()
        super().__exit__(*details)

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
