"""One sender, 100 online members: deliveries a second, and how long the last member waits for one message.

python -m bench.fanout [--json] [--seconds 6]
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence

from bench.limits import note_limits
from bench.load import Result, message_of, run, start_server, today
from bench.pacing import MEMBERS, Crowd
from tests.delivery import seed
from tests.delivery.seed import Seeded

from hongyan.delivery import frames as f
from hongyan.foundation.db import Tx
from hongyan.sdk.net.link import Socket, open_socket

BODY_BYTES = 300
GROUP = b"one to a hundred"
ACK_EVERY = 32


def seed_group(tx: Tx) -> list[Seeded]:
    devices = seed.people(tx, [f"member{n}" for n in range(MEMBERS + 1)], last_seen_day=today())
    seed.group(tx, GROUP, devices)
    return devices


class Member:
    """Counts the envelopes of each mail frame without opening them, and acknowledges."""

    def __init__(self, crowd: OurCrowd) -> None:
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
            self._unacked += count
            self._newest = mail.envelopes[-1].seq
            self._crowd.took(count)
            if self._unacked >= ACK_EVERY or self._crowd.is_calm:
                self.acknowledge()

    def acknowledge(self) -> None:
        if self._unacked and self.socket is not None:
            self._unacked = 0
            self.socket.send(f.encode_frame(f.Ack(self._newest)))


class OurCrowd(Crowd):
    def __init__(self) -> None:
        super().__init__()
        self.members = [Member(self) for _ in range(MEMBERS)]
        self.sender: Socket | None = None
        self.message = message_of(GROUP, BODY_BYTES)

    async def connect(self, url: str, sender: Seeded, members: Sequence[tuple[str, Seeded]]) -> None:
        """Each member with the address of the server that it is connected to."""
        for member, (where, device) in zip(self.members, members, strict=True):
            await member.connect(where, device)
        self.sender = await open_socket(url, self.received, lambda: None)
        self.sender.send(f.encode_frame(f.Hello(f.PROTOCOL_VERSION, sender.token, 0)))

    def send(self) -> None:
        self.no += 1
        self._send(self.no)

    def _send(self, no: int) -> None:
        assert self.sender is not None
        self.sender.send(f.encode_frame(f.Send(no, GROUP, self.message)))

    def received(self, wire: bytes) -> None:
        if wire[1] == 2:
            verdict = f.decode_server_frame(wire)
            assert isinstance(verdict, f.Verdict)
            if verdict.code is f.VerdictCode.BUSY:
                asyncio.get_running_loop().call_later(verdict.retry_after_ms / 1000, self._send, verdict.no)
                return
            assert verdict.code is f.VerdictCode.ACCEPTED, verdict
            self.verdict()


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result("fanout: one sender, 100 online members, 300 bytes")
    await note_limits(result)
    server, (first, *others) = await start_server(seed_group)
    crowd = OurCrowd()
    try:
        await crowd.connect(server.url, first, [(server.url, one) for one in others])
        await asyncio.sleep(0.3)
        waits_ms = await crowd.one_by_one()
        span = await crowd.flood(arguments.in_flight, arguments.seconds, server.usage)
        for member in crowd.members:
            member.acknowledge()
    finally:
        server.stop()
    used_cpu_s = span.after.cpu_s - span.before.cpu_s
    result.add("deliveries_per_s", span.per_s, "at least 60,000")
    result.add("last_member_ms", waits_ms[len(waits_ms) // 2], "at most 15")
    result.note("last_member_p99_ms", waits_ms[int(len(waits_ms) * 0.99)])
    result.note("server_cpu_us_per_delivery", used_cpu_s / span.count * 1e6)
    result.note("server_cores_busy", used_cpu_s / span.seconds)
    result.note("generator_cores_busy", span.own_cpu_s / span.seconds)
    result.note("deliveries_measured", span.count)
    return result


if __name__ == "__main__":
    run(
        bench,
        seconds={"type": float, "default": 6.0},
        in_flight={"type": int, "default": 48, "help": "unanswered messages, at most 64"},
    )
