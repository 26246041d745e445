"""Messages between pairs: stored durably before the verdict, delivered, acknowledged, erased.

    python -m bench.messages [--json] [--seconds 8]

200 connections in pairs, each sending 300-byte messages to its partner. First as fast as verdicts come (closed
loop, `--in-flight` a connection), then at regular times, for the latency from before the send to after the
receipt: at half of the rate that the goal asks, and at half of the rate just measured.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from bench.limits import note_limits
from bench.load import Result, message_of, run, start_server, today
from bench.pacing import at_rate, closed_loop, percentile_ms
from tests.delivery import seed
from tests.delivery.seed import Seeded

from hongyan.delivery import frames as f
from hongyan.delivery.model import FRAMES_IN_FLIGHT_MAX
from hongyan.foundation.db import Tx
from hongyan.sdk.net.link import Socket, open_socket

CONNECTIONS = 200
BODY_BYTES = 300
STAMP_BYTES = 8
GOAL_PER_S = 20_000


def seed_pairs(tx: Tx, count: int = CONNECTIONS) -> list[tuple[Seeded, bytes]]:
    """Each of `count` devices with the id of the group that it shares with its neighbour."""
    devices = seed.people(tx, [f"person{n}" for n in range(count)], last_seen_day=today())
    placed = []
    for n in range(0, count, 2):
        pair, group_id = devices[n : n + 2], n.to_bytes(16, "big")
        seed.befriend(tx, pair[0].account_id, pair[1].account_id)
        seed.group(tx, group_id, pair)
        placed += [(one, group_id) for one in pair]
    return placed


class Sender:
    """One connection: sends, takes verdicts and mail, acknowledges each mail frame."""

    def __init__(self, group_id: bytes) -> None:
        message = message_of(group_id, BODY_BYTES)[:-STAMP_BYTES]
        whole = f.encode_frame(f.Send(2**32 - 1, group_id, message + bytes(STAMP_BYTES)))
        # The urgency, its last field, may be left out [PU3]: the frame then ends with the stamp.
        empty = bytes((whole[0] - 1,)) + whole[1:-1]
        self._head, self._tail = empty[:3], empty[7:-STAMP_BYTES]
        self.socket: Socket | None = None
        self.no = 0
        self._cursor = 0
        self.accepted = 0
        self.delivered = 0
        self.turned_away = 0
        self.closed_loop = False
        self.latencies_ns: list[int] = []
        self.ready = asyncio.Event()

    async def connect(self, url: str, device: Seeded) -> None:
        self.socket = await open_socket(url, self._received, self._lost)
        self.socket.send(f.encode_frame(f.Hello(f.PROTOCOL_VERSION, device.token, self._cursor)))
        await self.ready.wait()

    async def come_back(self, url: str, device: Seeded) -> None:
        """Cut without a word, and here again."""
        assert self.socket is not None
        self.socket.abort()
        self.ready.clear()
        await self.connect(url, device)

    def send(self, due_ns: int | None = None) -> None:
        """`due_ns`: when the message was due, if that is earlier than now."""
        self.no += 1
        self._send(self.no, due_ns or time.perf_counter_ns())

    def _send(self, no: int, due_ns: int) -> None:
        assert self.socket is not None
        stamp = due_ns.to_bytes(STAMP_BYTES, "big")
        self.socket.send(self._head + no.to_bytes(4, "big") + self._tail + stamp)

    @property
    def may_send(self) -> bool:
        return self.no - self.accepted < FRAMES_IN_FLIGHT_MAX

    def _received(self, wire: bytes) -> None:
        tag = wire[1]
        if tag == 2:
            verdict = f.decode_server_frame(wire)
            assert isinstance(verdict, f.Verdict)
            if verdict.code is f.VerdictCode.BUSY:
                self.turned_away += 1
                wait_s = verdict.retry_after_ms / 1000
                asyncio.get_running_loop().call_later(wait_s, self._send, verdict.no, time.perf_counter_ns())
                return
            assert verdict.code is f.VerdictCode.ACCEPTED, verdict
            self.accepted += 1
            if self.closed_loop:
                self.send()
        elif tag == 3:
            self._take(wire)
        elif tag == 1:
            self.ready.set()

    def _take(self, wire: bytes) -> None:
        mail = f.decode_server_frame(wire)
        assert isinstance(mail, f.Mail)
        now_ns = time.perf_counter_ns()
        for envelope in mail.envelopes:
            assert envelope.body is not None
            self.latencies_ns.append(now_ns - int.from_bytes(envelope.body[-STAMP_BYTES:], "big"))
        self.delivered += len(mail.envelopes)
        assert self.socket is not None
        self._cursor = mail.envelopes[-1].seq
        self.socket.send(f.encode_frame(f.Ack(self._cursor)))

    def _lost(self) -> None:
        if self.closed_loop:
            raise RuntimeError("the server closed the connection")


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result("messages: 200 connections in pairs, 300 bytes, durable before the verdict")
    await note_limits(result)
    server, placed = await start_server(seed_pairs)
    try:
        senders = []
        for device, group_id in placed:
            sender = Sender(group_id)
            await sender.connect(server.url, device)
            senders.append(sender)
        span = await closed_loop(senders, arguments.in_flight, arguments.seconds, server.usage)
        at_half_goal = await at_rate(senders, GOAL_PER_S / 2, arguments.seconds)
        latencies = await at_rate(senders, span.per_s / 2, arguments.seconds)
        await asyncio.sleep(0.5)
        erased = await server.left_on_disk()
    finally:
        server.stop()
    used_cpu_s = span.after.cpu_s - span.before.cpu_s
    result.add("messages_per_s", span.per_s, f"at least {GOAL_PER_S:,}")
    result.add("server_cpu_us_per_message", used_cpu_s / span.count * 1e6, "at most 60")
    result.add("p99_ms_at_half_load", percentile_ms(latencies, 0.99), "at most 30")
    result.add("p99_ms_at_half_goal", percentile_ms(at_half_goal, 0.99), "at most 30")
    result.add("messages_per_fsync", span.count / max(1, span.after.commits - span.before.commits))
    result.note("p50_ms_at_half_load", percentile_ms(latencies, 0.5))
    result.note("p50_ms_at_half_goal", percentile_ms(at_half_goal, 0.5))
    result.note("server_cores_busy", used_cpu_s / span.seconds)
    result.note("generator_cpu_us_per_message", span.own_cpu_s / span.count * 1e6)
    result.note("generator_cores_busy", span.own_cpu_s / span.seconds)
    result.note("messages_measured", span.count)
    result.note("turned_away", sum(one.turned_away for one in senders))
    result.note("rows_left_on_disk", erased)
    return result


if __name__ == "__main__":
    run(
        bench,
        seconds={"type": float, "default": 8.0},
        in_flight={"type": int, "default": 4, "help": "unanswered messages a connection; many more are turned away"},
    )
