"""Readers that stopped beside readers that go on: are the good ones held up, and what do the others cost?

    python -m bench.stalled [--json] [--seconds 40] [--good 1000] [--stalled 100]

Pairs of 300-byte messages, durable before the verdict, at GOOD_PER_S together. Beside them each of the others is
written to EACH_PER_S times a second: first they read, then their sockets are open and nothing is read from them. The
server keeps at most a window of mail in flight to each; what was not taken stays in its mailbox. At the end they come
back, and must get all of it. `p99_ratio`: of the good ones, while the others stall, to before.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from bench.limits import note_limits
from bench.load import Result, Server, run, start_server
from bench.messages import Sender, seed_pairs
from bench.pacing import at_rate, percentile_ms, settle

GOOD_PER_S = 5_000
EACH_PER_S = 20
CALM_S = 10.0
ERASED_WITHIN_S = 20.0
RATIO_MAX = 1.2


def stop_reading(one: Sender) -> None:
    """Its connection stays open."""
    assert one.socket is not None and one.socket.transport is not None
    one.socket.transport.underlying_transport.pause_reading()


async def talk(talkers: list[Sender]) -> None:
    """Each writes to its reader as long as this lasts."""
    while True:
        started_s = time.perf_counter()
        for one in talkers:
            if one.may_send:
                one.send()
        await asyncio.sleep(max(0.0, 1 / EACH_PER_S - (time.perf_counter() - started_s)))


async def left_in_the_end(server: Server) -> int:
    """Rows still stored once the last acknowledgements have had their time."""
    until_s = time.perf_counter() + ERASED_WITHIN_S
    while (left := await server.left_on_disk()) and time.perf_counter() < until_s:
        await asyncio.sleep(0.1)
    return left


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result(f"stalled: {arguments.stalled} readers that stopped beside {arguments.good} good connections")
    await note_limits(result)
    server, placed = await start_server(lambda tx: seed_pairs(tx, arguments.good + 2 * arguments.stalled))
    try:
        everybody = [Sender(group_id) for _, group_id in placed]
        for sender, (device, _) in zip(everybody, placed, strict=True):
            await sender.connect(server.url, device)
        good, others = everybody[: arguments.good], everybody[arguments.good :]
        talkers, readers = others[::2], others[1::2]
        talking = asyncio.get_running_loop().create_task(talk(talkers))
        before = await at_rate(good, GOOD_PER_S, CALM_S)
        rss_mb = server.rss_mb()
        for one in readers:
            stop_reading(one)
        meanwhile = await at_rate(good, GOOD_PER_S, arguments.seconds)
        grown_mb = server.rss_mb() - rss_mb
        talking.cancel()
        for one, (device, _) in zip(readers, placed[arguments.good + 1 :: 2], strict=True):
            await one.come_back(server.url, device)
        await settle(others)
        left = await left_in_the_end(server)
    finally:
        server.stop()
    result.add("p99_ratio", percentile_ms(meanwhile, 0.99) / percentile_ms(before, 0.99), f"at most {RATIO_MAX}")
    result.add("grown_kb_per_stalled", grown_mb * 1024 / len(readers), "at most 1,024")
    result.add("messages_lost", sum(one.accepted for one in everybody) - sum(one.delivered for one in everybody), "0")
    result.add("rows_left_on_disk", left, "0")
    result.note("p99_ms_before", percentile_ms(before, 0.99))
    result.note("p99_ms_meanwhile", percentile_ms(meanwhile, 0.99))
    return result


if __name__ == "__main__":
    run(
        bench,
        seconds={"type": float, "default": 40.0},
        good={"type": int, "default": 1000},
        stalled={"type": int, "default": 100},
    )
