from collections.abc import AsyncIterator

import pytest
from tests.accounts.world import World, new_world

from hongyan.foundation.db import MEMORY


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    return MEMORY if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    made = new_world(database_url)
    yield made
    await made.close()
