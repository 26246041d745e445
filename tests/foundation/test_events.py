"""Events arrive after the commit, at least once, also after a crash."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import MEMORY, OpenedDatabase, Tx, migrations_of, open_database
from hongyan.foundation.events import LEASE_S, Events


@dataclass(frozen=True)
class LetterSent:
    letter_id: int
    to: str


@dataclass(frozen=True)
class NobodyCares:
    letter_id: int


class Listener:
    def __init__(self) -> None:
        self.seen: list[LetterSent] = []
        self.refuse = False

    async def hear(self, event: LetterSent) -> None:
        self.seen.append(event)
        if self.refuse:
            raise LookupError("not now")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def db(clock: ManualClock) -> AsyncIterator[OpenedDatabase]:
    opened = open_database(MEMORY)
    opened.migrate(migrations_of("hongyan.foundation"), clock)
    yield opened
    await opened.close()


async def waiting(db: OpenedDatabase) -> int:
    row = await db.read(lambda tx: tx.one("SELECT count(*) FROM outbox_event"))
    assert row is not None and isinstance(row[0], int)
    return row[0]


async def test_an_event_arrives_once_it_is_stored(db: OpenedDatabase, clock: ManualClock) -> None:
    events, listener = Events(db, clock), Listener()
    events.subscribe(LetterSent, listener.hear)
    await db.write(lambda tx: events.emit(tx, LetterSent(1, "外婆")))
    assert await events.deliver_due() == 1
    assert listener.seen == [LetterSent(1, "外婆")]
    assert await waiting(db) == 0
    assert await events.deliver_due() == 0


async def test_an_undone_transaction_tells_nothing(db: OpenedDatabase, clock: ManualClock) -> None:
    events, listener = Events(db, clock), Listener()
    events.subscribe(LetterSent, listener.hear)

    def undone(tx: Tx) -> None:
        events.emit(tx, LetterSent(1, "mei"))
        raise LookupError

    with pytest.raises(LookupError):
        await db.write(undone)
    assert await events.deliver_due() == 0


async def test_what_nobody_subscribed_to_is_not_stored(db: OpenedDatabase, clock: ManualClock) -> None:
    events = Events(db, clock)
    await db.write(lambda tx: events.emit(tx, NobodyCares(1)))
    assert await waiting(db) == 0


async def test_a_failed_handler_is_tried_again(db: OpenedDatabase, clock: ManualClock) -> None:
    events, listener = Events(db, clock), Listener()
    events.subscribe(LetterSent, listener.hear)
    listener.refuse = True
    await db.write(lambda tx: events.emit(tx, LetterSent(1, "mei")))
    assert await events.deliver_due() == 0
    assert await events.deliver_due() == 0, "not before its time"
    listener.refuse = False
    clock.advance(LEASE_S + 1)
    assert await events.deliver_due() == 1
    assert listener.seen == [LetterSent(1, "mei")] * 2
    assert await waiting(db) == 0


async def test_an_event_survives_the_process(tmp_path: Path, clock: ManualClock) -> None:
    path = str(tmp_path / "a.db")
    for start in range(2):
        db = open_database(path)
        db.migrate(migrations_of("hongyan.foundation"), clock)
        events, listener = Events(db, clock), Listener()
        events.subscribe(LetterSent, listener.hear)
        if start == 0:
            await db.write(lambda tx: events.emit(tx, LetterSent(7, "bo")))  # noqa: B023 - runs at once
        else:
            assert await events.deliver_due() == 1
            assert listener.seen == [LetterSent(7, "bo")]
        await db.close()


async def test_a_started_outbox_delivers_by_itself(db: OpenedDatabase, clock: ManualClock) -> None:
    events = Events(db, clock)
    heard: asyncio.Queue[LetterSent] = asyncio.Queue()
    events.subscribe(LetterSent, heard.put)
    events.start()
    for number in range(3):
        await db.write(lambda tx, number=number: events.emit(tx, LetterSent(number, "lan")))  # type: ignore[misc]
    async with asyncio.timeout(10):
        assert [(await heard.get()).letter_id for _ in range(3)] == [0, 1, 2]
    await events.stop()
