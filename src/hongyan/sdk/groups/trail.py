"""What shows a newcomer that a policy is the group's own [GP8]: whoever hands it over cannot make herself owner."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hongyan.sdk.groups.policy import Policy, Signed, group_id_of, is_signed_by

TRAIL_MAX: Final = 24


def lengthened(trail: tuple[Signed, ...], following: Signed) -> tuple[Signed, ...]:
    """The trail with one more version; what is not needed to check it goes."""
    policy = following.policy
    before, last = (trail[-2].policy, trail[-1].policy) if len(trail) > 1 else (None, None)
    needed = (
        before is None
        or last is None
        or policy is None
        or before.roles != last.roles
        or (last.role_of(last.signer) != "member" and last.role_of(policy.signer) == "member")
    )
    return ((*trail, following) if needed else (*trail[:-1], following))[-TRAIL_MAX:]


@dataclass(frozen=True, slots=True)
class Witnesses:
    """`account_key`: the pinned one, or None for an account never heard of."""

    account_key: Callable[[int], bytes | None]
    is_member: Callable[[int], bool]


def policy_of_trail(group_id: bytes, trail: tuple[Signed, ...], witnesses: Witnesses) -> Policy | None:
    """The policy the trail leads to, or None when a step of it does not hold."""
    before: Policy | None = None
    for signed in trail:
        policy = signed.policy
        if policy is None or policy.group_id != group_id or not _signature_holds(policy, signed, witnesses):
            return None
        if not (_may_begin(policy) if before is None else _may_leap(before, policy, witnesses)):
            return None
        before = policy
    return before


def _signature_holds(policy: Policy, signed: Signed, witnesses: Witnesses) -> bool:
    """The key of somebody who is gone may be unknown here: she can say nothing for herself any more."""
    if policy.signer == 0:
        return signed.signature == b""
    origin = policy.origin
    own = origin.account_key if origin is not None and origin.account == policy.signer else None
    key = own or witnesses.account_key(policy.signer)
    return not witnesses.is_member(policy.signer) if key is None else is_signed_by(signed, key)


def _may_begin(policy: Policy) -> bool:
    return policy.version == 0 if policy.origin is None else group_id_of(policy.origin) == policy.group_id


def _may_leap(before: Policy, after: Policy, witnesses: Witnesses) -> bool:
    """Versions between the two may be left out: roles change by the owner's hand or by rule, settings by an admin's."""
    if after.version <= before.version:
        return False
    if before.origin is None:
        if after.origin is not None:
            founder = after.origin.account
            founded = after.signer == after.owner == before.owner == founder and before.version == 0
            return founded and group_id_of(after.origin) == after.group_id
    elif after.origin is None or after.origin.nonce != before.origin.nonce:
        return False
    if before.roles != after.roles:
        return _is_by_rule(before, after, witnesses) if after.signer == 0 else after.signer == before.owner
    if after.signer != 0 and before.role_of(after.signer) != "member":
        return True
    return before.settings == after.settings


def _is_by_rule(before: Policy, after: Policy, witnesses: Witnesses) -> bool:
    """By rule only who is no longer there loses her part."""
    lost = [account for account in (before.owner, *before.admins) if after.role_of(account) == "member"]
    return not any(witnesses.is_member(account) for account in lost) and set(after.admins) <= set(before.admins)
