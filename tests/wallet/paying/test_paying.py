"""Receive codes and collections through the front door, on both engines [PY1]-[PY5]."""

import asyncio

import pytest
from tests.wallet.stage import AT_FIRST, PIN, YUAN, Stage, new_act

from hongyan.wallet.ledger import TransferId
from hongyan.wallet.paying import collections, receiving
from hongyan.wallet.paying.model import CollectionView, Paid, Part
from hongyan.wallet.refusals import Refusal, Refused


async def test_whoever_scans_the_code_pays_once(stage: Stage) -> None:
    token = await stage.wallet.receiving.token(stage.lan.id, renew=False)
    who = await stage.wallet.receiving.look(stage.mei.id, stage.lan.id, token)
    assert not isinstance(who, Refused) and who.account_id == stage.lan.id
    id = new_act()
    approval = await stage.approved(stage.mei, receiving.ACTION, id, 12 * YUAN, stage.lan)
    paid = await asyncio.gather(
        *[stage.wallet.receiving.pay(stage.mei.id, id, stage.lan.id, token, 12 * YUAN, approval) for _ in range(5)]
    )
    assert all(isinstance(one, Paid) and one == paid[0] for one in paid)
    assert (await stage.balances())[:2] == [AT_FIRST + 12 * YUAN, AT_FIRST - 12 * YUAN]
    assert await stage.is_whole()


async def test_a_changed_code_takes_nothing(stage: Stage) -> None:
    old = await stage.wallet.receiving.token(stage.lan.id, renew=False)
    assert await stage.wallet.receiving.token(stage.lan.id, renew=False) == old
    assert await stage.wallet.receiving.token(stage.lan.id, renew=True) != old
    assert await stage.wallet.receiving.look(stage.mei.id, stage.lan.id, old) == Refused(Refusal.ACT_UNKNOWN)
    id = new_act()
    approval = await stage.approved(stage.mei, receiving.ACTION, id, YUAN, stage.lan)
    outcome = await stage.wallet.receiving.pay(stage.mei.id, id, stage.lan.id, old, YUAN, approval)
    assert outcome == Refused(Refusal.ACT_UNKNOWN)


async def test_more_than_there_is_is_refused(stage: Stage) -> None:
    token = await stage.wallet.receiving.token(stage.lan.id, renew=False)
    id = new_act()
    approval = await stage.approved(stage.mei, receiving.ACTION, id, AT_FIRST + 1, stage.lan)
    outcome = await stage.wallet.receiving.pay(stage.mei.id, id, stage.lan.id, token, AT_FIRST + 1, approval)
    assert outcome == Refused(Refusal.INSUFFICIENT)


async def test_a_purse_that_nobody_paid_into_has_not_enough(stage: Stage) -> None:
    """[WA2] And is not taken for somebody who is not there."""
    newcomer = await stage.friend(stage.lan, "xin")
    assert await stage.wallet.approvals.pins.set(newcomer.id, PIN, old=None, act_id=None, approval=None) is None
    token = await stage.wallet.receiving.token(stage.lan.id, renew=False)
    id = new_act()
    approval = await stage.approved(newcomer, receiving.ACTION, id, YUAN, stage.lan)
    outcome = await stage.wallet.receiving.pay(newcomer.id, id, stage.lan.id, token, YUAN, approval)
    assert outcome == Refused(Refusal.INSUFFICIENT)


async def asked(stage: Stage, *parts: Part) -> TransferId:
    id = new_act()
    for _ in range(2):
        made = await stage.wallet.collections.ask(stage.lan.id, id, parts)
        assert isinstance(made, CollectionView), made
    return id


async def test_a_bill_is_split_and_each_pays_her_part_once(stage: Stage) -> None:
    id = await asked(stage, Part(stage.mei.id, 30 * YUAN), Part(stage.bo.id, 20 * YUAN))
    approval = await stage.approved(stage.mei, collections.ACTION, id, 30 * YUAN, stage.lan)
    for _ in range(3):
        view = await stage.wallet.collections.pay(stage.mei.id, id, approval)
        assert isinstance(view, CollectionView)
        assert {part.account_id for part in view.collection.parts if part.paid_at_ms} == {stage.mei.id}
    assert (await stage.balances())[:3] == [AT_FIRST + 30 * YUAN, AT_FIRST - 30 * YUAN, AT_FIRST]
    assert isinstance(await stage.wallet.collections.close(stage.lan.id, id), CollectionView)
    late = await stage.approved(stage.bo, collections.ACTION, id, 20 * YUAN, stage.lan)
    assert await stage.wallet.collections.pay(stage.bo.id, id, late) == Refused(Refusal.ENDED)


async def test_only_who_is_concerned_sees_it_and_only_its_creator_ends_it(stage: Stage) -> None:
    id = await asked(stage, Part(stage.mei.id, YUAN))
    assert await stage.wallet.collections.look(stage.grandma.id, id) == Refused(Refusal.ACT_UNKNOWN)
    assert await stage.wallet.collections.close(stage.mei.id, id) == Refused(Refusal.NOT_YOURS)
    assert await stage.wallet.collections.pay(stage.lan.id, id, "any") == Refused(Refusal.NOT_YOURS)


@pytest.mark.parametrize("amount", [0, -1, 2**53])
async def test_no_such_amount(stage: Stage, amount: int) -> None:
    outcome = await stage.wallet.collections.ask(stage.lan.id, new_act(), [Part(stage.mei.id, amount)])
    assert outcome == Refused(Refusal.AMOUNT_INVALID)


async def test_nobody_asks_herself_or_one_person_twice(stage: Stage) -> None:
    for parts in ([Part(stage.lan.id, YUAN)], [Part(stage.mei.id, YUAN), Part(stage.mei.id, YUAN)]):
        assert await stage.wallet.collections.ask(stage.lan.id, new_act(), parts) == Refused(Refusal.PERSON_UNKNOWN)
