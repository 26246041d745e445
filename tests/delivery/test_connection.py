"""Stories of connections: hello, replacement, numbers, windows, and what hostile clients try."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.delivery.client import ConnectionRefused, application, bodies
from tests.delivery.conftest import World

from hongyan.delivery import endpoint, model, readback
from hongyan.delivery.frames import (
    FRAME_BYTES_MAX,
    Ack,
    Hello,
    NoticeTopic,
    Ping,
    RefusedCode,
    Send,
    VerdictCode,
    encode_frame,
)

GROUP = b"lan and mei"
V = VerdictCode


async def two_people(world: World) -> None:
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (encode_frame(Ping()), RefusedCode.HELLO_EXPECTED),
        (encode_frame(Ack(0)), RefusedCode.HELLO_EXPECTED),
        (encode_frame(Send(1, GROUP, b"m")), RefusedCode.HELLO_EXPECTED),
        (b"", RefusedCode.MALFORMED),
        (b"\x94\x01\x01\xa1t", RefusedCode.MALFORMED),
        (bytes(FRAME_BYTES_MAX + 1), RefusedCode.MALFORMED),
        (encode_frame(Hello(2, "t", 0)), RefusedCode.VERSION),
        (encode_frame(Hello(1, "not a token", 0)), RefusedCode.TOKEN),
        (encode_frame(Hello(1, "t" * 128, 0)), RefusedCode.TOKEN),
    ],
)
async def test_what_comes_instead_of_a_hello(world: World, first: bytes, code: RefusedCode) -> None:
    """[RT1]"""
    await world.add("lan")
    client = world.client("lan")
    await client.open()
    client.send_bytes(first)
    assert (await client.until_ended()).code is code


async def test_nothing_comes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """[RT1]"""
    monkeypatch.setattr(endpoint, "HELLO_WITHIN_S", 0.05)
    await world.add("lan")
    client = world.client("lan")
    await client.open()
    assert (await client.until_ended()).code is RefusedCode.HELLO_EXPECTED


async def test_the_newer_connection_wins(world: World) -> None:
    """[RT2]"""
    await two_people(world)
    older, newer = await world.connect("mei"), await world.connect("mei")
    assert (await older.until_ended()).code is RefusedCode.REPLACED
    lan = await world.connect("lan")
    await lan.send(GROUP, application(GROUP, 1, b"hi"))
    assert bodies(await newer.take_mail(1)) == [application(GROUP, 1, b"hi")]


async def test_ready_tells_a_restored_device_where_it_was(world: World) -> None:
    """[RT2] [HL3]"""
    await two_people(world)
    lan, mei = await world.connect("lan"), await world.connect("mei")
    for _ in range(3):
        await lan.send(GROUP, application(GROUP, 1))
    mail = await mei.take_mail(3)
    mei.ack(mail[-1].seq)
    await mei.ping()
    await world.rows("mail")
    await mei.close()
    await lan.close()
    ready = await world.client("lan").connect(0)
    assert ready.last_no == 3
    restored = world.client("mei")
    ready = await restored.connect(mail[0].seq)
    assert (ready.acked, ready.newest) == (mail[-1].seq, mail[-1].seq)


async def test_hello_acknowledges(world: World) -> None:
    """[RT2] [DS5]"""
    await two_people(world)
    lan = await world.connect("lan")
    for _ in range(2):
        await lan.send(GROUP, application(GROUP, 1))
    mei = await world.connect("mei")
    mail = await mei.take_mail(2)
    await mei.close()
    assert await world.rows("mail") == 2
    again = await world.connect("mei", mail[0].seq)
    assert (await again.take_mail(1))[0].seq == mail[1].seq
    assert (await world.rows("mail"), await world.rows("body")) == (1, 1)


async def test_repeated_numbers(world: World) -> None:
    """[DS4]"""
    await two_people(world)
    lan, mei = await world.connect("lan"), await world.connect("mei")
    for no in (5, 5, 3, 5, 3):
        assert (await lan.send(GROUP, application(GROUP, 1, bytes((no,))), no=no)).code is V.ACCEPTED
    assert (await lan.send(GROUP, application(GROUP, 1), no=500)).code is V.ACCEPTED
    assert (await lan.send(GROUP, application(GROUP, 1, b"below"), no=4)).code is V.ACCEPTED
    await mei.ping()
    assert [one.no for one in mei.mail] == [5, 3, 500]


async def test_a_lost_verdict_is_given_again_on_the_next_connection(world: World) -> None:
    """[DS4]"""
    await two_people(world)
    lan, mei = await world.connect("lan"), await world.connect("mei")
    lan.send_frame(Send(1, GROUP, application(GROUP, 1)))
    await mei.take_mail(1)
    await lan.close()
    again = await world.connect("lan")
    assert again.ready is not None and again.ready.last_no == 1
    assert (await again.send(GROUP, application(GROUP, 1), no=1)).code is V.ACCEPTED
    await mei.ping()
    assert mei.mail == []


async def test_mail_in_flight_is_bounded_and_nothing_is_lost(world: World) -> None:
    """[RT3] [DS6] A client that does not acknowledge gets a window; then all the rest, once and in order."""
    await two_people(world)
    lan, mei = await world.connect("lan"), await world.connect("mei")
    count = 3 * model.MAIL_IN_FLIGHT_MAX
    for start in range(0, count, 48):
        batch = range(start, min(start + 48, count))
        await asyncio.gather(*[lan.send(GROUP, application(GROUP, 1, n.to_bytes(2, "big"))) for n in batch])
    await mei.ping()
    assert len(mei.mail) == model.MAIL_IN_FLIGHT_MAX
    while len(mei.mail) < count:
        before = len(mei.mail)
        mei.ack()
        await mei.until(lambda before=before: len(mei.mail) > before)  # type: ignore[misc]  # mypy cannot infer defaults
    assert [one.no for one in mei.mail] == list(range(1, count + 1))
    mei.ack()
    await mei.ping()
    assert await world.rows("body") == 0


async def test_large_mail_in_flight_is_bounded_by_bytes(world: World) -> None:
    """[RT3]"""
    await two_people(world)
    lan = await world.connect("lan")
    large = application(GROUP, 1) + bytes(200_000)
    for _ in range(12):
        await lan.send(GROUP, large)
    mei = await world.connect("mei")
    await mei.ping()
    assert len(mei.mail) == model.MAIL_IN_FLIGHT_BYTES_MAX // 200_000
    mei.ack()
    await mei.until(lambda: len(mei.mail) == 10)
    mei.ack()
    await mei.until(lambda: len(mei.mail) == 12)


async def test_pushes_and_pages_meet_without_gap(world: World) -> None:
    """[RT3] [DS5] Reconnecting again and again while mail keeps coming: everything once, in order."""
    await two_people(world)
    lan = await world.connect("lan")
    seen: list[int] = []

    async def chatter() -> None:
        for _ in range(60):
            await asyncio.gather(*[lan.send(GROUP, application(GROUP, 1)) for _ in range(10)])

    talking = asyncio.create_task(chatter())
    cursor = 0
    while not talking.done() or len(seen) < 600:
        mei = await world.connect("mei", cursor)
        await mei.until(lambda mei=mei: bool(mei.mail))  # type: ignore[misc]  # mypy cannot infer defaults
        await asyncio.sleep(0.01)
        seen += [one.no for one in mei.mail]
        cursor = mei.mail[-1].seq
        await mei.close()
    await talking
    assert seen == list(range(1, 601))


async def test_an_ack_of_the_future_is_refused(world: World) -> None:
    """[DS5]"""
    await two_people(world)
    lan, mei = await world.connect("lan"), await world.connect("mei")
    await lan.send(GROUP, application(GROUP, 1))
    (envelope,) = await mei.take_mail(1)
    mei.ack(envelope.seq + 1)
    assert (await mei.until_ended()).code is RefusedCode.ACK_AHEAD
    assert await world.rows("mail") == 1


async def test_too_many_frames_in_flight(world: World) -> None:
    """[DS12]"""
    await two_people(world)
    lan = await world.connect("lan")
    for no in range(1, 2_000):
        lan.send_frame(Send(no, GROUP, application(GROUP, 1)))
    assert (await lan.until_ended()).code is RefusedCode.TOO_MANY_IN_FLIGHT


async def test_frames_sent_with_the_hello_are_not_lost(world: World) -> None:
    """[RT1]"""
    await two_people(world)
    mei = await world.connect("mei")
    lan = world.client("lan")
    await lan.open()
    lan.send_frame(Hello(1, lan.token, 0))
    verdict = await lan.send(GROUP, application(GROUP, 1, b"in a hurry"))
    assert verdict.code is V.ACCEPTED
    assert bodies(await mei.take_mail(1)) == [application(GROUP, 1, b"in a hurry")]


async def test_a_forged_group_or_sender_gets_nowhere(world: World) -> None:
    """[DS1] [DS3] The sender is who holds the token; the group named must be the one in the message."""
    await two_people(world)
    await world.add("bo")
    await world.group(b"secret", "lan", "mei")
    bo, lan = await world.connect("bo"), await world.connect("lan")
    assert (await bo.send(b"secret", application(b"secret", 1))).code is V.NOT_A_MEMBER
    assert (await lan.send(GROUP, application(b"secret", 1))).code is V.MALFORMED
    assert (await lan.send(b"nobody's", application(b"nobody's", 1))).code is V.UNKNOWN_GROUP
    assert (await lan.send(GROUP, b"")).code is V.MALFORMED
    assert await world.rows("body") == 0


async def test_a_second_hello_is_malformed(world: World) -> None:
    """[RT1]"""
    await world.add("lan")
    lan = await world.connect("lan")
    lan.send_frame(Hello(1, lan.token, 0))
    assert (await lan.until_ended()).code is RefusedCode.MALFORMED


async def test_notices(world: World) -> None:
    lan_of, _ = await world.add("lan", "mei")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    world.app.delivery.notify([lan_of.account_id], "contacts")
    await lan.ping()
    await mei.ping()
    assert (lan.notices, mei.notices) == ([NoticeTopic.CONTACTS], [])


async def test_busy_when_too_much_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """[DS10] What was refused as busy goes through when it is sent again."""
    monkeypatch.setattr("hongyan.delivery.service.BACKLOG_POSTS_MAX", 3)
    await two_people(world)
    lan = await world.connect("lan")
    verdicts = await asyncio.gather(*[lan.send(GROUP, application(GROUP, 1)) for _ in range(20)])
    busy = [one for one in verdicts if one.code is V.BUSY]
    assert busy and all(one.retry_after_ms > 0 for one in busy)
    monkeypatch.undo()
    world.clock.advance(busy[0].retry_after_ms / 1000)
    again = await asyncio.gather(*[lan.send(GROUP, application(GROUP, 1), no=one.no) for one in busy])
    assert {one.code for one in again} == {V.ACCEPTED}
    assert await world.rows("mail") == 20


async def test_a_storm_of_hellos(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the named limit the answer is busy, and nobody is forgotten."""
    monkeypatch.setattr(readback, "GREETINGS_WAITING_MAX", 5)
    names = [f"person{n}" for n in range(40)]
    await world.add(*names)
    outcomes = await asyncio.gather(*[world.connect(name) for name in names], return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, ConnectionRefused)]
    assert all(one.code is RefusedCode.BUSY and one.retry_after_ms > 0 for one in refused)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.lists(st.binary(max_size=200), min_size=1, max_size=5))
async def test_garbage_ends_one_connection_only(world: World, garbage: list[bytes]) -> None:
    """[RT1] Whatever arrives, the answer is a refusal or nothing, and the server goes on."""
    if "lan" not in world.people:
        await two_people(world)
    lan, mei = await world.connect("lan"), await world.connect("mei")
    for wire in garbage:
        lan.send_bytes(wire)
    with_end = await lan.until_ended()
    assert with_end.code in (RefusedCode.MALFORMED, RefusedCode.ACK_AHEAD, None)
    await mei.ping()
    await mei.close()
