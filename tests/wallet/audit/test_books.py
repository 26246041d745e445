"""Checkpoints, proofs, and what a check of the whole ledger finds [LE6]-[LE8]."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.wallet.audit import golden
from tests.wallet.ledger.orders import DAY, LAN, MEI, NOW, hold, id_of, pay, seed

from hongyan.foundation.clock import ManualClock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId
from hongyan.wallet import ledger
from hongyan.wallet.audit import Audit, Checkpoint, verify
from hongyan.wallet.audit.key import is_signed
from hongyan.wallet.audit.tree import Frontier, consistency, inclusion, is_consistent, is_included, leaf_of, root_of
from hongyan.wallet.ledger import Kind, Order, Resolution, Verdict, expected_hash
from hongyan.wallet.refusals import Refusal, Refused

LEAVES = [leaf_of(bytes((n,)) * 32) for n in range(40)]


def complete(level: int, place: int) -> bytes:
    part = Frontier()
    for leaf in LEAVES[place << level : (place + 1) << level]:
        part.append(leaf)
    return part.root()


def whole(size: int) -> bytes:
    tree = Frontier()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    return tree.root()


def test_every_proof_of_small_trees_holds_and_no_changed_one_does() -> None:
    for size in range(1, len(LEAVES) + 1):
        root = root_of(size, complete)
        assert root == whole(size)
        for place in range(size):
            path = inclusion(place, size, complete)
            assert is_included(LEAVES[place], place, size, path, root)
            assert not is_included(LEAVES[place], place ^ 1, size, path, root)
            assert not is_included(LEAVES[place - 1], place, size, path, root) or size == 1
            assert not is_included(LEAVES[place], place, size, (*path, root), root)
        for first in range(1, size + 1):
            path = consistency(first, size, complete)
            assert is_consistent(first, whole(first), size, root, path)
            assert not is_consistent(first, bytes(32), size, root, path)
            assert first == size or not is_consistent(first, whole(first), size, root, path[:-1])


@pytest.fixture
def audit(db: Database, tmp_path: Path) -> Audit:
    return Audit(db, ManualClock(), folder=tmp_path)


async def grown(db: Database, audit: Audit, *sizes: int) -> list[Checkpoint]:
    """The checkpoints after the ledger has grown to each of these sizes."""
    await db.write(seed)
    found, size = [], 1
    for wanted in sizes:
        orders = [pay(n, 1) if n % 2 else pay(n, 1, MEI, LAN) for n in range(size, wanted)]
        verdicts = await db.write(lambda tx, orders=orders: ledger.post_all(tx, orders, now_ms=NOW))  # type: ignore[misc]
        assert set(verdicts) <= {Verdict.POSTED}
        size = wanted
        new = await audit.sign()
        assert new is not None and new.size == size
        found.append(new)
    return found


async def test_each_checkpoint_continues_the_one_before_and_covers_every_transfer(db: Database, audit: Audit) -> None:
    signed = await grown(db, audit, 3, 255, 256, 257, 600, 5_000)
    assert all(map(is_signed, signed))
    assert await audit.sign() is None
    for one in signed:
        books = await audit.books(since=one.size)
        assert books.checkpoint == signed[-1] and books.consistency is not None
        assert is_consistent(one.size, one.root, 5_000, signed[-1].root, books.consistency)
    for n in (1, 254, 255, 256, 599, 4_999):
        proof = await audit.proof(AccountId(1), id_of(n))
        assert not isinstance(proof, Refused)
        (mine,) = proof.included
        assert expected_hash(mine.before, mine.transfer) == mine.transfer.hash
        leaf = leaf_of(mine.transfer.hash)
        assert is_included(leaf, mine.transfer.seq - 1, 5_000, mine.path, signed[-1].root)
    checked = await db.read(verify)
    assert (checked.transfers, checked.accounts, checked.checkpoints, checked.findings) == (5_000, 3, 6, [])


async def test_a_proof_is_for_whose_money_it_is_and_only_of_what_is_signed(db: Database, audit: Audit) -> None:
    await grown(db, audit, 2)
    assert await audit.proof(AccountId(3), id_of(1)) == Refused(Refusal.ACT_UNKNOWN)
    assert await audit.proof(AccountId(1), id_of(9)) == Refused(Refusal.ACT_UNKNOWN)
    await db.write(lambda tx: ledger.post(tx, hold(9, 5), now_ms=NOW))
    assert await audit.proof(AccountId(2), id_of(9)) == Refused(Refusal.NOT_SIGNED_YET)
    accept = Order.resolving(id_of(10), Kind.POST, id_of(9))
    await audit.sign()
    await db.write(lambda tx: ledger.post(tx, accept, now_ms=NOW))
    await audit.sign()
    proof = await audit.proof(AccountId(2), id_of(9))
    assert not isinstance(proof, Refused)
    assert [one.transfer.kind for one in proof.included] == [Kind.PENDING, Kind.POST]


async def test_the_app_is_tested_on_what_the_server_says(db: Database, tmp_path: Path) -> None:
    assert await golden.answers(db, tmp_path) == golden.FILE.read_text("utf-8")


async def test_what_is_held_too_long_goes_back(db: Database) -> None:
    def holds(tx: Tx) -> None:
        seed(tx)
        ledger.post_all(tx, [hold(n, 1) for n in range(1, 50)], now_ms=NOW)
        ledger.post(tx, hold(900, 5, NOW + DAY + 1), now_ms=NOW)
        assert ledger.expire_due(tx, now_ms=NOW + DAY - 1, limit=100) == []
        assert [len(ledger.expire_due(tx, now_ms=NOW + DAY, limit=30)) for _ in range(3)] == [30, 19, 0]

    await db.write(holds)
    states = await db.read(lambda tx: {ledger.resolution(tx, id_of(n)) for n in range(1, 50)})
    assert states == {Resolution.EXPIRED}
    assert await db.read(lambda tx: ledger.resolution(tx, id_of(900))) is Resolution.OPEN
    assert (await db.read(verify)).findings == []


async def test_another_key_signs_only_when_it_is_told_to(db: Database, audit: Audit, tmp_path: Path) -> None:
    await grown(db, audit, 2)
    await db.write(lambda tx: ledger.post(tx, pay(77, 1), now_ms=NOW))
    stranger = Audit(db, ManualClock(), folder=tmp_path / "other")
    assert await stranger.sign() is None
    assert await stranger.sign(with_new_key=True) is not None
    assert [one.code for one in (await db.read(verify)).findings] == ["key_changed"]


async def test_the_sums_of_all_kinds_are_nothing(db: Database, audit: Audit) -> None:
    await grown(db, audit, 9)
    books = await audit.books()
    assert sum(one.balance for one in books.totals) == 0
    assert {one.holder.name: one.accounts for one in books.totals} == {"PURSE": 2, "ISSUANCE": 1}


def forged(sql: str, *params: int | bytes) -> Callable[[Tx], object]:
    """What somebody does who can write to the files of the database, and takes its guards away first."""

    def work(tx: Tx) -> None:
        for row in tx.all("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            tx.execute(f"DROP TRIGGER {row[0]!s}")
        tx.execute(sql, params)

    return work


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("forgery", "codes"),
    [
        (forged("UPDATE transfer SET amount = amount + 1 WHERE seq = 5"), {"chain_broken", "balance_wrong"}),
        (forged("UPDATE transfer SET credit = debit WHERE seq = 5"), {"chain_broken", "sides_wrong", "balance_wrong"}),
        (forged("UPDATE transfer SET amount = -1 WHERE seq = 5", *()), None),
        (forged("UPDATE transfer SET code = 9 WHERE seq = 5"), {"chain_broken"}),
        (forged("UPDATE transfer SET group_id = x'01' WHERE seq = 5"), {"chain_broken"}),
        (forged("UPDATE transfer SET at_ms = at_ms - 1 WHERE seq = 5"), {"chain_broken", "time_backwards"}),
        (forged("UPDATE transfer SET hash = zeroblob(32) WHERE seq = 300"), {"chain_broken", "head_differs"}),
        (forged("DELETE FROM transfer WHERE seq = 5"), {"gap", "chain_broken", "balance_wrong", "checkpoint_ahead"}),
        (forged("DELETE FROM transfer WHERE seq >= 299"), {"balance_wrong", "head_differs", "checkpoint_ahead"}),
        (forged("UPDATE ledger_account SET credits_posted = credits_posted + 5 WHERE owner = 2"), {"balance_wrong"}),
        (forged("DELETE FROM transfer_open"), {"open_differs"}),
        (forged("UPDATE ledger_head SET at_ms = 0"), {"head_differs"}),
        (forged("UPDATE ledger_node SET hash = zeroblob(32)"), {"node_differs"}),
        (forged("UPDATE ledger_checkpoint SET root = zeroblob(32)"), {"root_differs", "signature_bad"}),
        (forged("UPDATE ledger_checkpoint SET signature = zeroblob(64)"), {"signature_bad"}),
        (forged("UPDATE ledger_checkpoint SET at_ms = at_ms + 1"), {"signature_bad"}),
    ],
)
async def test_every_change_of_the_books_is_found(
    db: Database, audit: Audit, forgery: Callable[[Tx], object], codes: set[str] | None
) -> None:
    await grown(db, audit, 299)
    await db.write(lambda tx: ledger.post(tx, hold(700, 5), now_ms=NOW))
    await audit.sign()
    if codes is None:
        with pytest.raises(Exception, match="CHECK"):
            await db.write(forgery)
        return
    await db.write(forgery)
    found = {one.code for one in (await db.read(verify)).findings}
    assert codes <= found
    assert found - codes <= {"overdrawn", "root_differs", "open_differs", "head_differs", "node_differs"}


@pytest.mark.parametrize(("language", "sentence"), [("zh-Hans", "账本没有问题"), ("en", "The books are sound.")])
def test_the_command_line_says_that_the_books_are_sound(tmp_path: Path, language: str, sentence: str) -> None:
    command = [
        str(Path(sys.executable).parent / "hongyan"),
        "ledger",
        "verify",
        "--data-dir",
        str(tmp_path),
        "--language",
        language,
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert sentence in told.stdout
