"""The only SQL of push."""

# ruff: noqa: S608 - what is put into statements here are column lists, never values

from typing import Final

import msgspec

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.foundation.outside import Outcome
from hongyan.push.model import Registering, Subscription

_COLUMNS: Final = ", ".join(Subscription.__struct_fields__)


def agree_on_key(tx: Tx, public_key: bytes) -> bool:
    """Whether this is the key of all processes; the first that asks decides."""
    tx.execute("INSERT INTO push_key (id, public_key) VALUES (1, ?) ON CONFLICT (id) DO NOTHING", (public_key,))
    row = tx.one("SELECT public_key FROM push_key WHERE id = 1")
    return row is not None and row[0] == public_key


def subscription(tx: Tx, device_id: DeviceId) -> Subscription | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM push_subscription WHERE device_id = ?", (device_id,))
    return None if row is None else msgspec.convert(row, Subscription)


def subscriptions_after(tx: Tx, device_id: int, count: int) -> list[Subscription]:
    """The next `count` in the order of their devices."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM push_subscription WHERE device_id > ? ORDER BY device_id LIMIT ?", (device_id, count)
    )
    return msgspec.convert(rows, list[Subscription])


def counts(tx: Tx) -> tuple[int, int]:
    """How many devices may be woken, and at how many of them the last try failed."""
    row = tx.one("SELECT COUNT(*), COALESCE(SUM(CASE WHEN failures > 0 THEN 1 ELSE 0 END), 0) FROM push_subscription")
    assert row is not None
    return int(row[0] or 0), int(row[1] or 0)


def put_subscription(
    tx: Tx, device_id: DeviceId, account_id: AccountId, new: Registering, *, woken_seq: int
) -> list[DeviceId]:
    """Keep where the device may be woken; returns other devices that had this endpoint and lose it.

    A device that names the same endpoint again keeps what is known of how waking it goes.
    """
    lost = tx.all(
        "DELETE FROM push_subscription WHERE endpoint = ? AND device_id <> ? RETURNING device_id",
        (new.endpoint, device_id),
    )
    known = tx.execute(
        "UPDATE push_subscription SET device_key = ?, auth_secret = ? WHERE device_id = ? AND endpoint = ?",
        (new.device_key, new.auth_secret, device_id, new.endpoint),
    )
    if not known:
        tx.execute("DELETE FROM push_subscription WHERE device_id = ?", (device_id,))
        tx.execute(
            "INSERT INTO push_subscription (device_id, account_id, endpoint, device_key, auth_secret, woken_seq) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (device_id, account_id, new.endpoint, new.device_key, new.auth_secret, woken_seq),
        )
    return msgspec.convert([row[0] for row in lost], list[DeviceId])


def put_muted(tx: Tx, device_id: DeviceId, groups: list[bytes]) -> None:
    """Exactly these groups from now on."""
    tx.execute("DELETE FROM push_muted WHERE device_id = ?", (device_id,))
    tx.executemany(
        "INSERT INTO push_muted (device_id, group_id) VALUES (?, ?)",
        [(device_id, group_id) for group_id in dict.fromkeys(groups)],
    )


def muted(tx: Tx, device_id: DeviceId) -> set[bytes]:
    rows = tx.all("SELECT group_id FROM push_muted WHERE device_id = ?", (device_id,))
    return msgspec.convert([row[0] for row in rows], set[bytes])


def erase(tx: Tx, device_id: DeviceId) -> bool:
    """Whether the device had a subscription."""
    tx.execute("DELETE FROM push_muted WHERE device_id = ?", (device_id,))
    return tx.execute("DELETE FROM push_subscription WHERE device_id = ?", (device_id,)) > 0


def erase_endpoint(tx: Tx, device_id: DeviceId, endpoint: str) -> bool:
    """Erase the subscription unless the device has named another endpoint meanwhile."""
    return tx.execute("DELETE FROM push_subscription WHERE device_id = ? AND endpoint = ?", (device_id, endpoint)) > 0


def note_woken(tx: Tx, device_id: DeviceId, endpoint: str, seq: int) -> None:
    tx.execute(
        "UPDATE push_subscription SET woken_seq = CASE WHEN woken_seq > ? THEN woken_seq ELSE ? END, failures = 0, "
        "last_failure = NULL WHERE device_id = ? AND endpoint = ?",
        (seq, seq, device_id, endpoint),
    )


def note_failure(tx: Tx, device_id: DeviceId, endpoint: str, outcome: Outcome) -> None:
    tx.execute(
        "UPDATE push_subscription SET failures = failures + 1, last_failure = ? WHERE device_id = ? AND endpoint = ?",
        (outcome.value, device_id, endpoint),
    )
