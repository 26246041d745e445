"""Recoveries: where a new device waits until two friends, or the account's own key, vouch for it [BK7] [BK8].

waiting --two approvals, or a proof--> vouched for --the wait is over--> approved --the device comes in--> gone.
Beside a device in use the wait is a day, counted from the first approval, and that device can cancel.
"""

import hmac
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from hongyan.accounts import account, account_named, devices_of, new_ticket, withdraw_ticket
from hongyan.backup import recovery_store, store
from hongyan.backup.model import (
    APPROVALS_MAX,
    RECOVERIES_OF_ACCOUNT,
    RECOVERIES_STARTED,
    RECOVERY_LIFETIME_MS,
    Approval,
    Asking,
    Polled,
    Recovery,
    RecoveryState,
    Refusal,
    Refused,
    Started,
)
from hongyan.backup.rules import is_vouched_for, opens_at_ms
from hongyan.backup.vault import TOPIC, Notify, too_many
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import TOKEN_CHARACTERS, AccountId, new_token, token_hash

PROOF_CONTEXT = b"hongyan recovery v1\0"

# Whether devices of the second account may be reached by the first: whether the two are friends [CT1].
Consent = Callable[[Tx, AccountId, AccountId], bool]


class Recoveries:
    def __init__(self, db: Database, clock: Clock, may_reach: Consent, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._may_reach = may_reach
        self._notify = notify

    async def start(self, name: str, network: str) -> Started | Refused:
        """A name that nobody has gets a recovery too, which nobody will ever approve."""
        now_ms = self._clock.now_ms()
        started = Started(new_token(), new_token(), now_ms + RECOVERY_LIFETIME_MS)

        def work(tx: Tx) -> Started | Refused:
            if refused := too_many(tx, RECOVERIES_STARTED, network, now_ms=now_ms):
                return refused
            if refused := too_many(tx, RECOVERIES_OF_ACCOUNT, name.casefold()[:256], now_ms=now_ms):
                return refused
            whose = account_named(tx, name)
            new = Recovery(
                recovery_id=started.recovery_id,
                poll_hash=token_hash(started.poll_secret),
                account_id=whose.account_id if whose else None,
                proved=False,
                opens_at_ms=None,
                ticket_hash=None,
                started_at_ms=now_ms,
                expires_at_ms=started.expires_at_ms,
            )
            recovery_store.insert_recovery(tx, new)
            return started

        return await self._db.write(work)

    async def look(self, friend_id: AccountId, recovery_id: str) -> Asking | Refused:
        """Who asks, for a friend of hers to see; for anybody else there is no such recovery."""

        def load(tx: Tx) -> Asking | Refused:
            found = self._for_friend(tx, friend_id, recovery_id)
            whose = account(tx, found.account_id) if found and found.account_id is not None else None
            if found is None or whose is None:
                return Refused(Refusal.RECOVERY_UNKNOWN)
            given = {approval.approver_id for approval in recovery_store.approvals(tx, recovery_id)}
            return Asking(whose.account_id, whose.name, found.started_at_ms, approved=friend_id in given)

        return await self._db.read(load)

    async def approve(self, friend_id: AccountId, recovery_id: str, sealed: bytes) -> Refused | None:
        """Give the share that a friend keeps, sealed to the new device; a repeat replaces it."""

        def work(tx: Tx) -> Refused | None:
            found = self._for_friend(tx, friend_id, recovery_id)
            if found is None:
                return Refused(Refusal.RECOVERY_UNKNOWN)
            others = [one for one in recovery_store.approvals(tx, recovery_id) if one.approver_id != friend_id]
            if len(others) >= APPROVALS_MAX:
                return Refused(Refusal.TOO_MANY_TRIES)
            recovery_store.put_approval(tx, Approval(recovery_id, friend_id, sealed))
            self._begin_wait(tx, found)
            return None

        return await self._db.write(work)

    async def prove(self, recovery_id: str, poll_secret: str, signature: bytes) -> Refused | None:
        """Vouch by the account's own key, which a backup file holds."""

        def work(tx: Tx) -> Refused | None:
            found = self._mine(tx, recovery_id, poll_secret)
            if found is None:
                return Refused(Refusal.RECOVERY_UNKNOWN)
            whose = account(tx, found.account_id) if found.account_id is not None else None
            if whose is None or not _signed(whose.account_key, PROOF_CONTEXT + recovery_id.encode(), signature):
                return Refused(Refusal.BAD_PROOF)
            recovery_store.set_proved(tx, recovery_id)
            self._begin_wait(tx, found)
            return None

        return await self._db.write(work)

    async def poll(self, recovery_id: str, poll_secret: str) -> Polled:
        """Each poll after the wait gives a new ticket and takes back the one before: an answer may be lost."""

        def waiting(tx: Tx) -> Polled | Recovery:
            found = self._mine(tx, recovery_id, poll_secret)
            if found is None:
                return Polled(RecoveryState.EXPIRED)
            approvals = len(recovery_store.approvals(tx, recovery_id))
            is_open = found.opens_at_ms is not None and found.opens_at_ms <= self._clock.now_ms()
            if found.account_id is not None and is_open and is_vouched_for(approvals, proved=found.proved):
                return found
            return Polled(RecoveryState.WAITING, approvals, found.opens_at_ms)

        def collect(tx: Tx) -> Polled:
            found = waiting(tx)
            if isinstance(found, Polled):
                return found
            whose = account(tx, found.account_id) if found.account_id is not None else None
            if whose is None:
                return Polled(RecoveryState.EXPIRED)
            if found.ticket_hash is not None:
                withdraw_ticket(tx, found.ticket_hash)
            ticket = new_ticket(tx, whose.account_id, now_ms=self._clock.now_ms())
            recovery_store.set_ticket(tx, recovery_id, token_hash(ticket))
            approvals = recovery_store.approvals(tx, recovery_id)
            circle = store.circle(tx, whose.account_id)
            backup = store.backup(tx, whose.account_id)
            return Polled(
                state=RecoveryState.APPROVED,
                approvals=len(approvals),
                opens_at_ms=found.opens_at_ms,
                account_id=whose.account_id,
                account_key=whose.account_key,
                name=whose.name,
                circle_id=circle.circle_id if circle else None,
                box=circle.box if circle else None,
                sealed=tuple(approval.sealed for approval in approvals),
                ticket=ticket,
                format=backup.format if backup else None,
            )

        # Polling is frequent, so waiting must cost no write.
        outcome = await self._db.read(waiting)
        return outcome if isinstance(outcome, Polled) else await self._db.write(collect)

    async def of_account(self, account_id: AccountId) -> list[Recovery]:
        """Those that friends or the key vouched for: what the account's own devices are told of."""
        now_ms = self._clock.now_ms()
        found = await self._db.read(lambda tx: recovery_store.recoveries_of(tx, account_id))
        return [one for one in found if now_ms < one.expires_at_ms]

    async def cancel(self, account_id: AccountId, recovery_id: str) -> None:
        """A device of the account says no; a ticket that was given out admits nobody any more."""

        def work(tx: Tx) -> None:
            found = recovery_store.recovery(tx, recovery_id)
            if found is None or found.account_id != account_id:
                return
            if found.ticket_hash is not None:
                withdraw_ticket(tx, found.ticket_hash)
            recovery_store.erase_recovery(tx, recovery_id)
            tx.after_commit(lambda: self._notify([account_id], TOPIC))

        await self._db.write(work)

    def _begin_wait(self, tx: Tx, found: Recovery) -> None:
        assert found.account_id is not None
        account_id = found.account_id
        if found.opens_at_ms is None:
            days = [device.last_seen_day for device in devices_of(tx, account_id)]
            opens = opens_at_ms(days, now_ms=self._clock.now_ms())
            recovery_store.set_opening(tx, found.recovery_id, opens_at_ms=opens)
        tx.after_commit(lambda: self._notify([account_id], TOPIC))

    def _for_friend(self, tx: Tx, friend_id: AccountId, recovery_id: str) -> Recovery | None:
        found = self._living(tx, recovery_id)
        if found is None or found.account_id is None or found.account_id == friend_id:
            return None
        return found if self._may_reach(tx, friend_id, found.account_id) else None

    def _mine(self, tx: Tx, recovery_id: str, poll_secret: str) -> Recovery | None:
        found = self._living(tx, recovery_id)
        if found is None or not hmac.compare_digest(found.poll_hash, token_hash(poll_secret)):
            return None
        return found

    def _living(self, tx: Tx, recovery_id: str) -> Recovery | None:
        found = recovery_store.recovery(tx, recovery_id) if len(recovery_id) == TOKEN_CHARACTERS else None
        return found if found is not None and self._clock.now_ms() < found.expires_at_ms else None


def _signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
