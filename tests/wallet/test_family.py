"""Family cards: bo lets grandma pay from his purse [FC1] [FC2]."""

import asyncio
import secrets

import pytest
from tests.wallet.stage import AT_FIRST, PIN, YUAN, Stage, new_act

from hongyan.foundation.ids import AccountId
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops.model import OrderSeen

LIMIT = 50 * YUAN


async def give(stage: Stage, limit: int = LIMIT) -> Refused | None:
    """lan's card for grandma: the two are friends."""
    id = new_act()
    token = await stage.approved(stage.lan, "family_card", id, limit, stage.grandma)
    return await stage.wallet.family.give(stage.lan.id, stage.grandma.id, id=id, limit=limit, approval=token)


@pytest.fixture
async def shop(stage: Stage) -> bytes:
    shop = secrets.token_bytes(16)
    assert await stage.wallet.shops.open(stage.mei.id, shop, "药店") is None
    return shop


async def pay(stage: Stage, shop: bytes, amount: int, *, id: bytes | None = None) -> OrderSeen | Refused:
    """grandma pays by lan's card."""
    act = new_act() if id is None else id
    payee = f"shop:{shop.hex()}:card:{stage.lan.id}"
    token = await stage.approved(stage.grandma, "pay_shop", act, amount, payee)
    return await stage.wallet.orders.pay_at_counter(
        stage.grandma.id, shop, id=act, amount=amount, approval=token, card=stage.lan.id
    )


async def test_a_card_pays_up_to_its_sum_in_a_month(stage: Stage, shop: bytes) -> None:
    """[FC2]"""
    assert await pay(stage, shop, YUAN) == Refused(Refusal.CARD_UNKNOWN)
    assert await give(stage) is None
    id = new_act()
    for _ in range(2):
        done = await pay(stage, shop, 30 * YUAN, id=id)
        assert isinstance(done, OrderSeen) and (done.customer, done.payer) == ("grandma", "lan")
    assert await pay(stage, shop, 20 * YUAN + 1) == Refused(Refusal.OVER_CARD_LIMIT)
    outcomes = await asyncio.gather(*(pay(stage, shop, 20 * YUAN) for _ in range(5)))
    assert sum(isinstance(one, OrderSeen) for one in outcomes) == 1
    assert await stage.balances() == [AT_FIRST - LIMIT, AT_FIRST, AT_FIRST, AT_FIRST]
    stage.clock.advance(31 * 86_400)
    assert isinstance(await pay(stage, shop, LIMIT), OrderSeen)
    [seen], _ = await stage.wallet.family.of(stage.lan.id)
    assert (seen.name, seen.limit, seen.spent) == ("grandma", LIMIT, LIMIT)
    assert await stage.is_whole()


async def test_a_card_on_a_purse_that_nobody_paid_into_has_not_enough(stage: Stage, shop: bytes) -> None:
    """[WA2] [FC2]"""
    newcomer = await stage.friend(stage.lan, "xin")
    assert await stage.wallet.approvals.pins.set(newcomer.id, PIN, old=None, act_id=None, approval=None) is None
    given = new_act()
    token = await stage.approved(newcomer, "family_card", given, LIMIT, stage.lan)
    assert await stage.wallet.family.give(newcomer.id, stage.lan.id, id=given, limit=LIMIT, approval=token) is None
    id = new_act()
    approval = await stage.approved(stage.lan, "pay_shop", id, YUAN, f"shop:{shop.hex()}:card:{newcomer.id}")
    outcome = await stage.wallet.orders.pay_at_counter(
        stage.lan.id, shop, id=id, amount=YUAN, approval=approval, card=newcomer.id
    )
    assert outcome == Refused(Refusal.INSUFFICIENT)


