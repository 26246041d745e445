"""What a feature sees of the database, whichever engine runs it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias, TypeVar

Value: TypeAlias = int | str | bytes | float | None
Row: TypeAlias = tuple[Value, ...]

T = TypeVar("T")
I = TypeVar("I")
O = TypeVar("O")
I_contra = TypeVar("I_contra", contravariant=True)
O_co = TypeVar("O_co", covariant=True)


class StorageFull(Exception):
    """The disk is full: nothing of this write is stored; reads go on; try again later."""


class StorageUnavailable(Exception):
    """The database cannot be reached or written: whether this write is stored is unknown until it is repeated."""


class DatabaseTooNew(Exception):
    """The database was written by a newer version of the program."""

    def __init__(self, feature: str, number: int) -> None:
        super().__init__(f"{feature} {number}")
        self.feature = feature
        self.number = number


class DatabaseHalfMoved(DatabaseTooNew):
    """`hongyan migrate` has begun to fill this database and has not finished."""


class Tx(Protocol):
    """One transaction: what its function sees is stored whole or not at all.

    What a batch has learned in earlier rounds of what only batches write holds as long as `others` and `batches` are
    the same; of what other functions write, as long as `others` is.
    """

    @property
    def others(self) -> int:
        """Changes whenever anything but a batch may have written, or a batch's writing was undone."""
        ...

    @property
    def batches(self) -> int:
        """Changes whenever a batch of another process may have written."""
        ...

    def execute(self, sql: str, params: Sequence[Value] = ()) -> int:
        """Run one statement; returns the number of rows it changed."""
        ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]]) -> None: ...

    def each(self, sql: str, rows: Iterable[Sequence[Value]]) -> list[Row]:
        """Run one statement for each of `rows`; all that they return, in order."""
        ...

    def among(self, sql: str, values: Iterable[Value]) -> list[Row]:
        """The rows of a SELECT that ends in `= ?` for any of `values`, in no particular order."""
        ...

    def one(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        """The first row, or None if there is none."""
        ...

    def all(self, sql: str, params: Sequence[Value] = ()) -> list[Row]: ...

    def after_commit(self, fn: Callable[[], None]) -> None:
        """Call `fn` on the event loop once this is durable; never, if it is rolled back."""
        ...


class Batch(Protocol[I_contra, O_co]):
    """A queue of like items, handled many at a time in one transaction."""

    def submit(self, item: I_contra, done: Callable[[O_co | BaseException], None]) -> None:
        """Queue `item`; `done` is called on the loop with its outcome once that is durable, or with the error."""
        ...

    async def run(self, item: I_contra) -> O_co: ...


class Database(Protocol):
    # Whether other processes may write as well.
    is_shared: bool

    @property
    def commit_s(self) -> float:
        """What a commit takes these days."""
        ...

    @property
    def backlog_s(self) -> float:
        """How long the oldest write has been waiting for its round; 0 when none waits."""
        ...

    async def write(self, fn: Callable[[Tx], T]) -> T:
        """Store what `fn` does; returns once it is durable.

        `fn` must be re-runnable: it may be called again after a conflict. What it raises undoes it and only it.
        On SQLite it runs on the event loop: a few milliseconds at most, so erase many rows in slices.
        Raises StorageFull, StorageUnavailable, and Expired when the request it serves came to its deadline first.
        """
        ...

    async def read(self, fn: Callable[[Tx], T]) -> T:
        """Run `fn` on one consistent snapshot that includes every write that has returned."""
        ...

    def batch(self, fn: Callable[[Tx, list[I]], list[O]]) -> Batch[I, O]:
        """The hot path: `fn` gets all queued items at once and returns one outcome for each, in order.

        If `fn` raises for many items, each is tried alone, so that only the culprit gets the error.
        """
        ...

    def when_in_doubt(self, fn: Callable[[], None]) -> None:
        """Call `fn` on the loop whenever writes failed that may be stored all the same.

        What they would have told after their commit is never told. `fn` is called before anything of a later write.
        """
        ...

    async def close(self) -> None:
        """Store what is queued, then close."""
        ...
