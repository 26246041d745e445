"""Servers that are wrong on purpose, for the simulation: a harness that finds nothing wrong with them is blind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

from hongyan.delivery import expiry, sorting, store
from hongyan.delivery.frames import VerdictCode
from hongyan.delivery.line import Line
from hongyan.delivery.model import Work
from hongyan.delivery.service import Delivery
from hongyan.foundation.db import Tx

Wrong = Callable[[], AbstractContextManager[object]]


def told_before_the_commit() -> AbstractContextManager[object]:
    """Verdicts leave while the transaction is open; mail waits, or who was shown it would hide the loss [DS11]."""

    def sort(delivery: Delivery, tx: Tx, works: list[Work]) -> list[None]:
        outcome = delivery._office.sort(tx, works, now_ms=delivery._clock.now_ms())
        delivery.hub.announce(outcome.decided, ())
        outcome.decided.clear()
        tx.after_commit(lambda: delivery.relay.announce((), outcome.span, outcome.deliveries))
        return [None] * len(works)

    return patch.object(Delivery, "_sort", sort)


def numbers_forgotten() -> AbstractContextManager[object]:
    """A repeated number is a new message [DS4]."""
    return patch.object(sorting, "is_decided", lambda highest, accepted, no: False)


def old_epochs_taken() -> AbstractContextManager[object]:
    """A commit or message of a past epoch is accepted all the same [DS2, DS3]."""
    judge = sorting.judge_place

    def lenient(*args: object) -> VerdictCode:
        code = judge(*args)  # type: ignore[arg-type]  # as they came
        return VerdictCode.ACCEPTED if code is VerdictCode.STALE_EPOCH else code

    return patch.object(sorting, "judge_place", lenient)


def acknowledged_for_her() -> AbstractContextManager[object]:
    """What was sent to a device counts as stored by it [DS5]."""
    acknowledge = Delivery.acknowledge

    def eager(delivery: Delivery, line: Line, seq: int) -> None:
        acknowledge(delivery, line, line.sent_seq)

    return patch.object(Delivery, "acknowledge", eager)


def first_page_taken_for_all() -> AbstractContextManager[object]:
    """A line takes pushes while its mailbox holds older mail that was not sent yet [RT3]."""
    take_page = Line.take_page

    def hasty(line: Line, page: list[tuple[int, bytes]], *, all_read: bool, snapshot_seq: int) -> None:
        take_page(line, page, all_read=True, snapshot_seq=snapshot_seq)

    return patch.object(Line, "take_page", hasty)


@contextmanager
def seqs_begun_anew() -> Iterator[None]:
    """The order of mail begins anew with each life of the server [DS5]."""
    take_seqs = store.take_seqs
    lives: list[Tx] = []

    def take(tx: Tx, count: int) -> int:
        if all(tx is not life for life in lives):
            lives.append(tx)
            tx.execute("UPDATE mail_clock SET seq = 0 WHERE id = 1")
        return take_seqs(tx, count)

    with patch.object(store, "take_seqs", take):
        yield


def mail_gone_at_once() -> AbstractContextManager[object]:
    """One look by a wrong clock is enough to erase mail as too old [DS7]."""
    return patch.object(expiry, "note_old_mail", store.old_seq)


WRONG: tuple[Wrong, ...] = (
    told_before_the_commit,
    numbers_forgotten,
    old_epochs_taken,
    acknowledged_for_her,
    first_page_taken_for_all,
    seqs_begun_anew,
)
