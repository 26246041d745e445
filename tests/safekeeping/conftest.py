"""The three kinds of server that are backed up."""

from pathlib import Path

import pytest
from tests.safekeeping.house import House

from hongyan.foundation.clock import ManualClock
from hongyan.settings import Settings

ENGINES = ("sqlite, folder", "postgresql, folder", "sqlite, s3")


@pytest.fixture
def house(tmp_path: Path) -> House:
    """SQLite and a folder, as most servers are."""
    return _house(tmp_path, Settings(data_dir=tmp_path / "data"), {})


@pytest.fixture(params=ENGINES)
def any_house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    if request.param == "sqlite, folder":
        return _house(tmp_path, Settings(data_dir=tmp_path / "data"), {})
    if request.param == "sqlite, s3":
        url = str(request.getfixturevalue("s3_url"))
        return _house(tmp_path, Settings(data_dir=tmp_path / "data", blobs=url), {"HONGYAN_BLOBS": f"{url}-new"})
    found: House = request.getfixturevalue("postgres_house")
    return found


@pytest.fixture
def postgres_house(tmp_path: Path, postgres_url: str, empty_postgres_url: str) -> House:
    settings = Settings(data_dir=tmp_path / "data", database=postgres_url)
    return _house(tmp_path, settings, {"HONGYAN_DATABASE": empty_postgres_url})


def _house(tmp_path: Path, settings: Settings, environment: dict[str, str]) -> House:
    settings.data_dir.mkdir(mode=0o700)
    return House(settings, environment, ManualClock(), tmp_path / "backups", tmp_path / "new")