async def test_an_approval_for_her_own_purse_is_none_for_the_card(stage: Stage, shop: bytes) -> None:
    """[SH3] [FC2]"""
    await give(stage)
    id = new_act()
    token = await stage.approved(stage.grandma, "pay_shop", id, YUAN, f"shop:{shop.hex()}")
    outcome = await stage.wallet.orders.pay_at_counter(
        stage.grandma.id, shop, id=id, amount=YUAN, approval=token, card=stage.lan.id
    )
    assert outcome == Refused(Refusal.APPROVAL_UNKNOWN)


async def test_an_order_says_who_paid_and_whose_card_it_was(stage: Stage, shop: bytes) -> None:
    """[FC2] [SH3]"""
    orders = stage.wallet.orders
    await give(stage)
    made = await orders.make(stage.mei.id, shop, "1", amount=YUAN, description="药")
    assert isinstance(made, OrderSeen) and (made.customer, made.payer) == ("", "")
    id = made.order.id
    token = await stage.approved(stage.grandma, "order", id, YUAN, f"shop:{shop.hex()}:card:{stage.lan.id}")
    for _ in range(2):
        done = await orders.pay(stage.grandma.id, id, approval=token, card=stage.lan.id)
        assert isinstance(done, OrderSeen) and (done.customer, done.payer) == ("grandma", "lan")
    for who, card in ((stage.lan.id, None), (stage.bo.id, stage.lan.id), (stage.grandma.id, None)):
        assert await orders.pay(who, id, approval="x", card=card) == Refused(Refusal.ENDED)
    at_counter = new_act()
    assert isinstance(await pay(stage, shop, YUAN, id=at_counter), OrderSeen)
    other = await orders.pay_at_counter(stage.lan.id, shop, id=at_counter, amount=YUAN, approval="x")
    assert other == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    listed = await orders.list(stage.mei.id, shop, before_ms=2**53)
    assert not isinstance(listed, Refused)
    assert [(one.customer, one.payer) for one in listed] == [("grandma", "lan")] * 2
    refund = new_act()
    token = await stage.approved(stage.mei, "refund", refund, YUAN, stage.lan)
    back = await orders.refund(stage.mei.id, shop, "1", id=refund, amount=YUAN, reason="退", approval=token)
    assert isinstance(back, OrderSeen) and await stage.balances() == [AT_FIRST - YUAN, AT_FIRST, AT_FIRST, AT_FIRST]
    assert await stage.accounts.erase(stage.grandma.id, "grandma") is None
    seen = await orders.look(id)
    assert isinstance(seen, OrderSeen) and (seen.customer, seen.payer) == ("", "lan")


async def test_either_ends_a_card(stage: Stage, shop: bytes) -> None:
    """[FC1]"""
    family = stage.wallet.family
    for payer, user in ((stage.lan.id, stage.grandma.id),) * 2:
        assert await give(stage) is None
        assert await give(stage) is None
        await family.end(payer, user)
        assert await family.of(stage.grandma.id) == ([], [])
        assert await pay(stage, shop, YUAN) == Refused(Refusal.CARD_UNKNOWN)
    await give(stage)
    assert await stage.accounts.erase(stage.grandma.id, "grandma") is None
    assert await stage.rows("family_card") == 0


async def test_a_card_is_for_friends_and_needs_an_approval(stage: Stage) -> None:
    """[FC1]"""
    family = stage.wallet.family
    for who in (stage.mei.id, stage.bo.id, AccountId(1)):  # mei herself, no friend of hers, nobody
        outcome = await family.give(stage.mei.id, who, id=new_act(), limit=YUAN, approval="x")
        assert outcome == Refused(Refusal.PERSON_UNKNOWN)
    unapproved = await family.give(stage.lan.id, stage.bo.id, id=new_act(), limit=YUAN, approval="x")
    assert unapproved == Refused(Refusal.APPROVAL_UNKNOWN)
    nothing = await family.give(stage.lan.id, stage.bo.id, id=new_act(), limit=0, approval="x")
    assert nothing == Refused(Refusal.AMOUNT_INVALID)
