"""Backups over HTTP with a real server [HT1]–[HT4]: lan loses everything and comes back."""

import asyncio
import hashlib
import secrets
from collections import Counter

from tests.accounts.people import base64, device_json
from tests.accounts.person import PersonAtTheDoor
from tests.conftest import RunningServer

from hongyan.app import CATALOGUE
from hongyan.backup.model import Refusal
from hongyan.backup.vault import verifier_of

PROOF = b"p" * 32


async def joined(server: RunningServer) -> PersonAtTheDoor:
    invitation = await server.app.accounts.invitations.ensure_owner()
    assert invitation is not None
    lan = PersonAtTheDoor(server.url)
    await lan.join(invitation, "lan")
    return lan


async def backed_up(server: RunningServer) -> tuple[PersonAtTheDoor, str, bytes]:
    """Lan with one segment in version 1, and a PIN."""
    lan = await joined(server)
    content = secrets.token_bytes(1024 * 1024)
    segment_id = hashlib.sha256(content).digest()
    await lan.put("/api/backup/segments", {"segment_id": base64(segment_id), "content": base64(content)})
    body = {"after": 0, "version": 1, "format": 1, "manifest": base64(b"m"), "key_for_devices": base64(b"k")}
    await lan.put("/api/backup", {**body, "segments": [base64(segment_id)]})
    vault = {"share": base64(b"s" * 32), "verifier": base64(verifier_of(PROOF)), "box": base64(b"box")}
    await lan.put("/api/backup/vault", vault)
    return lan, segment_id.hex(), content


async def test_she_loses_everything_and_comes_back(manual_server: RunningServer) -> None:
    """[BK1] [BK3] [BK5]"""
    lan, segment_id, content = await backed_up(manual_server)
    new = PersonAtTheDoor(manual_server.url, lan.keys)
    assert await new.problem("GET", "/api/backup") == (401, "unauthorised")
    wrong = {"name": "lan", "proof": base64(b"x" * 32)}
    assert await new.problem("POST", "/api/backup/open", wrong) == (403, "wrong_pin")
    opened = await new.post("/api/backup/open", {"name": "lan", "proof": base64(PROOF)})
    assert (opened["share"], opened["box"], opened["format"]) == (base64(b"s" * 32), base64(b"box"), 1)
    answer = await new.post("/api/devices", {"ticket": opened["ticket"], "device": device_json(lan.keys.new_device())})
    new.token = answer["token"]
    held = await new.get("/api/backup")
    assert (held["backup"]["version"], held["vault"]["wrong"], held["circle"]) == (1, 0, None)
    assert (await new.get(f"/api/backup/segments/{segment_id}"))["content"] == base64(content)
    assert await new.problem("GET", "/api/backup/segments/..%2f..") == (404, "not_found")
    assert await new.problem("GET", f"/api/backup/segments/{'0' * 64}") == (404, "segment_unknown")
    await new.delete("/api/backup")
    assert (await new.get("/api/backup"))["backup"] is None
    assert await new.problem("POST", "/api/backup/open", {"name": "lan", "proof": base64(PROOF)}) == (403, "wrong_pin")


async def test_a_thousand_wrong_pins_over_the_network(manual_server: RunningServer) -> None:
    """[BK5] On the real server, fifty connections at a time."""
    await backed_up(manual_server)
    stranger, seats = PersonAtTheDoor(manual_server.url), asyncio.Semaphore(50)

    async def guess(number: int) -> tuple[int, str]:
        async with seats:
            proof = number.to_bytes(32, "big")
            return await stranger.problem("POST", "/api/backup/open", {"name": "lan", "proof": base64(proof)})

    answers = Counter(await asyncio.gather(*(guess(number) for number in range(1_000))))
    assert answers == {(403, "wrong_pin"): 10, (429, "too_many_tries"): 990}


async def test_a_recovery_over_http(manual_server: RunningServer) -> None:
    """[BK7]"""
    lan = await joined(manual_server)
    mei = PersonAtTheDoor(manual_server.url)
    await mei.join(await lan.invite(), "mei", b"sealed")
    new = PersonAtTheDoor(manual_server.url)
    asked = await new.post("/api/recoveries", {"name": "lan"})
    path = f"/api/recoveries/{asked['recovery_id']}"
    assert (await mei.get(path))["name"] == "lan"
    await mei.post(f"{path}/approve", {"sealed": base64(b"share")})
    polled = await new.post(f"{path}/poll", {"poll_secret": asked["poll_secret"]})
    assert (polled["state"], polled["approvals"], polled["sealed"]) == ("waiting", 1, [])
    [told] = (await lan.get("/api/me/recoveries"))["recoveries"]
    await lan.delete(f"/api/me/recoveries/{told['recovery_id']}")
    polled = await new.post(f"{path}/poll", {"poll_secret": asked["poll_secret"]})
    assert polled["state"] == "expired"
    assert await mei.problem("GET", path) == (404, "recovery_unknown")
    proof = {"poll_secret": asked["poll_secret"], "signature": base64(b"s" * 64)}
    assert await new.problem("POST", f"{path}/prove", proof) == (404, "recovery_unknown")


async def test_the_data_page_tells_no_secret(manual_server: RunningServer) -> None:
    """Somebody who holds a stolen device must not read there what would help to guess the PIN."""
    lan, _, _ = await backed_up(manual_server)
    held = {table["table"]: table["rows"] for table in (await lan.get("/api/me/data"))["tables"]}
    assert held["backup_vault"][0][1:4] == ["***"] * 3
    assert len(held["backup"]) == len(held["backup_segment"]) == 1


def test_every_refusal_has_a_sentence() -> None:
    """[HT1]"""
    CATALOGUE.require({refusal.value for refusal in Refusal})
