"""Who this device is, and what all parts of the SDK share."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hongyan.sdk.identity.keys import AccountKeys, DeviceKeys
from hongyan.sdk.net.http import Http
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Store


class ServerClock:
    """The server's time as this device knows it; never goes back."""

    def __init__(self, wall_s: Callable[[], float] = time.time, offset_ms: int = 0) -> None:
        self._wall_s = wall_s
        self.offset_ms = offset_ms
        self._latest_ms = 0

    def now_ms(self) -> int:
        self._latest_ms = max(self._latest_ms, round(self._wall_s() * 1000) + self.offset_ms)
        return self._latest_ms

    def learn(self, server_ms: int) -> None:
        self.offset_ms = server_ms - round(self._wall_s() * 1000)


@dataclass(slots=True)
class Session:
    store: Store
    http: Http
    clock: ServerClock
    account: AccountKeys
    device: DeviceKeys
    account_id: int
    device_id: int
    name: str
    # Held by whoever changes MLS state, from reading it to storing what became of it.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(cls, store: Store, http: Http, clock: ServerClock) -> "Session | None":
        """None: nobody has joined from this state yet."""
        seed, device = meta.blob(store, "seed"), meta.blob(store, "device_seed")
        token, name = meta.words(store, "token"), meta.words(store, "name")
        if seed is None or device is None or token is None or name is None:
            return None
        http.token = token
        account_id, device_id = meta.number(store, "account_id"), meta.number(store, "device_id")
        keys = AccountKeys.of(seed), DeviceKeys.of(device)
        return cls(store, http, clock, *keys, account_id, device_id, name)

    def direct_group_id(self, other_key: bytes) -> bytes:
        """[CO3]"""
        lower, higher = sorted((self.account.account_key, other_key))
        return hashlib.sha256(b"hongyan direct v1\0" + lower + higher).digest()[:16]

    @property
    def self_group_id(self) -> bytes:
        return hashlib.sha256(b"hongyan self v1\0" + self.account.account_key).digest()[:16]
