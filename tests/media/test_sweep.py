"""What a crash leaves between the rows and the blob store is found and erased; what is used is not touched."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from tests.media.client import MediaClient, code_of, sealed
from tests.media.conftest import GROUP, PHOTO, MediaWorld

from hongyan.foundation.blobs import Content
from hongyan.foundation.db import StorageFull, StorageUnavailable
from hongyan.media import model


async def test_objects_of_no_row_are_swept_at_the_second_look(world: MediaWorld, lan: MediaClient) -> None:
    """A crash after the piece was durable and before its row was."""
    photo = await lan.upload(b"photo", GROUP)
    await world.app.blobs.put("media/ab/orphan", b"x" * 100)
    media = world.app.media
    assert await media.eraser.sweep() == 0
    assert len(await world.objects()) == 2
    assert await media.eraser.sweep() == 1
    assert len(await world.objects()) == 1 and (await lan.get(photo)).status_code == 200
    assert await media.eraser.sweep() == 0


async def test_a_piece_whose_row_comes_between_two_looks_stays(world: MediaWorld, lan: MediaClient) -> None:
    photo = sealed(b"photo")
    await lan.create(photo, GROUP)
    put = world.app.blobs.put

    async def slow_to_commit(name: str, content: Content) -> int:
        size = await put(name, content)
        assert await world.app.media.eraser.sweep() == 0
        return size

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(world.app.blobs), "put", lambda _self, name, content: slow_to_commit(name, content))
        assert (await lan.patch(photo, 0)).status_code == 204
    assert await world.app.media.eraser.sweep() == 0
    assert (await lan.get(photo)).content == photo.blob


async def test_what_could_not_be_erased_is_swept(
    world: MediaWorld, lan: MediaClient, mei: MediaClient, bo: MediaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash, or a failing store, after the rows went and before the objects did."""
    photo = await lan.upload(PHOTO, GROUP)

    async def failing(_self: object, _names: Sequence[str]) -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(type(world.app.blobs), "erase", failing)
        for reader in (mei, bo):
            assert (await reader.take(photo)).status_code == 204
        assert len(await world.objects()) == 2
    assert await world.rows("media_blob") == 0
    for _ in range(2):
        await world.app.media.sweep()
    assert await world.is_empty()


async def test_a_blob_whose_objects_are_lost_is_told_as_gone(
    world: MediaWorld, lan: MediaClient, mei: MediaClient
) -> None:
    """[ME13]: a database restored from a copy that is older than the folder."""
    photo = await lan.upload(b"photo", GROUP)
    await world.app.blobs.erase(await world.objects())
    assert code_of(await mei.get(photo)) == (404, "media_unknown")


async def test_a_full_disk_refuses_and_the_upload_goes_on_afterwards(
    world: MediaWorld, lan: MediaClient, mei: MediaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[ME10] [ME16]: pieces that were told stay; nothing half written is left."""
    photo = sealed(PHOTO)
    await lan.create(photo, GROUP)
    put, calls = world.app.blobs.put, 0

    async def second_fails(_self: object, name: str, content: Content) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise StorageFull("no space left on device")
        return await put(name, content)

    with monkeypatch.context() as patched:
        patched.setattr(type(world.app.blobs), "put", second_fails)
        answer = await lan.patch(photo, 0)
    assert code_of(answer) == (503, "storage_full") and int(answer.headers["retry-after"]) > 0
    assert await lan.offset(photo) == model.PIECE_BYTES
    assert (await lan.patch(photo, model.PIECE_BYTES)).status_code == 204
    assert (await mei.get(photo)).content == photo.blob


async def test_a_silent_sender_is_let_go(world: MediaWorld, lan: MediaClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """[ME16]: what came until then counts."""
    monkeypatch.setattr("hongyan.media.intake.IDLE_S", 0.2)
    photo = sealed(PHOTO)
    await lan.create(photo, GROUP)

    async def falling_silent() -> AsyncIterator[bytes]:
        yield photo.blob[:70_000]
        async with asyncio.timeout(30):
            while await lan.offset(photo) < 70_000:
                await asyncio.sleep(0.05)

    answer = await lan.patch(photo, 0, falling_silent())
    assert answer.status_code == 204 and answer.headers["upload-offset"] == "70000"
    assert await lan.offset(photo) == 70_000
