"""What a friendship and a request are, their limits, and the refusals a caller must handle."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from hongyan.accounts import Person
from hongyan.foundation.ids import AccountId

CONTACTS_MAX = 5_000
REQUESTS_WAITING_MAX = 200
REQUEST_LIFETIME_MS = 30 * 86_400_000
REQUESTS_SCOPE = "contacts.requests"
REQUESTS_COUNT = 20
REQUESTS_PER_S = 86_400
FULL_RETRY_S = 86_400


class Refusal(StrEnum):
    """Why a caller is refused; the value is the problem's code on the wire."""

    PERSON_UNKNOWN = "person_unknown"
    TOO_MANY_TRIES = "too_many_tries"
    CONTACTS_FULL = "contacts_full"
    REQUEST_UNKNOWN = "request_unknown"


@dataclass(frozen=True, slots=True)
class Refused:
    why: Refusal
    retry_after_s: int | None = None


class RequestState(StrEnum):
    REQUESTED = "requested"
    FRIENDS = "friends"


class Rules(msgspec.Struct, frozen=True, array_like=True):
    """In which ways somebody may be asked to be friends [CT4]."""

    by_name: bool = True
    by_code: bool = True
    by_group: bool = True


class Friend(msgspec.Struct, frozen=True, array_like=True):
    """`greeting` is what she wrote when the two became friends, until REQUEST_LIFETIME_MS after."""

    account_id: AccountId
    since_ms: int
    greeting: bytes | None


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A request as one side sees it: `account_id` is the other."""

    account_id: AccountId
    greeting: bytes
    at_ms: int
    shown: bool
    declined: bool


@dataclass(frozen=True, slots=True)
class Contacts:
    """All that one account sees of its contacts, from one moment."""

    friends: list[tuple[Person, Friend]]
    incoming: list[tuple[Person, Request]]
    outgoing: list[tuple[Person, Request]]
    blocked: list[Person]
