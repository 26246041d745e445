"""One of the two databases of a move, whichever engine it is."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from hongyan.foundation.db import Row, Tx


class End(Protocol):
    """On a connection of its own. The old end is of one moment and is never written. All of it raises Refused."""

    @property
    def tx(self) -> Tx: ...

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Of each table, in the order of their names and places."""
        ...

    def told(self) -> AbstractContextManager[None]:
        """Turn what the engine raises into Refused; for what is done with `tx` itself."""
        ...

    def whole(self) -> AbstractContextManager[None]:
        """The same, and what is done in it is stored whole or not at all."""
        ...

    def define(self, statement: str) -> None:
        """Run a statement of a migration in this engine's types."""
        ...

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Row]:
        """A few at a time, in any order; run to the end."""
        ...

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None: ...

    def count_on(self, table: str) -> None:
        """Let the numbers that the engine gives out go on after the largest that is there."""
        ...

    def others(self) -> int:
        """How many connections there are but those of this move."""
        ...

    def finish(self) -> None:
        """Everything is in it and durable: put it where a server finds it. Repeatable."""
        ...

    def close(self) -> None: ...
