"""Who should not have a blob, and who lies about one [ME9]–[ME16]."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.media.client import MediaClient, Sealed, code_of, metadata, sealed, streamed
from tests.media.conftest import GROUP, PHOTO, MediaWorld

from hongyan.media import model
from hongyan.settings import LimitSettings


async def test_another_account_sees_nothing_of_a_blob(world: MediaWorld, lan: MediaClient) -> None:
    """[ME13]: neither a stranger, nor a friend who is not in the group, can tell that it is there."""
    await world.add("eve")
    eve = world.media("eve")
    photo, half = await lan.upload(b"photo", GROUP), sealed(PHOTO)
    await lan.create(half, GROUP)
    for what in (photo, half, sealed(b"never sent")):
        assert code_of(await eve.get(what)) == (404, "media_unknown")
        assert (await eve.head(what)).status_code == 404
        assert code_of(await eve.patch(what, 0, b"x")) == (404, "media_unknown")
        assert code_of(await eve.add_due(what, GROUP)) == (404, "media_unknown")
        assert (await eve.delete(what)).status_code == (await eve.take(what)).status_code == 204
    assert (await lan.get(photo)).status_code == 200
    assert await lan.offset(half) == 0
    without = httpx.AsyncClient(base_url=str(lan.http.base_url), trust_env=False)
    for method in ("GET", "PATCH", "DELETE"):
        assert (await without.request(method, photo.path)).status_code == 401
    await without.aclose()


async def test_the_wrong_group(world: MediaWorld, lan: MediaClient) -> None:
    """[ME9] [ME12]: nobody makes others due for a group she is not in."""
    others = await world.group(b"not lan's", "mei", "bo")
    for group_id in (others, b"no such group"):
        assert code_of(await lan.create(sealed(b"photo"), group_id)) == (403, "not_in_group")
    photo = await lan.upload(b"photo", GROUP)
    assert code_of(await lan.add_due(photo, others)) == (403, "not_in_group")
    half = sealed(b"photo")
    await lan.create(half, GROUP)
    assert code_of(await lan.add_due(half, GROUP)) == (404, "media_unknown")


async def test_who_left_the_group_sends_nothing_into_it(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME12]"""
    photo = sealed(b"photo")
    await lan.create(photo, GROUP)
    await world.app.delivery.leave(world.people["lan"].device_id, GROUP)
    assert (await lan.patch(photo, 0)).status_code == 204
    assert code_of(await mei.get(photo)) == (404, "media_unknown")
    assert await world.is_empty()


async def test_an_incomplete_blob_cannot_be_fetched_nor_taken(
    world: MediaWorld, lan: MediaClient, mei: MediaClient
) -> None:
    """[ME13]"""
    photo = sealed(PHOTO)
    await lan.create(photo, GROUP)
    await lan.patch(photo, 0, photo.blob[:-1])
    for reader in (lan, mei):
        assert code_of(await reader.get(photo)) == (404, "media_unknown")
        await reader.take(photo)
    assert (await lan.patch(photo, len(photo.blob) - 1)).status_code == 204
    assert (await mei.get(photo)).content == photo.blob


