"""Of a photo the server has ciphertext while it waits, and nothing afterwards: not on disk, in memory or in the log."""

from __future__ import annotations

import asyncio
import secrets

from tests.canary.disk import files_below, find_in_files, find_in_memory, gone
from tests.canary.test_server import connect, end, rows_left
from tests.crash.server import ServerProcess
from tests.crash.town import Person, Town, base64
from tests.media.client import PATCH_TYPE, Sealed, metadata

from hongyan.sdk.media.blob import seal

SAMPLE_BYTES = 32


def send(town: Town, by: Person, group_id: bytes, what: Sealed, *, steps: int, upto: int | None = None) -> None:
    """In so many requests; `upto`: stop there."""
    headers = {**by.headers, "tus-resumable": "1.0.0"}
    creation = {"upload-length": str(len(what.blob)), "upload-metadata": metadata(what.blob_id, group_id)}
    assert town.http.post("/api/media", headers=headers | creation).status_code == 201
    end_at = len(what.blob) if upto is None else upto
    at = 0
    for step in range(1, steps + 1):
        stop = end_at * step // steps
        patch = {"upload-offset": str(at), "content-type": PATCH_TYPE}
        answer = town.http.patch(what.path, headers=headers | patch, content=what.blob[at:stop])
        assert answer.status_code == 204, answer.text
        at = stop


def samples(what: Sealed) -> list[bytes]:
    """Of the ciphertext, here and there; not where a piece may have been cut."""
    return [what.blob[at : at + SAMPLE_BYTES] for at in range(64, len(what.blob) - SAMPLE_BYTES, 50_000)]


def photo_of(content: bytes) -> tuple[Sealed, bytes]:
    key = secrets.token_bytes(32)
    return Sealed(*seal(content, key, secrets.token_bytes(7))), key


async def test_a_photo_waits_as_ciphertext_and_is_gone_once_all_have_it(server: ServerProcess, town: Town) -> None:
    """[ME14] [ME17]: content, name, type, true size and key never arrive; of the ciphertext nothing stays."""
    lan, mei0, mei1 = town.owner, town.pairs[0][0], town.pairs[1][0]
    devices = await connect(town, lan, mei0, mei1)
    group_id = town.make_group(devices["lan"], lan, [mei0, mei1])
    await devices["lan"].answered()
    await end(devices)
    canary = b"canary-photo-" + secrets.token_hex(12).encode()
    name, kind = "canary-外婆的生日-" + secrets.token_hex(8), "image/canary-" + secrets.token_hex(8)
    photo, key = photo_of(canary * 20_000)
    half, half_key = photo_of(canary * 20_000)
    await asyncio.to_thread(send, town, lan, group_id, photo, steps=3)
    await asyncio.to_thread(send, town, mei0, group_id, half, steps=2, upto=300_000)

    readable = [canary, name.encode(), kind.encode(), key, half_key, str(len(canary) * 20_000).encode()]
    places = [server.folder, server.log]
    assert find_in_files(places, readable) == []
    assert find_in_memory(server.pid, readable) == []
    waiting = find_in_files([server.folder], samples(photo))
    assert len({one.split(" as ")[0] for one in waiting}) == len(samples(photo)), "the looking glass is blind"

    for reader in (mei0, mei1):
        assert town.http.get(photo.path, headers=reader.headers).content == photo.blob
        assert town.http.post(photo.path + "/taken", headers=reader.headers).status_code == 204
    removed = town.http.delete(half.path, headers={**mei0.headers, "tus-resumable": "1.0.0"})
    assert removed.status_code == 204
    sealed = [*samples(photo), *samples(half), photo.blob_id, half.blob_id]
    await gone(lambda: [str(path) for path in files_below([server.folder / "blobs"])])
    await gone(lambda: find_in_files(places, sealed))
    assert not any(rows_left(server, table) for table in ("media_blob", "media_piece", "media_due"))
    assert find_in_files(places, readable) == []


async def test_a_name_or_type_that_a_client_offers_is_not_even_logged(server: ServerProcess, town: Town) -> None:
    """[ME9] [ME17]: the headers in which other tus clients tell them."""
    secret = b"canary-name-" + secrets.token_hex(12).encode()
    photo, _ = photo_of(b"photo")
    headers = {**town.owner.headers, "tus-resumable": "1.0.0", "upload-length": str(len(photo.blob))}
    headers["upload-metadata"] = f"{metadata(photo.blob_id, b'group')},filename {base64(secret)}"
    assert town.http.post("/api/media", headers=headers).status_code == 400
    town.http.get(photo.path, headers=town.owner.headers)
    assert find_in_files([server.folder, server.log], [secret, photo.path.rpartition("/")[2].encode()]) == []
