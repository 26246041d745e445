"""A real server with a few people on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.server import Nursery, ServerProcess
from tests.crash.town import Town


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def server(nursery: Nursery, tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data", nursery)
    server.start_and_wait()
    yield server
    server.stop()


@pytest.fixture
def town(server: ServerProcess) -> Iterator[Town]:
    """lan is the owner; mei0 and mei1 are her friends; each has a friend bo0, bo1."""
    town = Town(server.url)
    town.populate(server.owner_token(), 2)
    yield town
    town.close()
