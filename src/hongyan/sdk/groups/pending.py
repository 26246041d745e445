"""The one commit on its way in each group: stored with the state it leads to, then sent, sent again if need be."""

from dataclasses import dataclass

from hongyan.sdk.content import cbor
from hongyan.sdk.groups.judging import Standing
from hongyan.sdk.groups.standings import decode_standing, encode_standing
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.mls import Made
from hongyan.sdk.net import frames as f
from hongyan.sdk.net.link import Link
from hongyan.sdk.session import Session
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Row, Tx


@dataclass(frozen=True, slots=True)
class RosterOrder:
    external: bool
    added: tuple[int, ...]
    removed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PendingCommit:
    group_id: bytes
    external: bool
    next: bytes
    standing: Standing | None


class Pending:
    def __init__(self, session: Session, outbox: Outbox, link: Link) -> None:
        self._session = session
        self._outbox = outbox
        self._link = link

    def has(self, group_id: bytes) -> bool:
        return self._session.store.has("SELECT 1 FROM pending_commit WHERE group_id = ?", (group_id,))

    def epoch(self, group_id: bytes) -> int | None:
        """The epoch a commit on its way leads to, or None."""
        row = self._session.store.one("SELECT next_epoch FROM pending_commit WHERE group_id = ?", (group_id,))
        return None if row is None else row.integer("next_epoch")

    def of_number(self, no: int) -> PendingCommit | None:
        row = self._session.store.one("SELECT * FROM pending_commit WHERE no = ?", (no,))
        if row is None:
            return None
        told = row.blob_or_none("standing")
        standing = None if told is None else decode_standing(told)
        return PendingCommit(row.blob("group_id"), bool(row.integer("external")), row.blob("next"), standing)

    def dispatch(self, group_id: bytes, made: Made, roster: RosterOrder, standing: Standing | None) -> None:
        """Stores a commit with what it leads to, then sends it. Call in a turn."""

        def store(tx: Tx) -> int:
            no = meta.take_number(tx)
            tx.run(
                """INSERT OR REPLACE INTO pending_commit (group_id, no, external, message, welcome, added, removed,
                   group_info, next, next_epoch, standing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (
                    group_id,
                    no,
                    int(roster.external),
                    made.message,
                    made.welcome,
                    cbor.encode(roster.added),
                    cbor.encode(roster.removed),
                    made.group_info,
                    made.next,
                    made.epoch,
                    None if standing is None else encode_standing(standing),
                ),
            )
            return no

        no = self._session.store.write(store)
        row = self._session.store.one("SELECT * FROM pending_commit WHERE no = ?", (no,))
        assert row is not None
        self._transmit(row)

    def _transmit(self, row: Row) -> None:
        no = row.integer("no")
        self._outbox.count_unanswered(no)
        self._link.send(
            f.Commit(
                no,
                row.blob("group_id"),
                row.blob("message"),
                row.blob_or_none("welcome"),
                _numbers(row.blob("added")),
                _numbers(row.blob("removed")),
                row.blob("group_info"),
            )
        )

    def resume(self) -> None:
        """After `ready`: commits without a verdict are sent again under their numbers."""
        for row in self._session.store.all("SELECT * FROM pending_commit ORDER BY no"):
            self._transmit(row)

    def drop(self, tx: Tx, group_id: bytes) -> None:
        tx.run("DELETE FROM pending_commit WHERE group_id = ?", (group_id,))


def _numbers(content: bytes) -> list[int]:
    found = cbor.decode(content)
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, int)]
