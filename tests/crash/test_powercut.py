"""The power-cut disk itself: blind instruments prove nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import apsw
import pytest

WRITER = """
import sys, time
import apsw
from tests.crash.powercut import PowerCutVfs
vfs = PowerCutVfs(spill=float(sys.argv[3]), default=True)
db = apsw.Connection(sys.argv[1])
db.pragma("journal_mode", "wal")
db.pragma("synchronous", sys.argv[2])
db.execute("CREATE TABLE IF NOT EXISTS t(n INTEGER PRIMARY KEY, body BLOB) STRICT")
reader = apsw.Connection(sys.argv[1])
start = db.execute("SELECT coalesce(max(n), 0) FROM t").get
for n in range(start + 1, start + 501):
    db.execute("INSERT INTO t VALUES (?, randomblob(300))", (n,))
    assert reader.execute("SELECT max(n) FROM t").get == n
    print(n, flush=True)
time.sleep(60)
"""


def write_until_cut(path: Path, *, synchronous: str, spill: float) -> int:
    """Write 500 rows in a process of its own and cut its power; returns the last row that was committed."""
    command = [sys.executable, "-c", WRITER, str(path), synchronous, str(spill)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    committed = 0
    for _ in range(500):
        committed = int(process.stdout.readline())
    process.kill()
    process.wait()
    process.stdout.close()
    return committed


def rows_there(path: Path) -> int:
    db = apsw.Connection(str(path))
    assert db.pragma("integrity_check") == "ok"
    is_there = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 't'").fetchone() is not None
    rows = db.execute("SELECT n FROM t").fetchall() if is_there else []
    db.close()
    return len(rows)


@pytest.mark.parametrize("spill", [0.0, 0.5])
def test_what_was_synced_survives(tmp_path: Path, spill: float) -> None:
    path = tmp_path / "a.db"
    for _ in range(3):
        committed = write_until_cut(path, synchronous="FULL", spill=spill)
        assert rows_there(path) == committed


def test_what_was_not_synced_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    committed = write_until_cut(path, synchronous="NORMAL", spill=0.0)
    assert rows_there(path) < committed
