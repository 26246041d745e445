"""One wake-up: sealed for its device, signed for its push service, delivered."""

from typing import Final
from urllib.parse import urlsplit

from hongyan.foundation.clock import Clock
from hongyan.foundation.outside import Answer, Outcome, Outside
from hongyan.push.model import TTL_S, Kind, Subscription
from hongyan.push.sealing import UnusableKey, seal
from hongyan.push.vapid import Vapid

# Push services put a newer wake-up of one device in the place of an older one that still waits (RFC 8030 §5.4).
REPLACES: Final = "hongyan"


class Sender:
    def __init__(self, clock: Clock, outside: Outside) -> None:
        self._clock = clock
        self._outside = outside
        self.vapid: Vapid | None = None

    async def send(self, one: Subscription, kind: Kind) -> Answer:
        """The body says only its kind [PU4]."""
        assert self.vapid is not None
        try:
            body = seal(kind.value.encode(), one.device_key, one.auth_secret)
        except UnusableKey:
            return Answer(Outcome.GONE)
        parts = urlsplit(one.endpoint)
        authorization = self.vapid.authorization(f"{parts.scheme}://{parts.netloc}", self._clock.now_ms() // 1000)
        headers = {
            "Authorization": authorization,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S),
            "Urgency": "high",
            "Topic": REPLACES,
        }
        return await self._outside.post(one.endpoint, headers, body)
