"""Mail: decrypt, then message, ratchet and cursor in ONE transaction, then the acknowledgement [DS5].

Mail that cannot be used is never shown and never stops the rest: its group heals [HL2].
"""

from collections.abc import Callable
from typing import Final, Protocol

from hongyan.sdk.groups.commits import Changed, Commits
from hongyan.sdk.groups.conversations import Conversation, Conversations
from hongyan.sdk.groups.judging import Fault, Standing
from hongyan.sdk.groups.pending import Pending
from hongyan.sdk.groups.standings import Standings, decode_standing
from hongyan.sdk.groups.trail import policy_of_trail
from hongyan.sdk.healing.counters import Counters
from hongyan.sdk.mail.receive import Receive
from hongyan.sdk.mls import Leaf, Mls, Unusable, wire
from hongyan.sdk.net import frames as f
from hongyan.sdk.people import Directory
from hongyan.sdk.session import Session
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Tx
from hongyan.sdk.trouble import Trouble

BATCH_MAX: Final = 64
Effect = Callable[[Tx], None]


class AwaitVerdict(Exception):
    """The server's answer to an own commit must come first."""


class Events(Changed, Protocol):
    def welcomed(
        self, tx: Tx, conversation: Conversation, inviter: int | None, standing: Standing | None, epoch: int
    ) -> None: ...
    def removed(self, tx: Tx, conversation: Conversation, standing: Standing | None) -> None: ...
    def requested(self, tx: Tx, group_id: bytes, sealed: bytes, at_ms: int) -> None: ...
    def stored(self, seq: int) -> None: ...


