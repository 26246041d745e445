"""The shapes that push speaks over HTTP."""

from typing import Annotated, TypeAlias

import msgspec

from hongyan.foundation.addresses import URL_CHARACTERS_MAX
from hongyan.foundation.http import Answer, Body
from hongyan.push.model import AUTH_SECRET_BYTES, DEVICE_KEY_BYTES, MUTED_GROUPS_MAX

Endpoint: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=URL_CHARACTERS_MAX)]
DeviceKey: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=DEVICE_KEY_BYTES, max_length=DEVICE_KEY_BYTES)]
AuthSecret: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=AUTH_SECRET_BYTES, max_length=AUTH_SECRET_BYTES)]
GroupId: TypeAlias = Annotated[bytes, msgspec.Meta(min_length=1, max_length=32)]
MutedGroups: TypeAlias = Annotated[list[GroupId], msgspec.Meta(max_length=MUTED_GROUPS_MAX)]


class PushAnswer(Answer, frozen=True):
    """`failures`: wake-ups in a row that no push service took."""

    public_key: bytes
    registered: bool
    failures: int
    last_failure: str | None


class RegisterBody(Body, frozen=True):
    endpoint: Endpoint
    device_key: DeviceKey
    auth_secret: AuthSecret
    muted: MutedGroups


class TrialAnswer(Answer, frozen=True):
    outcome: str
