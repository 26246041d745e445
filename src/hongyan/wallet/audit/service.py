"""The books: signed every minute, shown to every member [LE7] [LE8]."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.audit import store, tree
from hongyan.wallet.audit.key import key_in, sign
from hongyan.wallet.audit.model import (
    NODES_AT_ONCE,
    TOTALS_REUSED_MS,
    Books,
    Checkpoint,
    Included,
    Proof,
    Total,
)
from hongyan.wallet.ledger import TransferId
from hongyan.wallet.refusals import Refusal, Refused

_log = structlog.get_logger("wallet")


class Audit:
    """`folder`: where the key lies."""

    def __init__(self, db: Database, clock: Clock, *, folder: Path) -> None:
        self._db = db
        self._clock = clock
        self._folder = folder
        self._key: Ed25519PrivateKey | None = None
        self._totals: tuple[int, int, tuple[Total, ...]] = (0, 0, ())

    async def sign(self, *, with_new_key: bool = False) -> Checkpoint | None:
        """Sign the books as they are; None when nothing happened since, or when they were signed with another key.

        `with_new_key`: the old key is lost, and its owner knows that all members will be warned.
        """
        if not await self._db.read(_has_news):
            return None
        # Only a ledger in which something happened needs a key.
        self._key = key = self._key or key_in(self._folder)

        def work(tx: Tx) -> Checkpoint | bool:
            size = ledger.head(tx).seq
            before = store.newest(tx)
            if before is not None and before.size >= size:
                return False
            if before is not None and before.key != key.public_key().public_bytes_raw() and not with_new_key:
                _log.error("ledger_key_differs", folder=str(self._folder))
                return False
            if not store.grow(tx, size, limit=NODES_AT_ONCE):
                return True
            at_ms = max(self._clock.now_ms(), before.at_ms if before else 0)
            new = sign(key, size, tree.root_of(size, store.complete(tx)), at_ms)
            store.put_checkpoint(tx, new)
            return new

        while True:
            done = await self._db.write(work)
            if isinstance(done, Checkpoint) or not done:
                return done or None
            await asyncio.sleep(0)

    async def books(self, *, since: int | None = None) -> Books:
        """Sums by kind of account, and the newest checkpoint, with a proof from that of size `since`."""

        def load(tx: Tx) -> Books:
            found = store.newest(tx)
            path = None if found is None else _since(found, since, store.complete(tx))
            count, sums = self._sums(tx)
            return Books(count, sums, found, path)

        return await self._db.read(load)

    def _sums(self, tx: Tx) -> tuple[int, tuple[Total, ...]]:
        """How many transfers there are and the sums after them, at most TOTALS_REUSED_MS old."""
        now_ms = self._clock.now_ms()
        at_ms, count, sums = self._totals
        if not at_ms <= now_ms < at_ms + TOTALS_REUSED_MS or not sums:
            count, sums = ledger.head(tx).seq, store.totals(tx)
            self._totals = now_ms, count, sums
        return count, sums

    async def proof(self, account_id: AccountId, id: TransferId, *, since: int | None = None) -> Proof | Refused:
        """That her transfer, and what became of it, are in the signed books.

        Refusals: ACT_UNKNOWN when there is none or it is not hers, NOT_SIGNED_YET until the next checkpoint.
        """

        def load(tx: Tx) -> Proof | Refused:
            one = ledger.transfer(tx, id)
            if one is None or not store.is_of(tx, account_id, one.debit, one.credit):
                return Refused(Refusal.ACT_UNKNOWN)
            signed = store.newest(tx)
            if signed is None or signed.size < one.seq:
                return Refused(Refusal.NOT_SIGNED_YET)
            parts = [one, ledger.resolving_transfer(tx, id)]
            complete = store.complete(tx)
            included = tuple(
                Included(it, store.hash_before(tx, it.seq), tree.inclusion(it.seq - 1, signed.size, complete))
                for it in parts
                if it is not None and it.seq <= signed.size
            )
            return Proof(signed, _since(signed, since, complete), included)

        return await self._db.read(load)


def _since(signed: Checkpoint, since: int | None, complete: tree.Complete) -> tuple[bytes, ...] | None:
    if since is None or not 0 < since <= signed.size:
        return None
    return tree.consistency(since, signed.size, complete)


def _has_news(tx: Tx) -> bool:
    before = store.newest(tx)
    return ledger.head(tx).seq > (0 if before is None else before.size)
