"""People on the SDK, with real MLS, over a bad network [DS4-DS6, RT2, HL2]: everything once, nothing unreadable."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.conftest import RunningServer
from tests.reliability.proxy import BAD, CALM, Proxy
from tests.reliability.variants import acknowledged_for_her

from hongyan.sdk import Chat, Client
from hongyan.sdk.groups.conversations import Conversations
from hongyan.sdk.net import link

NAMES = ("lan", "mei", "bo", "外婆")
WITHIN_S = 60.0
ROUNDS, ROUNDS_LONG = 15, 800
PARTITIONS = (("up", "down"), ("up",), ("down",))
PARTED_S = 1.2


@dataclass
class Circle:
    """Four people in a group of theirs, each connected through the same bad network."""

    proxy: Proxy
    people: list[Client]
    chats: list[Chat] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def say(self, who: int, text: str) -> None:
        self.chats[who].send(text)
        self.said.append(text)

    async def last_words(self) -> None:
        """Everybody says one thing more; who has heard it has been sent all that came before."""
        last = [f"再见 {name}" for name in NAMES]
        for who, text in enumerate(last):
            self.say(who, text)
        for person, chat in zip(self.people, self.chats, strict=True):
            await person.sent(WITHIN_S)
            await person.until(lambda chat=chat: set(last) <= set(heard(chat)), WITHIN_S)  # type: ignore[misc]

    def wrongs(self) -> list[str]:
        found = [f"unreadable in {group_id!r}" for group_id in self.unreadable]
        for name, chat in zip(NAMES, self.chats, strict=True):
            times = Counter(heard(chat))
            found += [f"{name} has {text!r} {times[text]} times" for text in self.said if times[text] != 1]
        return found


def heard(chat: Chat) -> list[str]:
    return [message.text for message in chat.messages(newest=100_000) if message.text]


@pytest.fixture
async def circle(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> AsyncIterator[Circle]:
    """A client that hears nothing for a second looks, and comes back at once: the test is about what it finds then."""
    for name, seconds in (("RETRY_FIRST_S", 0.05), ("RETRY_S_MAX", 0.3), ("PING_EVERY_S", 0.5)):
        monkeypatch.setattr(link, name, seconds)
    for name, seconds in (("SILENCE_S_MAX", 1.0), ("READY_WITHIN_S", 2.0), ("REPLACED_RETRY_S", 0.1)):
        monkeypatch.setattr(link, name, seconds)
    chance = random.Random(pytestconfig.getoption("--seed") or 8)
    async with AsyncExitStack() as stack:
        port = int(server.url.rpartition(":")[2])
        proxy = await stack.enter_async_context(Proxy(port, chance))
        circle = Circle(proxy, [])
        set_broken = Conversations.set_broken

        def noted(conversations: Conversations, tx: object, group_id: bytes, *rest: object) -> None:
            circle.unreadable.append(group_id)
            set_broken(conversations, tx, group_id, *rest)  # type: ignore[arg-type]  # as they came

        monkeypatch.setattr(Conversations, "set_broken", noted)
        link_ = f"{proxy.origin}/i#{await server.app.accounts.invitations.ensure_owner()}"
        for name in NAMES:
            client = await stack.enter_async_context(Client(tmp_path / name, accept_friends=True))
            await client.join(link_ if not circle.people else await circle.people[0].invite(), name)
            await client.connected(WITHIN_S)
            if circle.people:
                assert await client.befriend(await circle.people[0].code())
            circle.people.append(client)
        lan = circle.people[0]
        await lan.until(lambda: len(lan.friends()) == 3, WITHIN_S)
        group = await lan.make_group(lan.friends(), "一家人")
        circle.chats.append(group)
        for person in circle.people[1:]:
            await person.until(lambda person=person: len(person.chats.groups()) == 1, WITHIN_S)  # type: ignore[misc]
            circle.chats.append(person.chats.groups()[0])
        yield circle


async def talk(circle: Circle, rounds: int) -> None:
    """Everybody talks at once."""
    for number in range(rounds):
        for who, name in enumerate(NAMES):
            circle.say(who, f"{name} {number}")
        await asyncio.sleep(0.15)


async def test_chaos_loses_doubles_and_spoils_nothing(circle: Circle, pytestconfig: pytest.Config) -> None:
    """R7, R8: repeated, swapped, late, cut in the middle of a frame, half-open."""
    circle.proxy.chaos = BAD
    await talk(circle, ROUNDS_LONG if pytestconfig.getoption("--long") else ROUNDS)
    circle.proxy.chaos = CALM
    await circle.last_words()
    print(f"\n{len(circle.said)} messages, {len(circle.said) * 3} deliveries; {dict(circle.proxy.happened)}")
    assert not circle.wrongs()
    for what in ("cut", "repeat", "swap", "late"):
        assert circle.proxy.happened[what] > 0, circle.proxy.happened


async def test_partitions_heal(circle: Circle, pytestconfig: pytest.Config) -> None:
    """R6: in both directions and in one, while everybody goes on talking; afterwards all have all."""
    for number, directions in enumerate(PARTITIONS * (10 if pytestconfig.getoption("--long") else 1)):
        circle.proxy.part(*directions)
        for who, name in enumerate(NAMES):
            circle.say(who, f"{name} 断网 {number}")
        await asyncio.sleep(PARTED_S)
        circle.proxy.heal()
        for who, name in enumerate(NAMES):
            circle.say(who, f"{name} 又通了 {number}")
    await circle.last_words()
    print(f"\n{len(circle.said)} messages; {dict(circle.proxy.happened)}")
    assert not circle.wrongs()


async def test_the_chaos_sees_mail_that_is_acknowledged_for_her(circle: Circle) -> None:
    """R3: a server that takes what it sent for what arrived loses it when the line is cut."""
    with acknowledged_for_her():
        circle.proxy.chaos = BAD
        for _ in range(10):
            await talk(circle, 4)
            circle.proxy.part("down")
            await talk(circle, 1)
            circle.proxy.heal()
            if circle.unreadable:
                break
        circle.proxy.chaos = CALM
        with suppress(TimeoutError):
            async with asyncio.timeout(5.0):
                await circle.last_words()
    assert circle.wrongs()
