"""One wake-up: sealed for its device, signed for its push service, delivered."""

from urllib.parse import urlsplit

from hongyan.foundation.clock import Clock
from hongyan.push.model import Answer, Kind, Outcome, Subscription
from hongyan.push.outside import Outside
from hongyan.push.sealing import UnusableKey, seal
from hongyan.push.vapid import Vapid


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
        return await self._outside.deliver(one.endpoint, body, authorization, urgent=True)
