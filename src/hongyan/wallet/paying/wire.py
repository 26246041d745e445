"""The shapes that paying speaks over HTTP."""

from typing import Annotated

import msgspec

from hongyan.foundation.http import Answer, Body
from hongyan.wallet.paying.model import PARTS_MAX
from hongyan.wallet.wire import ActId, Minor, PersonId, Token


class ReceiveAnswer(Answer, frozen=True):
    """What the caller's code says."""

    token: str


class CodeBody(Body, frozen=True):
    payee: PersonId
    token: Token


class PayeeAnswer(Answer, frozen=True):
    account_id: int
    name: str


class PayCodeBody(Body, frozen=True):
    id: ActId
    payee: PersonId
    token: Token
    amount_minor: Minor
    approval: Token


class PaidAnswer(Answer, frozen=True):
    id: str
    amount_minor: str
    at_ms: int


class PartBody(Body, frozen=True):
    account_id: PersonId
    amount_minor: Minor


class CollectionBody(Body, frozen=True):
    id: ActId
    parts: Annotated[list[PartBody], msgspec.Meta(min_length=1, max_length=PARTS_MAX)]


class PayPartBody(Body, frozen=True):
    approval: Token


class PartAnswer(Answer, frozen=True):
    """`name` is empty for who has left."""

    account_id: int
    name: str
    amount_minor: str
    paid_at_ms: int | None


class CollectionAnswer(Answer, frozen=True):
    id: str
    creator: int
    creator_name: str
    made_at_ms: int
    closed_at_ms: int | None
    parts: list[PartAnswer]
