"""Friends and requests: the server's list, checked and kept here, and what follows from a friendship [CT2]."""

import secrets
from dataclasses import dataclass
from typing import Final

from hongyan.sdk.groups.conversations import Conversations, direct_chat
from hongyan.sdk.groups.wishes import Wishes
from hongyan.sdk.identity.greeting import Greeting, open_greeting, seal_greeting
from hongyan.sdk.identity.keys import box_key_is_signed, fingerprint, invitation_proof
from hongyan.sdk.identity.links import Invitation, invitation_link
from hongyan.sdk.net import wire
from hongyan.sdk.people import Person, find_person, pin
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Tx
from hongyan.sdk.trouble import Trouble

CODE_LIFETIME_S: Final = 7 * 86_400
CODE_USES: Final = 100


@dataclass(frozen=True, slots=True)
class FriendRequest:
    person: Person
    greeting: str
    at_ms: int


def is_genuine(person: wire.WirePerson) -> bool:
    """The box key is hers by her own signature."""
    return box_key_is_signed(person.account_key, person.box_key, person.box_signature)


class Contacts:
    def __init__(self, session: Session, conversations: Conversations, wishes: Wishes) -> None:
        self._session = session
        self._conversations = conversations
        self._wishes = wishes

    async def refresh(self) -> None:
        """Brings friends and requests to what the server says."""
        answer = await self._session.http.ask("GET", "/contacts", wire.Contacts)
        self._session.store.write(lambda tx: self._take_in(tx, answer))

    def _take_in(self, tx: Tx, answer: wire.Contacts) -> None:
        friends = [one for one in answer.contacts if is_genuine(one)]
        ids = {one.account_id for one in friends}
        for row in tx.all("SELECT account FROM person WHERE friend = 1"):
            if row.integer("account") not in ids:
                tx.run("UPDATE person SET friend = 0 WHERE account = ?", (row.integer("account"),))
        for friend in friends:
            self._befriended(tx, friend)
        for direction, asking in (("in", answer.incoming), ("out", answer.outgoing)):
            waiting = {one.account_id: one for one in asking if is_genuine(one)}
            for row in tx.all("SELECT account FROM request WHERE direction = ?", (direction,)):
                if row.integer("account") not in waiting:
                    values = (row.integer("account"), direction)
                    tx.run("DELETE FROM request WHERE account = ? AND direction = ?", values)
            for one in waiting.values():
                self._keep(tx, one)
                place = (one.account_id, direction)
                if not tx.has("SELECT 1 FROM request WHERE account = ? AND direction = ?", place):
                    tx.run("INSERT INTO request VALUES (?, ?, ?, ?)", (*place, self._greeting_of(one), one.at_ms))

    def _keep(self, tx: Tx, person: wire.WirePerson) -> None:
        """Stores a person as the directory shows her; her account key is pinned."""
        pin(tx, person.account_id, person.name, person.account_key)
        known = find_person(tx, person.account_id)
        if known is not None and known.box_key != person.box_key:
            tx.run("UPDATE person SET box_key = ? WHERE account = ?", (person.box_key, person.account_id))

    def _greeting_of(self, asking: wire.Asking) -> str:
        greeting = open_greeting(self._session.account.box_private_key, asking.greeting) if asking.greeting else None
        return greeting.text if greeting is not None and greeting.account_key == asking.account_key else ""

    def _befriended(self, tx: Tx, friend: wire.Friend) -> None:
        account = friend.account_id
        self._keep(tx, friend)
        if friend.greeting is not None:
            self._verify_by_proof(tx, friend, friend.greeting)
        if not tx.has("SELECT 1 FROM person WHERE account = ? AND friend = 1", (account,)):
            tx.run("UPDATE person SET friend = 1 WHERE account = ?", (account,))
        group_id = self._session.direct_group_id(friend.account_key)
        conversation = self._conversations.find(group_id)
        if conversation is not None and conversation.status == "gone":
            self._conversations.set_status(tx, group_id, "broken")

    def _verify_by_proof(self, tx: Tx, friend: wire.Friend, sealed: bytes) -> None:
        """She came with an invitation of ours and proves it: verified without a further step."""
        greeting = open_greeting(self._session.account.box_private_key, sealed)
        if greeting is None or greeting.proof is None or greeting.account_key != friend.account_key:
            return
        mine = self._session.account.account_key
        for row in tx.all("SELECT secret FROM invitation"):
            proof = invitation_proof(row.blob("secret"), friend.account_key, mine)
            if secrets.compare_digest(proof, greeting.proof):
                tx.run("UPDATE person SET verified = 1 WHERE account = ? AND verified = 0", (friend.account_id,))

    def friends(self) -> list[Person]:
        rows = self._session.store.all("SELECT * FROM person WHERE friend = 1 ORDER BY name")
        return [Person.of(row) for row in rows]

    def requests(self) -> list[FriendRequest]:
        """Those that wait for an answer, oldest first."""
        rows = self._session.store.all(
            """SELECT r.greeting, r.at_ms, p.* FROM request r JOIN person p USING (account)
               WHERE r.direction = 'in' ORDER BY r.at_ms"""
        )
        return [FriendRequest(Person.of(row), row.text("greeting"), row.integer("at_ms")) for row in rows]

    async def find(self, name: str) -> Person:
        """By exact name. Raises Trouble person_unknown when there is nobody, or the server shows a forged key."""
        local = name.strip().removeprefix("@").split("@")[0]
        found = await self._session.http.person(local)
        if not is_genuine(found):
            raise Trouble("person_unknown")
        self._session.store.write(lambda tx: self._keep(tx, found))
        return self._person(found.account_id)

    def _person(self, account: int) -> Person:
        person = find_person(self._session.store, account)
        if person is None:
            raise Trouble("person_unknown")
        return person

    async def ask(self, person: Person, text: str, invitation: Invitation | None = None) -> bool:
        """Asks for a friendship; whether the two are friends at once, as with a friend's code."""
        if person.box_key is None:
            person = await self.find(person.name)
        assert person.box_key is not None
        mine = self._session.account.account_key
        proof = None
        if invitation is not None and invitation.secret is not None:
            proof = invitation_proof(invitation.secret, mine, person.account_key)
        greeting = seal_greeting(person.box_key, Greeting(text, self._session.name, mine, proof))
        body: dict[str, object] = {"account_id": person.account, "greeting": greeting}
        if invitation is not None:
            body["invitation"] = invitation.token
        answer = await self._session.http.ask("POST", "/contacts/requests", wire.Asked, body)
        if invitation is not None and invitation.fingerprint == fingerprint(person.account_key):
            sql = "UPDATE person SET verified = 1 WHERE account = ?"
            self._session.store.write(lambda tx: tx.run(sql, (person.account,)))
        await self.refresh()
        return answer.state == "friends"

    async def meet(self, invitation: Invitation) -> Person:
        """Whose code it is: she need not be found by name. Raises Trouble invitation_…"""
        look = await self._session.http.ask("POST", "/invitations/look", wire.Look, {"token": invitation.token})
        inviter = look.inviter()
        if inviter is None or not is_genuine(inviter):
            raise Trouble("invitation_unknown")
        # Somebody between us and the link's maker shows another key: not this invitation.
        if invitation.fingerprint not in (None, fingerprint(inviter.account_key)):
            raise Trouble("invitation_unknown")
        self._session.store.write(lambda tx: self._keep(tx, inviter))
        return self._person(inviter.account_id)

    async def answer(self, account: int, *, accept: bool) -> None:
        verb = "accept" if accept else "decline"
        await self._session.http.tell("POST", f"/contacts/requests/{account}/{verb}")
        await self.refresh()

    async def remove(self, account: int) -> None:
        await self._session.http.tell("DELETE", f"/contacts/{account}")
        await self.refresh()

    async def code(self, *, kind: str = "friend", uses: int = CODE_USES, lifetime_s: int = CODE_LIFETIME_S) -> str:
        """A link that befriends, or with kind "member" (the server's owner only) lets somebody in."""
        body = {"kind": kind, "uses_max": uses, "lifetime_s": lifetime_s, "care_mode": False}
        made = await self._session.http.ask("POST", "/invitations", wire.Made, body)
        secret = secrets.token_bytes(16)
        values = (made.token, secret, kind, made.expires_at_ms)
        self._session.store.write(lambda tx: tx.run("INSERT INTO invitation VALUES (?, ?, ?, ?)", values))
        shown = fingerprint(self._session.account.account_key)
        return invitation_link(self._session.http.origin, made.token, secret, shown)

    def open_direct(self, account: int) -> bytes:
        """The group of the chat with one person; it is made when it is not there yet."""
        person = self._person(account)
        group_id = self._session.direct_group_id(person.account_key)

        def store(tx: Tx) -> None:
            conversation = self._conversations.ensure(tx, group_id, "wanted")
            assert conversation.chat == direct_chat(account)
            if conversation.status == "gone" and person.is_friend:
                self._conversations.set_status(tx, group_id, "broken")
            if conversation.status == "wanted":
                self._wishes.put(tx, group_id, "add", account=account)

        known = self._conversations.find(group_id)
        if known is None or known.status in ("gone", "wanted"):
            self._session.store.write(store)
        return group_id
