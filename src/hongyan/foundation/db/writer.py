"""The one writer of a SQLite database: many queued functions, one transaction, one fsync, then the answers.

A round: BEGIN; each queued function in its own SAVEPOINT; each batch's items in one call; COMMIT; and only
then are the answers given. Statements run on the event loop, the COMMIT with its fsync in a thread: a thread
that ran statements would lose the GIL at each of them to a busy loop (docs/adr/0011-writer.md). While the
thread commits, the loop gathers the next round and does not touch the connection.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import apsw

from hongyan.foundation.db.model import StorageFull, StorageUnavailable, Tx
from hongyan.foundation.db.pace import Pace
from hongyan.foundation.db.rounds import Answer, Entry, Failure, QueuedBatch, RoundTx, run_round, settle
from hongyan.foundation.metrics import STORAGE_FAILURES, WRITER_COMMIT_SECONDS, WRITER_QUEUE, WRITER_ROUND_ITEMS

T = TypeVar("T")
I = TypeVar("I")
O = TypeVar("O")

ROUND_ITEMS_MAX = 512
IDLE_S_BEFORE_TRUNCATE = 0.5
BUSY_S_BEFORE_TRUNCATE = 30.0


def storage_error(error: apsw.Error) -> Exception:
    """What a feature is told of a failure of the storage; a mistake in the SQL stays what it is."""
    if isinstance(error, apsw.FullError):
        return StorageFull(str(error))
    unavailable = (
        apsw.IOError,
        apsw.CantOpenError,
        apsw.BusyError,
        apsw.ReadOnlyError,
        apsw.CorruptError,
        apsw.NoMemError,
        apsw.NotADBError,
    )
    return StorageUnavailable(str(error)) if isinstance(error, unavailable) else error


class Writer:
    def __init__(self, connection: apsw.Connection, tx: RoundTx, *, on_disk: bool) -> None:
        self._connection = connection
        self._tx = tx
        self._on_disk = on_disk
        self._queue: deque[Entry] = deque()
        # A round is being run or committed, or the WAL truncated: the connection is taken.
        self._taken = False
        self._closed = False
        self._drained = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._tidy_timer: asyncio.TimerHandle | None = None
        self._tidied_at_s = time.monotonic()
        self.doubters: list[Callable[[], None]] = []
        self.pace = Pace()

    async def write(self, fn: Callable[[Tx], T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.put((None, fn, settle(future)))
        return await future

    def batch(self, fn: Callable[[Tx, list[I]], list[O]]) -> QueuedBatch[I, O]:
        return QueuedBatch(self.put, fn)

    def put(self, entry: Entry) -> None:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._run_thread, name="commit", daemon=True)
            self._thread.start()
        self._queue.append(entry)
        self.pace.put()
        self._begin_soon()

    async def close(self) -> None:
        """Store what is queued, empty the WAL, then stop."""
        self._closed = True
        if self._thread is None:
            return
        if self._tidy_timer is not None:
            self._tidy_timer.cancel()
        if self._taken or self._queue:
            self._drained.clear()
            await self._drained.wait()
        self._work.put(self._tidy_at_end)
        self._work.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _begin_soon(self) -> None:
        """What else arrives in this visit of the loop joins the round."""
        if not self._taken:
            assert self._loop is not None
            self._taken = True
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        if not self._queue:
            self._rest()
            return
        entries = [self._queue.popleft() for _ in range(min(len(self._queue), ROUND_ITEMS_MAX))]
        WRITER_QUEUE.set(len(self._queue))
        self.pace.begin(left=len(self._queue))
        try:
            answers = self._run_round(entries)
        except Exception as error:
            self._finish(entries, [], error)
        else:
            self._work.put(lambda: self._commit(entries, answers))

    def _rest(self) -> None:
        assert self._loop is not None
        self._taken = False
        self._drained.set()
        if self._on_disk and not self._closed and self._tidy_timer is None:
            self._tidy_timer = self._loop.call_later(IDLE_S_BEFORE_TRUNCATE, self._tidy)

    def _commit(self, entries: list[Entry], answers: list[Answer]) -> None:
        """In the thread: make the round durable."""
        failed = None
        started_s = time.perf_counter()
        try:
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            failed = error
        taken_s = time.perf_counter() - started_s
        WRITER_COMMIT_SECONDS.observe(taken_s)
        if time.monotonic() - self._tidied_at_s > BUSY_S_BEFORE_TRUNCATE:
            self._truncate_wal()
        self._call_loop(lambda: self._committed(entries, answers, failed, taken_s))

    def _committed(self, entries: list[Entry], answers: list[Answer], failed: Exception | None, taken_s: float) -> None:
        self.pace.committed(taken_s)
        self._finish(entries, answers, failed)

    def _finish(self, entries: list[Entry], answers: list[Answer], failed: Exception | None) -> None:
        """On the loop: give the answers, all of them Failures if the round failed."""
        assert self._loop is not None
        committed, self._tx.committed = self._tx.committed, []
        if failed is not None:
            self._roll_back()
            self._tx.others += 1
            STORAGE_FAILURES.labels(type(failed).__name__).inc()
            failure = Failure(storage_error(failed) if isinstance(failed, apsw.Error) else failed)
            # An error from COMMIT does not say whether the round is stored.
            answers, committed = [(done, failure) for _, _, done in entries], self.doubters if answers else []
        if self._tidy_timer is not None:
            self._tidy_timer.cancel()
            self._tidy_timer = None
        self._loop.call_soon(self._begin)
        WRITER_ROUND_ITEMS.observe(len(entries))
        for done, outcome in answers:
            self._guarded(done, outcome)
        for fn in committed:
            self._guarded(fn)

    def _roll_back(self) -> None:
        """SQLite has rolled back by itself after most errors of the disk; a failing rollback is repeated next round."""
        if self._connection.in_transaction:
            with contextlib.suppress(apsw.Error):
                self._connection.execute("ROLLBACK")

    def _guarded(self, fn: Callable[..., None], *args: Any) -> None:
        """A callback that fails must not keep the others from their answers."""
        try:
            fn(*args)
        except Exception as error:
            assert self._loop is not None
            self._loop.call_exception_handler({"message": "a callback after commit failed", "exception": error})

    def _run_round(self, entries: list[Entry]) -> list[Answer]:
        """Run everything of a round up to, not including, its COMMIT."""
        self._roll_back()
        self._connection.execute("BEGIN IMMEDIATE")
        return run_round(self._tx, entries, self._ends_round)

    def _ends_round(self, error: Exception) -> bool:
        """The storage failed, or SQLite rolled back the whole transaction by itself."""
        storage_failed = isinstance(error, apsw.Error) and storage_error(error) is not error
        return storage_failed or not self._connection.in_transaction

    def _tidy(self) -> None:
        """Idle: what was erased is still in the WAL file; empty it."""
        self._tidy_timer = None
        if not self._taken:
            self._taken = True
            self._work.put(self._tidy_in_thread)

    def _tidy_in_thread(self) -> None:
        done = self._truncate_wal()
        self._call_loop(self._begin if not done else self._tidied)

    def _tidy_at_end(self) -> None:
        self._truncate_wal()

    def _tidied(self) -> None:
        if self._queue:
            self._begin()
        else:
            self._taken = False
            self._drained.set()

    def _truncate_wal(self) -> bool:
        """False if a reader was in the way or the disk refused: to be tried again."""
        self._tidied_at_s = time.monotonic()
        if not self._on_disk:
            return True
        try:
            row = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except apsw.Error:
            return False
        return row is not None and row[0] == 0

    def _call_loop(self, fn: Callable[[], None]) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(fn)

    def _run_thread(self) -> None:
        while (work := self._work.get()) is not None:
            work()
