"""Half an hour at 70 % of what the server can do: does it grow, does it slow down, does it lose anything?

    python -m bench.soak [--json] [--minutes 30] [--share 0.7]

200 connections in pairs, 300-byte messages, durable before the verdict. First the capacity (closed loop), then that
share of it at regular times, in spans of SPAN_S; after each, once all of it has arrived, a look at the process. A
tenth of the connections is cut and comes back at every look. `rss_slope`: least squares over the second two thirds,
for what a process needs when it is warm is not growth. `p99` compares the first third of the spans with the last.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from bench.load import Result, run, start_server
from bench.messages import Sender, seed_pairs
from bench.pacing import at_rate, closed_loop, percentile_ms

SPAN_S = 20.0
CAPACITY_S = 6.0
IN_FLIGHT = 8
CUT_SHARE = 0.1
SLOPE_MB = 1.0


def open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def growth_per_10min(looks: list[tuple[float, float]]) -> float:
    """Of (seconds, value): the slope of least squares."""
    return statistics.linear_regression([at_s for at_s, _ in looks], [value for _, value in looks]).slope * 600


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result(f"soak: {arguments.minutes:g} minutes at {arguments.share:.0%} of the capacity, 200 connections")
    server, placed = await start_server(seed_pairs)
    memory: list[tuple[float, float]] = []
    files: list[int] = []
    p99_ms: list[float] = []
    try:
        senders = [Sender(group_id) for _, group_id in placed]
        for sender, (device, _) in zip(senders, placed, strict=True):
            await sender.connect(server.url, device)
        capacity = (await closed_loop(senders, IN_FLIGHT, CAPACITY_S, server.usage)).per_s
        began_s = time.perf_counter()
        turn = 0
        while (now_s := time.perf_counter()) < began_s + arguments.minutes * 60:
            p99_ms.append(percentile_ms(await at_rate(senders, capacity * arguments.share, SPAN_S), 0.99))
            memory.append((now_s - began_s, server.rss_mb()))
            files.append(open_files(server.process.pid))
            for place in range(turn % 10, len(senders), round(1 / CUT_SHARE)):
                await senders[place].come_back(server.url, placed[place][0])
            turn += 1
        left = await server.left_on_disk()
    finally:
        server.stop()
    warm, third = memory[len(memory) // 3 :], max(1, len(p99_ms) // 3)
    result.add("rss_slope_mb_per_10min", growth_per_10min(warm), f"at most {SLOPE_MB:g}")
    result.add("open_files_more", files[-1] - files[0], "0")
    result.add("messages_lost", sum(one.accepted for one in senders) - sum(one.delivered for one in senders), "0")
    result.add("rows_left_on_disk", left, "0")
    result.add("p99_last_to_first_third", statistics.median(p99_ms[-third:]) / statistics.median(p99_ms[:third]))
    result.note("p99_ms_first_third", statistics.median(p99_ms[:third]))
    result.note("p99_ms_last_third", statistics.median(p99_ms[-third:]))
    result.note("capacity_per_s", capacity)
    result.note("messages", sum(one.accepted for one in senders))
    result.note("came_back", turn * round(len(senders) * CUT_SHARE))
    result.note("rss_mb_first", memory[0][1])
    result.note("rss_mb_last", memory[-1][1])
    result.note("minutes", arguments.minutes)
    return result


if __name__ == "__main__":
    run(
        bench,
        minutes={"type": float, "default": 30.0},
        share={"type": float, "default": 0.7},
    )
