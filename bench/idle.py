"""What an idle server holds: at rest, and for each authenticated connection.

    python -m bench.idle [--json] [--connections 8000]

`rest_mb`: resident memory of the server process before anybody connects. `kb_per_connection`: its growth with
all connections authenticated and idle, divided by their number.
"""

from __future__ import annotations

import argparse
import asyncio

from bench.limits import note_limits
from bench.load import Result, run, start_server, today
from tests.delivery import seed
from tests.delivery.seed import Seeded

from hongyan.delivery import frames as f
from hongyan.foundation.db import Tx
from hongyan.sdk.net.link import Socket, open_socket

AT_ONCE = 100
SETTLE_S = 2.0


async def connect(url: str, device: Seeded) -> Socket:
    ready = asyncio.Event()
    socket = await open_socket(url, lambda wire: ready.set() if wire[1] == 1 else None, lambda: None)
    socket.send(f.encode_frame(f.Hello(f.PROTOCOL_VERSION, device.token, 0)))
    async with asyncio.timeout(60):
        await ready.wait()
    return socket


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result(f"idle: {arguments.connections} authenticated connections")
    await note_limits(result)

    def seed_people(tx: Tx) -> list[Seeded]:
        return seed.people(tx, [f"person{n}" for n in range(arguments.connections)], last_seen_day=today())

    server, devices = await start_server(seed_people)
    sockets: list[Socket] = []
    try:
        await asyncio.sleep(SETTLE_S)
        rest_mb = server.rss_mb()
        for start in range(0, len(devices), AT_ONCE):
            sockets += await asyncio.gather(*[connect(server.url, one) for one in devices[start : start + AT_ONCE]])
        await asyncio.sleep(SETTLE_S)
        full_mb, before = server.rss_mb(), server.usage()
        await asyncio.sleep(SETTLE_S)
        after = server.usage()
        still_open = sum(one.transport is not None for one in sockets)
    finally:
        server.stop()
    assert still_open == len(devices), f"{len(devices) - still_open} connections were lost"
    result.add("rest_mb", rest_mb, "at most 90")
    result.add("kb_per_connection", (full_mb - rest_mb) * 1024 / len(devices), "at most 15")
    result.note("idle_cpu_percent", (after.cpu_s - before.cpu_s) / (after.at_s - before.at_s) * 100)
    return result


if __name__ == "__main__":
    run(bench, connections={"type": int, "default": 8_000})
