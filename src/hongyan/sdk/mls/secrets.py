"""What the library derives from an epoch's secrets but does not hand out, derived again (RFC 9420 §8).

rine-mls has no exporter and names neither a private commit's sender nor what a welcome encloses. Its state file holds
the secrets of the epoch. They are looked for there and *proved*: the external secret must give the group's public
external key, a sender data secret must open a message's sender data. A change of the file's layout can make a search
fail, never give a wrong secret.
"""

import hashlib
import hmac
import re
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hongyan.sdk.identity.boxes import open_box
from hongyan.sdk.mls import Unusable
from hongyan.sdk.mls.wire import GroupInfo, Head, Reading, read_bare_group_info, vector

_HASH_BYTES: Final = 32
_KEY_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_KEM: Final = b"HPKE-v1KEM\0\x20"
# Two neighbouring vectors of 32 bytes, five of them.
_PAIR: Final = re.compile(rb"(?=\x20.{32}\x20.{32})", re.DOTALL)
_FIVE: Final = re.compile(rb"(?=\x20(.{32})\x20.{32}\x20(.{32})\x20.{32}\x20.{32})", re.DOTALL)


def _expand(secret: bytes, info: bytes, length: int) -> bytes:
    block, made, count = b"", b"", 0
    while len(made) < length:
        count += 1
        block = hmac.digest(secret, block + info + bytes((count,)), "sha256")
        made += block
    return made[:length]


def expand_with_label(secret: bytes, label: str, context: bytes, length: int) -> bytes:
    info = length.to_bytes(2, "big") + vector(b"MLS 1.0 " + label.encode()) + vector(context)
    return _expand(secret, info, length)


def derive_secret(secret: bytes, label: str) -> bytes:
    return expand_with_label(secret, label, b"", _HASH_BYTES)


def _public_of(secret: bytes) -> bytes:
    """The public key that HPKE derives from `secret` (RFC 9180 §7.1.3)."""
    prk = hmac.digest(b"", _KEM + b"dkp_prk" + secret, "sha256")
    private = _expand(prk, b"\0\x20" + _KEM + b"sk", 32)
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def exporter_secret(state: bytes, external_pub: bytes) -> bytes:
    """Of the epoch whose state this is. Raises Unusable when it cannot be proved."""
    found = list(_FIVE.finditer(state))
    # The key schedule is stored after the trees: the last candidates are tried first.
    for match in reversed(found):
        exporter, external = match.groups()
        if _public_of(external) == external_pub:
            return exporter
    raise Unusable("no key schedule was found in the library's state")


def export(secret: bytes, label: str, context: bytes, length: int) -> bytes:
    """MLS-Exporter (§8.5)."""
    return expand_with_label(derive_secret(secret, label), "exported", hashlib.sha256(context).digest(), length)


def sender_leaf(state: bytes, head: Head) -> int:
    """The leaf that sent a private message of the state's epoch (§6.3.2). Raises Unusable."""
    aad = vector(head.group_id) + head.epoch.to_bytes(8, "big") + bytes((head.content_type,))
    for match in _PAIR.finditer(state):
        start = match.start() + 34
        secret = state[start : start + _HASH_BYTES]
        key = expand_with_label(secret, "key", head.sample, _KEY_BYTES)
        nonce = expand_with_label(secret, "nonce", head.sample, _NONCE_BYTES)
        try:
            return int.from_bytes(AESGCM(key).decrypt(nonce, head.sender_data, aad)[:4], "big")
        except InvalidTag:
            continue
    raise Unusable("no sender was found")


def enclosed_group_info(sealed: bytes, encrypted_group_info: bytes, init_key: bytes) -> GroupInfo:
    """The GroupInfo in a welcome, opened with the private init key of the key package it is for (§12.4.3.1)."""
    info = vector(b"MLS 1.0 Welcome") + vector(encrypted_group_info)
    try:
        joiner_secret = Reading(open_box(init_key, sealed, info)).vector()
        member_secret = hmac.digest(joiner_secret, bytes(_HASH_BYTES), "sha256")
        welcome_secret = derive_secret(member_secret, "welcome")
        key = expand_with_label(welcome_secret, "key", b"", _KEY_BYTES)
        nonce = expand_with_label(welcome_secret, "nonce", b"", _NONCE_BYTES)
        plain = AESGCM(key).decrypt(nonce, encrypted_group_info, None)
    except (InvalidTag, ValueError):
        raise Unusable("a welcome that does not open") from None
    return read_bare_group_info(Reading(plain))
