"""Stories of waking: lan writes, mei's telephone is in her pocket, and the push service is a real one beside us."""

from __future__ import annotations

import asyncio

import pytest
from tests.delivery.client import application
from tests.push.conftest import PushWorld
from tests.push.service import Browser, PushService

from hongyan.delivery.frames import Urgency, VerdictCode
from hongyan.foundation.db import StorageUnavailable
from hongyan.foundation.outside import Outcome
from hongyan.push.model import (
    LEFT_S,
    RETRY_S_MAX,
    STARTED_S,
    UNANSWERED_S,
    WAKE_AFTER_S,
    WAKE_AGAIN_S,
)

GROUP = b"lan and mei"


async def lan_and_mei(world: PushWorld) -> Browser:
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    return await world.register("mei")


async def write(world: PushWorld, *, urgency: Urgency = Urgency.NORMAL, sender: str = "lan") -> None:
    lan = await world.connect(sender)
    verdict = await lan.send(GROUP, application(GROUP, 1), urgency=urgency)
    assert verdict.code is VerdictCode.ACCEPTED
    await lan.close()


async def test_a_device_that_is_away_is_woken(world: PushWorld) -> None:
    """[PU2] [PU4] [PU6]"""
    browser = await lan_and_mei(world)
    await write(world)
    await world.pass_s()
    [wake_up] = world.service.of("mei")
    assert browser.open(wake_up) == b"mail"
    claims = wake_up.claims(world.app.push.public_key)
    assert claims["aud"] == world.service.origin
    assert isinstance(claims["exp"], int) and 0 < claims["exp"] - world.clock.now_ms() // 1000 <= 86_400
    assert wake_up.headers["urgency"] == "high" and int(wake_up.headers["ttl"]) > 0
    assert wake_up.headers["host"] == f"localhost:{world.service.port}"
    assert not {"cookie", "user-agent", "referer", "x-forwarded-for"} & wake_up.headers.keys()


async def test_a_device_that_is_there_is_not(world: PushWorld) -> None:
    """[PU2]"""
    await lan_and_mei(world)
    mei = await world.connect("mei")
    await write(world)
    await mei.take_mail(1)
    mei.ack()
    await mei.ping()
    await world.pass_s(UNANSWERED_S)
    await world.leave("mei", mei)
    await world.pass_s(LEFT_S)
    assert world.service.got == []


async def test_a_telephone_that_sleeps_with_an_open_connection_is_woken(world: PushWorld) -> None:
    """[PU2] Its socket looks alive for minutes; that it takes no mail tells the truth."""
    await lan_and_mei(world)
    mei = await world.connect("mei")
    await write(world)
    await mei.take_mail(1)
    await world.pass_s(WAKE_AFTER_S)
    assert world.service.got == []
    await world.pass_s(UNANSWERED_S)
    assert len(world.service.of("mei")) == 1


async def test_mail_that_was_pushed_and_never_taken_wakes(world: PushWorld) -> None:
    """[PU2] The connection broke before the acknowledgement."""
    await lan_and_mei(world)
    mei = await world.connect("mei")
    await write(world)
    await mei.take_mail(1)
    await world.leave("mei", mei)
    await world.pass_s(LEFT_S)
    assert len(world.service.of("mei")) == 1


async def test_many_messages_are_one_wake_up_in_a_while(world: PushWorld) -> None:
    """[PU2] At most one in WAKE_AGAIN_S until the device came back."""
    await lan_and_mei(world)
    for _ in range(5):
        await write(world)
    await world.pass_s()
    await write(world)
    await world.pass_s(WAKE_AFTER_S)
    assert len(world.service.of("mei")) == 1
    await world.pass_s(WAKE_AGAIN_S)
    assert len(world.service.of("mei")) == 2
    mei = await world.connect("mei")
    await mei.take_mail(6)
    mei.ack()
    await mei.ping()
    await world.leave("mei", mei)
    await world.app.delivery.flush()
    await write(world)
    await world.pass_s()
    assert len(world.service.of("mei")) == 3


async def test_who_came_back_in_time_is_not_woken(world: PushWorld) -> None:
    """[PU2]"""
    await lan_and_mei(world)
    await write(world)
    mei = await world.connect("mei")
    await mei.take_mail(1)
    mei.ack()
    await mei.ping()
    await world.pass_s()
    assert world.service.got == []


async def test_what_is_not_worth_waking_for(world: PushWorld) -> None:
    """[PU3] Quiet messages, muted groups, and what her own other device says."""
    await world.add("lan", "mei")
    await world.add_device("mei_tablet", "mei")
    await world.group(GROUP, "lan", "mei", "mei_tablet")
    await world.group(b"noisy", "lan", "mei")
    await world.register("mei", b"noisy")
    lan, tablet = await world.connect("lan"), await world.connect("mei_tablet")
    await lan.send(GROUP, application(GROUP, 1), urgency=Urgency.QUIET)
    await lan.send(b"noisy", application(b"noisy", 1))
    await tablet.send(GROUP, application(GROUP, 1))
    await world.pass_s()
    assert world.service.got == []
    await lan.send(GROUP, application(GROUP, 1))
    await world.pass_s(WAKE_AGAIN_S)
    assert len(world.service.of("mei")) == 1
    await world.register("mei")
    await lan.send(b"noisy", application(b"noisy", 1))
    await world.pass_s(WAKE_AGAIN_S)
    assert len(world.service.of("mei")) == 2


