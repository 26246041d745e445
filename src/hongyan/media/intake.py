"""A request's body, cut into pieces as it arrives; a sender that falls silent has sent what came until then."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from hongyan.foundation.clock import Clock
from hongyan.media.model import IDLE_S, PIECE_BYTES, PIECE_S_MAX

# The next bytes of a body; empty ones may come before the end, None is the end.
NextBytes = Callable[[], Awaitable[bytes | None]]


class TooMuch(Exception):
    """More came than was announced."""


class Intake:
    """Gives one piece after the other; at most `bytes_max` in all."""

    def __init__(self, receive: NextBytes, clock: Clock, *, bytes_max: int) -> None:
        self._receive = receive
        self._clock = clock
        self._left = bytes_max
        self._ahead = b""
        self._ended = False

    async def has_more(self) -> bool:
        """Whether there is another piece to take; waits for its first byte."""
        while not self._ahead and not self._ended:
            await self._fill()
        return bool(self._ahead)

    async def piece(self) -> AsyncIterator[bytes]:
        """The bytes of the next piece. Raises TooMuch."""
        room = PIECE_BYTES
        until_s = self._clock.monotonic_s() + PIECE_S_MAX
        while room and await self.has_more():
            if len(self._ahead) > self._left:
                raise TooMuch
            part, self._ahead = self._ahead[:room], self._ahead[room:]
            room -= len(part)
            self._left -= len(part)
            yield part
            if self._clock.monotonic_s() >= until_s:
                return

    async def _fill(self) -> None:
        try:
            async with asyncio.timeout(IDLE_S):
                received = await self._receive()
        except TimeoutError:
            received = None
        if received is None:
            self._ended = True
        else:
            self._ahead = received
