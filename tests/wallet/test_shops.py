"""Shops, orders, refunds and takings [SH1]-[SH7]."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from tests.accounts.world import Member
from tests.wallet.stage import AT_FIRST, YUAN, Stage, new_act

from hongyan.wallet.ledger import TransferId
from hongyan.wallet.purses import month_bounds
from hongyan.wallet.refusals import Refusal, Refused
from hongyan.wallet.shops.model import DAY_MS, OrderSeen, OrderState

DAY_S = 86_400
NOODLES = 18 * YUAN


@dataclass
class Shop:
    """grandma's noodle shop, in which bo works; mei is hungry."""

    stage: Stage
    id: bytes

    @property
    def payee(self) -> str:
        return f"shop:{self.id.hex()}"

    async def order(self, by: Member, number: str = "1", amount: int = NOODLES) -> OrderSeen | Refused:
        return await self.stage.wallet.orders.make(by.id, self.id, number, amount=amount, description="牛肉面")

    async def ordered(self, number: str = "1", amount: int = NOODLES) -> bytes:
        made = await self.order(self.stage.bo, number, amount)
        assert isinstance(made, OrderSeen), made
        return made.order.id

    async def pay(self, who: Member, id: bytes, amount: int = NOODLES) -> OrderSeen | Refused:
        token = await self.stage.approved(who, "order", id, amount, self.payee)
        return await self.stage.wallet.orders.pay(who.id, id, approval=token)

    async def refund(
        self, by: Member, amount: int, *, number: str = "1", id: TransferId | None = None, to: Member | None = None
    ) -> OrderSeen | Refused:
        id = id or new_act()
        token = await self.stage.approved(by, "refund", id, amount, to or self.stage.mei)
        return await self.stage.wallet.orders.refund(
            by.id, self.id, number, id=id, amount=amount, reason="卖完了", approval=token
        )

    async def balance(self) -> int:
        [seen] = await self.stage.wallet.shops.of(self.stage.grandma.id)
        return seen.balance


@pytest.fixture
async def shop(stage: Stage) -> AsyncIterator[Shop]:
    shop = Shop(stage, secrets.token_bytes(16))
    for _ in range(2):
        assert await stage.wallet.shops.open(stage.grandma.id, shop.id, "外婆面馆") is None
        assert await stage.wallet.shops.hire(stage.grandma.id, shop.id, stage.bo.id) is None
    stage.notices.clear()
    yield shop
    assert await stage.is_whole()


async def test_who_may_do_what_in_a_shop(stage: Stage, shop: Shop) -> None:
    """[SH1] [SH2]"""
    shops, yours = stage.wallet.shops, Refused(Refusal.NOT_YOURS)
    assert await shops.open(stage.bo.id, shop.id, "外婆面馆") == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    assert await shops.hire(stage.bo.id, shop.id, stage.mei.id) == yours
    assert await shop.order(stage.mei) == yours
    assert await shops.hire(stage.grandma.id, new_act(), stage.mei.id) == Refused(Refusal.SHOP_UNKNOWN)
    [seen] = await shops.of(stage.bo.id)
    assert (seen.shop.name, seen.is_owner, seen.staff) == ("外婆面馆", False, {stage.bo.id: "bo"})
    assert await shops.of(stage.mei.id) == []
    assert isinstance(await shop.order(stage.bo), OrderSeen)
    assert await shops.dismiss(stage.bo.id, shop.id, stage.bo.id) is None
    assert await shop.order(stage.bo, "2") == yours


async def test_an_order_is_paid_once_by_one_person(stage: Stage, shop: Shop) -> None:
    """[SH3]"""
    id = await shop.ordered()
    token = await stage.approved(stage.mei, "order", id, NOODLES, shop.payee)
    pay = stage.wallet.orders.pay
    outcomes = await asyncio.gather(
        *(pay(stage.mei.id, id, approval=token) for _ in range(10)), *(shop.pay(stage.lan, id) for _ in range(2))
    )
    paid = [one for one in outcomes if isinstance(one, OrderSeen)]
    assert {one.order.payer_id for one in paid} in ({stage.mei.id}, {stage.lan.id})
    assert all(one == Refused(Refusal.ENDED) for one in outcomes if isinstance(one, Refused))
    assert await shop.balance() == NOODLES and sum(await stage.balances()) == 4 * AT_FIRST - NOODLES
    told = {account for accounts, _ in stage.notices for account in accounts}
    assert {stage.grandma.id, stage.bo.id} <= told


