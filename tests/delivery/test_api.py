"""Key packages and groups over HTTP, as SPEC.md §2 has them."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.delivery import seed
from tests.delivery.client import application, commit_message
from tests.delivery.conftest import World

from hongyan.delivery.frames import NoticeTopic
from hongyan.delivery.model import KEY_PACKAGE_BYTES_MAX, KEY_PACKAGE_LIFETIME_MS

GROUP = b"\xff\xfefamily\x00"
GROUP_PATH = base64.urlsafe_b64encode(GROUP).decode().rstrip("=")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Http:
    """What people do over HTTP, each as her device."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self._world = world
        self._client = client

    async def __call__(self, name: str, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._world.people[name].token}", "Accept-Language": "en"}
        return await self._client.request(method, f"/api{path}", json=body, headers=headers)

    async def publish(self, name: str, *packages: bytes, last_resort: bytes | None = None) -> httpx.Response:
        body: dict[str, object] = {"packages": [b64(one) for one in packages]}
        if last_resort is not None:
            body["last_resort"] = b64(last_resort)
        return await self(name, "PUT", "/key-packages", body)

    async def claim(self, name: str, *of: str) -> httpx.Response:
        ids = [self._world.people[one].account_id for one in of]
        return await self(name, "POST", "/key-packages/claim", {"account_ids": ids})

    async def claimed(self, name: str, *of: str) -> list[bytes]:
        answer = await self.claim(name, *of)
        assert answer.status_code == 200, answer.text
        return [base64.b64decode(one["key_package"]) for one in answer.json()["devices"]]


@pytest.fixture
async def http(world: World) -> AsyncIterator[Http]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{world.port}", timeout=20) as client:
        yield Http(world, client)


async def test_a_package_is_given_once_and_the_last_resort_for_ever(world: World, http: Http) -> None:
    """[DS13]"""
    await world.add("lan", "mei")
    assert (await http.publish("mei", b"one", b"two", last_resort=b"reserve")).json() == {"count": 2}
    assert (await http("mei", "GET", "/key-packages/count")).json() == {"count": 2, "has_last_resort": True}
    assert [await http.claimed("lan", "mei") for _ in range(4)] == [[b"one"], [b"two"], [b"reserve"], [b"reserve"]]
    assert (await http("mei", "GET", "/key-packages/count")).json() == {"count": 0, "has_last_resort": True}


async def test_a_repeated_upload_offers_nothing_twice(world: World, http: Http) -> None:
    """[HT3] [DS13] Not even what was given out between the upload and its repeat."""
    await world.add("lan", "mei")
    await http.publish("mei", b"one", b"two")
    assert await http.claimed("lan", "mei") == [b"one"]
    assert (await http.publish("mei", b"one", b"two", last_resort=b"r")).json() == {"count": 1}
    assert (await http.publish("mei", last_resort=b"r")).json() == {"count": 1}
    assert [await http.claimed("lan", "mei") for _ in range(2)] == [[b"two"], [b"r"]]


async def test_a_hundred_claims_at_once(world: World, http: Http) -> None:
    """[DS13]"""
    await world.add("lan", "mei")
    packages = [bytes((n, n)) for n in range(100)]
    await http.publish("mei", *packages)
    given = await asyncio.gather(*[http.claimed("lan", "mei") for _ in range(100)])
    assert sorted(one for (one,) in given) == packages


async def test_own_other_devices_and_who_has_published_nothing(world: World, http: Http) -> None:
    await world.add("lan", "mei")
    phone = await world.add_device("lan_phone", of="lan")
    await http.publish("lan", b"lan")
    await http.publish("lan_phone", b"phone")
    answer = (await http.claim("lan", "lan", "mei", "lan")).json()
    assert [(one["device_id"], one["key_package"]) for one in answer["devices"]] == [(phone.device_id, b64(b"phone"))]
    assert answer["without"] == [world.people["mei"].device_id]


async def test_strangers_get_no_packages(world: World, http: Http) -> None:
    """[DS8]"""
    await world.add("lan", "mei")
    world.people["bo"] = (await world.app.db.write(lambda tx: seed.people(tx, ["bo"])))[0]
    await http.publish("mei", b"one")
    refused = await http.claim("lan", "mei", "bo")
    assert (refused.status_code, refused.json()["code"]) == (403, "no_consent")
    assert (await http("mei", "GET", "/key-packages/count")).json()["count"] == 1
    lan, mei = world.people["lan"], world.people["mei"]
    await world.app.db.write(lambda tx: seed.block(tx, mei.account_id, lan.account_id))
    assert (await http.claim("lan", "mei")).status_code == 403


