"""Every route, called by nobody and by a stranger with another person's ids [HT4, DS8, DS9].

The table below must have a row for each route of the OpenAPI document: a new route without one fails.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.crash.device import Device
from tests.crash.mls import APPLICATION, COMMIT, external_commit, private_message
from tests.crash.server import Nursery, ServerProcess
from tests.crash.town import Json, Person, Town, base64, device_json
from tests.hostile import wallet_attacks
from tests.media.client import PATCH_TYPE, Sealed, metadata, sealed

from hongyan.app import openapi_document
from hongyan.backup.model import SEGMENT_BYTES_MIN
from hongyan.delivery.frames import VerdictCode

# SPEC.md §2, the rows that say "anyone".
OPEN_TO_ANYONE = {
    "GET /api/server",
    "POST /api/invitations/look",
    "POST /api/join",
    "POST /api/login/password",
    "POST /api/login/passkey/start",
    "POST /api/login/passkey/finish",
    "POST /api/devices",
    "POST /api/device-links",
    "POST /api/device-links/{link_id}/poll",
    "POST /api/backup/open",
    "POST /api/recoveries",
    "POST /api/recoveries/{recovery_id}/prove",
    "POST /api/recoveries/{recovery_id}/poll",
}


@dataclass
class Scene:
    """mei is the victim with one of everything; the stranger is on the same server and no friend of hers."""

    town: Town
    mei: Person
    friend: Person
    stranger: Person
    group_id: bytes
    invitation_id: int
    link_id: str
    private: list[str]
    photo: Sealed
    segment: bytes
    recovery_id: str

    def mine(self) -> Json:
        """All that mei can see of herself."""
        paths = (
            "me",
            "me/devices",
            "me/passkeys",
            "invitations",
            "contacts",
            "groups",
            "key-packages/count",
            "push",
            "backup",
            "wallet",
            "wallet/shops",
        )
        found: Json = {path: self._get(f"/api/{path}") for path in paths}
        found["info"] = self._get(f"/api/groups/{self.group_path}/info")
        for person in (self.mei, self.friend):
            photo = self.town.http.get(self.photo.path, headers=person.headers)
            found[f"photo of {person.name}"] = photo.status_code, photo.content == self.photo.blob
        return found

    def _get(self, path: str) -> object:
        answer = self.town.http.get(path, headers=self.mei.headers)
        assert answer.is_success, f"{path} {answer.text}"
        found: object = answer.json()
        return found

    @property
    def group_path(self) -> str:
        return urlsafe_b64encode(self.group_id).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def scene(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("hostile") / "data"
    server = ServerProcess(folder, nursery)
    server.start_and_wait()
    town = Town(server.url)
    town.populate(server.owner_token(), 2)
    (mei, friend), (stranger, _) = town.pairs
    group_id, info = secrets.token_bytes(16), secrets.token_bytes(90)
    asyncio.run(make_group(town, mei, friend, group_id, info))
    package, wrapped = secrets.token_bytes(60), secrets.token_bytes(60)
    put = town.http.put
    assert put("/api/key-packages", json={"packages": [base64(package)]}, headers=mei.headers).is_success
    password: Json = {"secret": base64(secrets.token_bytes(32)), "wrapped_account_key": base64(wrapped)}
    assert put("/api/me/password", json=password, headers=mei.headers).is_success
    made = town.post("/api/invitations", {"kind": "friend", "uses_max": 3, "lifetime_s": 3600, "care_mode": False}, mei)
    labels = [str(one["label"]) for one in town.http.get("/api/me/devices", headers=mei.headers).json()]
    private = [base64(info), base64(package), base64(wrapped), str(made["token"]), mei.token, *labels]
    link_id = str(town.post("/api/device-links", {})["link_id"])
    invitation_id = made["id"]
    assert isinstance(invitation_id, int)
    opened = town.http.post("/api/wallet/treasury/open", json=wallet_attacks.OPENING, headers=town.owner.headers)
    assert opened.is_success, opened.text
    assert put("/api/wallet/pin", json={"pin": wallet_attacks.PIN}, headers=mei.headers).is_success
    shop: Json = {"id": wallet_attacks.ACT, "name": "面馆"}
    assert town.http.post("/api/wallet/shops", json=shop, headers=mei.headers).is_success
    segment, boxes = keep_backup(town, mei)
    private += boxes
    recovery_id = str(town.post("/api/recoveries", {"name": mei.name})["recovery_id"])
    photo = sealed(b"photo")
    assert send_photo(town, mei.headers, photo, group_id).status_code == 201
    yield Scene(town, mei, friend, stranger, group_id, invitation_id, link_id, private, photo, segment, recovery_id)
    town.close()
    server.stop()


async def make_group(town: Town, founder: Person, other: Person, group_id: bytes, info: bytes) -> None:
    device = town.device(founder)
    device.start()
    message = private_message(group_id, 0, COMMIT, b"x")
    device.commit(group_id, message, [other.device_id], group_info=info)
    await device.answered()
    assert not device.refused
    await device.stop()


def keep_backup(town: Town, mei: Person) -> tuple[bytes, list[str]]:
    """mei's backup with a PIN and friends; returns its one segment's id, and what nobody else may see."""
    content = secrets.token_bytes(SEGMENT_BYTES_MIN)
    segment = hashlib.sha256(content).digest()
    manifest, key, box, circle = (secrets.token_bytes(60) for _ in range(4))
    share, verifier = secrets.token_bytes(32), secrets.token_bytes(32)
    bodies: dict[str, Json] = {
        "segments": {"segment_id": base64(segment), "content": base64(content)},
        "vault": {"share": base64(share), "verifier": base64(verifier), "box": base64(box)},
        "circle": {"circle_id": base64(circle[:16]), "box": base64(circle)},
        "": {
            "after": 0,
            "version": 1,
            "format": 1,
            "manifest": base64(manifest),
            "key_for_devices": base64(key),
            "segments": [base64(segment)],
        },
    }
    for path, body in bodies.items():
        answer = town.http.put(f"/api/backup/{path}".rstrip("/"), json=body, headers=mei.headers)
        assert answer.is_success, answer.text
    return segment, [base64(one) for one in (content, manifest, key, box, share, verifier, circle)]


def send_photo(town: Town, by: dict[str, str], photo: Sealed, group_id: bytes) -> httpx.Response:
    headers = {**by, **TUS, "upload-length": str(len(photo.blob)), "content-type": PATCH_TYPE}
    headers["upload-metadata"] = metadata(photo.blob_id, group_id)
    return town.http.post("/api/media", headers=headers, content=photo.blob)


Request = tuple[str, Json | None]
TUS = {"tus-resumable": "1.0.0", "upload-offset": "0", "content-type": PATCH_TYPE}
Row = Callable[[Scene], Request]
JUNK = base64(b"j" * 32)


def new_device(scene: Scene) -> Json:
    return device_json(scene.stranger.keys.new_device())


def joining(scene: Scene) -> Json:
    return {
        "invitation": "x" * 43,
        "name": scene.mei.name,
        "account_key": JUNK,
        "box_key": JUNK,
        "box_signature": base64(b"j" * 64),
        "device": new_device(scene),
    }


PASSKEY_ANSWER: Json = {
    "id": JUNK, "rawId": JUNK, "type": "public-key",
    "response": {"clientDataJSON": JUNK, "authenticatorData": JUNK, "signature": JUNK},
}  # fmt: skip
NEW_PASSKEY: Json = {
    "label": "x",
    "credential": {
        "id": JUNK, "rawId": JUNK, "type": "public-key",
        "response": {"clientDataJSON": JUNK, "attestationObject": JUNK},
    },
}  # fmt: skip

# A wake-up that the server would have to send to itself.
INNER_SUBSCRIPTION: Json = {
    "endpoint": "https://127.0.0.1/x", "device_key": base64(bytes(65)), "auth_secret": base64(bytes(16)), "muted": [],
}  # fmt: skip

# What the stranger tries on each route with mei's ids; None: a body-less request.
ATTACKS: dict[str, Row] = {
    "GET /api/server": lambda s: ("/api/server", None),
    "POST /api/invitations/look": lambda s: ("/api/invitations/look", {"token": str(s.invitation_id)}),
    "POST /api/join": lambda s: ("/api/join", joining(s)),
    "POST /api/login/password": lambda s: ("/api/login/password", {"name": s.mei.name, "secret": JUNK}),
    "POST /api/login/passkey/start": lambda s: ("/api/login/passkey/start", {}),
    "POST /api/login/passkey/finish": lambda s: ("/api/login/passkey/finish", {"credential": PASSKEY_ANSWER}),
    "POST /api/devices": lambda s: ("/api/devices", {"ticket": s.mei.token, "device": new_device(s)}),
    "PUT /api/me/password": lambda s: ("/api/me/password", {"secret": JUNK, "wrapped_account_key": JUNK}),
    "DELETE /api/me/password": lambda s: ("/api/me/password", None),
    "POST /api/me/passkeys/start": lambda s: ("/api/me/passkeys/start", {}),
    "POST /api/me/passkeys/finish": lambda s: ("/api/me/passkeys/finish", NEW_PASSKEY),
    "GET /api/me/passkeys": lambda s: ("/api/me/passkeys", None),
    "DELETE /api/me/passkeys/{passkey_id}": lambda s: ("/api/me/passkeys/1", None),
    "GET /api/me": lambda s: ("/api/me", None),
    "DELETE /api/me": lambda s: ("/api/me", {"name": s.mei.name}),
    "GET /api/me/devices": lambda s: ("/api/me/devices", None),
    "DELETE /api/me/devices/{device_id}": lambda s: (f"/api/me/devices/{s.mei.device_id}", None),
    "GET /api/me/data": lambda s: ("/api/me/data", None),
    "POST /api/device-links": lambda s: ("/api/device-links", {}),
    "POST /api/device-links/{link_id}/approve": lambda s: ("/api/device-links/x/approve", {"sealed": JUNK}),
    "POST /api/device-links/{link_id}/poll": lambda s: (f"/api/device-links/{s.link_id}/poll", {"poll_secret": "x"}),
    "GET /api/invitations": lambda s: ("/api/invitations", None),
    "POST /api/invitations": lambda s: (
        "/api/invitations",
        {"kind": "member", "uses_max": 1, "lifetime_s": 3600, "care_mode": False},
    ),
    "DELETE /api/invitations/{invitation_id}": lambda s: (f"/api/invitations/{s.invitation_id}", None),
    "GET /api/people/{name}": lambda s: (f"/api/people/{s.mei.name}", None),
    "POST /api/directory": lambda s: ("/api/directory", {"signature_keys": [JUNK]}),
    "GET /api/contacts": lambda s: ("/api/contacts", None),
    "POST /api/contacts/requests": lambda s: (
        "/api/contacts/requests",
        {"account_id": s.mei.account_id, "greeting": JUNK, "invitation": str(s.invitation_id)},
    ),
    "POST /api/contacts/requests/{account_id}/accept": lambda s: (
        f"/api/contacts/requests/{s.mei.account_id}/accept",
        None,
    ),
    "POST /api/contacts/requests/{account_id}/decline": lambda s: (
        f"/api/contacts/requests/{s.mei.account_id}/decline",
        None,
    ),
    "DELETE /api/contacts/{account_id}": lambda s: (f"/api/contacts/{s.mei.account_id}", None),
    "GET /api/contacts/rules": lambda s: ("/api/contacts/rules", None),
    "PUT /api/contacts/rules": lambda s: ("/api/contacts/rules", {"by_name": True, "by_code": True, "by_group": True}),
    "PUT /api/blocks/{account_id}": lambda s: (f"/api/blocks/{s.mei.account_id}", None),
    "DELETE /api/blocks/{account_id}": lambda s: (f"/api/blocks/{s.mei.account_id}", None),
    "PUT /api/key-packages": lambda s: ("/api/key-packages", {"packages": [JUNK]}),
    "GET /api/key-packages/count": lambda s: ("/api/key-packages/count", None),
    "POST /api/key-packages/claim": lambda s: ("/api/key-packages/claim", {"account_ids": [s.mei.account_id]}),
    "GET /api/groups": lambda s: ("/api/groups", None),
    "GET /api/groups/{group_id}/info": lambda s: (f"/api/groups/{s.group_path}/info", None),
    "DELETE /api/groups/{group_id}/membership": lambda s: (f"/api/groups/{s.group_path}/membership", None),
    "POST /api/media": lambda s: ("/api/media", None),
    "HEAD /api/media/{blob_id}": lambda s: (s.photo.path, None),
    "PATCH /api/media/{blob_id}": lambda s: (s.photo.path, None),
    "DELETE /api/media/{blob_id}": lambda s: (s.photo.path, None),
    "GET /api/media/{blob_id}": lambda s: (s.photo.path, None),
    "POST /api/media/{blob_id}/taken": lambda s: (f"{s.photo.path}/taken", None),
    "POST /api/media/{blob_id}/due": lambda s: (f"{s.photo.path}/due", {"group_id": base64(s.group_id)}),
    "POST /api/groups/{group_id}/requests": lambda s: (f"/api/groups/{s.group_path}/requests", {"sealed": JUNK}),
    "DELETE /api/groups/{group_id}/requests": lambda s: (f"/api/groups/{s.group_path}/requests", None),
    "GET /api/backup": lambda s: ("/api/backup", None),
    "PUT /api/backup": lambda s: (
        "/api/backup",
        {
            "after": 1,
            "version": 2,
            "format": 1,
            "manifest": JUNK,
            "key_for_devices": JUNK,
            "segments": [base64(s.segment)],
        },
    ),
    "DELETE /api/backup": lambda s: ("/api/backup", None),
    "PUT /api/backup/segments": lambda s: (
        "/api/backup/segments",
        {"segment_id": base64(s.segment), "content": base64(bytes(SEGMENT_BYTES_MIN))},
    ),
    "GET /api/backup/segments/{segment_id}": lambda s: (f"/api/backup/segments/{s.segment.hex()}", None),
    "PUT /api/backup/vault": lambda s: ("/api/backup/vault", {"share": JUNK, "verifier": JUNK, "box": JUNK}),
    "PUT /api/backup/circle": lambda s: ("/api/backup/circle", {"circle_id": base64(bytes(16)), "box": JUNK}),
    "POST /api/backup/open": lambda s: ("/api/backup/open", {"name": f"no {s.mei.name}", "proof": JUNK}),
    "POST /api/recoveries": lambda s: ("/api/recoveries", {"name": s.mei.name}),
    "GET /api/recoveries/{recovery_id}": lambda s: (f"/api/recoveries/{s.recovery_id}", None),
    "POST /api/recoveries/{recovery_id}/approve": lambda s: (
        f"/api/recoveries/{s.recovery_id}/approve",
        {"sealed": JUNK},
    ),
    "POST /api/recoveries/{recovery_id}/prove": lambda s: (
        f"/api/recoveries/{s.recovery_id}/prove",
        {"poll_secret": "x", "signature": base64(bytes(64))},
    ),
    "POST /api/recoveries/{recovery_id}/poll": lambda s: (
        f"/api/recoveries/{s.recovery_id}/poll",
        {"poll_secret": "x"},
    ),
    "GET /api/me/recoveries": lambda s: ("/api/me/recoveries", None),
    "DELETE /api/me/recoveries/{recovery_id}": lambda s: (f"/api/me/recoveries/{s.recovery_id}", None),
    "GET /api/push": lambda s: ("/api/push", None),
    "PUT /api/push/subscription": lambda s: ("/api/push/subscription", INNER_SUBSCRIPTION),
    "DELETE /api/push/subscription": lambda s: ("/api/push/subscription", None),
    "POST /api/push/trial": lambda s: ("/api/push/trial", None),
    "GET /api/admin/members": lambda s: (f"/api/admin/members?named={s.mei.name}", None),
    "GET /api/admin/members/{account_id}": lambda s: (f"/api/admin/members/{s.mei.account_id}", None),
    "POST /api/admin/members/{account_id}/suspend": lambda s: (f"/api/admin/members/{s.mei.account_id}/suspend", None),
    "POST /api/admin/members/{account_id}/restore": lambda s: (f"/api/admin/members/{s.mei.account_id}/restore", None),
    "POST /api/admin/members/{account_id}/sign-out": lambda s: (
        f"/api/admin/members/{s.mei.account_id}/sign-out",
        None,
    ),
    "DELETE /api/admin/members/{account_id}": lambda s: (
        f"/api/admin/members/{s.mei.account_id}",
        {"name": s.mei.name},
    ),
    "GET /api/admin/invitations": lambda s: ("/api/admin/invitations", None),
    "DELETE /api/admin/invitations/{invitation_id}": lambda s: (f"/api/admin/invitations/{s.invitation_id}", None),
    "GET /api/admin/storage": lambda s: ("/api/admin/storage", None),
    "GET /api/admin/health": lambda s: ("/api/admin/health", None),
    "GET /api/admin/acts": lambda s: ("/api/admin/acts", None),
    **wallet_attacks.ATTACKS,
}
# Those that must be refused outright; the others may answer, but with nothing of mei's.
REFUSED = {
    "POST /api/invitations/look",
    "POST /api/join",
    "POST /api/login/password",
    "POST /api/login/passkey/finish",
    "POST /api/devices",
    "POST /api/me/passkeys/finish",
    "DELETE /api/me",
    "DELETE /api/me/devices/{device_id}",
    "POST /api/device-links/{link_id}/approve",
    "POST /api/invitations",
    "POST /api/contacts/requests/{account_id}/accept",
    "POST /api/key-packages/claim",
    "GET /api/groups/{group_id}/info",
    "POST /api/media",
    "HEAD /api/media/{blob_id}",
    "PATCH /api/media/{blob_id}",
    "GET /api/media/{blob_id}",
    "POST /api/media/{blob_id}/due",
    "PUT /api/push/subscription",
    "POST /api/push/trial",
    "PUT /api/backup",
    "PUT /api/backup/segments",
    "GET /api/backup/segments/{segment_id}",
    "POST /api/backup/open",
    "GET /api/recoveries/{recovery_id}",
    "POST /api/recoveries/{recovery_id}/approve",
    "POST /api/recoveries/{recovery_id}/prove",
    *(route for route in ATTACKS if "/api/admin/" in route),
    *wallet_attacks.REFUSED,
}
# A stranger's own request comes, and goes when she blocks.
CHANGES_HER_REQUESTS = {"POST /api/contacts/requests", "PUT /api/blocks/{account_id}"}


def routes() -> list[str]:
    document = json.loads(openapi_document())
    return sorted(f"{method.upper()} {path}" for path, operations in document["paths"].items() for method in operations)


def ask(scene: Scene, route: str, headers: dict[str, str]) -> httpx.Response:
    path, body = ATTACKS[route](scene)
    method = route.partition(" ")[0]
    if path == "/api/media":  # the stranger repeats what mei sent
        return send_photo(scene.town, headers, scene.photo, scene.group_id)
    if path == scene.photo.path:
        return scene.town.http.request(method, path, headers={**TUS, **headers})
    if body is None:
        return scene.town.http.request(method, path, headers=headers)
    return scene.town.http.request(method, path, headers=headers, json=body)


def test_the_table_has_every_route() -> None:
    assert sorted(ATTACKS) == routes()


@pytest.mark.parametrize("route", sorted(set(ATTACKS) - OPEN_TO_ANYONE))
def test_nothing_answers_without_a_token(scene: Scene, route: str) -> None:
    """[HT4]"""
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Bearer {'x' * 43}"}, {"Cookie": "a=b"}):
        answer = ask(scene, route, headers)
        assert answer.status_code == 401, f"{headers}: {answer.status_code} {answer.text}"
        assert route.startswith("HEAD") or answer.json()["code"] == "unauthorised"


@pytest.mark.parametrize("route", sorted(ATTACKS))
def test_a_stranger_reaches_nothing_of_another(scene: Scene, route: str) -> None:
    """Neither in the answer nor in what mei has afterwards."""
    before = scene.mine()
    answer = ask(scene, route, scene.stranger.headers)
    assert answer.status_code < 500, answer.text
    if route in REFUSED:
        assert 400 <= answer.status_code < 500, f"{answer.status_code} {answer.text}"
    leaked = [secret for secret in scene.private if secret in answer.text]
    assert not leaked, answer.text
    after = scene.mine()
    if route == "POST /api/contacts/requests":
        assert answer.json() == {"state": "requested"}, "an invitation's number is not its token"
    if route in CHANGES_HER_REQUESTS:
        for contacts in (before["contacts"], after["contacts"]):
            assert isinstance(contacts, dict)
            del contacts["incoming"]
    assert after == before


async def test_the_realtime_socket_refuses_a_stranger(scene: Scene) -> None:
    """Sends, commits and external commits to a group of others, and adding whom one does not know [DS3, DS8, DS9]."""
    device = scene.town.device(scene.stranger)
    device.start()
    group_id = scene.group_id
    new_group = secrets.token_bytes(16)
    device.send(group_id, private_message(group_id, 1, APPLICATION, b"x"))
    device.commit(group_id, private_message(group_id, 1, COMMIT, b"x"), [])
    device.commit(group_id, external_commit(group_id, 1, b"x"), [device.device_id])
    device.commit(group_id, private_message(group_id, 1, COMMIT, b"x"), [], removed=[scene.mei.device_id])
    device.commit(new_group, private_message(new_group, 0, COMMIT, b"x"), [scene.mei.device_id])
    await device.answered()
    codes = [verdict.code for verdict in sorted(device.refused, key=lambda verdict: verdict.no)]
    assert codes == [VerdictCode.NOT_A_MEMBER] * 2 + [VerdictCode.MALFORMED, VerdictCode.NOT_A_MEMBER] + [
        VerdictCode.NO_CONSENT
    ] or codes == [VerdictCode.NOT_A_MEMBER] * 4 + [VerdictCode.NO_CONSENT], codes
    assert not device.accepted
    await device.stop()


async def test_a_token_dies_with_its_device(scene: Scene) -> None:
    """[DS14]: over HTTP and on the socket."""
    town = scene.town
    guest = town.join(town.invitation(scene.friend), "guest")
    device: Device = town.device(guest)
    device.start()
    await device.ready.wait()
    assert town.http.delete(f"/api/me/devices/{guest.device_id}", headers=guest.headers).is_success
    assert town.http.get("/api/me", headers=guest.headers).status_code == 401
    await device.stop()
    again = town.device(guest)
    again.start()
    await again.until_refused()
    assert again.refusals[0].code == "token"
    await again.stop()
