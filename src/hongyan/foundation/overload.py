"""Admission: what the server takes on when it is asked for more than it can do [OV1]-[OV5], docs/adr/0024-overload.md.

`Control` is the rule, without clock or loop: from what came, was admitted and was done in a window, and how long
things waited, to which levels are admitted in the next. `Gate` feeds it: callers ask it before they decode.
The heartbeat rests while nobody asks.
"""

from __future__ import annotations

import asyncio
import secrets
from enum import IntEnum
from typing import Final, Protocol

from hongyan.foundation.clock import Clock
from hongyan.foundation.metrics import ADMISSION_LEVEL, TURNED_AWAY

USER_LEVELS: Final = 128
TURN_S: Final = 10.0

WINDOW_S: Final = 0.1
# Waiting beyond this is a queue that grows; a round of the database is a batch, and small ones are dear.
WAIT_S_MAX: Final = 0.1
# A window in which nothing was done is kept open: a round of the database may be longer than one.
WINDOW_S_MAX: Final = 1.0
# Rounds and their answers come in bursts: what is admitted and done a second is averaged over some windows.
AVERAGING: Final = 0.3
CUT: Final = 0.95
RAISE: Final = 0.01
# A slower disk than this is no excuse for a queue.
COMMIT_S_MAX: Final = 0.1
# So little is never too much, however slow the machine feels at the moment.
ADMITTED_PER_S_MIN: Final = 160.0

RETRY_MS_MIN: Final = 200
RETRY_MS_MAX: Final = 30_000
RETRY_STEP: Final = 1.25
# Those who come back in vain may cost this share of what is done.
TURNED_AWAY_SHARE: Final = 0.05

BEAT_S: Final = 0.01


class Class(IntEnum):
    """What a request is, from its first bytes alone [OV1]; the lower, the longer it is admitted."""

    FIRST = 0
    MESSAGE = 1
    ASK = 3
    BULK = 5


# How long what was asked is still wanted [OV4]; of bulk nobody can say, for it is read as slowly as its line is.
MESSAGE_LIFETIME_S: Final = 5.0
REQUEST_LIFETIME_S: Final = 20.0
LEVELS: Final = (max(Class) + 1) * USER_LEVELS


class Pace(Protocol):
    """What the gate asks of the database."""

    @property
    def commit_s(self) -> float:
        """What a commit takes these days."""
        ...

    @property
    def backlog_s(self) -> float:
        """How long the oldest write has been waiting for its round; 0 when none waits."""
        ...


class Control:
    """DAGOR's rule (SoCC 2018) with two changes: a cut never admits more than is done, and raises in a row double.
    Levels below `limit` are admitted."""

    def __init__(self) -> None:
        self.limit = LEVELS
        self.raise_by = RAISE
        self.retry_ms = float(RETRY_MS_MIN)
        self.arrived = [0] * LEVELS
        self.admitted = 0
        self.done = 0
        self.turned_away = 0
        self._admitted_per_s: float | None = None
        self._done_per_s: float | None = None

    def admit(self, level: int) -> bool:
        self.arrived[level] += 1
        if level < self.limit:
            self.admitted += 1
            return True
        self.turned_away += 1
        return False

    def close(self, *, wait_s: float, window_s: float) -> None:
        """Set the limit for the next window, and when who is turned away in it may come back."""
        self._admitted_per_s = _averaged(self._admitted_per_s, self.admitted / window_s)
        self._done_per_s = _averaged(self._done_per_s, self.done / window_s)
        if wait_s > WAIT_S_MAX:
            per_s = max(CUT * min(self._admitted_per_s, self._done_per_s), ADMITTED_PER_S_MIN)
            target = per_s * window_s
            self.limit = min(self.limit, self._highest_within(target))
            self.raise_by = RAISE
        elif self.limit < LEVELS:
            target = self.admitted + max(1.0, self.raise_by * (self.admitted + self.turned_away))
            self.limit = max(self.limit + 1, self._lowest_beyond(target))
            self.raise_by *= 2
        too_many = self.turned_away > TURNED_AWAY_SHARE * self.done
        self.retry_ms = min(
            max(self.retry_ms * RETRY_STEP if too_many else self.retry_ms / RETRY_STEP, RETRY_MS_MIN), RETRY_MS_MAX
        )
        self.arrived = [0] * LEVELS
        self.admitted = self.done = self.turned_away = 0

    def _highest_within(self, target: float) -> int:
        """Most levels, from the lowest, that together asked `target` times at most; never none of those who asked."""
        count = 0
        for level, asked in enumerate(self.arrived):
            if count and count + asked > target:
                return level
            count += asked
        return LEVELS

    def _lowest_beyond(self, target: float) -> int:
        """Fewest levels, from the lowest, that together asked `target` times; all, if there are not so many."""
        count = 0
        for level, asked in enumerate(self.arrived):
            count += asked
            if count >= target:
                return level + 1
        return LEVELS


