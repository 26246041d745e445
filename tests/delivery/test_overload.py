"""A server that is asked for more than it can do: what it answers unread, what it drops, and what it never loses."""

from __future__ import annotations

import asyncio
import base64
import random

import httpx
import pytest
from tests.delivery.client import Client, application
from tests.delivery.conftest import World

from hongyan.delivery import endpoint
from hongyan.delivery.first_bytes import read_number
from hongyan.delivery.frames import Commit, Send, VerdictCode, encode_frame
from hongyan.foundation.db.sqlite import SqliteDatabase
from hongyan.foundation.overload import (
    MESSAGE_LIFETIME_S,
    REQUEST_LIFETIME_S,
    RETRY_MS_MIN,
    USER_LEVELS,
    Class,
    Control,
    Gate,
)

GROUP = b"lan and mei"
V = VerdictCode


async def talk(world: World) -> tuple[Client, Client]:
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    return await world.connect("lan"), await world.connect("mei")


def admit_below(world: World, kind: Class) -> None:
    world.app.gate._control.limit = kind * USER_LEVELS


def open_gate(world: World) -> None:
    world.app.gate._control = Control()


def test_a_number_is_read_from_the_first_bytes() -> None:
    """[OV1] The same number as decoding gives, of sends and commits only."""
    for no in (1, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**53 - 1):
        assert read_number(encode_frame(Send(no, GROUP, b"m"))) == no
        assert read_number(encode_frame(Commit(no, GROUP, b"m", None, [], [], b""))) == no
    for frame in (
        b"",
        b"\x95\x02",
        b"\x92\x04\x07",
        b"\x91\x05",
        b"\x95\x02\x00",
        b"\x95\x02\xff",
        b"\x95\x02\xcf" + b"\xff" * 8,
    ):
        assert read_number(frame) is None


async def test_busy_is_answered_before_anything_is_decoded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """[OV3] What would be refused as malformed is not looked into; acks and pings are taken as ever [OV1]."""
    lan, mei = await talk(world)
    assert (await lan.send(GROUP, application(GROUP, 1))).code is V.ACCEPTED
    await mei.take_mail(1)
    admit_below(world, Class.FIRST)
    decoded = []
    real = endpoint.decode_client_frame
    monkeypatch.setattr(endpoint, "decode_client_frame", lambda wire: decoded.append(wire) or real(wire))
    lan.send_bytes(b"\x95\x02\x07 this is no message")
    await lan.until(lambda: len(lan.verdicts) == 2)
    busy = lan.verdicts[-1]
    assert (busy.no, busy.code, busy.epoch, busy.retry_after_ms) == (7, V.BUSY, 0, RETRY_MS_MIN)
    assert decoded == []
    mei.ack()
    await mei.ping()
    async with asyncio.timeout(20):
        while await world.rows("body"):
            await asyncio.sleep(0.02)


async def test_nothing_overtakes_what_was_turned_away(world: World) -> None:
    """[OV3] The connection is held for the time it was told, also if the server has room again before that."""
    lan, mei = await talk(world)
    bo_said = application(GROUP, 1, b"second")
    admit_below(world, Class.FIRST)
    first = await lan.send(GROUP, application(GROUP, 1, b"first"))
    open_gate(world)
    world.clock.advance(0.15)
    second = await lan.send(GROUP, bo_said)
    assert (first.code, second.code, second.retry_after_ms) == (V.BUSY, V.BUSY, RETRY_MS_MIN - 150)
    assert (await mei.send(GROUP, application(GROUP, 1))).code is V.ACCEPTED  # nobody else is held
    world.clock.advance(0.05)
    again = await asyncio.gather(
        lan.send(GROUP, application(GROUP, 1, b"first"), no=first.no), lan.send(GROUP, bo_said, no=second.no)
    )
    assert [one.code for one in again] == [V.ACCEPTED, V.ACCEPTED]
    assert [one.no for one in await mei.take_mail(2)] == [first.no, second.no]


