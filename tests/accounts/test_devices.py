"""Devices: tokens, links, removal, the directory, and leaving [DL1] [DS14] [DS12]."""

import asyncio

import pytest
from tests.accounts.world import TABLES, Member, World

from hongyan.accounts import authenticate_token
from hongyan.accounts.links import Approved, StartedLink
from hongyan.accounts.model import DEVICES_PER_ACCOUNT_MAX, Admitted, Refusal, Refused
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId

EXPIRED = Refused(Refusal.LINK_EXPIRED)


async def started(world: World) -> StartedLink:
    link = await world.accounts.links.start("203.0.113.7")
    assert isinstance(link, StartedLink)
    return link


async def second_device(world: World, of: Member) -> Member:
    link = await started(world)
    assert await world.accounts.links.approve(of.id, link.link_id, b"sealed seed") is None
    approved = await world.accounts.links.poll(link.link_id, link.poll_secret)
    assert isinstance(approved, Approved)
    admitted = await world.accounts.add_device(approved.ticket, of.keys.new_device())
    assert isinstance(admitted, Admitted)
    return Member(of.keys, of.id, admitted.device_id, admitted.token, of.name)


async def test_a_second_device_by_link(world: World) -> None:
    """[DL1] [DL2]"""
    changed: list[AccountId] = []
    world.accounts.hooks.devices_changed.append(changed.append)
    lan = await world.owner()
    link = await started(world)
    assert await world.accounts.links.poll(link.link_id, link.poll_secret) is True
    assert await world.accounts.links.approve(lan.id, link.link_id, b"sealed seed") is None
    assert await world.accounts.links.approve(lan.id, link.link_id, b"sealed seed") is None
    lost = await world.accounts.links.poll(link.link_id, link.poll_secret)
    approved = await world.accounts.links.poll(link.link_id, link.poll_secret)
    assert isinstance(lost, Approved) and isinstance(approved, Approved)
    assert approved.sealed == b"sealed seed"
    device = lan.keys.new_device()
    assert await world.accounts.add_device(lost.ticket, device) == Refused(Refusal.TICKET_EXPIRED)
    assert isinstance(await world.accounts.add_device(approved.ticket, device), Admitted)
    assert await world.accounts.links.poll(link.link_id, link.poll_secret) is False
    assert await world.rows("device_link") == 0
    assert changed == [lan.id]


async def test_a_link_is_its_pollers_and_its_first_approvers(world: World) -> None:
    lan = await world.owner()
    mei = await world.member(lan, "mei")
    link, other = await started(world), await started(world)
    assert await world.accounts.links.poll(link.link_id, other.poll_secret) is False
    assert await world.accounts.links.poll("nothing", link.poll_secret) is False
    assert await world.accounts.links.poll("\0", link.poll_secret) is False
    assert await world.accounts.links.approve(lan.id, link.link_id, b"sealed") is None
    assert await world.accounts.links.approve(mei.id, link.link_id, b"sealed") == EXPIRED
    assert await world.accounts.links.approve(lan.id, link.link_id, b"other") == EXPIRED
    assert await world.accounts.links.approve(lan.id, "nothing", b"sealed") == EXPIRED


async def test_a_link_lives_ten_minutes(world: World) -> None:
    lan = await world.owner()
    link, approved = await started(world), await started(world)
    await world.accounts.links.approve(lan.id, approved.link_id, b"sealed")
    world.clock.advance(600)
    assert await world.accounts.links.approve(lan.id, link.link_id, b"sealed") == EXPIRED
    assert await world.accounts.links.poll(link.link_id, link.poll_secret) is False
    assert await world.accounts.links.poll(approved.link_id, approved.poll_secret) is False
    await world.accounts.erase_expired()
    assert await world.rows("device_link") == 0


async def test_links_of_one_network_are_limited(world: World) -> None:
    for _ in range(600):
        await started(world)
    refused = await world.accounts.links.start("203.0.113.7")
    assert isinstance(refused, Refused) and refused.why is Refusal.TOO_MANY_TRIES
    assert isinstance(await world.accounts.links.start("203.0.113.8"), StartedLink)


