"""Two processes on one PostgreSQL and one NATS: people do not notice where they are connected."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.delivery.client import Client, application, bodies, commit_message
from tests.delivery.conftest import World
from tests.nats_server import NatsServer, running_nats

from hongyan.app import App, build
from hongyan.delivery import relay
from hongyan.delivery.frames import NoticeTopic, RefusedCode, VerdictCode
from hongyan.delivery.model import Delivery, Span
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.starting import CannotStart
from hongyan.push.vapid import KEY_FILE_NAME
from hongyan.settings import Settings
from hongyan.wallet.approvals.pepper import FILE_NAME as PEPPER

GROUP = b"family"
V = VerdictCode


@pytest.fixture
def nats() -> Iterator[NatsServer]:
    with running_nats() as server:
        yield server


@dataclass
class Town:
    """Two nodes that share everybody."""

    here: World
    there: World
    nats: NatsServer
    database_url: str


@pytest.fixture
async def town(tmp_path: Path, postgres_url: str, nats: NatsServer) -> AsyncIterator[Town]:
    nodes: list[World] = []
    socks: list[socket.socket] = []
    for name in ("here", "there"):
        settings = Settings(data_dir=tmp_path / name, bus=nats.url)
        (tmp_path / name).mkdir()
        if nodes:
            for secret in (KEY_FILE_NAME, PEPPER):
                shutil.copy(tmp_path / "here" / secret, tmp_path / name)
        app = build(settings, SystemClock(), database_url=postgres_url)
        socks.append(socket.create_server(("127.0.0.1", 0)))
        await app.start(socks[-1])
        nodes.append(World(app, app.clock, socks[-1].getsockname()[1]))  # type: ignore[arg-type]
    here, there = nodes
    there.people = here.people
    await until(lambda: all(is_on_the_bus(one.app) for one in nodes))
    yield Town(here, there, nats, postgres_url)
    for one in nodes:
        for client in one.clients:
            await client.close()
        await one.app.stop()
    for sock in socks:
        sock.close()


def is_on_the_bus(app: App) -> bool:
    return bool(app.bus._client.is_connected)  # type: ignore[attr-defined]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def test_they_talk_across_in_one_order(town: Town) -> None:
    """[DS3] [DS6] [DS11] Lan is here, Mei and Bo there; both sides write at once, and all see one order."""
    _, mei_of, bo_of = await town.here.add("lan", "mei", "bo")
    lan, mei, bo = await town.here.connect("lan"), await town.there.connect("mei"), await town.there.connect("bo")
    added = [mei_of.device_id, bo_of.device_id]
    assert (await lan.commit(GROUP, commit_message(GROUP, 0), welcome=b"w", added=added)).code is V.ACCEPTED
    assert bodies(await mei.take_mail(1)) == bodies(await bo.take_mail(1)) == [b"w"]

    async def talk(client: Client, name: bytes) -> None:
        for n in range(40):
            assert (await client.send(GROUP, application(GROUP, 1, name + bytes((n,))))).code is V.ACCEPTED

    await asyncio.gather(talk(lan, b"lan"), talk(mei, b"mei"))
    heard = bodies(await bo.take_mail(80))
    assert [body for body in heard if b"lan" in body] == bodies(await mei.take_mail(40))
    assert [body for body in heard if b"mei" in body] == bodies(await lan.take_mail(40))
    assert sorted(heard) == sorted(
        application(GROUP, 1, who + bytes((n,))) for who in (b"lan", b"mei") for n in range(40)
    )
    assert (await mei.commit(GROUP, commit_message(GROUP, 1))).code is V.ACCEPTED
    assert (await lan.send(GROUP, application(GROUP, 1))).code is V.STALE_EPOCH


async def test_mail_arrives_though_the_bus_is_dead(town: Town) -> None:
    """What nobody tells is found by looking, once, in its place [DS6]; and the bus is used again when it is back."""
    await town.here.add("lan", "mei")
    await town.here.group(GROUP, "lan", "mei")
    lan, mei = await town.here.connect("lan"), await town.there.connect("mei")
    town.nats.kill()
    for n in range(3):
        assert (await lan.send(GROUP, application(GROUP, 1, bytes((n,))))).code is V.ACCEPTED
    assert bodies(await mei.take_mail(3)) == [application(GROUP, 1, bytes((n,))) for n in range(3)]
    assert (await mei.send(GROUP, application(GROUP, 1, b"answer"))).code is V.ACCEPTED
    assert bodies(await lan.take_mail(1)) == [application(GROUP, 1, b"answer")]
    town.nats.start()
    await until(lambda: is_on_the_bus(town.here.app) and is_on_the_bus(town.there.app))
    assert (await lan.send(GROUP, application(GROUP, 1, b"back"))).code is V.ACCEPTED
    assert bodies(await mei.take_mail(1)) == [application(GROUP, 1, b"back")]
    await mei.ping()
    assert mei.mail == []


async def test_the_bus_is_quick_where_looking_is_slow(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the look at the database, too, everything arrives: small, large, and too large for the bus."""
    for node in (town.here, town.there):
        for task in node.app.delivery.relay._tasks:
            task.cancel()
    await town.here.add("lan", "mei")
    await town.here.group(GROUP, "lan", "mei")
    lan, mei = await town.here.connect("lan"), await town.there.connect("mei")
    monkeypatch.setattr(relay, "PART_BYTES_MAX", 50_000)
    large = [application(GROUP, 1, bytes((n,)) * size) for n, size in enumerate((10, 40_000, 60_000, 20_000, 20_000))]
    verdicts = await asyncio.gather(*[lan.send(GROUP, one) for one in large])
    assert {verdict.code for verdict in verdicts} == {V.ACCEPTED}
    assert bodies(await mei.take_mail(len(large))) == large


