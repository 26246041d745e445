"""Payment PINs and what they confirm [WA5]-[WA9]."""

import asyncio

import pytest
from tests.wallet.stage import AT_FIRST, PIN, YUAN, Stage, new_act

from hongyan.wallet import approvals, ledger
from hongyan.wallet.approvals import Act, PepperUnusable, digest_of
from hongyan.wallet.approvals.pepper import FILE_NAME
from hongyan.wallet.approvals.rules import LOCK_MS, TRIES_MAX, counted, is_too_simple
from hongyan.wallet.assets import CODE
from hongyan.wallet.ledger import Code, Order
from hongyan.wallet.limits import Span
from hongyan.wallet.purses import purse_id
from hongyan.wallet.refusals import Refusal, Refused

HOUR_S = 3_600


def act_of(stage: Stage, amount: int = YUAN, id: bytes | None = None) -> Act:
    return Act("transfer", new_act() if id is None else id, amount, CODE, str(stage.bo.id))


async def test_an_approval_is_good_once_and_only_for_what_it_says(stage: Stage) -> None:
    """[WA8]"""
    act = act_of(stage)
    token = await stage.wallet.approvals.by_pin(stage.mei.id, act, PIN)
    assert isinstance(token, str)
    now_ms = stage.clock.now_ms()

    async def spend(who: int, digest: bytes) -> Refused | None:
        return await stage.db.write(
            lambda tx: approvals.spend(tx, who, token, digest, now_ms=now_ms)  # type: ignore[arg-type]  # a test's int
        )

    unknown = Refused(Refusal.APPROVAL_UNKNOWN)
    others = [
        digest_of("packet", id=act.id, amount=act.amount, asset=CODE, payee=act.payee),
        digest_of("transfer", id=new_act(), amount=act.amount, asset=CODE, payee=act.payee),
        digest_of("transfer", id=act.id, amount=act.amount + 1, asset=CODE, payee=act.payee),
        digest_of("transfer", id=act.id, amount=act.amount, asset="EUR", payee=act.payee),
        digest_of("transfer", id=act.id, amount=act.amount, asset=CODE, payee=str(stage.lan.id)),
    ]
    for digest in others:
        assert await spend(stage.mei.id, digest) == unknown
    assert await spend(stage.bo.id, act.digest) == unknown
    assert await spend(stage.mei.id, act.digest) is None
    assert await spend(stage.mei.id, act.digest) == unknown


async def test_an_approval_ends_after_two_minutes(stage: Stage) -> None:
    """[WA8]"""
    act = act_of(stage)
    token = await stage.wallet.approvals.by_pin(stage.mei.id, act, PIN)
    assert isinstance(token, str)
    stage.clock.advance(120)
    now_ms = stage.clock.now_ms()
    outcome = await stage.db.write(lambda tx: approvals.spend(tx, stage.mei.id, token, act.digest, now_ms=now_ms))
    assert outcome == Refused(Refusal.APPROVAL_UNKNOWN)
    await stage.wallet.approvals.erase_expired()
    assert await stage.rows("approval") == 0


