"""A server's data folder, and two kinds of engines it may lie on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from tests.safekeeping.house import contents

from hongyan.app import BLOB_FEATURES, migrations
from hongyan.foundation.clock import ManualClock
from hongyan.moving import Moved, Mover
from hongyan.moving.model import Step
from hongyan.settings import PushSettings, Settings

Heard = tuple[Step, int, int]


class Killed(BaseException):
    """The end of the process, as far as a test in the same one can have it."""


@dataclass
class Removal:
    """`embedded` and `scaled` are of one data folder; `heard` is what the operator was shown."""

    embedded: Settings
    scaled: Settings
    clock: ManualClock = field(default_factory=ManualClock)
    heard: list[Heard] = field(default_factory=list)

    async def move(self, old: Settings | None = None, new: Settings | None = None, *, dies_at: int = -1) -> Moved:
        """To `scaled` unless told otherwise. `dies_at`: how often it is heard of before it ends as if killed."""
        self.heard.clear()

        def told(step: Step, done: int, expected: int) -> None:
            self.heard.append((step, done, expected))
            if len(self.heard) == dies_at:
                raise Killed

        mover = Mover(self.clock, migrations(), BLOB_FEATURES, told)
        return await mover.move(old or self.embedded, new or self.scaled)

    def set_aside(self) -> None:
        """What an operator does with the old data once she trusts the new."""
        for name in ("hongyan.db", "blobs"):
            path = self.embedded.data_dir / name
            path.rename(path.with_name(f"{name}.before"))

    async def of(self, settings: Settings) -> dict[str, object]:
        return await contents(settings)


@pytest.fixture
def removal(tmp_path: Path, empty_postgres_url: str, s3_url: str) -> Removal:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    embedded = Settings(data_dir=data, push=PushSettings(inner_hosts="localhost"))
    return Removal(embedded, msgspec.structs.replace(embedded, database=empty_postgres_url, blobs=s3_url))
