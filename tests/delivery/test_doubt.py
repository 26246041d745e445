"""A COMMIT that fails and is stored all the same: nobody announces it, and nobody may miss it."""

from __future__ import annotations

import asyncio
from typing import Any

import apsw
import pytest
from tests.delivery.client import application
from tests.delivery.conftest import World

from hongyan.delivery import service
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
    monkeypatch.setattr(service, "STORAGE_RETRY_MS", 50)
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
    assert (await lan.send(GROUP, application(GROUP, 1, b"after"))).code is VerdictCode.ACCEPTED
    assert (await lan.send(GROUP, application(GROUP, 1, b"in doubt"), no=refused.no)).code is VerdictCode.ACCEPTED
    assert [one.no for one in await mei.take_mail(2)] == [refused.no, refused.no + 1]
    mei.ack()
    await mei.ping()
    assert mei.mail == []
    async with asyncio.timeout(20):
        while await world.rows("body"):
            await asyncio.sleep(0.05)
