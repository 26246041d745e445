"""The only SQL of rails."""

import msgspec

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.rails.model import Charge, ChargeState, RailEvent

_CHARGES = (
    "SELECT id, account_id, rail, ext_id, amount, currency, state, said, made_at_ms, asked_at_ms, ended_at_ms "
    "FROM rail_charge WHERE "
)


def charge(tx: Tx, id: bytes) -> Charge | None:
    row = tx.one(_CHARGES + "id = ?", (id,))
    return None if row is None else msgspec.convert(row, Charge)


def charge_by_ext_id(tx: Tx, rail: str, ext_id: str) -> Charge | None:
    row = tx.one(_CHARGES + "rail = ? AND ext_id = ? AND ext_id <> ''", (rail, ext_id))
    return None if row is None else msgspec.convert(row, Charge)


def charges_of(tx: Tx, account_id: AccountId, *, limit: int) -> list[Charge]:
    """Newest first."""
    rows = tx.all(_CHARGES + "account_id = ? ORDER BY made_at_ms DESC, id LIMIT ?", (account_id, limit))
    return msgspec.convert(rows, list[Charge])


def odd_charges(tx: Tx, *, limit: int) -> list[Charge]:
    rows = tx.all(_CHARGES + "state = 4 ORDER BY made_at_ms DESC, id LIMIT ?", (limit,))
    return msgspec.convert(rows, list[Charge])


def waiting(tx: Tx, *, before_ms: int, limit: int) -> list[Charge]:
    """Those whose rail was not asked since, the longest first."""
    rows = tx.all(_CHARGES + "state = 1 AND asked_at_ms < ? ORDER BY asked_at_ms, id LIMIT ?", (before_ms, limit))
    return msgspec.convert(rows, list[Charge])


def count_waiting(tx: Tx, account_id: AccountId) -> int:
    row = tx.one(
        "SELECT COUNT(*) FROM rail_charge WHERE account_id = ? AND state = ?", (account_id, int(ChargeState.WAITING))
    )
    assert row is not None and isinstance(row[0], int)
    return row[0]


def insert_charge(tx: Tx, new: Charge) -> None:
    tx.execute(
        "INSERT INTO rail_charge (id, account_id, rail, ext_id, amount, currency, state, said, made_at_ms, "
        "asked_at_ms, ended_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(new),
    )


def set_ext_id(tx: Tx, id: bytes, ext_id: str) -> None:
    tx.execute("UPDATE rail_charge SET ext_id = ? WHERE id = ?", (ext_id, id))


def set_asked(tx: Tx, id: bytes, *, now_ms: int) -> None:
    tx.execute("UPDATE rail_charge SET asked_at_ms = ? WHERE id = ?", (now_ms, id))


def set_state(tx: Tx, id: bytes, state: ChargeState, said: str, *, ended_at_ms: int) -> None:
    tx.execute(
        "UPDATE rail_charge SET state = ?, said = ?, ended_at_ms = ? WHERE id = ?", (int(state), said, ended_at_ms, id)
    )


def put_event(tx: Tx, rail: str, event: RailEvent, charge_id: bytes, *, now_ms: int) -> bool:
    """False if it came before."""
    return bool(
        tx.execute(
            "INSERT INTO rail_event (rail, ext_id, kind, charge_id, at_ms) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (rail, ext_id) DO NOTHING",
            (rail, event.ext_id, event.kind, charge_id, now_ms),
        )
    )


def erase_old_events(tx: Tx, *, before_ms: int) -> None:
    tx.execute("DELETE FROM rail_event WHERE at_ms < ?", (before_ms,))


def erase_left_behind(tx: Tx) -> None:
    """Charges that waited when their people left, and have ended since."""
    tx.execute(
        "DELETE FROM rail_charge WHERE state <> ? AND NOT EXISTS "
        "(SELECT 1 FROM account a WHERE a.account_id = rail_charge.account_id)",
        (int(ChargeState.WAITING),),
    )


def forget(tx: Tx, account_id: AccountId) -> None:
    """What was paid in stays in the ledger; a charge that still waits is nobody's."""
    tx.execute("DELETE FROM rail_charge WHERE account_id = ? AND state <> ?", (account_id, int(ChargeState.WAITING)))
