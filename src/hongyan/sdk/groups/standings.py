"""The rules each group stands under, and the judgement of a commit by them: the store's side of `judging.py`."""

from dataclasses import replace

from hongyan.sdk.content import cbor
from hongyan.sdk.groups.judging import Change, Fault, Seat, Standing, first_standing, judge
from hongyan.sdk.groups.note import Departure, open_note, signed_of
from hongyan.sdk.groups.policy import Policy, Signed, is_signed_by
from hongyan.sdk.groups.trail import Witnesses
from hongyan.sdk.mls import Leaf, Mls, Unusable
from hongyan.sdk.people import Directory
from hongyan.sdk.session import Session
from hongyan.sdk.store.store import Tx


def encode_standing(standing: Standing) -> bytes:
    """As it is stored, handed to those who are added, and told to who asks [GP8]."""
    trail = [[one.content, one.signature] for one in standing.trail]
    counted = [[account, count] for account, count in standing.offences.items()]
    return cbor.encode([trail, standing.intruders, standing.victims, counted, standing.certain, standing.handed])


def decode_standing(content: bytes) -> Standing:
    """Raises Unusable for what is none; what follows the six fields is passed over."""
    try:
        fields = cbor.parts(cbor.decode(content), 6)
    except ValueError:
        fields = None
    if fields is None:
        raise Unusable("no standing")
    lists = [list(one) if isinstance(one, list | tuple) else [] for one in fields[:4]]
    steps, intruders, victims, counted = lists
    trail = tuple(one for step in steps if (one := signed_of(step)) is not None)
    policy = trail[-1].policy if trail else None
    if policy is None:
        raise Unusable("no policy")
    offences = {}
    for item in counted:
        pair = cbor.parts(item, 2)
        if pair is not None and isinstance(pair[0], int) and isinstance(pair[1], int):
            offences[pair[0]] = pair[1]
    return Standing(
        policy,
        trail,
        tuple(one for one in intruders if isinstance(one, bytes)),
        tuple(one for one in victims if isinstance(one, int)),
        offences,
        fields[4] is True,
        fields[5] is True,
    )


class Standings:
    def __init__(self, session: Session, directory: Directory, mls: Mls) -> None:
        self._session = session
        self._directory = directory
        self._mls = mls

    def find(self, group_id: bytes) -> Standing | None:
        """None: nothing is known yet of this group."""
        row = self._session.store.one("SELECT standing FROM group_standing WHERE group_id = ?", (group_id,))
        return None if row is None else decode_standing(row.blob("standing"))

    def of(self, group_id: bytes) -> Standing:
        """What holds in a group: one without a policy has one by rule [GP2]."""
        return self.find(group_id) or first_standing(group_id, self.seats(self._mls.leaves(group_id)))

    def is_intruder(self, group_id: bytes, key: bytes) -> bool:
        """Nothing that a device says which was added without right is shown, or acted on [GP6]."""
        standing = self.find(group_id)
        return standing is not None and key in standing.intruders

    def save(self, tx: Tx, group_id: bytes, standing: Standing) -> None:
        now = None if standing.certain else self._session.clock.now_ms()
        tx.run(
            """INSERT INTO group_standing (group_id, doubted_ms, intruders, standing) VALUES (?, ?, ?, ?)
               ON CONFLICT (group_id) DO UPDATE SET intruders = excluded.intruders, standing = excluded.standing,
               doubted_ms = CASE WHEN excluded.doubted_ms IS NULL THEN NULL
               ELSE coalesce(doubted_ms, excluded.doubted_ms) END""",
            (group_id, now, len(standing.intruders), encode_standing(standing)),
        )

    def forget(self, tx: Tx, group_id: bytes) -> None:
        tx.run("DELETE FROM group_standing WHERE group_id = ?", (group_id,))
        tx.run("DELETE FROM policy_word WHERE group_id = ?", (group_id,))

    def doubt(self, tx: Tx, group_id: bytes) -> None:
        """This device has lost track of the group: what it knew may be true no more [GP8]."""
        known = self.of(group_id)
        self.save(tx, group_id, replace(known, certain=False, intruders=(), victims=(), offences={}))

    def trust_old(self, older_than_ms: int) -> None:
        """Where nobody has told otherwise for so long, what this device knew holds on."""
        store, before = self._session.store, self._session.clock.now_ms() - older_than_ms
        rows = store.all("SELECT group_id, standing FROM group_standing WHERE doubted_ms <= ?", (before,))
        for row in rows:
            trusted = replace(decode_standing(row.blob("standing")), certain=True, handed=True)
            store.write(lambda tx, row=row, trusted=trusted: self.save(tx, row.blob("group_id"), trusted))  # type: ignore[misc]

    def seats(self, leaves: tuple[Leaf, ...]) -> tuple[Seat, ...]:
        def seat(leaf: Leaf) -> Seat:
            known = self._directory.known(leaf.key)
            account = self._directory.account_of(leaf.key) if leaf.key else None
            return Seat(leaf.key, account, leaf.encryption_key, known is not None and known.removed)

        return tuple(seat(leaf) for leaf in leaves)

    async def judge(
        self,
        standing: Standing,
        group_id: bytes,
        before: tuple[Leaf, ...],
        after: tuple[Leaf, ...],
        *,
        committer: bytes | None,
        note: bytes = b"",
        note_key: bytes = b"",
    ) -> tuple[Standing, tuple[Fault, ...]]:
        """What a commit makes of `standing`. Asks the directory when somebody is removed without a known right."""
        opened = open_note(note, note_key) if note else None
        policy: tuple[Policy, Signed] | None = None
        departures: tuple[Departure, ...] = ()
        if opened is not None:
            policy = None if opened.policy is None else self._checked(opened.policy)
            departures = tuple(
                one
                for one in opened.departures
                if (key := self._directory.account_key(one.account)) is not None and one.holds(group_id, key)
            )

        def judged() -> tuple[Standing, tuple[Fault, ...]]:
            old, now = self.seats(before), self.seats(after)
            actor = next((seat for seat in (*old, *now) if committer and seat.key == committer), None)
            return judge(standing, Change(actor, old, now, policy, departures))

        first = judged()
        if not any(fault.what == "removed" for fault in first[1]):
            return first
        left = {leaf.key for leaf in after}
        await self._directory.refresh([leaf.key for leaf in before if leaf.key and leaf.key not in left])
        return judged()

    def _checked(self, signed: Signed) -> tuple[Policy, Signed] | None:
        """A version whose signature does not hold is nobody's: a fault, and told."""
        policy = signed.policy
        if policy is None:
            return None
        key = self._directory.account_key(policy.signer)
        holds = key is not None and is_signed_by(signed, key)
        return (policy if holds else replace(policy, signer=0)), signed

    def witnesses(self, members: set[int]) -> Witnesses:
        return Witnesses(self._directory.account_key, members.__contains__)
