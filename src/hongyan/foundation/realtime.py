"""The realtime socket: picows behind uvicorn, on the port of everything else.

uvicorn's `ws` option takes any protocol factory. Ours (`Realtime.protocol`) feeds the upgrade request that
uvicorn replays into picows' WSProtocol and then hands it the transport, so from the second packet on no
Python but ours runs. Both versions are pinned and tests/foundation/test_realtime.py guards the seam.

No address is logged or kept; per connection there is one listener object and picows' two small buffers.
"""

import asyncio
import logging
import socket
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
)
from picows.common import WSUpgradeResponseWithListener
from picows.picows import WSAutoPingStrategy, WSProtocol  # type: ignore[attr-defined]  # missing in its stub

from hongyan.foundation.clock import Clock
from hongyan.foundation.metrics import CONNECTIONS, CONNECTIONS_CUT

FRAME_BYTES_MAX = 2 * 1024 * 1024
# picows cuts the connection without a word beyond this; up to here the endpoint can still answer `refused`.
FRAME_BYTES_CUT = FRAME_BYTES_MAX + 64 * 1024
UNSENT_BYTES_MAX = 256 * 1024
UNSENT_S_MAX = 30.0
STALLED_LOOK_S = 5.0
READ_BUFFER_BYTES = 2048
KEEPALIVE_IDLE_S = 60
KEEPALIVE_INTERVAL_S = 20
KEEPALIVE_TRIES = 3

# picows logs peer addresses at INFO; an adapter also spares it a Logger per connection.
_LOGGER = logging.LoggerAdapter(logging.getLogger("hongyan.realtime.socket"), {})
_LOGGER.logger.setLevel(logging.ERROR)


class Endpoint(Protocol):
    """What a feature does with the connections of one path. Called on the event loop; must not block."""

    def opened(self, connection: "Connection") -> None: ...

    def received(self, connection: "Connection", frame: bytes) -> None: ...

    def closed(self, connection: "Connection") -> None:
        """Called once for each connection that was opened, whoever closed it."""
        ...


class Connection(WSListener):
    """One open socket. `peer` is the feature's own slot."""

    __slots__ = ("_endpoint", "_parts", "_realtime", "_transport", "peer")

    def __init__(self, realtime: "Realtime", endpoint: Endpoint) -> None:
        self.peer: object | None = None
        self._realtime = realtime
        self._endpoint = endpoint
        self._transport: WSTransport | None = None
        self._parts: bytearray | None = None

    def send(self, frame: bytes) -> None:
        """Send one binary frame; what is sent after the end is dropped."""
        if self._transport is not None:
            self._transport.send(WSMsgType.BINARY, frame)

    def send_many(self, frames: Sequence[bytes]) -> None:
        """Send several binary frames with one write: under load the system call is what a small frame costs."""
        if self._transport is None:
            return
        parts = []
        for frame in frames:
            parts.append(_frame_header(len(frame)))
            parts.append(frame)
        self._transport.underlying_transport.write(b"".join(parts))

    def close(self, reason: str = "") -> None:
        """Flush what was sent, say goodbye, and end; `closed` follows. At most 123 bytes of reason."""
        self._close(WSCloseCode.OK, reason)

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    @property
    def buffered_bytes(self) -> int:
        """What was sent but is not yet taken by the operating system."""
        if self._transport is None:
            return 0
        return self._transport.underlying_transport.get_write_buffer_size()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        transport.request.headers.clear()
        transport.underlying_transport.set_write_buffer_limits(high=UNSENT_BYTES_MAX)
        _keep_alive(transport.underlying_transport.get_extra_info("socket"))
        self._realtime.add(self)
        self._endpoint.opened(self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if self._transport is None:
            return
        kind = frame.msg_type
        if kind == WSMsgType.BINARY and frame.fin and self._parts is None:
            self._endpoint.received(self, frame.get_payload_as_bytes())
        elif kind == WSMsgType.CLOSE:
            self._close(WSCloseCode.OK, "")
        elif kind == WSMsgType.BINARY and self._parts is None:
            self._parts = bytearray(frame.get_payload_as_bytes())
        elif kind == WSMsgType.CONTINUATION and self._parts is not None:
            self._continue(self._parts, frame)
        elif kind != WSMsgType.PONG:
            self._close(WSCloseCode.UNSUPPORTED_DATA, "binary frames only")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self._realtime.discard(self)
        self._endpoint.closed(self)

    def pause_writing(self) -> None:
        self._realtime.stalled(self)

    def resume_writing(self) -> None:
        self._realtime.flowing(self)

    def abort(self) -> None:
        """End at once; what is unsent is lost."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def _continue(self, parts: bytearray, frame: WSFrame) -> None:
        if len(parts) + frame.payload_size > FRAME_BYTES_CUT:
            self._close(WSCloseCode.MESSAGE_TOO_BIG, "")
            return
        parts += frame.get_payload_as_memoryview()
        if frame.fin:
            self._parts = None
            self._endpoint.received(self, bytes(parts))

    def _close(self, code: WSCloseCode, reason: str) -> None:
        if self._transport is not None:
            transport, self._transport = self._transport, None
            transport.send_close(code, reason.encode())
            transport.disconnect()


class Realtime:
    """All open sockets, and the door through which uvicorn hands over new ones.

    `origins` are the web origins that may open a socket beside the one in the Host header; a client that is
    no browser sends no origin and is let in.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        clock: Clock,
        *,
        origins: frozenset[str] = frozenset(),
        connections_max: int = 20_000,
    ) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._origins = origins
        self._connections_max = connections_max
        self._connections: set[Connection] = set()
        self._stalled_since_s: dict[Connection, float] = {}
        self._closing = False

    def protocol(self, config: object, server_state: object, app_state: object) -> "Seam":
        """The protocol factory for uvicorn's `ws` option."""
        return Seam(self)

    def listener(self, request: WSUpgradeRequest) -> Connection | WSUpgradeResponseWithListener | None:
        endpoint = self._endpoints.get(request.path.decode("latin-1").partition("?")[0])
        if endpoint is None:
            return None
        if self._closing or len(self._connections) >= self._connections_max:
            return _refuse(HTTPStatus.SERVICE_UNAVAILABLE)
        origin = request.headers.get("origin")
        if origin is not None and not self._may_open(origin, request.headers.get("host", "")):
            CONNECTIONS_CUT.labels("origin").inc()
            return _refuse(HTTPStatus.FORBIDDEN)
        return Connection(self, endpoint)

    def add(self, connection: Connection) -> None:
        self._connections.add(connection)
        CONNECTIONS.inc()

    def discard(self, connection: Connection) -> None:
        self._connections.discard(connection)
        self._stalled_since_s.pop(connection, None)
        CONNECTIONS.dec()

    def stalled(self, connection: Connection) -> None:
        """More than UNSENT_BYTES_MAX wait for a reader that may be gone."""
        if not self._stalled_since_s:
            asyncio.get_running_loop().call_later(STALLED_LOOK_S, self.cut_stalled)
        self._stalled_since_s.setdefault(connection, self._clock.monotonic_s())

    def flowing(self, connection: Connection) -> None:
        self._stalled_since_s.pop(connection, None)

    def cut_stalled(self) -> None:
        """Abort who has read nothing for UNSENT_S_MAX; its cursor lets it resume."""
        now_s = self._clock.monotonic_s()
        for connection, since_s in list(self._stalled_since_s.items()):
            if now_s - since_s >= UNSENT_S_MAX:
                del self._stalled_since_s[connection]
                CONNECTIONS_CUT.labels("slow_reader").inc()
                connection.abort()
        if self._stalled_since_s:
            asyncio.get_running_loop().call_later(STALLED_LOOK_S, self.cut_stalled)

    async def close(self, *, within_s: float = 3.0) -> None:
        """Tell every client that the server stops, and wait until they are gone, `within_s` at most."""
        self._closing = True
        for connection in list(self._connections):
            connection._close(WSCloseCode.SERVICE_RESTART, "restart")
        for _ in range(round(within_s / 0.02)):
            if not self._connections:
                return
            await asyncio.sleep(0.02)
        for connection in list(self._connections):
            connection.abort()

    def _may_open(self, origin: str, host: str) -> bool:
        return origin in self._origins or (bool(host) and urlsplit(origin).netloc == host)


