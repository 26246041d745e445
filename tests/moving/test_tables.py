"""Every row of every table and every blob, from SQLite and a folder to PostgreSQL and S3 and back."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.moving.conftest import Removal
from tests.moving.extremes import BLOBS, fill

from hongyan.app import INVENTORY, build
from hongyan.foundation.starting import CannotStart
from hongyan.moving import Refused, mark_in
from hongyan.moving.model import SLICE_BYTES, Step
from hongyan.moving.tables import Sum


async def test_all_of_it_moves_and_comes_back(removal: Removal) -> None:
    await fill(removal.embedded, removal.clock, large_bodies=60)
    before = await removal.of(removal.embedded)
    files = {path: path.read_bytes() for path in removal.embedded.data_dir.rglob("*") if is_kept(path)}
    done = await removal.move()
    assert (done.tables, done.blobs, done.blob_bytes) == (len(INVENTORY), len(BLOBS), 256_006)
    assert done.rows == sum(len(rows) for rows in before.values() if isinstance(rows, list))
    assert {path: path.read_bytes() for path in files} == files, "the old data are as they were"
    assert await removal.of(removal.scaled) == before
    with pytest.raises(Refused, match=r"hongyan\.db is there already"):
        await removal.move(removal.scaled, removal.embedded)
    removal.set_aside()
    await removal.move(removal.scaled, removal.embedded)
    assert await removal.of(removal.embedded) == before
    assert not list(removal.embedded.data_dir.glob("*.part*")), "nothing is left lying about"


def is_kept(path: Path) -> bool:
    return path.is_file() and path.name != "hongyan.lock"


async def test_it_is_told_how_far_it_is(removal: Removal) -> None:
    """Large tables go in slices: 60 bodies of 200 KB are no single step."""
    await fill(removal.embedded, removal.clock, large_bodies=60)
    await removal.move()
    rows = [heard for heard in removal.heard if heard[0] is Step.ROWS]
    assert [done for _, done, _ in rows] == sorted(done for _, done, _ in rows)
    assert rows[-1][1] == rows[-1][2]
    assert len(rows) >= len(INVENTORY) + 60 * 200_000 // SLICE_BYTES
    blobs = [heard[1:] for heard in removal.heard if heard[0] is Step.BLOBS]
    assert blobs[-1] == (3, 3)


async def test_only_what_is_named_moves(removal: Removal) -> None:
    """The pictures alone, then the database alone."""
    await fill(removal.embedded, removal.clock)
    before = await removal.of(removal.embedded)
    half = msgspec.structs.replace(removal.embedded, blobs=removal.scaled.blobs)
    done = await removal.move(removal.embedded, half)
    assert (done.tables, done.blobs) == (None, 3)
    assert await removal.of(half) == before
    done = await removal.move(half, removal.scaled)
    assert (done.tables, done.blobs) == (len(INVENTORY), None)
    assert await removal.of(removal.scaled) == before


async def test_once_more_is_a_comparison(removal: Removal) -> None:
    """Nothing is written twice; a server that has run on the new data is never overwritten."""
    await fill(removal.embedded, removal.clock)
    assert not (await removal.move()).only_compared
    assert (await removal.move()).only_compared
    app = build(removal.scaled, removal.clock)
    await app.blobs.put("media/aa/aa", b"came later")
    with pytest.raises(Refused, match="has changed since"):
        await removal.move()
    await app.blobs.erase(["media/aa/aa"])
    await app.db.write(lambda tx: tx.execute("DELETE FROM job"))
    await app.stop()
    with pytest.raises(Refused, match="has changed since"):
        await removal.move()
    assert (await removal.of(removal.scaled))["job"] == []


async def test_no_server_starts_on_what_was_moved_away(removal: Removal) -> None:
    await fill(removal.embedded, removal.clock)
    await removal.move()
    with pytest.raises(CannotStart, match="have moved to postgresql://"):
        build(removal.embedded, removal.clock)
    mark = mark_in(removal.embedded.data_dir)
    assert mark is not None and mark.finished
    assert "postgres@" not in (removal.embedded.data_dir / "moved.json").read_text(), "no user, no password"
    (removal.embedded.data_dir / "moved.json").unlink()
    await build(removal.embedded, removal.clock).stop()


async def test_numbers_go_on_after_the_largest(removal: Removal) -> None:
    """PostgreSQL's sequences know nothing of rows that came with their numbers."""
    await fill(removal.embedded, removal.clock)
    app = build(removal.embedded, removal.clock)
    await app.db.write(lambda tx: tx.execute("DELETE FROM outbox_event"))
    insert = "INSERT INTO outbox_event (topic, payload, attempts, due_at_ms) VALUES ('t', ?, 0, 0) RETURNING id"
    for _ in range(3):
        last = await app.db.write(lambda tx: tx.one(insert, (b"",)))
    await app.stop()
    await removal.move()
    app = build(removal.scaled, removal.clock)
    following = await app.db.write(lambda tx: tx.one(insert, (b"",)))
    await app.stop()
    assert last == (3,) and following == (4,)


def test_a_sum_tells_rows_apart() -> None:
    """Of any order, and of any value; the same row twice is not the same as once or never."""
    rows = [(1, "a", b"a", None), (1, "a", "a", None), (1, "a", b"a", 0), (-1, "a", b"a", None)]
    assert len({Sum().plus([row]) for row in rows}) == len(rows)
    assert Sum().plus(rows) == Sum().plus(reversed(rows)) == Sum().plus(rows[:2]).plus(rows[2:])
    assert Sum().plus([rows[0], rows[0]]) not in (Sum(), Sum().plus([rows[0]]))
