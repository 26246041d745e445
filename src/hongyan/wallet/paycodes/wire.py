"""The shapes that payment codes speak over HTTP."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.foundation.http import Answer, Body
from hongyan.wallet.wire import ActId, Minor, Token

PayCode: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{19}$")]


class KeyAnswer(Answer, frozen=True):
    """Told once to the device that asks; `now_ms`: the server's clock."""

    handle: str
    secret: bytes
    now_ms: int
    step_ms: int


class SmallBody(Body, frozen=True):
    id: ActId
    approval: Token


class SmallAnswer(Answer, frozen=True):
    """`units`: up to how many whole units nothing is asked."""

    allowed: bool
    units: int


class TakeBody(Body, frozen=True):
    id: ActId
    code: PayCode
    amount_minor: Minor


class ConfirmBody(Body, frozen=True):
    approval: Token


class ClaimAnswer(Answer, frozen=True):
    id: str
    payer: int
    payer_name: str
    payee: int
    payee_name: str
    amount_minor: str
    state: Literal["waiting", "paid", "refused", "expired"]
    expires_at_ms: int


class ClaimsAnswer(Answer, frozen=True):
    claims: list[ClaimAnswer]
