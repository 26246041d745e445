"""`Client`: one account on one server, from one state folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hongyan.sdk import onboarding
from hongyan.sdk.chats import Chat, Chats, Message
from hongyan.sdk.contacts import FriendRequest
from hongyan.sdk.device import Device
from hongyan.sdk.groups.admission import JoinRequest
from hongyan.sdk.identity.links import GroupLink, Invitation, parse_link
from hongyan.sdk.net.http import Http
from hongyan.sdk.people import Person
from hongyan.sdk.session import ServerClock, Session
from hongyan.sdk.store import meta
from hongyan.sdk.store.keys import KeyFile, KeySource, Passphrase
from hongyan.sdk.store.store import Store
from hongyan.sdk.trouble import Trouble

STATE_FILE: Final = "state.db"
KEY_FILE: Final = "key"


class Client:
    """Holds its state folder as long as it is open; nobody else can open it meanwhile.

    The state is encrypted under a key file (`key` in the folder, or `key_file`) of mode 0600, or under a passphrase.
    With `accept_friends` everybody who asks becomes a friend.
    """

    def __init__(
        self,
        state: str | Path,
        *,
        passphrase: str | None = None,
        key_file: str | Path | None = None,
        accept_friends: bool = False,
    ) -> None:
        self._folder = Path(state)
        self._source: KeySource = KeyFile(Path(key_file) if key_file else self._folder / KEY_FILE)
        if passphrase is not None:
            self._source = Passphrase(passphrase)
        self._accept_friends = accept_friends
        self._store: Store | None = None
        self._device: Device | None = None
        self._http: Http | None = None
        self._chats: Chats | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Opens the state, and connects if somebody has joined from it.

        Raises Trouble state_…, wrong_key, key_file_…
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._store = await asyncio.to_thread(Store, self._folder / STATE_FILE, self._source)
        origin = meta.words(self._store, "origin")
        if origin is not None:
            self._begin(Http(origin))

    def _begin(self, http: Http) -> None:
        assert self._store is not None
        # What is said before there is a connection has the server's time, too.
        clock = ServerClock(offset_ms=meta.number(self._store, "clock_offset_ms"))
        session = Session.of(self._store, http, clock)
        assert session is not None
        self._http = http
        self._device = Device(session, self._folder, accept_friends=self._accept_friends)
        self._chats = Chats(self._device)
        self._device.start()

    async def close(self) -> None:
        """What waits to be sent is stored, and goes the next time."""
        if self._device is not None:
            await self._device.stop()
        if self._http is not None:
            await self._http.close()
        if self._store is not None:
            self._store.close()
        self._device = self._http = self._store = self._chats = None

    # Joining

    @property
    def has_joined(self) -> bool:
        return self._device is not None

    async def join(self, link: str, name: str) -> None:
        """Makes an account by an invitation link; nothing, when somebody has joined from this folder before.

        Raises Trouble link_malformed, wrong_server, server_unreachable, invitation_…, name_taken, name_malformed.
        """
        if self.has_joined:
            return
        if self._store is None:
            raise RuntimeError("the client is not open")
        invitation = parse_link(link)
        if not isinstance(invitation, Invitation):
            raise Trouble("link_malformed")
        http = Http(invitation.origin)
        try:
            await onboarding.join(self._store, http, ServerClock(), invitation, name)
        except BaseException:
            await http.close()
            raise
        self._begin(http)

    # Who

    @property
    def name(self) -> str:
        return self._at_work.session.name

    @property
    def account(self) -> int:
        return self._at_work.session.account_id

    def show(self, *, picture: bytes | None = None, status: str = "") -> None:
        """What friends see of this account: a JPEG of at most 64 KiB and 1,024 pixels each way, and a line."""
        self._at_work.profile.show(picture, status)
        self._at_work.soon()

    def friends(self) -> list[Person]:
        return self._at_work.contacts.friends()

    def friend_requests(self) -> list[FriendRequest]:
        return self._at_work.contacts.requests()

    async def accept(self, request: FriendRequest) -> None:
        await self._at_work.contacts.answer(request.person.account, accept=True)

    async def decline(self, request: FriendRequest) -> None:
        await self._at_work.contacts.answer(request.person.account, accept=False)

    async def befriend(self, who: str, greeting: str = "") -> bool:
        """By a friend's link (also from her QR code), or by exact name; whether the two are friends at once."""
        contacts = self._at_work.contacts
        if "://" not in who:
            return await contacts.ask(await contacts.find(who), greeting)
        invitation = parse_link(who)
        if not isinstance(invitation, Invitation) or invitation.origin != self._at_work.session.http.origin:
            raise Trouble("link_malformed")
        return await contacts.ask(await contacts.meet(invitation), greeting, invitation)

    async def code(self) -> str:
        """A link, to be shown as text or QR code, by which people become friends at once."""
        return await self._at_work.contacts.code()

    async def invite(self, *, uses: int = 1, lifetime_s: int = 7 * 86_400) -> str:
        """A link that lets somebody into the server; for its owner only."""
        return await self._at_work.contacts.code(kind="member", uses=uses, lifetime_s=lifetime_s)

    # Talking

    @property
    def chats(self) -> Chats:
        """Chats and what is said in them."""
        self._at_work  # noqa: B018 - raises when nobody has joined
        assert self._chats is not None
        return self._chats

    async def chat(self, who: str | Person) -> Chat:
        """The chat with a friend, by name or person; or any chat by its id. Raises Trouble person_unknown."""
        return self.chats.find(who)

    async def send(self, to: str | Person, text: str) -> Message:
        """Stored when this returns; sent as soon as there is a connection."""
        return self.chats.find(to).send(text)

    async def messages(self) -> AsyncIterator[Message]:
        """What people say, in order, each once: also what came while the program was away.

        A message counts as handled when the next one is asked for. After a crash in between it comes again, and
        answers that were given to it are not given twice. Raises Trouble device_gone.
        """
        while True:
            message = self.chats.next_unhandled()
            if message is None:
                await self.until(lambda: self.chats.next_unhandled() is not None)
                continue
            yield message
            self.chats.handled(message)

    # Groups

    async def make_group(self, people: Iterable[Person], name: str = "") -> Chat:
        """A group of friends; without a name it is called by its members' names.

        Raises Trouble no_consent, group_full, too_long.
        """
        chat = Chat(self._at_work.groups.create(people, name), self._at_work)
        self._at_work.soon()
        await self._at_work.groups.settle(chat.id)
        return chat

    def join_requests(self) -> list[JoinRequest]:
        """Who asks to be let into a group whose owner or admin this account is."""
        return self._at_work.admission.waiting()

    async def let_in(self, request: JoinRequest) -> None:
        """Raises Trouble not_allowed, link_expired."""
        self._answer(request, accept=True)
        await self._at_work.groups.settle(request.chat)

    def keep_out(self, request: JoinRequest) -> None:
        self._answer(request, accept=False)

    def _answer(self, request: JoinRequest, *, accept: bool) -> None:
        group_id = self._at_work.groups.member_of(request.chat).group_id
        self._at_work.admission.answer(group_id, request.account, accept=accept)
        self._at_work.soon()

    async def join_group(self, link: str) -> None:
        """Asks to be let into a group by its code; the chat is there once a member's device has added this one."""
        group = parse_link(link)
        if not isinstance(group, GroupLink) or group.origin != self._at_work.session.http.origin:
            raise Trouble("link_malformed")
        await self._at_work.admission.ask(group.fragment)

    # Waiting

    async def until(self, is_so: Callable[[], bool], timeout_s: float | None = None) -> None:
        """Waits for something that mail may bring about. Raises TimeoutError, Trouble device_gone."""
        device = self._at_work
        async with asyncio.timeout(timeout_s), device.changed:
            while not is_so():
                if device.is_gone:
                    raise Trouble("device_gone")
                if device.failure is not None:
                    raise device.failure
                await device.changed.wait()

    async def sent(self, timeout_s: float | None = None) -> None:
        """Waits until the server has all that was said."""
        await self.until(lambda: self._at_work.outbox.waiting() == 0, timeout_s)

    async def connected(self, timeout_s: float | None = None) -> None:
        """Waits until there is a connection, and the server has what others need to reach this device."""
        await self.until(lambda: self._at_work.is_settled, timeout_s)

    @property
    def now(self) -> datetime:
        """By the server's clock, as far as this device knows it."""
        return datetime.fromtimestamp(self._at_work.session.clock.now_ms() / 1000, UTC)

    @property
    def _at_work(self) -> Device:
        if self._device is None:
            raise Trouble("not_joined")
        return self._device
