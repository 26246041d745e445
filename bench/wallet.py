"""Transfers through the ledger, each durable before its answer: among many accounts, and all into one; and openings
of red packets, a hundred shares among five hundred people at once, every tenth of whom taps twice.

    python -m bench.wallet [--json] [--seconds 5] [--accounts 1000] [--in-flight 1024]

Orders go one by one through `db.batch` and `post_all`, as requests do. In the same run the limit: the same rows written
through the same writer with no rules, no hash and nothing read; and both on PostgreSQL, where there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from bench.limits import fsyncs_per_s
from bench.load import Result, new_folder, run
from bench.pacing import percentile_ms
from bench.postgres import missing_postgres, running_postgres

from hongyan.accounts.model import Account
from hongyan.accounts.store import insert_account
from hongyan.app import migrations
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import Batch, OpenedDatabase, Tx, open_database
from hongyan.foundation.ids import AccountId, token_hash
from hongyan.wallet import assets, ledger, purses, verify
from hongyan.wallet.approvals import Act
from hongyan.wallet.approvals.store import insert_approval
from hongyan.wallet.gifts import Packets
from hongyan.wallet.gifts.model import SECRET_BYTES, Packet, PacketKind, PacketView
from hongyan.wallet.gifts.packets import ACTION, PAYEE, Sending
from hongyan.wallet.gifts.rules import hash_of_secret
from hongyan.wallet.ledger import Code, Holder, LedgerId, Order, TransferId, Verdict

GOAL_PER_S = 12_000
CLAIMS_GOAL_PER_S = 15_000
CROWD = 500
SHARES = 100
PACKET_MINOR = 20_000
ASSET = "YAN"
BANK = LedgerId(b"bank".ljust(16, b"."))
SHOP = LedgerId(b"shop".ljust(16, b"."))
EACH = 2**40
Placed = tuple[TransferId, LedgerId, LedgerId]

_random = random.Random(7)


@dataclass
class Measured:
    count: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    latencies_ns: list[int] = field(default_factory=list)

    @property
    def per_s(self) -> float:
        return self.count / self.seconds


class Town:
    """A ledger with one bank, one shop and many purses that have enough."""

    def __init__(self, db: OpenedDatabase, accounts: int) -> None:
        self._db = db
        self._clock = SystemClock()
        self._purses = [LedgerId(n.to_bytes(16, "big")) for n in range(1, accounts + 1)]
        self._rows = itertools.count(1)

    async def open(self) -> None:
        self._db.migrate(migrations(), self._clock)
        await self._db.write(self._seed)

    def _seed(self, tx: Tx) -> None:
        now_ms = self._clock.now_ms()
        ledger.open_account(tx, BANK, Holder.ISSUANCE, 0, ASSET, no_overdraft=False, now_ms=now_ms)
        ledger.open_account(tx, SHOP, Holder.SHOP, 0, ASSET, no_overdraft=True, now_ms=now_ms)
        for owner, purse in enumerate(self._purses, 1):
            ledger.open_account(tx, purse, Holder.PURSE, owner, ASSET, no_overdraft=True, now_ms=now_ms)
        orders = [self.order((_next_id(), BANK, purse), amount=EACH) for purse in self._purses]
        assert set(ledger.post_all(tx, orders, now_ms=now_ms)) == {Verdict.POSTED}

    def order(self, placed: Placed, *, amount: int = 1) -> Order:
        id, debit, credit = placed
        return Order.single(id, debit=debit, credit=credit, amount=amount, asset=ASSET, code=Code.TRANSFER)

    def among_all(self, n: int) -> Placed:
        purses = self._purses
        return _next_id(), purses[n * 7919 % len(purses)], purses[(n * 104729 + 1) % len(purses)]

    def into_one(self, n: int) -> Placed:
        return _next_id(), self._purses[n % len(self._purses)], SHOP

    def post(self, tx: Tx, placed: list[Placed]) -> list[Verdict]:
        return ledger.post_all(tx, [self.order(one) for one in placed], now_ms=self._clock.now_ms())

    def write_only(self, tx: Tx, placed: list[Placed]) -> list[Verdict]:
        """The rows of the same transfers, and nothing else."""
        now_ms = self._clock.now_ms()
        tx.executemany(
            "INSERT INTO transfer (seq, id, kind, debit, credit, amount, asset, code, group_id, pending_id, "
            "expires_at_ms, at_ms, hash) VALUES (?, ?, 1, ?, ?, 1, 'YAN', 3, ?, NULL, NULL, ?, ?)",
            [(2**40 + next(self._rows), *one, b"", now_ms, bytes(32)) for one in placed],
        )
        touched = {side for one in placed for side in one[1:]}
        tx.executemany(
            "UPDATE ledger_account SET debits_posted = debits_posted, credits_posted = credits_posted WHERE id = ?",
            [(side,) for side in touched],
        )
        tx.execute("UPDATE ledger_head SET at_ms = at_ms")
        return [Verdict.POSTED] * len(placed)


def _next_id() -> TransferId:
    """As devices make them: without order."""
    return TransferId(_random.randbytes(16))


async def keep_busy(
    db: OpenedDatabase,
    fn: Callable[[Tx, list[Placed]], list[Verdict]],
    next_one: Callable[[int], Placed],
    *,
    seconds: float,
    in_flight: int,
) -> Measured:
    """As many at a time as `in_flight`, each asked for as soon as another is durable."""
    batch: Batch[Placed, Verdict] = db.batch(fn)
    found, finished = Measured(), asyncio.Event()
    ends_ns = time.perf_counter_ns() + int(seconds * 1e9)
    numbers, left = itertools.count(1), in_flight

    def ask() -> None:
        asked_ns = time.perf_counter_ns()

        def answered(verdict: Any) -> None:
            nonlocal left
            assert verdict is Verdict.POSTED, verdict
            now_ns = time.perf_counter_ns()
            found.count += 1
            found.latencies_ns.append(now_ns - asked_ns)
            if now_ns < ends_ns:
                ask()
                return
            left -= 1
            if not left:
                finished.set()

        batch.submit(next_one(next(numbers)), answered)

    started, cpu = time.perf_counter(), time.process_time()
    for _ in range(in_flight):
        ask()
    await finished.wait()
    found.seconds, found.cpu_s = time.perf_counter() - started, time.process_time() - cpu
    return found


class Crowd:
    """A community whose members open each other's packets."""

    def __init__(self, db: OpenedDatabase) -> None:
        self._db = db
        self._clock = SystemClock()
        self._packets = Packets(db, self._clock, lambda _told, _topic: None)
        self._secret = _random.randbytes(SECRET_BYTES)

    async def open(self) -> None:
        self._db.migrate(migrations(), self._clock)
        await self._db.write(self._seed)

    def _seed(self, tx: Tx) -> None:
        now_ms = self._clock.now_ms()
        assets.insert(tx, assets.Asset(assets.CODE, "雁币", "雁", 2), now_ms=now_ms)
        issuance = purses.issuance_id(assets.CODE)
        ledger.open_account(tx, issuance, Holder.ISSUANCE, 0, assets.CODE, no_overdraft=False, now_ms=now_ms)
        for who in range(1, CROWD + 1):
            name = f"member{who}"
            key = who.to_bytes(32, "big")
            insert_account(
                tx, Account(AccountId(who), name, name, key, key, bytes(64), who == 1, now_ms, None, None, None)
            )
            purse = purses.purse_id(AccountId(who), assets.CODE)
            ledger.open_account(tx, purse, Holder.PURSE, who, assets.CODE, no_overdraft=True, now_ms=now_ms)
            order = Order.single(
                _next_id(), debit=issuance, credit=purse, amount=EACH, asset=assets.CODE, code=Code.ISSUE
            )
            assert ledger.post(tx, order, now_ms=now_ms) is Verdict.POSTED

    async def send(self) -> bytes:
        """A packet of SHARES, with an approval as a PIN would have given it."""
        id, sender, approval = _next_id(), AccountId(1), secrets.token_hex()
        act = Act(ACTION, id, PACKET_MINOR, assets.CODE, PAYEE)
        until_ms = self._clock.now_ms() + 60_000
        await self._db.write(
            lambda tx: insert_approval(tx, token_hash(approval), sender, act.digest, expires_at_ms=until_ms)
        )
        hashed = hash_of_secret(self._secret)
        sent = await self._packets.send(sender, Sending(id, PacketKind.LUCKY, PACKET_MINOR, SHARES, hashed, approval))
        assert isinstance(sent, Packet), sent
        return id

    async def fight(self, packet_id: bytes) -> list[PacketView]:
        """Everybody opens it at once; what each sees."""
        people = [AccountId(who) for who in range(1, CROWD + 1)]
        views = await asyncio.gather(
            *(self._packets.open(who, packet_id, self._secret) for who in [*people, *people[::10]])
        )
        found = [view for view in views if isinstance(view, PacketView)]
        assert len(found) == len(views)
        return found