async def test_an_id_belongs_to_one_upload(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME9]"""
    photo = sealed(b"photo")
    await lan.create(photo, GROUP)
    assert code_of(await mei.create(photo, GROUP)) == (409, "media_id_taken")
    assert code_of(await lan.create(photo, GROUP, length=5_136)) == (409, "media_id_taken")
    other = await world.group(b"other", "lan", "mei")
    assert code_of(await lan.create(photo, other)) == (409, "media_id_taken")


@pytest.mark.parametrize(
    ("length", "refusal"),
    [
        (10 * 1024**3, (413, "too_large")),
        (209_766_401, (413, "too_large")),
        (2**53 - 1, (413, "too_large")),
        (2**53, (400, "malformed")),
        (0, (400, "malformed")),
        (-1, (400, "malformed")),
        (12_345, (400, "malformed")),
        (209_766_399, (400, "malformed")),
    ],
)
async def test_lengths_that_no_padded_blob_has(lan: MediaClient, length: int, refusal: tuple[int, str]) -> None:
    """[ME9]: 10 GB are refused before a byte of them, and true sizes never arrive."""
    assert code_of(await lan.create(sealed(b"x"), GROUP, length=length)) == refusal


async def test_names_and_types_are_refused(lan: MediaClient) -> None:
    """[ME9] [ME17]"""
    photo = sealed(b"photo")
    good = metadata(photo.blob_id, GROUP)
    name = base64.b64encode("外婆的生日.jpg".encode()).decode()
    short = metadata(photo.blob_id[:15], GROUP)
    wrong = [f"{good},filename {name}", f"{good},filetype {name}", good.split(",")[0], f"{good},{good}", short]
    wrong += ["", "id", "id ===,group ===", good.replace(" ", "  "), good + "," + "x" * 2_000]
    for header in wrong:
        headers = {"tus-resumable": "1.0.0", "upload-length": str(len(photo.blob)), "upload-metadata": header}
        assert code_of(await lan.http.post("/api/media", headers=headers)) == (400, "malformed"), header


async def test_offsets_that_lie(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME10]"""
    photo = sealed(PHOTO)
    await lan.create(photo, GROUP)
    await lan.patch(photo, 0, photo.blob[:1_000])
    for offset in (0, 999, 1_001, len(photo.blob), 2**53 - 1):
        answer = await lan.patch(photo, offset, b"lie")
        assert code_of(answer) == (409, "offset_mismatch") and answer.headers["upload-offset"] == "1000"
    assert code_of(await lan.patch(photo, -1, b"lie")) == (400, "malformed")
    too_much = photo.blob[1_000:] + b"!"
    assert code_of(await lan.patch(photo, 1_000, too_much)) == (413, "too_large")
    assert code_of(await lan.patch(photo, 1_000, streamed(too_much))) == (413, "too_large")
    at = await lan.offset(photo)
    assert at in (1_000, 1_000 + model.PIECE_BYTES)
    assert (await lan.patch(photo, at)).status_code == 204
    assert code_of(await lan.patch(photo, len(photo.blob), b"more")) == (413, "too_large")
    assert (await mei.get(photo)).content == photo.blob


async def test_of_two_at_one_offset_one_wins(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME10]: and no byte of the other stays."""
    photo = sealed(PHOTO)
    await lan.create(photo, GROUP)
    first, second = secrets.token_bytes(200_000), secrets.token_bytes(200_000)
    met = asyncio.Barrier(2)

    async def together(content: bytes) -> AsyncIterator[bytes]:
        yield content[:1_000]
        await met.wait()
        yield content[1_000:]

    answers = await asyncio.gather(*(lan.patch(photo, 0, together(content)) for content in (first, second)))
    assert sorted(answer.status_code for answer in answers) == [204, 409]
    won = first if answers[0].status_code == 204 else second
    await lan.patch(photo, 200_000)
    assert (await mei.get(photo)).content == won + photo.blob[200_000:]
    assert len(await world.objects()) == await world.rows("media_piece")


async def test_ranges_that_are_abuse(lan: MediaClient, mei: MediaClient) -> None:
    """[ME13]"""
    photo = await lan.upload(b"photo", GROUP)
    size = len(photo.blob)
    for wanted in (f"bytes={size}-", f"bytes={size}-{size}", "bytes=-0", "bytes=999999999999999-"):
        answer = await mei.get(photo, wanted)
        assert (
            code_of(answer) == (416, "range_not_satisfiable") and answer.headers["content-range"] == f"bytes */{size}"
        )
    many = "bytes=" + ",".join(f"{n}-{n}" for n in range(1_000))
    for wanted in (many, "bytes=5-1", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=1-2x", "bytes=" + "9" * 30 + "-"):
        answer = await mei.get(photo, wanted)
        assert answer.status_code == 200 and answer.content == photo.blob, wanted
    headers = {"range": "bytes=0-0", "if-range": '"another"'}
    assert (await mei.http.get(photo.path, headers=headers)).status_code == 200
    headers["if-range"] = (await mei.get(photo, "bytes=0-0")).headers["etag"]
    assert (await mei.http.get(photo.path, headers=headers)).status_code == 206


async def test_paths_that_are_no_ids(lan: MediaClient) -> None:
    for path in ("x", "A" * 21, "A" * 23, "..%00", "外婆", "AAAAAAAAAAAAAAAAAAAAAB"):
        assert code_of(await lan.http.get(f"/api/media/{path}")) == (404, "media_unknown"), path


async def test_another_tus_is_told_which_one_is_spoken(lan: MediaClient) -> None:
    """[ME8]"""
    photo = sealed(b"photo")
    for version in ({}, {"tus-resumable": "0.2.2"}):
        headers = {**version, "upload-offset": "0", "content-type": "application/offset+octet-stream"}
        answer = await lan.http.patch(photo.path, headers=headers, content=b"x")
        assert code_of(answer) == (412, "tus_version")
        assert answer.headers["tus-version"] == answer.headers["tus-resumable"] == "1.0.0"
    answer = await lan.http.options("/api/media")
    assert answer.status_code == 204 and answer.headers["tus-max-size"] == "209766400"
    assert answer.headers["tus-extension"] == "creation,creation-with-upload,termination,expiration"
    headers = {"tus-resumable": "1.0.0", "upload-offset": "0", "content-type": "application/json"}
    assert (await lan.http.patch(photo.path, headers=headers, content=b"{}")).status_code == 415


async def test_a_blob_in_a_million_crumbs_is_refused(
    world: MediaWorld, lan: MediaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[ME16]: and goes on in larger pieces."""
    monkeypatch.setattr("hongyan.media.service.SMALL_PIECES_MAX", 3)
    photo = sealed(PHOTO)
    await lan.create(photo, GROUP)
    for at in range(3):
        assert (await lan.patch(photo, at, photo.blob[at : at + 1])).status_code == 204
    assert code_of(await lan.patch(photo, 3, photo.blob[3:4])) == (429, "too_many_tries")
    assert await lan.offset(photo) == 3
    assert (await lan.patch(photo, 3)).status_code == 204
    assert len(await world.objects()) == await world.rows("media_piece") == 5


