"""What a message carries beyond text, as CBOR of our own types [CO6]."""

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from hongyan.sdk.content import cbor
from hongyan.sdk.content.message import Body

TYPE_ATTACHMENT: Final = "application/hongyan.attachment"
TYPE_LOCATION: Final = "application/hongyan.location"
TYPE_CARD: Final = "application/hongyan.card"
TYPE_LINK: Final = "application/hongyan.link"
TYPE_RECORD: Final = "application/hongyan.record"

THUMB_BYTES_MAX: Final = 32 * 1024
RECORD_ITEMS_MAX: Final = 100
RECORD_DEPTH_MAX: Final = 5
_NAME_CHARACTERS_MAX: Final = 255
_TEXT_CHARACTERS_MAX: Final = 16_000
_URL_CHARACTERS_MAX: Final = 2_048
_WAVE_MAX: Final = 128
_WEB = re.compile(r"^https?://[^\s]+$", re.IGNORECASE)

AttachmentKind = Literal["picture", "voice", "video", "file", "sticker"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A sealed file beside the message; the server has its blob until every due device has it [ME5]."""

    kind: AttachmentKind
    blob: str
    key: bytes
    nonce: bytes
    hash: bytes
    expires_s: int
    size: int
    type: str
    name: str
    width: int = 0
    height: int = 0
    ms: int = 0
    wave: tuple[int, ...] = ()
    thumb: bytes | None = None


@dataclass(frozen=True, slots=True)
class Location:
    latitude: float
    longitude: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody, recommended."""

    account: int
    name: str


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    title: str
    summary: str = ""
    thumb: bytes | None = None


@dataclass(frozen=True, slots=True)
class RecordItem:
    sender: str
    at_ms: int
    text: str
    detail: "Detail | None" = None


@dataclass(frozen=True, slots=True)
class Record:
    """A chat history passed on in one message."""

    title: str
    items: tuple[RecordItem, ...]


Detail = Attachment | Location | Card | Link | Record


def is_web_address(url: str) -> bool:
    return len(url) <= _URL_CHARACTERS_MAX and _WEB.match(url) is not None


def parse_detail(kind: str, fields: cbor.Fields, depth: int = 0) -> Detail | None:
    """None when it is none of these, or cannot be used."""
    match kind:
        case "application/hongyan.attachment":
            return _attachment(fields)
        case "application/hongyan.location":
            latitude, longitude = _degrees(fields, "latitude", 90), _degrees(fields, "longitude", 180)
            if latitude is None or longitude is None:
                return None
            return Location(latitude, longitude, _words(fields, "name"))
        case "application/hongyan.card":
            return Card(fields.count("account") or 0, _words(fields, "name"))
        case "application/hongyan.link":
            url = _words(fields, "url", _URL_CHARACTERS_MAX)
            if not is_web_address(url):
                return None
            return Link(url, _words(fields, "title"), _words(fields, "summary"), _thumb(fields))
        case "application/hongyan.record":
            items = [] if depth >= RECORD_DEPTH_MAX else fields.items("items") or []
            return Record(_words(fields, "title"), _record_items(items, depth))
    return None


def _words(fields: cbor.Fields, name: str, most: int = _NAME_CHARACTERS_MAX) -> str:
    return (fields.text(name) or "")[:most]


def _thumb(fields: cbor.Fields) -> bytes | None:
    thumb = fields.octets("thumb")
    return thumb if thumb and len(thumb) <= THUMB_BYTES_MAX else None


def _degrees(fields: cbor.Fields, name: str, limit: int) -> float | None:
    value = fields.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return value if abs(value) <= limit else None


def _attachment(fields: cbor.Fields) -> Attachment | None:
    kinds: dict[object, AttachmentKind] = {one: one for one in get_args(AttachmentKind)}
    kind = kinds.get(fields.text("kind"))
    key, nonce, digest = fields.octets("key", 32), fields.octets("nonce", 7), fields.octets("hash", 32)
    if kind is None or key is None or nonce is None or digest is None:
        return None
    return Attachment(
        kind,
        _words(fields, "blob"),
        key,
        nonce,
        digest,
        fields.count("expires_s") or 0,
        fields.count("bytes") or 0,
        _words(fields, "type"),
        _words(fields, "name"),
        fields.count("width") or 0,
        fields.count("height") or 0,
        fields.count("ms") or 0,
        tuple((fields.octets("wave") or b"")[:_WAVE_MAX]),
        _thumb(fields),
    )


def parse_attachment(body: bytes) -> Attachment | None:
    """The body of an attachment; None for anything else."""
    try:
        return _attachment(cbor.Fields.of(cbor.decode(body)))
    except ValueError:
        return None


def _record_items(items: list[object], depth: int) -> tuple[RecordItem, ...]:
    found = []
    for item in items:
        try:
            fields = cbor.Fields.of(item)
        except ValueError:
            continue
        kind, detail = fields.text("type"), None
        if kind is not None:
            try:
                detail = parse_detail(kind, cbor.Fields.of(fields.get("detail")), depth + 1)
            except ValueError:
                detail = None
        text = _words(fields, "text", _TEXT_CHARACTERS_MAX)
        found.append(RecordItem(_words(fields, "sender"), fields.count("at_ms") or 0, text, detail))
    return tuple(found[:RECORD_ITEMS_MAX])


def type_of(detail: Detail) -> str:
    match detail:
        case Attachment():
            return TYPE_ATTACHMENT
        case Location():
            return TYPE_LOCATION
        case Card():
            return TYPE_CARD
        case Link():
            return TYPE_LINK
        case Record():
            return TYPE_RECORD


def _wire(detail: Detail) -> dict[str, object]:
    fields: dict[str, object]
    match detail:
        case Attachment():
            fields = {
                "kind": detail.kind,
                "blob": detail.blob,
                "key": detail.key,
                "nonce": detail.nonce,
                "hash": detail.hash,
                "expires_s": detail.expires_s,
                "bytes": detail.size,
                "type": detail.type,
                "name": detail.name,
                "width": detail.width,
                "height": detail.height,
                "ms": detail.ms,
                "wave": bytes(detail.wave),
            }
            return fields if detail.thumb is None else {**fields, "thumb": detail.thumb}
        case Location():
            return {"latitude": detail.latitude, "longitude": detail.longitude, "name": detail.name}
        case Card():
            return {"account": detail.account, "name": detail.name}
        case Link():
            fields = {"url": detail.url, "title": detail.title, "summary": detail.summary}
            return fields if detail.thumb is None else {**fields, "thumb": detail.thumb}
        case Record():
            return {"title": detail.title, "items": [_item_wire(item) for item in detail.items]}


def _item_wire(item: RecordItem) -> dict[str, object]:
    fields: dict[str, object] = {"sender": item.sender, "at_ms": item.at_ms, "text": item.text}
    if item.detail is None:
        return fields
    return {**fields, "type": type_of(item.detail), "detail": _wire(item.detail)}


def detail_body(detail: Detail) -> Body:
    return Body(type_of(detail), cbor.encode(_wire(detail)))
