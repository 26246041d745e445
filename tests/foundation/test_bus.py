"""The bus between processes, over a real NATS: in order, at most once, and whoever misses something learns of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from tests.nats_server import NatsServer, running_nats

from hongyan.foundation.bus import Alone, open_bus
from hongyan.foundation.bus.counted import SILENT_FORGOTTEN_S, Listening, Told, decode, encode
from hongyan.foundation.bus.nats import WAITING_BYTES_MAX, NatsBus


@pytest.fixture
def nats() -> Iterator[NatsServer]:
    with running_nats() as server:
        yield server


class Ear:
    """One process on the bus, and what it heard."""

    def __init__(self, url: str, name: str = "test") -> None:
        self.bus = NatsBus([url], name=name)
        self.heard: list[bytes] = []
        self.misses = 0
        self.bus.subscribe("words", self.heard.append)
        self.bus.when_missed(self.miss)

    def miss(self) -> None:
        self.misses += 1


@pytest.fixture
async def two(nats: NatsServer) -> AsyncIterator[tuple[Ear, Ear]]:
    lan, mei = Ear(nats.url), Ear(nats.url)
    for one in (lan, mei):
        await one.bus.start()
    await meet(lan, mei)
    yield lan, mei
    for one in (lan, mei):
        await one.bus.stop()


async def meet(*ears: Ear) -> None:
    """Until each hears the others."""
    for speaker in ears:
        while not all(b"hello" in one.heard for one in ears if one is not speaker):
            speaker.bus.tell("words", b"hello")
            await asyncio.sleep(0.02)
        for one in ears:
            one.heard.clear()
            one.misses = 0


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


async def test_words_arrive_in_order_and_not_at_home(two: tuple[Ear, Ear]) -> None:
    lan, mei = two
    words = [str(n).encode() for n in range(500)]
    for word in words:
        lan.bus.tell("words", word)
    lan.bus.tell("nobody listens to this", b"?")
    lan.bus.tell("words", b"the end")
    await until(lambda: b"the end" in mei.heard)
    assert [word for word in mei.heard if word != b"hello"] == [*words, b"the end"]
    assert lan.heard == [] and mei.misses == 0


async def test_what_is_lost_is_noticed_though_nothing_follows(two: tuple[Ear, Ear]) -> None:
    lan, mei = two
    lan.bus.tell("words", bytes(2 * 1024 * 1024))  # More than NATS takes.
    await until(lambda: mei.misses > 0)
    assert lan.misses == 0
    lan.bus.tell("words", b"after")
    await until(lambda: b"after" in mei.heard)


async def test_a_bus_that_is_killed_comes_back(two: tuple[Ear, Ear], nats: NatsServer) -> None:
    lan, mei = two
    nats.kill()
    lan.bus.tell("words", bytes(WAITING_BYTES_MAX))  # Too much to keep: it is lost.
    nats.start()
    await until(lambda: mei.misses > 0)
    lan.bus.tell("words", b"after")
    await until(lambda: b"after" in mei.heard)


async def test_a_process_starts_without_the_bus_and_finds_it_later(nats: NatsServer) -> None:
    nats.kill()
    lan, mei = Ear(nats.url), Ear(nats.url)
    for one in (lan, mei):
        await one.bus.start()
    nats.start()
    async with asyncio.timeout(20):
        await meet(lan, mei)
    for one in (lan, mei):
        await one.bus.stop()


async def test_servers_on_one_bus_do_not_hear_each_other(nats: NatsServer) -> None:
    lan, mei, stranger = Ear(nats.url), Ear(nats.url), Ear(nats.url, name="elsewhere")
    for one in (lan, mei, stranger):
        await one.bus.start()
    await meet(lan, mei)
    assert stranger.heard == []
    for one in (lan, mei, stranger):
        await one.bus.stop()


async def test_alone_nobody_is_told() -> None:
    bus = open_bus("", name="test")
    assert isinstance(bus, Alone) and not bus.has_others


def test_the_form_is_read_back_and_rubbish_is_not_read() -> None:
    told = Told(2**64 - 1, 7, "words", b"\x00\xff")
    assert decode(encode(told)) == told
    for wire in (b"", b"GET / HTTP/1.1", encode(told)[:20], bytes(16) + b"\x02\xff\xff"):
        assert decode(wire) is None


def test_gaps_are_noticed_of_each_process_alone() -> None:
    now_s = [0.0]
    listening = Listening(lambda: now_s[0])

    def misses(sender: int, no: int) -> bool:
        return listening.misses_before(Told(sender, no, "words", b""))

    assert not misses(1, 1) and not misses(1, 2) and not misses(2, 1)
    assert misses(1, 4) and not misses(1, 5) and not misses(2, 2)
    assert misses(3, 2), "who is first heard in the middle told something before"
    now_s[0] += SILENT_FORGOTTEN_S + 1
    assert misses(4, 9) and misses(1, 6), "who was silent for so long is a stranger"
