"""What the ledger does with orders, on both engines [LE1]-[LE5]."""

from collections.abc import Callable
from typing import TypeVar

import apsw
import psycopg
import pytest

from hongyan.foundation.db import Database, Tx
from hongyan.wallet import ledger
from hongyan.wallet.ledger import Code, Holder, Kind, LedgerId, Order, Resolution, TransferId, Verdict, derived

T = TypeVar("T")
NOW = 1_000_000
DAY = 86_400_000
YAN = "YAN"
BANK, LAN, MEI = (LedgerId(name.ljust(16, b".")) for name in (b"bank", b"lan", b"mei"))


def id_of(n: int) -> TransferId:
    return TransferId(n.to_bytes(16, "big"))


def seed(tx: Tx) -> None:
    ledger.open_account(tx, BANK, Holder.ISSUANCE, 0, YAN, no_overdraft=False, now_ms=NOW)
    for who, owner in ((LAN, 1), (MEI, 2)):
        ledger.open_account(tx, who, Holder.PURSE, owner, YAN, no_overdraft=True, now_ms=NOW)
    order = Order.single(id_of(0), debit=BANK, credit=LAN, amount=1_000, asset=YAN, code=Code.ISSUE)
    assert ledger.post(tx, order, now_ms=NOW) is Verdict.POSTED


def pay(n: int, amount: int, debit: LedgerId = LAN, credit: LedgerId = MEI, asset: str = YAN) -> Order:
    return Order.single(id_of(n), debit=debit, credit=credit, amount=amount, asset=asset, code=Code.TRANSFER)


def hold(n: int, amount: int, until_ms: int = NOW + DAY) -> Order:
    return Order.pending(
        id_of(n), debit=LAN, credit=MEI, amount=amount, asset=YAN, code=Code.TRANSFER, expires_at_ms=until_ms
    )


def amounts(tx: Tx, who: LedgerId) -> tuple[int, int]:
    found = ledger.account(tx, who)
    assert found is not None
    return found.balance, found.available


async def on(db: Database, fn: Callable[[Tx], T]) -> T:
    return await db.write(fn)


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


@pytest.mark.parametrize("statement", ["UPDATE transfer SET amount = 1", "DELETE FROM transfer"])
async def test_the_database_itself_refuses_to_change_what_happened(db: Database, statement: str) -> None:
    await on(db, seed)
    with pytest.raises((apsw.Error, psycopg.Error), match="immutable"):
        await db.write(lambda tx: tx.execute(statement))


async def test_the_database_itself_refuses_an_overdraft(db: Database) -> None:
    await on(db, seed)
    with pytest.raises((apsw.Error, psycopg.Error)):
        await db.write(lambda tx: tx.execute("UPDATE ledger_account SET debits_posted = 1001 WHERE owner = 1"))
