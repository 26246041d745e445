"""`GET /api/wallet`: all that a person's wallet page shows first, from one moment [WA2]."""

from dataclasses import dataclass

from litestar import Router, get
from litestar.di import NamedDependency, Provide

from hongyan.foundation.db import Database, Tx
from hongyan.foundation.http import Access, Answer, Caller
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.approvals import Pins, PinStatus
from hongyan.wallet.assets import Asset, current
from hongyan.wallet.ledger import LedgerAccount
from hongyan.wallet.limits import Span, Spending, SpendingLimits
from hongyan.wallet.paycodes import PayCodes
from hongyan.wallet.purses import purse_id
from hongyan.wallet.treasury import is_treasurer
from hongyan.wallet.wire import shown

TheOverview = NamedDependency["Overview"]
TheCaller = NamedDependency[Caller]


class AssetAnswer(Answer, frozen=True):
    code: str
    name: str
    symbol: str
    exponent: int


class LimitAnswer(Answer, frozen=True):
    """Minor units; null: no limit. `next_minor` holds from `next_at_ms` on, which is null when nothing changes."""

    limit_minor: str | None
    spent_minor: str
    next_minor: str | None
    next_at_ms: int | None


class LimitsAnswer(Answer, frozen=True):
    day: LimitAnswer
    month: LimitAnswer


class WalletAnswer(Answer, frozen=True):
    """`asset` is null until the wallet is open. Times are null when the PIN is not locked, no reset is under way.

    `claims_waiting`: somebody scanned the caller's payment code and waits for her to confirm.
    """

    open: bool
    asset: AssetAnswer | None
    balance_minor: str
    available_minor: str
    frozen: bool
    has_pin: bool
    pin_tries_left: int
    locked_until_ms: int | None
    pin_reset_at_ms: int | None
    passkeys_allowed: bool
    is_treasurer: bool
    claims_waiting: bool
    limits: LimitsAnswer


@dataclass(frozen=True, slots=True)
class Seen:
    asset: Asset | None
    purse: LedgerAccount | None
    pin: PinStatus
    limits: dict[Span, Spending]
    is_treasurer: bool
    claims_waiting: bool


class Overview:
    def __init__(self, db: Database, pins: Pins, spending_limits: SpendingLimits, paycodes: PayCodes) -> None:
        self._db = db
        self._pins = pins
        self._limits = spending_limits
        self._paycodes = paycodes

    async def of(self, account_id: AccountId) -> Seen:
        def load(tx: Tx) -> Seen:
            asset = current(tx)
            purse = None if asset is None else ledger.account(tx, purse_id(account_id, asset.code))
            return Seen(
                asset,
                purse,
                self._pins.status(tx, account_id),
                self._limits.of(tx, account_id),
                is_treasurer(tx, account_id),
                self._paycodes.has_waiting(tx, account_id),
            )

        return await self._db.read(load)


@get("/wallet", opt={"access": Access.DEVICE})
async def wallet(caller: TheCaller, overview: TheOverview) -> WalletAnswer:
    """The caller's wallet: what is in it, and what guards it."""
    seen = await overview.of(caller.account_id)
    asset, purse, pin = seen.asset, seen.purse, seen.pin
    return WalletAnswer(
        open=asset is not None,
        asset=None if asset is None else _asset(asset),
        balance_minor=shown(purse.balance if purse else 0),
        available_minor=shown(purse.available if purse else 0),
        frozen=purse is not None and purse.frozen,
        has_pin=pin.is_set,
        pin_tries_left=pin.tries_left,
        locked_until_ms=pin.locked_until_ms,
        pin_reset_at_ms=pin.reset_at_ms,
        passkeys_allowed=pin.passkeys_allowed,
        is_treasurer=seen.is_treasurer,
        claims_waiting=seen.claims_waiting,
        limits=LimitsAnswer(day=_limit(seen.limits[Span.DAY]), month=_limit(seen.limits[Span.MONTH])),
    )


def routes(overview: Overview) -> Router:
    return Router(
        "/", route_handlers=[wallet], dependencies={"overview": Provide(lambda: overview, sync_to_thread=False)}
    )


def _asset(asset: Asset) -> AssetAnswer:
    return AssetAnswer(code=asset.code, name=asset.name, symbol=asset.symbol, exponent=asset.exponent)


def _limit(spending: Spending) -> LimitAnswer:
    limit = spending.limit
    return LimitAnswer(
        limit_minor=None if limit.now is None else shown(limit.now),
        spent_minor=shown(spending.spent),
        next_minor=None if limit.next is None or not limit.next_at_ms else shown(limit.next),
        next_at_ms=limit.next_at_ms or None,
    )
