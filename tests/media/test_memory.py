"""The largest blob passes through a server whose memory stays flat, in both directions."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crash.server import Nursery, ServerProcess
from tests.crash.town import Person, Town
from tests.media.client import PATCH_TYPE, Sealed, metadata

from hongyan.media.model import BLOB_BYTES_MAX
from hongyan.sdk.media.blob import Opening

GROWTH_BYTES_MAX = 32 * 1024 * 1024
BLOCK = os.urandom(1024 * 1024)


def blob_blocks() -> Iterator[bytes]:
    left = BLOB_BYTES_MAX
    while left:
        yield BLOCK[:left]
        left -= min(left, len(BLOCK))


def peak_bytes(pid: int) -> int:
    """The most memory that the process had since `forget_peak`."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the system tells no peak")


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def group_of(town: Town, founder: Person, other: Person) -> bytes:
    async def make() -> bytes:
        device = town.device(founder)
        device.start()
        group_id = town.make_group(device, founder, [other])
        await device.answered()
        await device.stop()
        return group_id

    return asyncio.run(make())


@pytest.mark.skipif(sys.platform != "linux", reason="reads the process's memory from /proc")
def test_200_mib_up_and_down_leave_memory_flat(tmp_path: Path) -> None:
    """[ME16]"""
    nursery = Nursery()
    server = ServerProcess(tmp_path / "data", nursery, settings={"HONGYAN_LIMITS__DISK_RESERVE_MIB": "1"})
    server.start_and_wait()
    town = Town(server.url)
    try:
        town.populate(server.owner_token(), 1)
        mei, bo = town.pairs[0]
        film = Sealed(b"", Opening(0, b"", b"", b""))
        headers = {**mei.headers, "tus-resumable": "1.0.0", "upload-length": str(BLOB_BYTES_MAX)}
        headers["upload-metadata"] = metadata(film.blob_id, group_of(town, mei, bo))
        assert town.http.post("/api/media", headers=headers).status_code == 201
        forget_peak(server.pid)
        before = peak_bytes(server.pid)
        patch = {**mei.headers, "tus-resumable": "1.0.0", "upload-offset": "0", "content-type": PATCH_TYPE}
        answer = town.http.patch(film.path, headers=patch, content=blob_blocks(), timeout=300)
        assert answer.status_code == 204, answer.text
        up = peak_bytes(server.pid) - before
        forget_peak(server.pid)
        before = peak_bytes(server.pid)
        found, wanted = hashlib.sha256(), hashlib.sha256()
        with town.http.stream("GET", film.path, headers=bo.headers, timeout=300) as response:
            for part in response.iter_raw():
                found.update(part)
        for block in blob_blocks():
            wanted.update(block)
        assert found.digest() == wanted.digest()
        down = peak_bytes(server.pid) - before
        print(f"\n200 MiB up: {up / 1e6:.1f} MB more at the peak; down: {down / 1e6:.1f} MB")
        assert max(up, down) < GROWTH_BYTES_MAX
    finally:
        town.close()
        server.stop()
        nursery.close()
