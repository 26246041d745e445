"""Any history of orders, repeats, batches, undone transactions, freezes and clocks that jump, beside the model."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import ClassVar

import apsw
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.wallet.ledger.model import Model

from hongyan.foundation.db import Tx, migrations_of
from hongyan.foundation.db.schema import in_sqlite
from hongyan.foundation.db.sqlite import SqliteTx
from hongyan.wallet import ledger
from hongyan.wallet.audit import verify
from hongyan.wallet.ledger import Code, Holder, Kind, LedgerId, Order, TransferId, derived

YAN = "YAN"
BANK, LAN, MEI, BO, OTHER, NOBODY = (
    LedgerId(name.ljust(16, b".")) for name in (b"bank", b"lan", b"mei", b"bo", b"other", b"nobody")
)
PURSES = (LAN, MEI, BO)
DAY_MS = 1_000

sides = st.sampled_from((LAN, MEI, BO, LAN, MEI, BO, BANK, OTHER, NOBODY))
amounts = st.one_of(st.integers(1, 60), st.integers(1, 60), st.sampled_from((-1, 0, 1, 2**53 - 1, 2**53)))
ends = st.sampled_from((Kind.POST, Kind.VOID, Kind.EXPIRE))
places = st.integers(0, 2**16)
payments = st.lists(st.tuples(st.sampled_from(PURSES), st.sampled_from(PURSES), st.integers(1, 60)), min_size=1)


def in_memory() -> tuple[Tx, Callable[[], None]]:
    connection = apsw.Connection(":memory:")
    tx = SqliteTx(connection)
    for statement in migrations_of("hongyan.wallet")[0].statements:
        for one in in_sqlite(statement):
            tx.execute(one)
    tx.execute("BEGIN")
    return tx, connection.close


class Histories(RuleBasedStateMachine):
    """Each step asks the ledger and the model the same, and both must answer and stand the same."""

    opened: ClassVar[Callable[[], tuple[Tx, Callable[[], None]]]] = staticmethod(in_memory)

    def __init__(self) -> None:
        super().__init__()
        self.tx, self.end = type(self).opened()
        self.model = Model({BANK: YAN, LAN: YAN, MEI: YAN, BO: YAN, OTHER: "SHU"}, {*PURSES, OTHER})
        self.now_ms = 1_000_000
        self.orders: list[Order] = []

    @initialize(money=st.integers(20, 100))
    def begin(self, money: int) -> None:
        for who, asset in self.model.assets.items():
            guarded = who in self.model.guarded
            holder = Holder.PURSE if guarded else Holder.ISSUANCE
            ledger.open_account(self.tx, who, holder, 1, asset, no_overdraft=guarded, now_ms=self.now_ms)
        for who in PURSES:
            self.ask(self.single(BANK, who, money))

    def id(self) -> TransferId:
        return TransferId(len(self.orders).to_bytes(16, "big"))

    def single(self, debit: LedgerId, credit: LedgerId, amount: int) -> Order:
        return Order.single(self.id(), debit=debit, credit=credit, amount=amount, asset=YAN, code=Code.TRANSFER)

    def pending(self, debit: LedgerId, credit: LedgerId, amount: int, wait_ms: int) -> Order:
        until_ms = self.now_ms + wait_ms
        return Order.pending(
            self.id(), debit=debit, credit=credit, amount=amount, asset=YAN, code=Code.PACKET, expires_at_ms=until_ms
        )

    def resolving(self, kind: Kind, place: int, amount: int) -> Order:
        """Of one that is held more often than of any other."""
        among = list(self.model.held) if place % 8 else [one.id for one in self.orders]
        pending_id = among[place // 8 % len(among)] if among else self.id()
        return Order.resolving(self.id(), kind, pending_id, amount)

    def ask(self, *orders: Order) -> None:
        expected = [self.model.take(order, self.now_ms) for order in orders]
        answered = (
            ledger.post_all(self.tx, orders, now_ms=self.now_ms)
            if len(orders) > 1
            else [ledger.post(self.tx, orders[0], now_ms=self.now_ms)]
        )
        assert answered == expected
        self.orders += orders

    @rule(debit=sides, credit=sides, amount=amounts)
    def pay(self, debit: LedgerId, credit: LedgerId, amount: int) -> None:
        self.ask(self.single(debit, credit, amount))

    @rule(debit=sides, credit=sides, amount=amounts, wait_ms=st.integers(1, 3 * DAY_MS))
    def hold(self, debit: LedgerId, credit: LedgerId, amount: int, wait_ms: int) -> None:
        self.ask(self.pending(debit, credit, amount, wait_ms))

    @rule(kind=ends, place=places, amount=st.one_of(st.just(0), amounts))
    def resolve(self, kind: Kind, place: int, amount: int) -> None:
        self.ask(self.resolving(kind, place, amount if kind is Kind.POST or place % 5 == 0 else 0))

    @rule(place=places)
    def accept_at_once(self, place: int) -> None:
        """A hold and its end in one batch, and both again."""
        held = self.pending(PURSES[place % 3], PURSES[(place + 1) % 3], place % 9 + 1, DAY_MS)
        self.orders.append(held)
        end = Order.resolving(self.id(), Kind.POST, held.id, place % 4)
        self.orders.pop()
        self.ask(held, end, held, end)

    @rule(
        payments=st.lists(st.tuples(st.sampled_from(PURSES), st.sampled_from(PURSES), st.integers(1, 60)), min_size=2)
    )
    def batch(self, payments: list[tuple[LedgerId, LedgerId, int]]) -> None:
        orders: list[Order] = []
        for debit, credit, amount in payments:
            id = TransferId((len(self.orders) + len(orders)).to_bytes(16, "big"))
            orders.append(dataclasses.replace(self.single(debit, credit, amount), id=id))
        self.ask(*orders, orders[0])

    @rule(place=places)
    def repeat(self, place: int) -> None:
        self.ask(self.orders[place % len(self.orders)])

    @rule(place=places, what=st.sampled_from(("amount", "credit", "debit", "code", "group_id", "kind")))
    def repeat_otherwise(self, place: int, what: str) -> None:
        before = self.orders[place % len(self.orders)]
        kind = Kind.VOID if before.kind is Kind.POST else Kind.POST if before.pending_id else before.kind
        other: dict[str, object] = {
            "amount": before.amount + 1,
            "credit": BO,
            "debit": MEI,
            "code": Code.SPLIT,
            "group_id": b"other",
            "kind": kind,
        }
        if before.pending_id is None or what in ("amount", "kind"):
            self.ask(dataclasses.replace(before, **{what: other[what]}))  # type: ignore[arg-type]

    @rule(debit=st.sampled_from(PURSES), credit=st.sampled_from(PURSES), amount=st.integers(1, 9))
    def undone(self, debit: LedgerId, credit: LedgerId, amount: int) -> None:
        """The transaction of a payment fails afterwards: it never was."""
        self.tx.execute("SAVEPOINT act")
        ledger.post(self.tx, self.single(debit, credit, amount), now_ms=self.now_ms + 1)
        self.tx.execute("ROLLBACK TO act")
        self.tx.execute("RELEASE act")

    @rule(who=st.sampled_from(PURSES), frozen=st.booleans())
    def freeze(self, who: LedgerId, frozen: bool) -> None:
        ledger.freeze(self.tx, who, frozen=frozen)
        self.model.frozen = self.model.frozen | {who} if frozen else self.model.frozen - {who}

    @precondition(lambda self: len(self.model.closed) < 1)
    @rule(who=st.sampled_from(PURSES), empties=st.booleans())
    def close(self, who: LedgerId, empties: bool) -> None:
        if empties and self.model.balance(who) > self.model.holds(who):
            self.ask(self.single(who, BANK, self.model.balance(who) - self.model.holds(who)))
        is_empty = not (self.model.balance(who) or self.model.holds(who) or self.model.holds(who, incoming=True))
        assert ledger.close(self.tx, who) is is_empty
        if is_empty:
            self.model.closed.add(who)

    @rule(by_ms=st.integers(-2 * DAY_MS, 3 * DAY_MS))
    def clock_jumps(self, by_ms: int) -> None:
        self.now_ms += by_ms

    @precondition(lambda self: self.model.held)
    @rule(place=places, kind=ends)
    def at_the_last_moment(self, place: int, kind: Kind) -> None:
        held = list(self.model.held.values())[place % len(self.model.held)].order
        assert held.expires_at_ms is not None
        self.now_ms = held.expires_at_ms
        self.ask(Order.resolving(self.id(), kind, held.id))

    @rule()
    def sweep(self) -> None:
        """The job that lets go of what is held too long."""
        due = [id for id, one in self.model.held.items() if one.state == "open" and self.is_due(one.order)]
        for id in due:
            order = Order.resolving(derived(id, b"expire"), Kind.EXPIRE, id)
            self.model.take(order, self.now_ms)
        assert {one.id for one in ledger.expire_due(self.tx, now_ms=self.now_ms, limit=100)} == set(due)

    def is_due(self, order: Order) -> bool:
        assert order.expires_at_ms is not None
        return order.expires_at_ms <= self.now_ms

    @invariant()
    def money_is_where_the_model_has_it(self) -> None:
        """[LE1]: nothing is made or lost; [LE2]: nobody guarded is below nothing."""
        total = 0
        for who in self.model.assets:
            if (one := ledger.account(self.tx, who)) is None:
                continue
            held = self.model.holds(who), self.model.holds(who, incoming=True)
            assert (one.balance, one.debits_pending, one.credits_pending) == (self.model.balance(who), *held)
            assert not one.no_overdraft or one.available >= 0
            total += one.balance
        assert total == 0

    def teardown(self) -> None:
        try:
            assert verify(self.tx).findings == []
        finally:
            self.end()
