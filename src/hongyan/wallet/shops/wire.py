"""The shapes that shops speak over HTTP."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.foundation.http import Answer, Body
from hongyan.wallet.shops.model import CSR_CHARACTERS_MAX
from hongyan.wallet.wire import ActId, Minor, PersonId, Reason, Token

Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
TradeNo: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_*|-]{1,32}$")]
Description: TypeAlias = Annotated[str, msgspec.Meta(max_length=127)]


class ShopBody(Body, frozen=True):
    id: ActId
    name: Name


class TakeBody(Body, frozen=True):
    """`approval` is for action `shop_pay_out`, the owner as the payee."""

    id: ActId
    amount_minor: Minor
    approval: Token


class CounterBody(Body, frozen=True):
    """`approval` is for action `pay_shop`, and the payee as [SH3] has it; `card`: whose family card pays."""

    id: ActId
    amount_minor: Minor
    approval: Token
    card: PersonId | None = None


class OrderBody(Body, frozen=True):
    out_trade_no: TradeNo
    amount_minor: Minor
    description: Description = ""


class PayBody(Body, frozen=True):
    """`approval` is for action `order`, the order's id and amount, and the payee as [SH3] has it; `card` as above."""

    approval: Token
    card: PersonId | None = None


class RefundBody(Body, frozen=True):
    """`approval` is for action `refund`, this id and amount, whose purse paid as the payee."""

    id: ActId
    amount_minor: Minor
    reason: Reason
    approval: Token


class WebhookBody(Body, frozen=True):
    url: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class WebhookSecretAnswer(Answer, frozen=True):
    """`secret`: what notices are signed with, as Standard Webhooks writes it."""

    secret: str


class NoticeAnswer(Answer, frozen=True):
    """`next_at_ms`: when one that waits is sent; `last_failure`: why it was not taken the last time."""

    id: str
    kind: Literal["paid", "refunded", "trial"]
    state: Literal["waiting", "taken", "given_up"]
    attempts: int
    made_at_ms: int
    next_at_ms: int | None
    last_failure: str | None


class WebhookAnswer(Answer, frozen=True):
    """`url` is empty when nobody is told."""

    url: str
    notices: list[NoticeAnswer]


class CertificateBody(Body, frozen=True):
    """`csr`: PKCS#10 in PEM. `approval` is for action `shop_certificate`, this id, amount 0, payee `shop:<shop id>`."""

    id: ActId
    csr: Annotated[str, msgspec.Meta(min_length=1, max_length=CSR_CHARACTERS_MAX)]
    approval: Token


class CertificateAnswer(Answer, frozen=True):
    """`serial`: 40 hex digits; `certificate`: X.509 in PEM."""

    serial: str
    certificate: str
    made_at_ms: int
    expires_at_ms: int
    revoked_at_ms: int | None


class CertificatesAnswer(Answer, frozen=True):
    certificates: list[CertificateAnswer]


class PlatformAnswer(Answer, frozen=True):
    """The certificate that answers and notices are checked with: as above."""

    serial: str
    certificate: str
    expires_at_ms: int


class StaffAnswer(Answer, frozen=True):
    account_id: int
    name: str


class ShopAnswer(Answer, frozen=True):
    id: str
    name: str
    is_owner: bool
    balance_minor: str
    staff: list[StaffAnswer]


class ShopsAnswer(Answer, frozen=True):
    shops: list[ShopAnswer]


class CounterAnswer(Answer, frozen=True):
    id: str
    name: str


class OrderAnswer(Answer, frozen=True):
    """An order that is open after `expires_at_ms` cannot be paid any more.

    `customer`: who paid, `payer`: whose purse did, which is another's if she paid by a family card. Either is null for
    nobody, for who has left, and for whom it does not concern.
    """

    id: str
    shop_id: str
    shop_name: str
    out_trade_no: str
    amount_minor: str
    description: str
    state: Literal["open", "paid", "closed"]
    made_at_ms: int
    expires_at_ms: int
    paid_at_ms: int | None
    refunded_minor: str
    customer: StaffAnswer | None
    payer: StaffAnswer | None


class OrdersAnswer(Answer, frozen=True):
    orders: list[OrderAnswer]
    more: bool


class DayAnswer(Answer, frozen=True):
    """`day` is YYYY-MM-DD on the asker's clock."""

    day: str
    orders: int
    paid_minor: str
    refunds: int
    refunded_minor: str


class ReportAnswer(Answer, frozen=True):
    days: list[DayAnswer]
    paid_minor: str
    refunded_minor: str
