"""Asking to be added to a group [DS15]: the asker's consent, and her sealed words in every member's mailbox."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

from hongyan.delivery import store
from hongyan.delivery.frames import EnvelopeKind
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, DeviceId

SEALED_BYTES_MAX: Final = 2 * 1024
REQUEST_LIFETIME_MS: Final = 7 * 86_400_000
REQUESTS_PER_DAY: Final = 20
REQUESTS_PER_GROUP_AND_DAY: Final = 300
DAY_S: Final = 86_400


class RequestRefusal(StrEnum):
    """Why nobody was asked, in the order checked."""

    UNKNOWN_GROUP = "not_found"
    TOO_MANY = "too_many_tries"


class Deliver(Protocol):
    """Put the server's own envelope in these mailboxes."""

    def __call__(
        self, tx: Tx, kind: EnvelopeKind, group_id: bytes, body: bytes | None, to: list[DeviceId], /
    ) -> None: ...


class Requests:
    def __init__(self, db: Database, clock: Clock, deliver: Deliver) -> None:
        self._db = db
        self._clock = clock
        self._deliver = deliver

    async def ask(self, account_id: AccountId, group_id: bytes, sealed: bytes) -> RequestRefusal | None:
        """Consent to be added by any member, and tell each of the group's devices.

        A member's own request does nothing. Asking again counts as another try, and tells them again.
        """
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> RequestRefusal | None:
            group = store.group(tx, group_id)
            if group is None:
                return RequestRefusal.UNKNOWN_GROUP
            if account_id in group.accounts():
                return None
            tries = (
                ("delivery.requests", str(account_id), REQUESTS_PER_DAY),
                ("delivery.requests_of_group", group_id.hex(), REQUESTS_PER_GROUP_AND_DAY),
            )
            for scope, subject, count in tries:
                if limits.take(tx, scope, subject, count=count, per_s=DAY_S, now_ms=now_ms) is not None:
                    return RequestRefusal.TOO_MANY
            insert(tx, group_id, account_id, at_ms=now_ms)
            self._deliver(tx, EnvelopeKind.REQUEST, group_id, sealed, list(group.roster))
            return None

        return await self._db.write(work)

    async def withdraw(self, account_id: AccountId, group_id: bytes) -> None:
        """Nobody may add her for having asked; a repeat is no error."""
        await self._db.write(lambda tx: erase(tx, group_id, account_id))

    async def erase_expired(self) -> int:
        before_ms = self._clock.now_ms() - REQUEST_LIFETIME_MS
        return await self._db.write(lambda tx: tx.execute("DELETE FROM join_request WHERE at_ms < ?", (before_ms,)))


def has_asked(tx: Tx, group_id: bytes, account_id: AccountId, *, now_ms: int) -> bool:
    row = tx.one(
        "SELECT 1 FROM join_request WHERE group_id = ? AND account_id = ? AND at_ms >= ?",
        (group_id, account_id, now_ms - REQUEST_LIFETIME_MS),
    )
    return row is not None


def insert(tx: Tx, group_id: bytes, account_id: AccountId, *, at_ms: int) -> None:
    tx.execute(
        "INSERT INTO join_request (group_id, account_id, at_ms) VALUES (?, ?, ?) "
        "ON CONFLICT (group_id, account_id) DO UPDATE SET at_ms = excluded.at_ms",
        (group_id, account_id, at_ms),
    )


def erase(tx: Tx, group_id: bytes, account_id: AccountId) -> None:
    tx.execute("DELETE FROM join_request WHERE group_id = ? AND account_id = ?", (group_id, account_id))


def erase_of_account(tx: Tx, account_id: AccountId) -> None:
    tx.execute("DELETE FROM join_request WHERE account_id = ?", (account_id,))
