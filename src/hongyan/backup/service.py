"""The use cases of backups: segments in and out, and versions that are whole or not there [BK1]–[BK4]."""

import hashlib

from hongyan.accounts import Accounts
from hongyan.backup import recovery_store, store
from hongyan.backup.model import (
    SEGMENT_GRACE_MS,
    SEGMENTS_UPLOADED,
    Backup,
    Circle,
    Held,
    NewBackup,
    Refusal,
    Refused,
)
from hongyan.backup.recovery import Consent, Recoveries
from hongyan.backup.vault import Notify, Vaults, too_many
from hongyan.foundation.blobs import Blobs, NoSuchBlob
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, DeviceId

ERASED_AT_ONCE_MAX = 200


class Backups:
    """The front door. Being built, it also joins the transactions in which accounts go."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        blobs: Blobs,
        accounts: Accounts,
        may_reach: Consent,
        notify: Notify,
        *,
        bytes_max: int,
    ) -> None:
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self.bytes_max = bytes_max
        self.vaults = Vaults(db, clock, notify)
        self.recoveries = Recoveries(db, clock, may_reach, notify)
        accounts.hooks.account_erased.append(self._forget)

    async def held(self, account_id: AccountId) -> Held:
        def load(tx: Tx) -> Held:
            return Held(
                backup=store.backup(tx, account_id),
                vault=store.vault(tx, account_id),
                circle=store.circle(tx, account_id),
                used_bytes=store.bytes_held(tx, account_id),
            )

        return await self._db.read(load)

    async def put_segment(self, account_id: AccountId, segment_id: bytes, content: bytes) -> Refused | None:
        """Keep a ciphertext under its SHA-256; it is erased a day later unless a version uses it.

        A repeat is no error. The row comes first, so that a crash leaves no file that nothing knows of.
        """
        if hashlib.sha256(content).digest() != segment_id:
            return Refused(Refusal.SEGMENT_DAMAGED)
        now_ms = self._clock.now_ms()

        def begin(tx: Tx) -> Refused | bool:
            found = store.segment(tx, account_id, segment_id)
            if found is None:
                if refused := too_many(tx, SEGMENTS_UPLOADED, account_id, now_ms=now_ms):
                    return refused
                if store.bytes_held(tx, account_id) + len(content) > self.bytes_max:
                    return Refused(Refusal.BACKUP_FULL)
            free_at_ms = now_ms + SEGMENT_GRACE_MS
            store.insert_segment(tx, account_id, segment_id, len(content), free_at_ms=free_at_ms)
            store.postpone_freedom(tx, account_id, segment_id, free_at_ms=free_at_ms)
            return found is not None and found.stored

        outcome = await self._db.write(begin)
        if isinstance(outcome, Refused):
            return outcome
        if not outcome:
            await self._blobs.put(_name(account_id, segment_id), content)
            await self._db.write(lambda tx: store.mark_stored(tx, account_id, segment_id))
        return None

    async def segment(self, account_id: AccountId, segment_id: bytes) -> bytes | Refused:
        found = await self._db.read(lambda tx: store.segment(tx, account_id, segment_id))
        if found is None or not found.stored:
            return Refused(Refusal.SEGMENT_UNKNOWN)
        try:
            name = _name(account_id, segment_id)
            return b"".join([part async for part in self._blobs.read(name, 0, found.size_bytes)])
        except NoSuchBlob:
            return Refused(Refusal.SEGMENT_UNKNOWN)

    async def put_backup(self, account_id: AccountId, device_id: DeviceId, new: NewBackup) -> Refused | None:
        """Make `new` the newest version, whole, if `new.after` still is [BK3]; a byte-identical repeat is no error.

        Segments the newest version no longer uses stay for a day, for whoever is restoring the one before.
        """
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            current = store.backup(tx, account_id)
            if current is not None and (current.version, current.manifest) == (new.version, new.manifest):
                return None
            if (current.version if current else 0) != new.after or new.version <= new.after:
                return Refused(Refusal.BACKUP_MOVED)
            wanted = set(new.segments)
            if not wanted <= store.segments_stored(tx, account_id):
                return Refused(Refusal.SEGMENT_UNKNOWN)
            used = store.segments_in_use(tx, account_id)
            store.set_free(tx, account_id, used - wanted, free_at_ms=now_ms + SEGMENT_GRACE_MS)
            store.set_free(tx, account_id, wanted - used, free_at_ms=None)
            made = Backup(account_id, new.version, new.format, device_id, now_ms, new.manifest, new.key_for_devices)
            store.put_backup(tx, made)
            return None

        return await self._db.write(work)

    async def put_circle(self, account_id: AccountId, circle_id: bytes, box: bytes) -> None:
        new = Circle(account_id, circle_id, box, self._clock.now_ms())
        await self._db.write(lambda tx: store.put_circle(tx, new))

    async def erase(self, account_id: AccountId) -> None:
        """Erase the backup with all that opens it; its files go with the next round of the job."""
        await self._db.write(lambda tx: self._erase(tx, account_id))

    async def erase_freed(self) -> None:
        """Erase the files of segments that nothing uses, then their rows; and recoveries that ended."""
        now_ms = self._clock.now_ms()
        await self._db.write(lambda tx: recovery_store.erase_expired(tx, now_ms=now_ms))
        while True:
            freed = await self._db.read(lambda tx: store.segments_to_erase(tx, now_ms=now_ms, limit=ERASED_AT_ONCE_MAX))
            for one in freed:
                account_id, segment_id = one.account_id, one.segment_id
                if not await self._db.write(
                    lambda tx, a=account_id, s=segment_id: store.claim_erasure(tx, a, s, now_ms=now_ms)  # type: ignore[misc]  # mypy cannot infer defaults
                ):
                    continue
                await self._blobs.erase([_name(account_id, segment_id)])
                await self._db.write(
                    lambda tx, a=account_id, s=segment_id: store.erase_segment(tx, a, s, now_ms=now_ms)  # type: ignore[misc]  # mypy cannot infer defaults
                )
            if len(freed) < ERASED_AT_ONCE_MAX:
                return

    def _erase(self, tx: Tx, account_id: AccountId) -> None:
        store.erase_backup(tx, account_id)
        store.free_all(tx, account_id, free_at_ms=self._clock.now_ms())

    def _forget(self, tx: Tx, account_id: AccountId) -> None:
        self._erase(tx, account_id)
        recovery_store.erase_of_account(tx, account_id)


def _name(account_id: AccountId, segment_id: bytes) -> str:
    return f"backup/{account_id}/{segment_id.hex()}"