async def test_low_packages_are_noticed(world: World, http: Http) -> None:
    """[DS13]"""
    await world.add("lan", "mei")
    await http.publish("mei", *[bytes((n,)) for n in range(11)])
    mei = await world.connect("mei")
    await http.claimed("lan", "mei")
    await mei.ping()
    assert mei.notices == []
    await http.claimed("lan", "mei")
    await mei.until(lambda: mei.notices == [NoticeTopic.KEY_PACKAGES])


async def test_old_packages_are_not_given(world: World, http: Http) -> None:
    """[DS13]"""
    await world.add("lan", "mei")
    await http.publish("mei", b"old")
    world.clock.advance(KEY_PACKAGE_LIFETIME_MS / 1000 + 1)
    assert (await http.claim("lan", "mei")).json()["without"] == [world.people["mei"].device_id]
    await world.app.delivery.key_packages.erase_expired()
    assert await world.rows("key_package") == 0


async def test_too_many_and_too_large_packages(world: World, http: Http) -> None:
    """[DS12]"""
    await world.add("lan")
    assert (await http.publish("lan", *[bytes((n,)) for n in range(100)])).status_code == 200
    full = await http.publish("lan", b"one more")
    assert (full.status_code, full.json()["code"]) == (409, "key_packages_full")
    large = await http.publish("lan", bytes(KEY_PACKAGE_BYTES_MAX + 1))
    assert (large.status_code, large.json()["code"]) == (400, "malformed")
    unknown = await http("lan", "PUT", "/key-packages", {"packages": [], "more": 1})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "malformed")


async def test_groups_and_their_info(world: World, http: Http) -> None:
    _, mei_of = await world.add("lan", "mei")
    await world.add_device("lan_phone", of="lan")
    await world.add("bo")
    lan = await world.connect("lan")
    made = commit_message(GROUP, 0)
    await lan.commit(GROUP, made, welcome=b"w", added=[mei_of.device_id], group_info=b"the info")

    here = {"group_id": b64(GROUP), "epoch": 1}
    assert (await http("lan", "GET", "/groups")).json() == {"groups": [here | {"joined": True}]}
    assert (await http("lan_phone", "GET", "/groups")).json() == {"groups": [here | {"joined": False}]}
    assert (await http("bo", "GET", "/groups")).json() == {"groups": []}

    roster = sorted([world.people["lan"].device_id, mei_of.device_id])
    info = {"epoch": 1, "group_info": b64(b"the info"), "roster": roster}
    for name in ("lan", "lan_phone", "mei"):
        assert (await http(name, "GET", f"/groups/{GROUP_PATH}/info")).json() == info
    assert (await http("bo", "GET", f"/groups/{GROUP_PATH}/info")).status_code == 404


@pytest.mark.parametrize("path", ["AAAA", "%00", "***", "A" * 60, "AAA=A", "中文"])
async def test_paths_that_are_no_group(world: World, http: Http, path: str) -> None:
    await world.add("lan")
    assert (await http("lan", "GET", f"/groups/{path}/info")).status_code == 404
    assert (await http("lan", "DELETE", f"/groups/{path}/membership")).status_code in (204, 404)


async def test_leaving_over_http_can_be_repeated(world: World, http: Http) -> None:
    """[HT3]"""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    mei = await world.connect("mei")
    for _ in range(2):
        assert (await http("lan", "DELETE", f"/groups/{GROUP_PATH}/membership")).status_code == 204
    assert (await http("lan", "GET", "/groups")).json() == {"groups": []}
    assert (await mei.send(GROUP, application(GROUP, 1))).code == 0
    assert await world.rows("body") == 0


async def test_the_data_page_has_every_table(world: World, http: Http) -> None:
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    await lan.send(GROUP, application(GROUP, 1))
    await mei.take_mail(1)
    mei.ack()
    await mei.ping()
    await world.rows("mail")
    await lan.send(GROUP, application(GROUP, 1))
    await http.publish("mei", b"package")
    tables = {one["table"]: one["rows"] for one in (await http("mei", "GET", "/me/data")).json()["tables"]}
    held = {name: len(tables[name]) for name in ("body", "mail", "mailbox", "mls_group", "member", "key_package")}
    assert held == {"body": 1, "mail": 1, "mailbox": 1, "mls_group": 1, "member": 1, "key_package": 1}
