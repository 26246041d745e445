"""How quickly a database takes what is queued for it: what admission needs to know."""

import time

SMOOTHING = 0.1


class Pace:
    """Told of each item put, each round begun and each commit; knows no lock: the loop alone calls it."""

    def __init__(self) -> None:
        self.commit_s = 0.0
        self._oldest_at_s: float | None = None

    @property
    def backlog_s(self) -> float:
        return 0.0 if self._oldest_at_s is None else time.monotonic() - self._oldest_at_s

    def put(self) -> None:
        if self._oldest_at_s is None:
            self._oldest_at_s = time.monotonic()

    def begin(self, *, left: int) -> None:
        """A round took the oldest; what is left came after that."""
        self._oldest_at_s = time.monotonic() if left else None

    def committed(self, taken_s: float) -> None:
        self.commit_s += SMOOTHING * (taken_s - self.commit_s)
