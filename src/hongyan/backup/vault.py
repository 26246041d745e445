"""The vault: a random share that the server gives out for a right PIN only, and never for the sixteenth wrong one.

A guess is counted and judged in one transaction and answered once that is durable, so a thousand guesses at once,
from anywhere, through any restart, are a thousand guesses one after the other [BK5].
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence

from hongyan.accounts import account_named, new_ticket
from hongyan.backup import store
from hongyan.backup.model import OPENINGS, OPENINGS_OF_NOBODY, VAULTS_SET, Limit, Opened, Refusal, Refused, Vault
from hongyan.backup.rules import is_last, remaining_wait_ms, wait_ms
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId

TOPIC = "devices"
_VERIFIER_CONTEXT = b"hongyan pin verifier v1\0"

# Tells the devices of these accounts, after the commit, that something under this topic changed.
Notify = Callable[[Sequence[AccountId], str], None]


class Vaults:
    def __init__(self, db: Database, clock: Clock, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify

    async def put(self, account_id: AccountId, share: bytes, verifier: bytes, box: bytes) -> Refused | None:
        """Set or replace the PIN: what it opens, and what a right one shows. Earlier guesses are forgotten."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            current = store.vault(tx, account_id)
            if current is not None and (current.share, current.verifier, current.box) == (share, verifier, box):
                return None
            if refused := too_many(tx, VAULTS_SET, account_id, now_ms=now_ms):
                return refused
            store.put_vault(tx, Vault(account_id, share, verifier, box, 0, 0, now_ms, None))
            return None

        return await self._db.write(work)

    async def open(self, name: str, proof: bytes, network: str) -> Opened | Refused:
        """One guess. A name that nobody has, or that has no PIN, is answered as a wrong PIN is."""
        now_ms = self._clock.now_ms()

        def guess(tx: Tx) -> Opened | Refused:
            if refused := too_many(tx, OPENINGS, network, now_ms=now_ms):
                return refused
            account = account_named(tx, name)
            vault = None if account is None else store.vault(tx, account.account_id)
            if account is None or vault is None:
                subject = name.casefold()[:256]
                return too_many(tx, OPENINGS_OF_NOBODY, subject, now_ms=now_ms) or Refused(Refusal.WRONG_PIN)
            if vault.destroyed_at_ms is not None:
                return Refused(Refusal.VAULT_GONE)
            if waits_ms := remaining_wait_ms(vault.wrong, vault.open_at_ms, now_ms=now_ms):
                return Refused(Refusal.TOO_MANY_TRIES, -(-waits_ms // 1000))
            if not hmac.compare_digest(verifier_of(proof), vault.verifier):
                return self._wrong(tx, vault, now_ms=now_ms)
            if vault.wrong:
                store.count_wrong(tx, account.account_id, wrong=0, open_at_ms=0)
            backup = store.backup(tx, account.account_id)
            return Opened(
                ticket=new_ticket(tx, account.account_id, now_ms=now_ms),
                account_id=account.account_id,
                name=account.name,
                account_key=account.account_key,
                share=vault.share,
                box=vault.box,
                format=backup.format if backup else None,
            )

        return await self._db.write(guess)

    def _wrong(self, tx: Tx, vault: Vault, *, now_ms: int) -> Refused:
        wrong = vault.wrong + 1
        if is_last(wrong):
            store.destroy_vault(tx, vault.account_id, wrong=wrong, now_ms=now_ms)
            tx.after_commit(lambda: self._notify([vault.account_id], TOPIC))
            return Refused(Refusal.VAULT_GONE)
        store.count_wrong(tx, vault.account_id, wrong=wrong, open_at_ms=now_ms + wait_ms(wrong))
        return Refused(Refusal.WRONG_PIN)


def verifier_of(proof: bytes) -> bytes:
    """What the server keeps of the proof: a copy of the disk does not open the vault of a server that runs."""
    return hashlib.sha256(_VERIFIER_CONTEXT + proof).digest()


def too_many(tx: Tx, limit: Limit, subject: str | int, *, now_ms: int) -> Refused | None:
    """Count one try; None while there are tries left."""
    retry_after_s = limits.take(tx, limit.scope, subject, count=limit.count, per_s=limit.per_s, now_ms=now_ms)
    return None if retry_after_s is None else Refused(Refusal.TOO_MANY_TRIES, retry_after_s)
