"""Chats and messages as a program sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal

from hongyan.sdk.content.details import Attachment, Card, Detail, Link, Location, Record, detail_body
from hongyan.sdk.content.kinds import (
    Carried,
    Nudge,
    ReadUpTo,
    Unknown,
    Words,
    nudge_body,
    parse_kind,
    read_body,
    text_body,
    timer_body,
    typing_body,
)
from hongyan.sdk.content.message import EVERYBODY, NOTHING, Body, Relation
from hongyan.sdk.groups.conversations import Conversation
from hongyan.sdk.groups.names import nickname_in
from hongyan.sdk.groups.policy import Policy
from hongyan.sdk.groups.roster import members_of
from hongyan.sdk.mail import messages
from hongyan.sdk.people import Person, find_person
from hongyan.sdk.store.store import Row, Tx
from hongyan.sdk.trouble import Trouble

if TYPE_CHECKING:
    from hongyan.sdk.device import Device

TEXT_CHARACTERS_MAX: Final = 16_000

State = Literal["sending", "sent", "failed", "received"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `text` is "" where it is of another kind; then `detail` says what it carries, or is None: a nudge,
    or something of a newer version."""

    id: bytes
    chat: Chat
    sender: Person
    mine: bool
    text: str
    detail: Detail | None
    nudges: int | None
    quote: bytes | None
    mentions: tuple[int, ...]
    at: datetime
    state: State
    edited: bool
    recalled: bool
    _answered: list[int] = field(default_factory=lambda: [0], repr=False, compare=False)

    @property
    def mentions_me(self) -> bool:
        return self.chat.device.session.account_id in self.mentions or EVERYBODY in self.mentions

    def reply(self, text: str, *, quoting: bool = False) -> Message:
        """Says something in the same chat; given again after a crash, it is not said twice."""
        self._answered[0] += 1
        answers = f"{self.id.hex()} {self._answered[0]}"
        return self.chat.send(text, quoting=self if quoting else None, answers=answers)

    def react(self, emoji: str) -> None:
        self.chat.react(self, emoji)

    def unreact(self) -> None:
        """Takes all own reactions back."""
        self.chat.unreact(self)

    def edit(self, text: str) -> None:
        """An own message, within two minutes. Raises Trouble too_late."""
        self.chat.replace(self, text)

    def recall(self) -> None:
        """An own message, within two minutes. Raises Trouble too_late."""
        self.chat.replace(self, None)

    async def save(self, target: str | Path) -> Path:
        """Fetches the file this message carries, and puts it there; a folder gets it under its own name.

        Raises Trouble message_unknown, media_gone, media_damaged, server_unreachable.
        """
        if not isinstance(self.detail, Attachment):
            raise Trouble("message_unknown")
        path = _named(Path(target), self.detail)
        await self.chat.device.media.fetch(self.detail, path)
        return path

    def reactions(self) -> list[tuple[int, str]]:
        """Who, and with what."""
        return messages.reactions_of(self.chat.device.session.store, self.id)


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of two, or a group."""

    id: str
    device: Device = field(repr=False, compare=False)

    @property
    def _conversation(self) -> Conversation:
        found = self.device.conversations.of_chat(self.id)
        if found is None:
            raise Trouble("not_a_member")
        return found

    @property
    def is_group(self) -> bool:
        return self._conversation.kind == "group"

    @property
    def name(self) -> str:
        """The friend's name, the group's name, or its members' names."""
        conversation = self._conversation
        if conversation.person is not None:
            return self.people()[0].name
        return conversation.name or "、".join(person.name for person in self.people()[:4])

    def people(self) -> list[Person]:
        """Who is in it, besides this account."""
        store, conversation = self.device.session.store, self._conversation
        accounts = members_of(store, conversation.group_id)
        if conversation.person is not None:
            accounts = [conversation.person]
        own = self.device.session.account_id
        found = (find_person(store, account) for account in accounts if account != own)
        return [person for person in found if person is not None]

    def send(
        self,
        text: str,
        *,
        quoting: Message | None = None,
        mentions: Iterable[Person] = (),
        answers: str | None = None,
    ) -> Message:
        """Stored when this returns; sent as soon as there is a connection. Raises Trouble too_long, not_a_member."""
        if len(text) > TEXT_CHARACTERS_MAX:
            raise Trouble("too_long")
        relation = Relation(
            in_reply_to=None if quoting is None else quoting.id, mentions=tuple(one.account for one in mentions)
        )
        return self._show(text_body(text), relation, answers)

    def send_detail(self, detail: Location | Card | Link | Record) -> Message:
        return self._show(detail_body(detail), Relation(), None)

    def nudge(self, person: Person) -> Message:
        return self._show(nudge_body(person.account), Relation(), None)

    async def add(self, people: Iterable[Person]) -> None:
        """Takes friends into the group. Raises Trouble no_consent, not_allowed, group_full, not_a_member."""
        self.device.groups.add(self.id, people)
        await self._settled()

    async def remove(self, people: Iterable[Person]) -> None:
        """Raises Trouble not_allowed, not_a_member."""
        self.device.groups.remove(self.id, people)
        await self._settled()

    async def leave(self) -> None:
        """Says goodbye and goes; the devices of others take this one out."""
        await self.device.groups.leave(self.id)
        self.device.soon()

    async def _settled(self) -> None:
        self.device.soon()
        await self.device.groups.settle(self.id)

    def rules(self) -> Policy:
        """Who is owner and admins, who may add, name and announce, the announcement [GP1]."""
        return self.device.groups.policy(self.id)

    def code(self) -> str:
        """A link by which people ask to be let in, for 7 days. Raises Trouble not_allowed."""
        fragment = self.device.admission.code(self.device.groups.member_of(self.id))
        return f"{self.device.session.http.origin}/g#{fragment}"

    def set_nickname(self, nickname: str) -> None:
        """What this account is called in the group; "" takes it away."""
        self.device.nicknames.set(self.device.groups.member_of(self.id).group_id, nickname)
        self.device.soon()

    def nickname_of(self, person: Person) -> str:
        """ "" when she has none here."""
        return nickname_in(self.device.session.store, self._conversation.group_id, person.account)

    def set_timer(self, seconds: int) -> None:
        """Messages said from now on disappear so long after they were sent; 0 ends it."""
        group_id = self._writable().group_id

        def store(tx: Tx) -> None:
            tx.run("UPDATE conversation SET timer_s = ? WHERE group_id = ?", (seconds, group_id))
            self.device.outbox.say(tx, group_id, timer_body(seconds))

        self.device.session.store.write(store)
        self.device.soon()

    async def send_file(self, source: str | Path | bytes, *, name: str = "", like: Attachment | None = None) -> Message:
        """A photo, video or file; returns once it is uploaded and its message is queued.

        A program that ends meanwhile goes on at its next start, if the file is still there; bytes (8 MiB at most) are
        kept in the state. `like` says what the file does not: kind, length, loudness, small picture.
        Raises Trouble file_too_large, media_full, media_gone, not_a_member.
        """
        content = source if isinstance(source, bytes) else Path(source)
        shown = name or ("" if isinstance(content, bytes) else content.name)
        conversation = self._writable()
        sending = asyncio.ensure_future(self.device.media.send(conversation, content, like, shown))
        self.device.soon()
        id_ = await sending
        self.device.soon()
        return Chats(self.device).message(id_)

    async def typing(self) -> None:
        """Shown for a few seconds in a chat of two; lost when it cannot be said now."""
        async with self.device.session.turn:
            self.device.outbox.send_fleeting(self._writable().group_id, typing_body())

    def read(self, message: Message) -> None:
        """Tells in a chat of two that everything up to this message was read."""
        self.say(read_body(ReadUpTo(message.id, round(message.at.timestamp() * 1000))), Relation())

    def say(self, body: Body, relation: Relation) -> None:
        """For what is no message of its own."""
        group_id = self._writable().group_id
        self.device.session.store.write(lambda tx: self.device.outbox.say(tx, group_id, body, relation))
        self.device.soon()

    def react(self, message: Message, emoji: str) -> None:
        group_id, outbox = self._writable().group_id, self.device.outbox
        relation = Relation(in_reply_to=message.id, is_reaction=True)

        def store(tx: Tx) -> None:
            said = outbox.say(tx, group_id, text_body(emoji), relation)
            messages.react(tx, said.content_id, message.id, self.device.session.account_id, emoji)

        self.device.session.store.write(store)
        self.device.soon()

    def unreact(self, message: Message) -> None:
        group_id, account = self._writable().group_id, self.device.session.account_id

        def store(tx: Tx) -> None:
            for reaction in messages.reactions_by(tx, message.id, account):
                self.device.outbox.say(tx, group_id, NOTHING, Relation(replaces=reaction))
                messages.unreact(tx, reaction, account)

        self.device.session.store.write(store)
        self.device.soon()

    def replace(self, message: Message, text: str | None) -> None:
        session, outbox = self.device.session, self.device.outbox
        now, said_ms = session.clock.now_ms(), round(message.at.timestamp() * 1000)
        if not message.mine or now - said_ms > messages.CHANGED_WITHIN_MS:
            raise Trouble("too_late")
        group_id = self._writable().group_id
        body, relation = NOTHING if text is None else text_body(text), Relation(replaces=message.id)

        def store(tx: Tx) -> None:
            outbox.say(tx, group_id, body, relation)
            words = None if text is None else text.encode()
            messages.replace(tx, message.id, session.account_id, words, now)

        session.store.write(store)
        self.device.soon()

    def _writable(self) -> Conversation:
        conversation = self._conversation
        if conversation.status == "gone" or conversation.leaving:
            raise Trouble("not_a_member")
        return conversation

    def _show(self, body: Body, relation: Relation, answers: str | None) -> Message:
        session, outbox = self.device.session, self.device.outbox
        conversation = self._writable()
        timer_s = conversation.timer_s or None
        timed = Relation(relation.replaces, relation.in_reply_to, relation.mentions, timer_s)
        row = session.store.one("SELECT * FROM message WHERE answers = ?", (answers,)) if answers else None
        if row is not None:
            return message_of(self.device, row)

        def store(tx: Tx) -> int:
            composed = outbox.compose(tx, conversation.group_id, body, timed)
            said = messages.Said(
                conversation.group_id,
                composed.content_id,
                session.account_id,
                True,
                body,
                composed.sent_at_ms,
                relation.in_reply_to,
                relation.mentions,
                None if timer_s is None else composed.sent_at_ms + 1000 * timer_s,
                "sending",
                answers,
            )
            n = messages.add(tx, said)
            assert n is not None
            outbox.enqueue(tx, conversation.group_id, composed, n)
            return n

        n = session.store.write(store)
        self.device.soon()
        made = session.store.one("SELECT * FROM message WHERE n = ?", (n,))
        assert made is not None
        return message_of(self.device, made)

    def messages(self, *, newest: int = 100) -> list[Message]:
        """The newest, oldest first."""
        sql = """SELECT * FROM (SELECT * FROM message WHERE group_id = ? ORDER BY at_ms DESC, n DESC LIMIT ?)
                 ORDER BY at_ms, n"""
        rows = self.device.session.store.all(sql, (self._conversation.group_id, newest))
        return [message_of(self.device, row) for row in rows]


