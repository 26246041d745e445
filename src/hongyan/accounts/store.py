"""The SQL of accounts and devices."""

# ruff: noqa: S608 - what is put into statements here are column lists and `?` places, never values

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from hongyan.accounts.model import Account, Device, DeviceRow, Listed, NewDevice, Person
from hongyan.foundation.db import Row, Tx, Value
from hongyan.foundation.ids import AccountId, DeviceId

S = TypeVar("S", bound=msgspec.Struct)

ONE_STATEMENT_MAX = 500


def columns(struct: type[msgspec.Struct], prefix: str = "") -> str:
    return ", ".join(prefix + field for field in struct.__struct_fields__)


def filled(struct: type[S], row: Row | None) -> S | None:
    """The row as a struct whose fields are the selected columns; None stays None."""
    return None if row is None else msgspec.convert(row, struct, strict=False)


def all_filled(struct: type[S], rows: Sequence[Row]) -> list[S]:
    return msgspec.convert(rows, list[struct], strict=False)  # type: ignore[valid-type]  # a type made at run time


def account(tx: Tx, account_id: AccountId) -> Account | None:
    return filled(Account, tx.one(f"SELECT {columns(Account)} FROM account WHERE account_id = ?", (account_id,)))


def account_by_name(tx: Tx, name_folded: str) -> Account | None:
    return filled(Account, tx.one(f"SELECT {columns(Account)} FROM account WHERE name_folded = ?", (name_folded,)))


def account_by_key(tx: Tx, account_key: bytes) -> Account | None:
    return filled(Account, tx.one(f"SELECT {columns(Account)} FROM account WHERE account_key = ?", (account_key,)))


def has_owner(tx: Tx) -> bool:
    return tx.one("SELECT 1 FROM account WHERE is_owner = 1") is not None


def people(tx: Tx, account_ids: Sequence[AccountId]) -> list[Person]:
    """Those of the accounts that exist, in no particular order."""
    found: list[Person] = []
    for start in range(0, len(account_ids), ONE_STATEMENT_MAX):
        part = account_ids[start : start + ONE_STATEMENT_MAX]
        places = ", ".join("?" * len(part))
        rows = tx.all(f"SELECT {columns(Person)} FROM account WHERE account_id IN ({places})", part)
        found += all_filled(Person, rows)
    return found


def insert_account(tx: Tx, new: Account) -> None:
    places = ", ".join("?" * len(Account.__struct_fields__))
    values = msgspec.structs.astuple(new)
    tx.execute(
        f"INSERT INTO account ({columns(Account)}) VALUES ({places})",
        [int(value) if isinstance(value, bool) else value for value in values],
    )


def rename(tx: Tx, account_id: AccountId, *, name: str, name_folded: str) -> None:
    tx.execute("UPDATE account SET name = ?, name_folded = ? WHERE account_id = ?", (name, name_folded, account_id))


def set_password(tx: Tx, account_id: AccountId, password_hash: str | None, wrapped_account_key: bytes | None) -> None:
    tx.execute(
        "UPDATE account SET password_hash = ?, wrapped_account_key = ? WHERE account_id = ?",
        (password_hash, wrapped_account_key, account_id),
    )


def set_suspended(tx: Tx, account_id: AccountId, suspended_at_ms: int | None) -> None:
    tx.execute("UPDATE account SET suspended_at_ms = ? WHERE account_id = ?", (suspended_at_ms, account_id))


def device_by_key(tx: Tx, signature_key: bytes) -> DeviceRow | None:
    return filled(
        DeviceRow,
        tx.one(f"SELECT {columns(DeviceRow)} FROM device WHERE signature_key = ?", (signature_key,)),
    )


def device(tx: Tx, device_id: DeviceId) -> DeviceRow | None:
    return filled(DeviceRow, tx.one(f"SELECT {columns(DeviceRow)} FROM device WHERE device_id = ?", (device_id,)))


def device_by_token(tx: Tx, token_hash: bytes) -> Device | None:
    row = tx.one(
        "SELECT d.device_id, d.account_id, a.is_owner, d.signature_key, d.last_seen_day, "
        "CASE WHEN a.suspended_at_ms IS NULL THEN 0 ELSE 1 END "
        "FROM device d JOIN account a ON a.account_id = d.account_id "
        "WHERE d.token_hash = ? AND d.removed_at_ms IS NULL",
        (token_hash,),
    )
    return filled(Device, row)


