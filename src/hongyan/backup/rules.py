"""Who may open a vault when, and when a recovery is let through: pure [BK5] [BK7]."""

from datetime import UTC, datetime, timedelta

from hongyan.backup.model import ACTIVE_DAYS, APPROVALS_NEEDED, RECOVERY_WAIT_MS, WAITS_S, WRONG_GUESSES_FREE

WRONG_GUESSES_MAX = WRONG_GUESSES_FREE + len(WAITS_S)


def wait_ms(wrong: int) -> int:
    """How long nobody may guess after this many wrong guesses in a row."""
    beyond = wrong - WRONG_GUESSES_FREE
    return 0 if beyond < 0 else WAITS_S[min(beyond, len(WAITS_S) - 1)] * 1000


def is_last(wrong: int) -> bool:
    """Whether this many wrong guesses in a row destroy the vault."""
    return wrong >= WRONG_GUESSES_MAX


def remaining_wait_ms(wrong: int, open_at_ms: int, *, now_ms: int) -> int:
    """How long until the next guess; a clock that once ran ahead locks nobody out for longer than the wait itself."""
    return max(0, min(open_at_ms, now_ms + wait_ms(wrong)) - now_ms)


def is_vouched_for(approvals: int, *, proved: bool) -> bool:
    """Two friends, or the account's own key."""
    return proved or approvals >= APPROVALS_NEEDED


def opens_at_ms(last_seen_days: list[str | None], *, now_ms: int) -> int:
    """At once, or after a day in which a device that is still in use can say no."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    recent = {(today - timedelta(days=age)).isoformat() for age in range(ACTIVE_DAYS)}
    is_in_use = any(day in recent for day in last_seen_days)
    return now_ms + RECOVERY_WAIT_MS if is_in_use else now_ms
