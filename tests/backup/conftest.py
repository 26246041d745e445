from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.backup.world import BackupWorld, new_backup_world

from hongyan.foundation.db import MEMORY


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return MEMORY if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[BackupWorld]:
    made = new_backup_world(database_url, tmp_path)
    yield made
    await made.close()
