"""What a backup, its vault and a recovery are, their limits, and the refusals a caller must handle [BK1]–[BK9]."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from hongyan.foundation.ids import AccountId, DeviceId

SEGMENT_ID_BYTES = 32
SEGMENT_BYTES_MIN = 64
SEGMENT_BYTES_MAX = 1024 * 1024
SEGMENTS_MAX = 10_000
MANIFEST_BYTES_MAX = 768 * 1024
BOX_BYTES_MAX = 512
SEALED_SHARE_BYTES_MAX = 512
CIRCLE_ID_BYTES = 16
APPROVALS_NEEDED = 2
APPROVALS_MAX = 5
# A device that is restoring an older version may still fetch what the newest no longer uses.
SEGMENT_GRACE_MS = 86_400_000
RECOVERY_LIFETIME_MS = 7 * 86_400_000
RECOVERY_WAIT_MS = 86_400_000
# A device seen on this or the day before may still be in its owner's hand.
ACTIVE_DAYS = 2
WRONG_GUESSES_FREE = 10
WAITS_S = (3_600, 4 * 3_600, 86_400, 3 * 86_400, 7 * 86_400)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` in any `per_s` seconds for one subject."""

    scope: str
    count: int
    per_s: int


# Callers without an account are counted by their network, which is stored as a keyed hash only.
OPENINGS = Limit("backup.openings", 1_000, 900)
OPENINGS_OF_NOBODY = Limit("backup.openings_of_nobody", WRONG_GUESSES_FREE, WAITS_S[0])
RECOVERIES_STARTED = Limit("backup.recoveries_started", 60, 3_600)
RECOVERIES_OF_ACCOUNT = Limit("backup.recoveries_of_account", 20, 86_400)
SEGMENTS_UPLOADED = Limit("backup.segments_uploaded", 1_000, 600)
VAULTS_SET = Limit("backup.vaults_set", 20, 3_600)


class Refusal(StrEnum):
    """Why a caller is refused; the value is the problem's code on the wire."""

    TOO_MANY_TRIES = "too_many_tries"
    WRONG_PIN = "wrong_pin"
    VAULT_GONE = "vault_gone"
    BACKUP_FULL = "backup_full"
    SEGMENT_DAMAGED = "segment_damaged"
    SEGMENT_UNKNOWN = "segment_unknown"
    BACKUP_MOVED = "backup_moved"
    RECOVERY_UNKNOWN = "recovery_unknown"
    BAD_PROOF = "bad_proof"


@dataclass(frozen=True, slots=True)
class Refused:
    why: Refusal
    retry_after_s: int | None = None


class Backup(msgspec.Struct, frozen=True, array_like=True):
    """One row of `backup`; the fields are its columns."""

    account_id: AccountId
    version: int
    format: int
    device_id: DeviceId
    made_at_ms: int
    manifest: bytes
    key_for_devices: bytes


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """One row of `backup_segment`: an immutable ciphertext, named by its SHA-256."""

    account_id: AccountId
    segment_id: bytes
    size_bytes: int
    stored: bool
    free_at_ms: int | None


class Vault(msgspec.Struct, frozen=True, array_like=True):
    """One row of `backup_vault`."""

    account_id: AccountId
    share: bytes
    verifier: bytes
    box: bytes
    wrong: int
    open_at_ms: int
    set_at_ms: int
    destroyed_at_ms: int | None


class Circle(msgspec.Struct, frozen=True, array_like=True):
    """One row of `backup_circle`: what the shares of two friends open."""

    account_id: AccountId
    circle_id: bytes
    box: bytes
    made_at_ms: int


class Recovery(msgspec.Struct, frozen=True, array_like=True):
    """One row of `recovery`; `opens_at_ms` is None until friends or the account's key vouched for it."""

    recovery_id: str
    poll_hash: bytes
    account_id: AccountId | None
    proved: bool
    opens_at_ms: int | None
    ticket_hash: bytes | None
    started_at_ms: int
    expires_at_ms: int


class Approval(msgspec.Struct, frozen=True, array_like=True):
    """One row of `recovery_approval`: a friend's share, sealed to the new device."""

    recovery_id: str
    approver_id: AccountId
    sealed: bytes


@dataclass(frozen=True, slots=True)
class NewBackup:
    """What a device puts in place of version `after` (0: there was none)."""

    after: int
    version: int
    format: int
    manifest: bytes
    key_for_devices: bytes
    segments: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """All that the account's own devices see of it; None for what there is not."""

    backup: Backup | None
    vault: Vault | None
    circle: Circle | None
    used_bytes: int


@dataclass(frozen=True, slots=True)
class Opened:
    """What a right PIN brings: the way in and what opens the backup."""

    ticket: str
    account_id: AccountId
    name: str
    account_key: bytes
    share: bytes
    box: bytes
    format: int | None


@dataclass(frozen=True, slots=True)
class Started:
    recovery_id: str
    poll_secret: str
    expires_at_ms: int


class RecoveryState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Polled:
    """What a new device learns. `ticket` and what comes with it only once approved and the wait is over."""

    state: RecoveryState
    approvals: int = 0
    opens_at_ms: int | None = None
    account_id: AccountId | None = None
    account_key: bytes | None = None
    name: str | None = None
    circle_id: bytes | None = None
    box: bytes | None = None
    sealed: tuple[bytes, ...] = ()
    ticket: str | None = None
    format: int | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A recovery as a friend sees it before she approves."""

    account_id: AccountId
    name: str
    started_at_ms: int
    approved: bool
