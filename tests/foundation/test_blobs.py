"""The contract of the blob store: one suite for a folder and for a real S3."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hongyan.foundation.blobs import PUT_BYTES_MAX, Blobs, NoSuchBlob, Piece, open_blobs, read_pieces
from hongyan.foundation.blobs.folder import INCOMING, FolderBlobs
from hongyan.foundation.db import StorageFull, StorageUnavailable

BIG = os.urandom(3 * 1024 * 1024 + 17)


@pytest.fixture(params=["folder", "s3"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "s3":
        found: str = request.getfixturevalue("s3_url")
        return found
    return tmp_path / "blobs"


@pytest.fixture
async def blobs(where: Path | str) -> Blobs:
    opened = open_blobs(where)
    await opened.settle()
    return opened


async def arriving(content: bytes, *, step: int = 65_536) -> AsyncIterator[bytes]:
    for start in range(0, len(content), step):
        await asyncio.sleep(0)
        yield content[start : start + step]


async def read(blobs: Blobs, name: str, start: int, stop: int) -> bytes:
    return b"".join([part async for part in blobs.read(name, start, stop)])


async def names(blobs: Blobs, feature: str) -> list[str]:
    return sorted([name async for page in blobs.names(feature) for name in page])


async def test_what_was_put_is_read_in_any_range(blobs: Blobs) -> None:
    assert await blobs.put("media/ab/ab01", arriving(BIG)) == len(BIG)
    assert await blobs.size("media/ab/ab01") == len(BIG)
    for start, stop in ((0, len(BIG)), (0, 1), (len(BIG) - 1, len(BIG)), (262_143, 262_146), (1_000_000, 2_500_000)):
        assert await read(blobs, "media/ab/ab01", start, stop) == BIG[start:stop]
    assert await read(blobs, "media/ab/ab01", 5, 5) == b""


async def test_bytes_at_hand_are_put_in_one_go(blobs: Blobs) -> None:
    assert await blobs.put("media/ab/ab01", b"sealed") == 6
    assert await blobs.put("media/ab/ab02", b"") == 0
    assert await read(blobs, "media/ab/ab01", 0, 6) == b"sealed"
    assert await blobs.size("media/ab/ab02") == 0


async def test_the_largest_piece_fits(blobs: Blobs) -> None:
    assert await blobs.put("media/ab/ab01", arriving(bytes(PUT_BYTES_MAX))) == PUT_BYTES_MAX


async def test_pieces_read_as_one(blobs: Blobs) -> None:
    pieces, at = [], 0
    for index, size in enumerate((1, 300_000, 7, 1_200_000)):
        name = f"media/ab/ab0{index}"
        await blobs.put(name, BIG[at : at + size])
        pieces.append(Piece(name, at, size))
        at += size
    for start, stop in ((0, at), (0, 1), (1, 300_001), (299_999, 300_010), (300_008, at)):
        assert b"".join([part async for part in read_pieces(blobs, pieces, start, stop)]) == BIG[start:stop]


async def test_what_is_erased_is_gone_and_erasing_again_is_no_error(blobs: Blobs) -> None:
    await blobs.put("media/ab/ab01", b"1")
    await blobs.put("media/ab/ab02", b"2")
    await blobs.put("media/cd/cd01", b"3")
    await blobs.erase(["media/ab/ab01", "media/cd/cd01", "media/no/none"])
    await blobs.erase(["media/ab/ab01"])
    await blobs.erase([])
    assert await blobs.size("media/ab/ab01") is None
    with pytest.raises(NoSuchBlob):
        await read(blobs, "media/ab/ab01", 0, 1)
    assert await names(blobs, "media") == ["media/ab/ab02"]


async def test_names_are_told_by_feature(blobs: Blobs) -> None:
    assert await names(blobs, "media") == []
    for name in ("media/ab/ab01", "media/cd/cd01-2", "backups/ab/ab01"):
        await blobs.put(name, b"x")
    assert await names(blobs, "media") == ["media/ab/ab01", "media/cd/cd01-2"]
    assert await names(blobs, "backups") == ["backups/ab/ab01"]


async def test_content_that_breaks_off_leaves_nothing(blobs: Blobs) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(2_000_000)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await blobs.put("media/ab/ab01", breaking())
    assert await blobs.size("media/ab/ab01") is None
    assert await names(blobs, "media") == []


async def test_a_put_that_is_cancelled_leaves_nothing(blobs: Blobs) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield bytes(2_000_000)
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(blobs.put("media/ab/ab01", endless()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(blobs, "media") == []


async def test_reading_past_the_end_is_told_as_a_fault(blobs: Blobs) -> None:
    await blobs.put("media/ab/ab01", b"short")
    with pytest.raises(StorageUnavailable):
        await read(blobs, "media/ab/ab01", 0, 10)


@pytest.mark.parametrize(
    "name", ["media", "/media/a", "media/../a", "media/A", "media/.a", "media/a/", "a/" + "b" * 200]
)
async def test_a_name_cannot_lead_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(AssertionError):
        await open_blobs(tmp_path).put(name, b"")


async def test_what_a_crash_left_half_written_is_erased_at_the_next_start(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    await blobs.put("media/ab/ab01", b"whole")
    (tmp_path / "blobs" / INCOMING / "half").write_bytes(b"hal")
    again = FolderBlobs(tmp_path / "blobs")
    await again.settle()
    assert list((tmp_path / "blobs" / INCOMING).iterdir()) == []
    assert await read(again, "media/ab/ab01", 0, 5) == b"whole"


async def test_the_reserve_of_the_disk_is_left_alone(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    full = FolderBlobs(tmp_path / "blobs", reserve_bytes=disk.f_blocks * disk.f_frsize)
    assert await full.room_bytes() == 0
    with pytest.raises(StorageFull):
        await full.put("media/ab/ab01", b"x")
    room = await FolderBlobs(tmp_path / "blobs").room_bytes()
    assert room is not None and room > 0


async def test_a_folder_that_cannot_be_written_is_a_fault_of_storage(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageUnavailable):
        await FolderBlobs(tmp_path / "blobs").put("media/ab/ab01", b"x")


async def test_a_bucket_that_does_not_let_us_in_is_a_fault_of_storage(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(StorageUnavailable):
        await open_blobs(s3_url).put("media/ab/ab01", b"x")
