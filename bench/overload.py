"""Overload: open-loop load at 1, 2, 5 and 10 times the capacity, from clients that obey the server.

    python -m bench.overload [--json] [--seconds 6]

200 connections in pairs, 300-byte messages, durable before the verdict. The server has a core of its own and the load
the other one, where there are two: else they take from each other what is measured. Capacity is what closed loops
store right before and right after, on average, at the depth that is best here. In between people wish to send at
random times (Poisson), that many times the capacity together, whatever the server does. A device obeys [OV3]: what is
answered `busy` goes again under its number after the time it was told and as long again at random, alone until it is
accepted. A wish that could not leave its device for half of PATIENCE_S is withdrawn by its person. Goodput counts
messages that were accepted within PATIENCE_S of the wish, as a share of the capacity, or of the wishes where they were
fewer. At the end every message that left a device must have been
accepted once and delivered once.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Sequence

from bench import processes
from bench.limits import note_limits
from bench.load import Result, Server, message_of, run, start_server
from bench.messages import BODY_BYTES, seed_pairs
from tests.delivery.seed import Seeded

from hongyan.delivery import frames as f
from hongyan.delivery.model import FRAMES_IN_FLIGHT_MAX
from hongyan.foundation.overload import MESSAGE_LIFETIME_S
from hongyan.sdk.net.link import Socket, open_socket

IN_FLIGHT = (8, 16, 24)
TIMES = (1, 2, 5, 10)
GOALS = {1: 0.95, 2: 0.90, 5: 0.90, 10: 0.85}
PATIENCE_S = MESSAGE_LIFETIME_S
WITHDRAWN_AFTER_S = PATIENCE_S / 2
TICK_S = 0.004
WARM_UP_S = 2.0
BACK_SHARE = 0.98
BACK_SPAN_S = 0.5
BACK_WITHIN_S = 10.0
SETTLE_WITHIN_S = 60.0
MARK_BYTES = 8


class Device:
    """One connection, and what its person wishes to send; `sent` holds what has left it and is not accepted."""

    def __init__(self, place: int, group_id: bytes) -> None:
        self.place = place
        self.wishes: deque[float] = deque()  # of the closed loop
        self.wishes_per_s = 0.0
        self.next_wish_s = 0.0
        self.sent: dict[int, tuple[float, bytes]] = {}
        self.again: deque[int] = deque()
        self.window = FRAMES_IN_FLIGHT_MAX
        self.paused_until_s = 0.0
        self.no = 0
        self.accepted: Counter[int] = Counter()
        self.in_time_at_s: list[float] = []
        self.busy = 0
        self.closed_loop = False
        self.got: Counter[bytes] = Counter()
        self.ready = asyncio.Event()
        self.socket: Socket | None = None
        message = message_of(group_id, BODY_BYTES)[:-MARK_BYTES]
        frame = f.encode_frame(f.Send(2**32 - 1, group_id, message + bytes(MARK_BYTES)))
        self._head, self._tail, self._urgency = frame[:3], frame[7 : -MARK_BYTES - 1], frame[-1:]

    async def connect(self, server: Server, device: Seeded) -> None:
        self.socket = await open_socket(server.url, self._received, self._lost)
        self.socket.send(f.encode_frame(f.Hello(f.PROTOCOL_VERSION, device.token, 0)))
        await self.ready.wait()

    def mark(self, no: int) -> bytes:
        """Ends a message's body: of which device and which number it is."""
        return self.place.to_bytes(4, "big") + no.to_bytes(4, "big")

    def pump(self, now_s: float) -> None:
        """Send what may be sent: first what was turned away, oldest first."""
        if now_s < self.paused_until_s or self.socket is None:
            return
        while len(self.sent) - len(self.again) < self.window:
            if self.again:
                self.socket.send(self.sent[self.again.popleft()][1])
                continue
            if len(self.sent) >= FRAMES_IN_FLIGHT_MAX or (wish_s := self._next_wish(now_s)) is None:
                return
            self.no += 1
            number = self.no.to_bytes(4, "big")
            frame = self._head + number + self._tail + self.mark(self.no) + self._urgency
            self.sent[self.no] = (wish_s, frame)
            self.socket.send(frame)

    def _next_wish(self, now_s: float) -> float | None:
        """The oldest wish that is not withdrawn.

        Wishes come at random and know nothing of each other: those withdrawn need not be drawn one by one.
        """
        if self.wishes:
            return self.wishes.popleft()
        if not self.wishes_per_s:
            return None
        oldest_s = now_s - WITHDRAWN_AFTER_S
        if self.next_wish_s < oldest_s:
            self.next_wish_s = oldest_s + random.expovariate(self.wishes_per_s)
        if self.next_wish_s > now_s:
            return None
        wish_s, self.next_wish_s = self.next_wish_s, self.next_wish_s + random.expovariate(self.wishes_per_s)
        return wish_s

    def _received(self, wire: bytes) -> None:
        tag = wire[1]
        if tag == 2:
            verdict = f.decode_server_frame(wire)
            assert isinstance(verdict, f.Verdict)
            self._decide(verdict)
        elif tag == 3:
            self._take(wire)
        elif tag == 1:
            self.ready.set()

    def _decide(self, verdict: f.Verdict) -> None:
        now_s = time.perf_counter()
        if verdict.code is f.VerdictCode.ACCEPTED:
            wish_s, _ = self.sent.pop(verdict.no)
            self.accepted[verdict.no] += 1
            if now_s - wish_s <= PATIENCE_S:
                self.in_time_at_s.append(now_s)
            self.window = min(FRAMES_IN_FLIGHT_MAX, self.window + 1)
            if self.closed_loop:
                self.wishes.append(now_s)
                self.pump(now_s)
            return
        assert verdict.code is f.VerdictCode.BUSY and verdict.retry_after_ms > 0, verdict
        self.busy += 1
        self.again.append(verdict.no)
        self.window = 1
        wait_s = verdict.retry_after_ms / 1000
        if now_s + wait_s > self.paused_until_s:
            self.paused_until_s = now_s + wait_s * (1 + random.random())

    def _take(self, wire: bytes) -> None:
        mail = f.decode_server_frame(wire)
        assert isinstance(mail, f.Mail)
        for envelope in mail.envelopes:
            assert envelope.body is not None
            self.got[envelope.body[-MARK_BYTES:]] += 1
        assert self.socket is not None
        self.socket.send(f.encode_frame(f.Ack(mail.envelopes[-1].seq)))

    def _lost(self) -> None:
        self.socket = None


