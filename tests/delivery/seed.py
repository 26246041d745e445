"""People, devices and groups written straight into a migrated database, for tests and benches of delivery.

Thousands of accounts made through the API would measure signatures, not delivery. The rows are those that
joining, befriending and a first commit leave behind; keys are random bytes, which delivery never looks at.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId, new_id53, new_token, token_hash

BORN_MS = 1_767_225_600_000


@dataclass(frozen=True, slots=True)
class Seeded:
    """One device of one person."""

    account_id: AccountId
    device_id: DeviceId
    token: str


def person(tx: Tx, name: str) -> AccountId:
    account_id = AccountId(new_id53())
    tx.execute(
        "INSERT INTO account (account_id, name, name_folded, account_key, box_key, box_signature, is_owner, "
        "created_at_ms) VALUES (?, ?, ?, ?, ?, ?, 0, ?)",
        (account_id, name, name.casefold(), secrets.token_bytes(32), bytes(32), bytes(64), BORN_MS),
    )
    return account_id


def device(tx: Tx, account_id: AccountId, *, last_seen_day: str | None = None) -> Seeded:
    device_id, token = DeviceId(new_id53()), new_token()
    tx.execute(
        "INSERT INTO device (device_id, account_id, signature_key, certificate, created_at_ms, label, token_hash, "
        "last_seen_day) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            device_id,
            account_id,
            secrets.token_bytes(32),
            bytes(64),
            BORN_MS,
            b"",
            token_hash(token),
            last_seen_day,
        ),
    )
    return Seeded(account_id, device_id, token)


def people(tx: Tx, names: Sequence[str], *, last_seen_day: str | None = None) -> list[Seeded]:
    """One person with one device for each name."""
    return [device(tx, person(tx, name), last_seen_day=last_seen_day) for name in names]


def befriend(tx: Tx, one: AccountId, other: AccountId) -> None:
    for account_id, friend_id in ((one, other), (other, one)):
        tx.execute(
            "INSERT INTO friendship (account_id, friend_id, since_ms) VALUES (?, ?, ?)",
            (account_id, friend_id, BORN_MS),
        )


def block(tx: Tx, account_id: AccountId, blocked_id: AccountId) -> None:
    tx.execute("INSERT INTO block (account_id, blocked_id, at_ms) VALUES (?, ?, ?)", (account_id, blocked_id, BORN_MS))


def group(tx: Tx, group_id: bytes, members: Sequence[Seeded], *, epoch: int = 1) -> None:
    """A group as it is after the commit that made it."""
    peak = len({member.account_id for member in members})
    tx.execute("INSERT INTO mls_group (group_id, epoch, accounts_peak) VALUES (?, ?, ?)", (group_id, epoch, peak))
    tx.execute("INSERT INTO group_info (group_id, bytes) VALUES (?, ?)", (group_id, b"group info"))
    tx.executemany(
        "INSERT INTO member (group_id, device_id, account_id) VALUES (?, ?, ?)",
        [(group_id, member.device_id, member.account_id) for member in members],
    )
