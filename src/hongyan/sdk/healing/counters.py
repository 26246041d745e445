"""Counters of each sending device: a gap means that a message was dropped on the way [HL4]."""

from dataclasses import dataclass
from typing import Final

from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Tx

GAPS_PER_JUMP_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class DueGap:
    group_id: bytes
    device: bytes
    counters: tuple[int, ...]


class Counters:
    def __init__(self, session: Session) -> None:
        self._session = session

    def hear(self, tx: Tx, group_id: bytes, device: bytes, counter: int) -> None:
        """The first counter heard of a device is where counting begins."""
        row = tx.one("SELECT highest FROM heard WHERE group_id = ? AND device = ?", (group_id, device))
        highest = counter - 1 if row is None else row.integer("highest")
        now = self._session.clock.now_ms()
        if counter <= highest:
            tx.run("DELETE FROM gap WHERE group_id = ? AND device = ? AND counter = ?", (group_id, device, counter))
        for missing in range(max(highest + 1, counter - GAPS_PER_JUMP_MAX), counter):
            sql = "INSERT OR IGNORE INTO gap (group_id, device, counter, since_ms) VALUES (?, ?, ?, ?)"
            tx.run(sql, (group_id, device, missing, now))
        values = (group_id, device, max(highest, counter), now)
        tx.run("INSERT OR REPLACE INTO heard VALUES (?, ?, ?, ?)", values)

    def last_heard_ms(self, group_id: bytes) -> int:
        """When another device was heard in a group; 0 when none was."""
        sql = "SELECT coalesce(max(at_ms), 0) FROM heard WHERE group_id = ? AND device <> ?"
        return self._session.store.number(sql, (group_id, self._session.device.signature_key))

    def unasked(self, older_than_ms: int) -> list[DueGap]:
        """Gaps nobody was asked about yet, by sending device."""
        before = self._session.clock.now_ms() - older_than_ms
        found: dict[tuple[bytes, bytes], list[int]] = {}
        sql = "SELECT * FROM gap WHERE asked_ms IS NULL AND since_ms <= ? ORDER BY counter"
        for row in self._session.store.all(sql, (before,)):
            found.setdefault((row.blob("group_id"), row.blob("device")), []).append(row.integer("counter"))
        return [DueGap(*who, tuple(counters)) for who, counters in found.items()]

    def asked(self, tx: Tx, gap: DueGap) -> None:
        sql = "UPDATE gap SET asked_ms = ? WHERE group_id = ? AND device = ? AND asked_ms IS NULL"
        tx.run(sql, (self._session.clock.now_ms(), gap.group_id, gap.device))

    def give_up(self, tx: Tx, after_ms: int) -> list[tuple[bytes, bytes]]:
        """Gaps asked about long ago whose sender was heard from since: (group, device), once."""
        before = self._session.clock.now_ms() - after_ms
        rows = tx.all(
            """SELECT g.group_id, g.device, max(g.asked_ms) AS asked FROM gap g
               JOIN heard h ON h.group_id = g.group_id AND h.device = g.device
               WHERE g.asked_ms <= ? AND h.at_ms > g.asked_ms GROUP BY g.group_id, g.device""",
            (before,),
        )
        for row in rows:
            sql = "DELETE FROM gap WHERE group_id = ? AND device = ? AND asked_ms <= ?"
            tx.run(sql, (row.blob("group_id"), row.blob("device"), row.integer("asked")))
        return [(row.blob("group_id"), row.blob("device")) for row in rows]

    def forget_others(self, tx: Tx, group_id: bytes) -> None:
        """Joined anew: counting begins where others are now."""
        own = self._session.device.signature_key
        tx.run("DELETE FROM heard WHERE group_id = ? AND device <> ?", (group_id, own))
        tx.run("DELETE FROM gap WHERE group_id = ?", (group_id,))
