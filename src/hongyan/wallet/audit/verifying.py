"""Replays the whole ledger from nothing, and says what is not as it must be, and where [LE8]."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from hongyan.foundation.db import Tx
from hongyan.wallet import ledger
from hongyan.wallet.audit import findings, store
from hongyan.wallet.audit.findings import Found
from hongyan.wallet.audit.key import is_signed
from hongyan.wallet.audit.model import FINDINGS_OF_A_KIND_MAX, Finding
from hongyan.wallet.audit.tree import Frontier, leaf_of
from hongyan.wallet.ledger import AMOUNT_MAX, NO_HASH, Kind, LedgerAccount, LedgerId, Transfer, TransferId

ROWS_AT_ONCE = 5_000


@dataclass(slots=True)
class Checked:
    """How much was looked at, and what was found; nothing found is a sound ledger."""

    transfers: int
    accounts: int
    checkpoints: int
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Sums:
    debits_pending: int = 0
    credits_pending: int = 0
    debits_posted: int = 0
    credits_posted: int = 0


def verify(tx: Tx) -> Checked:
    """Look at everything on one snapshot: chain, orders, balances, what is open, tree and signatures."""
    return _Replay(tx).run()


class _Replay:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._accounts = {one.id: one for one in _all_accounts(tx)}
        self._sums: dict[LedgerId, _Sums] = {}
        self._ids: set[bytes] = set()
        self._open: dict[TransferId, Transfer] = {}
        self._hash, self._seq, self._at_ms = NO_HASH, 0, 0
        self._checkpoints = {one.size: one for one in store.checkpoints(tx)}
        self._said: Counter[str] = Counter()
        self._tree = Frontier(self._node)
        self._done = Checked(0, len(self._accounts), len(self._checkpoints))

    def run(self) -> Checked:
        while page := ledger.transfers_after(self._tx, self._seq, limit=ROWS_AT_ONCE):
            for one in page:
                self._take(one)
        self._done.transfers = self._tree.size
        self._compare_balances()
        self._compare_open()
        self._compare_head()
        for size in sorted(self._checkpoints):
            if size > self._tree.size:
                self._say(findings.CHECKPOINT_AHEAD, size)
        self._compare_keys()
        return self._done

    def _say(self, found: Found, seq: int) -> None:
        self._said[found.code] += 1
        if self._said[found.code] <= FINDINGS_OF_A_KIND_MAX:
            self._done.findings.append(found.at(seq))

    def _take(self, one: Transfer) -> None:
        if one.seq != self._seq + 1:
            self._say(findings.GAP, self._seq + 1)
        if ledger.expected_hash(self._hash, one) != one.hash:
            self._say(findings.CHAIN_BROKEN, one.seq)
        if one.at_ms < self._at_ms:
            self._say(findings.TIME_BACKWARDS, one.seq)
        if one.id in self._ids:
            self._say(findings.ID_TWICE, one.seq)
        self._ids.add(one.id)
        self._hash, self._seq, self._at_ms = one.hash, one.seq, one.at_ms
        self._apply(one)
        self._tree.append(leaf_of(one.hash))
        if (signed := self._checkpoints.get(self._tree.size)) is not None:
            if signed.root != self._tree.root():
                self._say(findings.ROOT_DIFFERS, signed.size)
            if not is_signed(signed):
                self._say(findings.SIGNATURE_BAD, signed.size)

    def _apply(self, one: Transfer) -> None:
        if not 0 < one.amount <= AMOUNT_MAX:
            self._say(findings.AMOUNT_WRONG, one.seq)
        if one.kind is Kind.PENDING or one.kind is Kind.SINGLE:
            self._check_sides(one)
        debit, credit = (self._sums.setdefault(side, _Sums()) for side in (one.debit, one.credit))
        if one.kind is Kind.PENDING:
            self._open[one.id] = one
            debit.debits_pending += one.amount
            credit.credits_pending += one.amount
        elif one.kind is not Kind.SINGLE:
            self._resolve(one, debit, credit)
        if one.kind is Kind.SINGLE or one.kind is Kind.POST:
            debit.debits_posted += one.amount
            credit.credits_posted += one.amount
        payer = self._accounts.get(one.debit)
        if payer and payer.no_overdraft and debit.debits_posted + debit.debits_pending > debit.credits_posted:
            self._say(findings.OVERDRAWN, one.seq)

    def _check_sides(self, one: Transfer) -> None:
        sides = [self._accounts.get(side) for side in (one.debit, one.credit)]
        if one.debit == one.credit or any(side is None or side.asset != one.asset for side in sides):
            self._say(findings.SIDES_WRONG, one.seq)

    def _resolve(self, one: Transfer, debit: _Sums, credit: _Sums) -> None:
        held = None if one.pending_id is None else self._open.pop(one.pending_id, None)
        if held is None:
            self._say(findings.NOT_HELD, one.seq)
            return
        debit.debits_pending -= held.amount
        credit.credits_pending -= held.amount
        same = (one.debit, one.credit, one.asset, one.code) == (held.debit, held.credit, held.asset, held.code)
        less = one.kind is Kind.POST and one.amount <= held.amount
        if not same or not (less or one.amount == held.amount):
            self._say(findings.RESOLVED_WRONG, one.seq)
        if (one.kind is Kind.EXPIRE) != (one.at_ms >= (held.expires_at_ms or 0)):
            self._say(findings.RESOLVED_LATE, one.seq)

    def _node(self, level: int, place: int, node: bytes) -> None:
        if level % store.STEP == 0 and (stored := store.stored_node(self._tx, level, place)) not in (None, node):
            assert stored is not None
            self._say(findings.NODE_DIFFERS, (place + 1) << level)

    def _compare_balances(self) -> None:
        none = _Sums()
        for one in self._accounts.values():
            sums = self._sums.get(one.id, none)
            if (one.debits_pending, one.credits_pending, one.debits_posted, one.credits_posted) != (
                sums.debits_pending,
                sums.credits_pending,
                sums.debits_posted,
                sums.credits_posted,
            ):
                self._say(findings.balance_wrong(one, sums.credits_posted - sums.debits_posted), 0)

    def _compare_open(self) -> None:
        stored = ledger.open_pending(self._tx)
        if stored != {id: one.expires_at_ms for id, one in self._open.items()}:
            self._say(findings.OPEN_DIFFERS, 0)

    def _compare_head(self) -> None:
        newest = ledger.head(self._tx)
        if (newest.seq, newest.hash, newest.at_ms) != (self._seq, self._hash, self._at_ms):
            self._say(findings.HEAD_DIFFERS, self._seq)

    def _compare_keys(self) -> None:
        key = None
        for size, one in sorted(self._checkpoints.items()):
            if key is not None and one.key != key:
                self._say(findings.KEY_CHANGED, size)
            key = one.key


def _all_accounts(tx: Tx) -> Iterator[LedgerAccount]:
    after = b""
    while page := ledger.accounts_after(tx, after, limit=ROWS_AT_ONCE):
        yield from page
        after = page[-1].id
