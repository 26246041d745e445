"""What was acknowledged survives kill -9 and power cuts, once and in order [DS4, DS5, DS6, DS11].

`--long` runs ten times as many cycles; `--seed N` repeats the moments of a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.harness import Harness, Report
from tests.crash.server import SERVE, Nursery, ServerProcess
from tests.crash.variants import entry

LONG = 10


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def times(pytestconfig: pytest.Config) -> int:
    return LONG if pytestconfig.getoption("--long") else 1


@pytest.fixture(scope="module")
def seed(pytestconfig: pytest.Config) -> int:
    return pytestconfig.getoption("--seed") or 1


async def crash(
    nursery: Nursery, folder: Path, source: str, cycles: int, *, accepted_min: int = 0, seed: int = 1
) -> Report:
    server = ServerProcess(folder, nursery)
    harness = Harness(server, seed=seed)
    try:
        await harness.set_up()
        await harness.kill_cycles(cycles, accepted_min=accepted_min, entry=source)
        report = await harness.settle()
    finally:
        await harness.give_up()
    print(f"\n{report}")
    return report


async def test_kill_loses_and_doubles_nothing(nursery: Nursery, tmp_path: Path, times: int, seed: int) -> None:
    """100 kills and 30,000 acknowledged messages."""
    report = await crash(nursery, tmp_path / "data", SERVE, 100 * times, accepted_min=30_000 * times, seed=seed)
    assert report.is_clean, str(report)
    assert report.accepted >= 30_000 * times


async def test_power_cut_loses_and_doubles_nothing(nursery: Nursery, tmp_path: Path, times: int, seed: int) -> None:
    """50 power cuts, with part of the unsynced writes on disk in any order."""
    report = await crash(nursery, tmp_path / "data", entry("powercut"), 50 * times, seed=seed)
    assert report.is_clean, str(report)


async def test_the_harness_sees_answers_before_the_commit(nursery: Nursery, tmp_path: Path) -> None:
    report = await crash(nursery, tmp_path / "data", entry("early_answer"), 12)
    assert report.lost > 0, str(report)


async def test_the_harness_sees_repeated_numbers_taken_twice(nursery: Nursery, tmp_path: Path) -> None:
    report = await crash(nursery, tmp_path / "data", entry("no_numbers"), 12)
    assert report.doubled > 0, str(report)


async def test_the_harness_sees_commits_that_are_not_synced(nursery: Nursery, tmp_path: Path) -> None:
    report = await crash(nursery, tmp_path / "data", entry("powercut", "not_synced"), 8)
    assert report.lost > 0, str(report)
