"""What the ledger keeps: accounts, transfers, and what may be answered to an order [LE1]-[LE6]."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import NewType

LedgerId = NewType("LedgerId", bytes)
TransferId = NewType("TransferId", bytes)

ID_BYTES = 16
AMOUNT_MAX = 2**53 - 1
# Sums stay far from where 64 bits end, whatever is added to them next.
TOTAL_MAX = 2**62
GROUP_BYTES_MAX = 32
ENTRIES_MAX = 200
NO_HASH = bytes(32)


class Holder(IntEnum):
    """Whose money an account of the ledger stands for."""

    PURSE = 1
    ESCROW = 2
    ISSUANCE = 3
    CASH = 4
    SHOP = 5


class Code(IntEnum):
    """What a transfer was for."""

    ISSUE = 1
    PAYOUT = 2
    TRANSFER = 3
    PACKET = 4
    PACKET_SHARE = 5
    PACKET_BACK = 6
    PAY_CODE = 7
    RECEIVE_CODE = 8
    SPLIT = 9
    REQUEST = 10
    ORDER = 11
    ORDER_REFUND = 12
    CORRECTION = 13
    TOP_UP = 14


class Kind(IntEnum):
    SINGLE = 1
    PENDING = 2
    POST = 3
    VOID = 4
    EXPIRE = 5


class Verdict(Enum):
    """The answer to an order; refusals stand in the order in which they are checked."""

    POSTED = "posted"
    EXISTS = "exists"
    EXISTS_DIFFERENT = "exists_different"
    AMOUNT_INVALID = "amount_invalid"
    PENDING_UNKNOWN = "pending_unknown"
    PENDING_DONE = "pending_done"
    PENDING_EXPIRED = "pending_expired"
    PENDING_NOT_EXPIRED = "pending_not_expired"
    EXCEEDS_PENDING = "exceeds_pending"
    SAME_ACCOUNT = "same_account"
    ACCOUNT_UNKNOWN = "account_unknown"
    ASSET_DIFFERS = "asset_differs"
    CLOSED = "closed"
    FROZEN = "frozen"
    OVERFLOW = "overflow"
    INSUFFICIENT = "insufficient"

    @property
    def is_done(self) -> bool:
        return self is Verdict.POSTED or self is Verdict.EXISTS


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of the ledger. `group_id` ties together the transfers of one act.

    POST, VOID and EXPIRE resolve the pending transfer `pending_id` and take debit, credit, asset and code from it;
    `amount` of a POST may be less than what is pending, and 0 stands for all of it.
    """

    id: TransferId
    kind: Kind
    debit: LedgerId
    credit: LedgerId
    amount: int
    asset: str
    code: Code
    group_id: bytes = b""
    pending_id: TransferId | None = None
    expires_at_ms: int | None = None

    @staticmethod
    def single(
        id: TransferId,
        *,
        debit: LedgerId,
        credit: LedgerId,
        amount: int,
        asset: str,
        code: Code,
        group_id: bytes = b"",
    ) -> Order:
        """Move `amount` minor units at once."""
        return Order(id, Kind.SINGLE, debit, credit, amount, asset, code, group_id)

    @staticmethod
    def pending(
        id: TransferId,
        *,
        debit: LedgerId,
        credit: LedgerId,
        amount: int,
        asset: str,
        code: Code,
        expires_at_ms: int,
        group_id: bytes = b"",
    ) -> Order:
        """Hold `amount` until it is posted, voided, or that moment has come."""
        return Order(id, Kind.PENDING, debit, credit, amount, asset, code, group_id, None, expires_at_ms)

    @staticmethod
    def resolving(id: TransferId, kind: Kind, pending_id: TransferId, amount: int = 0) -> Order:
        """Post, void or expire what is pending."""
        nobody = LedgerId(b"")
        return Order(id, kind, nobody, nobody, amount, "", Code.CORRECTION, b"", pending_id)


@dataclass(slots=True)
class LedgerAccount:
    """Amounts in minor units of `asset`; a credit brings money in."""

    id: LedgerId
    holder: Holder
    owner: int
    asset: str
    no_overdraft: bool
    frozen: bool
    closed: bool
    debits_pending: int
    credits_pending: int
    debits_posted: int
    credits_posted: int

    @property
    def balance(self) -> int:
        return self.credits_posted - self.debits_posted

    @property
    def available(self) -> int:
        """What may still be spent: the balance without what is held."""
        return self.credits_posted - self.debits_posted - self.debits_pending


@dataclass(frozen=True, slots=True)
class Transfer:
    """What happened; `seq` counts from 1 without gaps."""

    seq: int
    id: TransferId
    kind: Kind
    debit: LedgerId
    credit: LedgerId
    amount: int
    asset: str
    code: Code
    group_id: bytes
    pending_id: TransferId | None
    expires_at_ms: int | None
    at_ms: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest transfer; `seq` 0 when there is none."""

    seq: int
    hash: bytes
    at_ms: int


class Resolution(Enum):
    """How a pending transfer stands."""

    OPEN = "open"
    POSTED = "posted"
    VOIDED = "voided"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of an account's statement. Sums are negative for what went out; `original`: before any was given back."""

    transfer: Transfer
    amount: int
    original: int
    other: LedgerAccount | None
    resolution: Resolution | None


def derived(id: bytes, purpose: bytes) -> TransferId:
    """The id of what follows from an act by itself: the same whenever it is tried again."""
    return TransferId(hashlib.sha256(b"hongyan transfer v1\0" + purpose + b"\0" + id).digest()[:ID_BYTES])
