"""Stories over HTTP with a real server: lan owns it, mei and bo join [HT1]–[HT4]."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec
import pytest
from tests.accounts.authenticator import Authenticator, from_base64url
from tests.accounts.people import Json, KeyRing, base64, device_json, joining_json
from tests.accounts.person import PersonAtTheDoor
from tests.conftest import RunningServer

from hongyan.accounts.model import Refusal
from hongyan.app import CATALOGUE, INVENTORY, build
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.starting import listen
from hongyan.settings import Settings


@dataclass
class Town:
    server: RunningServer
    lan: PersonAtTheDoor

    def stranger(self) -> PersonAtTheDoor:
        return PersonAtTheDoor(self.server.url)

    async def member(self, name: str) -> PersonAtTheDoor:
        person = self.stranger()
        await person.join(await self.lan.invite("member"), name)
        return person


@pytest.fixture
async def town(manual_server: RunningServer) -> Town:
    invitation = await manual_server.app.accounts.invitations.ensure_owner()
    assert invitation is not None
    lan = PersonAtTheDoor(manual_server.url)
    await lan.join(invitation, "lan")
    return Town(manual_server, lan)


async def test_the_first_hour(manual_server: RunningServer) -> None:
    """From an empty server to two friends."""
    lan, mei = PersonAtTheDoor(manual_server.url), PersonAtTheDoor(manual_server.url)
    server = await lan.get("/api/server")
    assert server["protocol"] == 1 and server["has_owner"] is False
    assert server["time_ms"] == manual_server.clock.now_ms()
    assert server["limits"]["message_bytes_max"] == 256 * 1024
    invitation = await manual_server.app.accounts.invitations.ensure_owner()
    assert invitation is not None
    seen = await lan.post("/api/invitations/look", {"token": invitation})
    assert seen["kind"] == "owner" and seen["inviter_name"] is None
    assert (await lan.join(invitation, "lan"))["friend"] is None
    assert (await lan.get("/api/server"))["has_owner"] is True
    me = await lan.get("/api/me")
    assert me == {
        "account_id": lan.account_id,
        "name": "lan",
        "device_id": lan.device_id,
        "account_key": base64(lan.keys.account_key),
        "box_key": base64(lan.keys.box_key),
        "box_signature": base64(lan.keys.box_signature),
        "has_password": False,
        "passkeys": 0,
        "is_owner": True,
    }
    code = await lan.invite()
    seen = await mei.post("/api/invitations/look", {"token": code})
    assert (seen["kind"], seen["inviter_name"]) == ("friend", "lan")
    assert seen["inviter_id"] == lan.account_id
    assert seen["inviter_account_key"] == base64(lan.keys.account_key)
    assert seen["inviter_box_key"] == base64(lan.keys.box_key)
    assert seen["inviter_box_signature"] == base64(lan.keys.box_signature)
    joined = await mei.join(code, "外婆", b"sealed to lan")
    assert joined["friend"]["account_id"] == lan.account_id
    [contact] = (await lan.get("/api/contacts"))["contacts"]
    assert (contact["name"], contact["greeting"]) == ("外婆", base64(b"sealed to lan"))
    assert contact["box_key"] == base64(mei.keys.box_key)
    assert await mei.get("/api/people/LAN") == joined["friend"]
    [invited] = (await lan.get("/api/invitations"))["invitations"]
    assert (invited["uses"], invited["uses_max"]) == (1, 1)


async def test_refusals_have_their_codes(town: Town) -> None:
    """[HT1]"""
    good = joining_json(KeyRing().joining(await town.lan.invite("member", uses_max=9), "mei"))
    stranger = town.stranger()
    changes: list[tuple[Json, tuple[int, str]]] = [
        ({"name": " "}, (400, "name_malformed")),
        ({"name": "LAN"}, (409, "name_taken")),
        ({"box_signature": base64(b"\0" * 64)}, (400, "bad_signature")),
        ({"invitation": "nothing"}, (404, "invitation_unknown")),
        ({"account_key": base64(b"\0" * 31)}, (400, "malformed")),
        ({"account_key": "***"}, (400, "malformed")),
        ({"name": 7}, (400, "malformed")),
        ({"greeting": base64(b"g" * 2_049)}, (400, "malformed")),
        ({"extra": 1}, (400, "malformed")),  # [HT2]
    ]
    for change, expected in changes:
        assert await stranger.problem("POST", "/api/join", {**good, **change}) == expected
    used = await town.lan.invite()
    await town.stranger().join(used, "bo")
    assert await stranger.problem("POST", "/api/invitations/look", {"token": used}) == (410, "invitation_used")
    clock = town.server.clock
    assert isinstance(clock, ManualClock)
    old = await town.lan.invite(lifetime_s=60)
    clock.advance(61)
    assert await stranger.problem("POST", "/api/invitations/look", {"token": old}) == (410, "invitation_expired")
    bo = await town.member("bo2")
    body: Json = {"kind": "member", "uses_max": 1, "lifetime_s": 60, "care_mode": False}
    assert await bo.problem("POST", "/api/invitations", body) == (403, "not_owner")
    for wrong in ({"uses_max": 101}, {"lifetime_s": 2_592_001}, {"kind": "owner"}, {"language": "fr"}):
        assert await bo.problem("POST", "/api/invitations", {**body, **wrong}) == (400, "malformed")
    assert await bo.problem("GET", "/api/people/nobody") == (404, "person_unknown")
    assert await bo.problem("GET", "/api/people/%00") == (404, "person_unknown")
    assert await bo.problem("GET", f"/api/people/{'x' * 3_000}") == (404, "person_unknown")


async def test_problems_speak_the_readers_language(town: Town) -> None:
    """[HT1]"""
    stranger = town.stranger()
    sentences = set()
    for stranger.language in ("zh-Hans", "zh-Hant", "en"):
        response = await stranger.ask("POST", "/api/invitations/look", {"token": "nothing"})
        assert response.headers["content-language"] == stranger.language
        sentences.add(response.json()["detail"])
    assert len(sentences) == 3


def test_each_refusal_has_its_sentence() -> None:
    CATALOGUE.require({refusal.value for refusal in Refusal})


DOORS = [
    ("GET", "/api/me"),
    ("DELETE", "/api/me"),
    ("GET", "/api/me/data"),
    ("GET", "/api/me/devices"),
    ("DELETE", "/api/me/devices/1"),
    ("PUT", "/api/me/password"),
    ("DELETE", "/api/me/password"),
    ("POST", "/api/me/passkeys/start"),
    ("POST", "/api/me/passkeys/finish"),
    ("GET", "/api/me/passkeys"),
    ("DELETE", "/api/me/passkeys/1"),
    ("POST", "/api/device-links/x/approve"),
    ("POST", "/api/invitations"),
    ("GET", "/api/invitations"),
    ("DELETE", "/api/invitations/1"),
    ("GET", "/api/people/lan"),
    ("POST", "/api/directory"),
    ("GET", "/api/contacts"),
    ("POST", "/api/contacts/requests"),
    ("POST", "/api/contacts/requests/1/accept"),
    ("POST", "/api/contacts/requests/1/decline"),
    ("DELETE", "/api/contacts/1"),
    ("PUT", "/api/blocks/1"),
    ("DELETE", "/api/blocks/1"),
]


async def test_nothing_without_a_token(town: Town) -> None:
    """[HT4]"""
    stranger = town.stranger()
    for method, path in DOORS:
        for stranger.token in (None, "A" * 43, f"{town.lan.token}x"):
            body: Json | None = None if method == "GET" else {}
            assert await stranger.problem(method, path, body) == (401, "unauthorised"), path


async def test_nobody_reaches_what_is_anothers(town: Town) -> None:
    """Object-level authorisation: mei tries every number of lan's."""
    lan, mei = town.lan, await town.member("mei")
    origin = town.server.app.settings.url
    lan_passkey = await add_passkey(lan, Authenticator(origin=origin, rp_id="localhost"))
    await lan.invite()
    [invitation, *_] = (await lan.get("/api/invitations"))["invitations"]
    assert await mei.problem("DELETE", f"/api/me/devices/{lan.device_id}") == (404, "device_unknown")
    await mei.delete(f"/api/invitations/{invitation['id']}")
    await mei.delete(f"/api/me/passkeys/{lan_passkey}")
    await mei.delete(f"/api/contacts/{lan.account_id}")
    await mei.post(f"/api/contacts/requests/{lan.account_id}/decline")
    accept = f"/api/contacts/requests/{lan.account_id}/accept"
    assert await mei.problem("POST", accept) == (404, "request_unknown")
    assert await mei.problem("DELETE", "/api/me", {"name": "lan"}) == (400, "name_mismatch")
    assert invitation in (await lan.get("/api/invitations"))["invitations"]
    assert (await lan.get("/api/me"))["passkeys"] == 1
    held = await mei.get("/api/me/data")
    cells = {cell for table in held["tables"] for row in table["rows"] for cell in row}
    assert lan.account_id not in cells and lan.device_id not in cells and "lan" not in cells


