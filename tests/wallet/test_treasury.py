"""Who makes money, how much, and what everybody sees of it [TR1]-[TR6]."""

import asyncio

import pytest
from tests.accounts.world import Member
from tests.wallet.stage import ASSET, AT_FIRST, YUAN, Stage, new_act

from hongyan.wallet.assets import CODE, Asset
from hongyan.wallet.ledger import TransferId
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.treasury.model import ActKind, ActState, Rules

DAY_S = 86_400
LARGE = 20_000 * YUAN


async def move(
    stage: Stage,
    by: Member,
    kind: ActKind,
    to: Member,
    amount: int,
    *,
    id: TransferId | None = None,
    approval: str | None = None,
) -> ActState | Refused:
    id = id or new_act()
    token = approval or await stage.approved(by, kind.name.lower(), id, amount, to)
    return await stage.wallet.treasury.move(by.id, kind, to.id, id=id, amount=amount, reason="换现金", approval=token)


async def confirm(stage: Stage, by: Member, id: bytes, amount: int, to: Member) -> ActState | Refused:
    token = await stage.approved(by, "confirm", id, amount, to)
    return await stage.wallet.treasury.confirm(by.id, id, approval=token)


async def test_the_currency_is_opened_once(stage: Stage) -> None:
    """[TR1]"""
    assert await stage.wallet.treasury.open(ASSET) is None
    other = Asset(CODE, "元宝", "¥", 2)
    assert await stage.wallet.treasury.open(other) == Refused(Refusal.WALLET_OPEN_ALREADY)


async def test_only_treasurers_make_money(stage: Stage) -> None:
    """[TR2]"""
    refused = Refused(Refusal.NOT_TREASURER)
    assert await move(stage, stage.mei, ActKind.ISSUE, stage.mei, YUAN) == refused
    assert await stage.wallet.treasury.appoint(stage.lan.id, stage.mei.id) is None
    assert await stage.wallet.treasury.appoint(stage.lan.id, stage.mei.id) is None
    assert await move(stage, stage.mei, ActKind.ISSUE, stage.bo, YUAN) is ActState.DONE
    await stage.wallet.treasury.dismiss(stage.lan.id, stage.mei.id)
    assert await move(stage, stage.mei, ActKind.ISSUE, stage.mei, YUAN) == refused
    assert await stage.balances() == [AT_FIRST, AT_FIRST, AT_FIRST + YUAN, AT_FIRST]
    assert await stage.is_whole()


async def test_a_repeat_moves_nothing_and_other_content_is_refused(stage: Stage) -> None:
    """[TR2]"""
    id = new_act()
    token = await stage.approved(stage.lan, "issue", id, YUAN, stage.mei)
    outcomes = await asyncio.gather(
        *(move(stage, stage.lan, ActKind.ISSUE, stage.mei, YUAN, id=id, approval=token) for _ in range(20))
    )
    assert set(outcomes) == {ActState.DONE}
    assert await move(stage, stage.lan, ActKind.ISSUE, stage.mei, 2 * YUAN, id=id) == Refused(
        Refusal.ALREADY_DONE_DIFFERENTLY
    )
    assert (await stage.purse(stage.mei)).balance == AT_FIRST + YUAN


async def test_a_large_sum_needs_two_treasurers(stage: Stage) -> None:
    """[TR3]"""
    await stage.wallet.treasury.appoint(stage.lan.id, stage.bo.id)
    id = new_act()
    assert await move(stage, stage.lan, ActKind.TOP_UP, stage.mei, LARGE, id=id) is ActState.PROPOSED
    assert (await stage.purse(stage.mei)).balance == AT_FIRST
    alone = await confirm(stage, stage.lan, id, LARGE, stage.mei)
    assert alone == Refused(Refusal.NEEDS_ANOTHER_TREASURER)
    assert await confirm(stage, stage.grandma, id, LARGE, stage.mei) == Refused(Refusal.NOT_TREASURER)
    unapproved = await stage.wallet.treasury.confirm(stage.bo.id, id, approval="none")
    assert unapproved == Refused(Refusal.APPROVAL_UNKNOWN)
    assert await confirm(stage, stage.bo, id, LARGE, stage.mei) is ActState.DONE
    assert await confirm(stage, stage.bo, id, LARGE, stage.mei) is ActState.DONE
    assert (await stage.purse(stage.mei)).balance == AT_FIRST + LARGE
    assert await stage.is_whole()


