"""Who is woken when [PU2] [PU3].

A device is looked at when its time has come: if mail that is worth it waits above `woken_seq` and the device has not
taken what there was, it is woken. The mailboxes themselves are the outbox: `woken_seq` is raised only once a push
service took the wake-up, so a crash at any moment costs at most a second wake-up.

`_due` is what is remembered: when to look at whom, and the seq that gave rise to it.
"""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from typing import Final

import structlog

from hongyan.delivery import Hub, newest_worth_waking
from hongyan.foundation.addresses import split_url
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, StorageFull, StorageUnavailable, Tx
from hongyan.foundation.ids import DeviceId
from hongyan.foundation.outside import Outcome
from hongyan.push import store
from hongyan.push.hosts import Hosts
from hongyan.push.metrics import WAITING, WAKES
from hongyan.push.model import (
    LEFT_S,
    STARTED_S,
    SUBSCRIPTIONS_PER_LOOK,
    UNANSWERED_S,
    WAKE_AFTER_S,
    WAKE_AGAIN_S,
    WAKES_WAITING_MAX,
    Kind,
    Subscription,
)
from hongyan.push.rules import retry_s
from hongyan.push.sender import Sender

_log = structlog.get_logger("push")
# Devices that left are looked at though nothing new came; any mail that waits is above this.
_ANY: Final = 0


