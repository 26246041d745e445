"""The one writer of a SQLite database: many queued functions, one transaction, one fsync, then the answers.

A round: BEGIN; each queued function in its own SAVEPOINT; each batch's items in one call; COMMIT; and only
then are the answers given, all in one visit to the event loop.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import apsw

from hongyan.foundation.db.model import StorageFull, StorageUnavailable, Tx

T = TypeVar("T")
I = TypeVar("I")  # noqa: E741 - item in
O = TypeVar("O")  # noqa: E741 - outcome out

ROUND_ITEMS_MAX = 2_000
IDLE_S_BEFORE_TRUNCATE = 0.5

# The queue carries items of every batch, so their types end here and begin again in the batch's own callback.
Done: TypeAlias = Callable[[Any], None]
Entry: TypeAlias = "tuple[WriterBatch[Any, Any] | None, Any, Done]"
Answer: TypeAlias = tuple[Done, Any]


class Failure:
    """An error as an outcome, so that a function may also return an exception as its value."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class RoundTx(Tx, Protocol):
    committed: list[Callable[[], None]]


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
    )
    return StorageUnavailable(str(error)) if isinstance(error, unavailable) else error


def settle(future: "asyncio.Future[T]") -> Done:
    """A callback that resolves `future` with the outcome it is given."""

    def done(outcome: T | Failure) -> None:
        if future.done():
            return
        if isinstance(outcome, Failure):
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome)

    return done


class WriterBatch(Generic[I, O]):
    def __init__(self, writer: "Writer", fn: Callable[[Tx, list[I]], list[O]]) -> None:
        self.fn = fn
        self._writer = writer

    def submit(self, item: I, done: Callable[[O | BaseException], None]) -> None:
        def unwrap(outcome: O | Failure) -> None:
            done(outcome.error if isinstance(outcome, Failure) else outcome)

        self._writer.put((self, item, unwrap))

    async def run(self, item: I) -> O:
        future: asyncio.Future[O] = asyncio.get_running_loop().create_future()
        self._writer.put((self, item, settle(future)))
        return await future


class Writer:
    def __init__(self, connection: apsw.Connection, tx: RoundTx, *, on_disk: bool) -> None:
        self._connection = connection
        self._tx = tx
        self._on_disk = on_disk
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    async def write(self, fn: Callable[[Tx], T]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.put((None, fn, settle(future)))
        return await future

    def batch(self, fn: Callable[[Tx, list[I]], list[O]]) -> WriterBatch[I, O]:
        return WriterBatch(self, fn)

    def put(self, entry: Entry) -> None:
        if self._closed:
            raise StorageUnavailable("the database is closed")
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()
        self._queue.put(entry)

    async def close(self) -> None:
        """Store what is queued, then stop."""
        self._closed = True
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    def _run(self) -> None:
        untidy = True
        while True:
            try:
                entry = self._queue.get(timeout=IDLE_S_BEFORE_TRUNCATE if untidy and self._on_disk else None)
            except queue.Empty:
                untidy = not self._truncate_wal()
                continue
            if entry is None:
                self._truncate_wal()
                return
            entries = [entry]
            while len(entries) < ROUND_ITEMS_MAX:
                try:
                    entry = self._queue.get_nowait()
                except queue.Empty:
                    break
                if entry is None:
                    self._queue.put(None)
                    break
                entries.append(entry)
            untidy = True
            self._give(self._round(entries))

    def _give(self, answers: list[Answer]) -> None:
        after_commit, self._tx.committed = self._tx.committed, []

        def deliver() -> None:
            for done, outcome in answers:
                done(outcome)
            for fn in after_commit:
                fn()

        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(deliver)

    def _round(self, entries: list[Entry]) -> list[Answer]:
        """Everything of a round is durable when this returns, or every answer in it is a Failure."""
        answers: list[Answer] = []
        batches: dict[WriterBatch[Any, Any], list[tuple[Any, Done]]] = {}
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            for batch, item, done in entries:
                if batch is None:
                    answers.append((done, self._savepoint(item, self._tx)))
                else:
                    batches.setdefault(batch, []).append((item, done))
            for batch, items in batches.items():
                answers.extend(self._run_batch(batch, items))
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._tx.committed.clear()
            failure = Failure(storage_error(error))
            return [(done, failure) for _, _, done in entries]
        return answers

    def _run_batch(self, batch: WriterBatch[Any, Any], items: list[tuple[Any, Done]]) -> list[Answer]:
        outcomes = self._savepoint(batch.fn, self._tx, [item for item, _ in items])
        if isinstance(outcomes, Failure):
            if len(items) == 1:
                return [(items[0][1], outcomes)]
            return [answer for item in items for answer in self._run_batch(batch, [item])]
        assert len(outcomes) == len(items), "a batch gives one outcome for each item"
        return [(done, outcome) for (_, done), outcome in zip(items, outcomes, strict=True)]

    def _savepoint(self, fn: Callable[..., Any], *args: Any) -> Any:
        """What `fn` returns, or a Failure with nothing of it left. Raises apsw.Error when the storage failed."""
        mark = len(self._tx.committed)
        self._connection.execute("SAVEPOINT item")
        try:
            outcome = fn(*args)
        except Exception as error:
            storage_failed = isinstance(error, apsw.Error) and storage_error(error) is not error
            if storage_failed or not self._connection.in_transaction:
                raise
            self._connection.execute("ROLLBACK TO item")
            outcome = Failure(error)
            del self._tx.committed[mark:]
        self._connection.execute("RELEASE item")
        return outcome

    def _truncate_wal(self) -> bool:
        """Empty the WAL file, which still holds what was erased; False if a reader was in the way."""
        if not self._on_disk:
            return True
        try:
            row = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except apsw.Error:
            return False
        return row is not None and row[0] == 0
