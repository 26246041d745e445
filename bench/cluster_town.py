"""People on three nodes: devices that come back and repeat as the app does, and what became of all they said."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.cluster_photos import Photos
from bench.load import message_of
from picows import WSError
from tests.delivery.seed import Seeded

from hongyan.delivery import frames as f
from hongyan.delivery.model import FRAMES_IN_FLIGHT_MAX
from hongyan.sdk.net.link import READY_WITHIN_S, RETRY_FIRST_S, RETRY_S_MAX, Socket, open_socket

BODY_BYTES = 300
LOOK_S = 0.01
UNDECIDED_MAX = 64  # [DS4]

Key = tuple[bytes, int, int]
"""A message: group, sender's device, number."""


class Device:
    """Says things, whatever the server does; `said` is when it said what is not decided yet."""

    def __init__(self, seeded: Seeded, groups: Sequence[bytes], doors: Sequence[str], chance: random.Random) -> None:
        self.device_id = seeded.device_id
        self.accepted: list[Key] = []
        self.got: list[Key] = []
        self.cut = 0
        self.newest_accepted_s = 0.0
        self.newest_got_s = 0.0
        self.longest_send_s = 0.0
        self.longest_delivery_s = 0.0
        self.undecided: dict[int, f.Send] = {}
        self._token = seeded.token
        self._groups = groups
        self._doors = itertools.cycle(doors)
        self._chance = chance
        self._no = 0
        self._cursor = 0
        self._said_s: dict[int, float] = {}
        self._on_their_way: set[int] = set()
        self._window = FRAMES_IN_FLIGHT_MAX
        self._paused_until_s = 0.0
        self._retry_least_s = 0.0
        self._socket: Socket | None = None
        self._is_ready = False
        self._ended = asyncio.Event()

    def say(self, now_s: float) -> None:
        """Something new in one of its groups; its body ends with the number and the time."""
        if self.undecided and self._no + 1 - min(self.undecided) > UNDECIDED_MAX:
            return
        self._no += 1
        group_id = self._chance.choice(self._groups)
        mark = self._no.to_bytes(4, "big") + time.perf_counter_ns().to_bytes(8, "big")
        self.undecided[self._no] = f.Send(self._no, group_id, message_of(group_id, BODY_BYTES)[: -len(mark)] + mark)
        self._said_s[self._no] = now_s

    def pump(self, now_s: float) -> None:
        """Send what may be sent, oldest first [OV3]."""
        if not self._is_ready or self._socket is None or now_s < self._paused_until_s:
            return
        for no, frame in self.undecided.items():
            if len(self._on_their_way) >= self._window:
                return
            if no not in self._on_their_way:
                self._on_their_way.add(no)
                self._socket.send(f.encode_frame(frame))

    async def stay_connected(self) -> None:
        """Until it is cancelled; comes back as the app and the SDK do."""
        failures = 0
        while True:
            self._ended.clear()
            self._retry_least_s = 0.0
            try:
                async with asyncio.timeout(READY_WITHIN_S):
                    self._socket = await open_socket(next(self._doors), self._received, self._ended.set)
                self._socket.send(f.encode_frame(f.Hello(f.PROTOCOL_VERSION, self._token, self._cursor)))
                await self._ended.wait()
            except (OSError, WSError, TimeoutError):
                pass
            finally:
                failures = 0 if self._is_ready else failures + 1
                self._drop()
            self.cut += 1
            ceiling = min(RETRY_S_MAX, RETRY_FIRST_S * 2**failures)
            await asyncio.sleep(self._retry_least_s + ceiling * (0.5 + 0.5 * self._chance.random()))

    def _drop(self) -> None:
        self._is_ready = False
        self._on_their_way.clear()
        if self._socket is not None:
            self._socket.abort()
            self._socket = None

    def _received(self, wire: bytes) -> None:
        frame = f.decode_server_frame(wire)
        match frame:
            case f.Ready():
                self._is_ready = True
                self.pump(time.perf_counter())
            case f.Verdict():
                self._decide(frame)
            case f.Mail():
                self._take(frame.envelopes)
            case f.Refused():
                self._retry_least_s = frame.retry_after_ms / 1000
                self._ended.set()

    def _decide(self, verdict: f.Verdict) -> None:
        now_s = time.perf_counter()
        self._on_their_way.discard(verdict.no)
        if verdict.code is f.VerdictCode.ACCEPTED:
            sent = self.undecided.pop(verdict.no, None)
            if sent is not None:
                said_s = self._said_s.pop(verdict.no)
                self.accepted.append((sent.group_id, self.device_id, verdict.no))
                self.newest_accepted_s = max(self.newest_accepted_s, said_s)
                self.longest_send_s = max(self.longest_send_s, now_s - said_s)
            self._window = min(FRAMES_IN_FLIGHT_MAX, self._window + 1)
            self.pump(now_s)
            return
        assert verdict.retry_after_ms > 0, verdict
        self._window = 1
        wait_s = verdict.retry_after_ms / 1000
        if now_s + wait_s > self._paused_until_s:
            self._paused_until_s = now_s + wait_s * (1 + self._chance.random())

    def _take(self, envelopes: Sequence[f.Envelope]) -> None:
        now_s = time.perf_counter()
        for envelope in envelopes:
            if envelope.seq <= self._cursor:
                continue
            self._cursor = envelope.seq
            assert isinstance(envelope.body, bytes)
            no, sent_ns = int.from_bytes(envelope.body[-12:-8], "big"), int.from_bytes(envelope.body[-8:], "big")
            self.got.append((envelope.group_id, envelope.sender, no))
            self.newest_got_s = max(self.newest_got_s, sent_ns / 1e9)
            self.longest_delivery_s = max(self.longest_delivery_s, now_s - sent_ns / 1e9)
        if self._socket is not None:
            self._socket.send(f.encode_frame(f.Ack(self._cursor)))


