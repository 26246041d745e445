"""Stories of groups: commits, races, external commits, consent, departures."""

from __future__ import annotations

import asyncio

from tests.delivery import seed
from tests.delivery.client import application, bodies, commit_message, external_commit, public_commit
from tests.delivery.conftest import World

from hongyan.delivery import model
from hongyan.delivery.frames import Commit, EnvelopeKind, Hello, NoticeTopic, VerdictCode

GROUP = b"family"
V = VerdictCode


async def test_a_group_of_three_from_first_commit_to_removal(world: World) -> None:
    """[DS2] [DS3] Those added get the welcome only, those removed get the commit that removes them."""
    lan_of, mei_of, bo_of = await world.add("lan", "mei", "bo")
    lan, mei, bo = [await world.connect(name) for name in ("lan", "mei", "bo")]

    made = await lan.commit(GROUP, commit_message(GROUP, 0), welcome=b"welcome mei", added=[mei_of.device_id])
    assert (made.code, made.epoch) == (V.ACCEPTED, 1)
    (welcome,) = await mei.take_mail(1)
    assert (welcome.kind, welcome.body, welcome.sender) == (EnvelopeKind.WELCOME, b"welcome mei", lan_of.device_id)

    added = await mei.commit(GROUP, public_commit(GROUP, 1), welcome=b"welcome bo", added=[bo_of.device_id])
    assert (added.code, added.epoch) == (V.ACCEPTED, 2)
    assert bodies(await lan.take_mail(1)) == [public_commit(GROUP, 1)]
    assert bodies(await bo.take_mail(1)) == [b"welcome bo"]

    removal = commit_message(GROUP, 2, b"without bo")
    assert (await lan.commit(GROUP, removal, removed=[bo_of.device_id])).code is V.ACCEPTED
    assert bodies(await bo.take_mail(1)) == bodies(await mei.take_mail(1)) == [removal]

    assert (await bo.send(GROUP, application(GROUP, 3))).code is V.NOT_A_MEMBER
    await lan.send(GROUP, application(GROUP, 3, b"just us"))
    assert bodies(await mei.take_mail(1)) == [application(GROUP, 3, b"just us")]
    await bo.ping()
    assert bo.mail == []


async def test_a_device_left_out_when_its_account_comes_is_told(world: World) -> None:
    """[DS16] It was made after the key packages were claimed, and joins by itself."""
    await world.add("lan", "mei")
    phone_of = await world.add_device("mei_phone", of="mei")
    lan, mei, phone = [await world.connect(name) for name in ("lan", "mei", "mei_phone")]
    added = [world.people["mei"].device_id]
    assert (await lan.commit(GROUP, commit_message(GROUP, 0), welcome=b"mei", added=added)).code is V.ACCEPTED
    await phone.ping()
    assert (lan.notices, mei.notices, phone.notices) == ([], [], [NoticeTopic.GROUPS])
    joined = await phone.commit(GROUP, external_commit(GROUP, 1), added=[phone_of.device_id])
    assert joined.code is V.ACCEPTED
    await phone.ping()
    await mei.ping()
    assert (mei.notices, phone.notices) == ([], [NoticeTopic.GROUPS])


async def test_fifty_devices_race_and_one_wins(world: World) -> None:
    """[DS2] [DS6] Everybody else is told stale_epoch and gets the winner's commit."""
    names = [f"person{n}" for n in range(50)]
    await world.add(*names)
    await world.group(GROUP, *names)
    clients = await asyncio.gather(*[world.connect(name) for name in names])
    verdicts = await asyncio.gather(
        *[one.commit(GROUP, commit_message(GROUP, 1, bytes((n,)))) for n, one in enumerate(clients)]
    )
    winners = [n for n, verdict in enumerate(verdicts) if verdict.code is V.ACCEPTED]
    assert len(winners) == 1
    assert {verdict.code for verdict in verdicts} == {V.ACCEPTED, V.STALE_EPOCH}
    assert {verdict.epoch for verdict in verdicts} == {2}
    for n, client in enumerate(clients):
        if n != winners[0]:
            assert bodies(await client.take_mail(1)) == [commit_message(GROUP, 1, bytes((winners[0],)))]