async def test_numbers_beyond_all_bounds(town: Town) -> None:
    for number in (0, -1, 2**53, 2**63, 10**30):
        status, _ = await town.lan.problem("DELETE", f"/api/me/devices/{number}")
        assert status in (400, 404)
        body: Json = {"account_id": number, "greeting": base64(b"g")}
        status, _ = await town.lan.problem("POST", "/api/contacts/requests", body)
        assert status in (400, 404)


async def test_a_second_device_comes_and_goes(town: Town) -> None:
    """[DL1] [DL2] [DS14]"""
    lan = town.lan
    lan_phone = await lan.second_device()
    devices = await lan_phone.get("/api/me/devices")
    assert {device["device_id"]: device["this"] for device in devices} == {
        lan.device_id: False,
        lan_phone.device_id: True,
    }
    keys = [device["signature_key"] for device in devices]
    listed = await lan.post("/api/directory", {"signature_keys": keys})
    assert {device["device_id"] for device in listed["devices"]} == {lan.device_id, lan_phone.device_id}
    await lan.delete(f"/api/me/devices/{lan_phone.device_id}")
    assert await lan_phone.problem("GET", "/api/me") == (401, "unauthorised")
    listed = await lan.post("/api/directory", {"signature_keys": keys})
    assert {d["device_id"]: d["removed"] for d in listed["devices"]} == {
        lan.device_id: False,
        lan_phone.device_id: True,
    }


