"""In which ways somebody lets herself be asked [CT4]."""

import pytest
from tests.accounts.person import PersonAtTheDoor
from tests.accounts.world import Member, World
from tests.conftest import RunningServer

from hongyan.accounts import Refusal, Refused
from hongyan.contacts.model import RequestState, Rules
from hongyan.foundation.db import Tx

REQUESTED, FRIENDS = RequestState.REQUESTED, RequestState.FRIENDS


async def people(world: World) -> tuple[Member, Member, Member]:
    lan = await world.owner("lan")
    return lan, await world.member(lan, "mei"), await world.member(lan, "bo")


async def share(world: World, *members: Member, peak: int = 3) -> None:
    """A group of these people, as delivery has it."""

    def make(tx: Tx) -> None:
        tx.execute("INSERT INTO mls_group (group_id, epoch, accounts_peak) VALUES (?, 1, ?)", (b"building", peak))
        for one in members:
            tx.execute(
                "INSERT INTO member (group_id, device_id, account_id) VALUES (?, ?, ?)",
                (b"building", one.device, one.id),
            )

    await world.db.write(make)


async def shown(world: World, to: Member) -> list[str]:
    return [person.name for person, _ in (await world.contacts.of(to.id)).incoming]


async def test_who_is_not_found_by_name_is_nobody(world: World) -> None:
    lan, mei, bo = await people(world)
    await world.contacts.put_rules(mei.id, Rules(by_name=False))
    assert await world.accounts.person_by_name(lan.id, "mei") == Refused(Refusal.PERSON_UNKNOWN)
    assert not isinstance(await world.accounts.person_by_name(mei.id, "mei"), Refused)
    assert await world.contacts.request(lan.id, mei.id, b"sealed", None) is REQUESTED
    assert await shown(world, mei) == []
    await world.contacts.put_rules(mei.id, Rules())
    assert not isinstance(await world.accounts.person_by_name(bo.id, "mei"), Refused)
    assert await world.contacts.request(bo.id, mei.id, b"sealed", None) is REQUESTED
    assert await shown(world, mei) == ["bo"]


async def test_friends_still_find_her(world: World) -> None:
    lan, mei, _ = await people(world)
    assert await world.contacts.request(lan.id, mei.id, b"sealed", None) is REQUESTED
    assert await world.contacts.accept(mei.id, lan.id) is None
    await world.contacts.put_rules(mei.id, Rules(by_name=False))
    assert not isinstance(await world.accounts.person_by_name(lan.id, "mei"), Refused)


@pytest.mark.parametrize(("by_group", "names"), [(True, ["lan"]), (False, [])])
async def test_from_a_common_group(world: World, by_group: bool, names: list[str]) -> None:
    lan, mei, bo = await people(world)
    await share(world, lan, mei, bo)
    await world.contacts.put_rules(mei.id, Rules(by_name=not by_group, by_group=by_group))
    assert isinstance(await world.accounts.person_by_name(lan.id, "mei"), Refused) is False
    assert await world.contacts.request(lan.id, mei.id, b"sealed", None) is REQUESTED
    assert await shown(world, mei) == names
    await world.contacts.put_rules(mei.id, Rules(by_name=False, by_group=False))
    assert await world.accounts.person_by_name(lan.id, "mei") == Refused(Refusal.PERSON_UNKNOWN)


async def test_a_chat_of_two_is_no_common_group(world: World) -> None:
    lan, mei, _ = await people(world)
    await share(world, lan, mei, peak=2)
    await world.contacts.put_rules(mei.id, Rules(by_name=False))
    assert await world.contacts.request(lan.id, mei.id, b"sealed", None) is REQUESTED
    assert await shown(world, mei) == []


async def test_by_code(world: World) -> None:
    lan, mei, bo = await people(world)
    code = await world.invitation(mei, uses_max=9)
    await world.contacts.put_rules(mei.id, Rules(by_name=False, by_code=False))
    assert await world.contacts.request(lan.id, mei.id, b"sealed", code) is REQUESTED
    newcomer = await world.join(code, "wang", b"sealed")
    assert await shown(world, mei) == [] and (await world.contacts.of(newcomer.id)).friends == []
    await world.contacts.put_rules(mei.id, Rules(by_name=False))
    assert await world.contacts.request(bo.id, mei.id, b"sealed", code) is FRIENDS


async def test_two_who_ask_each_other_are_friends(world: World) -> None:
    lan, mei, _ = await people(world)
    closed = Rules(by_name=False, by_code=False, by_group=False)
    await world.contacts.put_rules(mei.id, closed)
    assert await world.contacts.request(mei.id, lan.id, b"sealed", None) is REQUESTED
    assert await world.contacts.request(lan.id, mei.id, b"sealed", None) is FRIENDS


async def test_who_asks_again_once_the_way_is_open_is_shown(world: World) -> None:
    lan, mei, bo = await people(world)
    await world.contacts.put_rules(mei.id, Rules(by_name=False))
    for one in (lan, bo):
        assert await world.contacts.request(one.id, mei.id, b"sealed", None) is REQUESTED
    world.clock.advance(29 * 86_400)
    await world.contacts.put_rules(mei.id, Rules())
    assert await shown(world, mei) == []
    world.notices.clear()
    assert await world.contacts.request(lan.id, mei.id, b"sealed", None) is REQUESTED
    assert await world.contacts.request(bo.id, mei.id, b"me again", None) is REQUESTED
    assert sorted(await shown(world, mei)) == ["bo", "lan"]
    assert world.notices == [((lan.id, mei.id), "contacts"), ((bo.id, mei.id), "contacts")]
    # It counts from the day it was made again, and is not hidden by a door that closes behind it.
    world.clock.advance(2 * 86_400)
    await world.contacts.erase_expired()
    await world.contacts.put_rules(mei.id, Rules(by_name=False))
    assert await world.contacts.request(lan.id, mei.id, b"and again", None) is REQUESTED
    assert await world.contacts.accept(mei.id, lan.id) is None


async def test_whom_a_hidden_request_came_from_may_be_asked(world: World) -> None:
    lan, mei, _ = await people(world)
    await world.contacts.put_rules(mei.id, Rules(by_name=False))
    assert await world.contacts.request(lan.id, mei.id, b"sealed", None) is REQUESTED
    assert await world.contacts.request(mei.id, lan.id, b"sealed", None) is FRIENDS


async def test_over_http(manual_server: RunningServer) -> None:
    invitation = await manual_server.app.accounts.invitations.ensure_owner()
    assert invitation is not None
    lan = PersonAtTheDoor(manual_server.url)
    await lan.join(invitation, "lan")
    every_way = {"by_name": True, "by_code": True, "by_group": True}
    assert await lan.get("/api/contacts/rules") == every_way
    await lan.put("/api/contacts/rules", {**every_way, "by_name": False})
    assert await lan.get("/api/contacts/rules") == {**every_way, "by_name": False}
    held = {table["table"]: table["rows"] for table in (await lan.get("/api/me/data"))["tables"]}
    assert held["contact_rules"] == [[lan.account_id, 0, 1, 1]]
    assert await lan.problem("PUT", "/api/contacts/rules", {"by_name": True}) == (400, "malformed")
    await lan.delete("/api/me", {"name": "lan"})
    assert await manual_server.app.db.read(lambda tx: tx.all("SELECT 1 FROM contact_rules")) == []
