"""kill -9 in the middle of an upload: what an offset told is there, and the upload goes on [ME10]."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.crash.server import Nursery, ServerProcess
from tests.crash.town import Person, Town
from tests.media.client import PATCH_TYPE, Sealed, metadata, sealed

from hongyan.media.model import PIECE_BYTES
from hongyan.sdk.media.blob import unseal

KILLS = 4
CONTENT_BYTES = 24 * 1024 * 1024


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def server(nursery: Nursery, tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data", nursery)
    server.start_and_wait()
    yield server
    server.stop()


def group_of(town: Town, founder: Person, others: list[Person]) -> bytes:
    async def make() -> bytes:
        device = town.device(founder)
        device.start()
        group_id = town.make_group(device, founder, others)
        await device.answered()
        assert not device.refused
        await device.stop()
        return group_id

    return asyncio.run(make())


class Upload:
    """One blob on its way, over as many lives of the server as it takes."""

    def __init__(self, server: ServerProcess, by: Person, what: Sealed) -> None:
        self._what = what
        self._headers = {**by.headers, "tus-resumable": "1.0.0"}
        self._url = server.url

    def create(self, group_id: bytes) -> None:
        headers = {**self._headers, "upload-length": str(len(self._what.blob))}
        headers["upload-metadata"] = metadata(self._what.blob_id, group_id)
        answer = httpx.post(f"{self._url}/api/media", headers=headers, trust_env=False, timeout=30)
        assert answer.status_code == 201, answer.text

    def offset(self) -> int:
        answer = httpx.head(self._url + self._what.path, headers=self._headers, trust_env=False, timeout=30)
        assert answer.status_code == 200
        return int(answer.headers["upload-offset"])

    def go_on(self, offset: int) -> httpx.Response:
        """Send all the rest."""
        headers = {**self._headers, "upload-offset": str(offset), "content-type": PATCH_TYPE}
        content = self._what.blob[offset:]
        url = self._url + self._what.path
        return httpx.patch(url, headers=headers, content=content, trust_env=False, timeout=60)

    def send_until(self, offset: int, count: int, killed: threading.Event) -> None:
        """Send `count` bytes of a longer request, and then nothing more until the server is gone."""
        host, _, port = self._url.removeprefix("http://").partition(":")
        lines = [f"PATCH {self._what.path} HTTP/1.1", f"Host: {host}", f"Content-Type: {PATCH_TYPE}"]
        lines += [f"Upload-Offset: {offset}", f"Content-Length: {len(self._what.blob) - offset}"]
        lines += [f"{name}: {value}" for name, value in self._headers.items()]
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            connection.sendall(self._what.blob[offset : offset + count])
            killed.wait()


def test_an_upload_survives_kills_and_is_erased_in_the_end(server: ServerProcess) -> None:
    """[ME10] [ME14]: no offset goes back, every byte is right, and nothing is left, not even what was half written."""
    town = Town(server.url)
    town.populate(server.owner_token(), 1)
    (mei, bo) = town.pairs[0]
    content = os.urandom(CONTENT_BYTES)
    video = sealed(content)
    upload = Upload(server, mei, video)
    upload.create(group_of(town, mei, [bo]))
    told = 0
    for kill in range(KILLS):
        killed = threading.Event()
        count = PIECE_BYTES + 300_000 * (kill + 1)  # one piece, and some of the next
        sending = threading.Thread(target=upload.send_until, args=(told, count, killed))
        sending.start()
        while upload.offset() < told + PIECE_BYTES:
            time.sleep(0.02)
        told = upload.offset()
        server.kill()
        killed.set()
        sending.join()
        server.start_and_wait()
        assert upload.offset() == told
    assert 0 < told < len(video.blob)
    answer = upload.go_on(told)
    assert answer.status_code == 204, answer.text
    found = httpx.get(server.url + video.path, headers=bo.headers, trust_env=False, timeout=60)
    assert unseal(found.content, video.opening) == content
    taken = httpx.post(f"{server.url}{video.path}/taken", headers=bo.headers, trust_env=False, timeout=30)
    assert taken.status_code == 204
    server.stop()
    blobs = server.folder / "blobs"
    assert list((blobs / ".incoming").iterdir()) == []
    town.close()


def test_a_complete_blob_survives_kills(server: ServerProcess) -> None:
    """[ME10] [ME14]: it was acknowledged, so it is there, until the one it is for has it."""
    town = Town(server.url)
    town.populate(server.owner_token(), 1)
    (mei, bo) = town.pairs[0]
    photo = sealed(b"photo")
    upload = Upload(server, mei, photo)
    upload.create(group_of(town, mei, [bo]))
    assert upload.go_on(0).status_code == 204
    for _ in range(2):
        server.kill()
        server.start_and_wait()
        found = httpx.get(server.url + photo.path, headers=bo.headers, trust_env=False, timeout=30)
        assert unseal(found.content, photo.opening) == b"photo"
    town.close()
