"""Confirming an act by PIN or passkey, and using what was confirmed [WA8] [WA9]."""

import hashlib
import secrets

from hongyan.accounts import Accounts, challenge_of
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, new_token, token_hash
from hongyan.wallet.approvals import store
from hongyan.wallet.approvals.model import (
    APPROVAL_LIFETIME_MS,
    APPROVALS_COUNT,
    APPROVALS_PER_S,
    APPROVALS_SCOPE,
    CHALLENGE_LIFETIME_MS,
    Act,
)
from hongyan.wallet.approvals.pins import Pins
from hongyan.wallet.refusals import Refusal, Refused

_CHALLENGE = b"hongyan approval challenge v1\0"


def spend(tx: Tx, account_id: AccountId, token: str, digest: bytes, *, now_ms: int) -> Refused | None:
    """Use an approval, which is then gone; refused if there is none of hers for exactly this."""
    if store.spend_approval(tx, token_hash(token), account_id, digest, now_ms=now_ms):
        return None
    return Refused(Refusal.APPROVAL_UNKNOWN)


class Approvals:
    def __init__(self, db: Database, clock: Clock, accounts: Accounts, pins: Pins) -> None:
        self._db = db
        self._clock = clock
        self._sign_in = accounts.sign_in
        self.pins = pins

    async def by_pin(self, account_id: AccountId, act: Act, pin: str) -> str | Refused:
        """The token of an approval."""
        if refused := await self._db.write(lambda tx: self._too_many(tx, account_id)):
            return refused
        hashed = await self.pins.judge(account_id, pin)
        if isinstance(hashed, Refused):
            return hashed

        def approve(tx: Tx) -> str | Refused:
            if not self.pins.confirm(tx, account_id, hashed):
                return Refused(Refusal.WRONG_PAYMENT_PIN)
            return self._approve(tx, account_id, act)

        return await self._db.write(approve)

    async def passkey_options(self, account_id: AccountId, act: Act) -> str | Refused:
        """Request options whose challenge is bound to the act."""
        challenge = hashlib.sha256(_CHALLENGE + act.digest + secrets.token_bytes(32)).digest()

        def start(tx: Tx) -> str | Refused:
            if refused := self._too_many(tx, account_id):
                return refused
            options = self._sign_in.options_for(challenge)
            if options is None or not self.pins.status(tx, account_id).passkeys_allowed:
                return Refused(Refusal.PASSKEY_NOT_ALLOWED)
            expires_at_ms = self._clock.now_ms() + CHALLENGE_LIFETIME_MS
            store.insert_challenge(tx, challenge, account_id, act.digest, expires_at_ms=expires_at_ms)
            return options

        return await self._db.write(start)

    async def by_passkey(
        self, account_id: AccountId, act: Act, credential: str, raw_id: str, client_data_json: str
    ) -> str | Refused:
        """The token of an approval. `credential` is the browser's JSON; its challenge is spent whatever it says."""
        challenge = challenge_of(client_data_json)

        def approve(tx: Tx) -> str | Refused:
            refused = Refused(Refusal.PASSKEY_NOT_ALLOWED)
            now_ms = self._clock.now_ms()
            if challenge is None or not store.spend_challenge(tx, challenge, account_id, act.digest, now_ms=now_ms):
                return refused
            added_at_ms = self._sign_in.answered(tx, account_id, challenge, credential, raw_id)
            pin = store.pin(tx, account_id)
            if added_at_ms is None or pin is None or added_at_ms > pin.passkeys_until_ms:
                return refused
            return self._approve(tx, account_id, act)

        return await self._db.write(approve)

    async def erase_expired(self) -> None:
        await self._db.write(lambda tx: store.erase_expired(tx, now_ms=self._clock.now_ms()))

    def forget(self, tx: Tx, account_id: AccountId) -> None:
        """Erase all that is hers."""
        store.erase_of_account(tx, account_id)

    def _approve(self, tx: Tx, account_id: AccountId, act: Act) -> str:
        token = new_token()
        expires_at_ms = self._clock.now_ms() + APPROVAL_LIFETIME_MS
        store.insert_approval(tx, token_hash(token), account_id, act.digest, expires_at_ms=expires_at_ms)
        return token

    def _too_many(self, tx: Tx, account_id: AccountId) -> Refused | None:
        now_ms = self._clock.now_ms()
        retry_after_s = limits.take(
            tx, APPROVALS_SCOPE, account_id, count=APPROVALS_COUNT, per_s=APPROVALS_PER_S, now_ms=now_ms
        )
        return None if retry_after_s is None else Refused(Refusal.TOO_MANY_TRIES, retry_after_s)
