"""Sealed boxes to a person or a door: HPKE base mode, DHKEM(X25519, HKDF-SHA256), AES-128-GCM [ID7]."""

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    private_key: bytes
    public_key: bytes

    @classmethod
    def new(cls) -> "KeyPair":
        return cls.of(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def of(cls, private_key: bytes) -> "KeyPair":
        return cls(private_key, X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw())


def seal_box(public_key: bytes, plain: bytes, info: str) -> bytes:
    """`enc (32) ‖ ciphertext`. Raises ValueError for what is no key."""
    return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public_key), info.encode())


def open_box(private_key: bytes, box: bytes, info: bytes | str) -> bytes:
    """Raises ValueError when the box was not sealed to this key with this info."""
    context = info.encode() if isinstance(info, str) else info
    try:
        return _SUITE.decrypt(box, X25519PrivateKey.from_private_bytes(private_key), context)
    except InvalidTag:
        raise ValueError("not for this key") from None
