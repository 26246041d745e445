"""Files on their way: an upload is stored before it begins and goes on after a crash where it stood; its message goes
when the last byte is with the server. What is fetched is checked before it has its name."""

import asyncio
import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final

from hongyan.sdk.content.details import Attachment, detail_body, parse_attachment
from hongyan.sdk.content.message import Relation
from hongyan.sdk.groups.conversations import Conversation, Conversations
from hongyan.sdk.identity.links import unpadded
from hongyan.sdk.mail import messages
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.media import looks
from hongyan.sdk.media.blob import CONTENT_BYTES_MAX, Opening, Read, Sealing, Unsealing, fresh_secrets
from hongyan.sdk.media.transport import Transport
from hongyan.sdk.mls import Mls
from hongyan.sdk.net.http import NotThere, OtherOffset
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Row, Tx
from hongyan.sdk.trouble import Trouble

PIECE_BYTES: Final = 1024 * 1024
HEAD_BYTES: Final = 256 * 1024
KEPT_S: Final = 14 * 86_400
FETCH_TRIES: Final = 5
HELD_BYTES_MAX: Final = 8 * 1024 * 1024
_HOPELESS: Final = ("media_full", "not_a_member", "file_too_large", "refused")


def _reader(row: Row) -> tuple[Read, int]:
    """Reads an upload's content, from the state or from its file. Raises Trouble media_gone."""
    held = row.blob_or_none("content")
    if held is not None:
        return lambda start, length: held[start : start + length], len(held)
    path = Path(row.text("path"))

    def read(start: int, length: int) -> bytes:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(length)

    try:
        return read, path.stat().st_size
    except OSError:
        raise Trouble("media_gone") from None


