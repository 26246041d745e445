"""The work of the single benches (messages, fanout, idle, storm), done to an XMPP server under the same names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from itertools import cycle

from bench.fanout import BODY_BYTES
from bench.load import Result
from bench.messages import CONNECTIONS
from bench.pacing import MEMBERS, Crowd, at_rate, closed_loop, percentile_ms
from bench.storm import ATTEMPTS_AT_ONCE, GIVE_UP_S, WAITING
from bench.xmpp.client import HOST, REQUEST, Client, Refused, connect, register
from bench.xmpp.servers import Peer

from hongyan.delivery.model import FRAMES_IN_FLIGHT_MAX

STAMP_CHARS = 16
ROOM = f"geese@rooms.{HOST}"
FEEDERS = 20
PRESENCES = 1
AT_ONCE = 100
SETTLE_S = 2.0


class PairSender:
    """One connection: each message is followed by a request for an acknowledgement, which is the verdict."""

    def __init__(self, client: Client, partner: str) -> None:
        self._client = client
        self._head, self._tail = head_and_tail(partner, "chat")
        self.no = self.accepted = self.delivered = 0
        self.closed_loop = False
        self.latencies_ns: list[int] = []
        client.on_message, client.on_handled = self._received, self._handled

    @property
    def may_send(self) -> bool:
        return self.no - self.accepted < FRAMES_IN_FLIGHT_MAX

    def send(self, due_ns: int | None = None) -> None:
        self.no += 1
        stamp = b"%016x" % (due_ns or time.perf_counter_ns())
        self._client.write(self._head % self.no + stamp + self._tail + REQUEST)

    def _handled(self, count: int) -> None:
        newly, self.accepted = count - PRESENCES - self.accepted, count - PRESENCES
        if self.closed_loop:
            for _ in range(newly):
                self.send()

    def _received(self, stanza: bytes) -> None:
        at = stanza.find(b"<body>") + len(b"<body>")
        sent_ns = int(stanza[at : at + STAMP_CHARS], 16)
        self.latencies_ns.append(time.perf_counter_ns() - sent_ns)
        self.delivered += 1


class RoomCrowd(Crowd):
    """A room (XEP-0045); the verdict is the sender's own message coming back, which is after the room stored it."""

    def __init__(self, sender: Client, members: Sequence[Client]) -> None:
        super().__init__()
        self._sender = sender
        self._head, self._tail = head_and_tail(ROOM, "groupchat")
        sender.on_message = lambda stanza: self.verdict() if b"<body>" in stanza else None
        for one in members:
            one.on_message = lambda stanza: self.took(1) if b"<body>" in stanza else None

    def send(self) -> None:
        self.no += 1
        self._sender.write(self._head % self.no + bytes(STAMP_CHARS).replace(b"\0", b"0") + self._tail + REQUEST)


def head_and_tail(to: str, kind: str) -> tuple[bytes, bytes]:
    """A message with a body of BODY_BYTES characters: its number goes into the head, a stamp between the two."""
    address = to if "@" in to else f"{to}@{HOST}"
    rest = "x" * (BODY_BYTES - STAMP_CHARS)
    return f"<message to='{address}' type='{kind}' id='%d'><body>".encode(), f"{rest}</body></message>".encode()


async def log_in(port: int, names: Sequence[str]) -> list[Client]:
    """In order; raises Refused if the server has no stream management: there would be no verdict."""
    clients: list[Client] = []
    for start in range(0, len(names), AT_ONCE):
        some = [await connect(port, name) for name in names[start : start + AT_ONCE]]
        await asyncio.gather(*[one.log_in() for one in some])
        clients += some
    if not all(one.is_managed for one in clients):
        raise Refused("the server offers no stream management")
    return clients


def people(count: int) -> list[str]:
    return [f"person{n}" for n in range(count)]


async def messages(peer: Peer, result: Result, seconds: float, in_flight: int) -> None:
    with peer.running() as server:
        names = people(CONNECTIONS)
        await register(server.port, names)
        clients = await log_in(server.port, names)
        await asyncio.sleep(SETTLE_S)
        senders = [PairSender(one, names[place ^ 1]) for place, one in enumerate(clients)]
        span = await closed_loop(senders, in_flight, seconds, server.cpu_s)
        latencies = await at_rate(senders, max(1.0, span.per_s) / 2, seconds)
    result.add("messages_per_s", span.per_s)
    result.add("server_cpu_us_per_message", (span.after - span.before) / span.count * 1e6)
    result.add("p99_ms_at_half_load", percentile_ms(latencies, 0.99))
    result.note("messages_server_cores_busy", (span.after - span.before) / span.seconds)
    result.note("messages_generator_cores_busy", span.own_cpu_s / span.seconds)


