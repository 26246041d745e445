"""The shapes that the treasury speaks over HTTP."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.foundation.http import Answer, Body
from hongyan.wallet.wire import ActId, Minor, PersonId, Reason, Token

Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
Symbol: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=4)]
Exponent: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2)]


class OpenBody(Body, frozen=True):
    name: Name
    symbol: Symbol
    exponent: Exponent = 2


class RulesBody(Body, frozen=True):
    act_max_minor: Minor
    day_max_minor: Minor
    alone_max_minor: Minor


class MoveBody(Body, frozen=True):
    """`approval` is for action `kind`, this id, amount and `account_id` as the payee."""

    id: ActId
    kind: Literal["issue", "top_up", "pay_out"]
    account_id: PersonId
    amount_minor: Minor
    reason: Reason
    approval: Token


class ConfirmBody(Body, frozen=True):
    """`approval` is for action `confirm`, the act's id, amount and recipient."""

    approval: Token


class FreezeBody(Body, frozen=True):
    frozen: bool
    reason: Reason


class MovedAnswer(Answer, frozen=True):
    state: Literal["proposed", "done", "refused"]


class TreasurerAnswer(Answer, frozen=True):
    account_id: int
    name: str


class RulesAnswer(Answer, frozen=True):
    act_max_minor: str
    day_max_minor: str
    alone_max_minor: str


class BooksAnswer(Answer, frozen=True):
    """`issued_minor` and `held_minor` are the same as long as every unit is where it should be."""

    issued_minor: str
    held_minor: str
    rules: RulesAnswer
    treasurers: list[TreasurerAnswer]


class ActAnswer(Answer, frozen=True):
    """Names are null for who left; `recipient` also for who may not see it."""

    seq: int
    id: str
    kind: Literal["issue", "top_up", "pay_out", "freeze", "unfreeze", "appoint", "dismiss", "rules", "clear"]
    state: Literal["proposed", "done", "refused"]
    treasurer: TreasurerAnswer | None
    confirmer: TreasurerAnswer | None
    recipient: TreasurerAnswer | None
    amount_minor: str
    reason: str
    at_ms: int
    decided_at_ms: int | None


class ActsAnswer(Answer, frozen=True):
    acts: list[ActAnswer]
    more: bool


class PurseAnswer(Answer, frozen=True):
    balance_minor: str
    frozen: bool
