"""One signed-in device at work: every part built in order, what the server's frames set in motion, and what has to be
looked after while there is a connection."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from hongyan.sdk.contacts import Contacts
from hongyan.sdk.events import Wiring
from hongyan.sdk.groups.admission import Admission
from hongyan.sdk.groups.commits import Commits
from hongyan.sdk.groups.conversations import Conversations
from hongyan.sdk.groups.groups import Groups
from hongyan.sdk.groups.names import Nicknames
from hongyan.sdk.groups.newcomers import group_path
from hongyan.sdk.groups.pending import Pending
from hongyan.sdk.groups.standings import Standings
from hongyan.sdk.groups.wishes import Wishes
from hongyan.sdk.groups.words import Words
from hongyan.sdk.healing.counters import Counters
from hongyan.sdk.healing.rejoin import Rejoin, start_over
from hongyan.sdk.healing.resend import Resends
from hongyan.sdk.mail import messages
from hongyan.sdk.mail.intake import Intake
from hongyan.sdk.mail.outbox import Outbox
from hongyan.sdk.mail.receive import Receive
from hongyan.sdk.media.media import Media
from hongyan.sdk.mls import Mls, Unusable
from hongyan.sdk.mls.rine import RineMls
from hongyan.sdk.net import frames as f
from hongyan.sdk.net import wire
from hongyan.sdk.net.http import NotThere
from hongyan.sdk.net.link import Link
from hongyan.sdk.people import Directory
from hongyan.sdk.profile import OwnProfile
from hongyan.sdk.session import Session
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Tx
from hongyan.sdk.trouble import Trouble

TEND_EVERY_S: Final = 2.0
DIRECTORY_EVERY_S: Final = 15 * 60.0
STUCK_AFTER_S: Final = 8.0
DOUBT_MS: Final = 3 * 60_000
SENT_KEPT_MS: Final = 30 * 86_400_000
KEY_PACKAGES_STOCK: Final = 30
# Friends first: a chat of two is known by its friend's key.
ERRANDS: Final = (
    f.NoticeTopic.CONTACTS,
    f.NoticeTopic.KEY_PACKAGES,
    f.NoticeTopic.GROUPS,
    f.NoticeTopic.DEVICES,
)
KEY_PACKAGES_REFILL_BELOW: Final = 20


class Device:
    def __init__(self, session: Session, state: Path, *, accept_friends: bool) -> None:
        self.session = session
        self.accept_friends = accept_friends
        self.wiring = Wiring(session)
        self.mls: Mls = RineMls(state, session.store, session.device.seed)
        self.link = Link(session.http.origin, session.http.tls, self)
        self.directory = Directory(session)
        self.conversations = Conversations(session, self.directory)
        self.standings = Standings(session, self.directory, self.mls)
        self.outbox = Outbox(session, self.mls, self.conversations, self.link)
        self.wishes = Wishes(session)
        self.pending = Pending(session, self.outbox, self.link)
        self.commits = Commits(
            session,
            self.mls,
            self.directory,
            self.conversations,
            self.standings,
            self.wishes,
            self.pending,
            self.outbox,
            self.wiring,
        )
        self.words = Words(session, self.mls, self.standings, self.outbox)
        self.nicknames = Nicknames(session, self.directory, self.outbox)
        self.admission = Admission(session, self.mls, self.directory, self.standings, self.conversations, self.wishes)
        self.counters = Counters(session)
        self.resends = Resends(session, self.counters, self.outbox)
        self.receive = Receive(session, self.directory, self.standings, self.counters, self.resends, self.wiring)
        self.intake = Intake(
            session,
            self.mls,
            self.directory,
            self.conversations,
            self.standings,
            self.commits,
            self.pending,
            self.counters,
            self.receive,
            self.wiring,
        )
        self.rejoin = Rejoin(
            session, self.mls, self.directory, self.conversations, self.pending, self.wishes, self.outbox
        )
        self.contacts = Contacts(session, self.conversations, self.wishes)
        self.groups = Groups(session, self.mls, self.conversations, self.standings, self.wishes, self.outbox)
        self.wiring.on_outcome = self.groups.decided
        self.media = Media(session, self.mls, self.conversations, self.outbox)
        self.profile = OwnProfile(session, self.conversations, self.outbox)
        self._connect_parts()
        self.wiring.on_said = self.tell
        self.wiring.on_missing = lambda: self._ask(f.NoticeTopic.GROUPS)
        self._mail = asyncio.Event()
        self._due = asyncio.Event()
        self._files = asyncio.Event()
        self._verdicts: list[f.Verdict] = []
        self._ready: f.Ready | None = None
        self._errands: set[str] = set()
        self._stuck_since: dict[bytes, float] = {}
        self._directory_due_s = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self.is_settled = False
        self.is_gone = False
        self.failure: BaseException | None = None
        self.changed = asyncio.Condition()

    def _connect_parts(self) -> None:
        wiring = self.wiring
        wiring.admission, wiring.conversations, wiring.counters = self.admission, self.conversations, self.counters
        wiring.profile = self.profile
        wiring.link, wiring.mls, wiring.nicknames, wiring.outbox = self.link, self.mls, self.nicknames, self.outbox
        wiring.resends, wiring.standings, wiring.wishes, wiring.words = (
            self.resends,
            self.standings,
            self.wishes,
            self.words,
        )

    def start(self) -> None:
        works = (self.link.run(), self._take_mail(), self._tend(), self._carry())
        self._tasks = [asyncio.create_task(work) for work in works]
        for task in self._tasks:
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A work that fails ends the device: whoever waits is told why."""
        if not task.cancelled() and task.exception() is not None:
            self.failure = task.exception()
            self.tell()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task
        self.mls.close()

    # What the connection tells

    def hello(self) -> f.Hello:
        return f.Hello(f.PROTOCOL_VERSION, self.session.http.token, self.intake.cursor)

    def ready(self, frame: f.Ready) -> None:
        self.session.clock.learn(frame.time_ms)
        self._ready = frame
        self._verdicts.clear()
        self.intake.reset()
        self._mail.set()

    def received(self, frame: f.Verdict | f.Mail | f.Notice) -> None:
        match frame:
            case f.Verdict():
                self._verdicts.append(frame)
                self._mail.set()
            case f.Mail():
                self.intake.push(frame.envelopes)
                self._mail.set()
            case f.Notice():
                self._ask(frame.topic)

    def _ask(self, topic: str) -> None:
        self._errands.add(topic)
        self._due.set()

    def lost(self) -> None:
        self.is_settled = False
        self.outbox.disconnected()

    def gone(self) -> None:
        self.is_gone = True
        self.tell()

    def tell(self) -> None:
        """Wakes whoever waits for something to be so."""
        self._changing = asyncio.ensure_future(self._notify())

    async def _notify(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    def soon(self) -> None:
        """There is something to send, or to change."""
        self._due.set()
        self._files.set()

    # Mail and verdicts, one after the other

    async def _take_mail(self) -> None:
        while True:
            await self._mail.wait()
            self._mail.clear()
            async with self.session.turn:
                try:
                    done = await self._take_turn()
                except Trouble:
                    done = False  # No room on the disk: what was not stored is taken again.
            self._due.set()
            self.tell()
            if not done and not self._verdicts:
                self._later = asyncio.get_running_loop().call_later(TEND_EVERY_S, self._mail.set)

    async def _take_turn(self) -> bool:
        """False when something is left that has to wait."""
        if self._ready is not None:
            self._begin(self._ready)
            self._ready = None
        # What others said before an own commit is read in the epoch it was said in.
        done = await self.intake.take_all()
        while self._verdicts:
            verdict = self._verdicts[0]
            if not self.outbox.verdict(verdict):
                self.commits.verdict(verdict)
            self._verdicts.remove(verdict)
            done = await self.intake.take_all()
        return done

    def _begin(self, frame: f.Ready) -> None:
        def store(tx: Tx) -> None:
            if frame.last_no >= meta.number(tx, "next_no"):
                meta.put(tx, "next_no", frame.last_no + 1)
            meta.put(tx, "clock_offset_ms", self.session.clock.offset_ms)
            now = self.session.clock.now_ms()
            tx.run("DELETE FROM sent WHERE sent_at_ms < ?", (now - SENT_KEPT_MS,))

        self.session.store.write(store)
        if self.intake.cursor < frame.acked:
            start_over(self.session, self.outbox, frame.acked)
        self._find_lost()
        self.outbox.resume()
        self.pending.resume()
        self._directory_due_s = 0.0
        self._errands |= {f.NoticeTopic.KEY_PACKAGES, f.NoticeTopic.CONTACTS, f.NoticeTopic.GROUPS}

    # What is due

    async def _tend(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TEND_EVERY_S):
                    await self._due.wait()
            self._due.clear()
            try:
                self._expire()
                if not self.link.is_ready or self._ready is not None:
                    continue
                await self._tend_once()
            except (Trouble, NotThere, Unusable):
                continue  # Offline, or refused: the next round finds the same work.
            self.is_settled = self.link.is_ready
            self.tell()

    async def _carry(self) -> None:
        """Files, beside all else: a large one holds up no word."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(TEND_EVERY_S):
                    await self._files.wait()
            self._files.clear()
            if self.link.is_ready and self._ready is None:
                with suppress(Trouble, NotThere):
                    await self.media.tend()
                    self._due.set()

    def _expire(self) -> None:
        now, store = self.session.clock.now_ms(), self.session.store
        if store.has("SELECT 1 FROM message WHERE expires_at_ms <= ? LIMIT 1", (now,)):
            store.write(lambda tx: messages.expire(tx, now))

    async def _tend_once(self) -> None:
        await self.outbox.flush()
        for topic in ERRANDS:
            if topic in self._errands:
                self._errands.remove(topic)
                await self._errand(topic)
        if self.intake.is_idle:
            self._find_stuck()
            await self.rejoin.tend()
            await self.commits.reconcile_due()
        self.standings.trust_old(DOUBT_MS)
        self.words.tend()
        self.resends.tend_gaps()
        await self.outbox.flush()
        await self._finish_leaving()
        await self._let_go()
        if asyncio.get_running_loop().time() >= self._directory_due_s:
            self._directory_due_s = asyncio.get_running_loop().time() + DIRECTORY_EVERY_S
            await self._find_removed()

    async def _errand(self, topic: str) -> None:
        try:
            match topic:
                case f.NoticeTopic.KEY_PACKAGES:
                    await self._refill()
                case f.NoticeTopic.CONTACTS:
                    await self._refresh_contacts()
                case f.NoticeTopic.GROUPS:
                    await self._find_missing()
                case f.NoticeTopic.DEVICES:
                    await self._find_removed()
        except Trouble:
            self._errands.add(topic)
            raise

    async def _refill(self) -> None:
        """Tops up the server's stock; the private halves are stored before the server gets the public ones."""
        stock = await self.session.http.ask("GET", "/key-packages/count", wire.Stock)
        if stock.count >= KEY_PACKAGES_REFILL_BELOW and stock.has_last_resort:
            return
        async with self.session.turn:
            packages = self.mls.make_key_packages(max(0, KEY_PACKAGES_STOCK - stock.count))
            last = None if stock.has_last_resort else self.mls.make_key_packages(1)[0]

            def store(tx: Tx) -> None:
                self.mls.save(tx)
                if last is not None:
                    self.mls.keep_when_used(tx, last)

            self.session.store.write(store)
            self.mls.settle()
        body: dict[str, object] = {"packages": packages}
        if last is not None:
            body["last_resort"] = last
        await self.session.http.tell("PUT", "/key-packages", body)

    async def _refresh_contacts(self) -> None:
        await self.contacts.refresh()
        if self.accept_friends:
            for request in self.contacts.requests():
                with suppress(NotThere):
                    await self.contacts.answer(request.person.account, accept=True)
        self._directory_due_s = 0.0

    async def _find_missing(self) -> None:
        """Groups of this account that this device is not in are joined."""
        answer = await self.session.http.ask("GET", "/groups", wire.ListedGroups)
        joined_at_ms = meta.number(self.session.store, "joined_at_ms")

        def store(tx: Tx) -> None:
            for group in answer.groups:
                known = self.conversations.find(group.group_id)
                if known is None and not group.joined:
                    self.conversations.ensure(tx, group.group_id, "broken")
                    self.conversations.set_broken(tx, group.group_id, joined_at_ms)
                elif known is not None and known.status == "wanted" and not self.pending.has(group.group_id):
                    self.conversations.set_status(tx, group.group_id, "broken")

        self.session.store.write(store)

    def _find_lost(self) -> None:
        """Groups whose state is gone; what was said since anybody was heard in them is asked for [HL2]."""
        joined_at_ms = meta.number(self.session.store, "joined_at_ms")
        for conversation in self.conversations.all():
            group_id = conversation.group_id
            if conversation.status == "active" and self.mls.epoch(group_id) is None:
                self._break(group_id, self.counters.last_heard_ms(group_id) or joined_at_ms)

    def _break(self, group_id: bytes, since_ms: int) -> None:
        self.session.store.write(lambda tx: self.conversations.set_broken(tx, group_id, since_ms))

    def _find_stuck(self) -> None:
        """The server's epoch is ahead, all mail is in, and the commit between has not come: it is lost [HL2]."""
        now = asyncio.get_running_loop().time()
        stuck = set()
        for group_id, epoch in self.outbox.awaited_epochs().items():
            if (self.mls.epoch(group_id) or 0) >= epoch:
                continue
            stuck.add(group_id)
            if now - self._stuck_since.setdefault(group_id, now) < STUCK_AFTER_S:
                continue
            del self._stuck_since[group_id]
            self._break(group_id, self.session.clock.now_ms() - round(STUCK_AFTER_S * 1000))
        for group_id in set(self._stuck_since) - stuck:
            del self._stuck_since[group_id]

    async def _finish_leaving(self) -> None:
        """Groups whose goodbye the server has: this device goes."""
        rows = self.session.store.all(
            """SELECT group_id FROM conversation c WHERE leaving = 1
               AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.group_id = c.group_id)"""
        )
        for row in rows:
            group_id = row.blob("group_id")
            with suppress(NotThere):
                await self.session.http.tell("DELETE", f"{group_path(group_id)}/membership")
            async with self.session.turn:
                conversation = self.conversations.find(group_id)
                assert conversation is not None
                self.mls.forget(group_id)

                def store(tx: Tx, conversation=conversation) -> None:  # type: ignore[no-untyped-def]  # bound here
                    self.mls.save(tx)
                    self.wiring.removed(tx, conversation, None)

                self.session.store.write(store)
                self.mls.settle()

    async def _let_go(self) -> None:
        while self.wiring.to_let_go:
            await self.media.let_go(self.wiring.to_let_go.pop())

    async def _find_removed(self) -> None:
        """Leaves of devices that the server has removed go from every group, in turns."""
        rows = self.session.store.all("SELECT signature_key FROM device WHERE removed = 0")
        removed = await self.directory.refresh([row.blob("signature_key") for row in rows])
        for key in removed:
            for conversation in self.conversations.all():
                if conversation.status != "active" or self.mls.epoch(conversation.group_id) is None:
                    continue
                if key in {leaf.key for leaf in self.mls.leaves(conversation.group_id)}:
                    group_id = conversation.group_id
                    self.session.store.write(
                        lambda tx, it=group_id, key=key: self.wishes.put(  # type: ignore[misc]
                            tx, it, "remove_device", device=key, delay_ms=3_000
                        )
                    )