async def test_who_lags_behind_is_told_so_whomever_she_adds(world: World) -> None:
    """[DS2] Two add the same person, and a new device makes a group that is there: neither did anything wrong."""
    _, mei_of, bo_of = await world.add("lan", "mei", "bo")
    await world.add_device("lan_phone", of="lan")
    lan, mei, phone = [await world.connect(name) for name in ("lan", "mei", "lan_phone")]
    first = commit_message(GROUP, 0)
    assert (await lan.commit(GROUP, first, welcome=b"mei", added=[mei_of.device_id])).code is V.ACCEPTED
    assert (await phone.commit(GROUP, first, welcome=b"mei", added=[mei_of.device_id])).code is V.NOT_A_MEMBER
    second = commit_message(GROUP, 1)
    assert (await mei.commit(GROUP, second, welcome=b"bo", added=[bo_of.device_id])).code is V.ACCEPTED
    assert (await lan.commit(GROUP, second, welcome=b"bo", added=[bo_of.device_id])).code is V.STALE_EPOCH
    third = commit_message(GROUP, 2)
    assert (await lan.commit(GROUP, third, welcome=b"bo", added=[bo_of.device_id])).code is V.MALFORMED


async def test_stale_messages_are_refused(world: World) -> None:
    """[DS3] [DS4] A refused number may be used again for the new epoch."""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei", epoch=4)
    lan = await world.connect("lan")
    verdict = await lan.send(GROUP, application(GROUP, 3), no=1)
    assert (verdict.code, verdict.epoch) == (V.STALE_EPOCH, 4)
    assert (await lan.send(GROUP, application(GROUP, 5), no=1)).code is V.STALE_EPOCH
    assert (await lan.send(GROUP, application(GROUP, 4), no=1)).code is V.ACCEPTED


async def test_a_second_device_joins_by_itself(world: World) -> None:
    """[DS9]"""
    await world.add("lan", "mei", "bo")
    await world.group(GROUP, "lan", "mei")
    await world.add_device("lan_phone", of="lan")
    lan, mei, bo, phone = [await world.connect(name) for name in ("lan", "mei", "bo", "lan_phone")]
    message = external_commit(GROUP, 1)

    stranger = await bo.commit(GROUP, message, added=[world.people["bo"].device_id])
    assert stranger.code is V.NOT_A_MEMBER
    verdict = await phone.commit(GROUP, message, added=[world.people["lan_phone"].device_id])
    assert (verdict.code, verdict.epoch) == (V.ACCEPTED, 2)
    assert bodies(await lan.take_mail(1)) == bodies(await mei.take_mail(1)) == [message]

    again = external_commit(GROUP, 2, b"my store was lost")
    me = world.people["lan_phone"].device_id
    assert (await phone.commit(GROUP, again, added=[me], removed=[me])).code is V.ACCEPTED
    await mei.send(GROUP, application(GROUP, 3, b"hello"))
    assert bodies(await phone.take_mail(1)) == [application(GROUP, 3, b"hello")]


async def test_only_friends_are_added(world: World) -> None:
    """[DS8]"""
    lan_of, mei_of = await world.add("lan", "mei")
    (bo_of,) = await world.app.db.write(lambda tx: seed.people(tx, ["bo"]))
    lan = await world.connect("lan")
    both = [mei_of.device_id, bo_of.device_id]
    assert (await lan.commit(GROUP, commit_message(GROUP, 0), welcome=b"w", added=both)).code is V.NO_CONSENT
    nobody = await lan.commit(GROUP, commit_message(GROUP, 0), welcome=b"w", added=[123_456])
    assert nobody.code is V.UNKNOWN_DEVICE

    await world.app.db.write(lambda tx: seed.block(tx, mei_of.account_id, lan_of.account_id))
    blocked = await lan.commit(GROUP, commit_message(GROUP, 0), welcome=b"w", added=[mei_of.device_id])
    assert blocked.code is V.NO_CONSENT
    assert await world.rows("mls_group") == 0


