"""A PostgreSQL database as one end of a move, held so that no server starts on it meanwhile."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg import errors

from hongyan.foundation.db import Row, Tx
from hongyan.foundation.db.postgres import CONNECT_TIMEOUT_S, MIGRATION_LOCK, PostgresTx
from hongyan.foundation.db.schema import in_postgres
from hongyan.foundation.language import Text
from hongyan.moving import refusals
from hongyan.moving.model import Refused

# Of the largest bodies, these are what is in memory at once.
ROWS_AT_ONCE: int = 25
SAID_CHARACTERS_MAX: int = 300

_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
    "ORDER BY table_name, ordinal_position"
)
_NUMBERED = (
    "SELECT column_name FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = ? AND is_identity = 'YES'"
)
_OTHERS = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


class PostgresEnd:
    def __init__(self, url: str, where: Text, *, new: bool) -> None:
        self._where = where
        with self.told():
            self._connection: psycopg.Connection[Row] = psycopg.connect(
                url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
            )
            self._tx = PostgresTx(self._connection)
            # The lock under which a server migrates as it starts: one that starts now waits.
            if self._tx.one("SELECT pg_try_advisory_lock(?)", (MIGRATION_LOCK,)) != (True,):
                raise Refused(refusals.others_there(where, max(1, self.others())))
            if not new:
                self._tx.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    @property
    def tx(self) -> Tx:
        return self._tx

    def columns(self) -> dict[str, tuple[str, ...]]:
        with self.told():
            found: dict[str, tuple[str, ...]] = {}
            for table, column in self._tx.all(_COLUMNS):
                found[str(table)] = (*found.get(str(table), ()), str(column))
            return found

    @contextmanager
    def whole(self) -> Iterator[None]:
        with self.told(), self._connection.transaction():
            yield

    def define(self, statement: str) -> None:
        with self.told():
            for one in in_postgres(statement):
                self._tx.execute(one)

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        with self.told(), self._connection.transaction(), self._connection.cursor("moving") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table}".encode(), binary=True)  # noqa: S608 - our names
            yield from cursor

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self.told(), self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def count_on(self, table: str) -> None:
        with self.told():
            for column in [str(row[0]) for row in self._tx.all(_NUMBERED, (table,))]:
                largest = f"SELECT COALESCE(MAX({column}), 0) FROM {table}"  # noqa: S608 - our names
                row = self._tx.one(largest)
                if row is not None and int(row[0] or 0) > 0:
                    self._tx.execute("SELECT setval(pg_get_serial_sequence(?, ?), ?)", (table, column, row[0]))

    def others(self) -> int:
        with self.told():
            row = self._tx.one(_OTHERS)
            return int(row[0] or 0) if row else 0

    def finish(self) -> None:
        """Each commit was durable."""

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def told(self) -> Iterator[None]:
        try:
            yield
        except (errors.DiskFull, errors.OutOfMemory) as error:
            raise Refused(refusals.full(self._where)) from error
        except psycopg.Error as error:
            said = " ".join(str(error).split())[:SAID_CHARACTERS_MAX]
            raise Refused(refusals.failed(self._where, said or type(error).__name__)) from error
