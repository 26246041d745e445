"""The only SQL of paying."""

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.paying.model import Collection, Part


def token(tx: Tx, account_id: AccountId) -> str | None:
    row = tx.one("SELECT token FROM receive_code WHERE account_id = ?", (account_id,))
    return None if row is None else str(row[0])


def put_token(tx: Tx, account_id: AccountId, made: str, *, now_ms: int) -> None:
    tx.execute(
        "INSERT INTO receive_code (account_id, token, made_at_ms) VALUES (?, ?, ?) "
        "ON CONFLICT (account_id) DO UPDATE SET token = excluded.token, made_at_ms = excluded.made_at_ms",
        (account_id, made, now_ms),
    )


def erase_token(tx: Tx, account_id: AccountId) -> None:
    tx.execute("DELETE FROM receive_code WHERE account_id = ?", (account_id,))


def put_collection(tx: Tx, one: Collection) -> None:
    tx.execute(
        "INSERT INTO collection (id, creator, asset, made_at_ms) VALUES (?, ?, ?, ?)",
        (one.id, one.creator, one.asset, one.made_at_ms),
    )
    tx.executemany(
        "INSERT INTO collection_part (collection_id, account_id, amount) VALUES (?, ?, ?)",
        [(one.id, part.account_id, part.amount) for part in one.parts],
    )


def collection(tx: Tx, collection_id: bytes) -> Collection | None:
    row = tx.one("SELECT creator, asset, made_at_ms, closed_at_ms FROM collection WHERE id = ?", (collection_id,))
    if row is None:
        return None
    creator, asset, made_at_ms, closed_at_ms = row
    parts = tx.all(
        "SELECT account_id, amount, paid_at_ms FROM collection_part WHERE collection_id = ? ORDER BY account_id",
        (collection_id,),
    )
    return Collection(
        collection_id,
        AccountId(_int(creator)),
        str(asset),
        _int(made_at_ms),
        None if closed_at_ms is None else _int(closed_at_ms),
        tuple(
            Part(AccountId(_int(who)), _int(amount), None if paid is None else _int(paid))
            for who, amount, paid in parts
        ),
    )


def set_paid(tx: Tx, collection_id: bytes, account_id: AccountId, *, now_ms: int) -> None:
    tx.execute(
        "UPDATE collection_part SET paid_at_ms = ? WHERE collection_id = ? AND account_id = ?",
        (now_ms, collection_id, account_id),
    )


def set_closed(tx: Tx, collection_id: bytes, *, now_ms: int) -> None:
    tx.execute("UPDATE collection SET closed_at_ms = ? WHERE id = ? AND closed_at_ms IS NULL", (now_ms, collection_id))


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
