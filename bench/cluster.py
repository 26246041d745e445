"""Three nodes under load while any of their processes, or a whole node, is killed with kill -9 again and again.

    python -m bench.cluster [--json] [--seconds 60] [--devices 30] [--every 0.3] [--seed 1]

The nodes are those of `./dev cluster`: hongyan and nats-server on each, PostgreSQL with a synchronous standby on two
of them, nginx in front, an S3 beside them, all on this machine. Devices in groups of five, and all in one, write
300-byte messages and send photos through the front door, and come back and repeat as the app does. A process that was
killed is started again at once; a node stays away for AWAY_S, and when it had the primary, the standby takes its
place; a frozen server stands still as long. The next comes when all is whole again. `served_again`: from the kill
until each device had something accepted and got something that were both said after it; `nothing killed` is the same
without a kill. At the end every accepted message must have been delivered once to each other device of its group, in
order, nothing may be left in the database, and every photo must be there for a friend, byte for byte.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.cluster_photos import Photos
from bench.cluster_town import Tally, Town
from bench.load import Result, run, today
from tests.delivery import seed
from tests.delivery.seed import Seeded
from tools.cluster import Cluster, Kill, running_cluster

from hongyan.foundation.db import Tx, open_database

AWAY_S = 3.0
QUIET_S = (0.5, 2.0)
GROUP_SIZE = 5
SERVED_WITHIN_S = 60.0
SETTLED_WITHIN_S = 60.0
GOAL_S = 5.0
CALM_LOOKS = 5
EVERYBODY = bytes(16)


@dataclass
class Report:
    """`served_s`: how long each kill was felt by somebody."""

    tally: Tally = field(default_factory=Tally)
    served_s: list[tuple[Kill, float]] = field(default_factory=list)
    calm_s: list[float] = field(default_factory=list)
    longest_send_s: float = 0.0
    longest_delivery_s: float = 0.0
    undecided: int = 0
    left_in_database: int = 0
    photos: int = 0
    photos_lost: int = 0
    longest_photo_s: float = 0.0


@asynccontextmanager
async def living_town(cluster: Cluster, *, devices: int, every_s: float, seed: int) -> AsyncIterator[Town]:
    """People who talk as long as this lasts."""
    groups = await seed_groups(cluster, devices)
    town = Town(groups, Photos(EVERYBODY, groups[EVERYBODY], cluster.doors), cluster.doors, every_s=every_s, seed=seed)
    town.start()
    town.is_talking = True
    try:
        assert await town.served_after(time.perf_counter(), within_s=SERVED_WITHIN_S) < SERVED_WITHIN_S
        yield town
    finally:
        await town.stop()


async def seed_groups(cluster: Cluster, devices: int) -> dict[bytes, list[Seeded]]:
    def work(tx: Tx) -> dict[bytes, list[Seeded]]:
        people = seed.people(tx, [f"person{number}" for number in range(devices)], last_seen_day=today())
        members = [people, *(people[start : start + GROUP_SIZE] for start in range(0, devices, GROUP_SIZE))]
        groups = {number.to_bytes(16, "big"): some for number, some in enumerate(members)}
        for group_id, some in groups.items():
            seed.group(tx, group_id, some)
        return groups

    database = open_database(cluster.database_url)
    try:
        return await database.write(work)
    finally:
        await database.close()


async def torment(cluster: Cluster, town: Town, report: Report, kills: Iterable[Kill], chance: random.Random) -> None:
    """Kill one after the other, each when all is whole again."""
    for kill in kills:
        await asyncio.to_thread(cluster.wait_whole)
        await asyncio.sleep(chance.uniform(*QUIET_S))
        since_s = time.perf_counter()
        await asyncio.to_thread(cluster.kill, kill, chance, away_s=AWAY_S)
        report.served_s.append((kill, await town.served_after(since_s, within_s=SERVED_WITHIN_S)))


async def settle(cluster: Cluster, town: Town, report: Report) -> None:
    """Let everybody finish, and count."""
    town.is_talking = False
    devices = list(town.devices.values())
    await town.until(lambda: not any(one.undecided for one in devices), within_s=SETTLED_WITHIN_S)
    expected = town.tally()
    while True:  # as long as something still comes
        await asyncio.sleep(2.0)
        report.tally = town.tally()
        if report.tally.lost == 0 or report.tally.delivered == expected.delivered:
            break
        expected = report.tally
    report.undecided = sum(len(one.undecided) for one in devices)
    report.longest_send_s = max(one.longest_send_s for one in devices)
    report.longest_delivery_s = max(one.longest_delivery_s for one in devices)
    report.left_in_database = await left_in_database(cluster)
    await town.photos.finish()
    report.photos, report.longest_photo_s = len(town.photos.accepted), town.photos.longest_s
    report.photos_lost = await town.photos.lost()


async def left_in_database(cluster: Cluster) -> int:
    """Rows of mail and bodies; acknowledged mail is erased soon after."""
    database = open_database(cluster.database_url)
    try:
        for _ in range(20):
            row = await database.read(
                lambda tx: tx.one("SELECT (SELECT COUNT(*) FROM mail) + (SELECT COUNT(*) FROM body)")
            )
            assert row is not None and isinstance(row[0], int)
            if row[0] == 0:
                break
            await asyncio.sleep(0.25)
        return row[0]
    finally:
        await database.close()


def endlessly(kills: list[Kill], chance: random.Random, seconds: float) -> Iterable[Kill]:
    """Each as often as the others, in any order, until the time is up."""
    end_s = time.monotonic() + seconds
    while True:
        for kill in chance.sample(kills, len(kills)):
            if time.monotonic() >= end_s:
                return
            yield kill


async def bench(arguments: argparse.Namespace) -> Result:
    chance = random.Random(arguments.seed)
    report = Report()
    with running_cluster() as cluster:
        async with living_town(
            cluster, devices=arguments.devices, every_s=arguments.every, seed=arguments.seed
        ) as town:
            for _ in range(CALM_LOOKS):
                report.calm_s.append(await town.served_after(time.perf_counter(), within_s=SERVED_WITHIN_S))
            kills = endlessly(cluster.kills, chance, arguments.seconds)
            await torment(cluster, town, report, kills, chance)
            await settle(cluster, town, report)
        doors = "nginx" if len(cluster.doors) == 1 else "none (no nginx here)"
    return shown(report, arguments, doors)


def shown(report: Report, arguments: argparse.Namespace, doors: str) -> Result:
    result = Result(f"cluster: three nodes, {arguments.devices} devices, {len(report.served_s)} kills")
    result.add("acknowledged", report.tally.accepted)
    result.add("delivered", report.tally.delivered)
    result.add("lost", report.tally.lost, "goal 0")
    result.add("doubled", report.tally.doubled, "goal 0")
    result.add("out_of_order", report.tally.out_of_order, "goal 0")
    result.add("photos", report.photos)
    result.add("photos_lost", report.photos_lost, "goal 0")
    result.add("never_decided", report.undecided, "goal 0")
    result.add("left_in_database", report.left_in_database, "goal 0")
    times = [taken_s for _, taken_s in report.served_s]
    result.add("kills", len(times))
    if times:
        result.add("served_again_p50_s", statistics.median(times))
        result.add("served_again_max_s", max(times), f"goal <= {GOAL_S:.0f}")
        result.add("served_again_in_time", sum(taken_s <= GOAL_S for taken_s in times), f"goal {len(times)}")
    for kill in Kill:
        felt = [taken_s for one, taken_s in report.served_s if one is kill]
        if felt:
            name = kill.value.replace(" ", "_").lower()
            result.add(f"{name}_kills", len(felt))
            result.add(f"{name}_p50_s", statistics.median(felt))
            result.add(f"{name}_max_s", max(felt))
    result.add("nothing_killed_p50_s", statistics.median(report.calm_s))
    result.add("longest_send_s", report.longest_send_s)
    result.add("longest_delivery_s", report.longest_delivery_s)
    result.add("longest_photo_s", report.longest_photo_s)
    result.note("front_door", doors)
    result.note("seed", arguments.seed)
    result.note("said_each_second", arguments.devices / arguments.every)
    return result


if __name__ == "__main__":
    run(
        bench,
        seconds={"type": float, "default": 60.0},
        devices={"type": int, "default": 30},
        every={"type": float, "default": 0.3},
        seed={"type": int, "default": 1},
    )
