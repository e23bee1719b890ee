"""Rounds of a test that a seed decides: one, or with SEALPOST_LONG_SECONDS (./test --long) as many as fit into a share of them."""
import os
import random
import shutil
import time

LONG_SECONDS = float(os.environ.get("SEALPOST_LONG_SECONDS", 0))


def rounds(tmp_path, share):
    """(seed, folder) of each, the first with SEALPOST_SEED where that is set; a fresh folder, which is gone behind its round."""
    seed, ends = int(os.environ.get("SEALPOST_SEED", random.randrange(1_000_000))), time.monotonic() + share * LONG_SECONDS
    while True:
        print(f"seed {seed}")
        folder = tmp_path / str(seed)
        folder.mkdir()
        yield seed, folder
        shutil.rmtree(folder)
        seed += 1
        if time.monotonic() >= ends:
            return
