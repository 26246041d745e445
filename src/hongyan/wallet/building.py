"""Builds the slices of the wallet, in plain sight; `app.py` calls it once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hongyan.accounts import Accounts
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.http import Route
from hongyan.foundation.ids import AccountId
from hongyan.foundation.jobs import Jobs
from hongyan.wallet import purses

SWEEP_EVERY_S = 3_600

# Whether the first may reach the second, in a transaction.
MayReach = Callable[[Tx, AccountId, AccountId], bool]
# Tells the devices of these accounts, after the commit, that something under this topic changed.
Notify = Callable[[Sequence[AccountId], str], None]


@dataclass(slots=True)
class Wallet:
    """All slices, built."""

    purses: purses.Purses
    routes: list[Route]

    def schedule(self, jobs: Jobs) -> None:
        """Register all timed work of the wallet."""
        jobs.every("wallet.sweep_purses", SWEEP_EVERY_S, self.purses.sweep)


def build(
    db: Database, clock: Clock, accounts: Accounts, may_reach: MayReach, notify: Notify, *, folder: Path
) -> Wallet:
    """`folder`: where what must not lie in the database is kept."""
    own = purses.Purses(db, clock)
    accounts.hooks.account_erased.append(own.leave)
    return Wallet(own, [purses.routes(own)])
