"""What a person sees of her purse, and what becomes of it when she leaves [WA2]-[WA4]."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hongyan.accounts import people
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.assets import Asset, current
from hongyan.wallet.ledger import Code, Entry, Holder, LedgerAccount, LedgerId, Order, TransferId
from hongyan.wallet.purses import store
from hongyan.wallet.purses.rules import issuance_id, purse_id
from hongyan.wallet.refusals import Refusal, Refused

SWEPT_AT_ONCE = 100
BILL_PAGE = 50

NamesOfShops = Callable[[Tx, Sequence[LedgerId]], dict[LedgerId, str]]


@dataclass(frozen=True, slots=True)
class Status:
    """`purse` is None until somebody paid into it; `asset` until the wallet is open."""

    asset: Asset | None
    purse: LedgerAccount | None


@dataclass(frozen=True, slots=True)
class Bill:
    """A page of what moved, newest first; names of people and shops; what came and what went of each kind."""

    entries: list[Entry]
    names: dict[LedgerId, str]
    sums: dict[Code, tuple[int, int]]


def asset_open(tx: Tx) -> Asset | Refused:
    """The currency, or that there is none yet."""
    return current(tx) or Refused(Refusal.WALLET_NOT_OPEN)


def open_purse(tx: Tx, account_id: AccountId, asset: Asset, *, now_ms: int) -> LedgerId | Refused:
    """The purse of somebody who is here; a repeat changes nothing."""
    purse = purse_id(account_id, asset.code)
    if ledger.account(tx, purse) is None:
        if not people(tx, [account_id]):
            return Refused(Refusal.PERSON_UNKNOWN)
        ledger.open_account(tx, purse, Holder.PURSE, account_id, asset.code, no_overdraft=True, now_ms=now_ms)
    return purse


class Purses:
    """`names_of_shops`: what the shops are called whose accounts of the ledger these are."""

    def __init__(self, db: Database, clock: Clock, names_of_shops: NamesOfShops) -> None:
        self._db = db
        self._clock = clock
        self._names_of_shops = names_of_shops

    async def bill(
        self, account_id: AccountId, *, from_ms: int, until_ms: int, before_seq: int, codes: Sequence[Code]
    ) -> Bill | Refused:
        """What moved in her purse in a time, at most a page of it before `before_seq`; the sums are of all of it."""

        def load(tx: Tx) -> Bill | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            purse = purse_id(account_id, asset.code)
            found = ledger.entries(
                tx,
                purse,
                before_seq=before_seq,
                from_ms=from_ms,
                until_ms=until_ms,
                codes=codes,
                limit=BILL_PAGE,
            )
            others = [entry.other for entry in found if entry.other is not None]
            owners = {AccountId(one.owner) for one in others if one.holder is Holder.PURSE}
            called = {one.account_id: one.name for one in people(tx, list(owners))}
            names = self._names_of_shops(tx, list({one.id for one in others if one.holder is Holder.SHOP}))
            for one in others:
                if one.holder is Holder.PURSE and (name := called.get(AccountId(one.owner))) is not None:
                    names[one.id] = name
            return Bill(found, names, store.sums(tx, purse, from_ms=from_ms, until_ms=until_ms))

        return await self._db.read(load)

    def leave(self, tx: Tx, account_id: AccountId) -> None:
        """Give what is left in her purse back to the community, in the transaction in which she leaves [WA4]."""
        asset = current(tx)
        if asset is not None:
            self._empty(tx, purse_id(account_id, asset.code), asset)

    async def sweep(self) -> None:
        """The same for what came back to purses of people who had left: returned packets, expired transfers."""

        def work(tx: Tx) -> None:
            asset = current(tx)
            if asset is not None:
                for purse in store.left_behind(tx, limit=SWEPT_AT_ONCE):
                    self._empty(tx, purse, asset)

        await self._db.write(work)

    def _empty(self, tx: Tx, purse: LedgerId, asset: Asset) -> None:
        held = ledger.account(tx, purse)
        if held is None:
            return
        if held.available > 0:
            now_ms = self._clock.now_ms()
            issuance = issuance_id(asset.code)
            ledger.open_account(tx, issuance, Holder.ISSUANCE, 0, asset.code, no_overdraft=False, now_ms=now_ms)
            if held.frozen:
                ledger.freeze(tx, purse, frozen=False)
            order = Order.single(
                TransferId(secrets.token_bytes(ledger.ID_BYTES)),
                debit=purse,
                credit=issuance,
                amount=held.available,
                asset=asset.code,
                code=Code.PAYOUT,
            )
            assert ledger.post(tx, order, now_ms=now_ms).is_done
