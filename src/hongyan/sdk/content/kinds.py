"""The content types of [CO2], [CO5] and [CO7], parsed into one union, and the bodies they are written as."""

from dataclasses import dataclass
from typing import Final

from hongyan.sdk.content import cbor
from hongyan.sdk.content.details import Detail, parse_detail
from hongyan.sdk.content.message import Body

TYPE_TEXT: Final = "text/plain;charset=utf-8"
TYPE_NUDGE: Final = "application/hongyan.nudge"
TYPE_TIMER: Final = "application/hongyan.timer"
TYPE_TYPING: Final = "application/hongyan.typing"
TYPE_READ: Final = "application/hongyan.read"
TYPE_PROFILE: Final = "application/hongyan.profile"
TYPE_GROUP: Final = "application/hongyan.group"
TYPE_HANDED: Final = "application/hongyan.handed"
TYPE_RESEND: Final = "application/hongyan.resend"
TYPE_AGAIN: Final = "application/hongyan.again"
BLOB_ID_BYTES: Final = 16
# Between a person's own devices, or between two people about settings and backups: nothing a program acts on.
TYPES_PASSED_OVER: Final = frozenset(
    f"application/hongyan.{name}"
    for name in ("sync", "history", "favourites", "following", "share", "help", "packet", "transfer", "collection")
)


@dataclass(frozen=True, slots=True)
class Words:
    text: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A photo, a place, a card …"""

    detail: Detail


@dataclass(frozen=True, slots=True)
class Nothing:
    """An empty part: with `replaces` a recall."""


@dataclass(frozen=True, slots=True)
class Nudge:
    account: int


@dataclass(frozen=True, slots=True)
class Timer:
    seconds: int


@dataclass(frozen=True, slots=True)
class Typing:
    pass


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    message: bytes | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class Profile:
    picture: bytes | None
    status: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Nickname:
    nickname: str
    at_ms: int
    signature: bytes


@dataclass(frozen=True, slots=True)
class GroupWord:
    """What a member says of the group itself [CO2] [GP8] [GP11]."""

    left: bool = False
    departure: bytes | None = None
    nickname: Nickname | None = None
    asks: bool = False
    asks_hash: bytes | None = None
    tells: bytes | None = None
    names: tuple[tuple[int, Nickname], ...] = ()


@dataclass(frozen=True, slots=True)
class Handed:
    """`files`: a second blob, with files of what was said [GH7]."""

    to: tuple[int, ...]
    count: int
    blob: bytes
    sealed: bytes
    files: bytes | None = None


@dataclass(frozen=True, slots=True)
class Resend:
    device: bytes  # empty: whoever has sent something since
    counters: tuple[int, ...] | None
    since_ms: int | None
    answer_key: bytes


@dataclass(frozen=True, slots=True)
class Again:
    to: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Not for a program."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Of a newer version, or damaged."""


Kind = (
    Words
    | Carried
    | Nothing
    | Nudge
    | Timer
    | Typing
    | ReadUpTo
    | Profile
    | GroupWord
    | Handed
    | Resend
    | Again
    | PassedOver
    | Unknown
)


def parse_kind(body: Body) -> Kind:
    """Never raises: what does not parse is unknown."""
    try:
        return _parse(body)
    except (ValueError, UnicodeDecodeError):
        return Unknown()


def _parse(body: Body) -> Kind:
    kind = body.type
    if kind is None:
        return Nothing()
    if kind == TYPE_TEXT:
        return Words(body.body.decode())
    if kind in TYPES_PASSED_OVER:
        return PassedOver()
    if not kind.startswith("application/hongyan."):
        return Unknown()
    fields = cbor.Fields.of(cbor.decode(body.body))
    match kind:
        case "application/hongyan.nudge":
            return Nudge(fields.count("account") or 0)
        case "application/hongyan.timer":
            return Timer(fields.count("seconds") or 0)
        case "application/hongyan.typing":
            return Typing()
        case "application/hongyan.read":
            return ReadUpTo(fields.octets("message", 32), fields.count("up_to_ms") or 0)
        case "application/hongyan.profile":
            return Profile(fields.octets("picture"), fields.text("status") or "", fields.count("at_ms") or 0)
        case "application/hongyan.group":
            return _group_word(fields)
        case "application/hongyan.handed":
            return _handed(fields)
        case "application/hongyan.resend":
            return _resend(fields)
        case "application/hongyan.again":
            to, sealed = fields.octets("to"), fields.octets("sealed")
            return Unknown() if to is None or sealed is None else Again(to, sealed)
    detail = parse_detail(kind, fields)
    return Unknown() if detail is None else Carried(detail)


