"""Timed work runs once per interval, in the whole cluster, and survives its errors."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import MEMORY, OpenedDatabase, migrations_of, open_database
from hongyan.foundation.jobs import Jobs


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def db(clock: ManualClock) -> AsyncIterator[OpenedDatabase]:
    opened = open_database(MEMORY)
    opened.migrate(migrations_of("hongyan.foundation"), clock)
    yield opened
    await opened.close()


async def nothing() -> None:
    return None


async def test_a_job_runs_once_per_interval_whoever_asks(db: OpenedDatabase, clock: ManualClock) -> None:
    processes = [Jobs(db, clock), Jobs(db, clock)]
    for jobs in processes:
        jobs.every("sweep", 60, nothing)
    assert [await jobs.run_due() for jobs in processes] == [["sweep"], []]
    clock.advance(59)
    assert [await jobs.run_due() for jobs in processes] == [[], []]
    clock.advance(1)
    assert [await jobs.run_due() for jobs in reversed(processes)] == [["sweep"], []]


async def test_an_error_does_not_end_a_job(db: OpenedDatabase, clock: ManualClock) -> None:
    runs: list[int] = []

    async def fails() -> None:
        runs.append(1)
        raise LookupError("of the job")

    jobs = Jobs(db, clock)
    jobs.every("fails", 60, fails)
    for _ in range(3):
        await jobs.run_due()
        clock.advance(60)
    assert len(runs) == 3


async def test_a_clock_that_was_ahead_does_not_silence_a_job(db: OpenedDatabase, clock: ManualClock) -> None:
    jobs = Jobs(db, clock)
    jobs.every("sweep", 60, nothing)
    clock.jump_wall(30 * 86_400)
    assert await jobs.run_due() == ["sweep"]
    clock.jump_wall(-30 * 86_400)
    assert await jobs.run_due() == ["sweep"]


async def test_started_jobs_run_by_themselves(db: OpenedDatabase, clock: ManualClock) -> None:
    ran = asyncio.Event()

    async def run() -> None:
        ran.set()

    jobs = Jobs(db, clock)
    jobs.every("sweep", 60, run)
    jobs.start()
    async with asyncio.timeout(10):
        await ran.wait()
    await jobs.stop()
