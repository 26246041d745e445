"""[AC3] Limits hold across connections, processes and restarts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hongyan.foundation import limits
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import MEMORY, OpenedDatabase, migrations_of, open_database

NOW_MS = 1_800_000_000_000


def opened(url: str) -> OpenedDatabase:
    db = open_database(url)
    db.migrate(migrations_of("hongyan.foundation"), ManualClock())
    return db


@pytest.fixture
async def db() -> AsyncIterator[OpenedDatabase]:
    made = opened(MEMORY)
    yield made
    await made.close()


async def take(db: OpenedDatabase, at_s: float = 0, subject: str | int = "mei", scope: str = "password") -> int | None:
    now_ms = NOW_MS + round(at_s * 1000)
    return await db.write(lambda tx: limits.take(tx, scope, subject, count=5, per_s=900, now_ms=now_ms))


async def test_five_tries_then_wait(db: OpenedDatabase) -> None:
    assert [await take(db, at) for at in (0, 10, 20, 30, 40, 50)] == [None] * 5 + [850]
    assert await take(db, 899.5) == 1
    assert await take(db, 900) is None
    assert await take(db, 901) == 9


async def test_subjects_and_scopes_do_not_share(db: OpenedDatabase) -> None:
    for _ in range(5):
        await take(db)
    assert await take(db) is not None
    assert await take(db, subject="bo") is None
    assert await take(db, scope="lookup") is None


async def test_the_right_password_forgives(db: OpenedDatabase) -> None:
    for _ in range(5):
        await take(db)
    await db.write(lambda tx: limits.forgive(tx, "password", "mei"))
    assert await take(db) is None


async def test_a_restart_forgets_nothing_and_no_subject_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for tries in (3, 2):
        db = opened(str(path))
        for _ in range(tries):
            assert await take(db, subject="203.0.113.77") is None
        if tries == 2:
            assert await take(db, subject="203.0.113.77") == 900
        await db.close()
    assert b"203.0.113.77" not in path.read_bytes()


async def test_a_clock_set_back_locks_nobody_out_for_longer(db: OpenedDatabase) -> None:
    for _ in range(5):
        await take(db, 30 * 86_400)
    assert await take(db, 0) == 900
    assert await take(db, 1) is not None


async def test_expired_counts_are_erased(db: OpenedDatabase) -> None:
    await take(db)
    assert await db.write(lambda tx: limits.erase_expired(tx, NOW_MS + 899_000)) == 0
    assert await db.write(lambda tx: limits.erase_expired(tx, NOW_MS + 900_000)) == 1


@given(st.lists(st.integers(0, 4_000), max_size=60))
@settings(max_examples=30, deadline=None)
async def test_no_window_ever_sees_more_than_the_count(steps_ds: list[int]) -> None:
    db = opened(MEMORY)
    at_s, allowed = 0.0, list[float]()
    for step in steps_ds:
        at_s += step / 10
        if await take(db, at_s) is None:
            allowed.append(at_s)
    await db.close()
    for index, first in enumerate(allowed):
        assert sum(first <= other < first + 900 for other in allowed[index:]) <= 5
