"""What a spending limit is."""

from dataclasses import dataclass
from enum import IntEnum

RAISE_WAIT_MS = 24 * 3_600_000
DAYS_KEPT = 62


class Span(IntEnum):
    """Of the calendar, in UTC."""

    DAY = 1
    MONTH = 2


@dataclass(frozen=True, slots=True)
class Limit:
    """In minor units, None for no limit. From `next_at_ms` on `next` holds; 0: nothing is to change."""

    now: int | None = None
    next: int | None = None
    next_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Spending:
    """A limit as it is at a moment, and what was spent of it."""

    limit: Limit
    spent: int
