"""The store that a program left behind."""
import contextlib
import pathlib
import shutil
import sqlite3
import tempfile


@contextlib.contextmanager
def open_store(data):
    """Of the data directory of a program that is not running: a copy, so that nothing is mended in the original."""
    with tempfile.TemporaryDirectory(prefix="sealpost-store-") as folder:
        for file in pathlib.Path(data).iterdir():
            if file.is_file() and ".db" in file.name and not file.name.endswith("-shm"):
                shutil.copy(file, folder)
        main, = pathlib.Path(folder).glob("*.db")
        with contextlib.closing(sqlite3.connect(main)) as store:
            yield store


def list_waiting(data):
    """The addresses for which its queue has something to deliver. None when it died before it had a queue."""
    with open_store(data) as store:
        if not store.execute("select 1 from sqlite_master where name = 'queue_recipient'").fetchone():
            return []
        return [row[0] for row in store.execute("select address from queue_recipient")]
