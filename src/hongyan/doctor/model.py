"""What a check finds, and the named limits of what counts as well."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from hongyan.foundation.language import Text

DAY_S: Final = 86_400
MIB: Final = 1024 * 1024

DISK_FREE_SHARE_MIN: Final = 0.05
INODES_FREE_SHARE_MIN: Final = 0.02
FSYNC_TRIES: Final = 50
FSYNC_SLOW_S: Final = 0.05
# Into a disk through the kernel: nothing that really stores is faster, not even with a battery behind it.
FSYNC_IMPOSSIBLE_S: Final = 0.000_008
CERTIFICATE_DAYS_MIN: Final = 14
CLOCK_AHEAD_S: Final = 2 * DAY_S
CLOCK_APART_S: Final = 120
ASK_TIMEOUT_S: Final = 5.0
ANSWER_BYTES_MAX: Final = 64 * 1024
BACKUP_OLD_S: Final = 2 * DAY_S
BACKUP_VERY_OLD_S: Final = 7 * DAY_S


class Verdict(Enum):
    """From the best to the worst. UNKNOWN could not be looked at, and is no fault."""

    GOOD = "good"
    UNKNOWN = "unknown"
    WARNING = "warning"
    BROKEN = "broken"

    @property
    def exit_code(self) -> int:
        """As monitoring programs expect it: 0 well, 1 warning, 2 broken."""
        return {Verdict.WARNING: 1, Verdict.BROKEN: 2}.get(self, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence; `advice` says what to do, None when there is nothing to be done."""

    check: str
    verdict: Verdict
    text: Text
    advice: Text | None = None


def good(check: str, text: Text) -> Finding:
    return Finding(check, Verdict.GOOD, text)


def unknown(check: str, text: Text, advice: Text | None = None) -> Finding:
    return Finding(check, Verdict.UNKNOWN, text, advice)


def warning(check: str, text: Text, advice: Text) -> Finding:
    return Finding(check, Verdict.WARNING, text, advice)


def broken(check: str, text: Text, advice: Text) -> Finding:
    return Finding(check, Verdict.BROKEN, text, advice)


def worst_of(findings: Iterable[Finding]) -> Verdict:
    order = list(Verdict)
    return max((finding.verdict for finding in findings), key=order.index, default=Verdict.GOOD)
