"""A network in virtual time: frames are late, connections end with what was on its way lost in part, and the two
sides learn of the end at different times."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from tests.reliability.virtual import VirtualLoop

from hongyan.delivery.endpoint import DeliveryEndpoint

LATE_S_MAX = 0.4
STALL_S_MAX = 8.0
UNNOTICED_S_MAX = 20.0


class Phone(Protocol):
    def heard(self, wire: Wire, frame: bytes) -> None: ...
    def hung_up(self, wire: Wire) -> None: ...


class Wire:
    """One connection: what a phone holds, and (`far`) what the server holds."""

    def __init__(self, loop: VirtualLoop, chance: random.Random, endpoint: DeliveryEndpoint, phone: Phone) -> None:
        self.loop = loop
        self.chance = chance
        self.phone = phone
        self.far = Far(self, endpoint)
        self.is_open = True
        self._up: deque[bytes] = deque()
        self._down: deque[bytes] = deque()
        self._up_at_s = self._down_at_s = loop.time()

    def send(self, frame: bytes) -> None:
        """From the phone."""
        if self.is_open:
            self._up_at_s = max(self._up_at_s, self.loop.time() + self._delay())
            self._up.append(frame)
            self.loop.call_at(self._up_at_s, lambda: self.far.arrive(self._up.popleft()))

    def carry_down(self, frame: bytes) -> None:
        if self.is_open:
            self._down_at_s = max(self._down_at_s, self.loop.time() + self._delay())
            self._down.append(frame)
            self.loop.call_at(self._down_at_s, lambda: self._heard(self._down.popleft()))

    def stall(self) -> None:
        """Nothing gets through for a while, one way or both; nothing is lost."""
        until_s = self.loop.time() + self.chance.uniform(0.5, STALL_S_MAX)
        which = self.chance.choice(("up", "down", "both"))
        if which != "down":
            self._up_at_s = max(self._up_at_s, until_s)
        if which != "up":
            self._down_at_s = max(self._down_at_s, until_s)

    def cut(self) -> None:
        """The phone may go on for a while, half-open, or notice at once; so may the server."""
        self.far.deaf_from_s = self.loop.time() + self.chance.choice((0.0, self._delay()))
        self._later(self.chance.choice((0.0, self.chance.uniform(0, UNNOTICED_S_MAX))), self.far.lose)
        self.hang_up()

    def hang_up(self) -> None:
        """The phone's side ends here."""
        if self.is_open:
            self.is_open = False
            self.phone.hung_up(self)

    def goodbye(self) -> None:
        """The server closed: the phone hears it behind what was sent before."""
        self._later(max(0.0, self._down_at_s - self.loop.time()) + 0.001, self.hang_up)

    def end_of_server(self) -> None:
        """The server's process is gone: nothing more arrives there, and the phone hears of it soon."""
        self.far.is_open = False
        self._later(self.chance.uniform(0, 0.2), self.hang_up)

    def _heard(self, frame: bytes) -> None:
        if self.is_open:
            self.phone.heard(self, frame)

    def _delay(self) -> float:
        return self.chance.uniform(0.001, 0.03) if self.chance.random() < 0.8 else self.chance.uniform(0, LATE_S_MAX)

    def _later(self, seconds: float, fn: Callable[[], None]) -> None:
        self.loop.call_later(seconds, fn)


class Far:
    """The server's side: what `Connection` of foundation/realtime.py is to a feature."""

    def __init__(self, wire: Wire, endpoint: DeliveryEndpoint) -> None:
        self.peer: object | None = None
        self.deaf_from_s = float("inf")
        self.is_open = True
        self._wire = wire
        self._endpoint = endpoint
        self._opened = False

    def arrive(self, frame: bytes) -> None:
        if not self.is_open or self._wire.loop.time() > self.deaf_from_s:
            return
        if not self._opened:
            self._opened = True
            self._endpoint.opened(self)  # type: ignore[arg-type]  # stands in for Connection
        self._endpoint.received(self, frame)  # type: ignore[arg-type]  # stands in for Connection

    def send(self, frame: bytes) -> None:
        if self.is_open:
            self._wire.carry_down(frame)

    def send_many(self, frames: Sequence[bytes]) -> None:
        for frame in frames:
            self.send(frame)

    def close(self, reason: str = "") -> None:
        """What was sent before arrives; then the phone hears the end."""
        if self.is_open:
            self._lost()
            self._wire.goodbye()

    def lose(self) -> None:
        """The server notices that nobody is there."""
        if self.is_open:
            self._lost()

    def _lost(self) -> None:
        self.is_open = False
        if self._opened:
            self._endpoint.closed(self)  # type: ignore[arg-type]  # stands in for Connection
