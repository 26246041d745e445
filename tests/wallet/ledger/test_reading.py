"""What can be read of the ledger, and what becomes of accounts and of what is held, on both engines [LE1]-[LE3]."""

from dataclasses import replace
from typing import Any

from tests.wallet.ledger.orders import BANK, DAY, LAN, MEI, NOW, YAN, hold, id_of, on, pay, seed

from hongyan.foundation.db import Database, Tx
from hongyan.wallet import ledger
from hongyan.wallet.ledger import Code, Head, Holder, Kind, LedgerAccount, LedgerId, Order, Resolution, derived
from hongyan.wallet.ledger.model import ENTRIES_MAX


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
        assert [line.original for line in ledger.entries(tx, LAN)] == [-3, 2, -50, -40, -30, -20, -10, 1_000]
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
