"""What a decrypted message does: one row, a change of one, or work for the part it speaks to."""

from dataclasses import dataclass
from typing import Final, Protocol

from hongyan.sdk.content import kinds
from hongyan.sdk.content.message import EVERYBODY, UNCOUNTED, Content, decode_content, message_id
from hongyan.sdk.groups.conversations import Conversation
from hongyan.sdk.groups.standings import Standings
from hongyan.sdk.healing.counters import Counters
from hongyan.sdk.healing.resend import Resends
from hongyan.sdk.mail import messages
from hongyan.sdk.people import Directory
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Tx

SENT_AT_TRUSTED_MS: Final = 5 * 60_000


@dataclass(frozen=True, slots=True)
class Incoming:
    """`late`: it came in an answer to a request, its time is the one it was sent at."""

    conversation: Conversation
    sender_key: bytes
    sender: int
    content_id: bytes
    at_ms: int
    late: bool
    content: Content


class Listener(Protocol):
    """Who hears of what is not a message: called in the transaction of the mail."""

    def typing(self, tx: Tx, incoming: Incoming) -> None: ...
    def read(self, tx: Tx, incoming: Incoming, read: kinds.ReadUpTo) -> None: ...
    def handed(self, tx: Tx, incoming: Incoming, handed: kinds.Handed) -> None: ...
    def group_word(self, tx: Tx, incoming: Incoming, word: kinds.GroupWord) -> None: ...
    def said(self, tx: Tx, n: int) -> None: ...


class Receive:
    def __init__(
        self,
        session: Session,
        directory: Directory,
        standings: Standings,
        counters: Counters,
        resends: Resends,
        listener: Listener,
    ) -> None:
        self._session = session
        self._directory = directory
        self._standings = standings
        self._counters = counters
        self._resends = resends
        self._listener = listener

    def content(
        self,
        tx: Tx,
        conversation: Conversation,
        sender_key: bytes,
        content: bytes,
        received_at_ms: int,
        *,
        again: bool = False,
    ) -> None:
        sender = self._directory.account_of(sender_key)
        if sender is None or not self._may_talk(conversation, sender):
            return
        said = decode_content(content)
        if said is None:
            return
        if said.counter != UNCOUNTED:
            self._counters.hear(tx, conversation.group_id, sender_key, said.counter)
        live = received_at_ms - SENT_AT_TRUSTED_MS < said.sent_at_ms <= received_at_ms
        at_ms = min(said.sent_at_ms, received_at_ms) if live or again else received_at_ms
        content_id = message_id(sender_key, conversation.group_id, content)
        self._dispatch(tx, Incoming(conversation, sender_key, sender, content_id, at_ms, again, said))

    def _may_talk(self, conversation: Conversation, sender: int) -> bool:
        """In a chat of two only the two, in the self group only this account."""
        if conversation.kind == "group" or sender == self._session.account_id:
            return True
        return conversation.kind == "direct" and sender == conversation.person

    def _dispatch(self, tx: Tx, incoming: Incoming) -> None:
        relation = incoming.content.relation
        is_group = incoming.conversation.kind == "group"
        if incoming.conversation.kind == "self":
            return
        match kinds.parse_kind(incoming.content.body):
            case kinds.Words(text):
                if relation.is_reaction:
                    if relation.in_reply_to is not None:
                        messages.react(tx, incoming.content_id, relation.in_reply_to, incoming.sender, text)
                elif relation.replaces is not None:
                    messages.replace(tx, relation.replaces, incoming.sender, text.encode(), incoming.at_ms)
                else:
                    self._show(tx, incoming)
            case kinds.Nothing():
                if relation.replaces is not None and not messages.unreact(tx, relation.replaces, incoming.sender):
                    messages.replace(tx, relation.replaces, incoming.sender, None, incoming.at_ms)
            case kinds.Carried() | kinds.Nudge() | kinds.Unknown():
                self._show(tx, incoming)
            case kinds.Timer(seconds):
                if not incoming.late:
                    sql = "UPDATE conversation SET timer_s = ? WHERE group_id = ?"
                    tx.run(sql, (seconds, incoming.conversation.group_id))
            case kinds.Typing():
                if not incoming.late:
                    self._listener.typing(tx, incoming)
            case kinds.ReadUpTo() as read:
                if not is_group:
                    self._listener.read(tx, incoming, read)
            case kinds.Handed() as handed:
                if is_group and not incoming.late:
                    self._listener.handed(tx, incoming, handed)
            case kinds.GroupWord() as word:
                if is_group:
                    self._listener.group_word(tx, incoming, word)
            case kinds.Resend() as resend:
                # One that comes again has had its day: to act on it would never end.
                if not incoming.late:
                    self._resends.answer(tx, incoming, resend)
            case kinds.Again() as again:
                if not incoming.late:
                    self._resends.take_in(tx, incoming, again, self)
            case kinds.Profile() | kinds.PassedOver():
                pass

    def _show(self, tx: Tx, incoming: Incoming) -> None:
        content, relation = incoming.content, incoming.content.relation
        mine = incoming.sender == self._session.account_id
        expires_after_s = relation.expires_after_s
        said = messages.Said(
            incoming.conversation.group_id,
            incoming.content_id,
            incoming.sender,
            mine,
            content.body,
            incoming.at_ms,
            relation.in_reply_to,
            self._mentioned(incoming),
            None if expires_after_s is None else incoming.at_ms + 1000 * expires_after_s,
            "sent" if mine else "received",
        )
        n = messages.add(tx, said)
        if n is not None and not mine:
            self._listener.said(tx, n)

    def _mentioned(self, incoming: Incoming) -> tuple[int, ...]:
        """ "Everybody" is called by owner and admins only [GP10]."""
        if incoming.conversation.kind != "group":
            return ()
        mentions = incoming.content.relation.mentions
        standing = self._standings.find(incoming.conversation.group_id)
        if EVERYBODY in mentions and standing is not None and standing.policy.role_of(incoming.sender) == "member":
            return tuple(account for account in mentions if account != EVERYBODY)
        return mentions
