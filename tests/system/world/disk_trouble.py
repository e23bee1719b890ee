"""A disk that a test makes refuse or delay what one program wants of it (disk_trouble.cpp, by LD_PRELOAD)."""
import struct

from .preload import Preload


class DiskTrouble(Preload):
    """Relay(…, environment=trouble.environment); then trouble.refuse(errno.EROFS), trouble.refuse_syncs(errno.EIO),
    trouble.hold_syncs(), trouble.be_well()."""

    def __init__(self, folder, under):
        super().__init__(folder, "disk_trouble", octets=12, DISK_TROUBLE_UNDER=f"{under}/")

    def __exit__(self, *details):
        self.be_well()
        super().__exit__(*details)

    def _say(self, error, milliseconds, sync_error=0):
        self.control[:] = struct.pack("iii", error, milliseconds, sync_error)

    def refuse(self, error):
        self._say(error, 0)

    def refuse_syncs(self, error):
        """Everything is written, and nothing gets to the disk."""
        self._say(0, 0, error)

    def delay_syncs(self, milliseconds):
        self._say(0, milliseconds)

    def hold_syncs(self):
        self._say(0, -1)

    def be_well(self):
        self._say(0, 0)
