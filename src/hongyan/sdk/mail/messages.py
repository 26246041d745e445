"""Messages as people see them: said, changed, taken back, reacted to, gone after their time [CO5] [CO7]."""

from dataclasses import dataclass
from typing import Final

from hongyan.sdk.content import cbor
from hongyan.sdk.content.message import Body
from hongyan.sdk.store.store import Reader, Row, Tx

CHANGED_WITHIN_MS: Final = 2 * 60_000
ON_THE_WAY_MS: Final = 60_000
DELETED_KEPT_MS: Final = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Said:
    """One message to be stored. `answers`: what it answers, so that a repeat after a crash says nothing twice."""

    group_id: bytes
    content_id: bytes
    sender: int
    mine: bool
    body: Body
    at_ms: int
    quote: bytes | None = None
    mentions: tuple[int, ...] = ()
    expires_at_ms: int | None = None
    state: str = "received"
    answers: str | None = None


def add(tx: Tx, said: Said) -> int | None:
    """Its number, or None when it is here already."""
    if tx.has("SELECT 1 FROM message WHERE content_id = ?", (said.content_id,)):
        return None
    n = tx.insert(
        """INSERT INTO message (group_id, content_id, sender, mine, type, body, quote, mentions, at_ms, expires_at_ms,
           state, handled, answers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            said.group_id,
            said.content_id,
            said.sender,
            int(said.mine),
            said.body.type or "",
            said.body.body,
            said.quote,
            cbor.encode(said.mentions),
            said.at_ms,
            said.expires_at_ms,
            said.state,
            int(said.mine),
            said.answers,
        ),
    )
    for row in tx.all("SELECT * FROM replacement WHERE target = ?", (said.content_id,)):
        replace(tx, said.content_id, row.integer("account"), row.blob_or_none("body"), row.integer("at_ms"))
    return n


def replace(tx: Tx, target: bytes, account: int, text: bytes | None, at_ms: int) -> None:
    """An edit, or with no text a recall; what comes before its message waits for it."""
    row = tx.one("SELECT * FROM message WHERE content_id = ?", (target,))
    if row is None:
        tx.run("INSERT OR REPLACE INTO replacement VALUES (?, ?, ?, ?)", (target, account, text, at_ms))
        tx.run("DELETE FROM replacement WHERE at_ms < ?", (at_ms - DELETED_KEPT_MS,))
        return
    late = at_ms - row.integer("at_ms") > CHANGED_WITHIN_MS + ON_THE_WAY_MS
    if row.integer("sender") != account or late or row.integer("recalled"):
        return
    n = row.integer("n")
    if text is None:
        tx.run("UPDATE message SET recalled = 1, type = '', body = ?, quote = NULL WHERE n = ?", (b"", n))
        tx.run("DELETE FROM reaction WHERE target = ?", (target,))
    elif row.text("type").startswith("text/plain"):
        tx.run("UPDATE message SET edited = 1, body = ? WHERE n = ?", (text, n))


def react(tx: Tx, content_id: bytes, target: bytes, account: int, emoji: str) -> None:
    sql = "INSERT OR REPLACE INTO reaction (content_id, target, account, emoji) VALUES (?, ?, ?, ?)"
    tx.run(sql, (content_id, target, account, emoji))


def unreact(tx: Tx, target: bytes, account: int) -> bool:
    """Whether `target` was a reaction of that account, which is gone now."""
    if not tx.has("SELECT 1 FROM reaction WHERE content_id = ? AND account = ?", (target, account)):
        return False
    tx.run("DELETE FROM reaction WHERE content_id = ?", (target,))
    return True


def reactions_of(reader: Reader, target: bytes) -> list[tuple[int, str]]:
    rows = reader.all("SELECT account, emoji FROM reaction WHERE target = ?", (target,))
    return [(row.integer("account"), row.text("emoji")) for row in rows]


def reactions_by(reader: Reader, target: bytes, account: int) -> list[bytes]:
    """Their own ids."""
    rows = reader.all("SELECT content_id FROM reaction WHERE target = ? AND account = ?", (target, account))
    return [row.blob("content_id") for row in rows]


def expire(tx: Tx, now_ms: int) -> None:
    """Messages that have had their time are gone, with what they said."""
    tx.run("DELETE FROM message WHERE expires_at_ms <= ?", (now_ms,))


def mentions_of(row: Row) -> tuple[int, ...]:
    found = cbor.decode(row.blob("mentions"))
    return tuple(one for one in found if isinstance(one, int)) if isinstance(found, list) else ()
