"""What the owner does and looks at, and its limits."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from hongyan.accounts import Member
from hongyan.foundation.ids import AccountId
from hongyan.media import Usage

PAGE_MAX: Final = 50
SEARCH_CHARACTERS_MAX: Final = 64
MAIL_COUNTED_MAX: Final = 100_000
ENDING_SOON_MS: Final = 86_400_000
ACT_LIFETIME_MS: Final = 365 * 86_400_000
ACTS_SCOPE: Final = "admin.acts"
ACTS_COUNT: Final = 200
ACTS_PER_S: Final = 3_600


class Act(StrEnum):
    """What was done."""

    SUSPENDED = "suspended"
    RESTORED = "restored"
    SIGNED_OUT = "signed_out"
    REMOVED = "removed"
    INVITED = "invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn"


class Done(msgspec.Struct, frozen=True, array_like=True):
    """One row of `admin_act`; a person who is gone, or whom it did not concern, is None."""

    act_id: int
    at_ms: int
    actor_id: AccountId | None
    act: Act
    subject_id: AccountId | None


@dataclass(frozen=True, slots=True)
class Told:
    """An act with the names of today."""

    done: Done
    actor: str | None
    subject: str | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """A member with the bytes the server keeps for her: files on their way, and the backup."""

    member: Member
    media_bytes: int
    backup_bytes: int


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """What the settings allow, in bytes; `media_bytes_max` None: what the disk has."""

    media_bytes_max: int | None
    media_account_bytes_max: int
    backup_account_bytes_max: int
    disk_reserve_bytes: int
    connections_max: int


@dataclass(frozen=True, slots=True)
class Disk:
    """Of the folder of all data."""

    free_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class Storage:
    media: Usage
    backup_bytes: int
    database_bytes: int
    mail_waiting: int
    disk: Disk


class Level(StrEnum):
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


class Checked(StrEnum):
    """What is looked at; the app has the sentence for each level of each."""

    DISK = "disk"
    WRITER = "writer"
    CONNECTIONS = "connections"
    ERRORS = "errors"
    PUSH = "push"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is measured. Counts of failures are since the start; `backup_age_s` None: nobody knows."""

    disk: Disk
    reserve_bytes: int
    writer_queue: int
    writes_refused: int
    connections: int
    connections_max: int
    errors: int
    push_devices: int
    push_failing: int
    backup_age_s: int | None


@dataclass(frozen=True, slots=True)
class Finding:
    """`value` of `whole`: bytes, counts or seconds, as the check has it."""

    checked: Checked
    level: Level
    value: int
    whole: int
