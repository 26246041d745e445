"""What a shop's own program may do with orders: the inner interface behind the openplatform's /v3/pay [SH9].

Who calls has asked `certificates` which shop sent it [SH11]; no person confirms anything here. The words are those of
WeChat Pay: out_trade_no and out_refund_no are the shop's own numbers, and each makes a repeat the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.foundation.outside import Outside
from hongyan.wallet.ledger import derived
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.purses import asset_open
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops import store, webhooks
from hongyan.wallet.shops.certificates import Certificates
from hongyan.wallet.shops.model import OrderSeen, ShopOrder, ShopRefund, Wanted
from hongyan.wallet.shops.orders import close, give_back, place, seen
from hongyan.wallet.shops.service import open_shop

NOBODY = 0


@dataclass(frozen=True, slots=True)
class Prepaid:
    """An order that waits for its customer: `code` is what a QR code shows (Native) and a link opens (H5)."""

    order: ShopOrder
    code: str


class Merchant:
    """`certificates`: who is asking, and who answers; `public_url`: where people reach this server."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        notify: Notify,
        outside: Outside,
        wake: Callable[[], None],
        certificates: Certificates,
        *,
        public_url: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify
        self._outside = outside
        self._wake = wake
        self.certificates = certificates
        self._public_url = public_url.rstrip("/")

    async def order(self, shop_id: bytes, wanted: Wanted) -> Prepaid | Refused:
        """Ask for an amount; of an order for JSAPI only `for_id` can pay it."""
        if wanted.notify_url and not self._outside.may_call(wanted.notify_url):
            return Refused(Refusal.WEBHOOK_UNUSABLE)
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Prepaid | Refused:
            shop = open_shop(tx, shop_id)
            if isinstance(shop, Refused):
                return shop
            if wanted.notify_url:
                webhooks.have_secret(tx, shop_id, now_ms=now_ms)
            order = place(tx, shop, wanted, now_ms=now_ms)
            if isinstance(order, Refused):
                return order
            return Prepaid(order, f"{self._public_url}/b#{shop_id.hex()}.{order.id.hex()}")

        return await self._db.write(work)

    async def query(self, shop_id: bytes, *, out_trade_no: str = "", id: bytes = b"") -> OrderSeen | Refused:
        """An order of the shop, by its number or by ours."""

        def load(tx: Tx) -> OrderSeen | Refused:
            found = store.order_by_number(tx, shop_id, out_trade_no) if out_trade_no else store.order(tx, id)
            if found is None or found.shop_id != shop_id:
                return Refused(Refusal.ACT_UNKNOWN)
            return seen(tx, found)

        return await self._db.read(load)

    async def close(self, shop_id: bytes, out_trade_no: str) -> Refused | None:
        """Let nobody pay an order; a repeat is no error."""

        return await self._db.write(lambda tx: close(tx, shop_id, out_trade_no))

    async def refund(
        self, shop_id: bytes, out_trade_no: str, out_refund_no: str, *, amount: int, reason: str
    ) -> ShopRefund | Refused:
        """Give part or all of a payment back; the same out_refund_no again is the same refund."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> ShopRefund | Refused:
            shop, asset = open_shop(tx, shop_id), asset_open(tx)
            if isinstance(shop, Refused):
                return shop
            if isinstance(asset, Refused):
                return asset
            order = store.order_by_number(tx, shop_id, out_trade_no)
            if order is None:
                return Refused(Refusal.ACT_UNKNOWN)
            id = derived(shop_id, b"refund " + out_refund_no.encode())
            wanted = ShopRefund(id, order.id, shop_id, amount, reason, NOBODY, now_ms, out_refund_no)
            if refused := give_back(tx, shop, order, wanted, asset, lambda _act: None):
                return refused
            self._tell(tx, [AccountId(order.payer_id), AccountId(shop.owner_id), *store.staff(tx, shop_id)])
            return store.refund(tx, id) or wanted

        return await self._db.write(work)

    async def query_refund(self, shop_id: bytes, out_refund_no: str) -> ShopRefund | Refused:
        def load(tx: Tx) -> ShopRefund | Refused:
            return store.refund_by_number(tx, shop_id, out_refund_no) or Refused(Refusal.ACT_UNKNOWN)

        return await self._db.read(load)

    def _tell(self, tx: Tx, account_ids: Sequence[AccountId]) -> None:
        tx.after_commit(lambda: self._notify(account_ids, TOPIC))
        tx.after_commit(self._wake)
