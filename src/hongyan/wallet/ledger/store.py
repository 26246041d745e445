"""The ledger's SQL."""

from collections.abc import Iterable, Sequence

from hongyan.foundation.db import Row, Tx, Value
from hongyan.wallet.ledger.model import (
    NO_HASH,
    Code,
    Head,
    Holder,
    Kind,
    LedgerAccount,
    LedgerId,
    Transfer,
    TransferId,
)

_ACCOUNT = (
    "SELECT id, holder, owner, asset, no_overdraft, frozen, closed, debits_pending, credits_pending, debits_posted, "
    "credits_posted FROM ledger_account "
)
_TRANSFER = (
    "SELECT seq, id, kind, debit, credit, amount, asset, code, group_id, pending_id, expires_at_ms, at_ms, hash "
    "FROM transfer "
)


def accounts(tx: Tx, ids: Iterable[LedgerId]) -> dict[LedgerId, LedgerAccount]:
    rows = tx.among(_ACCOUNT + "WHERE id = ?", ids)
    return {one.id: one for one in map(_account, rows)}


def all_accounts(tx: Tx, after: bytes, limit: int) -> list[LedgerAccount]:
    return [_account(row) for row in tx.all(_ACCOUNT + "WHERE id > ? ORDER BY id LIMIT ?", (after, limit))]


def put_account(
    tx: Tx,
    id: LedgerId,
    holder: Holder,
    owner: int,
    asset: str,
    *,
    no_overdraft: bool,
    now_ms: int,
) -> None:
    tx.execute(
        "INSERT INTO ledger_account (id, holder, owner, asset, no_overdraft, opened_at_ms) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (id) DO NOTHING",
        (id, holder, owner, asset, int(no_overdraft), now_ms),
    )


def set_frozen(tx: Tx, id: LedgerId, *, frozen: bool) -> None:
    tx.execute("UPDATE ledger_account SET frozen = ? WHERE id = ?", (int(frozen), id))


def set_closed(tx: Tx, id: LedgerId) -> None:
    tx.execute("UPDATE ledger_account SET closed = 1 WHERE id = ?", (id,))


def put_amounts(tx: Tx, changed: Iterable[LedgerAccount]) -> None:
    tx.executemany(
        "UPDATE ledger_account SET debits_pending = ?, credits_pending = ?, debits_posted = ?, credits_posted = ? "
        "WHERE id = ?",
        [(one.debits_pending, one.credits_pending, one.debits_posted, one.credits_posted, one.id) for one in changed],
    )


def transfers(tx: Tx, ids: Iterable[TransferId]) -> dict[TransferId, Transfer]:
    rows = tx.among(_TRANSFER + "WHERE id = ?", ids)
    return {one.id: one for one in map(_transfer, rows)}


