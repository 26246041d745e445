"""Certificates by which a shop's program is known, and this server to it, as WeChat Pay v3 has it [SH11].

A program signs with its own RSA key and names the serial number of the certificate that the owner had made for that
key. It counts from the moment it is in the registry until it is revoked there: no cache keeps it longer.
"""

import asyncio
import hashlib
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.approvals import Act, spend
from hongyan.wallet.ledger import TransferId
from hongyan.wallet.purses import asset_open
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops import certificate_store, csr, rules
from hongyan.wallet.shops.model import (
    CERTIFICATE_LIFETIME_MS,
    CERTIFICATES_KEPT_MAX,
    CERTIFICATES_MAX,
    ENDED_KEPT_MS,
    ShopCertificate,
)
from hongyan.wallet.shops.platform import Platform, platform_in, read_serial, serial_of
from hongyan.wallet.shops.service import shop_of

ACTION = "shop_certificate"

_log = structlog.get_logger("wallet")


class Certificates:
    """`folder`: where the platform's key lies."""

    def __init__(self, db: Database, clock: Clock, *, folder: Path) -> None:
        self._db = db
        self._clock = clock
        self._folder = folder
        self._opened: Platform | None = None

    async def enrol(
        self, owner: AccountId, shop_id: bytes, *, id: TransferId, request: str, approval: str
    ) -> ShopCertificate | Refused:
        """Certify the key of a PKCS#10 request in PEM; of a key that has a certificate here it is that one.

        Refusals: CSR_UNUSABLE, also for a key that was revoked; WALLET_NOT_OPEN, SHOP_UNKNOWN, NOT_YOURS, TOO_MANY, and
        those of an approval. Raises PlatformKeyUnusable, OSError.
        """
        key = csr.key_of(request)
        if key is None:
            return Refused(Refusal.CSR_UNUSABLE)
        now_ms = self._clock.now_ms()
        new = _noted(shop_id, key, (await self._platform()).issue(shop_id, key, now_ms=now_ms), now_ms=now_ms)

        def work(tx: Tx) -> ShopCertificate | Refused:
            asset, shop = asset_open(tx), shop_of(tx, shop_id, owner, owner_only=True)
            if isinstance(asset, Refused):
                return asset
            if isinstance(shop, Refused):
                return shop
            there = certificate_store.of_key(tx, shop_id, new.key_hash)
            if there is not None and there.is_valid(now_ms):
                return there
            if there is not None and there.ended_at_ms:
                return Refused(Refusal.CSR_UNUSABLE)
            valid = certificate_store.count_in_force(tx, shop_id, now_ms=now_ms)
            if valid >= CERTIFICATES_MAX or certificate_store.count(tx, shop_id) >= CERTIFICATES_KEPT_MAX:
                return Refused(Refusal.TOO_MANY)
            act = Act(ACTION, id, 0, asset.code, rules.payee_of(shop_id, None))
            if refused := spend(tx, owner, approval, act.digest, now_ms=now_ms):
                return refused
            certificate_store.insert(tx, new)
            return new

        return await self._db.write(work)

    async def list(self, owner: AccountId, shop_id: bytes) -> list[ShopCertificate] | Refused:
        """Newest first; those that have ended for as long as they are kept."""

        def load(tx: Tx) -> list[ShopCertificate] | Refused:
            shop = shop_of(tx, shop_id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            return certificate_store.of_shop(tx, shop_id)

        return await self._db.read(load)

    async def revoke(self, owner: AccountId, shop_id: bytes, serial: str) -> Refused | None:
        """Have it good for nothing from now on, and its key neither; a repeat is no error."""
        now_ms, number = self._clock.now_ms(), read_serial(serial)

        def work(tx: Tx) -> Refused | None:
            shop = shop_of(tx, shop_id, owner, owner_only=True)
            if isinstance(shop, Refused):
                return shop
            if number is None or not certificate_store.end(tx, shop_id, number, now_ms=now_ms):
                return Refused(Refusal.ACT_UNKNOWN)
            return None

        return await self._db.write(work)

    async def shop_of(self, serial: str) -> bytes | None:
        """Whose certificate this is, while it is good; None otherwise, whatever the reason."""
        found = await self._in_force(serial)
        return None if found is None else found.shop_id

    async def verified(self, serial: str, message: bytes, signature: bytes) -> bytes | None:
        """The shop whose program signed `message`, by SHA-256 with RSA, PKCS#1 v1.5; None whatever is wrong.

        That the message is new, and its time near, is the caller's to check.
        """
        found = await self._in_force(serial)
        if found is None:
            return None
        key = x509.load_der_x509_certificate(found.certificate).public_key()
        assert isinstance(key, RSAPublicKey)
        try:
            key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            return None
        return found.shop_id

    async def platform_certificate(self) -> x509.Certificate:
        """What merchants check our signatures with. Raises PlatformKeyUnusable, OSError."""
        return (await self._platform()).certificate

    async def sign(self, message: bytes) -> tuple[str, bytes]:
        """The serial number of the platform's certificate, and its signature. Raises PlatformKeyUnusable, OSError."""
        platform = await self._platform()
        return platform.serial, platform.sign(message)

    async def erase_old(self) -> None:
        """Forget those that ended ENDED_KEPT_MS ago; only then may a key that was revoked come again."""
        before_ms = self._clock.now_ms() - ENDED_KEPT_MS
        await self._db.write(lambda tx: certificate_store.erase_ended(tx, before_ms=before_ms))

    async def _in_force(self, serial: str) -> ShopCertificate | None:
        number, now_ms = read_serial(serial), self._clock.now_ms()
        if number is None:
            return None
        return await self._db.read(lambda tx: certificate_store.in_force(tx, number, now_ms=now_ms))

    async def _platform(self) -> Platform:
        if self._opened is None:
            now_ms = self._clock.now_ms()
            opened = await asyncio.to_thread(platform_in, self._folder, now_ms=now_ms)
            fingerprint = opened.certificate.fingerprint(SHA256())
            if not await self._db.write(lambda tx: certificate_store.note_platform(tx, fingerprint)):
                _log.error("platform_key_differs", folder=str(self._folder))
            self._opened = opened
        return self._opened


def _noted(shop_id: bytes, key: RSAPublicKey, issued: x509.Certificate, *, now_ms: int) -> ShopCertificate:
    key_hash = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    expires_at_ms = now_ms // 1000 * 1000 + CERTIFICATE_LIFETIME_MS
    der = issued.public_bytes(Encoding.DER)
    return ShopCertificate(serial_of(issued), shop_id, key_hash, der, now_ms, expires_at_ms, 0)
