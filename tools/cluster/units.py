"""A process that is started again when it dies, as systemd does with `Restart=always`."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

RESTART_S = 0.2
STOP_WITHIN_S = 10.0


@dataclass
class Unit:
    """`user` runs it when we are root and it refuses to be; its output goes to `log`."""

    name: str
    command: Sequence[str]
    log: Path
    cwd: Path
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    _process: subprocess.Popen[bytes] | None = None
    _started_at_s: float = 0.0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep(self) -> None:
        """Start it if it does not run; not more often than every RESTART_S."""
        if not self.is_running and time.monotonic() - self._started_at_s >= RESTART_S:
            self._started_at_s = time.monotonic()
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    cwd=self.cwd,
                    env={**_plain_environment(), "HOME": str(self.cwd), **self.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    user=self.user,
                )

    def kill(self) -> None:
        """kill -9, its children as well; returns when it is gone."""
        if self._process is None:
            return
        for pid in [self._process.pid, *_below(self._process.pid)]:
            _signal(pid, signal.SIGKILL)
        self._process.wait()

    def freeze(self) -> None:
        """Nothing runs and nothing is closed, as on a machine that stalls, until `thaw`."""
        if self._process is not None:
            _signal(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            _signal(self._process.pid, signal.SIGCONT)

    def ask_to_end(self) -> None:
        if self._process is not None and self.is_running:
            self._process.send_signal(self.stop_signal)

    def wait(self) -> None:
        """Wait for its end; what does not end is killed."""
        try:
            if self._process is not None:
                self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()


def _plain_environment() -> dict[str, str]:
    """No settings of whoever starts this, and no proxy between the nodes."""
    kept = ("PATH", "TMPDIR", "PYTHONUTF8")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LANG": "C.UTF-8"}


def _signal(pid: int, what: signal.Signals) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return


def _below(pid: int) -> list[int]:
    """All descendants of a process."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found
