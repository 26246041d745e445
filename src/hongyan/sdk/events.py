"""Which part is told of what: all cross-links between the parts of a device, in one place."""

from collections.abc import Callable
from typing import Final

from hongyan.sdk.content import kinds
from hongyan.sdk.groups.admission import Admission
from hongyan.sdk.groups.conversations import Conversation, Conversations
from hongyan.sdk.groups.judging import Fault, Standing
from hongyan.sdk.groups.names import Nicknames
from hongyan.sdk.groups.note import decode_departure
from hongyan.sdk.groups.roster import set_members
from hongyan.sdk.groups.standings import Standings
from hongyan.sdk.groups.wishes import Wishes
from hongyan.sdk.groups.words import Words, turn_of
from hongyan.sdk.healing.counters import Counters
from hongyan.sdk.healing.resend import Resends
from hongyan.sdk.identity.links import unpadded
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.mail.receive import Incoming
from hongyan.sdk.mls import Leaf, Mls
from hongyan.sdk.net import frames as f
from hongyan.sdk.net.link import Link
from hongyan.sdk.people import find_person
from hongyan.sdk.profile import OwnProfile
from hongyan.sdk.session import Session
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Tx

COMING_MS: Final = 10 * 60_000


class Wiring:
    """Hears of mail and commits in their transactions. The parts are set once all of them exist."""

    admission: Admission
    conversations: Conversations
    counters: Counters
    link: Link
    mls: Mls
    nicknames: Nicknames
    outbox: Outbox
    profile: OwnProfile
    resends: Resends
    standings: Standings
    wishes: Wishes
    words: Words

    def __init__(self, session: Session) -> None:
        self._session = session
        # Told after the transaction: a message is there, a sign was seen, a wish came to nothing.
        self.on_said: Callable[[], None] = lambda: None
        self.on_sign: Callable[[str, int, str], None] = lambda _chat, _account, _sign: None
        self.on_outcome: Callable[[bytes, str | None], None] = lambda _group, _code: None
        self.on_missing: Callable[[], None] = lambda: None
        # Blobs that others were handed and this device will not fetch: their server is told [ME14].
        self.to_let_go: list[str] = []

    # Messages

    def said(self, _tx: Tx, _n: int) -> None:
        self._session.store.afterwards(self.on_said)

    def typing(self, _tx: Tx, incoming: Incoming) -> None:
        self._sign(incoming, "typing")

    def read(self, _tx: Tx, incoming: Incoming, _read: kinds.ReadUpTo) -> None:
        self._sign(incoming, "read")

    def _sign(self, incoming: Incoming, sign: str) -> None:
        chat, account = incoming.conversation.chat, incoming.sender
        self._session.store.afterwards(lambda: self.on_sign(chat, account, sign))

    def handed(self, _tx: Tx, _incoming: Incoming, handed: kinds.Handed) -> None:
        blobs = [unpadded(blob) for blob in (handed.blob, handed.files) if blob is not None]
        self._session.store.afterwards(lambda: self.to_let_go.extend(blobs))

    def group_word(self, tx: Tx, incoming: Incoming, word: kinds.GroupWord) -> None:
        group_id = incoming.conversation.group_id
        if word.left:
            self._left(tx, incoming, word.departure)
        if word.nickname is not None:
            self.nicknames.keep(tx, group_id, incoming.sender, word.nickname)
        if incoming.late:
            return
        if word.asks:
            self.words.asked(incoming, word.asks_hash)
        elif word.tells is not None:
            policy = self.words.told(tx, incoming, word.tells)
            if policy is not None and policy.name is not None:
                self.conversations.set_name(tx, group_id, policy.name)
        elif word.names:
            self.nicknames.take_handed(tx, group_id, word.names)

    def _left(self, tx: Tx, incoming: Incoming, departure: bytes | None) -> None:
        """She goes; whoever has the right to removes her devices."""
        group_id, account = incoming.conversation.group_id, incoming.sender
        proof = departure if departure is not None and decode_departure(departure) is not None else None
        tx.run("INSERT OR REPLACE INTO departed VALUES (?, ?, ?)", (group_id, account, proof))
        if account == self._session.account_id or self.mls.epoch(group_id) is None:
            return
        standing = self.standings.of(group_id)
        if standing.policy.role_of(self._session.account_id) == "member":
            return  # The removal would need her goodbye beside it, which this library cannot sign: others do it.
        seats = self.standings.seats(self.mls.leaves(group_id))
        wait = turn_of(self._session.device.signature_key, standing, seats)
        self.wishes.put(tx, group_id, "remove", account=account, delay_ms=wait)

    # Groups

    def entered(
        self,
        tx: Tx,
        conversation: Conversation,
        leaves: tuple[Leaf, ...],
        was: Standing | None,
        standing: Standing | None,
        faults: tuple[Fault, ...],
    ) -> None:
        """The group is in a new epoch with these leaves."""
        if not leaves:
            return
        group_id, now = conversation.group_id, self._session.clock.now_ms()
        seats = self.standings.seats(leaves)
        keys = [leaf.key for leaf in leaves]
        present = self.conversations.accounts_of(keys)
        set_members(tx, group_id, present if standing is None else standing.members(seats), now)
        self.wishes.fulfil(tx, group_id, present, set(keys))
        tx.run(
            """DELETE FROM join_request WHERE group_id = ?1 AND account IN
               (SELECT account FROM membership WHERE group_id = ?1 AND to_ms IS NULL)""",
            (group_id,),
        )
        if standing is not None and standing.policy.name is not None:
            self.conversations.set_name(tx, group_id, standing.policy.name)
        if conversation.kind == "direct":
            self._invite_back(tx, conversation)
        if standing is not None and was is not None and faults:
            self._repair(tx, group_id, was, standing)
        if not self.wishes.of(group_id):
            self._session.store.afterwards(lambda: self.on_outcome(group_id, None))

    def _invite_back(self, tx: Tx, conversation: Conversation) -> None:
        """A friend all of whose devices went is invited back into our chat: she may have come with a new one."""
        person = None if conversation.person is None else find_person(tx, conversation.person)
        sql = "SELECT 1 FROM membership WHERE group_id = ? AND account = ? AND to_ms IS NULL"
        if person is None or not person.is_friend or tx.has(sql, (conversation.group_id, person.account)):
            return
        self.wishes.put(tx, conversation.group_id, "add", account=person.account)

    def _repair(self, tx: Tx, group_id: bytes, was: Standing, standing: Standing) -> None:
        """What a commit did without right is undone, in turns [GP6]."""
        seats = self.standings.seats(self.mls.leaves(group_id))
        wait = turn_of(self._session.device.signature_key, standing, seats)
        for key in set(standing.intruders) - set(was.intruders):
            self.wishes.put(tx, group_id, "remove_device", device=key, delay_ms=wait)
        for account in {seat.account for seat in seats if seat.account is not None}:
            if standing.is_offender(account) and account != self._session.account_id:
                self.wishes.put(tx, group_id, "remove", account=account, delay_ms=wait)
        for account in set(standing.victims) - set(was.victims) - {self._session.account_id}:
            person = find_person(tx, account)
            if person is not None and person.is_friend:
                self.wishes.put(tx, group_id, "add", account=account, delay_ms=wait)

    def rejoined(self, tx: Tx, conversation: Conversation) -> None:
        group_id = conversation.group_id
        self.counters.forget_others(tx, group_id)
        tx.run("UPDATE conversation SET ask_since_ms = NULL WHERE group_id = ?", (group_id,))
        self.outbox.requeue_all(tx, group_id)
        if conversation.ask_since_ms is not None:
            self.resends.ask_since(tx, group_id, conversation.ask_since_ms)
        if conversation.kind == "group":
            self.words.ask(tx, group_id, None)

    def came(self, tx: Tx, conversation: Conversation) -> None:
        """An own commit is the group's epoch."""
        if conversation.kind == "group":
            self.nicknames.hand_on(tx, conversation.group_id)
        elif conversation.kind == "direct":
            self.profile.tell(tx, conversation.group_id)

    def refused(self, group_id: bytes, code: str | None) -> None:
        self.on_outcome(group_id, code)

    def made_elsewhere(self) -> None:
        """A group that this device was to make is there without it: another device of this account may be in it."""
        self.on_missing()

    def welcomed(
        self, tx: Tx, conversation: Conversation, inviter: int | None, standing: Standing | None, epoch: int
    ) -> None:
        group_id = conversation.group_id
        # A chat of two that was there before this device: what was said around its coming is asked for.
        if conversation.kind == "direct" and epoch > 1:
            self.resends.ask_since(tx, group_id, meta.number(tx, "joined_at_ms") - COMING_MS)
        if conversation.kind == "direct":
            self.profile.tell(tx, group_id)
        if conversation.kind != "group":
            return
        if standing is None:
            self.words.ask(tx, group_id, None)
        elif standing.handed and inviter != standing.policy.owner:
            self.words.ask(tx, group_id, standing.policy)

    def removed(self, tx: Tx, conversation: Conversation, standing: Standing | None) -> None:
        """This device is no longer in the group, by right or not."""
        group_id = conversation.group_id
        tx.run("DELETE FROM wish WHERE group_id = ?", (group_id,))
        tx.run("DELETE FROM pending_commit WHERE group_id = ?", (group_id,))
        tx.run("UPDATE conversation SET leaving = 0 WHERE group_id = ?", (group_id,))
        if standing is None or self._session.account_id not in standing.victims:
            self.standings.forget(tx, group_id)
            self.outbox.fail_all(tx, group_id)
        self.conversations.set_status(tx, group_id, "gone")

    def requested(self, tx: Tx, group_id: bytes, sealed: bytes, at_ms: int) -> None:
        self.admission.received(tx, group_id, sealed, at_ms)

    def stored(self, seq: int) -> None:
        self.link.send(f.Ack(seq))
