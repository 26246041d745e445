"""A disk in memory that can be cut from its power, fail at any call, and be read and changed byte by byte.

SQLite runs on it through a VFS. The platform's own files, empty, lend their locks and the shared memory of the WAL
index. A disk outlives its server: `survivor` is what the next server finds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import apsw

NAME = "simulated"
BASE = apsw.vfs_names()[0]
DATABASE = "hongyan.db"


class File:
    """What the program sees, what the disk surely has, and the pieces written since the last sync."""

    def __init__(self, content: bytes = b"") -> None:
        self.seen = bytearray(content)
        self.synced = bytearray(content)
        self.unsynced: list[tuple[int, bytes | None]] = []

    def write(self, data: bytes, offset: int) -> None:
        _write(self.seen, data, offset)
        self.unsynced.append((offset, data))

    def truncate(self, size: int) -> None:
        del self.seen[size:]
        self.unsynced.append((size, None))

    def sync(self) -> None:
        for offset, data in self.unsynced:
            _apply(self.synced, offset, data)
        self.unsynced.clear()

    def after_cut(self, chance: random.Random, spill: float) -> bytes:
        """All that was synced; of the rest each piece with the chance `spill`, as a page cache may have written it."""
        content = bytearray(self.synced)
        for offset, data in self.unsynced:
            if chance.random() < spill:
                _apply(content, offset, data)
        return bytes(content)


class Disk:
    """The files of one server. `fail_at`: the call that fails; `cut_at`: the call at which the power goes."""

    def __init__(self, files: dict[str, bytes], *, syncs: bool = True) -> None:
        self.files = {name: File(content) for name, content in files.items()}
        self.calls = 0
        self.fail_at: int | None = None
        self.fail_for = 1
        self.failed = 0
        self.cut_at: int | None = None
        self.on_cut: Callable[[], None] = lambda: None
        self.kept: dict[str, bytes] | None = None
        self.is_over = False
        self._chance = random.Random(0)
        self._spill = 0.0
        self.syncs = syncs

    def arm_cut(self, calls: int, chance: random.Random, spill: float) -> None:
        self.cut_at, self._chance, self._spill = self.calls + calls, chance, spill

    def call(self, what: str) -> None:
        """Count a read, write, sync or truncation before it is done."""
        self.calls += 1
        if self.is_over:
            return
        if self.kept is not None:
            raise apsw.IOError(f"{what}: no power")
        if self.cut_at is not None and self.calls >= self.cut_at and what != "read":
            self.kept = self._after_cut()
            self.on_cut()
            raise apsw.IOError(f"{what}: the power went")
        if self.fail_at is not None and self.fail_at <= self.calls < self.fail_at + self.fail_for:
            self.failed += 1
            raise apsw.IOError(f"{what}: input/output error")

    def survivor(self, *, power_cut: bool, chance: random.Random, spill: float = 0.25) -> Disk:
        """What the next server finds: after a power cut what was synced, after a kill all that was written."""
        if self.kept is None:
            if power_cut:
                self._chance, self._spill = chance, spill
                self.kept = self._after_cut()
            else:
                self.kept = {name: bytes(file.seen) for name, file in self.files.items()}
        return Disk(self.kept, syncs=self.syncs)

    def _after_cut(self) -> dict[str, bytes]:
        return {name: file.after_cut(self._chance, self._spill) for name, file in self.files.items()}


class SimulatedFile(apsw.VFSFile):
    def __init__(self, disk: Disk, key: str, name: apsw.URIFilename | str, flags: list[int]) -> None:
        super().__init__(BASE, name, flags)
        self._disk = disk
        self._file = disk.files.setdefault(key, File())

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - names given by SQLite
        self._disk.call("read")
        return bytes(self._file.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.call("write")
        self._file.write(bytes(data), offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.call("truncate")
        self._file.truncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._disk.call("sync")
        if self._disk.syncs:
            self._file.sync()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._file.seen)


class SimulatedVfs(apsw.VFS):
    """One a process; each folder that a server runs in is given its disk."""

    def __init__(self) -> None:
        super().__init__(NAME, BASE)
        self._disks: dict[str, Disk] = {}

    def mount(self, folder: Path, disk: Disk) -> None:
        self._disks[str(folder)] = disk

    def unmount_all(self) -> None:
        self._disks.clear()

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if name is None:
            return apsw.VFSFile(BASE, name, flags)
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        return SimulatedFile(self._disks[str(path.parent)], path.name, name, flags)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        path = Path(pathname)
        disk = self._disks[str(path.parent)]
        return path.name in disk.files and len(disk.files[path.name].seen) > 0

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        path = Path(filename)
        self._disks[str(path.parent)].files.pop(path.name, None)


def _write(content: bytearray, data: bytes, offset: int) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    if data is None:
        del content[offset:]
    else:
        _write(content, data, offset)
