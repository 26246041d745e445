"""Whatever three people do to each other, friendship and consent keep their laws [CT1] [DS8]."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.accounts.world import Member, World, new_world

from hongyan.accounts.model import InvitationKind
from hongyan.contacts import may_reach
from hongyan.contacts.model import RequestState
from hongyan.foundation.db import MEMORY

ACTS = ("request", "accept", "decline", "remove", "block", "unblock")
Act = tuple[str, int, int]

acts = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.integers(0, 2)).filter(lambda act: act[1] != act[2]),
    max_size=30,
)


@dataclass
class Model:
    """Who is friends, who asks whom (whether it is shown, whether it was declined), who blocks whom."""

    friends: set[frozenset[int]] = field(default_factory=set)
    requests: dict[tuple[int, int], bool] = field(default_factory=dict)
    declined: set[tuple[int, int]] = field(default_factory=set)
    blocks: set[tuple[int, int]] = field(default_factory=set)

    def befriend(self, one: int, other: int) -> None:
        self.friends.add(frozenset({one, other}))
        self.take_back(one, other)
        self.take_back(other, one)

    def take_back(self, one: int, other: int) -> None:
        self.requests.pop((one, other), None)
        self.declined.discard((one, other))

    def request(self, one: int, other: int) -> RequestState:
        if frozenset({one, other}) in self.friends:
            return RequestState.FRIENDS
        earlier = self.requests.get((one, other))
        shown = earlier or ((one, other) not in self.declined and (other, one) not in self.blocks)
        if earlier is not shown:
            self.blocks.discard((one, other))
            if (other, one) in self.requests and (other, one) not in self.blocks:
                self.befriend(one, other)
                return RequestState.FRIENDS
            self.requests[(one, other)] = shown
        return RequestState.REQUESTED

    def do(self, act: str, one: int, other: int) -> None:
        pair = frozenset({one, other})
        if act == "accept" and self.requests.get((other, one)) and pair not in self.friends:
            self.befriend(one, other)
        elif act == "decline" and self.requests.get((other, one)):
            self.requests[(other, one)] = False
            self.declined.add((other, one))
        elif act == "remove":
            self.friends.discard(pair)
            self.take_back(one, other)
        elif act == "block" and (one, other) not in self.blocks:
            self.blocks.add((one, other))
            self.take_back(one, other)
            if (other, one) in self.requests:
                self.requests[(other, one)] = False
        elif act == "unblock":
            self.blocks.discard((one, other))


async def play(world: World, history: list[Act]) -> None:
    lan = await world.owner()
    invitation = await world.invitation(lan, InvitationKind.MEMBER, uses_max=2)
    people = [lan, await world.join(invitation, "mei"), await world.join(invitation, "bo")]
    model = Model()
    for act, one, other in history:
        who, whom = people[one].id, people[other].id
        if act == "request":
            assert await world.contacts.request(who, whom, b"sealed", None) is model.request(one, other)
        elif act == "accept":
            await world.contacts.accept(who, whom)
        elif act == "decline":
            await world.contacts.decline(who, whom)
        elif act == "remove":
            await world.contacts.remove(who, whom)
        elif act == "block":
            await world.contacts.block(who, whom)
        else:
            await world.contacts.unblock(who, whom)
        model.do(act, one, other)
        world.clock.advance(86_400 / 20)  # the limit on requests has its own tests
        await compare(world, people, model)


async def compare(world: World, people: list[Member], model: Model) -> None:
    place = {person.id: n for n, person in enumerate(people)}
    for n, person in enumerate(people):
        seen = await world.contacts.of(person.id)
        assert {frozenset({n, place[p.account_id]}) for p, _ in seen.friends} == {
            pair for pair in model.friends if n in pair
        }
        assert {place[p.account_id] for p, _ in seen.incoming} == {
            one for (one, other), shown in model.requests.items() if other == n and shown
        }
        assert {place[p.account_id] for p, _ in seen.outgoing} == {other for (one, other) in model.requests if one == n}
        assert {place[p.account_id] for p in seen.blocked} == {other for (one, other) in model.blocks if one == n}
        for m, whom in enumerate(people):
            open_door = await world.db.read(lambda tx, a=person.id, b=whom.id: may_reach(tx, a, b))  # type: ignore[misc]  # mypy cannot infer defaults
            blocked = {(n, m), (m, n)} & model.blocks
            assert open_door == (n == m or (frozenset({n, m}) in model.friends and not blocked))


@settings(max_examples=40, deadline=None)
@given(acts)
def test_any_history_agrees_with_the_model(history: list[Act]) -> None:
    async def run() -> None:
        world = new_world(MEMORY)
        try:
            await play(world, history)
        finally:
            await world.close()

    asyncio.run(run())
