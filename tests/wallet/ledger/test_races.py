"""A thousand at once [LE1] [LE2] [LE5]."""

from __future__ import annotations

import asyncio
from collections import Counter

from tests.wallet.ledger.orders import LAN, MEI, NOW, hold, id_of, pay, seed

from hongyan.foundation.db import Database, Tx
from hongyan.wallet import ledger, verify
from hongyan.wallet.ledger import Kind, Order, Verdict

AT_ONCE = 1_000
ANSWERED = 200


async def amounts(db: Database) -> list[int]:
    found = await db.read(lambda tx: [ledger.account(tx, who) for who in (LAN, MEI)])
    return [one.available for one in found if one is not None]


def post_all(tx: Tx, orders: list[Order]) -> list[Verdict]:
    return ledger.post_all(tx, orders, now_ms=NOW)


async def post(db: Database, order: Order) -> Verdict:
    return await db.write(lambda tx: ledger.post(tx, order, now_ms=NOW))


async def test_a_thousand_payments_at_once_spend_what_there_is_and_no_more(db: Database) -> None:
    await db.write(seed)
    batch = db.batch(post_all)
    orders = [pay(n, 3) for n in range(1, AT_ONCE + 1)]
    alone, together = orders[::2], orders[1::2]
    answers = await asyncio.gather(*(post(db, one) for one in alone), *(batch.run(one) for one in together))
    assert Counter(answers) == {Verdict.POSTED: 333, Verdict.INSUFFICIENT: AT_ONCE - 333}
    assert await amounts(db) == [1, 999]
    assert (await db.read(verify)).findings == []


async def test_a_thousand_taps_pay_once(db: Database) -> None:
    await db.write(seed)
    batch = db.batch(post_all)
    taps = [post(db, pay(1, 3)) if n % 2 else batch.run(pay(1, 3)) for n in range(AT_ONCE)]
    assert Counter(await asyncio.gather(*taps)) == {Verdict.POSTED: 1, Verdict.EXISTS: AT_ONCE - 1}
    assert await amounts(db) == [997, 3]


async def test_of_a_thousand_who_end_what_is_held_one_does(db: Database) -> None:
    await db.write(seed)
    await post(db, hold(1, 800))
    kinds = (Kind.POST, Kind.VOID)
    ends = [post(db, Order.resolving(id_of(n), kinds[n % 2], id_of(1))) for n in range(2, AT_ONCE + 2)]
    assert Counter(await asyncio.gather(*ends)) == {Verdict.POSTED: 1, Verdict.PENDING_DONE: AT_ONCE - 1}
    assert (await db.read(verify)).findings == []
