"""Timed work: each job runs once per interval in the whole cluster, and survives its own errors."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, StorageFull, StorageUnavailable, Tx
from hongyan.foundation.metrics import JOBS_FAILED, JOBS_RUN

JITTER = 0.1
LOOK_S_MAX = 60.0

_log = structlog.get_logger("jobs")


@dataclass(frozen=True, slots=True)
class _Job:
    name: str
    interval_s: float
    run: Callable[[], Awaitable[None]]


class Jobs:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._jobs: dict[str, _Job] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def every(self, name: str, interval_s: float, run: Callable[[], Awaitable[None]]) -> None:
        """Run `run` once per interval, the first time soon after the first start ever."""
        assert name not in self._jobs and interval_s >= 1
        self._jobs[name] = _Job(name, interval_s, run)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._repeat(job), name=f"job {job.name}") for job in self._jobs.values()]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run_due(self) -> list[str]:
        """Run what is due by the clock, and return the names; `start` does this by itself."""
        return [job.name for job in self._jobs.values() if await self._run_if_due(job)]

    async def _repeat(self, job: _Job) -> None:
        while True:
            try:
                await self._run_if_due(job)
            except (StorageFull, StorageUnavailable) as error:
                _log.warning("job_waits_for_storage", job=job.name, error=type(error).__name__)
            pause_s = min(job.interval_s, LOOK_S_MAX)
            await asyncio.sleep(pause_s * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - spreads load

    async def _run_if_due(self, job: _Job) -> bool:
        if not await self._db.write(lambda tx: self._claim(tx, job)):
            return False
        try:
            await job.run()
        except Exception as error:
            JOBS_FAILED.labels(job.name).inc()
            _log.error("job_failed", job=job.name, error=type(error).__name__, exc_info=True)
        else:
            JOBS_RUN.labels(job.name).inc()
        return True

    def _claim(self, tx: Tx, job: _Job) -> bool:
        now_ms = self._clock.now_ms()
        next_ms = now_ms + round(job.interval_s * 1000)
        # A due time further away than one interval was written by a clock that ran ahead.
        claimed = tx.execute(
            "UPDATE job SET due_at_ms = ? WHERE name = ? AND (due_at_ms <= ? OR due_at_ms > ?)",
            (next_ms, job.name, now_ms, next_ms),
        )
        if claimed:
            return True
        return bool(
            tx.execute(
                "INSERT INTO job (name, due_at_ms) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                (job.name, next_ms),
            )
        )
