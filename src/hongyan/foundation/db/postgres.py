"""PostgreSQL by psycopg 3: the same functions as on SQLite, SERIALIZABLE, in threads, retried on conflict.

Writes of this process go through one connection in rounds, as on SQLite: one commit makes many durable, and
what they tell after the commit is told in the order of the commits. Reads have connections of their own.
"""

import asyncio
import itertools
import random
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.adapt import Loader
from psycopg.pq import TransactionStatus

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import schema
from hongyan.foundation.db.model import Batch, Row, StorageFull, StorageUnavailable, Tx, Value
from hongyan.foundation.db.pace import Pace
from hongyan.foundation.db.rounds import Answer, Entry, Failure, QueuedBatch, run_round, settle
from hongyan.foundation.deadline import in_time
from hongyan.foundation.metrics import STORAGE_FAILURES, WRITER_QUEUE, WRITER_ROUND_ITEMS

T = TypeVar("T")
I = TypeVar("I")
O = TypeVar("O")

READERS = 4
CONNECT_TIMEOUT_S = 3
TRIES_MAX = 30
RETRY_S_FIRST = 0.002
RETRY_S_MAX = 0.25
ROUND_ITEMS_MAX = 512
MIGRATION_LOCK = 0x686F6E6779616E  # "hongyan": one process migrates, the others wait

# One process writes at a time, and sees all that was committed before: a snapshot begins after LOCK TABLE, and with
# seqs given out under the lock it has every seq up to the newest. A migration by a newer version waits for the same.
_WRITE = "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE schema_migration IN EXCLUSIVE MODE"
# A process that stands still in the middle of a round keeps the others from writing for no longer than this.
_SESSION = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '3s'"
# A server that is gone without a word is noticed within seconds.
KEEPALIVE_S = 3
KEEPALIVES_MAX = 3
UNANSWERED_MS = 6_000
# The connection is gone, also because this process stood still for too long, or leads to a server that takes no writes
# any more.
_LOST = (psycopg.OperationalError, errors.ReadOnlySqlTransaction, errors.IdleInTransactionSessionTimeout)
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class _WholeNumber(Loader):
    """SUM() of whole numbers is `numeric` here and an integer in SQLite."""

    def load(self, data: Any) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text else int(text)


# Steps leave room for what one transaction counts by itself.
_unknown = itertools.count(0, 1_000_000)


class PostgresTx:
    """Knows nothing of what was before, unless it is told otherwise."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection
        self.committed: list[Callable[[], None]] = []
        self.others = next(_unknown)
        self.batches = self.others

    def execute(self, sql: str, params: Sequence[Value] = ()) -> int:
        return max(0, self._run(sql, params).rowcount)

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(translate(sql), rows)

    def each(self, sql: str, rows: Iterable[Sequence[Value]]) -> list[Row]:
        found: list[Row] = []
        with self._connection.cursor() as cursor:
            cursor.executemany(translate(sql), rows, returning=True)
            while cursor.pgresult is not None:
                found += cursor.fetchall()
                if not cursor.nextset():
                    break
        return found

    def among(self, sql: str, values: Iterable[Value]) -> list[Row]:
        assert sql.endswith("= ?")
        return self._connection.execute(translate(sql.removesuffix("?")) + "ANY(%s)", [list(values)]).fetchall()

    def one(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        return self._run(sql, params).fetchone()

    def all(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        return self._run(sql, params).fetchall()

    def after_commit(self, fn: Callable[[], None]) -> None:
        self.committed.append(fn)

    def _run(self, sql: str, params: Sequence[Value]) -> psycopg.Cursor[Row]:
        return self._connection.execute(translate(sql), params)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was so at the end of this process's last round; `others_stored` is the row's count for `others`."""

    others_stored: int
    others: int
    batches: int


