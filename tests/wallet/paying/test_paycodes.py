"""Payment codes through the front door, on both engines [PY6]-[PY10]."""

import asyncio

from tests.accounts.world import Member
from tests.wallet.stage import AT_FIRST, YUAN, Stage, new_act

from hongyan.foundation.ids import DeviceId
from hongyan.wallet.paycodes import rules
from hongyan.wallet.paycodes.model import CLAIM_LIVES_MS, SMALL_COUNT, SMALL_UNITS, STEP_MS, ClaimState, ClaimView, Key
from hongyan.wallet.paycodes.service import ACTION, ACTION_SMALL
from hongyan.wallet.refusals import Refusal, Refused

UNUSABLE = Refused(Refusal.PAY_CODE_UNUSABLE)


async def key_of(stage: Stage, who: Member) -> Key:
    key, now_ms = await stage.wallet.paycodes.new_key(who.id, DeviceId(1_000 + who.id))
    assert now_ms == stage.clock.now_ms()
    return key


def shown(stage: Stage, key: Key) -> str:
    return rules.code_of(key.handle, key.secret, rules.step_at(stage.clock.now_ms()))


async def allow_small(stage: Stage, who: Member) -> None:
    id = new_act()
    approval = await stage.approved(who, ACTION_SMALL, id, 0, who)
    assert await stage.wallet.paycodes.allow_small(who.id, id, approval) is None


async def test_nothing_moves_before_the_payer_confirms(stage: Stage) -> None:
    """[PY8] [PY9] And then once, however often she presses."""
    code, id = shown(stage, await key_of(stage, stage.bo)), new_act()
    asked = await stage.wallet.paycodes.take(stage.lan.id, id, code, 30 * YUAN)
    assert isinstance(asked, ClaimView) and asked.claim.state is ClaimState.WAITING
    assert (await stage.balances())[2] == AT_FIRST
    (waiting,) = await stage.wallet.paycodes.waiting(stage.bo.id)
    assert waiting.claim.id == id and waiting.payee_name == "lan"
    approval = await stage.approved(stage.bo, ACTION, id, 30 * YUAN, stage.lan)
    paid = await asyncio.gather(*[stage.wallet.paycodes.pay(stage.bo.id, id, approval) for _ in range(4)])
    assert all(isinstance(one, ClaimView) and one.claim.state is ClaimState.PAID for one in paid)
    balances = await stage.balances()
    assert (balances[0], balances[2]) == (AT_FIRST + 30 * YUAN, AT_FIRST - 30 * YUAN)
    assert await stage.wallet.paycodes.waiting(stage.bo.id) == []
    assert await stage.is_whole()


async def test_a_code_is_good_once_also_when_two_scan_it_at_once(stage: Stage) -> None:
    """[PY7]"""
    code = shown(stage, await key_of(stage, stage.bo))
    outcomes = await asyncio.gather(
        *[stage.wallet.paycodes.take(who.id, new_act(), code, YUAN) for who in (stage.lan, stage.mei) * 3]
    )
    assert sum(isinstance(one, ClaimView) for one in outcomes) == 1
    assert outcomes.count(UNUSABLE) == 5


async def test_a_repeat_is_answered_although_the_code_is_used_and_old(stage: Stage) -> None:
    """[PY7] Another amount or code under the same id is not a repeat."""
    code, id = shown(stage, await key_of(stage, stage.bo)), new_act()
    first = await stage.wallet.paycodes.take(stage.lan.id, id, code, YUAN)
    stage.clock.advance((10 * STEP_MS) / 1_000)
    again = await stage.wallet.paycodes.take(stage.lan.id, id, code, YUAN)
    assert isinstance(first, ClaimView) and isinstance(again, ClaimView) and again.claim == first.claim
    other = Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    assert await stage.wallet.paycodes.take(stage.lan.id, id, code, 2 * YUAN) == other
    assert await stage.wallet.paycodes.take(stage.lan.id, id, "9" * 20, YUAN) == other
    assert await stage.wallet.paycodes.take(stage.mei.id, id, code, YUAN) == other