async def fights(db: OpenedDatabase, *, seconds: float) -> Measured:
    """Openings a second, of one packet after the other; each packet went whole to SHARES different people."""
    crowd, found = Crowd(db), Measured()
    await crowd.open()
    while found.seconds < seconds:
        packet_id = await crowd.send()
        started, cpu = time.perf_counter(), time.process_time()
        views = await crowd.fight(packet_id)
        found.seconds += time.perf_counter() - started
        found.cpu_s += time.process_time() - cpu
        found.count += len(views)
        won = {view.mine.taker: view.mine.amount for view in views if view.mine is not None}
        assert len(won) == SHARES and sum(won.values()) == PACKET_MINOR
    assert not (await db.read(verify)).findings
    return found


async def measure(result: Result, new_url: Callable[[], str], chosen: argparse.Namespace, suffix: str = "") -> None:
    """Each figure on a database of its own."""
    found = {}
    for name in ("limit", "many", "hot"):
        db = open_database(new_url())
        town = Town(db, chosen.accounts)
        await town.open()
        fn = town.write_only if name == "limit" else town.post
        which = town.into_one if name == "hot" else town.among_all
        found[name] = one = await keep_busy(db, fn, which, seconds=chosen.seconds, in_flight=chosen.in_flight)
        if name != "limit":
            checked = await db.read(verify)
            assert not checked.findings and checked.transfers == one.count + chosen.accounts
        await db.close()
    db = open_database(new_url())
    claims = await fights(db, seconds=chosen.seconds)
    await db.close()
    goal = "" if suffix else f"goal {GOAL_PER_S:,}"
    many = found["many"]
    latencies = sorted(many.latencies_ns)
    result.add(f"transfers_per_s{suffix}", many.per_s, goal)
    result.add(f"hot_account_per_s{suffix}", found["hot"].per_s, goal)
    result.add(f"claims_per_s{suffix}", claims.per_s, "" if suffix else f"goal {CLAIMS_GOAL_PER_S:,}")
    result.add(f"p50_ms{suffix}", percentile_ms(latencies, 0.5))
    result.add(f"p99_ms{suffix}", percentile_ms(latencies, 0.99))
    result.note(f"same_rows_without_rules_per_s{suffix}", found["limit"].per_s)
    result.note(f"cpu_us_per_transfer{suffix}", many.cpu_s / many.count * 1e6)


def empty_database(url: str) -> str:
    name = f"t{_random.getrandbits(40):x}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.rpartition("/")[0] + f"/{name}"


async def bench(chosen: argparse.Namespace) -> Result:
    result = Result("the ledger")
    folder = new_folder()
    try:
        numbers = itertools.count()
        await measure(result, lambda: str(folder / f"ledger{next(numbers)}.db"), chosen)
        result.note("fsyncs_per_s", fsyncs_per_s(folder))
    finally:
        shutil.rmtree(folder)
    if (why := missing_postgres()) is not None:
        result.note("postgresql", why)
        return result
    with running_postgres() as postgres:
        await measure(result, lambda: empty_database(postgres.url), chosen, "_postgresql")
    return result


if __name__ == "__main__":
    run(
        bench,
        seconds={"type": float, "default": 5.0},
        accounts={"type": int, "default": 1_000},
        in_flight={"type": int, "default": 1_024},
    )