def _group_word(fields: cbor.Fields) -> GroupWord:
    nickname, at_ms, signature = fields.text("nickname"), fields.integer("at_ms"), fields.octets("signature")
    named = None
    if nickname is not None and at_ms is not None and signature is not None:
        named = Nickname(nickname, at_ms, signature)
    asks = fields.get("asks") is True
    return GroupWord(
        left=fields.get("left") is True,
        departure=fields.octets("departure"),
        nickname=named,
        asks=asks,
        asks_hash=fields.octets("hash") if asks else None,
        tells=None if asks else fields.octets("tells"),
        names=tuple(one for item in fields.items("names") or [] if (one := _named(item)) is not None),
    )


def _named(item: object) -> tuple[int, Nickname] | None:
    found = cbor.parts(item, 4)
    if found is None:
        return None
    account, nickname, at_ms, signature = found
    if not isinstance(account, int) or not isinstance(nickname, str):
        return None
    if not isinstance(at_ms, int) or not isinstance(signature, bytes):
        return None
    return account, Nickname(nickname, at_ms, signature)


def _handed(fields: cbor.Fields) -> Kind:
    to, count = fields.items("to"), fields.count("count")
    blob, sealed = fields.octets("blob", BLOB_ID_BYTES), fields.octets("sealed")
    if to is None or not count or blob is None or sealed is None:
        return Unknown()
    beside = (fields.items("files") or [None])[0]
    files = beside if isinstance(beside, bytes) and len(beside) == BLOB_ID_BYTES else None
    return Handed(tuple(one for one in to if isinstance(one, int)), count, blob, sealed, files)


def _resend(fields: cbor.Fields) -> Kind:
    device, key = fields.octets("device"), fields.octets("key", 32)
    if device is None or key is None:
        return Unknown()
    counters = fields.items("counters")
    numbers = None if counters is None else tuple(one for one in counters if isinstance(one, int))
    return Resend(device, numbers, fields.integer("since_ms"), key)


def text_body(text: str) -> Body:
    return Body(TYPE_TEXT, text.encode())


def nudge_body(account: int) -> Body:
    return Body(TYPE_NUDGE, cbor.encode({"account": account}))


def timer_body(seconds: int) -> Body:
    return Body(TYPE_TIMER, cbor.encode({"seconds": seconds}))


def typing_body() -> Body:
    return Body(TYPE_TYPING, cbor.encode({}))


def read_body(read: ReadUpTo) -> Body:
    return Body(TYPE_READ, cbor.encode({"message": read.message, "up_to_ms": read.at_ms}))


def profile_body(profile: Profile) -> Body:
    fields = {"picture": profile.picture, "status": profile.status, "at_ms": profile.at_ms}
    return Body(TYPE_PROFILE, cbor.encode(fields))


def left_body(departure: bytes) -> Body:
    return Body(TYPE_GROUP, cbor.encode({"left": True, "departure": departure}))


def nickname_body(named: Nickname) -> Body:
    fields = {"nickname": named.nickname, "at_ms": named.at_ms, "signature": named.signature}
    return Body(TYPE_GROUP, cbor.encode(fields))


def asks_body(told: bytes | None) -> Body:
    return Body(TYPE_GROUP, cbor.encode({"asks": True, "hash": told}))


def tells_body(standing: bytes) -> Body:
    return Body(TYPE_GROUP, cbor.encode({"tells": standing}))


def names_body(names: list[tuple[int, Nickname]]) -> Body:
    rows = [[account, one.nickname, one.at_ms, one.signature] for account, one in names]
    return Body(TYPE_GROUP, cbor.encode({"names": rows}))


def handed_body(handed: Handed) -> Body:
    fields = {"to": handed.to, "count": handed.count, "blob": handed.blob, "sealed": handed.sealed}
    return Body(TYPE_HANDED, cbor.encode(fields))


def resend_body(resend: Resend) -> Body:
    fields = {
        "device": resend.device,
        "counters": resend.counters,
        "since_ms": resend.since_ms,
        "key": resend.answer_key,
    }
    return Body(TYPE_RESEND, cbor.encode(fields))


def again_body(again: Again) -> Body:
    return Body(TYPE_AGAIN, cbor.encode({"to": again.to, "sealed": again.sealed}))


def encode_again_items(items: list[tuple[bytes, int]]) -> bytes:
    """What an `again` box holds: `[original content bytes, sent_at_ms]`."""
    return cbor.encode({"items": items})


def decode_again_items(content: bytes) -> list[tuple[bytes, int]]:
    try:
        items = cbor.Fields.of(cbor.decode(content)).items("items") or []
    except ValueError:
        return []
    found = []
    for item in items:
        fields = cbor.parts(item, 2)
        if fields is not None and isinstance(fields[0], bytes) and isinstance(fields[1], int):
            found.append((fields[0], fields[1]))
    return found


_WAKING = (Words, Carried, Nudge)


def wakes(body: Body, *, replaces: bool, is_reaction: bool) -> bool:
    """Whether devices that are away are woken for it [PU3]; all that the server is told of what a message is."""
    return not replaces and not is_reaction and isinstance(parse_kind(body), _WAKING)
