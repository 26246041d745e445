"""The shapes that gifts speak over HTTP."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.foundation.http import Answer, Body
from hongyan.wallet.gifts.model import SECRET_BYTES, SHARES_MAX
from hongyan.wallet.wire import ActId, Minor, PersonId, Token

Hash: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Secret: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=SECRET_BYTES, max_length=SECRET_BYTES)]


class TransferBody(Body, frozen=True):
    id: ActId
    payee: PersonId
    amount_minor: Minor
    approval: Token


class TransferAnswer(Answer, frozen=True):
    id: str
    payer: int
    payee: int
    amount_minor: str
    state: Literal["waiting", "accepted", "returned", "expired"]
    made_at_ms: int
    expires_at_ms: int
    ended_at_ms: int | None


class PacketBody(Body, frozen=True):
    """`secret_hash`: of the secret in the card, as the SPEC says [GF3]."""

    id: ActId
    kind: Literal["one", "equal", "lucky"]
    total_minor: Minor
    shares: Annotated[int, msgspec.Meta(ge=1, le=SHARES_MAX)]
    secret_hash: Hash
    approval: Token


class SentAnswer(Answer, frozen=True):
    commitment: bytes
    expires_at_ms: int


class SecretBody(Body, frozen=True):
    secret: Secret


class ShareAnswer(Answer, frozen=True):
    """`taker` is null, and `name` empty, for what went back; `name` also for who has left."""

    place: int
    amount_minor: str
    taker: int | None
    name: str
    taken_at_ms: int | None


class PacketAnswer(Answer, frozen=True):
    """`salt` is told, and all shares are, once the packet has ended; until then the shares taken."""

    id: str
    sender: int
    sender_name: str
    kind: Literal["one", "equal", "lucky"]
    state: Literal["open", "taken", "returned"]
    total_minor: str
    shares: int
    taken: int
    mine_minor: str | None
    made_at_ms: int
    expires_at_ms: int
    ended_at_ms: int | None
    commitment: bytes
    salt: bytes | None
    known: list[ShareAnswer]
