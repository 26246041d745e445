"""The SQL of what the owner sees of accounts and invitations."""

from hongyan.accounts.model import Member, OpenInvitation, Totals
from hongyan.accounts.store import all_filled, filled
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId

_MEMBER = """
SELECT a.account_id, a.name, a.is_owner, a.created_at_ms, a.suspended_at_ms,
    (SELECT COUNT(*) FROM device d WHERE d.account_id = a.account_id AND d.removed_at_ms IS NULL),
    (SELECT MAX(d.last_seen_day) FROM device d WHERE d.account_id = a.account_id AND d.removed_at_ms IS NULL),
    CASE WHEN a.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM passkey p WHERE p.account_id = a.account_id)
        THEN 1 ELSE 0 END
FROM account a
"""


def members(
    tx: Tx, *, named: str, suspended_only: bool, before: tuple[int, AccountId] | None, count: int
) -> list[Member]:
    """The next `count` whose folded name contains `named`, who joined last first; `before`: the last one seen."""
    before_ms, before_id = before or (2**53, 0)
    rows = tx.all(
        f"{_MEMBER} WHERE a.name_folded LIKE ? ESCAPE '!' AND (a.suspended_at_ms IS NOT NULL OR ? = 0) "
        "AND (a.created_at_ms < ? OR (a.created_at_ms = ? AND a.account_id < ?)) "
        "ORDER BY a.created_at_ms DESC, a.account_id DESC LIMIT ?",
        (f"%{_literal(named)}%", int(suspended_only), before_ms, before_ms, before_id, count),
    )
    return all_filled(Member, rows)


def member(tx: Tx, account_id: AccountId) -> Member | None:
    return filled(Member, tx.one(f"{_MEMBER} WHERE a.account_id = ?", (account_id,)))


def totals(tx: Tx) -> Totals:
    found = filled(
        Totals,
        tx.one(
            "SELECT (SELECT COUNT(*) FROM account), (SELECT COUNT(*) FROM account WHERE suspended_at_ms IS NOT NULL), "
            "(SELECT COUNT(*) FROM device WHERE removed_at_ms IS NULL)"
        ),
    )
    assert found is not None
    return found


def open_invitations(tx: Tx, *, now_ms: int, before: tuple[int, int] | None, count: int) -> list[OpenInvitation]:
    """The next `count` that still admit somebody, the newest first; `before`: the last one seen."""
    before_ms, before_id = before or (2**53, 0)
    rows = tx.all(
        "SELECT i.invitation_id, i.kind, a.name, i.uses, i.uses_max, i.created_at_ms, i.expires_at_ms "
        "FROM invitation i LEFT JOIN account a ON a.account_id = i.inviter_id "
        "WHERE i.expires_at_ms > ? AND i.uses < i.uses_max AND a.suspended_at_ms IS NULL "
        "AND (i.created_at_ms < ? OR (i.created_at_ms = ? AND i.invitation_id < ?)) "
        "ORDER BY i.created_at_ms DESC, i.invitation_id DESC LIMIT ?",
        (now_ms, before_ms, before_ms, before_id, count),
    )
    return all_filled(OpenInvitation, rows)


def _literal(words: str) -> str:
    """The words as a pattern that matches nothing but them."""
    return words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
