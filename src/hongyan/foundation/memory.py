"""Garbage collection for a process with many long-lived objects and short bursts of young ones."""

import gc
from typing import Final

# Python's default is 700: in a storm of reconnections three quarters of the CPU went into collections that
# found nothing. Almost everything here is freed by its reference count; cycles are few and can wait.
YOUNG_OBJECTS_MAX: Final = 50_000
YOUNG_PER_MIDDLE: Final = 20
MIDDLE_PER_FULL: Final = 50


def settle_memory() -> None:
    """Call when everything is built: what exists now lives to the end and is never looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, YOUNG_PER_MIDDLE, MIDDLE_PER_FULL)
