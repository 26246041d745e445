"""The Delivery Service's use cases: mail in, mail out, rosters, and what happens when a device or account goes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from itertools import islice

import structlog

from hongyan.delivery import key_packages, requests, store
from hongyan.delivery.frames import Commit, EnvelopeKind, NoticeTopic, Send, Verdict, VerdictCode, encode_frame
from hongyan.delivery.line import Line
from hongyan.delivery.metrics import ENVELOPES, POSTS
from hongyan.delivery.model import (
    BACKLOG_POSTS_MAX,
    ERASE_EVERY_S,
    ERASE_MAILBOXES_MIN,
    ERASE_SHARES,
    STORAGE_RETRY_MS,
    UNAVAILABLE_RETRY_MS,
    Acks,
    Consent,
    Decided,
    Directory,
    GroupInfo,
    GroupSummary,
    Post,
    Sorted,
    Span,
    Work,
)
from hongyan.delivery.relay import Relay
from hongyan.delivery.sorting import SortingOffice
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, StorageFull, StorageUnavailable, Tx
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.foundation.overload import MESSAGE_LIFETIME_S, Class, Gate

_log = structlog.get_logger("delivery")


class Delivery:
    """The front door: `post` and `acknowledge` for connections, the rest for HTTP and for other features."""

    def __init__(
        self, db: Database, clock: Clock, gate: Gate, relay: Relay, directory: Directory, may_reach: Consent
    ) -> None:
        self.relay = relay
        self.hub = relay.hub
        self.key_packages = key_packages.KeyPackages(db, clock, relay, may_reach)
        self.requests = requests.Requests(db, clock, self.deliver)
        self._db = db
        self._clock = clock
        self._gate = gate
        self._directory = directory
        self._may_reach = may_reach
        self._office = SortingOffice(directory, may_reach)
        self._batch = db.batch(self._sort)
        self._posts: list[Post] = []
        self._acks: Acks = {}
        self._turned_away: dict[int, Line] = {}
        self._submitting = False
        self._backlog = 0
        self._erase_timer: asyncio.TimerHandle | None = None

    def turns_away(self, line: Line, no: int) -> bool:
        """Answer a frame `busy` before it is decoded, when there is more than can be done [OV3].

        All that follows on the line is turned away until it may come back, so that nothing is overtaken.
        """
        now_s = self._clock.monotonic_s()
        if now_s < line.held_until_s:
            retry_after_ms = max(1, round((line.held_until_s - now_s) * 1000))
        elif self._backlog < BACKLOG_POSTS_MAX and self._gate.admit(Class.MESSAGE, line.account_id):
            return False
        else:
            retry_after_ms = self._gate.retry_after_ms
            line.held_until_s = now_s + retry_after_ms / 1000
        line.written.append(encode_frame(Verdict(no, VerdictCode.BUSY, 0, retry_after_ms)))
        self._turned_away[id(line)] = line
        self._submit_soon()
        return True

    def post(self, line: Line, frame: Send | Commit) -> None:
        """Take a send or commit; the verdict follows on the line, once it is durable [DS11]."""
        self._backlog += 1
        self._posts.append(Post(line, line.device_id, line.account_id, frame, self._clock.monotonic_s()))
        self._submit_soon()

    def acknowledge(self, line: Line, seq: int) -> None:
        """Erase the device's mail up to `seq` soon [DS5]; what it acknowledges meanwhile is erased with it."""
        self._acks[line.device_id] = (line.account_id, seq)
        self._erase_in(ERASE_EVERY_S)

    def _erase_in(self, seconds: float) -> None:
        if self._erase_timer is None:
            self._erase_timer = asyncio.get_running_loop().call_later(seconds, self._erase)

    def _erase(self) -> None:
        """A share of the mailboxes that have been waiting longest, so that no round of the writer is long."""
        self._erase_timer = None
        count = max(ERASE_MAILBOXES_MIN, len(self._acks) // ERASE_SHARES)
        acks = {device_id: self._acks[device_id] for device_id in islice(self._acks, count)}
        for device_id in acks:
            del self._acks[device_id]
        if acks:
            work = Work([], acks)
            self._batch.submit(work, lambda outcome: self._stored(work, outcome))
        if self._acks:
            self._erase_in(ERASE_EVERY_S)

    async def flush(self) -> None:
        """Store what was taken: for an orderly end."""
        self._submit()
        while self._acks:
            self._erase()
        await self._batch.run(Work([], {}))

    def _submit_soon(self) -> None:
        """What else arrives in this visit of the loop goes with it."""
        if not self._submitting:
            self._submitting = True
            asyncio.get_running_loop().call_soon(self._submit)

    def _submit(self) -> None:
        work, self._posts = Work(self._posts, {}), []
        turned_away, self._turned_away = self._turned_away, {}
        self._submitting = False
        for line in turned_away.values():
            line.flush()
        if work.posts:
            self._batch.submit(work, lambda outcome: self._stored(work, outcome))

    def _sort(self, tx: Tx, works: list[Work]) -> list[None]:
        begun_s = self._clock.monotonic_s()
        wanted, expired = self._still_wanted(works, begun_s)
        outcome = self._office.sort(tx, wanted, now_ms=self._clock.now_ms())
        outcome.decided.extend(expired)
        tx.after_commit(lambda: self._announce(outcome, begun_s))
        return [None] * len(works)

    def _still_wanted(self, works: list[Work], begun_s: float) -> tuple[list[Work], list[Decided]]:
        """Without what waited so long that nobody waits for it any more [OV4], what the storage failed something
        ahead of [DS10], and what follows on the same line.
        """
        since_s = begun_s - MESSAGE_LIFETIME_S
        if not any(_is_late(post, since_s) for work in works for post in work.posts):
            return works, []
        retry_after_ms = self._gate.retry_after_ms
        wanted: list[Work] = []
        expired: list[Decided] = []
        late: set[DeviceId] = set()
        for work in works:
            posts = []
            for post in work.posts:
                if _is_late(post, since_s) or post.device_id in late:
                    late.add(post.device_id)
                    expired.append(Decided(post, VerdictCode.BUSY, 0, retry_after_ms))
                else:
                    posts.append(post)
            wanted.append(Work(posts, work.acks))
        return wanted, expired

    def _announce(self, outcome: Sorted, begun_s: float) -> None:
        """After the commit, in seq order with whatever else was committed."""
        self._gate.begun(sum(begun_s - one.post.came_s for one in outcome.decided), len(outcome.decided))
        self.relay.announce(outcome.decided, outcome.span, outcome.deliveries)
        for arrival in outcome.arrivals:
            self.relay.notify_left_out(arrival)
        ENVELOPES.inc(sum(len(delivery.recipients) for delivery in outcome.deliveries))
        for code, count in outcome.counts().items():
            POSTS.labels(code.name.lower()).inc(count)

    def _stored(self, work: Work, outcome: BaseException | None) -> None:
        """The writer is done with `work`; what failed is answered so that the client sends it again."""
        self._backlog -= len(work.posts)
        self._gate.done(len(work.posts))
        if outcome is None:
            return
        for device_id, (account_id, seq) in work.acks.items():
            newer = self._acks.get(device_id)
            if newer is None or newer[1] < seq:
                self._acks[device_id] = (account_id, seq)
        if work.acks:
            self._erase_in(STORAGE_RETRY_MS / 1000)
        if isinstance(outcome, StorageFull):
            self._answer(work.posts, VerdictCode.STORAGE_FULL, STORAGE_RETRY_MS)
        elif isinstance(outcome, StorageUnavailable):
            self._answer(work.posts, VerdictCode.BUSY, UNAVAILABLE_RETRY_MS)
        elif len(work.posts) == 1:
            _log.error("post_failed", error=type(outcome).__name__, exc_info=outcome)
            self._answer(work.posts, VerdictCode.MALFORMED, 0)
        else:
            for post in work.posts:
                self._resubmit(Work([post], {}))

    def _resubmit(self, work: Work) -> None:
        """Alone, so that only what cannot be stored is refused."""
        self._backlog += len(work.posts)
        self._batch.submit(work, lambda outcome: self._stored(work, outcome))

    def _answer(self, posts: list[Post], code: VerdictCode, retry_after_ms: int) -> None:
        """With `retry_after_ms`, what follows on the same line must not overtake [DS10]."""
        POSTS.labels(code.name.lower()).inc(len(posts))
        now_s = self._clock.monotonic_s()
        for post in posts:
            line = post.line
            assert isinstance(line, Line)
            line.unanswered -= 1
            line.connection.send(encode_frame(Verdict(post.frame.no, code, 0, retry_after_ms)))
            if retry_after_ms:
                line.failed_at_s = now_s
                line.held_until_s = max(line.held_until_s, now_s + retry_after_ms / 1000)

    # --- groups over HTTP ---------------------------------------------------------------------------

    async def groups(self, account_id: AccountId, device_id: DeviceId) -> list[GroupSummary]:
        """Each group that has a device of the account."""
        return await self._db.read(lambda tx: store.groups_of_account(tx, account_id, device_id))

    async def group_info(self, account_id: AccountId, group_id: bytes) -> GroupInfo | None:
        """What an external commit needs [DS9]; None unless a device of the account is in the roster."""

        def load(tx: Tx) -> GroupInfo | None:
            group, info = store.group(tx, group_id), store.group_info(tx, group_id)
            if group is None or info is None or account_id not in group.accounts():
                return None
            return GroupInfo(group.epoch, info, sorted(group.roster))

        return await self._db.read(load)

    async def leave(self, device_id: DeviceId, group_id: bytes) -> None:
        """Take the device out of the roster: no more mail of this group; a repeat is no error."""
        await self._db.write(lambda tx: store.leave(tx, group_id, device_id))

    # --- other features -------------------------------------------------------------------------------

    def notify(self, account_ids: Iterable[AccountId], topic: str) -> None:
        """Tell connected devices to fetch again what `topic` (a NoticeTopic) names; others do when they return."""
        self.relay.notify(account_ids, NoticeTopic(topic))

    def roster(self, tx: Tx, group_id: bytes) -> dict[DeviceId, AccountId]:
        """The devices that get mail of the group, with their accounts; empty if there is no such group."""
        group = store.group(tx, group_id)
        return {} if group is None else group.roster

    def device_removed(self, tx: Tx, device_id: DeviceId) -> None:
        """Erase the device's mailbox, key packages and places in rosters, and end its connection [DS14].

        Repeatable; in the caller's transaction.
        """
        store.release_bodies(tx, store.erase_mail_of(tx, device_id))
        store.erase_mailbox(tx, device_id)
        key_packages.erase_of_device(tx, device_id)
        for group_id in store.groups_of_device(tx, device_id):
            store.leave(tx, group_id, device_id)
        tx.after_commit(lambda: self.relay.device_gone(device_id))

    def account_suspended(self, tx: Tx, account_id: AccountId, _device_ids: list[DeviceId]) -> None:
        """End its connections; mail for it waits as for anybody who is away [AD2]."""
        tx.after_commit(lambda: self.relay.account_suspended(account_id))

    def account_restored(self, tx: Tx, account_id: AccountId) -> None:
        tx.after_commit(lambda: self.relay.account_restored(account_id))

    def deliver(self, tx: Tx, kind: EnvelopeKind, group_id: bytes, body: bytes | None, to: list[DeviceId]) -> None:
        """Put the server's own envelope in these mailboxes, and push it once durable."""
        delivery = store.store_own(tx, kind, group_id, body, to, now_ms=self._clock.now_ms())
        tx.after_commit(lambda: self.relay.announce((), Span(delivery.seq, delivery.seq), [delivery]))


def _is_late(post: Post, since_s: float) -> bool:
    assert isinstance(post.line, Line)
    return post.came_s < since_s or post.came_s <= post.line.failed_at_s
