"""The only SQL of contacts."""

import msgspec

from hongyan.contacts.model import Friend, Request, Rules
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId


def are_friends(tx: Tx, one: AccountId, other: AccountId) -> bool:
    return tx.one("SELECT 1 FROM friendship WHERE account_id = ? AND friend_id = ?", (one, other)) is not None


def has_blocked(tx: Tx, account_id: AccountId, other: AccountId) -> bool:
    return tx.one("SELECT 1 FROM block WHERE account_id = ? AND blocked_id = ?", (account_id, other)) is not None


def are_open(tx: Tx, one: AccountId, other: AccountId) -> bool:
    """Whether the two are friends and neither blocks the other."""
    row = tx.one(
        "SELECT 1 FROM friendship WHERE account_id = ? AND friend_id = ? AND NOT EXISTS (SELECT 1 FROM block "
        "WHERE (account_id = ? AND blocked_id = ?) OR (account_id = ? AND blocked_id = ?))",
        (one, other, one, other, other, one),
    )
    return row is not None


def friends(tx: Tx, account_id: AccountId) -> list[Friend]:
    rows = tx.all(
        "SELECT friend_id, since_ms, greeting FROM friendship WHERE account_id = ? ORDER BY since_ms, friend_id",
        (account_id,),
    )
    return msgspec.convert(rows, list[Friend])


def friend_count(tx: Tx, account_id: AccountId) -> int:
    row = tx.one("SELECT COUNT(*) FROM friendship WHERE account_id = ?", (account_id,))
    assert row is not None and isinstance(row[0], int)
    return row[0]


def insert_friend(
    tx: Tx, account_id: AccountId, friend_id: AccountId, *, since_ms: int, greeting: bytes | None
) -> None:
    """One side of a friendship; one that is there already stays as it is."""
    tx.execute(
        "INSERT INTO friendship (account_id, friend_id, since_ms, greeting) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (account_id, friend_id) DO NOTHING",
        (account_id, friend_id, since_ms, greeting),
    )


def erase_friendship(tx: Tx, one: AccountId, other: AccountId) -> bool:
    """Whether there was one."""
    changed = tx.execute(
        "DELETE FROM friendship WHERE (account_id = ? AND friend_id = ?) OR (account_id = ? AND friend_id = ?)",
        (one, other, other, one),
    )
    return changed > 0


def request(tx: Tx, from_id: AccountId, to_id: AccountId) -> Request | None:
    row = tx.one(
        "SELECT from_id, greeting, at_ms, shown, declined FROM friend_request WHERE from_id = ? AND to_id = ?",
        (from_id, to_id),
    )
    return None if row is None else msgspec.convert(row, Request, strict=False)


def incoming(tx: Tx, account_id: AccountId) -> list[Request]:
    """Those to be shown, newest first."""
    rows = tx.all(
        "SELECT from_id, greeting, at_ms, shown, declined FROM friend_request WHERE to_id = ? AND shown = 1 "
        "ORDER BY at_ms DESC, from_id",
        (account_id,),
    )
    return msgspec.convert(rows, list[Request], strict=False)


def incoming_count(tx: Tx, account_id: AccountId, *, shown: bool) -> int:
    """Of those shown, or of those hidden: neither takes the others' room, and a full list looks the same to both."""
    row = tx.one("SELECT COUNT(*) FROM friend_request WHERE to_id = ? AND shown = ?", (account_id, int(shown)))
    assert row is not None and isinstance(row[0], int)
    return row[0]


def outgoing(tx: Tx, account_id: AccountId) -> list[Request]:
    """Newest first; declined ones too: the requester is not told."""
    rows = tx.all(
        "SELECT to_id, greeting, at_ms, shown, declined FROM friend_request WHERE from_id = ? "
        "ORDER BY at_ms DESC, to_id",
        (account_id,),
    )
    return msgspec.convert(rows, list[Request], strict=False)