async def closed_loop(devices: Sequence[Device], in_flight: int, seconds: float) -> float:
    """Messages accepted a second when each device sends its next as soon as one is accepted."""
    now_s = time.perf_counter()
    for one in devices:
        one.closed_loop = True
        one.wishes.extend([now_s] * in_flight)
        one.pump(now_s)
    await tend(devices, time.perf_counter() + seconds / 2)
    before, from_s = total(devices), time.perf_counter()
    await tend(devices, from_s + seconds)
    rate = (total(devices) - before) / (time.perf_counter() - from_s)
    for one in devices:
        one.closed_loop = False
    await settle(devices)
    return rate


def total(devices: Sequence[Device]) -> int:
    return sum(one.accepted.total() for one in devices)


async def tend(devices: Sequence[Device], until_s: float) -> None:
    while (now_s := time.perf_counter()) < until_s:
        for one in devices:
            if one.again and now_s >= one.paused_until_s:
                one.pump(now_s)
        await asyncio.sleep(TICK_S)


async def open_loop(devices: Sequence[Device], per_s: float, seconds: float) -> None:
    """Wishes at random times, `per_s` of all people together, whatever becomes of them."""
    now_s = time.perf_counter()
    until_s = now_s + seconds
    for one in devices:
        if not one.wishes_per_s:  # Nobody has wished for anything yet; else what waits goes on waiting.
            one.next_wish_s = now_s + random.expovariate(per_s / len(devices))
        one.wishes_per_s = per_s / len(devices)
    while now_s < until_s:
        for one in devices:
            one.pump(now_s)
        await asyncio.sleep(TICK_S)
        now_s = time.perf_counter()


