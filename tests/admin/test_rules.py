"""[AD4] When the owner should worry."""

from dataclasses import replace

import pytest

from hongyan.admin.model import Checked, Disk, Facts, Level
from hongyan.admin.rules import GIB, disk_level, judge

WELL = Facts(
    disk=Disk(100 * GIB, 200 * GIB),
    reserve_bytes=GIB // 2,
    writer_queue=0,
    writes_refused=0,
    connections=40,
    connections_max=100,
    errors=0,
    push_devices=20,
    push_failing=1,
    backup_age_s=3_600,
)


def levels(facts: Facts) -> dict[Checked, Level]:
    return {finding.checked: finding.level for finding in judge(facts)}


def test_all_is_well_and_everything_is_looked_at() -> None:
    assert levels(WELL) == dict.fromkeys(Checked, Level.GREEN)


@pytest.mark.parametrize(
    ("facts", "checked", "level"),
    [
        (replace(WELL, writer_queue=512), Checked.WRITER, Level.YELLOW),
        (replace(WELL, writes_refused=1), Checked.WRITER, Level.YELLOW),
        (replace(WELL, writer_queue=5_000, writes_refused=1), Checked.WRITER, Level.RED),
        (replace(WELL, connections=80), Checked.CONNECTIONS, Level.YELLOW),
        (replace(WELL, connections=95), Checked.CONNECTIONS, Level.RED),
        (replace(WELL, errors=1), Checked.ERRORS, Level.YELLOW),
        (replace(WELL, push_failing=5), Checked.PUSH, Level.YELLOW),
        (replace(WELL, push_failing=15), Checked.PUSH, Level.RED),
        (replace(WELL, push_devices=4, push_failing=4), Checked.PUSH, Level.GREEN),
        (replace(WELL, backup_age_s=2 * 86_400), Checked.BACKUP, Level.YELLOW),
        (replace(WELL, backup_age_s=7 * 86_400), Checked.BACKUP, Level.RED),
        (replace(WELL, backup_age_s=None), Checked.BACKUP, Level.UNKNOWN),
        (replace(WELL, disk=Disk(GIB // 2, 200 * GIB)), Checked.DISK, Level.RED),
    ],
)
def test_one_thing_is_wrong_and_only_that_is_told(facts: Facts, checked: Checked, level: Level) -> None:
    assert levels(facts) == levels(WELL) | {checked: level}


@pytest.mark.parametrize(
    ("free", "total", "level"),
    [
        (21, 4_000, Level.GREEN),
        (19, 4_000, Level.YELLOW),
        (5, 4_000, Level.RED),
        (11, 100, Level.GREEN),
        (9, 100, Level.YELLOW),
        (3, 100, Level.RED),
    ],
)
def test_a_small_disk_is_judged_by_its_share_and_a_large_one_by_bytes(free: int, total: int, level: Level) -> None:
    assert disk_level(Disk(free * GIB, total * GIB), GIB // 2) is level


def test_what_is_kept_for_mail_is_never_green() -> None:
    assert disk_level(Disk(150 * GIB, 200 * GIB), 100 * GIB) is Level.YELLOW
    assert disk_level(Disk(100 * GIB, 200 * GIB), 100 * GIB) is Level.RED