class Intake:
    def __init__(
        self,
        session: Session,
        mls: Mls,
        directory: Directory,
        conversations: Conversations,
        standings: Standings,
        commits: Commits,
        pending: Pending,
        counters: Counters,
        receive: Receive,
        events: Events,
    ) -> None:
        self._session = session
        self._mls = mls
        self._directory = directory
        self._conversations = conversations
        self._standings = standings
        self._commits = commits
        self._pending = pending
        self._counters = counters
        self._receive = receive
        self._events = events
        self._queue: list[f.Envelope] = []
        self._one_by_one = False

    @property
    def cursor(self) -> int:
        return meta.number(self._session.store, "cursor")

    @property
    def is_idle(self) -> bool:
        return not self._queue

    def reset(self) -> None:
        """A new connection: the server sends again what is not acknowledged."""
        self._queue = []

    def push(self, envelopes: list[f.Envelope]) -> None:
        self._queue += envelopes

    async def take_all(self) -> bool:
        """False when something has to come first: a verdict, or the server's answer. Call in a turn."""
        while self._queue:
            queue, cursor = self._queue, self.cursor
            while queue and queue[0].seq <= cursor:
                queue.pop(0)
            if not queue:
                continue
            application = f.EnvelopeKind.APPLICATION
            most = 1 if self._one_by_one or queue[0].kind is not application else BATCH_MAX
            batch: list[f.Envelope] = []
            for envelope in queue[:most]:
                if batch and envelope.kind is not application:
                    break
                batch.append(envelope)
            try:
                taken = await self._take_batch(batch)
            except AwaitVerdict:
                return False
            except Trouble:
                self._mls.undo()
                return False
            if self._queue is queue:
                del queue[:taken]
        return True

    async def _take_batch(self, batch: list[f.Envelope]) -> int:
        """How many were stored."""
        effects: list[Effect] = []
        taken = 0
        for envelope in batch:
            try:
                effects.append(await self._take(envelope))
            except AwaitVerdict:
                if taken == 0:
                    raise
                break
            taken += 1
        last = batch[taken - 1]

        def store(tx: Tx) -> None:
            self._mls.save(tx)
            for effect in effects:
                effect(tx)
            meta.put(tx, "cursor", last.seq)

        try:
            self._session.store.write(store)
        except (AssertionError, ValueError, KeyError, Unusable):
            self._mls.undo()
            return self._stumble(batch)
        self._mls.settle()
        self._one_by_one = False
        self._events.stored(last.seq)
        return taken

    def _stumble(self, batch: list[f.Envelope]) -> int:
        """One piece of mail must never stop the rest: found by going one by one, its group heals instead [HL2]."""
        if len(batch) > 1:
            self._one_by_one = True
            return 0
        last = batch[0]

        def store(tx: Tx) -> None:
            self._lose(tx, last)
            meta.put(tx, "cursor", last.seq)

        self._session.store.write(store)
        self._events.stored(last.seq)
        return 1

    def _lose(self, tx: Tx, envelope: f.Envelope) -> None:
        self._conversations.ensure(tx, envelope.group_id, "broken")
        if envelope.kind is f.EnvelopeKind.WELCOME:
            self._conversations.set_status(tx, envelope.group_id, "broken")
        self._conversations.set_broken(tx, envelope.group_id, envelope.received_at_ms)

    async def _take(self, envelope: f.Envelope) -> Effect:
        kind = f.EnvelopeKind
        try:
            match envelope.kind:
                case kind.APPLICATION:
                    return await self._message(envelope)
                case kind.COMMIT:
                    return await self._commit(envelope)
                case kind.WELCOME:
                    return await self._welcome(envelope)
                case kind.UNDELIVERED:
                    return _nothing
                case kind.REQUEST:
                    group_id, body, at_ms = envelope.group_id, envelope.body or b"", envelope.received_at_ms
                    return lambda tx: self._events.requested(tx, group_id, body, at_ms)
                case kind.ROSTER:
                    raise Unusable("put out of the roster")
        except Unusable:
            if envelope.kind is not kind.APPLICATION:
                self._mls.undo()
            return lambda tx: self._lose(tx, envelope)

    def _aim(self, group_id: bytes, epoch: int) -> int:
        """Decides by epoch; answers the one this device is in."""
        own = self._mls.epoch(group_id)
        if own is None or epoch > own:
            pending = self._pending.epoch(group_id)
            if pending is not None and pending <= epoch:
                raise AwaitVerdict
            raise Unusable("an unknown group" if own is None else "a commit is missing")
        return own

    async def _message(self, envelope: f.Envelope) -> Effect:
        group_id, body = envelope.group_id, envelope.body or b""
        conversation = self._conversations.find(group_id)
        if conversation is not None and conversation.status in ("broken", "gone"):
            return _nothing
        epoch = wire.head_of(body).epoch
        own = self._aim(group_id, epoch)
        try:
            sender_key, content = self._mls.decrypt(group_id, body)
        except Unusable as error:
            # Seen before: nothing is lost. In an earlier epoch the counters tell whether something is.
            if epoch != own or error.is_replay:
                return _nothing
            raise
        await self._directory.learn([sender_key])

        def store(tx: Tx) -> None:
            ready = self._conversations.ensure(tx, group_id, "active")
            if not self._standings.is_intruder(group_id, sender_key):
                self._receive.content(tx, ready, sender_key, content, envelope.received_at_ms)

        return store

    async def _commit(self, envelope: f.Envelope) -> Effect:
        group_id, body = envelope.group_id, envelope.body or b""
        conversation = self._conversations.find(group_id)
        if conversation is None or conversation.status == "gone":
            return _nothing if conversation is not None else lambda tx: self._lose(tx, envelope)
        epoch = wire.head_of(body).epoch
        if conversation.status == "broken":
            # The group has moved: what hindered the rejoin may be gone.
            sql = "UPDATE conversation SET retry_at_ms = 0 WHERE group_id = ?"
            return lambda tx: tx.run(sql, (group_id,))
        if epoch < (self._mls.epoch(group_id) or 0):
            return _nothing
        self._aim(group_id, epoch)
        was = self._standings.of(group_id) if conversation.kind == "group" else None
        done = self._mls.process(group_id, body)
        await self._directory.learn([leaf.key for leaf in done.after])
        standing: Standing | None = None
        faults: tuple[Fault, ...] = ()
        if was is not None:
            standing, faults = await self._standings.judge(
                was,
                group_id,
                done.before,
                done.after,
                committer=done.committer,
                note=done.note,
                note_key=done.note_key,
            )
        else:
            self._require_certified(done.after)
        if done.removed_self:
            self._mls.forget(group_id)

        def store(tx: Tx) -> None:
            self._commits.lost_race(tx, group_id)
            if standing is not None:
                self._standings.save(tx, group_id, standing)
            self._events.entered(tx, conversation, done.after, was, standing, faults)
            if done.removed_self:
                self._events.removed(tx, conversation, standing)

        return store

    def _require_certified(self, leaves: tuple[Leaf, ...]) -> None:
        """In a chat of two, a device that no account certifies has no place [ID5]."""
        if any(self._directory.account_of(leaf.key) is None for leaf in leaves):
            raise Unusable("a leaf that nobody certifies")

    async def _welcome(self, envelope: f.Envelope) -> Effect:
        group_id, body = envelope.group_id, envelope.body or b""
        known, conversation = self._mls.epoch(group_id), self._conversations.find(group_id)
        joined = self._mls.join(group_id, body)
        if known is not None and known >= joined.epoch and conversation is not None and conversation.status == "active":
            self._mls.undo()
            return _nothing
        keys = [leaf.key for leaf in joined.leaves]
        await self._directory.learn(keys)
        standing = self._handed(group_id, joined.leaves, joined.handed, joined.epoch) if joined.handed else None
        adder = self._directory.by_device_id(envelope.sender)
        inviter = adder.account if adder is not None and adder.signature_key in keys else None

        def store(tx: Tx) -> None:
            ready = self._conversations.ensure(tx, group_id, "active")
            if ready.kind != "group":
                self._require_certified(joined.leaves)
            self._commits.lost_race(tx, group_id)
            self._conversations.set_status(tx, group_id, "active")
            self._counters.forget_others(tx, group_id)
            self._standings.forget(tx, group_id)
            if standing is not None:
                self._standings.save(tx, group_id, standing)
            elif ready.kind == "group":
                self._standings.doubt(tx, group_id)
            self._events.entered(tx, ready, joined.leaves, None, standing, ())
            self._events.welcomed(tx, ready, inviter, standing, joined.epoch)

        return store

    def _handed(self, group_id: bytes, leaves: tuple[Leaf, ...], handed: bytes, epoch: int) -> Standing | None:
        """What the adder says the group stands under, if its trail holds; else this device knows nothing yet [GP8]."""
        told = decode_standing(handed)
        members = told.members(self._standings.seats(leaves))
        policy = policy_of_trail(group_id, told.trail, self._standings.witnesses(members))
        if policy is None:
            return None
        return Standing(policy, told.trail, told.intruders, told.victims, told.offences, certain=True, handed=epoch > 1)


def _nothing(_tx: Tx) -> None:
    pass
