from pathlib import Path

import pytest

from hongyan.settings import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def server_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Each story on both databases."""
    database = "" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    return Settings(data_dir=tmp_path, port=0, database=database)
