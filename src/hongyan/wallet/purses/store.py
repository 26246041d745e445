"""The only SQL of purses: sums over the ledger's statements, and who has left."""

from hongyan.foundation.db import Tx
from hongyan.wallet.ledger import Code, Holder, Kind, LedgerId

_SUM = (
    "SELECT t.code, CAST(SUM(CASE WHEN t.kind = 1 THEN t.amount ELSE COALESCE(r.amount, 0) END) AS BIGINT) "
    "FROM transfer t LEFT JOIN transfer r ON r.pending_id = t.id AND r.kind = 3 "
    "WHERE t.kind IN (1, 2) AND t.at_ms >= ? AND t.at_ms < ? AND "
)
assert (Kind.SINGLE, Kind.PENDING, Kind.POST) == (1, 2, 3)


def sums(tx: Tx, purse: LedgerId, *, from_ms: int, until_ms: int) -> dict[Code, tuple[int, int]]:
    """What came in and what went out of each kind in a time, in minor units; what is held or went back counts as 0."""
    found: dict[Code, tuple[int, int]] = {}
    for side, is_in in (("t.credit = ?", True), ("t.debit = ?", False)):
        for code, amount in tx.all(_SUM + side + " GROUP BY t.code", (from_ms, until_ms, purse)):
            assert isinstance(code, int) and isinstance(amount, int)
            came, went = found.get(Code(code), (0, 0))
            found[Code(code)] = (came + amount, went) if is_in else (came, went + amount)
    return found


def left_behind(tx: Tx, *, limit: int) -> list[LedgerId]:
    """Purses with money of people who have left."""
    rows = tx.all(
        "SELECT l.id FROM ledger_account l LEFT JOIN account a ON a.account_id = l.owner "
        "WHERE l.holder = ? AND a.account_id IS NULL AND l.credits_posted > l.debits_posted + l.debits_pending "
        "ORDER BY l.id LIMIT ?",
        (int(Holder.PURSE), limit),
    )
    return [LedgerId(row[0]) for row in rows if isinstance(row[0], bytes)]
