"""The shapes that contacts speak over HTTP."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.accounts import GREETING_BYTES_MAX
from hongyan.foundation.http import Answer, Body
from hongyan.foundation.ids import ID_MAX

Id: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=ID_MAX)]
Greeting: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=GREETING_BYTES_MAX)]
Token: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ContactAnswer(Answer, frozen=True):
    """`greeting`: what she wrote when the two became friends, for 30 days."""

    account_id: int
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes
    since_ms: int
    greeting: bytes | None


class IncomingAnswer(Answer, frozen=True):
    account_id: int
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes
    greeting: bytes
    at_ms: int


class OutgoingAnswer(Answer, frozen=True):
    account_id: int
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes
    at_ms: int


class BlockedAnswer(Answer, frozen=True):
    account_id: int
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes


class ContactsAnswer(Answer, frozen=True):
    contacts: list[ContactAnswer]
    incoming: list[IncomingAnswer]
    outgoing: list[OutgoingAnswer]
    blocked: list[BlockedAnswer]


class RequestBody(Body, frozen=True):
    account_id: Id
    greeting: Greeting
    invitation: Token | None = None


class RequestAnswer(Answer, frozen=True):
    state: Literal["requested", "friends"]
