"""A real server in this process on a random port, with the clock in the test's hand."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.delivery import seed
from tests.delivery.client import Client
from tests.delivery.seed import Seeded

from hongyan.app import App, build
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.settings import Settings


@dataclass
class World:
    """The server, and the people in it by name."""

    app: App
    clock: ManualClock
    port: int
    people: dict[str, Seeded] = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def add(self, *names: str) -> list[Seeded]:
        """New people with one device each, all friends of each other and of everybody before."""

        def make(tx: Tx) -> list[Seeded]:
            made = seed.people(tx, names)
            known = list(self.people.values())
            for place, one in enumerate(made):
                for other in {other.account_id for other in known + made[:place]}:
                    seed.befriend(tx, one.account_id, other)
            return made

        made = await self.app.db.write(make)
        self.people |= dict(zip(names, made, strict=True))
        return made

    async def add_device(self, name: str, of: str) -> Seeded:
        """One more device of a person, under a name of its own."""
        account_id: AccountId = self.people[of].account_id
        self.people[name] = await self.app.db.write(lambda tx: seed.device(tx, account_id))
        return self.people[name]

    async def group(self, group_id: bytes, *names: str, epoch: int = 1) -> bytes:
        members = [self.people[name] for name in names]
        await self.app.db.write(lambda tx: seed.group(tx, group_id, members, epoch=epoch))
        return group_id

    def client(self, name: str) -> Client:
        client = Client(self.url, self.people[name].token)
        self.clients.append(client)
        return client

    async def connect(self, name: str, cursor: int = 0) -> Client:
        client = self.client(name)
        await client.connect(cursor)
        return client

    async def rows(self, table: str) -> int:
        """How many rows a table has, with everything taken so far stored."""
        await self.app.delivery.flush()
        row = await self.app.db.read(lambda tx: tx.one(f"SELECT COUNT(*) FROM {table}"))
        assert row is not None and isinstance(row[0], int)
        return row[0]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = ManualClock()
    app = build(Settings(data_dir=tmp_path), clock, database_url=str(tmp_path / "test.db"))
    with socket.create_server(("127.0.0.1", 0)) as sock:
        await app.start(sock)
        world = World(app, clock, sock.getsockname()[1])
        yield world
        for client in world.clients:
            await client.close()
        await app.stop()
