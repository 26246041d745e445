"""The shapes that rails speak over HTTP."""

from typing import Annotated, Literal

import msgspec

from hongyan.foundation.http import Answer, Body
from hongyan.wallet.wire import ActId, Minor, Reason


class TopUpBody(Body, frozen=True):
    id: ActId
    rail: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{1,20}$")]
    amount_minor: Minor


class ClearBody(Body, frozen=True):
    reason: Reason


class ChargeAnswer(Answer, frozen=True):
    """`state` odd: the rail says something else than was asked for; cleared: a treasurer has dealt with that."""

    id: str
    rail: str
    amount_minor: str
    currency: str
    state: Literal["waiting", "paid", "ended", "odd", "cleared"]
    made_at_ms: int


class BegunAnswer(Answer, frozen=True):
    """`url`: the rail's page, on which she pays; empty when nothing is to be paid any more."""

    charge: ChargeAnswer
    url: str


class RailAnswer(Answer, frozen=True):
    """A minor unit of `currency` (ISO 4217, lower case) is one of the community's."""

    name: str
    currency: str


class TopUpsAnswer(Answer, frozen=True):
    rails: list[RailAnswer]
    charges: list[ChargeAnswer]


class OddAnswer(Answer, frozen=True):
    """`name` is empty for who has left. `ext_id`: what the rail calls the charge.

    `said`: in what the rail's answer differs: `reference`, `currency` and which, or `amount` and how many minor units.
    """

    account_id: int
    name: str
    charge: ChargeAnswer
    ext_id: str
    said: str


class OddsAnswer(Answer, frozen=True):
    charges: list[OddAnswer]