async def test_a_proposal_is_turned_down_or_ends_after_a_week(stage: Stage) -> None:
    """[TR3]"""
    treasury = stage.wallet.treasury
    await treasury.appoint(stage.lan.id, stage.bo.id)
    down, late = new_act(), new_act()
    for id in (down, late):
        assert await move(stage, stage.lan, ActKind.ISSUE, stage.mei, LARGE, id=id) is ActState.PROPOSED
    assert await treasury.turn_down(stage.mei.id, down) == Refused(Refusal.NOT_TREASURER)
    assert await treasury.turn_down(stage.bo.id, down) is None
    assert await treasury.turn_down(stage.bo.id, down) is None
    stage.clock.advance(7 * DAY_S)
    assert await confirm(stage, stage.bo, late, LARGE, stage.mei) == Refused(Refusal.ENDED)
    assert await treasury.turn_down(stage.bo.id, new_act()) == Refused(Refusal.ACT_UNKNOWN)
    assert await stage.balances() == [AT_FIRST] * 4


async def test_what_a_dismissed_treasurer_proposed_is_not_done(stage: Stage) -> None:
    """[TR3]"""
    treasury = stage.wallet.treasury
    await treasury.appoint(stage.lan.id, stage.bo.id)
    id = new_act()
    assert await move(stage, stage.bo, ActKind.ISSUE, stage.bo, LARGE, id=id) is ActState.PROPOSED
    await treasury.dismiss(stage.lan.id, stage.bo.id)
    assert await confirm(stage, stage.lan, id, LARGE, stage.bo) == Refused(Refusal.ENDED)


async def test_caps_of_an_act_and_of_a_day(stage: Stage) -> None:
    """[TR2] Everybody's first money counts too: 4,000 of today's 5,000."""
    treasury = stage.wallet.treasury
    assert await treasury.put_rules(stage.lan.id, Rules(800 * YUAN, 5_000 * YUAN, 800 * YUAN)) is None
    over = Refused(Refusal.OVER_TREASURY_CAP)
    assert await move(stage, stage.lan, ActKind.ISSUE, stage.mei, 800 * YUAN + 1) == over
    assert await move(stage, stage.lan, ActKind.ISSUE, stage.mei, 800 * YUAN) is ActState.DONE
    assert await move(stage, stage.lan, ActKind.ISSUE, stage.mei, 200 * YUAN + 1) == over
    assert await move(stage, stage.lan, ActKind.TOP_UP, stage.mei, 200 * YUAN) is ActState.DONE
    assert await move(stage, stage.lan, ActKind.ISSUE, stage.mei, 1) == over
    stage.clock.advance(DAY_S)
    assert await move(stage, stage.lan, ActKind.ISSUE, stage.mei, 1) is ActState.DONE
    for unsound in (Rules(2, 1, 1), Rules(1, 1, 2), Rules(2**53, 2**53, 1)):
        assert await treasury.put_rules(stage.lan.id, unsound) == Refused(Refusal.AMOUNT_INVALID)


async def test_every_change_of_the_caps_is_seen_by_every_member(stage: Stage) -> None:
    """[TR1] [TR6]"""
    treasury = stage.wallet.treasury
    for caps in (Rules(800, 5_000, 80), Rules(800, 5_000, 80), Rules(900, 5_000, 80)):
        assert await treasury.put_rules(stage.lan.id, caps) is None
    acts, _, _ = await treasury.acts(stage.mei.id, before_seq=2**53)
    changes = [(act.treasurer_id, act.reason) for act in acts if act.kind is ActKind.RULES]
    assert changes == [(stage.lan.id, "900 5000 80"), (stage.lan.id, "800 5000 80")]


