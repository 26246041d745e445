from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.wallet.stage import Stage, open_stage

from hongyan.app import migrations
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import MEMORY, Database, open_database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return MEMORY if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The wallet's services on both engines."""
    made = await open_stage(database_url, tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An empty database of either engine."""
    database = open_database(database_url)
    database.migrate(migrations(), SystemClock())
    yield database
    await database.close()
