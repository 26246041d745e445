"""What processes have used, read from /proc: CPU of a process with all its children, resident memory of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def cpu_s(*pids: int) -> float:
    """CPU of these processes so far: all their threads, and all processes below them that are alive."""
    return sum(_ticks(pid) for root in pids for pid in _tree(root)) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _tree(int(child))
