"""The ways back into an account by what its person knows or holds: password and passkey.

Each ends in a ticket [AC2]; a ticket admits one device (`admission.add_device`).
"""

import hashlib
import secrets

from hongyan.accounts import signin_store, store
from hongyan.accounts.admission import new_ticket, too_many
from hongyan.accounts.model import (
    CHALLENGE_LIFETIME_S,
    PASSKEY_STARTS,
    PASSKEYS_ADDED,
    PASSKEYS_PER_ACCOUNT_MAX,
    PASSWORD_TRIES,
    PASSWORDS_SET,
    WRONG_PASSWORDS,
    Account,
    Refusal,
    Refused,
    SignedIn,
)
from hongyan.accounts.passkeys import RelyingParty, challenge_of, credential_id_of
from hongyan.accounts.passwords import BUSY_RETRY_S, Busy, Passwords
from hongyan.accounts.rules import canonical_name, fold
from hongyan.accounts.signin_store import Passkey
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, new_id53

_BUSY = Refused(Refusal.TOO_MANY_TRIES, BUSY_RETRY_S)


class SignIn:
    def __init__(self, db: Database, clock: Clock, passwords: Passwords, relying_party: RelyingParty) -> None:
        self._db = db
        self._clock = clock
        self._passwords = passwords
        self._relying_party = relying_party

    async def with_password(self, name: str, secret: bytes, network: str) -> SignedIn | Refused:
        """Unknown name, no password and wrong password are one answer, after the same work [AC1] [AC3].

        `network` is who asks: names that nobody has are made up at no cost, and each is counted.
        """
        folded = fold(name)
        now_ms = self._clock.now_ms()

        def begin(tx: Tx) -> Account | Refused | None:
            if refused := too_many(tx, PASSWORD_TRIES, network, now_ms=now_ms):
                return refused
            # Counted before the slow check, or many tries at once would all see a free place.
            if refused := too_many(tx, WRONG_PASSWORDS, folded, now_ms=now_ms):
                return refused
            return store.account_by_name(tx, folded) if canonical_name(name) else None

        account = await self._db.write(begin)
        if isinstance(account, Refused):
            return account
        stored = account.password_hash if account else None
        try:
            matches = await self._passwords.matches(stored, secret)
        except Busy:
            return _BUSY
        if not matches or account is None:
            return Refused(Refusal.WRONG_PASSWORD)

        def finish(tx: Tx) -> SignedIn | Refused:
            current = store.account(tx, account.account_id)
            if current is None or current.password_hash != stored:
                return Refused(Refusal.WRONG_PASSWORD)
            limits.forgive(tx, WRONG_PASSWORDS.scope, folded)
            return self._signed_in(tx, current, current.wrapped_account_key)

        return await self._db.write(finish)

    async def set_password(self, account_id: AccountId, secret: bytes, wrapped_account_key: bytes) -> Refused | None:
        """The secret and the key it wraps are replaced together."""
        now_ms = self._clock.now_ms()
        if refused := await self._db.write(lambda tx: too_many(tx, PASSWORDS_SET, account_id, now_ms=now_ms)):
            return refused
        try:
            hashed = await self._passwords.hash(secret)
        except Busy:
            return _BUSY
        await self._db.write(lambda tx: store.set_password(tx, account_id, hashed, wrapped_account_key))
        return None

    async def remove_password(self, account_id: AccountId) -> None:
        await self._db.write(lambda tx: store.set_password(tx, account_id, None, None))

    async def passkey_options(self, network: str) -> str | Refused:
        """Request options with a new challenge; `network` is who asks, to count by."""
        challenge = secrets.token_bytes(32)

        def start(tx: Tx) -> str | Refused:
            if refused := too_many(tx, PASSKEY_STARTS, network, now_ms=self._clock.now_ms()):
                return refused
            self._challenge(tx, challenge, None)
            return self._relying_party.request_options(challenge)

        if not self._relying_party.can_have_passkeys:
            return Refused(Refusal.PASSKEY_UNAVAILABLE)
        return await self._db.write(start)

    async def with_passkey(self, credential: str, raw_id: str, client_data_json: str) -> SignedIn | Refused:
        """`credential` is the browser's JSON; its challenge is spent, whether the rest is right or not."""
        challenge = challenge_of(client_data_json)
        credential_id = credential_id_of(raw_id)

        def finish(tx: Tx) -> SignedIn | Refused:
            unavailable = Refused(Refusal.PASSKEY_UNAVAILABLE)
            if challenge is None or credential_id is None or not self._spend(tx, challenge, None):
                return unavailable
            passkey = signin_store.passkey_by_credential(tx, credential_id)
            account = None if passkey is None else store.account(tx, passkey.account_id)
            if passkey is None or account is None:
                return unavailable
            sign_count = self._relying_party.new_sign_count(credential, challenge, passkey)
            if sign_count is None:
                return unavailable
            signin_store.set_sign_count(tx, passkey.passkey_id, sign_count)
            return self._signed_in(tx, account, passkey.wrapped_account_key)

        return await self._db.write(finish)

    def options_for(self, challenge: bytes) -> str | None:
        """Request options with a challenge that a higher feature keeps; None where there can be no passkeys."""
        return self._relying_party.request_options(challenge) if self._relying_party.can_have_passkeys else None

    def answered(self, tx: Tx, account_id: AccountId, challenge: bytes, credential: str, raw_id: str) -> int | None:
        """When the passkey of this account was added that answers `challenge`, in ms; None for a wrong answer.

        `credential` is the browser's JSON. Whether `challenge` may still be answered is the caller's to know.
        """
        credential_id = credential_id_of(raw_id)
        passkey = None if credential_id is None else signin_store.passkey_by_credential(tx, credential_id)
        if passkey is None or passkey.account_id != account_id:
            return None
        sign_count = self._relying_party.new_sign_count(credential, challenge, passkey)
        if sign_count is None:
            return None
        signin_store.set_sign_count(tx, passkey.passkey_id, sign_count)
        return passkey.created_at_ms

    async def new_passkey_options(self, account_id: AccountId) -> str | Refused:
        challenge = secrets.token_bytes(32)

        def start(tx: Tx) -> str | Refused:
            account = store.account(tx, account_id)
            known = signin_store.passkeys_of(tx, account_id)
            if account is None or not self._relying_party.can_have_passkeys:
                return Refused(Refusal.PASSKEY_UNAVAILABLE)
            if len(known) >= PASSKEYS_PER_ACCOUNT_MAX:
                return Refused(Refusal.PASSKEY_LIMIT)
            if refused := too_many(tx, PASSKEYS_ADDED, account_id, now_ms=self._clock.now_ms()):
                return refused
            self._challenge(tx, challenge, account_id)
            return self._relying_party.creation_options(account_id, account.name, known, challenge)

        return await self._db.write(start)

    async def add_passkey(
        self,
        account_id: AccountId,
        credential: str,
        client_data_json: str,
        *,
        label: bytes,
        wrapped_account_key: bytes | None,
    ) -> int | Refused:
        """Returns the passkey's id. A credential that is registered already is refused, whoever has it."""
        challenge = challenge_of(client_data_json)

        def finish(tx: Tx) -> int | Refused:
            if challenge is None or not self._spend(tx, challenge, account_id):
                return Refused(Refusal.PASSKEY_UNAVAILABLE)
            if len(signin_store.passkeys_of(tx, account_id)) >= PASSKEYS_PER_ACCOUNT_MAX:
                return Refused(Refusal.PASSKEY_LIMIT)
            done = self._relying_party.registered(credential, challenge)
            if done is None or signin_store.passkey_by_credential(tx, done.credential_id) is not None:
                return Refused(Refusal.PASSKEY_UNAVAILABLE)
            new = Passkey(
                passkey_id=new_id53(),
                credential_id=done.credential_id,
                account_id=account_id,
                public_key=done.public_key,
                sign_count=done.sign_count,
                label=label,
                wrapped_account_key=wrapped_account_key,
                created_at_ms=self._clock.now_ms(),
            )
            signin_store.insert_passkey(tx, new)
            return new.passkey_id

        return await self._db.write(finish)

    async def passkeys(self, account_id: AccountId) -> list[Passkey]:
        return await self._db.read(lambda tx: signin_store.passkeys_of(tx, account_id))

    async def remove_passkey(self, account_id: AccountId, passkey_id: int) -> None:
        await self._db.write(lambda tx: signin_store.erase_passkey(tx, passkey_id, account_id))

    def _signed_in(self, tx: Tx, account: Account, wrapped_account_key: bytes | None) -> SignedIn | Refused:
        if account.suspended_at_ms is not None:
            return Refused(Refusal.ACCOUNT_SUSPENDED)
        ticket = new_ticket(tx, account.account_id, now_ms=self._clock.now_ms())
        return SignedIn(ticket, account.account_id, account.name, account.account_key, wrapped_account_key)

    def _challenge(self, tx: Tx, challenge: bytes, account_id: AccountId | None) -> None:
        expires_at_ms = self._clock.now_ms() + CHALLENGE_LIFETIME_S * 1000
        signin_store.insert_challenge(tx, _challenge_hash(challenge), account_id, expires_at_ms=expires_at_ms)

    def _spend(self, tx: Tx, challenge: bytes, account_id: AccountId | None) -> bool:
        return signin_store.spend_challenge(tx, _challenge_hash(challenge), account_id, now_ms=self._clock.now_ms())


def _challenge_hash(challenge: bytes) -> bytes:
    return hashlib.sha256(challenge).digest()
