"""How people become friends, and what those learn who do not [CT1] [CT2] [DS8] [AC3]."""

import asyncio

import pytest
from tests.accounts.world import DAY_S, Member, World

from hongyan.accounts.model import InvitationKind
from hongyan.contacts import may_reach
from hongyan.contacts.model import REQUESTS_COUNT, REQUESTS_WAITING_MAX, Refusal, Refused, RequestState, Rules
from hongyan.foundation.ids import AccountId

REQUESTED, FRIENDS = RequestState.REQUESTED, RequestState.FRIENDS


async def ask(
    world: World, who: Member, whom: Member, greeting: bytes = b"sealed", invitation: str | None = None
) -> RequestState | Refused:
    return await world.contacts.request(who.id, whom.id, greeting, invitation)


async def friends_of(world: World, who: Member) -> set[AccountId]:
    return {person.account_id for person, _ in (await world.contacts.of(who.id)).friends}


async def asking(world: World, who: Member) -> set[AccountId]:
    return {person.account_id for person, _ in (await world.contacts.of(who.id)).incoming}


async def reaches(world: World, who: Member, whom: Member) -> bool:
    return await world.db.read(lambda tx: may_reach(tx, who.id, whom.id))


async def strangers(world: World) -> tuple[Member, Member]:
    lan = await world.owner("lan")
    return lan, await world.member(lan, "mei")


async def test_request_and_accept(world: World) -> None:
    """[CT1]"""
    lan, mei = await strangers(world)
    assert not await reaches(world, lan, mei)
    assert await ask(world, lan, mei, b"sealed to mei") is REQUESTED
    assert world.notices == [((lan.id, mei.id), "contacts")]
    [(person, request)] = (await world.contacts.of(mei.id)).incoming
    assert (person.account_id, person.name, request.greeting) == (lan.id, "lan", b"sealed to mei")
    [(person, _)] = (await world.contacts.of(lan.id)).outgoing
    assert person.account_id == mei.id
    assert not await reaches(world, lan, mei)
    assert await world.contacts.accept(mei.id, lan.id) is None
    assert await world.contacts.accept(mei.id, lan.id) is None
    assert await friends_of(world, lan) == {mei.id} and await friends_of(world, mei) == {lan.id}
    assert await asking(world, mei) == set() and (await world.contacts.of(lan.id)).outgoing == []
    assert await reaches(world, lan, mei) and await reaches(world, mei, lan)


async def test_one_reaches_oneself(world: World) -> None:
    """[DS8]"""
    lan = await world.owner()
    assert await reaches(world, lan, lan)


async def test_nobody_accepts_what_was_not_asked(world: World) -> None:
    lan, mei = await strangers(world)
    bo = await world.member(lan, "bo")
    await ask(world, lan, mei)
    unknown = Refused(Refusal.REQUEST_UNKNOWN)
    assert await world.contacts.accept(lan.id, mei.id) == unknown  # her own request
    assert await world.contacts.accept(bo.id, lan.id) == unknown
    assert await world.contacts.accept(mei.id, bo.id) == unknown
    assert await world.contacts.accept(mei.id, AccountId(1)) == unknown


async def test_nobody_asks_herself_or_nobody(world: World) -> None:
    lan = await world.owner()
    for whom in (lan.id, AccountId(1)):
        outcome = await world.contacts.request(lan.id, whom, b"sealed", None)
        assert outcome == Refused(Refusal.PERSON_UNKNOWN)
        assert await world.contacts.block(lan.id, whom) == Refused(Refusal.PERSON_UNKNOWN)


async def test_crossing_requests_make_friends_at_once(world: World) -> None:
    lan, mei = await strangers(world)
    assert await ask(world, lan, mei, b"from lan") is REQUESTED
    assert await ask(world, mei, lan, b"from mei") is FRIENDS
    [(_, to_lan)] = (await world.contacts.of(lan.id)).friends
    [(_, to_mei)] = (await world.contacts.of(mei.id)).friends
    assert (to_lan.greeting, to_mei.greeting) == (b"from mei", b"from lan")
    assert await asking(world, lan) == await asking(world, mei) == set()


async def test_requests_that_cross_at_the_same_moment(world: World) -> None:
    lan, mei = await strangers(world)
    outcomes = await asyncio.gather(ask(world, lan, mei), ask(world, mei, lan))
    assert sorted(str(outcome) for outcome in outcomes) == ["friends", "requested"]
    assert await friends_of(world, lan) == {mei.id} and await friends_of(world, mei) == {lan.id}


