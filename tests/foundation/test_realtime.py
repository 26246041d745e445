"""The seam between uvicorn and picows: whoever changes either version learns it here."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from picows.common import WSError

from hongyan.foundation.clock import ManualClock
from hongyan.foundation.http import HttpServer, Root
from hongyan.foundation.realtime import FRAME_BYTES_CUT, FRAME_BYTES_MAX, UNSENT_S_MAX, Connection, Realtime
from hongyan.foundation.starting import listen


@dataclass
class Echo:
    """Sends each frame back; "bye" ends, "flood" sends without end."""

    events: list[str] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)

    def opened(self, connection: Connection) -> None:
        self.events.append("opened")
        self.connections.append(connection)

    def received(self, connection: Connection, frame: bytes) -> None:
        if frame == b"bye":
            connection.close("再见")
            connection.send(b"too late")
        else:
            connection.send(frame)

    def closed(self, connection: Connection) -> None:
        self.events.append("closed")


class Client(WSListener):
    def __init__(self) -> None:
        self.frames: asyncio.Queue[tuple[WSMsgType, bytes]] = asyncio.Queue()
        self.gone = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self.frames.put_nowait((frame.msg_type, frame.get_payload_as_bytes()))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.gone.set()

    async def next(self) -> bytes:
        async with asyncio.timeout(10):
            return (await self.frames.get())[1]

    async def left(self) -> None:
        async with asyncio.timeout(10):
            await self.gone.wait()


@dataclass
class House:
    echo: Echo
    realtime: Realtime
    clock: ManualClock
    port: int
    clients: list[Client] = field(default_factory=list)

    async def connect(self, path: str = "/realtime", **headers: str) -> Client:
        _, client = await ws_connect(
            Client,
            f"ws://127.0.0.1:{self.port}{path}",
            extra_headers=headers,
            max_frame_size=2**24,
            use_aiofastnet=False,
        )
        assert isinstance(client, Client)
        self.clients.append(client)
        return client


async def _hello(scope: object, receive: object, send: object) -> None:
    raise AssertionError("no HTTP in these tests")


@pytest.fixture
async def house() -> AsyncIterator[House]:
    echo, clock = Echo(), ManualClock()
    realtime = Realtime({"/realtime": echo}, clock, origins=frozenset({"https://chat.example"}), connections_max=3)
    sock = listen("127.0.0.1", 0)
    server = HttpServer(Root(_hello, _hello, is_secure=False), realtime, sock)  # type: ignore[arg-type]
    await server.start()
    made = House(echo, realtime, clock, sock.getsockname()[1])
    yield made
    await server.stop()
    for client in made.clients:
        client.transport.disconnect(graceful=False)
        await client.left()


async def test_frames_pass_both_ways(house: House) -> None:
    client = await house.connect()
    for size in (0, 1, 125, 126, 65_535, 65_536, FRAME_BYTES_MAX):
        client.transport.send(WSMsgType.BINARY, bytes(size))
        assert len(await client.next()) == size


async def test_many_frames_in_one_write(house: House) -> None:
    client = await house.connect()
    for number in range(1000):
        client.transport.send(WSMsgType.BINARY, str(number).encode())
    assert [await client.next() for _ in range(1000)] == [str(n).encode() for n in range(1000)]
    house.echo.connections[0].send_many([b"a", b"b" * 300, b"c" * 70_000])
    assert [len(await client.next()) for _ in range(3)] == [1, 300, 70_000]


async def test_fragments_are_joined(house: House) -> None:
    client = await house.connect()
    client.transport.send(WSMsgType.BINARY, b"ab", fin=False)
    client.transport.send(WSMsgType.CONTINUATION, b"cd", fin=False)
    client.transport.send(WSMsgType.PING, b"")
    client.transport.send(WSMsgType.CONTINUATION, b"ef")
    assert (await client.frames.get())[0] == WSMsgType.PONG
    assert await client.next() == b"abcdef"


async def test_fragments_beyond_the_limit_end_the_connection(house: House) -> None:
    client = await house.connect()
    half = bytes(FRAME_BYTES_CUT // 2 + 1)
    client.transport.send(WSMsgType.BINARY, half, fin=False)
    client.transport.send(WSMsgType.CONTINUATION, half)
    assert int.from_bytes((await client.next())[:2], "big") == WSCloseCode.MESSAGE_TOO_BIG.value
    await client.left()


async def test_a_frame_beyond_the_limit_ends_the_connection(house: House) -> None:
    client = await house.connect()
    client.transport.send(WSMsgType.BINARY, bytes(FRAME_BYTES_CUT + 1))
    await client.left()
    assert house.echo.events == ["opened", "closed"]


async def test_text_ends_the_connection(house: House) -> None:
    client = await house.connect()
    client.transport.send(WSMsgType.TEXT, b"hello")
    assert int.from_bytes((await client.next())[:2], "big") == WSCloseCode.UNSUPPORTED_DATA.value


async def test_either_side_may_end_and_closed_is_told_once(house: House) -> None:
    for leave in (b"bye", None):
        house.echo.events.clear()
        client = await house.connect()
        if leave:
            client.transport.send(WSMsgType.BINARY, leave)
            assert (await client.next())[2:].decode() == "再见"
        else:
            client.transport.send_close(WSCloseCode.OK)
            client.transport.disconnect()
        await client.left()
        async with asyncio.timeout(10):
            while house.echo.events != ["opened", "closed"]:
                await asyncio.sleep(0.01)
        assert not house.echo.connections[-1].is_open


@pytest.mark.parametrize(
    ("path", "origin", "allowed"),
    [
        ("/realtime", None, True),
        ("/realtime", "https://chat.example", True),
        ("/realtime", "http://127.0.0.1:{port}", True),
        ("/realtime?x=1", None, True),
        ("/realtime", "https://evil.example", False),
        ("/realtime", "null", False),
        ("/realtime/", None, False),
        ("/api/server", None, False),
    ],
)
async def test_only_our_own_pages_may_open_a_socket(house: House, path: str, origin: str | None, allowed: bool) -> None:
    headers = {"Origin": origin.format(port=house.port)} if origin else {}
    if allowed:
        client = await house.connect(path, **headers)
        client.transport.send(WSMsgType.BINARY, b"hi")
        assert await client.next() == b"hi"
    else:
        with pytest.raises(WSError):
            await house.connect(path, **headers)
        assert house.echo.events == []


async def test_no_more_than_the_limit_are_let_in(house: House) -> None:
    clients = [await house.connect() for _ in range(3)]
    with pytest.raises(WSError):
        await house.connect()
    clients[0].transport.disconnect()
    async with asyncio.timeout(10):
        while "closed" not in house.echo.events:
            await asyncio.sleep(0.01)
    await house.connect()


async def test_a_reader_that_stopped_is_cut_and_others_are_not(house: House) -> None:
    """More than 256 KiB unsent for 30 s ends the connection."""
    slow, quick = await house.connect(), await house.connect()
    slow.transport.underlying_transport.pause_reading()  # type: ignore[attr-defined]
    to_slow, to_quick = house.echo.connections
    for _ in range(300):
        to_slow.send(bytes(65_536))
    assert to_slow.buffered_bytes > 256 * 1024
    house.clock.advance(UNSENT_S_MAX - 1)
    house.realtime.cut_stalled()
    assert to_slow.is_open
    house.clock.advance(2)
    house.realtime.cut_stalled()
    async with asyncio.timeout(10):
        while "closed" not in house.echo.events:
            await asyncio.sleep(0.01)
    assert not to_slow.is_open
    to_quick.send(b"still here")
    assert await quick.next() == b"still here"


async def test_a_stop_says_goodbye_with_a_reason(house: House) -> None:
    client = await house.connect()
    await house.realtime.close()
    goodbye = await client.next()
    assert int.from_bytes(goodbye[:2], "big") == WSCloseCode.SERVICE_RESTART.value
    assert goodbye[2:] == b"restart"
    with pytest.raises(WSError):
        await house.connect()


async def test_a_broken_handshake_is_refused(house: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(b"GET /realtime HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    assert b" 400 " in await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert house.echo.events == []