async def test_a_thousand_guesses_at_once_are_five(stage: Stage) -> None:
    """[WA6]"""
    pins = stage.wallet.approvals.pins
    outcomes = await asyncio.gather(*(pins.judge(stage.mei.id, f"{guess:06}") for guess in range(1_000)))
    whys = [outcome.why for outcome in outcomes if isinstance(outcome, Refused)]
    assert len(whys) == 1_000
    assert whys.count(Refusal.WRONG_PAYMENT_PIN) == TRIES_MAX
    assert whys.count(Refusal.PAYMENT_PIN_LOCKED) == 1_000 - TRIES_MAX
    locked = await pins.judge(stage.mei.id, PIN)
    assert locked == Refused(Refusal.PAYMENT_PIN_LOCKED, LOCK_MS // 1000)
    stage.build()  # through a restart
    pins = stage.wallet.approvals.pins
    stage.clock.advance(24 * HOUR_S - 1)
    assert await pins.judge(stage.mei.id, PIN) == Refused(Refusal.PAYMENT_PIN_LOCKED, 1)
    stage.clock.advance(1)
    assert isinstance(await pins.judge(stage.mei.id, PIN), str)


async def test_a_right_pin_forgets_the_wrong_ones(stage: Stage) -> None:
    """[WA6]"""
    for _ in range(3):
        for _ in range(TRIES_MAX - 1):
            outcome = await stage.wallet.approvals.by_pin(stage.mei.id, act_of(stage), "135790")
            assert outcome == Refused(Refusal.WRONG_PAYMENT_PIN)
        assert isinstance(await stage.wallet.approvals.by_pin(stage.mei.id, act_of(stage), PIN), str)


async def test_a_pin_is_changed_by_the_old_one_or_an_approval(stage: Stage) -> None:
    """[WA7]"""
    pins = stage.wallet.approvals.pins
    bare = await pins.set(stage.mei.id, "135790", old=None, act_id=None, approval=None)
    assert bare == Refused(Refusal.PIN_PROOF_NEEDED)
    wrong = await pins.set(stage.mei.id, "135790", old="999990", act_id=None, approval=None)
    assert wrong == Refused(Refusal.WRONG_PAYMENT_PIN)
    assert await pins.set(stage.mei.id, "135790", old=PIN, act_id=None, approval=None) is None
    assert await pins.judge(stage.mei.id, PIN) == Refused(Refusal.WRONG_PAYMENT_PIN)
    id = new_act()
    token = await stage.wallet.approvals.by_pin(stage.mei.id, Act("pin", id, 0, "", str(stage.mei.id)), "135790")
    assert isinstance(token, str)
    assert await pins.set(stage.mei.id, PIN, old=None, act_id=id, approval=token) is None
    assert isinstance(await pins.judge(stage.mei.id, PIN), str)


async def test_a_forgotten_pin_is_replaced_after_a_day_of_which_all_devices_are_told(stage: Stage) -> None:
    """[WA7]"""
    pins = stage.wallet.approvals.pins
    refused = Refused(Refusal.PIN_PROOF_NEEDED)
    assert await pins.ask_reset(stage.mei.id) is None
    assert stage.notices == [((stage.mei.id,), "wallet")]
    stage.clock.advance(24 * HOUR_S - 1)
    assert await pins.set(stage.mei.id, "135790", old=None, act_id=None, approval=None) == refused
    assert await pins.ask_reset(stage.mei.id) is None  # does not begin the wait anew
    stage.clock.advance(1)
    assert await pins.set(stage.mei.id, "135790", old=None, act_id=None, approval=None) is None
    assert await pins.set(stage.mei.id, PIN, old=None, act_id=None, approval=None) == refused
    await pins.ask_reset(stage.mei.id)
    await pins.withdraw_reset(stage.mei.id)
    stage.clock.advance(25 * HOUR_S)
    assert await pins.set(stage.mei.id, PIN, old=None, act_id=None, approval=None) == refused
    await pins.ask_reset(stage.mei.id)
    stage.clock.advance(8 * 24 * HOUR_S)
    assert await pins.set(stage.mei.id, PIN, old=None, act_id=None, approval=None) == refused


@pytest.mark.parametrize("pin", ["000000", "123456", "567890", "987654", "12345", "1234567", "12345a", "１２３４５６"])
async def test_pins_that_are_none_or_too_simple(stage: Stage, pin: str) -> None:
    """[WA5]"""
    outcome = await stage.wallet.approvals.pins.set(stage.mei.id, pin, old=PIN, act_id=None, approval=None)
    assert outcome == Refused(Refusal.PIN_TOO_SIMPLE)


def test_what_a_try_does_to_the_count() -> None:
    """[WA6]"""
    assert counted(0, 0, now_ms=7) == (1, 0)
    assert counted(3, 0, now_ms=7) == (4, 0)
    assert counted(4, 0, now_ms=7) == (5, 7 + LOCK_MS)
    assert counted(5, 8, now_ms=7) is None
    assert counted(5, 7, now_ms=7) == (1, 0)
    assert not is_too_simple(PIN)


async def test_a_payment_asks_for_all_that_it_needs_and_repeats_for_nothing(stage: Stage) -> None:
    """[WA8] [WA10]"""
    mei, bo = stage.mei, stage.bo

    async def pay(id: bytes, amount: int, approval: str) -> Refused | None:
        order = Order.single(
            ledger.TransferId(id),
            debit=purse_id(mei.id, CODE),
            credit=purse_id(bo.id, CODE),
            amount=amount,
            asset=CODE,
            code=Code.TRANSFER,
        )
        act, now_ms = act_of(stage, amount, id), stage.clock.now_ms()
        return await stage.db.write(
            lambda tx: approvals.pay(tx, mei.id, order, act=act, approval=approval, now_ms=now_ms)
        )

    id = new_act()
    assert await pay(id, YUAN, "none") == Refused(Refusal.APPROVAL_UNKNOWN)
    token = await stage.approved(mei, "transfer", id, YUAN, bo)
    assert await pay(id, YUAN, token) is None
    assert await pay(id, YUAN, token) is None
    assert await pay(id, 2 * YUAN, token) == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    assert await stage.balances() == [AT_FIRST, AT_FIRST - YUAN, AT_FIRST + YUAN, AT_FIRST]
    poor = new_act()
    token = await stage.approved(mei, "transfer", poor, 2 * AT_FIRST, bo)
    assert await pay(poor, 2 * AT_FIRST, token) == Refused(Refusal.INSUFFICIENT)
    # What was refused is not counted: 10 are left of 11.
    assert await stage.wallet.limits.put(mei.id, day=11 * YUAN, month=None) is None
    over, within = new_act(), new_act()
    token = await stage.approved(mei, "transfer", over, 11 * YUAN, bo)
    assert await pay(over, 11 * YUAN, token) == Refused(Refusal.OVER_LIMIT)
    token = await stage.approved(mei, "transfer", within, 10 * YUAN, bo)
    assert await pay(within, 10 * YUAN, token) is None
    assert await stage.is_whole()


async def test_lowering_a_limit_holds_at_once_and_raising_after_a_day(stage: Stage) -> None:
    """[WA10]"""
    limits, mei = stage.wallet.limits, stage.mei

    async def day() -> int | None:
        return (await stage.db.read(lambda tx: limits.of(tx, mei.id)))[Span.DAY].limit.now

    assert await day() is None
    await limits.put(mei.id, day=100, month=None)
    assert await day() == 100
    await limits.put(mei.id, day=500, month=None)
    await limits.put(mei.id, day=500, month=None)
    stage.clock.advance(24 * HOUR_S - 1)
    assert await day() == 100
    stage.clock.advance(1)
    assert await day() == 500
    await limits.put(mei.id, day=None, month=None)
    await limits.put(mei.id, day=50, month=None)
    stage.clock.advance(48 * HOUR_S)
    assert await day() == 50
    assert await limits.put(mei.id, day=2**53, month=None) == Refused(Refusal.AMOUNT_INVALID)


async def test_without_the_file_beside_the_database_the_server_does_not_start(stage: Stage) -> None:
    """[WA5] A wrong pepper would judge every right PIN as wrong."""
    path = stage.folder / FILE_NAME
    assert path.stat().st_mode & 0o077 == 0
    kept = path.read_bytes()
    path.write_bytes(bytes(32).hex().encode())
    stage.build()
    with pytest.raises(PepperUnusable):
        await stage.wallet.start()
    path.write_bytes(b"no key")
    stage.build()
    with pytest.raises(PepperUnusable):
        await stage.wallet.start()
    path.write_bytes(kept)
    stage.build()
    await stage.wallet.start()
    assert isinstance(await stage.wallet.approvals.pins.judge(stage.mei.id, PIN), str)


async def test_who_leaves_leaves_neither_money_nor_a_pin(stage: Stage) -> None:
    """[WA4]"""
    await stage.wallet.treasury.freeze(stage.lan.id, stage.mei.id, "调查", frozen=True)
    assert await stage.accounts.erase(stage.mei.id, "mei") is None
    assert await stage.balances() == [AT_FIRST, 0, AT_FIRST, AT_FIRST]
    assert await stage.is_whole()
    pins = await stage.db.read(lambda tx: tx.all("SELECT account_id FROM payment_pin"))
    assert stage.mei.id not in {row[0] for row in pins} and len(pins) == 3
