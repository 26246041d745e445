"""What a subscription and a wake-up are, their limits, and the refusals a caller must handle."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from hongyan.foundation.ids import AccountId, DeviceId

DEVICE_KEY_BYTES: Final = 65
AUTH_SECRET_BYTES: Final = 16
MUTED_GROUPS_MAX: Final = 2_000
REGISTRATIONS_SCOPE: Final = "push.registrations"
REGISTRATIONS_COUNT: Final = 300
REGISTRATIONS_PER_S: Final = 3_600
TRIALS_SCOPE: Final = "push.trials"
TRIALS_COUNT: Final = 10
TRIALS_PER_S: Final = 600

# When a device is looked at [PU2]: mail came and it is not connected; mail came and it is; it left; we started.
WAKE_AFTER_S: Final = 1.0
UNANSWERED_S: Final = 20.0
LEFT_S: Final = 5.0
STARTED_S: Final = 20.0
# A device that was woken and has not come back is not woken again for so long.
WAKE_AGAIN_S: Final = 30.0
RETRY_S_MIN: Final = 30.0
RETRY_S_MAX: Final = 3_600.0

WAKES_AT_ONCE_MAX: Final = 32
WAKES_WAITING_MAX: Final = 2_000
WAKES_AT_ONCE_OF_HOST_MAX: Final = 8
HOSTS_REMEMBERED_MAX: Final = 1_000
SUBSCRIPTIONS_PER_LOOK: Final = 250
# As long as mail lives, and as long as most push services allow [DS7].
TTL_S: Final = 28 * 86_400


class Refusal(StrEnum):
    """Why a caller is refused; the value is the problem's code on the wire."""

    PUSH_ENDPOINT_UNUSABLE = "push_endpoint_unusable"
    TOO_MANY_TRIES = "too_many_tries"
    PUSH_NOT_REGISTERED = "push_not_registered"


@dataclass(frozen=True, slots=True)
class Refused:
    why: Refusal
    retry_after_s: int | None = None


class Kind(StrEnum):
    """All that a wake-up says [PU4]."""

    MAIL = "mail"
    TRIAL = "trial"


class Subscription(msgspec.Struct, frozen=True, array_like=True):
    """One row of `push_subscription`; the fields are its columns."""

    device_id: DeviceId
    account_id: AccountId
    endpoint: str
    device_key: bytes
    auth_secret: bytes
    woken_seq: int
    failures: int
    last_failure: str | None


@dataclass(frozen=True, slots=True)
class Registering:
    """What a device brings that wants to be woken."""

    endpoint: str
    device_key: bytes
    auth_secret: bytes
    muted: list[bytes]


@dataclass(frozen=True, slots=True)
class Health:
    """How waking a device goes, as far as the server knows; when it arrives the device knows itself.

    `failures`: wake-ups in a row that no push service took; `last_failure` an Outcome.
    """

    registered: bool
    failures: int
    last_failure: str | None