async def test_expired_work_never_reaches_the_database(world: World) -> None:
    """[OV4] What waited too long is dropped as its round begins, with what follows it, and may come again."""
    lan, mei = await talk(world)
    database = world.app.db
    assert isinstance(database, SqliteDatabase)
    writer = database._writer
    await world.rows("mail")
    writer._taken = True  # a commit that hangs
    late = lan.submit(Send(lan.next_no(), GROUP, application(GROUP, 1, b"late")))
    await lan.ping()
    world.clock.advance(MESSAGE_LIFETIME_S + 0.1)
    follows = lan.submit(Send(lan.next_no(), GROUP, application(GROUP, 1, b"follows")))
    fresh = mei.submit(Send(mei.next_no(), GROUP, application(GROUP, 1, b"fresh")))
    await lan.ping()
    await mei.ping()
    written: list[str] = []
    database._connection.exec_trace = lambda _, sql, bindings: bool(written.append(f"{sql} {bindings}") or True)
    writer._taken = False
    writer._begin_soon()
    verdicts = await asyncio.gather(late, follows, fresh)
    database._connection.exec_trace = None
    assert [one.code for one in verdicts] == [V.BUSY, V.BUSY, V.ACCEPTED]
    assert all(one.retry_after_ms > 0 for one in verdicts[:2])
    assert any("fresh" in one for one in written)
    assert not any("late" in one or "follows" in one for one in written)
    for verdict, text in zip(verdicts, (b"late", b"follows"), strict=False):
        assert (await lan.send(GROUP, application(GROUP, 1, text), no=verdict.no)).code is V.ACCEPTED
    assert [one.no for one in await mei.take_mail(2)] == [1, 2]


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_request_whose_caller_has_given_up_changes_nothing(world: World, is_late: bool) -> None:
    """[OV4]"""
    await world.add("lan")
    database = world.app.db
    assert isinstance(database, SqliteDatabase)
    writer = database._writer
    headers = {"authorization": f"Bearer {world.people['lan'].token}"}
    body = {"packages": [base64.b64encode(b"package").decode()]}
    await world.rows("key_package")
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.port}", timeout=20, headers=headers) as http:
        assert (await http.get("/api/key-packages/count")).json()["count"] == 0
        await world.rows("key_package")
        writer._taken = True
        asked = asyncio.create_task(http.put("/api/key-packages", json=body))
        async with asyncio.timeout(20):
            while not writer._queue:
                await asyncio.sleep(0.01)
        world.clock.advance(REQUEST_LIFETIME_S + (0.1 if is_late else -0.1))
        writer._taken = False
        writer._begin_soon()
        answer = await asked
        assert answer.status_code == (503 if is_late else 200)
        if is_late:
            assert answer.json()["code"] == "busy" and int(answer.headers["retry-after"]) >= 1
        assert (await http.get("/api/key-packages/count")).json()["count"] == (0 if is_late else 1)


async def test_classes_are_honoured(world: World) -> None:
    """[OV1] [OV3] Signing in before messages, messages before questions, questions before bulk; unread."""
    lan, _ = await talk(world)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.port}", timeout=20) as http:
        paths = {"/api/server": 200, "/api/groups": 401, "/api/media/x": 401, "/api/backup": 401}
        for kind, taken in ((None, 4), (Class.BULK, 2), (Class.ASK, 1)):
            open_gate(world)
            if kind is not None:
                admit_below(world, kind)
            answers = {path: await http.get(path, headers={"accept-language": "zh-Hans"}) for path in paths}
            for place, (path, status) in enumerate(paths.items()):
                answer = answers[path]
                if place < taken:
                    assert answer.status_code == status, (kind, path)
                    continue
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "1"), (kind, path)
                assert answer.json()["code"] == "busy" and answer.json()["detail"].startswith("服务器正忙")
            assert (await lan.send(GROUP, application(GROUP, 1))).code is V.ACCEPTED
        assert (await http.get("/")).status_code in (200, 503)  # the app itself is always served, if it is built


async def insist(client: Client, world: World, text: bytes, rng: random.Random) -> None:
    """Send until it is accepted, as [OV3] asks."""
    no = client.next_no()
    while True:
        verdict = await client.send(GROUP, application(GROUP, 1, text), no=no)
        if verdict.code is V.ACCEPTED:
            return
        assert verdict.code is V.BUSY and verdict.retry_after_ms > 0
        back_s = world.clock.monotonic_s() + verdict.retry_after_ms / 1000 * (1 + rng.random())
        while world.clock.monotonic_s() < back_s:
            await asyncio.sleep(0.001)


async def test_nothing_is_lost_doubled_or_overtaken_under_overload(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[OV5] Each in turn is turned away, late or taken, at random; time passes while they wait."""
    rng = random.Random(4)
    names = [f"person{n}" for n in range(12)]
    await world.add("mei", *names)
    await world.group(GROUP, "mei", *names)
    mei = await world.connect("mei")
    clients = [await world.connect(name) for name in names]
    real = Gate.admit
    monkeypatch.setattr(Gate, "admit", lambda self, kind, who: rng.random() < 0.5 and real(self, kind, who))

    async def pass_time() -> None:
        while True:
            world.clock.advance(MESSAGE_LIFETIME_S + 1 if rng.random() < 0.02 else 0.05)
            await asyncio.sleep(0.001)

    async def say(client: Client, name: str) -> None:
        for n in range(8):
            await insist(client, world, f"{name} {n}".encode(), rng)

    passing = asyncio.create_task(pass_time())
    await asyncio.gather(*[say(client, name) for client, name in zip(clients, names, strict=True)])
    passing.cancel()
    said = [f"{name} {n}".encode() for name in names for n in range(8)]
    heard = [one.body[len(application(GROUP, 1)) :] for one in await mei.take_mail(len(said)) if one.body is not None]
    assert sorted(heard) == sorted(said)
    assert any(one.code is V.BUSY for client in clients for one in client.verdicts)
    for name in names:
        assert [one for one in heard if one.startswith(name.encode() + b" ")] == [
            f"{name} {n}".encode() for n in range(8)
        ]
