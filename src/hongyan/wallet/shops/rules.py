"""What is decided of orders and refunds: no database, no clock [SH3] [SH4] [SH5]."""

import base64
import hashlib
import hmac

from hongyan.wallet.ledger import AMOUNT_MAX, ID_BYTES, LedgerId
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops.model import OrderState, ShopOrder, Wanted

# As WeChat Pay does.
RETRY_AFTER_S = (15, 15, 30, 180, 1_800, 1_800, 1_800, 1_800, 3_600)
_CONTEXT = b"hongyan shop purse v1\0"


def purse_of_shop(shop_id: bytes, asset: str) -> LedgerId:
    return LedgerId(hashlib.sha256(_CONTEXT + shop_id + asset.encode()).digest()[:ID_BYTES])


def payee_of(shop_id: bytes, card: int | None) -> str:
    """What an approval calls a shop, and whose family card pays."""
    return f"shop:{shop_id.hex()}" if card is None else f"shop:{shop_id.hex()}:card:{card}"


def paying(order: ShopOrder | None, payer: int, *, by: int, now_ms: int) -> Refused | None:
    """Whether `by` may pay an order from the payer's purse; once it is paid, again, which moves nothing."""
    if order is None:
        return Refused(Refusal.ACT_UNKNOWN)
    if order.state is OrderState.PAID and (order.payer_id, order.customer_id) == (payer, by):
        return None
    if order.for_id not in (0, by):
        return Refused(Refusal.NOT_YOURS)
    if order.state is not OrderState.OPEN or now_ms >= order.expires_at_ms:
        return Refused(Refusal.ENDED)
    return None


def closing(order: ShopOrder | None) -> Refused | None:
    """Whether an order may be closed; what is paid may not, what is closed is."""
    if order is None:
        return Refused(Refusal.ACT_UNKNOWN)
    return Refused(Refusal.ENDED) if order.state is OrderState.PAID else None


def refunding(order: ShopOrder | None, amount: int) -> Refused | None:
    """Whether so much of an order may go back."""
    if order is None:
        return Refused(Refusal.ACT_UNKNOWN)
    if not 0 < amount <= AMOUNT_MAX:
        return Refused(Refusal.AMOUNT_INVALID)
    if order.state is not OrderState.PAID:
        return Refused(Refusal.ENDED)
    return Refused(Refusal.REFUND_TOO_LARGE) if order.refunded + amount > order.amount else None


def is_same(order: ShopOrder, wanted: Wanted) -> bool:
    """Whether the shop asks again for the order that it has."""
    fields = ("amount", "description", "kind", "for_id", "attach", "notify_url")
    return all(getattr(order, field) == getattr(wanted, field) for field in fields)


def due_after_ms(attempts: int) -> int | None:
    """How long after its last try a notice is tried again that was tried `attempts` times; None: never [SH8]."""
    return RETRY_AFTER_S[attempts - 1] * 1000 if attempts <= len(RETRY_AFTER_S) else None


def signature(secret: bytes, id: str, at_s: int, body: bytes) -> str:
    """As Standard Webhooks has it: HMAC-SHA-256 of id, time and body, in base64."""
    mac = hmac.digest(secret, f"{id}.{at_s}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac).decode()
