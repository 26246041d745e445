"""What a rail is, and what passes through one."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Protocol

import msgspec

# 10,000.00: what one may pay in at a time.
CHARGE_MAX = 1_000_000
OPEN_MAX = 5
PAGE = 30
DAY_MS = 86_400_000
# A charge that its rail does not know to be paid by then has ended.
CHARGE_LIFETIME_MS = 2 * DAY_MS
ASK_AGAIN_MS = 5 * 60_000
ASKED_AT_ONCE = 20
EVENTS_KEPT_MS = 90 * DAY_MS
EVENT_BYTES_MAX = 262_144


class ChargeState(IntEnum):
    """ODD: the rail says something else than was asked for; a treasurer has to look. CLEARED: she has dealt with it."""

    WAITING = 1
    PAID = 2
    ENDED = 3
    ODD = 4
    CLEARED = 5


# Nothing that a rail says later changes these.
FINAL = (ChargeState.PAID, ChargeState.CLEARED)


class Charge(msgspec.Struct, frozen=True, array_like=True):
    """Amounts in minor units, both of the rail's currency and of the community's; `said`: what was odd."""

    id: bytes
    account_id: int
    rail: str
    ext_id: str
    amount: int
    currency: str
    state: ChargeState
    said: str
    made_at_ms: int
    asked_at_ms: int
    ended_at_ms: int


@dataclass(frozen=True, slots=True)
class OddCharge:
    """A charge that a treasurer has to look into, and whose it is; `name` is empty for who has left."""

    charge: Charge
    name: str


class Progress(Enum):
    OPEN = "open"
    PAID = "paid"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where she pays; `ext_id`: what the rail calls it."""

    ext_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a rail answers when it is asked how a charge stands; `reference`: the id that we gave it, in hex."""

    reference: str
    progress: Progress
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class RailEvent:
    """What a rail tells unasked, after its signature was found good; `about`: the charge as the rail calls it."""

    ext_id: str
    kind: str
    about: str


class RailUnavailable(Exception):
    """The rail cannot be reached or does not answer: whether it did anything is unknown until it is repeated."""


class Rail(Protocol):
    """An adapter. Each call may be repeated: the rail does it once for each charge's id."""

    name: str
    currency: str
    exponent: int

    async def begin(self, charge: Charge, *, back_url: str) -> Begun:
        """Have the rail take the money. Raises RailUnavailable."""
        ...

    async def ask(self, ext_id: str) -> Told:
        """How it stands, as the rail itself says. Raises RailUnavailable."""
        ...

    async def cancel(self, ext_id: str) -> None:
        """Let her not pay any more; no error when she has. Raises RailUnavailable."""
        ...

    def read(self, headers: dict[str, str], body: bytes) -> RailEvent | None:
        """What an incoming message says, or None if the rail did not send it or we need not know."""
        ...
