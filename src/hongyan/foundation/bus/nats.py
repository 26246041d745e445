"""The bus over core NATS: published and forgotten, nothing is stored there."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import nats
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from hongyan.foundation.bus.counted import Listening, Told, decode, encode
from hongyan.foundation.metrics import BUS_MISSED, BUS_UP

HEARTBEAT_S: Final = 1.0
CONNECT_S: Final = 2
RETRY_S: Final = 0.5
RECONNECT_S: Final = 1
PING_S: Final = 2
PINGS_UNANSWERED_MAX: Final = 2
# Told while no server of NATS can be reached: what is beyond is lost, and the others notice.
WAITING_BYTES_MAX: Final = 16 * 1024 * 1024
STOP_S: Final = 2.0
HEARTBEAT: Final = ""

_log = structlog.get_logger("bus")


class NatsBus:
    """Reconnects for ever by itself; a server starts and works, a second slower, while there is none."""

    has_others = True

    def __init__(self, servers: Sequence[str], *, name: str) -> None:
        self._servers = list(servers)
        self._subject = f"hongyan.{name}"
        self._client = Client()
        self._id = secrets.randbits(64)
        self._no = 0
        self._heard: dict[str, Callable[[bytes], None]] = {}
        self._missed: list[Callable[[], None]] = []
        self._listening = Listening(time.monotonic)
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._trouble = ""

    def subscribe(self, topic: str, heard: Callable[[bytes], None]) -> None:
        assert topic and topic not in self._heard
        self._heard[topic] = heard

    def when_missed(self, fn: Callable[[], None]) -> None:
        self._missed.append(fn)

    def tell(self, topic: str, message: bytes) -> None:
        self._no += 1
        wire = encode(Told(self._id, self._no, topic, message))
        if self._waiting_bytes + len(wire) > WAITING_BYTES_MAX:
            return
        self._waiting.append(wire)
        self._waiting_bytes += len(wire)
        self._wake.set()

    async def start(self) -> None:
        BUS_UP.set_function(lambda: float(self._client.is_connected))
        self._tasks = [
            asyncio.create_task(self._run(), name="bus"),
            asyncio.create_task(self._beat(), name="bus heartbeat"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            async with asyncio.timeout(STOP_S):
                await self._publish_waiting()
                if self._client.is_connected or self._client.is_reconnecting:
                    await self._client.close()
        except (TimeoutError, nats.errors.Error, OSError) as error:
            _log.warning("bus_closed_early", error=type(error).__name__)

    async def _run(self) -> None:
        await self._connect()
        while True:
            self._wake.clear()
            try:
                await self._publish_waiting()
            except (nats.errors.Error, OSError) as error:
                _log.warning("bus_cannot_tell", error=type(error).__name__)
                await asyncio.sleep(RETRY_S)
            await self._wake.wait()

    async def _connect(self) -> None:
        while True:
            try:
                await self._client.connect(
                    self._servers,
                    name="hongyan",
                    no_echo=True,
                    connect_timeout=CONNECT_S,
                    reconnect_time_wait=RECONNECT_S,
                    max_reconnect_attempts=-1,
                    ping_interval=PING_S,
                    max_outstanding_pings=PINGS_UNANSWERED_MAX,
                    error_cb=self._note_trouble,
                    reconnected_cb=self._note_back,
                )
                await self._client.subscribe(self._subject, cb=self._received)
            except (nats.errors.Error, OSError) as error:
                await self._note_trouble(error)
                await asyncio.sleep(RETRY_S)
            else:
                await self._note_back()
                return

    async def _publish_waiting(self) -> None:
        while self._waiting and self._client.is_connected:
            wire = self._waiting.popleft()
            self._waiting_bytes -= len(wire)
            await self._client.publish(self._subject, wire)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self.tell(HEARTBEAT, b"")

    async def _received(self, message: Msg) -> None:
        told = decode(message.data)
        if told is None:
            _log.warning("bus_strange_message", size=len(message.data))
            return
        if self._listening.misses_before(told):
            BUS_MISSED.inc()
            for fn in self._missed:
                fn()
        if told.topic in self._heard:
            self._heard[told.topic](told.message)

    async def _note_trouble(self, error: Exception) -> None:
        """Once for each kind, not at each of the tries."""
        kind = type(error).__name__
        if kind != self._trouble:
            self._trouble = kind
            _log.warning("bus_trouble", error=kind, detail=str(error))

    async def _note_back(self) -> None:
        self._trouble = ""
        _log.info("bus_connected")
        self._wake.set()
