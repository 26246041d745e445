"""Coming into a group by its code [GP9]: whoever may add does it for the one who asks, the inviter first; where the
group wants approval, the owner and admins are asked."""

from dataclasses import dataclass
from typing import Final

from hongyan.sdk.groups.conversations import Conversation, Conversations
from hongyan.sdk.groups.door import CODE_LIFETIME_MS, Code, Request, make_code, open_request, read_code
from hongyan.sdk.groups.judging import Standing
from hongyan.sdk.groups.newcomers import group_path
from hongyan.sdk.groups.standings import Standings
from hongyan.sdk.groups.wishes import Wishes
from hongyan.sdk.groups.words import turn_of
from hongyan.sdk.identity.boxes import KeyPair
from hongyan.sdk.mls import Mls
from hongyan.sdk.people import Directory, find_person
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Tx
from hongyan.sdk.trouble import Trouble

OTHERS_WAIT_MS: Final = 2_000
REQUEST_KEPT_MS: Final = 7 * 86_400_000
CLOCKS_DIFFER_MS: Final = 10 * 60_000


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """Somebody asks to be let into a group. `inviter`: whose code she came with."""

    chat: str
    account: int
    name: str
    inviter: int
    at_ms: int


class Admission:
    def __init__(
        self,
        session: Session,
        mls: Mls,
        directory: Directory,
        standings: Standings,
        conversations: Conversations,
        wishes: Wishes,
    ) -> None:
        self._session = session
        self._mls = mls
        self._directory = directory
        self._standings = standings
        self._conversations = conversations
        self._wishes = wishes

    def _known(self, group_id: bytes) -> tuple[Standing, set[int]]:
        if self._mls.epoch(group_id) is None:
            raise Trouble("not_a_member")
        standing = self._standings.of(group_id)
        return standing, standing.members(self._standings.seats(self._mls.leaves(group_id)))

    def code(self, conversation: Conversation) -> str:
        """The fragment of a link that lets people ask to come in. Raises Trouble not_allowed."""
        standing, members = self._known(conversation.group_id)
        policy, me = standing.policy, self._session.account_id
        if policy.door is None or (policy.adding == "admins" and policy.role_of(me) == "member"):
            raise Trouble("not_allowed")
        people = [find_person(self._session.store, account) for account in sorted(members)]
        names = tuple(person.name for person in people if person is not None)[:4]
        expires_at_ms = self._session.clock.now_ms() + CODE_LIFETIME_MS
        door = KeyPair.of(policy.door).public_key
        code = Code(conversation.group_id, door, me, expires_at_ms, policy.name or "", len(members), names)
        return make_code(code, self._session.account.seed)

    async def ask(self, fragment: str) -> None:
        """Asks the members to be added. Raises Trouble link_malformed, link_expired, too_many_tries."""
        code = read_code(fragment)
        if code is None:
            raise Trouble("link_malformed")
        now, session = self._session.clock.now_ms(), self._session
        if code.expires_at_ms < now:
            raise Trouble("link_expired")
        keys = session.account
        request = Request(session.account_id, keys.account_key, session.name, now, code, keys.box_key)
        sealed = request.seal(code.group_id, code.door, session.account.seed)
        await session.http.tell("POST", f"{group_path(code.group_id)}/requests", {"sealed": sealed})

    def received(self, tx: Tx, group_id: bytes, sealed: bytes, at_ms: int) -> None:
        """Somebody asks [DS15]; what is not in order is passed over."""
        conversation = self._conversations.find(group_id)
        if conversation is None or conversation.status != "active" or self._mls.epoch(group_id) is None:
            return
        standing, members = self._known(group_id)
        door = standing.policy.door
        request = None if door is None else open_request(group_id, sealed, door)
        if request is None or abs(request.at_ms - at_ms) > CLOCKS_DIFFER_MS:
            return
        is_victim = request.account in standing.victims
        pinned = self._directory.account_key(request.account)
        if (request.account in members and not is_victim) or pinned not in (None, request.account_key):
            return
        if is_victim or self._is_invited(request, group_id, standing, members, at_ms):
            self._admit_or_keep(tx, conversation, standing, request)

    def _is_invited(self, request: Request, group_id: bytes, standing: Standing, members: set[int], at_ms: int) -> bool:
        code = request.code
        if code is None or code.group_id != group_id or code.expires_at_ms < at_ms or code.inviter not in members:
            return False
        key = self._directory.account_key(code.inviter)
        if key is None or not code.holds(key):
            return False
        return standing.policy.adding != "admins" or standing.policy.role_of(code.inviter) != "member"

    def _admit_or_keep(self, tx: Tx, conversation: Conversation, standing: Standing, request: Request) -> None:
        group_id, policy, me = conversation.group_id, standing.policy, self._session.account_id
        inviter = request.account if request.code is None else request.code.inviter
        is_plain = policy.role_of(me) == "member"
        is_open = request.code is None or policy.adding != "approval" or policy.role_of(inviter) != "member"
        if is_plain and not (is_open and (request.code is None or policy.adding == "everyone")):
            return
        tx.run(
            "INSERT OR REPLACE INTO join_request VALUES (?, ?, ?, ?, ?, ?, ?)",
            (group_id, request.account, request.account_key, request.name, inviter, request.at_ms, int(is_open)),
        )
        tx.run("DELETE FROM join_request WHERE at_ms < ?", (self._session.clock.now_ms() - REQUEST_KEPT_MS,))
        if not is_open:
            return
        seats = self._standings.seats(self._mls.leaves(group_id))
        delay_ms = 0
        if inviter != me:
            delay_ms = OTHERS_WAIT_MS + turn_of(self._session.device.signature_key, standing, seats)
        self._wishes.put(tx, group_id, "add", account=request.account, delay_ms=delay_ms)

    def waiting(self) -> list[JoinRequest]:
        """Those who wait for an answer of this person, oldest first."""
        rows = self._session.store.all(
            """SELECT r.*, c.chat FROM join_request r JOIN conversation c USING (group_id)
               WHERE admitted = 0 ORDER BY at_ms"""
        )
        return [
            JoinRequest(
                row.text("chat"), row.integer("account"), row.text("name"), row.integer("inviter"), row.integer("at_ms")
            )
            for row in rows
        ]

    def answer(self, group_id: bytes, account: int, *, accept: bool) -> None:
        """Raises Trouble not_allowed, link_expired (she took it back, or it is too old)."""
        sql = "SELECT account_key FROM join_request WHERE group_id = ? AND account = ?"
        row = self._session.store.one(sql, (group_id, account))
        if row is None:
            raise Trouble("link_expired")
        standing, _ = self._known(group_id)
        if standing.policy.role_of(self._session.account_id) == "member":
            raise Trouble("not_allowed")
        is_she = self._directory.account_key(account) in (None, row.blob("account_key"))

        def store(tx: Tx) -> None:
            if accept and is_she:
                sql = "UPDATE join_request SET admitted = 1 WHERE group_id = ? AND account = ?"
                tx.run(sql, (group_id, account))
                self._wishes.put(tx, group_id, "add", account=account)
            else:
                tx.run("DELETE FROM join_request WHERE group_id = ? AND account = ?", (group_id, account))

        self._session.store.write(store)
