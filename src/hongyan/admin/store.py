"""The only SQL of admin."""

import msgspec

from hongyan.admin.model import Act, Done
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, new_id53


def note(tx: Tx, act: Act, *, actor_id: AccountId, subject_id: AccountId | None, now_ms: int) -> None:
    tx.execute(
        "INSERT INTO admin_act (act_id, at_ms, actor_id, act, subject_id) VALUES (?, ?, ?, ?, ?)",
        (new_id53(), now_ms, actor_id, act, subject_id),
    )


def acts(tx: Tx, *, before: tuple[int, int] | None, count: int) -> list[Done]:
    """The next `count`, the newest first; `before`: the last one seen."""
    before_ms, before_id = before or (2**53, 0)
    rows = tx.all(
        "SELECT act_id, at_ms, actor_id, act, subject_id FROM admin_act "
        "WHERE at_ms < ? OR (at_ms = ? AND act_id < ?) ORDER BY at_ms DESC, act_id DESC LIMIT ?",
        (before_ms, before_ms, before_id, count),
    )
    return msgspec.convert(rows, list[Done])


def forget(tx: Tx, account_id: AccountId) -> None:
    """That something was done stays; by and to whom goes with the account."""
    tx.execute("UPDATE admin_act SET subject_id = NULL WHERE subject_id = ?", (account_id,))
    tx.execute("UPDATE admin_act SET actor_id = NULL WHERE actor_id = ?", (account_id,))


def erase_before(tx: Tx, at_ms: int) -> int:
    return tx.execute("DELETE FROM admin_act WHERE at_ms < ?", (at_ms,))
