"""Push over HTTP: lan registers her device, tries it, and sees all that is kept of it."""

import pytest
from tests.accounts.people import Json, base64
from tests.accounts.person import PersonAtTheDoor
from tests.conftest import RunningServer
from tests.push.service import PushService

from hongyan.app import CATALOGUE
from hongyan.push.model import TRIALS_COUNT, Refusal
from hongyan.settings import PushSettings, Settings


@pytest.fixture
def server_settings(server_settings: Settings) -> Settings:
    return Settings(data_dir=server_settings.data_dir, port=0, push=PushSettings(inner_hosts="localhost"))


@pytest.fixture
async def lan(manual_server: RunningServer) -> PersonAtTheDoor:
    invitation = await manual_server.app.accounts.invitations.ensure_owner()
    assert invitation is not None
    person = PersonAtTheDoor(manual_server.url)
    await person.join(invitation, "lan")
    return person


def body_of(service: PushService) -> Json:
    browser = service.browser("lan")
    return {
        "endpoint": browser.endpoint,
        "device_key": base64(browser.device_key),
        "auth_secret": base64(browser.auth_secret),
        "muted": [base64(b"noisy group")],
    }


async def test_register_try_and_take_back(lan: PersonAtTheDoor, service: PushService) -> None:
    """[PU1]"""
    before = await lan.get("/api/push")
    assert before["registered"] is False and len(before["public_key"]) == 88
    body = body_of(service)
    await lan.put("/api/push/subscription", body)
    await lan.put("/api/push/subscription", body)
    assert await lan.post("/api/push/trial") == {"outcome": "taken"}
    assert len(service.of("lan")) == 1
    service.answers = [(500, {})]
    assert await lan.post("/api/push/trial") == {"outcome": "busy"}
    assert await lan.get("/api/push") == {**before, "registered": True, "failures": 1, "last_failure": "busy"}
    held = {table["table"]: table["rows"] for table in (await lan.get("/api/me/data"))["tables"]}
    [row] = held["push_subscription"]
    assert body["endpoint"] in row and held["push_muted"] == [[lan.device_id, base64(b"noisy group")]]
    await lan.delete("/api/push/subscription")
    await lan.delete("/api/push/subscription")
    assert await lan.get("/api/push") == before
    assert await lan.problem("POST", "/api/push/trial") == (404, "push_not_registered")


async def test_each_device_is_its_own(lan: PersonAtTheDoor, service: PushService) -> None:
    tablet = await lan.second_device()
    await lan.put("/api/push/subscription", body_of(service))
    assert (await tablet.get("/api/push"))["registered"] is False
    await lan.delete(f"/api/me/devices/{lan.device_id}")
    held = {table["table"]: table["rows"] for table in (await tablet.get("/api/me/data"))["tables"]}
    assert held["push_subscription"] == held["push_muted"] == []


async def test_refusals(lan: PersonAtTheDoor, service: PushService) -> None:
    """[HT1] [PU5]"""
    CATALOGUE.require({refusal.value for refusal in Refusal})
    body = body_of(service)
    for endpoint in ("https://192.168.0.1/x", "http://push.example/x", "https://metadata.internal/", "x"):
        refused = await lan.problem("PUT", "/api/push/subscription", {**body, "endpoint": endpoint})
        assert refused == (400, "push_endpoint_unusable")
    no_point = {**body, "device_key": base64(bytes(65))}
    assert await lan.problem("PUT", "/api/push/subscription", no_point) == (400, "push_endpoint_unusable")
    for wrong in (
        {"device_key": base64(bytes(64))},
        {"auth_secret": ""},
        {"extra": 1},
        {"muted": [""]},
        {"endpoint": ""},
    ):
        assert await lan.problem("PUT", "/api/push/subscription", {**body, **wrong}) == (400, "malformed")
    for _ in range(TRIALS_COUNT):
        await lan.problem("POST", "/api/push/trial")
    await lan.put("/api/push/subscription", body)
    for _ in range(TRIALS_COUNT):
        await lan.post("/api/push/trial")
    assert await lan.problem("POST", "/api/push/trial") == (429, "too_many_tries")


async def test_strangers_have_no_business_here(manual_server: RunningServer) -> None:
    """[HT4]"""
    stranger = PersonAtTheDoor(manual_server.url)
    for method, path in (("GET", "/api/push"), ("DELETE", "/api/push/subscription"), ("POST", "/api/push/trial")):
        assert (await stranger.problem(method, path))[0] == 401


async def test_nothing_of_it_is_logged(
    lan: PersonAtTheDoor, service: PushService, capfd: pytest.CaptureFixture[str]
) -> None:
    """[PU4] No address, no endpoint, no key."""
    body = body_of(service)
    await lan.put("/api/push/subscription", body)
    service.answers = [(403, {})]
    await lan.post("/api/push/trial")
    written = "".join(capfd.readouterr())
    assert "localhost" not in written and "/push/lan" not in written and str(body["device_key"]) not in written
