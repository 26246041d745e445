"""A software passkey: makes the credentials that a browser would (W3C WebAuthn level 3 §6)."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

USER_PRESENT = 0x01
USER_VERIFIED = 0x04
ATTESTED = 0x40


def base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    origin: str = "https://hongyan.example"
    rp_id: str = "hongyan.example"
    flags: int = USER_PRESENT | USER_VERIFIED
    sign_count: int = 0
    cross_origin: bool = False
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    user_handle: bytes | None = None

    def create(self, challenge: bytes, user_handle: bytes) -> dict[str, object]:
        """navigator.credentials.create().toJSON()"""
        self.user_handle = user_handle
        numbers = self.key.public_key().public_numbers()
        public_key = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        attested = b"\0" * 16 + len(self.credential_id).to_bytes(2, "big") + self.credential_id + public_key
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(ATTESTED) + attested}
        return self._credential(
            {
                "clientDataJSON": base64url(self._client_data("webauthn.create", challenge)),
                "attestationObject": base64url(cbor2.dumps(attestation)),
                "transports": ["internal"],
            }
        )

    def get(self, challenge: bytes) -> dict[str, object]:
        """navigator.credentials.get().toJSON()"""
        self.sign_count += 1
        client_data, data = self._client_data("webauthn.get", challenge), self._data(0)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": base64url(client_data),
                "authenticatorData": base64url(data),
                "signature": base64url(signature),
                "userHandle": base64url(self.user_handle or b""),
            }
        )

    def _credential(self, response: dict[str, object]) -> dict[str, object]:
        return {
            "id": base64url(self.credential_id),
            "rawId": base64url(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }

    def _client_data(self, kind: str, challenge: bytes) -> bytes:
        text = {
            "type": kind,
            "challenge": base64url(challenge),
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        }
        return json.dumps(text).encode()

    def _data(self, more_flags: int) -> bytes:
        rp_id_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_id_hash + bytes([self.flags | more_flags]) + self.sign_count.to_bytes(4, "big")
