"""Asking others to send again what was lost here, and answering when they ask [HL2] to [HL5]."""

from typing import TYPE_CHECKING, Final

from hongyan.sdk.content.kinds import (
    Again,
    Resend,
    again_body,
    decode_again_items,
    encode_again_items,
    parse_kind,
    resend_body,
)
from hongyan.sdk.content.message import decode_content
from hongyan.sdk.groups.conversations import Conversation
from hongyan.sdk.groups.roster import was_member
from hongyan.sdk.healing.counters import Counters
from hongyan.sdk.identity.boxes import KeyPair, open_box, seal_box
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Row, Tx

if TYPE_CHECKING:
    from hongyan.sdk.mail.receive import Incoming, Receive

GAP_ASKED_AFTER_MS: Final = 60_000
GAP_GIVEN_UP_AFTER_MS: Final = 86_400_000
RESENT_PER_DAY_MAX: Final = 500
ANSWER_BYTES_MAX: Final = 180 * 1024
ANSWER_KEY_LIFETIME_MS: Final = 30 * 86_400_000
_DAY_MS: Final = 86_400_000
_INFO: Final = "hongyan again v1"


class Resends:
    def __init__(self, session: Session, counters: Counters, outbox: Outbox) -> None:
        self._session = session
        self._counters = counters
        self._outbox = outbox

    def _ask(self, tx: Tx, group_id: bytes, request: Resend, key: KeyPair) -> None:
        now = self._session.clock.now_ms()
        tx.run("INSERT INTO resend_key VALUES (?, ?, ?)", (key.public_key, key.private_key, now))
        tx.run("DELETE FROM resend_key WHERE at_ms < ?", (now - ANSWER_KEY_LIFETIME_MS,))
        self._outbox.say(tx, group_id, resend_body(request))

    def ask_since(self, tx: Tx, group_id: bytes, since_ms: int) -> None:
        """After a rejoin: everybody is asked for what they sent since."""
        key = KeyPair.new()
        self._ask(tx, group_id, Resend(b"", None, since_ms, key.public_key), key)

    def tend_gaps(self) -> None:
        """Asks about gaps that stayed open for a minute, and gives up those that stayed for a day."""

        def tend(tx: Tx) -> None:
            for gap in self._counters.unasked(GAP_ASKED_AFTER_MS):
                key = KeyPair.new()
                self._ask(tx, gap.group_id, Resend(gap.device, gap.counters, None, key.public_key), key)
                self._counters.asked(tx, gap)
            self._counters.give_up(tx, GAP_GIVEN_UP_AFTER_MS)

        if self._session.store.has("SELECT 1 FROM gap"):
            self._session.store.write(tend)

    def answer(self, tx: Tx, incoming: "Incoming", request: Resend) -> None:
        """Answers for this device's messages, sealed to the asker, within what is due to her [HL5]."""
        if request.device not in (b"", self._session.device.signature_key):
            return
        conversation = incoming.conversation
        wanted = [
            row
            for row in self._sent_to_them(tx, conversation, request)
            if (request.counters is not None or _is_for_people(row.blob("content")))
            and self._may_have(tx, conversation, incoming.sender, row.integer("sent_at_ms"))
        ]
        room = self._allowance(tx, incoming.sender_key)
        allowed = wanted[-room:] if room > 0 else []
        self._spend(tx, incoming.sender_key, len(allowed))
        items: list[tuple[bytes, int]] = []
        size = 0
        for row in allowed:
            content = row.blob("content")
            if items and size + len(content) > ANSWER_BYTES_MAX:
                self._send(tx, incoming, request, items)
                items, size = [], 0
            items.append((content, row.integer("sent_at_ms")))
            size += len(content)
        if items:
            self._send(tx, incoming, request, items)

    def _send(self, tx: Tx, incoming: "Incoming", request: Resend, items: list[tuple[bytes, int]]) -> None:
        try:
            sealed = seal_box(request.answer_key, encode_again_items(items), _INFO)
        except ValueError:
            return
        self._outbox.say(tx, incoming.conversation.group_id, again_body(Again(incoming.sender_key, sealed)))

    def _sent_to_them(self, tx: Tx, conversation: Conversation, request: Resend) -> list[Row]:
        group_id = conversation.group_id
        if request.counters is not None:
            sql = "SELECT * FROM sent WHERE group_id = ? AND counter = ?"
            rows = (tx.one(sql, (group_id, counter)) for counter in request.counters[:RESENT_PER_DAY_MAX])
            return [row for row in rows if row is not None]
        if request.since_ms is None:
            return []
        # What is under way without a verdict may have been accepted before the asker came back: it is due too.
        return tx.all(
            """SELECT s.* FROM sent s LEFT JOIN outbox o ON o.group_id = s.group_id AND o.counter = s.counter
               WHERE s.group_id = ? AND (s.accepted_ms >= ? OR o.no IS NOT NULL) ORDER BY s.counter""",
            (group_id, request.since_ms),
        )

    def _may_have(self, tx: Tx, conversation: Conversation, account: int, at_ms: int) -> bool:
        """A chat of two is hers from its first word to its last, whichever device she has."""
        if account in (self._session.account_id, conversation.person):
            return True
        return was_member(tx, conversation.group_id, account, at_ms)

    def _day(self) -> int:
        return self._session.clock.now_ms() // _DAY_MS

    def _allowance(self, tx: Tx, device: bytes) -> int:
        spent = tx.number("SELECT count FROM resent WHERE device = ? AND day = ?", (device, self._day()))
        return RESENT_PER_DAY_MAX - spent

    def _spend(self, tx: Tx, device: bytes, count: int) -> None:
        tx.run("DELETE FROM resent WHERE day < ?", (self._day(),))
        tx.run(
            """INSERT INTO resent (device, day, count) VALUES (?, ?, ?)
               ON CONFLICT (device, day) DO UPDATE SET count = count + excluded.count""",
            (device, self._day(), count),
        )

    def take_in(self, tx: Tx, incoming: "Incoming", again: Again, receive: "Receive") -> None:
        """Takes in an answer that one of this device's keys opens; what is known already changes nothing."""
        for row in tx.all("SELECT private_key FROM resend_key ORDER BY at_ms DESC"):
            try:
                items = decode_again_items(open_box(row.blob("private_key"), again.sealed, _INFO))
            except ValueError:
                continue
            for content, _ in items:
                now = self._session.clock.now_ms()
                receive.content(tx, incoming.conversation, incoming.sender_key, content, now, again=True)
            return


def _is_for_people(content: bytes) -> bool:
    """Requests and answers are not sent again: each would call forth others."""
    said = decode_content(content)
    return said is not None and not isinstance(parse_kind(said.body), Resend | Again)
