"""Whether a commit is in order under the policy before it, and what holds after it [GP3] to [GP7]. Pure.

Each member has the same tree, the same commit and the same policy, and so comes to the same judgement. What a commit
did without right is void, and is undone by whoever comes first.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from hongyan.sdk.groups.note import Departure
from hongyan.sdk.groups.policy import (
    Origin,
    Policy,
    Signed,
    first_policy,
    group_id_of,
    next_by_rule,
    sign_policy,
    unsigned,
)
from hongyan.sdk.groups.trail import lengthened

OFFENCES_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class Seat:
    """A leaf as the rules see it. `account` None: nobody certifies it. `gone`: its account has removed the device."""

    key: bytes
    account: int | None
    encryption_key: bytes
    gone: bool


@dataclass(frozen=True, slots=True)
class Change:
    """`committer` None: no longer to be known. `policy` and `departures`: their signatures hold."""

    committer: Seat | None
    before: tuple[Seat, ...]
    after: tuple[Seat, ...]
    policy: tuple[Policy, Signed] | None = None
    departures: tuple[Departure, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What this device knows of a group's rules, and what is void in its tree.

    `certain` False: it has missed commits, and judges nothing until it is told [GP8]. `handed`: told by a member, not
    followed from the group's first day.
    """

    policy: Policy
    trail: tuple[Signed, ...]
    intruders: tuple[bytes, ...] = ()
    victims: tuple[int, ...] = ()
    offences: dict[int, int] = field(default_factory=dict)
    certain: bool = True
    handed: bool = False

    def members(self, seats: tuple[Seat, ...]) -> set[int]:
        """Members by right: those in the tree without intruders, and those wrongly removed."""
        present = {seat.account for seat in seats if seat.account is not None and seat.key not in self.intruders}
        return present | set(self.victims)

    def is_offender(self, account: int) -> bool:
        """Who does so again and again has a client that holds no rules: anybody may put her out."""
        return self.offences.get(account, 0) >= OFFENCES_MAX and account != self.policy.owner


@dataclass(frozen=True, slots=True)
class Fault:
    what: Literal["added", "removed", "policy"]
    people: tuple[int, ...] = ()


def first_standing(group_id: bytes, seats: tuple[Seat, ...]) -> Standing:
    owner = next((seat.account for seat in seats if seat.account is not None), 0)
    policy = first_policy(group_id, owner)
    return Standing(policy, (unsigned(policy),))


def founded_standing(origin: Origin, name: str | None, door: bytes, seed: bytes) -> Standing:
    """What holds in a group that its founder gives version 1 before anybody is in it [GP2]."""
    first = first_policy(group_id_of(origin), origin.account)
    made = replace(first, origin=origin, name=name, door=door)
    policy = replace(made, version=1, previous=first.hash, signer=origin.account)
    return Standing(policy, (unsigned(first), sign_policy(policy, seed)))


def may_add(standing: Standing, actor: int | None, account: int) -> bool:
    """[GP5]"""
    if actor is None:
        return False
    if account in standing.victims:
        return True
    return standing.policy.adding == "everyone" or standing.policy.role_of(actor) != "member"


def may_remove(standing: Standing, actor: int | None, seat: Seat, departures: tuple[Departure, ...] = ()) -> bool:
    """[GP6]"""
    account = seat.account
    if account is None or seat.gone or seat.key in standing.intruders:
        return True
    if account == actor or standing.is_offender(account):
        return True
    if any(one.account == account and seat.encryption_key in one.leaves for one in departures):
        return True
    if actor is None:
        return False
    own = standing.policy.role_of(actor)
    return own == "owner" or (own == "admin" and standing.policy.role_of(account) == "member")


def may_follow(before: Policy, after: Policy, members: set[int]) -> bool:
    """Whether `after` may follow, made by its signer, in a group with these members afterwards [GP4]."""
    if after.version != before.version + 1 or after.previous != before.hash:
        return False
    if after.group_id != before.group_id or after.signer not in members:
        return False
    role, origin = before.role_of(after.signer), after.origin
    if origin != before.origin:
        founding = before.version == 0 and before.origin is None and origin is not None
        if not founding or origin is None or origin.account != after.signer or group_id_of(origin) != after.group_id:
            return False
    if after.roles != before.roles and (role != "owner" or not _roles_are_sound(after, members)):
        return False
    if after.settings != before.settings and role == "member":
        return False
    if after.name != before.name and role == "member" and before.naming != "everyone":
        return False
    return after.announcement == before.announcement or _may_announce(before, after)


