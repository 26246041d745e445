"""The only SQL of shops."""

from collections.abc import Sequence

import msgspec

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.ledger import LedgerId
from hongyan.wallet.shops.model import DAY_MS, OrderState, Shop, ShopOrder, ShopRefund

_SHOPS = "SELECT s.id, s.owner_id, s.name, s.purse, s.made_at_ms, s.closed_at_ms FROM shop s "
_ORDERS = (
    "SELECT id, shop_id, out_trade_no, amount, description, state, payer_id, made_at_ms, expires_at_ms, paid_at_ms, "
    "refunded, kind, for_id, attach, notify_url, card_user_id FROM shop_order WHERE "
)


def shop(tx: Tx, id: bytes) -> Shop | None:
    row = tx.one(_SHOPS + "WHERE s.id = ?", (id,))
    return None if row is None else msgspec.convert(row, Shop)


def shops_of(tx: Tx, account_id: AccountId) -> list[Shop]:
    """Those she owns or works at, oldest first."""
    rows = tx.all(
        _SHOPS + "LEFT JOIN shop_staff w ON w.shop_id = s.id AND w.account_id = ? "
        "WHERE s.closed_at_ms = 0 AND (s.owner_id = ? OR w.account_id IS NOT NULL) ORDER BY s.made_at_ms, s.id",
        (account_id, account_id),
    )
    return msgspec.convert(rows, list[Shop])


def owned(tx: Tx, account_id: AccountId) -> list[Shop]:
    rows = tx.all(_SHOPS + "WHERE s.owner_id = ? AND s.closed_at_ms = 0", (account_id,))
    return msgspec.convert(rows, list[Shop])


def insert_shop(tx: Tx, new: Shop) -> None:
    tx.execute(
        "INSERT INTO shop (id, owner_id, name, purse, made_at_ms, closed_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (new.id, new.owner_id, new.name, new.purse, new.made_at_ms, new.closed_at_ms),
    )


def close_shop(tx: Tx, id: bytes, *, now_ms: int) -> None:
    tx.execute("UPDATE shop SET closed_at_ms = ? WHERE id = ?", (now_ms, id))
    tx.execute("DELETE FROM shop_staff WHERE shop_id = ?", (id,))


def names_of_purses(tx: Tx, purses: Sequence[LedgerId]) -> dict[LedgerId, str]:
    """What the shops are called whose purses these are."""
    found: dict[LedgerId, str] = {}
    for purse in purses:
        row = tx.one("SELECT name FROM shop WHERE purse = ?", (purse,))
        if row is not None:
            found[purse] = str(row[0])
    return found


def staff(tx: Tx, shop_id: bytes) -> list[AccountId]:
    rows = tx.all("SELECT account_id FROM shop_staff WHERE shop_id = ? ORDER BY account_id", (shop_id,))
    return [AccountId(row[0]) for row in rows if isinstance(row[0], int)]


def add_staff(tx: Tx, shop_id: bytes, account_id: AccountId) -> None:
    tx.execute(
        "INSERT INTO shop_staff (shop_id, account_id) VALUES (?, ?) ON CONFLICT (shop_id, account_id) DO NOTHING",
        (shop_id, account_id),
    )


def remove_staff(tx: Tx, shop_id: bytes, account_id: AccountId) -> None:
    tx.execute("DELETE FROM shop_staff WHERE shop_id = ? AND account_id = ?", (shop_id, account_id))


def remove_from_all(tx: Tx, account_id: AccountId) -> None:
    tx.execute("DELETE FROM shop_staff WHERE account_id = ?", (account_id,))


def order(tx: Tx, id: bytes) -> ShopOrder | None:
    row = tx.one(_ORDERS + "id = ?", (id,))
    return None if row is None else msgspec.convert(row, ShopOrder)


def order_by_number(tx: Tx, shop_id: bytes, out_trade_no: str) -> ShopOrder | None:
    row = tx.one(_ORDERS + "shop_id = ? AND out_trade_no = ?", (shop_id, out_trade_no))
    return None if row is None else msgspec.convert(row, ShopOrder)


