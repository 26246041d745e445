"""Generated from src/hongyan/delivery/frames.py by `python -m hongyan.delivery.generate`: do not edit."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

PROTOCOL_VERSION: Final = 1
FRAME_BYTES_MAX: Final = 2 * 1024 * 1024
GROUP_ID_BYTES_MAX: Final = 32
ROSTER_CHANGE_MAX: Final = 1_500
MAIL_ENVELOPES_MAX: Final = 256

Natural = Annotated[int, Meta(ge=0, le=2**53 - 1)]
Number = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
GroupId = Annotated[bytes, Meta(min_length=1, max_length=GROUP_ID_BYTES_MAX)]
DeviceIds = Annotated[list[Id], Meta(max_length=ROSTER_CHANGE_MAX)]
Token = Annotated[str, Meta(min_length=1, max_length=128)]


class VerdictCode(IntEnum):
    """What became of a send or commit, in the order checked [DS10]."""

    ACCEPTED = 0
    MALFORMED = 1
    TOO_LARGE = 2
    UNKNOWN_GROUP = 3
    NOT_A_MEMBER = 4
    STALE_EPOCH = 5
    UNKNOWN_DEVICE = 6
    NO_CONSENT = 7
    GROUP_FULL = 8
    STORAGE_FULL = 9
    BUSY = 10


class EnvelopeKind(IntEnum):
    APPLICATION = 1
    COMMIT = 2
    WELCOME = 3
    UNDELIVERED = 4
    ROSTER = 5
    REQUEST = 6


class Urgency(IntEnum):
    """Whether devices that are away are woken for a message [PU3]; all that the server is told of what it is."""

    QUIET = 0
    NORMAL = 1


class NoticeTopic(StrEnum):
    """What a device should fetch again."""

    CONTACTS = "contacts"
    DEVICES = "devices"
    KEY_PACKAGES = "key_packages"
    GROUPS = "groups"
    WALLET = "wallet"


class RefusedCode(StrEnum):
    """Why the server closes a connection."""

    HELLO_EXPECTED = "hello_expected"
    MALFORMED = "malformed"
    VERSION = "version"
    TOKEN = "token"  # noqa: S105 - a code, not a secret: the token is unknown, the device is gone
    REPLACED = "replaced"
    ACK_AHEAD = "ack_ahead"
    TOO_MANY_IN_FLIGHT = "too_many_in_flight"
    BUSY = "busy"
    STORAGE = "storage"
    RESTARTING = "restarting"
    SUSPENDED = "suspended"


class ClientFrame(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """Client → server."""


class Hello(ClientFrame, tag=1):
    """The first frame; `cursor` is the highest seq the device has stored [RT2]."""

    version: Natural
    token: Token
    cursor: Natural


class Send(ClientFrame, tag=2):
    """An application message for the other devices of a group [DS3]."""

    no: Number
    group_id: GroupId
    message: bytes
    urgency: Urgency = Urgency.NORMAL


class Commit(ClientFrame, tag=3):
    """A commit, its welcome (nil when nobody is added) and the GroupInfo after it [DS2, DS9]."""

    no: Number
    group_id: GroupId
    message: bytes
    welcome: bytes | None
    added: DeviceIds
    removed: DeviceIds
    group_info: bytes


class Ack(ClientFrame, tag=4):
    """Everything up to and including `seq` is stored by the device [DS5]."""

    seq: Natural


class Ping(ClientFrame, tag=5):
    pass


class Envelope(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """One piece of mail, the same bytes for each of its recipients.

    `body`: the MLSMessage for kinds 1–3, a MessagePack list of own numbers for 4, nil for 5,
    for 6 what somebody who asks to be added has sealed to the group [DS15].
    """

    seq: Number
    kind: EnvelopeKind
    group_id: bytes
    sender: Natural
    no: Natural
    received_at_ms: Natural
    body: bytes | None


class ServerFrame(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """Server → client."""


class Ready(ServerFrame, tag=1):
    """Answers hello: `acked` the highest seq ever acknowledged, `last_no` the highest number decided,
    `newest` the highest seq waiting (or `acked` when none waits) [RT2]."""

    device_id: Id
    account_id: Id
    time_ms: Natural
    acked: Natural
    last_no: Natural
    newest: Natural


class Verdict(ServerFrame, tag=2):
    """`epoch` is the group's epoch after the decision, 0 for an unknown group; `retry_after_ms` is 0
    unless the code is storage_full or busy."""

    no: Number
    code: VerdictCode
    epoch: Natural
    retry_after_ms: Natural


class Mail(ServerFrame, tag=3):
    envelopes: Annotated[list[Envelope], Meta(max_length=MAIL_ENVELOPES_MAX)]


class Notice(ServerFrame, tag=4):
    topic: NoticeTopic


class Refused(ServerFrame, tag=5):
    code: RefusedCode
    retry_after_ms: Natural


class Pong(ServerFrame, tag=6):
    pass


AnyClientFrame = Hello | Send | Commit | Ack | Ping
AnyServerFrame = Ready | Verdict | Mail | Notice | Refused | Pong

_client_decoder: msgspec.msgpack.Decoder[AnyClientFrame] = msgspec.msgpack.Decoder(AnyClientFrame)
_server_decoder: msgspec.msgpack.Decoder[AnyServerFrame] = msgspec.msgpack.Decoder(AnyServerFrame)
_encoder = msgspec.msgpack.Encoder()


def decode_client_frame(wire: bytes) -> AnyClientFrame:
    """Parse what a client sent. Raises msgspec.DecodeError (of which ValidationError is a kind)."""
    try:
        return _client_decoder.decode(wire)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


def decode_server_frame(wire: bytes) -> AnyServerFrame:
    """Parse what the server sent. Raises msgspec.DecodeError."""
    try:
        return _server_decoder.decode(wire)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


decode_envelope = msgspec.msgpack.Decoder(Envelope).decode
"""Parse what `encode_envelope` made."""


def encode_frame(frame: AnyClientFrame | AnyServerFrame) -> bytes:
    return _encoder.encode(frame)


def encode_envelope(envelope: Envelope) -> bytes:
    """The part of a mail frame that all recipients share."""
    return _encoder.encode(envelope)


def join_mail(envelopes: list[bytes]) -> bytes:
    """Build one mail frame of 1..MAIL_ENVELOPES_MAX already encoded envelopes."""
    count = len(envelopes)
    assert 0 < count <= MAIL_ENVELOPES_MAX
    head = bytes((0x92, 3, 0x90 | count)) if count < 16 else b"\x92\x03\xdc" + count.to_bytes(2, "big")
    return head + b"".join(envelopes)