@pytest.mark.parametrize("amount", [0, 2**53, 2**53 - 1])
async def test_amounts_that_nobody_may_make(stage: Stage, amount: int) -> None:
    """[TR2]"""
    outcome = await move(stage, stage.lan, ActKind.ISSUE, stage.mei, amount)
    assert isinstance(outcome, Refused)
    assert outcome.why in (Refusal.AMOUNT_INVALID, Refusal.OVER_TREASURY_CAP)


async def test_paying_out_burns_the_treasurers_own(stage: Stage) -> None:
    """[TR4]"""
    assert await move(stage, stage.lan, ActKind.PAY_OUT, stage.mei, YUAN) == Refused(Refusal.NOT_YOURS)
    assert await move(stage, stage.lan, ActKind.PAY_OUT, stage.lan, 2 * AT_FIRST) == Refused(Refusal.INSUFFICIENT)
    assert await move(stage, stage.lan, ActKind.PAY_OUT, stage.lan, YUAN) is ActState.DONE
    books = await stage.wallet.treasury.books()
    assert not isinstance(books, Refused)
    assert books.issued == books.held == 4 * AT_FIRST - YUAN


async def test_a_frozen_purse_neither_pays_nor_is_paid(stage: Stage) -> None:
    """[TR5]"""
    treasury = stage.wallet.treasury
    assert await treasury.freeze(stage.mei.id, stage.bo.id, "x", frozen=True) == Refused(Refusal.NOT_TREASURER)
    assert await treasury.freeze(stage.lan.id, stage.bo.id, "被盗", frozen=True) is None
    assert await move(stage, stage.lan, ActKind.ISSUE, stage.bo, YUAN) == Refused(Refusal.FROZEN)
    assert await treasury.balance_of(stage.lan.id, stage.bo.id) == (AT_FIRST, True)
    assert await treasury.balance_of(stage.mei.id, stage.bo.id) == Refused(Refusal.NOT_TREASURER)
    assert await treasury.freeze(stage.lan.id, stage.bo.id, "找回", frozen=False) is None
    assert await treasury.freeze(stage.lan.id, stage.bo.id, "again", frozen=False) is None
    assert await move(stage, stage.lan, ActKind.ISSUE, stage.bo, YUAN) is ActState.DONE
    acts, _, _ = await treasury.acts(stage.mei.id, before_seq=2**53 - 1)
    assert [(one.kind, one.reason) for one in acts[1:3]] == [(ActKind.UNFREEZE, "找回"), (ActKind.FREEZE, "被盗")]


async def test_every_member_sees_who_made_how_much_and_why(stage: Stage) -> None:
    """[TR6]"""
    acts, names, sees_recipients = await stage.wallet.treasury.acts(stage.mei.id, before_seq=2**53 - 1)
    assert [(one.kind, one.amount, one.reason) for one in acts] == [(ActKind.ISSUE, AT_FIRST, "欢迎")] * 4
    assert {names[one.treasurer_id] for one in acts} == {"lan"} and not sees_recipients
    assert (await stage.wallet.treasury.acts(stage.lan.id, before_seq=2**53 - 1))[2]
    older, _, _ = await stage.wallet.treasury.acts(stage.mei.id, before_seq=acts[1].seq)
    assert older == acts[2:]


async def test_a_refusal_leaves_nothing_behind(stage: Stage) -> None:
    """An approval that was refused for want of money may not be used again [WA8]."""
    id = new_act()
    token = await stage.approved(stage.lan, "pay_out", id, 2 * AT_FIRST, stage.lan)
    for why in (Refusal.INSUFFICIENT, Refusal.APPROVAL_UNKNOWN):
        outcome = await move(stage, stage.lan, ActKind.PAY_OUT, stage.lan, 2 * AT_FIRST, id=id, approval=token)
        assert outcome == Refused(why)
    assert len((await stage.wallet.treasury.acts(stage.lan.id, before_seq=2**53 - 1))[0]) == 4
