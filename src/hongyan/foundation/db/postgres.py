"""PostgreSQL by psycopg 3: the same functions as on SQLite, SERIALIZABLE, in threads, retried on conflict.

Group commit is PostgreSQL's own; a batch still handles its items together, one call under way at a time, so
that their order holds.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Generic, TypeVar

import psycopg
from psycopg import errors
from psycopg.adapt import Loader
from psycopg.pq import TransactionStatus

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import schema
from hongyan.foundation.db.model import Batch, Row, StorageFull, StorageUnavailable, Tx, Value

T = TypeVar("T")
I = TypeVar("I")
O = TypeVar("O")

CONNECTIONS = 8
CONNECT_TIMEOUT_S = 10
TRIES_MAX = 60
RETRY_S_FIRST = 0.002
RETRY_S_MAX = 0.25
BATCH_ITEMS_MAX = 512
MIGRATION_LOCK = 0x686F6E6779616E  # "hongyan": one process migrates, the others wait

_WRITE = "BEGIN ISOLATION LEVEL SERIALIZABLE"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class _WholeNumber(Loader):
    """SUM() of whole numbers is `numeric` here and an integer in SQLite."""

    def load(self, data: Any) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text else int(text)


class PostgresTx:
    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection
        self.committed: list[Callable[[], None]] = []

    def execute(self, sql: str, params: Sequence[Value] = ()) -> int:
        return max(0, self._run(sql, params).rowcount)

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(translate(sql), rows)

    def one(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        return self._run(sql, params).fetchone()

    def all(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        return self._run(sql, params).fetchall()

    def after_commit(self, fn: Callable[[], None]) -> None:
        self.committed.append(fn)

    def _run(self, sql: str, params: Sequence[Value]) -> psycopg.Cursor[Row]:
        return self._connection.execute(translate(sql), params)


class PostgresDatabase:
    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()
        self._opened: list[psycopg.Connection[Row]] = []
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="postgres")
        self._closed = False

    def migrate(self, migrations: Sequence[schema.Migration], clock: Clock) -> None:
        """Apply what is missing; other processes wait. Call before the first write. Raises DatabaseTooNew."""
        try:
            with self._connect() as connection:
                connection.execute("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
                tx = PostgresTx(connection)
                tx.execute(schema.for_postgres(schema.LEDGER))
                for migration in schema.pending(tx, migrations):
                    with connection.transaction():
                        for statement in migration.statements:
                            tx.execute(schema.for_postgres(statement))
                        schema.record(tx, migration, clock.now_ms())
        except psycopg.OperationalError as error:
            raise StorageUnavailable(str(error)) from error

    async def write(self, fn: Callable[[Tx], T]) -> T:
        outcome, committed = await self._in_thread(self._write, fn)
        for after in committed:
            after()
        return outcome

    async def read(self, fn: Callable[[Tx], T]) -> T:
        return await self._in_thread(self._read, fn)

    def batch(self, fn: Callable[[Tx, list[I]], list[O]]) -> Batch[I, O]:
        return PostgresBatch(self, fn)

    async def close(self) -> None:
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        for connection in self._opened:
            connection.close()

    async def _in_thread(self, work: Callable[[Callable[[Tx], T]], O], fn: Callable[[Tx], T]) -> O:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, fn)

    def _write(self, fn: Callable[[Tx], T]) -> tuple[T, list[Callable[[], None]]]:
        for attempt in range(TRIES_MAX):
            try:
                return self._once(_WRITE, fn)
            except (errors.SerializationFailure, errors.DeadlockDetected):
                pause_s = min(RETRY_S_MAX, RETRY_S_FIRST * 2**attempt)
                time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - spreads retries
            except (errors.DiskFull, errors.OutOfMemory) as error:
                raise StorageFull(str(error)) from error
            except psycopg.OperationalError as error:
                raise StorageUnavailable(str(error)) from error
        raise StorageUnavailable("too many conflicting writes")

    def _read(self, fn: Callable[[Tx], T]) -> T:
        try:
            return self._once(_READ, fn)[0]
        except psycopg.OperationalError as error:
            raise StorageUnavailable(str(error)) from error

    def _once(self, begin: str, fn: Callable[[Tx], T]) -> tuple[T, list[Callable[[], None]]]:
        connection = self._connection()
        tx = PostgresTx(connection)
        tx.execute(begin)
        try:
            outcome = fn(tx)
            tx.execute("COMMIT")
        finally:
            if not connection.closed and connection.info.transaction_status != TransactionStatus.IDLE:
                tx.execute("ROLLBACK")
        return outcome, tx.committed

    def _connection(self) -> psycopg.Connection[Row]:
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._connect()
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def _connect(self) -> psycopg.Connection[Row]:
        connection: psycopg.Connection[Row] = psycopg.connect(
            self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
        )
        connection.adapters.register_loader("numeric", _WholeNumber)
        return connection


class PostgresBatch(Generic[I, O]):
    def __init__(self, db: PostgresDatabase, fn: Callable[[Tx, list[I]], list[O]]) -> None:
        self._db = db
        self._fn = fn
        self._queue: list[tuple[I, Callable[[O | BaseException], None]]] = []
        self._task: asyncio.Task[None] | None = None

    def submit(self, item: I, done: Callable[[O | BaseException], None]) -> None:
        self._queue.append((item, done))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def run(self, item: I) -> O:
        future: asyncio.Future[O] = asyncio.get_running_loop().create_future()

        def done(outcome: O | BaseException) -> None:
            if future.done():
                return
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

        self.submit(item, done)
        return await future

    async def _drain(self) -> None:
        while self._queue:
            taken = self._queue[:BATCH_ITEMS_MAX]
            del self._queue[:BATCH_ITEMS_MAX]
            for (_, done), outcome in zip(taken, await self._outcomes([item for item, _ in taken]), strict=True):
                try:
                    done(outcome)
                except Exception as error:
                    context = {"message": "a callback after commit failed", "exception": error}
                    asyncio.get_running_loop().call_exception_handler(context)
        self._task = None

    async def _outcomes(self, items: list[I]) -> Sequence[O | BaseException]:
        try:
            return await self._db.write(lambda tx: self._fn(tx, items))
        except Exception as error:
            if len(items) == 1 or isinstance(error, StorageFull | StorageUnavailable):
                return [error] * len(items)
        return [(await self._outcomes([item]))[0] for item in items]


@lru_cache(maxsize=2_000)
def translate(sql: str) -> str:
    """Our dialect's `?` as psycopg's `%s`; a `?` or `%` inside a literal stays."""
    pieces = sql.replace("%", "%%").split("'")
    pieces[::2] = [piece.replace("?", "%s") for piece in pieces[::2]]
    return "'".join(pieces)
