"""What this machine can do at best: fsyncs, rows through the database writer alone, and bare socket echoes."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import uvloop
from bench.load import Result, free_port
from bench.processes import cpu_s
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import Migration, Tx, open_database
from hongyan.sdk.net.link import Socket, open_socket

SECONDS = 1.0
ROWS_PER_ROUND = 1_000


def fsyncs_per_s(folder: Path) -> float:
    """4 KiB appended and flushed, one after the other."""
    with (folder / "fsync").open("wb", buffering=0) as file:
        started, count = time.perf_counter(), 0
        while time.perf_counter() - started < SECONDS:
            file.write(bytes(4096))
            os.fsync(file.fileno())
            count += 1
        return count / (time.perf_counter() - started)


async def writer_rows(folder: Path) -> tuple[float, float]:
    """300-byte rows a second through the writer alone, durable, and microseconds of CPU for each."""
    database = open_database(str(folder / "rows.db"))
    table = "CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"
    database.migrate([Migration("bench", 1, "row", (table,))], SystemClock())

    def insert(tx: Tx, rounds: list[list[bytes]]) -> list[None]:
        tx.executemany("INSERT INTO row (body) VALUES (?)", [(row,) for rows in rounds for row in rows])
        return [None] * len(rounds)

    batch, rows = database.batch(insert), [bytes(300)] * ROWS_PER_ROUND
    started, cpu, count = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - started < SECONDS:
        await batch.run(rows)
        count += ROWS_PER_ROUND
    taken, cpu = time.perf_counter() - started, time.process_time() - cpu
    await database.close()
    return count / taken, cpu / count * 1e6


class Echo(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            transport.send(WSMsgType.BINARY, frame.get_payload_as_bytes())


def serve_echo(port: int) -> None:
    async def serve() -> None:
        def listen(request: WSUpgradeRequest) -> WSListener:
            return Echo()

        server = await ws_create_server(listen, "127.0.0.1", port)
        await server.serve_forever()

    uvloop.run(serve())


async def echoes_per_s(connections: int = 20, in_flight: int = 8) -> tuple[float, float]:
    """300-byte frames echoed by picows alone in another process, and microseconds of its CPU for each."""
    port = free_port()
    process = get_context("spawn").Process(target=serve_echo, args=(port,), daemon=True)
    process.start()
    count = 0
    sockets: list[Socket] = []

    def connect(place: int) -> None:
        def echoed(wire: bytes) -> None:
            nonlocal count
            count += 1
            sockets[place].send(wire)

        callbacks.append(echoed)

    callbacks: list[object] = []
    for place in range(connections):
        connect(place)
    for callback in callbacks:
        assert callable(callback)
        sockets.append(await _patient(f"ws://127.0.0.1:{port}", callback))
    for one in sockets:
        for _ in range(in_flight):
            one.send(bytes(300))
    await asyncio.sleep(0.2)
    before, started, cpu = count, time.perf_counter(), cpu_s(process.pid or 0)
    await asyncio.sleep(SECONDS)
    taken, echoed, cpu = time.perf_counter() - started, count - before, cpu_s(process.pid or 0) - cpu
    for one in sockets:
        one.abort()
    process.kill()
    process.join()
    return echoed / taken, cpu / echoed * 1e6


async def _patient(url: str, received: object) -> Socket:
    assert callable(received)
    for _ in range(200):
        try:
            return await open_socket(url, received, lambda: None)
        except OSError:
            await asyncio.sleep(0.05)
    raise RuntimeError("the echo server did not start")


async def note_limits(result: Result) -> None:
    """Measure the limits and put them beside the figures."""
    with tempfile.TemporaryDirectory(prefix="hongyan-bench-", dir=os.environ.get("BENCH_DIR")) as name:
        result.note("limit_fsyncs_per_s", fsyncs_per_s(Path(name)))
        rows, row_us = await writer_rows(Path(name))
    result.note("limit_writer_rows_per_s", rows)
    result.note("limit_writer_cpu_us_per_row", row_us)
    echoes, echo_us = await echoes_per_s()
    result.note("limit_socket_echoes_per_s", echoes)
    result.note("limit_socket_cpu_us_per_echo", echo_us)
