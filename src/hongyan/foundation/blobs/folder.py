"""Blobs as files in a folder of the data folder: the default.

A file is written aside, synced, and only then renamed to its name, whose folder is synced too: what `put` has
returned survives power loss, and a crash before leaves only something in `.incoming`, which `settle` erases.
"""

import asyncio
import errno
import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from hongyan.foundation.blobs.model import NAMES_PER_PAGE, PUT_BYTES_MAX, Content, NoSuchBlob, checked
from hongyan.foundation.db import StorageFull, StorageUnavailable
from hongyan.foundation.files import sync

WRITE_BYTES = 1024 * 1024
READ_BYTES = 256 * 1024
INCOMING = ".incoming"

T = TypeVar("T")


class FolderBlobs:
    """`reserve_bytes` of the disk are left to others: mail must still be stored when it is full of pictures."""

    def __init__(self, root: Path, *, reserve_bytes: int = 0) -> None:
        self._root = root
        self._reserve_bytes = reserve_bytes
        self._synced: set[Path] = set()

    async def settle(self) -> None:
        await _disk(self._settle)

    async def put(self, name: str, content: Content) -> int:
        path = self._root / checked(name)
        aside, file = await _disk(self._begin)
        try:
            try:
                size = await _write(file, content)
                await _disk(os.fsync, file)
            finally:
                os.close(file)
            await _disk(self._finish, aside, path)
        except BaseException:
            with suppress(OSError):
                aside.unlink()
            raise
        return size

    async def read(self, name: str, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        file = await _disk(_open, self._root / checked(name))
        if file is None:
            raise NoSuchBlob
        try:
            while start < stop:
                part = await _disk(os.pread, file, min(READ_BYTES, stop - start), start)
                if not part:
                    raise StorageUnavailable("a blob is shorter than it was")
                start += len(part)
                yield part
        finally:
            os.close(file)

    async def size(self, name: str) -> int | None:
        return await _disk(_size, self._root / checked(name))

    async def erase(self, names: Sequence[str]) -> None:
        await _disk(_erase, [self._root / checked(name) for name in names])

    async def names(self, feature: str) -> AsyncIterator[list[str]]:
        walk = self._walk(feature)
        while page := await _disk(_next, walk):
            yield page

    async def room_bytes(self) -> int | None:
        return await _disk(self._room)

    def _room(self) -> int:
        folder = self._root
        while not folder.exists():
            folder = folder.parent
        disk = os.statvfs(folder)
        return max(0, disk.f_bavail * disk.f_frsize - self._reserve_bytes)

    def _settle(self) -> None:
        folder = self._root / INCOMING
        for path in folder.iterdir() if folder.is_dir() else ():
            path.unlink()

    def _incoming(self) -> Path:
        folder = self._root / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _begin(self) -> tuple[Path, int]:
        if self._room() == 0:
            raise StorageFull("the rest of the disk is kept for mail")
        aside = self._incoming() / secrets.token_hex(16)
        return aside, os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def _finish(self, aside: Path, path: Path) -> None:
        self._make_durably(path.parent)
        aside.rename(path)
        sync(path.parent)

    def _make_durably(self, folder: Path) -> None:
        """Make the folder and those above it, each synced into its parent; once in a process."""
        if folder in self._synced:
            return
        if folder != self._root:
            self._make_durably(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)
        self._synced.add(folder)

    def _walk(self, feature: str) -> Iterator[list[str]]:
        page: list[str] = []
        for folder, _, files in os.walk(self._root / feature):
            for file in files:
                page.append(Path(folder, file).relative_to(self._root).as_posix())
                if len(page) == NAMES_PER_PAGE:
                    yield page
                    page = []
        if page:
            yield page


async def _write(file: int, content: Content) -> int:
    """Write all of `content` in large steps, and return how much it was."""
    if isinstance(content, bytes):
        assert len(content) <= PUT_BYTES_MAX
        await _disk(_write_all, file, content)
        return len(content)
    size, waiting = 0, bytearray()
    async for chunk in content:
        waiting += chunk
        size += len(chunk)
        assert size <= PUT_BYTES_MAX
        if len(waiting) >= WRITE_BYTES:
            await _disk(_write_all, file, bytes(waiting))
            waiting.clear()
    await _disk(_write_all, file, bytes(waiting))
    return size


def _write_all(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]


def _open(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _next(walk: Iterator[list[str]]) -> list[str] | None:
    return next(walk, None)


def _erase(paths: Sequence[Path]) -> None:
    folders = set()
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()
            folders.add(path.parent)
    for folder in folders:
        sync(folder)


async def _disk(fn: Callable[..., T], *args: object) -> T:
    """Run `fn` in a thread. A cancelled caller waits for it: a file must not be closed under a thread that writes."""
    work = asyncio.get_running_loop().run_in_executor(None, fn, *args)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise (StorageFull if full else StorageUnavailable)(error.strerror) from error