def _roles_are_sound(policy: Policy, members: set[int]) -> bool:
    everyone = [policy.owner, *policy.admins]
    return len(set(everyone)) == len(everyone) and set(everyone) <= members


def _may_announce(before: Policy, after: Policy) -> bool:
    mine = after.announcement is None or after.announcement.by == after.signer
    return mine and (before.announcing == "everyone" or before.role_of(after.signer) != "member")


def judge(before: Standing, change: Change) -> tuple[Standing, tuple[Fault, ...]]:
    actor = _actor_of(before, change.before, change.committer)
    intruders, strangers = _added(before, change, actor)
    victims, lost = _removed(before, change, actor)
    after_keys = {seat.key for seat in change.after}
    after_accounts = {seat.account for seat in change.after}
    standing = replace(
        before,
        intruders=tuple(key for key in before.intruders if key in after_keys) + intruders,
        victims=tuple(one for one in before.victims if one not in after_accounts and one not in victims) + victims,
    )
    faults = []
    if intruders:
        faults.append(Fault("added", strangers))
    if lost:
        faults.append(Fault("removed", lost))
    if faults and actor is not None:
        standing = replace(standing, offences={**before.offences, actor: before.offences.get(actor, 0) + 1})
    members = standing.members(change.after)
    if change.policy is not None:
        policy, signed = change.policy
        if actor == policy.signer and may_follow(before.policy, policy, members):
            standing = _following(standing, policy, signed)
        else:
            faults.append(Fault("policy"))
    standing = _succeeded(standing, members, change.before)
    if not before.certain:
        return replace(standing, intruders=(), victims=(), offences={}), ()
    return standing, tuple(faults)


def _actor_of(standing: Standing, seats: tuple[Seat, ...], committer: Seat | None) -> int | None:
    """Whose right a commit has: none for an intruder, or for somebody who is no member."""
    if committer is None or committer.account is None or committer.key in standing.intruders:
        return None
    return committer.account if committer.account in standing.members(seats) else None


def _added(standing: Standing, change: Change, actor: int | None) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """A device of who is a member already is hers to bring [DS9]; a device of an intruder is one more intruder."""
    known = {seat.key for seat in change.before}
    members = standing.members(change.before)
    wrong = [
        seat
        for seat in change.after
        if seat.key not in known
        and not (seat.account is not None and (seat.account in members or may_add(standing, actor, seat.account)))
    ]
    people = dict.fromkeys(seat.account for seat in wrong if seat.account is not None)
    return tuple(seat.key for seat in wrong), tuple(people)


def _removed(standing: Standing, change: Change, actor: int | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    left = {seat.key for seat in change.after}
    present = {seat.account for seat in change.after}
    people = dict.fromkeys(
        seat.account
        for seat in change.before
        if seat.key not in left
        and seat.account is not None
        and not may_remove(standing, actor, seat, change.departures)
    )
    return tuple(one for one in people if one not in present), tuple(people)


def _following(standing: Standing, policy: Policy, signed: Signed) -> Standing:
    return replace(standing, trail=lengthened(standing.trail, signed), policy=policy)


def _succeeded(standing: Standing, members: set[int], seats: tuple[Seat, ...]) -> Standing:
    """Owner and admins who are gone by right lose their part; the next is found by rule [GP7]."""
    policy = standing.policy
    admins = tuple(one for one in policy.admins if one in members)
    stays = policy.owner in members
    if not members or (stays and admins == policy.admins):
        return standing
    lowest = next((seat.account for seat in seats if seat.account is not None and seat.account in members), None)
    owner = policy.owner if stays else next(iter(admins), lowest or policy.owner)
    following = next_by_rule(policy, owner, tuple(one for one in admins if one != owner))
    return _following(standing, following, unsigned(following))
