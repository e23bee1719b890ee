#!/usr/bin/env python3
"""Runs the tests of all rooms that store over a real PostgreSQL: tests/postgres/run.py [BUILD_FOLDER [GTEST_FILTER]]. Prints for
each program 'NAME: N passed, M failed'."""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))
from world.postgres import Postgres  # noqa: E402

ROOMS = ("sys_db", "core_revisions", "core_traffic", "core_queue", "core_mtasts", "core_dmarcreports", "core_tlsreports",
         "core_people", "core_keys", "core_domains", "serve_alerts", "serve_mtasts", "serve_keyserver", "serve_domaintests")
# What only a file of SQLite has.
OF_FILES = ("RecordTest.KeepsNeitherIdentityNorSubjectInTheStore",  # it searches the file
            "ReceivedTest.KeepsWhatAFormerVersionHasKept",          # former versions had no PostgreSQL, and the next number
            "TlsReportsTest.KeepWhatAFormerVersionHasKept")         # is another there when a row brings its own


def run(program, url, wanted):
    words = [program, f"--gtest_filter={wanted or '*'}-{':'.join(OF_FILES)}", "--gtest_brief=1"]
    done = subprocess.run(words, env={**os.environ, "SEALPOST_TEST_STORE": url}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace", timeout=1200)
    passed = re.search(r"^\[  PASSED  \] (\d+) test", done.stdout, re.M)
    failed = re.search(r"^\[  FAILED  \] (\d+) test", done.stdout, re.M)
    good, bad = int(passed[1]) if passed else 0, int(failed[1]) if failed else int(done.returncode != 0)
    return f"{'' if bad == 0 else done.stdout}{program.name}: {good} passed, {bad} failed", bad


def main():
    build = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release")
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    programs = [build / "tests/postgres/test_postgres", *(build / f"tests/unit/test_{room}" for room in ROOMS)]
    if missing := [str(program) for program in programs if not program.exists()]:
        sys.exit(f"not built, or named otherwise in ROOMS: {', '.join(missing)}")
    with Postgres() as postgres, concurrent.futures.ThreadPoolExecutor(2) as pool:
        # The first one alone: it changes the server's settings.
        done = [run(programs[0], postgres.url(programs[0].name), wanted)]
        done += pool.map(lambda program: run(program, postgres.url(program.name), wanted), programs[1:])
    print("\n".join(text for text, _ in done))
    return any(bad for _, bad in done)


if __name__ == "__main__":
    sys.exit(main())