async def test_password_and_new_device(town: Town) -> None:
    """[AC1] [AC2]"""
    lan, stranger = town.lan, town.stranger()
    body: Json = {"secret": base64(b"s" * 32), "wrapped_account_key": base64(b"w" * 60)}
    await lan.put("/api/me/password", body)
    await lan.put("/api/me/password", body)
    assert (await lan.get("/api/me"))["has_password"] is True
    login: Json = {"name": "Lan", "secret": base64(b"s" * 32)}
    wrong = await stranger.problem("POST", "/api/login/password", {**login, "secret": base64(b"x" * 32)})
    unknown = await stranger.problem("POST", "/api/login/password", {**login, "name": "nobody"})
    assert wrong == unknown == (403, "wrong_password")
    signed_in = await stranger.post("/api/login/password", login)
    assert signed_in["wrapped_account_key"] == base64(b"w" * 60) and signed_in["account_id"] == lan.account_id
    device: Json = {"ticket": signed_in["ticket"], "device": device_json(lan.keys.new_device())}
    answer = await stranger.post("/api/devices", device)
    assert (answer["account_id"], answer["name"]) == (lan.account_id, "lan")
    stranger.token = answer["token"]
    await stranger.delete("/api/me/password")
    assert (await stranger.get("/api/me"))["has_password"] is False
    stranger.token = None
    assert await stranger.problem("POST", "/api/login/password", login) == (403, "wrong_password")


async def add_passkey(who: PersonAtTheDoor, device: Authenticator) -> int:
    options = (await who.post("/api/me/passkeys/start", {}))["options"]
    credential = device.create(from_base64url(options["challenge"]), from_base64url(options["user"]["id"]))
    body: Json = {"credential": credential, "label": base64(b"l" * 40), "wrapped_account_key": base64(b"w" * 60)}
    return int((await who.post("/api/me/passkeys/finish", body))["id"])


