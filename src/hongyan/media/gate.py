"""How many transfers run at a time, of one device and in all."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

from hongyan.foundation.ids import DeviceId
from hongyan.media.model import STALLED_S


class Gate:
    def __init__(self, *, count_max: int, of_device_max: int) -> None:
        self._count_max = count_max
        self._of_device_max = of_device_max
        self._inside: Counter[DeviceId] = Counter()

    def enter(self, device_id: DeviceId) -> "Place | None":
        """None: too many are inside."""
        if self._inside.total() >= self._count_max or self._inside[device_id] >= self._of_device_max:
            return None
        place = Place(self._inside, device_id)
        place.take()
        return place


class Place:
    """A transfer's place inside; taking and leaving twice is no error."""

    def __init__(self, inside: Counter[DeviceId], device_id: DeviceId) -> None:
        self._inside = inside
        self._device_id = device_id
        self._taken = False
        self._stalled: asyncio.TimerHandle | None = None

    def take(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
        if not self._taken:
            self._taken = True
            self._inside[self._device_id] += 1

    def leave(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
        if self._taken:
            self._taken = False
            self._inside[self._device_id] -= 1
            if not self._inside[self._device_id]:
                del self._inside[self._device_id]

    def leave_if_stalled(self) -> None:
        """Unless it is taken again within STALLED_S."""
        self._stalled = asyncio.get_running_loop().call_later(STALLED_S, self.leave)

    async def pace(self, parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """`parts`, leaving at the end, and for as long as the reader takes nothing.

        A telephone that lost its network is not told so for minutes, and must not shut itself out meanwhile.
        """
        try:
            async with aclosing(parts):
                async for part in parts:
                    self.leave_if_stalled()
                    yield part
                    self.take()
        finally:
            self.leave()
