"""One sender, 100 online members: deliveries a second, and how long the last member waits for one message.

python -m bench.fanout [--json] [--seconds 6]
"""

from __future__ import annotations

import argparse
import asyncio
import time

from bench.limits import note_limits
from bench.load import Result, message_of, run, start_server, today
from tests.delivery import seed
from tests.delivery.seed import Seeded

from hongyan.delivery import frames as f
from hongyan.foundation.db import Tx
from hongyan.sdk.net.link import Socket, open_socket

MEMBERS = 100
BODY_BYTES = 300
GROUP = b"one to a hundred"
ACK_EVERY = 32
ONE_BY_ONE = 200
PAUSE_S = 0.01


def seed_group(tx: Tx) -> list[Seeded]:
    devices = seed.people(tx, [f"person{n}" for n in range(MEMBERS + 1)], last_seen_day=today())
    seed.group(tx, GROUP, devices)
    return devices


class Member:
    """Counts the envelopes of each mail frame without opening them, and acknowledges."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._unacked = 0
        self._newest = 0
        self.socket: Socket | None = None
        self.ready = asyncio.Event()

    async def connect(self, url: str, device: Seeded) -> None:
        self.socket = await open_socket(url, self._received, lambda: None)
        self.socket.send(f.encode_frame(f.Hello(f.PROTOCOL_VERSION, device.token, 0)))
        await self.ready.wait()

    def _received(self, wire: bytes) -> None:
        if wire[1] == 1:
            self.ready.set()
        elif wire[1] == 3:
            mail = f.decode_server_frame(wire)
            assert isinstance(mail, f.Mail)
            count = len(mail.envelopes)
            self._crowd.delivered += count
            self._unacked += count
            self._newest = mail.envelopes[-1].seq
            if self._unacked >= ACK_EVERY or self._crowd.calm:
                self.acknowledge()
            if self._crowd.delivered == self._crowd.awaited:
                self._crowd.all_here.set()

    def acknowledge(self) -> None:
        if self._unacked and self.socket is not None:
            self._unacked = 0
            self.socket.send(f.encode_frame(f.Ack(self._newest)))


class Crowd:
    def __init__(self) -> None:
        self.delivered = 0
        self.awaited = -1
        self.calm = False
        self.all_here = asyncio.Event()
        self.accepted = 0
        self.flooding = False
        self.no = 0
        self.members = [Member(self) for _ in range(MEMBERS)]
        self.sender: Socket | None = None
        self.message = message_of(GROUP, BODY_BYTES)

    def send(self) -> None:
        self.no += 1
        assert self.sender is not None
        self.sender.send(f.encode_frame(f.Send(self.no, GROUP, self.message)))

    def verdict(self, wire: bytes) -> None:
        if wire[1] == 2:
            verdict = f.decode_server_frame(wire)
            assert isinstance(verdict, f.Verdict) and verdict.code is f.VerdictCode.ACCEPTED, verdict
            self.accepted += 1
            if self.flooding:
                self.send()

    async def everything(self) -> None:
        """Wait until all that was sent has reached every member."""
        self.all_here.clear()
        self.awaited = self.no * MEMBERS
        if self.delivered < self.awaited:
            async with asyncio.timeout(30):
                await self.all_here.wait()


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result("fanout: one sender, 100 online members, 300 bytes")
    await note_limits(result)
    server, (first, *others) = await start_server(seed_group)
    crowd = Crowd()
    try:
        for member, device in zip(crowd.members, others, strict=True):
            await member.connect(server.url, device)
        crowd.sender = await open_socket(server.url, crowd.verdict, lambda: None)
        crowd.sender.send(f.encode_frame(f.Hello(f.PROTOCOL_VERSION, first.token, 0)))
        await asyncio.sleep(0.3)

        crowd.calm = True
        waits_ms = []
        for _ in range(ONE_BY_ONE):
            started = time.perf_counter()
            crowd.send()
            await crowd.everything()
            waits_ms.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(PAUSE_S)
        waits_ms.sort()

        crowd.calm, crowd.flooding = False, True
        for _ in range(arguments.in_flight):
            crowd.send()
        await asyncio.sleep(1.0)
        before, delivered = server.usage(), crowd.delivered
        await asyncio.sleep(arguments.seconds)
        after, count = server.usage(), crowd.delivered - delivered
        crowd.flooding = False
        for member in crowd.members:
            member.acknowledge()
    finally:
        server.stop()
    taken = after.at_s - before.at_s
    result.add("deliveries_per_s", count / taken, "at least 60,000")
    result.add("last_member_ms", waits_ms[len(waits_ms) // 2], "at most 15")
    result.note("last_member_p99_ms", waits_ms[int(len(waits_ms) * 0.99)])
    result.note("server_cpu_us_per_delivery", (after.cpu_s - before.cpu_s) / count * 1e6)
    result.note("server_cores_busy", (after.cpu_s - before.cpu_s) / taken)
    result.note("deliveries_measured", count)
    return result


if __name__ == "__main__":
    run(
        bench,
        seconds={"type": float, "default": 6.0},
        in_flight={"type": int, "default": 48, "help": "unanswered messages, at most 64"},
    )
