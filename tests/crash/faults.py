"""A failing disk: an SQLite VFS on which every so many calls raise an I/O error, at a place that differs each time."""

from __future__ import annotations

import random
import sys

import apsw

NAME = "faulty"
BASE = apsw.vfs_names()[0]
CALLS_BETWEEN = (30, 400)


class FaultyFile(apsw.VFSFile):
    def __init__(self, vfs: FaultyVfs, name: apsw.URIFilename | str | None, flags: list[int]) -> None:
        super().__init__(BASE, name, flags)
        self._vfs = vfs

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - names given by SQLite
        self._vfs.count(apsw.IOError("write"))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._vfs.count(apsw.IOError("sync"))
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._vfs.count(apsw.IOError("truncate"))
        super().xTruncate(size)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._vfs.count(apsw.IOError("read"))
        return super().xRead(amount, offset)


class FaultyVfs(apsw.VFS):
    """Becomes the default of the process; quiet until the first few writes, so that a server can start."""

    def __init__(self, *, quiet_writes: int = 10) -> None:
        super().__init__(NAME, BASE, makedefault=True)
        self._chance = random.Random()
        self._quiet_writes = quiet_writes
        self._left = self._chance.randint(*CALLS_BETWEEN)
        # apsw prints what a VFS method raises; here it is meant.
        sys.unraisablehook = lambda _unraisable: None

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return FaultyFile(self, name, flags)

    def count(self, error: apsw.Error) -> None:
        if self._quiet_writes > 0:
            self._quiet_writes -= str(error) == "write"
            return
        self._left -= 1
        if self._left <= 0:
            self._left = self._chance.randint(*CALLS_BETWEEN)
            print("fault", error, flush=True)
            raise error
