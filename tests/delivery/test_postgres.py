"""Stories on PostgreSQL: one set of SQL, one behaviour; reads run in threads, so pushes and pages truly race."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.delivery.client import application, bodies, commit_message
from tests.delivery.conftest import World
from tests.delivery.test_connection import test_pushes_and_pages_meet_without_gap, test_repeated_numbers
from tests.delivery.test_mail import test_a_message_arrives_and_is_erased, test_mail_waits_for_who_is_away

from hongyan.app import build
from hongyan.delivery.expiry import LOOKS_BEFORE_ERASING, Expiry
from hongyan.delivery.frames import EnvelopeKind, VerdictCode
from hongyan.delivery.key_packages import Claimed
from hongyan.delivery.model import MAIL_LIFETIME_MS
from hongyan.foundation.clock import ManualClock
from hongyan.settings import Settings

__all__ = [
    "test_a_message_arrives_and_is_erased",
    "test_mail_waits_for_who_is_away",
    "test_pushes_and_pages_meet_without_gap",
    "test_repeated_numbers",
]

GROUP = b"family"
V = VerdictCode


@pytest.fixture
async def world(tmp_path: Path, postgres_url: str) -> AsyncIterator[World]:
    clock = ManualClock()
    app = build(Settings(data_dir=tmp_path), clock, database_url=postgres_url)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        await app.start(sock)
        world = World(app, clock, sock.getsockname()[1])
        yield world
        for client in world.clients:
            await client.close()
        await app.stop()


async def test_from_first_commit_to_erasure(world: World) -> None:
    """[DS2] [DS3] [DS4] [DS5] [DS14]"""
    lan_of, mei_of, bo_of = await world.add("lan", "mei", "bo")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    added = [mei_of.device_id, bo_of.device_id]
    assert (await lan.commit(GROUP, commit_message(GROUP, 0), welcome=b"w", added=added)).code is V.ACCEPTED
    sends = [lan.send(GROUP, application(GROUP, 1, bytes((n,)))) for n in range(30)]
    assert {verdict.code for verdict in await asyncio.gather(*sends)} == {V.ACCEPTED}
    expected = [b"w", *(application(GROUP, 1, bytes((n,))) for n in range(30))]
    assert bodies(await mei.take_mail(31)) == expected
    assert (await lan.send(GROUP, application(GROUP, 1, b"again"), no=5)).code is V.ACCEPTED
    assert (await lan.send(GROUP, application(GROUP, 2))).code is V.STALE_EPOCH

    mei.ack()
    await mei.ping()
    bo = await world.connect("bo")
    assert bodies(await bo.take_mail(31)) == expected
    assert await world.rows("body") == 31
    await world.app.accounts.remove_device(bo_of.account_id, bo_of.device_id)
    assert [await world.rows(table) for table in ("body", "mail", "member")] == [0, 0, 2]
    groups = await world.app.delivery.groups(lan_of.account_id, lan_of.device_id)
    assert [(one.epoch, one.joined) for one in groups] == [(1, True)]


async def test_twenty_devices_race_and_one_wins(world: World) -> None:
    """[DS2]"""
    names = [f"person{n}" for n in range(20)]
    await world.add(*names)
    await world.group(GROUP, *names)
    clients = [await world.connect(name) for name in names]
    verdicts = await asyncio.gather(*[one.commit(GROUP, commit_message(GROUP, 1)) for one in clients])
    assert sorted(verdict.code for verdict in verdicts) == [V.ACCEPTED] + [V.STALE_EPOCH] * 19


async def test_expiry_and_key_packages(world: World) -> None:
    """[DS7] [DS13]"""
    lan_of, mei_of = await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    packages = world.app.delivery.key_packages
    assert await packages.publish(mei_of.account_id, mei_of.device_id, [b"one"], b"reserve") == 1
    given = []
    for _ in range(3):
        claimed = await packages.claim(lan_of.account_id, lan_of.device_id, [mei_of.account_id])
        assert isinstance(claimed, Claimed)
        given += [one.key_package for one in claimed.devices]
    assert given == [b"one", b"reserve", b"reserve"]
    lan = await world.connect("lan")
    await lan.send(GROUP, application(GROUP, 1))
    world.clock.advance(MAIL_LIFETIME_MS / 1000 + 60)
    expiry = Expiry(world.app.db, world.clock, world.app.delivery)
    for _ in range(LOOKS_BEFORE_ERASING):
        await expiry.expire_old()
    await expiry.shorten_long()
    (told,) = await lan.take_mail(1)
    assert (told.kind, told.body) == (EnvelopeKind.UNDELIVERED, b"\x91\x01")
