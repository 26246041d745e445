"""People on a real server, through its HTTP interface: an owner, her friends, and a friend of each of them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

import httpx
from tests.accounts.people import KeyRing, base64, device_json, joining_json
from tests.crash.device import Device
from tests.crash.mls import APPLICATION, COMMIT, private_message

Json = dict[str, object]


@dataclass
class Person:
    name: str
    keys: KeyRing
    account_id: int
    device_id: int
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Town:
    """The people of one server and the groups they have; every group is in epoch 1 once `settle` is done."""

    url: str
    http: httpx.Client = field(init=False)
    people: list[Person] = field(default_factory=list)
    groups: dict[bytes, list[Person]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def close(self) -> None:
        self.http.close()

    def join(self, invitation: str, name: str, *, greeting: bytes | None = None) -> Person:
        keys = KeyRing()
        answer = self.post("/api/join", joining_json(keys.joining(invitation, name, greeting=greeting)))
        person = Person(name, keys, _integer(answer, "account_id"), _integer(answer, "device_id"), str(answer["token"]))
        self.people.append(person)
        return person

    def invitation(self, who: Person, *, kind: str = "friend", uses: int = 100) -> str:
        body: Json = {"kind": kind, "uses_max": uses, "lifetime_s": 3600, "care_mode": False, "language": "zh-Hans"}
        return str(self.post("/api/invitations", body, who)["token"])

    def post(self, path: str, body: Json, who: Person | None = None) -> Json:
        answer = self.http.post(path, json=body, headers=who.headers if who else {})
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        found = answer.json() if answer.content else {}
        assert isinstance(found, dict)
        return found

    def populate(self, owner_token: str, pairs: int) -> None:
        """An owner; `pairs` friends of hers; one friend for each of those."""
        owner = self.join(owner_token, "lan")
        hers = self.invitation(owner)
        for number in range(pairs):
            mei = self.join(hers, f"mei{number}")
            self.join(self.invitation(mei), f"bo{number}")

    @property
    def owner(self) -> Person:
        return self.people[0]

    @property
    def pairs(self) -> list[tuple[Person, Person]]:
        rest = self.people[1:]
        return [(rest[i], rest[i + 1]) for i in range(0, len(rest), 2)]

    def device(self, who: Person, *, in_flight_max: int = 16) -> Device:
        url = self.url.replace("http", "ws", 1) + "/realtime"
        return Device(url, who.device_id, who.token, in_flight_max=in_flight_max)

    def make_group(self, by: Device, founder: Person, others: list[Person]) -> bytes:
        """Queue the commit that creates a group; returns its id."""
        group_id = secrets.token_bytes(16)
        message = private_message(group_id, 0, COMMIT, secrets.token_bytes(200))
        by.commit(group_id, message, [other.device_id for other in others])
        self.groups[group_id] = [founder, *others]
        return group_id


def text_message(group_id: bytes, *, epoch: int = 1, bytes_count: int = 300) -> bytes:
    return private_message(group_id, epoch, APPLICATION, secrets.token_bytes(bytes_count))


def digest_of(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def _integer(answer: Json, name: str) -> int:
    value = answer[name]
    assert isinstance(value, int)
    return value


__all__ = ["Json", "Person", "Town", "base64", "device_json", "digest_of", "text_message"]
