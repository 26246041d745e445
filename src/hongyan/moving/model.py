"""What a move is told in, and the named limits."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from hongyan.foundation.starting import CannotStart

# A slice of a table that is stored in one transaction: whichever is reached first.
SLICE_ROWS: Final = 1_000
SLICE_BYTES: Final = 4 * 1024 * 1024
BLOBS_AT_ONCE: Final = 8
# A connection that was just closed is seen by PostgreSQL for a moment longer.
LOOKS_FOR_OTHERS: Final = 50
LOOK_EVERY_S: Final = 0.1


class Refused(CannotStart):
    """A move that does not take place or is not finished, with what is wrong and what to do about it."""


class Step(Enum):
    BLOBS = "blobs"
    ROWS = "rows"


# Called with how many are done, of how many.
Told: TypeAlias = Callable[[Step, int, int], None]


@dataclass(frozen=True, slots=True)
class Moved:
    """`only_compared`: it had been moved before, and both are the same still.

    `tables` None: the database stays where it is; `blobs` None: the blobs do.
    """

    database: str
    blobs_place: str
    tables: int | None
    rows: int
    blobs: int | None
    blob_bytes: int
    only_compared: bool
    seconds: float
