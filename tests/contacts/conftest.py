from collections.abc import AsyncIterator

import pytest
from tests.accounts.world import World, new_world

from hongyan.foundation.db import MEMORY


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = new_world(MEMORY)
    yield made
    await made.close()