def orders(tx: Tx, shop_id: bytes, *, before_ms: int, limit: int) -> list[ShopOrder]:
    """Newest first."""
    rows = tx.all(
        _ORDERS + "shop_id = ? AND made_at_ms < ? ORDER BY made_at_ms DESC, id LIMIT ?", (shop_id, before_ms, limit)
    )
    return msgspec.convert(rows, list[ShopOrder])


def insert_order(tx: Tx, new: ShopOrder) -> None:
    tx.execute(
        "INSERT INTO shop_order (id, shop_id, out_trade_no, amount, description, state, payer_id, made_at_ms, "
        "expires_at_ms, paid_at_ms, refunded, kind, for_id, attach, notify_url, card_user_id) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            new.shop_id,
            new.out_trade_no,
            new.amount,
            new.description,
            int(new.state),
            new.payer_id,
            new.made_at_ms,
            new.expires_at_ms,
            new.paid_at_ms,
            new.refunded,
            int(new.kind),
            new.for_id,
            new.attach,
            new.notify_url,
            new.card_user_id,
        ),
    )


def set_paid(tx: Tx, id: bytes, *, payer: AccountId, card_user: int, now_ms: int) -> None:
    tx.execute(
        "UPDATE shop_order SET state = ?, payer_id = ?, card_user_id = ?, paid_at_ms = ? WHERE id = ?",
        (int(OrderState.PAID), payer, card_user, now_ms, id),
    )


def set_closed(tx: Tx, id: bytes) -> None:
    tx.execute("UPDATE shop_order SET state = ? WHERE id = ?", (int(OrderState.CLOSED), id))


_REFUNDS = "SELECT id, order_id, shop_id, amount, reason, by_id, at_ms, out_refund_no FROM shop_refund WHERE "


def refund(tx: Tx, id: bytes) -> ShopRefund | None:
    row = tx.one(_REFUNDS + "id = ?", (id,))
    return None if row is None else msgspec.convert(row, ShopRefund)


def refund_by_number(tx: Tx, shop_id: bytes, out_refund_no: str) -> ShopRefund | None:
    row = tx.one(_REFUNDS + "shop_id = ? AND out_refund_no = ?", (shop_id, out_refund_no))
    return None if row is None else msgspec.convert(row, ShopRefund)


def insert_refund(tx: Tx, new: ShopRefund) -> None:
    """Notes it, and counts it in its order."""
    tx.execute(
        "INSERT INTO shop_refund (id, order_id, shop_id, amount, reason, by_id, at_ms, out_refund_no) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )
    tx.execute("UPDATE shop_order SET refunded = refunded + ? WHERE id = ?", (new.amount, new.order_id))


def erase_stale_orders(tx: Tx, *, before_ms: int) -> None:
    """Orders that nobody paid; what was paid stays as long as the ledger."""
    tx.execute("DELETE FROM shop_order WHERE state <> ? AND expires_at_ms < ?", (int(OrderState.PAID), before_ms))


def paid_by_day(tx: Tx, shop_id: bytes, *, from_ms: int, until_ms: int, offset_ms: int) -> list[tuple[int, int, int]]:
    """Day, count and sum of the orders that were paid in a time."""
    rows = tx.all(
        "SELECT day, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM "
        "(SELECT (paid_at_ms + CAST(? AS BIGINT)) / CAST(? AS BIGINT) AS day, amount FROM shop_order "
        "WHERE shop_id = ? AND paid_at_ms >= ? AND paid_at_ms < ?) AS paid GROUP BY day ORDER BY day",
        (offset_ms, DAY_MS, shop_id, from_ms, until_ms),
    )
    return msgspec.convert(rows, list[tuple[int, int, int]])


def refunded_by_day(
    tx: Tx, shop_id: bytes, *, from_ms: int, until_ms: int, offset_ms: int
) -> list[tuple[int, int, int]]:
    """Day, count and sum of the refunds of a time."""
    rows = tx.all(
        "SELECT day, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM "
        "(SELECT (at_ms + CAST(? AS BIGINT)) / CAST(? AS BIGINT) AS day, amount FROM shop_refund "
        "WHERE shop_id = ? AND at_ms >= ? AND at_ms < ?) AS back GROUP BY day ORDER BY day",
        (offset_ms, DAY_MS, shop_id, from_ms, until_ms),
    )
    return msgspec.convert(rows, list[tuple[int, int, int]])