async def test_ten_devices_and_no_more(world: World) -> None:
    """[DS12] The old device is told at once; a race ends the same."""
    lan = await world.owner()
    for _ in range(DEVICES_PER_ACCOUNT_MAX - 2):
        await second_device(world, lan)
    tickets = []
    for _ in range(3):
        link = await started(world)
        await world.accounts.links.approve(lan.id, link.link_id, b"sealed")
        approved = await world.accounts.links.poll(link.link_id, link.poll_secret)
        assert isinstance(approved, Approved)
        tickets.append(approved.ticket)
    outcomes = await asyncio.gather(*(world.accounts.add_device(t, lan.keys.new_device()) for t in tickets))
    assert sum(isinstance(outcome, Admitted) for outcome in outcomes) == 1
    assert [o.why for o in outcomes if isinstance(o, Refused)] == [Refusal.DEVICE_LIMIT] * 2
    refused = await world.accounts.links.approve(lan.id, (await started(world)).link_id, b"sealed")
    assert refused == Refused(Refusal.DEVICE_LIMIT)


async def test_a_removed_device_can_do_nothing(world: World) -> None:
    """[DS14] In one transaction with what higher features erase."""
    lan = await world.owner()
    lan_phone = await second_device(world, lan)
    seen: list[tuple[DeviceId, bool]] = []

    def erase(tx: Tx, device_id: DeviceId) -> None:
        seen.append((device_id, authenticate_token(tx, lan_phone.token) is None))

    world.accounts.hooks.device_removed.append(erase)
    assert await world.accounts.remove_device(lan.id, lan_phone.device) is None
    assert await world.accounts.remove_device(lan.id, lan_phone.device) is None
    assert seen == [(lan_phone.device, True)]
    assert await world.accounts.authenticate(lan_phone.token) is None
    [device] = await world.accounts.devices(lan.id)
    assert device.device_id == lan.device


async def test_what_a_removed_device_opened_is_closed(world: World) -> None:
    """A stolen device may have approved a link a moment before it was removed."""
    lan = await world.owner()
    stolen = await second_device(world, lan)
    link = await started(world)
    await world.accounts.links.approve(lan.id, link.link_id, b"sealed seed")
    approved = await world.accounts.links.poll(link.link_id, link.poll_secret)
    assert isinstance(approved, Approved)
    await world.accounts.remove_device(lan.id, stolen.device)
    assert await world.accounts.links.poll(link.link_id, link.poll_secret) is False
    outcome = await world.accounts.add_device(approved.ticket, lan.keys.new_device())
    assert outcome == Refused(Refusal.TICKET_EXPIRED)


async def test_a_failing_hook_leaves_the_device_in_place(world: World) -> None:
    """[DS14] All or nothing."""
    lan = await world.owner()

    def fail(tx: Tx, device_id: DeviceId) -> None:
        raise RuntimeError("no")

    world.accounts.hooks.device_removed.append(fail)
    with pytest.raises(RuntimeError):
        await world.accounts.remove_device(lan.id, lan.device)
    assert await world.accounts.authenticate(lan.token) is not None


async def test_devices_of_others_do_not_exist(world: World) -> None:
    lan = await world.owner()
    mei = await world.member(lan, "mei")
    unknown = Refused(Refusal.DEVICE_UNKNOWN)
    assert await world.accounts.remove_device(lan.id, mei.device) == unknown
    assert await world.accounts.remove_device(lan.id, DeviceId(1)) == unknown
    assert await world.accounts.authenticate(mei.token) is not None


async def test_the_directory_tells_removed_devices_too(world: World) -> None:
    """[ID5] Mail of a device that has left can still be checked."""
    lan = await world.owner("lan")
    phone = await second_device(world, lan)
    devices = await world.accounts.devices(lan.id)
    await world.accounts.remove_device(lan.id, phone.device)
    keys = [device.signature_key for device in devices]
    found = await world.accounts.directory([*keys, *keys, b"\0" * 32])
    assert {(f.device_id, f.removed) for f in found} == {(lan.device, False), (phone.device, True)}
    assert {(f.account_id, f.name, f.account_key) for f in found} == {(lan.id, "lan", lan.keys.account_key)}
    assert {f.signature_key: f.certificate for f in found} == {d.signature_key: d.certificate for d in devices}


