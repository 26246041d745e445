"""The SQL of backups and vaults."""

# ruff: noqa: S608 - what is put into statements here are column lists and `?` places, never values

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from hongyan.backup.model import Backup, Circle, Segment, Vault
from hongyan.foundation.db import Row, Tx
from hongyan.foundation.ids import AccountId

S = TypeVar("S", bound=msgspec.Struct)


def columns(struct: type[msgspec.Struct]) -> str:
    return ", ".join(struct.__struct_fields__)


def filled(struct: type[S], row: Row | None) -> S | None:
    """The row as a struct whose fields are the selected columns; None stays None."""
    return None if row is None else msgspec.convert(row, struct, strict=False)


def backup(tx: Tx, account_id: AccountId) -> Backup | None:
    return filled(Backup, tx.one(f"SELECT {columns(Backup)} FROM backup WHERE account_id = ?", (account_id,)))


def put_backup(tx: Tx, new: Backup) -> None:
    tx.execute("DELETE FROM backup WHERE account_id = ?", (new.account_id,))
    tx.execute(f"INSERT INTO backup ({columns(Backup)}) VALUES (?, ?, ?, ?, ?, ?, ?)", msgspec.structs.astuple(new))


def segment(tx: Tx, account_id: AccountId, segment_id: bytes) -> Segment | None:
    sql = f"SELECT {columns(Segment)} FROM backup_segment WHERE account_id = ? AND segment_id = ?"
    return filled(Segment, tx.one(sql, (account_id, segment_id)))


def bytes_held(tx: Tx, account_id: AccountId) -> int:
    row = tx.one("SELECT COALESCE(SUM(size_bytes), 0) FROM backup_segment WHERE account_id = ?", (account_id,))
    assert row is not None
    return int(row[0] or 0)


def bytes_in_all(tx: Tx) -> int:
    row = tx.one("SELECT COALESCE(SUM(size_bytes), 0) FROM backup_segment")
    assert row is not None
    return int(row[0] or 0)


def segments_in_use(tx: Tx, account_id: AccountId) -> set[bytes]:
    sql = "SELECT segment_id FROM backup_segment WHERE account_id = ? AND free_at_ms IS NULL"
    return {segment_id for (segment_id,) in msgspec.convert(tx.all(sql, (account_id,)), list[tuple[bytes]])}


def segments_stored(tx: Tx, account_id: AccountId) -> set[bytes]:
    sql = "SELECT segment_id FROM backup_segment WHERE account_id = ? AND stored = 1"
    return {segment_id for (segment_id,) in msgspec.convert(tx.all(sql, (account_id,)), list[tuple[bytes]])}


def insert_segment(tx: Tx, account_id: AccountId, segment_id: bytes, size: int, *, free_at_ms: int) -> None:
    """A segment whose file is about to be written; it may be erased again after `free_at_ms`."""
    tx.execute(
        "INSERT INTO backup_segment (account_id, segment_id, size_bytes, stored, free_at_ms) VALUES (?, ?, ?, 0, ?) "
        "ON CONFLICT (account_id, segment_id) DO NOTHING",
        (account_id, segment_id, size, free_at_ms),
    )


def postpone_freedom(tx: Tx, account_id: AccountId, segment_id: bytes, *, free_at_ms: int) -> None:
    tx.execute(
        "UPDATE backup_segment SET free_at_ms = ? WHERE account_id = ? AND segment_id = ? AND free_at_ms IS NOT NULL",
        (free_at_ms, account_id, segment_id),
    )


def mark_stored(tx: Tx, account_id: AccountId, segment_id: bytes) -> None:
    tx.execute("UPDATE backup_segment SET stored = 1 WHERE account_id = ? AND segment_id = ?", (account_id, segment_id))


def set_free(tx: Tx, account_id: AccountId, segment_ids: Iterable[bytes], *, free_at_ms: int | None) -> None:
    """None: the newest backup uses them."""
    tx.executemany(
        "UPDATE backup_segment SET free_at_ms = ? WHERE account_id = ? AND segment_id = ?",
        [(free_at_ms, account_id, segment_id) for segment_id in segment_ids],
    )


def free_all(tx: Tx, account_id: AccountId, *, free_at_ms: int) -> None:
    tx.execute("UPDATE backup_segment SET free_at_ms = ? WHERE account_id = ?", (free_at_ms, account_id))


def segments_to_erase(tx: Tx, *, now_ms: int, limit: int) -> list[Segment]:
    sql = f"SELECT {columns(Segment)} FROM backup_segment WHERE free_at_ms <= ? ORDER BY free_at_ms LIMIT ?"
    return msgspec.convert(tx.all(sql, (now_ms, limit)), list[Segment], strict=False)


def claim_erasure(tx: Tx, account_id: AccountId, segment_id: bytes, *, now_ms: int) -> bool:
    """Whether the segment is still free; if so it is no longer counted as stored, so that nobody relies on it."""
    changed = tx.execute(
        "UPDATE backup_segment SET stored = 0 WHERE account_id = ? AND segment_id = ? AND free_at_ms <= ?",
        (account_id, segment_id, now_ms),
    )
    return changed > 0


def erase_segment(tx: Tx, account_id: AccountId, segment_id: bytes, *, now_ms: int) -> None:
    """Unless it was uploaded again meanwhile."""
    tx.execute(
        "DELETE FROM backup_segment WHERE account_id = ? AND segment_id = ? AND stored = 0 AND free_at_ms <= ?",
        (account_id, segment_id, now_ms),
    )


def vault(tx: Tx, account_id: AccountId) -> Vault | None:
    return filled(Vault, tx.one(f"SELECT {columns(Vault)} FROM backup_vault WHERE account_id = ?", (account_id,)))


def put_vault(tx: Tx, new: Vault) -> None:
    tx.execute("DELETE FROM backup_vault WHERE account_id = ?", (new.account_id,))
    places = ", ".join("?" * len(Vault.__struct_fields__))
    tx.execute(f"INSERT INTO backup_vault ({columns(Vault)}) VALUES ({places})", msgspec.structs.astuple(new))


def count_wrong(tx: Tx, account_id: AccountId, *, wrong: int, open_at_ms: int) -> None:
    tx.execute(
        "UPDATE backup_vault SET wrong = ?, open_at_ms = ? WHERE account_id = ?", (wrong, open_at_ms, account_id)
    )


def destroy_vault(tx: Tx, account_id: AccountId, *, wrong: int, now_ms: int) -> None:
    tx.execute(
        "UPDATE backup_vault SET share = ?, verifier = ?, box = ?, wrong = ?, destroyed_at_ms = ? WHERE account_id = ?",
        (b"", b"", b"", wrong, now_ms, account_id),
    )


def circle(tx: Tx, account_id: AccountId) -> Circle | None:
    return filled(Circle, tx.one(f"SELECT {columns(Circle)} FROM backup_circle WHERE account_id = ?", (account_id,)))


def put_circle(tx: Tx, new: Circle) -> None:
    tx.execute("DELETE FROM backup_circle WHERE account_id = ?", (new.account_id,))
    tx.execute(f"INSERT INTO backup_circle ({columns(Circle)}) VALUES (?, ?, ?, ?)", msgspec.structs.astuple(new))


def erase_backup(tx: Tx, account_id: AccountId) -> None:
    for sql in (
        "DELETE FROM backup WHERE account_id = ?",
        "DELETE FROM backup_vault WHERE account_id = ?",
        "DELETE FROM backup_circle WHERE account_id = ?",
    ):
        tx.execute(sql, (account_id,))
