"""The server's own key for push services, and the token that proves who calls (VAPID, RFC 8292)."""

from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from hongyan.foundation.files import write_once
from hongyan.push.sealing import public_bytes

KEY_FILE_NAME: Final = "push-key.pem"
KEY_FILE_BYTES_MAX: Final = 4_096
TOKEN_LIFETIME_S: Final = 12 * 3_600
TOKEN_REUSED_S: Final = 3_600
AUDIENCES_REMEMBERED_MAX: Final = 1_000


class KeyUnusable(Exception):
    """The key file is there but is no key, or cannot be read or made; `reason` is for the operator."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class KeyDiffers(Exception):
    """The key file at `path` is not the one that the other processes on this database have."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


def key_in(folder: Path) -> EllipticCurvePrivateKey:
    """The key of this data folder, made at the first start, readable by its owner only. Raises KeyUnusable.

    It never changes: a device's subscription is bound to it.
    """
    path = folder / KEY_FILE_NAME
    try:
        return _read(path)
    except FileNotFoundError:
        _make(path)
        return _read(path)
    except OSError as error:
        raise KeyUnusable(path, error.strerror or str(error)) from error


def _read(path: Path) -> EllipticCurvePrivateKey:
    with path.open("rb") as file:
        pem = file.read(KEY_FILE_BYTES_MAX)
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise KeyUnusable(path, "not a PEM private key") from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise KeyUnusable(path, "not a P-256 key")
    return key


def _make(path: Path) -> None:
    """Whole or not at all, and durable before it is used; whoever made one first wins."""
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(path, pem)
    except OSError as error:
        raise KeyUnusable(path, error.strerror or str(error)) from error


class Vapid:
    """Signs for one server; `contact` is the URI under which push services may reach its operator."""

    def __init__(self, key: EllipticCurvePrivateKey, contact: str) -> None:
        self._key = key
        self._contact = contact
        self._tokens: dict[str, tuple[int, str]] = {}
        self.public_key = public_bytes(key)

    def authorization(self, audience: str, now_s: int) -> str:
        """The header's value for a push service's origin; one token serves TOKEN_REUSED_S."""
        known = self._tokens.get(audience)
        # A wall clock that was set back must not make a token of the future go on being used.
        if known is None or not known[0] <= now_s < known[0] + TOKEN_REUSED_S:
            if len(self._tokens) >= AUDIENCES_REMEMBERED_MAX:
                self._tokens.clear()
            known = self._tokens[audience] = now_s, self._token(audience, now_s + TOKEN_LIFETIME_S)
        return f"vapid t={known[1]}, k={_base64url(self.public_key)}"

    def _token(self, audience: str, expires_s: int) -> str:
        header = {"typ": "JWT", "alg": "ES256"}
        claims = {"aud": audience, "exp": expires_s, "sub": self._contact}
        signed = f"{_base64url(msgspec.json.encode(header))}.{_base64url(msgspec.json.encode(claims))}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ECDSA(SHA256())))
        return f"{signed}.{_base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def contact_of(public_url: str, domain: str) -> str:
    return public_url if public_url.startswith("https://") else f"mailto:postmaster@{domain}"


def _base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()
