"""A real server in this process with lan, mei and bo in one group, and a clock in the test's hand."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.delivery.conftest import World
from tests.media.client import MediaClient

from hongyan.app import build
from hongyan.foundation.clock import ManualClock
from hongyan.settings import LimitSettings, Settings

GROUP = b"family-group-id!"


@dataclass
class MediaWorld(World):
    folder: Path = field(default_factory=Path)
    clients_of_media: list[MediaClient] = field(default_factory=list)

    def media(self, name: str) -> MediaClient:
        client = MediaClient(f"http://127.0.0.1:{self.port}", self.people[name].token)
        self.clients_of_media.append(client)
        return client

    async def objects(self) -> list[str]:
        """Names of all that lies in the blob store, once what is to be erased is."""
        await self.app.media.flush()
        return sorted([name async for page in self.app.blobs.names("media") for name in page])

    async def is_empty(self) -> bool:
        rows = [await self.rows(table) for table in ("media_blob", "media_piece", "media_due")]
        return not any(rows) and await self.objects() == []


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "test.db")


@pytest.fixture
def blobs_setting() -> str:
    """The `blobs` setting: a folder unless a test asks for S3."""
    return ""


@pytest.fixture
def limits() -> LimitSettings:
    return LimitSettings(disk_reserve_mib=1)


@pytest.fixture
async def world(tmp_path: Path, database: str, blobs_setting: str, limits: LimitSettings) -> AsyncIterator[MediaWorld]:
    clock = ManualClock()
    settings = Settings(data_dir=tmp_path, blobs=blobs_setting, limits=limits)
    app = build(settings, clock, database_url=database)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        await app.start(sock)
        world = MediaWorld(app, clock, sock.getsockname()[1], folder=tmp_path)
        await world.add("lan", "mei", "bo")
        await world.group(GROUP, "lan", "mei", "bo")
        yield world
        for client in world.clients_of_media:
            await client.close()
        for line in world.clients:
            await line.close()
        await app.stop()


@pytest.fixture
def lan(world: MediaWorld) -> MediaClient:
    return world.media("lan")


@pytest.fixture
def mei(world: MediaWorld) -> MediaClient:
    return world.media("mei")


@pytest.fixture
def bo(world: MediaWorld) -> MediaClient:
    return world.media("bo")


PHOTO = os.urandom(5_000_000)

__all__ = ["GROUP", "PHOTO", "MediaWorld"]
