"""A server with a push service beside it, and people whose devices may be woken there."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.delivery.client import Client
from tests.delivery.conftest import World
from tests.push.service import Browser, PushService

from hongyan.app import App, build
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import Row
from hongyan.foundation.http import Caller
from hongyan.push.model import WAKE_AFTER_S
from hongyan.settings import PushSettings, Settings


@dataclass
class PushWorld(World):
    """The server, its people, and the push service they all use."""

    service: PushService = None  # type: ignore[assignment]  # given by the fixture; World's fields have defaults
    database_url: str = ""

    async def register(self, name: str, *muted: bytes, browser: Browser | None = None) -> Browser:
        browser = browser or self.service.browser(name)
        who = self.people[name]
        caller = Caller(who.account_id, who.device_id, is_owner=False)
        assert await self.app.push.register(caller, browser.registering(*muted)) is None
        return browser

    async def pass_s(self, seconds: float = WAKE_AFTER_S) -> None:
        """Let time go by, and whoever is due be woken."""
        await self.app.delivery.flush()
        self.clock.advance(seconds)
        await self.app.push.waker.wake_due()

    async def leave(self, name: str, client: Client) -> None:
        """Close the connection, and wait until the server knows."""
        await client.close()
        while self.app.delivery.hub.is_connected(self.people[name].device_id):
            await asyncio.sleep(0.001)

    async def restart(self) -> None:
        """kill -9 as far as memory goes: a new server on the same data."""
        for client in self.clients:
            await client.close()
        await self.app.stop()
        self.app = build(self.app.settings, self.clock, database_url=self.database_url)
        sock = socket.create_server(("127.0.0.1", 0))
        self.port = sock.getsockname()[1]
        await self.app.start(sock)

    async def subscription(self, name: str) -> Row | None:
        device_id = self.people[name].device_id
        return await self.app.db.read(
            lambda tx: tx.one("SELECT failures, last_failure FROM push_subscription WHERE device_id = ?", (device_id,))
        )


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    made = PushService()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "test.db") if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def world(tmp_path: Path, database_url: str, service: PushService) -> AsyncIterator[PushWorld]:
    clock = ManualClock()
    settings = Settings(data_dir=tmp_path, push=PushSettings(inner_hosts="localhost"))
    app: App = build(settings, clock, database_url=database_url)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        await app.start(sock)
        world = PushWorld(app, clock, sock.getsockname()[1], service=service, database_url=database_url)
        yield world
        for client in world.clients:
            await client.close()
        await world.app.stop()
