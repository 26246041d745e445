"""When the newest backup was made: of a moment, never of what is in it."""

from pathlib import Path

from prometheus_client import Gauge

from hongyan.safekeeping.record import last_backup

BACKUP_AT = Gauge("hongyan_backup_at_seconds", "When the newest backup was made, in seconds since 1970; 0: never")


def watch_backups(data_dir: Path) -> None:
    """Tell of this folder's newest backup whenever somebody asks."""

    def at_s() -> float:
        record = last_backup(data_dir)
        return record.at_ms / 1000 if record else 0.0

    BACKUP_AT.set_function(at_s)