def _named(target: Path, attachment: Attachment) -> Path:
    """A file's name was chosen by somebody else: only the last part of it counts."""
    if not target.is_dir():
        return target
    return target / (PurePosixPath(attachment.name.replace("\\", "/")).name.lstrip(".") or attachment.kind)


def message_of(device: Device, row: Row) -> Message:
    store = device.session.store
    conversation = device.conversations.find(row.blob("group_id"))
    assert conversation is not None
    account = row.integer("sender")
    sender = find_person(store, account)
    if sender is None:
        sender = Person(account, "", b"", None, False, False, False)
    kind = parse_kind(Body(row.text("type") or None, row.blob("body")))
    states: dict[str, State] = {"sending": "sending", "sent": "sent", "failed": "failed"}
    return Message(
        row.blob("content_id"),
        Chat(conversation.chat, device),
        sender,
        bool(row.integer("mine")),
        kind.text if isinstance(kind, Words) else "",
        kind.detail if isinstance(kind, Carried) else None,
        kind.account if isinstance(kind, Nudge) else None,
        row.blob_or_none("quote"),
        messages.mentions_of(row),
        datetime.fromtimestamp(row.integer("at_ms") / 1000, UTC),
        states.get(row.text("state"), "received"),
        bool(row.integer("edited")),
        bool(row.integer("recalled")) and not isinstance(kind, Unknown),
    )


