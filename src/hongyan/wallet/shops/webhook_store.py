"""The only SQL of webhooks."""

import msgspec

from hongyan.foundation.db import Tx
from hongyan.wallet.shops.model import NoticeState, ShopNotice, ShopWebhook

_NOTICES = (
    "SELECT id, shop_id, url, kind, about, state, attempts, made_at_ms, due_at_ms, last_failure FROM shop_notice WHERE "
)


def webhook(tx: Tx, shop_id: bytes) -> ShopWebhook | None:
    row = tx.one("SELECT shop_id, url, secret, made_at_ms FROM shop_webhook WHERE shop_id = ?", (shop_id,))
    return None if row is None else msgspec.convert(row, ShopWebhook)


def put_webhook(tx: Tx, new: ShopWebhook) -> None:
    tx.execute(
        "INSERT INTO shop_webhook (shop_id, url, secret, made_at_ms) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (shop_id) DO UPDATE SET url = excluded.url, secret = excluded.secret, "
        "made_at_ms = excluded.made_at_ms",
        msgspec.structs.astuple(new),
    )


def redirect(tx: Tx, shop_id: bytes, before: str, url: str) -> None:
    """What waits to be told at the shop's address goes to the new one."""
    tx.execute(
        "UPDATE shop_notice SET url = ? WHERE shop_id = ? AND url = ? AND state = ?",
        (url, shop_id, before, int(NoticeState.WAITING)),
    )


def erase_webhook(tx: Tx, shop_id: bytes) -> None:
    """And whatever waits to be told there."""
    tx.execute("DELETE FROM shop_webhook WHERE shop_id = ?", (shop_id,))
    tx.execute("DELETE FROM shop_notice WHERE shop_id = ? AND state = ?", (shop_id, int(NoticeState.WAITING)))


def insert_notice(tx: Tx, new: ShopNotice) -> None:
    tx.execute(
        "INSERT INTO shop_notice (id, shop_id, url, kind, about, state, attempts, made_at_ms, due_at_ms, last_failure) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def due(tx: Tx, *, now_ms: int, limit: int) -> list[ShopNotice]:
    rows = tx.all(
        _NOTICES + "state = 1 AND due_at_ms <= ? ORDER BY due_at_ms, id LIMIT ?",
        (now_ms, limit),
    )
    return msgspec.convert(rows, list[ShopNotice])


def next_due_ms(tx: Tx) -> int | None:
    """When the next notice that waits is to be sent; None if none waits."""
    row = tx.one("SELECT due_at_ms FROM shop_notice WHERE state = 1 ORDER BY due_at_ms LIMIT 1")
    return None if row is None else int(row[0] or 0)


def lease(tx: Tx, id: bytes, *, until_ms: int) -> None:
    """Have nobody else send it before then; it counts as tried."""
    tx.execute("UPDATE shop_notice SET attempts = attempts + 1, due_at_ms = ? WHERE id = ?", (until_ms, id))


def settle(tx: Tx, id: bytes, state: NoticeState, *, due_at_ms: int, failure: str | None) -> None:
    tx.execute(
        "UPDATE shop_notice SET state = ?, due_at_ms = ?, last_failure = ? WHERE id = ?",
        (int(state), due_at_ms, failure, id),
    )


def newest(tx: Tx, shop_id: bytes, *, limit: int) -> list[ShopNotice]:
    rows = tx.all(_NOTICES + "shop_id = ? ORDER BY made_at_ms DESC, id LIMIT ?", (shop_id, limit))
    return msgspec.convert(rows, list[ShopNotice])


def erase_old(tx: Tx, *, before_ms: int) -> None:
    tx.execute("DELETE FROM shop_notice WHERE made_at_ms < ?", (before_ms,))
