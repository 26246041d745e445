"""Killed, full, unreachable, occupied, too new: each is told in a sentence, and the old data stay as they are."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.crash.test_disk import fill as fill_disk
from tests.crash.test_disk import small_disk
from tests.foundation.test_cli import hongyan
from tests.moving.conftest import Killed, Removal
from tests.moving.extremes import fill
from tests.safekeeping.test_bad_days import forget_in_index, run_and_kill

from hongyan.app import BLOB_FEATURES, build, migrations
from hongyan.foundation.blobs import open_blobs
from hongyan.foundation.db import Migration, Row
from hongyan.foundation.db.health import health_of
from hongyan.foundation.starting import CannotStart, DataFolder
from hongyan.moving import Mover, Refused, mark_in, service
from hongyan.moving.model import Step
from hongyan.moving.postgres import PostgresEnd

__all__ = ["small_disk"]


async def test_ended_anywhere_it_goes_on(removal: Removal) -> None:
    """Whatever was copied whole is not copied again, and the old server may run in between, until all is there."""
    await fill(removal.embedded, removal.clock)
    tries = 0
    for dies_at in range(1, 1_000, 9):
        try:
            await removal.move(dies_at=dies_at)
        except Killed:
            tries += 1
        else:
            break
        step, done, expected = removal.heard[-1]
        if step is Step.ROWS and done == expected:
            continue
        app = build(removal.embedded, removal.clock)
        await app.blobs.erase([f"media/bb/{tries - 1:02x}"])
        await app.blobs.put(f"media/bb/{tries:02x}", b"came between")
        await app.db.write(lambda tx: tx.execute("UPDATE mail_clock SET seq = seq + 1 WHERE id > 0"))
        await app.db.write(lambda tx: tx.execute("DELETE FROM limit_use WHERE expires_at_ms > 0"))
        await app.stop()
    assert tries > 4
    (removal.embedded.data_dir / "moved.json").unlink()
    before = await removal.of(removal.embedded)
    assert await removal.of(removal.scaled) == before


async def test_killed_on_the_way_there_and_back(removal: Removal) -> None:
    """kill -9, in the middle of blobs, of tables, and of a file of SQLite."""
    await fill(removal.embedded, removal.clock, large_bodies=80)
    before = await removal.of(removal.embedded)
    data, database, blobs = removal.embedded.data_dir, removal.scaled.database, removal.scaled.blobs
    there = ["migrate", "--data-dir", str(data), "--database", database, "--blobs", blobs]

    def has_tables() -> bool:
        if not (data / "moved.json").exists():  # It still looks whether it is alone there.
            return False
        with psycopg.connect(database, autocommit=True) as watching:
            return bool(watching.execute("SELECT 1 FROM pg_tables WHERE tablename = 'body'").fetchall())

    assert run_and_kill(there, has_tables), "it ended by itself"
    with pytest.raises(CannotStart, match="not finished"):
        build(removal.scaled, removal.clock)
    await removal.move()
    assert await removal.of(removal.scaled) == before
    removal.set_aside()
    (data / "hongyan.toml").write_text(f'database = "{database}"\nblobs = "{blobs}"\n')
    back = ["migrate", "--data-dir", str(data), "--database", "sqlite", "--blobs", "folder"]
    log = data / "hongyan.db.part-wal"
    assert run_and_kill(back, lambda: log.exists() and log.stat().st_size > 2_000_000), "it ended by itself"
    assert not (data / "hongyan.db").exists()
    (data / "hongyan.toml").unlink()
    with pytest.raises(CannotStart, match="not finished"):
        build(removal.embedded, removal.clock)
    await removal.move(removal.scaled, removal.embedded)
    assert await removal.of(removal.embedded) == before


async def test_another_node_does_not_start_on_half_a_database(removal: Removal, tmp_path: Path) -> None:
    """Its data folder knows of no move: the database itself says so, to older versions as well."""
    await fill(removal.embedded, removal.clock)
    with pytest.raises(Killed):
        await removal.move(dies_at=20)
    node = msgspec.structs.replace(removal.scaled, data_dir=tmp_path / "node")
    with pytest.raises(CannotStart, match="Run the same hongyan migrate command"):
        build(node, removal.clock)
    health = health_of(node.database, migrations())
    assert health is not None and health.half_moved and not health.too_new, "hongyan doctor says so, too"


async def test_only_into_an_empty_place(removal: Removal) -> None:
    await fill(removal.embedded, removal.clock)
    blobs = open_blobs(removal.scaled.blobs)
    await blobs.put("media/cc/cc", b"somebody else's")
    with pytest.raises(Refused, match="holds pictures and files already"):
        await removal.move()
    await blobs.erase(["media/cc/cc"])
    with psycopg.connect(removal.scaled.database, autocommit=True) as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")
    with pytest.raises(Refused, match="database holds data already"):
        await removal.move()
    with psycopg.connect(removal.scaled.database, autocommit=True) as connection:
        connection.execute("DROP TABLE cats")
    await build(removal.scaled, removal.clock).stop()  # Another server's, just begun.
    with pytest.raises(Refused, match="database holds data already"):
        await removal.move()
    assert mark_in(removal.embedded.data_dir) is None, "nothing was begun"
    assert [page async for page in blobs.names("media")] == []


async def test_a_server_that_runs(removal: Removal, monkeypatch: pytest.MonkeyPatch) -> None:
    """This folder's by its lock; another machine's by its connections."""
    await fill(removal.embedded, removal.clock)
    folder = DataFolder(removal.embedded.data_dir)
    with pytest.raises(CannotStart, match="Another Hongyan process"):
        await removal.move()
    folder.release()
    monkeypatch.setattr(service, "LOOKS_FOR_OTHERS", 2)
    with psycopg.connect(removal.scaled.database), pytest.raises(Refused, match="connected to the new database"):
        await removal.move()
    await removal.move()
    removal.set_aside()
    with psycopg.connect(removal.scaled.database), pytest.raises(Refused, match="connected to the old database"):
        await removal.move(removal.scaled, removal.embedded)


async def test_nobody_answers(removal: Removal) -> None:
    await fill(removal.embedded, removal.clock)
    nobody = msgspec.structs.replace(removal.scaled, database="postgresql://lan:secret@127.0.0.1:1/hongyan")
    with pytest.raises(Refused, match="new database cannot be read or written") as refused:
        await removal.move(removal.embedded, nobody)
    assert "secret" not in refused.value.text.en
    assert mark_in(removal.embedded.data_dir) is None


async def test_there_is_no_such_bucket(removal: Removal) -> None:
    """The server goes on with the old settings, and the same move goes on once there is one."""
    await fill(removal.embedded, removal.clock)
    nowhere = msgspec.structs.replace(removal.scaled, blobs="s3://no-such-bucket/hongyan")
    with pytest.raises(Refused, match="new store for pictures and files cannot be read or written"):
        await removal.move(removal.embedded, nowhere)
    await build(removal.embedded, removal.clock).stop()


async def test_a_line_that_is_cut(removal: Removal) -> None:
    """PostgreSQL ends every connection in the middle of the tables."""
    await fill(removal.embedded, removal.clock)
    before = await removal.of(removal.embedded)
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"

    def told(step: Step, done: int, expected: int) -> None:
        if step is Step.ROWS and done > expected // 2:
            with psycopg.connect(removal.scaled.database, autocommit=True) as connection:
                connection.execute(cut, (connection.info.backend_pid,))

    with pytest.raises(Refused, match="new database cannot be read or written"):
        await Mover(removal.clock, migrations(), BLOB_FEATURES, told).move(removal.embedded, removal.scaled)
    await removal.move()
    assert await removal.of(removal.scaled) == before


async def test_a_full_disk(removal: Removal, small_disk: Path) -> None:
    await fill(removal.embedded, removal.clock, large_bodies=40)
    before = await removal.of(removal.embedded)
    await removal.move()
    removal.embedded = msgspec.structs.replace(removal.embedded, data_dir=small_disk / "data")
    scaled = msgspec.structs.replace(removal.scaled, data_dir=small_disk / "data")
    (small_disk / "data").mkdir()
    (small_disk / "data" / "push-key.pem").write_bytes((removal.scaled.data_dir / "push-key.pem").read_bytes())
    ballast = fill_disk(small_disk)
    for room in (2_000_000, 4_000_000):
        os.truncate(ballast, ballast.stat().st_size - room)
        with pytest.raises(Refused, match="Make room and run the same command"):
            await removal.move(scaled, removal.embedded)
        ballast = fill_disk(small_disk)
    ballast.unlink()
    await removal.move(scaled, removal.embedded)
    assert await removal.of(removal.embedded) == before


async def test_data_of_a_newer_version(removal: Removal) -> None:
    await fill(removal.embedded, removal.clock)
    app = build(removal.embedded, removal.clock)
    await app.db.write(lambda tx: tx.execute("INSERT INTO schema_migration VALUES ('media', 99, 'later', 0)"))
    await app.stop()
    with pytest.raises(CannotStart, match="newer version"):
        await removal.move()


async def test_data_of_an_older_version(removal: Removal) -> None:
    """They move as they are; the server brings them to its own structure when it starts."""
    await fill(removal.embedded, removal.clock)
    later = Migration("admin", 2, "later", ("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT",))
    before = await removal.of(removal.embedded)
    mover = Mover(removal.clock, [*migrations(), later], BLOB_FEATURES, lambda *_: None)
    await mover.move(removal.embedded, removal.scaled)
    assert await removal.of(removal.scaled) == before


async def test_a_copy_that_is_not_the_same(removal: Removal, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that loses a row of a slice, or changes a value of one, is found out."""
    await fill(removal.embedded, removal.clock)
    insert = PostgresEnd.insert

    def losing(end: PostgresEnd, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        insert(end, table, columns, rows[1:] if table == "friendship" else rows)

    def changing(end: PostgresEnd, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        insert(end, table, columns, [(*row[:-1], b"other") for row in rows] if table == "group_info" else rows)

    for wrong, table in ((losing, "friendship"), (changing, "group_info")):
        monkeypatch.setattr(PostgresEnd, "insert", wrong)
        with pytest.raises(Refused, match=f"The copy of {table} is not what"):
            await removal.move()
    monkeypatch.undo()


async def test_a_damaged_database_does_not_move(removal: Removal) -> None:
    await fill(removal.embedded, removal.clock)
    forget_in_index(removal.embedded.data_dir / "hongyan.db")
    with pytest.raises(Refused, match="is damaged"):
        await removal.move()


async def test_nothing_to_move(removal: Removal, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no database to move"):
        await removal.move()
    with pytest.raises(Refused, match="Say where to"):
        await removal.move(removal.embedded, removal.embedded)
    missing = [msgspec.structs.replace(it, data_dir=tmp_path / "missing") for it in (removal.embedded, removal.scaled)]
    with pytest.raises(Refused, match="no database to move"):
        await removal.move(*missing)
    assert not (tmp_path / "missing").exists()


async def test_the_command(removal: Removal) -> None:
    await fill(removal.embedded, removal.clock)
    data = ["--data-dir", str(removal.embedded.data_dir)]
    told = json.loads(hongyan("migrate", *data, "--blobs", removal.scaled.blobs, "--json").stdout)
    assert (told["tables"], told["blobs"]) == (None, 3)
    (removal.embedded.data_dir / "hongyan.toml").write_text(f'blobs = "{removal.scaled.blobs}"\nlanguage = "zh-Hans"\n')
    done = hongyan("migrate", *data, "--database", removal.scaled.database)
    assert "已搬好并逐项核对：数据库" in done.stdout and 'database = "postgresql://' in done.stdout, done.stderr
