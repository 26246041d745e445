"""What was acknowledged survives kill -9 and power cuts, once and in order [DS4, DS5, DS6, DS11].

CRASH_LONG=1 runs ten times as many cycles; CRASH_SEED=n repeats the moments of a run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.harness import Harness, Report
from tests.crash.server import SERVE, Nursery, ServerProcess
from tests.crash.variants import entry

LONG = os.environ.get("CRASH_LONG") == "1"
SEED = int(os.environ.get("CRASH_SEED", "1"))
TIMES = 10 if LONG else 1


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


async def crash(nursery: Nursery, folder: Path, source: str, cycles: int, *, accepted_min: int = 0) -> Report:
    server = ServerProcess(folder, nursery)
    harness = Harness(server, seed=SEED)
    try:
        await harness.set_up()
        await harness.kill_cycles(cycles, accepted_min=accepted_min, entry=source)
        report = await harness.settle()
    finally:
        await harness.give_up()
    print(f"\n{report}")
    return report


async def test_kill_loses_and_doubles_nothing(nursery: Nursery, tmp_path: Path) -> None:
    """100 kills and 30,000 acknowledged messages."""
    report = await crash(nursery, tmp_path / "data", SERVE, 100 * TIMES, accepted_min=30_000 * TIMES)
    assert report.is_clean, str(report)
    assert report.accepted >= 30_000 * TIMES


async def test_power_cut_loses_and_doubles_nothing(nursery: Nursery, tmp_path: Path) -> None:
    """50 power cuts, with part of the unsynced writes on disk in any order."""
    report = await crash(nursery, tmp_path / "data", entry("powercut"), 50 * TIMES)
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