class PostgresDatabase:
    engine = "PostgreSQL"
    is_shared = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()
        self._opened: list[psycopg.Connection[Row]] = []
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="postgres-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="postgres-reader")
        self._queue: deque[Entry] = deque()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._doubters: list[Callable[[], None]] = []
        self._pace = Pace()
        self._process = secrets.randbits(62)
        self._known: _Known | None = None
        self._learned: _Known | None = None

    @property
    def commit_s(self) -> float:
        """The statements of a round as well: they do not run on the loop."""
        return self._pace.commit_s

    @property
    def backlog_s(self) -> float:
        return self._pace.backlog_s

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
                            for one in schema.in_postgres(statement):
                                tx.execute(one)
                        schema.record(tx, migration, clock.now_ms())
        except psycopg.OperationalError as error:
            raise StorageUnavailable(str(error)) from error

    async def write(self, fn: Callable[[Tx], T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put((None, in_time(fn), settle(future)))
        return await future

    async def read(self, fn: Callable[[Tx], T]) -> T:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, fn)

    def batch(self, fn: Callable[[Tx, list[I]], list[O]]) -> Batch[I, O]:
        return QueuedBatch(self._put, fn)

    async def size_bytes(self) -> int:
        row = await self.read(lambda tx: tx.one("SELECT pg_database_size(current_database())"))
        assert row is not None
        return int(row[0] or 0)

    def when_in_doubt(self, fn: Callable[[], None]) -> None:
        self._doubters.append(fn)

    async def close(self) -> None:
        """Store what is queued, then close."""
        self._closed = True
        if self._task is not None:
            await self._task
        for pool in (self._writer, self._readers):
            await asyncio.get_running_loop().run_in_executor(None, pool.shutdown)
        for connection in self._opened:
            connection.close()

    def _put(self, entry: Entry) -> None:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        self._queue.append(entry)
        self._pace.put()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain(), name="postgres writer")

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            entries = [self._queue.popleft() for _ in range(min(len(self._queue), ROUND_ITEMS_MAX))]
            WRITER_QUEUE.set(len(self._queue))
            self._pace.begin(left=len(self._queue))
            started_s = time.monotonic()
            try:
                answers, committed = await loop.run_in_executor(self._writer, self._write, entries)
            except Exception as error:
                STORAGE_FAILURES.labels(type(error).__name__).inc()
                failure = Failure(error)
                # A connection lost during COMMIT does not say whether the round is stored.
                answers, committed = [(done, failure) for _, _, done in entries], self._doubters
            self._pace.committed(time.monotonic() - started_s)
            WRITER_ROUND_ITEMS.observe(len(entries))
            for done, outcome in answers:
                _guarded(loop, done, outcome)
            for fn in committed:
                _guarded(loop, fn)
        self._task = None

    def _write(self, entries: list[Entry]) -> tuple[list[Answer], list[Callable[[], None]]]:
        for attempt in range(TRIES_MAX):
            self._local.is_committing = False
            try:
                done = self._once(_WRITE, lambda tx: self._round(tx, entries))
                self._known = self._learned
                return done
            except (errors.SerializationFailure, errors.DeadlockDetected):
                pause_s = min(RETRY_S_MAX, RETRY_S_FIRST * 2**attempt)
                time.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - spreads retries
            except (errors.DiskFull, errors.OutOfMemory) as error:
                raise StorageFull(str(error)) from error
            except _LOST as error:
                self._hang_up()
                if attempt or self._local.is_committing:
                    raise StorageUnavailable(str(error)) from error
        raise StorageUnavailable("too many conflicting writes")

    def _round(self, tx: PostgresTx, entries: list[Entry]) -> list[Answer]:
        """Run the round, with what this process knows of the one before unless another process wrote since."""
        known, self._known = self._known, None  # until this round is committed
        row = tx.one("SELECT process, others FROM last_writer WHERE id = 1") or (0, secrets.randbits(40))
        assert isinstance(row[1], int)
        if known is not None and known.others_stored == row[1]:
            tx.others = known.others
            if row[0] == self._process:
                tx.batches = known.batches
        before = tx.others
        answers = run_round(tx, entries, _ends_round)
        stored = row[1] + (tx.others != before)
        if (self._process, stored) != row:
            tx.execute(
                "INSERT INTO last_writer (id, process, others) VALUES (1, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET process = excluded.process, others = excluded.others",
                (self._process, stored),
            )
        self._learned = _Known(stored, tx.others, tx.batches)
        return answers

    def _read(self, fn: Callable[[Tx], T]) -> T:
        for attempt in range(2):
            try:
                return self._once(_READ, fn)[0]
            except _LOST as error:
                self._hang_up()
                if attempt:
                    raise StorageUnavailable(str(error)) from error
        raise AssertionError("unreachable")

    def _once(self, begin: str, fn: Callable[[PostgresTx], T]) -> tuple[T, list[Callable[[], None]]]:
        connection = self._connection()
        tx = PostgresTx(connection)
        connection.execute(begin)
        try:
            outcome = fn(tx)
            self._local.is_committing = True
            connection.execute("COMMIT")
        finally:
            if not connection.closed and connection.info.transaction_status != TransactionStatus.IDLE:
                tx.execute("ROLLBACK")
        return outcome, tx.committed

    def _connection(self) -> psycopg.Connection[Row]:
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            connection = self._connect()
            connection.execute(_SESSION)
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def _hang_up(self) -> None:
        """The next try connects anew, perhaps to another server: of several, the one that takes writes."""
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._opened.remove(connection)
            self._local.connection = None

    def _connect(self) -> psycopg.Connection[Row]:
        connection: psycopg.Connection[Row] = psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            keepalives_idle=KEEPALIVE_S,
            keepalives_interval=1,
            keepalives_count=KEEPALIVES_MAX,
            tcp_user_timeout=UNANSWERED_MS,
        )
        connection.adapters.register_loader("numeric", _WholeNumber)
        return connection


def _ends_round(error: Exception) -> bool:
    """A conflict with another process, a full disk, or a lost connection: nothing of the round can stay."""
    return isinstance(error, _LOST)


def _guarded(loop: asyncio.AbstractEventLoop, fn: Callable[..., None], *args: object) -> None:
    """A callback that fails must not keep the others from their answers."""
    try:
        fn(*args)
    except Exception as error:
        loop.call_exception_handler({"message": "a callback after commit failed", "exception": error})


@lru_cache(maxsize=2_000)
def translate(sql: str) -> str:
    """Our dialect's `?` as psycopg's `%s`; a `?` or `%` inside a literal stays."""
    pieces = sql.replace("%", "%%").split("'")
    pieces[::2] = [piece.replace("?", "%s") for piece in pieces[::2]]
    return "'".join(pieces)
