"""The MLS groups this device takes part in, or should.

status  what is true                                     what happens next
wanted  should exist, this device has no state of it     commits.py creates it
active  this device has the state of some epoch          messages flow
broken  this device has lost its way                     rejoin.py joins by external commit [HL2]
gone    left, removed, or never to be had                nothing, until a welcome comes
"""

import random
from dataclasses import dataclass
from typing import Final, Literal, cast

from hongyan.sdk.people import Directory
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Reader, Row, Tx

Status = Literal["wanted", "active", "broken", "gone"]
GroupKind = Literal["direct", "group", "self"]

RETRY_FIRST_MS: Final = 1_000
RETRY_MS_MAX: Final = 10 * 60_000
CLOCKS_DIFFER_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Conversation:
    """`chat` is its name towards programs, the app's own: "d:" and an account, or "g:" and the group's id in hex."""

    group_id: bytes
    kind: GroupKind
    chat: str
    person: int | None
    status: Status
    name: str
    ask_since_ms: int | None
    leaving: bool
    timer_s: int
    retries: int

    @classmethod
    def of(cls, row: Row) -> "Conversation":
        return cls(
            row.blob("group_id"),
            cast(GroupKind, row.text("kind")),
            row.text("chat"),
            row.integer_or_none("person"),
            cast(Status, row.text("status")),
            row.text("name"),
            row.integer_or_none("ask_since_ms"),
            bool(row.integer("leaving")),
            row.integer("timer_s"),
            row.integer("retries"),
        )


def direct_chat(account: int) -> str:
    return f"d:{account}"


def group_chat(group_id: bytes) -> str:
    return f"g:{group_id.hex()}"


class Conversations:
    def __init__(self, session: Session, directory: Directory) -> None:
        self._session = session
        self._directory = directory

    def find(self, group_id: bytes) -> Conversation | None:
        row = self._session.store.one("SELECT * FROM conversation WHERE group_id = ?", (group_id,))
        return None if row is None else Conversation.of(row)

    def of_chat(self, chat: str) -> Conversation | None:
        row = self._session.store.one("SELECT * FROM conversation WHERE chat = ?", (chat,))
        return None if row is None else Conversation.of(row)

    def all(self) -> list[Conversation]:
        return [Conversation.of(row) for row in self._session.store.all("SELECT * FROM conversation")]

    def due(self, status: Status) -> list[Conversation]:
        sql = "SELECT * FROM conversation WHERE status = ? AND retry_at_ms <= ?"
        return [Conversation.of(row) for row in self._session.store.all(sql, (status, self._session.clock.now_ms()))]

    def _kind_of(self, reader: Reader, group_id: bytes) -> tuple[GroupKind, int | None]:
        """Seen from its id and the people known."""
        if group_id == self._session.self_group_id:
            return "self", None
        for row in reader.all("SELECT account, account_key FROM person"):
            if self._session.direct_group_id(row.blob("account_key")) == group_id:
                return "direct", row.integer("account")
        return "group", None

    def ensure(self, tx: Tx, group_id: bytes, status: Status) -> Conversation:
        """Makes sure that it is known; one that is keeps its status."""
        found = self.find(group_id)
        if found is not None:
            return found
        kind, person = self._kind_of(tx, group_id)
        chat = group_chat(group_id) if person is None else direct_chat(person)
        tx.run(
            "INSERT INTO conversation (group_id, kind, chat, person, status) VALUES (?, ?, ?, ?, ?)",
            (group_id, kind, chat, person, status),
        )
        made = self.find(group_id)
        assert made is not None
        return made

    def set_status(self, tx: Tx, group_id: bytes, status: Status) -> None:
        sql = "UPDATE conversation SET status = ?, retry_at_ms = 0, retries = 0 WHERE group_id = ?"
        tx.run(sql, (status, group_id))

    def set_name(self, tx: Tx, group_id: bytes, name: str) -> None:
        tx.run("UPDATE conversation SET name = ?1 WHERE group_id = ?2 AND name <> ?1", (name, group_id))

    def set_broken(self, tx: Tx, group_id: bytes, since_ms: int) -> None:
        """This device lost its way in the group; what came since will be asked for again."""
        tx.run(
            """UPDATE conversation SET status = 'broken', ask_since_ms = min(coalesce(ask_since_ms, ?1), ?1)
               WHERE group_id = ?2 AND status <> 'gone'""",
            (since_ms - CLOCKS_DIFFER_MS, group_id),
        )

    def postpone(self, tx: Tx, conversation: Conversation, least_ms: int = 0) -> None:
        """The next try waits twice as long as this one did."""
        delay = min(RETRY_MS_MAX, RETRY_FIRST_MS * 2 ** min(conversation.retries, 20))
        spread = round(delay * (0.5 + random.random()))  # noqa: S311 - not a secret
        tx.run(
            "UPDATE conversation SET retry_at_ms = ?, retries = retries + 1 WHERE group_id = ?",
            (self._session.clock.now_ms() + max(least_ms, spread), conversation.group_id),
        )

    def accounts_of(self, keys: list[bytes]) -> set[int]:
        """The accounts that have a device among these."""
        return {account for key in keys if (account := self._directory.account_of(key)) is not None}
