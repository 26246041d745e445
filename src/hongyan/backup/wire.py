"""The shapes that backups speak over HTTP."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.backup.model import (
    BOX_BYTES_MAX,
    CIRCLE_ID_BYTES,
    MANIFEST_BYTES_MAX,
    SEALED_SHARE_BYTES_MAX,
    SEGMENT_BYTES_MAX,
    SEGMENT_BYTES_MIN,
    SEGMENT_ID_BYTES,
    SEGMENTS_MAX,
)
from hongyan.foundation.http import Answer, Body
from hongyan.foundation.ids import ID_MAX

Key: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
SegmentId: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=SEGMENT_ID_BYTES, max_length=SEGMENT_ID_BYTES)]
Ciphertext: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=SEGMENT_BYTES_MIN, max_length=SEGMENT_BYTES_MAX)]
Manifest: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MANIFEST_BYTES_MAX)]
Box: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=BOX_BYTES_MAX)]
CircleId: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=CIRCLE_ID_BYTES, max_length=CIRCLE_ID_BYTES)]
Sealed: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=SEALED_SHARE_BYTES_MAX)]
Signature: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=ID_MAX)]
TypedName: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
Token: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class SegmentBody(Body, frozen=True):
    segment_id: SegmentId
    content: Ciphertext


class SegmentAnswer(Answer, frozen=True):
    content: bytes


class BackupBody(Body, frozen=True):
    after: Number
    version: Number
    format: Annotated[int, msgspec.Meta(ge=1, le=1_000)]
    manifest: Manifest
    key_for_devices: Box
    segments: Annotated[list[SegmentId], msgspec.Meta(max_length=SEGMENTS_MAX)]


class BackupAnswer(Answer, frozen=True):
    version: int
    format: int
    device_id: int
    made_at_ms: int
    manifest: bytes
    key_for_devices: bytes


class VaultAnswer(Answer, frozen=True):
    box: bytes
    wrong: int
    set_at_ms: int
    destroyed: bool


class CircleAnswer(Answer, frozen=True):
    circle_id: bytes
    box: bytes
    made_at_ms: int


class HeldAnswer(Answer, frozen=True):
    """`used_bytes`: what the account's segments take of its space, `bytes_max`."""

    backup: BackupAnswer | None
    vault: VaultAnswer | None
    circle: CircleAnswer | None
    used_bytes: int
    bytes_max: int


class VaultBody(Body, frozen=True):
    share: Key
    verifier: Key
    box: Box


class OpenBody(Body, frozen=True):
    name: TypedName
    proof: Key


class OpenedAnswer(Answer, frozen=True):
    ticket: str
    account_id: int
    name: str
    account_key: bytes
    share: bytes
    box: bytes
    format: int | None


class CircleBody(Body, frozen=True):
    circle_id: CircleId
    box: Box


class StartBody(Body, frozen=True):
    name: TypedName


class StartedAnswer(Answer, frozen=True):
    recovery_id: str
    poll_secret: str
    expires_at_ms: int


class AskingAnswer(Answer, frozen=True):
    account_id: int
    name: str
    started_at_ms: int
    approved: bool


class ApproveBody(Body, frozen=True):
    sealed: Sealed


class ProveBody(Body, frozen=True):
    poll_secret: Token
    signature: Signature


class PollBody(Body, frozen=True):
    poll_secret: Token


class PolledAnswer(Answer, frozen=True):
    state: Literal["waiting", "approved", "expired"]
    approvals: int
    opens_at_ms: int | None
    account_id: int | None
    account_key: bytes | None
    name: str | None
    circle_id: bytes | None
    box: bytes | None
    sealed: list[bytes]
    ticket: str | None
    format: int | None


class RecoveryAnswer(Answer, frozen=True):
    recovery_id: str
    started_at_ms: int
    opens_at_ms: int | None


class RecoveriesAnswer(Answer, frozen=True):
    recoveries: list[RecoveryAnswer]
