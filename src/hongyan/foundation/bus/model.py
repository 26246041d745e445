"""What a feature sees of the bus, whichever engine carries it."""

from collections.abc import Callable
from typing import Protocol


class Bus(Protocol):
    """Tells the other processes, at most once and in order, as long as they can be reached."""

    @property
    def has_others(self) -> bool:
        """Whether there may be other processes at all."""
        ...

    def subscribe(self, topic: str, heard: Callable[[bytes], None]) -> None:
        """`heard` is called on the loop with what other processes tell under `topic`."""
        ...

    def when_missed(self, fn: Callable[[], None]) -> None:
        """Call `fn` on the loop whenever something that another process told was lost."""
        ...

    def tell(self, topic: str, message: bytes) -> None: ...

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Pass on what was told, as far as that is possible now, and end."""
        ...


class Alone:
    """There is one process: nobody is told."""

    has_others = False

    def subscribe(self, topic: str, heard: Callable[[bytes], None]) -> None:
        pass

    def when_missed(self, fn: Callable[[], None]) -> None:
        pass

    def tell(self, topic: str, message: bytes) -> None:
        pass

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        pass
