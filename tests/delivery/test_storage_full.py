"""A full disk: sends are told to wait, reads go on, and everything resumes when there is space."""

from __future__ import annotations

import asyncio

import pytest
from tests.delivery.client import application
from tests.delivery.conftest import World

from hongyan.delivery import service
from hongyan.delivery.frames import VerdictCode
from hongyan.delivery.sorting import SortingOffice
from hongyan.foundation.db.sqlite import SqliteDatabase

GROUP = b"lan and mei"
PAGES_MAX = 2**32 - 2


def allow_pages(world: World, pages: int | None) -> None:
    """Let the database grow to what it has, or by as much as it likes."""
    database = world.app.db
    assert isinstance(database, SqliteDatabase)
    size = database._connection.pragma("page_count")
    database._connection.pragma("max_page_count", PAGES_MAX if pages is None else size + pages)


async def test_full_and_free_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """[DS10] [DS11]"""
    monkeypatch.setattr(service, "STORAGE_RETRY_MS", 50)
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan = await world.connect("lan")
    big = application(GROUP, 1) + bytes(20_000)
    for _ in range(3):
        assert (await lan.send(GROUP, big)).code is VerdictCode.ACCEPTED

    allow_pages(world, 0)
    refused = await lan.send(GROUP, big)
    assert (refused.code, refused.retry_after_ms) == (VerdictCode.STORAGE_FULL, 50)
    mei = await world.connect("mei")
    assert [one.no for one in await mei.take_mail(3)] == [1, 2, 3]
    mei.ack()
    await mei.ping()

    allow_pages(world, None)
    world.clock.advance(0.05)
    assert (await lan.send(GROUP, big, no=refused.no)).code is VerdictCode.ACCEPTED
    assert [one.no for one in await mei.take_mail(1)] == [4]
    mei.ack()
    await mei.ping()
    async with asyncio.timeout(20):
        while await world.rows("body"):
            await asyncio.sleep(0.05)


async def test_a_post_that_cannot_be_stored_harms_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error nobody foresaw costs one message a verdict, not its neighbours theirs."""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    real = SortingOffice.sort

    def failing(self, tx, works, **named):  # type: ignore[no-untyped-def]  # stands in for any signature
        if any(b"poison" in post.frame.message for work in works for post in work.posts):
            raise ZeroDivisionError
        return real(self, tx, works, **named)

    monkeypatch.setattr(SortingOffice, "sort", failing)
    sends = [lan.send(GROUP, application(GROUP, 1, text)) for text in (b"a", b"poison", b"b", b"c")]
    codes = [verdict.code for verdict in await asyncio.gather(*sends)]
    assert codes == [VerdictCode.ACCEPTED, VerdictCode.MALFORMED, VerdictCode.ACCEPTED, VerdictCode.ACCEPTED]
    assert [one.no for one in await mei.take_mail(3)] == [1, 3, 4]
