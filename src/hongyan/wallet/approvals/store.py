"""The only SQL of approvals."""

import msgspec

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.approvals.model import Pin


def pin(tx: Tx, account_id: AccountId) -> Pin | None:
    row = tx.one(
        "SELECT account_id, hash, wrong, locked_until_ms, reset_at_ms, passkeys_until_ms FROM payment_pin "
        "WHERE account_id = ?",
        (account_id,),
    )
    return None if row is None else msgspec.convert(row, Pin)


def put_pin(tx: Tx, account_id: AccountId, hash: str) -> None:
    """A new PIN: nothing was tried yet, no reset is under way; which passkeys may approve stays."""
    tx.execute(
        "INSERT INTO payment_pin (account_id, hash, wrong, locked_until_ms, reset_at_ms, passkeys_until_ms) "
        "VALUES (?, ?, 0, 0, 0, 0) ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash, wrong = 0, "
        "locked_until_ms = 0, reset_at_ms = 0",
        (account_id, hash),
    )


def set_tries(tx: Tx, account_id: AccountId, *, wrong: int, locked_until_ms: int) -> None:
    tx.execute(
        "UPDATE payment_pin SET wrong = ?, locked_until_ms = ? WHERE account_id = ?",
        (wrong, locked_until_ms, account_id),
    )


def set_reset(tx: Tx, account_id: AccountId, reset_at_ms: int) -> None:
    tx.execute("UPDATE payment_pin SET reset_at_ms = ? WHERE account_id = ?", (reset_at_ms, account_id))


def set_passkeys(tx: Tx, account_id: AccountId, until_ms: int) -> None:
    tx.execute("UPDATE payment_pin SET passkeys_until_ms = ? WHERE account_id = ?", (until_ms, account_id))


def insert_approval(tx: Tx, token_hash: bytes, account_id: AccountId, digest: bytes, *, expires_at_ms: int) -> None:
    tx.execute(
        "INSERT INTO approval (token_hash, account_id, digest, expires_at_ms) VALUES (?, ?, ?, ?)",
        (token_hash, account_id, digest, expires_at_ms),
    )


def spend_approval(tx: Tx, token_hash: bytes, account_id: AccountId, digest: bytes, *, now_ms: int) -> bool:
    """Whether there was one for this; it is gone then."""
    return (
        tx.execute(
            "DELETE FROM approval WHERE token_hash = ? AND account_id = ? AND digest = ? AND expires_at_ms > ?",
            (token_hash, account_id, digest, now_ms),
        )
        > 0
    )


def insert_challenge(tx: Tx, challenge: bytes, account_id: AccountId, digest: bytes, *, expires_at_ms: int) -> None:
    tx.execute(
        "INSERT INTO approval_challenge (challenge, account_id, digest, expires_at_ms) VALUES (?, ?, ?, ?)",
        (challenge, account_id, digest, expires_at_ms),
    )


def spend_challenge(tx: Tx, challenge: bytes, account_id: AccountId, digest: bytes, *, now_ms: int) -> bool:
    """Whether it was given out for this; it is gone then."""
    return (
        tx.execute(
            "DELETE FROM approval_challenge WHERE challenge = ? AND account_id = ? AND digest = ? "
            "AND expires_at_ms > ?",
            (challenge, account_id, digest, now_ms),
        )
        > 0
    )


def erase_expired(tx: Tx, *, now_ms: int) -> None:
    for sql in (
        "DELETE FROM approval WHERE expires_at_ms <= ?",
        "DELETE FROM approval_challenge WHERE expires_at_ms <= ?",
    ):
        tx.execute(sql, (now_ms,))


def erase_of_account(tx: Tx, account_id: AccountId) -> None:
    for sql in (
        "DELETE FROM payment_pin WHERE account_id = ?",
        "DELETE FROM approval WHERE account_id = ?",
        "DELETE FROM approval_challenge WHERE account_id = ?",
    ):
        tx.execute(sql, (account_id,))
