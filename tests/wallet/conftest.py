from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.wallet.stage import Stage, open_stage

from hongyan.foundation.db import MEMORY


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return MEMORY if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """The wallet's services on both engines."""
    made = await open_stage(database_url, tmp_path)
    yield made
    await made.close()
