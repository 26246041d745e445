"""Which accounts were in a group from when to when: who may ask for which message again, and whom it is told of."""

from hongyan.sdk.store.store import Reader, Tx


def members_of(reader: Reader, group_id: bytes) -> list[int]:
    """In the order they came."""
    sql = "SELECT account FROM membership WHERE group_id = ? AND to_ms IS NULL ORDER BY from_ms, account"
    return [row.integer("account") for row in reader.all(sql, (group_id,))]


def was_member(reader: Reader, group_id: bytes, account: int, at_ms: int) -> bool:
    sql = "SELECT 1 FROM membership WHERE group_id = ? AND account = ? AND from_ms <= ? AND coalesce(to_ms, ?) >= ?"
    return reader.has(sql, (group_id, account, at_ms, at_ms, at_ms))


def set_members(tx: Tx, group_id: bytes, accounts: set[int], at_ms: int) -> tuple[set[int], set[int]]:
    """The members are these from now on; answers who came and who went."""
    before = set(members_of(tx, group_id))
    came, went = accounts - before, before - accounts
    for account in came:
        tx.run("INSERT INTO membership (group_id, account, from_ms) VALUES (?, ?, ?)", (group_id, account, at_ms))
        tx.run("DELETE FROM departed WHERE group_id = ? AND account = ?", (group_id, account))
    for account in went:
        sql = "UPDATE membership SET to_ms = ? WHERE group_id = ? AND account = ? AND to_ms IS NULL"
        tx.run(sql, (at_ms, group_id, account))
    return came, went
