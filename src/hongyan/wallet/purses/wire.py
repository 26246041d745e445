"""The shapes that purses speak over HTTP."""

from typing import Literal

from hongyan.foundation.http import Answer


class AssetAnswer(Answer, frozen=True):
    code: str
    name: str
    symbol: str
    exponent: int


class LimitAnswer(Answer, frozen=True):
    """Minor units; null: no limit. `next_minor` holds from `next_at_ms` on, which is null when nothing changes."""

    limit_minor: str | None
    spent_minor: str
    next_minor: str | None
    next_at_ms: int | None


class LimitsAnswer(Answer, frozen=True):
    day: LimitAnswer
    month: LimitAnswer


class WalletAnswer(Answer, frozen=True):
    """`asset` and `limits` are null until the wallet is open."""

    open: bool
    asset: AssetAnswer | None
    balance_minor: str
    available_minor: str
    frozen: bool
    has_pin: bool
    pin_tries_left: int
    locked_until_ms: int | None
    pin_reset_at_ms: int | None
    passkeys_allowed: bool
    is_treasurer: bool
    limits: LimitsAnswer | None


class OtherAnswer(Answer, frozen=True):
    account_id: int
    name: str


class EntryAnswer(Answer, frozen=True):
    """`amount_minor` is signed, negative for what went out; `other` is null for escrow, issuance and who has left."""

    seq: int
    id: str
    at_ms: int
    code: str
    amount_minor: str
    state: Literal["done", "open", "posted", "voided", "expired"]
    other: OtherAnswer | None
    group_id: str


class BillAnswer(Answer, frozen=True):
    """A page of a month, newest first, and the sums of all of it."""

    entries: list[EntryAnswer]
    more: bool
    in_minor: str
    out_minor: str
