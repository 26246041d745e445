"""The audit's SQL: the stored part of the tree, checkpoints, and sums over accounts."""

from hongyan.foundation.db import Row, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.audit.model import Checkpoint, Total
from hongyan.wallet.audit.tree import Complete, folded, leaf_of
from hongyan.wallet.ledger import NO_HASH, Holder, LedgerId

# A node is stored of each 2^8 of the level below.
STEP = 8
_CHECKPOINT = "SELECT size, root, at_ms, key, signature FROM ledger_checkpoint "


def complete(tx: Tx) -> Complete:
    """The roots of complete subtrees as far as `grow` has come, each from at most 2^STEP rows."""
    known: dict[tuple[int, int], bytes] = {}

    def find(level: int, place: int) -> bytes:
        if (node := known.get((level, place))) is None:
            node = known[level, place] = _complete(tx, level, place)
        return node

    return find


def _complete(tx: Tx, level: int, place: int) -> bytes:
    base = level // STEP * STEP
    count = 1 << (level - base)
    return folded(_nodes(tx, base, place * count, count))


def _nodes(tx: Tx, level: int, first: int, count: int) -> list[bytes]:
    if level == 0:
        rows = tx.all(
            "SELECT hash FROM transfer WHERE seq > ? AND seq <= ? ORDER BY seq",
            (first, first + count),
        )
        nodes = [leaf_of(_bytes(row)) for row in rows]
    else:
        rows = tx.all(
            "SELECT hash FROM ledger_node WHERE level = ? AND place >= ? AND place < ? ORDER BY place",
            (level, first, first + count),
        )
        nodes = [_bytes(row) for row in rows]
    assert len(nodes) == count, "the tree has a hole"
    return nodes


def grow(tx: Tx, size: int, *, limit: int) -> bool:
    """Store at most `limit` nodes that the first `size` transfers complete; whether that was all."""
    level = STEP
    while whole := size >> level:
        row = tx.one("SELECT COALESCE(MAX(place), -1) FROM ledger_node WHERE level = ?", (level,))
        first = _int(row) + 1
        for place in range(first, min(whole, first + limit)):
            node = folded(_nodes(tx, level - STEP, place << STEP, 1 << STEP))
            tx.execute("INSERT INTO ledger_node (level, place, hash) VALUES (?, ?, ?)", (level, place, node))
        if whole - first >= limit:
            return False
        limit -= max(0, whole - first)
        level += STEP
    return True


def stored_node(tx: Tx, level: int, place: int) -> bytes | None:
    row = tx.one("SELECT hash FROM ledger_node WHERE level = ? AND place = ?", (level, place))
    return None if row is None else _bytes(row)


def newest(tx: Tx) -> Checkpoint | None:
    row = tx.one(_CHECKPOINT + "ORDER BY size DESC LIMIT 1")
    return None if row is None else _checkpoint(row)


def checkpoints(tx: Tx) -> list[Checkpoint]:
    return [_checkpoint(row) for row in tx.all(_CHECKPOINT + "ORDER BY size")]


def put_checkpoint(tx: Tx, new: Checkpoint) -> None:
    tx.execute(
        "INSERT INTO ledger_checkpoint (size, root, at_ms, key, signature) VALUES (?, ?, ?, ?, ?)",
        (new.size, new.root, new.at_ms, new.key, new.signature),
    )


def totals(tx: Tx) -> tuple[Total, ...]:
    rows = tx.all(
        "SELECT holder, asset, COUNT(*), SUM(credits_posted) - SUM(debits_posted), SUM(debits_pending) "
        "FROM ledger_account GROUP BY holder, asset ORDER BY holder, asset"
    )
    found = []
    for holder, asset, accounts, balance, held in rows:
        assert isinstance(holder, int) and isinstance(accounts, int)
        assert isinstance(balance, int) and isinstance(held, int)
        found.append(Total(Holder(holder), str(asset), accounts, balance, held))
    return tuple(found)


def hash_before(tx: Tx, seq: int) -> bytes:
    row = tx.one("SELECT hash FROM transfer WHERE seq = ?", (seq - 1,))
    return NO_HASH if row is None else _bytes(row)


def is_of(tx: Tx, account_id: AccountId, debit: LedgerId, credit: LedgerId) -> bool:
    """Whether one of the two is a purse or shop of this person."""
    return (
        tx.one(
            "SELECT 1 FROM ledger_account WHERE owner = ? AND holder IN (?, ?) AND id IN (?, ?)",
            (account_id, int(Holder.PURSE), int(Holder.SHOP), debit, credit),
        )
        is not None
    )


def _checkpoint(row: Row) -> Checkpoint:
    size, root, at_ms, key, signature = row
    assert isinstance(size, int) and isinstance(at_ms, int)
    assert isinstance(root, bytes) and isinstance(key, bytes) and isinstance(signature, bytes)
    return Checkpoint(size, root, at_ms, key, signature)


def _int(row: Row | None) -> int:
    assert row is not None and isinstance(row[0], int)
    return row[0]


def _bytes(row: Row) -> bytes:
    assert isinstance(row[0], bytes)
    return row[0]
