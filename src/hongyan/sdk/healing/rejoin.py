"""Groups in which this device lost its way are joined anew by external commit [HL2] [DS9]; and what a device that
came back from an old copy does first [HL3]."""

from typing import Final

from hongyan.sdk.groups.conversations import Conversation, Conversations
from hongyan.sdk.groups.newcomers import group_path
from hongyan.sdk.groups.pending import Pending, RosterOrder
from hongyan.sdk.groups.wishes import Wishes
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.mls import Mls, Unusable, wire
from hongyan.sdk.net import wire as answers
from hongyan.sdk.net.http import NotThere
from hongyan.sdk.people import Directory
from hongyan.sdk.session import Session
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Tx
from hongyan.sdk.trouble import Trouble

SLACK_MS: Final = 10 * 60_000


class Rejoin:
    def __init__(
        self,
        session: Session,
        mls: Mls,
        directory: Directory,
        conversations: Conversations,
        pending: Pending,
        wishes: Wishes,
        outbox: Outbox,
    ) -> None:
        self._session = session
        self._mls = mls
        self._directory = directory
        self._conversations = conversations
        self._pending = pending
        self._wishes = wishes
        self._outbox = outbox

    async def tend(self) -> None:
        for conversation in self._conversations.due("broken"):
            if self._pending.has(conversation.group_id):
                continue
            try:
                await self._rejoin(conversation)
            except NotThere:
                self._not_there(conversation)
            except (Unusable, Trouble):
                self._session.store.write(lambda tx, it=conversation: self._conversations.postpone(tx, it))  # type: ignore[misc]

    async def _rejoin(self, conversation: Conversation) -> None:
        group_id = conversation.group_id
        answer = await self._session.http.ask("GET", f"{group_path(group_id)}/info", answers.GroupInfoAnswer)
        info = wire.read_group_info(answer.group_info)
        await self._directory.learn([leaf.key for leaf in info.leaves])
        async with self._session.turn:
            now = self._conversations.find(group_id)
            if now is None or now.status != "broken" or self._pending.has(group_id):
                return
            if not self._outbox.is_open:
                return  # The connection was lost meanwhile.
            if now.kind == "self":
                raise Unusable("a group of this device alone")
            made = self._mls.rejoin(group_id, answer.group_info)
            me = self._session.device_id
            removed = (me,) if made.replaces_own_leaf or me in answer.roster else ()
            self._pending.dispatch(group_id, made, RosterOrder(True, (me,), removed), None)

    def _not_there(self, conversation: Conversation) -> None:
        """The server knows no such group, or none for this account: a chat of two is made anew, a group is gone."""
        group_id = conversation.group_id

        def store(tx: Tx) -> None:
            self._mls.forget(group_id)
            self._mls.save(tx)
            if conversation.kind != "direct" or conversation.person is None:
                self._conversations.set_status(tx, group_id, "gone")
                self._outbox.fail_all(tx, group_id)
                return
            self._conversations.set_status(tx, group_id, "wanted")
            self._wishes.put(tx, group_id, "add", account=conversation.person)
            self._conversations.postpone(tx, conversation, 2_000)

        self._session.store.write(store)
        self._mls.settle()


def start_over(session: Session, outbox: Outbox, acked: int) -> None:
    """This state is an old copy: `acked` is what the lost one had acknowledged; that mail will not come again."""

    def store(tx: Tx) -> None:
        newest = tx.number("SELECT coalesce(max(at_ms), 0) FROM heard") or meta.number(tx, "joined_at_ms")
        tx.run(
            """UPDATE conversation SET status = 'broken', retry_at_ms = 0, retries = 0,
               ask_since_ms = min(coalesce(ask_since_ms, ?1), ?1) WHERE status = 'active'""",
            (newest - SLACK_MS,),
        )
        tx.run("DELETE FROM pending_commit")
        outbox.requeue_all(tx, None)
        meta.put(tx, "cursor", acked)

    session.store.write(store)