def transfers_after(tx: Tx, seq: int, limit: int) -> list[Transfer]:
    return [_transfer(row) for row in tx.all(_TRANSFER + "WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))]


def resolutions(tx: Tx, pending_ids: Iterable[TransferId]) -> dict[TransferId, Transfer]:
    """What resolved these pending transfers, by the id of the pending one."""
    rows = tx.among(_TRANSFER + "WHERE pending_id = ?", pending_ids)
    found = map(_transfer, rows)
    return {one.pending_id: one for one in found if one.pending_id is not None}


def put_transfers(tx: Tx, rows: Sequence[Row]) -> None:
    """Columns in the order of Transfer."""
    tx.executemany(
        "INSERT INTO transfer (seq, id, kind, debit, credit, amount, asset, code, group_id, pending_id, expires_at_ms, "
        "at_ms, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def put_open(tx: Tx, opened: Sequence[tuple[TransferId, int]]) -> None:
    tx.executemany("INSERT INTO transfer_open (id, expires_at_ms) VALUES (?, ?)", opened)


def erase_open(tx: Tx, ids: Iterable[TransferId]) -> None:
    tx.executemany("DELETE FROM transfer_open WHERE id = ?", [(id,) for id in ids])


def open_among(tx: Tx, ids: Iterable[TransferId]) -> set[TransferId]:
    rows = tx.among("SELECT id FROM transfer_open WHERE id = ?", ids)
    return {TransferId(_bytes(row[0])) for row in rows}


def all_open(tx: Tx) -> dict[TransferId, int]:
    rows = tx.all("SELECT id, expires_at_ms FROM transfer_open ORDER BY id")
    return {TransferId(_bytes(row[0])): _int(row[1]) for row in rows}


def expired(tx: Tx, now_ms: int, limit: int) -> list[TransferId]:
    rows = tx.all(
        "SELECT id FROM transfer_open WHERE expires_at_ms <= ? ORDER BY expires_at_ms, id LIMIT ?", (now_ms, limit)
    )
    return [TransferId(_bytes(row[0])) for row in rows]


def head(tx: Tx) -> Head:
    row = tx.one("SELECT seq, hash, at_ms FROM ledger_head WHERE one = 1")
    return Head(0, NO_HASH, 0) if row is None else Head(_int(row[0]), _bytes(row[1]), _int(row[2]))


def put_head(tx: Tx, newest: Head) -> None:
    tx.execute(
        "INSERT INTO ledger_head (one, seq, hash, at_ms) VALUES (1, ?, ?, ?) "
        "ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, at_ms = excluded.at_ms",
        (newest.seq, newest.hash, newest.at_ms),
    )


def statement(
    tx: Tx,
    account: LedgerId,
    *,
    before_seq: int,
    from_ms: int,
    until_ms: int,
    codes: Sequence[Code],
    limit: int,
) -> list[Transfer]:
    """What touches the account, newest first. Nothing that only resolves: that is told with what it resolves."""
    wanted = f" AND code IN ({', '.join('?' * len(codes))})" if codes else ""
    one_side = (
        "SELECT seq FROM transfer WHERE {} = ? AND seq < ? AND at_ms >= ? AND at_ms < ? AND kind IN (1, 2)"  # noqa: S608
        f"{wanted} ORDER BY seq DESC LIMIT ?"
    )
    both = (
        f"SELECT seq FROM ({one_side.format('debit')}) AS outgoing "  # noqa: S608 - our own words
        f"UNION ALL SELECT seq FROM ({one_side.format('credit')}) AS incoming"
    )
    bound: tuple[Value, ...] = (account, before_seq, from_ms, until_ms, *map(int, codes), limit)
    sql = _TRANSFER + f"WHERE seq IN ({both}) ORDER BY seq DESC LIMIT ?"
    return [_transfer(row) for row in tx.all(sql, (*bound, *bound, limit))]


def _account(row: Row) -> LedgerAccount:
    id_, holder, owner, asset, no_overdraft, frozen, closed, *amounts = row
    debits_pending, credits_pending, debits_posted, credits_posted = map(_int, amounts)
    return LedgerAccount(
        LedgerId(_bytes(id_)),
        Holder(_int(holder)),
        _int(owner),
        str(asset),
        bool(no_overdraft),
        bool(frozen),
        bool(closed),
        debits_pending,
        credits_pending,
        debits_posted,
        credits_posted,
    )


def _transfer(row: Row) -> Transfer:
    seq, id_, kind, debit, credit, amount, asset, code, group_id, pending_id, expires_at_ms, at_ms, hash_ = row
    return Transfer(
        _int(seq),
        TransferId(_bytes(id_)),
        Kind(_int(kind)),
        LedgerId(_bytes(debit)),
        LedgerId(_bytes(credit)),
        _int(amount),
        str(asset),
        Code(_int(code)),
        _bytes(group_id),
        None if pending_id is None else TransferId(_bytes(pending_id)),
        None if expires_at_ms is None else _int(expires_at_ms),
        _int(at_ms),
        _bytes(hash_),
    )


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
