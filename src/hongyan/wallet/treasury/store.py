"""The only SQL of the treasury."""

import msgspec

from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet.ledger import Holder
from hongyan.wallet.treasury.model import MAKES_MONEY, ActState, Rules, TreasuryAct

_ACTS = (
    "SELECT seq, id, kind, treasurer_id, recipient_id, amount, reason, state, confirmer_id, at_ms, decided_at_ms "
    "FROM treasury_act WHERE "
)


def is_appointed(tx: Tx, account_id: AccountId) -> bool:
    return tx.one("SELECT 1 FROM treasurer WHERE account_id = ?", (account_id,)) is not None


def appointed(tx: Tx) -> list[AccountId]:
    rows = tx.all("SELECT account_id FROM treasurer ORDER BY appointed_at_ms, account_id")
    return [AccountId(row[0]) for row in rows if isinstance(row[0], int)]


def owners(tx: Tx) -> list[AccountId]:
    rows = tx.all("SELECT account_id FROM account WHERE is_owner = 1 ORDER BY account_id")
    return [AccountId(row[0]) for row in rows if isinstance(row[0], int)]


def appoint(tx: Tx, account_id: AccountId, *, now_ms: int) -> bool:
    """Whether she was none before."""
    return (
        tx.execute(
            "INSERT INTO treasurer (account_id, appointed_at_ms) VALUES (?, ?) ON CONFLICT (account_id) DO NOTHING",
            (account_id, now_ms),
        )
        > 0
    )


def dismiss(tx: Tx, account_id: AccountId) -> bool:
    """Whether she was one."""
    return tx.execute("DELETE FROM treasurer WHERE account_id = ?", (account_id,)) > 0


def rules(tx: Tx) -> Rules:
    row = tx.one("SELECT act_max, day_max, alone_max FROM treasury_rules")
    return Rules() if row is None else msgspec.convert(row, Rules)


def put_rules(tx: Tx, new: Rules) -> None:
    tx.execute(
        "INSERT INTO treasury_rules (one, act_max, day_max, alone_max) VALUES (1, ?, ?, ?) "
        "ON CONFLICT (one) DO UPDATE SET act_max = excluded.act_max, day_max = excluded.day_max, "
        "alone_max = excluded.alone_max",
        (new.act_max, new.day_max, new.alone_max),
    )


def act(tx: Tx, id: bytes) -> TreasuryAct | None:
    row = tx.one(_ACTS + "id = ?", (id,))
    return None if row is None else msgspec.convert(row, TreasuryAct)


def acts(tx: Tx, *, before_seq: int, limit: int) -> list[TreasuryAct]:
    """Newest first."""
    rows = tx.all(_ACTS + "seq < ? ORDER BY seq DESC LIMIT ?", (before_seq, limit))
    return msgspec.convert(rows, list[TreasuryAct])


def insert_act(tx: Tx, new: TreasuryAct) -> None:
    """`seq` is given by the database."""
    tx.execute(
        "INSERT INTO treasury_act (id, kind, treasurer_id, recipient_id, amount, reason, state, confirmer_id, "
        "at_ms, decided_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.id,
            int(new.kind),
            new.treasurer_id,
            new.recipient_id,
            new.amount,
            new.reason,
            int(new.state),
            new.confirmer_id,
            new.at_ms,
            new.decided_at_ms,
        ),
    )


def decide(tx: Tx, id: bytes, state: ActState, *, confirmer_id: AccountId, now_ms: int) -> None:
    tx.execute(
        "UPDATE treasury_act SET state = ?, confirmer_id = ?, decided_at_ms = ? WHERE id = ?",
        (int(state), confirmer_id, now_ms, id),
    )


def made_since(tx: Tx, *, from_ms: int) -> int:
    """Minor units made by all treasurers since then."""
    one, other = MAKES_MONEY
    row = tx.one(
        "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM treasury_act "
        "WHERE decided_at_ms >= ? AND state = ? AND kind IN (?, ?)",
        (from_ms, int(ActState.DONE), int(one), int(other)),
    )
    assert row is not None and isinstance(row[0], int)
    return row[0]


def balances(tx: Tx, asset: str) -> tuple[int, int]:
    """What was issued and is not burnt, and what is on all other accounts, in minor units."""
    found = []
    for wanted in (
        "debits_posted - credits_posted), 0) AS BIGINT) FROM ledger_account WHERE holder IN (?, ?) AND asset = ?",
        "credits_posted - debits_posted), 0) AS BIGINT) FROM ledger_account WHERE holder NOT IN (?, ?) AND asset = ?",
    ):
        row = tx.one("SELECT CAST(COALESCE(SUM(" + wanted, (int(Holder.ISSUANCE), int(Holder.CASH), asset))
        assert row is not None and isinstance(row[0], int)
        found.append(row[0])
    return found[0], found[1]
