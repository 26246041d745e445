"""A device as the protocol wants it: numbers, a window of unanswered sends, a cursor, cumulative acknowledgements."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from hongyan.delivery.frames import (
    PROTOCOL_VERSION,
    Ack,
    Commit,
    Envelope,
    Hello,
    Mail,
    Ready,
    Refused,
    Send,
    Verdict,
    VerdictCode,
    decode_server_frame,
    encode_frame,
)

RECONNECT_S = 0.005
RETRY = (VerdictCode.STORAGE_FULL, VerdictCode.BUSY)
SPAN_MAX = 64


@dataclass(frozen=True, slots=True)
class Shown:
    """One message a person would see."""

    seq: int
    group_id: bytes
    sender: int
    no: int
    digest: bytes


class Device:
    """Reconnects for ever until `stop`. `feed` gives the next message to send, or None when there is none."""

    def __init__(self, url: str, device_id: int, token: str, *, in_flight_max: int = 16) -> None:
        self.device_id = device_id
        self.feed: Callable[[], tuple[bytes, bytes] | None] = lambda: None
        self.on_answer: Callable[[], None] = lambda: None
        self.accepted: dict[int, Send | Commit] = {}
        self.refused: list[Verdict] = []
        self.shown: list[Shown] = []
        self.cursor = 0
        self.newest = 0
        self.unanswered: dict[int, Send | Commit] = {}
        self.refusals: list[Refused] = []
        self._queued: deque[Send | Commit] = deque()
        self.envelopes: list[Envelope] = []
        self.keep_envelopes = False
        self.acknowledges = True
        self.ready = asyncio.Event()
        self._put_off: set[int] = set()
        self._url = url
        self._token = token
        self._in_flight_max = in_flight_max
        self._no = 0
        self._transport: WSTransport | None = None
        self._task: asyncio.Task[None] | None = None
        self._answered = asyncio.Event()
        self._stored = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._stay_connected())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._transport is not None:
            self._transport.disconnect()
            await self._transport.wait_disconnected()

    def send(self, group_id: bytes, message: bytes) -> int:
        """Queue a message under the next number; it is repeated until it is answered."""
        self._no += 1
        return self._put(Send(self._no, group_id, message))

    def commit(
        self,
        group_id: bytes,
        message: bytes,
        added: list[int],
        *,
        removed: list[int] | None = None,
        welcome: bytes = b"\0\1\0\3 welcome",
        group_info: bytes = b"\0\1\0\4 group info",
    ) -> int:
        """Queue a commit; the welcome goes with it only if somebody is added."""
        self._no += 1
        sent = Commit(self._no, group_id, message, welcome if added else None, added, removed or [], group_info)
        return self._put(sent)

    async def answered(self) -> None:
        """Wait until nothing is unanswered."""
        while self.unanswered or self._queued:
            self._answered.clear()
            await self._answered.wait()

    async def emptied(self) -> None:
        """Wait until everything that waited when this connection began has been stored."""
        await self.ready.wait()
        while self.cursor < self.newest:
            self._stored.clear()
            await self._stored.wait()

    async def until_refused(self) -> None:
        while not self.refusals:
            self._answered.clear()
            await self._answered.wait()

    async def shown_count(self, count: int) -> None:
        while len(self.shown) < count:
            self._stored.clear()
            await self._stored.wait()

    def _put(self, frame: Send | Commit) -> int:
        self._queued.append(frame)
        self.pump()
        return frame.no

    def pump(self) -> None:
        """Keep `in_flight_max` sends unanswered while there is something to say [DS4]."""
        while self._may_go_on() and len(self.unanswered) < self._in_flight_max and self._is_in_reach():
            following = None if self._queued else self.feed()
            if following is not None:
                self._no += 1
                self._queued.append(Send(self._no, *following))
            if not self._queued:
                return
            frame = self._queued.popleft()
            self.unanswered[frame.no] = frame
            self._write(encode_frame(frame))

    def _may_go_on(self) -> bool:
        return self.ready.is_set() and not self._put_off

    def _is_in_reach(self) -> bool:
        """A number refused for now must not fall below the server's window while later ones go on."""
        return not self.unanswered or self._no - min(self.unanswered) < SPAN_MAX

    async def _stay_connected(self) -> None:
        while True:
            try:
                transport, _ = await ws_connect(lambda: _Listener(self), self._url)
                await transport.wait_disconnected()
            except (OSError, WSError):
                pass
            self.ready.clear()
            self._transport = None
            await asyncio.sleep(RECONNECT_S)

    def connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._write(encode_frame(Hello(PROTOCOL_VERSION, self._token, self.cursor)))

    def received(self, wire: bytes) -> None:
        frame = decode_server_frame(wire)
        if isinstance(frame, Ready):
            assert frame.device_id == self.device_id
            self.newest = frame.newest
            self.ready.set()
            self._stored.set()
            self._put_off.clear()
            for unanswered in list(self.unanswered.values()):
                self._write(encode_frame(unanswered))
            self.pump()
        elif isinstance(frame, Verdict):
            self._verdict(frame)
        elif isinstance(frame, Mail):
            self._mail(frame)
        elif isinstance(frame, Refused):
            self.refusals.append(frame)
            self._answered.set()

    def _verdict(self, verdict: Verdict) -> None:
        if verdict.code in RETRY:
            self.refused.append(verdict)
            later = asyncio.get_running_loop().call_later
            if verdict.code is VerdictCode.BUSY:
                if not self._put_off:
                    later(verdict.retry_after_ms / 1000, self._come_back)
                self._put_off.add(verdict.no)
            else:
                later(verdict.retry_after_ms / 1000, self._again, verdict.no)
            return
        sent = self.unanswered.pop(verdict.no, None)
        if verdict.code is VerdictCode.ACCEPTED and sent is not None:
            self.accepted[verdict.no] = sent
            self.on_answer()
        elif sent is not None:
            self.refused.append(verdict)
        self._answered.set()
        self.pump()

    def _again(self, no: int) -> None:
        frame = self.unanswered.get(no)
        if frame is not None and self.ready.is_set():
            self._write(encode_frame(frame))

    def _come_back(self) -> None:
        """All that was put off goes again in its order, before anything new [OV3]."""
        put_off, self._put_off = sorted(self._put_off), set()
        for no in put_off:
            self._again(no)
        self.pump()

    def _mail(self, mail: Mail) -> None:
        for envelope in mail.envelopes:
            if envelope.seq <= self.cursor:
                continue
            self.cursor = envelope.seq
            body = envelope.body or b""
            if self.keep_envelopes:
                self.envelopes.append(envelope)
            if envelope.kind == 1:
                digest = hashlib.sha256(body).digest()
                self.shown.append(Shown(envelope.seq, envelope.group_id, envelope.sender, envelope.no, digest))
        if self.acknowledges:
            self.acknowledge()
        self._stored.set()

    def acknowledge(self) -> None:
        if self.ready.is_set():
            self._write(encode_frame(Ack(self.cursor)))

    def _write(self, wire: bytes) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.BINARY, wire)


class _Listener(WSListener):
    def __init__(self, device: Device) -> None:
        self._device = device

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._device.connected(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.BINARY:
            self._device.received(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
