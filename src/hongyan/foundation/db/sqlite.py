"""SQLite by apsw: one writer that commits groups, and a reader on snapshots.

WAL with synchronous=FULL: a commit returns after its fsync. secure_delete overwrites what is deleted, and
an idle writer truncates the WAL, so that nothing erased stays on disk.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import apsw

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import schema
from hongyan.foundation.db.model import Batch, Row, Tx, Value
from hongyan.foundation.db.writer import Writer, storage_error
from hongyan.foundation.deadline import in_time

T = TypeVar("T")
I = TypeVar("I")
O = TypeVar("O")

BUSY_TIMEOUT_MS = 10_000
WAL_PAGES_BEFORE_CHECKPOINT = 4_000
CACHE_KIB = 16_384
STATEMENTS_CACHED = 256


class SqliteTx:
    """One transaction on one connection; used by one thread at a time."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.committed: list[Callable[[], None]] = []
        self.others = 0
        self.batches = 0

    def execute(self, sql: str, params: Sequence[Value] = ()) -> int:
        self._connection.execute(sql, params)
        return self._connection.changes()

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        self._connection.executemany(sql, rows)

    def each(self, sql: str, rows: Iterable[Sequence[Value]]) -> list[Row]:
        found: list[Row] = self._connection.executemany(sql, rows).fetchall()
        return found

    def among(self, sql: str, values: Iterable[Value]) -> list[Row]:
        # A prepared statement that finds one row each is faster here than one with as many places.
        return self.each(sql, ((value,) for value in values))

    def one(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        row: Row | None = self._connection.execute(sql, params).fetchone()
        return row

    def all(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        rows: list[Row] = self._connection.execute(sql, params).fetchall()
        return rows

    def after_commit(self, fn: Callable[[], None]) -> None:
        self.committed.append(fn)


class SqliteDatabase:
    """`path` None is a database in memory that ends with the process (tests)."""

    engine = "SQLite"
    is_shared = False

    def __init__(self, path: Path | None, *, vfs: str | None = None) -> None:
        self._path = path
        self._vfs = vfs
        self._connection = self._open()
        self._writer = Writer(self._connection, SqliteTx(self._connection), on_disk=path is not None)
        self._reader: apsw.Connection | None = None

    def migrate(self, migrations: Sequence[schema.Migration], clock: Clock) -> None:
        """Apply what is missing. Call before the first write. Raises DatabaseTooNew, StorageUnavailable."""
        try:
            self._migrate(migrations, clock)
        except apsw.Error as error:
            raise storage_error(error) from error

    def _migrate(self, migrations: Sequence[schema.Migration], clock: Clock) -> None:
        tx = SqliteTx(self._connection)
        tx.execute(schema.LEDGER)
        for migration in schema.pending(tx, migrations):
            with self._connection:
                for statement in migration.statements:
                    for one in schema.in_sqlite(statement):
                        tx.execute(one)
                schema.record(tx, migration, clock.now_ms())

    @property
    def commit_s(self) -> float:
        return self._writer.pace.commit_s

    @property
    def backlog_s(self) -> float:
        return self._writer.pace.backlog_s

    async def write(self, fn: Callable[[Tx], T]) -> T:
        return await self._writer.write(in_time(fn))

    def batch(self, fn: Callable[[Tx, list[I]], list[O]]) -> Batch[I, O]:
        return self._writer.batch(fn)

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Runs at once, on the event loop: an indexed read is cheaper than the way to a thread and back."""
        if self._path is None:
            return await self._writer.write(fn)
        try:
            if self._reader is None:
                self._reader = self._open(apsw.SQLITE_OPEN_READWRITE)
                self._reader.pragma("query_only", True)
            self._reader.execute("BEGIN")
            try:
                return fn(SqliteTx(self._reader))
            finally:
                if self._reader.in_transaction:  # A failing disk ends the transaction by itself.
                    self._reader.execute("ROLLBACK")
        except apsw.Error as error:
            raise storage_error(error) from error

    async def size_bytes(self) -> int:
        sql = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        row = await self.read(lambda tx: tx.one(sql))
        assert row is not None
        return int(row[0] or 0)

    def when_in_doubt(self, fn: Callable[[], None]) -> None:
        self._writer.doubters.append(fn)

    async def close(self) -> None:
        await self._writer.close()
        if self._reader is not None:
            self._reader.close()
        self._connection.close()

    def _open(self, flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) -> apsw.Connection:
        try:
            return self._connect(flags)
        except apsw.Error as error:
            raise storage_error(error) from error

    def _connect(self, flags: int) -> apsw.Connection:
        connection = apsw.Connection(
            str(self._path) if self._path else ":memory:",
            flags=flags,
            vfs=self._vfs,
            statementcachesize=STATEMENTS_CACHED,
        )
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.pragma("journal_mode", "WAL")
        connection.pragma("synchronous", "FULL")
        connection.pragma("secure_delete", True)
        connection.pragma("foreign_keys", True)
        connection.pragma("temp_store", "MEMORY")
        connection.pragma("cache_size", -CACHE_KIB)
        connection.pragma("wal_autocheckpoint", WAL_PAGES_BEFORE_CHECKPOINT)
        return connection
