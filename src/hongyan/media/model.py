"""What a blob is to the server, the limits of all that is done with it, and the refusals a caller must handle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType, TypeAlias

import msgspec

from hongyan.foundation.blobs import Piece
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId

BlobId = NewType("BlobId", bytes)

FEATURE: Final = "media"  # first part of the names of all its objects
BLOB_ID_BYTES: Final = 16
MIB: Final = 1024 * 1024

# [ME2] [ME3]
CONTENT_BYTES_MAX: Final = 200 * MIB
PADDED_BYTES_MIN: Final = 4_096
CHUNK_BYTES: Final = 65_536
TAG_BYTES: Final = 16
BLOB_BYTES_MAX: Final = CONTENT_BYTES_MAX + TAG_BYTES * (CONTENT_BYTES_MAX // CHUNK_BYTES)

# [ME10]
PIECE_BYTES: Final = 4 * MIB
PIECE_S_MAX: Final = 300.0
SMALL_PIECE_BYTES: Final = 256 * 1024
SMALL_PIECES_MAX: Final = 200
IDLE_S: Final = 60.0

# [ME11] [ME15]
UPLOAD_LIFETIME_MS: Final = 86_400_000
BLOB_LIFETIME_MS: Final = 14 * 86_400_000
LOOKS_BEFORE_ERASING: Final = 24

# [ME16]
CREATIONS_SCOPE: Final = "media.create"
CREATIONS_COUNT: Final = 1_000
CREATIONS_PER_S: Final = 3_600
UPLOADS_OF_DEVICE_MAX: Final = 4
FETCHES_OF_DEVICE_MAX: Final = 8
UPLOADS_MAX: Final = 32
FETCHES_MAX: Final = 128
STALLED_S: Final = 60.0
BUSY_RETRY_S: Final = 1
FULL_RETRY_S: Final = 300

ERASED_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Usage:
    """How many blobs there are and what they take; how much of it has its time soon."""

    blobs: int
    total_bytes: int
    ending_blobs: int
    ending_bytes: int


class Refusal(StrEnum):
    """Why a caller is refused; the value is the problem's code on the wire."""

    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    MEDIA_UNKNOWN = "media_unknown"
    MEDIA_ID_TAKEN = "media_id_taken"
    NOT_IN_GROUP = "not_in_group"
    TOO_MANY_TRIES = "too_many_tries"
    MEDIA_ACCOUNT_FULL = "media_account_full"
    STORAGE_FULL = "storage_full"
    OFFSET_MISMATCH = "offset_mismatch"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Refused:
    """`offset` is the upload's true one, with OFFSET_MISMATCH."""

    why: Refusal
    retry_after_s: int | None = None
    offset: int | None = None


class Blob(msgspec.Struct, frozen=True, array_like=True):
    """One row of `media_blob`; `group_id` is None once the last byte is there."""

    blob_id: BlobId
    account_id: AccountId
    device_id: DeviceId
    group_id: bytes | None
    length: int
    stored: int
    expires_at_ms: int

    @property
    def is_complete(self) -> bool:
        return self.group_id is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A creation as asked for [ME9]."""

    blob_id: BlobId
    group_id: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Uploader:
    account_id: AccountId
    device_id: DeviceId


@dataclass(frozen=True, slots=True)
class Progress:
    """What is durable of an upload, of how much, and until when it stays."""

    offset: int
    length: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class Fetchable:
    length: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Quota:
    """What may lie here: in all (None: what the disk has), and of one account."""

    bytes_max: int | None
    account_bytes_max: int


# The devices that get mail of a group, with their accounts; empty for a group that is not.
Roster: TypeAlias = Callable[[Tx, bytes], Mapping[DeviceId, AccountId]]
