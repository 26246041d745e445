"""The message shape of draft-ietf-mimi-content-08 [CO1]:
`[salt, replaces, topic_id, expires, in_reply_to, extensions, nested_part]`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hongyan.sdk.content import cbor

DISPOSITION_RENDER: Final = 1
DISPOSITION_REACTION: Final = 2
CARDINALITY_NULL: Final = 0
CARDINALITY_SINGLE: Final = 1
EXTENSION_COUNTER: Final = -1
EXTENSION_SENT_AT_MS: Final = -2
EXTENSION_MENTIONS: Final = -3
MESSAGE_ID_BYTES: Final = 32
MENTIONS_MAX: Final = 500
UNCOUNTED: Final = 0
"""The counter of what is not kept: nobody misses it [CO7]."""
EVERYBODY: Final = 0
"""Mentioned in place of an account: everybody in the group."""
TYPE_MULTIPART: Final = "multipart/unknown"


@dataclass(frozen=True, slots=True)
class Body:
    type: str | None  # None: an empty part
    body: bytes


NOTHING: Final = Body(None, b"")


@dataclass(frozen=True, slots=True)
class Relation:
    """How a message stands to others, and for how long."""

    replaces: bytes | None = None  # the message whose place it takes; with an empty part that one is recalled
    in_reply_to: bytes | None = None
    mentions: tuple[int, ...] = ()  # accounts, or EVERYBODY
    expires_after_s: int | None = None
    is_reaction: bool = False


UNRELATED: Final = Relation()


@dataclass(frozen=True, slots=True)
class Content:
    salt: bytes
    counter: int  # per sending device and group, from 1
    sent_at_ms: int
    body: Body
    relation: Relation = UNRELATED


def encode_content(content: Content) -> bytes:
    relation, body = content.relation, content.body
    extensions: dict[int, object] = {
        EXTENSION_COUNTER: content.counter,
        EXTENSION_SENT_AT_MS: content.sent_at_ms,
    }
    if relation.mentions:
        extensions[EXTENSION_MENTIONS] = relation.mentions
    disposition = DISPOSITION_REACTION if relation.is_reaction else DISPOSITION_RENDER
    part: list[object] = [disposition, "", CARDINALITY_NULL]
    if body.type is not None:
        part = [disposition, "", CARDINALITY_SINGLE, body.type, body.body]
    expires = None if relation.expires_after_s is None else [True, relation.expires_after_s]
    return cbor.encode([content.salt, relation.replaces, b"", expires, relation.in_reply_to, extensions, part])


def decode_content(content: bytes) -> Content | None:
    """None when the bytes are no content; more parts than we know are an unknown type, not an error."""
    try:
        fields = cbor.parts(cbor.decode(content), 7)
    except ValueError:
        return None
    if fields is None:
        return None
    salt, replaces, _, expires, in_reply_to, extensions, part = fields
    if not isinstance(salt, bytes) or not isinstance(extensions, Mapping) or not isinstance(part, list | tuple):
        return None
    counter, sent_at_ms = extensions.get(EXTENSION_COUNTER), extensions.get(EXTENSION_SENT_AT_MS)
    if not isinstance(counter, int) or not isinstance(sent_at_ms, int):
        return None
    if not cbor.is_count(counter) or not cbor.is_count(sent_at_ms):
        return None
    relation = Relation(
        _message_id(replaces),
        _message_id(in_reply_to),
        _mentions(extensions.get(EXTENSION_MENTIONS)),
        _expiry(expires),
        bool(part) and part[0] == DISPOSITION_REACTION,
    )
    return Content(salt, counter, sent_at_ms, _body(list(part)), relation)


def _body(part: list[object]) -> Body:
    cardinality = part[2] if len(part) > 2 else None
    if cardinality == CARDINALITY_NULL:
        return NOTHING
    if cardinality == CARDINALITY_SINGLE and len(part) > 4:
        kind, body = part[3], part[4]
        if isinstance(kind, str) and isinstance(body, bytes):
            return Body(kind, body)
    return Body(TYPE_MULTIPART, b"")


def _message_id(value: object) -> bytes | None:
    return value if isinstance(value, bytes) and len(value) == MESSAGE_ID_BYTES else None


def _expiry(value: object) -> int | None:
    fields = cbor.parts(value, 2)
    if fields is None or fields[0] is not True:
        return None
    seconds = fields[1]
    return seconds if isinstance(seconds, int) and cbor.is_count(seconds) and seconds > 0 else None


def _mentions(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(one for one in value if isinstance(one, int) and cbor.is_count(one))[:MENTIONS_MAX]


def message_id(sender_key: bytes, group_id: bytes, content: bytes) -> bytes:
    """The id under which every device knows a message: 32 bytes."""
    return b"\x01" + hashlib.sha256(sender_key + group_id + content).digest()[:31]
