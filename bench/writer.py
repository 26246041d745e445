"""Where a round's statements should run (docs/adr/0011-writer.md): in the writer's thread or on the event loop.

Each message is decoded on the loop, then costs five statements: insert a body, insert mail, update a device,
delete an older mail and body. The loop is kept as busy as a server's is. `python bench/writer.py`
"""

import asyncio
import queue
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec
import uvloop

SECONDS = 5.0
IN_FLIGHT = 800
ROUND_MAX = 1000
KEPT = 2000
DEVICES = 200
FRAME = msgspec.msgpack.encode([2, 5, b"g" * 16, b"x" * 300])


class Store:
    """The five statements of a message, one by one or in five executemany calls."""

    def __init__(self, folder: str, *, many: bool) -> None:
        self.connection = apsw.Connection(str(Path(folder) / "bench.db"))
        for name, value in (
            ("journal_mode", "WAL"),
            ("synchronous", "FULL"),
            ("secure_delete", "ON"),
            ("wal_autocheckpoint", 4000),
        ):
            self.connection.pragma(name, value)
        self.connection.execute(
            "CREATE TABLE body (id INTEGER PRIMARY KEY, bytes BLOB) STRICT;"
            "CREATE TABLE mail (device INTEGER, seq INTEGER, PRIMARY KEY (device, seq)) STRICT, WITHOUT ROWID;"
            "CREATE TABLE device (id INTEGER PRIMARY KEY, last INTEGER) STRICT"
        )
        self.connection.executemany("INSERT INTO device VALUES (?, 0)", [(n,) for n in range(DEVICES)])
        self._many = many
        self._next = KEPT

    def run(self, bodies: list[bytes]) -> None:
        numbers = range(self._next, self._next + len(bodies))
        self._next += len(bodies)
        steps: list[tuple[str, list[tuple[int | bytes, ...]]]] = [
            ("INSERT INTO body VALUES (?, ?)", list(zip(numbers, bodies, strict=True))),
            ("INSERT INTO mail VALUES (?, ?)", [(n % DEVICES, n) for n in numbers]),
            ("UPDATE device SET last = ? WHERE id = ?", [(n, n % DEVICES) for n in numbers]),
            ("DELETE FROM mail WHERE device = ? AND seq = ?", [((n - KEPT) % DEVICES, n - KEPT) for n in numbers]),
            ("DELETE FROM body WHERE id = ?", [(n - KEPT,) for n in numbers]),
        ]
        for sql, rows in steps:
            if self._many:
                self.connection.executemany(sql, rows)
            else:
                for row in rows:
                    self.connection.execute(sql, row)


class Run:
    def __init__(self, store: Store, *, in_thread: bool) -> None:
        self._store = store
        self._in_thread = in_thread
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._waiting: list[tuple[bytes, float]] = []
        self._free = IN_FLIGHT
        self._taken = False
        self._ends_at_s = time.perf_counter() + SECONDS
        self.done = asyncio.Event()
        self.commits = 0
        self.delays_s: list[float] = []
        self.thread = threading.Thread(target=self._run_thread)

    def arrive(self) -> None:
        if time.perf_counter() > self._ends_at_s:
            self.done.set()
            return
        for _ in range(min(8, self._free)):
            self._free -= 1
            frame = msgspec.msgpack.decode(FRAME)
            sum(range(600))  # what routing and sending cost a server
            self._waiting.append((frame[3], time.perf_counter()))
        self._begin()
        if self._free:
            self._loop.call_soon(self.arrive)
        else:
            self._loop.call_later(0.0005, self.arrive)

    def _begin(self) -> None:
        if self._taken or not self._waiting:
            return
        self._taken = True
        taken, self._waiting = self._waiting[:ROUND_MAX], self._waiting[ROUND_MAX:]
        if not self._in_thread:
            self._statements(taken)
        self._work.put(lambda: self._commit(taken))

    def _statements(self, taken: list[tuple[bytes, float]]) -> None:
        self._store.connection.execute("BEGIN IMMEDIATE")
        self._store.run([body for body, _ in taken])

    def _commit(self, taken: list[tuple[bytes, float]]) -> None:
        if self._in_thread:
            self._statements(taken)
        self._store.connection.execute("COMMIT")
        self._loop.call_soon_threadsafe(self._answer, taken)

    def _answer(self, taken: list[tuple[bytes, float]]) -> None:
        now_s = time.perf_counter()
        self._taken = False
        self.commits += 1
        self._free += len(taken)
        self.delays_s += [now_s - since_s for _, since_s in taken]
        self._loop.call_soon(self._begin)

    def _run_thread(self) -> None:
        while (work := self._work.get()) is not None:
            work()

    def end(self) -> None:
        self._work.put(None)


async def measure(*, in_thread: bool, many: bool) -> str:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        run = Run(Store(folder, many=many), in_thread=in_thread)
        run.thread.start()
        cpu_s = time.process_time()
        run.arrive()
        await run.done.wait()
        cpu_s = time.process_time() - cpu_s
        run.end()
        await asyncio.get_running_loop().run_in_executor(None, run.thread.join)
    delays = sorted(run.delays_s)
    count = len(delays)
    return (
        f"{count / SECONDS:10,.0f} {cpu_s * 1e6 / count:8.1f} {count / run.commits:10.0f} "
        f"{delays[count // 2] * 1e3:8.1f} {delays[count * 99 // 100] * 1e3:8.1f}"
    )


def main() -> None:
    print(f"{'statements run':36}{'messages/s':>10} {'CPU µs':>8} {'per commit':>10} {'p50 ms':>8} {'p99 ms':>8}")
    for in_thread in (True, False):
        for many in (False, True):
            name = ("in the writer's thread" if in_thread else "on the loop") + (", executemany" if many else "")
            print(f"{name:36}{uvloop.run(measure(in_thread=in_thread, many=many))}", flush=True)


if __name__ == "__main__":
    main()
