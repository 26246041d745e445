"""A group's code and the request that answers it [GP9]."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from hongyan.sdk.content import cbor
from hongyan.sdk.identity.boxes import open_box, seal_box
from hongyan.sdk.identity.keys import holds, sign
from hongyan.sdk.identity.links import from_unpadded

CODE_LIFETIME_MS: Final = 7 * 86_400_000
_CODE_LABEL: Final = b"hongyan group code v1\0"
_REQUEST_LABEL: Final = b"hongyan group request v1\0"
_INFO: Final = "hongyan group request v1"
_PEOPLE_MAX: Final = 4
_PERSON_CHARACTERS_MAX: Final = 12
_NAME_CHARACTERS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Code:
    """Tells who has it what the group is called, so that the server need not know."""

    group_id: bytes
    door: bytes
    inviter: int
    expires_at_ms: int
    name: str
    count: int
    people: tuple[str, ...]
    content: bytes = b""
    signature: bytes = b""

    def holds(self, account_key: bytes) -> bool:
        return holds(account_key, _CODE_LABEL + self.content, self.signature)

    def wire(self) -> list[bytes]:
        return [self.content, self.signature]


def make_code(code: Code, seed: bytes) -> str:
    """The part of a group's link behind `#`."""
    people = [name[:_PERSON_CHARACTERS_MAX] for name in code.people[:_PEOPLE_MAX]]
    name, expires_s = code.name[:_NAME_CHARACTERS_MAX], code.expires_at_ms // 1000
    content = cbor.encode([code.group_id, code.door, code.inviter, expires_s, name, code.count, people])
    signed = cbor.encode([content, sign(seed, _CODE_LABEL + content)])
    return urlsafe_b64encode(signed).decode().rstrip("=")


def read_code(fragment: str) -> Code | None:
    """None for what is no code. Its signature is for members to check, who know the inviter."""
    try:
        return code_of(cbor.decode(from_unpadded(fragment)))
    except ValueError:
        return None


def code_of(value: object) -> Code | None:
    signed = cbor.parts(value, 2)
    if signed is None or not isinstance(signed[0], bytes) or not isinstance(signed[1], bytes):
        return None
    content, signature = signed[0], signed[1]
    try:
        fields = cbor.parts(cbor.decode(content), 7)
    except ValueError:
        return None
    if fields is None:
        return None
    group_id, door, inviter, expires_s, name, count, people = fields
    if not isinstance(group_id, bytes) or len(group_id) != 16 or not isinstance(door, bytes) or len(door) != 32:
        return None
    if not isinstance(inviter, int) or not isinstance(expires_s, int) or not isinstance(count, int):
        return None
    if not isinstance(name, str) or not isinstance(people, list):
        return None
    names = tuple(one for one in people if isinstance(one, str))[:_PEOPLE_MAX]
    return Code(group_id, door, inviter, 1000 * expires_s, name, count, names, content, signature)


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, signed with the account key she names; `code` None: a member who was put out without right."""

    account: int
    account_key: bytes
    name: str
    at_ms: int
    code: Code | None
    box_key: bytes  # to which what was said before may be sealed [GH5]

    def _fields(self) -> list[object]:
        shown = None if self.code is None else self.code.wire()
        return [self.account, self.account_key, self.name, self.at_ms, shown, self.box_key]

    def signed(self, group_id: bytes) -> bytes:
        return _REQUEST_LABEL + cbor.encode([group_id, *self._fields()])

    def seal(self, group_id: bytes, door: bytes, seed: bytes) -> bytes:
        signature = sign(seed, self.signed(group_id))
        return seal_box(door, cbor.encode([*self._fields(), signature]), _INFO)


def open_request(group_id: bytes, sealed: bytes, door: bytes) -> Request | None:
    """None for what this door does not open, or what the one it names has not signed."""
    try:
        fields = cbor.parts(cbor.decode(open_box(door, sealed, _INFO)), 7)
    except ValueError:
        return None
    if fields is None:
        return None
    account, key, name, at_ms, shown, box_key, signature = fields
    if not isinstance(account, int) or not isinstance(key, bytes) or not isinstance(name, str):
        return None
    if not isinstance(at_ms, int) or not isinstance(signature, bytes):
        return None
    if not isinstance(box_key, bytes) or len(box_key) != 32:
        return None
    request = Request(account, key, name, at_ms, None if shown is None else code_of(shown), box_key)
    return request if holds(key, request.signed(group_id), signature) else None
