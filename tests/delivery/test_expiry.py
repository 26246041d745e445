"""Mail that is erased undelivered, and what its sender is told [DS7]."""

from __future__ import annotations

import msgspec
import pytest
from tests.delivery.client import application, commit_message
from tests.delivery.conftest import World

from hongyan.delivery import expiry
from hongyan.delivery.expiry import LOOKS_BEFORE_ERASING, Expiry
from hongyan.delivery.frames import Envelope, EnvelopeKind, VerdictCode
from hongyan.delivery.model import MAIL_LIFETIME_MS

GROUP = b"lan, mei and bo"


def numbers_of(envelope: Envelope) -> list[int]:
    assert envelope.kind is EnvelopeKind.UNDELIVERED and envelope.body is not None
    return msgspec.msgpack.decode(envelope.body, type=list[int])


def expiry_of(world: World) -> Expiry:
    return Expiry(world.app.db, world.clock, world.app.delivery)


async def expire(world: World) -> None:
    """A day of hourly looks."""
    for _ in range(LOOKS_BEFORE_ERASING):
        await expiry_of(world).expire_old()


@pytest.mark.parametrize("bodies_per_write", [1, 5_000])
async def test_old_mail_goes_and_its_sender_is_told(
    world: World, bodies_per_write: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "BODIES_PER_WRITE", bodies_per_write)
    await world.add("lan", "mei", "bo")
    await world.group(GROUP, "lan", "mei", "bo")
    lan, bo = await world.connect("lan"), await world.connect("bo")
    await lan.send(GROUP, application(GROUP, 1))
    await lan.send(GROUP, application(GROUP, 1))
    bo.ack((await bo.take_mail(2))[0].seq)
    world.clock.advance(MAIL_LIFETIME_MS / 1000 - 60)
    await lan.send(GROUP, application(GROUP, 1, b"young"))
    await expire(world)
    assert await world.rows("body") == 3

    world.clock.advance(120)
    await expire(world)
    await lan.ping()
    assert sorted(no for one in lan.mail for no in numbers_of(one)) == [1, 2]
    mei = await world.connect("mei")
    assert [one.no for one in await mei.take_mail(1)] == [3]


async def test_commits_and_notices_expire_without_a_word(world: World) -> None:
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan = await world.connect("lan")
    assert (await lan.commit(GROUP, commit_message(GROUP, 1))).code is VerdictCode.ACCEPTED
    world.clock.advance(MAIL_LIFETIME_MS / 1000 + 60)
    await expire(world)
    await lan.ping()
    assert lan.mail == []
    assert [await world.rows(table) for table in ("body", "mail")] == [0, 0]


async def test_a_clock_that_went_back_makes_nothing_go_early(world: World) -> None:
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan = await world.connect("lan")
    await lan.send(GROUP, application(GROUP, 1))
    world.clock.jump_wall(-40 * 86_400)
    await lan.send(GROUP, application(GROUP, 1))
    world.clock.jump_wall(40 * 86_400 + 60)
    await expire(world)
    assert await world.rows("mail") == 2


async def test_a_clock_that_is_wrong_for_hours_erases_nothing(world: World) -> None:
    """Ahead by 30 days and an hour, or back: mail of yesterday waits, and seqs go on ascending [DS5, DS7]."""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan, mei = await world.connect("lan"), world.client("mei")
    sent = 0
    for jump_s in (3_600, -3_600, 30 * 86_400 + 3_600, -30 * 86_400 - 3_600, -30 * 86_400, 30 * 86_400):
        await lan.send(GROUP, application(GROUP, 1))
        sent += 1
        world.clock.jump_wall(jump_s)
        for _ in range(LOOKS_BEFORE_ERASING - 1):
            await expiry_of(world).expire_old()
        await lan.send(GROUP, application(GROUP, 1))
        sent += 1
    await expiry_of(world).expire_old()
    await mei.connect()
    seqs = [one.seq for one in await mei.take_mail(sent)]
    assert len(seqs) == sent and seqs == sorted(set(seqs))


async def test_a_mailbox_too_long_loses_its_oldest_rows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "MAILBOX_ROWS_MAX", 3)
    monkeypatch.setattr(expiry, "MAIL_PER_WRITE", 2)
    await world.add("lan", "mei", "bo")
    await world.group(GROUP, "lan", "mei", "bo")
    lan, bo = await world.connect("lan"), await world.connect("bo")
    for _ in range(8):
        await lan.send(GROUP, application(GROUP, 1))
    bo.ack((await bo.take_mail(8))[-1].seq)
    await bo.ping()
    await world.rows("mail")
    await expiry_of(world).shorten_long()
    told = await lan.take_mail(3)
    assert [no for one in told for no in numbers_of(one)] == [1, 2, 3, 4, 5]
    mei = await world.connect("mei")
    assert [one.no for one in await mei.take_mail(3)] == [6, 7, 8]
    assert await world.rows("body") == 3 + 3


async def test_nobody_is_told_of_what_a_removed_device_sent(world: World) -> None:
    """[DS14]"""
    (lan_of, _) = await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan = await world.connect("lan")
    await lan.send(GROUP, application(GROUP, 1))
    await world.app.accounts.remove_device(lan_of.account_id, lan_of.device_id)
    world.clock.advance(MAIL_LIFETIME_MS / 1000 + 60)
    await expire(world)
    assert [await world.rows(table) for table in ("body", "mail", "mailbox")] == [0, 0, 0]