async def test_a_code_lives_for_its_minute_and_the_one_after(stage: Stage) -> None:
    """[PY6]"""
    key = await key_of(stage, stage.bo)
    stage.clock.advance((STEP_MS - stage.clock.now_ms() % STEP_MS) / 1_000)
    first = shown(stage, key)
    stage.clock.advance((2 * STEP_MS - 1) / 1_000)
    assert isinstance(await stage.wallet.paycodes.take(stage.lan.id, new_act(), first, YUAN), ClaimView)
    second = shown(stage, key)
    assert second != first
    stage.clock.advance((2 * STEP_MS) / 1_000)
    assert await stage.wallet.paycodes.take(stage.lan.id, new_act(), second, YUAN) == UNUSABLE
    ahead = rules.code_of(key.handle, key.secret, rules.step_at(stage.clock.now_ms()) + 1)
    assert await stage.wallet.paycodes.take(stage.lan.id, new_act(), ahead, YUAN) == UNUSABLE


async def test_after_a_code_none_of_an_earlier_minute_is_good(stage: Stage) -> None:
    """[PY7]"""
    key = await key_of(stage, stage.bo)
    early = shown(stage, key)
    stage.clock.advance(STEP_MS / 1_000)
    late = shown(stage, key)
    assert isinstance(await stage.wallet.paycodes.take(stage.lan.id, new_act(), late, YUAN), ClaimView)
    assert await stage.wallet.paycodes.take(stage.lan.id, new_act(), early, YUAN) == UNUSABLE


async def test_an_altered_code_takes_nothing(stage: Stage) -> None:
    """[PY6]"""
    code = shown(stage, await key_of(stage, stage.bo))
    for place in range(20):
        digit = "1" if code[place] != "1" else "2"
        altered = code[:place] + digit + code[place + 1 :]
        assert await stage.wallet.paycodes.take(stage.lan.id, new_act(), altered, YUAN) == UNUSABLE
    assert await stage.wallet.paycodes.take(stage.bo.id, new_act(), code, YUAN) == UNUSABLE


async def test_codes_of_a_device_that_was_removed_or_has_a_new_key_take_nothing(stage: Stage) -> None:
    old = shown(stage, await key_of(stage, stage.bo))
    new = shown(stage, await key_of(stage, stage.bo))
    assert await stage.wallet.paycodes.take(stage.lan.id, new_act(), old, YUAN) == UNUSABLE
    await stage.db.write(lambda tx: stage.wallet.paycodes.forget_device(tx, DeviceId(1_000 + stage.bo.id)))
    assert await stage.wallet.paycodes.take(stage.lan.id, new_act(), new, YUAN) == UNUSABLE


async def test_small_amounts_are_paid_at_once_when_she_allowed_it(stage: Stage) -> None:
    """[PY10]"""
    key = await key_of(stage, stage.bo)
    await allow_small(stage, stage.bo)
    paid = await stage.wallet.paycodes.take(stage.lan.id, new_act(), shown(stage, key), SMALL_UNITS * YUAN)
    assert isinstance(paid, ClaimView) and paid.claim.state is ClaimState.PAID
    stage.clock.advance(STEP_MS / 1_000)
    above = await stage.wallet.paycodes.take(stage.lan.id, new_act(), shown(stage, key), SMALL_UNITS * YUAN + 1)
    assert isinstance(above, ClaimView) and above.claim.state is ClaimState.WAITING
    await stage.wallet.paycodes.forbid_small(stage.bo.id)
    stage.clock.advance(STEP_MS / 1_000)
    asked = await stage.wallet.paycodes.take(stage.lan.id, new_act(), shown(stage, key), YUAN)
    assert isinstance(asked, ClaimView) and asked.claim.state is ClaimState.WAITING
    assert (await stage.balances())[2] == AT_FIRST - SMALL_UNITS * YUAN


async def test_small_amounts_are_asked_for_after_so_many_in_a_day(stage: Stage) -> None:
    """[PY10]"""
    key = await key_of(stage, stage.bo)
    await allow_small(stage, stage.bo)
    states = []
    for _ in range(SMALL_COUNT + 1):
        stage.clock.advance(STEP_MS / 1_000)
        taken = await stage.wallet.paycodes.take(stage.lan.id, new_act(), shown(stage, key), YUAN)
        assert isinstance(taken, ClaimView)
        states.append(taken.claim.state)
    assert states == [ClaimState.PAID] * SMALL_COUNT + [ClaimState.WAITING]


