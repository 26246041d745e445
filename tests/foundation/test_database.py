"""The database contract: one suite for SQLite in memory, SQLite on disk, and PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import (
    MEMORY,
    DatabaseTooNew,
    Migration,
    StorageUnavailable,
    Tx,
    migrations_of,
    open_database,
    postgres,
)
from hongyan.foundation.db import OpenedDatabase as Opened

LETTERS = Migration(
    "letters",
    1,
    "letters",
    (
        "CREATE TABLE letter (id INTEGER PRIMARY KEY, recipient TEXT NOT NULL, body BLOB, weight REAL) STRICT",
        "CREATE TABLE box (name TEXT NOT NULL PRIMARY KEY, fill INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    ),
)

MIGRATIONS = [*migrations_of("hongyan.foundation"), LETTERS]


@pytest.fixture(params=["memory", "disk", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        found: str = request.getfixturevalue("empty_postgres_url")
        return found
    return MEMORY if request.param == "memory" else str(tmp_path / "contract.db")


@pytest.fixture
async def db(url: str) -> AsyncIterator[Opened]:
    opened = open_database(url)
    opened.migrate(MIGRATIONS, ManualClock())
    yield opened
    await opened.close()


def put(tx: Tx, letter_id: int, recipient: str = "mei", body: bytes | None = b"hello") -> int:
    return tx.execute("INSERT INTO letter (id, recipient, body) VALUES (?, ?, ?)", (letter_id, recipient, body))


def count(tx: Tx) -> int:
    row = tx.one("SELECT count(*) FROM letter")
    assert row is not None and isinstance(row[0], int)
    return row[0]


async def test_values_come_back_as_they_were(db: Opened) -> None:
    big = 2**53 - 1
    await db.write(
        lambda tx: tx.execute(
            "INSERT INTO letter (id, recipient, body, weight) VALUES (?, ?, ?, ?)", (big, "外婆?%s", b"\0\xff", 1.5)
        )
    )
    assert await db.read(lambda tx: tx.all("SELECT id, recipient, body, weight FROM letter")) == [
        (big, "外婆?%s", b"\0\xff", 1.5)
    ]


async def test_a_literal_may_hold_marks_of_either_dialect(db: Opened) -> None:
    assert await db.read(lambda tx: tx.one("SELECT 'why? 100%' WHERE 1 = ?", (1,))) == ("why? 100%",)


async def test_execute_tells_rows_changed(db: Opened) -> None:
    def work(tx: Tx) -> tuple[int, int, int]:
        put(tx, 1)
        put(tx, 2)
        changed = tx.execute("UPDATE letter SET recipient = ? WHERE recipient = ?", ("bo", "mei"))
        return (
            changed,
            tx.execute("DELETE FROM letter WHERE id = ?", (1,)),
            tx.execute("DELETE FROM letter WHERE id = 9"),
        )

    assert await db.write(work) == (2, 1, 0)


async def test_sums_are_whole_numbers(db: Opened) -> None:
    await db.write(lambda tx: [put(tx, n) for n in (1, 2, 3)])
    row = await db.read(lambda tx: tx.one("SELECT SUM(id), COUNT(*), MAX(id) FROM letter"))
    assert row == (6, 3, 3)
    assert all(type(value) is int for value in row)


async def test_upsert_returning_and_many(db: Opened) -> None:
    upsert = (
        "INSERT INTO box (name, fill) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET fill = box.fill + excluded.fill "
        "RETURNING fill"
    )

    def work(tx: Tx) -> list[object]:
        tx.executemany("INSERT INTO box (name, fill) VALUES (?, ?)", [("a", 1), ("b", 2)])
        return [tx.one(upsert, ("a", 5)), tx.one(upsert, ("c", 7))]

    assert await db.write(work) == [(6,), (7,)]


async def test_an_id_is_given_when_none_is(db: Opened) -> None:
    given = await db.write(
        lambda tx: [tx.one("INSERT INTO letter (recipient) VALUES (?) RETURNING id", ("lan",)) for _ in range(2)]
    )
    assert given == [(1,), (2,)]


async def test_one_is_none_when_nothing_is_found(db: Opened) -> None:
    assert await db.read(lambda tx: tx.one("SELECT id FROM letter WHERE id = ?", (1,))) is None


async def test_an_error_undoes_its_function_and_no_other(db: Opened) -> None:
    def fails(tx: Tx) -> None:
        put(tx, 2)
        raise LookupError("of the function's own")

    outcomes = await asyncio.gather(
        db.write(lambda tx: put(tx, 1)), db.write(fails), db.write(lambda tx: put(tx, 3)), return_exceptions=True
    )
    assert outcomes[0] == outcomes[2] == 1
    assert isinstance(outcomes[1], LookupError)
    assert await db.read(lambda tx: tx.all("SELECT id FROM letter ORDER BY id")) == [(1,), (3,)]


async def test_a_broken_constraint_is_an_error_of_that_write_only(db: Opened) -> None:
    await db.write(lambda tx: put(tx, 1))
    with pytest.raises(Exception, match=r"(?i)unique"):
        await db.write(lambda tx: put(tx, 1))
    assert await db.write(lambda tx: put(tx, 2)) == 1


async def test_what_returned_is_seen_by_the_next_read(db: Opened) -> None:
    for number in range(1, 20):
        await db.write(lambda tx, number=number: put(tx, number))  # type: ignore[misc]
        assert await db.read(count) == number


async def test_after_commit_runs_once_and_only_for_what_was_stored(db: Opened) -> None:
    told: list[str] = []

    def stored(tx: Tx) -> None:
        put(tx, 1)
        tx.after_commit(lambda: told.append("stored"))

    def undone(tx: Tx) -> None:
        tx.after_commit(lambda: told.append("undone"))
        raise LookupError

    outcomes = await asyncio.gather(db.write(stored), db.write(undone), return_exceptions=True)
    await asyncio.sleep(0)
    assert isinstance(outcomes[1], LookupError)
    assert told == ["stored"]


async def test_a_batch_answers_each_item_in_order(db: Opened) -> None:
    sizes: list[int] = []

    def store(tx: Tx, items: list[int]) -> list[str]:
        sizes.append(len(items))
        return [f"{item}:{put(tx, item)}" for item in items]

    batch = db.batch(store)
    answers = await asyncio.gather(*(batch.run(n) for n in range(1, 101)))
    assert list(answers) == [f"{n}:1" for n in range(1, 101)]
    assert len(sizes) < 20, "items are handled together"
    assert await db.read(count) == 100


async def test_only_the_culprit_of_a_batch_gets_the_error(db: Opened) -> None:
    def store(tx: Tx, items: list[int]) -> list[int]:
        for item in items:
            if item == 13:
                raise LookupError("thirteen")
            put(tx, item)
        return items

    batch = db.batch(store)
    answers = await asyncio.gather(*(batch.run(n) for n in range(10, 17)), return_exceptions=True)
    assert [a for a in answers if not isinstance(a, BaseException)] == [10, 11, 12, 14, 15, 16]
    assert isinstance(answers[3], LookupError)
    assert await db.read(count) == 6


async def test_a_batch_submits_with_a_callback(db: Opened) -> None:
    batch = db.batch(lambda tx, items: [put(tx, item) for item in items])
    done: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    batch.submit(7, done.set_result)
    assert await done == 1


async def test_concurrent_counting_loses_nothing(db: Opened) -> None:
    await db.write(lambda tx: tx.execute("INSERT INTO box (name, fill) VALUES ('a', 0)"))

    def increment(tx: Tx) -> None:
        row = tx.one("SELECT fill FROM box WHERE name = 'a'")
        assert row is not None and isinstance(row[0], int)
        tx.execute("UPDATE box SET fill = ? WHERE name = 'a'", (row[0] + 1,))

    await asyncio.gather(*(db.write(increment) for _ in range(30)))
    assert await db.read(lambda tx: tx.one("SELECT fill FROM box")) == (30,)


async def test_close_stores_what_is_queued_and_takes_no_more(url: str) -> None:
    opened = open_database(url)
    opened.migrate(MIGRATIONS, ManualClock())
    pending = [asyncio.ensure_future(opened.write(lambda tx, n=n: put(tx, n))) for n in range(1, 6)]  # type: ignore[misc]
    await asyncio.sleep(0)
    await opened.close()
    assert await asyncio.gather(*pending) == [1] * 5
    with pytest.raises(StorageUnavailable):
        await opened.write(lambda tx: put(tx, 9))


async def test_a_migration_runs_once_and_a_newer_database_refuses(url: str) -> None:
    if url == MEMORY:
        pytest.skip("a database in memory has no second start")
    more = Migration("letters", 2, "more", ("ALTER TABLE box ADD COLUMN colour TEXT",))
    for migrations in (MIGRATIONS, [*MIGRATIONS, more], [*MIGRATIONS, more]):
        opened = open_database(url)
        opened.migrate(migrations, ManualClock())
        await opened.close()
    opened = open_database(url)
    with pytest.raises(DatabaseTooNew) as refused:
        opened.migrate(MIGRATIONS, ManualClock())
    assert (refused.value.feature, refused.value.number) == ("letters", 2)
    await opened.close()


async def test_a_failing_migration_leaves_nothing(db: Opened) -> None:
    broken = Migration("letters", 2, "broken", ("CREATE TABLE half (id INTEGER) STRICT", "NO SUCH SQL"))
    with pytest.raises(Exception, match=r"(?i)syntax"):
        db.migrate([*MIGRATIONS, broken], ManualClock())
    with pytest.raises(Exception, match=r"(?i)half"):
        await db.read(lambda tx: tx.all("SELECT id FROM half"))


async def test_one_statement_for_each_of_many(db: Opened) -> None:
    await db.write(lambda tx: [put(tx, n, recipient) for n, recipient in ((1, "mei"), (2, "bo"), (3, "mei"))])
    erase = "DELETE FROM letter WHERE recipient = ? AND id <= ? RETURNING id, recipient"
    rows = [("mei", 1), ("nobody", 9), ("bo", 9), ("mei", 9)]
    assert await db.write(lambda tx: tx.each(erase, rows)) == [(1, "mei"), (2, "bo"), (3, "mei")]
    assert await db.write(lambda tx: tx.each(erase, [])) == []
    assert await db.read(lambda tx: tx.each("SELECT ? + 1", [(1,), (2,)])) == [(2,), (3,)]


async def test_one_statement_for_any_of_many(db: Opened) -> None:
    await db.write(lambda tx: [put(tx, n, recipient) for n, recipient in ((1, "mei"), (2, "bo"), (3, "mei"))])
    of = "SELECT id FROM letter WHERE recipient = ?"
    assert sorted(await db.read(lambda tx: tx.among(of, ("mei", "nobody")))) == [(1,), (3,)]
    assert await db.read(lambda tx: tx.among("SELECT id FROM letter WHERE id = ?", {2, 9})) == [(2,)]
    assert await db.read(lambda tx: tx.among(of, [])) == []


class Learner:
    """A batch that says by which marks it knows what it has learned."""

    def __init__(self, db: Opened) -> None:
        self._batch = db.batch(self._work)

    def _work(self, tx: Tx, items: list[int]) -> list[tuple[int, int]]:
        for item in items:
            put(tx, item)
        return [(tx.others, tx.batches)] * len(items)

    async def learn(self, item: int) -> tuple[int, int]:
        return await self._batch.run(item)


async def test_what_a_batch_learned_holds_until_something_else_wrote(db: Opened) -> None:
    lan = Learner(db)
    first = await lan.learn(1)
    assert await lan.learn(2) == first
    await db.write(lambda tx: put(tx, 3))
    after = await lan.learn(4)
    assert after[0] != first[0], "a function that is no batch wrote"
    with pytest.raises(Exception, match=r"(?i)unique"):
        await lan.learn(4)
    assert (await lan.learn(5))[0] != after[0], "what the batch wrote was undone"


async def test_two_processes_know_what_the_other_may_have_written(empty_postgres_url: str) -> None:
    here, there = open_database(empty_postgres_url), open_database(empty_postgres_url)
    here.migrate(MIGRATIONS, ManualClock())
    lan, mei = Learner(here), Learner(there)
    first = await lan.learn(1)
    await mei.learn(2)
    second = await lan.learn(3)
    assert second[0] == first[0] and second[1] != first[1], "mail was sorted elsewhere, and nothing else"
    assert await lan.learn(4) == second
    await there.write(lambda tx: put(tx, 5))
    third = await lan.learn(6)
    assert third[0] != second[0], "a friendship may have ended elsewhere"
    assert await lan.learn(7) == third
    for one in (here, there):
        await one.close()


async def test_what_stood_still_in_a_transaction_is_done_again(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was frozen: meanwhile the others write, and when it goes on, nothing of its own is refused."""
    monkeypatch.setattr(postgres, "_SESSION", "SET idle_in_transaction_session_timeout = '50ms'")
    here, there = open_database(empty_postgres_url), open_database(empty_postgres_url)
    here.migrate(MIGRATIONS, ManualClock())
    stood_still = set[str]()

    def stand_still_once(where: str) -> None:
        if where not in stood_still:
            stood_still.add(where)
            time.sleep(0.2)

    def write(tx: Tx) -> None:
        put(tx, 1)
        stand_still_once("write")
        put(tx, 2)

    def read(tx: Tx) -> int:
        stand_still_once("read")
        return count(tx)

    await asyncio.gather(here.write(write), there.write(lambda tx: put(tx, 3)))
    assert await here.read(read) == 3
    assert stood_still == {"write", "read"}
    for one in (here, there):
        await one.close()
