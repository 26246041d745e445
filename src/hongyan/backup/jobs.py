"""Timed work of backups."""

from hongyan.backup.service import Backups
from hongyan.foundation.jobs import Jobs

ERASE_FREED_EVERY_S = 3_600


def schedule(jobs: Jobs, backups: Backups) -> None:
    jobs.every("backup.erase_freed", ERASE_FREED_EVERY_S, backups.erase_freed)
