"""What this account looks like: told to friends in the chats of two, never to the server [PR1]."""

from typing import Final

from hongyan.sdk.content.kinds import Profile, profile_body
from hongyan.sdk.groups.conversations import Conversations
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.session import Session
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Tx
from hongyan.sdk.trouble import Trouble

PICTURE_BYTES_MAX: Final = 64 * 1024
STATUS_CHARACTERS_MAX: Final = 60
_JPEG: Final = b"\xff\xd8\xff"


class OwnProfile:
    def __init__(self, session: Session, conversations: Conversations, outbox: Outbox) -> None:
        self._session = session
        self._conversations = conversations
        self._outbox = outbox

    def show(self, picture: bytes | None, status: str) -> None:
        """Tells all friends, and those who come later. Raises Trouble too_long (64 KiB of JPEG, 60 characters)."""
        if len(status) > STATUS_CHARACTERS_MAX or (picture is not None and len(picture) > PICTURE_BYTES_MAX):
            raise Trouble("too_long")
        if picture is not None and not picture.startswith(_JPEG):
            raise ValueError("a profile's picture is a JPEG")

        def store(tx: Tx) -> None:
            meta.put(tx, "profile_picture", picture or b"")
            meta.put(tx, "profile_status", status)
            meta.put(tx, "profile_at_ms", self._session.clock.now_ms())
            for conversation in self._conversations.all():
                if conversation.kind == "direct" and conversation.status == "active":
                    self.tell(tx, conversation.group_id)

        self._session.store.write(store)

    def tell(self, tx: Tx, group_id: bytes) -> None:
        """Nothing where nothing was ever shown."""
        at_ms = meta.number(tx, "profile_at_ms")
        if at_ms:
            picture, status = meta.blob(tx, "profile_picture"), meta.words(tx, "profile_status")
            self._outbox.say(tx, group_id, profile_body(Profile(picture or None, status or "", at_ms)))