async def test_a_friend_invitation_makes_friends_at_once(world: World) -> None:
    """[CT3] Scanned by somebody who has an account already."""
    lan, mei = await strangers(world)
    invitation = await world.invitation(lan)
    assert await ask(world, mei, lan, b"sealed", invitation) is FRIENDS
    assert await ask(world, mei, lan, b"sealed", invitation) is FRIENDS
    bo = await world.member(lan, "bo")
    assert await ask(world, bo, lan, b"sealed", invitation) is REQUESTED  # used up


async def test_an_invitation_opens_only_its_inviters_door(world: World) -> None:
    lan, mei = await strangers(world)
    bo = await world.member(lan, "bo")
    assert await ask(world, bo, mei, b"sealed", await world.invitation(lan)) is REQUESTED
    member = await world.invitation(lan, InvitationKind.MEMBER)
    assert await ask(world, bo, lan, b"sealed", member) is REQUESTED
    expired = await world.invitation(lan, lifetime_s=60)
    world.clock.advance(60)
    assert await ask(world, mei, lan, b"sealed", expired) is REQUESTED
    assert await ask(world, bo, lan, b"other", "A" * 43) is REQUESTED


async def test_declined_is_not_told(world: World) -> None:
    """[CT1]"""
    lan, mei = await strangers(world)
    await ask(world, lan, mei)
    world.notices.clear()
    await world.contacts.decline(mei.id, lan.id)
    await world.contacts.decline(mei.id, lan.id)
    assert world.notices == [((mei.id,), "contacts")]
    assert await asking(world, mei) == set()
    assert len((await world.contacts.of(lan.id)).outgoing) == 1
    assert await ask(world, lan, mei, b"please") is REQUESTED
    assert await asking(world, mei) == set()
    assert await world.contacts.accept(mei.id, lan.id) == Refused(Refusal.REQUEST_UNKNOWN)
    assert await ask(world, mei, lan) is FRIENDS  # she thought better of it


async def test_after_a_month_one_may_ask_again(world: World) -> None:
    lan, mei = await strangers(world)
    await ask(world, lan, mei)
    await world.contacts.decline(mei.id, lan.id)
    world.clock.advance(30 * DAY_S + 1)
    await world.contacts.erase_expired()
    assert (await world.contacts.of(lan.id)).outgoing == []
    assert await ask(world, lan, mei) is REQUESTED
    assert await asking(world, mei) == {lan.id}


async def test_a_blocked_persons_request_gets_the_same_answer_and_is_never_shown(world: World) -> None:
    """[CT1]"""
    lan, mei = await strangers(world)
    assert await world.contacts.block(mei.id, lan.id) is None
    world.notices.clear()
    assert await ask(world, lan, mei) is REQUESTED
    assert await ask(world, lan, mei, b"again", await world.invitation(mei)) is REQUESTED
    assert all(mei.id not in told for told, _ in world.notices)
    assert len((await world.contacts.of(lan.id)).outgoing) == 1
    assert (await world.contacts.of(lan.id)).blocked == []
    await world.contacts.unblock(mei.id, lan.id)
    assert await asking(world, mei) == set()


async def test_who_is_blocked_no_more_may_ask_again(world: World) -> None:
    lan, mei = await strangers(world)
    await ask(world, lan, mei)
    await world.contacts.block(mei.id, lan.id)
    await world.contacts.unblock(mei.id, lan.id)
    assert await ask(world, lan, mei) is REQUESTED
    assert await asking(world, mei) == {lan.id}
    await world.contacts.decline(mei.id, lan.id)
    await world.contacts.block(mei.id, lan.id)
    await world.contacts.unblock(mei.id, lan.id)
    assert await ask(world, lan, mei, b"please") is REQUESTED
    assert await asking(world, mei) == set()


async def test_blocking_hides_what_was_asked_and_takes_back_what_one_asked(world: World) -> None:
    lan, mei = await strangers(world)
    await ask(world, lan, mei)
    await world.contacts.block(mei.id, lan.id)
    assert await asking(world, mei) == set()
    await world.contacts.unblock(mei.id, lan.id)
    assert await asking(world, mei) == set()
    bo = await world.member(lan, "bo")
    await ask(world, bo, mei)
    await world.contacts.block(bo.id, mei.id)
    assert await asking(world, mei) == set()


