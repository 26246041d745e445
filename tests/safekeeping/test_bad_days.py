"""Full disks, damaged files, kill -9, disks that are not there: each is told in a sentence and loses nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.crash.test_disk import fill, small_disk
from tests.foundation.test_cli import environment, hongyan
from tests.safekeeping.house import KNOWN, House

from hongyan.foundation.starting import CannotStart
from hongyan.safekeeping import Keeper, Place, Refused

__all__ = ["small_disk"]


def damage(path: Path) -> None:
    """One bit, as a disk loses them."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def forget_in_index(database: Path) -> None:
    """A row that its table has and its index has not: every page reads well, and only a full check finds it."""
    found = "SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema WHERE name = 'limit_use_expires'"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        index = connection.execute(found).fetchone()
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("DELETE FROM sqlite_schema WHERE name = 'limit_use_expires'")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("INSERT INTO limit_use (subject_hash, times_ms, expires_at_ms) VALUES (x'01', x'', 1)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", index)


def object_of(house: House, kind: str, at: int = 0) -> Path:
    place = Place(house.place)
    manifest = place.manifest(place.snapshots()[-1])
    piece = manifest.database[at] if kind == "database" else manifest.blobs[at].piece
    return house.place / "objects" / piece.sha256[:2] / piece.sha256


async def test_a_full_backup_disk(house: House, small_disk: Path) -> None:
    house.place = small_disk / "backups"
    await house.fill(rows=20)
    await house.back_up()
    first = Place(house.place).snapshots()
    objects = sorted(house.place.glob("objects/*/*"))
    await house.write("much", os.urandom(6_000_000))
    ballast = fill(small_disk)
    for room in (0, 2_000_000, 9_000_000):  # In its list, in its copy, among its objects.
        os.truncate(ballast, max(0, ballast.stat().st_size - room))
        with pytest.raises(Refused, match="is full"):
            await house.back_up()
        fill(small_disk)
    assert Place(house.place).snapshots() == first
    assert sorted(house.place.glob("objects/*/*")) == objects, "its room is given back"
    await house.restore()
    ballast.unlink()
    assert (await house.back_up()).new_bytes > 6_000_000


async def test_a_full_disk_under_a_restore(house: House, small_disk: Path) -> None:
    house.new = small_disk / "new"
    await house.fill(rows=20, blobs=10)
    await house.back_up()
    ballast = fill(small_disk)
    os.truncate(ballast, ballast.stat().st_size - 900_000)
    with pytest.raises(Refused, match="run the same command"):
        await house.restore()
    with pytest.raises(CannotStart, match="is not finished"):
        await house.brought_back()
    ballast.unlink()
    assert (await house.restore()).went_on
    assert await house.brought_back() == await house.old()


async def test_a_backup_of_a_newer_version(house: House) -> None:
    await house.fill(rows=1)
    await house.back_up()
    older = KNOWN | {"media": KNOWN["media"] - 1}
    with pytest.raises(Refused, match="newer version"):
        await house.restore(known=older)
    assert not house.new.exists()


async def test_a_damaged_database_in_the_backup(house: House) -> None:
    await house.fill(rows=20)
    first = await house.back_up()
    damage(object_of(house, "database", 1))
    with pytest.raises(Refused, match=r"damaged \(the database\)"):
        await house.restore()
    assert not house.new.exists(), "nothing was written"
    await house.back_up()
    await house.restore(snapshot=first.snapshot)
    assert await house.brought_back() == await house.old(), "the next backup has healed the one before"


async def test_damaged_pictures_in_the_backup(house: House) -> None:
    await house.fill(rows=1, blobs=3)
    await house.back_up()
    damage(object_of(house, "blobs", 1))
    object_of(house, "blobs", 2).unlink()
    with pytest.raises(Refused, match="2 pictures or files are damaged"):
        await house.restore()
    done = await house.restore(leave_out_damaged=True)
    assert (done.blobs, done.left_out) == (2, 2)
    house.clear_new()
    await house.back_up()
    assert (await house.restore()).left_out == 0


async def test_a_damaged_list(house: House) -> None:
    await house.fill(rows=1)
    first = await house.back_up()
    second = await house.back_up()
    damage(house.place / "snapshots" / f"{second.snapshot}.json")
    with pytest.raises(Refused, match=r"damaged \(its list\)"):
        await house.restore()
    kept = sorted(house.place.glob("objects/*/*"))
    await house.write("new")
    assert (await house.back_up(keep=2)).swept is False
    assert set(kept) <= set(house.place.glob("objects/*/*")), "what the list may have named stays"
    await house.restore(snapshot=Place(house.place).snapshots()[-1])
    assert first.snapshot not in Place(house.place).snapshots()


