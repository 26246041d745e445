"""What an XMPP server is to the bench, and how its process is started and ended."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench import processes

START_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Running:
    """`pid` is the server's own; `others` are processes that work for it (a database)."""

    port: int
    pid: int
    others: tuple[int, ...] = ()

    def cpu_s(self) -> float:
        return processes.cpu_s(self.pid, *self.others)

    def rss_mb(self) -> float:
        return processes.rss_mb(self.pid)


class Peer(Protocol):
    """A server in one configuration, run on a new folder each time."""

    @property
    def name(self) -> str: ...

    @property
    def durability(self) -> str:
        """What a message survives whose sender has the acknowledgement, and where it lies."""
        ...

    def missing(self) -> str | None:
        """What is not installed, in a few words."""
        ...

    def running(self) -> AbstractContextManager[Running]: ...


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, port: int, others: tuple[int, ...] = ()
) -> Iterator[Running]:
    """Start a server and wait until it listens. Raises RuntimeError with what it printed if it ends before."""
    said = folder / "output"
    with said.open("wb") as output:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + START_WITHIN_S
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start: {said.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield Running(port, process.pid, others)
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