class Chats:
    def __init__(self, device: Device) -> None:
        self._device = device

    def all(self) -> list[Chat]:
        """Those this account is in, the one with the newest message first."""
        rows = self._device.session.store.all(
            """SELECT c.chat, (SELECT max(at_ms) FROM message m WHERE m.group_id = c.group_id) AS at FROM conversation c
               WHERE c.status <> 'gone' AND c.kind <> 'self' ORDER BY at DESC NULLS LAST"""
        )
        return [Chat(row.text("chat"), self._device) for row in rows]

    def groups(self) -> list[Chat]:
        return [chat for chat in self.all() if chat.is_group]

    def find(self, who: str | Person) -> Chat:
        """By person, friend's name, group's name or chat id. Raises Trouble person_unknown."""
        if isinstance(who, Person):
            return self._direct(who.account)
        conversation = self._device.conversations.of_chat(who)
        if conversation is not None:
            return Chat(who, self._device)
        friends = [person for person in self._device.contacts.friends() if person.name == who]
        if friends:
            return self._direct(friends[0].account)
        named = [chat for chat in self.groups() if chat.name == who]
        if not named:
            raise Trouble("person_unknown")
        return named[0]

    def _direct(self, account: int) -> Chat:
        group_id = self._device.contacts.open_direct(account)
        self._device.soon()
        conversation = self._device.conversations.find(group_id)
        assert conversation is not None
        return Chat(conversation.chat, self._device)

    def message(self, id: bytes) -> Message:
        """Raises Trouble message_unknown."""
        row = self._device.session.store.one("SELECT * FROM message WHERE content_id = ?", (id,))
        if row is None:
            raise Trouble("message_unknown")
        return message_of(self._device, row)

    def next_unhandled(self) -> Message | None:
        row = self._device.session.store.one("SELECT * FROM message WHERE handled = 0 ORDER BY n LIMIT 1")
        return None if row is None else message_of(self._device, row)

    def handled(self, message: Message) -> None:
        sql = "UPDATE message SET handled = 1 WHERE content_id = ?"
        self._device.session.store.write(lambda tx: tx.run(sql, (message.id,)))
