"""Mail that is erased undelivered, and the word of it that its sender gets [DS7].

An `undelivered` envelope names the sender device's own numbers of application messages that did not reach
everybody; commits and welcomes go without a word, because who missed them rejoins [HL2].
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from hongyan.delivery import store
from hongyan.delivery.frames import EnvelopeKind
from hongyan.delivery.metrics import EXPIRED
from hongyan.delivery.model import MAIL_LIFETIME_MS, MAILBOX_ROWS_MAX
from hongyan.delivery.service import Delivery
from hongyan.delivery.store import integer, octets
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Row, Tx
from hongyan.foundation.ids import DeviceId

BODIES_PER_WRITE = 5_000
MAIL_PER_WRITE = 5_000
# Hourly looks in a row that must find mail too old: a clock that is wrong for less than a day erases nothing.
LOOKS_BEFORE_ERASING = 24


@dataclass(frozen=True, slots=True)
class Lost:
    """An application message that somebody will not get."""

    group_id: bytes
    sender: DeviceId
    no: int


class Expiry:
    def __init__(self, db: Database, clock: Clock, delivery: Delivery) -> None:
        self._db = db
        self._clock = clock
        self._delivery = delivery

    async def expire_old(self) -> None:
        """Erase mail that LOOKS_BEFORE_ERASING calls in a row found older than MAIL_LIFETIME_MS."""
        before_ms = self._clock.now_ms() - MAIL_LIFETIME_MS
        ripe_seq = await self._db.write(lambda tx: note_old_mail(tx, before_ms))
        while ripe_seq and await self._db.write(lambda tx: self._expire_some(tx, ripe_seq)) == BODIES_PER_WRITE:
            pass

    async def shorten_long(self) -> None:
        """Erase the oldest mail of each mailbox over MAILBOX_ROWS_MAX rows."""
        for device_id, cut_seq in await self._db.read(long_mailboxes):
            while await self._db.write(
                lambda tx, device_id=device_id, cut_seq=cut_seq: self._shorten(tx, device_id, cut_seq)  # type: ignore[misc]  # mypy cannot infer defaults
            ):
                pass

    def _expire_some(self, tx: Tx, ripe_seq: int) -> int:
        """Erase at most BODIES_PER_WRITE bodies up to `ripe_seq` with their mail; returns how many."""
        rows = tx.all("SELECT seq FROM body WHERE seq <= ? ORDER BY seq LIMIT ?", (ripe_seq, BODIES_PER_WRITE))
        if not rows:
            return 0
        last = rows[-1]
        tx.execute("DELETE FROM mail WHERE seq <= ?", last)
        gone = tx.all("DELETE FROM body WHERE seq <= ? RETURNING kind, group_id, sender, no", last)
        EXPIRED.labels("age").inc(len(gone))
        self._tell(tx, lost_among(gone))
        return len(gone)

    def _shorten(self, tx: Tx, device_id: DeviceId, cut_seq: int) -> bool:
        """Erase at most MAIL_PER_WRITE rows up to `cut_seq`; False when there were none."""
        rows = tx.all(
            "SELECT m.seq, m.sole, b.kind, b.group_id, b.sender, b.no FROM mail m JOIN body b ON b.seq = m.seq "
            "WHERE m.device_id = ? AND m.seq <= ? ORDER BY m.seq LIMIT ?",
            (device_id, cut_seq, MAIL_PER_WRITE),
        )
        if not rows:
            return False
        tx.execute("DELETE FROM mail WHERE device_id = ? AND seq <= ?", (device_id, rows[-1][0]))
        store.release_bodies(tx, [row[:2] for row in rows])
        EXPIRED.labels("length").inc(len(rows))
        self._tell(tx, lost_among(row[2:] for row in rows))
        return True

    def _tell(self, tx: Tx, lost: Iterable[Lost]) -> None:
        numbers: dict[tuple[DeviceId, bytes], list[int]] = defaultdict(list)
        for one in lost:
            numbers[one.sender, one.group_id].append(one.no)
        for (sender, group_id), nos in numbers.items():
            # A sender that is gone has no mailbox, and must not get one.
            if store.has_mailbox(tx, sender):
                body = msgspec.msgpack.encode(nos)
                self._delivery.deliver(tx, EnvelopeKind.UNDELIVERED, group_id, body, [sender])


def note_old_mail(tx: Tx, before_ms: int) -> int:
    """One look; returns the seq up to which mail may go, 0 while none may.

    Only the lowest seqs count as old: a clock that once went back must not let younger mail go early.
    """
    old_seq = store.old_seq(tx, before_ms)
    noted_seq, looks = store.noted_old(tx)
    if looks == 0 or old_seq < noted_seq:
        store.note_old(tx, old_seq, 1 if old_seq else 0)
        return 0
    if looks + 1 < LOOKS_BEFORE_ERASING:
        store.note_old(tx, noted_seq, looks + 1)
        return 0
    store.note_old(tx, old_seq, 1)
    return noted_seq


def lost_among(rows: Iterable[Row]) -> list[Lost]:
    """Of rows (kind, group_id, sender, no), those a sender must hear of."""
    return [
        Lost(octets(group_id), DeviceId(integer(sender)), integer(no))
        for kind, group_id, sender, no in rows
        if kind == EnvelopeKind.APPLICATION
    ]


def long_mailboxes(tx: Tx) -> list[tuple[DeviceId, int]]:
    """Each device whose mailbox is too long, with the newest seq that must go."""
    found = []
    for device_id, _ in tx.all(
        "SELECT device_id, COUNT(*) FROM mail GROUP BY device_id HAVING COUNT(*) > ?", (MAILBOX_ROWS_MAX,)
    ):
        row = tx.one(
            "SELECT seq FROM mail WHERE device_id = ? ORDER BY seq DESC LIMIT 1 OFFSET ?",
            (device_id, MAILBOX_ROWS_MAX),
        )
        assert row is not None
        found.append((DeviceId(integer(device_id)), integer(row[0])))
    return found
