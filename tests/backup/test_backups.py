"""Versions of a backup are whole or not there, and what nothing uses is erased [BK1]–[BK4]."""

import asyncio
import hashlib

import pytest
from tests.accounts.world import DAY_S, Member
from tests.backup.world import BackupWorld, version

from hongyan.backup.model import Refusal, Refused


@pytest.fixture
async def lan(world: BackupWorld) -> Member:
    return await world.owner("lan")


async def test_a_version_and_the_next(world: BackupWorld, lan: Member) -> None:
    """[BK3] What the newest no longer uses stays a day, for whoever is restoring the one before."""
    first, second, third = [await world.upload(lan) for _ in range(3)]
    assert await world.backups.put_backup(lan.id, lan.device, version(1, first, second)) is None
    assert await world.backups.put_backup(lan.id, lan.device, version(1, first, second)) is None  # a repeat
    assert await world.backups.put_backup(lan.id, lan.device, version(2, second, third)) is None
    held = await world.backups.held(lan.id)
    assert held.backup is not None
    assert (held.backup.version, held.backup.device_id, held.used_bytes) == (2, lan.device, 300)
    assert isinstance(await world.backups.segment(lan.id, first), bytes)
    await world.backups.erase_freed()
    assert world.files() == 3
    world.clock.advance(DAY_S)
    await world.backups.erase_freed()
    assert await world.backups.segment(lan.id, first) == Refused(Refusal.SEGMENT_UNKNOWN)
    assert isinstance(await world.backups.segment(lan.id, second), bytes)
    assert world.files() == 2


async def test_one_device_at_a_time(world: BackupWorld, lan: Member) -> None:
    """[BK3] Of two that make the next version at once, one learns that the other was first."""
    segment = await world.upload(lan)
    made = [version(1, segment, manifest=name) for name in (b"telephone", b"computer")]
    outcomes = await asyncio.gather(*(world.backups.put_backup(lan.id, lan.device, one) for one in made))
    assert sorted(map(str, outcomes)) == sorted(map(str, [None, Refused(Refusal.BACKUP_MOVED)]))


async def test_no_version_of_what_is_not_there(world: BackupWorld, lan: Member) -> None:
    """[BK3] Neither of a segment that never came, nor of one that was erased, nor of somebody else's."""
    mei = await world.friend(lan, "mei")
    for missing in (b"m" * 32, await world.upload(mei)):
        refused = await world.backups.put_backup(lan.id, lan.device, version(1, missing))
        assert refused == Refused(Refusal.SEGMENT_UNKNOWN)
    erased = await world.upload(lan)
    world.clock.advance(DAY_S)
    await world.backups.erase_freed()
    assert await world.backups.put_backup(lan.id, lan.device, version(1, erased)) == Refused(Refusal.SEGMENT_UNKNOWN)
    assert (await world.backups.held(lan.id)).backup is None


async def test_nobody_reads_or_erases_anothers(world: BackupWorld, lan: Member) -> None:
    """[BK1] The same bytes under two accounts are two files."""
    mei = await world.friend(lan, "mei")
    content = b"c" * 100
    segment_id = hashlib.sha256(content).digest()
    assert await world.backups.put_segment(lan.id, segment_id, content) is None
    assert await world.backups.segment(mei.id, segment_id) == Refused(Refusal.SEGMENT_UNKNOWN)
    assert await world.backups.put_segment(mei.id, segment_id, content) is None
    await world.backups.erase(mei.id)
    await world.backups.erase_freed()
    assert await world.backups.segment(lan.id, segment_id) == content


async def test_a_damaged_segment_is_refused(world: BackupWorld, lan: Member) -> None:
    """[BK1]"""
    refused = await world.backups.put_segment(lan.id, hashlib.sha256(b"a").digest(), b"b")
    assert refused == Refused(Refusal.SEGMENT_DAMAGED) and world.files() == 0


async def test_the_space_of_an_account_ends(world: BackupWorld, lan: Member) -> None:
    """[BK1] And what is there already may be sent again."""
    world.backups.bytes_max = 250
    for _ in range(2):
        await world.upload(lan, 100)
    content = b"c" * 100
    refused = await world.backups.put_segment(lan.id, hashlib.sha256(content).digest(), content)
    assert refused == Refused(Refusal.BACKUP_FULL)


async def test_what_was_uploaded_and_never_used_goes(world: BackupWorld, lan: Member) -> None:
    """[BK1] A device that died in the middle leaves nothing for ever."""
    await world.upload(lan)
    world.clock.advance(DAY_S)
    await world.backups.erase_freed()
    assert world.files() == 0 and await world.rows("backup_segment") == 0


async def test_an_erased_account_leaves_nothing(world: BackupWorld, lan: Member) -> None:
    """[BK4]"""
    segment = await world.upload(lan)
    await world.backups.put_backup(lan.id, lan.device, version(1, segment))
    await world.set_pin(lan, b"p" * 32)
    await world.backups.put_circle(lan.id, b"c" * 16, b"box")
    mei = await world.friend(lan, "mei")
    started = await world.backups.recoveries.start("lan", "192.0.2.1")
    assert not isinstance(started, Refused)
    await world.backups.recoveries.approve(mei.id, started.recovery_id, b"sealed")
    await world.accounts.erase(lan.id, "lan")
    await world.backups.erase_freed()
    for table in ("backup", "backup_segment", "backup_vault", "backup_circle", "recovery", "recovery_approval"):
        assert await world.rows(table) == 0, table
    assert world.files() == 0
