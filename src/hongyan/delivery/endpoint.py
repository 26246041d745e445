"""The realtime endpoint: frames in, frames out, and the hand-over between a mailbox read back and live pushes.

A connection is, in this order:
- silent: opened, hello awaited for HELLO_WITHIN_S [RT1];
- greeting: hello received, the token and the mailbox being read; frames that follow wait;
- a line: `ready` sent, known to the hub [RT2, RT3].
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import msgspec
import structlog

from hongyan.delivery.first_bytes import read_number
from hongyan.delivery.frames import (
    FRAME_BYTES_MAX,
    PROTOCOL_VERSION,
    Ack,
    Commit,
    Hello,
    Ping,
    Pong,
    Ready,
    Refused,
    RefusedCode,
    Send,
    decode_client_frame,
    encode_frame,
)
from hongyan.delivery.line import Line
from hongyan.delivery.model import BUSY_RETRY_MS, FRAMES_IN_FLIGHT_MAX, HELLO_WITHIN_S, SUSPENDED_RETRY_MS
from hongyan.delivery.readback import Greeting, Readback
from hongyan.delivery.service import Delivery
from hongyan.foundation.clock import Clock
from hongyan.foundation.metrics import CONNECTIONS_CUT
from hongyan.foundation.realtime import Connection

_PONG = encode_frame(Pong())
_RETRY_AFTER_MS = {
    RefusedCode.BUSY: BUSY_RETRY_MS,
    RefusedCode.STORAGE: BUSY_RETRY_MS,
    RefusedCode.SUSPENDED: SUSPENDED_RETRY_MS,
}
_log = structlog.get_logger("delivery")


@dataclass(slots=True)
class Silent:
    """Who has not said hello; `timer` refuses it."""

    timer: asyncio.TimerHandle


@dataclass(slots=True)
class Waiting:
    """Whose hello is being answered; `early` are the frames that came meanwhile."""

    hello: Hello
    doubts: int
    early: list[bytes] = field(default_factory=list)


class DeliveryEndpoint:
    def __init__(self, delivery: Delivery, readback: Readback, clock: Clock) -> None:
        self._delivery = delivery
        self._readback = readback
        self._hub = delivery.hub
        self._clock = clock

    def opened(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.peer = Silent(loop.call_later(HELLO_WITHIN_S, self._refuse, connection, RefusedCode.HELLO_EXPECTED))

    def received(self, connection: Connection, frame: bytes) -> None:
        peer = connection.peer
        if len(frame) > FRAME_BYTES_MAX:
            self._refuse(connection, RefusedCode.MALFORMED)
        elif isinstance(peer, Line):
            self._frame(peer, frame)
        elif isinstance(peer, Silent):
            self._hello(connection, peer, frame)
        elif isinstance(peer, Waiting):
            peer.early.append(frame)
            if len(peer.early) > FRAMES_IN_FLIGHT_MAX:
                self._refuse(connection, RefusedCode.TOO_MANY_IN_FLIGHT)

    def closed(self, connection: Connection) -> None:
        peer, connection.peer = connection.peer, None
        if isinstance(peer, Line):
            self._hub.disconnect(peer)
        elif isinstance(peer, Silent):
            peer.timer.cancel()

    def _frame(self, line: Line, wire: bytes) -> None:
        no = read_number(wire)
        if no is not None and self._delivery.turns_away(line, no):
            return
        try:
            frame = decode_client_frame(wire)
        except msgspec.DecodeError:
            self._refuse(line.connection, RefusedCode.MALFORMED)
            return
        if isinstance(frame, Send | Commit):
            if line.unanswered >= FRAMES_IN_FLIGHT_MAX:
                self._refuse(line.connection, RefusedCode.TOO_MANY_IN_FLIGHT)
                return
            line.unanswered += 1
            self._delivery.post(line, frame)
        elif isinstance(frame, Ack):
            if not line.acknowledge(frame.seq):
                self._refuse(line.connection, RefusedCode.ACK_AHEAD)
                return
            self._delivery.acknowledge(line, frame.seq)
            if line.behind:
                self._readback.more(line)
        elif isinstance(frame, Ping):
            line.connection.send(_PONG)
        else:
            self._refuse(line.connection, RefusedCode.MALFORMED)

    def _hello(self, connection: Connection, silent: Silent, wire: bytes) -> None:
        try:
            hello = decode_client_frame(wire)
        except msgspec.DecodeError:
            self._refuse(connection, RefusedCode.MALFORMED)
            return
        if not isinstance(hello, Hello):
            self._refuse(connection, RefusedCode.HELLO_EXPECTED)
        elif hello.version != PROTOCOL_VERSION:
            self._refuse(connection, RefusedCode.VERSION)
        else:
            silent.timer.cancel()
            connection.peer = Waiting(hello, self._hub.doubts)
            self._readback.greet(hello, lambda greeting: self._greeted(connection, greeting))

    def _greeted(self, connection: Connection, greeting: Greeting | RefusedCode) -> None:
        """The hello was looked up; `greeting` says who it is and has the first page of mail."""
        waiting = connection.peer
        if not isinstance(waiting, Waiting):
            return
        if isinstance(greeting, RefusedCode):
            self._refuse(connection, greeting)
            return
        device, state = greeting.device, greeting.state
        cursor = min(waiting.hello.cursor, greeting.snapshot_seq)
        now_ms = self._clock.now_ms()
        line = Line(connection, device.device_id, device.account_id, cursor=cursor, since_ms=now_ms)
        if refusal := self._hub.connect(line):
            self._refuse(connection, refusal)
            return
        connection.peer = line
        self._delivery.relay.came(line.device_id, now_ms)
        # Mail announced since the snapshot reached no line of this device: it is read back before any push.
        line.offered_seq = max(cursor, self._hub.announced_seq)
        line.written.append(
            encode_frame(
                Ready(
                    device.device_id,
                    device.account_id,
                    now_ms,
                    state.acked,
                    state.last_no,
                    state.newest,
                )
            )
        )
        line.take_page(greeting.page, all_read=greeting.all_read, snapshot_seq=greeting.snapshot_seq)
        line.flush()
        if waiting.doubts != self._hub.doubts:
            line.fall_behind()
        if cursor > state.acked:
            self._delivery.acknowledge(line, cursor)
        self._readback.more(line)
        for frame in waiting.early:
            if connection.peer is line:
                self._frame(line, frame)

    def _refuse(self, connection: Connection, code: RefusedCode) -> None:
        """Answer why, close, and forget; what was stored stays stored [RT1]."""
        peer, connection.peer = connection.peer, None
        if isinstance(peer, Silent):
            peer.timer.cancel()
        if isinstance(peer, Line):
            self._hub.refuse(peer, code)
            return
        CONNECTIONS_CUT.labels(code.value).inc()
        connection.send(encode_frame(Refused(code, _RETRY_AFTER_MS.get(code, 0))))
        connection.close(code.value)