async def test_who_takes_learns_nothing_of_her_balance(stage: Stage) -> None:
    """[PY10] A small amount that she has not is asked for like any other."""
    key = await key_of(stage, stage.bo)
    await allow_small(stage, stage.bo)
    for _ in range(5):
        stage.clock.advance(STEP_MS / 1_000)
        await stage.wallet.paycodes.take(stage.lan.id, new_act(), shown(stage, key), SMALL_UNITS * YUAN)
    stage.clock.advance(STEP_MS / 1_000)
    id = new_act()
    asked = await stage.wallet.paycodes.take(stage.lan.id, id, shown(stage, key), YUAN)
    assert isinstance(asked, ClaimView) and asked.claim.state is ClaimState.WAITING
    approval = await stage.approved(stage.bo, ACTION, id, YUAN, stage.lan)
    assert await stage.wallet.paycodes.pay(stage.bo.id, id, approval) == Refused(Refusal.INSUFFICIENT)


async def test_what_waited_too_long_or_was_refused_is_over(stage: Stage) -> None:
    """[PY9]"""
    key = await key_of(stage, stage.bo)
    late, refused = new_act(), new_act()
    await stage.wallet.paycodes.take(stage.lan.id, late, shown(stage, key), YUAN)
    stage.clock.advance(CLAIM_LIVES_MS / 1_000)
    looked = await stage.wallet.paycodes.look(stage.lan.id, late)
    assert isinstance(looked, ClaimView) and looked.has_expired
    await stage.wallet.paycodes.take(stage.lan.id, refused, shown(stage, key), YUAN)
    assert isinstance(await stage.wallet.paycodes.refuse(stage.bo.id, refused), ClaimView)
    for id in (late, refused):
        approval = await stage.approved(stage.bo, ACTION, id, YUAN, stage.lan)
        assert await stage.wallet.paycodes.pay(stage.bo.id, id, approval) == Refused(Refusal.ENDED)
    assert (await stage.balances())[2] == AT_FIRST


async def test_her_devices_learn_that_something_waits(stage: Stage) -> None:
    """[PY8] As long as she may answer, and nobody but her is asked."""
    key = await key_of(stage, stage.bo)

    async def is_asked(who: Member) -> bool:
        return await stage.db.read(lambda tx: stage.wallet.paycodes.has_waiting(tx, who.id))

    answered, late = new_act(), new_act()
    assert not await is_asked(stage.bo)
    await stage.wallet.paycodes.take(stage.lan.id, answered, shown(stage, key), YUAN)
    assert await is_asked(stage.bo) and not await is_asked(stage.lan)
    approval = await stage.approved(stage.bo, ACTION, answered, YUAN, stage.lan)
    assert isinstance(await stage.wallet.paycodes.pay(stage.bo.id, answered, approval), ClaimView)
    assert not await is_asked(stage.bo)
    stage.clock.advance(STEP_MS / 1_000)
    await stage.wallet.paycodes.take(stage.lan.id, late, shown(stage, key), YUAN)
    stage.clock.advance((CLAIM_LIVES_MS - 1) / 1_000)
    assert await is_asked(stage.bo)
    stage.clock.advance(1 / 1_000)
    assert not await is_asked(stage.bo)


async def test_nobody_else_sees_or_pays_it(stage: Stage) -> None:
    id = new_act()
    await stage.wallet.paycodes.take(stage.lan.id, id, shown(stage, await key_of(stage, stage.bo)), YUAN)
    unknown = Refused(Refusal.ACT_UNKNOWN)
    assert await stage.wallet.paycodes.look(stage.mei.id, id) == unknown
    assert await stage.wallet.paycodes.refuse(stage.mei.id, id) == unknown
    assert await stage.wallet.paycodes.pay(stage.mei.id, id, "x") == unknown
    assert await stage.wallet.paycodes.pay(stage.lan.id, id, "x") == Refused(Refusal.NOT_YOURS)
    wrong = await stage.approved(stage.bo, ACTION, id, 2 * YUAN, stage.lan)
    assert await stage.wallet.paycodes.pay(stage.bo.id, id, wrong) == Refused(Refusal.APPROVAL_UNKNOWN)
    assert await stage.wallet.paycodes.take(stage.lan.id, new_act(), "1" * 20, 0) == Refused(Refusal.AMOUNT_INVALID)
