"""Timed work of accounts."""

from hongyan.accounts.service import Accounts
from hongyan.foundation.jobs import Jobs

ERASE_EXPIRED_EVERY_S = 300


def schedule(jobs: Jobs, accounts: Accounts) -> None:
    jobs.every("accounts.erase_expired", ERASE_EXPIRED_EVERY_S, accounts.erase_expired)
