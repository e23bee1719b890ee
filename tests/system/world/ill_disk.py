"""Disks of a service that fall ill and get well again, each in its own way."""
import errno
import os
import shutil

from .disk_trouble import DiskTrouble
from .small_disk import SmallDisk


class FullDisk:
    """What the service of a setting has kept so far moves onto a small disk. `reserve`: its min_free_disk."""

    def __init__(self, setting, start, size="48m", reserve="0"):
        old = setting.folder / "keys" / "data"
        self.disk = start(SmallDisk(setting.folder / "keys" / "small", size))
        self.data = self.disk.seen_from_outside
        shutil.copytree(old, self.data, dirs_exist_ok=True)
        config = setting.service_config.read_text().replace('data_dir = "data"', f'data_dir = "{self.disk.folder}"')
        setting.service_config.write_text(config.replace("[limits]\n", f'[limits]\nmin_free_disk = "{reserve}"\n'))
        shutil.rmtree(old)
        self.options = {"prefix": self.disk.prefix}

    def fall_ill(self):
        self.disk.fill()

    def get_well(self):
        self.disk.free()


class RefusingDisk:
    """Each write and each sync is refused with an errno, by name."""

    def __init__(self, error, setting, start):
        self.error, self.data = getattr(errno, error), setting.folder / "keys" / "data"
        self.trouble = start(DiskTrouble(setting.folder, self.data))
        self.options = {"environment": self.trouble.environment}

    def fall_ill(self):
        self.trouble.refuse(self.error)

    def get_well(self):
        self.trouble.be_well()


def make_ill_disk(kind, setting, start):
    """`kind`: "full", or the name of an errno: "EROFS", "EIO"."""
    assert os.geteuid() == 0 or kind != "full", "a small disk needs root (sudo ./test)"
    return FullDisk(setting, start) if kind == "full" else RefusingDisk(kind, setting, start)
