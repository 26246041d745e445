"""What is decided of orders and refunds: no database, no clock [SH3] [SH4] [SH5]."""

import hashlib

from hongyan.wallet.ledger import AMOUNT_MAX, ID_BYTES, LedgerId
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops.model import OrderState, ShopOrder

_CONTEXT = b"hongyan shop purse v1\0"


def purse_of_shop(shop_id: bytes, asset: str) -> LedgerId:
    return LedgerId(hashlib.sha256(_CONTEXT + shop_id + asset.encode()).digest()[:ID_BYTES])


def payee_of(shop_id: bytes, card: int | None) -> str:
    """What an approval calls a shop, and whose family card pays."""
    return f"shop:{shop_id.hex()}" if card is None else f"shop:{shop_id.hex()}:card:{card}"


def paying(order: ShopOrder | None, payer: int, *, now_ms: int) -> Refused | None:
    """Whether somebody may pay an order; who has paid it may again, which moves nothing."""
    if order is None:
        return Refused(Refusal.ACT_UNKNOWN)
    if order.state is OrderState.PAID and order.payer_id == payer:
        return None
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