async def settle(devices: Sequence[Device]) -> None:
    """What was not sent is withdrawn; what was sent is repeated until it is accepted, and delivered."""
    for one in devices:
        one.wishes.clear()
        one.wishes_per_s = 0.0
    async with asyncio.timeout(SETTLE_WITHIN_S):
        while any(one.sent for one in devices) or sum(one.got.total() for one in devices) < total(devices):
            await tend(devices, time.perf_counter() + TICK_S)


def in_time(devices: Sequence[Device], from_s: float, until_s: float) -> int:
    return sum(1 for one in devices for at_s in one.in_time_at_s if from_s <= at_s < until_s)


def time_until_back(devices: Sequence[Device], capacity: float, fell_s: float) -> float:
    """Seconds after the load fell until a span of BACK_SPAN_S has BACK_SHARE of the capacity in it."""
    times = sorted(at_s for one in devices for at_s in one.in_time_at_s if at_s >= fell_s)
    wanted = int(capacity * BACK_SHARE * BACK_SPAN_S)
    for first, last in zip(times, times[wanted - 1 :], strict=False):
        if last - first <= BACK_SPAN_S:
            return first - fell_s
    return BACK_WITHIN_S


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result("overload: open loop at 1, 2, 5 and 10 times the capacity, 200 connections, durable")
    await note_limits(result)
    server_core, load_core = processes.two_cores()
    processes.stay_on(server_core)
    server, placed = await start_server(seed_pairs)
    processes.stay_on(load_core)
    try:
        devices = [Device(place, group_id) for place, (_, group_id) in enumerate(placed)]
        for device, (seeded, _) in zip(devices, placed, strict=True):
            await device.connect(server, seeded)
        rates = {depth: await closed_loop(devices, depth, arguments.seconds / 2) for depth in IN_FLIGHT}
        depth = max(rates, key=rates.__getitem__)
        before = await closed_loop(devices, depth, arguments.seconds)
        for times in TIMES:
            busy, used, stored = sum(one.busy for one in devices), server.usage(), total(devices)
            from_s = time.perf_counter() + WARM_UP_S
            wished = before * times
            await open_loop(devices, wished, WARM_UP_S + arguments.seconds)
            until_s, now, stored = time.perf_counter(), server.usage(), total(devices) - stored
            if times == TIMES[-1]:
                await open_loop(devices, before, BACK_WITHIN_S)
            await settle(devices)
            after = await closed_loop(devices, depth, arguments.seconds)
            capacity, before = (before + after) / 2, after
            rate = in_time(devices, from_s, until_s) / (until_s - from_s)
            result.add(f"goodput_at_{times}x", rate / min(wished, capacity), f"at least {GOALS[times]:.2f}")
            turned_away = sum(one.busy for one in devices) - busy
            result.note(f"capacity_per_s_at_{times}x", capacity)
            result.note(f"accepted_per_s_at_{times}x", stored / (arguments.seconds + WARM_UP_S))
            result.note(f"turned_away_per_s_at_{times}x", turned_away / (arguments.seconds + WARM_UP_S))
            result.note(f"server_cores_busy_at_{times}x", (now.cpu_s - used.cpu_s) / (now.at_s - used.at_s))
            if times == TIMES[-1]:
                result.add("back_to_98_percent_s", time_until_back(devices, capacity, until_s), "at most 2")
        lost, doubled = judge(devices)
        result.add("messages_lost", lost, "0")
        result.add("messages_doubled", doubled, "0")
        result.note("messages_accepted", total(devices))
        result.note("server_rss_mb", server.rss_mb())
    finally:
        server.stop()
    return result


def judge(devices: Sequence[Device]) -> tuple[int, int]:
    """Accepted but not delivered, or never accepted; accepted or delivered more than once."""
    got: Counter[bytes] = Counter()
    for one in devices:
        got.update(one.got)
    lost = doubled = 0
    for one in devices:
        for no in range(1, one.no + 1):
            lost += not one.accepted[no] or not got[one.mark(no)]
            doubled += one.accepted[no] > 1 or got[one.mark(no)] > 1
    return lost, doubled


if __name__ == "__main__":
    run(bench, seconds={"type": float, "default": 6.0})
