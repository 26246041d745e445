"""The Delivery Service against a small model: any history of posts, repeats, acknowledgements and departures.

The model is plain lists; after every step each mailbox must read the same and no body may be left over.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field

import apsw
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, precondition, rule
from tests.delivery.client import application, commit_message, external_commit

from hongyan.app import migrations
from hongyan.delivery import service, store
from hongyan.delivery.frames import Commit, Send, VerdictCode, decode_envelope
from hongyan.delivery.frames import EnvelopeKind as Kind
from hongyan.delivery.model import Post, Work
from hongyan.delivery.relay import Relay
from hongyan.delivery.sorting import SortingOffice
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db.schema import in_sqlite
from hongyan.foundation.db.sqlite import SqliteTx
from hongyan.foundation.ids import AccountId, DeviceId

DEVICES = {DeviceId(n): AccountId(n // 2 + 100) for n in range(8)}  # two devices a person
STRANGER = AccountId(103)  # the fourth person is nobody's friend
GROUPS = (b"first", b"second")
V = VerdictCode
Letter = tuple[Kind, bytes, DeviceId, int]


@dataclass
class Model:
    """Fifty lines that say what the Delivery Service is."""

    alive: dict[DeviceId, AccountId] = field(default_factory=lambda: dict(DEVICES))
    epoch: dict[bytes, int] = field(default_factory=dict)
    roster: dict[bytes, set[DeviceId]] = field(default_factory=dict)
    mail: dict[DeviceId, list[Letter]] = field(default_factory=lambda: {one: [] for one in DEVICES})
    done: dict[DeviceId, set[int]] = field(default_factory=lambda: {one: set() for one in DEVICES})

    def send(self, who: DeviceId, no: int, group: bytes, epoch: int) -> VerdictCode:
        code = self.place(who, group, epoch)
        if code is V.ACCEPTED:
            self.post(Kind.APPLICATION, group, who, no, self.roster[group] - {who})
        return code

    def commit(self, who: DeviceId, no: int, group: bytes, epoch: int, add: set[DeviceId], cut: set[DeviceId]) -> V:
        members = self.roster.get(group, set())
        if who in add | cut:
            return V.MALFORMED
        code = V.ACCEPTED if not members and epoch == 0 else self.place(who, group, epoch)
        if code is not V.ACCEPTED:
            return code
        if (add - cut) & members:
            return V.MALFORMED
        if not add | {who} <= self.alive.keys():
            return V.UNKNOWN_DEVICE
        if any(STRANGER in (DEVICES[who], DEVICES[one]) and DEVICES[one] != DEVICES[who] for one in add):
            return V.NO_CONSENT
        self.win(who, no, group, epoch, (members or {who}) - cut | add, add)
        return V.ACCEPTED

    def join(self, who: DeviceId, no: int, group: bytes, epoch: int) -> VerdictCode:
        members = self.roster.get(group, set())
        if members and who not in members and DEVICES[who] in {DEVICES[one] for one in members}:
            code = V.ACCEPTED if epoch == self.epoch[group] else V.STALE_EPOCH
        else:
            code = self.place(who, group, epoch)
        if code is V.ACCEPTED and who not in self.alive:
            return V.UNKNOWN_DEVICE
        if code is V.ACCEPTED:
            self.win(who, no, group, epoch, members | {who}, set())
        return code

    def place(self, who: DeviceId, group: bytes, epoch: int) -> VerdictCode:
        members = self.roster.get(group, set())
        if not members:
            return V.UNKNOWN_GROUP
        if who not in members:
            return V.NOT_A_MEMBER
        return V.ACCEPTED if epoch == self.epoch[group] else V.STALE_EPOCH

    def win(self, who: DeviceId, no: int, group: bytes, epoch: int, after: set[DeviceId], add: set[DeviceId]) -> None:
        self.post(Kind.COMMIT, group, who, no, self.roster.get(group, set()) - add - {who})
        self.post(Kind.WELCOME, group, who, no, add)
        self.epoch[group], self.roster[group] = epoch + 1, after

    def post(self, kind: Kind, group: bytes, who: DeviceId, no: int, to: set[DeviceId]) -> None:
        for one in to:
            self.mail[one].append((kind, group, who, no))


device_ids = st.sampled_from(list(DEVICES))
group_ids = st.sampled_from(GROUPS)
epochs = st.integers(-1, 1)
few_devices = st.sets(device_ids, max_size=3)


class AgainstModel(RuleBasedStateMachine):
    numbers = Bundle("numbers")

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.connection = apsw.Connection(":memory:")
        self.tx = SqliteTx(self.connection)
        for migration in migrations():
            for statement in (one for it in migration.statements for one in in_sqlite(it)):
                self.tx.execute(statement)
        self.office = SortingOffice(self.directory, self.may_reach)
        self.next_no: Counter[DeviceId] = Counter()
        # Only what other features call on a transaction is needed of the service here.
        self.service = service.Delivery.__new__(service.Delivery)
        self.service.relay = Relay.__new__(Relay)

    def directory(self, tx: object, device_ids: object) -> dict[DeviceId, AccountId]:
        assert isinstance(device_ids, list)
        return {one: self.model.alive[one] for one in device_ids if one in self.model.alive}

    def may_reach(self, tx: object, from_account: AccountId, to_account: AccountId) -> bool:
        return STRANGER not in (from_account, to_account)

    def sort(self, *frames: tuple[DeviceId, Send | Commit]) -> list[VerdictCode]:
        posts = [Post(None, who, DEVICES[who], frame, 0.0) for who, frame in frames]
        clock = ManualClock()
        outcome = self.office.sort(self.tx, [Work(posts, {})], now_ms=clock.now_ms())
        return [decided.code for decided in outcome.decided]

    def epoch_near(self, group: bytes, off_by: int) -> int:
        return max(0, self.model.epoch.get(group, 0) + off_by)

    def number(self, who: DeviceId) -> int:
        self.next_no[who] += 1
        return self.next_no[who]

    def decide(self, who: DeviceId, no: int, frame: Send | Commit, expected: VerdictCode) -> None:
        assert self.sort((who, frame)) == [expected]
        if expected is V.ACCEPTED:
            self.model.done[who].add(no)

    @rule(target=numbers, who=device_ids, group=group_ids, off_by=epochs)
    def send(self, who: DeviceId, group: bytes, off_by: int) -> object:
        no, epoch = self.number(who), self.epoch_near(group, off_by)
        frame = Send(no, group, application(group, epoch))
        self.decide(who, no, frame, self.model.send(who, no, group, epoch))
        return multiple((who, no, frame))

    @rule(target=numbers, who=device_ids, group=group_ids, off_by=epochs, add=few_devices, cut=few_devices)
    def commit(self, who: DeviceId, group: bytes, off_by: int, add: set[DeviceId], cut: set[DeviceId]) -> object:
        no, epoch = self.number(who), self.epoch_near(group, off_by)
        welcome = b"welcome" if add else None
        added, removed = [int(one) for one in add], [int(one) for one in cut]
        frame = Commit(no, group, commit_message(group, epoch), welcome, added, removed, b"info")
        self.decide(who, no, frame, self.model.commit(who, no, group, epoch, add, cut))
        return multiple((who, no, frame))

    @rule(who=device_ids, group=group_ids, chosen=st.data())
    def replace(self, who: DeviceId, group: bytes, chosen: st.DataObject) -> None:
        """A member's lost leaf is removed and added by one commit."""
        others = sorted(self.model.roster.get(group, set()) - {who})
        if others:
            one = {chosen.draw(st.sampled_from(others))}
            self.commit(who, group, 0, one, one)

    @rule(target=numbers, who=device_ids, group=group_ids, off_by=epochs, again=st.booleans())
    def join(self, who: DeviceId, group: bytes, off_by: int, again: bool) -> object:
        no, epoch = self.number(who), self.epoch_near(group, off_by)
        inside = who in self.model.roster.get(group, set())
        cut = [int(who)] if inside or again else []
        frame = Commit(no, group, external_commit(group, epoch), None, [who], cut, b"info")
        self.decide(who, no, frame, self.model.join(who, no, group, epoch))
        return multiple((who, no, frame))

    @rule(repeated=consumes(numbers))
    def repeat(self, repeated: tuple[DeviceId, int, Send | Commit]) -> None:
        """[DS4] What was accepted is answered so again and does nothing; what was refused is looked at anew."""
        who, no, frame = repeated
        if no in self.model.done[who]:
            assert self.sort((who, frame)) == [V.ACCEPTED]

    @rule(who=device_ids, share=st.integers(0, 100))
    def acknowledge(self, who: DeviceId, share: int) -> None:
        """[DS5]"""
        rows = self.tx.all("SELECT seq FROM mail WHERE device_id = ? ORDER BY seq", (who,))
        count = len(rows) * share // 100
        if count:
            seq = rows[count - 1][0]
            assert isinstance(seq, int)
            work = Work([], {who: (DEVICES[who], seq)})
            self.office.sort(self.tx, [work], now_ms=0)
            del self.model.mail[who][:count]

    @rule(who=device_ids, group=group_ids)
    def leave(self, who: DeviceId, group: bytes) -> None:
        self.tx.others += 1  # as a round does for whatever is not a batch
        store.leave(self.tx, group, who)
        self.model.roster.get(group, set()).discard(who)
        if not self.model.roster.get(group):
            self.model.epoch.pop(group, None)

    @precondition(lambda self: len(self.model.alive) > 3)
    @rule(who=device_ids)
    def remove_device(self, who: DeviceId) -> None:
        """[DS14]"""
        self.tx.others += 1
        service.Delivery.device_removed(self.service, self.tx, who)
        self.model.alive.pop(who, None)
        self.model.mail[who].clear()
        for group, members in self.model.roster.items():
            members.discard(who)
            if not members:
                self.model.epoch.pop(group, None)
        self.model.done[who].clear()
        self.next_no[who] += 200

    @invariant()
    def same_mailboxes(self) -> None:
        """[DS3] [DS6]"""
        for who, expected in self.model.mail.items():
            page, all_read = store.read_mail(self.tx, who, 0, 10_000, 1 << 30)
            assert all_read
            letters = [decode_envelope(envelope) for _, envelope in page]
            found = [(letter.kind, letter.group_id, letter.sender, letter.no) for letter in letters]
            assert found == expected
            assert [seq for seq, _ in page] == sorted({seq for seq, _ in page})

    @invariant()
    def no_body_without_mail(self) -> None:
        """[DS5] A body is there exactly as long as a row of mail, and counts them right."""
        assert not self.tx.all("SELECT seq FROM body EXCEPT SELECT seq FROM mail")
        assert not self.tx.all("SELECT seq FROM mail EXCEPT SELECT seq FROM body")
        assert not self.tx.all(
            "SELECT b.seq FROM body b WHERE b.pending <> (SELECT COUNT(*) FROM mail m WHERE m.seq = b.seq)"
        )

    @invariant()
    def same_rosters(self) -> None:
        for group in GROUPS:
            stored = store.group(self.tx, group)
            assert (set(stored.roster) if stored else set()) == self.model.roster.get(group, set())
            assert (stored.epoch if stored else None) == self.model.epoch.get(group)

    @invariant()
    def the_gone_left_nothing(self) -> None:
        """[DS14]"""
        for table in ("mailbox", "mail", "member"):
            rows = self.tx.all(f"SELECT DISTINCT device_id FROM {table}")
            assert {row[0] for row in rows} <= set(self.model.alive)

    def teardown(self) -> None:
        with contextlib.suppress(apsw.Error):
            self.connection.close()


AgainstModel.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAgainstModel = AgainstModel.TestCase
