"""What this device wants to say, from the moment it is stored to the server's verdict.

A row without a number waits for its group. Number, ciphertext and ratchet are stored in one transaction before the
frame leaves, so a repeat after a crash is byte-identical [DS4].
"""

import random
import secrets
import time
from dataclasses import dataclass
from typing import Final

from hongyan.sdk.content.kinds import wakes
from hongyan.sdk.content.message import (
    UNCOUNTED,
    UNRELATED,
    Body,
    Content,
    Relation,
    decode_content,
    encode_content,
    message_id,
)
from hongyan.sdk.groups.conversations import Conversation, Conversations
from hongyan.sdk.mls import Mls, Unusable
from hongyan.sdk.net import frames as f
from hongyan.sdk.net.link import Link
from hongyan.sdk.session import Session
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Row, Tx

UNANSWERED_MAX: Final = 64
CONTENT_BYTES_MAX: Final = 200 * 1024
_PAUSE_LEAST_MS: Final = 500


@dataclass(frozen=True, slots=True)
class Composed:
    content: bytes
    content_id: bytes
    counter: int
    sent_at_ms: int


class Outbox:
    def __init__(self, session: Session, mls: Mls, conversations: Conversations, link: Link) -> None:
        self._session = session
        self._mls = mls
        self._conversations = conversations
        self._link = link
        self._unanswered: set[int] = set()
        # Of these, what the server turned away: it goes again under its number, before anything new [OV3].
        self._again: set[int] = set()
        # How many may be on their way: one after `busy`, and one more for each that is accepted.
        self._window = UNANSWERED_MAX
        # Groups whose epoch on the server is ahead: encrypting for the old one would be refused again.
        self._awaited_epoch: dict[bytes, int] = {}
        self._paused_until_s = 0.0
        # Not before what was under way is sent again: what was said later must not overtake it.
        self.is_open = False

    @property
    def room(self) -> int:
        """How many numbers may be given out now: few unanswered, and none far above the lowest of them [DS4]."""
        if self._again:
            return 0
        if not self._unanswered:
            return self._window
        reach = min(self._unanswered) + UNANSWERED_MAX - max(1, meta.number(self._session.store, "next_no"))
        return min(self._window - len(self._unanswered), reach)

    def compose(self, tx: Tx, group_id: bytes, body: Body, relation: Relation = UNRELATED) -> Composed:
        """Content bytes with the group's next counter [CO1]."""
        own = self._session.device.signature_key
        row = tx.one("SELECT highest FROM heard WHERE group_id = ? AND device = ?", (group_id, own))
        counter = 1 + (0 if row is None else row.integer("highest"))
        sent_at_ms = self._session.clock.now_ms()
        content = encode_content(Content(secrets.token_bytes(16), counter, sent_at_ms, body, relation))
        return Composed(content, message_id(own, group_id, content), counter, sent_at_ms)

    def enqueue(self, tx: Tx, group_id: bytes, composed: Composed, message: int | None) -> None:
        own, said = self._session.device.signature_key, composed
        tx.run("INSERT OR REPLACE INTO heard VALUES (?, ?, ?, ?)", (group_id, own, said.counter, said.sent_at_ms))
        tx.run(
            "INSERT OR REPLACE INTO sent (group_id, counter, content, sent_at_ms) VALUES (?, ?, ?, ?)",
            (group_id, said.counter, said.content, said.sent_at_ms),
        )
        tx.run(
            "INSERT INTO outbox (group_id, counter, content, message) VALUES (?, ?, ?, ?)",
            (group_id, said.counter, said.content, message),
        )

    def say(self, tx: Tx, group_id: bytes, body: Body, relation: Relation = UNRELATED) -> Composed:
        """For content no message row belongs to."""
        composed = self.compose(tx, group_id, body, relation)
        self.enqueue(tx, group_id, composed, None)
        return composed

    def can_send_now(self, group_id: bytes) -> bool:
        if not self.is_open or self.room <= 0 or time.monotonic() < self._paused_until_s:
            return False
        conversation = self._conversations.find(group_id)
        if conversation is None or conversation.status != "active" or self._is_alone(conversation):
            return False
        epoch = self._mls.epoch(group_id)
        store = self._session.store
        if epoch is None or store.has("SELECT 1 FROM pending_commit WHERE group_id = ?", (group_id,)):
            return False
        # Somebody is in the tree without right: nothing is said until she is out [GP6].
        if store.has("SELECT 1 FROM group_standing WHERE group_id = ? AND intruders > 0", (group_id,)):
            return False
        awaited = self._awaited_epoch.get(group_id)
        if awaited is not None and epoch < awaited:
            return False
        self._awaited_epoch.pop(group_id, None)
        return True

    def _is_alone(self, conversation: Conversation) -> bool:
        """The friend of a chat of two has no device in it: what is said waits until she is back."""
        if conversation.kind != "direct" or conversation.person is None:
            return False
        sql = "SELECT 1 FROM membership WHERE group_id = ? AND account = ? AND to_ms IS NULL"
        return not self._session.store.has(sql, (conversation.group_id, conversation.person))

    async def flush(self) -> None:
        """Sends what can be sent, oldest first."""
        async with self._session.turn:
            if self.is_open:
                self._send_again()
            while self.is_open and self.room > 0:
                rows = self._sendable()
                if not rows:
                    return
                self._send(rows)

    def _sendable(self) -> list[Row]:
        store = self._session.store
        rows: list[Row] = []
        for group in store.all("SELECT DISTINCT group_id FROM outbox WHERE no IS NULL"):
            group_id = group.blob("group_id")
            room = self.room - len(rows)
            if room > 0 and self.can_send_now(group_id):
                sql = "SELECT * FROM outbox WHERE group_id = ? AND no IS NULL ORDER BY id LIMIT ?"
                rows += store.all(sql, (group_id, room))
        return rows

    def _send(self, rows: list[Row]) -> None:
        try:
            sealed = [(row, self._mls.encrypt(row.blob("group_id"), row.blob("content"))) for row in rows]
        except Unusable:
            self._mls.undo()
            raise

        def store(tx: Tx) -> list[int]:
            self._mls.save(tx)
            numbers = []
            for row, ciphertext in sealed:
                no = meta.take_number(tx)
                tx.run("UPDATE outbox SET no = ?, ciphertext = ? WHERE id = ?", (no, ciphertext, row.integer("id")))
                numbers.append(no)
            return numbers

        try:
            numbers = self._session.store.write(store)
        except BaseException:
            self._mls.undo()
            raise
        self._mls.settle()
        for (row, ciphertext), no in zip(sealed, numbers, strict=True):
            self._transmit(no, row.blob("group_id"), ciphertext, row.blob("content"))

    def _transmit(self, no: int, group_id: bytes, ciphertext: bytes, content: bytes) -> None:
        self._unanswered.add(no)
        said = decode_content(content)
        relation = UNRELATED if said is None else said.relation
        urgent = said is not None and wakes(
            said.body, replaces=relation.replaces is not None, is_reaction=relation.is_reaction
        )
        self._link.send(f.Send(no, group_id, ciphertext, f.Urgency.NORMAL if urgent else f.Urgency.QUIET))

    def send_fleeting(self, group_id: bytes, body: Body) -> bool:
        """Says what is not kept [CO7]: now, or never."""
        if not self.can_send_now(group_id):
            return False
        now = self._session.clock.now_ms()
        content = encode_content(Content(secrets.token_bytes(16), UNCOUNTED, now, body))
        try:
            ciphertext = self._mls.encrypt(group_id, content)
        except Unusable:
            self._mls.undo()
            return False

        def store(tx: Tx) -> int:
            self._mls.save(tx)
            return meta.take_number(tx)

        no = self._session.store.write(store)
        self._mls.settle()
        self._transmit(no, group_id, ciphertext, content)
        return True

    def resume(self) -> None:
        """After `ready`: what was numbered and not answered is sent again under its number."""
        self.disconnected()
        for row in self._session.store.all("SELECT no FROM outbox WHERE no IS NOT NULL"):
            self._unanswered.add(row.integer("no"))
            self._again.add(row.integer("no"))
        self._send_again()
        self.is_open = self._link.is_ready

    def _send_again(self) -> None:
        """Oldest first, so that nothing overtakes what was written before it."""
        if time.monotonic() < self._paused_until_s:
            return
        for no in sorted(self._again):
            if len(self._unanswered) - len(self._again) >= self._window:
                return
            self._again.discard(no)
            row = self._session.store.one("SELECT * FROM outbox WHERE no = ?", (no,))
            if row is None:  # Encrypted anew meanwhile, or its group is gone.
                self._unanswered.discard(no)
            else:
                self._transmit(no, row.blob("group_id"), row.blob("ciphertext"), row.blob("content"))

    def _pause(self, for_s: float) -> None:
        """The server takes nothing for so long; all who are told so come back at different times [OV3]."""
        self._window = 1
        now = time.monotonic()
        if now + for_s > self._paused_until_s:
            self._paused_until_s = now + for_s * (1 + random.random())  # noqa: S311 - not a secret

    def count_unanswered(self, no: int) -> None:
        """Another frame (a commit) takes one of the numbers."""
        self._unanswered.add(no)

    def disconnected(self) -> None:
        self._unanswered.clear()
        self._again.clear()
        self.is_open = False

    def verdict(self, verdict: f.Verdict) -> bool:
        """False when the number is not of a message that waits."""
        code = f.VerdictCode
        turned_away = verdict.code in (code.STORAGE_FULL, code.BUSY)
        if turned_away:
            self._pause(max(_PAUSE_LEAST_MS, verdict.retry_after_ms) / 1000)
        if verdict.code is code.ACCEPTED:
            self._window = min(UNANSWERED_MAX, self._window + 1)
        row = self._session.store.one("SELECT * FROM outbox WHERE no = ?", (verdict.no,))
        if row is not None and turned_away:
            self._again.add(verdict.no)
            return True
        self._unanswered.discard(verdict.no)
        if row is None:
            return False
        group_id = row.blob("group_id")
        now = self._session.clock.now_ms()

        def decide(tx: Tx) -> None:
            match verdict.code:
                case code.ACCEPTED:
                    self._settle(tx, row, "sent")
                case code.MALFORMED | code.TOO_LARGE | code.NO_CONSENT:
                    self._settle(tx, row, "failed")
                case code.UNKNOWN_GROUP | code.NOT_A_MEMBER:
                    _requeue(tx, row)
                    self._conversations.set_broken(tx, group_id, now)
                case _:
                    _requeue(tx, row)

        self._session.store.write(decide)
        if verdict.code is code.STALE_EPOCH:
            self._awaited_epoch[group_id] = max(verdict.epoch, self._awaited_epoch.get(group_id, 0))
        return True

    def _settle(self, tx: Tx, row: Row, state: str) -> None:
        tx.run("DELETE FROM outbox WHERE id = ?", (row.integer("id"),))
        if state == "sent":
            sql = "UPDATE sent SET accepted_ms = ? WHERE group_id = ? AND counter = ?"
            tx.run(sql, (self._session.clock.now_ms(), row.blob("group_id"), row.integer("counter")))
        message = row.integer_or_none("message")
        if message is not None:
            tx.run("UPDATE message SET state = ? WHERE n = ?", (state, message))

    def requeue_all(self, tx: Tx, group_id: bytes | None) -> None:
        """The ciphertexts of a lost epoch, or of a restored copy, are worth nothing: encrypt again."""
        sql = "UPDATE outbox SET no = NULL, ciphertext = NULL WHERE group_id = coalesce(?, group_id)"
        tx.run(sql, (group_id,))

    def fail_all(self, tx: Tx, group_id: bytes) -> None:
        """The group is gone for this device: nothing of it will be sent."""
        for row in tx.all("SELECT * FROM outbox WHERE group_id = ?", (group_id,)):
            self._settle(tx, row, "failed")

    def awaited_epochs(self) -> dict[bytes, int]:
        """Groups that wait for an epoch we should have seen by now."""
        return dict(self._awaited_epoch)

    def waiting(self) -> int:
        return self._session.store.number("SELECT count(*) FROM outbox")


def _requeue(tx: Tx, row: Row) -> None:
    tx.run("UPDATE outbox SET no = NULL, ciphertext = NULL WHERE id = ?", (row.integer("id"),))
