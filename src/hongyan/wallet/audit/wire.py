"""The shapes that the books speak over HTTP. Bytes are hexadecimal, amounts strings of digits."""

from hongyan.foundation.http import Answer


class TotalAnswer(Answer, frozen=True):
    """Of a kind of account: `balance_minor` is negative where money comes from."""

    holder: str
    asset: str
    accounts: int
    balance_minor: str
    held_minor: str


class CheckpointAnswer(Answer, frozen=True):
    size: int
    root: str
    at_ms: int
    key: str
    signature: str


class BooksAnswer(Answer, frozen=True):
    """`consistency` is null unless a known size was given; `checkpoint` until something was signed."""

    transfers: int
    totals: list[TotalAnswer]
    checkpoint: CheckpointAnswer | None
    consistency: list[str] | None


class IncludedAnswer(Answer, frozen=True):
    """Every field that the hash covers, the hash before it, and the audit path."""

    seq: int
    id: str
    kind: int
    debit: str
    credit: str
    amount_minor: str
    asset: str
    code: int
    group_id: str
    pending_id: str | None
    expires_at_ms: int | None
    at_ms: int
    before: str
    hash: str
    path: list[str]


class ProofAnswer(Answer, frozen=True):
    checkpoint: CheckpointAnswer
    consistency: list[str] | None
    transfers: list[IncludedAnswer]
