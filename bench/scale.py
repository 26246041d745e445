"""Several processes of `hongyan serve` on one PostgreSQL, with NATS between them: 1, 2 and 3.

    python -m bench.scale [--json] [--seconds 6] [--processes 1,2,3]

The loads of the benches messages and fanout, whose people are spread over the processes: the two of a pair are
never on the same one where there are several. Durable before the verdict: PostgreSQL flushes every commit. Who is
told `busy` waits as told. CPU is told apart for our processes, PostgreSQL's and NATS's. All of them and the load
generator share this machine's cores: more processes cannot be faster here than the cores allow, and the figures to
read are those of one message. `lock_us_per_message` is how long the one write lock is held for a message, by looking
LOOKS_PER_S times a second.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import psycopg
from bench import processes
from bench.fanout import OurCrowd, seed_group
from bench.limits import note_limits
from bench.load import Result, Server, new_folder, run, seed_database, serve
from bench.messages import seed_pairs
from bench.overload import Device, settle, tend, total
from bench.pacing import MEMBERS, WARM_UP_S, Span, measure
from bench.postgres import Postgres, missing_postgres, running_postgres
from tests.delivery.seed import Seeded
from tests.nats_server import running_nats

from hongyan.foundation.db import Tx
from hongyan.push.vapid import KEY_FILE_NAME, key_in

SETTLE_S = 1.0
LOOKS_PER_S = 100
HELD = "SELECT 1 FROM pg_locks WHERE mode = 'ExclusiveLock' AND relation = 'schema_migration'::regclass AND granted"


class Lock:
    """Looks, from a thread of its own, whether somebody holds the write lock; `held` of `looks` times so far."""

    def __init__(self, url: str) -> None:
        self.looks = self.held = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(url,))
        self._thread.start()

    def _look(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not self._ended.wait(1 / LOOKS_PER_S):
                self.held += connection.execute(HELD).fetchone() is not None
                self.looks += 1

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()


@dataclass(frozen=True, slots=True)
class Look:
    """CPU used so far, and the lock."""

    ours_s: float
    postgres_s: float
    nats_s: float
    looks: int
    held: int


@dataclass
class Town:
    """`count` servers that share everybody."""

    servers: list[Server]
    postgres: Postgres
    nats_pid: int
    lock: Lock
    pairs: list[tuple[Seeded, bytes]]
    crowd: list[Seeded]

    def url_for(self, place: int) -> str:
        return self.servers[place % len(self.servers)].url

    def look(self) -> Look:
        ours_s = processes.cpu_s(*[one.process.pid for one in self.servers])
        postgres_s, nats_s = processes.cpu_s(self.postgres.pid), processes.cpu_s(self.nats_pid)
        return Look(ours_s, postgres_s, nats_s, self.lock.looks, self.lock.held)


def seed_all(tx: Tx) -> tuple[list[tuple[Seeded, bytes]], list[Seeded]]:
    return seed_pairs(tx), seed_group(tx)


@asynccontextmanager
async def running_town(count: int) -> AsyncIterator[Town]:
    with running_postgres() as postgres, running_nats() as nats:
        pairs, crowd = await seed_database(postgres.url, seed_all)
        servers: list[Server] = []
        lock = Lock(postgres.url)
        try:
            for _ in range(count):
                folder = new_folder()
                key_in(folder)  # All processes must have the same one.
                if servers:
                    shutil.copy(servers[0].folder / KEY_FILE_NAME, folder)
                servers.append(await serve(folder, HONGYAN_DATABASE=postgres.url, HONGYAN_BUS=nats.url))
            yield Town(servers, postgres, nats.pid, lock, pairs, crowd)
        finally:
            for server in servers:
                server.stop()
            lock.stop()


async def messages(town: Town, arguments: argparse.Namespace) -> Span[Look]:
    devices = [Device(place, group_id) for place, (_, group_id) in enumerate(town.pairs)]
    for place, (device, (seeded, _)) in enumerate(zip(devices, town.pairs, strict=True)):
        await device.connect(town.servers[place % len(town.servers)], seeded)
    await asyncio.sleep(SETTLE_S)
    now_s = time.perf_counter()
    for one in devices:
        one.closed_loop = True
        one.wishes.extend([now_s] * arguments.in_flight)
        one.pump(now_s)
    await tend(devices, now_s + WARM_UP_S)
    span = await measure(lambda: total(devices), arguments.seconds, town.look, partial(tend, devices))
    for one in devices:
        one.closed_loop = False
    await settle(devices)
    for one in devices:
        assert one.socket is not None
        one.socket.abort()
    return span


async def fanout(town: Town, arguments: argparse.Namespace) -> Span[Look]:
    crowd, (first, *others) = OurCrowd(), town.crowd
    await crowd.connect(town.url_for(0), first, [(town.url_for(place), one) for place, one in enumerate(others)])
    await asyncio.sleep(SETTLE_S)
    return await crowd.flood(arguments.fanout_in_flight, arguments.seconds, town.look)


def tell(result: Result, span: Span[Look], what: str, plural: str, count: int) -> None:
    before, after = span.before, span.after
    result.add(f"{plural}_per_s_{count}", span.per_s)
    for name, used_s in (
        ("hongyan", after.ours_s - before.ours_s),
        ("postgres", after.postgres_s - before.postgres_s),
        ("nats", after.nats_s - before.nats_s),
    ):
        result.add(f"{name}_cpu_us_per_{what}_{count}", used_s / span.count * 1e6)
    share_held = (after.held - before.held) / max(1, after.looks - before.looks)
    result.add(f"lock_us_per_{what}_{count}", share_held * span.seconds / span.count * 1e6)
    result.note(f"lock_share_held_{plural}_{count}", share_held)
    result.note(f"generator_cores_busy_{plural}_{count}", span.own_cpu_s / span.seconds)


async def bench(arguments: argparse.Namespace) -> Result:
    counts: Sequence[int] = [int(one) for one in arguments.processes.split(",")]
    result = Result(f"scale: 200 connections in pairs, and one to {MEMBERS}, over {arguments.processes} processes")
    if (missing := missing_postgres()) is not None:
        raise SystemExit(missing)
    await note_limits(result)
    for count in counts:
        async with running_town(count) as town:
            tell(result, await messages(town, arguments), "message", "messages", count)
            tell(result, await fanout(town, arguments), "delivery", "deliveries", count)
    return result


if __name__ == "__main__":
    run(
        bench,
        seconds={"type": float, "default": 6.0},
        processes={"default": "1,2,3", "help": "how many, one after the other"},
        in_flight={"type": int, "default": 2, "help": "unanswered messages a connection"},
        fanout_in_flight={"type": int, "default": 8, "help": "unanswered messages of the one sender"},
    )
