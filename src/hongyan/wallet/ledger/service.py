"""Posting: orders are judged on what a batch has loaded at once, and written in as few statements [LE1]-[LE6]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hongyan.foundation.db import Row, Tx
from hongyan.wallet.ledger import chain, rules, store
from hongyan.wallet.ledger.model import (
    ENTRIES_MAX,
    GROUP_BYTES_MAX,
    ID_BYTES,
    Code,
    Entry,
    Head,
    Holder,
    Kind,
    LedgerAccount,
    LedgerId,
    Order,
    Resolution,
    Transfer,
    TransferId,
    Verdict,
    derived,
)

NO_END = 2**62
_RESOLVED = {Kind.POST: Resolution.POSTED, Kind.VOID: Resolution.VOIDED, Kind.EXPIRE: Resolution.EXPIRED}


def open_account(
    tx: Tx,
    id: LedgerId,
    holder: Holder,
    owner: int,
    asset: str,
    *,
    no_overdraft: bool,
    now_ms: int,
) -> None:
    """Have the account be there; a repeat changes nothing."""
    assert len(id) == ID_BYTES
    store.put_account(tx, id, holder, owner, asset, no_overdraft=no_overdraft, now_ms=now_ms)


def account(tx: Tx, id: LedgerId) -> LedgerAccount | None:
    return store.accounts(tx, [id]).get(id)


def accounts(tx: Tx, ids: Iterable[LedgerId]) -> dict[LedgerId, LedgerAccount]:
    """Those of the accounts that there are."""
    return store.accounts(tx, ids)


def freeze(tx: Tx, id: LedgerId, *, frozen: bool) -> None:
    """Let nothing move on the account, or let it again. What is held may still be let go."""
    store.set_frozen(tx, id, frozen=frozen)


def close(tx: Tx, id: LedgerId) -> bool:
    """Let nothing move on the account ever again; False if there is still something on it."""
    found = account(tx, id)
    if found is None:
        return True
    if found.balance or found.debits_pending or found.credits_pending:
        return False
    store.set_closed(tx, id)
    return True


def transfer(tx: Tx, id: TransferId) -> Transfer | None:
    return store.transfers(tx, [id]).get(id)


def head(tx: Tx) -> Head:
    """The newest transfer's place, hash and time."""
    return store.head(tx)


def transfers_after(tx: Tx, seq: int, *, limit: int) -> list[Transfer]:
    """The ledger from the one after `seq` on, in order."""
    return store.transfers_after(tx, seq, limit)


def accounts_after(tx: Tx, id: bytes, *, limit: int) -> list[LedgerAccount]:
    """All accounts in the order of their ids, from the one after `id` on."""
    return store.all_accounts(tx, id, limit)


def open_pending(tx: Tx) -> dict[TransferId, int]:
    """All pending transfers that are not resolved, with the moment at which they expire."""
    return store.all_open(tx)


def resolution(tx: Tx, pending_id: TransferId) -> Resolution | None:
    """How a pending transfer stands; None if there is none of that id."""
    found = transfer(tx, pending_id)
    if found is None or found.kind is not Kind.PENDING:
        return None
    done = store.resolutions(tx, [pending_id]).get(pending_id)
    return Resolution.OPEN if done is None else _RESOLVED[done.kind]


def resolving_transfer(tx: Tx, pending_id: TransferId) -> Transfer | None:
    """What posted, voided or expired a pending transfer; None while it is open."""
    return store.resolutions(tx, [pending_id]).get(pending_id)


def expire_due(tx: Tx, *, now_ms: int, limit: int) -> list[Transfer]:
    """Let go of pending transfers whose last moment has come, at most `limit`; returns them."""
    due = store.expired(tx, now_ms, limit)
    orders = [Order.resolving(derived(one, b"expire"), Kind.EXPIRE, one) for one in due]
    assert all(verdict.is_done for verdict in post_all(tx, orders, now_ms=now_ms))
    return list(store.transfers(tx, due).values())


def entries(
    tx: Tx,
    id: LedgerId,
    *,
    before_seq: int = NO_END,
    from_ms: int = 0,
    until_ms: int = NO_END,
    codes: Sequence[Code] = (),
    limit: int = ENTRIES_MAX,
) -> list[Entry]:
    """The account's statement, newest first: single and pending transfers, the latter with what became of them.

    `amount` is what moved or is held; 0 of what was voided or expired.
    """
    found = store.statement(
        tx, id, before_seq=before_seq, from_ms=from_ms, until_ms=until_ms, codes=codes, limit=min(limit, ENTRIES_MAX)
    )
    others = store.accounts(tx, {one.credit if one.debit == id else one.debit for one in found})
    resolved = store.resolutions(tx, [one.id for one in found if one.kind is Kind.PENDING])
    lines = []
    for one in found:
        state, amount = None, one.amount
        if one.kind is Kind.PENDING:
            done = resolved.get(one.id)
            state = Resolution.OPEN if done is None else _RESOLVED[done.kind]
            if done is not None:
                amount = done.amount if done.kind is Kind.POST else 0
        sign, other = (-1, one.credit) if one.debit == id else (1, one.debit)
        lines.append(Entry(one, sign * amount, sign * one.amount, others.get(other), state))
    return lines


