"""What gifts are, and their limits."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from hongyan.accounts import Person
from hongyan.foundation.ids import AccountId

DAY_MS = 86_400_000
# What nobody took by then goes back.
GIFT_LIFETIME_MS = DAY_MS
SHARES_MAX = 500
# 200.00: what one share may be worth on average.
SHARE_AVERAGE_MAX = 20_000
SALT_BYTES = 32
SECRET_BYTES = 32
ENDED_AT_ONCE = 200


class PacketKind(IntEnum):
    """ONE is for the other person of a direct chat: its sender cannot open it."""

    ONE = 1
    EQUAL = 2
    LUCKY = 3


@dataclass(frozen=True, slots=True)
class Packet:
    """Amounts in minor units; `ended_at_ms`: when the last share was taken, or the rest went back."""

    id: bytes
    sender: AccountId
    asset: str
    kind: PacketKind
    total: int
    shares: int
    secret_hash: bytes
    salt: bytes
    commitment: bytes
    made_at_ms: int
    expires_at_ms: int
    taken: int
    ended_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """A share in the order of being taken; `taker` is None while nobody has."""

    place: int
    amount: int
    taker: AccountId | None
    taken_at_ms: int | None


@dataclass(frozen=True, slots=True)
class PacketView:
    """What somebody with the card sees. `shares`: all once the packet has ended, else those taken."""

    packet: Packet
    shares: list[Share]
    people: dict[AccountId, Person]
    mine: Share | None


class TransferState(Enum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SentMoney:
    """A 转账 as payer and payee see it."""

    id: bytes
    payer: AccountId
    payee: AccountId
    amount: int
    state: TransferState
    made_at_ms: int
    expires_at_ms: int
    ended_at_ms: int | None
