"""Who may call what [HT4], and how a refusal reads [HT1] [HT2]."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from hongyan.foundation.db import StorageFull
from hongyan.foundation.http import Access, Answer, Body, Caller, NobodyYet, Route, build_api
from hongyan.foundation.http.access import require_access
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.foundation.problems import TEXTS, Catalogue, Problem, Text

LAN = Caller(AccountId(1), DeviceId(11), is_owner=True)
MEI = Caller(AccountId(2), DeviceId(22), is_owner=False)


class Gate:
    async def authenticate(self, token: str) -> Caller | None:
        return {"lan": LAN, "mei": MEI}.get(token)


class Letter(Body, frozen=True, kw_only=True):
    text: str
    seal: bytes


class Stored(Answer, frozen=True, kw_only=True):
    account_id: AccountId
    seal: bytes


@post("/letters", opt={"access": Access.DEVICE}, status_code=200)
async def send(data: JSONBody[Letter], caller: NamedDependency[Caller]) -> Stored:
    return Stored(account_id=caller.account_id, seal=data.seal)


@get("/keys", opt={"access": Access.OWNER})
async def keys(caller: NamedDependency[Caller]) -> Stored:
    return Stored(account_id=caller.account_id, seal=b"")


@get("/open/{number:int}", opt={"access": Access.ANYONE})
async def anyone(number: FromPath[int]) -> Stored:
    match number:
        case 1:
            raise ValueError("a secret of hers")
        case 2:
            raise StorageFull
        case 3:
            raise Problem("too_many_tries", status=429, retry_after_s=7)
    return Stored(account_id=AccountId(number), seal=b"")


@get("/weight", opt={"access": Access.ANYONE})
async def weight(grams: FromQuery[int]) -> Stored:
    return Stored(account_id=AccountId(grams), seal=b"")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = build_api([send, keys, anyone, weight], authenticator=Gate(), catalogue=Catalogue(), version="1")
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api") as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/keys", {}, 401),
        ("/keys", bearer("nobody"), 401),
        ("/keys", {"authorization": "Basic lan"}, 401),
        ("/keys", bearer("mei"), 403),
        ("/keys", bearer("lan"), 200),
        ("/open/5", {}, 200),
        ("/open/5", bearer("nobody"), 200),
    ],
)
async def test_each_route_lets_in_whom_it_declares(
    client: httpx.AsyncClient, path: str, headers: dict[str, str], status: int
) -> None:
    """[HT4]"""
    assert (await client.get(path, headers=headers)).status_code == status


async def test_a_stranger_is_refused_before_the_body_is_read(client: httpx.AsyncClient) -> None:
    assert (await client.post("/letters", content=b"{{{")).status_code == 401


async def test_bytes_are_base64_and_the_caller_is_known(client: httpx.AsyncClient) -> None:
    answer = await client.post("/letters", json={"text": "好", "seal": "AAE="}, headers=bearer("mei"))
    assert answer.json() == {"account_id": 2, "seal": "AAE="}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "not_found"),
        ("GET", "/open/x", {}, 404, "not_found"),
        ("DELETE", "/letters", {}, 405, "method_not_allowed"),
        ("OPTIONS", "/letters", {}, 405, "method_not_allowed"),
        ("POST", "/letters", {"json": {"text": "a"}}, 400, "malformed"),
        ("POST", "/letters", {"json": {"text": "a", "seal": "AA==", "more": 1}}, 400, "malformed"),
        ("POST", "/letters", {"json": {"text": 1, "seal": "AA=="}}, 400, "malformed"),
        ("POST", "/letters", {"json": {"text": "a", "seal": "%"}}, 400, "malformed"),
        ("POST", "/letters", {"content": b"\xff\xfe"}, 400, "malformed"),
        ("POST", "/letters", {"content": b""}, 400, "malformed"),
        ("POST", "/letters", {"content": bytes(3_000_000)}, 413, "too_large"),
        ("GET", "/weight?grams=many", {}, 400, "malformed"),
        ("GET", "/open/1", {}, 500, "internal"),
        ("GET", "/open/2", {}, 503, "storage_full"),
        ("GET", "/open/3", {}, 429, "too_many_tries"),
    ],
)
@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
async def test_every_error_is_a_problem_in_the_readers_language(
    client: httpx.AsyncClient, method: str, path: str, sent: dict[str, object], status: int, code: str, language: str
) -> None:
    """[HT1] [HT2]"""
    headers = bearer("mei") | {"accept-language": language}
    answer = await client.request(method, path, headers=headers, **sent)  # type: ignore[arg-type]
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"urn:hongyan:problem:{code}")
    said: Text = TEXTS[code]
    assert problem["detail"] == {"zh-Hans": said.zh_hans, "zh-Hant": said.zh_hant, "en": said.en}[language]
    assert problem["title"]
    assert answer.headers.get("retry-after") == (str(problem["retry_after_s"]) if "retry_after_s" in problem else None)
    assert "secret" not in answer.text


async def test_a_route_without_access_refuses_to_start() -> None:
    @get("/forgotten")
    async def forgotten() -> Stored:
        raise AssertionError

    for routes in ([forgotten], [send, forgotten]):
        handlers: list[Route] = list(routes)
        with pytest.raises(AssertionError, match="/api/forgotten does not declare"):
            build_api(handlers, authenticator=NobodyYet(), catalogue=Catalogue(), version="1")


def test_the_check_of_access_fails_when_it_checked_nothing() -> None:
    with pytest.raises(AssertionError, match="no route"):
        build_api([], authenticator=NobodyYet(), catalogue=Catalogue(), version="1")


def test_only_the_listed_routes_are_open_to_anyone(tmp_path: object) -> None:
    """[HT4] The specification's "anyone" rows, and no other."""
    from hongyan.app import build
    from hongyan.foundation.db import MEMORY
    from hongyan.settings import Settings

    found = require_access(build(Settings(), database_url=MEMORY).api)
    assert {path for path, access in found.items() if access is Access.ANYONE} == {
        "GET /api/server",
        "POST /api/invitations/look",
        "POST /api/join",
        "POST /api/login/password",
        "POST /api/login/passkey/start",
        "POST /api/login/passkey/finish",
        "POST /api/devices",
        "POST /api/device-links",
        "POST /api/device-links/{link_id:str}/poll",
        "POST /api/backup/open",
        "POST /api/recoveries",
        "POST /api/recoveries/{recovery_id:str}/prove",
        "POST /api/recoveries/{recovery_id:str}/poll",
        "POST /api/wallet/rails/{rail:str}",
    }


def test_two_features_may_not_claim_one_code() -> None:
    with pytest.raises(AssertionError, match="claimed twice"):
        Catalogue({"internal": Text("甲", "甲", "a")})


def test_a_code_without_a_text_refuses() -> None:
    with pytest.raises(AssertionError, match="no_such_code"):
        Catalogue().require({"internal", "no_such_code"})