async def test_who_is_blocked_cannot_write_in_the_direct_chat(world: World) -> None:
    """[CT1] In a group with others, those who are not friends still hear each other."""
    lan_of, mei_of, _ = await world.add("lan", "mei", "bo")
    await world.group(b"direct", "lan", "mei")
    await world.group(GROUP, "lan", "mei", "bo")
    await world.app.db.write(lambda tx: seed.block(tx, mei_of.account_id, lan_of.account_id))
    lan = await world.connect("lan")
    assert (await lan.send(b"direct", application(b"direct", 1))).code is V.NO_CONSENT
    assert (await lan.send(GROUP, application(GROUP, 1))).code is V.ACCEPTED


async def test_a_member_removed_while_sending(world: World) -> None:
    """[DS3] Whatever was accepted came before the removal in every mailbox."""
    _, mei_of, _ = await world.add("lan", "mei", "bo")
    await world.group(GROUP, "lan", "mei", "bo")
    lan, mei, bo = [await world.connect(name) for name in ("lan", "mei", "bo")]
    sends = [mei.send(GROUP, application(GROUP, 1, bytes((n,)))) for n in range(40)]
    removal = lan.commit(GROUP, commit_message(GROUP, 1), removed=[mei_of.device_id])
    *verdicts, won = await asyncio.gather(*sends[:20], removal, *sends[20:])
    codes = [one.code for one in [*verdicts, won]]
    accepted = codes.count(V.ACCEPTED) - 1
    mail = await bo.take_mail(accepted + 1)
    assert [one.kind for one in mail] == [EnvelopeKind.APPLICATION] * accepted + [EnvelopeKind.COMMIT]
    assert set(codes) <= {V.ACCEPTED, V.NOT_A_MEMBER}


async def test_a_removed_device_leaves_nothing(world: World) -> None:
    """[DS14] Its connection ends, and what waited for it alone is erased."""
    _, mei_of = await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    await lan.send(GROUP, application(GROUP, 1))
    await mei.take_mail(1)
    assert await world.rows("body") == 1

    assert await world.app.accounts.remove_device(mei_of.account_id, mei_of.device_id) is None
    why = await mei.until_ended()
    assert why.code == "token"
    assert (await world.rows("body"), await world.rows("mail"), await world.rows("member")) == (0, 0, 1)
    again = world.client("mei")
    await again.open()
    again.send_frame(Hello(1, again.token, 0))
    assert (await again.until_ended()).code == "token"
    assert (await lan.send(GROUP, application(GROUP, 1))).code is V.ACCEPTED
    assert await world.rows("body") == 0


async def test_leaving(world: World) -> None:
    """The group goes with its last device."""
    lan_of, mei_of = await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    await world.app.delivery.leave(mei_of.device_id, GROUP)
    await lan.send(GROUP, application(GROUP, 1))
    await mei.ping()
    assert mei.mail == []
    assert (await mei.send(GROUP, application(GROUP, 1))).code is V.NOT_A_MEMBER
    await world.app.delivery.leave(lan_of.device_id, GROUP)
    assert (await lan.send(GROUP, application(GROUP, 1))).code is V.UNKNOWN_GROUP
    assert [await world.rows(table) for table in ("mls_group", "member", "group_info")] == [0, 0, 0]


async def test_too_large_and_too_many(world: World) -> None:
    """[DS12]"""
    await world.add("lan", "mei")
    await world.group(GROUP, "lan", "mei")
    lan = await world.connect("lan")
    head = application(GROUP, 1)
    fits = head + bytes(model.MESSAGE_BYTES_MAX - len(head))
    assert (await lan.send(GROUP, fits)).code is V.ACCEPTED
    assert (await lan.send(GROUP, fits + b"x")).code is V.TOO_LARGE
    big = await lan.commit(GROUP, commit_message(GROUP, 1), group_info=bytes(model.GROUP_INFO_BYTES_MAX + 1))
    assert big.code is V.TOO_LARGE


async def test_a_commit_is_replayed(world: World) -> None:
    """[DS4] The lost verdict is given again, and nothing happens twice."""
    _, mei_of = await world.add("lan", "mei")
    lan, mei = await world.connect("lan"), await world.connect("mei")
    frame = Commit(1, GROUP, commit_message(GROUP, 0), b"w", [mei_of.device_id], [], b"info")
    for _ in range(3):
        verdict = await lan.submit(frame)
        assert (verdict.code, verdict.epoch) == (V.ACCEPTED, 1)
    await mei.ping()
    assert len(mei.mail) == 1
