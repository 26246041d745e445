"""Backup and restore of a whole server: first, incremental, and brought back into an empty folder.

    python -m bench.safekeeping [--json] [--mib 1024]

Half of it is a database, half are blobs of 1 MiB. The server runs while the first backup is made. Every backup is
read back and checked, and the restore checks everything before it writes; both are durable when they end. Between
the first and the second backup one row is stored.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from pathlib import Path

from bench.limits import note_limits
from bench.load import Result, run

from hongyan import __version__
from hongyan.app import BLOB_FEATURES, build, migrations
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import Tx
from hongyan.safekeeping import Keeper, Restorer
from hongyan.settings import MIB, Settings

ROW_BYTES = 256 * 1024
ROWS_PER_WRITE = 64
GOAL_S = 60


async def fill(settings: Settings, mib: int) -> None:
    app = build(settings)
    rows = mib * MIB // 2 // ROW_BYTES
    for start in range(0, rows, ROWS_PER_WRITE):
        await app.db.write(lambda tx, start=start: store(tx, start, min(start + ROWS_PER_WRITE, rows)))  # type: ignore[misc]
    for n in range(mib // 2):
        await app.blobs.put(f"media/{n % 256:02x}/{n:08x}", os.urandom(MIB))
    await app.push.start()
    await app.stop()


def store(tx: Tx, start: int, stop: int) -> None:
    for n in range(start, stop):
        tx.execute("INSERT INTO server_secret (name, value) VALUES (?, ?)", (f"ballast {n}", os.urandom(ROW_BYTES)))


async def measure(folder: Path, mib: int, result: Result) -> None:
    clock = SystemClock()
    settings = Settings(data_dir=folder / "data")
    settings.data_dir.mkdir(mode=0o700)
    await fill(settings, mib)
    keeper = Keeper(settings, clock, version=__version__, features=BLOB_FEATURES)
    app = build(settings)
    first = await keeper.back_up(folder / "backups")
    await app.db.write(lambda tx: store(tx, -1, 0))
    await app.stop()
    second = await keeper.back_up(folder / "backups")
    known = {migration.feature: migration.number for migration in migrations()}
    restorer = Restorer(lambda place: Settings(data_dir=place), clock, known)
    restored = await restorer.restore(folder / "backups", folder / "new")
    result.add("backup_s", first.seconds)
    result.add("backup_again_s", second.seconds)
    result.add("backup_again_new_mib", second.new_bytes / MIB)
    result.add("restore_s", restored.seconds, f"at most {GOAL_S}")
    result.add("restored_mib", (restored.database_bytes + restored.blob_bytes) / MIB)


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result(f"backup and restore of a server of {arguments.mib} MiB")
    await note_limits(result)
    folder = Path(tempfile.mkdtemp(prefix="hongyan-bench-"))
    try:
        await measure(folder, arguments.mib, result)
    finally:
        shutil.rmtree(folder)
    return result


if __name__ == "__main__":
    run(bench, mib={"type": int, "default": 1_024})