async def test_last_seen_is_a_day(world: World) -> None:
    lan = await world.owner()
    [device] = await world.accounts.devices(lan.id)
    assert device.last_seen_day is None
    await world.accounts.authenticate(lan.token)
    world.clock.advance(86_400)
    await world.accounts.authenticate(lan.token)
    [device] = await world.accounts.devices(lan.id)
    assert device.last_seen_day == "2026-01-02"


async def test_a_wrong_token_is_nobodys(world: World) -> None:
    """[HT4]"""
    await world.owner()
    for token in ("", "x", "A" * 43, "A" * 5_000, "é", "\0"):
        assert await world.accounts.authenticate(token) is None


async def test_people_are_found_by_their_exact_name_thirty_times_an_hour(world: World) -> None:
    """[AC3]"""
    lan = await world.owner("lan")
    mei = await world.member(lan, "外婆")
    found = await world.accounts.person_by_name(lan.id, "外婆")
    assert not isinstance(found, Refused) and found.account_id == mei.id
    for name in ["外", "外婆婆", "%", "\0"]:
        assert await world.accounts.person_by_name(lan.id, name) == Refused(Refusal.PERSON_UNKNOWN)
    for _ in range(25):
        await world.accounts.person_by_name(lan.id, "外婆")
    world.build()
    assert await world.accounts.person_by_name(lan.id, "外婆") == Refused(Refusal.TOO_MANY_TRIES, 3_600)
    assert not isinstance(await world.accounts.person_by_name(mei.id, "LAN"), Refused)


async def test_leaving_leaves_nothing(world: World) -> None:
    lan = await world.owner()
    mei = await world.friend(lan, "mei")
    await second_device(world, mei)
    bo = await world.member(lan, "bo")
    await world.invitation(mei)
    await world.contacts.request(mei.id, bo.id, b"sealed", None)
    await world.contacts.block(bo.id, mei.id)
    await world.accounts.sign_in.set_password(mei.id, b"s" * 32, b"wrapped")
    await world.accounts.sign_in.with_password("mei", b"s" * 32, "203.0.113.7")
    await world.accounts.sign_in.new_passkey_options(mei.id)
    removed: list[DeviceId] = []

    def remember(tx: Tx, device_id: DeviceId) -> None:
        removed.append(device_id)

    world.accounts.hooks.device_removed.append(remember)
    assert await world.accounts.erase(mei.id, "lan") == Refused(Refusal.NAME_MISMATCH)
    world.notices.clear()
    assert await world.accounts.erase(mei.id, " MEI ") is None
    assert len(removed) == 2
    assert any(lan.id in told for told, _ in world.notices)
    assert await world.accounts.authenticate(mei.token) is None
    for table in TABLES:
        rows = await world.db.read(lambda tx, table=table: tx.all(f"SELECT * FROM {table}"))  # type: ignore[misc]  # mypy cannot infer defaults
        assert not any(mei.id in row for row in rows), table
    assert (await world.contacts.of(lan.id)).friends == []
    assert await world.accounts.person_by_name(lan.id, "mei") == Refused(Refusal.PERSON_UNKNOWN)


async def test_a_name_is_free_again_after_leaving(world: World) -> None:
    lan = await world.owner()
    mei = await world.friend(lan, "mei")
    await world.accounts.erase(mei.id, "mei")
    assert (await world.friend(lan, "mei")).id != mei.id


async def test_what_ends_is_erased_by_time(world: World) -> None:
    lan = await world.owner()
    await world.invitation(lan)
    await world.accounts.sign_in.passkey_options("203.0.113.7")
    await started(world)
    await world.accounts.erase_expired()
    assert await world.rows("device_link") == 1 and await world.rows("passkey_challenge") == 1
    world.clock.advance(600)
    await world.accounts.erase_expired()
    assert await world.rows("device_link") == 0 and await world.rows("passkey_challenge") == 0
    world.clock.advance(40 * 86_400)
    await world.accounts.erase_expired()
    assert await world.rows("invitation") == 0 and await world.rows("invitation_use") == 0