def put_request(tx: Tx, from_id: AccountId, to_id: AccountId, greeting: bytes, *, at_ms: int, shown: bool) -> None:
    """Made again, it is one request with the newer greeting and time; what was declined stays so."""
    tx.execute(
        "INSERT INTO friend_request (from_id, to_id, greeting, at_ms, shown) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (from_id, to_id) DO UPDATE SET greeting = excluded.greeting, at_ms = excluded.at_ms, "
        "shown = excluded.shown",
        (from_id, to_id, greeting, at_ms, int(shown)),
    )


def hide_request(tx: Tx, from_id: AccountId, to_id: AccountId, *, declined: bool) -> bool:
    """Whether one was shown until now."""
    changed = tx.execute(
        "UPDATE friend_request SET shown = 0, declined = ? WHERE from_id = ? AND to_id = ? AND shown = 1",
        (int(declined), from_id, to_id),
    )
    return changed > 0


def erase_request(tx: Tx, from_id: AccountId, to_id: AccountId) -> bool:
    """Whether there was one."""
    return tx.execute("DELETE FROM friend_request WHERE from_id = ? AND to_id = ?", (from_id, to_id)) > 0


def blocked(tx: Tx, account_id: AccountId) -> list[AccountId]:
    rows = tx.all("SELECT blocked_id FROM block WHERE account_id = ? ORDER BY at_ms, blocked_id", (account_id,))
    return [blocked_id for (blocked_id,) in msgspec.convert(rows, list[tuple[AccountId]])]


def insert_block(tx: Tx, account_id: AccountId, blocked_id: AccountId, *, at_ms: int) -> bool:
    """Whether it is new."""
    changed = tx.execute(
        "INSERT INTO block (account_id, blocked_id, at_ms) VALUES (?, ?, ?) "
        "ON CONFLICT (account_id, blocked_id) DO NOTHING",
        (account_id, blocked_id, at_ms),
    )
    return changed > 0


def erase_block(tx: Tx, account_id: AccountId, blocked_id: AccountId) -> bool:
    """Whether there was one."""
    return tx.execute("DELETE FROM block WHERE account_id = ? AND blocked_id = ?", (account_id, blocked_id)) > 0


def rules(tx: Tx, account_id: AccountId) -> Rules:
    row = tx.one("SELECT by_name, by_code, by_group FROM contact_rules WHERE account_id = ?", (account_id,))
    return Rules() if row is None else msgspec.convert(row, Rules, strict=False)


def put_rules(tx: Tx, account_id: AccountId, new: Rules) -> None:
    tx.execute(
        "INSERT INTO contact_rules (account_id, by_name, by_code, by_group) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (account_id) DO UPDATE SET by_name = excluded.by_name, by_code = excluded.by_code, "
        "by_group = excluded.by_group",
        (account_id, int(new.by_name), int(new.by_code), int(new.by_group)),
    )


def known_to(tx: Tx, account_id: AccountId) -> list[AccountId]:
    """Everyone in whose list this account is: as friend, requester or recipient."""
    rows = tx.all("SELECT friend_id FROM friendship WHERE account_id = ?", (account_id,))
    rows += tx.all("SELECT to_id FROM friend_request WHERE from_id = ? AND shown = 1", (account_id,))
    rows += tx.all("SELECT from_id FROM friend_request WHERE to_id = ?", (account_id,))
    return list(dict.fromkeys(other for (other,) in msgspec.convert(rows, list[tuple[AccountId]])))


def erase_account(tx: Tx, account_id: AccountId) -> None:
    """Erase every row that names the account, in anybody's list."""
    for sql in (
        "DELETE FROM friendship WHERE account_id = ? OR friend_id = ?",
        "DELETE FROM friend_request WHERE from_id = ? OR to_id = ?",
        "DELETE FROM block WHERE account_id = ? OR blocked_id = ?",
    ):
        tx.execute(sql, (account_id, account_id))
    tx.execute("DELETE FROM contact_rules WHERE account_id = ?", (account_id,))


def erase_older(tx: Tx, *, before_ms: int) -> None:
    """Requests, and the greetings of friendships, from before that time."""
    tx.execute("DELETE FROM friend_request WHERE at_ms < ?", (before_ms,))
    tx.execute("UPDATE friendship SET greeting = NULL WHERE greeting IS NOT NULL AND since_ms < ?", (before_ms,))
