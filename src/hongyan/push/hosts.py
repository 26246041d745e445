"""Which push services answer: one that does not is left alone for a while, for all its devices at once."""

import asyncio
from dataclasses import dataclass, field

from hongyan.push.model import HOSTS_REMEMBERED_MAX, WAKES_AT_ONCE_OF_HOST_MAX
from hongyan.push.rules import retry_s


@dataclass(slots=True)
class Host:
    """`retry_at_s`: nobody calls it before; then one wake-up tries for all."""

    failures: int = 0
    retry_at_s: float = 0.0
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WAKES_AT_ONCE_OF_HOST_MAX))

    def pause_s(self, now_s: float) -> float:
        return max(0.0, self.retry_at_s - now_s)

    def answered(self) -> None:
        self.failures = 0
        self.retry_at_s = 0.0

    def failed(self, now_s: float, retry_after_s: int | None, jitter: float) -> None:
        """Failures of calls that were on their way together count once."""
        if now_s >= self.retry_at_s:
            self.failures += 1
            self.retry_at_s = now_s + retry_s(self.failures, retry_after_s, jitter)


class Hosts:
    def __init__(self) -> None:
        self._hosts: dict[str, Host] = {}

    def of(self, netloc: str) -> Host:
        host = self._hosts.get(netloc)
        if host is None:
            if len(self._hosts) >= HOSTS_REMEMBERED_MAX:
                self._hosts.clear()
            host = self._hosts[netloc] = Host()
        return host