class Media:
    def __init__(self, session: Session, mls: Mls, conversations: Conversations, outbox: Outbox) -> None:
        self._session = session
        self._mls = mls
        self._conversations = conversations
        self._outbox = outbox
        self._transport = Transport(session.http)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}

    async def send(self, conversation: Conversation, source: Path | bytes, like: Attachment | None, name: str) -> bytes:
        """Stores the upload, then waits until its message is queued; answers the message's id. Raises Trouble.

        `like`: kind, type, shape and small picture as the caller knows them.
        """
        try:
            size = len(source) if isinstance(source, bytes) else (await asyncio.to_thread(source.stat)).st_size
        except OSError:
            raise Trouble("file_missing") from None
        if size > CONTENT_BYTES_MAX or (isinstance(source, bytes) and size > HELD_BYTES_MAX):
            raise Trouble("file_too_large")
        key, prefix = fresh_secrets()
        blob = unpadded(secrets.token_bytes(16))
        held = source if isinstance(source, bytes) else None
        path = "" if isinstance(source, bytes) else str(await asyncio.to_thread(source.resolve))
        head = source[:HEAD_BYTES] if isinstance(source, bytes) else await asyncio.to_thread(_head, source)
        attachment = _described(like, name, head)
        read: Read = (lambda start, length: held[start : start + length]) if held is not None else _file_reader(path)
        digest = await asyncio.to_thread(lambda: Sealing(read, size, key, prefix).hash())
        attachment = replace(attachment, blob=blob, key=key, nonce=prefix, hash=digest, size=size)
        body = detail_body(attachment).body

        def store(tx: Tx) -> int:
            sql = "INSERT INTO upload (group_id, blob, path, content, body) VALUES (?, ?, ?, ?, ?)"
            return tx.insert(sql, (conversation.group_id, blob, path, held, body))

        upload = self._session.store.write(store)
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[upload] = waiting
        return await waiting

    async def tend(self) -> None:
        """Goes on with what can be sent now, and tells who else is due."""
        for row in self._session.store.all("SELECT * FROM upload WHERE message IS NULL ORDER BY id"):
            if not self._outbox.can_send_now(row.blob("group_id")):
                continue
            try:
                await self._upload(row)
            except (Trouble, NotThere) as error:
                if isinstance(error, Trouble) and error.code not in _HOPELESS and error.code != "media_gone":
                    raise
                self._give_up(row, error if isinstance(error, Trouble) else Trouble("not_a_member"))
        await self._tell_due()

    async def _upload(self, row: Row) -> None:
        group_id, blob = row.blob("group_id"), row.text("blob")
        attachment = parse_attachment(row.blob("body"))
        assert attachment is not None
        read, size = _reader(row)
        if size != attachment.size:
            raise Trouble("media_gone")
        sealing = Sealing(read, size, attachment.key, attachment.nonce)
        offset = await self._transport.create(blob, sealing.bytes, group_id)
        while offset < sealing.bytes:
            end = min(sealing.bytes, offset + PIECE_BYTES)
            part = await asyncio.to_thread(_part, sealing, offset, end)
            try:
                offset = await self._transport.append(blob, offset, part)
            except OtherOffset as other:
                offset = other.offset
        self._say(row, attachment)

    def _say(self, row: Row, attachment: Attachment) -> None:
        """All of it is with the server: the message is queued."""
        group_id, session = row.blob("group_id"), self._session
        conversation = self._conversations.find(group_id)
        assert conversation is not None
        body = detail_body(replace(attachment, expires_s=session.clock.now_ms() // 1000 + KEPT_S))
        timer_s = conversation.timer_s or None

        def store(tx: Tx) -> bytes:
            composed = self._outbox.compose(tx, group_id, body, Relation(expires_after_s=timer_s))
            at_ms = composed.sent_at_ms
            expires_at_ms = None if timer_s is None else at_ms + 1000 * timer_s
            said = messages.Said(
                group_id,
                composed.content_id,
                session.account_id,
                True,
                body,
                at_ms,
                expires_at_ms=expires_at_ms,
                state="sending",
            )
            n = messages.add(tx, said)
            self._outbox.enqueue(tx, group_id, composed, n)
            sql = "UPDATE upload SET message = ?, epoch = ?, content = NULL WHERE id = ?"
            tx.run(sql, (n, self._mls.epoch(group_id), row.integer("id")))
            return composed.content_id

        content_id = session.store.write(store)
        waiting = self._waiting.pop(row.integer("id"), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(content_id)

    def _give_up(self, row: Row, trouble: Trouble) -> None:
        self._drop(row)
        waiting = self._waiting.pop(row.integer("id"), None)
        if waiting is not None and not waiting.done():
            waiting.set_exception(trouble)

    async def _tell_due(self) -> None:
        """A device that joined between the last byte and the message may fetch it, too [ME12]."""
        rows = self._session.store.all(
            "SELECT u.* FROM upload u JOIN message m ON m.n = u.message WHERE m.state IN ('sent', 'failed')"
        )
        for row in rows:
            group_id = row.blob("group_id")
            if self._mls.epoch(group_id) != row.integer_or_none("epoch"):
                await self._transport.due(row.text("blob"), group_id)
            self._drop(row)

    def _drop(self, row: Row) -> None:
        self._session.store.write(lambda tx: tx.run("DELETE FROM upload WHERE id = ?", (row.integer("id"),)))

    async def fetch(self, attachment: Attachment, target: Path) -> None:
        """The file under that name, whole and checked, or Trouble media_gone, media_damaged, server_unreachable."""
        opening = Opening(attachment.size, attachment.key, attachment.nonce, attachment.hash)
        unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            with unfinished.open("xb") as file:
                unsealing = Unsealing(opening)
                for tries in range(FETCH_TRIES):
                    try:
                        async for part in self._transport.fetch(attachment.blob, unsealing.offset):
                            file.write(unsealing.take(part))
                        break
                    except Trouble as trouble:
                        if trouble.code != "server_unreachable" or tries == FETCH_TRIES - 1:
                            raise
                        await asyncio.sleep(2**tries)
                unsealing.end()
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(target)
        except ValueError:
            raise Trouble("media_damaged") from None
        finally:
            unfinished.unlink(missing_ok=True)
        await self._transport.taken(attachment.blob)

    async def let_go(self, blob: str) -> None:
        """A file that will never be fetched here [ME14]."""
        await self._transport.taken(blob)


def _part(sealing: Sealing, start: int, end: int) -> bytes:
    try:
        return sealing.part(start, end)
    except (ValueError, OSError):
        raise Trouble("media_gone") from None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _file_reader(path: str) -> Read:
    def read(start: int, length: int) -> bytes:
        with Path(path).open("rb") as file:
            file.seek(start)
            return file.read(length)

    return read


def _described(like: Attachment | None, name: str, head: bytes) -> Attachment:
    if like is not None:
        return replace(like, name=like.name or name)
    content_type = looks.type_of(name)
    kind = looks.kind_of(content_type)
    width, height = looks.shape_of(head) if kind == "picture" else (0, 0)
    return Attachment(kind, "", b"", b"", b"", 0, 0, content_type, name, width, height)
