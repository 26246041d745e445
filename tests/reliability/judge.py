"""What must be true at the end of a history, whatever happened in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.reliability.phone import Change, Registry, Roster, SimulatedPhone
from tests.reliability.server import GROUPS
from tests.reliability.virtual import VirtualLoop

from hongyan.foundation.db.sqlite import SqliteDatabase

Rosters = dict[tuple[bytes, int], Roster]
Phones = Mapping[int, SimulatedPhone]


@dataclass
class Outcome:
    seed: int
    accepted: int = 0
    deliveries: int = 0
    commits: int = 0
    lives: int = 0
    cuts: int = 0
    faults: int = 0
    calls: int = 0
    turns: int = 0
    virtual_s: float = 0.0
    trace: str = ""
    wrongs: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.wrongs


def judge(outcome: Outcome, loop: VirtualLoop, phones: Phones, registry: Registry, database: SqliteDatabase) -> Outcome:
    """`outcome` with its counts, and each thing that is wrong in a sentence."""
    wrong = outcome.wrongs.append
    outcome.virtual_s, outcome.turns = loop.time(), loop.turns
    for mistake in loop.mistakes:
        wrong(f"unhandled: {mistake}")
    for phone in phones.values():
        for trouble, times in phone.troubles.items():
            wrong(f"device {phone.device_id}: {trouble} x{times}")
        if phone.unanswered or phone.to_say:
            wrong(f"device {phone.device_id}: {len(phone.unanswered) + len(phone.to_say)} never answered [DS10]")
    rosters = _rosters(outcome, phones, registry, wrong)
    places: dict[int, int] = {}
    for phone in phones.values():
        _judge_sender(outcome, phone, phones, rosters, wrong)
    for phone in phones.values():
        _judge_reader(phone, phones, places, wrong)
    _judge_disk(database, wrong)
    return outcome


def _rosters(outcome: Outcome, phones: Phones, registry: Registry, wrong: Callable[[str], None]) -> Rosters:
    """Who is in which epoch: one commit each, and everybody at the end of the same chain [DS2]."""
    chains: dict[tuple[bytes, int], Roster] = {(group_id, 1): roster for group_id, roster in GROUPS.items()}
    winners: dict[tuple[bytes, int], Change] = {}
    for phone in phones.values():
        for id_ in phone.won:
            change = registry.changes[id_]
            other = winners.setdefault((change.group_id, change.epoch), change)
            if other.id != change.id:
                wrong(f"two commits won epoch {change.epoch} of {change.group_id!r} [DS2]")
            chains[change.group_id, change.epoch + 1] = change.roster
    outcome.commits = len(winners)
    newest = {group_id: max(epoch for group, epoch in chains if group == group_id) for group_id in GROUPS}
    for phone in phones.values():
        for group_id, epoch in newest.items():
            belongs = phone.device_id in chains[group_id, epoch]
            if belongs and phone.groups.get(group_id, (0,))[0] != epoch:
                wrong(f"device {phone.device_id} is not in epoch {epoch} of {group_id!r} [DS2]")
            if not belongs and group_id in phone.groups:
                wrong(f"device {phone.device_id} was removed from {group_id!r} and does not know [DS2]")
    return chains


def _judge_sender(
    outcome: Outcome, phone: SimulatedPhone, phones: Phones, rosters: Rosters, wrong: Callable[[str], None]
) -> None:
    """What was accepted was shown once on every other device of its epoch's roster [DS3, DS4, DS11]."""
    for said, epoch in phone.accepted.values():
        outcome.accepted += 1
        for reader in rosters[said.group_id, epoch] - {phone.device_id}:
            times = sum(1 for one in phones[reader].shown if one.id == said.id)
            outcome.deliveries += times
            if times != 1:
                wrong(f"message {said.id} of {phone.device_id} shown {times} times on {reader}")


def _judge_reader(phone: SimulatedPhone, phones: Phones, places: dict[int, int], wrong: Callable[[str], None]) -> None:
    """Only what was accepted, at one place in the order of all [DS5, DS6]."""
    accepted = {said.id for other in phones.values() for said, _ in other.accepted.values()}
    for one in phone.shown:
        if one.id not in accepted:
            wrong(f"message {one.id} shown on {phone.device_id} was never accepted")
        if places.setdefault(one.id, one.seq) != one.seq:
            wrong(f"message {one.id} has two places in the order [DS6]")
    seqs = Counter(one.seq for one in phone.shown)
    if list(seqs) != sorted(seqs) or any(count > 1 for count in seqs.values()):
        wrong(f"device {phone.device_id}: seqs fell or came again [DS5]")


def _judge_disk(database: SqliteDatabase, wrong: Callable[[str], None]) -> None:
    """All is acknowledged: nothing may be left, and the file must be sound [DS5]."""
    connection = database._connection
    left = {table: connection.execute(f"SELECT count(*) FROM {table}").get for table in ("mail", "body")}
    if any(left.values()):
        wrong(f"left on the server: {left} [DS5]")
    if (sound := connection.pragma("integrity_check")) != "ok":
        wrong(f"integrity: {sound}")
