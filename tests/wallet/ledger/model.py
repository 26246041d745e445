"""A hundred lines that say what the ledger is, in plain lists and sums, by nobody's code but their own."""

from __future__ import annotations

from dataclasses import dataclass, field

from hongyan.wallet.ledger import Kind, LedgerId, Order, TransferId, Verdict

V = Verdict
LARGEST = 9_007_199_254_740_991
Move = tuple[LedgerId, LedgerId, int]


@dataclass
class Held:
    order: Order
    state: str = "open"


@dataclass
class Model:
    """`guarded`: accounts that may not go below nothing; `assets`: of which currency an account is."""

    assets: dict[LedgerId, str]
    guarded: set[LedgerId]
    moves: list[Move] = field(default_factory=list)
    asked: dict[TransferId, Order] = field(default_factory=dict)
    held: dict[TransferId, Held] = field(default_factory=dict)
    frozen: set[LedgerId] = field(default_factory=set)
    closed: set[LedgerId] = field(default_factory=set)
    latest_ms: int = 0

    def balance(self, who: LedgerId) -> int:
        return sum(amount * ((to == who) - (of == who)) for of, to, amount in self.moves)

    def holds(self, who: LedgerId, *, incoming: bool = False) -> int:
        pending = [one.order for one in self.held.values() if one.state == "open"]
        return sum(one.amount for one in pending if (one.credit if incoming else one.debit) == who)

    def take(self, order: Order, now_ms: int) -> Verdict:
        verdict = self.judge(order, max(now_ms, self.latest_ms))
        if verdict is V.POSTED:
            self.latest_ms = max(now_ms, self.latest_ms)
            self.asked[order.id] = order
            self.carry_out(order)
        return verdict

    def judge(self, order: Order, now_ms: int) -> Verdict:
        if (before := self.asked.get(order.id)) is not None:
            return V.EXISTS if self.whole(before) == self.whole(order) else V.EXISTS_DIFFERENT
        if order.kind in (Kind.SINGLE, Kind.PENDING):
            return self.judge_move(order)
        return self.judge_end(order, now_ms)

    def whole(self, order: Order) -> object:
        """What was asked for: to post "all" is to post exactly what is held."""
        held = None if order.pending_id is None else self.held.get(order.pending_id)
        if order.kind in (Kind.SINGLE, Kind.PENDING):
            return order
        return order.kind, order.pending_id, order.amount or (held.order.amount if held else 0)

    def judge_move(self, order: Order) -> Verdict:
        both = {order.debit, order.credit}
        if not 1 <= order.amount <= LARGEST:
            return V.AMOUNT_INVALID
        if len(both) == 1:
            return V.SAME_ACCOUNT
        if not both <= self.assets.keys():
            return V.ACCOUNT_UNKNOWN
        if {self.assets[one] for one in both} != {order.asset}:
            return V.ASSET_DIFFERS
        if both & self.closed:
            return V.CLOSED
        if both & self.frozen:
            return V.FROZEN
        left = self.balance(order.debit) - self.holds(order.debit)
        return V.INSUFFICIENT if order.debit in self.guarded and left < order.amount else V.POSTED

    def judge_end(self, order: Order, now_ms: int) -> Verdict:
        if not 0 <= order.amount <= LARGEST or (order.amount and order.kind is not Kind.POST):
            return V.AMOUNT_INVALID
        one = None if order.pending_id is None else self.held.get(order.pending_id)
        if one is None:
            return V.PENDING_UNKNOWN
        if one.state != "open":
            return V.PENDING_DONE
        assert one.order.expires_at_ms is not None
        is_over = one.order.expires_at_ms <= now_ms
        if order.kind is Kind.EXPIRE:
            return V.POSTED if is_over else V.PENDING_NOT_EXPIRED
        if is_over:
            return V.PENDING_EXPIRED
        if order.kind is Kind.VOID:
            return V.POSTED
        if order.amount > one.order.amount:
            return V.EXCEEDS_PENDING
        both = {one.order.debit, one.order.credit}
        return V.CLOSED if both & self.closed else V.FROZEN if both & self.frozen else V.POSTED

    def carry_out(self, order: Order) -> None:
        if order.kind is Kind.SINGLE:
            self.moves.append((order.debit, order.credit, order.amount))
        elif order.kind is Kind.PENDING:
            self.held[order.id] = Held(order)
        else:
            assert order.pending_id is not None
            one = self.held[order.pending_id]
            one.state = order.kind.name.lower()
            if order.kind is Kind.POST:
                self.moves.append((one.order.debit, one.order.credit, order.amount or one.order.amount))
