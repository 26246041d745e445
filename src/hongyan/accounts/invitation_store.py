"""The SQL of invitations."""

# ruff: noqa: S608 - what is put into statements here are column lists and `?` places, never values

import msgspec

from hongyan.accounts.model import Invitation
from hongyan.accounts.store import all_filled, columns, filled
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, InvitationId


def by_token(tx: Tx, token_hash: bytes) -> Invitation | None:
    """None also while its inviter is suspended [AD2]."""
    row = tx.one(
        f"SELECT {columns(Invitation)} FROM invitation WHERE token_hash = ? AND NOT EXISTS (SELECT 1 FROM account a "
        "WHERE a.account_id = invitation.inviter_id AND a.suspended_at_ms IS NOT NULL)",
        (token_hash,),
    )
    return filled(Invitation, row)


def of_inviter(tx: Tx, account_id: AccountId) -> list[Invitation]:
    """Newest first."""
    rows = tx.all(
        f"SELECT {columns(Invitation)} FROM invitation WHERE inviter_id = ? ORDER BY created_at_ms DESC, invitation_id",
        (account_id,),
    )
    return all_filled(Invitation, rows)


def insert(tx: Tx, new: Invitation) -> None:
    places = ", ".join("?" * len(Invitation.__struct_fields__))
    values = msgspec.structs.astuple(new)
    tx.execute(
        f"INSERT INTO invitation ({columns(Invitation)}) VALUES ({places})",
        [int(value) if isinstance(value, bool) else value for value in values],
    )


def use(tx: Tx, invitation_id: InvitationId, account_id: AccountId) -> None:
    """Count one use, and remember by whom so that a repeat is known."""
    tx.execute("UPDATE invitation SET uses = uses + 1 WHERE invitation_id = ?", (invitation_id,))
    tx.execute(
        "INSERT INTO invitation_use (invitation_id, account_id) VALUES (?, ?)",
        (invitation_id, account_id),
    )


def is_used_by(tx: Tx, invitation_id: InvitationId, account_id: AccountId) -> bool:
    row = tx.one(
        "SELECT 1 FROM invitation_use WHERE invitation_id = ? AND account_id = ?",
        (invitation_id, account_id),
    )
    return row is not None


def erase(tx: Tx, invitation_id: InvitationId, inviter_id: AccountId) -> bool:
    """Whether the inviter had such an invitation."""
    if not tx.execute(
        "DELETE FROM invitation WHERE invitation_id = ? AND inviter_id = ?",
        (invitation_id, inviter_id),
    ):
        return False
    tx.execute("DELETE FROM invitation_use WHERE invitation_id = ?", (invitation_id,))
    return True


def erase_any(tx: Tx, invitation_id: InvitationId) -> bool:
    """The same, whoever made it."""
    tx.execute("DELETE FROM invitation_use WHERE invitation_id = ?", (invitation_id,))
    return tx.execute("DELETE FROM invitation WHERE invitation_id = ?", (invitation_id,)) > 0


def erase_unused_owner_invitations(tx: Tx) -> None:
    tx.execute("DELETE FROM invitation WHERE kind = 'owner' AND uses = 0")


def erase_expired(tx: Tx, *, before_ms: int) -> int:
    tx.execute(
        "DELETE FROM invitation_use WHERE invitation_id IN "
        "(SELECT invitation_id FROM invitation WHERE expires_at_ms < ?)",
        (before_ms,),
    )
    return tx.execute("DELETE FROM invitation WHERE expires_at_ms < ?", (before_ms,))
