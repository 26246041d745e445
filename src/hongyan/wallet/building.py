"""Builds the slices of the wallet, in plain sight; `app.py` calls it once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hongyan.accounts import Accounts, Passwords
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database
from hongyan.foundation.http import Route
from hongyan.foundation.jobs import Jobs
from hongyan.foundation.outside import Outside
from hongyan.wallet import (
    approvals,
    audit,
    family,
    gifts,
    limits,
    overview,
    paycodes,
    paying,
    purses,
    rails,
    shops,
    treasury,
)
from hongyan.wallet.notices import MayReach, Notify

SWEEP_EVERY_S = 3_600
ERASE_APPROVALS_EVERY_S = 300
ERASE_SPENDING_EVERY_S = 86_400
ERASE_ORDERS_EVERY_S = 3_600
RETURN_GIFTS_EVERY_S = 60
ASK_RAILS_EVERY_S = 60


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
    packets: gifts.Packets
    transfers: gifts.Transfers
    receiving: paying.Receiving
    collections: paying.Collections
    paycodes: paycodes.PayCodes
    orders: shops.Orders
    webhooks: shops.Webhooks
    merchant: shops.Merchant
    certificates: shops.Certificates
    shops: shops.Shops
    family: family.FamilyCards
    topping: rails.TopUps
    audit: audit.Audit
    routes: list[Route]

    def schedule(self, jobs: Jobs) -> None:
        """Register all timed work of the wallet."""
        jobs.every("wallet.sign_books", audit.SIGN_EVERY_S, self._sign)
        jobs.every("wallet.sweep_purses", SWEEP_EVERY_S, self.purses.sweep)
        jobs.every("wallet.return_packets", RETURN_GIFTS_EVERY_S, self.packets.return_expired)
        jobs.every("wallet.return_transfers", RETURN_GIFTS_EVERY_S, self.transfers.return_expired)
        jobs.every("wallet.erase_approvals", ERASE_APPROVALS_EVERY_S, self.approvals.erase_expired)
        jobs.every("wallet.erase_claims", SWEEP_EVERY_S, self.paycodes.erase_old)
        jobs.every("wallet.erase_spending", ERASE_SPENDING_EVERY_S, self.limits.erase_old)
        jobs.every("wallet.erase_orders", ERASE_ORDERS_EVERY_S, self.orders.erase_stale)
        jobs.every("wallet.ask_rails", ASK_RAILS_EVERY_S, self.topping.ask_again)
        jobs.every("wallet.erase_rail_events", ERASE_SPENDING_EVERY_S, self.topping.erase_old)
        jobs.every("wallet.erase_notices", SWEEP_EVERY_S, self.webhooks.erase_old)
        jobs.every("wallet.erase_certificates", ERASE_SPENDING_EVERY_S, self.certificates.erase_old)

    async def start(self) -> None:
        """Raises PepperUnusable."""
        await self.db.write(self.pepper.agree)
        self.webhooks.start()

    async def stop(self) -> None:
        """Tell nobody outside any more; what waits is told after the next start."""
        await self.webhooks.stop()

    def close(self) -> None:
        self.passwords.close()

    async def _sign(self) -> None:
        await self.audit.sign()


def build(
    db: Database,
    clock: Clock,
    accounts: Accounts,
    may_reach: MayReach,
    notify: Notify,
    outside: Outside,
    by_rails: Sequence[rails.Rail] = (),
    *,
    folder: Path,
    public_url: str,
) -> Wallet:
    """`by_rails`: ways to pay in from outside, none by default.

    `folder`: where what must not lie in the database is kept; `public_url`: where people reach the server.
    """
    own = purses.Purses(db, clock, shops.names_of_purses)
    passwords, pepper = Passwords(), approvals.Pepper(folder)
    pins = approvals.Pins(db, clock, passwords, pepper, notify)
    approving = approvals.Approvals(db, clock, accounts, pins)
    limiting = limits.SpendingLimits(db, clock, notify)
    issuing = treasury.Treasury(db, clock, notify)
    packets = gifts.Packets(db, clock, notify)
    transfers = gifts.Transfers(db, clock, notify)
    receiving = paying.Receiving(db, clock, notify)
    collections = paying.Collections(db, clock, notify)
    showing = paycodes.PayCodes(db, clock, notify)
    telling = shops.Webhooks(db, clock, notify, outside)
    ordering = shops.Orders(db, clock, notify, telling.wake)
    certifying = shops.Certificates(db, clock, folder=folder)
    trading = shops.Merchant(db, clock, notify, outside, telling.wake, certifying, public_url=public_url)
    selling = shops.Shops(db, clock, notify)
    sharing = family.FamilyCards(db, clock, may_reach, notify)
    topping = rails.TopUps(db, clock, notify, by_rails, public_url=public_url)
    books = audit.Audit(db, clock, folder=folder)
    accounts.hooks.account_erased += [
        own.leave,
        approving.forget,
        limiting.forget,
        issuing.forget,
        receiving.leave,
        selling.leave,
        sharing.forget,
        topping.forget,
        showing.forget,
    ]
    accounts.hooks.device_removed.append(showing.forget_device)
    accounts.hooks.account_suspended.append(showing.suspend)
    routes: list[Route] = [
        overview.routes(overview.Overview(db, pins, limiting, showing)),
        purses.routes(own),
        approvals.routes(approving),
        limits.routes(limiting),
        treasury.routes(issuing),
        gifts.routes(packets, transfers),
        paying.routes(receiving, collections),
        shops.routes(selling, ordering, telling, certifying),
        family.routes(sharing),
        rails.routes(topping),
        audit.routes(books),
        paycodes.routes(showing),
    ]
    return Wallet(
        db,
        passwords,
        pepper,
        own,
        approving,
        limiting,
        issuing,
        packets,
        transfers,
        receiving,
        collections,
        showing,
        ordering,
        telling,
        trading,
        certifying,
        selling,
        sharing,
        topping,
        books,
        routes,
    )