def devices_of(tx: Tx, account_id: AccountId) -> list[DeviceRow]:
    """The account's devices that are not removed, oldest first."""
    rows = tx.all(
        f"SELECT {columns(DeviceRow)} FROM device WHERE account_id = ? AND removed_at_ms IS NULL "
        "ORDER BY created_at_ms, device_id",
        (account_id,),
    )
    return all_filled(DeviceRow, rows)


def accounts_of_devices(tx: Tx, device_ids: Sequence[DeviceId]) -> dict[DeviceId, AccountId]:
    """Whose these devices are; unknown and removed devices are left out."""
    found: dict[Value, Value] = {}
    for start in range(0, len(device_ids), ONE_STATEMENT_MAX):
        part = device_ids[start : start + ONE_STATEMENT_MAX]
        places = ", ".join("?" * len(part))
        rows = tx.all(
            f"SELECT device_id, account_id FROM device WHERE device_id IN ({places}) AND removed_at_ms IS NULL", part
        )
        found.update({row[0]: row[1] for row in rows})
    return msgspec.convert(found, dict[DeviceId, AccountId])


def standing(
    tx: Tx, devices: Sequence[DeviceId], accounts: Sequence[AccountId]
) -> tuple[set[DeviceId], set[AccountId]]:
    """Which of these devices are gone, and which of these accounts suspended."""
    suspended: set[Value] = set()
    for start in range(0, len(accounts), ONE_STATEMENT_MAX):
        part = accounts[start : start + ONE_STATEMENT_MAX]
        places = ", ".join("?" * len(part))
        rows = tx.all(
            f"SELECT account_id FROM account WHERE account_id IN ({places}) AND suspended_at_ms IS NOT NULL", part
        )
        suspended.update(row[0] for row in rows)
    gone = set(devices).difference(accounts_of_devices(tx, devices))
    return gone, msgspec.convert(suspended, set[AccountId])


def insert_device(tx: Tx, device_id: DeviceId, account_id: AccountId, new: NewDevice, token_hash: bytes) -> None:
    tx.execute(
        "INSERT INTO device (device_id, account_id, signature_key, certificate, created_at_ms, label, token_hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (device_id, account_id, new.signature_key, new.certificate, new.created_at_ms, new.label, token_hash),
    )


def set_token(tx: Tx, device_id: DeviceId, token_hash: bytes) -> None:
    tx.execute("UPDATE device SET token_hash = ? WHERE device_id = ?", (token_hash, device_id))


def set_seen(tx: Tx, device_id: DeviceId, day: str) -> None:
    tx.execute("UPDATE device SET last_seen_day = ? WHERE device_id = ?", (day, device_id))


def mark_removed(tx: Tx, device_id: DeviceId, *, now_ms: int) -> None:
    """The token, the label and the day go; what others check old mail by stays."""
    tx.execute(
        "UPDATE device SET token_hash = NULL, label = ?, last_seen_day = NULL, removed_at_ms = ? WHERE device_id = ?",
        (b"", now_ms, device_id),
    )


def listed(tx: Tx, signature_keys: Sequence[bytes]) -> list[Listed]:
    """The devices that have these keys, removed ones too; unknown keys are left out."""
    found: list[Listed] = []
    for start in range(0, len(signature_keys), ONE_STATEMENT_MAX):
        part = signature_keys[start : start + ONE_STATEMENT_MAX]
        places = ", ".join("?" * len(part))
        rows = tx.all(
            "SELECT d.signature_key, d.device_id, d.account_id, a.name, a.account_key, d.certificate, d.created_at_ms, "
            "CASE WHEN d.removed_at_ms IS NULL THEN 0 ELSE 1 END "
            f"FROM device d JOIN account a ON a.account_id = d.account_id WHERE d.signature_key IN ({places})",
            part,
        )
        found += all_filled(Listed, rows)
    return found


def erase_account(tx: Tx, account_id: AccountId) -> None:
    """Erase every row of the account in this feature's tables."""
    for sql in (
        "DELETE FROM invitation_use WHERE account_id = ?",
        "DELETE FROM invitation_use WHERE invitation_id IN (SELECT invitation_id FROM invitation WHERE inviter_id = ?)",
        "DELETE FROM invitation WHERE inviter_id = ?",
        "DELETE FROM passkey WHERE account_id = ?",
        "DELETE FROM passkey_challenge WHERE account_id = ?",
        "DELETE FROM ticket WHERE account_id = ?",
        "DELETE FROM device_link WHERE account_id = ?",
        "DELETE FROM device WHERE account_id = ?",
        "DELETE FROM account WHERE account_id = ?",
    ):
        tx.execute(sql, (account_id,))
