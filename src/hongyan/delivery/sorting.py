"""The sorting office: all sends, commits and acknowledgements of one group commit, decided and stored together.

Nothing here is announced: the caller does that once it is durable [DS11]. A call costs two statements for each
device concerned and two rows for each message; groups, windows and friendships are remembered from round to
round while nobody else writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hongyan.delivery import requests, store
from hongyan.delivery.frames import Commit, Envelope, EnvelopeKind, Send, Urgency, VerdictCode, encode_envelope
from hongyan.delivery.model import (
    MESSAGE_BYTES_MAX,
    Acks,
    Arrival,
    Consent,
    Decided,
    Delivery,
    Directory,
    Group,
    Mailbox,
    Post,
    Sorted,
    Span,
    Work,
)
from hongyan.delivery.rules import (
    Content,
    Header,
    decide,
    is_decided,
    judge_fullness,
    judge_members,
    judge_place,
    judge_shape,
    judge_sizes,
    read_header,
    roster_after,
)
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId, GroupId

MEMORY_ENTRIES_MAX = 20_000
SEQS_PER_POST = 2  # a commit and its welcome
ACCEPTED = VerdictCode.ACCEPTED


@dataclass(slots=True)
class Memory:
    """What earlier rounds have read and written, true as long as `others` is the transaction's (`Tx.others`).

    Groups, mailboxes and audiences only as long as `batches` is, too.
    """

    others: int
    batches: int
    groups: dict[bytes, Group | None] = field(default_factory=dict)
    mailboxes: dict[DeviceId, Mailbox] = field(default_factory=dict)
    consents: dict[tuple[AccountId, AccountId], bool] = field(default_factory=dict)
    audiences: dict[tuple[bytes, DeviceId], list[DeviceId] | None] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        sizes = len(self.groups), len(self.mailboxes), len(self.consents), len(self.audiences)
        return max(sizes) > MEMORY_ENTRIES_MAX

    def forget_mail(self, batches: int) -> None:
        """Another process sorted mail."""
        self.batches = batches
        self.groups.clear()
        self.mailboxes.clear()
        self.audiences.clear()


class Sorting:
    """One group commit: `sort` reads and decides, and leaves everything stored in the transaction."""

    def __init__(self, tx: Tx, directory: Directory, may_reach: Consent, memory: Memory, *, now_ms: int) -> None:
        self._tx = tx
        self._directory = directory
        self._may_reach = may_reach
        self._now_ms = now_ms
        self._groups = memory.groups
        self._mailboxes = memory.mailboxes
        self._consents = memory.consents
        self._audiences = memory.audiences
        self._touched: dict[DeviceId, Mailbox] = {}
        self._bodies: list[store.BodyRow] = []
        self._mail: list[store.MailRow] = []
        self._sorted = Sorted([], [], [])
        self._next_seq = 0

    def sort(self, works: Sequence[Work]) -> Sorted:
        posts = sum(len(work.posts) for work in works)
        self._read(works)
        if posts:
            count = posts * SEQS_PER_POST
            self._next_seq = store.take_seqs(self._tx, count)
            self._sorted.span = Span(self._next_seq, self._next_seq + count - 1)
        for work in works:
            for post in work.posts:
                self._post(post)
        if posts:
            store.insert_bodies(self._tx, self._bodies)
            store.insert_mail(self._tx, self._mail)
        self._acknowledge(works)
        store.save_mailboxes(self._tx, [(device, one) for device, one in self._touched.items() if one.stored])
        return self._sorted

    def _read(self, works: Sequence[Work]) -> None:
        """All groups and mailboxes that are concerned and not remembered, at once."""
        groups = {post.frame.group_id for work in works for post in work.posts}.difference(self._groups)
        self._groups.update(store.groups(self._tx, list(groups)))
        accounts = {post.device_id: post.account_id for work in works for post in work.posts}
        accounts.update({device_id: account_id for work in works for device_id, (account_id, _) in work.acks.items()})
        new = {device_id: one for device_id, one in accounts.items() if device_id not in self._mailboxes}
        self._mailboxes.update(store.mailboxes(self._tx, new))

    def _post(self, post: Post) -> None:
        device_id, frame = post.device_id, post.frame
        mailbox = self._mailboxes[device_id]
        if is_decided(mailbox.highest_no, mailbox.accepted, frame.no):
            group = self._groups[frame.group_id]
            self._sorted.decided.append(Decided(post, ACCEPTED, group.epoch if group else 0))
            return
        code = self._commit(post, frame) if isinstance(frame, Commit) else self._send(post)
        yes = code is ACCEPTED
        mailbox.highest_no, mailbox.accepted = decide(mailbox.highest_no, mailbox.accepted, frame.no, yes=yes)
        # A device that is gone cannot be accepted: it must not come back as a mailbox.
        mailbox.stored |= yes
        self._touched[device_id] = mailbox
        group = self._groups.get(frame.group_id)
        self._sorted.decided.append(Decided(post, code, group.epoch if group else 0))

    def _send(self, post: Post) -> VerdictCode:
        """[DS3]"""
        frame, sender = post.frame, post.device_id
        header = read_header(frame.message)
        if header is None or header.content is not Content.APPLICATION or header.group_id != frame.group_id:
            return VerdictCode.MALFORMED
        if len(frame.message) > MESSAGE_BYTES_MAX:
            return VerdictCode.TOO_LARGE
        group = self._groups[frame.group_id]
        if group is None:
            return VerdictCode.UNKNOWN_GROUP
        code = judge_place(group, header, sender, post.account_id)
        if code is not ACCEPTED:
            return code
        audience = self._audience(group, sender, post.account_id)
        if audience is None:
            return VerdictCode.NO_CONSENT
        self._deliver(post, EnvelopeKind.APPLICATION, frame.message, audience)
        return ACCEPTED

    def _commit(self, post: Post, commit: Commit) -> VerdictCode:
        """Compare-and-set on the group's epoch [DS2, DS9]."""
        sender = post.device_id
        header = read_header(commit.message)
        if header is None or header.content is Content.APPLICATION or header.group_id != commit.group_id:
            return VerdictCode.MALFORMED
        group = self._groups[commit.group_id]
        code = (
            judge_shape(commit, sender, header.content)
            or judge_sizes(commit)
            or judge_place(group, header, sender, post.account_id)
            or judge_members(group, commit)
        )
        if code is not ACCEPTED:
            return code
        before = {} if group is None else group.roster
        accounts = self._directory(self._tx, [sender, *map(DeviceId, commit.added)])
        if sender not in accounts or len(accounts) < len({sender, *commit.added}):
            return VerdictCode.UNKNOWN_DEVICE
        came = {accounts[DeviceId(one)] for one in commit.added}
        if not all(self._may_add(post.account_id, one, commit.group_id) for one in came):
            return VerdictCode.NO_CONSENT
        roster = roster_after(group, commit, sender, accounts)
        code = judge_fullness(roster)
        if code is not ACCEPTED:
            return code
        for one in came:
            requests.erase(self._tx, commit.group_id, one)
        self._win(post, commit, header, before, roster, peak=0 if group is None else group.accounts_peak)
        return ACCEPTED

    def _win(
        self,
        post: Post,
        commit: Commit,
        header: Header,
        before: dict[DeviceId, AccountId],
        roster: dict[DeviceId, AccountId],
        *,
        peak: int,
    ) -> None:
        """Store a commit that won its epoch, with what follows from it."""
        group = Group(GroupId(header.group_id), header.epoch + 1, max(peak, len(set(roster.values()))), roster)
        store.save_group(
            self._tx,
            group,
            commit.group_info,
            added=[one for one in roster if one not in before],
            removed=[one for one in before if one not in roster],
        )
        self._groups[header.group_id] = group
        self._audiences.clear()
        came = frozenset(account for one, account in roster.items() if one not in before)
        if came:
            self._sorted.arrivals.append(Arrival(came, roster))
        added = [DeviceId(one) for one in commit.added]
        others = [one for one in before if one != post.device_id and one not in commit.added]
        self._deliver(post, EnvelopeKind.COMMIT, commit.message, others)
        if commit.welcome is not None:
            self._deliver(post, EnvelopeKind.WELCOME, commit.welcome, added)

    def _deliver(self, post: Post, kind: EnvelopeKind, body: bytes, recipients: list[DeviceId]) -> None:
        """One body, one row in each recipient's mailbox."""
        if not recipients:
            return
        seq = self._next_seq
        self._next_seq += 1
        frame = post.frame
        count = len(recipients)
        urgency = frame.urgency if isinstance(frame, Send) else Urgency.QUIET
        self._bodies.append((seq, kind, frame.group_id, post.device_id, frame.no, self._now_ms, body, count, urgency))
        sole = int(count == 1)
        self._mail.extend([(device_id, seq, sole) for device_id in recipients])
        envelope = Envelope(seq, kind, frame.group_id, post.device_id, frame.no, self._now_ms, body)
        self._sorted.deliveries.append(Delivery(seq, encode_envelope(envelope), recipients, urgency))

    def _acknowledge(self, works: Sequence[Work]) -> None:
        """Erase what is acknowledged, and each body with its last row [DS5]."""
        acks: Acks = {}
        for work in works:
            for device_id, (account_id, seq) in work.acks.items():
                if device_id not in acks or acks[device_id][1] < seq:
                    acks[device_id] = (account_id, seq)
        erased = store.erase_mail_up_to(self._tx, {device_id: seq for device_id, (_, seq) in acks.items()})
        had_mail = {device_id for device_id, _, _ in erased}
        for device_id, (_, seq) in acks.items():
            mailbox = self._mailboxes[device_id]
            mailbox.acked = max(mailbox.acked, seq)
            # A device that is gone had its mail erased with it.
            mailbox.stored |= device_id in had_mail
            self._touched[device_id] = mailbox
        store.release_bodies(self._tx, [(seq, sole) for _, seq, sole in erased])

    def _audience(self, group: Group, sender: DeviceId, account: AccountId) -> list[DeviceId] | None:
        """Who gets what `sender` writes in this epoch; None in a direct chat with who is no friend now [CT1]."""
        key = (group.group_id, sender)
        if key not in self._audiences:
            is_direct = group.accounts_peak == 2
            if is_direct and not all(self._consents_to(account, other) for other in group.accounts()):
                self._audiences[key] = None
            else:
                self._audiences[key] = [device_id for device_id in group.roster if device_id != sender]
        return self._audiences[key]

    def _may_add(self, sender: AccountId, receiver: AccountId, group_id: bytes) -> bool:
        """[DS8] [DS15]"""
        if self._consents_to(sender, receiver):
            return True
        return requests.has_asked(self._tx, group_id, receiver, now_ms=self._now_ms)

    def _consents_to(self, sender: AccountId, receiver: AccountId) -> bool:
        if sender == receiver:
            return True
        pair = (sender, receiver)
        if pair not in self._consents:
            self._consents[pair] = self._may_reach(self._tx, sender, receiver)
        return self._consents[pair]


class SortingOffice:
    """Sorts round after round, and remembers what it may."""

    def __init__(self, directory: Directory, may_reach: Consent) -> None:
        self._directory = directory
        self._may_reach = may_reach
        self._memory = Memory(-1, -1)

    def sort(self, tx: Tx, works: Iterable[Work], *, now_ms: int) -> Sorted:
        if self._memory.others != tx.others or self._memory.is_full:
            self._memory = Memory(tx.others, tx.batches)
        elif self._memory.batches != tx.batches:
            self._memory.forget_mail(tx.batches)
        return Sorting(tx, self._directory, self._may_reach, self._memory, now_ms=now_ms).sort(list(works))
