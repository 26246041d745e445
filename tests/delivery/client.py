"""A small typed client of the realtime socket: for tests, benches and the crash harness.

`Client` is a device as a program sees it; it keeps no state but its counters. MLS messages are opaque to the
server, so `application`, `commit_message` and `external_commit` build just the header it reads [DS1].
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from hongyan.delivery import frames as f
from hongyan.sdk.net.link import Socket, open_socket

ANSWER_WITHIN_S = 20.0


def header(group_id: bytes, epoch: int, *, wire_format: int) -> bytes:
    return b"\x00\x01" + wire_format.to_bytes(2, "big") + bytes((len(group_id),)) + group_id + epoch.to_bytes(8, "big")


def application(group_id: bytes, epoch: int, content: bytes = b"") -> bytes:
    """A PrivateMessage with application content."""
    return header(group_id, epoch, wire_format=2) + b"\x01" + content


def commit_message(group_id: bytes, epoch: int, content: bytes = b"") -> bytes:
    """A PrivateMessage with a commit."""
    return header(group_id, epoch, wire_format=2) + b"\x03" + content


def public_commit(group_id: bytes, epoch: int, content: bytes = b"") -> bytes:
    """A PublicMessage with a member's commit."""
    return header(group_id, epoch, wire_format=1) + b"\x01\x00\x00\x00\x07" + b"\x00" + b"\x03" + content


def external_commit(group_id: bytes, epoch: int, content: bytes = b"") -> bytes:
    """A PublicMessage with sender type new_member_commit [DS9]."""
    return header(group_id, epoch, wire_format=1) + b"\x04" + b"\x00" + b"\x03" + content


class ConnectionRefused(Exception):
    """The server said `refused`, or closed without a word (`code` None)."""

    def __init__(self, code: f.RefusedCode | None, retry_after_ms: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_ms = retry_after_ms


class Client:
    """One connection of one device. `mail` keeps every envelope that came, in order, until `take_mail`."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.no = 0
        self.newest = 0
        self.ready: f.Ready | None = None
        self.mail: list[f.Envelope] = []
        self.notices: list[f.NoticeTopic] = []
        self.verdicts: list[f.Verdict] = []
        self.ended: ConnectionRefused | None = None
        self._socket: Socket | None = None
        self._changed = asyncio.Event()
        self._awaited: dict[int, asyncio.Future[f.Verdict]] = {}
        self._pongs = 0

    async def __aenter__(self) -> Client:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self, cursor: int = 0) -> f.Ready:
        """Open the socket and say hello. Raises ConnectionRefused."""
        await self.open()
        self.send_frame(f.Hello(f.PROTOCOL_VERSION, self.token, cursor))
        await self.until(lambda: self.ready is not None)
        assert self.ready is not None
        self.no = max(self.no, self.ready.last_no)
        return self.ready

    async def open(self) -> None:
        """Open the socket without a word."""
        self.ready, self.ended = None, None
        self._socket = await open_socket(self.url, self._received, self._lost)

    async def close(self) -> None:
        if self._socket is not None:
            self._socket.abort()
            await self.until_ended()

    def send_frame(self, frame: f.AnyClientFrame) -> None:
        self.send_bytes(f.encode_frame(frame))

    def send_bytes(self, wire: bytes) -> None:
        assert self._socket is not None
        self._socket.send(wire)

    def submit(self, frame: f.Send | f.Commit) -> asyncio.Future[f.Verdict]:
        """Send a numbered frame; its verdict comes as the future."""
        future: asyncio.Future[f.Verdict] = asyncio.get_running_loop().create_future()
        self._awaited[frame.no] = future
        self.send_frame(frame)
        return future

    def next_no(self) -> int:
        self.no += 1
        return self.no

    async def send(
        self, group_id: bytes, message: bytes, *, no: int | None = None, urgency: f.Urgency = f.Urgency.NORMAL
    ) -> f.Verdict:
        return await self._verdict(self.submit(f.Send(no or self.next_no(), group_id, message, urgency)))

    async def commit(
        self,
        group_id: bytes,
        message: bytes,
        *,
        welcome: bytes | None = None,
        added: Sequence[int] = (),
        removed: Sequence[int] = (),
        group_info: bytes = b"group info",
        no: int | None = None,
    ) -> f.Verdict:
        frame = f.Commit(no or self.next_no(), group_id, message, welcome, list(added), list(removed), group_info)
        return await self._verdict(self.submit(frame))

    def ack(self, seq: int | None = None) -> None:
        """Acknowledge up to `seq`, or everything that came."""
        self.send_frame(f.Ack(self.newest if seq is None else seq))

    async def ping(self) -> None:
        """Returns once the server has answered, so everything sent before was at least received."""
        before = self._pongs
        self.send_frame(f.Ping())
        await self.until(lambda: self._pongs > before)

    async def take_mail(self, count: int) -> list[f.Envelope]:
        """Wait for `count` envelopes and take everything that came."""
        await self.until(lambda: len(self.mail) >= count)
        taken, self.mail = self.mail, []
        return taken

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a condition that a frame may bring about. Raises ConnectionRefused when the end came first."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while not true():
                if self.ended is not None:
                    raise self.ended
                self._changed.clear()
                await self._changed.wait()

    async def until_ended(self) -> ConnectionRefused:
        """Wait for the end, and why it came."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while self.ended is None:
                self._changed.clear()
                await self._changed.wait()
        return self.ended

    async def _verdict(self, future: asyncio.Future[f.Verdict]) -> f.Verdict:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await future

    def _received(self, wire: bytes) -> None:
        frame = f.decode_server_frame(wire)
        match frame:
            case f.Mail():
                self.mail += frame.envelopes
                self.newest = self.mail[-1].seq
            case f.Verdict():
                self.verdicts.append(frame)
                future = self._awaited.pop(frame.no, None)
                if future is not None and not future.done():
                    future.set_result(frame)
            case f.Ready():
                self.ready = frame
            case f.Notice():
                self.notices.append(frame.topic)
            case f.Refused():
                self._end(ConnectionRefused(frame.code, frame.retry_after_ms))
            case f.Pong():
                self._pongs += 1
        self._changed.set()

    def _lost(self) -> None:
        self._end(ConnectionRefused(None))

    def _end(self, why: ConnectionRefused) -> None:
        if self.ended is None:
            self.ended = why
        for future in self._awaited.values():
            if not future.done():
                future.set_exception(self.ended)
                future.exception()  # Whoever gave up waiting is not owed a warning.
        self._awaited.clear()
        self._changed.set()


def bodies(mail: Sequence[f.Envelope]) -> list[Any]:
    return [envelope.body for envelope in mail]
