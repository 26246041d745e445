"""The body of a wake-up: encrypted for one device (RFC 8291, `aes128gcm` of RFC 8188), always of one size [PU4]."""

import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CONTENT_BYTES: Final = 128
RECORD_BYTES: Final = 4_096
_LAST_RECORD: Final = b"\x02"


class UnusableKey(ValueError):
    """The device's key is no point of P-256."""


def public_bytes(key: EllipticCurvePrivateKey) -> bytes:
    """The public half, uncompressed: 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def device_key_of(point: bytes) -> EllipticCurvePublicKey:
    """Raises UnusableKey."""
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError as error:
        raise UnusableKey from error


def seal(content: bytes, device_key: bytes, auth_secret: bytes) -> bytes:
    """Encrypt `content`, padded to CONTENT_BYTES, so that only the device can read it. Raises UnusableKey."""
    padded = content + _LAST_RECORD + bytes(CONTENT_BYTES - len(content))
    return encrypt(padded, device_key, auth_secret, os.urandom(16), generate_private_key(SECP256R1()))


def encrypt(
    record: bytes, device_key: bytes, auth_secret: bytes, salt: bytes, own_key: EllipticCurvePrivateKey
) -> bytes:
    """One record, delimiter and padding included, under the given salt and sender's key (RFC 8291 §3.4)."""
    own_public = public_bytes(own_key)
    shared = own_key.exchange(ECDH(), device_key_of(device_key))
    secret = _derive(auth_secret, shared, b"WebPush: info\0" + device_key + own_public, 32)
    key = _derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(salt, secret, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(own_public)]) + own_public
    return header + AESGCM(key).encrypt(nonce, record, None)


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)
