"""Lengths: `./dev test reliability --long`; as many histories as asked: `--seeds 50000`; one again: `--seed 7`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

SEEDS_SHORT = 160
SEEDS_LONG = 10_000
CHUNKS_SHORT = 8
CHUNK_LONG = 100


def seed_ranges(config: pytest.Config) -> list[range]:
    """The seeds of the histories, in pieces that the cores share."""
    one = config.getoption("--seed")
    if one is not None:
        return [range(one, one + 1)]
    count = config.getoption("--seeds") or (SEEDS_LONG if config.getoption("--long") else SEEDS_SHORT)
    size = min(CHUNK_LONG, max(1, count // CHUNKS_SHORT))
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seeds" in metafunc.fixturenames:
        ranges = seed_ranges(metafunc.config)
        metafunc.parametrize("seeds", ranges, ids=[f"{one.start}-{one.stop - 1}" for one in ranges])


@pytest.fixture(autouse=True)
def quiet_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """apsw tells of what a VFS method raises; here it is meant."""
    monkeypatch.setattr(sys, "unraisablehook", lambda _unraisable: None)
    yield
