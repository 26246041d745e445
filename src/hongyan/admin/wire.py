"""The shapes of /api/admin."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from hongyan.foundation.http import Answer, Body
from hongyan.foundation.ids import ID_MAX

TypedName: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
Id: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=ID_MAX)]
LevelName: TypeAlias = Literal["green", "yellow", "red", "unknown"]


class MemberAnswer(Answer, frozen=True):
    account_id: int
    name: str
    is_owner: bool
    joined_at_ms: int
    suspended_at_ms: int | None
    devices: int
    last_seen_day: str | None
    can_sign_in: bool
    media_bytes: int
    backup_bytes: int


class MembersAnswer(Answer, frozen=True):
    members: list[MemberAnswer]
    more: bool
    members_in_all: int
    suspended_in_all: int
    devices_in_all: int


class RemoveBody(Body, frozen=True):
    name: TypedName


class OpenInvitationAnswer(Answer, frozen=True):
    id: int
    kind: Literal["owner", "member", "friend"]
    inviter_name: str | None
    uses: int
    uses_max: int
    created_at_ms: int
    expires_at_ms: int


class OpenInvitationsAnswer(Answer, frozen=True):
    invitations: list[OpenInvitationAnswer]
    more: bool


class StorageAnswer(Answer, frozen=True):
    media_count: int
    media_bytes: int
    media_bytes_max: int | None
    media_ending_count: int
    media_ending_bytes: int
    media_days: int
    backup_bytes: int
    database_bytes: int
    mail_waiting: int
    mail_counted_max: int
    mail_days: int
    disk_free_bytes: int
    disk_total_bytes: int
    disk_reserve_bytes: int
    media_account_bytes_max: int
    backup_account_bytes_max: int


class CheckAnswer(Answer, frozen=True):
    checked: Literal["disk", "writer", "connections", "errors", "push", "backup"]
    level: LevelName
    value: int
    whole: int


class HealthAnswer(Answer, frozen=True):
    version: str
    uptime_s: int
    time_ms: int
    database_engine: str
    database_bytes: int
    checks: list[CheckAnswer]


class ActAnswer(Answer, frozen=True):
    id: int
    at_ms: int
    act: Literal["suspended", "restored", "signed_out", "removed", "invited", "invitation_withdrawn"]
    actor: str | None
    subject: str | None


class ActsAnswer(Answer, frozen=True):
    acts: list[ActAnswer]
    more: bool
