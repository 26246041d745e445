"""Ledgers with one fault each: what the tests must not let pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pytest

from hongyan.foundation.db import Row, Tx
from hongyan.wallet.ledger import chain, rules, service, store
from hongyan.wallet.ledger.model import Head, Kind, LedgerAccount, Order, Transfer, TransferId, Verdict

Patch: TypeAlias = pytest.MonkeyPatch
Fault: TypeAlias = Callable[[Patch], None]
Account: TypeAlias = LedgerAccount

V = Verdict
_apply, _moving, _resolving = rules.apply, rules.moving, rules.resolving
_take, _note = service._Batch.take, service._Batch._note


def the_payee_gets_one_less(patch: Patch) -> None:
    def apply(kind: Kind, amount: int, held: int, debit: Account, credit: Account) -> None:
        _apply(kind, amount, held, debit, credit)
        credit.credits_posted -= kind is Kind.SINGLE

    patch.setattr(rules, "apply", apply)


def _passes(patch: Patch, *refusals: Verdict) -> None:
    """These refusals are never given."""

    def moving(order: Order, debit: Account | None, credit: Account | None) -> Verdict:
        found = _moving(order, debit, credit)
        return V.POSTED if found in refusals and debit is not None and credit is not None else found

    def resolving(*args: Any, **kwargs: Any) -> Verdict:
        found = _resolving(*args, **kwargs)
        return V.POSTED if found in refusals else found

    patch.setattr(rules, "moving", moving)
    patch.setattr(rules, "resolving", resolving)


def nobody_looks_whether_there_is_enough(patch: Patch) -> None:
    _passes(patch, V.INSUFFICIENT)


def any_amount_will_do(patch: Patch) -> None:
    _passes(patch, V.AMOUNT_INVALID)


def one_may_pay_oneself(patch: Patch) -> None:
    _passes(patch, V.SAME_ACCOUNT)


def currencies_are_mixed(patch: Patch) -> None:
    _passes(patch, V.ASSET_DIFFERS)


def closed_accounts_go_on(patch: Patch) -> None:
    _passes(patch, V.CLOSED)


def frozen_accounts_move(patch: Patch) -> None:
    _passes(patch, V.FROZEN)


def more_is_posted_than_was_held(patch: Patch) -> None:
    _passes(patch, V.EXCEEDS_PENDING)


def it_is_posted_after_its_last_moment(patch: Patch) -> None:
    _passes(patch, V.PENDING_EXPIRED)


def it_expires_too_early(patch: Patch) -> None:
    _passes(patch, V.PENDING_NOT_EXPIRED)


def it_is_resolved_twice(patch: Patch) -> None:
    _passes(patch, V.PENDING_DONE)


def the_last_moment_is_one_later(patch: Patch) -> None:
    def resolving(*args: Any, now_ms: int, **kwargs: Any) -> Verdict:
        return _resolving(*args, now_ms=now_ms - 1, **kwargs)

    patch.setattr(rules, "resolving", resolving)


def a_repeat_may_say_something_else(patch: Patch) -> None:
    patch.setattr(rules, "is_same", lambda order, done, pending: True)


def a_repeat_need_not_name_the_same_amount(patch: Patch) -> None:
    same = rules.is_same

    def is_same(order: Order, done: Transfer, pending: Transfer | None) -> bool:
        return same(order, done, pending) or (order.debit, order.credit) == (done.debit, done.credit)

    patch.setattr(rules, "is_same", is_same)


def repeats_are_done_again(patch: Patch) -> None:
    def take(batch: Any, order: Order) -> Verdict:
        batch._transfers.pop(order.id, None)
        return _take(batch, order)

    patch.setattr(service._Batch, "take", take)


def a_batch_forgets_what_it_did(patch: Patch) -> None:
    def note(batch: Any, order: Order, of: Order | Transfer, amount: int) -> None:
        _note(batch, order, of, amount)
        batch._transfers.pop(order.id)

    patch.setattr(service._Batch, "_note", note)


def what_was_held_stays_held(patch: Patch) -> None:
    patch.setattr(rules, "apply", lambda kind, amount, held, debit, credit: _apply(kind, amount, 0, debit, credit))


def only_what_is_posted_is_let_go(patch: Patch) -> None:
    patch.setattr(rules, "apply", lambda kind, amount, held, *sides: _apply(kind, amount, min(held, amount), *sides))


def all_that_was_held_is_posted(patch: Patch) -> None:
    patch.setattr(rules, "apply", lambda kind, amount, held, *sides: _apply(kind, held or amount, held, *sides))


def what_is_void_is_paid(patch: Patch) -> None:
    def apply(kind: Kind, amount: int, held: int, debit: Account, credit: Account) -> None:
        _apply(Kind.POST if kind is Kind.VOID else kind, amount, held, debit, credit)

    patch.setattr(rules, "apply", apply)


def what_is_held_can_be_spent(patch: Patch) -> None:
    patch.setattr(LedgerAccount, "available", property(lambda one: one.balance))


def the_clock_goes_back(patch: Patch) -> None:
    head = store.head
    patch.setattr(store, "head", lambda tx: Head(head(tx).seq, head(tx).hash, 0))


def the_head_outlives_what_was_undone(patch: Patch) -> None:
    put, kept = store.put_head, dict[int, Head]()

    def put_head(tx: Tx, newest: Head) -> None:
        kept[id(tx)] = newest
        put(tx, newest)

    head = store.head
    patch.setattr(store, "put_head", put_head)
    patch.setattr(store, "head", lambda tx: kept.get(id(tx)) or head(tx))


def the_payer_is_not_written(patch: Patch) -> None:
    def apply(batch: Any, kind: Kind, amount: int, held: int, debit: Account, credit: Account) -> None:
        rules.apply(kind, amount, held, debit, credit)
        batch._changed[credit.id] = credit

    patch.setattr(service._Batch, "_apply", apply)


def what_is_resolved_stays_open(patch: Patch) -> None:
    patch.setattr(store, "erase_open", lambda tx, ids: None)


def what_is_held_is_not_noted_as_open(patch: Patch) -> None:
    patch.setattr(store, "put_open", lambda tx, opened: None)


def the_chain_has_no_links(patch: Patch) -> None:
    class Loose:
        @staticmethod
        def hash_of(before: bytes, *fields: Any) -> bytes:
            return chain.hash_of(chain.NO_HASH, *fields)

    patch.setattr(service, "chain", Loose)


def amounts_are_noted_wrong(patch: Patch) -> None:
    put = store.put_transfers

    def put_transfers(tx: Tx, rows: Sequence[Row]) -> None:
        put(tx, [(*row[:5], 1, *row[6:]) for row in rows])

    patch.setattr(store, "put_transfers", put_transfers)


def the_sweep_leaves_one(patch: Patch) -> None:
    expired = store.expired

    def fewer(tx: Tx, now_ms: int, limit: int) -> list[TransferId]:
        return expired(tx, now_ms, limit)[:-1]

    patch.setattr(store, "expired", fewer)


FAULTS: tuple[Fault, ...] = (
    the_payee_gets_one_less,
    nobody_looks_whether_there_is_enough,
    any_amount_will_do,
    one_may_pay_oneself,
    currencies_are_mixed,
    closed_accounts_go_on,
    frozen_accounts_move,
    more_is_posted_than_was_held,
    it_is_posted_after_its_last_moment,
    it_expires_too_early,
    it_is_resolved_twice,
    the_last_moment_is_one_later,
    a_repeat_may_say_something_else,
    a_repeat_need_not_name_the_same_amount,
    repeats_are_done_again,
    a_batch_forgets_what_it_did,
    what_was_held_stays_held,
    only_what_is_posted_is_let_go,
    all_that_was_held_is_posted,
    what_is_void_is_paid,
    what_is_held_can_be_spent,
    the_clock_goes_back,
    the_head_outlives_what_was_undone,
    the_payer_is_not_written,
    what_is_resolved_stays_open,
    what_is_held_is_not_noted_as_open,
    the_chain_has_no_links,
    amounts_are_noted_wrong,
    the_sweep_leaves_one,
)
