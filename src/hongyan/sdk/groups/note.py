"""What a commit of a group carries in its authenticated data [GP3], and signed goodbyes [GP6]."""

import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hongyan.sdk.content import cbor
from hongyan.sdk.groups.policy import Signed
from hongyan.sdk.identity.keys import holds, sign

NOTE_BYTES_MAX: Final = 64 * 1024
DEPARTURES_MAX: Final = 500
_NONCE_BYTES: Final = 12
_PADDED_BYTES: Final = 512
_LABEL: Final = b"hongyan departure v1\0"


@dataclass(frozen=True, slots=True)
class Departure:
    """ "I go", signed: it names the encryption keys of the leaves it is about, so that it cannot be used again."""

    account: int
    leaves: tuple[bytes, ...]
    signature: bytes

    def encode(self) -> bytes:
        return cbor.encode([self.account, self.leaves, self.signature])

    def holds(self, group_id: bytes, account_key: bytes) -> bool:
        return holds(account_key, _departure(group_id, self.account, self.leaves), self.signature)


@dataclass(frozen=True, slots=True)
class Note:
    policy: Signed | None
    departures: tuple[Departure, ...]


def _departure(group_id: bytes, account: int, leaves: tuple[bytes, ...]) -> bytes:
    return _LABEL + cbor.encode([group_id, account, leaves])


def sign_departure(group_id: bytes, account: int, leaves: tuple[bytes, ...], seed: bytes) -> Departure:
    return Departure(account, leaves, sign(seed, _departure(group_id, account, leaves)))


def decode_departure(content: bytes) -> Departure | None:
    try:
        return _departure_of(cbor.decode(content))
    except ValueError:
        return None


def _departure_of(value: object) -> Departure | None:
    fields = cbor.parts(value, 3)
    if fields is None:
        return None
    account, leaves, signature = fields
    if not isinstance(account, int) or not isinstance(leaves, list | tuple) or not isinstance(signature, bytes):
        return None
    return Departure(account, tuple(one for one in leaves if isinstance(one, bytes)), signature)


def seal_note(note: Note, key: bytes) -> bytes:
    departures = [[one.account, one.leaves, one.signature] for one in note.departures]
    policy = None if note.policy is None else [note.policy.content, note.policy.signature]
    body = cbor.encode([policy, departures])
    padded = len(body).to_bytes(8, "big") + body
    padded += bytes(-len(padded) % _PADDED_BYTES)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, padded, None)


def open_note(sealed: bytes, key: bytes) -> Note | None:
    """None when there is none, or none that can be read: such a commit says nothing."""
    if not _NONCE_BYTES <= len(sealed) <= NOTE_BYTES_MAX:
        return None
    try:
        padded = AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
        fields = cbor.parts(cbor.decode(padded[8 : 8 + int.from_bytes(padded[:8], "big")]), 2)
    except (InvalidTag, ValueError):
        return None
    if fields is None:
        return None
    policy, departures = fields
    found = departures[:DEPARTURES_MAX] if isinstance(departures, list) else []
    return Note(signed_of(policy), tuple(one for item in found if (one := _departure_of(item)) is not None))


def signed_of(value: object) -> Signed | None:
    fields = cbor.parts(value, 2)
    if fields is None or not isinstance(fields[0], bytes) or not isinstance(fields[1], bytes):
        return None
    return Signed(fields[0], fields[1])
