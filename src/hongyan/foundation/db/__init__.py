"""The database: one dialect of hand-written SQL, on SQLite by default and on PostgreSQL by one line of settings.

`await db.write(fn)` returns once what `fn` did is durable; `db.batch` is the same for a flood of like items.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from hongyan.foundation.clock import Clock
from hongyan.foundation.db.model import (
    Batch,
    Database,
    DatabaseHalfMoved,
    DatabaseTooNew,
    Row,
    StorageFull,
    StorageUnavailable,
    Tx,
    Value,
)
from hongyan.foundation.db.schema import Migration, migrations_of

MEMORY = "memory"

__all__ = [
    "MEMORY",
    "Batch",
    "Database",
    "DatabaseHalfMoved",
    "DatabaseTooNew",
    "Migration",
    "OpenedDatabase",
    "Row",
    "StorageFull",
    "StorageUnavailable",
    "Tx",
    "Value",
    "migrations_of",
    "open_database",
]


class OpenedDatabase(Database, Protocol):
    engine: str

    async def size_bytes(self) -> int:
        """How much the database takes where it lies."""
        ...

    def migrate(self, migrations: Sequence[Migration], clock: Clock) -> None:
        """Apply what is missing. Call before the first write. Raises DatabaseTooNew."""
        ...


def open_database(url: str) -> OpenedDatabase:
    """`url` is a postgresql:// address, the path of a SQLite file, or MEMORY."""
    if url.startswith(("postgresql://", "postgres://")):
        from hongyan.foundation.db.postgres import PostgresDatabase

        return PostgresDatabase(url)
    from hongyan.foundation.db.sqlite import SqliteDatabase

    return SqliteDatabase(None if url == MEMORY else Path(url))
