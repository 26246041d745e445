"""The only SQL of family cards."""

import msgspec

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.family.model import Card

_CARDS = "SELECT payer_id, user_id, limit_minor, month_day, spent_minor, made_at_ms FROM family_card WHERE "


def card(tx: Tx, payer: AccountId, user: AccountId) -> Card | None:
    row = tx.one(_CARDS + "payer_id = ? AND user_id = ?", (payer, user))
    return None if row is None else msgspec.convert(row, Card)


def given(tx: Tx, payer: AccountId) -> list[Card]:
    return msgspec.convert(tx.all(_CARDS + "payer_id = ? ORDER BY made_at_ms, user_id", (payer,)), list[Card])


def got(tx: Tx, user: AccountId) -> list[Card]:
    return msgspec.convert(tx.all(_CARDS + "user_id = ? ORDER BY made_at_ms, payer_id", (user,)), list[Card])


def put(tx: Tx, payer: AccountId, user: AccountId, limit: int, *, now_ms: int) -> None:
    """A new limit leaves what was spent as it is."""
    tx.execute(
        "INSERT INTO family_card (payer_id, user_id, limit_minor, month_day, spent_minor, made_at_ms) "
        "VALUES (?, ?, ?, 0, 0, ?) ON CONFLICT (payer_id, user_id) DO UPDATE SET limit_minor = excluded.limit_minor",
        (payer, user, limit, now_ms),
    )


def set_spent(tx: Tx, payer: AccountId, user: AccountId, *, month_day: int, spent: int) -> None:
    tx.execute(
        "UPDATE family_card SET month_day = ?, spent_minor = ? WHERE payer_id = ? AND user_id = ?",
        (month_day, spent, payer, user),
    )


def erase(tx: Tx, payer: AccountId, user: AccountId) -> bool:
    """Whether there was one."""
    return tx.execute("DELETE FROM family_card WHERE payer_id = ? AND user_id = ?", (payer, user)) > 0


def erase_of_account(tx: Tx, account_id: AccountId) -> None:
    tx.execute("DELETE FROM family_card WHERE payer_id = ? OR user_id = ?", (account_id, account_id))
