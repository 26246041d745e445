"""The signatures the server checks itself, though every client will check them again [ID2] [ID4]."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

BOX_CONTEXT = b"hongyan box v1\0"
DEVICE_CONTEXT = b"hongyan device v1\0"


def box_is_signed(account_key: bytes, box_key: bytes, box_signature: bytes) -> bool:
    """Whether the account says that this box key is its own."""
    return _signed(account_key, box_signature, BOX_CONTEXT + box_key)


def device_is_certified(account_key: bytes, signature_key: bytes, created_at_ms: int, certificate: bytes) -> bool:
    """Whether the account says that this device is its own."""
    return _signed(account_key, certificate, DEVICE_CONTEXT + signature_key + created_at_ms.to_bytes(8, "big"))


def _signed(public_key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
