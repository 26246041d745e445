"""Timed work of admin."""

from hongyan.admin.service import Admin
from hongyan.foundation.jobs import Jobs

ERASE_OLD_EVERY_S = 86_400


def schedule(jobs: Jobs, admin: Admin) -> None:
    jobs.every("admin.erase_old_acts", ERASE_OLD_EVERY_S, admin.erase_old)
