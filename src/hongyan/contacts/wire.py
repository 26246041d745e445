"""The shapes that contacts speak over HTTP."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.accounts import GREETING_BYTES_MAX, PersonAnswer
from hongyan.foundation.http import Answer, Body
from hongyan.foundation.ids import ID_MAX

Id: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=ID_MAX)]
Greeting: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=GREETING_BYTES_MAX)]
Token: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ContactAnswer(PersonAnswer, frozen=True):
    """`greeting`: what she wrote when the two became friends, for 30 days."""

    since_ms: int
    greeting: bytes | None


class IncomingAnswer(PersonAnswer, frozen=True):
    greeting: bytes
    at_ms: int


class OutgoingAnswer(PersonAnswer, frozen=True):
    at_ms: int


class ContactsAnswer(Answer, frozen=True):
    contacts: list[ContactAnswer]
    incoming: list[IncomingAnswer]
    outgoing: list[OutgoingAnswer]
    blocked: list[PersonAnswer]


class RequestBody(Body, frozen=True):
    account_id: Id
    greeting: Greeting
    invitation: Token | None = None


class RulesBody(Body, frozen=True):
    by_name: bool
    by_code: bool
    by_group: bool


class RulesAnswer(Answer, frozen=True):
    by_name: bool
    by_code: bool
    by_group: bool


class RequestAnswer(Answer, frozen=True):
    state: Literal["requested", "friends"]
