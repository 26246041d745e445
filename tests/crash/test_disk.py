"""A full disk and a failing disk: explicit refusals, reads go on, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.crash.harness import Harness
from tests.crash.server import Nursery, ServerProcess
from tests.crash.town import Town
from tests.crash.variants import entry

from hongyan.foundation.blobs import PUT_BYTES_MAX
from hongyan.foundation.blobs.folder import INCOMING, FolderBlobs
from hongyan.foundation.db import StorageFull

DISK_MB = 64
REFUSED_WITHIN_S = 30.0


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of DISK_MB in memory."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=False)


def fill(place: Path) -> Path:
    """Leave nothing free, also after the server has given some room back."""
    ballast = place / "ballast"
    with ballast.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(64 * 1024))
        except OSError:
            pass
    return ballast


def invite(town: Town) -> httpx.Response:
    wanted = {"kind": "member", "uses_max": 1, "lifetime_s": 3600, "care_mode": False}
    return town.http.post("/api/invitations", json=wanted, headers=town.owner.headers)


async def test_a_full_disk_refuses_and_recovers(nursery: Nursery, small_disk: Path, tmp_path: Path) -> None:
    """[DS10] storage_full with a time to come back; what was stored can be read meanwhile."""
    server = ServerProcess(small_disk / "data", nursery)
    server.log = tmp_path / "server.log"
    harness = Harness(server, pairs=3)
    try:
        await harness.set_up()
        await harness.feed_for(0.5)
        for _ in range(2):
            before = harness.codes["STORAGE_FULL"]
            ballast = fill(small_disk)
            harness.let_mail_pile_up(piling=True)
            async with asyncio.timeout(REFUSED_WITHIN_S):
                while harness.codes["STORAGE_FULL"] == before:
                    await harness.feed_for(0.5)
            town = harness.town
            for path in ("/api/me", "/api/contacts", "/api/groups"):
                answer = await asyncio.to_thread(town.http.get, path, headers=town.owner.headers)
                assert answer.is_success, f"{path}: {answer.text}"
            answer = await asyncio.to_thread(invite, town)
            async with asyncio.timeout(REFUSED_WITHIN_S):
                # What was erased meanwhile made room: honest, and taken away until a write is refused.
                while answer.is_success:
                    fill(small_disk)
                    answer = await asyncio.to_thread(invite, town)
            assert (answer.status_code, answer.json()["code"]) == (503, "storage_full")
            assert answer.headers["retry-after"] == "5"
            ballast.unlink()
            harness.let_mail_pile_up(piling=False)
            await harness.feed_for(0.5)
        await asyncio.to_thread(server.stop)
        report = await harness.settle()
    finally:
        await harness.give_up()
    print(f"\n{report}; {dict(harness.codes)}")
    assert report.is_whole, str(report)
    assert set(harness.codes) <= {"STORAGE_FULL", "BUSY"}, harness.codes


async def test_a_failing_disk_loses_nothing(nursery: Nursery, tmp_path: Path) -> None:
    """Reads, writes, syncs and truncations fail here and there, and the server is killed besides."""
    server = ServerProcess(tmp_path / "data", nursery)
    harness = Harness(server, pairs=3)
    try:
        await harness.set_up()
        await harness.kill_cycles(12, entry=entry("faults"))
        server.entry = entry()
        report = await harness.settle()
    finally:
        await harness.give_up()
    faults = server.output().count("fault ")
    print(f"\n{report}; {faults} faults; {dict(harness.codes)}")
    assert faults > 5, "the disk did not fail"
    assert report.is_whole, str(report)
    assert set(harness.codes) <= {"STORAGE_FULL", "BUSY"}, harness.codes


async def test_a_full_disk_keeps_every_blob_that_was_told_and_nothing_of_the_others(small_disk: Path) -> None:
    """[ME10] [ME16]: without a reserve, so that the disk itself says no; and again once there is room."""
    blobs = FolderBlobs(small_disk / "blobs")
    stored = 0
    with pytest.raises(StorageFull):
        while True:
            await blobs.put(f"media/ab/{stored}", bytes([stored]) * PUT_BYTES_MAX)
            stored += 1
    assert stored >= 4
    assert list((small_disk / "blobs" / INCOMING).iterdir()) == []
    for number in range(stored):
        async for part in blobs.read(f"media/ab/{number}", 0, PUT_BYTES_MAX):
            assert part.count(number) == len(part)
    await blobs.erase(["media/ab/0"])
    assert await blobs.put("media/ab/again", bytes(PUT_BYTES_MAX)) == PUT_BYTES_MAX
