"""What the ledger does with orders, on both engines [LE1]-[LE5]."""

from dataclasses import replace

import apsw
import psycopg
import pytest
from tests.wallet.ledger.orders import BANK, DAY, LAN, MEI, NOW, YAN, amounts, hold, id_of, on, pay, seed

from hongyan.foundation.db import Database, Tx
from hongyan.wallet import ledger
from hongyan.wallet.ledger import (
    Code,
    Holder,
    Kind,
    LedgerId,
    Order,
    Resolution,
    TransferId,
    Verdict,
    derived,
)


async def test_money_moves_once_however_often_it_is_asked_for(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        assert [ledger.post(tx, pay(1, 300), now_ms=NOW) for _ in range(3)] == [
            Verdict.POSTED,
            Verdict.EXISTS,
            Verdict.EXISTS,
        ]
        assert ledger.post(tx, pay(1, 301), now_ms=NOW) is Verdict.EXISTS_DIFFERENT
        assert amounts(tx, LAN) == (700, 700)
        assert amounts(tx, MEI) == (300, 300)

    await on(db, story)


@pytest.mark.parametrize(
    ("order", "verdict"),
    [
        (pay(1, 0), Verdict.AMOUNT_INVALID),
        (pay(1, -5), Verdict.AMOUNT_INVALID),
        (pay(1, ledger.AMOUNT_MAX + 1), Verdict.AMOUNT_INVALID),
        (pay(1, 5, LAN, LAN), Verdict.SAME_ACCOUNT),
        (pay(1, 5, LAN, LedgerId(bytes(16))), Verdict.ACCOUNT_UNKNOWN),
        (pay(1, 5, asset="USD"), Verdict.ASSET_DIFFERS),
        (pay(1, 1_001), Verdict.INSUFFICIENT),
        (Order.resolving(id_of(1), Kind.POST, id_of(7)), Verdict.PENDING_UNKNOWN),
        (Order.resolving(id_of(1), Kind.POST, id_of(0)), Verdict.PENDING_UNKNOWN),
    ],
)
async def test_a_refusal_changes_nothing(db: Database, order: Order, verdict: Verdict) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        assert ledger.post(tx, order, now_ms=NOW) is verdict
        assert amounts(tx, LAN) == (1_000, 1_000)
        assert ledger.transfer(tx, order.id) is None

    await on(db, story)


async def test_what_is_held_can_be_spent_by_nobody_until_it_is_resolved(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        assert ledger.post(tx, hold(1, 800), now_ms=NOW) is Verdict.POSTED
        assert amounts(tx, LAN) == (1_000, 200)
        assert ledger.post(tx, pay(2, 201), now_ms=NOW) is Verdict.INSUFFICIENT
        too_much = Order.resolving(id_of(3), Kind.POST, id_of(1), 801)
        assert ledger.post(tx, too_much, now_ms=NOW) is Verdict.EXCEEDS_PENDING
        accept = Order.resolving(id_of(3), Kind.POST, id_of(1), 600)
        assert ledger.post(tx, accept, now_ms=NOW) is Verdict.POSTED
        assert ledger.post(tx, accept, now_ms=NOW) is Verdict.EXISTS
        late = Order.resolving(id_of(4), Kind.VOID, id_of(1))
        assert ledger.post(tx, late, now_ms=NOW) is Verdict.PENDING_DONE
        assert ledger.resolution(tx, id_of(1)) is Resolution.POSTED
        assert amounts(tx, LAN) == (400, 400)
        assert amounts(tx, MEI) == (600, 600)

    await on(db, story)


async def test_nothing_is_posted_at_or_after_the_last_moment_and_the_clock_never_goes_back(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        ledger.post(tx, hold(1, 800), now_ms=NOW)
        early = Order.resolving(derived(id_of(1), b"expire"), Kind.EXPIRE, id_of(1))
        assert ledger.post(tx, early, now_ms=NOW + DAY - 1) is Verdict.PENDING_NOT_EXPIRED
        ledger.post(tx, pay(2, 1), now_ms=NOW + DAY)
        accept = Order.resolving(id_of(3), Kind.POST, id_of(1))
        assert ledger.post(tx, accept, now_ms=NOW) is Verdict.PENDING_EXPIRED
        assert ledger.post(tx, early, now_ms=NOW) is Verdict.POSTED
        assert amounts(tx, LAN) == (999, 999)

    await on(db, story)


async def test_nothing_moves_on_a_frozen_or_closed_account(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        ledger.post(tx, hold(1, 100), now_ms=NOW)
        ledger.freeze(tx, LAN, frozen=True)
        accept = Order.resolving(id_of(2), Kind.POST, id_of(1))
        assert ledger.post(tx, pay(3, 1), now_ms=NOW) is Verdict.FROZEN
        assert ledger.post(tx, accept, now_ms=NOW) is Verdict.FROZEN
        ledger.freeze(tx, LAN, frozen=False)
        assert ledger.post(tx, accept, now_ms=NOW) is Verdict.POSTED
        assert not ledger.close(tx, MEI)
        ledger.post(tx, pay(4, 100, MEI, BANK), now_ms=NOW)
        assert ledger.close(tx, MEI)
        assert ledger.post(tx, pay(5, 1), now_ms=NOW) is Verdict.CLOSED

    await on(db, story)


async def test_a_batch_sees_what_its_own_orders_did(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        orders = [pay(1, 900), pay(2, 900), pay(1, 900), hold(3, 100), pay(4, 1)]
        accept = Order.resolving(id_of(5), Kind.POST, id_of(3))
        assert ledger.post_all(tx, [*orders, accept, accept], now_ms=NOW) == [
            Verdict.POSTED,
            Verdict.INSUFFICIENT,
            Verdict.EXISTS,
            Verdict.POSTED,
            Verdict.INSUFFICIENT,
            Verdict.POSTED,
            Verdict.EXISTS,
        ]
        assert amounts(tx, MEI) == (1_000, 1_000)
        found = [(line.amount, line.resolution) for line in ledger.entries(tx, LAN)]
        assert found == [(-100, Resolution.POSTED), (-900, None), (1_000, None)]

    await on(db, story)


async def test_ids_that_are_no_ids_are_not_even_asked(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        with pytest.raises(AssertionError):
            ledger.open_account(tx, LedgerId(b"short"), Holder.PURSE, 1, YAN, no_overdraft=True, now_ms=NOW)
        for wrong in (replace(pay(1, 1), id=TransferId(b"short")), replace(pay(1, 1), group_id=bytes(33))):
            with pytest.raises(AssertionError):
                ledger.post(tx, wrong, now_ms=NOW)
        assert ledger.post(tx, replace(pay(1, 1), group_id=bytes(32)), now_ms=NOW) is Verdict.POSTED

    await on(db, story)


async def test_a_repeat_is_held_to_each_of_its_words(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        ledger.post_all(tx, [pay(1, 5), hold(2, 10), hold(3, 10)], now_ms=NOW)
        ledger.post(tx, Order.resolving(id_of(4), Kind.POST, id_of(2)), now_ms=NOW)
        others = [
            replace(pay(1, 5), credit=BANK),
            replace(pay(1, 5), debit=BANK),
            replace(pay(1, 5), asset="USD"),
            replace(pay(1, 5), code=Code.SPLIT),
            replace(pay(1, 5), group_id=b"x"),
            hold(1, 5),
            hold(2, 10, NOW + 1),
            Order.resolving(id_of(4), Kind.VOID, id_of(2)),
            Order.resolving(id_of(4), Kind.POST, id_of(3)),
            Order.resolving(id_of(4), Kind.POST, id_of(2), 9),
            Order.resolving(id_of(4), Kind.POST, id_of(99)),
        ]
        assert [ledger.post(tx, other, now_ms=NOW) for other in others] == [Verdict.EXISTS_DIFFERENT] * len(others)
        same = [pay(1, 5), hold(2, 10), *(Order.resolving(id_of(4), Kind.POST, id_of(2), amount) for amount in (0, 10))]
        assert [ledger.post(tx, one, now_ms=NOW) for one in same] == [Verdict.EXISTS] * len(same)

    await on(db, story)


async def test_what_is_held_is_resolved_once_also_within_a_batch(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        ledger.post(tx, hold(1, 10), now_ms=NOW)
        accept, back = (Order.resolving(id_of(n), kind, id_of(1)) for n, kind in ((2, Kind.POST), (3, Kind.VOID)))
        assert ledger.post_all(tx, [accept, back], now_ms=NOW) == [Verdict.POSTED, Verdict.PENDING_DONE]
        orders = [hold(4, 10), replace(accept, id=id_of(5), pending_id=id_of(4))]
        orders.append(replace(back, id=id_of(6), pending_id=id_of(4)))
        assert ledger.post_all(tx, orders, now_ms=NOW) == [Verdict.POSTED, Verdict.POSTED, Verdict.PENDING_DONE]
        assert amounts(tx, MEI) == (20, 20)
        assert ledger.open_pending(tx) == {}

    await on(db, story)


async def test_a_batch_may_resolve_what_lies_between_different_accounts(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        ledger.post(tx, pay(1, 100), now_ms=NOW)
        back = replace(hold(3, 30), debit=MEI, credit=BANK)
        ledger.post_all(tx, [hold(2, 20), back], now_ms=NOW)
        orders = [Order.resolving(id_of(10 + n), Kind.POST, id_of(n)) for n in (2, 3)]
        assert ledger.post_all(tx, orders, now_ms=NOW) == [Verdict.POSTED, Verdict.POSTED]
        assert (amounts(tx, LAN), amounts(tx, MEI), amounts(tx, BANK)[0]) == ((880, 880), (90, 90), -970)

    await on(db, story)


@pytest.mark.parametrize("statement", ["UPDATE transfer SET amount = 1", "DELETE FROM transfer"])
async def test_the_database_itself_refuses_to_change_what_happened(db: Database, statement: str) -> None:
    await on(db, seed)
    with pytest.raises((apsw.Error, psycopg.Error), match="immutable"):
        await db.write(lambda tx: tx.execute(statement))


async def test_the_database_itself_refuses_an_overdraft(db: Database) -> None:
    await on(db, seed)
    with pytest.raises((apsw.Error, psycopg.Error)):
        await db.write(lambda tx: tx.execute("UPDATE ledger_account SET debits_posted = 1001 WHERE owner = 1"))
