"""转账 through the front door, on both engines [GF1] [GF2]."""

import pytest
from tests.wallet.stage import AT_FIRST, YUAN, Stage, new_act

from hongyan.foundation.ids import AccountId
from hongyan.wallet.gifts.model import GIFT_LIFETIME_MS, SentMoney, TransferState
from hongyan.wallet.gifts.transfers import ACTION
from hongyan.wallet.ledger import TransferId
from hongyan.wallet.refusals import Refusal, Refused


async def sent(stage: Stage, amount: int = 50 * YUAN, id: TransferId | None = None) -> SentMoney:
    id = id or new_act()
    approval = await stage.approved(stage.lan, ACTION, id, amount, stage.mei)
    outcome = await stage.wallet.transfers.send(stage.lan.id, id, stage.mei.id, amount, approval)
    assert isinstance(outcome, SentMoney), outcome
    return outcome


@pytest.mark.parametrize("accept", [True, False])
async def test_the_payee_accepts_or_returns_once(stage: Stage, accept: bool) -> None:
    held = await sent(stage)
    purse = await stage.purse(stage.lan)
    assert (purse.balance, purse.available) == (AT_FIRST, AT_FIRST - 50 * YUAN)
    transfers = stage.wallet.transfers
    for _ in range(2):
        done = await transfers.answer(stage.mei.id, TransferId(held.id), accept=accept)
        assert isinstance(done, SentMoney)
        assert done.state is (TransferState.ACCEPTED if accept else TransferState.RETURNED)
    assert await transfers.answer(stage.mei.id, TransferId(held.id), accept=not accept) == Refused(Refusal.ENDED)
    moved = 50 * YUAN if accept else 0
    assert (await stage.balances())[:2] == [AT_FIRST - moved, AT_FIRST + moved]
    assert await stage.is_whole()


async def test_only_the_payee_answers_and_nobody_else_sees_it(stage: Stage) -> None:
    id = TransferId((await sent(stage)).id)
    transfers = stage.wallet.transfers
    assert await transfers.answer(stage.lan.id, id, accept=True) == Refused(Refusal.NOT_YOURS)
    assert await transfers.answer(stage.bo.id, id, accept=True) == Refused(Refusal.ACT_UNKNOWN)
    assert await transfers.look(stage.bo.id, id) == Refused(Refusal.ACT_UNKNOWN)


async def test_the_same_transfer_twice_is_one(stage: Stage) -> None:
    held = await sent(stage)
    again = await stage.wallet.transfers.send(stage.lan.id, TransferId(held.id), stage.mei.id, 50 * YUAN, "used")
    assert again == held
    other = await stage.wallet.transfers.send(stage.lan.id, TransferId(held.id), stage.mei.id, 51 * YUAN, "used")
    assert other == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)


async def test_after_a_day_it_goes_back(stage: Stage) -> None:
    held = await sent(stage)
    stage.clock.advance(GIFT_LIFETIME_MS / 1000)
    late = await stage.wallet.transfers.answer(stage.mei.id, TransferId(held.id), accept=True)
    assert late == Refused(Refusal.ENDED)
    for _ in range(2):
        await stage.wallet.transfers.return_expired()
    seen = await stage.wallet.transfers.look(stage.mei.id, TransferId(held.id))
    assert isinstance(seen, SentMoney) and seen.state is TransferState.EXPIRED
    assert (await stage.purse(stage.lan)).available == AT_FIRST


async def test_nobody_and_oneself_are_no_payees(stage: Stage) -> None:
    for payee in (AccountId(999_999_999), stage.mei.id):
        id = new_act()
        approval = await stage.approved(stage.mei, ACTION, id, YUAN, str(payee))
        outcome = await stage.wallet.transfers.send(stage.mei.id, id, payee, YUAN, approval)
        assert outcome == Refused(Refusal.PERSON_UNKNOWN)


async def test_members_of_a_group_who_are_no_friends_may_pay_each_other(stage: Stage) -> None:
    id = new_act()
    approval = await stage.approved(stage.mei, ACTION, id, YUAN, stage.bo)
    held = await stage.wallet.transfers.send(stage.mei.id, id, stage.bo.id, YUAN, approval)
    assert isinstance(held, SentMoney)
    taken = await stage.wallet.transfers.answer(stage.bo.id, id, accept=True)
    assert isinstance(taken, SentMoney) and taken.state is TransferState.ACCEPTED
    assert (await stage.purse(stage.bo)).balance == AT_FIRST + YUAN
