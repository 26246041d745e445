"""A library that keeps its state in files, given a folder in memory and a table of ours.

The folder is private and, where the system has one, on a file system in memory: what is on disk is the journal alone.
It is filled from the table at the start and thrown away at the end. One that a killed process left behind goes when
the next one starts, whosever state it was of: a lock beside it tells whether somebody still lives in it.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from hongyan.sdk.store.store import Reader, Tx

_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the folder made in it is private
_PREFIX: Final = f"hongyan-sdk-{os.getuid()}-"
_LOCK: Final = ".lock"


def _base() -> Path:
    return _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def _place(state: Path) -> Path:
    return _base() / (_PREFIX + hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16])


def _lock(path: Path, *, wait: bool) -> int | None:
    """A lock, held from now on; None while another process has it and `wait` is not wished."""
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(lock)
            return None
        if _is_still_there(path, lock):
            return lock
        os.close(lock)  # whoever had it before took it away


def _is_still_there(path: Path, lock: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(lock))
    except FileNotFoundError:
        return False


def _unlock(path: Path, lock: int) -> None:
    """The lock goes while it is held: who waits for it sees that and makes a new one."""
    path.unlink()
    os.close(lock)


def _sweep() -> None:
    """Folders whose process was killed hold keys that nobody needs any more."""
    for path in _base().glob(_PREFIX + "*" + _LOCK):
        lock = _lock(path, wait=False)
        if lock is not None:
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            _unlock(path, lock)


class Folder:
    """`skipped`: names of files that are never stored."""

    def __init__(self, state: Path, reader: Reader, skipped: frozenset[str]) -> None:
        self.root = _place(state)
        self._reader = reader
        self._skipped = skipped
        self._known: dict[str, bytes] = {}
        self._lock_file = self.root.with_suffix(_LOCK)
        _sweep()
        # Only a sweep can have it, and not for long: the state itself is one process's.
        self._lock = _lock(self._lock_file, wait=True)
        shutil.rmtree(self.root, ignore_errors=True)
        self.root.mkdir(mode=0o700)
        for row in reader.all("SELECT path, content FROM mls_file"):
            self.put(row.text("path"), row.blob("content"))
            self._known[row.text("path")] = row.blob("content")

    def put(self, path: str, content: bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def read(self, path: str) -> bytes | None:
        target = self.root / path
        return target.read_bytes() if target.exists() else None

    def under(self, prefix: str) -> dict[str, bytes]:
        """All files in one of the library's folders, by path."""
        files = (file for file in (self.root / prefix).rglob("*") if file.is_file() and file.name not in self._skipped)
        return {file.relative_to(self.root).as_posix(): file.read_bytes() for file in files}

    def replace(self, prefix: str, files: dict[str, bytes]) -> None:
        shutil.rmtree(self.root / prefix, ignore_errors=True)
        for path, content in files.items():
            self.put(path, content)

    def save(self, tx: Tx, prefix: str) -> None:
        """Brings the table to what is in the folder now."""
        now = self.under(prefix)
        for path, content in now.items():
            if self._known.get(path) != content:
                tx.run("INSERT OR REPLACE INTO mls_file (path, content) VALUES (?, ?)", (path, content))
        for path in self._stored(prefix):
            if path not in now:
                tx.run("DELETE FROM mls_file WHERE path = ?", (path,))

    def settle(self, prefix: str) -> None:
        """What is in the folder is in the table."""
        for path in self._stored(prefix):
            del self._known[path]
        self._known.update(self.under(prefix))

    def undo(self, prefix: str) -> None:
        """Brings the folder back to what is in the table."""
        self.replace(prefix, {path: self._known[path] for path in self._stored(prefix)})

    def _stored(self, prefix: str) -> list[str]:
        return [path for path in self._known if path.startswith(prefix + "/")]

    def close(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        if self._lock is not None:
            _unlock(self._lock_file, self._lock)
            self._lock = None
