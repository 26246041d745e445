"""Where the ledger's rules and hashes end, without a database [LE3] [LE4]."""

from dataclasses import replace
from typing import Any

import pytest
from tests.wallet.ledger.orders import BANK, DAY, LAN, MEI, NOW, YAN, id_of, pay

from hongyan.wallet.ledger import (
    Code,
    Holder,
    Kind,
    LedgerAccount,
    Order,
    Transfer,
    Verdict,
    expected_hash,
    rules,
)
from hongyan.wallet.ledger.model import TOTAL_MAX


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
