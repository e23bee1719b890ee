"""A disk of its own for one program: a small tmpfs in a private mount namespace, which nobody else sees."""
import contextlib
import errno
import os
import pathlib
import subprocess

from .process import end, read_line_until


class SmallDisk:
    """with SmallDisk(folder / "data", "16m") as disk: Relay(…, data=disk.folder, prefix=disk.prefix). Needs root."""

    def __init__(self, folder, size):
        self.folder, self.size = pathlib.Path(folder), size

    def __enter__(self):
        assert os.geteuid() == 0, "this test mounts a disk of its own, and so needs root (sudo ./test)"
        self.folder.mkdir(parents=True)
        script = 'mount -t tmpfs -o "size=$1,mode=0700" none "$2" && echo mounted && exec sleep infinity'
        self.keeper = subprocess.Popen(["unshare", "--mount", "sh", "-c", script, "sh", self.size, str(self.folder)],
                                       stdout=subprocess.PIPE)
        read_line_until(self.keeper.stdout, "mounted", 20)
        self.prefix = ["nsenter", "--mount", f"--target={self.keeper.pid}", f"--wd={self.folder.parent}", "--"]
        self.seen_from_outside = pathlib.Path(f"/proc/{self.keeper.pid}/root{self.folder}")
        return self

    def __exit__(self, *_):
        end(self.keeper)
        self.keeper.stdout.close()

    def remount(self, option):
        subprocess.run([*self.prefix, "mount", "-o", f"remount,{option}", str(self.folder)], check=True, timeout=20)

    def fill(self):
        """To the last octet, with something of somebody else."""
        with open(self.seen_from_outside / "ballast", "ab", buffering=0) as ballast:
            for size in (65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while ballast.write(b"b" * size):
                        pass
        try:
            (self.seen_from_outside / "more").write_bytes(b"b" * 4096)
        except OSError as error:
            assert error.errno == errno.ENOSPC
        else:
            raise AssertionError("the disk is not full")
        finally:
            (self.seen_from_outside / "more").unlink(missing_ok=True)

    def free(self):
        (self.seen_from_outside / "ballast").unlink()
