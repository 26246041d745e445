"""When the owner should worry: pure judgement of what was measured [AD4]."""

from typing import Final

from hongyan.admin.model import Checked, Disk, Facts, Finding, Level

GIB: Final = 1024**3
DISK_YELLOW_BYTES: Final = 20 * GIB
DISK_RED_BYTES: Final = 5 * GIB
WRITER_YELLOW: Final = 512
WRITER_RED: Final = 5_000
CONNECTIONS_YELLOW: Final = 0.80
CONNECTIONS_RED: Final = 0.95
PUSH_DEVICES_JUDGED_MIN: Final = 5
PUSH_YELLOW: Final = 0.25
PUSH_RED: Final = 0.75
BACKUP_YELLOW_S: Final = 2 * 86_400
BACKUP_RED_S: Final = 7 * 86_400


def judge(facts: Facts) -> list[Finding]:
    """One finding for each thing that is looked at, in the order an owner reads them."""
    full = facts.connections / facts.connections_max
    failing = facts.push_failing / facts.push_devices if facts.push_devices >= PUSH_DEVICES_JUDGED_MIN else 0.0
    age_s = facts.backup_age_s
    return [
        Finding(
            Checked.DISK, disk_level(facts.disk, facts.reserve_bytes), facts.disk.free_bytes, facts.disk.total_bytes
        ),
        Finding(Checked.WRITER, _writer_level(facts), facts.writer_queue, facts.writes_refused),
        Finding(
            Checked.CONNECTIONS,
            _above(full, CONNECTIONS_YELLOW, CONNECTIONS_RED),
            facts.connections,
            facts.connections_max,
        ),
        Finding(Checked.ERRORS, Level.YELLOW if facts.errors else Level.GREEN, facts.errors, 0),
        Finding(Checked.PUSH, _above(failing, PUSH_YELLOW, PUSH_RED), facts.push_failing, facts.push_devices),
        Finding(
            Checked.BACKUP,
            Level.UNKNOWN if age_s is None else _above(age_s, BACKUP_YELLOW_S, BACKUP_RED_S),
            age_s or 0,
            0,
        ),
    ]


def disk_level(disk: Disk, reserve_bytes: int) -> Level:
    """Shares of a small disk, and bytes of a large one: 3 % of 4 TB is no emergency."""
    if disk.free_bytes <= max(reserve_bytes, min(DISK_RED_BYTES, disk.total_bytes * 3 // 100)):
        return Level.RED
    if disk.free_bytes < max(2 * reserve_bytes, min(DISK_YELLOW_BYTES, disk.total_bytes // 10)):
        return Level.YELLOW
    return Level.GREEN


def _writer_level(facts: Facts) -> Level:
    waiting = _above(facts.writer_queue, WRITER_YELLOW, WRITER_RED)
    return Level.YELLOW if waiting is Level.GREEN and facts.writes_refused else waiting


def _above(value: float, yellow: float, red: float) -> Level:
    return Level.RED if value >= red else Level.YELLOW if value >= yellow else Level.GREEN