async def test_a_damaged_server_does_not_push_out_good_backups(house: House) -> None:
    await house.fill(rows=20)
    await house.back_up(keep=1)
    database = house.settings.data_dir / "hongyan.db"
    forget_in_index(database)
    with pytest.raises(Refused, match="is damaged"):
        await house.back_up(keep=1)
    content = bytearray(database.read_bytes())
    for page in range(8, len(content) // 4096, 3):
        content[page * 4096 : page * 4096 + 64] = os.urandom(64)
    database.write_bytes(content)
    with pytest.raises(Refused, match="is damaged"):
        await house.back_up(keep=1)
    await house.restore()


async def test_a_backup_disk_that_is_gone(house: House) -> None:
    await house.fill(rows=1)
    await house.back_up()
    house.place.rename(house.place.with_name("unplugged"))
    house.place.mkdir()
    with pytest.raises(Refused, match="Is the disk not mounted"):
        await house.back_up()
    with pytest.raises(Refused, match="There is no backup"):
        await house.restore()
    assert not list(house.place.iterdir()), "nothing is written where the disk should be"
    await house.back_up(new_place=True)
    with pytest.raises(Refused, match="There is no folder"):
        await house.back_up(place=house.place / "missing" / "backups")


async def test_two_backups_at_once(house: House) -> None:
    await house.fill(rows=1)
    await house.back_up()
    with Place(house.place).held(to_write=True):
        for attempt in (house.back_up, house.restore):
            with pytest.raises(Refused, match="Another backup or restore"):
                await attempt()
    await house.back_up()


async def test_nobody_said_where_to(house: House) -> None:
    keeper = Keeper(house.settings, house.clock, version="1", features=())
    with pytest.raises(Refused, match="backup_dir"):
        await keeper.back_up()


async def test_places_that_are_no_place_for_backups(house: House, tmp_path: Path) -> None:
    await house.fill(rows=1)
    with pytest.raises(Refused, match="inside of the data folder"):
        await house.back_up(place=house.settings.data_dir / "backups")
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "grandma.jpg").write_bytes(b"")
    with pytest.raises(Refused, match="other files"):
        await house.back_up(place=photos)
    others = tmp_path / "others"
    Place(others).begin("other.example.org")
    with pytest.raises(Refused, match=r"other\.example\.org"):
        await house.back_up(place=others)


def run_and_kill(arguments: list[str], when: Callable[[], bool]) -> bool:
    """Start the command and kill it -9 once `when`; False if it had ended by itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hongyan.cli", *arguments], env=environment("en"), stdout=subprocess.DEVNULL
    )
    while process.poll() is None and not when():
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


async def test_a_killed_restore_goes_on(house: House) -> None:
    await house.fill(rows=150, blobs=120)
    await house.back_up()
    arguments = ["restore", str(house.place), "--data-dir", str(house.new)]
    moments: list[Callable[[], bool]] = [
        (house.new / "restoring").exists,
        lambda: len(list((house.new / "blobs").glob("media/*/*"))) > 30,
        (house.new / "hongyan.part").exists,
    ]
    for moment in moments:
        assert run_and_kill(arguments, moment), "it ended before it could be killed"
        with pytest.raises(CannotStart, match="is not finished"):
            await house.brought_back()
    assert (await house.restore()).went_on
    assert await house.brought_back() == await house.old()


async def test_a_killed_backup_changes_nothing(house: House) -> None:
    await house.fill(rows=150, blobs=100)
    await house.back_up()
    before = await house.old()
    await house.write("later", os.urandom(3_000_000))
    arguments = ["backup", str(house.place), "--data-dir", str(house.settings.data_dir)]
    known = len(list(house.place.glob("objects/*/*")))
    assert run_and_kill(arguments, (house.place / ".staging" / "copy.db").exists)
    assert run_and_kill(arguments, lambda: len(list(house.place.glob("objects/*/*"))) > known)
    assert len(Place(house.place).snapshots()) == 1
    await house.restore()
    assert await house.brought_back() == before
    await house.back_up(keep=1)
    assert not list((house.place / ".incoming").iterdir()) and not (house.place / ".staging").exists()
    house.clear_new()
    await house.restore()
    assert await house.brought_back() == await house.old()


async def test_the_commands(house: House) -> None:
    await house.fill(rows=1)
    data = ["--data-dir", str(house.settings.data_dir)]
    (house.settings.data_dir / "hongyan.toml").write_text(f'backup_dir = "{house.place}"\nlanguage = "zh-Hans"\n')
    assert "已备份并检查" in hongyan("backup", *data).stdout
    made = Place(house.place).snapshots()
    wrong = hongyan("restore", str(house.place), "--data-dir", str(house.new), "--snapshot", "2020")
    assert (wrong.returncode, made[0] in wrong.stderr) == (1, True), wrong.stderr
    assert "Restored into" in hongyan("restore", str(house.place), "--data-dir", str(house.new)).stdout
