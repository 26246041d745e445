"""The one file on disk: sealed snapshots and changes, each transaction a row that is durable before it counts.

Every record is AES-256-GCM under the state's key with a random nonce first; its place is authenticated, so that
records cannot be left out in the middle, swapped or put elsewhere. Nothing else is in the file but a salt.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hongyan.sdk.store.keys import SALT_BYTES, KeySource
from hongyan.sdk.trouble import Trouble

FORMAT: Final = 1
_NONCE_BYTES: Final = 12
_CHECK: Final = b"hongyan sdk state"
_SCHEMA: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE snapshot (n INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE change (n INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
"""


class Journal:
    """Open for one process at a time. `appended_bytes`: what a snapshot would make superfluous."""

    def __init__(self, path: Path, source: KeySource) -> None:
        """Raises Trouble state_in_use, state_damaged, state_newer, wrong_key, key_file_…"""
        self._db = apsw.Connection(str(path))
        try:
            self._open(source)
        except BaseException as error:
            self._db.close()
            raise _as_trouble(error) from None
        self.appended_bytes = 0

    def _open(self, source: KeySource) -> None:
        db = self._db
        db.set_busy_timeout(0)
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        db.execute("BEGIN IMMEDIATE")
        is_new = db.execute("SELECT 1 FROM sqlite_schema").fetchall() == []
        if is_new:
            fresh = secrets.token_bytes(SALT_BYTES)
            db.execute(_SCHEMA)
            db.executemany("INSERT INTO about VALUES (?, ?)", [("format", FORMAT), ("salt", fresh)])
            self._aead = AESGCM(source.key(fresh, is_new=True))
            db.execute("INSERT INTO about VALUES ('check', ?)", (self._seal(_CHECK, b"check"),))
            db.execute("COMMIT")
            return
        db.execute("COMMIT")
        version, salt, check = (self._about(name) for name in ("format", "salt", "check"))
        if not isinstance(version, int) or not isinstance(salt, bytes) or not isinstance(check, bytes):
            raise Trouble("state_damaged")
        if version > FORMAT:
            raise Trouble("state_newer")
        self._aead = AESGCM(source.key(salt, is_new=False))
        try:
            self._unseal(check, b"check")
        except InvalidTag:
            raise Trouble("wrong_key") from None

    def _about(self, name: str) -> object:
        rows = self._db.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchall()
        return rows[0][0] if rows else None

    def _seal(self, plain: bytes, place: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, place)

    def _unseal(self, sealed: bytes, place: bytes) -> bytes:
        return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place)

    def read(self) -> Iterator[tuple[str, bytes]]:
        """The newest snapshot (none in a new state), then each change after it. Raises Trouble state_damaged."""
        self._next = 1
        try:
            for n, sealed in self._records("SELECT n, sealed FROM snapshot ORDER BY n DESC LIMIT 1"):
                yield "snapshot", self._unseal(sealed, b"snapshot %d" % n)
                self._next = n + 1
            for n, sealed in self._records("SELECT n, sealed FROM change ORDER BY n"):
                if n != self._next:
                    raise Trouble("state_damaged")
                yield "change", self._unseal(sealed, b"change %d" % n)
                self._next = n + 1
                self.appended_bytes += len(sealed)
        except (InvalidTag, apsw.CorruptError, apsw.NotADBError, apsw.SQLError):
            raise Trouble("state_damaged") from None

    def _records(self, sql: str) -> Iterator[tuple[int, bytes]]:
        for n, sealed in self._db.execute(sql):
            if not isinstance(n, int) or not isinstance(sealed, bytes):
                raise Trouble("state_damaged")
            yield n, sealed

    def append(self, change: bytes) -> None:
        """Durable when it returns."""
        sealed = self._seal(change, b"change %d" % self._next)
        self._db.execute("INSERT INTO change VALUES (?, ?)", (self._next, sealed))
        self._next += 1
        self.appended_bytes += len(sealed)

    def put_snapshot(self, content: bytes) -> None:
        """Takes the place of all that was before it; overwritten on disk."""
        sealed = self._seal(content, b"snapshot %d" % self._next)
        with self._db:
            self._db.execute("DELETE FROM change")
            self._db.execute("DELETE FROM snapshot")
            self._db.execute("INSERT INTO snapshot VALUES (?, ?)", (self._next, sealed))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._next += 1
        self.appended_bytes = 0

    def close(self) -> None:
        self._db.close()


def _as_trouble(error: BaseException) -> BaseException:
    if isinstance(error, apsw.BusyError):
        return Trouble("state_in_use")
    damaged = (apsw.NotADBError, apsw.CorruptError, apsw.SQLError, apsw.CantOpenError)
    return Trouble("state_damaged") if isinstance(error, damaged) else error