async def test_an_order_is_paid_by_an_approval_for_it(stage: Stage, shop: Shop) -> None:
    """[SH3]"""
    id = await shop.ordered()
    unknown = Refused(Refusal.APPROVAL_UNKNOWN)
    for action, amount, payee in (
        ("order", NOODLES - 1, shop.payee),
        ("order", NOODLES, str(stage.grandma.id)),
        ("pay_shop", NOODLES, shop.payee),
    ):
        token = await stage.approved(stage.mei, action, id, amount, payee)
        assert await stage.wallet.orders.pay(stage.mei.id, id, approval=token) == unknown
    assert await shop.pay(stage.mei, new_act()) == Refused(Refusal.ACT_UNKNOWN)
    dear = await shop.ordered("dear", 2 * AT_FIRST)
    assert await shop.pay(stage.mei, dear, 2 * AT_FIRST) == Refused(Refusal.INSUFFICIENT)


async def test_the_shops_number_names_one_order(stage: Stage, shop: Shop) -> None:
    """[SH4]"""
    id = await shop.ordered()
    assert await shop.ordered() == id
    assert await shop.order(stage.grandma, "1", NOODLES + 1) == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    for amount in (0, -1, 2**53):
        assert await shop.order(stage.bo, "wrong", amount) == Refused(Refusal.AMOUNT_INVALID)
    orders = stage.wallet.orders
    found = await orders.query(stage.bo.id, shop.id, "1")
    assert isinstance(found, OrderSeen) and (found.order.id, found.order.state) == (id, OrderState.OPEN)
    assert await orders.query(stage.bo.id, shop.id, "2") == Refused(Refusal.ACT_UNKNOWN)
    assert await orders.query(stage.mei.id, shop.id, "1") == Refused(Refusal.NOT_YOURS)
    seen = await orders.look(id)
    assert isinstance(seen, OrderSeen) and seen.shop_name == "外婆面馆"
    listed = await orders.list(stage.bo.id, shop.id, before_ms=2**53)
    assert not isinstance(listed, Refused) and [one.order.id for one in listed] == [id]


async def test_what_is_closed_or_late_is_not_paid(stage: Stage, shop: Shop) -> None:
    """[SH4]"""
    orders, ended = stage.wallet.orders, Refused(Refusal.ENDED)
    closed, late = await shop.ordered("closed"), await shop.ordered("late")
    for _ in range(2):
        assert await orders.close(stage.bo.id, shop.id, "closed") is None
    assert await shop.pay(stage.mei, closed) == ended
    paid = await shop.ordered("paid")
    assert isinstance(await shop.pay(stage.mei, paid), OrderSeen)
    assert await orders.close(stage.bo.id, shop.id, "paid") == ended
    stage.clock.advance(2 * 3_600)
    assert await shop.pay(stage.mei, late) == ended
    stage.clock.advance(8 * DAY_S)
    await orders.erase_stale()
    assert await stage.rows("shop_order") == 1


async def test_refunds_in_parts_never_exceed_what_was_paid(stage: Stage, shop: Shop) -> None:
    """[SH5]"""
    id = await shop.ordered()
    assert await shop.refund(stage.bo, YUAN) == Refused(Refusal.ENDED)
    await shop.pay(stage.mei, id)
    part = new_act()
    for _ in range(3):
        done = await shop.refund(stage.bo, 5 * YUAN, id=part)
        assert isinstance(done, OrderSeen) and done.order.refunded == 5 * YUAN
    assert await shop.refund(stage.bo, 6 * YUAN, id=part) == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    assert await shop.refund(stage.bo, 13 * YUAN + 1) == Refused(Refusal.REFUND_TOO_LARGE)
    assert await shop.refund(stage.mei, YUAN) == Refused(Refusal.NOT_YOURS)
    outcomes = await asyncio.gather(*(shop.refund(stage.grandma, 13 * YUAN) for _ in range(4)))
    assert sum(isinstance(one, OrderSeen) for one in outcomes) == 1
    assert (await stage.purse(stage.mei)).balance == AT_FIRST and await shop.balance() == 0


async def test_a_refund_needs_the_money_to_be_there(stage: Stage, shop: Shop) -> None:
    """[SH5] [SH6]"""
    await shop.pay(stage.mei, await shop.ordered())
    take, id = stage.wallet.shops.take, new_act()
    token = await stage.approved(stage.grandma, "shop_pay_out", id, NOODLES, stage.grandma)
    assert await take(stage.bo.id, shop.id, id=id, amount=NOODLES, approval=token) == Refused(Refusal.NOT_YOURS)
    for _ in range(2):
        assert await take(stage.grandma.id, shop.id, id=id, amount=NOODLES, approval=token) is None
    assert (await stage.purse(stage.grandma)).balance == AT_FIRST + NOODLES
    assert await shop.refund(stage.bo, YUAN) == Refused(Refusal.INSUFFICIENT)
    again = new_act()
    token = await stage.approved(stage.grandma, "shop_pay_out", again, 1, stage.grandma)
    outcome = await take(stage.grandma.id, shop.id, id=again, amount=1, approval=token)
    assert outcome == Refused(Refusal.INSUFFICIENT)


