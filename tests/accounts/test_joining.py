"""Who may come in by an invitation, and what a repeat of it does [HT3] [AC3]."""

import asyncio
from dataclasses import replace

import pytest
from tests.accounts.people import KeyRing
from tests.accounts.world import DAY_S, World

from hongyan.accounts.model import Admitted, InvitationKind, Joining, Refusal, Refused
from hongyan.foundation.http import Caller


async def refusal(world: World, who: Joining) -> Refusal:
    outcome = await world.accounts.join(who)
    assert isinstance(outcome, Refused), outcome
    return outcome.why


async def test_the_first_to_join_is_the_owner(world: World) -> None:
    lan = await world.owner("lan")
    assert await world.accounts.authenticate(lan.token) == Caller(lan.id, lan.device, is_owner=True)
    assert await world.accounts.has_owner()
    assert await world.accounts.invitations.ensure_owner() is None


async def test_each_start_replaces_the_owners_unused_invitation(world: World) -> None:
    first = await world.accounts.invitations.ensure_owner()
    second = await world.accounts.invitations.ensure_owner()
    assert first and second
    assert await refusal(world, KeyRing().joining(first, "lan")) is Refusal.INVITATION_UNKNOWN
    await world.join(second, "lan")


async def test_a_member_is_no_owner_and_nobodys_friend(world: World) -> None:
    lan = await world.owner()
    mei = await world.member(lan, "mei")
    caller = await world.accounts.authenticate(mei.token)
    assert caller is not None and not caller.is_owner
    assert (await world.contacts.of(mei.id)).friends == []


async def test_a_friend_is_a_friend_at_once_with_her_greeting(world: World) -> None:
    """[CT2]"""
    lan = await world.owner()
    mei = await world.friend(lan, "mei", b"sealed to lan")
    [(person, friend)] = (await world.contacts.of(lan.id)).friends
    assert (person.account_id, friend.greeting) == (mei.id, b"sealed to lan")
    [(person, friend)] = (await world.contacts.of(mei.id)).friends
    assert (person.account_id, friend.greeting) == (lan.id, None)
    assert ((mei.id, lan.id), "contacts") in world.notices


async def test_bad_input_makes_nobody(world: World) -> None:
    """[ID1] [ID2] [ID4]"""
    lan = await world.owner("Lan")
    invitation = await world.invitation(lan, uses_max=50)
    good = KeyRing().joining(invitation, "mei")
    other = KeyRing()
    wrong = {
        Refusal.NAME_MALFORMED: replace(good, name="m/ei"),
        Refusal.BAD_SIGNATURE: replace(good, box_signature=other.box_signature),
        Refusal.INVITATION_UNKNOWN: replace(good, invitation="A" * 43),
        Refusal.NAME_TAKEN: replace(good, name="ＬＡＮ"),
    }
    for why, who in wrong.items():
        assert await refusal(world, who) is why
    stolen = replace(good, device=other.new_device())
    assert await refusal(world, stolen) is Refusal.BAD_SIGNATURE
    later = replace(good, device=replace(good.device, created_at_ms=good.device.created_at_ms + 1))
    assert await refusal(world, later) is Refusal.BAD_SIGNATURE
    assert await world.rows("account") == 1
    assert isinstance(await world.accounts.join(good), Admitted)


async def test_a_used_or_expired_invitation_says_so(world: World) -> None:
    lan = await world.owner()
    used = await world.invitation(lan)
    await world.join(used, "mei")
    assert await refusal(world, KeyRing().joining(used, "bo")) is Refusal.INVITATION_USED
    expired = await world.invitation(lan, lifetime_s=DAY_S)
    world.clock.advance(DAY_S)
    assert await refusal(world, KeyRing().joining(expired, "bo")) is Refusal.INVITATION_EXPIRED
    assert isinstance(await world.accounts.invitations.look(expired), Refused)


async def test_a_withdrawn_invitation_is_unknown(world: World) -> None:
    lan = await world.owner()
    token = await world.invitation(lan)
    [listed] = await world.accounts.invitations.mine(lan.id)
    mei = await world.member(lan, "mei")
    await world.accounts.invitations.withdraw(mei.id, listed.invitation_id)
    assert not isinstance(await world.accounts.invitations.look(token), Refused)
    await world.accounts.invitations.withdraw(lan.id, listed.invitation_id)
    assert await refusal(world, KeyRing().joining(token, "bo")) is Refusal.INVITATION_UNKNOWN


async def test_only_the_owner_invites_members(world: World) -> None:
    lan = await world.owner()
    made = await world.accounts.invitations.make(
        lan.id,
        InvitationKind.MEMBER,
        by_owner=False,
        uses_max=1,
        lifetime_s=DAY_S,
        care_mode=False,
        language=None,
    )
    assert made == Refused(Refusal.NOT_OWNER)


async def test_a_repeat_is_the_same_account_with_a_fresh_token(world: World) -> None:
    """[HT3] The answer was lost on its way."""
    lan = await world.owner()
    who = KeyRing().joining(await world.invitation(lan), "mei", greeting=b"sealed")
    first = await world.accounts.join(who)
    again = await world.accounts.join(who)
    assert isinstance(first, Admitted) and isinstance(again, Admitted)
    assert (first.account_id, first.device_id, first.friend) == (again.account_id, again.device_id, again.friend)
    assert first.friend is not None and first.friend.account_id == lan.id
    assert await world.accounts.authenticate(first.token) is None
    assert await world.accounts.authenticate(again.token) is not None
    assert await world.rows("account") == 2 and await world.rows("friendship") == 2


