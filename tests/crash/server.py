"""The real server as a process that a test may kill."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 30.0
PORTS = range(20_000, 32_000)  # Below what the system gives to connections that go out.
SERVE = "from hongyan.cli import main; main()"
OWNER_LINK = re.compile(r"/i#([\w-]+)")


def free_port() -> int:
    """One that stays free while its server is down."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Nursery:
    """A process from which servers are forked with the program's modules loaded; see nursery.py."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": _python_path()},
            text=True,
        )

    def ask(self, verb: str, about: object) -> int | None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({verb: about}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer is None or isinstance(answer, int)
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class ServerProcess:
    """`hongyan serve` on a data folder; `entry` is Python source in place of the command's own entry point."""

    def __init__(
        self, folder: Path, nursery: Nursery, *, entry: str = SERVE, settings: dict[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder.parent / f"{folder.name}.log"
        self._nursery = nursery
        self.entry = entry
        self._settings = settings or {}
        self._pid: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._pid is not None
        return self._pid

    @property
    def is_running(self) -> bool:
        if self._pid is not None and self._nursery.ask("poll", self._pid) is not None:
            self._pid = None
        return self._pid is not None

    def start(self) -> None:
        """Start without waiting for anything."""
        environment = {
            "PYTHONUNBUFFERED": "1",
            "LANG": "C.UTF-8",
            "HONGYAN_DATA_DIR": str(self.folder),
            "HONGYAN_PORT": str(self.port),
            **self._settings,
        }
        order = {"entry": self.entry, "log": str(self.log), "environment": json.dumps(environment)}
        self._pid = self._nursery.ask("start", order)

    def start_and_wait(self) -> None:
        """Start, and return once it answers. Raises RuntimeError with its output when it ends before."""
        self.start()
        until_s = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until_s and self.is_running:
            try:
                httpx.get(f"{self.url}/api/server", timeout=2, trust_env=False)
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"the server does not answer:\n{self.output()}")

    def kill(self) -> None:
        """kill -9; returns when the process is gone."""
        os.kill(self.pid, signal.SIGKILL)
        self._nursery.ask("wait", self.pid)
        self._pid = None

    def stop(self) -> None:
        """Ask it to end, as an operator does, and wait for it."""
        if self.is_running:
            os.kill(self.pid, signal.SIGTERM)
            self._nursery.ask("wait", self.pid)
            self._pid = None

    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def owner_token(self) -> str:
        """The token of the first person's invitation, from what the server prints once it answers."""
        until_s = time.monotonic() + READY_WITHIN_S
        while (found := OWNER_LINK.search(self.output())) is None:
            assert time.monotonic() < until_s, self.output()
            time.sleep(0.02)
        return found.group(1)


def _python_path() -> str:
    return os.pathsep.join((str(ROOT / "src"), str(ROOT)))