async def fanout(peer: Peer, result: Result, seconds: float, in_flight: int) -> None:
    with peer.running() as server:
        names = people(MEMBERS + 1)
        await register(server.port, names)
        sender, *members = await log_in(server.port, names)
        await enter_room([sender, *members])
        crowd = RoomCrowd(sender, members)
        waits_ms = await crowd.one_by_one()
        span = await crowd.flood(in_flight, seconds, server.cpu_s)
    result.add("deliveries_per_s", span.per_s)
    result.add("server_cpu_us_per_delivery", (span.after - span.before) / span.count * 1e6)
    result.add("last_member_ms", waits_ms[len(waits_ms) // 2])
    result.note("fanout_server_cores_busy", (span.after - span.before) / span.seconds)
    result.note("fanout_generator_cores_busy", span.own_cpu_s / span.seconds)


async def enter_room(clients: Sequence[Client]) -> None:
    """The first makes the room; returns when each was told that she is in it (status 110)."""
    for place, one in enumerate(clients):
        entered = asyncio.Event()
        one.on_presence = partial(note_entry, entered)
        history = "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
        one.write(f"<presence to='{ROOM}/nick{place}'>{history}</presence>".encode())
        if place == 0:
            form = "<x xmlns='jabber:x:data' type='submit'/>"
            query = f"<query xmlns='http://jabber.org/protocol/muc#owner'>{form}</query>"
            one.write(f"<iq type='set' id='room' to='{ROOM}'>{query}</iq>".encode())
        async with asyncio.timeout(GIVE_UP_S):
            await entered.wait()
    await asyncio.sleep(SETTLE_S)


def note_entry(entered: asyncio.Event, stanza: bytes) -> None:
    if b"code='110'" in stanza:
        entered.set()


async def idle(peer: Peer, result: Result, connections: int) -> None:
    with peer.running() as server:
        names = people(connections)
        await register(server.port, names)
        await asyncio.sleep(SETTLE_S)
        rest_mb = server.rss_mb()
        clients = await log_in(server.port, names)
        await asyncio.sleep(SETTLE_S)
        full_mb = server.rss_mb()
        assert all(one.is_open for one in clients)
    result.add("rest_mb", rest_mb)
    result.add("kb_per_connection", (full_mb - rest_mb) * 1024 / connections)


async def storm(peer: Peer, result: Result, count: int) -> None:
    with peer.running() as server:
        names = people(count)
        await register(server.port, [*names, *[f"feeder{n}" for n in range(FEEDERS)]])
        await feed(server.port, names)
        gate = asyncio.Semaphore(ATTEMPTS_AT_ONCE)
        before, started = server.cpu_s(), time.perf_counter()
        async with asyncio.timeout(GIVE_UP_S * 2):
            await asyncio.gather(*[come_back(server.port, name, gate) for name in names])
        taken, used_cpu_s = time.perf_counter() - started, server.cpu_s() - before
    result.add("all_synced_s", taken)
    result.add("server_cpu_ms_per_client", used_cpu_s / count * 1000)


async def feed(port: int, names: Sequence[str]) -> None:
    """WAITING messages for each of these people, who are away."""
    feeders = await log_in(port, [f"feeder{n}" for n in range(FEEDERS)])
    letters = (name for _ in range(WAITING) for name in names)

    async def write(one: Client) -> None:
        handled = asyncio.Event()
        one.on_handled = lambda _count: handled.set()
        for name in letters:
            head, tail = head_and_tail(name, "chat")
            handled.clear()
            one.write(head % 0 + b"0" * STAMP_CHARS + tail + REQUEST)
            await handled.wait()
        one.close()

    await asyncio.gather(*[write(one) for one in feeders])


async def come_back(port: int, name: str, gate: asyncio.Semaphore) -> None:
    """Connect, log in, and take what waits."""
    async with gate:
        client = await connect(port, name)
    got, done = cycle(range(1, WAITING + 1)), asyncio.Event()
    client.on_message = lambda _stanza: done.set() if next(got) == WAITING else None
    await client.log_in()
    await done.wait()
