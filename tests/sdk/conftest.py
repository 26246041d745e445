"""People who use the SDK on a real server in this process, each with a state folder of her own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.conftest import RunningServer

from hongyan.sdk import Chat, Client, Message

WITHIN_S = 20.0


@dataclass
class World:
    server: RunningServer
    folder: Path
    stack: AsyncExitStack
    people: dict[str, Client] = field(default_factory=dict)

    async def person(self, name: str, *, accept_friends: bool = True) -> Client:
        """Joins, the first one as the server's owner; returns once the server has what others need of her."""
        client = Client(self.folder / name, accept_friends=accept_friends)
        await self.stack.enter_async_context(client)
        if self.people:
            link = await next(iter(self.people.values())).invite()
        else:
            link = f"{self.server.url}/i#{await self.server.app.accounts.invitations.ensure_owner()}"
        await client.join(link, name)
        self.people[name] = client
        await client.connected(WITHIN_S)
        return client

    async def friends(self, *names: str) -> list[Client]:
        """New people, all friends of each other."""
        made = [await self.person(name) for name in names]
        for place, one in enumerate(made):
            for other in made[place + 1 :]:
                assert await other.befriend(await one.code())
                await one.until(lambda one=one, other=other: other.name in named(one), WITHIN_S)  # type: ignore[misc]
        return made

    async def back(self, name: str) -> Client:
        """Somebody who was closed comes back."""
        client = Client(self.folder / name, accept_friends=True)
        await self.stack.enter_async_context(client)
        self.people[name] = client
        await client.connected(WITHIN_S)
        return client


def named(client: Client) -> list[str]:
    return [person.name for person in client.friends()]


def texts(chat: Chat) -> list[str]:
    return [message.text for message in chat.messages()]


async def heard(client: Client, text: str) -> Message:
    """The message, once it has come."""

    def found() -> Message | None:
        said = (message for chat in client.chats.all() for message in chat.messages())
        return next((message for message in said if message.text == text and not message.mine), None)

    await client.until(lambda: found() is not None, WITHIN_S)
    message = found()
    assert message is not None
    return message


@pytest.fixture
async def world(server: RunningServer, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield World(server, tmp_path / "people", stack)
