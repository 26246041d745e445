"""One round of writes, whichever engine commits it: queued functions and batches, each undone alone if it fails."""

import asyncio
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from hongyan.foundation.db.model import Tx

T = TypeVar("T")
I = TypeVar("I")
O = TypeVar("O")

# The queue carries items of every batch, so their types end here and begin again in the batch's own callback.
Done: TypeAlias = Callable[[Any], None]
Entry: TypeAlias = "tuple[QueuedBatch[Any, Any] | None, Any, Done]"
Answer: TypeAlias = tuple[Done, Any]


class Failure:
    """An error as an outcome, so that a function may also return an exception as its value."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class RoundTx(Tx, Protocol):
    committed: list[Callable[[], None]]
    others: int


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


class QueuedBatch(Generic[I, O]):
    def __init__(self, put: Callable[[Entry], None], fn: Callable[[Tx, list[I]], list[O]]) -> None:
        self.fn = fn
        self._put = put

    def submit(self, item: I, done: Callable[[O | BaseException], None]) -> None:
        def unwrap(outcome: O | Failure) -> None:
            done(outcome.error if isinstance(outcome, Failure) else outcome)

        self._put((self, item, unwrap))

    async def run(self, item: I) -> O:
        future: asyncio.Future[O] = asyncio.get_running_loop().create_future()
        self._put((self, item, settle(future)))
        return await future


def run_round(tx: RoundTx, entries: list[Entry], ends_round: Callable[[Exception], bool]) -> list[Answer]:
    """Run all of `entries` in the transaction `tx` has open; the answers may be given once it is committed.

    An error for which `ends_round` is true leaves nothing to go on with and is raised.
    """
    answers: list[Answer] = []
    batches: dict[QueuedBatch[Any, Any], list[tuple[Any, Done]]] = {}
    for batch, item, done in entries:
        if batch is None:
            tx.others += 1
            answers.append((done, _savepoint(tx, ends_round, item, tx)))
        else:
            batches.setdefault(batch, []).append((item, done))
    for batch, items in batches.items():
        answers.extend(_run_batch(tx, ends_round, batch, items))
    return answers


def _run_batch(
    tx: RoundTx, ends_round: Callable[[Exception], bool], batch: QueuedBatch[Any, Any], items: list[tuple[Any, Done]]
) -> list[Answer]:
    outcomes = _savepoint(tx, ends_round, batch.fn, tx, [item for item, _ in items])
    if isinstance(outcomes, Failure):
        if len(items) == 1:
            return [(items[0][1], outcomes)]
        return [answer for item in items for answer in _run_batch(tx, ends_round, batch, [item])]
    assert len(outcomes) == len(items), "a batch gives one outcome for each item"
    return [(done, outcome) for (_, done), outcome in zip(items, outcomes, strict=True)]


def _savepoint(tx: RoundTx, ends_round: Callable[[Exception], bool], fn: Callable[..., Any], *args: Any) -> Any:
    """What `fn` returns, or a Failure with nothing of it left."""
    mark = len(tx.committed)
    tx.execute("SAVEPOINT item")
    try:
        outcome = fn(*args)
    except Exception as error:
        if ends_round(error):
            raise
        tx.execute("ROLLBACK TO SAVEPOINT item")
        outcome = Failure(error)
        del tx.committed[mark:]
        tx.others += 1
    tx.execute("RELEASE SAVEPOINT item")
    return outcome
