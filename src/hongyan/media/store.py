"""The only SQL of media."""

from collections.abc import Iterable, Sequence

import msgspec

from hongyan.foundation.blobs import Piece
from hongyan.foundation.db import Tx, Value
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.media.model import Blob, BlobId, Uploader, Usage, Wanted

_BLOB = "SELECT blob_id, account_id, device_id, group_id, length, stored, expires_at_ms FROM media_blob"


def blob(tx: Tx, blob_id: BlobId) -> Blob | None:
    row = tx.one(f"{_BLOB} WHERE blob_id = ?", (blob_id,))
    return None if row is None else msgspec.convert(row, Blob)


def insert(tx: Tx, wanted: Wanted, by: Uploader, *, expires_at_ms: int) -> None:
    tx.execute(
        "INSERT INTO media_blob (blob_id, account_id, device_id, group_id, length, stored, expires_at_ms, found_old) "
        "VALUES (?, ?, ?, ?, ?, 0, ?, 0)",
        (wanted.blob_id, by.account_id, by.device_id, wanted.group_id, wanted.length, expires_at_ms),
    )


def advance(tx: Tx, blob_id: BlobId, piece: Piece) -> bool:
    """Add a piece at the upload's offset. False: the offset is another, or the upload is gone."""
    changed = tx.execute(
        "UPDATE media_blob SET stored = stored + ? WHERE blob_id = ? AND stored = ?",
        (piece.bytes, blob_id, piece.start),
    )
    if changed:
        tx.execute(
            "INSERT INTO media_piece (blob_id, start, bytes, object) VALUES (?, ?, ?, ?)",
            (blob_id, piece.start, piece.bytes, piece.name),
        )
    return changed > 0


def complete(tx: Tx, blob_id: BlobId, *, expires_at_ms: int) -> None:
    """Forget the group, and count the time anew."""
    tx.execute(
        "UPDATE media_blob SET group_id = NULL, expires_at_ms = ?, found_old = 0 WHERE blob_id = ?",
        (expires_at_ms, blob_id),
    )


def pieces(tx: Tx, blob_id: BlobId) -> tuple[Piece, ...]:
    rows = tx.all("SELECT object, start, bytes FROM media_piece WHERE blob_id = ? ORDER BY start", (blob_id,))
    return tuple(Piece(name, start, size) for name, start, size in msgspec.convert(rows, list[tuple[str, int, int]]))


def count_pieces(tx: Tx, blob_id: BlobId) -> int:
    return _sum(tx.one("SELECT COUNT(*) FROM media_piece WHERE blob_id = ?", (blob_id,)))


# --- who is due -----------------------------------------------------------------------------------


def insert_due(tx: Tx, blob_id: BlobId, device_ids: Iterable[DeviceId]) -> None:
    """Those who are due already, or have it, stay as they are."""
    tx.executemany(
        "INSERT INTO media_due (blob_id, device_id, taken) VALUES (?, ?, 0) "
        "ON CONFLICT (blob_id, device_id) DO NOTHING",
        [(blob_id, device_id) for device_id in device_ids],
    )


def is_due(tx: Tx, blob_id: BlobId, device_id: DeviceId) -> bool:
    row = tx.one(
        "SELECT 1 FROM media_due WHERE blob_id = ? AND device_id = ? AND taken = 0",
        (blob_id, device_id),
    )
    return row is not None


def is_anybody_due(tx: Tx, blob_id: BlobId) -> bool:
    return tx.one("SELECT 1 FROM media_due WHERE blob_id = ? AND taken = 0 LIMIT 1", (blob_id,)) is not None


def take(tx: Tx, blob_id: BlobId, device_id: DeviceId) -> bool:
    """Whether the device was due until now."""
    changed = tx.execute(
        "UPDATE media_due SET taken = 1 WHERE blob_id = ? AND device_id = ? AND taken = 0",
        (blob_id, device_id),
    )
    return changed > 0


