"""The shapes that purses speak over HTTP."""

from hongyan.foundation.http import Answer


class OtherAnswer(Answer, frozen=True):
    account_id: int
    name: str


class EntryAnswer(Answer, frozen=True):
    """Sums are signed, negative for what went out; `original_minor`: what was held before it was given back.

    `other`: a person, or a shop with its owner's number; null for escrow, issuance and who has left.
    """

    seq: int
    id: str
    at_ms: int
    code: str
    amount_minor: str
    original_minor: str
    state: str
    other: OtherAnswer | None
    group_id: str


class KindAnswer(Answer, frozen=True):
    """What came and went of one kind in the month, whatever kinds were asked for."""

    code: str
    in_minor: str
    out_minor: str


class BillAnswer(Answer, frozen=True):
    """A page of a month, newest first, and the sums of all of it."""

    entries: list[EntryAnswer]
    more: bool
    in_minor: str
    out_minor: str
    kinds: list[KindAnswer]
