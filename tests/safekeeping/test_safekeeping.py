"""Backups of the whole server: hot, incremental, checked, and brought back as they were."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.safekeeping.house import House, blobs_of

from hongyan.app import build
from hongyan.foundation.db import Tx
from hongyan.foundation.starting import CannotStart
from hongyan.safekeeping import Place, Refused, last_backup, postgres_copy


async def test_what_is_brought_back_is_what_was_there(any_house: House) -> None:
    await any_house.fill()
    await any_house.back_up()
    before = await any_house.old()
    done = await any_house.restore()
    assert (done.blobs, done.left_out, done.went_on) == (4, 0, False)
    assert await any_house.brought_back() == before
    with pytest.raises(Refused, match="holds data already"):
        await any_house.restore()


async def test_it_is_not_brought_back_over_a_database(postgres_house: House) -> None:
    """A folder that is empty does not make a database empty."""
    await postgres_house.fill(blobs=0, rows=1)
    await postgres_house.back_up()
    postgres_house.environment["HONGYAN_DATABASE"] = postgres_house.settings.database
    with pytest.raises(Refused, match="PostgreSQL database holds data already"):
        await postgres_house.restore()
    assert [path.name for path in postgres_house.new.iterdir()] == ["hongyan.lock"], "nothing was begun"


async def test_a_restore_killed_after_its_database_goes_on(postgres_house: House) -> None:
    """PostgreSQL has committed, the mark is still there: the database that is there is ours."""
    await postgres_house.fill(rows=1)
    done = await postgres_house.back_up()
    await postgres_house.restore()
    mark = postgres_house.new / "restoring"
    mark.write_text(f"{done.snapshot}\ndatabase")
    assert (await postgres_house.restore()).went_on
    assert not mark.exists()
    assert await postgres_house.brought_back() == await postgres_house.old()
    mark.write_text(done.snapshot)
    with pytest.raises(Refused, match="PostgreSQL database holds data already"):
        await postgres_house.restore()


async def test_a_dump_that_cannot_be_restored_leaves_nothing(
    postgres_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: a damaged archive brings in nothing of it, and a missing program is named."""
    await postgres_house.fill()
    await postgres_house.back_up()
    place = Place(postgres_house.place)
    manifest = place.manifest(place.snapshots()[0])
    cut = msgspec.structs.replace(manifest, at_ms=manifest.at_ms + 1, database=manifest.database[:-1])
    assert len(manifest.database) > 1
    place.add(cut)
    with pytest.raises(Refused, match="pg_restore did not succeed"):
        await postgres_house.restore()
    assert postgres_copy.is_empty(postgres_house.environment["HONGYAN_DATABASE"])
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Refused, match="apt install postgresql-client"):
        await postgres_house.back_up()


async def test_only_what_changed_is_stored_anew(house: House) -> None:
    await house.fill(rows=100)
    first = await house.back_up()
    assert first.new_bytes >= first.database_bytes
    again = await house.back_up()
    assert again.new_bytes == 0
    await house.write("one row")
    changed = await house.back_up()
    assert 0 < changed.new_bytes < first.new_bytes / 2
    for snapshot in (first.snapshot, changed.snapshot):
        house.clear_new()
        await house.restore(snapshot=snapshot)
        rows = (await house.brought_back())["server_secret"]
        assert isinstance(rows, list)
        assert any(row[0] == "one row" for row in rows) == (snapshot == changed.snapshot)


async def test_the_newest_are_kept_and_the_rest_is_erased(house: House) -> None:
    await house.fill(rows=10)
    for n in range(4):
        await house.write(f"row {n}", bytes(300_000))
        await house.back_up(keep=2)
    place = Place(house.place)
    assert len(place.snapshots()) == 2
    wanted = {piece.sha256 for name in place.snapshots() for piece in place.manifest(name).pieces()}
    assert {path.name for path in (house.place / "objects").glob("*/*")} == wanted


async def test_a_server_that_writes_all_the_while(house: House) -> None:
    """The copy is of one moment: each write changes two tables, and names a blob that is there before it.

    What was acknowledged before the backup began is in it.
    """
    await house.fill(rows=60)
    app = build(house.settings, house.clock)
    stopping, n, acknowledged = False, 0, []

    async def live() -> None:
        nonlocal n
        while not stopping:
            await app.blobs.put(f"media/ff/{n:08x}", b"sealed")

            def store(tx: Tx, n: int = n) -> None:
                tx.execute("INSERT INTO server_secret (name, value) VALUES (?, ?)", (f"left {n:08x}", b""))
                tx.execute("INSERT INTO job (name, due_at_ms) VALUES (?, 0)", (f"right {n:08x}",))

            await app.db.write(store)
            n += 1

    writing = asyncio.create_task(live())
    for _ in range(3):
        await asyncio.sleep(0.05)
        acknowledged.append(n)
        await house.back_up()
    stopping = True
    await writing
    await app.stop()
    assert acknowledged[-1] > 0
    for before, snapshot in zip(acknowledged, Place(house.place).snapshots(), strict=True):
        house.clear_new()
        await house.restore(snapshot=snapshot)
        found = await house.brought_back()
        rows = {table: found[table] for table in ("server_secret", "job")}
        left = {str(row[0]).split()[1] for row in rows["server_secret"] if str(row[0]).startswith("left")}  # type: ignore[attr-defined]
        right = {str(row[0]).split()[1] for row in rows["job"] if str(row[0]).startswith("right")}  # type: ignore[attr-defined]
        there = await blobs_of(house.settings_of(house.new))
        assert left == right and len(left) >= before
        assert all(f"media/ff/{name}" in there for name in left)


async def test_settings_come_back_unless_there_are_new_ones(house: House) -> None:
    (house.settings.data_dir / "hongyan.toml").write_text('domain = "chat.example.org"\nport = 9000\n')
    house.settings = msgspec.structs.replace(house.settings, domain="chat.example.org")
    await house.fill(rows=1)
    await house.back_up()
    await house.restore()
    assert house.settings_of(house.new).port == 9000
    house.clear_new()
    house.new.mkdir()
    (house.new / "hongyan.toml").write_text('domain = "chat.example.org"\nport = 9001\n')
    await house.restore()
    assert house.settings_of(house.new).port == 9001
    house.clear_new()
    house.environment["HONGYAN_DOMAIN"] = "other.example.org"
    with pytest.raises(Refused, match=r"HONGYAN_DOMAIN=chat\.example\.org"):
        await house.restore()
    assert [path.name for path in house.new.iterdir()] == ["hongyan.lock"], "nothing was begun"


async def test_no_other_user_can_read_a_backup(house: House) -> None:
    await house.fill(rows=1)
    await house.back_up()
    await house.restore()
    for root in (house.place, house.new):
        kept = [path for path in root.rglob("*") if path.is_file()]
        assert kept and not [path for path in kept if path.stat().st_mode & 0o077]
        assert root.stat().st_mode & 0o077 == 0


async def test_the_data_folder_remembers_its_newest_backup(house: House) -> None:
    await house.fill(rows=1)
    assert last_backup(house.settings.data_dir) is None
    done = await house.back_up()
    record = last_backup(house.settings.data_dir)
    assert record is not None and (record.place, record.snapshot) == (str(house.place), done.snapshot)


async def test_no_server_starts_on_half_a_restore(house: House, tmp_path: Path) -> None:
    await house.fill(rows=1)
    (house.settings.data_dir / "restoring").write_text("2026")
    with pytest.raises(CannotStart, match="is not finished"):
        build(house.settings, house.clock)
