"""Blobs over HTTP from one device to those of a group, on a folder and on S3, on both databases."""

from pathlib import Path

import pytest
from tests.media.client import MediaClient, code_of, sealed, streamed
from tests.media.conftest import GROUP, PHOTO, MediaWorld

from hongyan.foundation.db import Tx
from hongyan.sdk.media.blob import unseal


@pytest.fixture(params=["sqlite, folder", "postgres, folder", "sqlite, s3"])
def engines(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def blobs_setting(request: pytest.FixtureRequest, engines: str) -> str:
    return str(request.getfixturevalue("s3_url")) if "s3" in engines else ""


@pytest.fixture
def database(request: pytest.FixtureRequest, engines: str, tmp_path: Path) -> str:
    return str(request.getfixturevalue("postgres_url")) if "postgres" in engines else str(tmp_path / "test.db")


async def test_a_photo_goes_to_everybody_and_is_gone(
    world: MediaWorld, lan: MediaClient, mei: MediaClient, bo: MediaClient
) -> None:
    """[ME10] [ME12] [ME13] [ME14]"""
    photo = await lan.upload(PHOTO, GROUP)
    assert len(await world.objects()) == 2  # pieces of 4 MiB
    for reader in (mei, bo):
        answer = await reader.get(photo)
        assert answer.status_code == 200 and answer.headers["content-length"] == str(len(photo.blob))
        assert unseal(answer.content, photo.opening) == PHOTO
        assert not await world.is_empty()
        assert (await reader.take(photo)).status_code == 204
    assert await world.is_empty()
    for reader in (lan, mei, bo):
        assert code_of(await reader.get(photo)) == (404, "media_unknown")
        assert (await reader.take(photo)).status_code == 204


async def test_any_range_of_any_pieces(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME13]"""
    clip = sealed(PHOTO)
    await lan.create(clip, GROUP)
    at = 0
    for size in (1, 65_552, 300_000, 7):
        await lan.patch(clip, at, clip.blob[at : at + size])
        at += size
    await lan.patch(clip, at)
    size = len(clip.blob)
    ranges = {
        "bytes=0-0": (0, 1),
        "bytes=65552-131103": (65_552, 131_104),
        "bytes=1-": (1, size),
        "bytes=-16": (size - 16, size),
        f"bytes={size - 1}-{size + 99}": (size - 1, size),
        f"bytes=-{size + 1}": (0, size),
    }
    for wanted, (start, stop) in ranges.items():
        answer = await mei.get(clip, wanted)
        assert answer.status_code == 206, wanted
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{size}"
        assert answer.content == clip.blob[start:stop], wanted


async def test_an_upload_goes_on_where_it_was_cut(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME10]: at 99 %, and with everything sent a second time."""
    video = sealed(PHOTO)
    assert (await lan.create(video, GROUP)).headers["upload-offset"] == "0"
    cut = len(video.blob) * 99 // 100
    answer = await lan.patch(video, 0, streamed(video.blob[:cut]))
    assert answer.headers["upload-offset"] == str(cut) == str(await lan.offset(video))
    again = await lan.create(video, GROUP)
    assert again.status_code == 201 and again.headers["upload-offset"] == str(cut)
    repeated = await lan.patch(video, 0)
    assert code_of(repeated) == (409, "offset_mismatch") and repeated.headers["upload-offset"] == str(cut)
    assert (await lan.patch(video, cut)).status_code == 204
    assert (await lan.create(video, GROUP)).headers["upload-offset"] == str(len(video.blob))
    assert unseal((await mei.get(video)).content, video.opening) == PHOTO


async def test_creation_may_bring_the_first_bytes(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME9]"""
    voice = sealed(b"voice" * 5_000)
    for _ in range(2):  # the answer was lost, and all of it is sent again
        answer = await lan.create(voice, GROUP, first=voice.blob)
        assert answer.status_code == 201 and answer.headers["upload-offset"] == str(len(voice.blob))
        assert answer.headers["location"] == voice.path
    assert (await mei.get(voice)).content == voice.blob


async def test_a_removed_device_and_an_erased_account_hold_nothing_back(
    world: MediaWorld, lan: MediaClient, mei: MediaClient
) -> None:
    """[ME11] [ME14] [DS14]"""
    photo = await lan.upload(b"photo", GROUP)
    await mei.take(photo)
    half = sealed(PHOTO)
    bo = world.media("bo")
    await bo.create(half, GROUP)
    await bo.patch(half, 0, half.blob[:100_000])
    people = world.people
    await world.app.accounts.remove_device(people["bo"].account_id, people["bo"].device_id)
    assert await world.is_empty()
    film = await lan.upload(b"film", GROUP)
    await world.app.accounts.erase(people["lan"].account_id, "lan")
    assert await world.is_empty()
    assert code_of(await mei.get(film)) == (404, "media_unknown")


async def test_my_other_device_is_due_and_may_fetch_after_taking(world: MediaWorld, lan: MediaClient) -> None:
    """[ME12] [ME13]: the uploader's own devices may fetch as long as the blob is there."""
    await world.add_device("lan_phone", "lan")

    def join(tx: Tx) -> None:
        phone = world.people["lan_phone"]
        tx.execute(
            "INSERT INTO member (group_id, device_id, account_id) VALUES (?, ?, ?)",
            (GROUP, phone.device_id, phone.account_id),
        )

    await world.app.db.write(join)
    phone = world.media("lan_phone")
    photo = await lan.upload(b"photo", GROUP)
    assert await world.rows("media_due") == 3
    await phone.take(photo)
    assert (await phone.get(photo)).content == (await lan.get(photo)).content == photo.blob


async def test_who_joins_before_the_message_is_let_in(
    world: MediaWorld, lan: MediaClient, mei: MediaClient, bo: MediaClient
) -> None:
    """[ME12]"""
    photo = await lan.upload(b"photo", GROUP)
    await mei.take(photo)
    [grandma] = await world.add("grandma")

    def join(tx: Tx) -> None:
        tx.execute(
            "INSERT INTO member (group_id, device_id, account_id) VALUES (?, ?, ?)",
            (GROUP, grandma.device_id, grandma.account_id),
        )

    await world.app.db.write(join)
    late = world.media("grandma")
    assert code_of(await late.get(photo)) == (404, "media_unknown")
    for _ in range(2):
        assert (await lan.add_due(photo, GROUP)).status_code == 204
    assert (await late.get(photo)).content == photo.blob
    assert code_of(await mei.get(photo)) == (404, "media_unknown"), "who has it is not due again"
    for reader in (bo, late):
        await reader.take(photo)
    assert await world.is_empty()


async def test_time_erases_what_nobody_fetched(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME11] [ME15]: a clock that jumps for less than a day erases no blob."""
    half = sealed(PHOTO)
    await lan.create(half, GROUP)
    await lan.patch(half, 0, half.blob[:100_000])
    photo = await lan.upload(b"photo", GROUP)
    media = world.app.media
    world.clock.jump_wall(86_400 - 60)
    await media.erase_old()
    assert await lan.offset(half) == 100_000
    world.clock.jump_wall(120)
    await media.erase_old()
    assert code_of(await lan.patch(half, 100_000)) == (404, "media_unknown")
    world.clock.jump_wall(14 * 86_400)
    for _ in range(20):
        await media.erase_old()
    world.clock.jump_wall(-10 * 86_400)
    await media.erase_old()
    world.clock.jump_wall(10 * 86_400)
    for _ in range(23):
        await media.erase_old()
    assert (await mei.get(photo)).status_code == 200
    await media.erase_old()
    assert await world.is_empty()


async def test_nobody_to_fetch_it(world: MediaWorld, lan: MediaClient) -> None:
    """[ME12]: in a group of one device nothing is kept."""
    alone = await world.group(b"alone", "lan")
    await lan.upload(b"note to myself", alone)
    assert await world.is_empty()


async def test_a_blob_is_taken_back(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME11]: recalled before it was fetched; and by nobody else."""
    photo = await lan.upload(b"photo", GROUP)
    assert (await mei.delete(photo)).status_code == 204
    assert (await mei.get(photo)).status_code == 200
    for _ in range(2):
        assert (await lan.delete(photo)).status_code == 204
    assert code_of(await mei.get(photo)) == (404, "media_unknown")
    assert await world.is_empty()
