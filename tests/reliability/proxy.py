"""A bad network between real clients and a real server: late, cut in the middle of a frame, repeated, out of order,
open on one side only, or closed in one direction.

TCP neither repeats nor reorders bytes; a client that sends again does. So whole numbered frames and acknowledgements
of a client are repeated and change places, and whole frames of mail and verdicts are repeated; what the server sends
is never reordered, and what is held back is delivered later or not at all, with everything behind it.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

HEAD_BYTES_MAX = 64 * 1024
CHUNK_BYTES = 16 * 1024
HELD_S_MAX = 0.05
# Tags of the frames that may be repeated, and of those that may change places (SPEC §3).
UP_REPEATED = UP_SWAPPED = frozenset({2, 3, 4})
DOWN_REPEATED = frozenset({2, 3})


@dataclass(frozen=True)
class Chaos:
    """Chances for each frame, or for each chunk of anything else; of `half_open`, for each end."""

    repeat: float = 0.0
    swap: float = 0.0
    late: float = 0.0
    late_s_max: float = 0.0
    cut: float = 0.0
    half_open: float = 0.0


CALM = Chaos()
BAD = Chaos(repeat=0.1, swap=0.1, late=0.2, late_s_max=0.05, cut=0.04, half_open=0.2)


class Proxy:
    """Listens on `port`; `down` and `up` are set while that direction lets anything through."""

    def __init__(self, upstream_port: int, chance: random.Random) -> None:
        self.chaos = CALM
        self.port = 0
        self.happened: Counter[str] = Counter()
        self.up, self.down = asyncio.Event(), asyncio.Event()
        self.heal()
        self._upstream_port = upstream_port
        self._chance = chance
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def part(self, *directions: str) -> None:
        """Let nothing through any more, `up`, `down`, or both."""
        self.happened["partition"] += 1
        for name in directions:
            (self.up if name == "up" else self.down).clear()

    def heal(self) -> None:
        self.up.set()
        self.down.set()

    def happens(self, what: str, chance: float) -> bool:
        it_does = self._chance.random() < chance
        self.happened[what] += it_does
        return it_does

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # How it ends is the point of it, and nobody's mistake.
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            await _Passage(self, reader, writer).run(self._upstream_port)
        writer.transport.abort()

    async def pause(self) -> None:
        if self.happens("late", self.chaos.late):
            await asyncio.sleep(self._chance.uniform(0, self.chaos.late_s_max))


class _Passage:
    """One connection and its way on."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client, self._to_client = reader, writer
        self._held: bytes | None = None

    async def run(self, port: int) -> None:
        await self._proxy.up.wait()
        head = await self._client.readuntil(b"\r\n\r\n")
        server, to_server = await asyncio.open_connection("127.0.0.1", port, limit=HEAD_BYTES_MAX)
        is_realtime = head.split(b" ", 2)[1] == b"/realtime"
        to_server.write(head)
        ways = [
            asyncio.ensure_future(self._up(to_server, is_realtime=is_realtime)),
            asyncio.ensure_future(self._down(server, is_realtime=is_realtime)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            to_server.transport.abort()
            if is_realtime and self._proxy.happens("half-open", self._proxy.chaos.half_open):
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
                while await self._client.read(CHUNK_BYTES):
                    pass  # The client goes on and is not told.
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_server.transport.abort()

    async def _up(self, to_server: asyncio.StreamWriter, *, is_realtime: bool) -> None:
        while True:
            piece, tag = await self._next(self._client, is_frame=is_realtime)
            await self._proxy.up.wait()
            await self._proxy.pause()
            if self._is_cut(to_server, piece):
                return
            if tag in UP_SWAPPED and self._held is None and self._proxy.happens("swap", self._proxy.chaos.swap):
                self._held = piece
                asyncio.get_running_loop().call_later(HELD_S_MAX, self._let_go, to_server)
                continue
            to_server.write(piece)
            self._let_go(to_server)
            if tag in UP_REPEATED and self._proxy.happens("repeat", self._proxy.chaos.repeat):
                to_server.write(piece)
            await to_server.drain()

    async def _down(self, server: asyncio.StreamReader, *, is_realtime: bool) -> None:
        if is_realtime:
            self._to_client.write(await server.readuntil(b"\r\n\r\n"))
        while True:
            piece, tag = await self._next(server, is_frame=is_realtime)
            await self._proxy.down.wait()
            await self._proxy.pause()
            if self._is_cut(self._to_client, piece):
                return
            self._to_client.write(piece)
            if tag in DOWN_REPEATED and self._proxy.happens("repeat", self._proxy.chaos.repeat):
                self._to_client.write(piece)
            await self._to_client.drain()

    def _is_cut(self, writer: asyncio.StreamWriter, piece: bytes) -> bool:
        """In the middle of it."""
        if not self._proxy.happens("cut", self._proxy.chaos.cut):
            return False
        writer.write(piece[: len(piece) // 2])
        return True

    def _let_go(self, to_server: asyncio.StreamWriter) -> None:
        held, self._held = self._held, None
        if held is not None and not to_server.is_closing():
            to_server.write(held)

    async def _next(self, reader: asyncio.StreamReader, *, is_frame: bool) -> tuple[bytes, int | None]:
        """A whole WebSocket frame (RFC 6455 §5.2) with the tag of what it carries, or a chunk of bytes."""
        if not is_frame:
            chunk = await reader.read(CHUNK_BYTES)
            if not chunk:
                raise asyncio.IncompleteReadError(b"", None)
            return chunk, None
        head = await reader.readexactly(2)
        size = head[1] & 0x7F
        if size > 125:
            more = await reader.readexactly(2 if size == 126 else 8)
            head, size = head + more, int.from_bytes(more, "big")
        mask = await reader.readexactly(4) if head[1] & 0x80 else b""
        payload = await reader.readexactly(size)
        if head[0] != 0x82 or size < 2:
            return head + mask + payload, None
        return head + mask + payload, payload[1] ^ (mask[1] if mask else 0)
