"""A SQLite database as pieces, taken while the server writes it, and put together again."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw

from hongyan.foundation.db.sqlite import BUSY_TIMEOUT_MS
from hongyan.foundation.files import sync
from hongyan.safekeeping import refusals
from hongyan.safekeeping.model import PIECE_BYTES, Piece, Refused
from hongyan.safekeeping.objects import Objects


def take(database: Path, staging: Path, objects: Objects) -> tuple[tuple[Piece, ...], dict[str, int]]:
    """The pieces of one moment of `database`, and the newest migration of each feature.

    The copy in `staging` is whole before it is cut: SQLite's own check has read all of it. Raises Refused.
    """
    if not database.exists():
        raise Refused(refusals.no_database(str(database)))
    try:
        _copy(database, staging)
        migrations = _checked(staging)
    except apsw.FullError as error:
        raise Refused(refusals.full(staging.parent)) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise Refused(refusals.source_damaged(str(error))) from error
    except apsw.Error as error:
        raise Refused(refusals.source_unavailable(str(error))) from error
    return tuple(objects.put(part) for part in _parts(staging)), migrations


def give(pieces: Sequence[Piece], objects: Objects, database: Path) -> None:
    """Write `database` whole, checked and durable, or not at all. Raises Damaged, Refused."""
    part = database.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            file.write(objects.read(piece))
        file.flush()
        os.fsync(handle)
    try:
        _checked(part)
    except apsw.Error as error:
        raise Refused(refusals.source_damaged(str(error))) from error
    part.rename(database)
    sync(database.parent)


def _copy(database: Path, staging: Path) -> None:
    """One reading transaction, so that writers are not in the way and the copy is of one moment."""
    live = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        live.set_busy_timeout(BUSY_TIMEOUT_MS)
        copy = apsw.Connection(str(staging))
        try:
            copy.pragma("journal_mode", "OFF")
            copy.pragma("synchronous", "OFF")
            with copy.backup("main", live, "main") as backup:
                while not backup.done:
                    backup.step(-1)
        finally:
            copy.close()
    finally:
        live.close()


def _checked(copy: Path) -> dict[str, int]:
    """Raises Refused if the copy is damaged; else its migrations. `immutable`: no log is made beside it."""
    connection = apsw.Connection(f"file:{copy}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
    try:
        told = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if told is None or told[0] != "ok":
            raise Refused(refusals.source_damaged(str(told[0] if told else "")))
        sql = "SELECT feature, MAX(number) FROM schema_migration GROUP BY feature"
        return {str(feature): int(number) for feature, number in connection.execute(sql)}
    finally:
        connection.close()


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(PIECE_BYTES):
            yield part
