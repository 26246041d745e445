"""Three nodes: whatever dies, nothing acknowledged is lost, doubled or out of order [DS4, DS6, DS11].

A short form of `./dev bench cluster`.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Sequence

import pytest
from bench.cluster import Report, living_town, settle, torment
from bench.cluster_town import Key, tally
from tools.cluster import Kill, running_cluster
from tools.system import postgres

KILLS = (Kill.NATS, Kill.HONGYAN, Kill.STORE, Kill.PRIMARY, Kill.FROZEN, Kill.NODE_OF_PRIMARY)
GROUP = b"family"
LAN, MEI, BO = 1, 2, 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has several loopback addresses")
@pytest.mark.skipif(postgres() is None, reason="no PostgreSQL server is installed here: three nodes were not tested")
async def test_whatever_dies_nothing_acknowledged_is_lost() -> None:
    report = Report()
    with running_cluster(print) as cluster:
        async with living_town(cluster, devices=15, every_s=0.3, seed=1) as town:
            await torment(cluster, town, report, KILLS, random.Random(1))
            await settle(cluster, town, report)
    print(report)
    assert len(report.served_s) == len(KILLS)
    assert report.tally.is_clean, str(report)
    assert report.undecided == report.left_in_database == report.photos_lost == 0, str(report)
    assert report.photos > 3, str(report)
    assert report.tally.accepted > 500, str(report)


async def test_the_count_sees_a_standby_that_was_not_waited_for(pytestconfig: pytest.Config) -> None:
    if not pytestconfig.getoption("--long"):
        pytest.skip("a wrong variant of the long form (--long)")
    report = Report()
    with running_cluster(print) as cluster:
        async with living_town(cluster, devices=15, every_s=0.3, seed=1) as town:
            await asyncio.to_thread(cluster.pair.neglect)
            await asyncio.sleep(1)
            cluster.kill(Kill.NODE_OF_PRIMARY, random.Random(1), away_s=1.0)
            await settle(cluster, town, report)
    assert report.tally.lost > 0, str(report)


@pytest.mark.parametrize(
    ("heard_by_mei", "heard_by_bo", "lost", "doubled", "out_of_order"),
    [
        ([1, 2], [1, 2], 0, 0, 0),
        ([1], [1, 2], 1, 0, 0),
        ([1, 2, 2], [1, 2], 0, 1, 0),
        ([2, 1], [2, 1], 0, 0, 2),
    ],
)
def test_the_count_sees_what_went_wrong(
    heard_by_mei: Sequence[int], heard_by_bo: Sequence[int], lost: int, doubled: int, out_of_order: int
) -> None:
    def of_lan(numbers: Sequence[int]) -> list[Key]:
        return [(GROUP, LAN, number) for number in numbers]

    got = {LAN: [], MEI: of_lan(heard_by_mei), BO: of_lan(heard_by_bo)}
    found = tally(of_lan([1, 2]), got, {GROUP: [LAN, MEI, BO]})
    assert (found.lost, found.doubled, found.out_of_order) == (lost, doubled, out_of_order)


def test_the_count_sees_two_orders() -> None:
    """Each sender's own order is kept, and yet Bo read the answer before the question [DS6]."""
    question, answer = (GROUP, LAN, 1), (GROUP, MEI, 1)
    got = {LAN: [], MEI: [], BO: [answer, question], 4: [question, answer]}
    assert tally([question], {**got, LAN: [answer], MEI: [question]}, {GROUP: [LAN, MEI, BO, 4]}).out_of_order == 1
