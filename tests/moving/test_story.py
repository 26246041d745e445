"""People on one server that moves from one machine's files to PostgreSQL and S3, and back, and they notice nothing."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.accounts.people import Json, base64
from tests.accounts.person import PersonAtTheDoor
from tests.delivery.client import Client, application, commit_message
from tests.media.client import MediaClient, Sealed
from tests.moving.conftest import Removal
from tests.push.conftest import service
from tests.push.service import PushService

from hongyan.app import App, build
from hongyan.backup.vault import verifier_of
from hongyan.delivery.frames import EnvelopeKind, VerdictCode
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.starting import listen
from hongyan.push.model import WAKE_AFTER_S
from hongyan.sdk.media.blob import unseal
from hongyan.settings import Settings

__all__ = ["service"]

GROUP = b"family-group-id!"
PROOF = b"p" * 32
PHOTO = bytes(range(256)) * 4_000


@dataclass
class Town:
    app: App
    url: str
    clock: ManualClock
    people: dict[str, PersonAtTheDoor]

    async def join(self, name: str, invitation: str) -> PersonAtTheDoor:
        person = PersonAtTheDoor(self.url)
        await person.join(invitation, name, None if name == "lan" else b"sealed")
        self.people[name] = person
        return person

    @asynccontextmanager
    async def connected(self, name: str) -> AsyncIterator[Client]:
        token = self.people[name].token
        assert token is not None
        async with Client(self.url.replace("http", "ws", 1), token) as client:
            yield client

    @asynccontextmanager
    async def _media(self, name: str) -> AsyncIterator[MediaClient]:
        token = self.people[name].token
        assert token is not None
        client = MediaClient(self.url, token)
        try:
            yield client
        finally:
            await client.close()

    async def upload(self, name: str) -> Sealed:
        async with self._media(name) as client:
            return await client.upload(PHOTO, GROUP)

    async def sees(self, name: str, photo: Sealed) -> bool:
        async with self._media(name) as client:
            return unseal((await client.get(photo)).content, photo.opening) == PHOTO


@asynccontextmanager
async def running(settings: Settings, clock: ManualClock, people: dict[str, PersonAtTheDoor]) -> AsyncIterator[Town]:
    sock = listen("127.0.0.1", 0)
    app = build(settings, clock)
    await app.start(sock)
    url = f"http://127.0.0.1:{sock.getsockname()[1]}"
    for person in people.values():
        person.url = url
    try:
        yield Town(app, url, clock, people)
    finally:
        await app.stop()


async def package(person: PersonAtTheDoor, *contents: bytes) -> None:
    body: Json = {"packages": [base64(content) for content in contents]}
    await person.put("/api/key-packages", body)


async def test_the_family_goes_on(removal: Removal, service: PushService) -> None:
    """[DS4] [DS6] [ME13] [BK5] [BK7] [PU3] on the new engines and again on the old ones."""
    people: dict[str, PersonAtTheDoor] = {}
    said = [application(GROUP, 1, f"第 {n} 句".encode()) for n in range(12)]

    async with running(removal.embedded, removal.clock, people) as town:
        token = await town.app.accounts.invitations.ensure_owner()
        assert token is not None
        lan = await town.join("lan", token)
        for name in ("mei", "bo", "grandma"):
            await town.join(name, await lan.invite())
        mei, grandma = people["mei"], people["grandma"]
        await package(mei, b"package 1", b"package 2")
        await grandma.put("/api/push/subscription", registration(service))
        async with town.connected("lan") as phone:
            added = [people[name].device_id for name in ("mei", "bo", "grandma")]
            made = await phone.commit(GROUP, commit_message(GROUP, 0), welcome=b"\0\1\0\3welcome", added=added)
            assert made.code is VerdictCode.ACCEPTED
            for one in said[:5]:
                assert (await phone.send(GROUP, one)).code is VerdictCode.ACCEPTED
            last_no = phone.no
        async with town.connected("bo") as bo:
            heard = await bo.take_mail(6)
            bo.ack()
            await bo.ping()
        photo = await town.upload("lan")
        await back_up(lan)
        asked = await PersonAtTheDoor(town.url).post("/api/recoveries", {"name": "lan"})
        recovery = f"/api/recoveries/{asked['recovery_id']}"
        await mei.post(f"{recovery}/approve", {"sealed": base64(b"share")})

    await removal.move()

    async with running(removal.scaled, removal.clock, people) as town:
        async with town.connected("grandma") as tablet, town.connected("lan") as phone:
            waited = await tablet.take_mail(6)
            assert [(one.seq, one.no, one.body) for one in waited[1:]] == [
                (one.seq, one.no, one.body) for one in heard[1:]
            ]
            assert [one.body for one in waited[1:]] == said[:5] and waited[0].kind is EnvelopeKind.WELCOME
            assert phone.no == last_no, "the server knows what it was sent"
            assert (await phone.send(GROUP, said[4], no=last_no)).code is VerdictCode.ACCEPTED
            assert (await phone.send(GROUP, said[5])).code is VerdictCode.ACCEPTED
            [later] = await tablet.take_mail(1)
            assert later.body == said[5] and later.seq > waited[-1].seq, "the repeated one came once"
            tablet.ack()
            await tablet.ping()
        assert await town.sees("mei", photo)
        stranger = PersonAtTheDoor(town.url)
        polled = await stranger.post(f"{recovery}/poll", {"poll_secret": asked["poll_secret"]})
        assert polled["approvals"] == 1
        opened = await stranger.post("/api/backup/open", {"name": "lan", "proof": base64(PROOF)})
        assert opened["share"] == base64(b"s" * 32)
        await package(mei, b"package 3")
        assert (await mei.get("/api/key-packages/count"))["count"] == 3
        await town.join("bao", await lan.invite())
        async with town.connected("lan") as phone:
            for one in said[6:]:
                assert (await phone.send(GROUP, one)).code is VerdictCode.ACCEPTED
        before = len(service.of("grandma"))
        removal.clock.advance(WAKE_AFTER_S)
        await town.app.push.waker.wake_due()
        assert len(service.of("grandma")) == before + 1, "she is woken where she was before"

    removal.set_aside()
    await removal.move(removal.scaled, removal.embedded)

    async with running(removal.embedded, removal.clock, people) as town:
        async with town.connected("grandma") as tablet:
            assert [one.body for one in await tablet.take_mail(6)] == said[6:]
        async with town.connected("bo") as bo:
            assert [one.body for one in await bo.take_mail(7)] == said[5:]
        assert await town.sees("bo", photo)
        assert (await people["bao"].get("/api/me"))["name"] == "bao"
        await package(mei, b"package 4")
        assert (await mei.get("/api/key-packages/count"))["count"] == 4


def registration(service: PushService) -> Json:
    browser = service.browser("grandma")
    return {
        "endpoint": browser.endpoint,
        "device_key": base64(browser.device_key),
        "auth_secret": base64(browser.auth_secret),
        "muted": [base64(b"noisy group")],
    }


async def back_up(lan: PersonAtTheDoor) -> None:
    content = b"sealed" * 1_000
    segment = hashlib.sha256(content).digest()
    await lan.put("/api/backup/segments", {"segment_id": base64(segment), "content": base64(content)})
    body: Json = {"after": 0, "version": 1, "format": 1, "manifest": base64(b"m"), "key_for_devices": base64(b"k")}
    await lan.put("/api/backup", {**body, "segments": [base64(segment)]})
    await lan.put(
        "/api/backup/vault",
        {"share": base64(b"s" * 32), "verifier": base64(verifier_of(PROOF)), "box": base64(b"box")},
    )
