"""A COMMIT that fails and is stored all the same: nobody announces it, and nobody may miss it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import apsw
import pytest
from tests.delivery.client import application
from tests.delivery.conftest import World

from hongyan.delivery import frames as f
from hongyan.delivery.frames import VerdictCode
from hongyan.foundation.db.sqlite import SqliteDatabase

GROUP = b"lan and mei"


class Doubtful:
    """A connection whose next COMMIT is stored and then reported as an I/O error."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.fails = 0

    def execute(self, sql: str, *args: Any) -> Any:
        cursor = self._connection.execute(sql, *args)
        if sql == "COMMIT" and self.fails:
            self.fails -= 1
            raise apsw.IOError("after the commit")
        return cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


async def test_mail_of_a_doubtful_commit_arrives_in_its_place(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """[DS6, DS11] The reader is live and gets the stored message before the next one, and only once."""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    database = world.app.db
    assert isinstance(database, SqliteDatabase)
    writer = database._writer
    doubtful = Doubtful(writer._connection)
    monkeypatch.setattr(writer, "_connection", doubtful)

    assert (await lan.send(GROUP, application(GROUP, 1, b"before"))).code is VerdictCode.ACCEPTED
    await mei.take_mail(1)
    doubtful.fails = 1
    refused = await lan.send(GROUP, application(GROUP, 1, b"in doubt"))
    assert refused.code is VerdictCode.BUSY
    world.clock.advance(refused.retry_after_ms / 1000)
    assert (await lan.send(GROUP, application(GROUP, 1, b"after"))).code is VerdictCode.ACCEPTED
    assert (await lan.send(GROUP, application(GROUP, 1, b"in doubt"), no=refused.no)).code is VerdictCode.ACCEPTED
    assert [one.no for one in await mei.take_mail(2)] == [refused.no, refused.no + 1]
    mei.ack()
    await mei.ping()
    assert mei.mail == []
    async with asyncio.timeout(20):
        while await world.rows("body"):
            await asyncio.sleep(0.05)


class Stalling(Doubtful):
    """Each COMMIT says that it has begun; one that fails waits until it is let go, and stores nothing."""

    def __init__(self, connection: apsw.Connection) -> None:
        super().__init__(connection)
        self.has_begun = threading.Event()
        self.may_end = threading.Event()

    def execute(self, sql: str, *args: Any) -> Any:
        if sql == "COMMIT" and self.fails:
            self.fails -= 1
            self.has_begun.set()
            assert self.may_end.wait(20)
            raise apsw.IOError("before the commit")
        return self._connection.execute(sql, *args)


async def test_what_waits_behind_a_failed_write_does_not_overtake_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[DS10] Lan's second message came while her first was being stored, which failed."""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    database = world.app.db
    assert isinstance(database, SqliteDatabase)
    writer = database._writer
    stalling = Stalling(writer._connection)
    monkeypatch.setattr(writer, "_connection", stalling)

    assert (await lan.send(GROUP, application(GROUP, 1, b"before"))).code is VerdictCode.ACCEPTED
    await mei.take_mail(1)
    stalling.fails = 1
    frames = [f.Send(no, GROUP, application(GROUP, 1, b"%d" % no)) for no in (2, 3, 4)]
    first = lan.submit(frames[0])
    await asyncio.to_thread(stalling.has_begun.wait)
    second = lan.submit(frames[1])
    await lan.ping()
    stalling.may_end.set()
    assert [(await one).code for one in (first, second)] == [VerdictCode.BUSY, VerdictCode.BUSY]
    assert (await lan.submit(frames[2])).code is VerdictCode.BUSY
    world.clock.advance((await first).retry_after_ms / 1000)
    for frame in frames:
        assert (await lan.submit(frame)).code is VerdictCode.ACCEPTED
    assert [one.no for one in await mei.take_mail(3)] == [2, 3, 4]
