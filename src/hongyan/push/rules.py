"""Pure decisions: when a device is tried again."""

from hongyan.push.model import RETRY_S_MAX, RETRY_S_MIN


def retry_s(failures: int, retry_after_s: int | None, jitter: float) -> float:
    """How long to wait after so many failures in a row; `jitter` is in 0..1 and spreads a crowd."""
    doublings = min(max(failures - 1, 0), 16)
    backoff_s = min(RETRY_S_MIN * (1 << doublings), RETRY_S_MAX)
    return max(backoff_s * (0.75 + jitter / 2), min(retry_after_s or 0, RETRY_S_MAX))
