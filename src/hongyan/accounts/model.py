"""What an account, a device and an invitation are, their limits, and the refusals a caller must handle."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from hongyan.foundation.ids import AccountId, DeviceId, InvitationId

NAME_CHARACTERS_MAX = 32
LABEL_BYTES_MIN = 28  # nonce and tag of AES-GCM [DL3]
LABEL_BYTES_MAX = 256
GREETING_BYTES_MAX = 2 * 1024
SEALED_LINK_BYTES_MAX = 4 * 1024
WRAPPED_KEY_BYTES_MAX = 256
SECRET_BYTES = 32
CREDENTIAL_BYTES_MAX = 1024
DEVICES_PER_ACCOUNT_MAX = 10
PASSKEYS_PER_ACCOUNT_MAX = 10
INVITATION_USES_MAX = 100
INVITATION_LIFETIME_S_MAX = 30 * 86_400
DIRECTORY_KEYS_MAX = 1_000
TICKET_LIFETIME_S = 600
LINK_LIFETIME_S = 600
CHALLENGE_LIFETIME_S = 300


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `per_s` seconds for one subject."""

    scope: str
    count: int
    per_s: int


WRONG_PASSWORDS = Limit("accounts.wrong_password", 5, 900)
JOINS = Limit("accounts.join", 20, 60)
LOOKS = Limit("accounts.look", 300, 60)
PERSON_LOOKUPS = Limit("accounts.person_lookup", 30, 3_600)
INVITATIONS_MADE = Limit("accounts.invitations_made", 100, 86_400)
DEVICES_ADDED = Limit("accounts.devices_added", 20, 86_400)
PASSWORDS_SET = Limit("accounts.passwords_set", 20, 3_600)
PASSKEYS_ADDED = Limit("accounts.passkeys_added", 20, 3_600)
# Callers without an account are counted by their network, which is stored as a keyed hash only.
PASSWORD_TRIES = Limit("accounts.password_tries", 1_000, 900)
PASSKEY_STARTS = Limit("accounts.passkey_starts", 600, 60)
LINKS_STARTED = Limit("accounts.links_started", 600, 60)


class Refusal(StrEnum):
    """Why a caller is refused; the value is the problem's code on the wire."""

    TOO_MANY_TRIES = "too_many_tries"
    NAME_MALFORMED = "name_malformed"
    BAD_SIGNATURE = "bad_signature"
    INVITATION_UNKNOWN = "invitation_unknown"
    INVITATION_USED = "invitation_used"
    INVITATION_EXPIRED = "invitation_expired"
    NAME_TAKEN = "name_taken"
    KEY_IN_USE = "key_in_use"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a code
    PASSKEY_UNAVAILABLE = "passkey_unavailable"
    PASSKEY_LIMIT = "passkey_limit"
    TICKET_EXPIRED = "ticket_expired"
    LINK_EXPIRED = "link_expired"
    DEVICE_LIMIT = "device_limit"
    DEVICE_UNKNOWN = "device_unknown"
    NOT_OWNER = "not_owner"
    PERSON_UNKNOWN = "person_unknown"
    NAME_MISMATCH = "name_mismatch"
    ACCOUNT_SUSPENDED = "account_suspended"
    OWNER_STAYS = "owner_stays"


@dataclass(frozen=True, slots=True)
class Refused:
    why: Refusal
    retry_after_s: int | None = None


class InvitationKind(StrEnum):
    OWNER = "owner"
    MEMBER = "member"
    FRIEND = "friend"


class Account(msgspec.Struct, frozen=True, array_like=True):
    """One row of `account`; the fields are its columns."""

    account_id: AccountId
    name: str
    name_folded: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes
    is_owner: bool
    created_at_ms: int
    password_hash: str | None
    wrapped_account_key: bytes | None
    suspended_at_ms: int | None


class Person(msgspec.Struct, frozen=True, array_like=True):
    """What one account may know of another: columns of `account`."""

    account_id: AccountId
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes


class DeviceRow(msgspec.Struct, frozen=True, array_like=True):
    """One row of `device`; a removed one keeps its certificate, by which others check old mail [ID5]."""

    device_id: DeviceId
    account_id: AccountId
    signature_key: bytes
    certificate: bytes
    created_at_ms: int
    label: bytes
    token_hash: bytes | None
    last_seen_day: str | None
    removed_at_ms: int | None


class Device(msgspec.Struct, frozen=True, array_like=True):
    """A device whose token was found good."""

    device_id: DeviceId
    account_id: AccountId
    is_owner: bool
    signature_key: bytes
    last_seen_day: str | None
    suspended: bool


class Listed(msgspec.Struct, frozen=True, array_like=True):
    """What the directory says of one signature key [ID3] [ID4]."""

    signature_key: bytes
    device_id: DeviceId
    account_id: AccountId
    name: str
    account_key: bytes
    certificate: bytes
    created_at_ms: int
    removed: bool


class Invitation(msgspec.Struct, frozen=True, array_like=True):
    """One row of `invitation`; `inviter_id` is None for one made in the terminal."""

    invitation_id: InvitationId
    token_hash: bytes
    kind: InvitationKind
    inviter_id: AccountId | None
    uses: int
    uses_max: int
    created_at_ms: int
    expires_at_ms: int
    care_mode: bool
    language: str | None


class Member(msgspec.Struct, frozen=True, array_like=True):
    """What the owner sees of an account; `last_seen_day` is the latest of its devices, None if never [AD1]."""

    account_id: AccountId
    name: str
    is_owner: bool
    joined_at_ms: int
    suspended_at_ms: int | None
    devices: int
    last_seen_day: str | None
    can_sign_in: bool


class OpenInvitation(msgspec.Struct, frozen=True, array_like=True):
    """An invitation that still admits somebody; `inviter_name` is None for one made in the terminal."""

    invitation_id: InvitationId
    kind: InvitationKind
    inviter_name: str | None
    uses: int
    uses_max: int
    created_at_ms: int
    expires_at_ms: int


class Totals(msgspec.Struct, frozen=True, array_like=True):
    """How many accounts there are, and how many of them are suspended; how many devices."""

    members: int
    suspended: int
    devices: int


@dataclass(frozen=True, slots=True)
class NewDevice:
    signature_key: bytes
    certificate: bytes
    created_at_ms: int
    label: bytes


@dataclass(frozen=True, slots=True)
class Joining:
    """What a person brings who joins; `greeting` is sealed to the inviter [CT2]."""

    invitation: str
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes
    device: NewDevice
    greeting: bytes | None


@dataclass(frozen=True, slots=True)
class Joined:
    """Told to the `joined` hooks, in the transaction that made the account."""

    account_id: AccountId
    kind: InvitationKind
    inviter_id: AccountId | None
    greeting: bytes | None
    now_ms: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """A device that may come in: its ids and the token that only it will know."""

    account_id: AccountId
    device_id: DeviceId
    token: str
    name: str
    friend: Person | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and the ticket that admits a new device of hers [AC2]."""

    ticket: str
    account_id: AccountId
    name: str
    account_key: bytes
    wrapped_account_key: bytes | None
