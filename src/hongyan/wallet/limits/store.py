"""The only SQL of limits."""

import msgspec

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.limits.model import Limit, Span


def limit(tx: Tx, account_id: AccountId, span: Span) -> Limit:
    row = tx.one(
        "SELECT limit_minor, next_minor, next_at_ms FROM spending_limit WHERE account_id = ? AND span = ?",
        (account_id, int(span)),
    )
    if row is None:
        return Limit()
    now, following, at_ms = msgspec.convert(row, tuple[int | None, int | None, int])
    return Limit(now, following, at_ms)


def put_limit(tx: Tx, account_id: AccountId, span: Span, limit: Limit) -> None:
    tx.execute(
        "INSERT INTO spending_limit (account_id, span, limit_minor, next_minor, next_at_ms) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (account_id, span) DO UPDATE SET limit_minor = excluded.limit_minor, "
        "next_minor = excluded.next_minor, next_at_ms = excluded.next_at_ms",
        (account_id, int(span), limit.now, limit.next, limit.next_at_ms),
    )


def spent(tx: Tx, account_id: AccountId, *, from_day: int) -> int:
    row = tx.one(
        "SELECT CAST(COALESCE(SUM(spent_minor), 0) AS BIGINT) FROM spending WHERE account_id = ? AND day >= ?",
        (account_id, from_day),
    )
    assert row is not None and isinstance(row[0], int)
    return row[0]


def add_spent(tx: Tx, account_id: AccountId, *, day: int, amount: int) -> None:
    tx.execute(
        "INSERT INTO spending (account_id, day, spent_minor) VALUES (?, ?, ?) "
        "ON CONFLICT (account_id, day) DO UPDATE SET spent_minor = spending.spent_minor + excluded.spent_minor",
        (account_id, day, amount),
    )


def erase_before(tx: Tx, *, day: int) -> None:
    tx.execute("DELETE FROM spending WHERE day < ?", (day,))


def erase_of_account(tx: Tx, account_id: AccountId) -> None:
    tx.execute("DELETE FROM spending_limit WHERE account_id = ?", (account_id,))
    tx.execute("DELETE FROM spending WHERE account_id = ?", (account_id,))
