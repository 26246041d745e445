"""What people do with groups: make, add, remove, leave, name themselves, let in."""

import asyncio
import secrets
from collections.abc import Iterable
from typing import Final

from hongyan.sdk.content.kinds import left_body
from hongyan.sdk.groups.conversations import Conversation, Conversations, group_chat
from hongyan.sdk.groups.judging import founded_standing
from hongyan.sdk.groups.note import sign_departure
from hongyan.sdk.groups.policy import NAME_CHARACTERS_MAX, Origin, Policy, group_id_of
from hongyan.sdk.groups.roster import set_members
from hongyan.sdk.groups.standings import Standings
from hongyan.sdk.groups.wishes import Wishes
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.mls import Mls
from hongyan.sdk.people import Person
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Tx
from hongyan.sdk.trouble import Trouble

MEMBERS_MAX: Final = 500
DOOR_BYTES: Final = 32
OUTCOME_WAIT_S: Final = 10.0


class Groups:
    def __init__(
        self,
        session: Session,
        mls: Mls,
        conversations: Conversations,
        standings: Standings,
        wishes: Wishes,
        outbox: Outbox,
    ) -> None:
        self._session = session
        self._mls = mls
        self._conversations = conversations
        self._standings = standings
        self._wishes = wishes
        self._outbox = outbox
        self._outcomes: dict[bytes, list[asyncio.Future[str | None]]] = {}

    def decided(self, group_id: bytes, code: str | None) -> None:
        """A wish came true, or to nothing."""
        for outcome in self._outcomes.pop(group_id, []):
            if not outcome.done():
                outcome.set_result(code)

    async def _settle(self, group_id: bytes) -> None:
        """Waits for the group to be as wished; offline, the wish is stored and that is enough."""
        outcome: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._outcomes.setdefault(group_id, []).append(outcome)
        done, _ = await asyncio.wait([outcome], timeout=OUTCOME_WAIT_S)
        code = outcome.result() if done else None
        if code is not None:
            raise Trouble(code)

    def create(self, people: Iterable[Person], name: str) -> str:
        """The chat of a new group [GP2]: its maker is the owner, everybody may add and name.

        Raises Trouble no_consent (somebody is no friend), group_full, too_long.
        """
        members = {person.account: person for person in people if person.account != self._session.account_id}
        if not members or not all(person.is_friend for person in members.values()):
            raise Trouble("no_consent")
        if len(members) >= MEMBERS_MAX:
            raise Trouble("group_full")
        if len(name) > NAME_CHARACTERS_MAX:
            raise Trouble("too_long")
        origin = Origin(self._session.account_id, self._session.account.account_key, secrets.token_bytes(16))
        group_id, now = group_id_of(origin), self._session.clock.now_ms()
        standing = founded_standing(origin, name or None, secrets.token_bytes(DOOR_BYTES), self._session.account.seed)

        def store(tx: Tx) -> None:
            self._conversations.ensure(tx, group_id, "wanted")
            self._conversations.set_name(tx, group_id, name)
            self._standings.save(tx, group_id, standing)
            for account in members:
                self._wishes.put(tx, group_id, "add", account=account)
            set_members(tx, group_id, {self._session.account_id, *members}, now)

        self._session.store.write(store)
        return group_chat(group_id)

    async def settle(self, chat: str) -> None:
        await self._settle(self.member_of(chat).group_id)

    def add(self, chat: str, people: Iterable[Person]) -> bytes:
        """Wishes for it. Raises Trouble no_consent, not_a_member."""
        group_id, wanted = self.member_of(chat).group_id, list(people)
        if not all(person.is_friend for person in wanted):
            raise Trouble("no_consent")

        def store(tx: Tx) -> None:
            for person in wanted:
                self._wishes.put(tx, group_id, "add", account=person.account)

        self._session.store.write(store)
        return group_id

    def remove(self, chat: str, people: Iterable[Person]) -> bytes:
        group_id, wanted = self.member_of(chat).group_id, list(people)

        def store(tx: Tx) -> None:
            for person in wanted:
                self._wishes.put(tx, group_id, "remove", account=person.account)

        self._session.store.write(store)
        return group_id

    async def leave(self, chat: str) -> None:
        """Says goodbye in the group; once that is with the server this device leaves the roster."""
        conversation = self.member_of(chat)
        group_id, account = conversation.group_id, self._session.account_id
        async with self._session.turn:
            seats = self._standings.seats(self._mls.leaves(group_id))
            own = tuple(seat.encryption_key for seat in seats if seat.account == account)
            departure = sign_departure(group_id, account, own, self._session.account.seed)

            def store(tx: Tx) -> None:
                tx.run("DELETE FROM wish WHERE group_id = ?", (group_id,))
                self._outbox.say(tx, group_id, left_body(departure.encode()))
                tx.run("UPDATE conversation SET leaving = 1 WHERE group_id = ?", (group_id,))

            self._session.store.write(store)

    def policy(self, chat: str) -> Policy:
        """The rules the group stands under, as far as this device knows. Raises Trouble not_a_member."""
        group_id = self.member_of(chat).group_id
        if self._mls.epoch(group_id) is None:
            raise Trouble("not_a_member")
        return self._standings.of(group_id).policy

    def member_of(self, chat: str) -> Conversation:
        """Raises Trouble not_a_member."""
        conversation = self._conversations.of_chat(chat)
        if conversation is None or conversation.kind != "group":
            raise Trouble("not_a_member")
        if conversation.status == "gone" or conversation.leaving:
            raise Trouble("not_a_member")
        return conversation