class Seam(asyncio.Protocol):
    """Stands between uvicorn and picows for the length of the handshake."""

    def __init__(self, realtime: Realtime) -> None:
        self._realtime = realtime
        self._transport: asyncio.Transport | None = None
        # picows is typed loosely: it is a Cython class that its stub does not name.
        self._websocket: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "set_protocol")
        self._transport = transport  # type: ignore[assignment]  # uvloop's transports do not derive from it

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if self._websocket is None:
            self._websocket = self._make()
            self._websocket.connection_made(self._transport)
            asyncio.get_running_loop().call_soon(self._hand_over)
        view = memoryview(data)
        while len(view):
            buffer = self._websocket.get_buffer(-1)
            size = min(len(view), len(buffer))
            buffer[:size] = view[:size]
            self._websocket.buffer_updated(size)
            view = view[size:]

    def connection_lost(self, exc: Exception | None) -> None:
        if self._websocket is not None:
            self._websocket.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._websocket is not None:
            self._websocket.pause_writing()

    def resume_writing(self) -> None:
        if self._websocket is not None:
            self._websocket.resume_writing()

    def _hand_over(self) -> None:
        """From here on the transport reads straight into picows' buffer.

        uvloop chooses between its two ways of reading when reading starts, so reading is started anew.
        """
        assert self._transport is not None
        if self._transport.is_closing():
            return
        self._transport.pause_reading()
        self._transport.set_protocol(self._websocket)
        self._transport.resume_reading()

    def _make(self) -> Any:
        return WSProtocol(
            None,  # host and port: clients only
            None,  # path: clients only
            False,  # is_client_side
            self._realtime.listener,
            _LOGGER,
            True,  # disconnect_on_exception
            None,  # handshake timeout: the request is already here
            False,  # auto ping costs a task per connection; TCP keep-alive finds the dead
            KEEPALIVE_IDLE_S,
            KEEPALIVE_INTERVAL_S,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            True,  # auto pong
            FRAME_BYTES_CUT,
            None,  # extra headers: clients only
            READ_BUFFER_BYTES,
        )


def _frame_header(size: int) -> bytes:
    """The header of an unmasked, unfragmented binary frame (RFC 6455 §5.2)."""
    if size < 126:
        return bytes((0x82, size))
    if size < 65_536:
        return b"\x82\x7e" + size.to_bytes(2, "big")
    return b"\x82\x7f" + size.to_bytes(8, "big")


def _refuse(status: HTTPStatus) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, b""), None)


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE") and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, KEEPALIVE_TRIES)
