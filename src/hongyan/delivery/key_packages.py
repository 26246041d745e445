"""Key packages: published by a device, each given out once, a last resort when none is left [DS13]."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import Enum

import msgspec

from hongyan.accounts import devices_of
from hongyan.delivery.frames import NoticeTopic
from hongyan.delivery.model import KEY_PACKAGE_LIFETIME_MS, KEY_PACKAGES_LOW, KEY_PACKAGES_MAX, Consent
from hongyan.delivery.relay import Relay
from hongyan.delivery.requests import has_asked
from hongyan.delivery.store import integer, is_in_roster, octets
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, DeviceId

CLAIMS_PER_HOUR = 600


class PackageCount(msgspec.Struct, frozen=True):
    count: int
    has_last_resort: bool


class ClaimedDevice(msgspec.Struct, frozen=True):
    device_id: int
    account_id: int
    key_package: bytes


class Claimed(msgspec.Struct, frozen=True):
    """`without`: devices that never published anything."""

    devices: list[ClaimedDevice]
    without: list[int]


class ClaimRefusal(Enum):
    NO_CONSENT = "no_consent"


class TooManyClaims(msgspec.Struct, frozen=True):
    retry_after_s: int


class KeyPackages:
    def __init__(self, db: Database, clock: Clock, relay: Relay, may_reach: Consent) -> None:
        self._db = db
        self._clock = clock
        self._relay = relay
        self._may_reach = may_reach

    async def publish(
        self, account_id: AccountId, device_id: DeviceId, packages: Sequence[bytes], last_resort: bytes | None
    ) -> int | None:
        """Keep `packages` to be given out, and `last_resort` in place of an older one; returns how many wait.

        A package seen before is passed over, so a repeat offers nothing twice. None, and nothing kept, if more
        than KEY_PACKAGES_MAX would wait.
        """
        now_ms = self._clock.now_ms()

        def keep(tx: Tx) -> int | None:
            fresh = {package_hash(one): one for one in packages}
            known = known_hashes(tx, device_id)
            new = {digest: one for digest, one in fresh.items() if digest not in known}
            waiting = count_of(tx, device_id, now_ms=now_ms).count
            if waiting + len(new) > KEY_PACKAGES_MAX:
                return None
            for digest, one in new.items():
                insert(tx, device_id, account_id, digest, one, last_resort=False, now_ms=now_ms)
            if last_resort is not None:
                replace_last_resort(tx, device_id, account_id, last_resort, now_ms=now_ms)
            return waiting + len(new)

        return await self._db.write(keep)

    async def count(self, device_id: DeviceId) -> PackageCount:
        now_ms = self._clock.now_ms()
        return await self._db.read(lambda tx: count_of(tx, device_id, now_ms=now_ms))

    async def claim(
        self,
        account_id: AccountId,
        device_id: DeviceId,
        account_ids: Sequence[AccountId],
        group_id: bytes | None = None,
    ) -> Claimed | ClaimRefusal | TooManyClaims:
        """Take one package for each device of the accounts, own other devices included, this one not [DS8].

        Refused as a whole if one of the accounts may not be reached and has not asked to be added to `group_id`,
        in whose roster the caller is [DS15]. Devices that run low are told.
        """
        now_ms = self._clock.now_ms()

        def take(tx: Tx) -> Claimed | ClaimRefusal | TooManyClaims:
            wait_s = limits.take(tx, "delivery.claims", account_id, count=CLAIMS_PER_HOUR, per_s=3_600, now_ms=now_ms)
            if wait_s is not None:
                return TooManyClaims(wait_s)
            wanted = list(dict.fromkeys(account_ids))
            is_member = group_id is not None and is_in_roster(tx, group_id, device_id)

            def may_claim(one: AccountId) -> bool:
                if one == account_id or self._may_reach(tx, account_id, one):
                    return True
                return group_id is not None and is_member and has_asked(tx, group_id, one, now_ms=now_ms)

            if not all(map(may_claim, wanted)):
                return ClaimRefusal.NO_CONSENT
            claimed = Claimed([], [])
            for one in wanted:
                for device in devices_of(tx, one):
                    if device.device_id != device_id:
                        self._take_one(tx, one, device.device_id, claimed, now_ms=now_ms)
            return claimed

        return await self._db.write(take)

    async def erase_expired(self) -> int:
        """Erase packages, and the hashes of those given out, KEY_PACKAGE_LIFETIME_MS after they were published."""
        before_ms = self._clock.now_ms() - KEY_PACKAGE_LIFETIME_MS
        return await self._db.write(
            lambda tx: tx.execute("DELETE FROM key_package WHERE published_at_ms < ?", (before_ms,))
        )

    def _take_one(self, tx: Tx, account_id: AccountId, device_id: DeviceId, claimed: Claimed, *, now_ms: int) -> None:
        package = give_out(tx, device_id, now_ms=now_ms)
        if package is None:
            claimed.without.append(device_id)
            return
        claimed.devices.append(ClaimedDevice(device_id, account_id, package))
        if count_of(tx, device_id, now_ms=now_ms).count < KEY_PACKAGES_LOW:
            tx.after_commit(lambda: self._relay.notify_device(device_id, NoticeTopic.KEY_PACKAGES))


def package_hash(package: bytes) -> bytes:
    return hashlib.sha256(package).digest()


def known_hashes(tx: Tx, device_id: DeviceId) -> set[bytes]:
    """Of packages that wait and of those given out."""
    rows = tx.all("SELECT package_hash FROM key_package WHERE device_id = ?", (device_id,))
    return {octets(row[0]) for row in rows}


def count_of(tx: Tx, device_id: DeviceId, *, now_ms: int) -> PackageCount:
    row = tx.one(
        "SELECT COUNT(CASE WHEN last_resort = 0 THEN 1 END), COUNT(CASE WHEN last_resort = 1 THEN 1 END) "
        "FROM key_package WHERE device_id = ? AND package IS NOT NULL AND published_at_ms >= ?",
        (device_id, now_ms - KEY_PACKAGE_LIFETIME_MS),
    )
    assert row is not None
    return PackageCount(integer(row[0]), bool(row[1]))


def insert(
    tx: Tx,
    device_id: DeviceId,
    account_id: AccountId,
    digest: bytes,
    package: bytes,
    *,
    last_resort: bool,
    now_ms: int,
) -> None:
    tx.execute(
        "INSERT INTO key_package (device_id, account_id, package_hash, package, last_resort, published_at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (device_id, account_id, digest, package, int(last_resort), now_ms),
    )


def replace_last_resort(tx: Tx, device_id: DeviceId, account_id: AccountId, package: bytes, *, now_ms: int) -> None:
    """Also when the same package was kept before in whatever role."""
    digest = package_hash(package)
    tx.execute(
        "DELETE FROM key_package WHERE device_id = ? AND (last_resort = 1 OR package_hash = ?)", (device_id, digest)
    )
    insert(tx, device_id, account_id, digest, package, last_resort=True, now_ms=now_ms)


def give_out(tx: Tx, device_id: DeviceId, *, now_ms: int) -> bytes | None:
    """The oldest package, of which only the hash stays; else the last resort; None if there is neither."""
    row = tx.one(
        "SELECT id, package, last_resort FROM key_package "
        "WHERE device_id = ? AND package IS NOT NULL AND published_at_ms >= ? ORDER BY last_resort, id LIMIT 1",
        (device_id, now_ms - KEY_PACKAGE_LIFETIME_MS),
    )
    if row is None:
        return None
    if not row[2]:
        tx.execute("UPDATE key_package SET package = NULL WHERE id = ?", (row[0],))
    return octets(row[1])


def erase_of_device(tx: Tx, device_id: DeviceId) -> None:
    tx.execute("DELETE FROM key_package WHERE device_id = ?", (device_id,))