async def test_paying_at_the_counter(stage: Stage, shop: Shop) -> None:
    """[SH3] The customer types the amount; the payment is an order like any other."""
    orders, id = stage.wallet.orders, new_act()
    token = await stage.approved(stage.mei, "pay_shop", id, NOODLES, shop.payee)
    for _ in range(2):
        done = await orders.pay_at_counter(stage.mei.id, shop.id, id=id, amount=NOODLES, approval=token)
        assert isinstance(done, OrderSeen) and done.payer == "mei"
    other = await orders.pay_at_counter(stage.mei.id, shop.id, id=id, amount=NOODLES + 1, approval=token)
    assert other == Refused(Refusal.ALREADY_DONE_DIFFERENTLY)
    assert await shop.balance() == NOODLES
    refunded = await shop.refund(stage.bo, NOODLES, number=id.hex())
    assert isinstance(refunded, OrderSeen)
    bill = await stage.wallet.purses.bill(stage.mei.id, from_ms=0, until_ms=2**60, before_seq=2**53, codes=())
    assert not isinstance(bill, Refused)
    assert [entry.amount for entry in bill.entries] == [NOODLES, -NOODLES, AT_FIRST]
    assert set(bill.names.values()) == {"外婆面馆"} and sum(went for _, went in bill.sums.values()) == NOODLES


async def test_the_report_is_by_days_of_the_shops_own_clock(stage: Stage, shop: Shop) -> None:
    """[SH7]"""
    await shop.pay(stage.mei, await shop.ordered("1"))
    await shop.pay(stage.lan, await shop.ordered("2", YUAN), YUAN)
    stage.clock.advance(DAY_S)
    await shop.refund(stage.bo, 3 * YUAN)
    first_ms = stage.clock.now_ms() - DAY_S * 1000
    report = await stage.wallet.shops.report(
        stage.bo.id, shop.id, from_ms=first_ms - DAY_MS, until_ms=first_ms + 3 * DAY_MS, offset_ms=8 * 3_600_000
    )
    assert not isinstance(report, Refused)
    day = (first_ms + 8 * 3_600_000) // DAY_MS
    assert [(one.day, one.orders, one.paid, one.refunds, one.refunded) for one in report] == [
        (day, 2, NOODLES + YUAN, 0, 0),
        (day + 1, 0, 0, 1, 3 * YUAN),
    ]
    hidden = await stage.wallet.shops.report(stage.mei.id, shop.id, from_ms=0, until_ms=2**53, offset_ms=0)
    assert hidden == Refused(Refusal.NOT_YOURS)


def test_a_month_begins_on_the_askers_clock() -> None:
    """[WA3]"""
    from_ms, until_ms = month_bounds("2026-12", 480)
    assert datetime.fromtimestamp(from_ms / 1000, UTC) == datetime(2026, 11, 30, 16, tzinfo=UTC)
    assert datetime.fromtimestamp(until_ms / 1000, UTC) == datetime(2026, 12, 31, 16, tzinfo=UTC)


async def test_the_shop_of_who_leaves_is_closed(stage: Stage, shop: Shop) -> None:
    """[SH1] [WA4]"""
    id = await shop.ordered("waits")
    await shop.pay(stage.mei, await shop.ordered())
    assert await stage.accounts.erase(stage.grandma.id, "grandma") is None
    assert await shop.pay(stage.mei, id) == Refused(Refusal.SHOP_UNKNOWN)
    assert await stage.wallet.orders.look_at_shop(shop.id) == Refused(Refusal.SHOP_UNKNOWN)
    assert await stage.wallet.shops.of(stage.bo.id) == [] and await stage.rows("shop_staff") == 0


async def test_a_shop_is_closed_by_its_owner_once_it_is_empty(stage: Stage, shop: Shop) -> None:
    """[SH10] Nobody pays it any more, nor an order that was open."""
    shops = stage.wallet.shops
    open_order = await shop.ordered("2")
    await shop.pay(stage.mei, await shop.ordered())
    assert await shops.close(stage.bo.id, shop.id) == Refused(Refusal.NOT_YOURS)
    assert await shops.close(stage.grandma.id, shop.id) == Refused(Refusal.SHOP_NOT_EMPTY)
    act = new_act()
    token = await stage.approved(stage.grandma, "shop_pay_out", act, NOODLES, stage.grandma)
    assert await shops.take(stage.grandma.id, shop.id, id=act, amount=NOODLES, approval=token) is None
    assert await shops.close(stage.grandma.id, shop.id) is None
    assert await shops.close(stage.grandma.id, shop.id) is None
    assert await shop.pay(stage.mei, open_order) == Refused(Refusal.SHOP_UNKNOWN)
    assert await stage.wallet.orders.look_at_shop(shop.id) == Refused(Refusal.SHOP_UNKNOWN)
    assert await shops.of(stage.bo.id) == [] == await shops.of(stage.grandma.id)
    assert await shop.refund(stage.grandma, 1) == Refused(Refusal.SHOP_UNKNOWN)
    assert await stage.is_whole()
