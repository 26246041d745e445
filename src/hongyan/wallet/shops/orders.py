"""Orders: made by the shop, paid by one customer, closed or given back [SH3] [SH4] [SH5]."""

import secrets
from collections.abc import Callable, Sequence

from hongyan.accounts import people
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.approvals import Act, pay, spend
from hongyan.wallet.assets import Asset
from hongyan.wallet.family import pay_by_card
from hongyan.wallet.ledger import AMOUNT_MAX, Code, Order, TransferId
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.purses import asset_open, open_purse, purse_id
from hongyan.wallet.refusals import Refusal, Refused, refused_by
from hongyan.wallet.shops import rules, store, webhooks
from hongyan.wallet.shops.model import (
    ORDER_LIFETIME_MS,
    PAGE,
    NoticeKind,
    OrderSeen,
    OrderState,
    Shop,
    ShopOrder,
    ShopRefund,
    Wanted,
)
from hongyan.wallet.shops.service import open_shop, shop_of

PAY_ORDER = "order"
PAY_SHOP = "pay_shop"
REFUND = "refund"
STALE_MS = 7 * 86_400_000


class Orders:
    """`wake`: called when a shop's program is to be told of something."""

    def __init__(self, db: Database, clock: Clock, notify: Notify, wake: Callable[[], None]) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify
        self._wake = wake

    async def make(
        self, by: AccountId, shop_id: bytes, out_trade_no: str, *, amount: int, description: str
    ) -> OrderSeen | Refused:
        """Ask a customer for a fixed amount; the same number again is the same order."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> OrderSeen | Refused:
            shop = shop_of(tx, shop_id, by)
            if isinstance(shop, Refused):
                return shop
            order = place(tx, shop, Wanted(out_trade_no, amount, description), now_ms=now_ms)
            return order if isinstance(order, Refused) else seen(tx, order)

        return await self._db.write(work)

    async def look(self, id: bytes) -> OrderSeen | Refused:
        """What a customer is asked for who scanned the order's code."""

        def load(tx: Tx) -> OrderSeen | Refused:
            found = store.order(tx, id)
            return Refused(Refusal.ACT_UNKNOWN) if found is None else seen(tx, found)

        return await self._db.read(load)

    async def look_at_shop(self, id: bytes) -> Shop | Refused:
        """Whom a customer pays who scanned the code on the counter."""
        return await self._db.read(lambda tx: open_shop(tx, id))

    async def query(self, by: AccountId, shop_id: bytes, out_trade_no: str) -> OrderSeen | Refused:
        def load(tx: Tx) -> OrderSeen | Refused:
            shop = shop_of(tx, shop_id, by)
            if isinstance(shop, Refused):
                return shop
            found = store.order_by_number(tx, shop_id, out_trade_no)
            return Refused(Refusal.ACT_UNKNOWN) if found is None else seen(tx, found)

        return await self._db.read(load)

    async def list(self, by: AccountId, shop_id: bytes, *, before_ms: int) -> Sequence[OrderSeen] | Refused:
        """A page of the shop's orders, newest first."""

        def load(tx: Tx) -> Sequence[OrderSeen] | Refused:
            shop = shop_of(tx, shop_id, by)
            if isinstance(shop, Refused):
                return shop
            return [seen(tx, one) for one in store.orders(tx, shop_id, before_ms=before_ms, limit=PAGE)]

        return await self._db.read(load)

    async def close(self, by: AccountId, shop_id: bytes, out_trade_no: str) -> Refused | None:
        """Let nobody pay an order; a repeat is no error."""

        def work(tx: Tx) -> Refused | None:
            shop = shop_of(tx, shop_id, by)
            if isinstance(shop, Refused):
                return shop
            return close(tx, shop_id, out_trade_no)

        return await self._db.write(work)

    async def pay(
        self, by: AccountId, id: bytes, *, approval: str, card: AccountId | None = None
    ) -> OrderSeen | Refused:
        """Pay an order from the purse of who asks, or by a family card; who paid it gets the first answer again."""
        now_ms, payer, card_user = self._clock.now_ms(), card or by, by if card else 0

        def work(tx: Tx) -> OrderSeen | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            found = store.order(tx, id)
            if refused := rules.paying(found, payer, by=by, now_ms=now_ms):
                return refused
            assert found is not None
            if found.state is OrderState.PAID:
                return seen(tx, found)
            if refused := self._move(tx, by, card, found, PAY_ORDER, asset, approval, now_ms):
                return refused
            store.set_paid(tx, id, payer=payer, card_user=card_user, now_ms=now_ms)
            webhooks.note(tx, NoticeKind.PAID, found, id, now_ms=now_ms)
            return self._after(tx, id)

        return await self._db.write(work)

    async def pay_at_counter(
        self,
        by: AccountId,
        shop_id: bytes,
        *,
        id: TransferId,
        amount: int,
        approval: str,
        card: AccountId | None = None,
    ) -> OrderSeen | Refused:
        """Pay a shop an amount that the customer typed in; the same id again is the same payment."""
        now_ms, payer, card_user = self._clock.now_ms(), card or by, by if card else 0

        def work(tx: Tx) -> OrderSeen | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            there = store.order(tx, id)
            if there is not None:
                paid = (there.payer_id, there.customer_id, there.shop_id, there.amount)
                same = paid == (payer, by, shop_id, amount)
                return seen(tx, there) if same else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
            new = ShopOrder(
                id,
                shop_id,
                id.hex(),
                amount,
                "",
                OrderState.PAID,
                payer,
                now_ms,
                now_ms,
                now_ms,
                0,
                card_user_id=card_user,
            )
            if refused := self._move(tx, by, card, new, PAY_SHOP, asset, approval, now_ms):
                return refused
            store.insert_order(tx, new)
            webhooks.note(tx, NoticeKind.PAID, new, id, now_ms=now_ms)
            return self._after(tx, id)

        return await self._db.write(work)

    async def refund(
        self,
        by: AccountId,
        shop_id: bytes,
        out_trade_no: str,
        *,
        id: TransferId,
        amount: int,
        reason: str,
        approval: str,
    ) -> OrderSeen | Refused:
        """Give part or all of a payment back; the same id again is the same refund."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> OrderSeen | Refused:
            asset = asset_open(tx)
            if isinstance(asset, Refused):
                return asset
            shop = shop_of(tx, shop_id, by)
            if isinstance(shop, Refused):
                return shop
            found = store.order_by_number(tx, shop_id, out_trade_no)
            if found is None:
                return Refused(Refusal.ACT_UNKNOWN)
            wanted = ShopRefund(id, found.id, shop_id, amount, reason, by, now_ms)
            refused = give_back(
                tx, shop, found, wanted, asset, lambda act: spend(tx, by, approval, act.digest, now_ms=now_ms)
            )
            return refused or self._after(tx, found.id)

        return await self._db.write(work)

    async def erase_stale(self) -> None:
        """Erase orders that nobody paid, a week after they ended."""
        before_ms = self._clock.now_ms() - STALE_MS
        await self._db.write(lambda tx: store.erase_stale_orders(tx, before_ms=before_ms))

    def _move(
        self,
        tx: Tx,
        by: AccountId,
        card: AccountId | None,
        order: ShopOrder,
        action: str,
        asset: Asset,
        approval: str,
        now_ms: int,
    ) -> Refused | None:
        shop = open_shop(tx, order.shop_id)
        if isinstance(shop, Refused):
            return shop
        act = Act(action, order.id, order.amount, asset.code, rules.payee_of(shop.id, card))
        moving = Order.single(
            TransferId(order.id),
            debit=purse_id(card or by, asset.code),
            credit=shop.purse,
            amount=order.amount,
            asset=asset.code,
            code=Code.ORDER,
            group_id=order.id,
        )
        if card is not None:
            tx.after_commit(lambda: self._notify([by], TOPIC))
            return pay_by_card(tx, by, card, moving, act=act, approval=approval, now_ms=now_ms)
        return pay(tx, by, moving, act=act, approval=approval, now_ms=now_ms)

    def _after(self, tx: Tx, id: bytes) -> OrderSeen:
        """The order as it is now; tells who paid and who works in the shop."""
        order = store.order(tx, id)
        assert order is not None
        shop = store.shop(tx, order.shop_id)
        assert shop is not None
        told = [AccountId(order.payer_id), AccountId(shop.owner_id), *store.staff(tx, shop.id)]
        tx.after_commit(lambda: self._notify(told, TOPIC))
        tx.after_commit(self._wake)
        return seen(tx, order)


def place(tx: Tx, shop: Shop, wanted: Wanted, *, now_ms: int) -> ShopOrder | Refused:
    """Have the order be there; the same number again is the same order."""
    if not 0 < wanted.amount <= AMOUNT_MAX:
        return Refused(Refusal.AMOUNT_INVALID)
    if (there := store.order_by_number(tx, shop.id, wanted.out_trade_no)) is not None:
        return there if rules.is_same(there, wanted) else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    latest_ms = now_ms + ORDER_LIFETIME_MS
    new = ShopOrder(
        secrets.token_bytes(ledger.ID_BYTES),
        shop.id,
        wanted.out_trade_no,
        wanted.amount,
        wanted.description,
        OrderState.OPEN,
        0,
        now_ms,
        min(wanted.expires_at_ms or latest_ms, latest_ms),
        0,
        0,
        wanted.kind,
        wanted.for_id,
        wanted.attach,
        wanted.notify_url,
    )
    store.insert_order(tx, new)
    return new


def close(tx: Tx, shop_id: bytes, out_trade_no: str) -> Refused | None:
    """Let nobody pay an order; a repeat is no error."""
    found = store.order_by_number(tx, shop_id, out_trade_no)
    if refused := rules.closing(found):
        return refused
    assert found is not None
    store.set_closed(tx, found.id)
    return None


def give_back(
    tx: Tx,
    shop: Shop,
    order: ShopOrder,
    wanted: ShopRefund,
    asset: Asset,
    confirm: Callable[[Act], Refused | None],
) -> Refused | None:
    """Give back what `wanted` says of an order; the same id again is the same refund, and asks nobody to confirm."""
    if (done := store.refund(tx, wanted.id)) is not None:
        same = (done.order_id, done.amount, done.reason) == (order.id, wanted.amount, wanted.reason)
        return None if same else Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    if refused := rules.refunding(order, wanted.amount):
        return refused
    purse = open_purse(tx, AccountId(order.payer_id), asset, now_ms=wanted.at_ms)
    if isinstance(purse, Refused):
        return purse
    if refused := confirm(Act(REFUND, wanted.id, wanted.amount, asset.code, str(order.payer_id))):
        return refused
    moving = Order.single(
        TransferId(wanted.id),
        debit=shop.purse,
        credit=purse,
        amount=wanted.amount,
        asset=asset.code,
        code=Code.ORDER_REFUND,
        group_id=order.id,
    )
    if refused := refused_by(ledger.post(tx, moving, now_ms=wanted.at_ms)):
        return refused
    store.insert_refund(tx, wanted)
    webhooks.note(tx, NoticeKind.REFUNDED, order, wanted.id, now_ms=wanted.at_ms)
    return None


def seen(tx: Tx, order: ShopOrder) -> OrderSeen:
    """With the names of its shop, of who paid and of whose purse did."""
    shop = store.shop(tx, order.shop_id)
    assert shop is not None
    ids = {AccountId(id) for id in (order.payer_id, order.customer_id) if id}
    names = {int(one.account_id): one.name for one in people(tx, list(ids))} if ids else {}
    return OrderSeen(order, shop.name, names.get(order.customer_id, ""), names.get(order.payer_id, ""))