async def test_a_blocked_friend_reaches_nobody_and_is_not_told(world: World) -> None:
    """[DS8]"""
    lan = await world.owner()
    mei = await world.friend(lan, "mei")
    world.notices.clear()
    await world.contacts.block(lan.id, mei.id)
    await world.contacts.block(lan.id, mei.id)
    assert world.notices == [((lan.id,), "contacts")]
    assert not await reaches(world, mei, lan) and not await reaches(world, lan, mei)
    assert await friends_of(world, mei) == {lan.id}
    assert await ask(world, mei, lan) is FRIENDS
    assert [person.account_id for person in (await world.contacts.of(lan.id)).blocked] == [mei.id]
    await world.contacts.unblock(lan.id, mei.id)
    await world.contacts.unblock(lan.id, mei.id)
    assert await reaches(world, mei, lan) and await reaches(world, lan, mei)


async def test_to_ask_somebody_lifts_ones_own_block(world: World) -> None:
    lan, mei = await strangers(world)
    await world.contacts.block(lan.id, mei.id)
    assert await ask(world, lan, mei) is REQUESTED
    assert (await world.contacts.of(lan.id)).blocked == []


async def test_removing_a_friend_ends_it_on_both_sides(world: World) -> None:
    lan = await world.owner()
    invitation = await world.invitation(lan, uses_max=5)
    mei = await world.join(invitation, "mei", b"sealed")
    world.notices.clear()
    await world.contacts.remove(lan.id, mei.id)
    await world.contacts.remove(lan.id, mei.id)
    assert world.notices == [((lan.id, mei.id), "contacts")]
    assert await friends_of(world, lan) == await friends_of(world, mei) == set()
    assert not await reaches(world, mei, lan)
    # The link that made them friends does not bring her back.
    assert await ask(world, mei, lan, b"sealed", invitation) is REQUESTED
    assert await asking(world, lan) == {mei.id}


async def test_a_request_is_taken_back(world: World) -> None:
    lan, mei = await strangers(world)
    await ask(world, lan, mei)
    await world.contacts.remove(lan.id, mei.id)
    assert await asking(world, mei) == set() and (await world.contacts.of(lan.id)).outgoing == []


async def test_a_repeated_request_is_one_request(world: World) -> None:
    """[HT3] A repeat counts no second try; a new greeting replaces the old one."""
    lan, mei = await strangers(world)
    for _ in range(REQUESTS_COUNT + 5):
        assert await ask(world, lan, mei, b"sealed") is REQUESTED
    assert await ask(world, lan, mei, b"sealed anew") is REQUESTED
    [(_, request)] = (await world.contacts.of(mei.id)).incoming
    assert request.greeting == b"sealed anew"


async def test_twenty_requests_a_day(world: World) -> None:
    """[AC3] A restart forgets nothing."""
    lan, mei = await strangers(world)
    for n in range(REQUESTS_COUNT):
        assert await ask(world, lan, mei, bytes([n])) is REQUESTED
    world.build()
    assert await ask(world, lan, mei, b"more") == Refused(Refusal.TOO_MANY_TRIES, DAY_S)
    world.clock.advance(DAY_S)
    assert await ask(world, lan, mei, b"more") is REQUESTED


@pytest.mark.parametrize("shown", [True, False])
async def test_requests_waiting_are_limited(world: World, *, shown: bool) -> None:
    """Shown and hidden ones alike, so that the answer tells nothing; a code, or having been asked, needs no room."""
    lan, mei = await strangers(world)
    bo, grandma, wang = [await world.member(lan, name) for name in ("bo", "grandma", "wang")]
    await ask(world, mei, bo)
    await world.contacts.put_rules(mei.id, Rules(by_name=shown))
    await world.db.write(
        lambda tx: tx.executemany(
            "INSERT INTO friend_request (from_id, to_id, greeting, at_ms, shown) VALUES (?, ?, ?, ?, ?)",
            [(n, mei.id, b"x", world.clock.now_ms(), int(shown)) for n in range(1_001, 1_001 + REQUESTS_WAITING_MAX)],
        )
    )
    assert await ask(world, lan, mei) == Refused(Refusal.TOO_MANY_TRIES, DAY_S)
    assert await ask(world, bo, mei) is FRIENDS
    assert await ask(world, wang, mei, b"sealed", await world.invitation(mei)) is FRIENDS
    await world.contacts.put_rules(mei.id, Rules(by_name=not shown))
    assert await ask(world, grandma, mei) is REQUESTED


async def test_greetings_are_kept_for_a_month(world: World) -> None:
    """[CT2]"""
    lan = await world.owner()
    await world.friend(lan, "mei", b"sealed")
    world.clock.advance(29 * DAY_S)
    await world.contacts.erase_expired()
    [(_, friend)] = (await world.contacts.of(lan.id)).friends
    assert friend.greeting == b"sealed"
    world.clock.advance(2 * DAY_S)
    await world.contacts.erase_expired()
    [(_, friend)] = (await world.contacts.of(lan.id)).friends
    assert friend.greeting is None
