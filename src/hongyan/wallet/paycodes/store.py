"""The only SQL of payment codes."""

from hongyan.foundation.db import Row, Tx
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.wallet.paycodes.model import Claim, ClaimState, Key

_CLAIM = "SELECT id, code_hash, payer, payee, asset, amount, state, made_at_ms, expires_at_ms FROM pay_claim "


def put_key(tx: Tx, key: Key, *, now_ms: int) -> None:
    """The device's only one from now on."""
    erase_key(tx, key.device_id)
    tx.execute(
        "INSERT INTO pay_key (device_id, account_id, handle, secret, used_step, made_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
        (key.device_id, key.account_id, key.handle, key.secret, key.used_step, now_ms),
    )


def key(tx: Tx, handle: int) -> Key | None:
    row = tx.one("SELECT device_id, account_id, secret, used_step FROM pay_key WHERE handle = ?", (handle,))
    if row is None:
        return None
    device_id, account_id, secret, used_step = row
    return Key(DeviceId(_int(device_id)), AccountId(_int(account_id)), handle, _bytes(secret), _int(used_step))


def use_step(tx: Tx, handle: int, step: int) -> bool:
    """Whether no code of this minute, or a later one, was used before; it is used then."""
    return tx.execute("UPDATE pay_key SET used_step = ? WHERE handle = ? AND used_step < ?", (step, handle, step)) > 0


def erase_key(tx: Tx, device_id: DeviceId) -> None:
    tx.execute("DELETE FROM pay_key WHERE device_id = ?", (device_id,))


def allows_small(tx: Tx, account_id: AccountId) -> bool:
    return tx.one("SELECT 1 FROM pay_small WHERE account_id = ?", (account_id,)) is not None


def set_small(tx: Tx, account_id: AccountId, *, on: bool, now_ms: int) -> None:
    tx.execute("DELETE FROM pay_small WHERE account_id = ?", (account_id,))
    if on:
        tx.execute("INSERT INTO pay_small (account_id, since_ms) VALUES (?, ?)", (account_id, now_ms))


def put_claim(tx: Tx, claim: Claim) -> None:
    tx.execute(
        "INSERT INTO pay_claim (id, code_hash, payer, payee, asset, amount, state, made_at_ms, expires_at_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            claim.id,
            claim.code_hash,
            claim.payer,
            claim.payee,
            claim.asset,
            claim.amount,
            int(claim.state),
            claim.made_at_ms,
            claim.expires_at_ms,
        ),
    )


def claim(tx: Tx, claim_id: bytes) -> Claim | None:
    row = tx.one(_CLAIM + "WHERE id = ?", (claim_id,))
    return None if row is None else _claim(row)


def waiting(tx: Tx, payer: AccountId, *, now_ms: int, limit: int) -> list[Claim]:
    """What waits for her, oldest first."""
    rows = tx.all(
        _CLAIM + "WHERE payer = ? AND state = 1 AND expires_at_ms > ? ORDER BY expires_at_ms, id LIMIT ?",
        (payer, now_ms, limit),
    )
    return [_claim(row) for row in rows]


def set_state(tx: Tx, claim_id: bytes, state: ClaimState) -> bool:
    """Whether it waited until now."""
    return tx.execute("UPDATE pay_claim SET state = ? WHERE id = ? AND state = 1", (int(state), claim_id)) > 0


def erase_claims(tx: Tx, *, before_ms: int) -> None:
    tx.execute("DELETE FROM pay_claim WHERE expires_at_ms < ?", (before_ms,))


def erase_of_account(tx: Tx, account_id: AccountId) -> None:
    tx.execute("DELETE FROM pay_key WHERE account_id = ?", (account_id,))
    tx.execute("DELETE FROM pay_small WHERE account_id = ?", (account_id,))
    tx.execute("DELETE FROM pay_claim WHERE payer = ? OR payee = ?", (account_id, account_id))


def _claim(row: Row) -> Claim:
    id_, code_hash, payer, payee, asset, amount, state, made_at_ms, expires_at_ms = row
    return Claim(
        _bytes(id_),
        _bytes(code_hash),
        AccountId(_int(payer)),
        AccountId(_int(payee)),
        str(asset),
        _int(amount),
        ClaimState(_int(state)),
        _int(made_at_ms),
        _int(expires_at_ms),
    )


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value