async def test_passkey_and_new_device(town: Town) -> None:
    lan, stranger = town.lan, town.stranger()
    device = Authenticator(origin=town.server.app.settings.url, rp_id="localhost")
    passkey_id = await add_passkey(lan, device)
    [passkey] = (await lan.get("/api/me/passkeys"))["passkeys"]
    assert passkey["id"] == passkey_id and passkey["label"] == base64(b"l" * 40)

    async def present() -> Json:
        options = (await stranger.post("/api/login/passkey/start", {}))["options"]
        assert options["allowCredentials"] == [] and options["userVerification"] == "required"
        return {"credential": device.get(from_base64url(options["challenge"]))}

    signed_in = await stranger.post("/api/login/passkey/finish", await present())
    assert signed_in["wrapped_account_key"] == base64(b"w" * 60)
    body: Json = {"ticket": signed_in["ticket"], "device": device_json(lan.keys.new_device())}
    assert (await stranger.post("/api/devices", body))["account_id"] == lan.account_id
    await lan.delete(f"/api/me/passkeys/{passkey_id}")
    refused = await stranger.problem("POST", "/api/login/passkey/finish", await present())
    assert refused == (403, "passkey_unavailable")


async def test_a_person_sees_all_that_is_held_of_her(town: Town) -> None:
    mei = town.stranger()
    await mei.join(await town.lan.invite(), "mei", b"sealed")
    mei.language = "zh-Hans"
    held = {table["table"]: table for table in (await mei.get("/api/me/data"))["tables"]}
    assert list(held) == [table.name for table in INVENTORY]
    [account] = held["account"]["rows"]
    names = [column["name"] for column in held["account"]["columns"]]
    shown = dict(zip(names, account, strict=True))
    assert shown["name"] == "mei" and shown["account_key"] == base64(mei.keys.account_key)
    assert held["account"]["purpose"] == "你的账号"
    assert held["friendship"]["rows"] == [[mei.account_id, town.lan.account_id, town.server.clock.now_ms(), None]]
    assert len(held["device"]["rows"]) == 1
    assert str(mei.token) not in str(held)


async def test_what_opens_a_door_is_never_shown(town: Town) -> None:
    """Not even to the person: who has stolen her device must not guess her password with it."""
    body: Json = {"secret": base64(b"s" * 32), "wrapped_account_key": base64(b"w" * 60)}
    await town.lan.put("/api/me/password", body)
    response = await town.lan.ask("GET", "/api/me/data")
    assert "argon2" not in response.text and base64(b"w" * 60) not in response.text
    assert "***" in response.text


async def test_leaving(town: Town) -> None:
    mei = town.stranger()
    await mei.join(await town.lan.invite(), "mei")
    assert await mei.problem("DELETE", "/api/me", {"name": "other"}) == (400, "name_mismatch")
    await mei.delete("/api/me", {"name": "Mei"})
    assert await mei.problem("GET", "/api/me") == (401, "unauthorised")
    assert (await town.lan.get("/api/contacts"))["contacts"] == []


async def test_a_hundred_at_once_by_one_invitation(town: Town) -> None:
    invitation = await town.lan.invite("member")
    bodies = [joining_json(KeyRing().joining(invitation, f"mei{n}")) for n in range(100)]
    responses = await asyncio.gather(*(town.stranger().ask("POST", "/api/join", body) for body in bodies))
    assert sorted({response.status_code for response in responses}) == [200, 410, 429]
    assert sum(response.status_code == 200 for response in responses) == 1
    for response in responses:
        if response.status_code == 429:
            assert response.json()["code"] == "too_many_tries" and 0 < response.json()["retry_after_s"] <= 60


async def test_limits_hold_across_a_restart(server_settings: Settings) -> None:
    """[AC3] Five wrong passwords, a new process, and the door is still closed."""
    clock = ManualClock()
    login: Json = {"name": "lan", "secret": base64(b"x" * 32)}
    for attempt in range(2):
        async for url in serve(server_settings, clock):
            stranger = PersonAtTheDoor(url)
            if attempt == 0:
                for _ in range(5):
                    assert await stranger.problem("POST", "/api/login/password", login) == (403, "wrong_password")
            assert await stranger.problem("POST", "/api/login/password", login) == (429, "too_many_tries")


async def serve(settings: Settings, clock: ManualClock) -> AsyncIterator[str]:
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    app = build(msgspec.structs.replace(settings, port=port), clock)
    await app.start(sock)
    yield f"http://127.0.0.1:{port}"
    await app.stop()
