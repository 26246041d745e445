"""The SQL of passkeys, their challenges, tickets and device links."""

# ruff: noqa: S608 - what is put into statements here are column lists and `?` places, never values

import msgspec

from hongyan.accounts.store import all_filled, columns, filled
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId


class Passkey(msgspec.Struct, frozen=True, array_like=True):
    """One row of `passkey`."""

    passkey_id: int
    credential_id: bytes
    account_id: AccountId
    public_key: bytes
    sign_count: int
    label: bytes
    wrapped_account_key: bytes | None
    created_at_ms: int


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """One row of `ticket`; `device_id` is the device it admitted, if it did."""

    account_id: AccountId
    device_id: DeviceId | None
    expires_at_ms: int


class DeviceLink(msgspec.Struct, frozen=True, array_like=True):
    """One row of `device_link`; waiting while `account_id` is None."""

    link_id: str
    poll_hash: bytes
    account_id: AccountId | None
    sealed: bytes | None
    ticket_hash: bytes | None
    expires_at_ms: int


def passkeys_of(tx: Tx, account_id: AccountId) -> list[Passkey]:
    rows = tx.all(
        f"SELECT {columns(Passkey)} FROM passkey WHERE account_id = ? ORDER BY created_at_ms, passkey_id",
        (account_id,),
    )
    return all_filled(Passkey, rows)


def passkey_by_credential(tx: Tx, credential_id: bytes) -> Passkey | None:
    return filled(Passkey, tx.one(f"SELECT {columns(Passkey)} FROM passkey WHERE credential_id = ?", (credential_id,)))


def insert_passkey(tx: Tx, new: Passkey) -> None:
    places = ", ".join("?" * len(Passkey.__struct_fields__))
    tx.execute(f"INSERT INTO passkey ({columns(Passkey)}) VALUES ({places})", msgspec.structs.astuple(new))


def set_sign_count(tx: Tx, passkey_id: int, sign_count: int) -> None:
    tx.execute("UPDATE passkey SET sign_count = ? WHERE passkey_id = ?", (sign_count, passkey_id))


def erase_passkey(tx: Tx, passkey_id: int, account_id: AccountId) -> None:
    tx.execute("DELETE FROM passkey WHERE passkey_id = ? AND account_id = ?", (passkey_id, account_id))


def insert_challenge(tx: Tx, challenge_hash: bytes, account_id: AccountId | None, *, expires_at_ms: int) -> None:
    tx.execute(
        "INSERT INTO passkey_challenge (challenge_hash, account_id, expires_at_ms) VALUES (?, ?, ?)",
        (challenge_hash, account_id, expires_at_ms),
    )


def spend_challenge(tx: Tx, challenge_hash: bytes, account_id: AccountId | None, *, now_ms: int) -> bool:
    """Whether it was ours, for this account (None: for signing in), unspent and in time; it is spent now."""
    row = tx.one(
        "SELECT account_id, expires_at_ms FROM passkey_challenge WHERE challenge_hash = ?",
        (challenge_hash,),
    )
    if row is None or row[0] != account_id:
        return False
    tx.execute("DELETE FROM passkey_challenge WHERE challenge_hash = ?", (challenge_hash,))
    return isinstance(row[1], int) and now_ms < row[1]


def ticket(tx: Tx, ticket_hash: bytes) -> Ticket | None:
    return filled(Ticket, tx.one(f"SELECT {columns(Ticket)} FROM ticket WHERE ticket_hash = ?", (ticket_hash,)))


def insert_ticket(tx: Tx, ticket_hash: bytes, account_id: AccountId, *, expires_at_ms: int) -> None:
    tx.execute(
        "INSERT INTO ticket (ticket_hash, account_id, expires_at_ms) VALUES (?, ?, ?)",
        (ticket_hash, account_id, expires_at_ms),
    )


def spend_ticket(tx: Tx, ticket_hash: bytes, device_id: DeviceId) -> None:
    tx.execute("UPDATE ticket SET device_id = ? WHERE ticket_hash = ?", (device_id, ticket_hash))


def erase_ticket(tx: Tx, ticket_hash: bytes) -> None:
    tx.execute("DELETE FROM ticket WHERE ticket_hash = ?", (ticket_hash,))


def link(tx: Tx, link_id: str) -> DeviceLink | None:
    return filled(DeviceLink, tx.one(f"SELECT {columns(DeviceLink)} FROM device_link WHERE link_id = ?", (link_id,)))


def insert_link(tx: Tx, link_id: str, poll_hash: bytes, *, expires_at_ms: int) -> None:
    tx.execute(
        "INSERT INTO device_link (link_id, poll_hash, expires_at_ms) VALUES (?, ?, ?)",
        (link_id, poll_hash, expires_at_ms),
    )


def approve_link(tx: Tx, link_id: str, account_id: AccountId, sealed: bytes) -> None:
    tx.execute("UPDATE device_link SET account_id = ?, sealed = ? WHERE link_id = ?", (account_id, sealed, link_id))


def set_link_ticket(tx: Tx, link_id: str, ticket_hash: bytes) -> None:
    tx.execute("UPDATE device_link SET ticket_hash = ? WHERE link_id = ?", (ticket_hash, link_id))


def erase_link_of_ticket(tx: Tx, account_id: AccountId, ticket_hash: bytes) -> None:
    tx.execute("DELETE FROM device_link WHERE account_id = ? AND ticket_hash = ?", (account_id, ticket_hash))


def erase_open_doors(tx: Tx, account_id: AccountId) -> None:
    """The account's tickets and approved links: nobody comes in by what was asked for before."""
    tx.execute("DELETE FROM ticket WHERE account_id = ?", (account_id,))
    tx.execute("DELETE FROM device_link WHERE account_id = ?", (account_id,))


def erase_expired(tx: Tx, *, now_ms: int) -> int:
    return sum(
        tx.execute(f"DELETE FROM {table} WHERE expires_at_ms <= ?", (now_ms,))
        for table in ("passkey_challenge", "ticket", "device_link")
    )
