"""Immutable objects in a folder, each named by the SHA-256 of its bytes and stored once.

An object that is there is believed only after it was read and hashed again; one that rotted is written anew by the
next backup that has its bytes. Nothing counts before `make_durable`.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from hongyan.foundation.files import sync, write_new
from hongyan.safekeeping.model import SYNCS_AT_ONCE, Damaged, Piece

FOLDER: str = "objects"
INCOMING: str = ".incoming"

_NAME = re.compile(r"[0-9a-f]{64}")


class Objects:
    def __init__(self, place: Path) -> None:
        self._root = place / FOLDER
        self._incoming = place / INCOMING
        self._new: dict[Path, Piece] = {}

    def begin(self) -> None:
        """Make the folders, and erase what a crash left half written."""
        for folder in (self._root, self._incoming):
            folder.mkdir(mode=0o700, exist_ok=True)
        for path in self._incoming.iterdir():
            path.unlink()

    def put(self, content: bytes) -> Piece:
        """Store `content` unless it is there and sound."""
        piece = Piece(hashlib.sha256(content).hexdigest(), len(content))
        if self.has(piece):
            return piece
        path = self._path(piece)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        aside = self._incoming / secrets.token_hex(16)
        write_new(aside, content)
        aside.rename(path)
        self._new[path] = piece
        return piece

    def has(self, piece: Piece) -> bool:
        """Whether its bytes are there and are the right ones."""
        try:
            self.read(piece)
        except Damaged:
            return False
        return True

    def read(self, piece: Piece) -> bytes:
        """Raises Damaged."""
        try:
            content = self._path(piece).read_bytes()
        except FileNotFoundError as error:
            raise Damaged(piece.sha256) from error
        if hashlib.sha256(content).hexdigest() != piece.sha256:
            raise Damaged(piece.sha256)
        return content

    @property
    def new_bytes(self) -> int:
        return sum(piece.bytes for piece in self._new.values())

    def make_durable(self) -> None:
        """Flush what is new, then read it back from the disk. Raises Damaged if it is not what was written."""
        _all(_flush_and_drop, self._new)
        for folder in {*(path.parent for path in self._new), self._root}:
            sync(folder)
        for piece in self._new.values():
            self.read(piece)

    def forget_new(self) -> None:
        """The backup came to nothing: give its room back."""
        for path in self._new:
            with suppress(OSError):
                path.unlink()
        self._new.clear()

    def sweep(self, wanted: Collection[str]) -> int:
        """Erase every object not among `wanted`; returns how many."""
        erased = 0
        for folder in self._root.iterdir():
            for path in folder.iterdir():
                if _NAME.fullmatch(path.name) and path.name not in wanted:
                    path.unlink()
                    erased += 1
        return erased

    def _path(self, piece: Piece) -> Path:
        assert _NAME.fullmatch(piece.sha256), "not an object's name"
        return self._root / piece.sha256[:2] / piece.sha256


def _all(fn: Callable[[Path], None], paths: Iterable[Path]) -> None:
    with ThreadPoolExecutor(SYNCS_AT_ONCE) as pool:
        for _ in pool.map(fn, paths):
            pass


def _flush_and_drop(path: Path) -> None:
    """What is read next comes from the disk, not from memory."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(handle)
