"""How a load is offered: as fast as verdicts come, at regular times whatever the server does, or to a crowd.

The same for every server that is measured: `Sender` and `Crowd` are what connections to it must be able to do.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

TICK_S = 0.002
WARM_UP_S = 2.0
SETTLE_WITHIN_S = 120.0
MEMBERS = 100
ONE_BY_ONE = 200
PAUSE_S = 0.01
CROWD_WITHIN_S = 60.0


class Sender(Protocol):
    """One connection; `no` counts what it sent, and in a closed loop each verdict sends the next."""

    no: int
    accepted: int
    delivered: int
    closed_loop: bool
    latencies_ns: list[int]

    @property
    def may_send(self) -> bool: ...

    def send(self, due_ns: int | None = None) -> None: ...


class Crowd:
    """One sender and MEMBERS others; who receives says so with `took`, and the sender's verdict with `verdict`."""

    def __init__(self) -> None:
        self.no = 0
        self.delivered = 0
        self.is_calm = True
        self._is_flooding = False
        self._awaited = -1
        self._all_here = asyncio.Event()

    def send(self) -> None:
        raise NotImplementedError

    def took(self, count: int) -> None:
        self.delivered += count
        if self.delivered == self._awaited:
            self._all_here.set()

    def verdict(self) -> None:
        if self._is_flooding:
            self.send()

    async def everything(self) -> None:
        """Wait until all that was sent has reached every member."""
        self._all_here.clear()
        self._awaited = self.no * MEMBERS
        if self.delivered < self._awaited:
            async with asyncio.timeout(CROWD_WITHIN_S):
                await self._all_here.wait()

    async def one_by_one(self) -> list[float]:
        """Milliseconds from before each of ONE_BY_ONE messages until its last member has it, sorted."""
        waits_ms = []
        for _ in range(ONE_BY_ONE):
            started = time.perf_counter()
            self.send()
            await self.everything()
            waits_ms.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(PAUSE_S)
        return sorted(waits_ms)

    async def flood(self, in_flight: int, seconds: float, look: Callable[[], T]) -> Span[T]:
        """Deliveries while `in_flight` messages always wait for their verdict."""
        self.is_calm, self._is_flooding = False, True
        for _ in range(in_flight):
            self.send()
        await asyncio.sleep(WARM_UP_S)
        span = await measure(lambda: self.delivered, seconds, look)
        self._is_flooding = False
        return span


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """What was counted between two looks at the server, and the CPU of this process in it."""

    count: int
    seconds: float
    own_cpu_s: float
    before: T
    after: T

    @property
    def per_s(self) -> float:
        return self.count / self.seconds


async def measure(
    counter: Callable[[], int],
    seconds: float,
    look: Callable[[], T],
    meanwhile: Callable[[float], Awaitable[None]] | None = None,
) -> Span[T]:
    """`meanwhile`, if given, does what there is to do until a time of the performance counter."""
    before, count, started, own = look(), counter(), time.perf_counter(), time.process_time()
    await (asyncio.sleep(seconds) if meanwhile is None else meanwhile(started + seconds))
    after, last, ended = look(), counter(), time.perf_counter()
    return Span(last - count, ended - started, time.process_time() - own, before, after)


def accepted(senders: Sequence[Sender]) -> int:
    return sum(one.accepted for one in senders)


async def closed_loop(senders: Sequence[Sender], in_flight: int, seconds: float, look: Callable[[], T]) -> Span[T]:
    """`in_flight` unanswered messages on each connection; `look` is asked at both ends of the measured span."""
    for one in senders:
        one.closed_loop = True
        for _ in range(in_flight):
            one.send()
    await asyncio.sleep(WARM_UP_S)
    span = await measure(lambda: accepted(senders), seconds, look)
    await settle(senders)
    return span


async def settle(senders: Sequence[Sender]) -> None:
    """Wait until everything sent was accepted and delivered."""
    for one in senders:
        one.closed_loop = False
    async with asyncio.timeout(SETTLE_WITHIN_S):
        while True:
            sent = sum(one.no for one in senders)
            if accepted(senders) == sent == sum(one.delivered for one in senders):
                return
            await asyncio.sleep(0.02)


async def at_rate(senders: Sequence[Sender], per_s: float, seconds: float) -> list[int]:
    """Messages due at regular times whatever the server does; returns the latencies in ns, sorted.

    A latency counts from when the message was due, also if its sender had to wait for verdicts first.
    """
    for one in senders:
        one.latencies_ns.clear()
    due_every_ns = round(1e9 / per_s)
    started_ns, count = time.perf_counter_ns(), round(per_s * seconds)
    waiting, sent = deque(senders), 0
    while sent < count:
        now_ns = time.perf_counter_ns()
        while sent < count and (due_ns := started_ns + sent * due_every_ns) <= now_ns:
            if not waiting[0].may_send:
                break
            waiting[0].send(due_ns)
            waiting.rotate(-1)
            sent += 1
        await asyncio.sleep(TICK_S)
    await settle(senders)
    return sorted(latency for one in senders for latency in one.latencies_ns)


def percentile_ms(latencies_ns: Sequence[int], share: float) -> float:
    """Of sorted latencies."""
    return latencies_ns[int(len(latencies_ns) * share)] / 1e6