def _averaged(before: float | None, now: float) -> float:
    return now if before is None else before + AVERAGING * (now - before)


class Gate:
    """Lives on the event loop. What waits no longer than a commit takes waits for the disk, not for its turn."""

    def __init__(self, clock: Clock, pace: Pace) -> None:
        self._clock = clock
        self._pace = pace
        self._control = Control()
        self._timer: asyncio.TimerHandle | None = None
        self._window_from_s = self._due_s = 0.0
        self._turn_from_s, self._salt = float("-inf"), 1
        self._waited_s = self._lag_s = self._age_s = 0.0
        self._begun = self._beats = 0
        ADMISSION_LEVEL.set(LEVELS)

    @property
    def retry_after_ms(self) -> int:
        """When who is turned away now may come back [OV3]."""
        return round(self._control.retry_ms)

    def admit(self, kind: Class, who: int) -> bool:
        """Whether to take this on; `who` makes all that one caller asks in TURN_S equal."""
        if self._timer is None:
            self._begin_window()
            self._due_s = self._window_from_s + BEAT_S
            self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)
        level = kind * USER_LEVELS + (who * self._salt >> 24) % USER_LEVELS
        return self._control.admit(level)

    def begun(self, waited_s: float, count: int) -> None:
        """`count` things that were admitted leave a queue; `waited_s`: all their waits together."""
        self._waited_s += waited_s
        self._begun += count

    def done(self, count: int = 1) -> None:
        self._control.done += count

    def _beat(self) -> None:
        now_s = self._clock.monotonic_s()
        self._lag_s += max(0.0, now_s - self._due_s)
        self._age_s += self._pace.backlog_s
        self._beats += 1
        window_s = now_s - self._window_from_s
        control = self._control
        if window_s >= WINDOW_S and (control.done or not control.admitted or window_s >= WINDOW_S_MAX):
            idle = not control.admitted and not control.turned_away and control.limit == LEVELS
            TURNED_AWAY.inc(control.turned_away)
            control.close(wait_s=self._worst_s(), window_s=window_s)
            ADMISSION_LEVEL.set(control.limit)
            if idle:
                self._timer = None
                return
            self._begin_window()
        self._due_s = now_s + BEAT_S
        self._timer = asyncio.get_running_loop().call_later(BEAT_S, self._beat)

    def _worst_s(self) -> float:
        """The worst of three means [OV2]: queue wait, how late the loop was, age of the oldest write."""
        queue_s = self._waited_s / self._begun if self._begun else 0.0
        disk_s = min(self._pace.commit_s, COMMIT_S_MAX)
        return max(queue_s - disk_s, self._lag_s / self._beats, self._age_s / self._beats - disk_s)

    def _begin_window(self) -> None:
        self._window_from_s = self._clock.monotonic_s()
        self._waited_s = self._lag_s = self._age_s = 0.0
        self._begun = self._beats = 0
        if self._window_from_s - self._turn_from_s >= TURN_S:
            self._turn_from_s = self._window_from_s
            self._salt = secrets.randbits(32) | 1
