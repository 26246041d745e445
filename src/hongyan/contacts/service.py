"""How two people become friends and stop being so [CT1]; the only judge of who may reach whom [DS8]."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from hongyan.accounts import Accounts, InvitationKind, Joined, Person, people, use_friend_invitation
from hongyan.contacts import store
from hongyan.contacts.model import (
    CONTACTS_MAX,
    FULL_RETRY_S,
    REQUEST_LIFETIME_MS,
    REQUESTS_COUNT,
    REQUESTS_PER_S,
    REQUESTS_SCOPE,
    REQUESTS_WAITING_MAX,
    Contacts,
    Friend,
    Refusal,
    Refused,
    Request,
    RequestState,
    Rules,
)
from hongyan.delivery import share_group
from hongyan.foundation import limits
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId

TOPIC = "contacts"

R = TypeVar("R", Friend, Request)

# Tells the devices of these accounts, after the commit, that something under this topic changed.
Notify = Callable[[Sequence[AccountId], str], None]


def may_reach(tx: Tx, from_account: AccountId, to_account: AccountId) -> bool:
    """Whether devices of `to_account` may be added, and their key packages claimed, by `from_account` [DS8]."""
    return from_account == to_account or store.are_open(tx, from_account, to_account)


class ContactBook:
    """The front door. Being built, it also joins the transactions in which accounts come and go."""

    def __init__(self, db: Database, clock: Clock, accounts: Accounts, notify: Notify) -> None:
        self._db = db
        self._clock = clock
        self._notify = notify
        accounts.hooks.may_be_found.append(self._may_be_found)
        accounts.hooks.joined.append(self._befriend_joined)
        accounts.hooks.account_erased.append(self._forget)
        accounts.hooks.devices_changing.append(self._tell_friends)

    async def of(self, account_id: AccountId) -> Contacts:
        def load(tx: Tx) -> Contacts:
            friends = store.friends(tx, account_id)
            incoming, outgoing = store.incoming(tx, account_id), store.outgoing(tx, account_id)
            blocked = store.blocked(tx, account_id)
            ids = {friend.account_id for friend in friends} | set(blocked)
            ids |= {request.account_id for request in (*incoming, *outgoing)}
            known = {person.account_id: person for person in people(tx, list(ids))}
            return Contacts(
                friends=_with_people(known, friends),
                incoming=_with_people(known, incoming),
                outgoing=_with_people(known, outgoing),
                blocked=[known[other] for other in blocked],
            )

        return await self._db.read(load)

    async def request(
        self, asking: AccountId, asked: AccountId, greeting: bytes, invitation: str | None
    ) -> RequestState | Refused:
        """Ask for a friendship; friends at once by an invitation of theirs, or if they asked too.

        Who is blocked, or was declined before, gets the same answer as anybody and is not shown [CT1]. A request that
        was hidden for any other reason is judged anew when it is made again.
        """
        now_ms = self._clock.now_ms()
        return await self._db.write(lambda tx: self._request(tx, asking, asked, greeting, invitation, now_ms))

    async def accept(self, account_id: AccountId, asking: AccountId) -> Refused | None:
        """A repeat is no error."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            if store.are_friends(tx, account_id, asking):
                return None
            request = store.request(tx, asking, account_id)
            if request is None or not request.shown:
                return Refused(Refusal.REQUEST_UNKNOWN)
            if self._is_full(tx, account_id) or self._is_full(tx, asking):
                return Refused(Refusal.CONTACTS_FULL)
            self._befriend(tx, asking, account_id, request.greeting, now_ms)
            return None

        return await self._db.write(work)

    async def decline(self, account_id: AccountId, asking: AccountId) -> None:
        """The request is shown no more, and its sender is not told."""

        def work(tx: Tx) -> None:
            if store.hide_request(tx, asking, account_id, declined=True):
                self._tell(tx, [account_id])

        await self._db.write(work)

    async def remove(self, account_id: AccountId, friend_id: AccountId) -> None:
        """End a friendship on both sides; a request of one's own that waits is taken back."""

        def work(tx: Tx) -> None:
            ended = store.erase_friendship(tx, account_id, friend_id)
            if store.erase_request(tx, account_id, friend_id) or ended:
                self._tell(tx, [account_id, friend_id])

        await self._db.write(work)

    async def block(self, account_id: AccountId, other: AccountId) -> Refused | None:
        """Nothing of `other` arrives any more. A friendship sleeps until the block is lifted; nobody is told."""
        now_ms = self._clock.now_ms()

        def work(tx: Tx) -> Refused | None:
            if other == account_id or not people(tx, [other]):
                return Refused(Refusal.PERSON_UNKNOWN)
            if len(store.blocked(tx, account_id)) >= CONTACTS_MAX:
                return Refused(Refusal.CONTACTS_FULL)
            if store.insert_block(tx, account_id, other, at_ms=now_ms):
                store.hide_request(tx, other, account_id, declined=False)
                store.erase_request(tx, account_id, other)
                self._tell(tx, [account_id])
            return None

        return await self._db.write(work)

    async def unblock(self, account_id: AccountId, other: AccountId) -> None:
        def work(tx: Tx) -> None:
            if store.erase_block(tx, account_id, other):
                self._tell(tx, [account_id])

        await self._db.write(work)

    async def rules(self, account_id: AccountId) -> Rules:
        return await self._db.read(lambda tx: store.rules(tx, account_id))

    async def put_rules(self, account_id: AccountId, new: Rules) -> None:
        await self._db.write(lambda tx: store.put_rules(tx, account_id, new))

    async def erase_expired(self) -> None:
        before_ms = self._clock.now_ms() - REQUEST_LIFETIME_MS
        await self._db.write(lambda tx: store.erase_older(tx, before_ms=before_ms))

    def _request(
        self, tx: Tx, asking: AccountId, asked: AccountId, greeting: bytes, invitation: str | None, now_ms: int
    ) -> RequestState | Refused:
        if asking == asked or not people(tx, [asked]):
            return Refused(Refusal.PERSON_UNKNOWN)
        if store.are_friends(tx, asking, asked):
            return RequestState.FRIENDS
        earlier = store.request(tx, asking, asked)
        is_blocked = store.has_blocked(tx, asked, asking)
        shown = self._may_be_shown(tx, asking, asked, earlier) and not is_blocked
        is_repeat = earlier is not None and earlier.greeting == greeting and earlier.shown == shown
        if is_repeat and invitation is None:
            return RequestState.REQUESTED
        retry_after_s = limits.take(
            tx, REQUESTS_SCOPE, asking, count=REQUESTS_COUNT, per_s=REQUESTS_PER_S, now_ms=now_ms
        )
        if retry_after_s is not None:
            return Refused(Refusal.TOO_MANY_TRIES, retry_after_s)
        if self._is_full(tx, asking):
            return Refused(Refusal.CONTACTS_FULL)
        # To ask somebody is to want to hear from them.
        store.erase_block(tx, asking, asked)
        if not is_blocked and not self._is_full(tx, asked):
            crossing = store.request(tx, asked, asking)
            if crossing is not None or (
                invitation is not None
                and store.rules(tx, asked).by_code
                and use_friend_invitation(tx, invitation, of=asked, by=asking, now_ms=now_ms)
            ):
                self._befriend(tx, asking, asked, greeting, now_ms)
                return RequestState.FRIENDS
        if earlier is None and store.incoming_count(tx, asked, shown=shown) >= REQUESTS_WAITING_MAX:
            return Refused(Refusal.TOO_MANY_TRIES, FULL_RETRY_S)
        store.put_request(tx, asking, asked, greeting, at_ms=now_ms, shown=shown)
        self._tell(tx, [asking, asked] if shown else [asking])
        return RequestState.REQUESTED

    def _may_be_found(self, tx: Tx, asking: AccountId, asked: AccountId) -> bool:
        rules = store.rules(tx, asked)
        if asking == asked or rules.by_name or store.are_friends(tx, asking, asked):
            return True
        return rules.by_group and share_group(tx, asking, asked)  # else she could be asked, and no greeting sealed

    def _may_be_shown(self, tx: Tx, asking: AccountId, asked: AccountId, earlier: Request | None) -> bool:
        if earlier is not None and (earlier.shown or earlier.declined):
            return earlier.shown
        return self._is_welcome(tx, asking, asked)

    def _is_welcome(self, tx: Tx, asking: AccountId, asked: AccountId) -> bool:
        """Whether a request without a code may be shown; who is not told cannot tell [CT4]."""
        rules = store.rules(tx, asked)
        return rules.by_group if share_group(tx, asking, asked) else rules.by_name

    def _befriend(self, tx: Tx, asking: AccountId, asked: AccountId, greeting: bytes | None, now_ms: int) -> None:
        """Make the two friends; each keeps what the other wrote, and no request stays."""
        crossing = store.request(tx, asked, asking)
        store.insert_friend(tx, asked, asking, since_ms=now_ms, greeting=greeting)
        store.insert_friend(tx, asking, asked, since_ms=now_ms, greeting=crossing.greeting if crossing else None)
        store.erase_request(tx, asking, asked)
        store.erase_request(tx, asked, asking)
        self._tell(tx, [asking, asked])

    def _is_full(self, tx: Tx, account_id: AccountId) -> bool:
        return store.friend_count(tx, account_id) >= CONTACTS_MAX

    def _befriend_joined(self, tx: Tx, joined: Joined) -> None:
        if joined.kind is not InvitationKind.FRIEND or joined.inviter_id is None:
            return
        if not store.rules(tx, joined.inviter_id).by_code:
            return
        if not self._is_full(tx, joined.inviter_id):  # An inviter whose list is full still lets her in.
            self._befriend(tx, joined.account_id, joined.inviter_id, joined.greeting, joined.now_ms)

    def _forget(self, tx: Tx, account_id: AccountId) -> None:
        self._tell(tx, store.known_to(tx, account_id))
        store.erase_account(tx, account_id)

    def _tell_friends(self, tx: Tx, account_id: AccountId) -> None:
        """A friend who came back with a new device can enter a chat of two only if the other lets her in."""
        friends = [friend.account_id for friend in store.friends(tx, account_id)]
        if friends:
            self._tell(tx, friends)

    def _tell(self, tx: Tx, account_ids: Sequence[AccountId]) -> None:
        tx.after_commit(lambda: self._notify(account_ids, TOPIC))


def _with_people(known: dict[AccountId, Person], rows: list[R]) -> list[tuple[Person, R]]:
    return [(known[row.account_id], row) for row in rows]
