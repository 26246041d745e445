"""Events: written in the transaction of the change they tell of, delivered after it, at least once.

A handler must be idempotent: after a crash, an error of another handler, or a lost lease it sees the event again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
import structlog

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, StorageFull, StorageUnavailable, Tx
from hongyan.foundation.metrics import EVENTS_FAILED, EVENTS_HANDLED

E = TypeVar("E")

EVENTS_PER_VISIT = 100
LEASE_S = 30
RETRY_S_MAX = 300
POLL_S = 5.0

_log = structlog.get_logger("events")
# One table carries every event type; each handler is only given the type it subscribed to.
_Handler = Callable[[Any], Awaitable[None]]


class Events:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._types: dict[str, type[Any]] = {}
        self._handlers: dict[str, list[_Handler]] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, event_type: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        """`handler` is awaited for each event of this type, a frozen dataclass or struct of plain values."""
        topic = _topic(event_type)
        self._types[topic] = event_type
        self._handlers.setdefault(topic, []).append(handler)

    def emit(self, tx: Tx, event: object) -> None:
        """Deliver `event` once this transaction is durable; an event nobody subscribed to is dropped."""
        topic = _topic(type(event))
        if topic in self._handlers:
            tx.execute(
                "INSERT INTO outbox_event (topic, payload, attempts, due_at_ms) VALUES (?, ?, 0, ?)",
                (topic, msgspec.msgpack.encode(event), self._clock.now_ms()),
            )
            tx.after_commit(self._wake.set)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="events")

    async def stop(self) -> None:
        """What is not handled by now is handled after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def deliver_due(self) -> int:
        """Handle what is due now; returns how many were handled. `start` does this by itself."""
        handled = 0
        while claimed := await self._db.write(self._claim):
            for event_id, topic, payload in claimed:
                if await self._handle(topic, payload):
                    await self._db.write(partial(_erase, event_id))
                    handled += 1
        return handled

    def _claim(self, tx: Tx) -> list[tuple[int, str, bytes]]:
        now_ms = self._clock.now_ms()
        rows = tx.all(
            "SELECT id, topic, payload, attempts FROM outbox_event WHERE due_at_ms <= ? ORDER BY id LIMIT ?",
            (now_ms, EVENTS_PER_VISIT),
        )
        claimed = []
        for event_id, topic, payload, attempts in rows:
            assert isinstance(event_id, int) and isinstance(topic, str)
            assert isinstance(payload, bytes) and isinstance(attempts, int)
            again_s = min(LEASE_S * 2 ** min(attempts, 8), RETRY_S_MAX)
            tx.execute(
                "UPDATE outbox_event SET attempts = attempts + 1, due_at_ms = ? WHERE id = ?",
                (now_ms + again_s * 1000, event_id),
            )
            claimed.append((event_id, topic, payload))
        return claimed

    async def _handle(self, topic: str, payload: bytes) -> bool:
        if topic not in self._types:
            return True  # Written by another release for a handler that this one does not have.
        event = msgspec.msgpack.decode(payload, type=self._types[topic])
        try:
            for handler in self._handlers[topic]:
                await handler(event)
        except Exception as error:
            EVENTS_FAILED.labels(topic).inc()
            _log.error("event_failed", topic=topic, error=type(error).__name__, exc_info=True)
            return False
        EVENTS_HANDLED.labels(topic).inc()
        return True

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.deliver_due()
            except (StorageFull, StorageUnavailable) as error:
                _log.warning("events_wait_for_storage", error=type(error).__name__)
            try:
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()
            except TimeoutError:
                pass


def _erase(event_id: int, tx: Tx) -> None:
    tx.execute("DELETE FROM outbox_event WHERE id = ?", (event_id,))


def _topic(event_type: type[Any]) -> str:
    return f"{event_type.__module__}.{event_type.__qualname__}"
