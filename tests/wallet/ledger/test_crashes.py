"""Payments under way when the process is killed, the power is cut, PostgreSQL is killed, the disk is full [LE1] [LE5].

What was answered must be there, once, and the books must be whole. Instruments that find nothing in a ledger that is
wrong on purpose prove nothing: one that does not sync, and a PostgreSQL that tells before it has written.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.crash.powercut import PowerCutVfs
from tests.crash.variants import commit_without_sync
from tests.reliability.test_postgres import Postgres
from tests.wallet.ledger.orders import LAN, MEI, NOW, pay, seed

from hongyan.app import migrations
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import Database, StorageFull, Tx, open_database
from hongyan.foundation.db.sqlite import SqliteDatabase
from hongyan.wallet import ledger, verify
from hongyan.wallet.ledger import Order, Verdict

AT_ONCE = 50
ANSWERED = 400
KILLS = 4
# Commits are told before they are in the log on disk; what is there is whole all the same.
TOLD_EARLY = ("synchronous_commit=off", "wal_writer_delay=10000", "wal_writer_flush_after=0")


def to_and_fro(n: int) -> Order:
    return pay(n, 1, *((LAN, MEI) if n // AT_ONCE % 2 else (MEI, LAN)))


def post_all(tx: Tx, orders: list[Order]) -> list[Verdict]:
    return ledger.post_all(tx, orders, now_ms=NOW)


async def pay_for_ever(url: str, first: int) -> None:
    """What is killed: tells each payment once it was answered, from the `first` on."""
    db = open_database(url)
    batch = db.batch(post_all)

    async def pays(start: int) -> None:
        for n in range(start, 10**9, AT_ONCE):
            if await batch.run(to_and_fro(n)) is Verdict.POSTED:
                sys.stdout.write(f"{n}\n")
                sys.stdout.flush()

    await asyncio.gather(*(pays(first + n) for n in range(AT_ONCE)))


def run_on_failing_disk(path: str, first: int, spill: float, *, syncs: bool) -> None:
    disk = PowerCutVfs(spill=spill, default=True)
    if not syncs:
        commit_without_sync()
    asyncio.run(pay_for_ever(path, first))
    assert disk is not None, "it is the disk for as long as somebody holds it"


class Payer:
    """A process that pays; `told` are the payments that were answered, over all its lives."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def live(self, call: str, postgres: Postgres | None = None) -> None:
        """Until `ANSWERED` payments were answered; then it is killed, or its PostgreSQL and then itself."""
        program = f"import asyncio; from {__name__} import pay_for_ever, run_on_failing_disk; {call}"
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            self.told += [int(process.stdout.readline()) for _ in range(ANSWERED)]
            if postgres is not None:
                postgres.kill()
            process.send_signal(signal.SIGKILL)
            self.told += [int(line) for line in process.stdout if line.endswith("\n")]

    @property
    def next(self) -> int:
        """A number beyond all that it may have begun."""
        return max(self.told, default=0) + 10 * AT_ONCE


async def missing(db: Database, told: list[int]) -> int:
    """How many payments of these are not there; the books must be whole all the same."""
    checked = await db.read(verify)
    assert checked.findings == []
    there = await db.read(lambda tx: [ledger.transfer(tx, to_and_fro(n).id) for n in told])
    amounts = await db.read(lambda tx: [ledger.account(tx, who) for who in (LAN, MEI)])
    assert sum(one.balance for one in amounts if one is not None) == 1_000
    assert len(told) == len(set(told)) and checked.transfers >= sum(one is not None for one in there)
    return there.count(None)


def seeded(url: str) -> None:
    async def fill() -> None:
        db = open_database(url)
        db.migrate(migrations(), SystemClock())
        await db.write(seed)
        await db.close()

    asyncio.run(fill())


async def left_in(url: str, told: list[int]) -> int:
    db = open_database(url)
    try:
        return await missing(db, told)
    finally:
        await db.close()


def test_what_was_answered_is_there_after_kills(tmp_path: Path) -> None:
    path, payer = str(tmp_path / "ledger.db"), Payer()
    seeded(path)
    for _ in range(KILLS):
        payer.live(f"asyncio.run(pay_for_ever({path!r}, {payer.next}))")
        assert asyncio.run(left_in(path, payer.told)) == 0


@pytest.mark.parametrize("spill", [0.0, 0.5])
def test_what_was_answered_is_there_after_power_cuts(tmp_path: Path, spill: float) -> None:
    path, payer = str(tmp_path / "ledger.db"), Payer()
    seeded(path)
    for _ in range(KILLS):
        payer.live(f"run_on_failing_disk({path!r}, {payer.next}, {spill}, syncs=True)")
        assert asyncio.run(left_in(path, payer.told)) == 0


def test_a_ledger_that_does_not_sync_loses_what_it_answered(tmp_path: Path) -> None:
    path, payer = str(tmp_path / "ledger.db"), Payer()
    seeded(path)
    payer.live(f"run_on_failing_disk({path!r}, 1, 0.0, syncs=False)")
    assert asyncio.run(left_in(path, payer.told)) > 0


async def test_a_full_disk_refuses_what_it_cannot_keep_and_nothing_else(tmp_path: Path) -> None:
    """What was answered stays, what was refused moved nothing, reading goes on, and paying again once there is room."""
    path = str(tmp_path / "ledger.db")
    db = open_database(path)
    assert isinstance(db, SqliteDatabase)
    db.migrate(migrations(), SystemClock())
    await db.write(seed)
    pages = db._connection.pragma("page_count")
    db._connection.pragma("max_page_count", pages + 20)
    batch, told = db.batch(post_all), []
    for n in range(AT_ONCE, 10_000):
        try:
            assert await batch.run(to_and_fro(n)) is Verdict.POSTED
        except StorageFull:
            break
        told.append(n)
    assert 0 < len(told) < 9_000, "it became full on the way"
    refused = told[-1] + 1
    assert await missing(db, told) == 0
    assert await missing(db, [refused]) == 1
    db._connection.pragma("max_page_count", pages * 1_000)
    assert await batch.run(to_and_fro(refused)) is Verdict.POSTED
    assert await missing(db, [*told, refused]) == 0
    await db.close()


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    made = Postgres(*getattr(request, "param", ()))
    made.start()
    yield made
    made.remove()


def test_what_was_answered_is_there_after_postgresql_was_killed(postgres: Postgres) -> None:
    payer = Payer()
    seeded(postgres.url)
    for _ in range(KILLS):
        payer.live(f"asyncio.run(pay_for_ever({postgres.url!r}, {payer.next}))", postgres=postgres)
        postgres.start()
        assert asyncio.run(left_in(postgres.url, payer.told)) == 0


@pytest.mark.parametrize("postgres", [TOLD_EARLY], indirect=True)
def test_a_postgresql_that_tells_early_loses_what_it_answered(postgres: Postgres) -> None:
    payer = Payer()
    seeded(postgres.url)
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    payer.live(f"asyncio.run(pay_for_ever({postgres.url!r}, 1))", postgres=postgres)
    postgres.start()
    assert asyncio.run(left_in(postgres.url, payer.told)) > 0
