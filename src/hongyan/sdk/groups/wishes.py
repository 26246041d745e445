"""What is wished for in a group's members, stored until the group is so."""

from dataclasses import dataclass
from typing import Final, Literal

from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Reader, Row, Tx

RETRY_FIRST_MS: Final = 2_000
RETRIES_COUNTED_MAX: Final = 8
What = Literal["add", "remove", "remove_device"]


@dataclass(frozen=True, slots=True)
class Wish:
    """`account` 0 and `device` empty where the other is meant."""

    id: int
    what: What
    account: int
    device: bytes

    @classmethod
    def of(cls, row: Row) -> "Wish":
        names: dict[str, What] = {"add": "add", "remove": "remove", "remove_device": "remove_device"}
        return cls(row.integer("id"), names[row.text("what")], row.integer("account"), row.blob("device"))

    def is_fulfilled(self, accounts: set[int], devices: set[bytes]) -> bool:
        match self.what:
            case "add":
                return self.account in accounts
            case "remove":
                return self.account not in accounts
            case "remove_device":
                return self.device not in devices


class Wishes:
    def __init__(self, session: Session) -> None:
        self._session = session

    def put(
        self, tx: Tx, group_id: bytes, what: What, *, account: int = 0, device: bytes = b"", delay_ms: int = 0
    ) -> None:
        """`delay_ms`: others may do it first."""
        opposite = {"add": "remove", "remove": "add"}.get(what)
        if opposite is not None:
            values = (group_id, opposite, account)
            tx.run("DELETE FROM wish WHERE group_id = ? AND what = ? AND account = ?", values)
        due = self._session.clock.now_ms() + delay_ms if delay_ms else 0
        tx.run(
            """INSERT INTO wish (group_id, what, account, device, retry_at_ms) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (group_id, what, account, device) DO UPDATE SET retry_at_ms = excluded.retry_at_ms""",
            (group_id, what, account, device, due),
        )

    def of(self, group_id: bytes) -> list[Wish]:
        sql = "SELECT * FROM wish WHERE group_id = ? AND retry_at_ms <= ? ORDER BY id"
        return [Wish.of(row) for row in self._session.store.all(sql, (group_id, self._session.clock.now_ms()))]

    def _all(self, reader: Reader, group_id: bytes) -> list[Wish]:
        return [Wish.of(row) for row in reader.all("SELECT * FROM wish WHERE group_id = ?", (group_id,))]

    def due_groups(self) -> list[bytes]:
        """Groups in which something is wished for and due, or which are to be made."""
        now = self._session.clock.now_ms()
        rows = self._session.store.all(
            """SELECT DISTINCT c.group_id FROM conversation c LEFT JOIN wish w USING (group_id)
               WHERE c.retry_at_ms <= ?1
               AND (c.status = 'wanted' OR (c.status = 'active' AND w.retry_at_ms <= ?1))
               AND NOT EXISTS (SELECT 1 FROM pending_commit p WHERE p.group_id = c.group_id)""",
            (now,),
        )
        return [row.blob("group_id") for row in rows]

    def drop(self, tx: Tx, wishes: list[Wish]) -> None:
        for wish in wishes:
            tx.run("DELETE FROM wish WHERE id = ?", (wish.id,))

    def fulfil(self, tx: Tx, group_id: bytes, accounts: set[int], devices: set[bytes]) -> None:
        """What a tree with these fulfils is no longer wished for: whoever changes it again means it."""
        self.drop(tx, [wish for wish in self._all(tx, group_id) if wish.is_fulfilled(accounts, devices)])

    def postpone(self, tx: Tx, group_id: bytes) -> None:
        """Nothing can be done now for what is due."""
        for wish in self.of(group_id):
            tries = min(tx.number("SELECT tries FROM wish WHERE id = ?", (wish.id,)), RETRIES_COUNTED_MAX)
            due = self._session.clock.now_ms() + RETRY_FIRST_MS * 2**tries
            tx.run("UPDATE wish SET retry_at_ms = ?, tries = tries + 1 WHERE id = ?", (due, wish.id))