async def test_a_restart_loses_no_wake_up_and_repeats_none(world: PushWorld) -> None:
    """[PU2] The mailboxes are the outbox."""
    await lan_and_mei(world)
    await write(world)
    await world.app.delivery.flush()
    await world.restart()
    await world.pass_s(STARTED_S)
    assert len(world.service.of("mei")) == 1
    await world.restart()
    await world.pass_s(STARTED_S)
    assert len(world.service.of("mei")) == 1
    await write(world)
    await world.pass_s(WAKE_AGAIN_S)
    assert len(world.service.of("mei")) == 2


async def test_a_crash_between_the_call_and_its_note_repeats_it_once(
    world: PushWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[PU2] At least once."""
    await lan_and_mei(world)
    await write(world)
    await world.app.delivery.flush()

    async def broken(*_: object) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(world.app.push.waker._db, "write", broken)
        world.clock.advance(WAKE_AFTER_S)
        await world.app.push.waker.wake_due()
    assert len(world.service.of("mei")) == 1
    await world.restart()
    await world.pass_s(STARTED_S)
    await world.restart()
    await world.pass_s(STARTED_S)
    assert len(world.service.of("mei")) == 2


async def test_failures_are_tried_again_with_growing_pauses_and_counted(world: PushWorld) -> None:
    """[PU2]"""
    await lan_and_mei(world)
    world.service.answers = [(503, {}), (403, {}), (429, {"Retry-After": "3000"})]
    await write(world)
    await world.pass_s()
    assert await world.subscription("mei") == (1, "busy")
    await world.pass_s(20)
    assert len(world.service.got) == 1
    await world.pass_s(40)
    assert await world.subscription("mei") == (2, "refused")
    await world.pass_s(90)
    assert await world.subscription("mei") == (3, "busy")
    await world.pass_s(2_000)
    assert len(world.service.got) == 3
    await world.pass_s(1_500)
    assert len(world.service.got) == 4
    assert await world.subscription("mei") == (0, None)


async def test_a_push_service_that_does_not_answer_is_asked_by_one(world: PushWorld) -> None:
    """[PU2] Hundreds of devices do not hang on a blocked service; each is woken when it is there again."""
    names = [f"person{n}" for n in range(40)]
    await world.add("lan", *names)
    await world.group(GROUP, "lan", *names)
    for name in names:
        await world.register(name)
    port = world.service.port
    await world.service.stop()
    await write(world)
    await world.pass_s()
    failed = [await world.subscription(name) for name in names]
    assert 1 <= sum(one == (1, Outcome.UNREACHABLE) for one in failed) <= 8
    world.service.port = port
    await world.service.start()
    for _ in range(3):
        await world.pass_s(RETRY_S_MAX)
    assert sorted(one.path for one in world.service.got) == sorted(f"/push/{name}" for name in names)


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_forgotten(world: PushWorld, status: int) -> None:
    """[PU1]"""
    await lan_and_mei(world)
    world.service.answers = [(status, {})]
    await write(world)
    await world.pass_s()
    assert await world.subscription("mei") is None
    await write(world)
    await world.pass_s(RETRY_S_MAX)
    assert len(world.service.got) == 1


async def test_what_is_gone_does_not_take_a_newer_one_with_it(world: PushWorld) -> None:
    """[PU1] The device registered anew while the answer was on its way."""
    await lan_and_mei(world)
    world.service.answers = [(410, {})]
    world.service.hold.clear()
    await write(world)
    await world.app.delivery.flush()
    world.clock.advance(WAKE_AFTER_S)
    waking = asyncio.create_task(world.app.push.waker.wake_due())
    await world.service.until(lambda: len(world.service.got) == 1)
    await world.register("mei", browser=world.service.browser("mei_new"))
    world.service.hold.set()
    await waking
    assert await world.subscription("mei") == (0, None)


async def test_who_removes_her_device_is_woken_no_more(world: PushWorld) -> None:
    """[PU1] [DS14]"""
    await lan_and_mei(world)
    await world.register("lan")
    await write(world)
    await world.app.push.unregister(world.people["mei"].device_id)
    mei = world.people["mei"]
    assert await world.app.accounts.remove_device(mei.account_id, mei.device_id) is None
    await world.pass_s()
    assert world.service.got == []
    assert await world.rows("push_subscription") == 1 and await world.rows("push_muted") == 0


async def test_one_browser_that_changes_its_account_wakes_for_the_new_one_only(world: PushWorld) -> None:
    """[PU1] An endpoint is one device's."""
    browser = await lan_and_mei(world)
    await world.add("bo")
    await world.register("bo", browser=browser)
    await write(world)
    await world.pass_s()
    assert world.service.got == [] and await world.subscription("mei") is None


async def test_without_any_push_service_mail_flows(world: PushWorld, service: PushService) -> None:
    """A blocked push service slows nothing: the message is with a connected device before it answers."""
    await lan_and_mei(world)
    await world.add_device("mei_tablet", "mei")
    await world.group(b"all", "lan", "mei", "mei_tablet")
    tablet = await world.connect("mei_tablet")
    service.hold.clear()
    lan = await world.connect("lan")
    for _ in range(20):
        await lan.send(b"all", application(b"all", 1))
    world.clock.advance(WAKE_AFTER_S)
    waking = asyncio.create_task(world.app.push.waker.wake_due())
    await service.until(lambda: len(service.got) == 1)
    await lan.send(b"all", application(b"all", 1))
    assert len(await tablet.take_mail(21)) == 21
    service.hold.set()
    await waking
