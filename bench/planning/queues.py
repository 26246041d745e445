"""A cell in its busiest second, as queues: a seeded simulation of what no machine here is large enough to be.

Messages come at random times (Poisson) to a process at random. Its processor takes them one after the other; what is
ready goes into the process's next round. A round is closed when the one before it is stored, waits for the write
lock behind the rounds of other processes, holds it for a flush, the standby and its messages, and then all its
messages are answered. That is foundation/db/postgres.py; nothing is turned away here.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass, field

ROUND_MESSAGES_MAX = 512


@dataclass(frozen=True, slots=True)
class Cell:
    """`cpu_s` of a message on its process; a round holds the lock `round_s`, and `lock_s` more for each message."""

    processes: int
    cpu_s: float
    round_s: float
    lock_s: float


@dataclass(frozen=True, slots=True)
class Waits:
    """From when a message came until it was stored."""

    p50_ms: float
    p99_ms: float
    messages_per_round: float
    unanswered: int


@dataclass(slots=True)
class _Process:
    free_at_s: float = 0.0
    ready: deque[float] = field(default_factory=deque)
    round: list[float] = field(default_factory=list)


def simulate(cell: Cell, messages_s: float, seconds: float, seed: int) -> Waits:
    """Waits of the messages that came in the second half; the first fills the queues."""
    chance = random.Random(seed)
    processes = [_Process() for _ in range(cell.processes)]
    events: list[tuple[float, int, int, float]] = []  # when, which (to break ties), process, when it came or -1
    at_s, which = 0.0, 0
    while at_s < seconds:
        at_s += chance.expovariate(messages_s)
        place = chance.randrange(cell.processes)
        one = processes[place]
        one.free_at_s = max(one.free_at_s, at_s) + chance.expovariate(1 / cell.cpu_s)
        events.append((one.free_at_s, which, place, at_s))
        which += 1
    heapq.heapify(events)
    waiting: deque[int] = deque()
    holder: int | None = None
    waits_s: list[float] = []
    came = rounds = stored = 0

    def close_round(place: int) -> None:
        one = processes[place]
        if one.ready and not one.round:
            one.round = [one.ready.popleft() for _ in range(min(len(one.ready), ROUND_MESSAGES_MAX))]
            waiting.append(place)

    while events:
        now_s, _, place, came_s = heapq.heappop(events)
        if now_s > seconds:
            break
        if came_s >= 0:
            came += 1
            processes[place].ready.append(came_s)
        else:
            waits_s += [now_s - one for one in processes[place].round if one >= seconds / 2]
            stored, rounds = stored + len(processes[place].round), rounds + 1
            processes[place].round, holder = [], None
        close_round(place)
        if holder is None and waiting:
            holder = waiting.popleft()
            held_s = cell.round_s + len(processes[holder].round) * cell.lock_s
            which += 1
            heapq.heappush(events, (now_s + held_s, which, holder, -1.0))
    waits_s.sort()
    last = len(waits_s) - 1
    return Waits(
        p50_ms=waits_s[last // 2] * 1000,
        p99_ms=waits_s[int(last * 0.99)] * 1000,
        messages_per_round=stored / max(1, rounds),
        unanswered=came - stored,
    )
