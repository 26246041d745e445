"""A small XMPP client for load: plain TCP, SASL PLAIN, bind, stream management (XEP-0198) where it is offered.

It cuts the stream into stanzas by one regular expression and reads of them only what the work counts: a parser
of XML would make the load generator the limit.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Callable
from typing import cast

HOST = "localhost"
PASSWORD = "wild-goose"
STANZA = re.compile(
    rb"<(message|iq|presence|stream:features|success|failure|enabled|failed|stream:error)\b(?:[^>]*/>|[^>]*>.*?</\1>)"
    rb"|<(?P<ack>[ar])\b[^>]*?(?:/>|>\s*</[ar]>)",
    re.DOTALL,
)
HANDLED = re.compile(rb"\bh=['\"](\d+)")
MANAGEMENT = b"urn:xmpp:sm:3"
REQUEST = b"<r xmlns='urn:xmpp:sm:3'/>"
HEADER = f"<?xml version='1.0'?><stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' " + (
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
STEP_WITHIN_S = 60.0


class Refused(Exception):
    """The server did not do a step of the handshake."""


class Client(asyncio.Protocol):
    """One connection. `on_message` gets each message stanza; `on_handled` how many of ours the server has handled.

    Other stanzas go to whoever awaits `step`, and are dropped once the client is online.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.on_message: Callable[[bytes], None] = lambda stanza: None
        self.on_presence: Callable[[bytes], None] = lambda stanza: None
        self.on_handled: Callable[[int], None] = lambda count: None
        self.is_managed = False
        self.is_open = False
        self._is_online = False
        self._taken = 0
        self._rest = b""
        self._steps: asyncio.Queue[bytes] = asyncio.Queue()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are not registered as what they are.
        self._transport, self.is_open = cast(asyncio.Transport, transport), True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self._steps.put_nowait(b"<failure/>")

    def data_received(self, data: bytes) -> None:
        data, end = self._rest + data, 0
        for found in STANZA.finditer(data):
            end = found.end()
            kind = found[1] or found["ack"]
            if kind == b"message":
                self._taken += 1
                self.on_message(found[0])
            elif kind == b"a":
                handled = HANDLED.search(found[0])
                assert handled is not None
                self.on_handled(int(handled[1]))
            elif kind == b"r":
                self.write(b"<a xmlns='urn:xmpp:sm:3' h='%d'/>" % self._taken)
            else:
                self._taken += kind in (b"iq", b"presence")
                if kind == b"presence":
                    self.on_presence(found[0])
                if not self._is_online:
                    self._steps.put_nowait(found[0])
        self._rest = data[end:]

    def write(self, wire: bytes) -> None:
        if self._transport is not None and self.is_open:
            self._transport.write(wire)

    async def step(self, wire: bytes, wanted: bytes) -> bytes:
        """Send, and wait for the first stanza of that name. Raises Refused."""
        self.write(wire)
        async with asyncio.timeout(STEP_WITHIN_S):
            while not (stanza := await self._steps.get()).startswith(b"<" + wanted):
                if stanza.startswith((b"<failure", b"<failed", b"<stream:error")):
                    raise Refused(stanza.decode(errors="replace"))
            return stanza

    async def log_in(self) -> None:
        """Until others can send to it; what waited for it comes from here on."""
        await self.step(HEADER.encode(), b"stream:features")
        plain = base64.b64encode(f"\0{self.name}\0{PASSWORD}".encode()).decode()
        auth = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"
        await self.step(auth.encode(), b"success")
        features = await self.step(HEADER.encode(), b"stream:features")
        bind = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>b</resource></bind>"
        await self.step(f"<iq type='set' id='bind'>{bind}</iq>".encode(), b"iq")
        if MANAGEMENT in features:
            await self.step(b"<enable xmlns='urn:xmpp:sm:3'/>", b"enabled")
            self.is_managed, self._taken = True, 0
        self._is_online = True
        self.write(b"<presence/>")

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def connect(port: int, name: str) -> Client:
    _, client = await asyncio.get_running_loop().create_connection(lambda: Client(name), "127.0.0.1", port)
    return client


async def register(port: int, names: list[str], at_once: int = 32) -> None:
    """Make these accounts, each with PASSWORD, by in-band registration (XEP-0077)."""
    left = iter(names)

    async def some() -> None:
        for name in left:
            client = await connect(port, name)
            await client.step(HEADER.encode(), b"stream:features")
            query = f"<username>{name}</username><password>{PASSWORD}</password>"
            wire = f"<iq type='set' id='reg'><query xmlns='jabber:iq:register'>{query}</query></iq>"
            answer = await client.step(wire.encode(), b"iq")
            if b"error" in answer:
                raise Refused(answer.decode(errors="replace"))
            client.close()

    await asyncio.gather(*[some() for _ in range(at_once)])
