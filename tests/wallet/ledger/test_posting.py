"""What the ledger does with orders, on both engines [LE1]-[LE5]."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import apsw
import psycopg
import pytest

from hongyan.foundation.db import Database, Tx
from hongyan.wallet import ledger
from hongyan.wallet.ledger import (
    Code,
    Head,
    Holder,
    Kind,
    LedgerAccount,
    LedgerId,
    Order,
    Resolution,
    Transfer,
    TransferId,
    Verdict,
    derived,
    expected_hash,
    rules,
)
from hongyan.wallet.ledger.model import ENTRIES_MAX, TOTAL_MAX

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


async def test_a_statement_says_what_came_of_each_transfer_and_whose_the_other_side_is(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        ledger.post_all(tx, [hold(n, 10 * n) for n in range(1, 5)], now_ms=NOW + 1)
        part, none = Order.resolving(id_of(11), Kind.POST, id_of(1), 7), Order.resolving(id_of(12), Kind.VOID, id_of(2))
        ledger.post_all(tx, [part, none], now_ms=NOW + 2)
        ledger.post(tx, hold(5, 50, NOW + 4), now_ms=NOW + 3)
        assert [one.id for one in ledger.expire_due(tx, now_ms=NOW + 4, limit=9)] == [id_of(5)]
        ledger.post(tx, pay(6, 2, MEI, LAN), now_ms=NOW + 5)
        ledger.post(tx, pay(7, 3), now_ms=NOW + 6)
        lines = [
            (line.transfer.id, line.amount, None if line.other is None else line.other.owner, line.resolution)
            for line in ledger.entries(tx, LAN)
        ]
        assert lines == [
            (id_of(7), -3, 2, None),
            (id_of(6), 2, 2, None),
            (id_of(5), 0, 2, Resolution.EXPIRED),
            (id_of(4), -40, 2, Resolution.OPEN),
            (id_of(3), -30, 2, Resolution.OPEN),
            (id_of(2), 0, 2, Resolution.VOIDED),
            (id_of(1), -7, 2, Resolution.POSTED),
            (id_of(0), 1_000, 0, None),
        ]
        theirs = [(line.amount, None if line.other is None else line.other.owner) for line in ledger.entries(tx, MEI)]
        assert theirs == [(3, 1), (-2, 1), (0, 1), (40, 1), (30, 1), (0, 1), (7, 1)]
        assert ledger.resolving_transfer(tx, id_of(4)) is None
        ended = ledger.resolving_transfer(tx, id_of(1))
        assert ended is not None and (ended.id, ended.amount) == (id_of(11), 7)
        assert [ledger.resolution(tx, id_of(n)) for n in (1, 2, 4, 5, 6, 99)] == [
            Resolution.POSTED,
            Resolution.VOIDED,
            Resolution.OPEN,
            Resolution.EXPIRED,
            None,
            None,
        ]
        assert ledger.open_pending(tx) == {id_of(3): NOW + DAY, id_of(4): NOW + DAY}

    await on(db, story)


async def test_a_statement_is_of_a_time_of_a_kind_and_a_page(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        for n in range(1, 6):
            ledger.post(tx, pay(n, n), now_ms=NOW + n)
        split = replace(pay(6, 6), code=Code.SPLIT)
        ledger.post(tx, split, now_ms=NOW + 6)

        def amounts_of(**wanted: Any) -> list[int]:
            return [-line.amount for line in ledger.entries(tx, LAN, **wanted)]

        assert amounts_of() == [6, 5, 4, 3, 2, 1, -1_000]
        assert amounts_of(from_ms=NOW + 2, until_ms=NOW + 4) == [3, 2]
        assert amounts_of(codes=[Code.SPLIT]) == [6]
        assert [line.other.owner for line in ledger.entries(tx, LAN, codes=[Code.SPLIT]) if line.other] == [2]
        assert amounts_of(codes=[Code.SPLIT, Code.ISSUE]) == [6, -1_000]
        assert amounts_of(limit=2) == [6, 5]
        assert amounts_of(before_seq=4) == [2, 1, -1_000]
        orders = [pay(100 + n, 1) for n in range(ENTRIES_MAX)]
        ledger.post_all(tx, orders, now_ms=NOW + 7)
        assert len(amounts_of()) == len(amounts_of(limit=ENTRIES_MAX + 1)) == ENTRIES_MAX

    await on(db, story)


async def test_what_happened_at_the_first_moment_is_in_the_statement(db: Database) -> None:
    def story(tx: Tx) -> None:
        ledger.open_account(tx, BANK, Holder.ISSUANCE, 0, YAN, no_overdraft=False, now_ms=0)
        ledger.open_account(tx, LAN, Holder.PURSE, 1, YAN, no_overdraft=True, now_ms=0)
        ledger.post(tx, pay(1, 5, BANK, LAN), now_ms=0)
        assert [line.amount for line in ledger.entries(tx, LAN)] == [5]

    await on(db, story)


async def test_all_of_it_can_be_read_in_order_and_in_pieces(db: Database) -> None:
    def story(tx: Tx) -> None:
        assert ledger.head(tx) == Head(0, ledger.NO_HASH, 0)
        seed(tx)
        ledger.post_all(tx, [pay(n, n) for n in range(1, 5)], now_ms=NOW + 1)
        assert [one.seq for one in ledger.transfers_after(tx, 0, limit=3)] == [1, 2, 3]
        rest = ledger.transfers_after(tx, 3, limit=9)
        assert [one.seq for one in rest] == [4, 5]
        assert ledger.head(tx) == Head(5, rest[-1].hash, NOW + 1)
        assert [one.id for one in ledger.accounts_after(tx, b"", limit=2)] == [BANK, LAN]
        assert [one.id for one in ledger.accounts_after(tx, LAN, limit=2)] == [MEI]
        assert sorted(ledger.accounts(tx, [LAN, LedgerId(bytes(16))])) == [LAN]

    await on(db, story)


async def test_what_is_held_is_let_go_in_the_order_of_its_last_moments(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        ledger.post_all(tx, [hold(1, 1, NOW + 9), hold(2, 1, NOW + 7), hold(3, 1, NOW + 8)], now_ms=NOW)
        assert ledger.expire_due(tx, now_ms=NOW + 6, limit=9) == []
        first = ledger.expire_due(tx, now_ms=NOW + 9, limit=2)
        assert {one.id for one in first} == {id_of(2), id_of(3)}
        ended = ledger.resolving_transfer(tx, id_of(2))
        assert ended is not None and (ended.id, ended.kind) == (derived(id_of(2), b"expire"), Kind.EXPIRE)
        assert ledger.open_pending(tx) == {id_of(1): NOW + 9}

    await on(db, story)


async def test_an_account_is_closed_only_when_nothing_is_on_it(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        assert ledger.close(tx, LedgerId(bytes(16)))
        assert not ledger.close(tx, LAN)
        ledger.post(tx, pay(1, 999), now_ms=NOW)
        ledger.post(tx, pay(2, 999, MEI, BANK), now_ms=NOW)
        ledger.post(tx, hold(3, 1), now_ms=NOW)
        assert not ledger.close(tx, MEI), "something is on its way to her"
        ledger.post(tx, Order.resolving(id_of(4), Kind.VOID, id_of(3)), now_ms=NOW)
        assert ledger.close(tx, MEI)
        ledger.post(tx, pay(5, 1, LAN, BANK), now_ms=NOW)
        assert ledger.close(tx, LAN)
        assert [one.closed for one in ledger.accounts_after(tx, b"", limit=9)] == [False, True, True]

    await on(db, story)


async def test_opening_an_account_again_changes_nothing(db: Database) -> None:
    def story(tx: Tx) -> None:
        seed(tx)
        ledger.freeze(tx, LAN, frozen=True)
        ledger.open_account(tx, LAN, Holder.SHOP, 9, "USD", no_overdraft=False, now_ms=NOW + 1)
        found = ledger.account(tx, LAN)
        assert found == LedgerAccount(LAN, Holder.PURSE, 1, YAN, True, True, False, 0, 0, 0, 1_000)
        assert tx.one("SELECT opened_at_ms FROM ledger_account WHERE id = ?", (LAN,)) == (NOW,)

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


def held(**changed: Any) -> LedgerAccount:
    return replace(LedgerAccount(LAN, Holder.PURSE, 1, YAN, True, False, False, 10, 10, 0, 100), **changed)


@pytest.mark.parametrize(
    ("debit", "credit", "verdict"),
    [
        (held(), held(), Verdict.POSTED),
        (None, held(), Verdict.PENDING_UNKNOWN),
        (held(), None, Verdict.PENDING_UNKNOWN),
        (held(closed=True), held(), Verdict.CLOSED),
        (held(), held(closed=True), Verdict.CLOSED),
        (held(frozen=True), held(), Verdict.FROZEN),
        (held(), held(frozen=True), Verdict.FROZEN),
    ],
)
def test_both_sides_must_be_able_to_take_part(
    debit: LedgerAccount | None, credit: LedgerAccount | None, verdict: Verdict
) -> None:
    pending = Transfer(1, id_of(1), Kind.PENDING, LAN, MEI, 10, YAN, Code.TRANSFER, b"", None, NOW + DAY, NOW, b"")
    order = Order.resolving(id_of(2), Kind.POST, id_of(1))
    found = rules.resolving(order, pending, is_open=True, debit=debit, credit=credit, now_ms=NOW)
    assert found is verdict


def full(**amounts: int) -> LedgerAccount:
    """An account that may overdraw."""
    empty = {"debits_pending": 0, "credits_pending": 0, "debits_posted": 0, "credits_posted": 0}
    return LedgerAccount(LAN, Holder.ISSUANCE, 0, YAN, False, False, False, **{**empty, **amounts})


@pytest.mark.parametrize(
    ("debit", "credit", "verdict"),
    [
        (full(debits_posted=TOTAL_MAX - 5), full(), Verdict.POSTED),
        (full(debits_posted=TOTAL_MAX - 4), full(), Verdict.OVERFLOW),
        (full(debits_posted=TOTAL_MAX - 7, debits_pending=2), full(), Verdict.POSTED),
        (full(debits_posted=TOTAL_MAX - 7, debits_pending=3), full(), Verdict.OVERFLOW),
        (full(), full(credits_posted=TOTAL_MAX - 5), Verdict.POSTED),
        (full(), full(credits_posted=TOTAL_MAX - 7, credits_pending=3), Verdict.OVERFLOW),
        (full(credits_posted=TOTAL_MAX), full(debits_posted=TOTAL_MAX), Verdict.POSTED),
    ],
)
def test_no_sum_grows_beyond_what_can_be_counted(debit: LedgerAccount, credit: LedgerAccount, verdict: Verdict) -> None:
    assert rules.moving(pay(1, 5), debit, credit) is verdict


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


def test_a_hash_covers_every_field_and_never_changes() -> None:
    """A chain that exists is verified by it: these bytes are for good."""
    one = Transfer(
        7, id_of(1), Kind.PENDING, LAN, MEI, 300, YAN, Code.TRANSFER, b"act", id_of(9), NOW + DAY, NOW, bytes(32)
    )
    before = bytes(range(32))
    assert expected_hash(before, one).hex() == "d022ec2feac4d24ad8405055eddaf5305cea824db7e437d1da05fd9852fb17ef"
    plain = replace(one, kind=Kind.SINGLE, group_id=b"", pending_id=None, expires_at_ms=None)
    assert expected_hash(before, plain).hex() == "a431cb891dd519c0402b523dbe0a98e392b51a9edd249f9ec7db81528194dcb4"
    others = [
        replace(one, seq=8),
        replace(one, id=id_of(2)),
        replace(one, kind=Kind.POST),
        replace(one, debit=BANK),
        replace(one, credit=BANK),
        replace(one, amount=301),
        replace(one, asset="YAM"),
        replace(one, asset="YA", group_id=b"Nact"),
        replace(one, code=Code.SPLIT),
        replace(one, group_id=b"acu"),
        replace(one, pending_id=None),
        replace(one, expires_at_ms=None),
        replace(one, at_ms=NOW + 1),
    ]
    hashes = {expected_hash(before, other) for other in [one, *others]} | {expected_hash(bytes(32), one)}
    assert len(hashes) == len(others) + 2
    assert expected_hash(before, replace(one, hash=before)) == expected_hash(before, one)


@pytest.mark.parametrize("statement", ["UPDATE transfer SET amount = 1", "DELETE FROM transfer"])
async def test_the_database_itself_refuses_to_change_what_happened(db: Database, statement: str) -> None:
    await on(db, seed)
    with pytest.raises((apsw.Error, psycopg.Error), match="immutable"):
        await db.write(lambda tx: tx.execute(statement))


async def test_the_database_itself_refuses_an_overdraft(db: Database) -> None:
    await on(db, seed)
    with pytest.raises((apsw.Error, psycopg.Error)):
        await db.write(lambda tx: tx.execute("UPDATE ledger_account SET debits_posted = 1001 WHERE owner = 1"))