async def test_a_device_has_one_line_in_all_processes(town: Town) -> None:
    """[RT2]"""
    await town.here.add("lan")
    first = await town.here.connect("lan")
    second = await town.there.connect("lan")
    await first.until_ended()
    assert first.ended is not None and first.ended.code is RefusedCode.REPLACED
    third = await town.here.connect("lan")
    await second.until_ended()
    await third.ping()


async def test_late_word_of_an_older_line_ends_nothing(town: Town) -> None:
    [lan_of] = await town.here.add("lan")
    lan = await town.here.connect("lan")
    town.there.app.delivery.relay.came(lan_of.device_id, 1)
    town.there.app.delivery.relay.notify_device(lan_of.device_id, NoticeTopic.GROUPS)
    await lan.until(lambda: NoticeTopic.GROUPS in lan.notices)
    await lan.ping()


async def test_who_is_removed_or_suspended_is_cut_off_everywhere(town: Town) -> None:
    """[DS14] [AD2] By what the database says, however late and in which order it is told."""
    lan_of, mei_of = await town.here.add("lan", "mei")
    lan, mei = await town.there.connect("lan"), await town.there.connect("mei")
    await town.here.app.accounts.remove_device(lan_of.account_id, lan_of.device_id)
    await lan.until_ended()
    assert lan.ended is not None and lan.ended.code is RefusedCode.TOKEN

    suspended = "UPDATE account SET suspended_at_ms = ? WHERE account_id = ?"
    await town.here.app.db.write(lambda tx: tx.execute(suspended, (1, mei_of.account_id)))
    town.here.app.delivery.relay.account_restored(mei_of.account_id)
    await mei.until_ended()
    assert mei.ended is not None and mei.ended.code is RefusedCode.SUSPENDED
    await town.here.app.db.write(lambda tx: tx.execute(suspended, (None, mei_of.account_id)))
    town.here.app.delivery.relay.account_suspended(mei_of.account_id)
    hub = town.there.app.delivery.hub
    await until(lambda: mei_of.account_id not in hub._suspended)
    await town.there.connect("mei")


async def test_what_was_told_while_the_bus_was_dead_is_asked_for_anew(town: Town) -> None:
    """[AD2] A process that missed something looks who may still be there, and lets everybody fetch again."""
    lan_of, _ = await town.here.add("lan", "mei")
    lan, mei = await town.there.connect("lan"), await town.there.connect("mei")
    town.nats.kill()
    await town.here.app.accounts.remove_device(lan_of.account_id, lan_of.device_id)
    town.here.app.bus._waiting.clear()  # type: ignore[attr-defined]
    mei.notices.clear()
    town.nats.start()
    await lan.until_ended()
    assert lan.ended is not None and lan.ended.code is RefusedCode.TOKEN
    await mei.until(lambda: set(mei.notices) == set(NoticeTopic))


async def test_a_process_with_another_key_for_push_does_not_start(town: Town, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    settings = Settings(data_dir=tmp_path / "elsewhere", bus=town.nats.url)
    app = build(settings, SystemClock(), database_url=town.database_url)
    with socket.create_server(("127.0.0.1", 0)) as sock, pytest.raises(CannotStart, match="not that of the other"):
        await app.start(sock)
    await app.stop()


def test_parts_leave_no_gap_and_stay_small() -> None:
    mail = [Delivery(seq, bytes(size), [1, 2]) for seq, size in ((3, 300_000), (4, 300_000), (9, 900_000), (11, 5))]
    parts = list(relay.parts_of(Span(2, 12), mail))
    assert [(part.first, part.last) for part in parts] == [(2, 3), (4, 12)]
    assert [[(seq, len(envelope)) for seq, envelope, _ in part.mail] for part in parts] == [
        [(3, 300_000)],
        [(4, 300_000), (9, 0), (11, 5)],
    ]
