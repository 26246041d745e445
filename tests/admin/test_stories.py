"""The owner looks after her server over HTTP, with a real server on both databases."""

import json
from dataclasses import dataclass

import pytest
from tests.accounts.people import base64, device_json
from tests.accounts.person import PersonAtTheDoor
from tests.conftest import RunningServer
from tests.delivery.client import Client, ConnectionRefused, application, commit_message

from hongyan.accounts import new_ticket
from hongyan.delivery.frames import RefusedCode, VerdictCode
from hongyan.foundation.clock import ManualClock
from hongyan.foundation.http import Access, require_access
from hongyan.foundation.ids import AccountId
from hongyan.safekeeping.record import Record, remember

GROUP = b"g" * 16
SECRET = base64(b"s" * 32)


@dataclass
class Town:
    lan: PersonAtTheDoor
    mei: PersonAtTheDoor
    bo: PersonAtTheDoor
    server: RunningServer

    def path(self, what: str = "", who: PersonAtTheDoor | None = None) -> str:
        return f"/api/admin/members/{(who or self.mei).account_id}{what}"

    def client(self, who: PersonAtTheDoor) -> Client:
        assert who.token is not None
        return Client(self.server.url.replace("http", "ws", 1), who.token)

    async def acts(self) -> list[tuple[str, str | None]]:
        """In the order of the alphabet: all happen in one moment of a clock that stands still."""
        answer = await self.lan.get("/api/admin/acts")
        return sorted((act["act"], act["subject"]) for act in answer["acts"])


@pytest.fixture
async def town(manual_server: RunningServer) -> Town:
    """lan owns the server; mei is her friend, bo is mei's; each came a minute after the other."""
    clock = manual_server.clock
    assert isinstance(clock, ManualClock)
    token = await manual_server.app.accounts.invitations.ensure_owner()
    assert token is not None
    lan, mei, bo = (PersonAtTheDoor(manual_server.url) for _ in range(3))
    await lan.join(token, "lan")
    clock.advance(60)
    await mei.join(await lan.invite(), "小梅", b"sealed")
    clock.advance(60)
    await bo.join(await mei.invite(), "bo", b"sealed")
    return Town(lan, mei, bo, manual_server)


async def test_only_the_owner_is_answered(town: Town) -> None:
    """[AD1]"""
    routes = {route: access for route, access in require_access(town.server.app.api).items() if "/api/admin" in route}
    assert len(routes) == 11 and set(routes.values()) == {Access.OWNER}
    for route in routes:
        method, path = (
            route.replace("{account_id:int}", str(town.bo.account_id)).replace("{invitation_id:int}", "1").split()
        )
        body = {"name": "bo"} if method == "DELETE" and "members" in path else None
        assert await town.mei.problem(method, path, body) == (403, "owner_only"), route
    assert (await town.bo.get("/api/me"))["name"] == "bo"
    assert await town.acts() == []


