"""The time of day of one program, which a test sets (false_clock.cpp, by LD_PRELOAD)."""
import struct

from .preload import Preload


class FalseClock(Preload):
    """Relay(…, environment=clock.environment); then clock.set(hours=-20)."""

    def __init__(self, folder):
        super().__init__(folder, "false_clock", octets=8)

    def set(self, hours):
        """From where it really is."""
        self.control[:] = struct.pack("q", hours * 3600)
