"""A SQLite file as one end of a move. A new one is filled under another name, so that no server starts on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from hongyan.foundation.db import Row, Tx
from hongyan.foundation.db.schema import in_sqlite
from hongyan.foundation.db.sqlite import BUSY_TIMEOUT_MS, SqliteTx
from hongyan.foundation.files import sync
from hongyan.foundation.language import Text
from hongyan.moving import refusals
from hongyan.moving.model import Refused

_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"


def part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


class SqliteEnd:
    def __init__(self, path: Path, where: Text, *, new: bool) -> None:
        self._where = where
        self._path = path
        if not new and not path.exists():
            raise Refused(refusals.no_database(str(path)))
        self._file = path if path.exists() else part_of(path)
        with self.told():
            self._connection = self._open(new)
        self._tx = SqliteTx(self._connection)

    def _open(self, new: bool) -> apsw.Connection:
        flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if new else 0)
        connection = apsw.Connection(str(self._file), flags)
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.pragma("journal_mode", "WAL")
        if new:
            # Slices need no sync of their own: `finish` syncs all of it, and before it no server knows the file.
            connection.pragma("synchronous", "NORMAL")
            connection.pragma("secure_delete", True)
            return connection
        connection.pragma("query_only", True)
        told = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if told is None or told[0] != "ok":
            raise Refused(refusals.damaged(str(told[0] if told else "")))
        connection.execute("BEGIN")
        return connection

    @property
    def tx(self) -> Tx:
        return self._tx

    def columns(self) -> dict[str, tuple[str, ...]]:
        with self.told():
            names = [str(row[0]) for row in self._tx.all(_TABLES)]
            of_one = "SELECT name FROM pragma_table_info(?) ORDER BY cid"
            return {name: tuple(str(row[0]) for row in self._tx.all(of_one, (name,))) for name in names}

    @contextmanager
    def whole(self) -> Iterator[None]:
        with self.told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:  # A full disk ends the transaction by itself.
                    self._connection.execute("ROLLBACK")

    def define(self, statement: str) -> None:
        with self.told():
            for one in in_sqlite(statement):
                self._tx.execute(one)

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        with self.told():
            yield from self._connection.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - our names

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        places = ", ".join("?" * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our names
        with self.told():
            self._tx.executemany(sql, rows)

    def count_on(self, table: str) -> None:
        """SQLite counts on by itself."""

    def others(self) -> int:
        """The data folder's lock has answered that."""
        return 0

    def finish(self) -> None:
        if self._file == self._path:
            return
        with self.told():
            self._connection.pragma("synchronous", "FULL")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.close()
            sync(self._file)
            self._file.rename(self._path)
            sync(self._path.parent)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def told(self) -> Iterator[None]:
        try:
            yield
        except apsw.FullError as error:
            raise Refused(refusals.full(self._where)) from error
        except (apsw.CorruptError, apsw.NotADBError) as error:
            raise Refused(refusals.damaged(str(error))) from error
        except (apsw.Error, OSError) as error:
            raise Refused(refusals.failed(self._where, str(error))) from error
