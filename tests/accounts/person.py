"""A person at the HTTP door: she has keys, a token once she joined, and reads problem documents."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.accounts.people import Json, KeyRing, base64, device_json, joining_json

# A test reads answers field by field; a wrong shape fails there.
Answer = Any


@dataclass
class PersonAtTheDoor:
    url: str
    keys: KeyRing = field(default_factory=KeyRing)
    token: str | None = None
    account_id: int = 0
    device_id: int = 0
    language: str = "en"

    async def ask(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        headers = {"accept-language": self.language}
        if self.token is not None:
            headers["authorization"] = f"Bearer {self.token}"
        async with httpx.AsyncClient(base_url=self.url, timeout=120, verify=False) as client:
            return await client.request(method, path, json=body, headers=headers)

    async def get(self, path: str) -> Answer:
        return self._good(await self.ask("GET", path))

    async def post(self, path: str, body: Json | None = None) -> Answer:
        return self._good(await self.ask("POST", path, body))

    async def put(self, path: str, body: Json | None = None) -> None:
        self._good(await self.ask("PUT", path, body))

    async def delete(self, path: str, body: Json | None = None) -> None:
        self._good(await self.ask("DELETE", path, body))

    async def problem(self, method: str, path: str, body: Json | None = None) -> tuple[int, str]:
        """The status and code of a refusal, which must be a whole problem document [HT1]."""
        response = await self.ask(method, path, body)
        assert response.headers["content-type"] == "application/problem+json", response.text
        document = response.json()
        assert document["status"] == response.status_code and document["title"] and document["detail"]
        assert document["type"] == f"urn:hongyan:problem:{document['code']}"
        if "retry_after_s" in document:
            assert response.headers["retry-after"] == str(document["retry_after_s"])
        return response.status_code, document["code"]

    async def join(self, invitation: str, name: str, greeting: bytes | None = None) -> Answer:
        answer = await self.post("/api/join", joining_json(self.keys.joining(invitation, name, greeting=greeting)))
        self.token, self.account_id, self.device_id = answer["token"], answer["account_id"], answer["device_id"]
        return answer

    async def invite(self, kind: str = "friend", uses_max: int = 1, lifetime_s: int = 3_600) -> str:
        body: Json = {"kind": kind, "uses_max": uses_max, "lifetime_s": lifetime_s, "care_mode": False}
        return str((await self.post("/api/invitations", body))["token"])

    async def second_device(self) -> "PersonAtTheDoor":
        """Let another device in by a link, as [DL1] [DL2] have it."""
        new = PersonAtTheDoor(self.url, self.keys)
        link = await new.post("/api/device-links", {})
        await self.post(f"/api/device-links/{link['link_id']}/approve", {"sealed": base64(b"sealed seed")})
        approved = await new.post(f"/api/device-links/{link['link_id']}/poll", {"poll_secret": link["poll_secret"]})
        body: Json = {"ticket": approved["ticket"], "device": device_json(self.keys.new_device())}
        answer = await new.post("/api/devices", body)
        new.token, new.account_id, new.device_id = answer["token"], answer["account_id"], answer["device_id"]
        return new

    def _good(self, response: httpx.Response) -> Answer:
        assert response.is_success, response.text
        return response.json() if response.content else None
