"""The only SQL of purses: sums over the ledger's statements, and who has left."""

from collections.abc import Sequence

from hongyan.foundation.db import Tx
from hongyan.wallet.ledger import Code, Holder, Kind, LedgerId

_SUM = (
    "SELECT CAST(COALESCE(SUM(CASE WHEN t.kind = 1 THEN t.amount ELSE COALESCE(r.amount, 0) END), 0) AS BIGINT) "
    "FROM transfer t LEFT JOIN transfer r ON r.pending_id = t.id AND r.kind = 3 "
    "WHERE t.kind IN (1, 2) AND t.at_ms >= ? AND t.at_ms < ? AND t.code IN (" + ", ".join("?" * len(Code)) + ") AND "
)
assert (Kind.SINGLE, Kind.PENDING, Kind.POST) == (1, 2, 3)


def sums(tx: Tx, purse: LedgerId, *, from_ms: int, until_ms: int, codes: Sequence[Code]) -> tuple[int, int]:
    """What came in and what went out, in minor units, of the acts of a time; what is held or went back counts as 0."""
    # One statement whatever is asked for: what is not, stands as the first one again.
    wanted = [int(code) for code in codes or Code]
    wanted += wanted[:1] * (len(Code) - len(wanted))
    found = []
    for side in ("t.credit = ?", "t.debit = ?"):
        row = tx.one(_SUM + side, (from_ms, until_ms, *wanted, purse))
        assert row is not None and isinstance(row[0], int)
        found.append(row[0])
    return found[0], found[1]


def left_behind(tx: Tx, *, limit: int) -> list[LedgerId]:
    """Purses with money of people who have left."""
    rows = tx.all(
        "SELECT l.id FROM ledger_account l LEFT JOIN account a ON a.account_id = l.owner "
        "WHERE l.holder = ? AND a.account_id IS NULL AND l.credits_posted > l.debits_posted + l.debits_pending "
        "ORDER BY l.id LIMIT ?",
        (int(Holder.PURSE), limit),
    )
    return [LedgerId(row[0]) for row in rows if isinstance(row[0], bytes)]
