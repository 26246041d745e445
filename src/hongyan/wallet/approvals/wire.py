"""The shapes that approvals speak over HTTP."""

from typing import Annotated, TypeAlias

import msgspec

from hongyan.accounts import Assertion
from hongyan.foundation.http import Answer, Body
from hongyan.wallet.wire import ActId, Minor, Token

Pin: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
Action: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,32}$")]
Code: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{0,8}$")]
Payee: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z_:.-]{0,128}$")]


class ActBody(Body, frozen=True):
    """What is to be confirmed [WA8]."""

    action: Action
    id: ActId
    amount_minor: Minor
    asset: Code
    payee: Payee


class ApprovalBody(ActBody, frozen=True):
    """Exactly one of `pin` and `credential`."""

    pin: Pin | None = None
    credential: Assertion | None = None


class ApprovalAnswer(Answer, frozen=True):
    approval: str


class PinBody(Body, frozen=True):
    """Once there is a PIN: `old`, or `id` and `approval`, unless a reset was waited for."""

    pin: Pin
    old: Pin | None = None
    id: ActId | None = None
    approval: Token | None = None


class PasskeysBody(Body, frozen=True):
    pin: Pin