@dataclass(frozen=True, slots=True)
class Due:
    at_s: float
    seq: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A device that is to be woken, up to which seq."""

    subscription: Subscription
    seq: int


class Waker:
    """Delivery's Waker. Lives on the event loop."""

    def __init__(self, db: Database, clock: Clock, hub: Hub, sender: Sender) -> None:
        self.watched: set[DeviceId] = set()
        self._db = db
        self._clock = clock
        self._hub = hub
        self._sender = sender
        self._hosts = Hosts()
        self._due: dict[DeviceId, Due] = {}
        # By time; an entry that is not the device's in `_due` any more is passed over.
        self._queue: list[tuple[float, DeviceId]] = []
        self._quiet_until_s: dict[DeviceId, float] = {}
        self._changed = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    # --- what delivery tells ----------------------------------------------------------------------

    def mail_waits(self, device_id: DeviceId, seq: int) -> None:
        self._look_at(device_id, UNANSWERED_S if self._hub.is_connected(device_id) else WAKE_AFTER_S, seq)

    def came(self, device_id: DeviceId) -> None:
        self._due.pop(device_id, None)
        self._quiet_until_s.pop(device_id, None)

    def left(self, device_id: DeviceId) -> None:
        """Mail may have been pushed to it that it never took."""
        self._look_at(device_id, LEFT_S, _ANY)

    # --- subscriptions come and go ------------------------------------------------------------------

    def watch(self, device_id: DeviceId) -> None:
        self.watched.add(device_id)

    def forget(self, device_id: DeviceId) -> None:
        self.watched.discard(device_id)
        self.came(device_id)

    # --- work ---------------------------------------------------------------------------------------

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="push")

    async def stop(self) -> None:
        """What is on its way is given up: it is still in the mailboxes, and the next start finds it."""
        tasks = [*self._running, *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look_everywhere(self) -> None:
        """Find what nobody told of: mail from before a start, or of another process; and who is to be watched."""
        last = 0
        while page := await self._db.read(partial(_waiting_after, last)):
            for one, seq in page:
                last = one.device_id
                self.watch(one.device_id)
                if seq is not None and one.device_id not in self._due and not self._hub.is_connected(one.device_id):
                    self._look_at(one.device_id, STARTED_S, _ANY)
            await asyncio.sleep(0)

    async def wake_due(self) -> None:
        """Wake whoever is due by the clock; returns when that is done. `start` does this by itself."""
        tasks = self._begin_due()
        await asyncio.gather(*tasks)

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            self._begin_due()
            is_full = len(self._running) >= WAKES_WAITING_MAX
            pause_s = None if is_full or not self._queue else self._queue[0][0] - self._clock.monotonic_s()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._changed.wait()

    def _look_at(self, device_id: DeviceId, pause_s: float, seq: int) -> None:
        """Look at the device then, if not earlier, and not before it may be woken again."""
        at_s = max(self._clock.monotonic_s() + pause_s, self._quiet_until_s.get(device_id, 0.0))
        due = self._due.get(device_id)
        if due is not None and due.at_s <= at_s:
            return
        self._due[device_id] = Due(at_s, seq)
        heappush(self._queue, (at_s, device_id))
        if self._queue[0][0] == at_s:
            self._changed.set()
        WAITING.set(len(self._due))

    def _begin_due(self) -> list[asyncio.Task[None]]:
        now_s = self._clock.monotonic_s()
        begun = []
        while self._queue and self._queue[0][0] <= now_s and len(self._running) < WAKES_WAITING_MAX:
            at_s, device_id = heappop(self._queue)
            due = self._due.get(device_id)
            if due is None or due.at_s != at_s:
                continue
            del self._due[device_id]
            task = asyncio.create_task(self._look(device_id, due), name="wake")
            self._running.add(task)
            task.add_done_callback(self._ended)
            begun.append(task)
        WAITING.set(len(self._due))
        return begun

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("wake_failed", error=type(error).__name__, exc_info=error)

    async def _look(self, device_id: DeviceId, due: Due) -> None:
        """Wake the device if it is still to be woken; a failure is looked at again later."""
        if self._hub.has_taken(device_id, due.seq):
            return
        try:
            wanted = await self._db.read(partial(_wanted, device_id))
            if wanted is not None:
                await self._wake(wanted, due)
        except (StorageFull, StorageUnavailable) as error:
            _log.warning("push_waits_for_storage", error=type(error).__name__)
            self._look_at(device_id, retry_s(1, None, _jitter()), due.seq)

    async def _wake(self, wanted: Wanted, due: Due) -> None:
        one = wanted.subscription
        parts = split_url(one.endpoint)
        host = self._hosts.of("" if parts is None else parts.netloc)
        async with host.places:
            if pause_s := host.pause_s(self._clock.monotonic_s()):
                self._look_at(one.device_id, pause_s, due.seq)
                return
            if self._hub.has_taken(one.device_id, due.seq):
                return
            self._quiet_until_s[one.device_id] = self._clock.monotonic_s() + WAKE_AGAIN_S
            answer = await self._sender.send(one, Kind.MAIL)
            if answer.outcome in (Outcome.UNREACHABLE, Outcome.BUSY, Outcome.INNER):
                host.failed(self._clock.monotonic_s(), answer.retry_after_s, _jitter())
            else:
                host.answered()
        WAKES.labels(answer.outcome.value).inc()
        await self._db.write(lambda tx: note(tx, one, answer.outcome, wanted.seq))
        if answer.outcome is Outcome.GONE:
            self.forget(one.device_id)
        elif answer.outcome is not Outcome.TAKEN:
            pause_s = retry_s(one.failures + 1, answer.retry_after_s, _jitter())
            self._quiet_until_s[one.device_id] = self._clock.monotonic_s() + pause_s
            self._due.pop(one.device_id, None)
            self._look_at(one.device_id, pause_s, due.seq)


def seq_to_wake_for(tx: Tx, one: Subscription) -> int | None:
    """The newest mail for which the device is yet to be woken."""
    muted = store.muted(tx, one.device_id)
    return newest_worth_waking(tx, one.device_id, one.account_id, after=one.woken_seq, muted=muted)


def note(tx: Tx, one: Subscription, outcome: Outcome, seq: int) -> None:
    """Keep what became of a wake-up."""
    if outcome is Outcome.TAKEN:
        store.note_woken(tx, one.device_id, one.endpoint, seq)
    elif outcome is Outcome.GONE:
        store.erase_endpoint(tx, one.device_id, one.endpoint)
    else:
        store.note_failure(tx, one.device_id, one.endpoint, outcome)


def _waiting_after(device_id: int, tx: Tx) -> list[tuple[Subscription, int | None]]:
    return [(one, seq_to_wake_for(tx, one)) for one in store.subscriptions_after(tx, device_id, SUBSCRIPTIONS_PER_LOOK)]


def _wanted(device_id: DeviceId, tx: Tx) -> Wanted | None:
    one = store.subscription(tx, device_id)
    seq = None if one is None else seq_to_wake_for(tx, one)
    return None if one is None or seq is None else Wanted(one, seq)


def _jitter() -> float:
    return random.random()  # noqa: S311 - spreads load
