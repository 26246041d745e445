"""Changes of groups by wish: each commit is stored before it is sent, and one that lost its race is made anew from
the same wishes in the next epoch [HL1]."""

from typing import Protocol

from hongyan.sdk.groups.conversations import Conversation, Conversations
from hongyan.sdk.groups.judging import Fault, Standing, first_standing, may_add, may_remove
from hongyan.sdk.groups.newcomers import Newcomer, claim
from hongyan.sdk.groups.pending import Pending, PendingCommit, RosterOrder
from hongyan.sdk.groups.standings import Standings
from hongyan.sdk.groups.wishes import Wish, Wishes
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.mls import Leaf, Made, Mls, Unusable
from hongyan.sdk.net import frames as f
from hongyan.sdk.net.http import NotThere
from hongyan.sdk.people import Directory
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Tx
from hongyan.sdk.trouble import Trouble


class Changed(Protocol):
    """Told in the transaction in which a commit, own or another's, became the group's epoch."""

    def entered(
        self,
        tx: Tx,
        conversation: Conversation,
        leaves: tuple[Leaf, ...],
        was: Standing | None,
        standing: Standing | None,
        faults: tuple[Fault, ...],
    ) -> None: ...
    def rejoined(self, tx: Tx, conversation: Conversation) -> None: ...
    def came(self, tx: Tx, conversation: Conversation) -> None: ...
    def refused(self, group_id: bytes, code: str | None) -> None: ...
    def made_elsewhere(self) -> None: ...


