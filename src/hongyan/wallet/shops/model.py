"""What a shop, an order and a refund are, and their limits."""

from dataclasses import dataclass
from enum import IntEnum

import msgspec

from hongyan.wallet.ledger import LedgerId

SHOPS_MAX = 10
STAFF_MAX = 50
PAGE = 50
ORDER_LIFETIME_MS = 2 * 3_600_000
DAY_MS = 86_400_000
CERTIFICATES_MAX = 5
# With those that have ended.
CERTIFICATES_KEPT_MAX = 50
CERTIFICATE_LIFETIME_MS = 5 * 365 * DAY_MS
ENDED_KEPT_MS = 365 * DAY_MS
CSR_CHARACTERS_MAX = 8_192
SERIAL_BYTES = 20
PLATFORM_KEY_FILE = "platform-key.pem"


class OrderState(IntEnum):
    OPEN = 1
    PAID = 2
    CLOSED = 3


class OrderKind(IntEnum):
    """How an order came to be: in the app, or by the shop's program, for a mini-program, a QR code or a link."""

    APP = 0
    JSAPI = 1
    NATIVE = 2
    H5 = 3


class Shop(msgspec.Struct, frozen=True, array_like=True):
    id: bytes
    owner_id: int
    name: str
    purse: LedgerId
    made_at_ms: int
    closed_at_ms: int


class ShopOrder(msgspec.Struct, frozen=True, array_like=True):
    """Amounts in minor units; `payer_id` and `paid_at_ms` are 0 until it is paid, `for_id` if anybody may.

    `payer_id`: whose purse paid; `card_user_id`: who paid by her family card, 0 if she did herself.
    """

    id: bytes
    shop_id: bytes
    out_trade_no: str
    amount: int
    description: str
    state: OrderState
    payer_id: int
    made_at_ms: int
    expires_at_ms: int
    paid_at_ms: int
    refunded: int
    kind: OrderKind = OrderKind.APP
    for_id: int = 0
    attach: str = ""
    notify_url: str = ""
    card_user_id: int = 0

    @property
    def customer_id(self) -> int:
        """Who paid, from her own purse or by a family card; 0 until it is paid."""
        return self.card_user_id or self.payer_id


class ShopRefund(msgspec.Struct, frozen=True, array_like=True):
    id: bytes
    order_id: bytes
    shop_id: bytes
    amount: int
    reason: str
    by_id: int
    at_ms: int
    out_refund_no: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as the shop wants it; `expires_at_ms` 0: as long as orders live."""

    out_trade_no: str
    amount: int
    description: str
    kind: OrderKind = OrderKind.APP
    for_id: int = 0
    attach: str = ""
    notify_url: str = ""
    expires_at_ms: int = 0


class NoticeKind(IntEnum):
    PAID = 1
    REFUNDED = 2
    TRIAL = 3


class NoticeState(IntEnum):
    WAITING = 1
    TAKEN = 2
    GIVEN_UP = 3


class ShopWebhook(msgspec.Struct, frozen=True, array_like=True):
    shop_id: bytes
    url: str
    secret: bytes
    made_at_ms: int


class ShopNotice(msgspec.Struct, frozen=True, array_like=True):
    """What a shop's program is told; `last_failure`: why it was not taken the last time, as the way out says."""

    id: bytes
    shop_id: bytes
    url: str
    kind: NoticeKind
    about: bytes
    state: NoticeState
    attempts: int
    made_at_ms: int
    due_at_ms: int
    last_failure: str | None


class ShopCertificate(msgspec.Struct, frozen=True, array_like=True):
    """`certificate` is X.509 in DER, `key_hash` SHA-256 of its public key; `ended_at_ms`: when revoked, else 0."""

    serial: bytes
    shop_id: bytes
    key_hash: bytes
    certificate: bytes
    made_at_ms: int
    expires_at_ms: int
    ended_at_ms: int

    def is_valid(self, now_ms: int) -> bool:
        return not self.ended_at_ms and now_ms < self.expires_at_ms


@dataclass(frozen=True, slots=True)
class ShopSeen:
    """A shop as those who work there see it; `staff` is of names by account."""

    shop: Shop
    is_owner: bool
    balance: int
    staff: dict[int, str]


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order with what people call its shop, who paid and whose purse did; empty for nobody or who has left."""

    order: ShopOrder
    shop_name: str
    customer: str
    payer: str


@dataclass(frozen=True, slots=True)
class Day:
    """What a shop took and gave back on a day; `day` counts from 1970-01-01 on the asker's clock."""

    day: int
    orders: int
    paid: int
    refunds: int
    refunded: int
