"""Contacts over HTTP with a real server: lan owns it, mei and bo are strangers to each other."""

import pytest
from tests.accounts.people import Json, base64
from tests.accounts.person import PersonAtTheDoor
from tests.conftest import RunningServer
from tests.delivery.client import Client

from hongyan.app import CATALOGUE
from hongyan.contacts.model import Refusal
from hongyan.delivery import NoticeTopic


@pytest.fixture
async def people(manual_server: RunningServer) -> tuple[PersonAtTheDoor, PersonAtTheDoor, PersonAtTheDoor]:
    invitation = await manual_server.app.accounts.invitations.ensure_owner()
    assert invitation is not None
    lan, mei, bo = (PersonAtTheDoor(manual_server.url) for _ in range(3))
    await lan.join(invitation, "lan")
    member = await lan.invite("member", uses_max=2)
    await mei.join(member, "mei")
    await bo.join(member, "bo")
    return lan, mei, bo


def request_of(whom: PersonAtTheDoor, invitation: str | None = None) -> Json:
    body: Json = {"account_id": whom.account_id, "greeting": base64(b"sealed")}
    return body if invitation is None else {**body, "invitation": invitation}


async def test_friends_by_request(people: tuple[PersonAtTheDoor, PersonAtTheDoor, PersonAtTheDoor]) -> None:
    """[CT1]"""
    _, mei, bo = people
    found = await mei.get("/api/people/bo")
    assert found["account_id"] == bo.account_id and found["box_key"] == base64(bo.keys.box_key)
    assert await mei.post("/api/contacts/requests", request_of(bo)) == {"state": "requested"}
    [incoming] = (await bo.get("/api/contacts"))["incoming"]
    assert incoming["name"] == "mei" and incoming["greeting"] == base64(b"sealed")
    [outgoing] = (await mei.get("/api/contacts"))["outgoing"]
    assert outgoing["account_id"] == bo.account_id and "greeting" not in outgoing
    await bo.post(f"/api/contacts/requests/{mei.account_id}/accept")
    await bo.post(f"/api/contacts/requests/{mei.account_id}/accept")
    for one, other in ((mei, bo), (bo, mei)):
        seen = await one.get("/api/contacts")
        assert [friend["account_id"] for friend in seen["contacts"]] == [other.account_id]
        assert seen["incoming"] == seen["outgoing"] == seen["blocked"] == []
    await mei.delete(f"/api/contacts/{bo.account_id}")
    assert (await bo.get("/api/contacts"))["contacts"] == []


async def test_friends_by_code(people: tuple[PersonAtTheDoor, PersonAtTheDoor, PersonAtTheDoor]) -> None:
    """[CT3]"""
    _, mei, bo = people
    code = await bo.invite()
    assert await mei.post("/api/contacts/requests", request_of(bo, code)) == {"state": "friends"}
    [friend] = (await bo.get("/api/contacts"))["contacts"]
    assert friend["greeting"] == base64(b"sealed")


async def test_who_is_blocked_cannot_tell(
    people: tuple[PersonAtTheDoor, PersonAtTheDoor, PersonAtTheDoor],
) -> None:
    """[CT1] Two strangers ask; one of them is blocked; both see the same."""
    lan, mei, bo = people
    await lan.put(f"/api/blocks/{bo.account_id}")
    await lan.put(f"/api/blocks/{bo.account_id}")
    seen = []
    for stranger in (mei, bo):
        answer = await stranger.post("/api/contacts/requests", request_of(lan))
        seen.append((answer, await stranger.get("/api/contacts")))
    assert seen[0] == seen[1]
    mine = await lan.get("/api/contacts")
    assert [one["account_id"] for one in mine["incoming"]] == [mei.account_id]
    assert [one["account_id"] for one in mine["blocked"]] == [bo.account_id]
    held = {table["table"]: table["rows"] for table in (await bo.get("/api/me/data"))["tables"]}
    assert held["block"] == []
    [request] = held["friend_request"]
    assert request[-1] is None  # whether it was shown is not told
    held = {table["table"]: table["rows"] for table in (await lan.get("/api/me/data"))["tables"]}
    assert [row[0] for row in held["friend_request"]] == [mei.account_id]
    await lan.delete(f"/api/blocks/{bo.account_id}")
    assert (await lan.get("/api/contacts"))["blocked"] == []


async def test_whom_it_concerns_is_told_at_once(
    manual_server: RunningServer, people: tuple[PersonAtTheDoor, PersonAtTheDoor, PersonAtTheDoor]
) -> None:
    """Over the realtime socket: a change of contacts or devices makes the devices look again, and no others."""
    lan, mei, bo = people
    lines = [Client(manual_server.realtime_url.removesuffix("/realtime"), str(who.token)) for who in people]
    for line in lines:
        await line.connect()
    lan_line, mei_line, bo_line = lines
    await mei.post("/api/contacts/requests", request_of(lan))
    await lan_line.until(lambda: lan_line.notices == [NoticeTopic.CONTACTS])
    await lan.put(f"/api/blocks/{bo.account_id}")
    await bo.post("/api/contacts/requests", request_of(lan))
    await bo_line.until(lambda: bo_line.notices == [NoticeTopic.CONTACTS])
    await mei.second_device()
    await mei_line.until(lambda: mei_line.notices == [NoticeTopic.CONTACTS, NoticeTopic.DEVICES])
    await mei.delete("/api/me", {"name": "mei"})
    await lan_line.until(lambda: len(lan_line.notices) == 3)
    assert lan_line.notices == [NoticeTopic.CONTACTS] * 3 and bo_line.notices == [NoticeTopic.CONTACTS]
    for line in lines:
        await line.close()


async def test_refusals(people: tuple[PersonAtTheDoor, PersonAtTheDoor, PersonAtTheDoor]) -> None:
    """[HT1]"""
    lan, mei, _ = people
    CATALOGUE.require({refusal.value for refusal in Refusal})
    assert await mei.problem("POST", "/api/contacts/requests", request_of(mei)) == (404, "person_unknown")
    unknown = {**request_of(mei), "account_id": 1}
    assert await mei.problem("POST", "/api/contacts/requests", unknown) == (404, "person_unknown")
    accept = f"/api/contacts/requests/{lan.account_id}/accept"
    assert await mei.problem("POST", accept) == (404, "request_unknown")
    assert await mei.problem("PUT", "/api/blocks/1") == (404, "person_unknown")
    for wrong in ({"greeting": ""}, {"greeting": base64(b"g" * 2_049)}, {"greeting": "?"}, {"extra": 1}):
        body = {**request_of(lan), **wrong}
        assert await mei.problem("POST", "/api/contacts/requests", body) == (400, "malformed")
