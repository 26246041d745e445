"""What the server benches share: a real server process on a seeded database, its CPU and memory, and the table.

The server is `hongyan serve` with its default settings (but `metrics_port`, from which commits are counted).
The load generator is the bench's own process. Accounts, friendships and groups are seeded into the database
before the server starts, by tests/delivery/seed.py: making thousands through the API would measure signatures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from bench import processes
from tests.delivery.client import application

from hongyan.app import migrations
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import Tx, open_database
from hongyan.foundation.memory import settle_memory

T = TypeVar("T")

START_WITHIN_S = 20.0
SERVE = "from hongyan.cli import main; main()"


def today() -> str:
    """The day that a device which was here today has in the database."""
    return datetime.now(UTC).date().isoformat()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def new_folder() -> Path:
    """On the disk that is measured: BENCH_DIR, else where temporary files go."""
    return Path(tempfile.mkdtemp(prefix="hongyan-bench-", dir=os.environ.get("BENCH_DIR")))


@dataclass
class Usage:
    """What the server process had used at one moment."""

    at_s: float
    cpu_s: float
    commits: int


@dataclass
class Server:
    """A running server process; `seeded` is what the seeding function returned."""

    folder: Path
    port: int
    metrics_port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def usage(self) -> Usage:
        """Includes every thread of the process."""
        return Usage(time.perf_counter(), processes.cpu_s(self.process.pid), self.commits())

    def commits(self) -> int:
        """Commits of the database so far, each one fsync."""
        return int(self.metric("hongyan_writer_commit_seconds_count"))

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics") as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(f"{name} "):
                    return float(line.split()[1])
        raise RuntimeError(f"the server counts no {name}")

    def rss_mb(self) -> float:
        return processes.rss_mb(self.process.pid)

    async def left_on_disk(self) -> int:
        """Rows of mail and bodies still stored."""
        database = open_database(str(self.folder / "hongyan.db"))
        row = await database.read(lambda tx: tx.one("SELECT (SELECT COUNT(*) FROM body) + (SELECT COUNT(*) FROM mail)"))
        await database.close()
        assert row is not None and isinstance(row[0], int)
        return row[0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)


async def start_server(seed: Callable[[Tx], T]) -> tuple[Server, T]:
    """Seed a new database, start `hongyan serve` on it, and wait until it answers."""
    folder = new_folder()
    seeded = await seed_database(str(folder / "hongyan.db"), seed)
    return await serve(folder), seeded


async def seed_database(url: str, seed: Callable[[Tx], T]) -> T:
    database = open_database(url)
    database.migrate(migrations(), SystemClock())
    seeded = await database.write(seed)
    await database.close()
    return seeded


async def serve(folder: Path, **environment: str) -> Server:
    """Start `hongyan serve` on this data folder, and wait until it answers."""
    port, metrics_port = free_port(), free_port()
    python_path = os.pathsep.join(sys.path)
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "serve", "--data-dir", str(folder), "--port", str(port)],
        env={**os.environ, "HONGYAN_METRICS_PORT": str(metrics_port), "PYTHONPATH": python_path, **environment},
        stdout=subprocess.DEVNULL,
    )
    server = Server(folder, port, metrics_port, process)
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            server.commits()
            return server
        except OSError:
            await asyncio.sleep(0.05)
    server.stop()
    raise RuntimeError("the server did not start")


def message_of(group_id: bytes, size: int) -> bytes:
    """An application message of exactly `size` bytes in epoch 1."""
    head = application(group_id, 1)
    return head + bytes(size - len(head))


@dataclass
class Result:
    """Named figures in the order they are printed; a figure with a goal says whether it is met."""

    title: str
    figures: dict[str, float] = field(default_factory=dict)
    goals: dict[str, str] = field(default_factory=dict)
    notes: dict[str, float | str] = field(default_factory=dict)

    def add(self, name: str, value: float, goal: str = "") -> None:
        self.figures[name] = round(value, 3 if value < 100 else 0)
        if goal:
            self.goals[name] = goal

    def note(self, name: str, value: float | str) -> None:
        """A figure of the machine or of the run, beside which the others must be read."""
        self.notes[name] = round(value, 3 if value < 100 else 0) if isinstance(value, float) else value

    def print(self, *, as_json: bool) -> None:
        if as_json:
            print(json.dumps(self.figures | self.notes))
            return
        print(self.title)
        for name, value in self.figures.items():
            print(f"  {name:<34}{value:>14,.10g}   {self.goals.get(name, '')}")
        print("the machine's own limits and the conditions, same run")
        for name, noted in self.notes.items():
            shown = noted if isinstance(noted, str) else f"{noted:,.10g}"
            print(f"  {name:<34}{shown:>14}")


def run(bench: Callable[[argparse.Namespace], Coroutine[Any, Any, Result]], **options: Mapping[str, Any]) -> None:
    """The command line of every bench: `--json` and its own options."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    for name, option in options.items():
        parser.add_argument(f"--{name.replace('_', '-')}", **option)
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    settle_memory()
    result = uvloop.run(bench(arguments))
    result.note("load_average_1min", os.getloadavg()[0])
    result.print(as_json=arguments.json)
