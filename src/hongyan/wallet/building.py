"""Builds the slices of the wallet, in plain sight; `app.py` calls it once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hongyan.accounts import Accounts, Passwords
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.http import Route
from hongyan.foundation.ids import AccountId
from hongyan.foundation.jobs import Jobs
from hongyan.wallet import approvals, limits, overview, purses, treasury

SWEEP_EVERY_S = 3_600
ERASE_APPROVALS_EVERY_S = 300
ERASE_SPENDING_EVERY_S = 86_400

# Whether the first may reach the second, in a transaction.
MayReach = Callable[[Tx, AccountId, AccountId], bool]
# Tells the devices of these accounts, after the commit, that something under this topic changed.
Notify = Callable[[Sequence[AccountId], str], None]


@dataclass(slots=True)
class Wallet:
    """All slices, built."""

    db: Database
    passwords: Passwords
    pepper: approvals.Pepper
    purses: purses.Purses
    approvals: approvals.Approvals
    limits: limits.SpendingLimits
    treasury: treasury.Treasury
    routes: list[Route]

    def schedule(self, jobs: Jobs) -> None:
        """Register all timed work of the wallet."""
        jobs.every("wallet.sweep_purses", SWEEP_EVERY_S, self.purses.sweep)
        jobs.every("wallet.erase_approvals", ERASE_APPROVALS_EVERY_S, self.approvals.erase_expired)
        jobs.every("wallet.erase_spending", ERASE_SPENDING_EVERY_S, self.limits.erase_old)

    async def start(self) -> None:
        """Raises PepperUnusable."""
        await self.db.write(self.pepper.agree)

    def close(self) -> None:
        self.passwords.close()


def build(
    db: Database, clock: Clock, accounts: Accounts, may_reach: MayReach, notify: Notify, *, folder: Path
) -> Wallet:
    """`folder`: where what must not lie in the database is kept."""
    own = purses.Purses(db, clock)
    passwords, pepper = Passwords(), approvals.Pepper(folder)
    pins = approvals.Pins(db, clock, passwords, pepper, notify)
    approving = approvals.Approvals(db, clock, accounts, pins)
    limiting = limits.SpendingLimits(db, clock, notify)
    issuing = treasury.Treasury(db, clock, notify)
    accounts.hooks.account_erased += [own.leave, approving.forget, limiting.forget, issuing.forget]
    routes: list[Route] = [
        overview.routes(overview.Overview(db, pins, limiting)),
        purses.routes(own),
        approvals.routes(approving),
        limits.routes(limiting),
        treasury.routes(issuing),
    ]
    return Wallet(db, passwords, pepper, own, approving, limiting, issuing, routes)