async def test_members_are_listed_found_and_paged(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """[AD1] Who joined last first; a name is found in any case, and its signs mean nothing else."""
    await town.bo.second_device()
    answer = await town.lan.get("/api/admin/members")
    assert [one["name"] for one in answer["members"]] == ["bo", "小梅", "lan"]
    assert [one["devices"] for one in answer["members"]] == [2, 1, 1]
    assert [one["is_owner"] for one in answer["members"]] == [False, False, True]
    assert (answer["members_in_all"], answer["devices_in_all"], answer["more"]) == (3, 4, False)
    for named, found in (("B", ["bo"]), ("梅", ["小梅"]), ("%", []), ("_", []), ("!", [])):
        answer = await town.lan.get(f"/api/admin/members?named={named.replace('%', '%25')}")
        assert [one["name"] for one in answer["members"]] == found, named
    monkeypatch.setattr("hongyan.admin.service.PAGE_MAX", 2)
    first = await town.lan.get("/api/admin/members")
    last = first["members"][-1]
    after = f"before_ms={last['joined_at_ms']}&before_id={last['account_id']}"
    second = await town.lan.get(f"/api/admin/members?{after}")
    assert [one["name"] for one in first["members"] + second["members"]] == ["bo", "小梅", "lan"]
    assert (first["more"], second["more"]) == (True, False)


async def test_a_suspended_account_can_do_nothing_and_loses_nothing(town: Town) -> None:
    """[AD2]"""
    lan, mei = town.lan, town.mei
    await mei.put("/api/me/password", {"secret": SECRET, "wrapped_account_key": SECRET})
    invitation = await mei.invite()
    link = await (new := PersonAtTheDoor(mei.url, mei.keys)).post("/api/device-links", {})
    await mei.post(f"/api/device-links/{link['link_id']}/approve", {"sealed": SECRET})
    poll = {"poll_secret": link["poll_secret"]}
    ticket = (await new.post(f"/api/device-links/{link['link_id']}/poll", poll))["ticket"]
    async with town.client(lan) as hers, town.client(mei) as theirs:
        made = await hers.commit(GROUP, commit_message(GROUP, 0), welcome=b"w", added=[mei.device_id])
        assert made.code is VerdictCode.ACCEPTED

        await lan.post(town.path("/suspend"))
        await lan.post(town.path("/suspend"))
        with pytest.raises(ConnectionRefused) as refused:
            await theirs.until(lambda: False)
        assert (refused.value.code, refused.value.retry_after_ms) == (RefusedCode.SUSPENDED, 30_000)
        with pytest.raises(ConnectionRefused) as refused:
            await town.client(mei).connect()
        assert refused.value.code is RefusedCode.SUSPENDED
        assert await mei.problem("GET", "/api/me") == (403, "account_suspended")
        login = {"name": "小梅", "secret": SECRET}
        assert await new.problem("POST", "/api/login/password", login) == (403, "account_suspended")
        assert await new.problem("POST", "/api/login/password", {**login, "secret": base64(bytes(32))}) == (
            403,
            "wrong_password",
        )
        body = {"ticket": ticket, "device": device_json(mei.keys.new_device())}
        assert await new.problem("POST", "/api/devices", body) == (410, "ticket_expired")
        assert await new.problem("POST", "/api/invitations/look", {"token": invitation}) == (404, "invitation_unknown")
        sent = await hers.send(GROUP, application(GROUP, 1, b"while she was away"))
        assert sent.code is VerdictCode.ACCEPTED
        found = await lan.get("/api/admin/members?suspended=true")
        assert [(one["name"], one["suspended_at_ms"] is None) for one in found["members"]] == [("小梅", False)]

        await lan.post(town.path("/restore"))
        await lan.post(town.path("/restore"))
        async with town.client(mei) as back:
            mail = await back.take_mail(2)
            assert [b"while she was away" in (one.body or b"") for one in mail] == [False, True]
        assert (await mei.get("/api/me"))["name"] == "小梅"
        assert (await new.post("/api/invitations/look", {"token": invitation}))["inviter_name"] == "小梅"
    assert await town.acts() == [("restored", "小梅"), ("suspended", "小梅")]


async def test_no_ticket_admits_her(town: Town) -> None:
    """[AD2] However it was come by: the account is looked at, not only the ticket."""
    await town.lan.post(town.path("/suspend"))
    mei, now_ms = AccountId(town.mei.account_id), town.server.clock.now_ms()
    ticket = await town.server.app.db.write(lambda tx: new_ticket(tx, mei, now_ms=now_ms))
    body = {"ticket": ticket, "device": device_json(town.mei.keys.new_device())}
    assert await town.bo.problem("POST", "/api/devices", body) == (403, "account_suspended")


async def test_sign_out_everywhere_and_remove(town: Town) -> None:
    """[AD3]"""
    lan, mei, bo = town.lan, town.mei, town.bo
    await bo.second_device()
    assert not (await lan.get(town.path(who=bo)))["can_sign_in"]
    await lan.post(town.path("/sign-out", bo))
    assert await bo.problem("GET", "/api/me") == (401, "unauthorised")
    assert (await lan.get(town.path(who=bo)))["devices"] == 0
    assert await lan.problem("DELETE", town.path(), {"name": "bo"}) == (400, "name_mismatch")
    assert (await mei.get("/api/me"))["name"] == "小梅"
    await lan.delete(town.path(), {"name": "小梅"})
    assert await mei.problem("GET", "/api/me") == (401, "unauthorised")
    assert await lan.problem("GET", town.path()) == (404, "person_unknown")
    assert await town.acts() == [("removed", None), ("signed_out", "bo")]


async def test_nothing_is_done_to_the_owner_or_to_nobody(town: Town) -> None:
    """[AD3]"""
    for what in ("/suspend", "/restore", "/sign-out"):
        assert await town.lan.problem("POST", town.path(what, town.lan)) == (409, "owner_stays")
        assert await town.lan.problem("POST", f"/api/admin/members/1{what}") == (404, "person_unknown")
    assert await town.lan.problem("DELETE", town.path(who=town.lan), {"name": "lan"}) == (409, "owner_stays")
    assert await town.acts() == []


async def test_invitations_of_everybody_are_seen_and_taken_back(town: Town) -> None:
    """[AD5]"""
    lan, mei = town.lan, town.mei
    hers, members = await mei.invite(uses_max=3), await lan.invite("member", 5)
    answer = await lan.get("/api/admin/invitations")
    seen = {(one["inviter_name"], one["kind"], one["uses"], one["uses_max"]) for one in answer["invitations"]}
    assert seen == {("小梅", "friend", 0, 3), ("lan", "member", 0, 5)}, "used-up ones are not open"
    assert hers not in str(answer) and members not in str(answer)
    one = next(one for one in answer["invitations"] if one["inviter_name"] == "小梅")
    await lan.delete(f"/api/admin/invitations/{one['id']}")
    await lan.delete(f"/api/admin/invitations/{one['id']}")
    new = PersonAtTheDoor(lan.url)
    assert await new.problem("POST", "/api/invitations/look", {"token": hers}) == (404, "invitation_unknown")
    assert await town.acts() == [("invitation_withdrawn", None), ("invited", None)]


async def test_storage_and_health(town: Town) -> None:
    """[AD4]"""
    clock = town.server.clock
    assert isinstance(clock, ManualClock)
    async with town.client(town.lan) as hers:
        await hers.commit(GROUP, commit_message(GROUP, 0), welcome=b"w", added=[town.mei.device_id])
        await hers.send(GROUP, application(GROUP, 1, b"x"))
        health = await town.lan.get("/api/admin/health")
    engine = "PostgreSQL" if town.server.app.settings.database else "SQLite"
    assert (health["database_engine"], health["uptime_s"]) == (engine, 120)
    assert health["time_ms"] == clock.now_ms() and health["database_bytes"] > 10_000
    assert {one["checked"] for one in health["checks"]} == {
        "disk", "writer", "connections", "errors", "push", "backup",
    }  # fmt: skip
    backup = next(one for one in health["checks"] if one["checked"] == "backup")
    assert backup["level"] == "unknown"
    remember(town.server.app.settings.data_dir, Record("/mnt", "1", clock.now_ms() - 3 * 86_400_000))
    checks = (await town.lan.get("/api/admin/health"))["checks"]
    assert {"checked": "backup", "level": "yellow", "value": 3 * 86_400, "whole": 0} in checks
    connections = next(one for one in health["checks"] if one["checked"] == "connections")
    assert connections["value"] >= 1 and connections["whole"] == 20_000
    storage = await town.lan.get("/api/admin/storage")
    assert storage["mail_waiting"] == 2 and storage["mail_days"] == 30 and storage["media_days"] == 14
    assert storage["media_count"] == 0 and storage["disk_total_bytes"] > storage["disk_free_bytes"] > 0
    assert storage["media_account_bytes_max"] == 4096 * 1024 * 1024


async def test_no_answer_tells_who_knows_whom_or_what_was_said(town: Town) -> None:
    """[AD1] Nor a token, a key, a sealed label or a group."""
    lan, mei, bo = town.lan, town.mei, town.bo
    canary = "canary-5f1c"
    async with town.client(lan) as hers:
        await hers.commit(GROUP, commit_message(GROUP, 0), welcome=b"w", added=[mei.device_id])
        await hers.send(GROUP, application(GROUP, 1, canary.encode()))
    greeting = base64(canary.encode())
    await bo.post("/api/contacts/requests", {"account_id": lan.account_id, "greeting": greeting})
    await lan.post(town.path("/suspend", bo))
    answers = {
        path: await lan.get(f"/api/admin/{path}")
        for path in ("members", f"members/{mei.account_id}", "invitations", "storage", "health", "acts")
    }
    text = json.dumps(answers, ensure_ascii=False)
    device = (await mei.get("/api/me/devices"))[0]
    secret = [canary, greeting, base64(GROUP), mei.token, device["label"], device["signature_key"], device["device_id"]]
    assert [one for one in secret if str(one) in text] == []
    # Each person stands by herself: nothing of another's is in what is told of her.
    assert "bo" not in json.dumps(answers[f"members/{mei.account_id}"])
    assert set(answers["members"]["members"][0]) == {
        "account_id", "name", "is_owner", "joined_at_ms", "suspended_at_ms", "devices", "last_seen_day",
        "can_sign_in", "media_bytes", "backup_bytes",
    }  # fmt: skip


async def test_what_was_done_to_her_is_on_her_own_page_and_goes_in_time(town: Town) -> None:
    """[AD5]"""
    clock = town.server.clock
    assert isinstance(clock, ManualClock)
    await town.lan.post(town.path("/suspend"))
    await town.lan.post(town.path("/restore"))

    async def noted() -> int:
        tables = (await town.mei.get("/api/me/data"))["tables"]
        return len(next(one for one in tables if one["table"] == "admin_act")["rows"])

    assert await noted() == 2
    clock.advance(365 * 86_400)
    await town.server.app.jobs.run_due()
    assert await noted() == 2
    clock.advance(86_401)
    await town.server.app.jobs.run_due()
    assert await noted() == 0


async def test_acts_are_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hongyan.admin.service.ACTS_COUNT", 2)
    for what in ("/suspend", "/restore"):
        await town.lan.post(town.path(what))
    assert await town.lan.problem("POST", town.path("/suspend")) == (429, "too_many_tries")
    assert (await town.mei.get("/api/me"))["name"] == "小梅"
