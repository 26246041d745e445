"""What processes have used, read from /proc, and where they may run: all of one's children are counted with it."""

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


def two_cores() -> tuple[set[int], set[int]]:
    """One core each for what is measured and for what measures; all for both where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return ({cores[0]}, set(cores[1:])) if len(cores) > 1 else (set(cores), set(cores))


def stay_on(cores: set[int]) -> None:
    """This thread, and every process it starts from now on."""
    os.sched_setaffinity(0, cores)


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