class Commits:
    def __init__(
        self,
        session: Session,
        mls: Mls,
        directory: Directory,
        conversations: Conversations,
        standings: Standings,
        wishes: Wishes,
        pending: Pending,
        outbox: Outbox,
        changed: Changed,
    ) -> None:
        self._session = session
        self._mls = mls
        self._directory = directory
        self._conversations = conversations
        self._standings = standings
        self._wishes = wishes
        self._pending = pending
        self._outbox = outbox
        self._changed = changed

    async def reconcile_due(self) -> None:
        for group_id in self._wishes.due_groups():
            await self._reconcile(group_id)

    async def _reconcile(self, group_id: bytes) -> None:
        """Makes and sends one commit that brings the group nearer to what is wished; nothing when it is so."""
        if not self._is_certain(group_id):
            return
        try:
            newcomers = await self._newcomers(group_id)
            async with self._session.turn:
                await self._propose(group_id, newcomers)
        except (Unusable, Trouble, NotThere) as error:
            conversation = self._conversations.find(group_id)
            if conversation is not None:
                self._session.store.write(lambda tx: self._conversations.postpone(tx, conversation))
            if isinstance(error, Trouble) and error.code == "no_consent":
                self._refuse(group_id, "no_consent")

    def _is_certain(self, group_id: bytes) -> bool:
        """Who has lost track of a group changes nothing in it until she is told what holds [GP8]."""
        standing = self._standings.find(group_id)
        return standing is None or standing.certain

    async def _newcomers(self, group_id: bytes) -> list[Newcomer]:
        """Claims key packages for the accounts wished for that have no device in the group yet."""
        state = self._mls.epoch(group_id)
        keys = [] if state is None else [leaf.key for leaf in self._mls.leaves(group_id)]
        present = self._conversations.accounts_of(keys)
        wished = [wish.account for wish in self._wishes.of(group_id) if wish.what == "add"]
        absent = [account for account in wished if account not in present]
        return await claim(self._session, self._directory, group_id, absent)

    async def _propose(self, group_id: bytes, newcomers: list[Newcomer]) -> None:
        conversation = self._conversations.find(group_id)
        if conversation is None or self._pending.has(group_id) or not self._outbox.is_open:
            return
        if conversation.status == "wanted":
            await self._create(conversation, newcomers)
        elif conversation.status == "active" and self._mls.epoch(group_id) is not None:
            await self._change(conversation, newcomers)

    async def _create(self, conversation: Conversation, newcomers: list[Newcomer]) -> None:
        # A friend who has just come has no key packages yet and is about to make this chat herself.
        if not newcomers:
            self._session.store.write(lambda tx: self._conversations.postpone(tx, conversation))
            return
        group_id = conversation.group_id
        made = self._mls.create(group_id, [one.key_package for one in newcomers])
        standing = None
        if conversation.kind == "group":
            own = tuple(leaf for leaf in made.leaves if leaf.key == self._session.device.signature_key)
            standing, _ = await self._standings.judge(
                self._standings.find(group_id) or first_standing(group_id, self._standings.seats(own)),
                group_id,
                own,
                made.leaves,
                committer=self._session.device.signature_key,
            )
        order = RosterOrder(False, tuple(one.device_id for one in newcomers), ())
        self._pending.dispatch(group_id, made, order, standing)

    async def _change(self, conversation: Conversation, newcomers: list[Newcomer]) -> None:
        group_id, me = conversation.group_id, self._session.account_id
        before = self._mls.leaves(group_id)
        wishes = self._wishes.of(group_id)
        standing = self._standings.of(group_id) if conversation.kind == "group" else None
        if not self._is_certain(group_id):
            return  # It was lost while packages were claimed.
        seats = self._standings.seats(before)
        in_tree = {leaf.key for leaf in before}
        removals, adding, refused = [], [], []
        for wish in wishes:
            for leaf, seat in zip(before, seats, strict=True):
                wanted = wish.what != "add" and (
                    seat.key == wish.device if wish.what == "remove_device" else seat.account == wish.account
                )
                if not wanted or leaf.key == self._session.device.signature_key:
                    continue
                if standing is None or may_remove(standing, me, seat):
                    removals.append(leaf)
                else:
                    refused.append(wish)
        for one in newcomers:
            if one.signature_key in in_tree:
                continue
            if standing is None or one.account in standing.members(seats) or may_add(standing, me, one.account):
                adding.append(one)
            else:
                refused += [wish for wish in wishes if wish.what == "add" and wish.account == one.account]
        self._refuse_wishes(group_id, refused)
        if not removals and not adding:
            keys = [leaf.key for leaf in before]
            accounts, devices = self._conversations.accounts_of(keys), set(keys)

            def store(tx: Tx) -> None:
                self._wishes.fulfil(tx, group_id, accounts, devices)
                self._wishes.postpone(tx, group_id)

            self._session.store.write(store)
            if not refused:
                self._changed.refused(group_id, None)
            return
        made = self._mls.commit(group_id, [one.key_package for one in adding], [leaf.index for leaf in removals])
        await self._dispatch_change(group_id, made, before, adding, standing)

    async def _dispatch_change(
        self, group_id: bytes, made: Made, before: tuple[Leaf, ...], adding: list[Newcomer], standing: Standing | None
    ) -> None:
        added = tuple(one.device_id for one in adding) if made.added else ()
        gone = (self._directory.known(leaf.key) for leaf in before if leaf.index in made.removed)
        removed = tuple(device.device_id for device in gone if device is not None)
        after = standing
        if standing is not None:
            own = self._session.device.signature_key
            after, _ = await self._standings.judge(standing, group_id, before, made.leaves, committer=own)
        self._pending.dispatch(group_id, made, RosterOrder(False, added, removed), after)

    def _refuse_wishes(self, group_id: bytes, wishes: list[Wish]) -> None:
        """She has no right to these changes, or none any more [GP5]."""
        if wishes:
            self._session.store.write(lambda tx: self._wishes.drop(tx, wishes))
            self._changed.refused(group_id, "not_allowed")

    def _refuse(self, group_id: bytes, code: str) -> None:
        """What cannot be had is no longer wished for; what was to be said in a group that cannot be is failed."""

        def refuse(tx: Tx) -> None:
            tx.run("DELETE FROM wish WHERE group_id = ? AND what = 'add'", (group_id,))
            conversation = self._conversations.find(group_id)
            if conversation is not None and conversation.status == "wanted":
                self._conversations.set_status(tx, group_id, "gone")
                self._outbox.fail_all(tx, group_id)

        self._session.store.write(refuse)
        self._changed.refused(group_id, code)

    def verdict(self, verdict: f.Verdict) -> None:
        """Call in a turn."""
        pending = self._pending.of_number(verdict.no)
        conversation = None if pending is None else self._conversations.find(pending.group_id)
        if pending is None or conversation is None:
            return
        if verdict.code is f.VerdictCode.ACCEPTED:
            self._accept(pending, conversation)
        else:
            self._lost(verdict, conversation)

    def _accept(self, pending: PendingCommit, conversation: Conversation) -> None:
        group_id = pending.group_id
        was = self._standings.find(group_id)
        leaves = self._mls.adopt(group_id, pending.next)

        def store(tx: Tx) -> None:
            self._mls.save(tx)
            self._pending.drop(tx, group_id)
            self._conversations.set_status(tx, group_id, "active")
            if pending.standing is not None:
                self._standings.save(tx, group_id, pending.standing)
            elif pending.external and conversation.kind == "group":
                self._standings.doubt(tx, group_id)
            self._changed.entered(tx, conversation, leaves, was, pending.standing, ())
            if pending.external:
                self._changed.rejoined(tx, conversation)
            else:
                self._changed.came(tx, conversation)

        try:
            self._session.store.write(store)
        except BaseException:
            self._mls.undo()
            raise
        self._mls.settle()

    def _lost(self, verdict: f.Verdict, conversation: Conversation) -> None:
        group_id, code = conversation.group_id, f.VerdictCode
        now, creating = self._session.clock.now_ms(), conversation.status == "wanted"

        def store(tx: Tx) -> None:
            self._pending.drop(tx, group_id)
            match verdict.code:
                case code.STALE_EPOCH:
                    # The group exists already: its welcome is on the way, and if not, rejoin.py goes and looks.
                    if creating:
                        self._conversations.set_broken(tx, group_id, now)
                        self._conversations.postpone(tx, conversation, 2_000)
                case code.NOT_A_MEMBER:
                    if not creating:
                        self._conversations.set_broken(tx, group_id, now)
                    self._conversations.postpone(tx, conversation)
                case code.UNKNOWN_GROUP:
                    self._conversations.set_broken(tx, group_id, now)
                case code.NO_CONSENT | code.GROUP_FULL:
                    pass
                case _:
                    self._conversations.postpone(tx, conversation, verdict.retry_after_ms)

        self._session.store.write(store)
        if creating and verdict.code is code.NOT_A_MEMBER:
            self._changed.made_elsewhere()
        if verdict.code is code.NO_CONSENT:
            self._refuse(group_id, "no_consent")
        if verdict.code is code.GROUP_FULL:
            self._refuse(group_id, "group_full")

    def lost_race(self, tx: Tx, group_id: bytes) -> None:
        """Somebody else's commit came first: ours is void, its wishes stay [HL1]."""
        self._pending.drop(tx, group_id)