def post(tx: Tx, order: Order, *, now_ms: int) -> Verdict:
    """Carry out one order, or say why not; a refusal writes nothing."""
    return post_all(tx, (order,), now_ms=now_ms)[0]


def post_all(tx: Tx, orders: Sequence[Order], *, now_ms: int) -> list[Verdict]:
    """Carry out each order on its own, in order; one set of statements for all.

    The same id and body again is answered EXISTS and changes nothing; `now_ms` counts as no earlier than the newest
    transfer [LE5].
    """
    batch = _Batch(tx, orders, now_ms)
    verdicts = [batch.take(order) for order in orders]
    batch.write()
    return verdicts


class _Batch:
    """What the orders touch, as it will be after those already taken."""

    def __init__(self, tx: Tx, orders: Sequence[Order], now_ms: int) -> None:
        self._tx = tx
        head = store.head(tx)
        self._seq, self._hash, self._first = head.seq, head.hash, head.seq
        self._now_ms = max(now_ms, head.at_ms)
        pending_ids = {order.pending_id for order in orders if order.pending_id is not None}
        self._transfers = store.transfers(tx, {order.id for order in orders} | pending_ids)
        self._open = store.open_among(tx, pending_ids) if pending_ids else set()
        touched = {order.debit for order in orders} | {order.credit for order in orders}
        for pending_id in pending_ids:
            if (held := self._transfers.get(pending_id)) is not None:
                touched |= {held.debit, held.credit}
        self._accounts = store.accounts(tx, (one for one in touched if one))
        self._rows: list[Row] = []
        self._changed: dict[LedgerId, LedgerAccount] = {}
        self._opened: dict[TransferId, int] = {}
        self._closed: list[TransferId] = []

    def take(self, order: Order) -> Verdict:
        assert len(order.id) == ID_BYTES and len(order.group_id) <= GROUP_BYTES_MAX
        held = self._transfers.get(order.pending_id) if order.pending_id is not None else None
        if (done := self._transfers.get(order.id)) is not None:
            return Verdict.EXISTS if rules.is_same(order, done, held) else Verdict.EXISTS_DIFFERENT
        return self._resolve(order, held) if order.kind in rules.RESOLVING else self._move(order)

    def _move(self, order: Order) -> Verdict:
        debit, credit = self._accounts.get(order.debit), self._accounts.get(order.credit)
        verdict = rules.moving(order, debit, credit)
        if verdict is not Verdict.POSTED:
            return verdict
        assert debit is not None and credit is not None
        if order.kind is Kind.PENDING:
            assert order.expires_at_ms is not None
            self._opened[order.id] = order.expires_at_ms
            self._open.add(order.id)
        self._note(order, order, order.amount)
        self._apply(order.kind, order.amount, 0, debit, credit)
        return verdict

    def _resolve(self, order: Order, held: Transfer | None) -> Verdict:
        debit = None if held is None else self._accounts.get(held.debit)
        credit = None if held is None else self._accounts.get(held.credit)
        is_open = held is not None and held.id in self._open
        verdict = rules.resolving(order, held, is_open=is_open, debit=debit, credit=credit, now_ms=self._now_ms)
        if verdict is not Verdict.POSTED:
            return verdict
        assert held is not None and debit is not None and credit is not None
        self._open.discard(held.id)
        if self._opened.pop(held.id, None) is None:
            self._closed.append(held.id)
        amount = order.amount or held.amount
        self._note(order, held, amount)
        self._apply(order.kind, amount, held.amount, debit, credit)
        return verdict

    def _note(self, order: Order, of: Order | Transfer, amount: int) -> None:
        """Append a transfer to the chain; `of`: whose accounts, asset and code it has."""
        self._seq += 1
        self._hash = chain.hash_of(
            self._hash,
            self._seq,
            order.id,
            order.kind,
            of.debit,
            of.credit,
            amount,
            of.code,
            self._now_ms,
            order.expires_at_ms,
            order.pending_id,
            of.asset,
            of.group_id,
        )
        noted = Transfer(
            self._seq,
            order.id,
            order.kind,
            of.debit,
            of.credit,
            amount,
            of.asset,
            of.code,
            of.group_id,
            order.pending_id,
            order.expires_at_ms,
            self._now_ms,
            self._hash,
        )
        self._transfers[order.id] = noted
        self._rows.append(
            (
                noted.seq,
                noted.id,
                int(noted.kind),
                noted.debit,
                noted.credit,
                noted.amount,
                noted.asset,
                int(noted.code),
                noted.group_id,
                noted.pending_id,
                noted.expires_at_ms,
                noted.at_ms,
                noted.hash,
            )
        )

    def _apply(self, kind: Kind, amount: int, held: int, debit: LedgerAccount, credit: LedgerAccount) -> None:
        rules.apply(kind, amount, held, debit, credit)
        self._changed[debit.id] = debit
        self._changed[credit.id] = credit

    def write(self) -> None:
        if self._seq == self._first:
            return
        store.put_transfers(self._tx, self._rows)
        store.put_amounts(self._tx, self._changed.values())
        if self._closed:
            store.erase_open(self._tx, self._closed)
        if self._opened:
            store.put_open(self._tx, list(self._opened.items()))
        store.put_head(self._tx, Head(self._seq, self._hash, self._now_ms))
