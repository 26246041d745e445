"""Shops, who works there, what they took, and paying that out to the owner [SH1] [SH2] [SH6]."""

import secrets
from collections.abc import Sequence

from hongyan.accounts import people
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.approvals import Act, spend
from hongyan.wallet.ledger import Code, Holder, Order, TransferId
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.purses import asset_open, issuance_id, open_purse
from hongyan.wallet.refusals import Refusal, Refused, refused_by
from hongyan.wallet.shops import certificate_store, rules, store, webhook_store
from hongyan.wallet.shops.model import SHOPS_MAX, STAFF_MAX, Day, Shop, ShopSeen

TAKE = "shop_pay_out"


def open_shop(tx: Tx, id: bytes) -> Shop | Refused:
    found = store.shop(tx, id)
    return Refused(Refusal.SHOP_UNKNOWN) if found is None or found.closed_at_ms else found


def shop_of(tx: Tx, id: bytes, by: AccountId, *, owner_only: bool = False) -> Shop | Refused:
    """A shop that is open, for its owner and, unless only she may, for its staff."""
    found = open_shop(tx, id)
    if isinstance(found, Refused):
        return found
    if found.owner_id == by or (not owner_only and by in store.staff(tx, id)):
        return found
    return Refused(Refusal.NOT_YOURS)


class Shops:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    async def open(self, owner: AccountId, id: bytes, name: str) -> Refused | None:
        """Open a shop with a purse of its own; a repeat changes nothing."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            if (there := store.shop(tx, id)) is not None:
                same = there.owner_id == owner and there.name == name
                return None if same else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
            if len(store.owned(tx, owner)) >= SHOPS_MAX:
                return Refused(Refusal.TOO_MANY)
            purse = rules.purse_of_shop(id, asset.code)
            ledger.open_account(tx, purse, Holder.SHOP, owner, asset.code, no_overdraft=True, now_ms=now_ms)
            store.insert_shop(tx, Shop(id, owner, name, purse, now_ms, 0))
            return None

        return await self._db.write(work)

    async def of(self, account_id: AccountId) -> list[ShopSeen]:
        """The shops she owns or works at."""

        def load(tx: Tx) -> list[ShopSeen]:
            found = []
            for shop in store.shops_of(tx, account_id):
                purse = ledger.account(tx, shop.purse)
                staff = {int(one.account_id): one.name for one in people(tx, store.staff(tx, shop.id))}
                found.append(ShopSeen(shop, shop.owner_id == account_id, purse.balance if purse else 0, staff))
            return found

        return await self._db.read(load)

    async def hire(self, owner: AccountId, id: bytes, account_id: AccountId) -> Refused | None:
        """Let somebody take money and give it back in the shop's name."""

        def work(tx: Tx) -> Refused | None:
            shop = shop_of(tx, id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            if not people(tx, [account_id]):
                return Refused(Refusal.PERSON_UNKNOWN)
            if len(store.staff(tx, id)) >= STAFF_MAX:
                return Refused(Refusal.TOO_MANY)
            if account_id != owner:
                store.add_staff(tx, id, account_id)
                self._tell(tx, [account_id])
            return None

        return await self._db.write(work)

    async def dismiss(self, owner: AccountId, id: bytes, account_id: AccountId) -> Refused | None:
        """Who works there may also go by herself."""

        def work(tx: Tx) -> Refused | None:
            shop = shop_of(tx, id, owner, owner_only=owner != account_id)
            if isinstance(shop, Refused):
                return shop
            store.remove_staff(tx, id, account_id)
            self._tell(tx, [account_id])
            return None

        return await self._db.write(work)

    async def take(
        self, owner: AccountId, shop_id: bytes, *, id: TransferId, amount: int, approval: str
    ) -> Refused | None:
        """Pay takings out to the owner's purse; a repeat moves nothing."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            shop = shop_of(tx, shop_id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            purse = open_purse(tx, owner, asset, now_ms=now_ms)
            if isinstance(purse, Refused):
                return purse
            order = Order.single(
                id, debit=shop.purse, credit=purse, amount=amount, asset=asset.code, code=Code.TRANSFER
            )
            if ledger.transfer(tx, id) is None:
                act = Act(TAKE, id, amount, asset.code, str(owner))
                if refused := spend(tx, owner, approval, act.digest, now_ms=now_ms):
                    return refused
            refused = refused_by(ledger.post(tx, order, now_ms=now_ms))
            if refused is None:
                self._tell(tx, [owner])
            return refused

        return await self._db.write(work)

    async def close(self, owner: AccountId, id: bytes) -> Refused | None:
        """Let nobody pay here any more, nor anything be given back; once it is empty. A repeat is no error."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            found = store.shop(tx, id)
            if found is not None and found.owner_id == owner and found.closed_at_ms:
                return None
            shop = shop_of(tx, id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            if not ledger.close(tx, shop.purse):
                return Refused(Refusal.SHOP_NOT_EMPTY)
            told = [owner, *store.staff(tx, id)]
            _shut(tx, id, now_ms=now_ms)
            self._tell(tx, told)
            return None

        return await self._db.write(work)

    async def report(
        self, by: AccountId, id: bytes, *, from_ms: int, until_ms: int, offset_ms: int
    ) -> list[Day] | Refused:
        """What the shop took and gave back, day by day; days without either are left out."""

        def load(tx: Tx) -> list[Day] | Refused:
            shop = shop_of(tx, id, by)
            if isinstance(shop, Refused):
                return shop
            paid = store.paid_by_day(tx, id, from_ms=from_ms, until_ms=until_ms, offset_ms=offset_ms)
            back = store.refunded_by_day(tx, id, from_ms=from_ms, until_ms=until_ms, offset_ms=offset_ms)
            taken, given = {one[0]: one[1:] for one in paid}, {one[0]: one[1:] for one in back}
            return [
                Day(day, *taken.get(day, (0, 0)), *given.get(day, (0, 0)))
                for day in sorted(taken.keys() | given.keys())
            ]

        return await self._db.read(load)

    def leave(self, tx: Tx, account_id: AccountId) -> None:
        """Who leaves closes her shops, whose takings go back to the community as her purse does [WA4]."""
        now_ms = self._clock.now_ms()
        store.remove_from_all(tx, account_id)
        for shop in store.owned(tx, account_id):
            _shut(tx, shop.id, now_ms=now_ms)
            held = ledger.account(tx, shop.purse)
            if held is not None and held.available > 0:
                order = Order.single(
                    TransferId(secrets.token_bytes(ledger.ID_BYTES)),
                    debit=shop.purse,
                    credit=issuance_id(held.asset),
                    amount=held.available,
                    asset=held.asset,
                    code=Code.PAYOUT,
                )
                assert ledger.post(tx, order, now_ms=now_ms).is_done

    def _tell(self, tx: Tx, account_ids: Sequence[AccountId]) -> None:
        tx.after_commit(lambda: self._notify(account_ids, TOPIC))


def _shut(tx: Tx, id: bytes, *, now_ms: int) -> None:
    """Nobody pays, works or is told there any more, and no program is known as its own."""
    store.close_shop(tx, id, now_ms=now_ms)
    certificate_store.end_all(tx, id, now_ms=now_ms)
    webhook_store.erase_webhook(tx, id)
