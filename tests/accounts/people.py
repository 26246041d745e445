"""People in tests: their keys as a real client makes them [ID1]–[ID4], and what they send to join."""

import secrets
from base64 import b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hongyan.accounts.model import Joining, NewDevice

CREATED_AT_MS = 1_767_225_600_000


@dataclass
class KeyRing:
    """One person's secrets, made on her first device."""

    account: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def account_key(self) -> bytes:
        return self.account.public_key().public_bytes_raw()

    @property
    def box_key(self) -> bytes:
        seed = self.account.private_bytes_raw()
        private = HKDF(SHA256(), 32, b"", b"hongyan box v1").derive(seed)
        return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()

    @property
    def box_signature(self) -> bytes:
        return self.account.sign(b"hongyan box v1\0" + self.box_key)

    def new_device(self) -> NewDevice:
        signature_key = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        signed = b"hongyan device v1\0" + signature_key + CREATED_AT_MS.to_bytes(8, "big")
        return NewDevice(signature_key, self.account.sign(signed), CREATED_AT_MS, secrets.token_bytes(40))

    def joining(
        self, invitation: str, name: str, *, device: NewDevice | None = None, greeting: bytes | None = None
    ) -> Joining:
        return Joining(
            invitation=invitation,
            name=name,
            account_key=self.account_key,
            box_key=self.box_key,
            box_signature=self.box_signature,
            device=device or self.new_device(),
            greeting=greeting,
        )


Json = dict[str, object]


def base64(value: bytes) -> str:
    return b64encode(value).decode()


def device_json(device: NewDevice) -> Json:
    return {
        "signature_key": base64(device.signature_key),
        "certificate": base64(device.certificate),
        "created_at_ms": device.created_at_ms,
        "label": base64(device.label),
    }


def joining_json(who: Joining) -> Json:
    """The body of POST /api/join."""
    body: Json = {
        "invitation": who.invitation,
        "name": who.name,
        "account_key": base64(who.account_key),
        "box_key": base64(who.box_key),
        "box_signature": base64(who.box_signature),
        "device": device_json(who.device),
    }
    if who.greeting is not None:
        body["greeting"] = base64(who.greeting)
    return body
