"""Asking to be added to a group [DS15]."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.delivery import seed
from tests.delivery.client import commit_message
from tests.delivery.conftest import World
from tests.delivery.test_api import GROUP, GROUP_PATH, Http, b64

from hongyan.delivery.frames import EnvelopeKind, VerdictCode
from hongyan.delivery.requests import REQUEST_LIFETIME_MS, REQUESTS_PER_DAY, SEALED_BYTES_MAX

SEALED = b"sealed to the door"


@pytest.fixture
async def http(world: World) -> AsyncIterator[Http]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.port}", timeout=20) as client:
        yield Http(world, client)


async def stranger(world: World, name: str) -> int:
    """Somebody who is nobody's friend; returns her device."""
    (made,) = await world.app.db.write(lambda tx: seed.people(tx, [name]))
    world.people[name] = made
    return made.device_id


async def ask(http: Http, name: str, sealed: bytes = SEALED) -> int:
    answer = await http(name, "POST", f"/groups/{GROUP_PATH}/requests", {"sealed": b64(sealed)})
    return answer.status_code


async def claims(world: World, http: Http, name: str, of: str, *, group: bytes = GROUP) -> int:
    body = {"account_ids": [world.people[of].account_id], "group_id": b64(group)}
    return (await http(name, "POST", "/key-packages/claim", body)).status_code


async def test_who_asks_can_be_added_by_any_member_once(world: World, http: Http) -> None:
    """[DS15] [DS8]"""
    await world.add("lan", "mei")
    bo_device = await stranger(world, "bo")
    await stranger(world, "wang")
    await http.publish("bo", b"package of bo")
    await world.group(GROUP, "lan", "mei")
    lan = await world.connect("lan")
    commit = {"welcome": b"welcome bo", "added": [bo_device]}
    assert (await lan.commit(GROUP, commit_message(GROUP, 1), **commit)).code is VerdictCode.NO_CONSENT
    assert await claims(world, http, "lan", "bo") == 403

    assert await ask(http, "bo") == 204
    (request,) = await lan.take_mail(1)
    assert (request.kind, request.body, request.sender) == (EnvelopeKind.REQUEST, SEALED, 0)
    assert await claims(world, http, "wang", "bo") == 403, "who is not in the group cannot use it"
    assert await claims(world, http, "lan", "bo", group=b"another") == 403
    assert await claims(world, http, "mei", "bo") == 200
    assert (await lan.commit(GROUP, commit_message(GROUP, 1), **commit)).code is VerdictCode.ACCEPTED

    assert (await lan.commit(GROUP, commit_message(GROUP, 2), removed=[bo_device])).code is VerdictCode.ACCEPTED
    again = await lan.commit(GROUP, commit_message(GROUP, 3), **commit)
    assert again.code is VerdictCode.NO_CONSENT, "to be in once is not to agree for ever"


async def test_a_request_ends_when_taken_back_or_old(world: World, http: Http) -> None:
    """[DS15]"""
    await world.add("lan", "mei")
    await stranger(world, "bo")
    await world.group(GROUP, "lan", "mei")
    assert await ask(http, "bo") == 204
    assert (await http("bo", "DELETE", f"/groups/{GROUP_PATH}/requests")).status_code == 204
    assert await claims(world, http, "lan", "bo") == 403
    assert await ask(http, "bo") == 204
    assert await claims(world, http, "lan", "bo") == 200
    world.clock.advance(REQUEST_LIFETIME_MS / 1000 + 1)
    assert await claims(world, http, "lan", "bo") == 403
    assert await world.app.delivery.requests.erase_expired() == 1


async def test_requests_are_bounded(world: World, http: Http) -> None:
    """[DS15] A member's own request, one to nowhere and one too many do nothing."""
    await world.add("lan", "mei")
    await stranger(world, "bo")
    assert await ask(http, "bo") == 404
    await world.group(GROUP, "lan", "mei")
    mei = await world.connect("mei")
    assert await ask(http, "lan") == 204
    assert await ask(http, "bo", b"") == 400
    assert await ask(http, "bo", bytes(SEALED_BYTES_MAX + 1)) == 400
    assert [await ask(http, "bo") for _ in range(REQUESTS_PER_DAY + 1)] == [204] * REQUESTS_PER_DAY + [429]
    mail = await mei.take_mail(REQUESTS_PER_DAY)
    assert {one.kind for one in mail} == {EnvelopeKind.REQUEST}


async def test_what_she_asked_is_shown_to_her_alone(world: World, http: Http) -> None:
    """Promise 7: the row is in her data, and gone with her account."""
    await world.add("lan", "mei")
    await stranger(world, "bo")
    await world.group(GROUP, "lan", "mei")
    assert await ask(http, "bo") == 204
    tables = {one["table"]: one["rows"] for one in (await http("bo", "GET", "/me/data")).json()["tables"]}
    assert len(tables["join_request"]) == 1
    mine = {one["table"]: one["rows"] for one in (await http("lan", "GET", "/me/data")).json()["tables"]}
    assert mine["join_request"] == []
    assert base64.b64encode(SEALED).decode() not in str(tables["join_request"])
