"""The use cases of media: a blob comes in, is fetched by those it is for, and goes."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing

from hongyan.accounts import Accounts
from hongyan.foundation import limits
from hongyan.foundation.blobs import Blobs, NoSuchBlob, Piece, read_pieces
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, StorageFull, Tx
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.media import rules, store
from hongyan.media.erasing import Eraser
from hongyan.media.gate import Gate
from hongyan.media.intake import Intake, NextBytes, TooMuch
from hongyan.media.model import (
    BLOB_BYTES_MAX,
    BLOB_LIFETIME_MS,
    BUSY_RETRY_S,
    CREATIONS_COUNT,
    CREATIONS_PER_S,
    CREATIONS_SCOPE,
    ERASED_AT_ONCE,
    FEATURE,
    FETCHES_MAX,
    FETCHES_OF_DEVICE_MAX,
    FULL_RETRY_S,
    LOOKS_BEFORE_ERASING,
    SMALL_PIECE_BYTES,
    SMALL_PIECES_MAX,
    UPLOAD_LIFETIME_MS,
    UPLOADS_MAX,
    UPLOADS_OF_DEVICE_MAX,
    Blob,
    BlobId,
    Fetchable,
    Progress,
    Quota,
    Refusal,
    Refused,
    Roster,
    Uploader,
    Wanted,
)


class Media:
    """The front door. Being built, it also joins the transactions in which devices and accounts go.

    A blob's row comes first, then its pieces: each is durable in the blob store before the row counts it, and a
    row is erased before its pieces are. So no row ever names what is not there, and what no row names is swept.
    """

    def __init__(
        self, db: Database, clock: Clock, blobs: Blobs, accounts: Accounts, roster: Roster, quota: Quota
    ) -> None:
        self.eraser = Eraser(db, blobs)
        self.fetches = Gate(count_max=FETCHES_MAX, of_device_max=FETCHES_OF_DEVICE_MAX)
        self._uploads = Gate(count_max=UPLOADS_MAX, of_device_max=UPLOADS_OF_DEVICE_MAX)
        self._db = db
        self._clock = clock
        self._blobs = blobs
        self._roster = roster
        self._quota = quota
        accounts.hooks.device_removed.append(self._release_device)
        accounts.hooks.account_erased.append(self._release_account)

    # --- uploading ------------------------------------------------------------------------------------

    async def create(self, wanted: Wanted, by: Uploader) -> Progress | Refused:
        """Begin an upload [ME9]; the same creation again tells how far it is."""
        if wanted.length > BLOB_BYTES_MAX:
            return Refused(Refusal.TOO_LARGE)
        if not rules.is_blob_length(wanted.length):
            return Refused(Refusal.MALFORMED)
        room_bytes = await self._blobs.room_bytes()
        now_ms = self._clock.now_ms()
        return await self._db.write(lambda tx: self._create(tx, wanted, by, room_bytes, now_ms))

    async def progress(self, blob_id: BlobId, by: Uploader) -> Progress | Refused:
        def load(tx: Tx) -> Progress | Refused:
            blob = self._own(tx, blob_id, by)
            return Refused(Refusal.MEDIA_UNKNOWN) if blob is None else _progress(blob)

        return await self._db.read(load)

    async def receive(
        self, blob_id: BlobId, by: Uploader, offset: int, body: NextBytes, announced: int | None
    ) -> Progress | Refused:
        """Store what comes at `offset` [ME10]; returns once all of it that came is durable.

        `announced`: the body's length, where the request tells it. Raises StorageFull, StorageUnavailable; what
        was durable before that stays.
        """
        place = self._uploads.enter(by.device_id)
        if place is None:
            return Refused(Refusal.BUSY, BUSY_RETRY_S)
        try:
            now = await self.progress(blob_id, by)
            if isinstance(now, Refused):
                return now
            if now.offset != offset:
                return Refused(Refusal.OFFSET_MISMATCH, offset=now.offset)
            if announced is not None and announced > now.length - offset:
                return Refused(Refusal.TOO_LARGE)
            intake = Intake(body, self._clock, bytes_max=now.length - offset)
            while await intake.has_more():
                outcome = await self._store_piece(blob_id, by, now.offset, intake)
                if isinstance(outcome, Refused):
                    return outcome
                now = outcome
            return now
        finally:
            place.leave()

    async def remove(self, blob_id: BlobId, by: Uploader) -> None:
        """Take an upload or a complete blob back [ME11]; a repeat is no error."""

        def work(tx: Tx) -> None:
            if self._own(tx, blob_id, by) is not None:
                self._erase(tx, [blob_id])

        await self._db.write(work)

    async def add_due(self, blob_id: BlobId, by: Uploader, group_id: bytes) -> Refused | None:
        """Those now in the group's roster are due too, unless they have it [ME12]."""

        def work(tx: Tx) -> Refused | None:
            blob = self._own(tx, blob_id, by)
            if blob is None or not blob.is_complete:
                return Refused(Refusal.MEDIA_UNKNOWN)
            roster = self._roster(tx, group_id)
            if by.device_id not in roster:
                return Refused(Refusal.NOT_IN_GROUP)
            store.insert_due(tx, blob_id, roster.keys() - {by.device_id})
            return None

        return await self._db.write(work)

    # --- fetching -------------------------------------------------------------------------------------

    async def fetchable(self, blob_id: BlobId, account_id: AccountId, device_id: DeviceId) -> Fetchable | Refused:
        """What this device may fetch [ME13]."""

        def load(tx: Tx) -> Fetchable | Refused:
            blob = store.blob(tx, blob_id)
            if blob is None or not blob.is_complete:
                return Refused(Refusal.MEDIA_UNKNOWN)
            if blob.account_id != account_id and not store.is_due(tx, blob_id, device_id):
                return Refused(Refusal.MEDIA_UNKNOWN)
            return Fetchable(blob.length, store.pieces(tx, blob_id))

        return await self._db.read(load)

    async def read(self, found: Fetchable, start: int, stop: int) -> AsyncGenerator[bytes, None] | Refused:
        """The bytes from `start` to before `stop`, of which the first are at hand: what is not there is told now."""
        parts = read_pieces(self._blobs, found.pieces, start, stop)
        try:
            first = await anext(parts)
        except NoSuchBlob:
            return Refused(Refusal.MEDIA_UNKNOWN)
        return _from(first, parts)

    async def take(self, blob_id: BlobId, device_id: DeviceId) -> None:
        """The device has it all; with the last device the blob goes [ME14]. A repeat is no error."""

        def work(tx: Tx) -> None:
            if store.take(tx, blob_id, device_id) and not store.is_anybody_due(tx, blob_id):
                self._erase(tx, [blob_id])

        await self._db.write(work)

    # --- what goes by itself --------------------------------------------------------------------------

    async def erase_old(self) -> None:
        """One of the hourly looks [ME11] [ME15]: as with mail, a clock that is wrong for hours erases no blob."""
        now_ms = self._clock.now_ms()
        await self._db.write(lambda tx: store.look_for_old(tx, now_ms=now_ms))

        def work(tx: Tx) -> bool:
            found = store.old(tx, looks=LOOKS_BEFORE_ERASING, now_ms=now_ms, count=ERASED_AT_ONCE)
            self._erase(tx, found)
            return len(found) == ERASED_AT_ONCE

        while await self._db.write(work):
            pass

    async def sweep(self) -> None:
        await self.eraser.sweep()

    async def flush(self) -> None:
        """Erase what is to be erased: for an orderly end."""
        await self.eraser.flush()

    # --- inside a transaction -------------------------------------------------------------------------

    def _create(self, tx: Tx, wanted: Wanted, by: Uploader, room_bytes: int | None, now_ms: int) -> Progress | Refused:
        known = store.blob(tx, wanted.blob_id)
        if known is not None:
            same = known.device_id == by.device_id and known.length == wanted.length
            if same and known.group_id in (None, wanted.group_id):
                return _progress(known)
            return Refused(Refusal.MEDIA_ID_TAKEN)
        if by.device_id not in self._roster(tx, wanted.group_id):
            return Refused(Refusal.NOT_IN_GROUP)
        retry_after_s = limits.take(
            tx, CREATIONS_SCOPE, by.account_id, count=CREATIONS_COUNT, per_s=CREATIONS_PER_S, now_ms=now_ms
        )
        if retry_after_s is not None:
            return Refused(Refusal.TOO_MANY_TRIES, retry_after_s)
        if store.bytes_of_account(tx, by.account_id) + wanted.length > self._quota.account_bytes_max:
            return Refused(Refusal.MEDIA_ACCOUNT_FULL)
        if not self._fits(tx, wanted.length, room_bytes):
            return Refused(Refusal.STORAGE_FULL, FULL_RETRY_S)
        store.insert(tx, wanted, by, expires_at_ms=now_ms + UPLOAD_LIFETIME_MS)
        return Progress(0, wanted.length, now_ms + UPLOAD_LIFETIME_MS)

    def _fits(self, tx: Tx, length: int, room_bytes: int | None) -> bool:
        if room_bytes is not None and store.bytes_promised(tx) + length > room_bytes:
            return False
        return self._quota.bytes_max is None or store.bytes_in_all(tx) + length <= self._quota.bytes_max

    async def _store_piece(self, blob_id: BlobId, by: Uploader, offset: int, intake: Intake) -> Progress | Refused:
        name = f"{FEATURE}/{secrets.token_hex(1)}/{secrets.token_hex(16)}"
        try:
            size = await self._blobs.put(name, intake.piece())
        except TooMuch:
            return Refused(Refusal.TOO_LARGE)
        now_ms = self._clock.now_ms()
        piece = Piece(name, offset, size)
        try:
            outcome = await self._db.write(lambda tx: self._advance(tx, blob_id, by, piece, now_ms))
        except StorageFull:
            self.eraser.erase_soon([name])
            raise
        if isinstance(outcome, Refused):
            self.eraser.erase_soon([name])
        return outcome

    def _advance(self, tx: Tx, blob_id: BlobId, by: Uploader, piece: Piece, now_ms: int) -> Progress | Refused:
        blob = self._own(tx, blob_id, by)
        if blob is None:
            return Refused(Refusal.MEDIA_UNKNOWN)
        is_last = piece.start + piece.bytes == blob.length
        if piece.bytes < SMALL_PIECE_BYTES and not is_last and store.count_pieces(tx, blob_id) >= SMALL_PIECES_MAX:
            return Refused(Refusal.TOO_MANY_TRIES, BUSY_RETRY_S)
        if not store.advance(tx, blob_id, piece):
            return Refused(Refusal.OFFSET_MISMATCH, offset=blob.stored)
        stored = piece.start + piece.bytes
        if stored < blob.length:
            return Progress(stored, blob.length, blob.expires_at_ms)
        assert stored == blob.length and blob.group_id is not None
        expires_at_ms = now_ms + BLOB_LIFETIME_MS
        store.complete(tx, blob_id, expires_at_ms=expires_at_ms)
        roster = self._roster(tx, blob.group_id)
        if by.device_id in roster:
            store.insert_due(tx, blob_id, roster.keys() - {by.device_id})
        if not store.is_anybody_due(tx, blob_id):
            self._erase(tx, [blob_id])
        return Progress(stored, blob.length, expires_at_ms)

    def _own(self, tx: Tx, blob_id: BlobId, by: Uploader) -> Blob | None:
        """The blob, if this device uploads or uploaded it."""
        blob = store.blob(tx, blob_id)
        return blob if blob is not None and blob.device_id == by.device_id else None

    def _erase(self, tx: Tx, blob_ids: list[BlobId]) -> None:
        objects = store.erase(tx, blob_ids)
        if objects:
            tx.after_commit(lambda: self.eraser.erase_soon(objects))

    def _release_device(self, tx: Tx, device_id: DeviceId) -> None:
        """It is due no more, and what it was uploading goes [ME14]."""
        released = store.release_device(tx, device_id)
        gone = [blob_id for blob_id in released if not store.is_anybody_due(tx, blob_id)]
        self._erase(tx, gone + store.unfinished_of_device(tx, device_id))

    def _release_account(self, tx: Tx, account_id: AccountId) -> None:
        self._erase(tx, store.of_account(tx, account_id))


async def _from(first: bytes, parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(parts):
        yield first
        async for part in parts:
            yield part


def _progress(blob: Blob) -> Progress:
    return Progress(blob.stored, blob.length, blob.expires_at_ms)
