"""What is decided of limits: no database, no clock."""

from datetime import UTC, datetime

from hongyan.wallet.limits.model import RAISE_WAIT_MS, Limit, Span

DAY_MS = 86_400_000


def at(limit: Limit, now_ms: int) -> Limit:
    """The limit once a raise that is due has come."""
    return Limit(limit.next) if limit.next_at_ms and now_ms >= limit.next_at_ms else limit


def changed(limit: Limit, wanted: int | None, now_ms: int) -> Limit:
    """Lower at once, higher later; asking for the same raise again does not begin the wait anew."""
    current = at(limit, now_ms)
    if wanted == current.now or (wanted is not None and (current.now is None or wanted < current.now)):
        return Limit(wanted)
    if current.next_at_ms and wanted == current.next:
        return current
    return Limit(current.now, wanted, now_ms + RAISE_WAIT_MS)


def day_of(now_ms: int) -> int:
    """Days since 1970-01-01."""
    return now_ms // DAY_MS


def first_day(span: Span, now_ms: int) -> int:
    """The day on which the present day or month began."""
    today = day_of(now_ms)
    return today if span is Span.DAY else today - datetime.fromtimestamp(now_ms / 1000, UTC).day + 1
