"""The shapes that accounts speak over HTTP; the OpenAPI document and the client's types come from these."""

from typing import Annotated, Literal, TypeAlias, TypedDict

import msgspec

from hongyan.accounts.model import (
    DIRECTORY_KEYS_MAX,
    GREETING_BYTES_MAX,
    INVITATION_LIFETIME_S_MAX,
    INVITATION_USES_MAX,
    LABEL_BYTES_MAX,
    LABEL_BYTES_MIN,
    SEALED_LINK_BYTES_MAX,
    SECRET_BYTES,
    WRAPPED_KEY_BYTES_MAX,
    Person,
)
from hongyan.foundation.http import Answer, Body
from hongyan.foundation.ids import ID_MAX

Key: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Signature: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
Label: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=LABEL_BYTES_MIN, max_length=LABEL_BYTES_MAX)]
WrappedKey: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=WRAPPED_KEY_BYTES_MAX)]
Greeting: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=GREETING_BYTES_MAX)]
Secret: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=SECRET_BYTES, max_length=SECRET_BYTES)]
Token: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
TypedName: TypeAlias = Annotated[str, msgspec.Meta(max_length=256)]
TimeMs: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=ID_MAX)]
LanguageTag: TypeAlias = Literal["zh-Hans", "zh-Hant", "en"]


class ServerAnswer(Answer, frozen=True):
    domain: str
    version: str
    protocol: int
    time_ms: int
    has_owner: bool
    limits: dict[str, int]


class PersonAnswer(Answer, frozen=True):
    account_id: int
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes


class PersonFields(TypedDict):
    account_id: int
    name: str
    account_key: bytes
    box_key: bytes
    box_signature: bytes


def person_fields(person: Person) -> PersonFields:
    """What `PersonAnswer`, and each answer that extends it, says of a person."""
    return {
        "account_id": person.account_id,
        "name": person.name,
        "account_key": person.account_key,
        "box_key": person.box_key,
        "box_signature": person.box_signature,
    }


class LookBody(Body, frozen=True):
    token: Token


class LookAnswer(Answer, frozen=True):
    kind: Literal["owner", "member", "friend"]
    inviter_id: int | None
    inviter_name: str | None
    inviter_account_key: bytes | None
    inviter_box_key: bytes | None
    inviter_box_signature: bytes | None
    care_mode: bool
    language: str | None


class DeviceBody(Body, frozen=True):
    signature_key: Key
    certificate: Signature
    created_at_ms: TimeMs
    label: Label


class JoinBody(Body, frozen=True):
    invitation: Token
    name: TypedName
    account_key: Key
    box_key: Key
    box_signature: Signature
    device: DeviceBody
    greeting: Greeting | None = None


class JoinAnswer(Answer, frozen=True):
    account_id: int
    device_id: int
    token: str
    friend: PersonAnswer | None


class AddDeviceBody(Body, frozen=True):
    ticket: Token
    device: DeviceBody


class AddDeviceAnswer(Answer, frozen=True):
    account_id: int
    device_id: int
    token: str
    name: str


class PasswordLoginBody(Body, frozen=True):
    name: TypedName
    secret: Secret


class SignedInAnswer(Answer, frozen=True):
    ticket: str
    account_id: int
    name: str
    account_key: bytes
    wrapped_account_key: bytes | None


class PasswordBody(Body, frozen=True):
    secret: Secret
    wrapped_account_key: WrappedKey


class MeAnswer(Answer, frozen=True):
    account_id: int
    name: str
    device_id: int
    account_key: bytes
    box_key: bytes
    box_signature: bytes
    has_password: bool
    passkeys: int
    is_owner: bool


class DeviceAnswer(Answer, frozen=True):
    device_id: int
    signature_key: bytes
    certificate: bytes
    created_at_ms: int
    label: bytes
    this: bool
    last_seen_day: str | None


class ColumnAnswer(Answer, frozen=True):
    name: str
    purpose: str


class TableAnswer(Answer, frozen=True):
    table: str
    purpose: str
    lifetime: str
    columns: list[ColumnAnswer]
    rows: list[list[int | float | str | None]]


class DataAnswer(Answer, frozen=True):
    tables: list[TableAnswer]


class EraseBody(Body, frozen=True):
    name: TypedName


class NothingBody(Body, frozen=True):
    """`{}`"""


class LinkAnswer(Answer, frozen=True):
    link_id: str
    poll_secret: str
    expires_at_ms: int


class ApproveBody(Body, frozen=True):
    sealed: Annotated[bytes, msgspec.Meta(min_length=1, max_length=SEALED_LINK_BYTES_MAX)]


class PollBody(Body, frozen=True):
    poll_secret: Token


class PollAnswer(Answer, frozen=True):
    state: Literal["waiting", "approved", "expired"]
    sealed: bytes | None = None
    ticket: str | None = None


class InvitationBody(Body, frozen=True):
    kind: Literal["member", "friend"]
    uses_max: Annotated[int, msgspec.Meta(ge=1, le=INVITATION_USES_MAX)]
    lifetime_s: Annotated[int, msgspec.Meta(ge=60, le=INVITATION_LIFETIME_S_MAX)]
    care_mode: bool
    language: LanguageTag | None = None


class MadeInvitationAnswer(Answer, frozen=True):
    id: int
    token: str
    expires_at_ms: int


class InvitationAnswer(Answer, frozen=True):
    id: int
    kind: Literal["owner", "member", "friend"]
    uses: int
    uses_max: int
    created_at_ms: int
    expires_at_ms: int
    care_mode: bool
    language: str | None


class InvitationsAnswer(Answer, frozen=True):
    invitations: list[InvitationAnswer]


class DirectoryBody(Body, frozen=True):
    signature_keys: Annotated[list[Key], msgspec.Meta(max_length=DIRECTORY_KEYS_MAX)]


class ListedAnswer(Answer, frozen=True):
    signature_key: bytes
    device_id: int
    account_id: int
    name: str
    account_key: bytes
    certificate: bytes
    created_at_ms: int
    removed: bool


class DirectoryAnswer(Answer, frozen=True):
    devices: list[ListedAnswer]
