"""Payment PINs: set, tried, locked, reset [WA5] [WA6] [WA7].

A try is counted, as if it were wrong, before it is judged: a thousand at once are five tries and a lock.
"""

from hongyan.accounts import BUSY_RETRY_S, Busy, Passwords
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, token_hash
from hongyan.wallet.approvals import rules, store
from hongyan.wallet.approvals.model import (
    CHANGE_PIN,
    PINS_SET_COUNT,
    PINS_SET_PER_S,
    PINS_SET_SCOPE,
    RESET_OPEN_MS,
    RESET_WAIT_MS,
    Act,
    Pin,
    PinStatus,
)
from hongyan.wallet.approvals.pepper import Pepper
from hongyan.wallet.notices import TOPIC, Notify
from hongyan.wallet.refusals import Refusal, Refused

_BUSY = Refused(Refusal.TOO_MANY_TRIES, BUSY_RETRY_S)


class Pins:
    def __init__(self, db: Database, clock: Clock, passwords: Passwords, pepper: Pepper, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._pepper = pepper
        self._notify = notify

    def status(self, tx: Tx, account_id: AccountId) -> PinStatus:
        pin, now_ms = store.pin(tx, account_id), self._clock.now_ms()
        if pin is None:
            return PinStatus(False, rules.TRIES_MAX, None, None, False)
        is_locked = pin.locked_until_ms > now_ms
        wrong = 0 if pin.locked_until_ms and not is_locked else pin.wrong
        is_asked = pin.reset_at_ms and now_ms < pin.reset_at_ms + RESET_OPEN_MS
        return PinStatus(
            True,
            max(0, rules.TRIES_MAX - wrong),
            pin.locked_until_ms if is_locked else None,
            pin.reset_at_ms if is_asked else None,
            pin.passkeys_until_ms > 0,
        )

    async def set(
        self, account_id: AccountId, pin: str, *, old: str | None, act_id: bytes | None, approval: str | None
    ) -> Refused | None:
        """Set the first PIN, or replace it: by the old one, an approval for that, or after the wait she asked for."""
        if not rules.is_pin(pin) or rules.is_too_simple(pin):
            return Refused(Refusal.PIN_TOO_SIMPLE)
        now_ms = self._clock.now_ms()

        def count(tx: Tx) -> Refused | None:
            retry_after_s = limits.take(
                tx, PINS_SET_SCOPE, account_id, count=PINS_SET_COUNT, per_s=PINS_SET_PER_S, now_ms=now_ms
            )
            return None if retry_after_s is None else Refused(Refusal.TOO_MANY_TRIES, retry_after_s)

        if refused := await self._db.write(count):
            return refused
        judged = None if old is None else await self.judge(account_id, old)
        if isinstance(judged, Refused):
            return judged
        try:
            hashed = await self._passwords.hash(self._pepper.applied(account_id, pin))
        except Busy:
            return _BUSY

        def put(tx: Tx) -> Refused | None:
            current = store.pin(tx, account_id)
            if current is not None and not self._has_waited(current) and not proved(tx):
                return Refused(Refusal.PIN_PROOF_NEEDED)
            store.put_pin(tx, account_id, hashed)
            self._tell(tx, account_id)
            return None

        def proved(tx: Tx) -> bool:
            if judged is not None:
                return self.confirm(tx, account_id, judged)
            if act_id is None or approval is None:
                return False
            act = Act(CHANGE_PIN, act_id, 0, "", str(account_id))
            return store.spend_approval(tx, token_hash(approval), account_id, act.digest, now_ms=self._clock.now_ms())

        return await self._db.write(put)

    async def judge(self, account_id: AccountId, pin: str) -> str | Refused:
        """The hash that `pin` matches, for `confirm`."""

        def count(tx: Tx) -> Pin | Refused:
            now_ms = self._clock.now_ms()
            current = store.pin(tx, account_id)
            if current is None:
                return Refused(Refusal.PAYMENT_PIN_MISSING)
            tried = rules.counted(current.wrong, current.locked_until_ms, now_ms=now_ms)
            if tried is None:
                waits_ms = min(current.locked_until_ms - now_ms, rules.LOCK_MS)
                return Refused(Refusal.PAYMENT_PIN_LOCKED, -(-waits_ms // 1000))
            wrong, locked_until_ms = tried
            store.set_tries(tx, account_id, wrong=wrong, locked_until_ms=locked_until_ms)
            self._tell(tx, account_id)
            return current

        def give_back(tx: Tx) -> None:
            current = store.pin(tx, account_id)
            if current is not None and current.wrong:
                store.set_tries(tx, account_id, wrong=current.wrong - 1, locked_until_ms=0)

        current = await self._db.write(count)
        if isinstance(current, Refused):
            return current
        try:
            matches = await self._passwords.matches(current.hash, self._pepper.applied(account_id, pin))
        except Busy:
            await self._db.write(give_back)  # Nobody looked at it, so nothing was learned.
            return _BUSY
        return current.hash if matches else Refused(Refusal.WRONG_PAYMENT_PIN)

    def confirm(self, tx: Tx, account_id: AccountId, hash: str) -> bool:
        """Forget the wrong tries after a right one; False if the PIN was replaced meanwhile."""
        current = store.pin(tx, account_id)
        if current is None or current.hash != hash:
            return False
        store.set_tries(tx, account_id, wrong=0, locked_until_ms=0)
        self._tell(tx, account_id)
        return True

    async def ask_reset(self, account_id: AccountId) -> Refused | None:
        """Let a forgotten PIN be replaced after a wait of which all her devices are told; a repeat changes nothing."""

        def work(tx: Tx) -> Refused | None:
            current, now_ms = store.pin(tx, account_id), self._clock.now_ms()
            if current is None:
                return Refused(Refusal.PAYMENT_PIN_MISSING)
            if not current.reset_at_ms or now_ms >= current.reset_at_ms + RESET_OPEN_MS:
                store.set_reset(tx, account_id, now_ms + RESET_WAIT_MS)
                self._tell(tx, account_id)
            return None

        return await self._db.write(work)

    async def withdraw_reset(self, account_id: AccountId) -> None:
        def work(tx: Tx) -> None:
            store.set_reset(tx, account_id, 0)
            self._tell(tx, account_id)

        await self._db.write(work)

    async def allow_passkeys(self, account_id: AccountId, pin: str) -> Refused | None:
        """Let the passkeys that she has now approve in the place of the PIN. Those added later may not."""
        hashed = await self.judge(account_id, pin)
        if isinstance(hashed, Refused):
            return hashed

        def work(tx: Tx) -> Refused | None:
            if not self.confirm(tx, account_id, hashed):
                return Refused(Refusal.WRONG_PAYMENT_PIN)
            store.set_passkeys(tx, account_id, self._clock.now_ms())
            return None

        return await self._db.write(work)

    async def forbid_passkeys(self, account_id: AccountId) -> None:
        def work(tx: Tx) -> None:
            store.set_passkeys(tx, account_id, 0)
            self._tell(tx, account_id)

        await self._db.write(work)

    def _has_waited(self, pin: Pin) -> bool:
        return bool(pin.reset_at_ms) and (pin.reset_at_ms <= self._clock.now_ms() < pin.reset_at_ms + RESET_OPEN_MS)

    def _tell(self, tx: Tx, account_id: AccountId) -> None:
        tx.after_commit(lambda: self._notify([account_id], TOPIC))
