"""A disk that loses power: an SQLite VFS that keeps what was not synced in memory only.

A write goes to an image in memory, shared by all connections of the process; xSync copies what changed to the
real file. Killing the process then leaves what a power cut leaves: everything that was synced, and of the rest
an arbitrary part (`spill` is the share of unsynced writes that reach the disk early and out of order, as a page
cache may do it). Truncations likewise. Locks and the shared memory of the WAL index are those of SQLite's own VFS.
"""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path

import apsw

NAME = "powercut"
BASE = apsw.vfs_names()[0]  # the platform's own


class Image:
    """One file: what the program sees, and which parts of it the disk may not have."""

    def __init__(self, path: Path, *, spill: float, chance: random.Random) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._lock = threading.Lock()
        self._content = bytearray(os.pread(self._fd, os.fstat(self._fd).st_size, 0))
        self._unsynced: list[tuple[int, int]] = []
        self._cut_to: int | None = None
        self._spill = spill
        self._chance = chance
        self.openings = 0

    def read(self, amount: int, offset: int) -> bytes:
        with self._lock:
            return bytes(self._content[offset : offset + amount])

    def size(self) -> int:
        with self._lock:
            return len(self._content)

    def write(self, data: bytes, offset: int) -> None:
        end = offset + len(data)
        with self._lock:
            if len(self._content) < offset:
                self._content.extend(bytes(offset - len(self._content)))
            self._content[offset:end] = data
            self._unsynced.append((offset, end))
            if self._chance.random() < self._spill:
                os.pwrite(self._fd, data, offset)

    def truncate(self, size: int) -> None:
        with self._lock:
            del self._content[size:]
            self._unsynced = [(start, min(end, size)) for start, end in self._unsynced if start < size]
            self._cut_to = size if self._cut_to is None else min(self._cut_to, size)
            if self._chance.random() < self._spill:
                os.ftruncate(self._fd, size)

    def sync(self) -> None:
        with self._lock:
            if self._cut_to is not None:
                os.ftruncate(self._fd, self._cut_to)
                self._cut_to = None
            for start, end in self._unsynced:
                os.pwrite(self._fd, self._content[start:end], start)
            self._unsynced.clear()

    def close(self) -> None:
        os.close(self._fd)


class PowerCutFile(apsw.VFSFile):
    """SQLite's own file for locks and shared memory; its content is the image."""

    def __init__(self, vfs: PowerCutVfs, path: Path, name: apsw.URIFilename | str, flags: list[int]) -> None:
        super().__init__(BASE, name, flags)
        self._vfs = vfs
        self._path = path
        self._image = vfs.open_image(path)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - names given by SQLite
        return self._image.read(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._image.write(bytes(data), offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._image.truncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._image.sync()

    def xFileSize(self) -> int:  # noqa: N802
        return self._image.size()

    def xClose(self) -> None:  # noqa: N802
        self._vfs.close_image(self._path)
        super().xClose()


class PowerCutVfs(apsw.VFS):
    """Register it with `default=True` and every connection of the process is on it."""

    def __init__(self, *, spill: float = 0.0, default: bool = False, seed: int | None = None) -> None:
        super().__init__(NAME, BASE, makedefault=default)
        self._spill = spill
        self._chance = random.Random(seed)
        self._images: dict[Path, Image] = {}

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        if name is None:
            return apsw.VFSFile(BASE, name, flags)
        text = name.filename() if isinstance(name, apsw.URIFilename) else name
        return PowerCutFile(self, Path(text), name, flags)

    def open_image(self, path: Path) -> Image:
        image = self._images.get(path)
        if image is None:
            image = self._images[path] = Image(path, spill=self._spill, chance=self._chance)
        image.openings += 1
        return image

    def close_image(self, path: Path) -> None:
        """The last close leaves unsynced data to the page cache, which a process end does not lose."""
        image = self._images[path]
        image.openings -= 1
        if image.openings == 0:
            image.sync()
            image.close()
            del self._images[path]
