"""The same stories with PostgreSQL below: its reads run in threads, so pushes and pages can truly race."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.delivery.conftest import World
from tests.delivery.test_connection import test_pushes_and_pages_meet_without_gap, test_repeated_numbers
from tests.delivery.test_mail import test_a_message_arrives_and_is_erased, test_mail_waits_for_who_is_away

from hongyan.app import build
from hongyan.foundation.clock import ManualClock
from hongyan.settings import Settings

__all__ = [
    "test_a_message_arrives_and_is_erased",
    "test_mail_waits_for_who_is_away",
    "test_pushes_and_pages_meet_without_gap",
    "test_repeated_numbers",
]


@pytest.fixture
async def world(tmp_path: Path, postgres_url: str) -> AsyncIterator[World]:
    clock = ManualClock()
    app = build(Settings(data_dir=tmp_path), clock, database_url=postgres_url)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        await app.start(sock)
        world = World(app, clock, sock.getsockname()[1])
        yield world
        for client in world.clients:
            await client.close()
        await app.stop()
