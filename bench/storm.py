"""Everybody comes back at once: 2,000 clients, 10 messages waiting for each.

    python -m bench.storm [--json] [--clients 2000]

`all_synced_s`: from the first attempt to connect until the last client has all its mail; everything is then
acknowledged and must be gone from disk.
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
from hongyan.delivery import store
from hongyan.foundation.clock import SystemClock
from hongyan.foundation.db import Tx
from hongyan.sdk.net.link import Socket, open_socket

WAITING = 10
BODY_BYTES = 300
ATTEMPTS_AT_ONCE = 256
GIVE_UP_S = 60.0


class Returning:
    """One client: connects, greets, takes its mail, acknowledges."""

    def __init__(self, device: Seeded) -> None:
        self._device = device
        self._got = 0
        self._done = asyncio.Event()
        self.socket: Socket | None = None

    async def sync(self, url: str, gate: asyncio.Semaphore) -> None:
        async with gate:
            self.socket = await open_socket(url, self._received, lambda: None)
        self.socket.send(f.encode_frame(f.Hello(f.PROTOCOL_VERSION, self._device.token, 0)))
        await self._done.wait()

    def _received(self, wire: bytes) -> None:
        if wire[1] != 3:
            return
        mail = f.decode_server_frame(wire)
        assert isinstance(mail, f.Mail) and self.socket is not None
        self._got += len(mail.envelopes)
        self.socket.send(f.encode_frame(f.Ack(mail.envelopes[-1].seq)))
        if self._got == WAITING:
            self._done.set()


async def bench(arguments: argparse.Namespace) -> Result:
    result = Result(f"storm: {arguments.clients} clients reconnect at once, {WAITING} messages waiting for each")
    await note_limits(result)

    def seed_mail(tx: Tx) -> list[Seeded]:
        devices = seed.people(tx, [f"person{n}" for n in range(arguments.clients)], last_seen_day=today())
        seq, now_ms = store.take_seqs(tx, WAITING * len(devices)), SystemClock().now_ms()
        bodies, mail = list[store.BodyRow](), list[store.MailRow]()
        for n in range(WAITING):
            for place, one in enumerate(devices):
                group_id = place.to_bytes(16, "big")
                sender = devices[place - 1].device_id
                message = message_of(group_id, BODY_BYTES)
                kind = int(f.EnvelopeKind.APPLICATION)
                bodies.append((seq, kind, group_id, sender, n + 1, now_ms, message, 1, f.Urgency.NORMAL))
                mail.append((one.device_id, seq, 1))
                seq += 1
        store.insert_bodies(tx, bodies)
        store.insert_mail(tx, mail)
        return devices

    server, devices = await start_server(seed_mail)
    try:
        await asyncio.sleep(1.0)
        clients = [Returning(one) for one in devices]
        gate = asyncio.Semaphore(ATTEMPTS_AT_ONCE)
        before, started = server.usage(), time.perf_counter()
        async with asyncio.timeout(GIVE_UP_S):
            await asyncio.gather(*[one.sync(server.url, gate) for one in clients])
        taken = time.perf_counter() - started
        after = server.usage()
        await asyncio.sleep(1.0)
        left = await server.left_on_disk()
    finally:
        server.stop()
    result.add("all_synced_s", taken, "at most 2")
    result.note("server_cpu_ms_per_client", (after.cpu_s - before.cpu_s) / len(devices) * 1000)
    result.note("rows_left_on_disk", left)
    return result


if __name__ == "__main__":
    run(bench, clients={"type": int, "default": 2_000})