def release_device(tx: Tx, device_id: DeviceId) -> list[BlobId]:
    """Forget that the device was due; returns the blobs for which it was."""
    rows = tx.all("DELETE FROM media_due WHERE device_id = ? RETURNING blob_id", (device_id,))
    return _ids(rows)


# --- what goes ------------------------------------------------------------------------------------


def erase(tx: Tx, blob_ids: Iterable[BlobId]) -> list[str]:
    """Erase all rows of these blobs; returns the objects that must go from the blob store next."""
    objects: list[str] = []
    for blob_id in blob_ids:
        rows = tx.all("DELETE FROM media_piece WHERE blob_id = ? RETURNING object", (blob_id,))
        objects += [name for (name,) in msgspec.convert(rows, list[tuple[str]])]
        tx.execute("DELETE FROM media_due WHERE blob_id = ?", (blob_id,))
        tx.execute("DELETE FROM media_blob WHERE blob_id = ?", (blob_id,))
    return objects


def unfinished_of_device(tx: Tx, device_id: DeviceId) -> list[BlobId]:
    return _ids(tx.all("SELECT blob_id FROM media_blob WHERE device_id = ? AND group_id IS NOT NULL", (device_id,)))


def of_account(tx: Tx, account_id: AccountId) -> list[BlobId]:
    return _ids(tx.all("SELECT blob_id FROM media_blob WHERE account_id = ?", (account_id,)))


def look_for_old(tx: Tx, *, now_ms: int) -> None:
    """Count, for each blob, how many looks in a row found it past its time."""
    tx.execute("UPDATE media_blob SET found_old = found_old + 1 WHERE expires_at_ms <= ?", (now_ms,))
    tx.execute("UPDATE media_blob SET found_old = 0 WHERE expires_at_ms > ? AND found_old > 0", (now_ms,))


def old(tx: Tx, *, looks: int, now_ms: int, count: int) -> list[BlobId]:
    """Blobs found old in so many looks, and unfinished uploads past their time; at most `count`."""
    rows = tx.all(
        "SELECT blob_id FROM media_blob WHERE expires_at_ms <= ? AND (found_old >= ? OR group_id IS NOT NULL) LIMIT ?",
        (now_ms, looks, count),
    )
    return _ids(rows)


def known_objects(tx: Tx, names: Sequence[str]) -> set[str]:
    """Which of these objects are pieces of a blob."""
    marks = ", ".join("?" * len(names))
    rows = tx.all(f"SELECT object FROM media_piece WHERE object IN ({marks})", names)  # noqa: S608 - marks only
    return {name for (name,) in msgspec.convert(rows, list[tuple[str]])}


# --- how much -------------------------------------------------------------------------------------


def bytes_of_account(tx: Tx, account_id: AccountId) -> int:
    """Unfinished uploads count whole."""
    return _sum(tx.one("SELECT SUM(length) FROM media_blob WHERE account_id = ?", (account_id,)))


def bytes_in_all(tx: Tx) -> int:
    return _sum(tx.one("SELECT SUM(length) FROM media_blob"))


def usage(tx: Tx, *, until_ms: int) -> Usage:
    """What all blobs take, and what of it has its time before `until_ms`."""
    row = tx.one(
        "SELECT COUNT(*), COALESCE(SUM(length), 0), (SELECT COUNT(*) FROM media_blob WHERE expires_at_ms < ?), "
        "(SELECT COALESCE(SUM(length), 0) FROM media_blob WHERE expires_at_ms < ?) FROM media_blob",
        (until_ms, until_ms),
    )
    return Usage(*(int(value or 0) for value in row or ()))


def bytes_promised(tx: Tx) -> int:
    """What unfinished uploads may still bring."""
    return _sum(tx.one("SELECT SUM(length - stored) FROM media_blob WHERE group_id IS NOT NULL"))


def _sum(row: tuple[Value, ...] | None) -> int:
    assert row is not None and (row[0] is None or isinstance(row[0], int))
    return row[0] or 0


def _ids(rows: Sequence[tuple[Value, ...]]) -> list[BlobId]:
    return [blob_id for (blob_id,) in msgspec.convert(rows, list[tuple[BlobId]])]
