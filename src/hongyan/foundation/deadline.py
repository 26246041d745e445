"""Until when what is being done is still wanted: set where a request comes in, asked where it meets the database."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from hongyan.foundation.clock import Clock
from hongyan.foundation.db.model import Tx

T = TypeVar("T")


class Expired(Exception):
    """Whoever asked has given up by now: nothing of this was done [OV4]."""


class Deadline:
    def __init__(self, clock: Clock, within_s: float) -> None:
        self._clock = clock
        self._at_s = clock.monotonic_s() + within_s

    @property
    def is_past(self) -> bool:
        return self._clock.monotonic_s() > self._at_s


# Of the request that this task serves; None outside of requests.
CURRENT: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def in_time(fn: Callable[[Tx], T]) -> Callable[[Tx], T]:
    """`fn`, but raising Expired in place of its first statement when its request's deadline is past by then."""
    deadline = CURRENT.get()
    if deadline is None:
        return fn

    def timely(tx: Tx) -> T:
        if deadline.is_past:
            raise Expired
        return fn(tx)

    return timely