async def test_a_repeat_works_after_the_invitation_expired(world: World) -> None:
    lan = await world.owner()
    who = KeyRing().joining(await world.invitation(lan, lifetime_s=60), "mei")
    assert isinstance(await world.accounts.join(who), Admitted)
    world.clock.advance(120)
    assert isinstance(await world.accounts.join(who), Admitted)


async def test_another_name_after_a_lost_answer(world: World) -> None:
    """She saw an error, chose another name and pressed again: she is not locked out of her own keys."""
    lan = await world.owner()
    who = KeyRing().joining(await world.invitation(lan), "mei")
    assert isinstance(await world.accounts.join(who), Admitted)
    assert await refusal(world, replace(who, name="lan")) is Refusal.NAME_TAKEN
    renamed = await world.accounts.join(replace(who, name="mei2"))
    assert isinstance(renamed, Admitted)
    me = await world.accounts.me(renamed.account_id)
    assert me is not None and me.account.name == "mei2"
    await world.accounts.authenticate(renamed.token)
    assert await refusal(world, replace(who, name="mei3")) is Refusal.KEY_IN_USE
    assert await world.rows("account") == 2


async def test_what_everybody_knows_of_a_device_does_not_admit(world: World) -> None:
    """The inviter knows the invitation, and the directory tells every key: only the sealed label is secret."""
    lan = await world.owner()
    invitation = await world.invitation(lan, uses_max=5)
    who = KeyRing().joining(invitation, "mei")
    admitted = await world.accounts.join(who)
    assert isinstance(admitted, Admitted)
    forged = replace(who, device=replace(who.device, label=b"\0" * 40))
    assert await refusal(world, forged) is Refusal.KEY_IN_USE
    assert await refusal(world, replace(forged, name="bo")) is Refusal.KEY_IN_USE
    assert await world.accounts.authenticate(admitted.token) is not None


async def test_a_removed_device_does_not_come_back_by_a_repeat(world: World) -> None:
    """[DS14]"""
    lan = await world.owner()
    who = KeyRing().joining(await world.invitation(lan), "mei")
    admitted = await world.accounts.join(who)
    assert isinstance(admitted, Admitted)
    assert await world.accounts.remove_device(admitted.account_id, admitted.device_id) is None
    assert await refusal(world, who) is Refusal.KEY_IN_USE


async def test_keys_of_others_cannot_be_taken(world: World) -> None:
    lan = await world.owner()
    invitation = await world.invitation(lan, uses_max=5)
    mei = KeyRing()
    first = mei.joining(invitation, "mei")
    assert isinstance(await world.accounts.join(first), Admitted)
    assert await refusal(world, mei.joining(invitation, "bo")) is Refusal.KEY_IN_USE
    bo = KeyRing()
    same_device = bo.new_device()
    signed = b"hongyan device v1\0" + first.device.signature_key + first.device.created_at_ms.to_bytes(8, "big")
    claimed = replace(same_device, signature_key=first.device.signature_key, certificate=bo.account.sign(signed))
    assert await refusal(world, bo.joining(invitation, "bo", device=claimed)) is Refusal.KEY_IN_USE


async def test_a_hundred_at_once_by_one_invitation_make_one_account(world: World) -> None:
    lan = await world.owner()
    invitation = await world.invitation(lan)
    outcomes = await asyncio.gather(
        *(world.accounts.join(KeyRing().joining(invitation, f"mei{n}")) for n in range(100))
    )
    assert sum(isinstance(outcome, Admitted) for outcome in outcomes) == 1
    refused = {outcome.why for outcome in outcomes if isinstance(outcome, Refused)}
    assert refused <= {Refusal.INVITATION_USED, Refusal.TOO_MANY_TRIES}
    assert await world.rows("account") == 2
    assert await world.rows("invitation_use") == 2


async def test_two_take_one_name_at_once(world: World) -> None:
    lan = await world.owner()
    invitation = await world.invitation(lan, uses_max=20)
    names = ["mei", "MEI", "ｍｅｉ", "Mei", "mEi"]
    outcomes = await asyncio.gather(*(world.accounts.join(KeyRing().joining(invitation, name)) for name in names))
    assert sum(isinstance(outcome, Admitted) for outcome in outcomes) == 1
    assert {o.why for o in outcomes if isinstance(o, Refused)} == {Refusal.NAME_TAKEN}


@pytest.mark.parametrize("restart", [False, True])
async def test_joins_by_one_invitation_are_limited(world: World, restart: bool) -> None:
    """[AC3] Also what fails counts, and a restart forgets nothing."""
    lan = await world.owner()
    invitation = await world.invitation(lan, uses_max=100)
    for _ in range(20):
        assert await refusal(world, KeyRing().joining(invitation, "lan")) is Refusal.NAME_TAKEN
    if restart:
        world.build()
    outcome = await world.accounts.join(KeyRing().joining(invitation, "mei"))
    assert isinstance(outcome, Refused) and outcome.why is Refusal.TOO_MANY_TRIES
    assert outcome.retry_after_s == 60
    world.clock.advance(60)
    assert isinstance(await world.accounts.join(KeyRing().joining(invitation, "mei")), Admitted)
