"""Coming back by two friends or by the account's own key [BK7] [BK8]."""

import pytest
from tests.accounts.world import DAY_S, Member
from tests.backup.world import NETWORK, BackupWorld

from hongyan.accounts import Refused as AccountsRefused
from hongyan.backup.model import RECOVERY_WAIT_MS, Polled, RecoveryState, Refusal, Refused, Started
from hongyan.backup.recovery import PROOF_CONTEXT

BOX = b"opened by friends"


@pytest.fixture
async def people(world: BackupWorld) -> tuple[Member, Member, Member]:
    """Lan has two friends, mei and bo, and was not seen for days."""
    lan = await world.owner("lan")
    mei, bo = await world.friend(lan, "mei"), await world.friend(lan, "bo")
    await world.backups.put_circle(lan.id, b"c" * 16, BOX)
    world.clock.advance(3 * DAY_S)
    return lan, mei, bo


async def started(world: BackupWorld, name: str = "lan") -> Started:
    outcome = await world.backups.recoveries.start(name, NETWORK)
    assert isinstance(outcome, Started)
    return outcome


async def polled(world: BackupWorld, asked: Started) -> Polled:
    return await world.backups.recoveries.poll(asked.recovery_id, asked.poll_secret)


async def test_two_friends_bring_her_back(world: BackupWorld, people: tuple[Member, Member, Member]) -> None:
    """[BK7]"""
    lan, mei, bo = people
    recoveries = world.backups.recoveries
    asked = await started(world)
    seen = await recoveries.look(mei.id, asked.recovery_id)
    assert not isinstance(seen, Refused) and (seen.account_id, seen.name, seen.approved) == (lan.id, "lan", False)
    assert await recoveries.approve(mei.id, asked.recovery_id, b"first") is None
    assert await recoveries.approve(mei.id, asked.recovery_id, b"again") is None
    assert world.notices[-1] == ((lan.id,), "devices")
    waiting = await polled(world, asked)
    assert (waiting.state, waiting.approvals, waiting.sealed, waiting.box) == (RecoveryState.WAITING, 1, (), None)
    assert await recoveries.approve(bo.id, asked.recovery_id, b"second") is None
    done, again = await polled(world, asked), await polled(world, asked)
    assert done.state is again.state is RecoveryState.APPROVED
    assert (set(again.sealed), again.box, again.name) == ({b"again", b"second"}, BOX, "lan")
    assert done.ticket is not None and again.ticket is not None
    assert isinstance(await world.accounts.add_device(done.ticket, lan.keys.new_device()), AccountsRefused)
    assert not isinstance(await world.accounts.add_device(again.ticket, lan.keys.new_device()), AccountsRefused)


async def test_beside_a_device_in_use_it_waits_a_day(world: BackupWorld, people: tuple[Member, Member, Member]) -> None:
    """[BK8]"""
    lan, mei, bo = people
    assert await world.accounts.authenticate(lan.token) is not None
    asked = await started(world)
    for friend in (mei, bo):
        assert await world.backups.recoveries.approve(friend.id, asked.recovery_id, b"sealed") is None
    waiting = await polled(world, asked)
    assert waiting.state is RecoveryState.WAITING and waiting.sealed == ()
    assert waiting.opens_at_ms == world.clock.now_ms() + RECOVERY_WAIT_MS
    [told] = await world.backups.recoveries.of_account(lan.id)
    assert told.recovery_id == asked.recovery_id
    world.clock.advance(DAY_S)
    assert (await polled(world, asked)).state is RecoveryState.APPROVED


async def test_the_device_in_use_says_no(world: BackupWorld, people: tuple[Member, Member, Member]) -> None:
    """[BK8] Even after the ticket was given out; nobody else can say it."""
    lan, mei, bo = people
    asked = await started(world)
    for friend in (mei, bo):
        await world.backups.recoveries.approve(friend.id, asked.recovery_id, b"sealed")
    ticket = (await polled(world, asked)).ticket
    await world.backups.recoveries.cancel(mei.id, asked.recovery_id)
    assert (await polled(world, asked)).state is RecoveryState.APPROVED
    ticket = (await polled(world, asked)).ticket
    await world.backups.recoveries.cancel(lan.id, asked.recovery_id)
    assert (await polled(world, asked)).state is RecoveryState.EXPIRED
    assert ticket is not None
    assert isinstance(await world.accounts.add_device(ticket, lan.keys.new_device()), AccountsRefused)
    assert await world.backups.recoveries.of_account(lan.id) == []


async def test_a_stranger_cannot_vouch_or_look(world: BackupWorld, people: tuple[Member, Member, Member]) -> None:
    """[BK7] Nor can she herself, nor a friend whom she blocks."""
    lan, mei, bo = people
    wang = await world.member(lan, "wang")
    await world.contacts.block(lan.id, bo.id)
    asked = await started(world)
    for other in (wang, lan, bo):
        unknown = Refused(Refusal.RECOVERY_UNKNOWN)
        assert await world.backups.recoveries.look(other.id, asked.recovery_id) == unknown
        assert await world.backups.recoveries.approve(other.id, asked.recovery_id, b"sealed") == unknown
    assert await world.backups.recoveries.of_account(lan.id) == []
    assert (await world.backups.recoveries.poll(asked.recovery_id, "guessed")).state is RecoveryState.EXPIRED
    assert await world.backups.recoveries.approve(mei.id, asked.recovery_id, b"sealed") is None


async def test_the_key_in_a_backup_file_vouches(world: BackupWorld, people: tuple[Member, Member, Member]) -> None:
    """[BK8]"""
    lan, mei, _ = people
    asked = await started(world)
    prove = world.backups.recoveries.prove
    wrong = mei.keys.account.sign(PROOF_CONTEXT + asked.recovery_id.encode())
    assert await prove(asked.recovery_id, asked.poll_secret, wrong) == Refused(Refusal.BAD_PROOF)
    right = lan.keys.account.sign(PROOF_CONTEXT + asked.recovery_id.encode())
    other = await started(world)
    assert await prove(other.recovery_id, other.poll_secret, right) == Refused(Refusal.BAD_PROOF)
    assert await prove(asked.recovery_id, "guessed", right) == Refused(Refusal.RECOVERY_UNKNOWN)
    assert await prove(asked.recovery_id, asked.poll_secret, right) is None
    assert (await polled(world, asked)).state is RecoveryState.APPROVED


async def test_a_name_that_nobody_has_looks_the_same(world: BackupWorld, people: tuple[Member, Member, Member]) -> None:
    """[BK7]"""
    _, mei, _ = people
    asked = await started(world, "nobody")
    assert await polled(world, asked) == await polled(world, await started(world))
    assert await world.backups.recoveries.look(mei.id, asked.recovery_id) == Refused(Refusal.RECOVERY_UNKNOWN)


async def test_recoveries_end_and_are_limited(world: BackupWorld, people: tuple[Member, Member, Member]) -> None:
    """[BK7]"""
    asked = await started(world)
    for _ in range(19):
        await started(world)
    refused = await world.backups.recoveries.start("LAN", NETWORK)
    assert isinstance(refused, Refused) and refused.why is Refusal.TOO_MANY_TRIES
    world.clock.advance(7 * DAY_S)
    assert (await polled(world, asked)).state is RecoveryState.EXPIRED
    await world.backups.erase_freed()
    assert await world.rows("recovery") == 0
