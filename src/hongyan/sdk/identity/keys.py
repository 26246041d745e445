"""The account key and all that follows from its seed [ID1] to [ID6]."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_LABEL_CHARACTERS_MAX = 50
_NONCE_BYTES = 12


def derive(secret: bytes, info: str, length: int = 32) -> bytes:
    """HKDF-SHA-256 with an empty salt."""
    return HKDF(SHA256(), length, None, info.encode()).derive(secret)


def sign(seed: bytes, message: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """False, never an error, for anything that is not a valid signature."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_half(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


@dataclass(frozen=True, slots=True, repr=False)
class AccountKeys:
    seed: bytes
    account_key: bytes
    box_private_key: bytes
    box_key: bytes

    @classmethod
    def of(cls, seed: bytes) -> "AccountKeys":
        private = derive(seed, "hongyan box v1")
        box_key = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
        return cls(seed, public_half(seed), private, box_key)

    def sign_box_key(self) -> bytes:
        return sign(self.seed, b"hongyan box v1\0" + self.box_key)


@dataclass(frozen=True, slots=True, repr=False)
class DeviceKeys:
    seed: bytes
    signature_key: bytes

    @classmethod
    def of(cls, seed: bytes) -> "DeviceKeys":
        return cls(seed, public_half(seed))


def new_seed() -> bytes:
    return secrets.token_bytes(32)


def box_key_is_signed(account_key: bytes, box_key: bytes, signature: bytes) -> bool:
    return holds(account_key, b"hongyan box v1\0" + box_key, signature)


def _certified(signature_key: bytes, created_at_ms: int) -> bytes:
    return b"hongyan device v1\0" + signature_key + created_at_ms.to_bytes(8, "big")


def certify_device(seed: bytes, signature_key: bytes, created_at_ms: int) -> bytes:
    return sign(seed, _certified(signature_key, created_at_ms))


def certificate_holds(account_key: bytes, signature_key: bytes, created_at_ms: int, certificate: bytes) -> bool:
    return holds(account_key, _certified(signature_key, created_at_ms), certificate)


def invitation_proof(client_secret: bytes, joiner: bytes, inviter: bytes) -> bytes:
    """Proves in a greeting that its sender holds an invitation's client secret [CT2]."""
    return hmac.digest(client_secret, b"hongyan proof v1\0" + joiner + inviter, "sha256")


def seal_label(seed: bytes, label: str) -> bytes:
    """What a device is called, kept from the server [DL3]."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    key = derive(seed, "hongyan label v1")
    return nonce + AESGCM(key).encrypt(nonce, label[:_LABEL_CHARACTERS_MAX].encode(), None)


def fingerprint(account_key: bytes) -> str:
    """22 characters that stand for an account key in links and QR codes."""
    whole = hashlib.sha256(b"hongyan fingerprint v1\0" + account_key).digest()
    return urlsafe_b64encode(whole[:16]).decode().rstrip("=")
