"""R12: PostgreSQL is killed under load, with all its processes, and comes back [DS4, DS6, DS11]."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.conftest import postgres_programs, postgres_user
from tests.crash.harness import Harness, Report
from tests.crash.server import Nursery, ServerProcess

KILLS, KILLS_LONG = 3, 50
READY_WITHIN_S = 60.0
# Commits are told before they are in the log on disk, and the log is written seldom: what a kill then loses.
TOLD_EARLY = ("synchronous_commit=off", "wal_writer_delay=10000", "wal_writer_flush_after=0", "fsync=off")


class Postgres:
    """One server in a folder of its own, with its defaults: what it committed is on the disk."""

    def __init__(self, *settings: str) -> None:
        programs, self._user = postgres_programs(), postgres_user()
        if programs is None or self._user is None:
            pytest.skip("no PostgreSQL server is installed here")
        self._program = str(programs / "postgres")
        self.folder = Path(tempfile.mkdtemp(prefix="hongyan-killed-", dir="/tmp"))
        if os.getuid() == 0:
            shutil.chown(self.folder, self._user)
        self._settings = [word for one in settings for word in ("-c", one)]
        self._process: subprocess.Popen[bytes] | None = None
        command = [str(programs / "initdb"), "-D", f"{self.folder}/data", "-A", "trust", "-U", "postgres", "-E", "UTF8"]
        self._run(command).wait()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.folder}"

    def start(self) -> None:
        """Returns once it answers; as under systemd, one that ends at once is started again.

        It does so while a process of the one before still holds the shared memory.
        """
        place = ["-k", str(self.folder), "-c", "listen_addresses="]
        command = [self._program, "-D", f"{self.folder}/data", *place, *self._settings]
        self._process = self._run(command)
        until_s = time.monotonic() + READY_WITHIN_S
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < until_s, "PostgreSQL does not come back"
                time.sleep(0.05)
                if self._process.poll() is not None:
                    self._process = self._run(command)

    def kill(self) -> None:
        """kill -9 of all its processes at once, as far as a test can: first of all nobody may start another."""
        assert self._process is not None
        pid = self._process.pid
        os.kill(pid, signal.SIGSTOP)
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in [*map(int, children), pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._process.wait()

    def count(self, table: str) -> int:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None
        return int(row[0])

    def remove(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        user = self._user if os.getuid() == 0 else None
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd=self.folder, user=user)


class PostgresHarness(Harness):
    def __init__(self, server: ServerProcess, postgres: Postgres, *, seed: int) -> None:
        super().__init__(server, pairs=3, seed=seed)
        self._postgres = postgres

    def _look_at_disk(self, path: Path) -> None:
        """All is acknowledged: nothing may wait."""
        self.report.integrity = "ok"
        self.report.left_on_disk = sum(self._postgres.count(table) for table in ("mail", "body"))


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


async def killed(nursery: Nursery, folder: Path, kills: int, *settings: str, seed: int = 12) -> Report:
    postgres = Postgres(*settings)
    chance = random.Random(seed)
    try:
        await asyncio.to_thread(postgres.start)
        server = ServerProcess(folder, nursery, settings={"HONGYAN_DATABASE": postgres.url})
        harness = PostgresHarness(server, postgres, seed=seed)
        try:
            await harness.set_up()
            for _ in range(kills):
                await harness.feed_for(chance.uniform(0.3, 1.0))
                feeding = asyncio.create_task(harness.feed_for(1.0))
                await asyncio.sleep(0.5)
                postgres.kill()
                await asyncio.to_thread(postgres.start)
                await feeding
                harness.report.cycles += 1
            await asyncio.to_thread(server.stop)
            report = await harness.settle()
        finally:
            await harness.give_up()
    finally:
        postgres.remove()
    print(f"\n{report}; {dict(harness.codes)}")
    return report


async def test_killed_postgres_loses_nothing(nursery: Nursery, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """R12: our own process lives on, says `busy` meanwhile, and goes on by itself."""
    kills = KILLS_LONG if pytestconfig.getoption("--long") else KILLS
    report = await killed(nursery, tmp_path / "data", kills)
    assert report.is_whole, str(report)
    assert report.accepted > 100


async def test_the_kills_see_commits_that_are_told_early(nursery: Nursery, tmp_path: Path) -> None:
    """R3"""
    report = await killed(nursery, tmp_path / "data", 2, *TOLD_EARLY)
    assert report.lost > 0, str(report)
