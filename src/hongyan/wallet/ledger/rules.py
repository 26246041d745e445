"""What the ledger decides, on what it was given: no database, no clock [LE1] [LE2] [LE3]."""

from hongyan.wallet.ledger.model import (
    AMOUNT_MAX,
    TOTAL_MAX,
    Kind,
    LedgerAccount,
    Order,
    Transfer,
    Verdict,
)

RESOLVING = (Kind.POST, Kind.VOID, Kind.EXPIRE)


def is_same(order: Order, done: Transfer, pending: Transfer | None) -> bool:
    """Whether `done` is what this order asked for. `pending`: what a resolving order names."""
    if order.kind is not done.kind or order.pending_id != done.pending_id:
        return False
    if order.kind in RESOLVING:
        return pending is not None and done.amount == (order.amount or pending.amount)
    return (
        order.debit == done.debit
        and order.credit == done.credit
        and order.amount == done.amount
        and order.asset == done.asset
        and order.code is done.code
        and order.group_id == done.group_id
        and order.expires_at_ms == done.expires_at_ms
    )


def moving(order: Order, debit: LedgerAccount | None, credit: LedgerAccount | None) -> Verdict:
    """Whether a single or pending transfer may be, by its two accounts."""
    if not 0 < order.amount <= AMOUNT_MAX:
        return Verdict.AMOUNT_INVALID
    if order.debit == order.credit:
        return Verdict.SAME_ACCOUNT
    if debit is None or credit is None:
        return Verdict.ACCOUNT_UNKNOWN
    if not order.asset == debit.asset == credit.asset:
        return Verdict.ASSET_DIFFERS
    if debit.closed or credit.closed:
        return Verdict.CLOSED
    if debit.frozen or credit.frozen:
        return Verdict.FROZEN
    if _would_overflow(debit, credit, order.amount):
        return Verdict.OVERFLOW
    if debit.no_overdraft and debit.available < order.amount:
        return Verdict.INSUFFICIENT
    return Verdict.POSTED


def resolving(
    order: Order,
    pending: Transfer | None,
    *,
    is_open: bool,
    debit: LedgerAccount | None,
    credit: LedgerAccount | None,
    now_ms: int,
) -> Verdict:
    """Whether a pending transfer may be resolved so. At its last moment it has expired, and nothing else may be."""
    if not 0 <= order.amount <= AMOUNT_MAX or (order.amount and order.kind is not Kind.POST):
        return Verdict.AMOUNT_INVALID
    if pending is None or pending.kind is not Kind.PENDING or debit is None or credit is None:
        return Verdict.PENDING_UNKNOWN
    if not is_open:
        return Verdict.PENDING_DONE
    assert pending.expires_at_ms is not None
    if order.kind is Kind.EXPIRE:
        return Verdict.POSTED if now_ms >= pending.expires_at_ms else Verdict.PENDING_NOT_EXPIRED
    if now_ms >= pending.expires_at_ms:
        return Verdict.PENDING_EXPIRED
    if order.kind is Kind.VOID:
        return Verdict.POSTED
    if order.amount > pending.amount:
        return Verdict.EXCEEDS_PENDING
    if debit.closed or credit.closed:
        return Verdict.CLOSED
    if debit.frozen or credit.frozen:
        return Verdict.FROZEN
    return Verdict.POSTED


def apply(kind: Kind, amount: int, held: int, debit: LedgerAccount, credit: LedgerAccount) -> None:
    """Move `amount` between the two; `held`: what was pending and is not any more."""
    if kind is Kind.PENDING:
        debit.debits_pending += amount
        credit.credits_pending += amount
        return
    debit.debits_pending -= held
    credit.credits_pending -= held
    if kind is Kind.SINGLE or kind is Kind.POST:
        debit.debits_posted += amount
        credit.credits_posted += amount


def _would_overflow(debit: LedgerAccount, credit: LedgerAccount, amount: int) -> bool:
    return max(debit.debits_posted + debit.debits_pending, credit.credits_posted + credit.credits_pending) > (
        TOTAL_MAX - amount
    )