class Town:
    """All devices, and who is in which group."""

    def __init__(
        self,
        groups: Mapping[bytes, Sequence[Seeded]],
        photos: Photos,
        doors: Sequence[str],
        *,
        every_s: float,
        seed: int,
    ) -> None:
        self._chance = random.Random(seed)
        self._every_s = every_s
        self.groups = {group_id: [one.device_id for one in members] for group_id, members in groups.items()}
        everybody = {one.device_id: one for members in groups.values() for one in members}
        self.devices = {
            device_id: Device(one, [g for g, ids in self.groups.items() if device_id in ids], doors, self._chance)
            for device_id, one in everybody.items()
        }
        self.photos = photos
        self.is_talking = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        create = asyncio.get_running_loop().create_task
        self._tasks = [create(device.stay_connected()) for device in self.devices.values()]
        self._tasks.append(create(self._talk()))
        self.photos.start()

    async def stop(self) -> None:
        self.photos.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _talk(self) -> None:
        """Each says something at random times, on average every `every_s`."""
        next_s = dict.fromkeys(self.devices, 0.0)
        while True:
            now_s = time.perf_counter()
            for device_id, device in self.devices.items():
                if self.is_talking and now_s >= next_s[device_id]:
                    next_s[device_id] = now_s + self._chance.expovariate(1 / self._every_s)
                    device.say(now_s)
                device.pump(now_s)
            await asyncio.sleep(LOOK_S)

    async def served_after(self, since_s: float, *, within_s: float) -> float:
        """How long until each had something accepted and got something, both said after `since_s`."""

        def is_served() -> bool:
            return all(one.newest_accepted_s > since_s and one.newest_got_s > since_s for one in self.devices.values())

        await self.until(is_served, within_s=within_s)
        return time.perf_counter() - since_s

    async def until(self, true: Callable[[], bool], *, within_s: float) -> bool:
        """Wait for it; False if it did not come true in time."""
        end_s = time.perf_counter() + within_s
        while not true():
            if time.perf_counter() > end_s:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    def tally(self) -> Tally:
        accepted = [key for device in self.devices.values() for key in device.accepted]
        return tally(accepted, {one.device_id: one.got for one in self.devices.values()}, self.groups)


@dataclass
class Tally:
    accepted: int = 0
    delivered: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0

    @property
    def is_clean(self) -> bool:
        return self.lost + self.doubled + self.out_of_order == 0


def tally(accepted: Iterable[Key], got: Mapping[int, Sequence[Key]], groups: Mapping[bytes, Sequence[int]]) -> Tally:
    """Each accepted message once on every other device of its group, in its sender's order, and the same on all."""
    found = Tally()
    times = {device_id: Counter(keys) for device_id, keys in got.items()}
    for key in accepted:
        found.accepted += 1
        found.lost += sum(1 for reader in groups[key[0]] if reader != key[1] and not times[reader][key])
    for device_id, keys in got.items():
        found.delivered += len(keys)
        found.doubled += len(keys) - len(times[device_id])
        found.out_of_order += _falls([(key[:2], key[2]) for key in keys])
    for group_id, members in groups.items():
        for one, other in itertools.pairwise(members):
            place = {key: place for place, key in enumerate(got[other])}
            seen = [(group_id, place[key]) for key in got[one] if key[0] == group_id and key in place]
            found.out_of_order += _falls(seen)
    return found


def _falls(numbers: Iterable[tuple[object, int]]) -> int:
    """How often a number is lower than the one before it of the same kind."""
    newest: dict[object, int] = {}
    count = 0
    for kind, number in numbers:
        count += number < newest.get(kind, 0)
        newest[kind] = number
    return count
