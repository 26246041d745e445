"""Time that passes only when nobody has anything left to do: an event loop, a clock and a `time` module on it."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any

START_MS = 1_767_225_600_000


class Deadlock(Exception):
    """Everybody waits, and nothing will ever happen."""


class Endless(Exception):
    """Somebody does something again and again, and it does not end."""


class _Skipping(selectors.SelectSelector):
    """Waits for no file: what would be waited for is skipped."""

    skipped_s = 0.0
    turns = 0
    turns_max = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock
        self.turns += 1
        if self.turns > self.turns_max:
            raise Endless
        self.skipped_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs callbacks in the order of their times; of those of one time, no order is promised."""

    def __init__(self, *, turns_max: int) -> None:
        self._skipping = _Skipping()
        self._skipping.turns_max = turns_max
        super().__init__(self._skipping)
        self.mistakes: list[str] = []
        self.set_exception_handler(self._note)

    def time(self) -> float:
        return self._skipping.skipped_s

    @property
    def turns(self) -> int:
        return self._skipping.turns

    def begin_again(self) -> None:
        """Count the turns anew."""
        self._skipping.turns = 0

    def _note(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.mistakes.append(f"{context['message']}: {context.get('exception')!r}")


class VirtualClock:
    """The server's clock on the loop's time; its wall may be set, its monotonic half may not."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.wall_off_s = 0.0

    def now_ms(self) -> int:
        return START_MS + round((self._loop.time() + self.wall_off_s) * 1000)

    def monotonic_s(self) -> float:
        return self._loop.time()


class VirtualTime:
    """In place of the `time` module in the few files that measure how long a commit takes."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.monotonic = self.perf_counter = loop.time
