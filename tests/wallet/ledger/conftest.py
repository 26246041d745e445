from collections.abc import AsyncIterator

import pytest

from hongyan.app import migrations
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import MEMORY, Database, open_database


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    url = MEMORY if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    database = open_database(url)
    database.migrate(migrations(), SystemClock())
    yield database
    await database.close()
