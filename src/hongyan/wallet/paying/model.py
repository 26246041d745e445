"""What is asked for, and its limits."""

from dataclasses import dataclass

from hongyan.accounts import Person
from hongyan.foundation.ids import AccountId

PARTS_MAX = 500
LOOKS_SCOPE = "wallet.receive_looks"
LOOKS_COUNT = 120
LOOKS_PER_S = 3_600


@dataclass(frozen=True, slots=True)
class Part:
    """What one person is asked for, in minor units."""

    account_id: AccountId
    amount: int
    paid_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """What somebody collects; `closed_at_ms`: from then on nothing is paid any more."""

    id: bytes
    creator: AccountId
    asset: str
    made_at_ms: int
    closed_at_ms: int | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class CollectionView:
    collection: Collection
    people: dict[AccountId, Person]


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that is done."""

    id: bytes
    payee: AccountId
    amount: int
    at_ms: int
