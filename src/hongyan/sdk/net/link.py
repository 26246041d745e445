"""The realtime connection (SPEC §3): hello, ready, keeping it alive, and coming back by itself."""

import asyncio
import random
import ssl
from collections.abc import Callable
from typing import Final, Protocol

import msgspec
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from hongyan.sdk.net import frames as f

RETRY_FIRST_S: Final = 0.5
RETRY_S_MAX: Final = 30.0
REPLACED_RETRY_S: Final = 30.0
PING_EVERY_S: Final = 25.0
SILENCE_S_MAX: Final = 12.0
READY_WITHIN_S: Final = 15.0
FRAME_BYTES_MAX: Final = 8 * 1024 * 1024


class Socket(WSListener):
    """Hands each binary frame to `on_frame`, and the end to `on_end`, once."""

    def __init__(self, on_frame: Callable[[bytes], None], on_end: Callable[[], None]) -> None:
        self._on_frame = on_frame
        self._on_end = on_end
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            self._on_frame(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.transport = None
        self._on_end()

    def send(self, wire: bytes) -> None:
        if self.transport is not None:
            self.transport.send(WSMsgType.BINARY, wire)

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.disconnect(graceful=False)


async def open_socket(
    origin: str, on_frame: Callable[[bytes], None], on_end: Callable[[], None], tls: ssl.SSLContext | None = None
) -> Socket:
    """`origin` is http(s):// or ws(s)://host:port; one attempt. Raises OSError and what picows raises."""
    url = origin.replace("http", "ws", 1) if origin.startswith("http") else origin
    _, socket = await ws_connect(
        lambda: Socket(on_frame, on_end),
        f"{url}/realtime",
        ssl_context=tls if url.startswith("wss") else None,
        max_frame_size=FRAME_BYTES_MAX,
        websocket_handshake_timeout=READY_WITHIN_S,
    )
    assert isinstance(socket, Socket)
    return socket


class Hearer(Protocol):
    """What the connection tells, in the order it happens."""

    def hello(self) -> f.Hello: ...
    def ready(self, frame: f.Ready) -> None: ...
    def received(self, frame: f.Verdict | f.Mail | f.Notice) -> None: ...
    def lost(self) -> None: ...
    def gone(self) -> None: ...


class Link:
    """`run` keeps a connection until it is cancelled, or the server does not know the device any more."""

    def __init__(self, origin: str, tls: ssl.SSLContext, hearer: Hearer) -> None:
        self._origin = origin
        self._tls = tls
        self._hearer = hearer
        self._socket: Socket | None = None
        self._heard = asyncio.Event()
        self._ended = asyncio.Event()
        self._is_gone = False
        self._retry_least_s = 0.0
        self._failures = 0
        self.is_ready = False

    def send(self, frame: f.AnyClientFrame) -> None:
        """Lost while there is no connection; whoever needs an answer sends it again after `ready`."""
        if self._socket is not None:
            self._socket.send(f.encode_frame(frame))

    async def run(self) -> None:
        """Returns when the device is gone."""
        while True:
            try:
                await self._once()
            finally:
                self._drop()
            if self._is_gone:
                self._hearer.gone()
                return
            ceiling = min(RETRY_S_MAX, RETRY_FIRST_S * 2**self._failures)
            self._failures = min(self._failures + 1, 10)
            spread = ceiling * (0.5 + 0.5 * random.random())  # noqa: S311 - not a secret
            await asyncio.sleep(self._retry_least_s + spread)

    async def _once(self) -> None:
        self._heard.clear()
        self._ended.clear()
        self._retry_least_s = 0.0
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                self._socket = await open_socket(self._origin, self._receive, self._ended.set, self._tls)
                self.send(self._hearer.hello())
                while not self.is_ready and not self._ended.is_set():
                    await self._next(READY_WITHIN_S)
        except (OSError, TimeoutError, WSError):
            return
        while not self._ended.is_set():
            if await self._next(PING_EVERY_S):
                continue
            self.send(f.Ping())
            if not await self._next(SILENCE_S_MAX):
                return

    async def _next(self, within_s: float) -> bool:
        """Whether something was heard, or the end came, in time."""
        self._heard.clear()
        waits = [asyncio.ensure_future(event.wait()) for event in (self._heard, self._ended)]
        try:
            done, _ = await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return bool(done)

    def _receive(self, wire: bytes) -> None:
        try:
            frame = f.decode_server_frame(wire)
        except msgspec.DecodeError:
            self._ended.set()
            return
        self._heard.set()
        match frame:
            case f.Ready():
                self.is_ready = True
                self._failures = 0
                self._hearer.ready(frame)
            case f.Refused():
                self._is_gone = frame.code is f.RefusedCode.TOKEN
                replaced = frame.code is f.RefusedCode.REPLACED
                self._retry_least_s = REPLACED_RETRY_S if replaced else frame.retry_after_ms / 1000
                self._ended.set()
            case f.Pong():
                pass
            case _:
                self._hearer.received(frame)

    def _drop(self) -> None:
        was_ready, self.is_ready = self.is_ready, False
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.abort()
        if was_ready:
            self._hearer.lost()