class TestFull:
    """[ME16] What an account and the server may hold."""

    @pytest.fixture
    def limits(self) -> LimitSettings:
        return LimitSettings(disk_reserve_mib=1, media_mib_max=5, media_account_mib_max=3)

    async def test_an_account_holds_so_much(self, world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
        first = await lan.upload(bytes(2_000_000), GROUP)
        second = sealed(bytes(2_000_000))
        assert code_of(await lan.create(second, GROUP)) == (409, "media_account_full")
        await lan.delete(first)
        assert (await lan.create(second, GROUP)).status_code == 201

    async def test_the_server_holds_so_much(
        self, world: MediaWorld, lan: MediaClient, mei: MediaClient, bo: MediaClient
    ) -> None:
        """An upload that was begun goes on: its room was kept."""
        mine = [sealed(bytes(2_000_000)) for _ in range(3)]
        for who, what in ((lan, mine[0]), (mei, mine[1])):
            assert (await who.create(what, GROUP)).status_code == 201
        answer = await bo.create(mine[2], GROUP)
        assert code_of(answer) == (503, "storage_full") and int(answer.headers["retry-after"]) > 0
        assert (await lan.patch(mine[0], 0)).status_code == 204
        await lan.delete(mine[0])
        assert (await bo.create(mine[2], GROUP)).status_code == 201


class TestNoRoom:
    """[ME16] A disk that has nothing left but the reserve for mail."""

    @pytest.fixture
    def limits(self) -> LimitSettings:
        return LimitSettings(disk_reserve_mib=1_000_000)

    async def test_nothing_is_begun(self, world: MediaWorld, lan: MediaClient) -> None:
        assert code_of(await lan.create(sealed(b"x"), GROUP)) == (503, "storage_full")


async def test_creations_are_counted(world: MediaWorld, lan: MediaClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """[ME16]"""
    monkeypatch.setattr("hongyan.media.service.CREATIONS_COUNT", 2)
    made = [sealed(b"x") for _ in range(3)]
    for what in (*made[:2], *made[:2]):
        assert (await lan.create(what, GROUP)).status_code == 201
    assert code_of(await lan.create(made[2], GROUP)) == (429, "too_many_tries")


async def test_so_many_transfers_at_a_time(world: MediaWorld, lan: MediaClient, mei: MediaClient) -> None:
    """[ME16]: of one device; others go on; and places are free again afterwards."""
    gate = asyncio.Event()
    begun = [asyncio.Event() for _ in range(model.UPLOADS_OF_DEVICE_MAX)]

    async def slow(what: Sealed, started: asyncio.Event) -> AsyncIterator[bytes]:
        yield what.blob[:10]
        started.set()
        await gate.wait()
        yield what.blob[10:]

    uploads = [sealed(b"x") for _ in range(model.UPLOADS_OF_DEVICE_MAX + 1)]
    for what in uploads:
        await lan.create(what, GROUP)
    running = [
        asyncio.create_task(lan.patch(what, 0, slow(what, started)))
        for what, started in zip(uploads[:-1], begun, strict=True)
    ]
    for started in begun:
        await started.wait()
    while (answer := await lan.patch(uploads[-1], 0, b"")).status_code == 204:
        await asyncio.sleep(0.01)
    assert code_of(answer) == (503, "busy") and answer.headers["retry-after"] == "1"
    await mei.upload(b"x", GROUP)
    gate.set()
    assert [answer.status_code for answer in await asyncio.gather(*running)] == [204] * len(begun)
    assert (await lan.patch(uploads[-1], 0)).status_code == 204
