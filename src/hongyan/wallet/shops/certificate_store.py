"""The only SQL of certificates."""

import msgspec

from hongyan.foundation.db import Tx
from hongyan.wallet.shops.model import ShopCertificate

PLATFORM_SECRET = "wallet.platform"  # noqa: S105 - a name
_CERTIFICATES = (
    "SELECT c.serial, c.shop_id, c.key_hash, c.certificate, c.made_at_ms, c.expires_at_ms, c.ended_at_ms "
    "FROM shop_certificate c "
)


def insert(tx: Tx, new: ShopCertificate) -> None:
    tx.execute(
        "INSERT INTO shop_certificate (serial, shop_id, key_hash, certificate, made_at_ms, expires_at_ms, "
        "ended_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def in_force(tx: Tx, serial: bytes, *, now_ms: int) -> ShopCertificate | None:
    """None when it is unknown, revoked or over, or its shop is closed."""
    row = tx.one(
        _CERTIFICATES + "JOIN shop s ON s.id = c.shop_id "
        "WHERE c.serial = ? AND c.ended_at_ms = 0 AND c.expires_at_ms > ? AND s.closed_at_ms = 0",
        (serial, now_ms),
    )
    return None if row is None else msgspec.convert(row, ShopCertificate)


def of_shop(tx: Tx, shop_id: bytes) -> list[ShopCertificate]:
    """Newest first, those that have ended, too; CERTIFICATES_KEPT_MAX of them."""
    rows = tx.all(_CERTIFICATES + "WHERE c.shop_id = ? ORDER BY c.made_at_ms DESC, c.serial", (shop_id,))
    return msgspec.convert(rows, list[ShopCertificate])


def of_key(tx: Tx, shop_id: bytes, key_hash: bytes) -> ShopCertificate | None:
    """The newest that this shop had for a key."""
    row = tx.one(
        _CERTIFICATES + "WHERE c.shop_id = ? AND c.key_hash = ? ORDER BY c.made_at_ms DESC, c.serial LIMIT 1",
        (shop_id, key_hash),
    )
    return None if row is None else msgspec.convert(row, ShopCertificate)


def count_in_force(tx: Tx, shop_id: bytes, *, now_ms: int) -> int:
    row = tx.one(
        "SELECT COUNT(*) FROM shop_certificate WHERE shop_id = ? AND ended_at_ms = 0 AND expires_at_ms > ?",
        (shop_id, now_ms),
    )
    return int(row[0] or 0) if row else 0


def count(tx: Tx, shop_id: bytes) -> int:
    row = tx.one("SELECT COUNT(*) FROM shop_certificate WHERE shop_id = ?", (shop_id,))
    return int(row[0] or 0) if row else 0


def end(tx: Tx, shop_id: bytes, serial: bytes, *, now_ms: int) -> bool:
    """False if the shop has none of this number; when one ended the first time stays."""
    if tx.one("SELECT 1 FROM shop_certificate WHERE shop_id = ? AND serial = ?", (shop_id, serial)) is None:
        return False
    tx.execute("UPDATE shop_certificate SET ended_at_ms = ? WHERE serial = ? AND ended_at_ms = 0", (now_ms, serial))
    return True


def end_all(tx: Tx, shop_id: bytes, *, now_ms: int) -> None:
    tx.execute("UPDATE shop_certificate SET ended_at_ms = ? WHERE shop_id = ? AND ended_at_ms = 0", (now_ms, shop_id))


def erase_ended(tx: Tx, *, before_ms: int) -> None:
    tx.execute(
        "DELETE FROM shop_certificate WHERE expires_at_ms < ? OR (ended_at_ms > 0 AND ended_at_ms < ?)",
        (before_ms, before_ms),
    )


def note_platform(tx: Tx, fingerprint: bytes) -> bool:
    """Note which certificate the server has; False if it had another until now."""
    row = tx.one("SELECT value FROM server_secret WHERE name = ?", (PLATFORM_SECRET,))
    if row is not None and row[0] == fingerprint:
        return True
    tx.execute(
        "INSERT INTO server_secret (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (PLATFORM_SECRET, fingerprint),
    )
    return row is None
