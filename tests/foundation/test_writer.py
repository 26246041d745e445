"""The SQLite writer on bad days: a full disk, an I/O error, a careless callback; and what it leaves on disk."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import apsw
import pytest

from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import Migration, StorageFull, StorageUnavailable, Tx
from hongyan.foundation.db.sqlite import SqliteDatabase

BODY = Migration("bodies", 1, "bodies", ("CREATE TABLE body (id INTEGER PRIMARY KEY, bytes BLOB) STRICT",))


def opened(path: Path, vfs: str | None = None) -> SqliteDatabase:
    db = SqliteDatabase(path, vfs=vfs)
    db.migrate([BODY], ManualClock())
    return db


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    made = opened(tmp_path / "a.db")
    yield made
    await made.close()


def put(tx: Tx, body: bytes) -> int:
    return tx.execute("INSERT INTO body (bytes) VALUES (?)", (body,))


async def until_empty(path: Path) -> None:
    async with asyncio.timeout(10):
        while path.stat().st_size:
            await asyncio.sleep(0.02)


async def test_what_is_erased_leaves_the_disk_once_idle(db: SqliteDatabase, tmp_path: Path) -> None:
    """[DS5] Neither the WAL nor a free page keeps a deleted body."""
    secret = b"the wild goose flies south" * 40
    await db.write(lambda tx: put(tx, secret))
    assert secret[:26] in (tmp_path / "a.db-wal").read_bytes()
    await db.write(lambda tx: tx.execute("DELETE FROM body"))
    await until_empty(tmp_path / "a.db-wal")
    for path in tmp_path.iterdir():
        assert secret[:26] not in path.read_bytes(), path.name


async def test_writes_that_come_together_share_one_commit(db: SqliteDatabase) -> None:
    commits: list[bytes] = []
    db._connection.set_commit_hook(lambda: bool(commits.append(b"") or False))
    await asyncio.gather(*(db.write(lambda tx: put(tx, b"x")) for _ in range(100)))
    assert len(commits) == 1


async def test_every_commit_is_synced(db: SqliteDatabase) -> None:
    assert db._connection.pragma("synchronous") == 2
    assert db._connection.pragma("journal_mode") == "wal"
    assert db._connection.pragma("secure_delete") == 1


async def test_a_careless_callback_keeps_nobody_from_the_answer(db: SqliteDatabase) -> None:
    seen: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context))
    batch = db.batch(lambda tx, items: [put(tx, item) for item in items])

    def careless(outcome: int | BaseException) -> None:
        raise LookupError

    batch.submit(b"1", careless)
    assert await batch.run(b"2") == 1
    assert [type(context["exception"]) for context in seen] == [LookupError]


async def test_a_cancelled_caller_does_not_stop_the_writer(db: SqliteDatabase) -> None:
    gone = asyncio.ensure_future(db.write(lambda tx: put(tx, b"1")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await db.write(lambda tx: put(tx, b"2")) == 1


async def test_a_full_database_refuses_reads_go_on_and_space_heals(db: SqliteDatabase) -> None:
    """[DS10] storage_full: nothing of a refused write is kept, and the writer recovers by itself."""
    await db.write(lambda tx: put(tx, b"kept"))
    pages = db._connection.pragma("page_count")
    db._connection.pragma("max_page_count", pages)
    outcomes = await asyncio.gather(
        *(db.write(lambda tx: put(tx, bytes(50_000))) for _ in range(3)), return_exceptions=True
    )
    assert all(isinstance(outcome, StorageFull) for outcome in outcomes)
    assert await db.read(lambda tx: tx.all("SELECT bytes FROM body")) == [(b"kept",)]
    db._connection.pragma("max_page_count", pages + 100_000)
    assert await db.write(lambda tx: put(tx, bytes(50_000))) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this machine does not let us mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_a_disk_that_fills_up_loses_nothing_acknowledged(small_disk: Path) -> None:
    db = opened(small_disk / "a.db")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(300_000))
    stored, refused = 0, 0
    for _ in range(200):
        try:
            stored += await db.write(lambda tx: put(tx, bytes(10_000)))
        except StorageFull:
            refused += 1
            if refused == 3:
                break
    assert stored and refused == 3
    count = "SELECT count(*) FROM body"
    assert await db.read(lambda tx: tx.one(count)) == (stored,)
    ballast.unlink()
    assert await db.write(lambda tx: put(tx, bytes(10_000))) == 1
    assert await db.read(lambda tx: tx.one(count)) == (stored + 1,)
    await db.close()


class BrokenDisk(apsw.VFS):
    """The system's files, but syncs and writes fail while `broken`."""

    def __init__(self) -> None:
        self.name = f"broken{id(self)}"
        self.broken = False
        super().__init__(self.name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "BrokenFile":  # noqa: N802 - apsw's name
        return BrokenFile(self, name, flags)


class BrokenFile(apsw.VFSFile):
    def __init__(self, disk: BrokenDisk, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        self._disk = disk
        super().__init__("", name, flags)

    def xSync(self, flags: int) -> None:  # noqa: N802 - apsw's name
        if self._disk.broken:
            raise apsw.IOError
        super().xSync(flags)


async def test_a_sync_that_fails_is_never_acknowledged(tmp_path: Path) -> None:
    """[DS11] No verdict leaves before the transaction is durable."""
    disk = BrokenDisk()
    db = opened(tmp_path / "a.db", disk.name)
    assert await db.write(lambda tx: put(tx, b"1")) == 1
    disk.broken = True
    told: list[str] = []

    def write(tx: Tx) -> int:
        tx.after_commit(lambda: told.append("durable"))
        return put(tx, b"2")

    outcomes = await asyncio.gather(*(db.write(write) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(outcome, StorageUnavailable) for outcome in outcomes), outcomes
    assert told == []
    assert await db.read(lambda tx: tx.all("SELECT bytes FROM body")) == [(b"1",)]
    disk.broken = False
    assert await db.write(lambda tx: put(tx, b"3")) == 1
    await db.close()
