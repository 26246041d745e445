"""The SQL of recoveries and their approvals."""

# ruff: noqa: S608 - what is put into statements here are column lists and `?` places, never values

import msgspec

from hongyan.backup.model import Approval, Recovery
from hongyan.backup.store import columns, filled
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId


def recovery(tx: Tx, recovery_id: str) -> Recovery | None:
    sql = f"SELECT {columns(Recovery)} FROM recovery WHERE recovery_id = ?"
    return filled(Recovery, tx.one(sql, (recovery_id,)))


def recoveries_of(tx: Tx, account_id: AccountId) -> list[Recovery]:
    """Those somebody vouched for, oldest first: what the account's devices are told of."""
    sql = (
        f"SELECT {columns(Recovery)} FROM recovery WHERE account_id = ? AND opens_at_ms IS NOT NULL "
        "ORDER BY started_at_ms, recovery_id"
    )
    return msgspec.convert(tx.all(sql, (account_id,)), list[Recovery], strict=False)


def insert_recovery(tx: Tx, new: Recovery) -> None:
    places = ", ".join("?" * len(Recovery.__struct_fields__))
    values = [int(value) if isinstance(value, bool) else value for value in msgspec.structs.astuple(new)]
    tx.execute(f"INSERT INTO recovery ({columns(Recovery)}) VALUES ({places})", values)


def set_opening(tx: Tx, recovery_id: str, *, opens_at_ms: int) -> None:
    tx.execute("UPDATE recovery SET opens_at_ms = ? WHERE recovery_id = ?", (opens_at_ms, recovery_id))


def set_proved(tx: Tx, recovery_id: str) -> None:
    tx.execute("UPDATE recovery SET proved = 1 WHERE recovery_id = ?", (recovery_id,))


def set_ticket(tx: Tx, recovery_id: str, ticket_hash: bytes) -> None:
    tx.execute("UPDATE recovery SET ticket_hash = ? WHERE recovery_id = ?", (ticket_hash, recovery_id))


def approvals(tx: Tx, recovery_id: str) -> list[Approval]:
    sql = f"SELECT {columns(Approval)} FROM recovery_approval WHERE recovery_id = ? ORDER BY approver_id"
    return msgspec.convert(tx.all(sql, (recovery_id,)), list[Approval], strict=False)


def put_approval(tx: Tx, new: Approval) -> None:
    """A repeat replaces what the same friend gave before."""
    tx.execute(
        "INSERT INTO recovery_approval (recovery_id, approver_id, sealed) VALUES (?, ?, ?) "
        "ON CONFLICT (recovery_id, approver_id) DO UPDATE SET sealed = excluded.sealed",
        (new.recovery_id, new.approver_id, new.sealed),
    )


def erase_recovery(tx: Tx, recovery_id: str) -> None:
    tx.execute("DELETE FROM recovery_approval WHERE recovery_id = ?", (recovery_id,))
    tx.execute("DELETE FROM recovery WHERE recovery_id = ?", (recovery_id,))


def erase_expired(tx: Tx, *, now_ms: int) -> None:
    tx.execute(
        "DELETE FROM recovery_approval "
        "WHERE recovery_id IN (SELECT recovery_id FROM recovery WHERE expires_at_ms <= ?)",
        (now_ms,),
    )
    tx.execute("DELETE FROM recovery WHERE expires_at_ms <= ?", (now_ms,))


def erase_of_account(tx: Tx, account_id: AccountId) -> None:
    tx.execute(
        "DELETE FROM recovery_approval WHERE approver_id = ? "
        "OR recovery_id IN (SELECT recovery_id FROM recovery WHERE account_id = ?)",
        (account_id, account_id),
    )
    tx.execute("DELETE FROM recovery WHERE account_id = ?", (account_id,))
